package sqlite

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"zombiezen.com/go/sqlite"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/sqlstore"
)

// Group commit. A commit waits for the disk, and while it does, more writes come.
// One goroutine owns the writing connection: it begins a transaction, runs every
// write that waits within a savepoint of its own, commits once, and only then
// tells them all. So the cost of the disk is shared, and nobody is acknowledged
// before it is paid.

// Another process may write too: a command beside the server. SQLite has no queue
// for the one lock there is, so who waits for it looks often, and who held it for
// long, as an import does, leaves it for a moment before taking it again.
const (
	lookAgain = time.Millisecond
	longWrite = 20 * time.Millisecond
	giveWay   = 3 * time.Millisecond
)

// maxGroup bounds how many writes share a commit, and with it how long the first
// of them waits.
const maxGroup = 32

// write is a transaction that somebody waits for.
type write struct {
	ctx     context.Context //nolint:containedctx // the write's own, on its way to the goroutine that runs it
	fn      func(sqlstore.Conn) error
	claimed atomic.Bool // by the writer that runs it, or by the caller who gives it up
	outcome chan outcome
}

// outcome is how a write ended: panicked is what its fn panicked with.
type outcome struct {
	err      error
	panicked any
}

// Write implements sqlstore.Engine.
func (e *engine) Write(ctx context.Context, fn func(sqlstore.Conn) error) error {
	w := &write{ctx: ctx, fn: fn, outcome: make(chan outcome, 1)}
	select {
	case e.writes <- w:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case o := <-w.outcome:
		return o.result()
	case <-ctx.Done():
		if w.claimed.CompareAndSwap(false, true) {
			return context.Cause(ctx)
		}
		o := <-w.outcome // it runs: its outcome will be known soon
		return o.result()
	}
}

func (o outcome) result() error {
	if o.panicked != nil {
		panic(o.panicked)
	}
	return o.err
}

// commitGroups runs writes until there will be no more.
func (e *engine) commitGroups() {
	defer close(e.written)
	for w := range e.writes {
		c := <-e.writer
		began := time.Now()
		committed := e.commitGroup(c, w)
		if e.checkpointer != nil {
			e.checkpointer.committed(c)
		}
		e.writer <- c
		if committed == 1 && time.Since(began) > longWrite {
			time.Sleep(giveWay)
		}
	}
}

// commitGroup runs the write and those that wait behind it, commits them together,
// and returns how many they were.
func (e *engine) commitGroup(c *conn, first *write) int {
	var group []*write
	for w := first; w != nil; w = e.next(len(group)) {
		if !w.claimed.CompareAndSwap(false, true) {
			continue
		}
		o := c.member(w, len(group) == 0)
		if o.err == nil && o.panicked == nil {
			group = append(group, w)
			continue
		}
		w.outcome <- o
		if c.raw.AutocommitEnabled() && len(group) > 0 {
			// The whole transaction is gone (disk full, out of memory): the others
			// are run again, each alone.
			for _, other := range group {
				other.outcome <- c.alone(other)
			}
			return len(group)
		}
	}
	if len(group) == 0 {
		return 0
	}
	err := c.run("COMMIT")
	if err != nil {
		err = errors.Join(err, c.abandon())
	}
	for _, w := range group {
		w.outcome <- outcome{err: err}
	}
	return len(group)
}

// next returns a write that waits already, nil for none.
func (e *engine) next(have int) *write {
	if have >= maxGroup {
		return nil
	}
	select {
	case w := <-e.writes:
		return w // nil when there will be no more
	default:
		return nil
	}
}

// member runs a write. The first of a group begins the transaction, and the others
// get a savepoint within it. A member that fails leaves nothing behind; the first
// leaves no transaction then.
func (c *conn) member(w *write, first bool) outcome {
	start := func() error { return c.run("SAVEPOINT member") }
	if first {
		start = c.begin
	}
	if err := start(); err != nil {
		return outcome{err: err}
	}
	o := c.attempt(w)
	if o.err == nil && o.panicked == nil && !first {
		o.err = c.run("RELEASE member")
	}
	if o.err != nil || o.panicked != nil {
		o.err = errors.Join(o.err, c.undo(first))
	}
	return o
}

// begin begins a transaction that writes, as soon as no other process has one.
func (c *conn) begin() error {
	for began := time.Now(); ; time.Sleep(lookAgain) {
		err := c.run("BEGIN IMMEDIATE")
		if sqlite.ErrCode(err).ToPrimary() != sqlite.ResultBusy || time.Since(began) > c.patience {
			return err
		}
	}
}

// attempt runs the write's fn.
func (c *conn) attempt(w *write) (o outcome) {
	defer func() {
		if p := recover(); p != nil {
			o.panicked = p // goes on in the goroutine of the caller
		}
	}()
	err := w.fn(c)
	switch {
	case err != nil:
	case c.raw.AutocommitEnabled():
		err = fmt.Errorf("committing: %w", chime.Errorf(chime.ServiceUnavailable, "The directory's database gave up the transaction."))
	case w.ctx.Err() != nil:
		err = context.Cause(w.ctx)
	}
	return outcome{err: err}
}

// undo takes a failed member back, or the transaction that the first one began.
func (c *conn) undo(first bool) error {
	if c.raw.AutocommitEnabled() {
		return nil
	}
	if first {
		return c.run("ROLLBACK")
	}
	return errors.Join(c.run("ROLLBACK TO member"), c.run("RELEASE member"))
}

// alone runs a write again in a transaction of its own.
func (c *conn) alone(w *write) outcome {
	o := c.member(w, true)
	if o.err != nil || o.panicked != nil {
		return o
	}
	if err := c.run("COMMIT"); err != nil {
		return outcome{err: errors.Join(err, c.abandon())}
	}
	return outcome{}
}

// abandon ends a transaction that could not be committed.
func (c *conn) abandon() error {
	if c.raw.AutocommitEnabled() {
		return nil
	}
	return c.run("ROLLBACK")
}
