package sqlite

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/carillon-id/carillon/internal/sqlstore"
)

// Checkpoints. What is committed stands in the write-ahead log until a checkpoint
// copies it into the database. SQLite would do that within a commit, and whoever
// waits for that commit would wait for it too. Here a connection of its own does it
// beside the writer. But while that one keeps writing, the log never begins anew:
// so when it is long enough, and nearly all of it is copied, the writer copies the
// rest between two commits. A reader of an old state can put that off; nothing
// else can.

// Lengths in frames: pages of 4 KiB, each with a header of 24 bytes.
const (
	// checkpointFrames is how many are copied at once. Pages that are written often
	// are copied once for all, so more is less work.
	checkpointFrames = 4000
	// restartFrames is how long the log is when it is to begin anew as soon as that
	// costs little, and maxFrames when it must: the greatest group of commits then
	// stays within logLimit.
	restartFrames = 7000
	maxFrames     = 12000
	// retryFrames is by how much the log grows before a restart that a reader
	// prevented is tried again: each try may cost the writer its restartPatience.
	retryFrames = 1000
	// logLimit is how long the log's file stays at the most, in bytes.
	logLimit = 64 << 20
)

// restartPatience is how long the writer waits for readers of an old state.
const restartPatience = 20 * time.Millisecond

// checkpointer copies the log into the database.
type checkpointer struct {
	conn *conn
	wake chan struct{} // closed when there will be no more to do
	done chan struct{}

	running sync.Mutex // held during a checkpoint

	// prevented is how long the log was when a reader prevented the last restart, 0
	// when none did. It is the committing goroutine's.
	prevented int64
}

func newCheckpointer(c *conn) *checkpointer {
	p := &checkpointer{conn: c, wake: make(chan struct{}, 1), done: make(chan struct{})}
	go p.run()
	return p
}

func (p *checkpointer) run() {
	defer close(p.done)
	for range p.wake {
		p.running.Lock()
		// What cannot be copied now is copied the next time.
		_, _ = p.conn.checkpoint("PASSIVE")
		p.running.Unlock()
	}
}

func (p *checkpointer) close() error {
	close(p.wake)
	<-p.done
	return p.conn.close()
}

// wal is the state of the write-ahead log, in frames.
type wal struct{ frames, copied int64 }

func (l wal) waiting() int64 { return l.frames - l.copied }

// checkpoint runs a checkpoint of the mode; NOOP only tells the state.
func (c *conn) checkpoint(mode string) (l wal, err error) {
	busy := false
	err = c.Query(context.Background(), "PRAGMA wal_checkpoint("+mode+")", nil, func(r sqlstore.Row) error {
		busy, l.frames, l.copied = r.Int(0) != 0, r.Int(1), r.Int(2)
		return nil
	})
	if err == nil && busy {
		err = errBusy
	}
	return l, err
}

var errBusy = errors.New("a reader or another process is in the way")

// committed is told of each commit, by the goroutine that owns the writing
// connection.
func (p *checkpointer) committed(writer *conn) {
	l, err := writer.checkpoint("NOOP")
	switch {
	case err != nil || l.waiting() < checkpointFrames && l.frames < restartFrames:
	case p.restarts(l):
		p.restart(writer, l)
	default:
		select {
		case p.wake <- struct{}{}:
		default: // it has been woken
		}
	}
}

// restarts reports whether the log is to begin anew: it must, or it costs little.
func (p *checkpointer) restarts(l wal) bool {
	if p.prevented > 0 && l.frames >= p.prevented && l.frames < p.prevented+retryFrames {
		return false
	}
	return l.frames >= maxFrames || l.frames >= restartFrames && l.waiting() <= checkpointFrames/2
}

// restart copies the rest of the log, so that the next commit begins it anew. Unless
// it must be, that does not wait for a checkpoint which runs.
func (p *checkpointer) restart(writer *conn, l wal) {
	if l.frames >= maxFrames {
		p.running.Lock()
	} else if !p.running.TryLock() {
		return
	}
	defer p.running.Unlock()
	writer.raw.SetBusyTimeout(restartPatience)
	defer writer.raw.SetBusyTimeout(0)
	p.prevented = 0
	if _, err := writer.checkpoint("RESTART"); err != nil {
		p.prevented = l.frames
	}
}
