package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/carillon-id/carillon/internal/sqlstore"
)

const (
	// maxAttempts bounds how often a transaction is run that keeps colliding.
	maxAttempts = 50
	// maxClaims bounds it for one that writes a key which is taken: when another
	// transaction has only just taken it, the next attempt sees that.
	maxClaims = 3
	// endGrace is how long the end of a transaction may take that nobody waits for.
	endGrace = 5 * time.Second
)

// Read implements sqlstore.Engine.
func (e *engine) Read(ctx context.Context, fn func(sqlstore.Conn) error) error {
	c := &conn{engine: e}
	c.later("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
	end := "ROLLBACK" // when fn panics
	defer func() { c.end(ctx, end) }()
	err := fn(c)
	end = "COMMIT"
	return outcome(ctx, err)
}

// Peek implements sqlstore.Peeker: no BEGIN, and no COMMIT to wait for until the
// connection is free again.
func (e *engine) Peek(ctx context.Context, fn func(sqlstore.Conn) error) error {
	c := &conn{engine: e}
	defer func() { c.end(ctx, "ROLLBACK") }()
	return outcome(ctx, fn(c))
}

// Write implements sqlstore.Engine.
func (e *engine) Write(ctx context.Context, fn func(sqlstore.Conn) error) error {
	return e.write(ctx, fn, "BEGIN ISOLATION LEVEL SERIALIZABLE")
}

// WriteUnsynced implements sqlstore.UnsyncedWriter.
func (e *engine) WriteUnsynced(ctx context.Context, fn func(sqlstore.Conn) error) error {
	return e.write(ctx, fn, "BEGIN ISOLATION LEVEL SERIALIZABLE", "SET LOCAL synchronous_commit TO off")
}

// WriteInPlace implements sqlstore.InPlaceWriter. A row that was changed or deleted
// by another since the snapshot cannot be written, which has the transaction run
// again; that is all that keeps it apart from others. To be serializable, PostgreSQL would remember what was read, and with the
// defaults of the server that is the whole table as soon as it is more than 32
// rows: then batches collide that have nothing in common.
func (e *engine) WriteInPlace(ctx context.Context, fn func(sqlstore.Conn) error) error {
	return e.write(ctx, fn, "BEGIN ISOLATION LEVEL REPEATABLE READ")
}

func (e *engine) write(ctx context.Context, fn func(sqlstore.Conn) error, begin ...string) error {
	claims := 0
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := e.attempt(ctx, begin, fn)
		if claimed(err) {
			claims++
		}
		if !collided(err) && (!claimed(err) || claims == maxClaims) {
			err = backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithMaxTries(maxAttempts), backoff.WithBackOff(pace()))
	return outcome(ctx, err)
}

// pace is how long a transaction that collided waits: a little, and never in
// step with the other.
func pace() backoff.BackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval = 2*time.Millisecond, 250*time.Millisecond
	return b
}

// attempt runs fn in a transaction of its own.
func (e *engine) attempt(ctx context.Context, begin []string, fn func(sqlstore.Conn) error) error {
	c := &conn{engine: e}
	for _, statement := range begin {
		c.later(statement)
	}
	defer func() { c.end(ctx, "ROLLBACK") }()
	err := fn(c)
	if err == nil {
		err = c.commit(ctx)
	}
	if err == nil {
		e.wrote(c.rows)
	}
	return err
}

// commit sends what waits with the COMMIT and returns once its outcome is known.
// A context that ends has the server cancel what it still can.
func (c *conn) commit(ctx context.Context) error {
	if c.pooled == nil && len(c.waiting) == 1 || ctx.Err() != nil {
		return context.Cause(ctx) // nil after a transaction of nothing but the BEGIN
	}
	c.committing = true
	c.later("COMMIT")
	tag, err := c.send(ctx)
	if err == nil && tag.String() != "COMMIT" {
		err = fmt.Errorf("the commit was answered by %s", tag)
	}
	return err
}

// end gives the connection back and has the server end the transaction, if it
// goes on. Nobody waits for that. A connection that the context's end may have
// left a cancellation on its way to is not used again.
func (c *conn) end(ctx context.Context, statement string) {
	if c.pooled == nil {
		return
	}
	pooled := c.pooled
	c.pooled = nil
	raw := pooled.Conn()
	// Asked now: a request's context ends as soon as it is answered, and no statement
	// is under way any more that this could have canceled.
	canceled := ctx.Err() != nil
	if !canceled && (raw.IsClosed() || raw.PgConn().TxStatus() == 'I') {
		pooled.Release()
		return
	}
	go func() {
		defer pooled.Release()
		within, cancel := context.WithTimeout(context.Background(), endGrace)
		defer cancel()
		if canceled || raw.PgConn().Exec(within, statement).Close() != nil {
			_ = raw.Close(within) // the pool drops it
		}
	}()
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
