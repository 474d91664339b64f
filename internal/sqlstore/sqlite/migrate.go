package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the database/sql driver, for migrations only
	"zombiezen.com/go/sqlite"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/sqlstore"
)

// Schema returns how the schema of the database at path stands to the program's. It
// changes nothing.
func Schema(ctx context.Context, path string) (chime.Schema, error) {
	return look(ctx, path, sqlstore.ProgramMigrations())
}

func look(ctx context.Context, path string, migrations sqlstore.Migrations) (s chime.Schema, err error) {
	c, err := openAsIs(path)
	if err == nil {
		s, err = schemaOf(ctx, c, migrations)
		err = errors.Join(translate(err), c.close())
	}
	if err != nil {
		return s, fmt.Errorf("opening the database %s: %w", path, err)
	}
	return s, nil
}

// openAsIs opens a database that is there, with no settings that would change it.
func openAsIs(path string) (*conn, error) {
	raw, err := sqlite.OpenConn(fileURI(path), sqlite.OpenReadWrite|sqlite.OpenURI)
	if err != nil {
		return nil, translate(err)
	}
	raw.SetBusyTimeout(busyTimeout)
	return newConn(raw), nil
}

// prepare looks at the schema of the database that the connection is to, and with
// create brings it up to date; otherwise it has to be usable as it is. With a
// schema that needs nothing, that is two statements.
func prepare(ctx context.Context, c *conn, uri string, create bool, migrations sqlstore.Migrations) (chime.Schema, error) {
	s, err := schemaOf(ctx, c, migrations)
	if err != nil {
		return s, err
	}
	if state := s.State(); !create || state != chime.SchemaMissing && state != chime.SchemaOlder {
		return s, sqlstore.Usable(s)
	}
	if err := apply(ctx, uri, migrations); err != nil {
		return s, err
	}
	return schemaOf(ctx, c, migrations)
}

// schemaOf asks the database for the version of its schema.
func schemaOf(ctx context.Context, c sqlstore.Conn, migrations sqlstore.Migrations) (chime.Schema, error) {
	var tables, version int64
	err := c.Query(ctx, "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = $1", []any{sqlstore.VersionTable}, func(r sqlstore.Row) error {
		tables = r.Int(0)
		return nil
	})
	if err == nil && tables > 0 {
		err = c.Query(ctx, sqlstore.VersionQuery, nil, func(r sqlstore.Row) error {
			version = r.Int(0)
			return nil
		})
	}
	if err != nil {
		return chime.Schema{}, fmt.Errorf("looking for the schema: %w", err)
	}
	return migrations.Schema(version)
}

func apply(ctx context.Context, uri string, migrations sqlstore.Migrations) error {
	separator := "?"
	if strings.Contains(uri, "?") {
		separator = "&"
	}
	db, err := sql.Open("sqlite", uri+separator+"_pragma=busy_timeout(5000)&_txlock=immediate")
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	return errors.Join(migrations.Apply(ctx, db, goose.DialectSQLite3, rewrite), db.Close())
}

func rewrite(migration string) string {
	return strings.ReplaceAll(migration, "/* clustered */", "WITHOUT ROWID")
}
