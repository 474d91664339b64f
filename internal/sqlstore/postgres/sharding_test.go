package postgres_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/postgrestest"
	"github.com/carillon-id/carillon/internal/sqlstore"
	"github.com/carillon-id/carillon/internal/sqlstore/postgres"
	"github.com/carillon-id/carillon/internal/storetest"
)

// The proof that the schema can be sharded, on a PostgreSQL without Citus: every
// table is partitioned by the hash of its sharding column, as Citus spreads it;
// PostgreSQL plans each statement that ran, with the arguments that it ran with;
// and a plan may touch those partitions only that the statement's keys select.

// partitions is how many each table has.
const partitions = 16

var createdTable = regexp.MustCompile(`(?s)CREATE TABLE (\w+) \((.*?)\n\) /\* clustered \*/;`)

// partition turns the tables of a migration into partitioned ones.
func partition(migration string) string {
	columns := postgres.ShardingColumns()
	return createdTable.ReplaceAllStringFunc(postgres.Rewrite(migration), func(table string) string {
		name := createdTable.FindStringSubmatch(table)[1]
		return strings.Replace(table, "/* clustered */", "PARTITION BY HASH ("+columns[name]+")", 1) + fmt.Sprintf(`
DO $$ BEGIN
  FOR i IN 0..%d LOOP
    EXECUTE format('CREATE TABLE %s_part%%s PARTITION OF %s FOR VALUES WITH (MODULUS %d, REMAINDER %%s)', i, i);
  END LOOP;
END $$;`, partitions-1, name, name, partitions)
	})
}

// partitioned returns the URL of a database whose tables are partitioned.
func partitioned(tb testing.TB) string {
	tb.Helper()
	cluster := clusters.Start(tb, postgrestest.Distribution())
	cluster.Template(tb, "partitioned", func(url string) error {
		config, err := pgx.ParseConfig(url)
		if err != nil {
			return err
		}
		db := stdlib.OpenDB(*config)
		return errors.Join(sqlstore.ProgramMigrations().Apply(context.Background(), db, goose.DialectPostgres, partition), db.Close())
	})
	return cluster.NewDatabase(tb, "partitioned")
}

// journal records the statements that pass it, with their arguments.
type journal struct {
	mu         sync.Mutex
	statements map[string]recorded // by all that tells two of them apart
	// ended, unless it is nil, is told the texts of a writing transaction, in order.
	ended func(statements []string)
}

type recorded struct {
	sql  string
	args []any
}

func newJournal() *journal { return &journal{statements: map[string]recorded{}} }

