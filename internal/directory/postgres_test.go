package directory_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

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

// testEngine has these tests run on another engine than SQLite: TEST_ENGINE=postgres.
const testEngine = "TEST_ENGINE"

// newStore returns an empty store.
func newStore(tb testing.TB) chime.Store {
	tb.Helper()
	var s chime.Store
	var err error
	switch engine := os.Getenv(testEngine); engine {
	case "", "sqlite":
		s, err = sqlite.Open(tb.Context(), sqlite.Memory)
	case "postgres":
		s, err = postgres.Open(tb.Context(), newPostgres(tb))
	default:
		err = fmt.Errorf("%s is %q, want sqlite or postgres", testEngine, engine)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// newPostgres returns the URL of a database with the schema and nothing in it.
func newPostgres(tb testing.TB) string {
	tb.Helper()
	cluster := clusters.Start(tb, postgrestest.Distribution())
	cluster.Template(tb, "carillon", func(url string) error {
		s, err := postgres.Open(context.Background(), url)
		if err != nil {
			return err
		}
		return s.Close()
	})
	return cluster.NewDatabase(tb, "carillon")
}

// emptyPostgres deletes all that is in a database.
func emptyPostgres(ctx context.Context, url string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, `DO $$ DECLARE t text; BEGIN
		FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'goose%' LOOP
			EXECUTE 'DELETE FROM ' || t;
		END LOOP;
	END $$`)
	return errors.Join(err, conn.Close(ctx))
}

// TestLifecycleOnPostgres is TestLifecycle, shorter, on PostgreSQL.
func TestLifecycleOnPostgres(t *testing.T) {
	checks := flag.Lookup("rapid.checks")
	before := checks.Value.String()
	if err := checks.Value.Set("8"); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := checks.Value.Set(before); err != nil {
			t.Error(err)
		}
	}()
	url := newPostgres(t)
	lifecycle(t, func(rt *rapid.T) chime.Store {
		if err := emptyPostgres(rt.Context(), url); err != nil {
			rt.Fatal(err)
		}
		s, err := postgres.Open(rt.Context(), url)
		if err != nil {
			rt.Fatal(err)
		}
		return s
	})
}
