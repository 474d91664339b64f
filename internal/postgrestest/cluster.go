// Package postgrestest starts PostgreSQL for tests: a server of their own, in a
// temporary folder, which listens on 127.0.0.1 and a socket in that folder, trusts
// everybody, and is gone when they end. It knows nothing of what is kept there.
package postgrestest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// patience bounds how long a server may take to start.
const patience = 60 * time.Second

// Cluster is a running server.
type Cluster struct {
	dir  string
	bin  string
	user *syscall.Credential // nil for the user of the tests
	port int

	process *exec.Cmd
	ended   chan struct{} // closed when the process is gone

	mu       sync.Mutex
	prepared map[string]error // how the making of each template ended
	count    atomic.Int64
}

// start makes a cluster and starts its server.
func start(i Installation) (*Cluster, error) {
	c := &Cluster{prepared: map[string]error{}, ended: make(chan struct{})}
	close(c.ended) // it does not run yet
	if err := c.create(i); err != nil {
		return nil, errors.Join(fmt.Errorf("making a PostgreSQL %s for tests: %w", i.Name, err), c.remove())
	}
	if err := c.Restart(); err != nil {
		return nil, errors.Join(fmt.Errorf("starting PostgreSQL %s for tests: %w", i.Name, err), c.Stop())
	}
	return c, nil
}

// create makes the folder and the empty cluster in it.
func (c *Cluster) create(i Installation) (err error) {
	if err := c.createFolder(i.Folder); err != nil {
		return err
	}
	if c.bin, err = i.programs(c.dir, c.user); err != nil {
		return err
	}
	args := append([]string{"--pgdata", c.data(), "--username", "postgres", "--auth", "trust", "--encoding", "UTF8", "--no-sync"}, i.Locale...)
	out, err := c.command("initdb", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	return nil
}

func (c *Cluster) createFolder(in string) (err error) {
	if c.dir, err = os.MkdirTemp(in, "carillon-postgres-"); err != nil || os.Geteuid() != 0 {
		return err
	}
	if c.user, err = serverUser(); err != nil { // the server refuses to run as root
		return err
	}
	return os.Chown(c.dir, int(c.user.Uid), int(c.user.Gid))
}

func (c *Cluster) data() string { return filepath.Join(c.dir, "data") }

func (c *Cluster) command(program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(context.Background(), filepath.Join(c.bin, program), args...) // #nosec G204 -- of an installation
	cmd.Dir = c.dir
	cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=" + c.dir, "TZ=UTC", "LC_ALL=C"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.user}
	return cmd
}

// Restart starts the server, on the port that it had, and waits until it answers.
func (c *Cluster) Restart() error {
	if c.port == 0 {
		port, err := freePort()
		if err != nil {
			return err
		}
		c.port = port
	}
	log, err := os.OpenFile(filepath.Join(c.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	c.process = c.command("postgres", "-D", c.data(), "-p", strconv.Itoa(c.port), "-k", c.dir,
		"-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200", "-c", "shared_buffers=64MB",
		// Databases of tests need not outlive the machine.
		"-c", "fsync=off", "-c", "full_page_writes=off", "-c", "autovacuum=off", "-c", "max_wal_size=256MB")
	c.process.Stdout, c.process.Stderr = log, log
	if err := c.run(); err != nil {
		return err
	}
	return c.await()
}

// run starts the process. Should the tests be killed, the server goes with them:
// its parent, to the kernel, is the thread that started it, so that one stays.
func (c *Cluster) run() error {
	process, ended, started := c.process, make(chan struct{}), make(chan error)
	c.ended = ended
	process.SysProcAttr.Pdeathsig = syscall.SIGQUIT
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := process.Start()
		started <- err
		if err == nil {
			_ = process.Wait() // how it ended is in its log
		}
		close(ended)
	}()
	return <-started
}

func (c *Cluster) await() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, c.URL("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-c.ended:
		case <-ctx.Done():
		case <-time.After(10 * time.Millisecond):
			continue
		}
		log, _ := os.ReadFile(filepath.Join(c.dir, "log")) // it may have none
		return fmt.Errorf("it does not answer: %w: %s", err, log)
	}
}

