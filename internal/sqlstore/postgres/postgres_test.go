package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/postgrestest"
	"github.com/carillon-id/carillon/internal/sqlstore/postgres"
	"github.com/carillon-id/carillon/internal/storetest"
)

// clusters are the servers of these tests.
var clusters postgrestest.Clusters

// crashWriter is the first argument of this program as a process that is to be
// killed.
const crashWriter = "crash-writer"

func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == crashWriter {
		fmt.Fprintln(os.Stderr, writeUntilKilled(os.Args[2], os.Args[3]))
		os.Exit(1)
	}
	code := m.Run()
	if err := clusters.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func writeUntilKilled(name, url string) error {
	s, err := postgres.Open(context.Background(), url)
	if err != nil {
		return err
	}
	return errors.Join(storetest.CrashWriter(context.Background(), name, s, os.Stdout), s.Close())
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

// TestStoreCrashing kills the process of the store, and not the server.
func TestStoreCrashing(t *testing.T) {
	for name, installation := range installations() {
		t.Run(name, func(t *testing.T) {
			storetest.RunCrash(t, storetest.Crash{
				Database: func(tb testing.TB) string { return migrated(tb, installation) },
				Open: func(tb testing.TB, url string) chime.Store {
					postgrestest.AwaitQuiet(tb, url, "")
					return open(tb, url)
				},
				Writer: func(name, url string) *exec.Cmd { return exec.Command(os.Args[0], crashWriter, name, url) },
			})
		})
	}
}

// TestStoreUnprepared is as behind a pooler that bears no prepared statements.
func TestStoreUnprepared(t *testing.T) {
	url := with(t, migrated(t, postgrestest.Distribution()), "default_query_exec_mode", "exec")
	storetest.Run(t, func(tb testing.TB) chime.Store { return open(tb, emptied(tb, url)) })
}
