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
