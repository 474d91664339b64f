package postgrestest

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Crash kills every process of the server at once (SIGKILL): none of them gets
// to write or to say anything more. Restart has it recover.
func (c *Cluster) Crash() error {
	// First it stops, so that it starts no process that nobody kills.
	server := c.process.Process.Pid
	if err := errors.Join(syscall.Kill(server, syscall.SIGSTOP), awaitState(server, "T")); err != nil {
		return err
	}
	processes, err := c.processes()
	if err != nil {
		return err
	}
	if err := c.signalAll(syscall.SIGKILL); err != nil {
		return err
	}
	<-c.ended
	for _, pid := range processes[1:] {
		if err := awaitState(pid, "ZX"); err != nil {
			return err
		}
	}
	return nil
}

// awaitState waits until the process has one of the states of proc(5), or is gone.
func awaitState(pid int, states string) error {
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)) // there is none of one that is gone
		_, state, _ := strings.Cut(string(stat), ") ")
		if state == "" || strings.Contains(states, state[:1]) {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("after %v, process %d is not in state %s: %s", patience, pid, states, stat)
		}
	}
}

// CrashBackend kills (SIGKILL) one process that serves a connection to the
// database of the URL. The server then ends the others and recovers by itself.
func (c *Cluster) CrashBackend(tb testing.TB, url string) {
	tb.Helper()
	pids := backends(tb, url, "")
	if len(pids) == 0 {
		tb.Fatal("nobody is connected to the database: there is no process to kill")
	}
	if err := syscall.Kill(pids[len(pids)/2], syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		tb.Fatal(err)
	}
}

// backends are the processes that serve others' connections to the database, or
// those of the application that names itself so.
func backends(tb testing.TB, url, application string) []int {
	tb.Helper()
	ctx := tb.Context()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		tb.Fatal(err)
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, `SELECT pid FROM pg_stat_activity WHERE datname = current_database()
		AND backend_type = 'client backend' AND pid <> pg_backend_pid() AND $1 IN ('', application_name)`, application)
	if err != nil {
		tb.Fatal(err)
	}
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int])
	if err != nil {
		tb.Fatal(err)
	}
	return pids
}

// AwaitQuiet waits until nobody is connected to the database, or nobody of the
// application that names itself so. Of a client that was killed, a statement or a
// COMMIT may be under way until then.
func AwaitQuiet(tb testing.TB, url, application string) {
	tb.Helper()
	for deadline := time.Now().Add(patience); len(backends(tb, url, application)) > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			tb.Fatalf("after %v, others are still connected to the database", patience)
		}
	}
}
