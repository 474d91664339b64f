package postgres

import (
	"context"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/carillon-id/carillon/internal/sqlstore"
)

// maxWaiting bounds the statements that wait to be sent.
const maxWaiting = 100

// conn is a transaction. Statements that answer nothing wait until one is sent
// that does, the BEGIN first of all; only then it takes a connection.
type conn struct {
	engine     *engine
	pooled     *pgxpool.Conn // nil until something is sent
	waiting    []statement
	begun      bool // the BEGIN was answered
	committing bool
	rows       int64 // written
}

// later has a statement wait.
func (c *conn) later(sql string, args ...any) {
	c.waiting = append(c.waiting, statement{sql: sql, args: args})
}

// Exec implements sqlstore.Conn. The statement's own error comes with the next
// statement that is sent, or with the commit.
func (c *conn) Exec(ctx context.Context, sql string, args ...any) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	c.later(sql, args...)
	if len(c.waiting) < maxWaiting {
		return nil
	}
	_, err := c.send(ctx)
	return err
}

// Query implements sqlstore.Conn.
func (c *conn) Query(ctx context.Context, sql string, args []any, each func(sqlstore.Row) error) error {
	return c.QueryAll(ctx, []sqlstore.Query{{SQL: sql, Args: args, Each: each}})
}

// QueryAll implements sqlstore.Pipeliner.
func (c *conn) QueryAll(ctx context.Context, queries []sqlstore.Query) error {
	if ctx.Err() != nil || len(queries) == 0 {
		return context.Cause(ctx)
	}
	for _, q := range queries {
		c.waiting = append(c.waiting, statement{q.SQL, q.Args, q.Each})
	}
	_, err := c.send(ctx)
	return err
}

// send sends what waits and returns the answer of the last. A connection that
// turns out to be broken before the transaction has begun is replaced by a new
// one: after a restart of the server, all of the pool's are.
func (c *conn) send(ctx context.Context) (pgconn.CommandTag, error) {
	statements := c.waiting
	c.waiting = nil
	tag, err := c.trySend(ctx, statements)
	if err != nil && c.pooled != nil && !c.begun && !c.committing && ctx.Err() == nil && c.pooled.Conn().IsClosed() {
		c.pooled.Release()
		c.pooled = nil
		c.engine.pool.Reset()
		tag, err = c.trySend(ctx, statements)
	}
	return tag, err
}

func (c *conn) trySend(ctx context.Context, statements []statement) (pgconn.CommandTag, error) {
	if c.pooled == nil {
		var err error
		if c.pooled, err = c.engine.pool.Acquire(ctx); err != nil {
			return pgconn.CommandTag{}, err
		}
	}
	raw := c.pooled.Conn().PgConn()
	f := c.engine.newFlight(ctx, raw)
	for _, s := range statements {
		f.add(s)
	}
	tag, err := f.land(c)
	if stale(err) {
		_ = raw.Close(ctx) // with what it has prepared
	}
	return tag, err
}
