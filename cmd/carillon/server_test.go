package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-id/carillon/internal/chime"
)

// openStore opens the database, beside whoever has it open too.
func openStore(tb testing.TB, database string) (store chime.Store, closeStore func()) {
	tb.Helper()
	at, err := locate(database)
	if err != nil {
		tb.Fatal(err)
	}
	store, err = at.open(tb.Context(), true)
	if err != nil {
		tb.Fatal(err)
	}
	return store, func() {
		if err := store.Close(); err != nil {
			tb.Error(err)
		}
	}
}

// putAccounts puts accounts with so many Registered people each into a database,
// which no server has to have started on, and returns the ids of the first's.
func putAccounts(tb testing.TB, database string, people int, accounts ...chime.Account) []chime.UserID {
	tb.Helper()
	store, closeStore := openStore(tb, database)
	defer closeStore()
	var first []chime.UserID
	for i, account := range accounts {
		if ids := putAccount(tb, store, account, people); i == 0 {
			first = ids
		}
	}
	return first
}

// putAccount puts an account with so many Registered people into the database,
// as an import does, and returns their ids.
func putAccount(tb testing.TB, store chime.Store, account chime.Account, people int) []chime.UserID {
	tb.Helper()
	account.Tenant, account.Name, account.DefaultLicense = tenant, string(account.ID), chime.Pro
	account.SupportedLicenses = []chime.License{chime.Basic, chime.Pro}
	account.Created = time.Now()
	var ids []chime.UserID
	var members []chime.Member
	for i := range people {
		id := chime.UserID(fmt.Sprintf("%s-%06d", account.ID, i))
		ids = append(ids, id)
		members = append(members, chime.Member{
			Account: account.ID, User: id,
			Standing: chime.Standing{Status: chime.Registered, License: chime.Pro},
			Profile: chime.Profile{
				Email: string(id) + "@example.com", DisplayName: string(id), Type: chime.PrivateUser,
				PIN: fmt.Sprintf("9%09d", i), Registered: time.Now(),
			},
		})
	}
	ctx := tb.Context()
	err := store.Update(ctx, func(tx chime.Tx) error {
		return errors.Join(tx.PutAccounts(ctx, account), tx.PutMembers(ctx, members...))
	})
	if err != nil {
		tb.Fatal(err)
	}
	return ids
}

func lwa(id chime.AccountID) chime.Account {
	return chime.Account{ID: id, Type: chime.EnterpriseLWA, Status: chime.AccountActive}
}

func batch(ids ...chime.UserID) string {
	text, err := json.Marshal(map[string]any{"UserIdList": ids})
	if err != nil {
		panic(err) // it is a list of strings
	}
	return string(text)
}

// TestExitStatus: errors go to standard error with the exit status 1.
func TestExitStatus(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	cmd := exec.Command("carillon", "keys", "list")
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = t.TempDir(), []string{"HOME=/no-home"}, &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("got %v, want exit status 1", err)
	}
	if stdout.Len() > 0 || !strings.HasPrefix(stderr.String(), "carillon: there is no database") {
		t.Errorf("got %q on standard output and %q on standard error", stdout.String(), stderr.String())
	}
}

// TestKeysCount: what is done to keys and principals counts from the next request
// on, although the server runs.
func TestKeysCount(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	key := s.createKey(t, "--user", "alice", "--policy", "AmazonChimeReadOnly")
	other := s.createKey(t, "--user", "alice")
	for _, step := range []struct {
		command         []string
		status, another int
		exception       string
	}{
		{nil, 200, 200, ""},
		{[]string{"keys", "disable", key.AccessKeyID}, 403, 200, "UnrecognizedClientException"},
		{[]string{"keys", "enable", key.AccessKeyID}, 200, 200, ""},
		{[]string{"principals", "disable", "alice"}, 401, 401, "UnauthorizedClientException"},
		{[]string{"keys", "disable", key.AccessKeyID}, 403, 401, "UnrecognizedClientException"},
		{[]string{"keys", "enable", key.AccessKeyID}, 401, 401, "UnauthorizedClientException"},
		{[]string{"principals", "enable", "alice"}, 200, 200, ""},
		{[]string{"keys", "delete", key.AccessKeyID}, 403, 200, "UnrecognizedClientException"},
		{[]string{"principals", "delete", "alice"}, 403, 403, "UnrecognizedClientException"},
	} {
		if step.command != nil {
			s.command(t, step.command...)
		}
		what := "after " + strings.Join(step.command, " ")
		wantAnswer(t, what, s.call(t, key, "GET", "/accounts", ""), step.status, step.exception)
		if got := s.call(t, other, "GET", "/accounts", ""); got.status != step.another {
			t.Errorf("%s: got %d with the user's other key, want %d", what, got.status, step.another)
		}
	}
	// Nobody learns from a refusal whether a principal is disabled without its secret.
	forged := credentials{s.createKey(t, "--user", "bob").AccessKeyID, "guessed"}
	s.command(t, "principals", "disable", "bob")
	wantAnswer(t, "with a wrong secret", s.call(t, forged, "GET", "/accounts", ""), 403, "InvalidSignatureException")
}

