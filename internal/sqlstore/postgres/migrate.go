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

	"github.com/carillon-id/carillon/internal/sqlstore"
)

// migrate brings the schema up to date. Several servers may start at once: one of
// them does it, and the others wait.
func migrate(ctx context.Context, config *pgx.ConnConfig) error {
	db := stdlib.OpenDB(*config)
	return errors.Join(sqlstore.Migrate(ctx, db, goose.DialectPostgres, rewrite, goose.WithSessionLocker(migrationLock{})), db.Close())
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
