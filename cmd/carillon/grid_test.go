package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/session"
)

// The sample of the grid that every run tests.
const (
	gridSeed   = 4
	gridSample = 16 // rows, beside those of suspensions and sign-outs alone
)

// house is a server with all that people, apps and providers are.
type house struct {
	s        *server
	zone     *dnsZone
	mail     *mailbox
	upstream *upstreamProvider
	app      registered
	rows     atomic.Int64
	now      func() time.Time
	resolver string // of the zone
}

func newHouse(tb testing.TB, database string, variables map[string]string) *house {
	tb.Helper()
	// Its clock is slow, so that nothing expires however busy the machine is.
	start := time.Now()
	now := func() time.Time { return start.Add(time.Since(start) / 20) }
	h := &house{zone: &dnsZone{records: map[string][]string{}}, mail: newMailbox(tb), upstream: newUpstreamProvider(tb, now), now: now}
	var err error
	if h.resolver, err = h.zone.serve(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(h.zone.close)
	h.open(tb, database, variables)
	h.app = h.s.createApp(tb, "Wiki")
	return h
}

// open starts the server on a database.
func (h *house) open(tb testing.TB, database string, variables map[string]string) {
	tb.Helper()
	amazon := h.upstream.server.URL
	h.s = startServerAt(tb, h.now, database, variables, "--rate-limit", "0", "--code-limit", "0", "--signature-window", "2h", "--dns-resolver", h.resolver, "--mail-dir", h.mail.dir,
		"--allow-private-callbacks", "--public-url", publicURL, "--lwa-client-id", upstreamClient, "--lwa-client-secret", "secret",
		"--lwa-auth-url", amazon+"/authorize", "--lwa-token-url", amazon+"/token", "--lwa-profile-url", amazon+"/profile")
}

// TestGrid: each kind of what lets somebody in lives after a row of steps exactly
// when the rule says so. Each cell of the grid has a person of its own.
//
// CARILLON_GRID=whole tests all rows instead of a sample.
func TestGrid(t *testing.T) {
	t.Parallel()
	sample := sampleRows(t)
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		testGrid(t, newHouse(t, newDatabase(t), environment()), sample)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		database, variables := newPostgres(t)
		testGrid(t, newHouse(t, database, variables), sample)
	})
}

// sampleRows are the rows that are tested.
func sampleRows(tb testing.TB) (sample []plannedRow) {
	tb.Helper()
	all := rows()
	if os.Getenv("CARILLON_GRID") == "whole" {
		tb.Logf("all %d rows", len(all))
		return all
	}
	var others []plannedRow
	for _, r := range all {
		if len(r.steps) < 2 && !slices.ContainsFunc(r.steps, func(s step) bool { return !s.cuts }) || r.lifted() {
			sample = append(sample, r)
		} else {
			others = append(others, r)
		}
	}
	random := rand.New(rand.NewPCG(gridSeed, 0))
	for _, i := range random.Perm(len(others))[:gridSample] {
		sample = append(sample, others[i])
	}
	tb.Logf("%d of %d rows; the seed is %d", len(sample), len(all), gridSeed)
	return sample
}

// lifted reports a row of a suspension that is lifted.
func (r plannedRow) lifted() bool {
	return len(r.steps) == 2 && r.steps[0].cuts && r.steps[0].lets && r.steps[1].name == "unsuspended by the API"
}

func testGrid(t *testing.T, h *house, sample []plannedRow) {
	t.Helper()
	for _, of := range sample {
		t.Run(of.String(), func(t *testing.T) {
			t.Parallel()
			r := h.newRow(t, of)
			for i, kind := range r.kinds {
				kind.issue(t, r, r.people[i])
			}
			for _, step := range of.steps {
				step.do(t, r)
				step.effect(&r.now)
			}
			for i, kind := range r.kinds {
				want := lives(kind.kind, bases()[of.base], r.now)
				if got := kind.use(t, r, r.people[i]); got != want {
					t.Errorf("%s lives: got %v, want %v", kind.kind, got, want)
				}
			}
		})
	}
}