// TestSignatureWindow: how far a signature's time may be off.
func TestSignatureWindow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		flags  []string
		age    time.Duration
		status int
	}{
		{nil, 14 * time.Minute, 200},
		{nil, 16 * time.Minute, 403},
		{nil, -14 * time.Minute, 200},
		{nil, -16 * time.Minute, 403},
		{[]string{"--signature-window", "1h"}, 16 * time.Minute, 200},
		{[]string{"--signature-window", "5m"}, 14 * time.Minute, 403},
	} {
		s := startServer(t, c.flags...)
		req, err := signStream(t.Context(), root, "GET", s.endpoint+"/accounts", "", nil, time.Now().Add(-c.age))
		if err != nil {
			t.Fatal(err)
		}
		got, err := send(http.DefaultClient, req)
		if err != nil {
			t.Fatal(err)
		}
		wantAnswer(t, fmt.Sprintf("%v, signed %v ago", c.flags, c.age), got, c.status, map[int]string{403: "InvalidSignatureException"}[c.status])
	}
}

// TestTenants: one tenant never sees another's.
func TestTenants(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	mine := s.createAccount(t, "Mine")
	s.createAccount(t, "Mine too")
	s.mustCall(t, "POST", "/accounts/"+mine+"/users?operation=add", `{"UserEmailList":["ada@example.com"]}`)
	ada, _ := s.mustCall(t, "GET", "/accounts/"+mine+"/users", "").member(t, "Users").([]any)
	id, _ := ada[0].(map[string]any)["UserId"].(string)
	page, _ := s.mustCall(t, "GET", "/accounts?max-results=1", "").member(t, "NextToken").(string)
	if page == "" {
		t.Fatal("got no NextToken for the first of two accounts")
	}

	other := s.createKey(t, "--user", "root", "--tenant", "444455556666")
	for _, c := range []struct{ method, path, body string }{
		{"GET", "/accounts/" + mine, ""},
		{"POST", "/accounts/" + mine, `{"Name":"Theirs"}`},
		{"DELETE", "/accounts/" + mine, ""},
		{"GET", "/accounts/" + mine + "/settings", ""},
		{"GET", "/accounts/" + mine + "/users", ""},
		{"GET", "/accounts/" + mine + "/users/" + id, ""},
		{"POST", "/accounts/" + mine + "/users?operation=add", `{"UserEmailList":["eve@example.com"]}`},
		{"POST", "/accounts/" + mine + "/users?operation=suspend", batch(chime.UserID(id))},
		{"POST", "/accounts/" + mine + "/users/" + id + "?operation=logout", ""},
	} {
		got := s.call(t, other, c.method, c.path, c.body)
		wantAnswer(t, "for another tenant, "+c.method+" "+c.path, got, 404, "NotFoundException")
		// It is as if the account were not.
		unknown := s.call(t, other, c.method, strings.Replace(c.path, mine, "unknown", 1), c.body)
		if diff := cmp.Diff(strings.ReplaceAll(unknown.body, "unknown", mine), got.body); diff != "" {
			t.Errorf("%s %s: another tenant's account differs from an unknown one (-unknown +other's):\n%s", c.method, c.path, diff)
		}
	}
	got := s.call(t, other, "GET", "/accounts", "")
	if want := `{"Accounts":[],"NextToken":null}`; got.body != want {
		t.Errorf("another tenant lists %s, want %s", got.body, want)
	}
	got = s.call(t, other, "GET", "/accounts?user-email=ada@example.com", "")
	if want := `{"Accounts":[],"NextToken":null}`; got.body != want {
		t.Errorf("another tenant finds %s by address, want %s", got.body, want)
	}
	wantAnswer(t, "another tenant's page", s.call(t, other, "GET", "/accounts?max-results=1&next-token="+page, ""), 400, "BadRequestException")
}

