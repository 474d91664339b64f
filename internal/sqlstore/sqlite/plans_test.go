package sqlite_test

import (
	"context"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/sqlstore"
	"github.com/carillon-id/carillon/internal/sqlstore/sqlite"
	"github.com/carillon-id/carillon/internal/storetest"
)

// recorder remembers the text of every statement that passes it.
type recorder struct {
	sqlstore.Engine

	mu         *sync.Mutex
	statements map[string]bool
}

func (r recorder) Read(ctx context.Context, fn func(sqlstore.Conn) error) error {
	return r.Engine.Read(ctx, func(c sqlstore.Conn) error { return fn(recordedConn{c, r}) })
}

func (r recorder) Write(ctx context.Context, fn func(sqlstore.Conn) error) error {
	return r.Engine.Write(ctx, func(c sqlstore.Conn) error { return fn(recordedConn{c, r}) })
}

func (r recorder) record(sql string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.statements[sql] = true
}

type recordedConn struct {
	sqlstore.Conn
	recorder recorder
}

func (c recordedConn) Exec(ctx context.Context, sql string, args ...any) error {
	c.recorder.record(sql)
	return c.Conn.Exec(ctx, sql, args...)
}

// ExecEach implements sqlstore.Repeater.
func (c recordedConn) ExecEach(ctx context.Context, sql string, rows [][]any) error {
	c.recorder.record(sql)
	r, _ := c.Conn.(sqlstore.Repeater)
	return r.ExecEach(ctx, sql, rows)
}

func (c recordedConn) Query(ctx context.Context, sql string, args []any, each func(sqlstore.Row) error) error {
	c.recorder.record(sql)
	return c.Conn.Query(ctx, sql, args, each)
}

// unbounded are the statements that may read a whole table, and why.
func unbounded() map[string]string {
	return map[string]string{
		"FROM access_keys ORDER BY":                      "`keys list` of all tenants and the rotation of the master key; keys are few",
		"FROM access_keys WHERE tenant_id = $1":          "`keys list` and `principals delete`; keys are few",
		"FROM principals ORDER BY":                       "`principals list` of all tenants; principals are few",
		"SELECT 'accounts', count(*)":                    "`copy` counts what it copied",
		"SELECT DISTINCT tenant_id FROM tenant_accounts": "the hourly purge; it skips along the key",
		"SELECT DISTINCT account_id FROM outbox":         "delivery looks for accounts; the index has the events only that are to be delivered",
		"WHERE NOT EXISTS":                               "`check` looks for halves of members",
	}
}

var (
	excess = regexp.MustCompile(`^(SCAN|USE TEMP B-TREE)`)
	// ownRows are the rows that a statement brings itself: its VALUES, the two pages
	// that ListAudit merges, or the holders of some addresses. It may read and sort
	// those.
	ownRows = regexp.MustCompile(`^SCAN (\d+-ROW VALUES CLAUSE|CONSTANT ROW|v|\w+_page|h LEFT-JOIN)$`)
)

// TestNoStatementReadsATable has the suite run every statement of the store,
// and SQLite explain each: none reads a whole table or sorts, but the exceptions.
func TestNoStatementReadsATable(t *testing.T) {
	statements := make(map[string]bool)
	storetest.Run(t, func(t testing.TB) chime.Store {
		engine, err := sqlite.OpenEngine(t.Context(), sqlite.Memory)
		if err != nil {
			t.Fatal(err)
		}
		return sqlstore.New(recorder{engine, new(sync.Mutex), statements})
	})
	engine, err := sqlite.OpenEngine(t.Context(), filepath.Join(t.TempDir(), "carillon.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	}()
	if len(statements) < 100 {
		t.Errorf("got %d statements, want all of the store's", len(statements))
	}
	needed := make(map[string]bool)
	for sql := range statements {
		step := readsMore(explain(t, engine, sql))
		if step == "" {
			continue
		}
		part := exception(sql)
		if part == "" {
			t.Errorf("%.300s\nreads more than it answers: %s", sql, step)
		}
		needed[part] = true
	}
	for part := range unbounded() {
		if !needed[part] {
			t.Errorf("the exception %q is not needed any more", part)
		}
	}
}

// readsMore returns the step of a plan that reads or sorts more than the
// statement answers, or "".
func readsMore(plan []string) string {
	for i, step := range plan {
		if excess.MatchString(step) && !ownRows.MatchString(step) && (i == 0 || !ownRows.MatchString(plan[i-1])) {
			return step
		}
	}
	return ""
}

func exception(sql string) string {
	for part := range unbounded() {
		if strings.Contains(sql, part) {
			return part
		}
	}
	return ""
}

func explain(t *testing.T, engine sqlstore.Engine, sql string) (steps []string) {
	t.Helper()
	err := engine.Read(t.Context(), func(c sqlstore.Conn) error {
		return c.Query(t.Context(), "EXPLAIN QUERY PLAN "+sql, nil, func(r sqlstore.Row) error {
			steps = append(steps, r.Text(3))
			return nil
		})
	})
	if err != nil {
		t.Errorf("explaining %s: %v", sql, err)
	}
	return steps
}
