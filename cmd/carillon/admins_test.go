package main

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// administrator is somebody of a new account who has signed in and has a role.
func (r *row) administrator(tb testing.TB, policies string) *person {
	tb.Helper()
	p := r.people[0]
	r.s.mustCall(tb, "PUT", "/iam/administrators/"+r.home()+"/"+string(p.id), `{"Policies":[`+policies+`]}`)
	p.key = readTemporary(tb, p.browser.post(tb, "/admin/credentials").answer())
	return p
}

// TestAdministratorsAct: with what they got for signing in, as far as their role
// allows as it is at that request, and on record as themselves.
func TestAdministratorsAct(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, database string, variables map[string]string) {
		r := newHouse(t, database, variables).newRow(t, "EnterpriseLWA", 0)
		p := r.administrator(t, `"AmazonChimeReadOnly"`)
		other := string(r.people[1].id)
		call := func(method, path, body string) answer { return r.s.callAs(t, p.key, method, path, body) }

		var who struct {
			Arn, Tenant, UserID, AccountID, ExpiresTimestamp string
			AllowedActions                                   []string
		}
		got := call("GET", "/caller", "")
		if err := json.Unmarshal([]byte(got.body), &who); err != nil {
			t.Fatalf("GET /caller: got %d %s", got.status, got.body)
		}
		arn := "arn:aws:sts::" + who.Tenant + ":assumed-role/Administrator/" + string(p.id)
		if who.Arn != arn || who.UserID != string(p.id) || who.AccountID != r.home() || who.ExpiresTimestamp == "" ||
			slices.Contains(who.AllowedActions, "chime:BatchSuspendUser") || !slices.Contains(who.AllowedActions, "chime:ListAccounts") {
			t.Errorf("GET /caller: got %s", got.body)
		}
		suspend := func() answer {
			return call("POST", "/accounts/"+r.home()+"/users?operation=suspend", `{"UserIdList":["`+other+`"]}`)
		}
		wantAnswer(t, "a reader suspends", suspend(), http.StatusForbidden, "ForbiddenException")
		grant := `{"Policies":["CarillonAdministrator"]}`
		wantAnswer(t, "a reader makes themselves more", call("PUT", "/iam/administrators/"+r.home()+"/"+string(p.id), grant), http.StatusForbidden, "ForbiddenException")
		r.s.mustCall(t, "PUT", "/iam/administrators/"+r.home()+"/"+string(p.id), `{"Policies":["AmazonChimeFullAccess"]}`)
		wantAnswer(t, "the same key, with more policies, suspends", suspend(), http.StatusOK, "")
		if printed := r.command(t, "audit", "--operation", "BatchSuspendUser", "--output", "json"); !strings.Contains(printed, `"arn":"`+arn+`"`) ||
			!strings.Contains(printed, `"type":"AssumedRole"`) {
			t.Errorf("the audit does not tell who it was: %s", printed)
		}

		stripped := p.key
		stripped.SessionToken = ""
		wantAnswer(t, "the key without its token", r.s.callAs(t, stripped, "GET", "/accounts", ""), http.StatusForbidden, "UnrecognizedClientException")
		wrong := p.key
		wrong.SecretAccessKey += "x"
		wantAnswer(t, "the key with another secret", r.s.callAs(t, wrong, "GET", "/accounts", ""), http.StatusForbidden, "InvalidSignatureException")
		swapped := readTemporary(t, p.browser.post(t, "/admin/credentials").answer())
		swapped.SessionToken = p.key.SessionToken
		wantAnswer(t, "the key with another's token", r.s.callAs(t, swapped, "GET", "/accounts", ""), http.StatusForbidden, "UnrecognizedClientException")

		r.command(t, "admins", "revoke", string(p.id), "--account", r.home())
		wantAnswer(t, "the key after the revocation", call("GET", "/accounts", ""), http.StatusForbidden, "ExpiredTokenException")
		if got := p.browser.post(t, "/admin/credentials"); got.status != http.StatusForbidden {
			t.Errorf("asking for another key: got %d %s, want 403", got.status, got.body)
		}
		if !p.browser.signedIn(t) {
			t.Error("the revocation signed them out, want them signed in still")
		}
		for _, secret := range []string{p.key.SecretAccessKey, p.key.SessionToken} {
			if printed := r.command(t, "audit", "--output", "json"); strings.Contains(printed, secret) {
				t.Error("the audit holds a secret")
			}
		}
	})
}