// TestPolicies: what a principal's policies say is what it may do, by name, by
// action, by account and by alias.
func TestPolicies(t *testing.T) {
	t.Parallel()
	database := newDatabase(t)
	ids := putAccounts(t, database, 3, lwa("first"), lwa("second"))
	s := startServerOn(t, database)

	denied := func(key credentials, what, method, path, body, action string) {
		t.Helper()
		got := s.call(t, key, method, path, body)
		wantAnswer(t, what, got, 403, "ForbiddenException")
		if message, _ := got.member(t, "Message").(string); !strings.Contains(message, "is not authorized to perform: chime:"+action+" on resource: ") {
			t.Errorf("%s: got the message %q, want it to name chime:%s", what, message, action)
		}
	}
	allowed := func(key credentials, what, method, path, body string) {
		t.Helper()
		if got := s.call(t, key, method, path, body); got.status/100 != 2 {
			t.Errorf("%s: got %d %s, want success", what, got.status, got.body)
		}
	}
	suspend, unsuspend := "/accounts/first/users?operation=suspend", "/accounts/first/users?operation=unsuspend"

	reader := s.createKey(t, "--user", "reader", "--policy", "AmazonChimeReadOnly")
	allowed(reader, "a reader reads", "GET", "/accounts/first/users", "")
	denied(reader, "a reader suspends", "POST", suspend, batch(ids[0]), "BatchSuspendUser")
	denied(reader, "a reader signs out", "POST", "/accounts/first/users/"+string(ids[0])+"?operation=logout", "", "LogoutUser")

	desk := s.createKey(t, "--user", "desk", "--policy", "AmazonChimeUserManagement")
	allowed(desk, "the help desk suspends", "POST", suspend, batch(ids[0]))
	allowed(desk, "the help desk unsuspends", "POST", unsuspend, batch(ids[0]))
	denied(desk, "the help desk makes an account", "POST", "/accounts", `{"Name":"A"}`, "CreateAccount")
	denied(desk, "the help desk renames an account", "POST", "/accounts/first", `{"Name":"A"}`, "UpdateAccount")
	denied(desk, "the help desk deletes an account", "DELETE", "/accounts/first", "", "DeleteAccount")

	full := s.createKey(t, "--user", "full", "--policy", "AmazonChimeFullAccess")
	allowed(full, "full access makes an account", "POST", "/accounts", `{"Name":"A"}`)

	policy := func(name, document string) string {
		path := filepath.Join(t.TempDir(), name+".json")
		if err := os.WriteFile(path, []byte(document), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	local := s.createKey(t, "--user", "local", "--policy", policy("first", `{"Version":"2012-10-17","Statement":
		{"Effect":"Allow","Action":"chime:*","Resource":"arn:aws:chime::111122223333:account/first"}}`))
	allowed(local, "one account's administrator suspends there", "POST", suspend, batch(ids[0]))
	denied(local, "one account's administrator suspends elsewhere", "POST", "/accounts/second/users?operation=suspend", batch("second-000000"), "BatchSuspendUser")
	denied(local, "one account's administrator asks for an unknown account", "GET", "/accounts/unknown", "", "GetAccount")
	denied(local, "one account's administrator lists accounts", "GET", "/accounts", "", "ListAccounts")
	denied(local, "one account's administrator makes an account", "POST", "/accounts", `{"Name":"A"}`, "CreateAccount")

	alias := s.createKey(t, "--user", "alias", "--policy", "AmazonChimeFullAccess", "--policy", policy("nosuspend", `{"Version":"2012-10-17","Statement":
		[{"Effect":"Deny","Action":["chime:SuspendUsers","chime:RenameAccount"],"Resource":"*"}]}`))
	denied(alias, "whom an alias denies suspends", "POST", suspend, batch(ids[1]), "BatchSuspendUser")
	denied(alias, "whom an alias denies renames", "POST", "/accounts/first", `{"Name":"A"}`, "UpdateAccount")
	allowed(alias, "whom an alias denies unsuspends", "POST", unsuspend, batch(ids[1]))

	// A policy that is added counts from the next request on.
	s.createKey(t, "--user", "reader", "--policy", "AmazonChimeUserManagement")
	allowed(reader, "a reader that became the help desk suspends", "POST", suspend, batch(ids[2]))
}

// TestRateLimit: a key that asks too often is told when to come again, and costs
// nobody else anything.
func TestRateLimit(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--rate-limit", "1")
	other := s.createKey(t, "--user", "other", "--policy", "AmazonChimeReadOnly")
	var got answer
	eventually(t, "the key is over its rate", func() bool {
		got = s.call(t, root, "GET", "/accounts", "")
		return got.status != http.StatusOK
	})
	wantAnswer(t, "over the rate", got, 429, "ThrottledClientException")
	if code := got.member(t, "Code"); code != "Throttled" {
		t.Errorf("got the code %v, want Throttled", code)
	}
	if after := got.header.Get("Retry-After"); after != "1" {
		t.Errorf("got Retry-After %q, want 1 (seconds)", after)
	}
	var ms int
	if _, err := fmt.Sscan(got.header.Get("x-amz-retry-after"), &ms); err != nil || ms < 1 || ms > 1000 {
		t.Errorf("got x-amz-retry-after %q, want 1 to 1000 (milliseconds)", got.header.Get("x-amz-retry-after"))
	}
	wantAnswer(t, "another key", s.call(t, other, "GET", "/accounts", ""), 200, "")
	// Whoever cannot sign is limited by address, and does not use up the key's rate.
	eventually(t, "the address is over its rate", func() bool {
		got = s.call(t, credentials{other.AccessKeyID, "guessed"}, "GET", "/accounts", "")
		return got.exception() != "InvalidSignatureException"
	})
	wantAnswer(t, "an address that fails over and over", got, 429, "ThrottledClientException")
	wantAnswer(t, "the key meanwhile", s.call(t, other, "GET", "/accounts", ""), 200, "")
}

// TestNoRateLimit: 0 is no limit.
func TestNoRateLimit(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--rate-limit", "0")
	for range 300 { // more than the default lets through at once
		wantAnswer(t, "without a limit", s.call(t, root, "GET", "/accounts", ""), 200, "")
	}
}

// TestRetention: the server purges deleted accounts when their 90 days are over.
func TestRetention(t *testing.T) {
	t.Parallel()
	database := newDatabase(t)
	over, kept := lwa("over"), lwa("kept")
	over.Status, over.Deleted = chime.AccountSuspended, time.Now().Add(-91*24*time.Hour)
	kept.Status, kept.Deleted = chime.AccountSuspended, time.Now().Add(-89*24*time.Hour)
	putAccounts(t, database, 1, over, kept)
	s := startServerOn(t, database)
	eventually(t, "the account is purged", func() bool { return len(s.stderr.log(t, "purged deleted accounts")) == 1 })
	listed := s.command(t, "accounts", "list", "--disabled")
	if strings.Contains(listed, "over") || !strings.Contains(listed, "kept") {
		t.Errorf("got the deleted accounts:\n%s", listed)
	}
	if records := s.audit(t, "--operation", "PurgeAccount"); len(records) != 1 || records[0].UserIdentity.ARN != "local:carillon" {
		t.Errorf("got the records %+v of the purge", records)
	}
}

// TestConsoleHasItsPath has the console beside the API, and not in the way of it.
func TestConsoleHasItsPath(t *testing.T) {
	s := startServer(t)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	get := func(path string) (int, http.Header) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.endpoint+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := client.Do(req)
		if err != nil {
			t.Fatalf("GET %s: %v", path, err)
		}
		_ = got.Body.Close()
		return got.StatusCode, got.Header
	}
	if status, header := get("/admin"); header.Get("Location") != "/admin/" {
		t.Errorf("/admin: got %d to %q, want to be sent to /admin/", status, header.Get("Location"))
	}
	for _, path := range []string{"/admin/", "/admin/accounts/a%2Fb/users"} {
		if status, header := get(path); header.Get("Content-Security-Policy") == "" {
			t.Errorf("%s: got %d without a policy, want the console", path, status)
		}
	}
	if status, header := get("/console/accounts"); header.Get("Content-Security-Policy") != "" || status != http.StatusForbidden {
		t.Errorf("/console/accounts: got %d, want the API, which refuses", status)
	}
}
