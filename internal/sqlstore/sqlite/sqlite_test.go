package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	native "zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/sqlstore/sqlite"
	"github.com/carillon-id/carillon/internal/storetest"
)

// crashWriter is the first argument of this program as a process that is to be
// killed.
const crashWriter = "crash-writer"

func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == crashWriter {
		fmt.Fprintln(os.Stderr, writeUntilKilled(os.Args[2], os.Args[3]))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func writeUntilKilled(name, path string) error {
	s, err := sqlite.Open(context.Background(), path)
	if err != nil {
		return err
	}
	return errors.Join(storetest.CrashWriter(context.Background(), name, s, os.Stdout), s.Close())
}

func open(t testing.TB, path string) chime.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFile(t *testing.T) {
	storetest.Run(t, func(t testing.TB) chime.Store { return open(t, filepath.Join(t.TempDir(), "carillon.db")) })
}

func TestMemory(t *testing.T) {
	storetest.Run(t, func(t testing.TB) chime.Store { return open(t, sqlite.Memory) })
}

func TestFileConcurrently(t *testing.T) {
	storetest.RunConcurrent(t, func(t testing.TB) []chime.Store {
		return []chime.Store{open(t, filepath.Join(t.TempDir(), "carillon.db"))}
	})
}

// TestFileOfTwoProcesses is that of a server and a command beside it.
func TestFileOfTwoProcesses(t *testing.T) {
	storetest.RunConcurrent(t, func(t testing.TB) []chime.Store {
		path := filepath.Join(t.TempDir(), "carillon.db")
		return []chime.Store{open(t, path), open(t, path)}
	})
}

func TestMemoryConcurrently(t *testing.T) {
	storetest.RunConcurrent(t, func(t testing.TB) []chime.Store { return []chime.Store{open(t, sqlite.Memory)} })
}

func TestFileCrashing(t *testing.T) {
	storetest.RunCrash(t, storetest.Crash{
		Database: func(t testing.TB) string { return filepath.Join(t.TempDir(), "carillon.db") },
		Open: func(t testing.TB, path string) chime.Store {
			s := open(t, path)
			wantSound(t, path)
			return s
		},
		Writer: func(name, path string) *exec.Cmd { return exec.Command(os.Args[0], crashWriter, name, path) },
	})
}

// wantSound has SQLite look at the whole database.
func wantSound(t testing.TB, path string) {
	t.Helper()
	c, err := native.OpenConn(path, native.OpenReadOnly)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	for pragma, want := range map[string]string{"integrity_check": "ok", "foreign_key_check": ""} {
		got := ""
		err := sqlitex.ExecuteTransient(c, "PRAGMA "+pragma, &sqlitex.ExecOptions{ResultFunc: func(row *native.Stmt) error {
			got += row.ColumnText(0)
			return nil
		}})
		if err != nil || got != want {
			t.Errorf("%s: got %q (%v), want %q", pragma, got, err, want)
		}
	}
}