func (j *journal) record(sql string, args []any) {
	key, err := json.Marshal([]any{sql, args})
	if err != nil {
		panic(err) // arguments are text, numbers and bytes
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.statements[string(key)] = recorded{sql, slices.Clone(args)}
}

// open opens a database with the journal before its engine.
func (j *journal) open(tb testing.TB, url string) chime.Store {
	tb.Helper()
	engine, err := postgres.OpenEngine(tb.Context(), url)
	if err != nil {
		tb.Fatal(err)
	}
	return sqlstore.New(journaledEngine{engine, j})
}

type journaledEngine struct {
	sqlstore.Engine
	journal *journal
}

func (e journaledEngine) Read(ctx context.Context, fn func(sqlstore.Conn) error) error {
	return e.Engine.Read(ctx, func(c sqlstore.Conn) error { return fn(journaledConn{c, e.journal, nil}) })
}

func (e journaledEngine) Write(ctx context.Context, fn func(sqlstore.Conn) error) error {
	return e.Engine.Write(ctx, func(c sqlstore.Conn) error { return e.journal.writing(c, fn) })
}

// WriteInPlace implements sqlstore.InPlaceWriter.
func (e journaledEngine) WriteInPlace(ctx context.Context, fn func(sqlstore.Conn) error) error {
	inPlace, ok := e.Engine.(sqlstore.InPlaceWriter)
	if !ok {
		return errors.New("the engine writes nothing in place")
	}
	return inPlace.WriteInPlace(ctx, func(c sqlstore.Conn) error { return e.journal.writing(c, fn) })
}

// writing runs fn with the journal before the connection.
func (j *journal) writing(c sqlstore.Conn, fn func(sqlstore.Conn) error) error {
	var statements []string
	err := fn(journaledConn{c, j, &statements})
	if j.ended != nil {
		j.ended(statements)
	}
	return err
}

type journaledConn struct {
	sqlstore.Conn
	journal    *journal
	statements *[]string // of the transaction; nil for one that reads
}

func (c journaledConn) record(sql string, args []any) {
	c.journal.record(sql, args)
	if c.statements != nil {
		*c.statements = append(*c.statements, sql)
	}
}

func (c journaledConn) Exec(ctx context.Context, sql string, args ...any) error {
	c.record(sql, args)
	return c.Conn.Exec(ctx, sql, args...)
}

func (c journaledConn) Query(ctx context.Context, sql string, args []any, each func(sqlstore.Row) error) error {
	c.record(sql, args)
	return c.Conn.Query(ctx, sql, args, each)
}

// tenantsAudit is part of the statements that look into a tenant's audit.
const tenantsAudit = "FROM account_audit WHERE tenant_id = $1 AND record_id"

// acrossShards are the statements that may touch every shard, and why. No
// request makes one of them, but those that look into a tenant's audit.
func acrossShards() map[string]string {
	return map[string]string{
		"FROM access_keys ORDER BY":                       "`keys list` of all tenants and `keys rotate-master`",
		"FROM access_keys WHERE tenant_id":                "`keys list` and `principals delete` (DeletePrincipal)",
		"FROM principals ORDER BY":                        "`principals list` of all tenants",
		"SELECT DISTINCT tenant_id FROM tenant_accounts":  "the hourly purge looks for tenants, and then goes account by account",
		"SELECT DISTINCT account_id FROM outbox":          "delivery looks for accounts, and then goes account by account",
		"expires > 0 AND expires < $1 ORDER BY expires":   "the job that deletes what expired looks for it everywhere, and deletes it by key",
		"FROM accounts a WHERE a.account_id > $1":         "`export` and `copy` of everything, page by page",
		"FROM people WHERE account_id = '' AND user_id >": "`export` of everything, page by page",
		") > ($1":    "`copy` of everything, and the rollup of sessions and sign-outs, page by page",
		tenantsAudit: "the audit of a tenant (ListAuditRecords, GetAuditRecord): it lies with its accounts, so that a change writes in one place",
		"'' FROM account_audit WHERE record_id > $1 AND record_id < $2": "the rollup of the audit, page by page",
		"'' FROM tenant_audit WHERE record_id > $1 AND record_id < $2":  "the rollup of the audit, page by page",
		"SELECT 'accounts', count(*)":                                   "`copy` counts what it copied",
		"AS account_id, operation, principal, repeats, document":        "`audit` reads across accounts, page by page",
		"_audit WHERE record_id IN":                                     "`check` goes from states to their records",
		"WHERE NOT EXISTS":                                              "`check` looks for halves of members",
	}
}

// shards says which partitions the plans of a database touch.
type shards struct {
	conn *pgx.Conn
	of   map[string]int // the partition of a key
}

func newShards(tb testing.TB) *shards {
	tb.Helper()
	conn, err := pgx.Connect(tb.Context(), partitioned(tb))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = conn.Close(context.Background()) })
	return &shards{conn, map[string]int{}}
}

// partitionOf is the same for every table: all sharding columns are text.
func (s *shards) partitionOf(tb testing.TB, key string) int {
	tb.Helper()
	n, known := s.of[key]
	if !known {
		err := s.conn.QueryRow(tb.Context(), `SELECT n FROM generate_series(0, $1 - 1) AS n
			WHERE satisfies_hash_partition('accounts'::regclass, $1, n, $2::text COLLATE "C")`, partitions, key).Scan(&n)
		if err != nil {
			tb.Fatalf("looking for the partition of %q: %v", key, err)
		}
		s.of[key] = n
	}
	return n
}

var planRelation = regexp.MustCompile(`"Relation Name": "(\w+?)(?:_part(\d+))?"`)

// touched returns the partitions that the statement's plan touches, by table. A
// table that rows are put into is named without one: its rows say where they go.
func (s *shards) touched(tb testing.TB, r recorded) map[string][]int {
	tb.Helper()
	var plan string
	args := slices.Clone(r.args)
	for i, arg := range args {
		switch v := arg.(type) { // as they go over the wire
		case bool:
			args[i] = map[bool]string{true: "1", false: "0"}[v]
		case int64:
			args[i] = strconv.FormatInt(v, 10)
		}
	}
	if err := s.conn.QueryRow(tb.Context(), "EXPLAIN (FORMAT JSON, COSTS OFF) "+r.sql, args...).Scan(&plan); err != nil {
		tb.Errorf("explaining %s: %v", r.sql, err)
	}
	touched := map[string][]int{}
	for _, match := range planRelation.FindAllStringSubmatch(plan, -1) {
		if match[2] == "" {
			continue
		}
		n, err := strconv.Atoi(match[2])
		if err != nil {
			tb.Error(err)
		}
		touched[match[1]] = append(touched[match[1]], n)
	}
	return touched
}

var (
	insertion   = regexp.MustCompile(`^INSERT INTO (\w+) \(([^)]*)\) VALUES `)
	placeholder = regexp.MustCompile(`\$(\d+)`)
)

