package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/session"
)

// step is something that happens to all people of a row, by one way in.
type step struct {
	name string
	// cuts marks the suspensions, sign-outs and what lifts them; suspensions that are
	// lifted are in every sample. lets marks what lets go of people or domains, and ends
	// the end of the office.
	cuts, lets, ends bool
	possible         func(state) bool
	effect           func(*state)
	do               func(testing.TB, *row)
}

func steps() []step {
	return append(apiSteps(), append(commandSteps(), peopleSteps()...)...)
}

// apiSteps come in by the API.
func apiSteps() []step {
	return []step{
		{
			name: "suspended by the API", cuts: true, lets: true, effect: (*state).suspend,
			possible: func(s state) bool { return s.reachable() && s.kind(s.home) != chime.EnterpriseOIDC },
			do:       func(tb testing.TB, r *row) { r.batch(tb, r.home(), "suspend") },
		},
		{
			name: "unsuspended by the API", cuts: true, effect: func(s *state) { s.suspended = false },
			possible: func(s state) bool { return s.reachable() && s.kind(s.home) == chime.EnterpriseLWA },
			do:       func(tb testing.TB, r *row) { r.batch(tb, r.home(), "unsuspend") },
		},
		{name: "logged out by the API", cuts: true, effect: (*state).signedOut, possible: state.reachable, do: func(tb testing.TB, r *row) {
			for _, p := range r.people {
				r.s.mustCall(tb, "POST", "/accounts/"+r.home()+"/users/"+string(p.id)+"?operation=logout", "")
			}
		}},
		{
			name: "domain released by the API", lets: true, effect: (*state).released,
			possible: func(s state) bool { return s.claim == office },
			do: func(tb testing.TB, r *row) {
				r.s.mustCall(tb, "DELETE", "/accounts/"+r.accounts[office]+"/domains/"+r.domain, "")
			},
		},
		{
			name: "another domain released by the API", effect: func(*state) {},
			possible: func(s state) bool { return s.claim == office },
			do: func(tb testing.TB, r *row) {
				r.claim(tb, office, "sub."+r.domain)
				r.s.mustCall(tb, "DELETE", "/accounts/"+r.accounts[office]+"/domains/sub."+r.domain, "")
			},
		},
		{
			name: "domain claimed by the office", effect: func(s *state) { s.claimed(office) },
			possible: func(s state) bool { return s.claim == "" && !s.gone },
			do:       func(tb testing.TB, r *row) { r.claim(tb, office, r.domain) },
		},
		{
			name: "domain claimed by another account", lets: true, effect: func(s *state) { s.claimed(rival) },
			possible: func(s state) bool { return s.claim == "" },
			do:       func(tb testing.TB, r *row) { r.claim(tb, rival, r.domain) },
		},
		{
			name: "invited again", effect: (*state).invitedAgain,
			possible: func(s state) bool { return s.claim == "" && s.home != team },
			do:       func(tb testing.TB, r *row) { r.invite(tb, team) },
		},
		{
			name: "office deleted by the API", ends: true, effect: func(s *state) { s.gone = true },
			possible: func(s state) bool {
				return !s.gone && s.office == chime.Team && s.claim != office && (s.home != office || s.suspended)
			},
			do: func(tb testing.TB, r *row) { r.s.mustCall(tb, "DELETE", "/accounts/"+r.accounts[office], "") },
		},
		{
			name: "invitation suspended by the API", effect: func(s *state) { s.invited = 0 },
			possible: func(s state) bool { return s.invited > 0 && s.home != team },
			do:       func(tb testing.TB, r *row) { r.batch(tb, r.accounts[team], "suspend") },
		},
	}
}

