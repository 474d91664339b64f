package postgrestest

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// Own makes the folder the server's.
func (c *Cluster) Own(tb testing.TB, folder string) {
	tb.Helper()
	if c.user == nil {
		return
	}
	if err := os.Chown(folder, int(c.user.Uid), int(c.user.Gid)); err != nil {
		tb.Fatal(err)
	}
}

// Processes are the server and those that it started.
func (c *Cluster) Processes() ([]int, error) {
	server := c.process.Process.Pid
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", server, server))
	processes := []int{server}
	for child := range strings.FieldsSeq(string(children)) {
		pid, convErr := strconv.Atoi(child)
		processes, err = append(processes, pid), errors.Join(err, convErr)
	}
	return processes, err
}

// Running reports whether the server runs: it may have ended by itself.
func (c *Cluster) Running() bool { return c.running() }

// Answers reports whether the server takes connections.
func (c *Cluster) Answers() bool { return c.execute("SELECT 1") == nil }

// Retire has the server take no more connections, and end when those that there are
// have ended.
func (c *Cluster) Retire() error { return c.process.Process.Signal(syscall.SIGTERM) }

// Standby starts a second server, which follows this one (pg_basebackup, then
// streaming replication) and takes reads only.
func (c *Cluster) Standby(tb testing.TB) *Cluster {
	tb.Helper()
	standby := &Cluster{bin: c.bin, user: c.user, prepared: map[string]error{}, ended: make(chan struct{})}
	close(standby.ended)
	err := standby.createFolder("")
	if err == nil {
		var out []byte
		out, err = standby.command("pg_basebackup", "--pgdata", standby.data(), "--dbname", c.URL("postgres"),
			"--write-recovery-conf", "--checkpoint", "fast", "--no-sync").CombinedOutput()
		if err != nil {
			err = fmt.Errorf("pg_basebackup: %w: %s", err, out)
		}
	}
	tb.Cleanup(func() {
		if err := standby.Stop(); err != nil {
			tb.Errorf("stopping the standby: %v", err)
		}
	})
	if err == nil {
		err = standby.Restart()
	}
	if err != nil {
		tb.Fatalf("starting a standby: %v", err)
	}
	return standby
}