// keys returns the values that the statement compares the column with, or puts
// into it.
func (r recorded) keys(column string) (keys []string) {
	add := func(position int) {
		if key, ok := r.args[position].(string); ok {
			keys = append(keys, key)
		}
	}
	if match := insertion.FindStringSubmatch(r.sql); match != nil {
		columns := strings.Split(match[2], ", ")
		at := slices.Index(columns, column)
		for i := at; at >= 0 && i < len(r.args); i += len(columns) {
			add(i)
		}
	}
	compared := regexp.MustCompile(`\b` + column + ` (?:= (\$\d+)|IN \(([^()]*)\))`)
	for _, match := range compared.FindAllStringSubmatch(r.sql, -1) {
		for _, found := range placeholder.FindAllStringSubmatch(match[1]+match[2], -1) {
			n, _ := strconv.Atoi(found[1]) // it is digits
			add(n - 1)
		}
	}
	return keys
}

// stray returns where the statement goes without a key of its own that is there,
// "" for nowhere.
func (s *shards) stray(tb testing.TB, r recorded) string {
	tb.Helper()
	if match := insertion.FindStringSubmatch(r.sql); match != nil {
		column := postgres.ShardingColumns()[match[1]]
		if len(r.keys(column)) == 0 {
			return "puts rows into " + match[1] + " without their " + column
		}
	}
	for table, touched := range s.touched(tb, r) {
		column := postgres.ShardingColumns()[table]
		selected := map[int]bool{}
		for _, key := range r.keys(column) {
			selected[s.partitionOf(tb, key)] = true
		}
		for _, n := range touched {
			if !selected[n] {
				return fmt.Sprintf("touches partition %d of %s (of %v) and its keys by %s select %v",
					n, table, touched, column, slices.Sorted(maps.Keys(selected)))
			}
		}
	}
	return ""
}

// check reports the statements that go astray and are no exceptions, and returns
// which exceptions were needed.
func (s *shards) check(tb testing.TB, j *journal, exceptions map[string]string) (needed map[string]bool) {
	tb.Helper()
	needed = map[string]bool{}
	texts := map[string]bool{}
	for _, r := range j.statements {
		stray := s.stray(tb, r)
		if stray == "" {
			continue
		}
		i := slices.IndexFunc(slices.Sorted(maps.Keys(exceptions)), func(part string) bool { return strings.Contains(r.sql, part) })
		if i >= 0 {
			needed[slices.Sorted(maps.Keys(exceptions))[i]] = true
			continue
		}
		if !texts[r.sql] {
			tb.Errorf("%.400s\nwith %.10q\n%s", r.sql, r.args, stray)
		}
		texts[r.sql] = true
	}
	tb.Logf("explained %d statements", len(j.statements))
	return needed
}

// TestEveryStatementKeepsToItsShards runs the whole suite on partitioned tables.
func TestEveryStatementKeepsToItsShards(t *testing.T) {
	j := newJournal()
	url := partitioned(t)
	storetest.Run(t, func(tb testing.TB) chime.Store { return j.open(tb, emptied(tb, url)) })
	needed := newShards(t).check(t, j, acrossShards())
	for part := range acrossShards() {
		if !needed[part] {
			t.Errorf("the exception %q is not needed any more", part)
		}
	}
}

// TestConstraintsKeepToTheirShards: what is unique, and what refers to something,
// is so within a shard.
func TestConstraintsKeepToTheirShards(t *testing.T) {
	ctx := t.Context()
	conn := newShards(t).conn
	rows, err := conn.Query(ctx, `
		SELECT c.conrelid::regclass::text, c.contype::text, coalesce(nullif(c.confrelid, 0)::regclass::text, ''),
			(SELECT array_agg(a.attname::text ORDER BY k.n) FROM unnest(c.conkey) WITH ORDINALITY k(attnum, n)
				JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum),
			(SELECT coalesce(array_agg(a.attname::text ORDER BY k.n), '{}') FROM unnest(c.confkey) WITH ORDINALITY k(attnum, n)
				JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.attnum)
		FROM pg_constraint c WHERE c.connamespace = 'public'::regnamespace AND c.contype IN ('p', 'u', 'f') AND c.conparentid = 0
			AND c.conrelid::regclass::text NOT LIKE 'goose%'`)
	if err != nil {
		t.Fatal(err)
	}
	sharded, seen := postgres.ShardingColumns(), map[string]bool{}
	var table, kind, refers string
	var columns, referred []string
	_, err = pgx.ForEachRow(rows, []any{&table, &kind, &refers, &columns, &referred}, func() error {
		seen[table] = true
		at := slices.Index(columns, sharded[table])
		switch {
		case sharded[table] == "":
			t.Errorf("the table %s is not among those that are sharded", table)
		case at != 0:
			t.Errorf("a key of %s is %v, want it to begin with %s", table, columns, sharded[table])
		case kind == "f" && referred[at] != sharded[refers]:
			t.Errorf("%s refers to %s by %v, want its %s first", table, refers, referred, sharded[refers])
		}
		return nil
	})
	if err != nil || len(seen) != len(sharded) {
		t.Errorf("found keys of %d tables (%v), want %d", len(seen), err, len(sharded))
	}
}
