package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/sqlstore"
	"github.com/carillon-id/carillon/internal/sqlstore/sqlite"
)

// filled returns the path of a database with so many people.
func filled(tb testing.TB, people int) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "carillon.db")
	s := open(tb, path)
	for first := 0; first < people; first += 1000 {
		var list []chime.Person
		for i := first; i < min(first+1000, people); i++ {
			list = append(list, chime.Person{ID: chime.UserID(fmt.Sprintf("user-%06d", i)), Email: strings.Repeat("x", 100)})
		}
		if err := s.Update(tb.Context(), func(tx chime.Tx) error { return tx.PutPeople(tb.Context(), list...) }); err != nil {
			tb.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		tb.Fatal(err)
	}
	return path
}

func countPeople(tb testing.TB, s chime.Store) (n int64) {
	tb.Helper()
	err := s.View(tb.Context(), func(tx chime.Tx) error {
		counts, err := tx.Counts(tb.Context())
		n = counts["people"]
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

func wantFiles(t *testing.T, folder string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, entry := range entries {
		got = append(got, entry.Name())
	}
	if !slices.Equal(got, want) {
		t.Errorf("got the files %q, want %q", got, want)
	}
}

func TestBackup(t *testing.T) {
	path := filled(t, 5000)
	file := filepath.Join(t.TempDir(), "backup.db")
	var last, total int64
	calls := 0
	err := sqlite.Backup(t.Context(), path, file, func(done, of int64) {
		if done <= last || done > of {
			t.Errorf("got the progress %d of %d after %d", done, of, last)
		}
		last, total, calls = done, of, calls+1
	})
	if err != nil {
		t.Fatal(err)
	}
	if last != total || calls < 2 {
		t.Errorf("got %d calls of progress, the last for %d of %d", calls, last, total)
	}
	wantFiles(t, filepath.Dir(file), "backup.db")
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 || info.Size() != total*4096 {
		t.Errorf("the backup: got %v (%v), want mode 0600 and %d pages", info, err, total)
	}
	s := open(t, file)
	if got := countPeople(t, s); got != 5000 {
		t.Errorf("the backup has %d people, want 5000", got)
	}
	if damage := inspect(t, s); len(damage) > 0 {
		t.Errorf("the backup is damaged: %q", damage)
	}
}

// TestBackupIsOfOneMoment has a writer go on during a backup, in transactions after
// each of which two settings are equal.
func TestBackupIsOfOneMoment(t *testing.T) {
	path := filled(t, 20000)
	s := open(t, path)
	write := func(n int) {
		value := []byte(fmt.Sprint(n))
		err := s.Update(t.Context(), func(tx chime.Tx) error {
			people := []chime.Person{{ID: "user-000000", DisplayName: fmt.Sprint(n)}, {ID: "user-019999", DisplayName: fmt.Sprint(n)}, {ID: chime.UserID(fmt.Sprint("z", n))}}
			return errors.Join(tx.PutSetting(t.Context(), "a", value), tx.PutPeople(t.Context(), people...), tx.PutSetting(t.Context(), "z", value))
		})
		if err != nil {
			t.Error(err)
		}
	}
	write(0)
	written := 0
	file := filepath.Join(t.TempDir(), "backup.db")
	err := sqlite.Backup(t.Context(), path, file, func(int64, int64) {
		for range 5 { // the writer does not wait for the backup
			written++
			write(written)
		}
	})
	if err = errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	backup := open(t, file)
	view := func(get func(tx chime.Tx) error) {
		if err := backup.View(t.Context(), get); err != nil {
			t.Fatal(err)
		}
	}
	view(func(tx chime.Tx) error {
		a, err1 := tx.Setting(t.Context(), "a")
		z, err2 := tx.Setting(t.Context(), "z")
		people, err3 := tx.People(t.Context(), []chime.UserID{"user-000000", "user-019999"})
		if string(a) != "0" || string(z) != "0" || len(people) != 2 || people[0].DisplayName != "0" || people[1].DisplayName != "0" {
			t.Errorf("got %s, %s and %+v, want all of the moment 0, before %d others", a, z, people, written)
		}
		return errors.Join(err1, err2, err3)
	})
	if written < 10 || countPeople(t, backup) != 20001 {
		t.Errorf("got %d people after %d writes, want 20001 after some", countPeople(t, backup), written)
	}
	if damage := inspect(t, backup); len(damage) > 0 {
		t.Errorf("the backup is damaged: %q", damage)
	}
}

func TestBackupRefuses(t *testing.T) {
	path := filled(t, 3000)
	folder := t.TempDir()
	taken := filepath.Join(folder, "taken.db")
	if err := os.WriteFile(taken, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := sqlite.Backup(t.Context(), path, taken, nil); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a file that is there: got %v, want an error that it exists", err)
	}
	if text, err := os.ReadFile(taken); err != nil || string(text) != "precious" {
		t.Errorf("a file that is there: got %q (%v), want it as it was", text, err)
	}
	if err := sqlite.Backup(t.Context(), taken, filepath.Join(folder, "a.db"), nil); err == nil {
		t.Error("a backup of what is no database: got no error")
	}
	empty := filepath.Join(t.TempDir(), "empty.db")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := sqlite.Backup(t.Context(), empty, filepath.Join(folder, "a.db"), nil); !errors.Is(err, sqlstore.ErrNoSchema) {
		t.Errorf("a backup of an empty database: got %v, want %v", err, sqlstore.ErrNoSchema)
	}
	if err := sqlite.Backup(t.Context(), path, filepath.Join(folder, "no", "a.db"), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder that is not there: got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err := sqlite.Backup(ctx, path, filepath.Join(folder, "a.db"), func(int64, int64) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a backup that is stopped: got %v", err)
	}
	wantFiles(t, folder, "taken.db")
}

// TestOpenReadOnly reads a backup and leaves it as it is.
func TestOpenReadOnly(t *testing.T) {
	file := filepath.Join(t.TempDir(), "backup.db")
	if err := sqlite.Backup(t.Context(), filled(t, 100), file, nil); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s, err := sqlite.OpenReadOnly(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	if got := countPeople(t, s); got != 100 || s.Schema().State() != chime.SchemaCurrent {
		t.Errorf("got %d people and the schema %+v, want 100 and the program's", got, s.Schema())
	}
	if err := s.Update(t.Context(), func(tx chime.Tx) error { return tx.PutSetting(t.Context(), "a", nil) }); err == nil {
		t.Error("a write: got no error")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if after, err := os.ReadFile(file); err != nil || !slices.Equal(before, after) {
		t.Errorf("the backup was changed by reading it (%v)", err)
	}
	wantFiles(t, filepath.Dir(file), "backup.db")
	for _, missing := range []string{filepath.Join(t.TempDir(), "no.db"), filepath.Join(t.TempDir(), "no", "no.db")} {
		if _, err := sqlite.OpenReadOnly(t.Context(), missing); err == nil {
			t.Errorf("%s, which is not there: got no error", missing)
		}
	}
}
