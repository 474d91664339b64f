package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/carillon-id/carillon/internal/sqlstore"
	"github.com/carillon-id/carillon/internal/sqlstore/sqlite"
)

// sqliteFiles are the databases of a run on SQLite: the server's, and copies of it
// for the raw driver, so that neither disturbs the other's cache.
type sqliteFiles struct {
	dir     string
	scripts scripts
	users   []string // that the scripts name
	layout  *naive
}

func (s *sqliteFiles) path(name string) string { return filepath.Join(s.dir, name) }
func (s *sqliteFiles) url() string             { return "sqlite:" + s.path("carillon.db") }
func (s *sqliteFiles) environment() []string   { return nil }
func (s *sqliteFiles) naive() suspender        { return s.layout }
func (s *sqliteFiles) rawWriters() int         { return 1 }

func (s *sqliteFiles) store(ctx context.Context) (*sqlstore.Store, error) {
	return sqlite.OpenExisting(ctx, s.path("carillon.db"))
}

func (s *sqliteFiles) processes() ([]int, error) { return nil, nil }

func (s *sqliteFiles) prepare(ctx context.Context, p population, progress func(done int)) error {
	if err := copyFile(s.path("raw.db"), s.path("carillon.db")); err != nil {
		return err
	}
	engine, err := sqlite.OpenEngine(ctx, s.path("raw.db"))
	if err != nil {
		return err
	}
	s.users = p[0].users[:batchSize]
	s.scripts, err = listen(ctx, engine, p)
	if err := errors.Join(err, engine.Close()); err != nil {
		return err
	}
	s.layout, err = openNaive(s.path("naive.db"), p, progress)
	return err
}

func (s *sqliteFiles) raw(_ context.Context, n int) ([]rawConn, error) {
	var conns []rawConn
	for range n {
		c, err := openRawSQLite(s.path("raw.db"), &s.scripts, s.users)
		if err != nil {
			return nil, err
		}
		conns = append(conns, c)
	}
	return conns, nil
}

func (s *sqliteFiles) logSize() int64 {
	info, err := os.Stat(s.path("carillon.db-wal"))
	if err != nil {
		return 0
	}
	return info.Size()
}

func (s *sqliteFiles) close() error {
	if s.layout == nil {
		return nil
	}
	return s.layout.close()
}

func copyFile(to, from string) (err error) {
	source, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("copying the database: %w", err)
	}
	defer source.Close()
	target, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("copying the database: %w", err)
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Close())
}
