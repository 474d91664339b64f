package signin_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
)

// administrator signs somebody in, in a browser of their own, and makes them an
// administrator of the account, which has the domain example.com.
func (w *world) administrator(t *testing.T, address string) *browser {
	t.Helper()
	b := w.browser(t)
	w.signIn(t, b, "app", address, "Ann")
	w.grant(t, address)
	return b
}

func (w *world) grant(t *testing.T, address string) {
	t.Helper()
	ctx := iam.WithCaller(t.Context(), iam.LocalCaller("111122223333", "operator"))
	var user chime.UserID
	err := w.Store.View(ctx, func(tx chime.Tx) error {
		holders, err := tx.AddressHolders(ctx, []string{address})
		user = holders[address]
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Directory.GrantAdministrator(ctx, "lwa", user, nil); err != nil {
		t.Fatal(err)
	}
}

// refused are the code and the message that a program is told.
func (a answer) refused(t *testing.T) (code, message string) {
	t.Helper()
	var told struct{ Code, Message string }
	if err := json.Unmarshal([]byte(a.body), &told); err != nil {
		t.Fatalf("got %d %q: %v", a.status, a.body, err)
	}
	return told.Code, told.Message
}

func TestWhoGetsCredentials(t *testing.T) {
	w := newWorld(t)
	w.account(t, "lwa", chime.EnterpriseLWA, "example.com")
	nobody, member := w.browser(t), w.browser(t)
	if got := nobody.post(t, "/admin/credentials"); got.status != http.StatusNoContent || got.body != "" {
		t.Errorf("nobody: got %d %s, want 204", got.status, got.body)
	}
	dead := nobody.send(t, http.MethodPost, "/admin/credentials", nil, "Cookie", "carillon-session=dead")
	if dead.status != http.StatusUnauthorized || dead.header.Get("x-amzn-ErrorType") != "UnauthorizedClientException" {
		t.Errorf("a session that is over: got %d %s, want 401", dead.status, dead.body)
	}
	w.signIn(t, member, "app", "bob@example.com", "Bob")
	got := member.post(t, "/admin/credentials")
	if code, message := got.refused(t); got.status != http.StatusForbidden || code != "Forbidden" || !strings.Contains(message, "you are no administrator") {
		t.Errorf("somebody without a role: got %d %s, want 403 and why", got.status, got.body)
	}
	ann := w.administrator(t, "ann@example.com")
	var key struct{ AccessKeyID, SecretAccessKey, SessionToken, Expiration string }
	got = ann.post(t, "/admin/credentials")
	if err := json.Unmarshal([]byte(got.body), &key); err != nil || got.status != http.StatusOK || !strings.HasPrefix(key.AccessKeyID, "ASIA") ||
		key.SecretAccessKey == "" || key.SessionToken == "" || key.Expiration != "2026-11-20T13:00:00Z" {
		t.Errorf("an administrator: got %d %s, want credentials for an hour", got.status, got.body)
	}
	if got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("the answer may be stored: %q", got.header)
	}
	if strings.Contains(w.log.String(), key.SecretAccessKey) || strings.Contains(w.log.String(), key.SessionToken) {
		t.Error("the log has the credentials")
	}
	for name, header := range map[string][]string{
		"another site's script": {"Origin", "https://evil.example"}, "another site's form": {"Sec-Fetch-Site", "cross-site"},
		"a sibling's": {"Sec-Fetch-Site", "same-site"},
	} {
		if got := ann.send(t, http.MethodPost, "/admin/credentials", nil, header...); got.status != http.StatusForbidden || strings.Contains(got.body, "ASIA") {
			t.Errorf("%s: got %d %s, want 403", name, got.status, got.body)
		}
	}
	if got := ann.get(t, "/admin/credentials"); got.status != http.StatusMethodNotAllowed && got.status != http.StatusNotFound {
		t.Errorf("by GET: got %d %s", got.status, got.body)
	}
	for _, token := range []string{"", "x", key.SessionToken, strings.SplitN(ann.cookie("carillon-session"), ".", 3)[2]} {
		if got := nobody.send(t, http.MethodPost, "/admin/credentials", nil, "Authorization", "Bearer "+token); got.status != http.StatusUnauthorized {
			t.Errorf("the token %.8q: got %d %s, want 401", token, got.status, got.body)
		}
	}
	w.store.gone.Store(true)
	if got := ann.post(t, "/admin/credentials"); got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") == "" {
		t.Errorf("while the store is gone: got %d %s, want 503", got.status, got.body)
	}
}

