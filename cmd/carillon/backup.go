package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/carillon-id/carillon/internal/cli"
	"github.com/carillon-id/carillon/internal/secret"
	"github.com/carillon-id/carillon/internal/sqlstore/sqlite"
)

// backup copies a SQLite database into a file.
func backup(ctx context.Context, database, file string, progress func(done, total int64)) error {
	at, err := locate(database)
	if err != nil {
		return err
	}
	if at.shared() {
		return fmt.Errorf("PostgreSQL is backed up with pg_dump: `pg_dump --format custom --file %s --dbname URL`", file)
	}
	if err := at.exists(); err != nil {
		return err
	}
	return sqlite.Backup(ctx, at.path, file, progress)
}

// restore puts a backup in the place of a SQLite database, once fn has worked on it.
func (p *program) restore(
	ctx context.Context, file, database string, overwrite bool, progress func(done, total int64),
	fn func(context.Context, *cli.Installation) error,
) error {
	at, err := locate(database)
	switch {
	case err != nil:
		return err
	case at.shared():
		return errors.New("PostgreSQL is restored with pg_restore; after that, run `carillon restore --in-place --database URL`")
	case at.path == sqlite.Memory:
		return errors.New("a database in memory is its server's alone: name another with --database")
	}
	r, err := sqlite.Restore(ctx, file, at.path, overwrite, progress)
	if err != nil {
		return adviseRestore(err)
	}
	in, err := p.assemble(ctx, at, r.Store, false, false)
	if err != nil {
		return errors.Join(adviseKey(at, err), r.Store.Close(), r.Discard())
	}
	if err := errors.Join(fn(ctx, &in.Installation), in.Close()); err != nil {
		return errors.Join(err, r.Discard())
	}
	return adviseRestore(r.Commit())
}

// adviseRestore adds what an operator can do.
func adviseRestore(err error) error {
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w: to replace it, say --overwrite", err)
	}
	return err
}

// adviseKey says what key a backup needs.
func adviseKey(at location, err error) error {
	if errors.Is(err, secret.ErrWrongKey) || errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the backup needs the master key of the time when it was made, in %s or in %s; nothing has changed: %w",
			at.keyFile().Path, masterKeyVariable, err)
	}
	return err
}
