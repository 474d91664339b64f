package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/sqlstore/sqlite"
	"github.com/carillon-id/carillon/internal/storetest"
)

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