// commandSteps come in by the command line, beside the server.
func commandSteps() []step {
	imported := func(s state) bool { return s.home == office && !s.gone }
	return []step{
		{
			name: "signed out by an import", cuts: true, effect: (*state).signedOut, possible: imported,
			do: func(tb testing.TB, r *row) {
				r.imports(tb, r.home(), "Registered", "Carillon", map[string]int{"SignoutEpoch": 1000 + r.now.epoch})
			},
		},
		{
			name: "registered by an import", effect: func(*state) {}, possible: imported, // which lifts nothing
			do: func(tb testing.TB, r *row) { r.imports(tb, r.home(), "Registered") },
		},
		{
			name: "suspended by an import", cuts: true, lets: true, effect: (*state).imported,
			possible: func(s state) bool { return s.home == office && !s.gone && (!s.suspended || s.office != chime.Team) },
			do:       func(tb testing.TB, r *row) { r.imports(tb, r.home(), "Suspended") },
		},
		{
			name: "moved by an import", effect: func(s *state) { s.moved(team) },
			possible: func(s state) bool { return s.home != team && !s.suspended },
			do:       func(tb testing.TB, r *row) { r.imports(tb, r.accounts[team], "Registered") },
		},
		{
			name: "domain released by a command", lets: true, effect: (*state).released,
			possible: func(s state) bool { return s.claim == office },
			do: func(tb testing.TB, r *row) {
				r.command(tb, "domains", "remove", "--account", r.accounts[office], r.domain)
			},
		},
		{
			name: "provider connected by a command", effect: func(s *state) { s.office = chime.EnterpriseOIDC },
			possible: func(s state) bool { return s.office == chime.EnterpriseLWA },
			do:       func(tb testing.TB, r *row) { r.connect(tb) },
		},
		{
			name: "provider removed by a command", effect: func(s *state) { s.office = chime.EnterpriseLWA },
			possible: func(s state) bool { return s.office == chime.EnterpriseOIDC },
			do: func(tb testing.TB, r *row) {
				r.command(tb, "providers", "remove", "--account", r.accounts[office])
			},
		},
		{
			name: "office restored by a command", effect: func(s *state) { s.gone = false },
			possible: func(s state) bool { return s.gone && !s.purged },
			do:       func(tb testing.TB, r *row) { r.command(tb, "accounts", "restore", r.accounts[office]) },
		},
		{
			name: "office purged by a command", effect: (*state).freed,
			possible: func(s state) bool { return s.gone && !s.purged },
			do:       func(tb testing.TB, r *row) { r.command(tb, "accounts", "purge", r.accounts[office]) },
		},
		{
			name: "invitation canceled by a command", effect: func(s *state) { s.invited = 0 },
			possible: func(s state) bool { return s.invited > 0 && s.home != team },
			do: func(tb testing.TB, r *row) {
				for _, p := range r.people {
					r.command(tb, "invitations", "cancel", "--account", r.accounts[team], "--user", string(p.id))
				}
			},
		},
	}
}

// peopleSteps come in by people's own pages, their apps, and their provider.
func peopleSteps() []step {
	signedIn := func(s state) bool { return lives(session.SessionCookie, state{method: s.method}, s) }
	return []step{
		{
			name: "signed out everywhere by themselves", cuts: true, effect: (*state).signedOut, possible: signedIn,
			do: func(tb testing.TB, r *row) {
				for _, p := range r.people {
					r.leads(tb, p.browser.post(tb, "/me/end-all"), "/me/signed-out")
				}
			},
		},
		{
			name: "signed out in their browser", cuts: true, effect: func(s *state) { s.ended = true }, possible: signedIn,
			do: func(tb testing.TB, r *row) {
				for _, p := range r.people {
					r.leads(tb, p.browser.post(tb, "/me/sign-out"), "/me/signed-out")
				}
			},
		},
		{
			name: "signed out by an app", cuts: true, effect: func(s *state) { s.ended = true }, possible: signedIn,
			do: func(tb testing.TB, r *row) {
				for _, p := range r.people {
					hint := r.redeem(tb, r.authorize(tb, p)).member(tb, "id_token")
					text, _ := hint.(string)
					if got := p.browser.get(tb, "/oauth2/logout?"+url.Values{"id_token_hint": {text}}.Encode()); got.status != http.StatusOK {
						tb.Fatalf("signing out by the app: got %d %s", got.status, got.body)
					}
				}
			},
		},
		{
			name: "signed out by the provider", cuts: true, effect: func(s *state) { s.ended = true }, possible: atProvider,
			do: func(tb testing.TB, r *row) { r.upstreamLogout(tb, false) },
		},
		{
			name: "session ended by the provider", cuts: true, effect: func(s *state) { s.ended = true }, possible: atProvider,
			do: func(tb testing.TB, r *row) { r.upstreamLogout(tb, true) },
		},
		{
			name: "signed in anew", effect: (*state).signedInAnew, possible: state.signsIn,
			do: func(tb testing.TB, r *row) {
				for _, p := range r.people {
					if !newBrowser(tb, r.s, r.mail).signInByMail(tb, p.email) {
						tb.Fatalf("%s could not sign in anew", p.email)
					}
				}
			},
		},
		{
			name: "moved by accepting an invitation", effect: (*state).accepted,
			possible: func(s state) bool { return s.invited > 0 && s.acceptable() },
			do: func(tb testing.TB, r *row) {
				for _, p := range r.people {
					if !newBrowser(tb, r.s, r.mail).accept(tb, p.newest, p.email) {
						tb.Fatalf("%s could not accept the invitation", p.email)
					}
				}
			},
		},
	}
}

