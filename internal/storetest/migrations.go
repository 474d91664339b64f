package storetest

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/carillon-id/carillon/internal/chime"
)

// Migrated is a database of an engine, as programs with different migrations see it.
type Migrated interface {
	// Open opens the database with the migrations of the files; with create, it makes
	// the schema or brings it up to date.
	Open(ctx context.Context, files fs.FS, create bool) (chime.Store, error)
	// Look returns how the schema stands to them.
	Look(ctx context.Context, files fs.FS) (chime.Schema, error)
}

// releases are the migrations of a program, and of those that come after it.
type releases struct{ this, next, afterNext fstest.MapFS }

// following returns what releases to come might add to the migrations of this one.
func following(t *testing.T, this fs.FS) releases {
	t.Helper()
	r := releases{fstest.MapFS{}, fstest.MapFS{}, fstest.MapFS{}}
	files, err := fs.Glob(this, "migrations/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("the migrations of this release: got %v, %v", files, err)
	}
	for _, file := range files {
		text, err := fs.ReadFile(this, file)
		if err != nil {
			t.Fatal(err)
		}
		for _, release := range []fstest.MapFS{r.this, r.next, r.afterNext} {
			release[file] = &fstest.MapFile{Data: text}
		}
	}
	for file, text := range map[string]string{
		"migrations/0101_notes.sql": `
			ALTER TABLE members ADD COLUMN note TEXT NOT NULL DEFAULT '';
			CREATE TABLE notes (note_id TEXT NOT NULL, PRIMARY KEY (note_id)) /* clustered */;`,
		mark: `INSERT INTO settings (name, value) VALUES ('marked', 'once');`,
	} {
		r.next[file], r.afterNext[file] = &fstest.MapFile{Data: []byte(text)}, &fstest.MapFile{Data: []byte(text)}
	}
	r.afterNext["migrations/0201_more.sql"] = &fstest.MapFile{Data: []byte("ALTER TABLE notes ADD COLUMN text TEXT NOT NULL DEFAULT '';")}
	return r
}

// NextRelease returns what the release after this one might have for migrations.
// They add no rows.
func NextRelease(t *testing.T, this fs.FS) fs.FS {
	t.Helper()
	next := following(t, this).next
	delete(next, mark)
	return next
}

// mark is the migration that adds a row.
const mark = "migrations/0102_mark.sql"

// counted counts the files that are read: a program that only looks at the version
// of a schema reads none.
type counted struct {
	fstest.MapFS
	reads *atomic.Int64
}

func (c counted) ReadFile(name string) ([]byte, error) {
	c.reads.Add(1)
	return c.MapFS.ReadFile(name)
}

// RunMigrations holds an engine to what it promises of older and newer schemas.
// Each case gets an empty database. The files are the program's own migrations.
func RunMigrations(t *testing.T, this fs.FS, open func(testing.TB) Migrated) {
	t.Helper()
	for name, run := range map[string]func(*testing.T, Migrated, releases){
		"OlderIsMigrated":             olderIsMigrated,
		"OlderIsRefusedToCommands":    olderIsRefusedToCommands,
		"MissingIsMadeOrRefused":      missingIsMadeOrRefused,
		"CurrentIsLookedAtNoFurther":  currentIsLookedAtNoFurther,
		"NewerByOneReleaseIsRunOn":    newerByOneReleaseIsRunOn,
		"NewerByMoreIsRefused":        newerByMoreIsRefused,
		"BrokenMigrationsLeaveNoMark": brokenMigrationsLeaveNoMark,
		"SeveralMigrateOnce":          severalMigrateOnce,
	} {
		t.Run(name, func(t *testing.T) { run(t, open(t), following(t, this)) })
	}
}

// withStore opens the database, and closes it when fn returns.
func withStore(t *testing.T, m Migrated, files fs.FS, create bool, fn func(chime.Store)) {
	t.Helper()
	s, err := m.Open(t.Context(), files, create)
	if err != nil {
		t.Fatalf("opening: %v", err)
	}
	fn(s)
	closeStore(t, s)
}

func wantSchema(t *testing.T, m Migrated, files fs.FS, want chime.SchemaState, pending int) {
	t.Helper()
	s, err := m.Look(t.Context(), files)
	if err != nil || s.State() != want || len(s.Pending) != pending {
		t.Errorf("the schema: got %+v, %s (%v), want it %s with %d pending", s, s.State(), err, want, pending)
	}
}

// wantRefused sees to it that the database is refused in words of what to do.
func wantRefused(t *testing.T, m Migrated, files fs.FS, create bool, want string) {
	t.Helper()
	s, err := m.Open(t.Context(), files, create)
	if err == nil {
		closeStore(t, s)
	}
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("opening (create %v): got the error %v, want one that says %q", create, err, want)
	}
}

func wantSetting(t *testing.T, s chime.Store, name, want string) {
	t.Helper()
	view(t, s, func(ctx context.Context, tx chime.Tx) error {
		got, err := tx.Setting(ctx, name)
		if string(got) != want {
			t.Errorf("the setting %s: got %q, want %q", name, got, want)
		}
		return err
	})
}

