package oidc_test

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/sqlstore"
)

// healthy is how many statements a database that does not fail still takes.
const healthy = 1 << 40

// faults is an engine whose database goes away at a statement or a commit.
type faults struct {
	sqlstore.Engine
	left   atomic.Int64           // statements and commits until it fails
	late   atomic.Bool            // be asked by those whose time is over
	before atomic.Pointer[func()] // is called before the next write
	locked atomic.Bool            // fail as a database does that is locked, not as one that broke
}

func (f *faults) heal() { f.left.Store(healthy) }

// failed reports whether the database failed since it was told to.
func (f *faults) failed() bool { return f.left.Load() < 0 }

func (f *faults) step() error {
	switch {
	case f.left.Add(-1) >= 0:
		return nil
	case f.locked.Load():
		return chime.Errorf(chime.ServiceUnavailable, "the database is locked")
	default:
		return errors.New("the database broke")
	}
}

// asked returns the context of whoever asks.
func (f *faults) asked(ctx context.Context) (context.Context, context.CancelFunc) {
	if f.late.Load() {
		return context.WithDeadline(ctx, time.Unix(1, 0))
	}
	return ctx, func() {}
}

func (f *faults) Read(ctx context.Context, fn func(sqlstore.Conn) error) error {
	ctx, cancel := f.asked(ctx)
	defer cancel()
	return f.Engine.Read(ctx, func(c sqlstore.Conn) error { return fn(faultyConn{c, f}) })
}

func (f *faults) Write(ctx context.Context, fn func(sqlstore.Conn) error) error {
	if before := f.before.Swap(nil); before != nil {
		(*before)()
	}
	ctx, cancel := f.asked(ctx)
	defer cancel()
	return f.Engine.Write(ctx, func(c sqlstore.Conn) error {
		if err := fn(faultyConn{c, f}); err != nil {
			return err
		}
		return f.step()
	})
}

type faultyConn struct {
	sqlstore.Conn
	faults *faults
}

func (c faultyConn) Exec(ctx context.Context, sql string, args ...any) error {
	if err := c.faults.step(); err != nil {
		return err
	}
	return c.Conn.Exec(ctx, sql, args...)
}

func (c faultyConn) Query(ctx context.Context, sql string, args []any, each func(sqlstore.Row) error) error {
	if err := c.faults.step(); err != nil {
		return err
	}
	return c.Conn.Query(ctx, sql, args, each)
}
