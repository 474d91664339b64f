package session_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/postgrestest"
	"github.com/carillon-id/carillon/internal/sqlstore/postgres"
	"github.com/carillon-id/carillon/internal/sqlstore/sqlite"
)

// clusters are the PostgreSQL servers of these tests.
var clusters postgrestest.Clusters

func TestMain(m *testing.M) {
	code := m.Run()
	if err := clusters.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// newStore returns an empty store: of SQLite, or with TEST_ENGINE=postgres of
// PostgreSQL.
func newStore(tb testing.TB) chime.Store {
	tb.Helper()
	if os.Getenv("TEST_ENGINE") == "postgres" {
		return newPostgres(tb)
	}
	return newSQLite(tb)
}

func newSQLite(tb testing.TB) chime.Store {
	tb.Helper()
	s, err := sqlite.Open(tb.Context(), filepath.Join(tb.TempDir(), "carillon.db"))
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func newPostgres(tb testing.TB) chime.Store {
	tb.Helper()
	cluster := clusters.Start(tb, postgrestest.Distribution())
	cluster.Template(tb, "carillon", func(url string) error {
		s, err := postgres.Open(context.Background(), url)
		if err != nil {
			return err
		}
		return s.Close()
	})
	s, err := postgres.Open(tb.Context(), cluster.NewDatabase(tb, "carillon"))
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// onEngines runs a test on each engine.
func onEngines(t *testing.T, test func(*testing.T, *fixture)) {
	for name, open := range map[string]func(testing.TB) chime.Store{"SQLite": newSQLite, "PostgreSQL": newPostgres} {
		t.Run(name, func(t *testing.T) {
			f := fixtureOver(t, open(t))
			t.Cleanup(f.closeAll)
			test(t, f)
		})
	}
}
