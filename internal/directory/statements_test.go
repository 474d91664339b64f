package directory_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/sqlstore"
	"github.com/carillon-id/carillon/internal/sqlstore/sqlite"
)

// counter is an engine that counts the statements within Write; BEGIN and COMMIT
// are the engine's own.
type counter struct {
	sqlstore.Engine
	statements int
	read       int // statements within Read
}

func (c *counter) Read(ctx context.Context, fn func(sqlstore.Conn) error) error {
	return c.Engine.Read(ctx, func(conn sqlstore.Conn) error { return fn(readConn{conn, c}) })
}

type readConn struct {
	sqlstore.Conn
	counter *counter
}

func (c readConn) Query(ctx context.Context, sql string, args []any, each func(sqlstore.Row) error) error {
	c.counter.read++
	return c.Conn.Query(ctx, sql, args, each)
}

func (c *counter) Write(ctx context.Context, fn func(sqlstore.Conn) error) error {
	return c.Engine.Write(ctx, func(conn sqlstore.Conn) error { return fn(countedConn{conn, c}) })
}

type countedConn struct {
	sqlstore.Conn
	counter *counter
}

func (c countedConn) Exec(ctx context.Context, sql string, args ...any) error {
	c.counter.statements++
	return c.Conn.Exec(ctx, sql, args...)
}

// ExecEach implements sqlstore.Repeater.
func (c countedConn) ExecEach(ctx context.Context, sql string, rows [][]any) error {
	c.counter.statements++
	r, _ := c.Conn.(sqlstore.Repeater)
	return r.ExecEach(ctx, sql, rows)
}

func (c countedConn) Query(ctx context.Context, sql string, args []any, each func(sqlstore.Row) error) error {
	c.counter.statements++
	return c.Conn.Query(ctx, sql, args, each)
}

// populated returns a fixture whose statements are counted, with accounts "lwa"
// and "team" of so many users each: user-<n> and team-<n>.
func populated(t testing.TB, path string, users int) (*fixture, *counter) {
	t.Helper()
	engine, err := sqlite.OpenEngine(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	c := &counter{Engine: engine}
	f := fixtureOver(sqlstore.New(c))
	t.Cleanup(func() {
		f.closeRecorder()
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	})
	f.account(t, "lwa", chime.EnterpriseLWA)
	f.account(t, "team", chime.Team)
	f.account(t, "next", chime.Team)
	for _, account := range []chime.AccountID{"lwa", "team"} {
		for list := range slices.Chunk(numbered(account, 0, users), 10_000) {
			f.join(t, account, list...)
		}
	}
	return f, c
}

// numbered returns n ids of the users of an account, from a number on.
func numbered(account chime.AccountID, from, n int) (list []chime.UserID) {
	for i := range n {
		list = append(list, chime.UserID(fmt.Sprintf("%s-%06d", account, from+i)))
	}
	return list
}

func emails(users []chime.UserID) (list []string) {
	for _, user := range users {
		list = append(list, string(user)+"@example.com")
	}
	return list
}

// maxStatements is what a batch may cost, its record and its event included.
const maxStatements = 8

// TestStatementsOfABatch counts what batches of 50 (20 for updates) cost in a
// small and a large directory: the same, and no more than maxStatements.
func TestStatementsOfABatch(t *testing.T) {
	costs := make(map[string]int)
	for _, users := range []int{100, 5000} {
		f, c := populated(t, sqlite.Memory, users)
		for _, b := range f.batchCosts(t, users) {
			before := c.statements
			b.call()
			cost := c.statements - before
			t.Logf("%4d users: %-45s %d statements", users, b.name, cost)
			if cost > maxStatements {
				t.Errorf("%s among %d users: got %d statements, want at most %d", b.name, users, cost, maxStatements)
			}
			if known, ok := costs[b.name]; ok && known != cost {
				t.Errorf("%s: got %d statements among %d users, and %d among fewer", b.name, cost, users, known)
			}
			costs[b.name] = cost
		}
	}
}

// batchCost is one batch to be counted.
type batchCost struct {
	name string
	call func()
}

// batchCosts are batches that follow each other.
func (f *fixture) batchCosts(t *testing.T, users int) []batchCost {
	ctx := asRoot(t)
	// Of each kind some: removed before, invited, registered, unknown.
	removed, pending, registered := numbered("team", 0, 12), numbered("invited", 0, 13), numbered("team", 20, 13)
	for i, email := range emails(pending) {
		pending[i] = f.invite(t, "team", email)
	}
	f.suspend(t, "team", removed...)
	mixed := slices.Concat(removed, pending, registered, numbered("nobody", 0, 12))
	suspend := func(account chime.AccountID, list []chime.UserID, refused int) func() {
		return func() { check(t, "the number of refusals", len(f.suspend(t, account, list...)), refused) }
	}
	unsuspend := func(list []chime.UserID, refused int) func() {
		return func() {
			refusals, err := f.UnsuspendUsers(ctx, "lwa", list)
			checkCode(t, "UnsuspendUsers", err, "")
			check(t, "the number of refusals", len(refusals), refused)
		}
	}
	update := func(changes []directory.UserChange) func() {
		return func() {
			_, err := f.UpdateUsers(ctx, "lwa", changes)
			checkCode(t, "UpdateUsers", err, "")
		}
	}
	invite := func(account chime.AccountID, list []string) func() {
		return func() {
			_, err := f.InviteUsers(ctx, account, list, "")
			checkCode(t, "InviteUsers", err, "")
		}
	}
	lwa := numbered("lwa", users-50, 50)
	someUnknown := append(numbered("lwa", 0, 25), numbered("nobody", 0, 25)...)
	devices := licenses(lwa[:20]...)
	for i := range devices {
		devices[i].Type = new(chime.SharedDevice)
	}
	return []batchCost{
		{"suspend 50 (LWA)", suspend("lwa", lwa, 0)},
		{"suspend 50 (LWA) again", suspend("lwa", lwa, 0)},
		{"suspend 50 (LWA), half unknown", suspend("lwa", someUnknown, 25)},
		{"unsuspend 50", unsuspend(lwa, 0)},
		{"unsuspend 50, half unknown", unsuspend(someUnknown, 25)},
		{"update 20 licenses", update(licenses(lwa[:20]...))},
		{"update 20 licenses and types", update(devices)},
		{"suspend 50 (Team) of every kind", suspend("team", mixed, 12)},
		{"suspend 50 (Team) of every kind again", suspend("team", mixed, 12+13)},
		{"suspend 50 (Team)", suspend("team", numbered("team", 40, 50), 0)},
		{"invite 50 strangers", invite("next", emails(numbered("stranger", 0, 50)))},
		{"invite 50 strangers again", invite("next", emails(numbered("stranger", 0, 50)))},
		{"invite 50 members of another account", invite("next", emails(numbered("lwa", 0, 50)))},
		{"invite 50 former members", invite("team", emails(numbered("team", 40, 50)))},
		{"invite 50 of every kind", invite("team", emails(slices.Concat(removed, numbered("invited", 0, 13), numbered("team", 33, 7), numbered("lwa", 0, 10), numbered("new", 0, 8))))},
	}
}