func olderIsMigrated(t *testing.T, m Migrated, r releases) {
	member := newMember("a", "u", 1)
	withStore(t, m, r.this, true, func(s chime.Store) {
		update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.PutMembers(ctx, member) })
	})
	wantSchema(t, m, r.next, chime.SchemaOlder, 2)
	wantSchema(t, m, r.afterNext, chime.SchemaOlder, 3)
	withStore(t, m, r.next, true, func(s chime.Store) {
		view(t, s, func(ctx context.Context, tx chime.Tx) error {
			got, err := tx.MembersAt(ctx, []chime.MemberKey{member.Key()})
			equal(t, "the member from before", got, []chime.Member{member})
			return err
		})
		wantSetting(t, s, "marked", "once")
	})
	wantSchema(t, m, r.next, chime.SchemaCurrent, 0)
	withStore(t, m, r.next, false, func(chime.Store) {})
}

func olderIsRefusedToCommands(t *testing.T, m Migrated, r releases) {
	withStore(t, m, r.this, true, func(chime.Store) {})
	wantRefused(t, m, r.next, false, "run `carillon migrate up`")
	wantSchema(t, m, r.next, chime.SchemaOlder, 2)
}

func missingIsMadeOrRefused(t *testing.T, m Migrated, r releases) {
	wantSchema(t, m, r.this, chime.SchemaMissing, len(r.this))
	wantRefused(t, m, r.this, false, "there is no Carillon in it")
	wantSchema(t, m, r.this, chime.SchemaMissing, len(r.this))
	withStore(t, m, r.this, true, func(chime.Store) {})
	wantSchema(t, m, r.this, chime.SchemaCurrent, 0)
}

func currentIsLookedAtNoFurther(t *testing.T, m Migrated, r releases) {
	withStore(t, m, r.this, true, func(chime.Store) {})
	var reads atomic.Int64
	for _, create := range []bool{true, false} {
		withStore(t, m, counted{r.this, &reads}, create, func(chime.Store) {})
	}
	if reads.Load() != 0 {
		t.Errorf("opening a database whose schema is current: read %d migrations, want none", reads.Load())
	}
	withStore(t, m, counted{r.next, &reads}, true, func(chime.Store) {})
	if reads.Load() != int64(len(r.next)) {
		t.Errorf("migrating: read %d migrations, want %d", reads.Load(), len(r.next))
	}
}

func newerByOneReleaseIsRunOn(t *testing.T, m Migrated, r releases) {
	withStore(t, m, r.next, true, func(chime.Store) {})
	wantSchema(t, m, r.this, chime.SchemaNewer, 0)
	for _, create := range []bool{true, false} {
		withStore(t, m, r.this, create, func(s chime.Store) {
			update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.PutMembers(ctx, newMember("a", "u", 1)) })
		})
	}
	wantSchema(t, m, r.next, chime.SchemaCurrent, 0)
}

func newerByMoreIsRefused(t *testing.T, m Migrated, r releases) {
	withStore(t, m, r.afterNext, true, func(chime.Store) {})
	wantSchema(t, m, r.this, chime.SchemaTooNew, 0)
	wantSchema(t, m, r.next, chime.SchemaNewer, 0)
	for _, create := range []bool{true, false} {
		wantRefused(t, m, r.this, create, "install the carillon that last served it")
		withStore(t, m, r.next, create, func(chime.Store) {})
	}
	wantSchema(t, m, r.afterNext, chime.SchemaCurrent, 0)
}

func brokenMigrationsLeaveNoMark(t *testing.T, m Migrated, r releases) {
	withStore(t, m, r.this, true, func(chime.Store) {})
	r.next["migrations/0101_notes.sql"] = &fstest.MapFile{Data: []byte("CREATE TABLE notes (n BIGINT); CREATE TABLE notes (n BIGINT);")}
	wantRefused(t, m, r.next, true, "migrating the schema")
	wantSchema(t, m, r.next, chime.SchemaOlder, 2)
	r.next["migrations/0101_notes.sql"] = &fstest.MapFile{Data: []byte("CREATE TABLE notes (n BIGINT);")}
	withStore(t, m, r.next, true, func(chime.Store) {})
	wantSchema(t, m, r.next, chime.SchemaCurrent, 0)
}

// severalMigrateOnce has servers start at the same time, on an empty database and
// on an older schema. A migration that ran twice would fail.
func severalMigrateOnce(t *testing.T, m Migrated, r releases) {
	for _, files := range []fs.FS{r.this, r.next, r.afterNext} {
		opened := make(chan error)
		const servers = 6
		for range servers {
			go func() {
				s, err := m.Open(t.Context(), files, true)
				if err == nil {
					err = s.Close()
				}
				opened <- err
			}()
		}
		var errs error
		for range servers {
			errs = errors.Join(errs, <-opened)
		}
		if errs != nil {
			t.Fatalf("%d servers at once: %v", servers, errs)
		}
		wantSchema(t, m, files, chime.SchemaCurrent, 0)
	}
	withStore(t, m, r.next, false, func(s chime.Store) { wantSetting(t, s, "marked", "once") })
}
