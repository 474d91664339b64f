package postgres

import (
	"context"
	"io/fs"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/sqlstore"
)

// Rewrite is what migrations go through.
func Rewrite(migration string) string { return rewrite(migration) }

// OpenWith is Open, or without create OpenExisting, of a program with these
// migrations.
func OpenWith(ctx context.Context, databaseURL string, files fs.FS, create bool) (chime.Store, error) {
	e, err := openEngine(ctx, databaseURL, create, sqlstore.NewMigrations(files))
	if err != nil {
		return nil, err
	}
	return sqlstore.New(e), nil
}

// LookWith is Schema for a program with these migrations.
func LookWith(ctx context.Context, databaseURL string, files fs.FS) (chime.Schema, error) {
	return look(ctx, databaseURL, sqlstore.NewMigrations(files))
}

// ShardingColumns are the columns by which tables are spread, by table.
func ShardingColumns() map[string]string {
	columns := map[string]string{}
	for _, t := range shardedTables() {
		columns[t.name] = t.column
	}
	return columns
}
