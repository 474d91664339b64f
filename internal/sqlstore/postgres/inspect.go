package postgres

import (
	"context"

	"github.com/carillon-id/carillon/internal/sqlstore"
)

// inspection answers one row of text for each thing that PostgreSQL itself knows to
// be wrong: an index that it does not use, or a rule that it does not enforce, and
// pages whose checksum was wrong, where it keeps checksums. (What only the indexes
// and pages themselves tell, pg_amcheck finds.)
const inspection = `
	SELECT 'the index ' || i.indexrelid::regclass::text || ' is not valid' AS problem FROM pg_index i
		JOIN pg_class c ON c.oid = i.indrelid
		WHERE c.relnamespace = current_schema()::regnamespace AND NOT (i.indisvalid AND i.indisready)
	UNION ALL
	SELECT 'the constraint ' || o.conname::text || ' of ' || o.conrelid::regclass::text || ' was never validated' FROM pg_constraint o
		WHERE o.connamespace = current_schema()::regnamespace AND NOT o.convalidated
	UNION ALL
	SELECT DISTINCT 'a trigger of ' || t.tgrelid::regclass::text || ' is disabled, with which foreign keys are enforced' FROM pg_trigger t
		JOIN pg_class c ON c.oid = t.tgrelid
		WHERE c.relnamespace = current_schema()::regnamespace AND t.tgisinternal AND t.tgenabled IN ('D', 'R')
	UNION ALL
	SELECT 'PostgreSQL read ' || checksum_failures::text || ' pages whose checksum was wrong' FROM pg_stat_database
		WHERE datname = current_database() AND checksum_failures > 0`

// Inspect implements sqlstore.Inspector.
func (c *conn) Inspect(ctx context.Context, report func(problem string) error) error {
	return c.Query(ctx, inspection, nil, func(r sqlstore.Row) error { return report(r.Text(0)) })
}
