package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// record is an audit record as `carillon audit --output json` prints it.
type record struct {
	EventID      string
	EventName    string
	UserIdentity struct {
		ARN         string
		AccessKeyID string `json:"accessKeyId"`
	}
	SourceIPAddress     string
	RequestID           string
	ReadOnly            bool
	ErrorCode           string
	ErrorMessage        string
	AdditionalEventData struct{ Repeats int }
}

// audit returns the records that the flags select.
func (s *server) audit(tb testing.TB, flags ...string) []record {
	tb.Helper()
	var records []record
	for line := range strings.Lines(s.command(tb, append([]string{"audit", "--output", "json"}, flags...)...)) {
		var r record
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			tb.Fatalf("a line of the audit is no JSON: %v: %s", err, line)
		}
		records = append(records, r)
	}
	return records
}

// TestAuditOfDenials: the first denial of a key, operation and account is on
// record soon, and its repeats are counted on it.
func TestAuditOfDenials(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	account := s.createAccount(t, "A")
	key := s.createKey(t, "--user", "reader", "--policy", "AmazonChimeReadOnly")
	deny := func(path string) answer { return s.call(t, key, "DELETE", path, "") }
	first := deny("/accounts/" + account)
	eventually(t, "the denial is on record", func() bool { return len(s.audit(t, "--operation", "DeleteAccount")) == 1 })
	got := s.audit(t, "--operation", "DeleteAccount")[0]
	if got.ErrorCode != "ForbiddenException" || !strings.Contains(got.ErrorMessage, "chime:DeleteAccount") ||
		got.UserIdentity.AccessKeyID != key.AccessKeyID || got.SourceIPAddress != "127.0.0.1" ||
		got.RequestID != first.header.Get("x-amzn-RequestId") || got.AdditionalEventData.Repeats != 0 {
		t.Errorf("got the record %+v", got)
	}
	deny("/accounts/" + account)
	deny("/accounts/" + account)
	deny("/accounts/another")
	eventually(t, "the repeats are counted on the first, and another account has a record of its own", func() bool {
		records := s.audit(t, "--operation", "DeleteAccount")
		return len(records) == 2 && records[0].AdditionalEventData.Repeats == 2
	})
	// A signature that proves nothing proves no caller: it leaves no record.
	s.call(t, credentials{key.AccessKeyID, "guessed"}, "GET", "/accounts/"+account, "")
	deny("/accounts/yet-another")
	eventually(t, "a later denial is on record", func() bool { return len(s.audit(t, "--operation", "DeleteAccount")) == 3 })
	if records := s.audit(t, "--operation", "GetAccount"); len(records) > 0 {
		t.Errorf("a request with a wrong signature is on record: %+v", records)
	}
}

// TestAuditOfReads: reads are on record when --audit-reads asks.
func TestAuditOfReads(t *testing.T) {
	t.Parallel()
	for _, asked := range []bool{true, false} {
		s := startServer(t, fmt.Sprintf("--audit-reads=%t", asked))
		s.mustCall(t, "GET", "/accounts", "")
		s.stop(t) // writes what waits
		records := s.audit(t, "--operation", "ListAccounts")
		if got := len(records) == 1 && records[0].ReadOnly; got != asked || len(records) > 1 {
			t.Errorf("with --audit-reads=%t, ListAccounts left the records %+v", asked, records)
		}
	}
}

// TestAuditFollow: --follow prints what is there and goes on with what comes.
func TestAuditFollow(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.createAccount(t, "A")
	var stdout, stderr output
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		args := []string{"audit", "--follow", "--operation", "CreateAccount", "--output", "json", "--database", s.database}
		done <- run(ctx, args, getter(nil), strings.NewReader(""), &stdout, &stderr)
	}()
	records := func() int { return strings.Count(stdout.String(), "\n") }
	eventually(t, "the record that is there is printed", func() bool { return records() == 1 })
	s.createAccount(t, "B")
	eventually(t, "the record that comes is printed", func() bool { return records() == 2 })
	s.createAccount(t, "C")
	eventually(t, "and the next", func() bool { return records() == 3 })
	stop()
	if err := <-done; err != nil {
		t.Errorf("following ended with: %v", err)
	}
}

// TestLog: one structured line a request, with nothing in it that is nobody's
// business.
func TestLog(t *testing.T) {
	t.Parallel()
	database := newDatabase(t)
	ids := putAccounts(t, database, 1, lwa("first"))
	s := startServerOn(t, database)
	user := "/accounts/first/users/" + string(ids[0])
	pin, _ := s.mustCall(t, "GET", user, "").member(t, "User", "PersonalPIN").(string)
	reset, _ := s.mustCall(t, "POST", user+"?operation=reset-personal-pin", "").member(t, "User", "PersonalPIN").(string)
	listed := s.mustCall(t, "GET", "/accounts/first/users?user-email=first-000000@example.com", "")
	s.call(t, root, "POST", "/accounts/first/users?operation=suspend", `{"UserIdList":["ada@example.org"`)
	s.call(t, credentials{root.AccessKeyID, "guessed"}, "GET", "/accounts?name=whisper", "")
	s.call(t, root, "GET", "/ada@example.org", "")
	s.stop(t)

	lines := s.stderr.log(t, "request")
	if len(lines) != 6 {
		t.Fatalf("got %d lines for 6 requests", len(lines))
	}
	want := logLine{
		"msg": "request", "level": "INFO", "method": "GET", "operation": "ListUsers", "account": "first",
		"principal": "arn:aws:iam::111122223333:root", "client": "127.0.0.1", "status": 200.0,
		"request_id": listed.header.Get("x-amzn-RequestId"),
	}
	got := lines[2]
	for _, varying := range []string{"time", "duration_ms"} {
		if got[varying] == nil {
			t.Errorf("the line lacks %s: %v", varying, got)
		}
		delete(got, varying)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the line differs (-want +got):\n%s", diff)
	}
	for what, text := range map[string]string{
		"a PIN": pin, "a new PIN": reset, "an address": "example.", "a query": "user-email", "a filter": "whisper",
		"the secret": root.SecretAccessKey, "a signature": "Signature=",
	} {
		if text == "" || strings.Contains(s.stderr.String(), text) {
			t.Errorf("the log holds %s (%q), or there is none", what, text)
		}
	}
}
