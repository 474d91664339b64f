package main

import (
	"strings"
	"testing"

	zombiezen "zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// openSQL opens the database beside the server, as somebody's own tool does.
func openSQL(tb testing.TB, database string) (conn *zombiezen.Conn, closeConn func()) {
	tb.Helper()
	conn, err := zombiezen.OpenConn(strings.TrimPrefix(database, "sqlite:"), zombiezen.OpenReadWrite)
	if err != nil {
		tb.Fatal(err)
	}
	return conn, func() {
		if err := conn.Close(); err != nil {
			tb.Error(err)
		}
	}
}

// execute runs a statement and returns the text of what it answers.
func execute(tb testing.TB, conn *zombiezen.Conn, statement string) string {
	tb.Helper()
	var text string
	err := sqlitex.ExecuteTransient(conn, statement, &sqlitex.ExecOptions{
		ResultFunc: func(stmt *zombiezen.Stmt) error {
			text += stmt.ColumnText(0)
			return nil
		},
	})
	if err != nil {
		tb.Fatalf("%s: %v", statement, err)
	}
	return text
}

// wantSound checks the whole database.
func wantSound(tb testing.TB, database string) {
	tb.Helper()
	conn, closeConn := openSQL(tb, database)
	defer closeConn()
	if got := execute(tb, conn, "PRAGMA integrity_check"); got != "ok" {
		tb.Errorf("integrity_check says %q, want ok", got)
	}
}

// wantNames checks which of the names are accounts, and that their audit agrees.
func (s *server) wantNames(tb testing.TB, names ...string) {
	tb.Helper()
	listed := s.mustCall(tb, "GET", "/accounts", "").body
	for _, name := range names {
		if !strings.Contains(listed, `"Name":"`+name+`"`) {
			tb.Errorf("the account %s is missing from %s", name, listed)
		}
	}
	if got := strings.Count(listed, `"Name":`); got != len(names) {
		tb.Errorf("got %d accounts, want %d: %s", got, len(names), listed)
	}
	if got := len(s.audit(tb, "--operation", "CreateAccount")); got != len(names) {
		tb.Errorf("got %d records of accounts made, want %d", got, len(names))
	}
}

// TestLockedDatabase: while another process holds the database's write lock for
// longer than anybody waits, writes are refused, reads are served, and it passes.
func TestLockedDatabase(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.createAccount(t, "Before")
	other, closeOther := openSQL(t, s.database)
	defer closeOther()
	execute(t, other, "BEGIN IMMEDIATE")
	got := s.call(t, root, "POST", "/accounts", `{"Name":"Meanwhile"}`)
	wantAnswer(t, "a write of a locked database", got, 503, "ServiceUnavailableException")
	if got.member(t, "Code") != "ServiceUnavailable" || strings.Contains(strings.ToLower(got.body), "sqlite") {
		t.Errorf("got the body %s", got.body)
	}
	s.mustCall(t, "GET", "/accounts", "")
	// Another server can start, to serve what can be served, and commands can read.
	second := startProcess(t, s.database, nil, nil)
	second.mustCall(t, "GET", "/accounts", "")
	s.command(t, "keys", "list")
	execute(t, other, "ROLLBACK")
	s.createAccount(t, "After")
	second.createAccount(t, "After too")
	s.wantNames(t, "Before", "After", "After too")
}
