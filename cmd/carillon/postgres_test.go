package main

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/postgrestest"
)

// newPostgres returns an empty database, as --database takes it, and the variables
// of the servers on it.
func newPostgres(tb testing.TB) (database string, variables map[string]string) {
	tb.Helper()
	return clusters.Start(tb, postgrestest.Distribution()).NewDatabase(tb, "template0"), postgresVariables(tb)
}

// postgresVariables are those of a program whose root key is known, with a master
// key, and with a folder for mails, which would be the working directory's.
func postgresVariables(tb testing.TB) map[string]string {
	tb.Helper()
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails, see crypto/rand
	variables := environment()
	variables[masterKeyVariable], variables["CARILLON_MAIL_DIR"] = base64.StdEncoding.EncodeToString(key), tb.TempDir()
	return variables
}

// fails runs a command that is to fail, and returns its error in words.
func fails(tb testing.TB, variables map[string]string, args ...string) string {
	tb.Helper()
	var out bytes.Buffer
	err := run(tb.Context(), args, getter(variables), strings.NewReader(""), &out, &out)
	if err == nil {
		tb.Fatalf("carillon %s: got no error", strings.Join(args, " "))
	}
	return explain(err)
}

// TestServersOnPostgres are two of one database.
func TestServersOnPostgres(t *testing.T) {
	t.Parallel()
	database, variables := newPostgres(t)
	servers := []*server{startServerWith(t, database, variables), startServerWith(t, database, variables)}
	ids := putAccounts(t, database, 60, lwa("shared"))
	goByEachOther(t, servers, ids)
}

// TestProcessesOnOneFile are two processes on a SQLite database, and commands.
func TestProcessesOnOneFile(t *testing.T) {
	t.Parallel()
	database := newDatabase(t)
	ids := putAccounts(t, database, 60, lwa("shared"))
	one := startServerOn(t, database)
	goByEachOther(t, []*server{one, startProcess(t, database, nil, nil)}, ids)
}

// goByEachOther: what one server acknowledged, or a command did, the other goes by
// at its next request. The ids are of the account shared.
func goByEachOther(t *testing.T, servers []*server, ids []chime.UserID) {
	t.Helper()
	for round := range 10 {
		one, other := servers[round%2], servers[(round+1)%2]
		for operation, want := range map[string]string{"suspend": "Suspended", "unsuspend": "Registered"} {
			// In the order of the state machine, whatever that of the map.
			if round%2 == 0 && operation == "unsuspend" || round%2 == 1 && operation == "suspend" {
				continue
			}
			one.mustCall(t, "POST", "/accounts/shared/users?operation="+operation, batch(ids[:50]...))
			got := other.mustCall(t, "GET", "/accounts/shared/users/"+string(ids[round]), "").member(t, "User", "UserRegistrationStatus")
			if got != want {
				t.Errorf("round %d: after %s on one server, the other says %v, want %s", round, operation, got, want)
			}
		}
	}
	key := servers[0].createKey(t, "--user", "alice", "--policy", "AmazonChimeReadOnly")
	for _, step := range []struct {
		command      []string
		read, create int
	}{
		{nil, 200, 403},
		{[]string{"keys", "create", "--user", "alice", "--policy", "AmazonChimeFullAccess"}, 200, 201},
		{[]string{"keys", "disable", key.AccessKeyID}, 403, 403},
		{[]string{"keys", "enable", key.AccessKeyID}, 200, 201},
		{[]string{"principals", "disable", "alice"}, 401, 401},
		{[]string{"principals", "enable", "alice"}, 200, 201},
		{[]string{"keys", "create", "--user", "alice", "--policy", refusing(t)}, 403, 403},
		{[]string{"keys", "delete", key.AccessKeyID}, 403, 403},
	} {
		if step.command != nil {
			servers[0].command(t, step.command...)
		}
		for i, s := range servers {
			if got := s.call(t, key, "GET", "/accounts", ""); got.status != step.read {
				t.Errorf("after %v, server %d answers a read by %d, want %d: %s", step.command, i, got.status, step.read, got.body)
			}
			if got := s.call(t, key, "POST", "/accounts", `{"Name":"Made"}`); got.status != step.create {
				t.Errorf("after %v, server %d answers a write by %d, want %d: %s", step.command, i, got.status, step.create, got.body)
			}
		}
	}
}

