package sqlite_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/sqlstore"
	"github.com/carillon-id/carillon/internal/sqlstore/sqlite"
	"github.com/carillon-id/carillon/internal/storetest"
)

// migrations is the folder that the program's migrations are in.
func migrations() fs.FS { return os.DirFS("..") }

// database is a file, as programs with different migrations see it.
type database struct{ path string }

func (d database) Open(ctx context.Context, files fs.FS, create bool) (chime.Store, error) {
	return sqlite.OpenWith(ctx, d.path, files, create)
}

func (d database) Look(ctx context.Context, files fs.FS) (chime.Schema, error) {
	return sqlite.LookWith(ctx, d.path, files)
}

func TestMigrations(t *testing.T) {
	storetest.RunMigrations(t, migrations(), func(tb testing.TB) storetest.Migrated {
		path := filepath.Join(tb.TempDir(), "carillon.db")
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			tb.Fatal(err)
		}
		return database{path}
	})
}

// TestStoreOnNewerSchema runs the suite on the schema of the next release.
func TestStoreOnNewerSchema(t *testing.T) {
	newer := storetest.NextRelease(t, migrations())
	storetest.Run(t, func(tb testing.TB) chime.Store {
		path := filepath.Join(tb.TempDir(), "carillon.db")
		s, err := sqlite.OpenWith(tb.Context(), path, newer, true)
		if err != nil {
			tb.Fatal(err)
		}
		if err := s.Close(); err != nil {
			tb.Fatal(err)
		}
		return open(tb, path)
	})
}

// TestLookAtSchema counts the statements of a start on a schema that is current.
func TestLookAtSchema(t *testing.T) {
	engine, err := sqlite.OpenEngine(t.Context(), filepath.Join(t.TempDir(), "carillon.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	statements := map[string]bool{}
	r := recorder{engine, new(sync.Mutex), statements}
	err = r.Read(t.Context(), func(c sqlstore.Conn) error {
		s, err := sqlite.LookThrough(t.Context(), c)
		if s.State() != chime.SchemaCurrent {
			t.Errorf("got the schema %+v, want it current", s)
		}
		return err
	})
	if err != nil || len(statements) != 2 {
		t.Errorf("got %d statements (%v), want 2: %v", len(statements), err, statements)
	}
}
