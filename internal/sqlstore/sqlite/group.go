package sqlite

import (
	"context"
	"errors"
	"sync"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/carillon-id/carillon/internal/sqlstore"
)

// Group commit. A commit waits for the disk, and while it does, more writes come.
// One goroutine owns the writing connection: it begins a transaction, runs every
// write that waits within a savepoint of its own, commits once, and only then
// tells them all. So the cost of the disk is shared, and nobody is acknowledged
// before it is paid. Nor is anybody refused before: a write that was refused, because
// of what another one of its group did, has to learn that when the commit fails.

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
	ctx      context.Context //nolint:containedctx // the write's own, on its way to the goroutine that runs it
	fn       func(sqlstore.Conn) error
	unsynced bool // its commit does not wait for the disk
	outcome  chan outcome

	running sync.Mutex // held while fn runs
	left    bool       // nobody waits any more, so fn must not run
}

// leave is called by the one who waits when they wait no longer. Once it returned,
// fn does not run, nor will it.
func (w *write) leave() {
	w.running.Lock()
	defer w.running.Unlock()
	w.left = true
}

// outcome is how a write ended.
type outcome struct {
	err      error
	panicked any  // what fn panicked with
	refused  bool // no transaction could begin
}

// Write implements sqlstore.Engine.
func (e *engine) Write(ctx context.Context, fn func(sqlstore.Conn) error) error {
	return e.write(&write{ctx: ctx, fn: fn})
}

// WriteUnsynced implements sqlstore.UnsyncedWriter. The next commit that waits for
// the disk, or the next checkpoint, brings the whole log there.
func (e *engine) WriteUnsynced(ctx context.Context, fn func(sqlstore.Conn) error) error {
	return e.write(&write{ctx: ctx, fn: fn, unsynced: true})
}

func (e *engine) write(w *write) error {
	ctx := w.ctx
	w.outcome = make(chan outcome, 1)
	select {
	case e.writes <- w:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case o := <-w.outcome:
		return o.result()
	case <-ctx.Done():
		w.leave()
	}
	select {
	case o := <-w.outcome:
		return o.result()
	default: // it never ran, or waits for the disk; a disk that hangs must not hold anybody
		return context.Cause(ctx)
	}
}

func (o outcome) failed() bool { return o.err != nil || o.panicked != nil }

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

// member is a write that was run within a group, and how that ended.
type member struct {
	*write
	ended outcome
}

// commitGroup runs the write and those that wait behind it, commits them together,
// and returns how many they were.
func (e *engine) commitGroup(c *conn, first *write) int {
	if err := e.place.check(); err != nil {
		e.refuse(first, outcome{err: err})
		return 0
	}
	var group []member
	for w := first; w != nil; w = e.next(group) {
		o := c.member(w, len(group) == 0)
		switch {
		case o.refused:
			e.refuse(w, o)
			return 0
		case len(group) == 0 && o.failed():
			w.outcome <- o // it saw nothing but what is committed
		case c.raw.AutocommitEnabled():
			// The whole transaction is gone (disk full, out of memory): the others
			// are run again, each alone.
			w.outcome <- o
			for _, other := range group {
				other.outcome <- c.alone(other.write)
			}
			return len(group)
		default:
			group = append(group, member{w, o})
		}
	}
	if len(group) > 0 {
		c.commit(group)
	}
	return len(group)
}

// commit commits a group and tells its members. When that fails, none of them is
// told what it decided, for it may have done so by what others wrote.
func (c *conn) commit(group []member) {
	err := c.run("COMMIT")
	if err != nil {
		err = errors.Join(err, c.abandon())
	}
	for _, m := range group {
		if err != nil {
			m.ended.err = err
		}
		m.outcome <- m.ended
	}
}

// refuse refuses a write and those that wait already, because no transaction can
// begin: if the database is locked, each of them would wait for the lock anew, one
// after another.
func (e *engine) refuse(first *write, o outcome) {
	first.outcome <- o
	for range len(e.writes) {
		if w := e.next(nil); w != nil {
			w.outcome <- o
		}
	}
}

// next returns a write that waits already and may join the group, nil for none.
func (e *engine) next(group []member) *write {
	if len(group) >= maxGroup || len(group) > 0 && group[0].unsynced {
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
		start = func() error { return c.begin(w.unsynced) }
	}
	if err := start(); err != nil {
		return outcome{err: err, refused: first}
	}
	o := c.attempt(w)
	if !o.failed() && !first {
		o.err = c.run("RELEASE member")
	}
	if o.failed() {
		o.err = errors.Join(o.err, c.undo(first))
	}
	return o
}

// setUnsynced sets whether the next commit goes without waiting for the disk.
func (c *conn) setUnsynced(unsynced bool) error {
	if unsynced == c.unsynced {
		return nil
	}
	level := "FULL"
	if unsynced {
		level = "NORMAL"
	}
	// It acts when it is prepared, so it is prepared each time.
	if err := sqlitex.ExecuteTransient(c.raw, "PRAGMA synchronous = "+level, nil); err != nil {
		return translate(err)
	}
	c.unsynced = unsynced
	return nil
}

// begin begins a transaction that writes, as soon as no other process has one.
func (c *conn) begin(unsynced bool) error {
	if err := c.setUnsynced(unsynced); err != nil {
		return err
	}
	for began := time.Now(); ; time.Sleep(lookAgain) {
		err := c.run("BEGIN IMMEDIATE")
		if sqlite.ErrCode(err).ToPrimary() != sqlite.ResultBusy || time.Since(began) > c.patience {
			return err
		}
	}
}

// errLost says that SQLite ended a transaction by itself.
var errLost = errors.New("sqlite: the transaction was rolled back")

// attempt runs the write's fn, unless nobody waits for it any more.
func (c *conn) attempt(w *write) (o outcome) {
	w.running.Lock()
	defer w.running.Unlock()
	if w.left {
		return outcome{err: context.Cause(w.ctx)}
	}
	defer func() {
		if p := recover(); p != nil {
			o.panicked = p // goes on in the goroutine of the caller
		}
	}()
	err := w.fn(c)
	switch {
	case err != nil:
	case c.raw.AutocommitEnabled():
		err = sqlstore.Unavailable(errLost)
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
	if o.failed() {
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