// refusing returns the file of a policy that denies everything.
func refusing(tb testing.TB) string {
	tb.Helper()
	file := filepath.Join(tb.TempDir(), "refusing.json")
	const policy = `{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}`
	if err := os.WriteFile(file, []byte(policy), 0o600); err != nil {
		tb.Fatal(err)
	}
	return file
}

// TestPostgresNeedsAMasterKey: without one, nothing is made, and the error says
// what to do.
func TestPostgresNeedsAMasterKey(t *testing.T) {
	t.Parallel()
	database, variables := newPostgres(t)
	want := "openssl rand -base64 32"
	if got := fails(t, nil, "serve", "--listen", "127.0.0.1:0", "--database", database); !strings.Contains(got, want) {
		t.Errorf("serve: got %q, want a hint: %q", got, want)
	}
	if got := fails(t, variables, "keys", "list", "--database", database); !strings.Contains(got, "there is no Carillon in it") {
		t.Errorf("a command on an empty database: got %q", got)
	}
	startServerWith(t, database, variables).command(t, "keys", "list")
	other := maps.Clone(variables)
	other[masterKeyVariable] = base64.StdEncoding.EncodeToString(make([]byte, 32))
	if got := fails(t, other, "keys", "list", "--database", database); !strings.Contains(got, "not the master key of this database") {
		t.Errorf("a command with another master key: got %q", got)
	}
}

// TestFirstStartOnPostgres leaves the root key in the working directory.
func TestFirstStartOnPostgres(t *testing.T) {
	t.Chdir(t.TempDir())
	database, variables := newPostgres(t)
	s := startServerWith(t, database, map[string]string{masterKeyVariable: variables[masterKeyVariable]})
	written, err := os.ReadFile("carillon.root-key")
	if err != nil || !strings.Contains(string(written), "AWS_SECRET_ACCESS_KEY=") {
		t.Errorf("the root key file: got %q, %v", written, err)
	}
	if out := s.command(t, "env"); !strings.Contains(out, string(written)) {
		t.Errorf("env: got %q, want the root key in it", out)
	}
	files, err := filepath.Glob("*")
	if err != nil || len(files) != 1 {
		t.Errorf("the working directory: got %v (%v), want the root key alone", files, err)
	}
}

// TestCopyOfAFile copies one SQLite database to another, with its master key.
func TestCopyOfAFile(t *testing.T) {
	t.Parallel()
	from, to, other := newDatabase(t), newDatabase(t), newDatabase(t)
	putAccounts(t, from, 30, lwa("moved"))
	s := startServerOn(t, from)
	key := s.createKey(t, "--user", "alice", "--policy", "AmazonChimeReadOnly")
	s.stop(t)
	out := command(t, nil, "copy", "--from", from, "--to", to)
	if !regexp.MustCompile(`(?m)^members +30$`).MatchString(out) {
		t.Errorf("the printed rows: got %q", out)
	}
	wantSame(t, nil, from, to)
	copied := startServerOn(t, to)
	copied.call(t, key, "GET", "/accounts/moved", "").member(t, "Account", "AccountId")
	copied.stop(t)

	// A database that has a master key of its own, in no file, gets no other's file.
	_, variables := newPostgres(t)
	startServerWith(t, other, variables).stop(t)
	if got := fails(t, nil, "copy", "--from", from, "--to", other); !strings.Contains(got, "is not empty") {
		t.Errorf("a copy to a database in use: got %q", got)
	}
	if _, err := os.Stat(strings.TrimPrefix(other, "sqlite:") + ".master-key"); err == nil {
		t.Errorf("a copy that was refused left a master key behind")
	}
	if got := fails(t, nil, "copy", "--from", from, "--to", from); !strings.Contains(got, "the same database") {
		t.Errorf("a copy to itself: got %q", got)
	}
}

