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
type Store struct{ engine Engine }

// New returns the store of a database whose schema is current.
func New(engine Engine) *Store { return &Store{engine: engine} }

// View implements chime.Store.
func (s *Store) View(ctx context.Context, fn func(chime.Tx) error) error {
	return s.engine.Read(ctx, func(c Conn) error { return fn(tx{c}) })
}

// Update implements chime.Store.
func (s *Store) Update(ctx context.Context, fn func(chime.Tx) error) error {
	return s.engine.Write(ctx, func(c Conn) error { return fn(tx{c}) })
}

// Close closes the engine.
func (s *Store) Close() error { return s.engine.Close() }

// tx is a chime.Tx over one transaction of an engine.
type tx struct{ conn Conn }

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
