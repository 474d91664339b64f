package storetest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
)

// crashCase is a promise to callers whose process is killed: what was
// acknowledged to them is there, whole, and nothing is there by half.
type crashCase struct {
	name string
	// write makes the worker's change number n, the first of which is 1, in one
	// Update.
	write func(ctx context.Context, s chime.Store, worker, n int) error
	// held returns how many changes of the worker the store holds. It is an error
	// that it holds one by half.
	held func(ctx context.Context, tx chime.Tx, worker int) (int, error)
}

// Crash is how the stores of an engine crash.
type Crash struct {
	// Database makes an empty database and returns its name.
	Database func(testing.TB) string
	// Open opens the database when nothing is left to do there of processes that
	// were killed.
	Open func(tb testing.TB, database string) chime.Store
	// Writer is a process that has CrashWriter work on the database.
	Writer func(name, database string) *exec.Cmd
}

const (
	crashWorkers = 4
	crashKills   = 4
	// crashAcknowledged bounds how many changes are acknowledged before a kill.
	crashAcknowledged = 80
	// crashSet is how many rows of a kind a change writes.
	crashSet = 20
	// crashPatience bounds the life of a writer that nobody kills.
	crashPatience = time.Minute
)

// RunCrash holds stores to what the contract promises to processes that are
// killed. Each case gets a database of its own; processes write to it until they
// are killed, and after each of them the store is opened and looked at.
func RunCrash(t *testing.T, c Crash) {
	t.Helper()
	for _, crash := range crashCases() {
		t.Run(crash.name, func(t *testing.T) {
			database := c.Database(t)
			held := make([]int, crashWorkers)
			for range crashKills {
				acknowledged := writeAndKill(t, c.Writer(crash.name, database))
				s := c.Open(t, database)
				for worker := range held {
					want := max(held[worker], acknowledged[worker])
					n, err := heldChanges(t.Context(), s, crash, worker)
					if err != nil {
						t.Errorf("worker %d: %v", worker, err)
					}
					// One more may be there, whose acknowledgement was lost.
					if n != want && n != want+1 {
						t.Errorf("worker %d: the store holds %d changes, and %d were acknowledged", worker, n, want)
					}
					held[worker] = n
				}
				closeStore(t, s)
			}
		})
	}
}

func heldChanges(ctx context.Context, s chime.Store, crash crashCase, worker int) (n int, err error) {
	err = s.View(ctx, func(tx chime.Tx) error {
		n, err = crash.held(ctx, tx, worker)
		return err
	})
	return n, err
}

// writeAndKill starts the process, kills it at some moment and returns the last
// change of each worker that was acknowledged in it.
func writeAndKill(t *testing.T, writer *exec.Cmd) []int {
	t.Helper()
	var stderr bytes.Buffer
	writer.Stderr = &stderr
	stdout, err := writer.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := writer.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = writer.Process.Kill() }() // it is dead already, unless the test is over
	acknowledged := make([]int, crashWorkers)
	lines, enough := bufio.NewReader(stdout), 1+rand.IntN(crashAcknowledged) // #nosec G404 -- any moment will do
	for count := 0; ; count++ {
		var worker, n int
		line, err := lines.ReadString('\n')
		if err != nil {
			break // half a line was never said
		}
		if _, err := fmt.Sscan(line, &worker, &n); err != nil {
			t.Fatalf("the writer said %q: %v", line, err)
		}
		acknowledged[worker] = n
		if count == enough {
			time.AfterFunc(rand.N(5*time.Millisecond), func() { _ = writer.Process.Kill() }) // #nosec G404 -- as above
		}
	}
	if err := writer.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("the writer ended with %v, and was to be killed:\n%s", err, stderr.String())
	}
	return acknowledged
}

// CrashWriter writes what the case of RunCrash wants to be written, and says on
// out what was acknowledged, until its process is killed. It returns an error when
// a change fails, or when nobody kills it.
func CrashWriter(ctx context.Context, name string, s chime.Store, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, crashPatience)
	defer cancel()
	for _, crash := range crashCases() {
		if crash.name == name {
			return crash.writeAll(ctx, s, out)
		}
	}
	return fmt.Errorf("there is no case %s", name)
}

// writeAll has every worker go on with its changes until one of them fails.
func (c crashCase) writeAll(ctx context.Context, s chime.Store, out io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var (
		group sync.WaitGroup
		mu    sync.Mutex
		errs  []error
	)
	for worker := range crashWorkers {
		group.Go(func() {
			n, err := heldChanges(ctx, s, c, worker)
			for err == nil {
				n++
				if err = c.write(ctx, s, worker, n); err == nil {
					mu.Lock()
					_, err = fmt.Fprintln(out, worker, n)
					mu.Unlock()
				}
			}
			cancel()
			mu.Lock()
			errs = append(errs, err)
			mu.Unlock()
		})
	}
	group.Wait()
	return errors.Join(errs...)
}
