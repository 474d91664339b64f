package postgres_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/postgrestest"
	"github.com/carillon-id/carillon/internal/sqlstore/postgres"
	"github.com/carillon-id/carillon/internal/storetest"
)

// clusters are the servers of these tests.
var clusters postgrestest.Clusters

func TestMain(m *testing.M) {
	code := m.Run()
	if err := clusters.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// installations are the versions that every test of the store passes on.
func installations() map[string]postgrestest.Installation {
	return map[string]postgrestest.Installation{
		"Distribution": postgrestest.Distribution(),
		"Second":       postgrestest.Second(),
	}
}

// migrated returns the URL of a new database with the schema and nothing in it.
func migrated(tb testing.TB, i postgrestest.Installation) string {
	tb.Helper()
	cluster := clusters.Start(tb, i)
	cluster.Template(tb, "carillon", func(url string) error {
		s, err := postgres.Open(context.Background(), url)
		if err != nil {
			return err
		}
		return s.Close()
	})
	return cluster.NewDatabase(tb, "carillon")
}

// emptied deletes all that is in a database, and returns its URL. The cases of the
// suite, which come one after another, have a database in turn that way.
func emptied(tb testing.TB, url string) string {
	tb.Helper()
	var deletions strings.Builder
	for table := range postgres.ShardingColumns() {
		deletions.WriteString("DELETE FROM " + table + ";")
	}
	execute(tb, url, deletions.String())
	return url
}

func open(tb testing.TB, url string) chime.Store {
	tb.Helper()
	s, err := postgres.Open(tb.Context(), url)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func TestStore(t *testing.T) {
	for name, installation := range installations() {
		t.Run(name, func(t *testing.T) {
			url := migrated(t, installation)
			storetest.Run(t, func(tb testing.TB) chime.Store { return open(tb, emptied(tb, url)) })
		})
	}
}

// TestStoreConcurrently has the workers on two pools, as two processes have them.
func TestStoreConcurrently(t *testing.T) {
	for name, installation := range installations() {
		t.Run(name, func(t *testing.T) {
			url := migrated(t, installation)
			storetest.RunConcurrent(t, func(tb testing.TB) []chime.Store {
				emptied(tb, url)
				return []chime.Store{open(tb, url), open(tb, url)}
			})
		})
	}
}

// TestStoreUnprepared is as behind a pooler that bears no prepared statements.
func TestStoreUnprepared(t *testing.T) {
	url := with(t, migrated(t, postgrestest.Distribution()), "default_query_exec_mode", "exec")
	storetest.Run(t, func(tb testing.TB) chime.Store { return open(tb, emptied(tb, url)) })
}
