package sqlite

import (
	"context"
	"io/fs"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/sqlstore"
)

// OpenWith is Open, or without create OpenExisting, of a program with these
// migrations.
func OpenWith(ctx context.Context, path string, files fs.FS, create bool) (chime.Store, error) {
	e, err := open(ctx, path, create, sqlstore.NewMigrations(files))
	if err != nil {
		return nil, err
	}
	return sqlstore.New(e), nil
}

// LookWith is Schema for a program with these migrations.
func LookWith(ctx context.Context, path string, files fs.FS) (chime.Schema, error) {
	return look(ctx, path, sqlstore.NewMigrations(files))
}

// LookThrough is what opening a database does for its schema, through a connection
// that counts.
func LookThrough(ctx context.Context, c sqlstore.Conn) (chime.Schema, error) {
	return schemaOf(ctx, c, sqlstore.ProgramMigrations())
}

// SetPatience sets how long a write waits for another process.
func SetPatience(of sqlstore.Engine, d time.Duration) {
	e := of.(*engine) //nolint:errcheck // a test's own engine
	c := <-e.writer
	c.patience = d
	e.writer <- c
}

// RestoreWith is Restore of a program with these migrations.
func RestoreWith(ctx context.Context, file, path string, files fs.FS) (*Restoration, error) {
	return restore(ctx, file, path, false, sqlstore.NewMigrations(files), nil)
}
