// Package postgres is the sqlstore.Engine on PostgreSQL, through the native
// driver.
//
// Writes run at the isolation level SERIALIZABLE, or REPEATABLE READ when they are
// in place, and are run again when they collide, so the rules above need no locks
// of their own (docs/adr/0005). Statements that answer nothing wait and travel with
// the next one that does, or with the COMMIT: a batch is two round trips, one that
// begins and reads, one that writes and commits.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/sqlstore"
)

const (
	// maxConnections is how many connections a process has at most, when its URL
	// does not say: more only wait for the database's processors and disk.
	maxConnections = 16
	// connectTimeout is how long a connection may take to come into being, when the
	// URL does not say.
	connectTimeout = 5 * time.Second
	// cancelGrace is how long the server may take to answer that a statement was
	// canceled. For a COMMIT, that is how its outcome is known after all.
	cancelGrace = 2 * time.Second
	// preparedStatements is how many a connection keeps: a batch of each size has
	// its own text.
	preparedStatements = 256
	// minimumVersion is the oldest major version of PostgreSQL that will do.
	minimumVersion = 15
)

// sessionSettings are for statements that find rows by their keys. A plan is kept
// with its prepared statement; one that was made while a table was small would go
// on reading the table whole when it has grown. Compiling pays for no such plan.
const sessionSettings = "SET enable_seqscan = off; SET jit = off"

// engine is a sqlstore.Engine over a pool of connections.
type engine struct {
	pool   *pgxpool.Pool
	growth *growth
	// unprepared has nothing prepared, for a pooler that does not bear it. The URL
	// says so by default_query_exec_mode=exec.
	unprepared bool
	schema     chime.Schema // when it was opened
}

// Open opens the database of a postgres:// URL and brings its schema up to date.
// One that is newer by a release is left as it is, and one that is newer still is
// an error.
// The URL's pool_max_conns bounds the connections (pgxpool.ParseConfig).
func Open(ctx context.Context, databaseURL string) (*sqlstore.Store, error) {
	e, err := OpenEngine(ctx, databaseURL)
	if err != nil {
		return nil, err
	}
	return sqlstore.New(e), nil
}

// OpenExisting is Open for a database that has the schema already; another is an
// error.
func OpenExisting(ctx context.Context, databaseURL string) (*sqlstore.Store, error) {
	e, err := openEngine(ctx, databaseURL, false, sqlstore.ProgramMigrations())
	if err != nil {
		return nil, err
	}
	return sqlstore.New(e), nil
}

// OpenEngine is Open for whoever puts something between the engine and the
// store, such as a record of the statements.
func OpenEngine(ctx context.Context, databaseURL string) (sqlstore.Engine, error) {
	return openEngine(ctx, databaseURL, true, sqlstore.ProgramMigrations())
}

func openEngine(ctx context.Context, databaseURL string, create bool, migrations sqlstore.Migrations) (sqlstore.Engine, error) {
	config, err := configure(databaseURL)
	if err != nil {
		return nil, err
	}
	schema, err := prepare(ctx, config.ConnConfig, create, migrations)
	if err != nil {
		return nil, openError(config.ConnConfig, err)
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, openError(config.ConnConfig, err)
	}
	mode := config.ConnConfig.DefaultQueryExecMode
	return &engine{
		pool:       pool,
		growth:     newGrowth(),
		unprepared: mode == pgx.QueryExecModeExec || mode == pgx.QueryExecModeSimpleProtocol,
		schema:     schema,
	}, nil
}

func openError(config *pgx.ConnConfig, err error) error {
	return fmt.Errorf("opening the database %s at %s: %w", config.Database, config.Host, advise(err))
}

// configure reads the URL and sets what it does not.
func configure(databaseURL string) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(databaseURL)
	if err != nil {
		return nil, fmt.Errorf("reading the database's URL: %w", err) // the driver hides the password
	}
	if u, err := url.Parse(databaseURL); err == nil && !u.Query().Has("pool_max_conns") {
		config.MaxConns = maxConnections
	}
	// A connection that the server closed is found out by the first statement, and
	// replaced, without a ping before each.
	config.ShouldPing = func(context.Context, pgxpool.ShouldPingParams) bool { return false }
	config.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, sessionSettings)
		return err
	}
	c := config.ConnConfig
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = connectTimeout
	}
	if c.RuntimeParams["application_name"] == "" {
		c.RuntimeParams["application_name"] = "carillon"
	}
	c.BuildContextWatcherHandler = func(raw *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: raw, DeadlineDelay: cancelGrace}
	}
	return config, nil
}

// Schema returns what was found of the schema when the database was opened, after
// migrating it.
func (e *engine) Schema() chime.Schema { return e.schema }

// prepare makes sure that the server will do, and with create brings the schema up
// to date; otherwise it has to be usable as it is. With a schema that needs
// nothing, that is two statements.
func prepare(ctx context.Context, config *pgx.ConnConfig, create bool, migrations sqlstore.Migrations) (s chime.Schema, err error) {
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	if err := suitable(conn); err != nil {
		return s, err
	}
	s, may, err := schemaOf(ctx, conn, migrations)
	if err != nil {
		return s, err
	}
	switch state := s.State(); {
	case !create || state != chime.SchemaMissing && state != chime.SchemaOlder:
		return s, sqlstore.Usable(s)
	case !may:
		return s, fmt.Errorf("the user %s may not make tables in it: make that user the owner of the database, or run `carillon migrate up` as the owner", config.User)
	}
	if err := apply(ctx, config, migrations); err != nil {
		return s, err
	}
	s, _, err = schemaOf(ctx, conn, migrations)
	return s, err
}

// suitable says why a server will not do, or nil.
func suitable(conn *pgx.Conn) error {
	version, encoding := conn.PgConn().ParameterStatus("server_version"), conn.PgConn().ParameterStatus("server_encoding")
	var major int
	if _, err := fmt.Sscanf(version, "%d", &major); err == nil && major < minimumVersion {
		return fmt.Errorf("the server is PostgreSQL %s: take %d or later", version, minimumVersion)
	}
	if encoding != "UTF8" {
		return fmt.Errorf("the database's encoding is %s: make it with ENCODING 'UTF8'", encoding)
	}
	return nil
}

// Close implements sqlstore.Engine.
func (e *engine) Close() error {
	e.growth.cancel()
	e.pool.Close()
	return nil
}