// row is a row of the grid at a server: a person for each kind.
type row struct {
	*house
	now      state
	domain   string
	accounts map[string]string // ids
	kinds    []gridKind
	people   []*person
}

// person is the person of a cell.
type person struct {
	id      chime.UserID
	email   string
	vouched vouched
	browser *browser // in which they are signed in
	newest  string   // link of an invitation

	// What the cell is about. Which of these there are, its kind says.
	other   *browser // with a login in progress
	login   string
	code    string
	token   string
	passkey *passkey
}

// newRow brings people into the state that the row begins with.
func (h *house) newRow(tb testing.TB, of plannedRow) *row {
	tb.Helper()
	n := h.rows.Add(1)
	r := &row{house: h, now: bases()[of.base], domain: fmt.Sprintf("row%d.example", n), accounts: map[string]string{}}
	for _, kind := range gridKinds() {
		if !possible(kind.kind, r.now) {
			continue
		}
		r.kinds = append(r.kinds, kind)
		name := fmt.Sprintf("p%d", len(r.people))
		r.people = append(r.people, &person{
			email: name + "@" + r.domain, browser: newBrowser(tb, h.s, h.mail),
			vouched: vouched{subject: name + "-" + r.domain, sid: "session of " + name},
		})
	}
	r.account(tb, office)
	switch r.now.home {
	case "":
		r.invite(tb, team)
		r.signIn(tb)
	case office:
		if r.now.claim == "" {
			r.invite(tb, office)
			for _, p := range r.people {
				if !p.browser.accept(tb, p.newest, p.email) {
					tb.Fatalf("%s could not accept the invitation", p.email)
				}
			}
			r.invite(tb, team)
			break
		}
		r.invite(tb, team)
		r.claim(tb, office, r.domain)
		if r.now.office == chime.EnterpriseOIDC {
			r.connect(tb)
		}
		r.signIn(tb)
	}
	r.readIDs(tb)
	return r
}

// account returns the id of an account, which is made when it is first needed.
func (r *row) account(tb testing.TB, name string) string {
	tb.Helper()
	if r.accounts[name] == "" {
		r.accounts[name] = r.s.createAccount(tb, name+" of "+r.domain)
	}
	return r.accounts[name]
}

// signIn signs everybody in, in their own browsers.
func (r *row) signIn(tb testing.TB) {
	tb.Helper()
	for _, p := range r.people {
		var signed bool
		if r.now.method == chime.ByProvider {
			with := p.vouched
			with.email = p.email
			signed = p.browser.signInByProvider(tb, r.upstream, p.email, with)
		} else {
			signed = p.browser.signInByMail(tb, p.email)
		}
		if !signed {
			tb.Fatalf("%s could not sign in", p.email)
		}
	}
}

// readIDs finds out the people's ids: the team sees those whom it invited.
func (r *row) readIDs(tb testing.TB) {
	tb.Helper()
	users, _ := r.s.mustCall(tb, "GET", "/accounts/"+r.accounts[team]+"/users", "").member(tb, "Users").([]any)
	for _, u := range users {
		user, _ := u.(map[string]any)
		for _, p := range r.people {
			if id, _ := user["UserId"].(string); user["PrimaryEmail"] == p.email {
				p.id = chime.UserID(id)
			}
		}
	}
}

// gridKind is a column of the grid: something that lets somebody in.
type gridKind struct {
	kind  session.Kind
	issue func(testing.TB, *row, *person)
	// use reports whether it works. It may use it up.
	use func(testing.TB, *row, *person) bool
}