// loginForm is where the first page of a sign-in sends the address.
var loginForm = regexp.MustCompile(`action="(/signin\?login=[^"]+)"`)

// TestSigningInComesBack: to a page of the console or of one's own, and nowhere else.
func TestSigningInComesBack(t *testing.T) {
	w := newWorld(t)
	w.account(t, "lwa", chime.EnterpriseLWA, "example.com")
	for next, want := range map[string]string{
		"/admin/":                          "/admin/",
		"/admin/accounts/a%2Fb?x=1&y=%20a": "/admin/accounts/a%2Fb?x=1&y=%20a",
		"/me":                              "/me",
		"/me/command-line?state=x":         "/me/command-line?state=x",

		"": "/me", "/": "/me", "/admin": "/me", "/adminx/": "/me", "/mexico": "/me", "/oauth2/authorize": "/me", "admin/": "/me",
		"https://evil.example/admin/": "/me", "//evil.example/admin/": "/me", "/\\evil.example/admin/": "/me", "/admin/\\..\\x": "/me",
		"/admin/../oauth2/logout": "/me", "/admin/%2e%2E/oauth2/logout": "/me", "/me/.%2e/x": "/me", "/admin/..": "/me", "/admin/..#x": "/me", "/admin/%2e.#": "/me",
		"javascript:alert(1)": "/me", "/admin/\r\nSet-Cookie: a=b": "/me", "/admin/é": "/me", "/admin/" + strings.Repeat("a", 2000): "/me",
	} {
		b := w.browser(t)
		page := "/signin?" + url.Values{"next": {next}}.Encode()
		first := b.get(t, page)
		form := loginForm.FindStringSubmatch(first.body)
		if form == nil {
			t.Fatalf("%q: got %d %s", next, first.status, first.body)
		}
		got := b.post(t, b.post(t, form[1], "email", "ann@example.com").goes, "code", w.code(t, "ann@example.com"))
		if strings.HasPrefix(got.goes, "/signin/name") {
			got = b.post(t, got.goes, "name", "Ann")
		}
		if got.goes != want {
			t.Errorf("next %q: got to %q, want to %q", next, got.goes, want)
		}
		if again := b.get(t, page); again.goes != want {
			t.Errorf("next %q, signed in already: got to %q, want to %q", next, again.goes, want)
		}
	}
}