// atProvider is the possibility of what a provider does: it is still the office's.
func atProvider(s state) bool {
	return s.method == chime.ByProvider && s.office == chime.EnterpriseOIDC
}

// command runs a command beside the busy server, again while it says to try again.
func (r *row) command(tb testing.TB, args ...string) (printed string) {
	tb.Helper()
	eventually(tb, "carillon "+args[0]+" finds the database unlocked", func() bool {
		var stdout, stderr bytes.Buffer
		err := run(tb.Context(), append(args, "--database", r.s.database), getter(r.s.variables), strings.NewReader(""), &stdout, &stderr)
		if err != nil && chime.CodeOf(err) != chime.ServiceUnavailable {
			tb.Fatalf("carillon %s: %v", strings.Join(args, " "), err)
		}
		printed = stdout.String()
		return err == nil
	})
	return printed
}

// home is the id of the account where the people are.
func (r *row) home() string { return r.accounts[r.now.home] }

// batch suspends or unsuspends the people in an account.
func (r *row) batch(tb testing.TB, account, operation string) {
	tb.Helper()
	var ids []chime.UserID
	for _, p := range r.people {
		ids = append(ids, p.id)
	}
	got := r.s.mustCall(tb, "POST", "/accounts/"+account+"/users?operation="+operation, batch(ids...))
	if got.body != `{"UserErrors":[]}` {
		tb.Fatalf("%s: got %s", operation, got.body)
	}
}

// claim has an account add and verify a domain.
func (r *row) claim(tb testing.TB, account, domain string) {
	tb.Helper()
	id := r.account(tb, account)
	added := r.s.mustCall(tb, "POST", "/accounts/"+id+"/domains", `{"DomainName":"`+domain+`"}`)
	name, _ := added.member(tb, "Domain", "RecordName").(string)
	text, _ := added.member(tb, "Domain", "RecordValue").(string)
	r.zone.publish(name, text)
	r.s.mustCall(tb, "POST", "/accounts/"+id+"/domains/"+domain+"?operation=verify", "")
}

// connect connects the office with the provider.
func (r *row) connect(tb testing.TB) {
	tb.Helper()
	r.command(tb, "providers", "set", "--account", r.accounts[office], "--issuer", r.upstream.server.URL, "--client-id", upstreamClient)
}

// invite invites everybody, and notes their newest links.
func (r *row) invite(tb testing.TB, account string) {
	tb.Helper()
	var emails []string
	for _, p := range r.people {
		emails = append(emails, p.email)
	}
	body, err := json.Marshal(map[string]any{"UserEmailList": emails})
	if err != nil {
		tb.Fatal(err)
	}
	r.s.mustCall(tb, "POST", "/accounts/"+r.account(tb, account)+"/users?operation=add", string(body))
	for _, p := range r.people {
		p.newest = r.mail.link(tb, p.email)
	}
}

// imports imports everybody as members of the account, with the status, and with
// whatever else their documents say, as names and values.
func (r *row) imports(tb testing.TB, account, status string, more ...any) {
	tb.Helper()
	var users []map[string]any
	for _, p := range r.people {
		user := map[string]any{"UserId": p.id, "AccountId": account, "UserRegistrationStatus": status}
		for i := 0; i+1 < len(more); i += 2 {
			user[fmt.Sprint(more[i])] = more[i+1]
		}
		users = append(users, user)
	}
	text, err := json.Marshal(map[string]any{"Users": users})
	if err != nil {
		tb.Fatal(err)
	}
	file := filepath.Join(tb.TempDir(), "users.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		tb.Fatal(err)
	}
	if out := r.command(tb, "import", "--overwrite", file); !strings.Contains(out, " 0 kept") {
		tb.Fatalf("the import kept somebody: %s", out)
	}
}

func (r *row) leads(tb testing.TB, got page, to string) {
	tb.Helper()
	if got.to.Path != to {
		tb.Fatalf("got %d, to %q, want to be led to %s: %s", got.status, got.to, to, got.body)
	}
}

// upstreamLogout has the provider say that everybody was signed out, by its own name
// for the session or in all of them.
func (r *row) upstreamLogout(tb testing.TB, one bool) {
	tb.Helper()
	for _, p := range r.people {
		sid := ""
		if one {
			sid = p.vouched.sid
		}
		token := r.upstream.logoutToken(tb, p.vouched.subject, sid)
		got := p.browser.post(tb, "/backchannel/"+r.accounts[office], "logout_token", token)
		if got.status != http.StatusOK && got.status != http.StatusNoContent {
			tb.Fatalf("the provider's back-channel logout: got %d %s", got.status, got.body)
		}
	}
}
