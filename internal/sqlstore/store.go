// Package sqlstore keeps the directory in a SQL database: chime.Store over a
// small Engine. It owns every query, the schema and its migrations. It owns no
// rule, and nothing in it differs from engine to engine.
package sqlstore

import (
	"context"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
)

// Store is a chime.Store over an Engine.
type Store struct {
	engine Engine
	owners owners
	// overlapping says that writing transactions run beside each other.
	overlapping bool
}

// New returns the store of a database whose schema is current.
func New(engine Engine) *Store {
	_, overlapping := engine.(InPlaceWriter)
	return &Store{engine: engine, overlapping: overlapping}
}

func (s *Store) tx(c Conn) tx { return tx{textConn{c}, &s.owners, s.overlapping} }

// snapshotKey is what a context carries the open snapshot of a store under.
type snapshotKey struct{ store *Store }

// Snapshot implements chime.Store.
func (s *Store) Snapshot(ctx context.Context, fn func(context.Context) error) error {
	if _, cheap := s.engine.(Peeker); cheap {
		return fn(ctx)
	}
	return s.View(ctx, func(open chime.Tx) error { return fn(context.WithValue(ctx, snapshotKey{s}, open)) })
}

// View implements chime.Store.
func (s *Store) View(ctx context.Context, fn func(chime.Tx) error) error {
	if open, ok := ctx.Value(snapshotKey{s}).(chime.Tx); ok {
		return fn(open)
	}
	return s.engine.Read(ctx, func(c Conn) error { return fn(s.tx(c)) })
}

// Peek implements chime.Store.
func (s *Store) Peek(ctx context.Context, fn func(chime.Tx) error) error {
	e, ok := s.engine.(Peeker)
	if _, open := ctx.Value(snapshotKey{s}).(chime.Tx); open || !ok {
		return s.View(ctx, fn)
	}
	return e.Peek(ctx, func(c Conn) error { return fn(s.tx(c)) })
}

// Update implements chime.Store.
func (s *Store) Update(ctx context.Context, fn func(chime.Tx) error) error {
	return s.engine.Write(ctx, func(c Conn) error { return fn(s.tx(c)) })
}

// UpdateInPlace implements chime.Store.
func (s *Store) UpdateInPlace(ctx context.Context, fn func(chime.Tx) error) error {
	write := s.engine.Write
	if e, ok := s.engine.(InPlaceWriter); ok {
		write = e.WriteInPlace
	}
	return write(ctx, func(c Conn) error { return fn(s.tx(c)) })
}

// UpdateUnsynced implements chime.Store.
func (s *Store) UpdateUnsynced(ctx context.Context, fn func(chime.Tx) error) error {
	write := s.engine.Write
	if e, ok := s.engine.(UnsyncedWriter); ok {
		write = e.WriteUnsynced
	}
	return write(ctx, func(c Conn) error { return fn(s.tx(c)) })
}

// Schema returns what was found of the schema when the database was opened, after
// migrating it; the zero Schema when the engine does not tell.
func (s *Store) Schema() chime.Schema {
	if e, ok := s.engine.(interface{ Schema() chime.Schema }); ok {
		return e.Schema()
	}
	return chime.Schema{}
}

// Close closes the engine.
func (s *Store) Close() error { return s.engine.Close() }

// tx is a chime.Tx over one transaction of an engine.
type tx struct {
	conn        textConn
	owners      *owners
	overlapping bool
}

// micros is how a time is stored: microseconds since 1970, 0 for none.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}