func gridKinds() []gridKind {
	return []gridKind{
		{session.SessionCookie, func(testing.TB, *row, *person) {}, func(tb testing.TB, _ *row, p *person) bool { return p.browser.signedIn(tb) }},
		{session.LoginInProgress, issueLogin, func(tb testing.TB, _ *row, p *person) bool { return p.other.finish(tb, p.login) }},
		{session.MailedCode, func(tb testing.TB, r *row, p *person) {
			p.other = newBrowser(tb, r.s, r.mail)
			p.login = p.other.begin(tb)
			p.code = p.other.askCode(tb, p.login, p.email)
		}, func(tb testing.TB, _ *row, p *person) bool { return p.other.giveCode(tb, p.login, p.code) }},
		{session.AuthorizationCode, func(tb testing.TB, r *row, p *person) { p.token = r.authorize(tb, p) }, func(tb testing.TB, r *row, p *person) bool {
			return r.redeem(tb, p.token).status == http.StatusOK
		}},
		{session.AccessToken, func(tb testing.TB, r *row, p *person) { p.token = r.tokenOf(tb, p, "access_token") }, useAccessToken},
		{session.RefreshToken, func(tb testing.TB, r *row, p *person) { p.token = r.tokenOf(tb, p, "refresh_token") }, useRefreshToken},
		{passkeyKind, func(tb testing.TB, _ *row, p *person) { p.passkey = p.browser.addPasskey(tb) }, func(tb testing.TB, r *row, p *person) bool {
			b := newBrowser(tb, r.s, r.mail)
			login := b.begin(tb)
			return b.provePasskey(tb, login, p.passkey) && b.finish(tb, login)
		}},
		{linkKind, issueLink, useLink},
		{invitationKind, func(_ testing.TB, _ *row, p *person) { p.token = p.newest }, func(tb testing.TB, r *row, p *person) bool {
			return newBrowser(tb, r.s, r.mail).accept(tb, p.token, p.email)
		}},
	}
}

// issueLogin leaves a login in which a passkey was presented unfinished.
func issueLogin(tb testing.TB, r *row, p *person) {
	tb.Helper()
	p.passkey, p.other = p.browser.addPasskey(tb), newBrowser(tb, r.s, r.mail)
	if p.login = p.other.begin(tb); !p.other.provePasskey(tb, p.login, p.passkey) {
		tb.Fatal("a new passkey was refused")
	}
}

// issueLink links a customer of Amazon to the person. The link to the subject of a
// provider is there since they signed in.
func issueLink(tb testing.TB, r *row, p *person) {
	tb.Helper()
	if r.now.method == chime.ByProvider {
		return
	}
	b := newBrowser(tb, r.s, r.mail)
	login := b.begin(tb)
	if b.signInByAmazon(tb, r.upstream, login, p.vouched) {
		tb.Fatal("a customer of Amazon whom nobody knows was signed in")
	}
	if !b.giveCode(tb, login, b.askCode(tb, login, p.email)) {
		tb.Fatal("a code did not link the customer of Amazon")
	}
}

// useLink signs in by what the link says alone: no address is vouched for.
func useLink(tb testing.TB, r *row, p *person) bool {
	tb.Helper()
	b := newBrowser(tb, r.s, r.mail)
	if r.now.method == chime.ByProvider {
		return b.signInByProvider(tb, r.upstream, p.email, p.vouched)
	}
	return b.signInByAmazon(tb, r.upstream, b.begin(tb), p.vouched)
}

// The app's code verifier and its challenge (RFC 7636, appendix B).
const (
	codeVerifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	codeChallenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

// authorize returns a code that the app got.
func (r *row) authorize(tb testing.TB, p *person) string {
	tb.Helper()
	got := p.browser.get(tb, "/oauth2/authorize?"+url.Values{
		"client_id": {string(r.app.ClientID)}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {"openid"},
		"code_challenge": {codeChallenge}, "code_challenge_method": {"S256"},
	}.Encode())
	code := got.to.Query().Get("code")
	if code == "" {
		tb.Fatalf("authorizing the app: got %d, to %q: %s", got.status, got.to, got.body)
	}
	return code
}

// ask has the app send a form.
func (r *row) ask(tb testing.TB, path string, form url.Values) answer {
	tb.Helper()
	req, err := r.s.appRequest(tb.Context(), r.app, path, form)
	if err != nil {
		tb.Fatal(err)
	}
	got, err := send(http.DefaultClient, req)
	if err != nil || got.status >= http.StatusInternalServerError {
		tb.Fatalf("%s: got %d %s, %v", path, got.status, got.body, err)
	}
	return got
}

func (r *row) redeem(tb testing.TB, code string) answer {
	tb.Helper()
	return r.ask(tb, "/oauth2/token", url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {codeVerifier},
	})
}

