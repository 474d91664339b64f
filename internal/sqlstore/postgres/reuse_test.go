package postgres_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/postgrestest"
	"github.com/carillon-id/carillon/internal/sqlstore/postgres"
)

// A request's context ends as soon as the request is answered. Its connection is as
// good as before, and serves the next one.
func TestConnectionsOutliveRequests(t *testing.T) {
	url := migrated(t, postgrestest.Distribution())
	s, err := postgres.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	watcher, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = watcher.Close(context.WithoutCancel(t.Context())) }()
	const requests = 50
	seen := map[int]bool{}
	for range requests {
		ctx, answered := context.WithCancel(t.Context())
		if err := s.View(ctx, func(tx chime.Tx) error {
			_, err := tx.Setting(ctx, "nothing")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		answered()
		rows, err := watcher.Query(t.Context(), "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
		if err != nil {
			t.Fatal(err)
		}
		pids, err := pgx.CollectRows(rows, pgx.RowTo[int])
		if err != nil {
			t.Fatal(err)
		}
		for _, pid := range pids {
			seen[pid] = true
		}
	}
	if len(seen) > requests/5 {
		t.Errorf("%d requests, one after the other, took %d connections", requests, len(seen))
	}
}
