package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"zombiezen.com/go/sqlite"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/sqlstore"
)

// ErrInUse says that a database cannot be replaced, because a process has it open.
var ErrInUse = errors.New("a server, or another program, has it open: stop that first")

// Restoration is a backup on its way into the place of a database: a copy of it,
// beside the place, that nobody else knows of until it is there.
type Restoration struct {
	// Store is that of the copy, with a schema that is up to date. Whoever has done
	// with it closes it.
	Store *sqlstore.Store

	temp, path string
	overwrite  bool
}

// Restore copies a backup, which it makes sure of: that it is a database of Carillon's,
// sound, and no newer than the program. The copy is to take the place of the database
// at path; only with overwrite may there be one, and nobody may have it open. Progress,
// which may be nil, is told how many of all pages are copied.
func Restore(ctx context.Context, file, path string, overwrite bool, progress func(done, total int64)) (*Restoration, error) {
	return restore(ctx, file, path, overwrite, sqlstore.ProgramMigrations(), progress)
}

func restore(ctx context.Context, file, path string, overwrite bool, migrations sqlstore.Migrations, progress func(done, total int64)) (r *Restoration, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("restoring %s from %s: %w", path, file, err)
		}
	}()
	if err := replaceable(file, path, overwrite); err != nil {
		return nil, err
	}
	temp, err := copyBackup(ctx, file, path, migrations, progress)
	if err != nil {
		return nil, err
	}
	r = &Restoration{temp: temp, path: path, overwrite: overwrite}
	if err := sound(ctx, temp); err != nil {
		return nil, errors.Join(err, r.Discard())
	}
	e, err := open(ctx, temp, true, migrations)
	if err != nil {
		return nil, errors.Join(err, r.Discard())
	}
	r.Store = sqlstore.New(e)
	return r, nil
}

// replaceable says why there cannot be another database at path, or nil.
func replaceable(file, path string, overwrite bool) error {
	backup, err := os.Stat(file)
	if err != nil {
		return err
	}
	there, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case os.SameFile(backup, there):
		return errors.New("these are the same file")
	case !overwrite:
		return fmt.Errorf("there is a database already: %w", fs.ErrExist)
	}
	lock, err := lockWhole(path)
	if lock != nil {
		err = errors.Join(err, lock.close())
	}
	return err
}

// copyBackup copies the backup beside the database.
func copyBackup(ctx context.Context, file, path string, migrations sqlstore.Migrations, progress func(done, total int64)) (temp string, err error) {
	source, err := openAsIs(file)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, source.close()) }()
	s, err := schemaOf(ctx, source, migrations)
	switch state := s.State(); {
	case err != nil && sqlite.ErrCode(err).ToPrimary() == sqlite.ResultNotADB:
		return "", errors.New("the file is no database")
	case err != nil:
		return "", err
	case state == chime.SchemaMissing:
		return "", errors.New("the file is a database, and not one of Carillon's")
	case state == chime.SchemaNewer || state == chime.SchemaTooNew:
		return "", fmt.Errorf("the backup's schema (%d) is newer than this program's (%d): restore it with the carillon that it is of", s.Database, s.Program)
	}
	return copyBeside(ctx, source, path, progress)
}

// sound says what is wrong with the pages and indexes of a database, or nil.
func sound(ctx context.Context, path string) error {
	c, err := openAsIs(path)
	if err != nil {
		return err
	}
	var problems []error
	err = c.Inspect(ctx, func(problem string) error {
		problems = append(problems, errors.New(problem))
		return nil
	})
	if err == nil && len(problems) > 0 {
		err = fmt.Errorf("the backup is damaged; take another: %w", errors.Join(problems[:min(len(problems), 5)]...))
	}
	return errors.Join(err, c.close())
}

// lockWhole keeps everybody else from a database, until its connection is closed; nil
// for what is no database. No log stands beside it then. The error is ErrInUse when
// somebody has it open: each connection of a server holds a lock, for as long as the
// log is there.
func lockWhole(path string) (*conn, error) {
	c, err := openAsIs(path)
	if err != nil {
		return nil, err
	}
	c.raw.SetBusyTimeout(0)
	for _, statement := range []string{"PRAGMA locking_mode = EXCLUSIVE", "BEGIN EXCLUSIVE", "COMMIT", "PRAGMA journal_mode = DELETE"} {
		if err = c.run(statement); err != nil {
			break
		}
	}
	switch sqlite.ErrCode(err).ToPrimary() {
	case sqlite.ResultOK:
		return c, nil
	case sqlite.ResultBusy, sqlite.ResultLocked:
		return nil, errors.Join(ErrInUse, c.close())
	case sqlite.ResultNotADB, sqlite.ResultCorrupt:
		return nil, c.close() // what is being restored may be why
	}
	return nil, errors.Join(err, c.close())
}

// Commit puts the copy, whose store MUST be closed, into its place. From one moment to
// the next, the path names it, and it is on the disk.
func (r *Restoration) Commit() (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("restoring %s: %w", r.path, errors.Join(err, r.Discard()))
		}
	}()
	if _, err := os.Stat(r.temp + "-wal"); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(errors.New("the copy was not closed"), err)
	}
	if err := syncFile(r.temp); err != nil {
		return err
	}
	if !r.overwrite { // a name that nobody has
		claimed, err := os.OpenFile(r.path, os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		if err := claimed.Close(); err != nil {
			return err
		}
	}
	return r.replace()
}

// replace gives the copy the name of the database that there may be.
func (r *Restoration) replace() (err error) {
	if _, err := os.Stat(r.path); err == nil {
		former, err := lockWhole(r.path)
		if err != nil {
			return err
		}
		if former != nil { // it keeps everybody out until the name is another's
			defer func() { err = errors.Join(err, former.close()) }()
		}
	}
	if err := removeLogs(r.path); err != nil {
		return err
	}
	if err := os.Rename(r.temp, r.path); err != nil {
		return err
	}
	return syncFile(filepath.Dir(r.path))
}

// removeLogs removes what belongs to the former database of that name, and would be
// read as of another.
func removeLogs(path string) error {
	for _, log := range []string{"-wal", "-shm", "-journal"} {
		if err := os.Remove(path + log); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Discard removes the copy. Its store MUST be closed.
func (r *Restoration) Discard() error {
	err := os.Remove(r.temp)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, removeLogs(r.temp))
}
