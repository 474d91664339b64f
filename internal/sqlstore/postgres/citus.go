package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/carillon-id/carillon/internal/sqlstore"
)

// shardedTable is a table of the schema and the column by which Citus spreads its
// rows.
type shardedTable struct {
	name, column string
	// with names the table whose rows of the same value are on the same node; ""
	// for none.
	with string
}

// shardedTables are all tables but the migrations' own, each after those that it
// refers to. Tables of an account stay with the account; what is looked up across
// accounts is spread by what it is looked up by.
func shardedTables() []shardedTable {
	return []shardedTable{
		{"accounts", "account_id", ""},
		{"members", "account_id", "accounts"},
		{"member_profiles", "account_id", "accounts"},
		{"former_members", "account_id", "accounts"},
		{"account_audit", "account_id", "accounts"},
		{"tenant_accounts", "tenant_id", ""},
		{"tenant_audit", "tenant_id", "tenant_accounts"},
		{"principals", "tenant_id", "tenant_accounts"},
		{"administrators", "tenant_id", "tenant_accounts"},
		{"access_keys", "access_key_id", ""},
		{"people", "user_id", ""},
		{"addresses", "email_key", ""},
		{"pins", "pin", ""},
		{"settings", "name", ""},
		{"account_domains", "account_id", "accounts"},
		{"providers", "account_id", "accounts"},
		{"outbox", "account_id", "accounts"},
		{"tenant_apps", "tenant_id", "tenant_accounts"},
		{"sessions", "user_id", "people"},
		{"grants", "user_id", "people"},
		{"passkeys", "user_id", "people"},
		{"deliveries", "user_id", "people"},
		{"apps", "client_id", ""},
		{"credentials", "hash", ""},
		{"logins", "login_id", ""},
		{"links", "subject", ""},
		{"upstream_sessions", "sid", ""},
		{"domains", "domain", ""},
		{"account_summaries", "account_id", "accounts"},
		{"tenant_summaries", "tenant_id", "tenant_accounts"},
		{"jobs", "name", ""},
	}
}

// errNoCitus says what Distribute needs.
var errNoCitus = errors.New("this database has no Citus: on its coordinator, with citus in shared_preload_libraries, " +
	"run CREATE EXTENSION citus and add the workers (citus_add_node), then try again; without it, there is nothing to distribute")

// Distribute declares to Citus how the tables are spread over its nodes, after
// bringing the schema up to date, and returns the names of those that it
// distributed. A table that is distributed already is left as it is, so an
// interrupted run is completed by repeating it. Rows that are there are moved.
func Distribute(ctx context.Context, databaseURL string) (distributed []string, err error) {
	config, err := configure(databaseURL)
	if err != nil {
		return nil, err
	}
	fail := func(err error) error { return openError(config.ConnConfig, err) }
	conn, err := pgx.ConnectConfig(ctx, config.ConnConfig)
	if err != nil {
		return nil, fail(err)
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	var citus bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus')").Scan(&citus); err != nil {
		return nil, fail(err)
	}
	if !citus {
		return nil, fail(errNoCitus)
	}
	if _, err := prepare(ctx, config.ConnConfig, true, sqlstore.ProgramMigrations()); err != nil {
		return nil, fail(err)
	}
	for _, table := range shardedTables() {
		done, err := table.distribute(ctx, conn)
		if err != nil {
			return distributed, fail(err)
		}
		if done {
			distributed = append(distributed, table.name)
		}
	}
	return distributed, nil
}

// distribute distributes the table unless it is distributed already.
func (t shardedTable) distribute(ctx context.Context, conn *pgx.Conn) (bool, error) {
	var known bool
	err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = $1::text::regclass)", t.name).Scan(&known)
	if err != nil || known {
		return false, err
	}
	with := t.with
	if with == "" {
		with = "none"
	}
	_, err = conn.Exec(ctx, "SELECT create_distributed_table($1::text::regclass, $2::text, colocate_with => $3::text)", t.name, t.column, with)
	if err != nil {
		return false, fmt.Errorf("distributing the table %s by %s: %w", t.name, t.column, err)
	}
	return true, nil
}
