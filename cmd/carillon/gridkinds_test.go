package main

import (
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/session"
)

// gridKind is a column of the grid: something that lets somebody in.
type gridKind struct {
	kind  session.Kind
	issue func(testing.TB, *row, *person)
	// looks are the ways in that leave it as it is, and uses those that use it up.
	looks, uses []wayIn
}

// wayIn is a way to use what lets somebody in, at one endpoint.
type wayIn struct {
	name string
	// use reports whether the server takes it.
	use func(testing.TB, *row, *person) bool
}

// try tries the ways in, and wants each to take the thing, or to refuse it: those
// that use it up all when it is dead, and else one, another in each row.
func (k gridKind) try(tb testing.TB, r *row, p *person, want bool) {
	tb.Helper()
	uses := k.uses
	if want && len(uses) > 0 {
		uses = uses[r.index%len(uses):][:1]
	}
	for _, way := range slices.Concat(k.looks, uses) {
		r.uses.Add(1)
		if got := way.use(tb, r, p); got != want {
			tb.Errorf("%s lives, says %s: got %v, want %v", k.kind, way.name, got, want)
		}
	}
}

func gridKinds() []gridKind {
	return []gridKind{
		{
			kind: session.SessionCookie, issue: func(testing.TB, *row, *person) {},
			looks: []wayIn{
				{"their page", func(tb testing.TB, _ *row, p *person) bool { return p.browser.signedIn(tb) }},
				{"authorizing an app", func(tb testing.TB, r *row, p *person) bool { return r.authorizes(tb, p, "/signin") }},
				{"authorizing an app in silence", func(tb testing.TB, r *row, p *person) bool {
					return r.authorizes(tb, p, "/callback", "prompt", "none")
				}},
				takes("/me/passkeys/begin"), takes("/me/passkeys"), takes("/me/passkeys/delete", "passkey", "another"), takes("/me/end", "session", "another"),
			},
			uses: []wayIn{takes("/me/end-all"), takes("/me/sign-out")},
		},
		{kind: session.LoginInProgress, issue: issueLogin, uses: []wayIn{
			finishes("/signin/finish"), finishes("/signin/name", "name", "Somebody"), finishes("/signin/code", "code", "00000000"),
		}},
		{kind: session.MailedCode, issue: issueMailedCode, uses: []wayIn{
			{"the page of the code", func(tb testing.TB, _ *row, p *person) bool { return p.other.giveCode(tb, p.login, p.code) }},
		}},
		{
			kind: session.AuthorizationCode, issue: func(tb testing.TB, r *row, p *person) { p.token = r.authorize(tb, p) },
			uses: []wayIn{{"the exchange", func(tb testing.TB, r *row, p *person) bool { return r.redeem(tb, p.token).status == http.StatusOK }}},
		},
		{
			kind: session.AccessToken, issue: func(tb testing.TB, r *row, p *person) { p.token = r.tokenOf(tb, p, "access_token") },
			looks: []wayIn{informs(http.MethodGet), informs(http.MethodPost), {"introspection", introspects}},
		},
		{
			kind: session.RefreshToken, issue: func(tb testing.TB, r *row, p *person) { p.token = r.tokenOf(tb, p, "refresh_token") },
			looks: []wayIn{{"introspection", introspects}},
			uses: []wayIn{{"the exchange", func(tb testing.TB, r *row, p *person) bool {
				return r.ask(tb, "/oauth2/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {p.token}}).status == http.StatusOK
			}}},
		},
		{
			kind: session.AdministratorKey, issue: issueKey,
			looks: []wayIn{{"a signed request", asksWhoTheyAre}},
		},
		{
			kind: session.CommandLineCode, issue: func(tb testing.TB, r *row, p *person) { p.token = r.commandLineCode(tb, p) },
			uses: []wayIn{{"the exchange", func(tb testing.TB, r *row, p *person) bool { return r.commandLine(tb, p.token) != "" }}},
		},
		{
			kind: session.CommandLine, issue: func(tb testing.TB, r *row, p *person) {
				if p.token = r.commandLine(tb, r.commandLineCode(tb, p)); p.token == "" {
					tb.Fatal("the command line got nothing for its code")
				}
			},
			looks: []wayIn{{"asking for a key", func(tb testing.TB, r *row, p *person) bool {
				return r.keyOfCommandLine(tb, p.token).status == http.StatusOK
			}}},
		},
		{
			kind: passkeyKind, issue: func(tb testing.TB, _ *row, p *person) { p.passkey = p.browser.addPasskey(tb) },
			uses: []wayIn{{"a sign-in by it", func(tb testing.TB, r *row, p *person) bool {
				b := newBrowser(tb, r.s, r.mail)
				login := b.begin(tb)
				return b.provePasskey(tb, login, p.passkey) && b.finish(tb, login)
			}}},
		},
		{kind: linkKind, issue: issueLink, uses: []wayIn{{"a sign-in by it", useLink}}},
		{kind: invitationKind, issue: func(_ testing.TB, _ *row, p *person) { p.token = p.newest }, uses: []wayIn{
			{"accepting before a sign-in", func(tb testing.TB, r *row, p *person) bool {
				return newBrowser(tb, r.s, r.mail).accept(tb, p.token, p.email)
			}},
			{"accepting after a sign-in", func(tb testing.TB, r *row, p *person) bool {
				b := newBrowser(tb, r.s, r.mail)
				return b.signInByMail(tb, p.email) && b.accept(tb, p.token, p.email)
			}},
		}},
	}
}

// takes is what whoever is signed in may send; others are told that they are not.
func takes(path string, form ...string) wayIn {
	return wayIn{"POST " + path, func(tb testing.TB, _ *row, p *person) bool {
		return p.browser.post(tb, path, form...).status != http.StatusForbidden
	}}
}

// finishes is a way to end a login in which all is proven.
func finishes(path string, form ...string) wayIn {
	return wayIn{"POST " + path, func(tb testing.TB, _ *row, p *person) bool {
		return p.other.arrives(tb, p.other.post(tb, path+"?"+p.login, form...))
	}}
}

// informs is the userinfo endpoint.
func informs(method string) wayIn {
	return wayIn{method + " /oauth2/userinfo", func(tb testing.TB, r *row, p *person) bool {
		req, err := r.s.userinfoRequest(tb.Context(), p.token)
		if err != nil {
			tb.Fatal(err)
		}
		req.Method = method
		got, err := send(http.DefaultClient, req)
		if err != nil || got.status != http.StatusOK && got.status != http.StatusUnauthorized {
			tb.Fatalf("userinfo: got %d %s, %v", got.status, got.body, err)
		}
		return got.status == http.StatusOK
	}}
}

func introspects(tb testing.TB, r *row, p *person) bool {
	tb.Helper()
	return r.ask(tb, "/oauth2/introspect", url.Values{"token": {p.token}}).member(tb, "active") == true
}

// issueLogin leaves a login unfinished in which a passkey was presented, or, for
// whoever is nobody yet, the code, and a name is missing.
func issueLogin(tb testing.TB, r *row, p *person) {
	tb.Helper()
	if r.now.unknown {
		issueMailedCode(tb, r, p)
		if got := p.other.post(tb, "/signin/code?"+p.login, "code", p.code); got.to.Path != "/signin/name" {
			tb.Fatalf("the code of somebody new: got %d, to %q", got.status, got.to)
		}
		return
	}
	p.passkey, p.other = p.browser.addPasskey(tb), newBrowser(tb, r.s, r.mail)
	if p.login = p.other.begin(tb); !p.other.provePasskey(tb, p.login, p.passkey) {
		tb.Fatal("a new passkey was refused")
	}
}

func issueMailedCode(tb testing.TB, r *row, p *person) {
	tb.Helper()
	p.other = newBrowser(tb, r.s, r.mail)
	p.login = p.other.begin(tb)
	p.code = p.other.askCode(tb, p.login, p.email)
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
	got := r.visitFrom(tb, p)
	code := got.to.Query().Get("code")
	if code == "" {
		tb.Fatalf("authorizing the app: got %d, to %q: %s", got.status, got.to, got.body)
	}
	return code
}

// authorizes reports whether the app gets a code; else the browser has to be sent
// to the path.
func (r *row) authorizes(tb testing.TB, p *person, otherwise string, more ...string) bool {
	tb.Helper()
	got := r.visitFrom(tb, p, more...)
	code := got.to.Query().Get("code")
	if code == "" && got.to.Path != otherwise {
		tb.Fatalf("authorizing the app: got %d, to %q: %s", got.status, got.to, got.body)
	}
	return code != ""
}

// visitFrom has the app send the browser here for a code.
func (r *row) visitFrom(tb testing.TB, p *person, more ...string) page {
	tb.Helper()
	query := url.Values{
		"client_id": {string(r.app.ClientID)}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {"openid"},
		"code_challenge": {codeChallenge}, "code_challenge_method": {"S256"},
	}
	for i := 0; i+1 < len(more); i += 2 {
		query.Set(more[i], more[i+1])
	}
	return p.browser.get(tb, "/oauth2/authorize?"+query.Encode())
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
