package postgres_test

import (
	"context"
	"io/fs"
	"os"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/postgrestest"
	"github.com/carillon-id/carillon/internal/sqlstore/postgres"
	"github.com/carillon-id/carillon/internal/storetest"
)

// migrations is the folder that the program's migrations are in.
func migrations() fs.FS { return os.DirFS("..") }

// database is a URL, as programs with different migrations see it.
type database struct{ url string }

func (d database) Open(ctx context.Context, files fs.FS, create bool) (chime.Store, error) {
	return postgres.OpenWith(ctx, d.url, files, create)
}

func (d database) Look(ctx context.Context, files fs.FS) (chime.Schema, error) {
	return postgres.LookWith(ctx, d.url, files)
}

// blank returns the URL of a database with nothing in it.
func blank(tb testing.TB) string {
	tb.Helper()
	cluster := clusters.Start(tb, postgrestest.Distribution())
	cluster.Template(tb, "blank", func(string) error { return nil })
	return cluster.NewDatabase(tb, "blank")
}

func TestMigrations(t *testing.T) {
	storetest.RunMigrations(t, migrations(), func(tb testing.TB) storetest.Migrated { return database{blank(tb)} })
}

// TestStoreOnNewerSchema runs the suite on the schema of the next release.
func TestStoreOnNewerSchema(t *testing.T) {
	url := blank(t)
	s, err := postgres.OpenWith(t.Context(), url, storetest.NextRelease(t, migrations()), true)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	storetest.Run(t, func(tb testing.TB) chime.Store { return open(tb, emptied(tb, url)) })
}

// TestLookAtSchema has a start on a schema that is current go through a proxy that
// lets four journeys pass: hello, two statements, and goodbye.
func TestLookAtSchema(t *testing.T) {
	p, behind := newProxy(t, migrated(t, postgrestest.Distribution()))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	p.allow(4)
	s, err := postgres.Open(ctx, behind)
	if err != nil {
		t.Fatalf("opening, with 4 journeys at most: %v", err)
	}
	p.allow(0)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
