package sqlite_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	zombiezen "zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/sqlstore/sqlite"
	"github.com/carillon-id/carillon/internal/storetest"
)

// backedUp returns a backup of so many people.
func backedUp(t *testing.T, people int) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "backup.db")
	if err := sqlite.Backup(t.Context(), filled(t, people), file, nil); err != nil {
		t.Fatal(err)
	}
	return file
}

// restored restores a backup and marks it on the way.
func restored(t *testing.T, file, path string, overwrite bool) error {
	t.Helper()
	r, err := sqlite.Restore(t.Context(), file, path, overwrite, nil)
	if err != nil {
		return err
	}
	err = r.Store.Update(t.Context(), func(tx chime.Tx) error { return tx.PutSetting(t.Context(), "restored", []byte("yes")) })
	if err = errors.Join(err, r.Store.Close()); err != nil {
		t.Fatal(err)
	}
	return r.Commit()
}

func wantRestored(t *testing.T, path string, people int64) {
	t.Helper()
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the database: got %v (%v), want mode 0600", info, err)
	}
	s := open(t, path)
	if got := countPeople(t, s); got != people {
		t.Errorf("the database has %d people, want %d", got, people)
	}
	err := s.View(t.Context(), func(tx chime.Tx) error {
		value, err := tx.Setting(t.Context(), "restored")
		if string(value) != "yes" {
			t.Errorf("what was written to the restored database: got %q", value)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if damage := inspect(t, s); len(damage) > 0 {
		t.Errorf("the database is damaged: %q", damage)
	}
	wantFiles(t, filepath.Dir(path), "carillon.db")
}

func TestRestore(t *testing.T) {
	file, path := backedUp(t, 2000), filepath.Join(t.TempDir(), "carillon.db")
	if err := restored(t, file, path, false); err != nil {
		t.Fatal(err)
	}
	wantRestored(t, path, 2000)
	wantFiles(t, filepath.Dir(file), "backup.db")
	if err := restored(t, file, path, false); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a database that is there: got %v, want an error that it exists", err)
	}
	wantRestored(t, path, 2000)
	if err := restored(t, backedUp(t, 10), path, true); err != nil {
		t.Errorf("a database that is there, to be overwritten: %v", err)
	}
	wantRestored(t, path, 10)
}

// TestRestoreInUse: whoever has the database open keeps it.
func TestRestoreInUse(t *testing.T) {
	file, path := backedUp(t, 10), filled(t, 3)
	s := open(t, path)
	if err := restored(t, file, path, true); !errors.Is(err, sqlite.ErrInUse) {
		t.Errorf("a database that is served: got %v, want %v", err, sqlite.ErrInUse)
	}
	if got := countPeople(t, s); got != 3 {
		t.Errorf("the database has %d people, want its own 3", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	// And whoever comes while it is prepared.
	r, err := sqlite.Restore(t.Context(), file, path, true, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Store.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	if err := r.Commit(); !errors.Is(err, sqlite.ErrInUse) {
		t.Errorf("a database that a server has begun to serve: got %v, want %v", err, sqlite.ErrInUse)
	}
	if got := countPeople(t, s); got != 3 {
		t.Errorf("the database has %d people, want its own 3", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	wantFiles(t, filepath.Dir(path), "carillon.db")
}

// TestRestoreTakesNoNewName: a database that came to be in the meantime stays.
func TestRestoreTakesNoNewName(t *testing.T) {
	file, path := backedUp(t, 10), filepath.Join(t.TempDir(), "carillon.db")
	r, err := sqlite.Restore(t.Context(), file, path, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(r.Store.Close(), os.WriteFile(path, []byte("precious"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if err := r.Commit(); !errors.Is(err, fs.ErrExist) {
		t.Errorf("got %v, want an error that it exists", err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "precious" {
		t.Errorf("got %q (%v), want it as it was", text, err)
	}
	wantFiles(t, filepath.Dir(path), "carillon.db")
}

// TestRestoreOverRuins replaces what is no database any more, and what is left of
// one that is gone: its log must not be taken for the new one's.
func TestRestoreOverRuins(t *testing.T) {
	path := filled(t, 3)
	if err := os.WriteFile(path, []byte(strings.Repeat("This was a database. ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := restored(t, backedUp(t, 10), path, true); err != nil {
		t.Errorf("over a ruin: %v", err)
	}
	wantRestored(t, path, 10)

	path = filled(t, 3)
	s := open(t, path)
	if err := s.Update(t.Context(), func(tx chime.Tx) error { return tx.PutSetting(t.Context(), "lost", []byte("log")) }); err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(path + "-wal")
	if err != nil || len(log) == 0 {
		t.Fatalf("the log: got %d bytes (%v), want some", len(log), err)
	}
	if err := errors.Join(s.Close(), os.Remove(path), os.WriteFile(path+"-wal", log, 0o600)); err != nil {
		t.Fatal(err)
	}
	if err := restored(t, backedUp(t, 10), path, false); err != nil {
		t.Errorf("beside a log: %v", err)
	}
	wantRestored(t, path, 10)
}

func TestRestoreRefuses(t *testing.T) {
	file := func(text string) string {
		name := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	changed := func(sql string) string {
		name := backedUp(t, 100)
		conn, err := zombiezen.OpenConn(name, zombiezen.OpenReadWrite)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(sqlitex.ExecuteScript(conn, sql, nil), conn.Close()); err != nil {
			t.Fatal(err)
		}
		return name
	}
	foreign := file("")
	conn, err := zombiezen.OpenConn(foreign, zombiezen.OpenReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(sqlitex.ExecuteScript(conn, "CREATE TABLE bookmarks (url TEXT)", nil), conn.Close()); err != nil {
		t.Fatal(err)
	}
	path := filled(t, 3)
	for _, c := range []struct{ name, file, want string }{
		{"a file that is not there", filepath.Join(t.TempDir(), "no"), "no such file"},
		{"no database", file(strings.Repeat("This is a text. ", 1000)), "the file is no database"},
		{"an empty file", file(""), "the file is a database, and not one of Carillon's"},
		{"another program's database", foreign, "the file is a database, and not one of Carillon's"},
		{"the database itself", path, "these are the same file"},
		{"one release newer", changed("INSERT INTO goose_db_version (version_id, is_applied) VALUES (101, 1)"), "the backup's schema (101) is newer than this program's"},
		{"much newer", changed("INSERT INTO goose_db_version (version_id, is_applied) VALUES (901, 1)"), "the backup's schema (901) is newer than this program's"},
		{"a broken index", changed(`PRAGMA writable_schema = ON; UPDATE sqlite_master SET
			sql = 'CREATE INDEX tenant_audit_by_time ON tenant_audit (tenant_id) WHERE 1' WHERE name = 'tenant_audit_by_time';
			INSERT INTO tenant_audit VALUES ('t', 'r', 0, 'o', 'p', 0, 'd')`), "the backup is damaged; take another"},
	} {
		if err := restored(t, c.file, path, true); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error that says %q", c.name, err, c.want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := sqlite.Restore(ctx, backedUp(t, 5000), path, true, func(int64, int64) { cancel() }); !errors.Is(err, context.Canceled) {
		t.Errorf("a restoration that is stopped: got %v", err)
	}
	wantFiles(t, filepath.Dir(path), "carillon.db")
	if got := countPeople(t, open(t, path)); got != 3 {
		t.Errorf("the database has %d people, want its own 3", got)
	}
}

// TestRestoreOlder migrates a backup of a former release.
func TestRestoreOlder(t *testing.T) {
	next := storetest.NextRelease(t, migrations())
	path := filepath.Join(t.TempDir(), "carillon.db")
	r, err := sqlite.RestoreWith(t.Context(), backedUp(t, 10), path, next)
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Store.Schema(); got.State() != chime.SchemaCurrent {
		t.Errorf("got the schema %+v, want it current", got)
	}
	if err := errors.Join(r.Store.Close(), r.Commit()); err != nil {
		t.Fatal(err)
	}
	if s, err := sqlite.LookWith(t.Context(), path, next); err != nil || s.State() != chime.SchemaCurrent {
		t.Errorf("got the schema %+v (%v), want it current", s, err)
	}
}
