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

// copiedAtOnce is how many pages are copied between two looks at the context.
const copiedAtOnce = 100

// Backup writes a copy of the database at path into a new file, which only its owner
// can read. The copy is of one moment, whatever is written meanwhile; writers do not
// wait for it, but the write-ahead log cannot begin anew until it is done. It is on
// the disk, whole, when the file has its name; a file that is there already is an
// error that wraps fs.ErrExist. It takes a bounded amount of memory. Progress, which
// may be nil, is told how many of all pages are copied.
func Backup(ctx context.Context, path, file string, progress func(done, total int64)) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("backing up %s to %s: %w", path, file, err)
		}
	}()
	if _, err := os.Lstat(file); err == nil {
		return fmt.Errorf("%s is there already: %w", file, fs.ErrExist)
	}
	source, err := openAsIs(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.close()) }()
	if s, err := schemaOf(ctx, source, sqlstore.ProgramMigrations()); err != nil || s.State() == chime.SchemaMissing {
		return errors.Join(err, sqlstore.Usable(s))
	}
	temp, err := copyBeside(ctx, source, file, progress)
	if err != nil {
		return err
	}
	defer os.Remove(temp) // when it got no other name
	return nameAnew(temp, file)
}

// copyBeside copies a database into a temporary file in the folder of another, where
// it can be given that one's name, and returns its name. It is on the disk then.
func copyBeside(ctx context.Context, source *conn, beside string, progress func(done, total int64)) (string, error) {
	file, err := os.CreateTemp(filepath.Dir(beside), filepath.Base(beside)+".tmp-*") // mode 0600
	if err != nil {
		return "", err
	}
	err = file.Close()
	var target *conn
	if err == nil {
		target, err = openAsIs(file.Name())
	}
	if err == nil {
		err = errors.Join(target.copyOf(ctx, source, progress), target.close())
	}
	if err == nil {
		err = syncFile(file.Name())
	}
	if err != nil {
		return "", errors.Join(err, os.Remove(file.Name()))
	}
	return file.Name(), nil
}

// copyOf fills an empty database with a copy of another. That is in one piece: it
// needs no journal beside it to be read.
func (c *conn) copyOf(ctx context.Context, source *conn, progress func(done, total int64)) (err error) {
	for _, setting := range []string{"journal_mode = OFF", "synchronous = OFF"} { // it is nothing until it is synced as a whole
		if err := c.run("PRAGMA " + setting); err != nil {
			return err
		}
	}
	// A transaction that has read keeps its snapshot, so that the copy need not begin
	// anew whenever somebody commits.
	if err := errors.Join(source.run("BEGIN"), source.run("SELECT count(*) FROM sqlite_master")); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.run("ROLLBACK")) }()
	backup, err := sqlite.NewBackup(c.raw, "main", source.raw, "main")
	if err != nil {
		return translate(err)
	}
	for more := true; more && err == nil; {
		if ctx.Err() != nil {
			return errors.Join(context.Cause(ctx), backup.Close())
		}
		if more, err = backup.Step(copiedAtOnce); err == nil && progress != nil {
			progress(int64(backup.PageCount()-backup.Remaining()), int64(backup.PageCount()))
		}
	}
	if err = errors.Join(translate(err), backup.Close()); err != nil {
		return err
	}
	return c.run("PRAGMA journal_mode = DELETE") // the source's, write-ahead, was copied too
}

// nameAnew gives a file a name that no other has, and sees it onto the disk.
func nameAnew(temp, name string) error {
	err := os.Link(temp, name)
	switch {
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%s is there already: %w", name, fs.ErrExist)
	case err != nil: // not every file system has links
		if err := os.Rename(temp, name); err != nil {
			return err
		}
	}
	return syncFile(filepath.Dir(name))
}

// syncFile sees a file, or the names in a folder, onto the disk.
func syncFile(name string) error {
	file, err := os.Open(name) // #nosec G304 -- the operator's choice
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}
