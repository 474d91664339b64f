package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/sqlstore"
)

// Schema returns how the schema of a database stands to the program's. It changes
// nothing.
func Schema(ctx context.Context, databaseURL string) (chime.Schema, error) {
	return look(ctx, databaseURL, sqlstore.ProgramMigrations())
}

func look(ctx context.Context, databaseURL string, migrations sqlstore.Migrations) (s chime.Schema, err error) {
	config, err := configure(databaseURL)
	if err != nil {
		return s, err
	}
	conn, err := pgx.ConnectConfig(ctx, config.ConnConfig)
	if err == nil {
		s, _, err = schemaOf(ctx, conn, migrations)
		err = errors.Join(err, conn.Close(ctx))
	}
	if err != nil {
		return s, openError(config.ConnConfig, err)
	}
	return s, nil
}

// schemaOf asks the database for the version of its schema, and whether the user
// may make tables. Nothing is prepared for what is asked once.
func schemaOf(ctx context.Context, conn *pgx.Conn, migrations sqlstore.Migrations) (s chime.Schema, may bool, err error) {
	var tables bool
	err = conn.QueryRow(ctx, `SELECT to_regclass($1) IS NOT NULL,
		coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)`, pgx.QueryExecModeExec, sqlstore.VersionTable).Scan(&tables, &may)
	var version int64
	if err == nil && tables {
		err = conn.QueryRow(ctx, sqlstore.VersionQuery, pgx.QueryExecModeExec).Scan(&version)
	}
	if err != nil {
		return s, may, fmt.Errorf("looking for the schema: %w", err)
	}
	s, err = migrations.Schema(version)
	return s, may, err
}

// apply brings the schema up to date. Several servers may start at once: one of
// them does it, and the others wait.
func apply(ctx context.Context, config *pgx.ConnConfig, migrations sqlstore.Migrations) error {
	db := stdlib.OpenDB(*config)
	return errors.Join(migrations.Apply(ctx, db, goose.DialectPostgres, rewrite, goose.WithSessionLocker(migrationLock{})), db.Close())
}

var textType = regexp.MustCompile(`\bTEXT\b`)

// rewrite has text compared byte by byte, whatever the cluster's locale: keyset
// pagination goes by that order, and SQLite has no other.
func rewrite(migration string) string {
	return textType.ReplaceAllString(migration, `TEXT COLLATE "C"`)
}

// migrationLock is a lock.SessionLocker that waits in the server.
type migrationLock struct{}

// migrationLockID is "carillon" in ASCII.
const migrationLockID = 0x636172696c6c6f6e

// SessionLock implements lock.SessionLocker.
func (migrationLock) SessionLock(ctx context.Context, conn *sql.Conn) error {
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", int64(migrationLockID)); err != nil {
		return fmt.Errorf("waiting to migrate: %w", err)
	}
	return nil
}

// SessionUnlock implements lock.SessionLocker.
func (migrationLock) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, "SELECT pg_advisory_unlock($1)", int64(migrationLockID))
	return err
}