const (
	lineURI = "http://127.0.0.1:40123/callback"
	// The verifier and challenge of RFC 7636, appendix B.
	lineVerifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	lineChallenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

func lineRequest(change ...string) url.Values {
	form := url.Values{"redirect_uri": {lineURI}, "state": {"the state"}, "code_challenge": {lineChallenge}, "code_challenge_method": {"S256"}}
	for i := 0; i+1 < len(change); i += 2 {
		form.Set(change[i], change[i+1])
	}
	return form
}

func TestTheCommandLineIsConfirmed(t *testing.T) {
	w := newWorld(t)
	w.account(t, "lwa", chime.EnterpriseLWA, "example.com")
	b := w.browser(t)
	page := "/me/command-line?" + lineRequest().Encode()
	if got := b.get(t, page); got.goes != "/signin?"+(url.Values{"next": {page}}).Encode() {
		t.Errorf("signed out: got %d to %q, want the sign-in, and back", got.status, got.goes)
	}
	w.signIn(t, b, "app", "ann@example.com", "Ann")
	if got := b.get(t, page); got.status != http.StatusForbidden || !strings.Contains(got.body, "no administrator") {
		t.Errorf("without a role: got %d %s", got.status, got.body)
	}
	w.grant(t, "ann@example.com")
	got := b.get(t, page)
	if got.status != http.StatusOK || !strings.Contains(got.body, "ann@example.com") ||
		!strings.Contains(got.header.Get("Content-Security-Policy"), "form-action 'self' http://127.0.0.1:40123") {
		t.Errorf("the page: got %d %s with %q", got.status, got.body, got.header.Get("Content-Security-Policy"))
	}
	if got := b.send(t, http.MethodPost, "/me/command-line", lineRequest("answer", "yes"), "Origin", "https://evil.example"); got.status != http.StatusForbidden || got.goes != "" {
		t.Errorf("another site says yes: got %d to %q", got.status, got.goes)
	}
	if got := b.send(t, http.MethodPost, "/me/command-line", lineRequest("answer", "no")); got.goes != lineURI+"?error=access_denied&state=the+state" {
		t.Errorf("no: got %d to %q", got.status, got.goes)
	}
	for name, change := range map[string][]string{
		"another host": {"redirect_uri", "http://evil.example/callback"}, "a host that looks like it": {"redirect_uri", "http://127.0.0.1:1@evil.example/callback"},
		"a name": {"redirect_uri", "http://localhost:40123/callback"}, "no port": {"redirect_uri", "http://127.0.0.1/callback"},
		"another path": {"redirect_uri", "http://127.0.0.1:40123/x"}, "a query": {"redirect_uri", lineURI + "?x=1"}, "https": {"redirect_uri", "https://127.0.0.1:40123/callback"},
		"no state": {"state", ""}, "no challenge": {"code_challenge", ""}, "a plain challenge": {"code_challenge_method", "plain"},
	} {
		form := lineRequest(append(change, "answer", "yes")...)
		if got := b.get(t, "/me/command-line?"+form.Encode()); got.status != http.StatusBadRequest || got.goes != "" {
			t.Errorf("%s, the page: got %d to %q", name, got.status, got.goes)
		}
		if got := b.send(t, http.MethodPost, "/me/command-line", form); got.status != http.StatusBadRequest || got.goes != "" {
			t.Errorf("%s, a yes: got %d to %q", name, got.status, got.goes)
		}
	}
}

func TestTheCommandLineExchangesItsCodeOnce(t *testing.T) {
	w := newWorld(t)
	w.account(t, "lwa", chime.EnterpriseLWA, "example.com")
	b, line := w.administrator(t, "ann@example.com"), w.browser(t)
	code := func() string {
		got := b.send(t, http.MethodPost, "/me/command-line", lineRequest("answer", "yes"))
		to, err := url.Parse(got.goes)
		if err != nil || to.Host != "127.0.0.1:40123" || to.Query().Get("state") != "the state" {
			t.Fatalf("yes: got %d to %q", got.status, got.goes)
		}
		return to.Query().Get("code")
	}
	redeem := func(code, uri, verifier string) answer {
		return line.post(t, "/me/command-line/token", "code", code, "redirect_uri", uri, "code_verifier", verifier)
	}
	first := code()
	for name, got := range map[string]answer{
		"no code": redeem("", lineURI, lineVerifier), "another URI": redeem(first, lineURI+"x", lineVerifier), "another verifier": redeem(first, lineURI, "x"),
	} {
		if code, _ := got.refused(t); got.status != http.StatusBadRequest || code != "BadRequest" {
			t.Errorf("%s: got %d %s, want 400", name, got.status, got.body)
		}
	}
	var redeemed struct{ Token string }
	if got := redeem(first, lineURI, lineVerifier); json.Unmarshal([]byte(got.body), &redeemed) != nil || got.status != http.StatusOK || redeemed.Token == "" {
		t.Fatalf("the exchange: got %d %s", got.status, got.body)
	}
	if got := redeem(first, lineURI, lineVerifier); got.status != http.StatusBadRequest {
		t.Errorf("the code again: got %d %s, want 400", got.status, got.body)
	}
	ask := func() answer {
		return line.send(t, http.MethodPost, "/admin/credentials", nil, "Authorization", "Bearer "+redeemed.Token)
	}
	for range 2 { // it is not used up
		if got := ask(); got.status != http.StatusOK || !strings.Contains(got.body, "ASIA") {
			t.Errorf("asking for a key: got %d %s", got.status, got.body)
		}
	}
	late := code()
	w.pass(time.Minute + time.Second)
	if got := redeem(late, lineURI, lineVerifier); got.status != http.StatusBadRequest {
		t.Errorf("a code after a minute: got %d %s, want 400", got.status, got.body)
	}
	b.post(t, "/me/sign-out")
	if got := ask(); got.status != http.StatusUnauthorized {
		t.Errorf("after signing out in the browser: got %d %s, want 401", got.status, got.body)
	}
}
