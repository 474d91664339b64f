package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// stopGrace is how long a process gets to end by itself.
const stopGrace = 30 * time.Second

// process is a server that was started here, on an address of this machine.
type process struct {
	cmd     *exec.Cmd
	log     *os.File
	address string
	// started is how long it took from the start to the first answer.
	started time.Duration
	stopped bool
}

// start runs a program that serves on the address that it is given, and waits for
// its first answer.
func start(ctx context.Context, logFile string, environment []string, program string, args ...string) (*process, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	log, err := os.OpenFile(logFile, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("making a log: %w", err)
	}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), program, append(args, "--listen", address)...) // #nosec G204 -- stop ends it, gently
	p := &process{cmd: cmd, log: log, address: address}
	p.cmd.Env = append(os.Environ(), environment...)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	began := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("starting %s: %w", program, err), log.Close())
	}
	if err := p.await(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("starting %s: %w%s", program, err, lastLines(logFile)), p.stop())
	}
	p.started = time.Since(began)
	return p, nil
}

// freeAddress returns an address where nobody listens.
func freeAddress() (string, error) {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("looking for a free port: %w", err)
	}
	return listener.Addr().String(), listener.Close()
}

// await asks until there is an answer.
func (p *process) await(ctx context.Context) error {
	deadline := time.Now().Add(time.Minute)
	for {
		c, err := dial(p.address)
		if err == nil {
			_, err = c.do("GET", "/accounts", "max-results=1", nil)
			c.close()
			return err
		}
		if ctx.Err() != nil || time.Now().After(deadline) {
			return err
		}
		time.Sleep(200 * time.Microsecond)
	}
}

func lastLines(file string) string {
	text, _ := os.ReadFile(file)
	if len(text) > 1000 {
		text = text[len(text)-1000:]
	}
	return "\n" + string(text)
}

// stop ends the process as an operator does, and waits.
func (p *process) stop() error {
	if p.stopped {
		return nil
	}
	p.stopped = true
	kill := time.AfterFunc(stopGrace, func() { _ = p.cmd.Process.Kill() })
	defer kill.Stop()
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // one that is gone already needs none
	return errors.Join(p.cmd.Wait(), p.log.Close())
}

// tick is the unit of processor times in /proc.
const tick = 10 * time.Millisecond

// processorTime returns how long the process has kept a processor busy.
func (p *process) processorTime() (time.Duration, error) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.cmd.Process.Pid), "stat"))
	if err != nil {
		return 0, fmt.Errorf("reading the processor time: %w", err)
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, fmt.Errorf("reading the processor time of %q", text)
	}
	var sum time.Duration
	for _, field := range fields[11:13] { // in user mode and in the kernel
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("reading the processor time: %w", err)
		}
		sum += time.Duration(n) * tick
	}
	return sum, nil
}

// memory returns the proportional set size of processes, in bytes: what they have
// in memory, pages that several share by their share.
func memory(pids ...int) (int64, error) {
	var sum int64
	for _, pid := range pids {
		bytes, err := memoryField(pid, "smaps_rollup", "Pss:")
		if err != nil {
			return 0, err
		}
		sum += bytes
	}
	return sum, nil
}

// peakMemory returns how much a process that runs had in memory at the most, in bytes.
func peakMemory(pid int) (int64, error) { return memoryField(pid, "status", "VmHWM:") }

// memoryField returns what a file of /proc says of a process, in bytes.
func memoryField(pid int, file, field string) (int64, error) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), file))
	if err != nil {
		return 0, fmt.Errorf("reading the memory of a process: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		kib, ok := strings.CutPrefix(line, field)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(kib), " kB")), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("reading the memory of a process: %w", err)
		}
		return n << 10, nil
	}
	return 0, fmt.Errorf("reading the memory of a process: there is no %s in %s", field, file)
}

// children returns the processes whose parent is pid.
func children(pid int) ([]int, error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, file := range stats {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(text), ") ")
		if fields := strings.Fields(rest); len(fields) > 1 && fields[1] == strconv.Itoa(pid) {
			child, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
			if err != nil {
				return nil, err
			}
			pids = append(pids, child)
		}
	}
	return pids, nil
}

// machine describes where the bench runs.
func machine() string {
	field := func(file, name string) string {
		f, err := os.Open(file)
		if err != nil {
			return "unknown"
		}
		defer f.Close()
		for lines := bufio.NewScanner(f); lines.Scan(); {
			if key, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(key) == name {
				return strings.TrimSpace(value)
			}
		}
		return "unknown"
	}
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	return fmt.Sprintf("%s, %d processors, %s of memory, Linux %s", field("/proc/cpuinfo", "model name"), processors(),
		field("/proc/meminfo", "MemTotal"), strings.TrimSpace(string(kernel)))
}