// tokenOf returns a token that the app got for a code.
func (r *row) tokenOf(tb testing.TB, p *person, name string) string {
	tb.Helper()
	text, _ := r.redeem(tb, r.authorize(tb, p)).member(tb, name).(string)
	if text == "" {
		tb.Fatalf("the app got no %s", name)
	}
	return text
}

func useAccessToken(tb testing.TB, r *row, p *person) bool {
	tb.Helper()
	req, err := r.s.userinfoRequest(tb.Context(), p.token)
	if err != nil {
		tb.Fatal(err)
	}
	got, err := send(http.DefaultClient, req)
	if err != nil {
		tb.Fatal(err)
	}
	active := r.ask(tb, "/oauth2/introspect", url.Values{"token": {p.token}}).member(tb, "active") == true
	if userinfo := got.status == http.StatusOK; userinfo != active {
		tb.Errorf("an access token: userinfo says %v, introspection %v", userinfo, active)
	}
	return active
}

func useRefreshToken(tb testing.TB, r *row, p *person) bool {
	tb.Helper()
	active := r.ask(tb, "/oauth2/introspect", url.Values{"token": {p.token}}).member(tb, "active") == true
	got := r.ask(tb, "/oauth2/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {p.token}})
	if refreshed := got.status == http.StatusOK; refreshed != active {
		tb.Errorf("a refresh token: the exchange says %v, introspection %v", refreshed, active)
	}
	return active
}

// TestGridIsWhole: every kind of what lets somebody in has a column, in which
// something lives and something dies. A new kind fails here until it has one.
func TestGridIsWhole(t *testing.T) {
	t.Parallel()
	columns := map[session.Kind]bool{}
	for _, kind := range gridKinds() {
		columns[kind.kind] = true
		outcomes := map[bool]int{}
		for _, r := range rows() {
			if base := bases()[r.base]; possible(kind.kind, base) {
				outcomes[lives(kind.kind, base, r.end())]++
			}
		}
		t.Logf("%s: lives in %d rows, and not in %d", kind.kind, outcomes[true], outcomes[false])
		if outcomes[true] == 0 || outcomes[false] == 0 {
			t.Errorf("the column %s shows nothing", kind.kind)
		}
	}
	for _, kind := range session.Kinds() {
		if !columns[kind] {
			t.Errorf("%s has no column", kind)
		}
	}
	// What holds an epoch or an identity is a kind too, or a part of one.
	want := map[string]session.Kind{
		"Session": session.SessionCookie, "Login": session.LoginInProgress, "Proof": session.LoginInProgress,
		"Credential": session.AccessToken, "Grant": session.AccessToken, "Passkey": passkeyKind, "Link": linkKind,
		"Person": "", "Signout": "", "EventPerson": "",
	}
	for _, name := range holders(t) {
		kind, known := want[name]
		if !known || kind != "" && !columns[kind] {
			t.Errorf("chime.%s holds an epoch or an identity, and has no column", name)
		}
		delete(want, name)
	}
	if len(want) > 0 {
		t.Errorf("there are no such holders of an epoch or an identity: %v", slices.Sorted(maps.Keys(want)))
	}
}

// holders are the types of package chime that have an epoch or an identity.
func holders(tb testing.TB) (names []string) {
	tb.Helper()
	for _, file := range []string{"signin.go", "outbox.go", "user.go", "account.go"} {
		parsed, err := parser.ParseFile(token.NewFileSet(), "../../internal/chime/"+file, nil, 0)
		if err != nil {
			tb.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			if body, ok := spec.Type.(*ast.StructType); ok && slices.ContainsFunc(body.Fields.List, aboutPeople) {
				names = append(names, spec.Name.Name)
			}
			return false
		})
	}
	return names
}

func aboutPeople(field *ast.Field) bool {
	return slices.ContainsFunc(field.Names, func(n *ast.Ident) bool { return n.Name == "Epoch" || n.Name == "Identity" })
}