// TestCopyBetweenEngines moves a directory from SQLite to PostgreSQL, works on it
// there, and moves it back.
func TestCopyBetweenEngines(t *testing.T) {
	t.Parallel()
	first, second := newDatabase(t), newDatabase(t)
	database, variables := newPostgres(t)
	ids := putAccounts(t, first, 30, lwa("moved"), chime.Account{ID: "team", Type: chime.Team, Status: chime.AccountActive})
	s := startServerOn(t, first)
	key := s.createKey(t, "--user", "alice", "--policy", "AmazonChimeFullAccess")
	s.mustCall(t, "POST", "/accounts/moved/users?operation=suspend", batch(ids[:10]...))
	s.mustCall(t, "POST", "/accounts/team/users?operation=suspend", batch("team-000000", "team-000001"))
	s.mustCall(t, "POST", "/accounts/team/users?operation=add", `{"UserEmailList":["ada@example.com"]}`)
	wantAnswer(t, "a denied request", s.call(t, s.createKey(t, "--user", "bob"), "GET", "/accounts", ""), 403, "ForbiddenException")
	s.stop(t)

	masterKey, err := os.ReadFile(strings.TrimPrefix(first, "sqlite:") + ".master-key")
	if err != nil {
		t.Fatal(err)
	}
	if got := fails(t, nil, "copy", "--from", first, "--to", database); !strings.Contains(got, masterKeyVariable) {
		t.Errorf("a copy to PostgreSQL without a master key: got %q", got)
	}
	if got := fails(t, variables, "copy", "--from", first, "--to", database); !strings.Contains(got, "not the master key of this database") {
		t.Errorf("a copy with another master key: got %q", got)
	}
	variables[masterKeyVariable] = string(masterKey)
	var counts map[string]int64
	if err := json.Unmarshal([]byte(command(t, variables, "copy", "--from", first, "--to", database, "--output", "json")), &counts); err != nil {
		t.Fatal(err)
	}
	if counts["accounts"] != 2 || counts["members"] != 59 || counts["former_members"] != 2 || counts["access_keys"] != 3 {
		t.Errorf("the copied rows: got %v", counts)
	}
	wantSame(t, variables, first, database)
	if got := fails(t, variables, "copy", "--from", first, "--to", database); !strings.Contains(got, "is not empty") {
		t.Errorf("a second copy: got %q", got)
	}

	moved := startServerWith(t, database, variables)
	if got := moved.call(t, key, "GET", "/accounts/moved/users/"+string(ids[0]), "").member(t, "User", "UserRegistrationStatus"); got != "Suspended" {
		t.Errorf("a suspended user after the move: got %v", got)
	}
	moved.mustCall(t, "POST", "/accounts/moved/users?operation=unsuspend", batch(ids[:5]...))
	moved.stop(t)
	out := command(t, variables, "copy", "--from", database, "--to", second)
	if !regexp.MustCompile(`(?m)^members +59$`).MatchString(out) {
		t.Errorf("the printed rows: got %q", out)
	}
	wantSame(t, variables, database, second)
}

// wantSame compares what two databases show of themselves.
func wantSame(tb testing.TB, variables map[string]string, one, other string) {
	tb.Helper()
	for _, show := range [][]string{
		{"export"}, {"audit", "--output", "json"}, {"keys", "list", "--output", "json"}, {"principals", "list", "--output", "json"},
	} {
		a := command(tb, variables, append(show, "--database", one)...)
		b := command(tb, variables, append(show, "--database", other)...)
		if a != b || len(a) < 100 {
			tb.Errorf("%v: got\n%.2000s\nand\n%.2000s", show, a, b)
		}
	}
}

// TestDistributeWithoutCitus says what is missing.
func TestDistributeWithoutCitus(t *testing.T) {
	t.Parallel()
	database, _ := newPostgres(t)
	for _, c := range []struct{ database, want string }{
		{database, "CREATE EXTENSION citus"},
		{"sqlite:carillon.db", "only PostgreSQL can be distributed"},
		{"", "names no database"},
	} {
		if got := fails(t, nil, "citus", "distribute", "--database", c.database); !strings.Contains(got, c.want) {
			t.Errorf("%q: got %q, want %q", c.database, got, c.want)
		}
	}
	if got := fails(t, nil, "citus", "spread"); got != fmt.Sprintf("unknown command %q for %q", "spread", "carillon citus") {
		t.Errorf("an unknown command: got %q", got)
	}
}