func freePort() (int, error) {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	address, ok := listener.Addr().(*net.TCPAddr)
	if !ok {
		return 0, fmt.Errorf("listening at %s, which has no port", listener.Addr())
	}
	return address.Port, nil
}

// URL is that of a database of the server.
func (c *Cluster) URL(database string) string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/%s?sslmode=disable", c.port, database)
}

// Template makes a database for NewDatabase to copy, once a name.
func (c *Cluster) Template(tb testing.TB, name string, prepare func(url string) error) {
	tb.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	err, known := c.prepared[name]
	if !known {
		if err = c.execute("CREATE DATABASE " + name); err == nil {
			err = prepare(c.URL(name))
		}
		c.prepared[name] = err
	}
	if err != nil {
		tb.Fatalf("preparing the database %s: %v", name, err)
	}
}

// NewDatabase makes a database for the test, a copy of the template ("template0"
// is empty), and returns its URL.
func (c *Cluster) NewDatabase(tb testing.TB, template string) string {
	tb.Helper()
	name := fmt.Sprintf("t%d", c.count.Add(1))
	if err := c.execute("CREATE DATABASE " + name + " TEMPLATE " + template); err != nil {
		tb.Fatalf("making a database: %v", err)
	}
	tb.Cleanup(func() {
		if c.running() {
			if err := c.execute("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
				tb.Errorf("dropping the test's database: %v", err)
			}
		}
	})
	return c.URL(name)
}

func (c *Cluster) execute(sql string) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.URL("postgres"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	_, err = conn.Exec(ctx, sql)
	return err
}

// Run runs a program of the installation, such as pg_dump, and returns what it
// prints. Files that it is to read or write it can only get by its standard streams.
func (c *Cluster) Run(tb testing.TB, input []byte, program string, args ...string) []byte {
	tb.Helper()
	cmd := c.command(program, args...)
	var out, problems bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(input), &out, &problems
	if err := cmd.Run(); err != nil {
		tb.Fatalf("%s: %v: %s", program, err, problems.String())
	}
	return out.Bytes()
}

func (c *Cluster) running() bool {
	select {
	case <-c.ended:
		return false
	default:
		return true
	}
}

// Kill ends the server at once, as a crash does.
func (c *Cluster) Kill() error { return c.end(syscall.SIGQUIT) }

// Shutdown ends the server, and whatever it is asked just then, in good order.
func (c *Cluster) Shutdown() error { return c.end(syscall.SIGINT) }

func (c *Cluster) end(signal syscall.Signal) error {
	if !c.running() {
		return nil
	}
	if err := c.process.Process.Signal(signal); err != nil {
		return err
	}
	<-c.ended
	return nil
}

// Freeze has the server answer nobody until Thaw, as on a machine that hangs.
// Both are for a server without other connections than those that are to wait.
func (c *Cluster) Freeze() error { return c.signalAll(syscall.SIGSTOP) }

// Thaw has it go on.
func (c *Cluster) Thaw() error { return c.signalAll(syscall.SIGCONT) }

func (c *Cluster) signalAll(signal syscall.Signal) error {
	processes, err := c.processes()
	for _, pid := range processes {
		killErr := syscall.Kill(pid, signal)
		if errors.Is(killErr, syscall.ESRCH) {
			killErr = nil // it has just ended
		}
		err = errors.Join(err, killErr)
	}
	return err
}

// processes are the server and those that it started.
func (c *Cluster) processes() ([]int, error) {
	server := c.process.Process.Pid
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", server, server))
	list := []int{server}
	for child := range strings.FieldsSeq(string(children)) {
		pid, convErr := strconv.Atoi(child)
		list, err = append(list, pid), errors.Join(err, convErr)
	}
	return list, err
}

// Stop ends the server and removes all that it kept.
func (c *Cluster) Stop() error { return errors.Join(c.Kill(), c.remove()) }

func (c *Cluster) remove() error { return os.RemoveAll(c.dir) }
