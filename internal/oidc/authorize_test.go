package oidc_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-id/carillon/internal/chime"
)

// What is wrong before the app and the redirect URI are proven right is never
// answered by a redirect.
func TestAuthorizeShowsAPage(t *testing.T) {
	w := newWorld(t)
	for name, path := range map[string]string{
		"no client":                 w.request("client_id", "-"),
		"empty client":              w.request("client_id", ""),
		"unknown client":            w.request("client_id", "nobody"),
		"client that is no text":    w.request("client_id", "\xff"),
		"two clients":               w.request() + "&client_id=" + string(w.other),
		"no redirect URI":           w.request("redirect_uri", "-"),
		"two redirect URIs":         w.request() + "&redirect_uri=https%3A%2F%2Fevil.example%2F",
		"another host":              w.request("redirect_uri", "https://evil.example/cb"),
		"a fragment":                w.request("redirect_uri", callback+"#"),
		"a fragment with something": w.request("redirect_uri", callback+"#x"),
		"another scheme":            w.request("redirect_uri", "http://app.example/cb"),
		"capitals":                  w.request("redirect_uri", "HTTPS://app.example/cb"),
		"a capital host":            w.request("redirect_uri", "https://APP.example/cb"),
		"a port":                    w.request("redirect_uri", "https://app.example:443/cb"),
		"a closing slash":           w.request("redirect_uri", callback+"/"),
		"a query":                   w.request("redirect_uri", callback+"?"),
		"another query":             w.request("redirect_uri", withQuery+"0"),
		"a parent":                  w.request("redirect_uri", "https://app.example/x/../cb"),
		"an escape":                 w.request("redirect_uri", "https://app.example/%63b"),
		"a user":                    w.request("redirect_uri", "https://app.example@evil.example/cb"),
		"a script":                  w.request("redirect_uri", "javascript:alert(1)"),
		"white space":               w.request("redirect_uri", callback+" "),
		"a line end":                w.request("redirect_uri", callback+"\r\nSet-Cookie: x=y"),
		"no form encoding":          "/oauth2/authorize?client_id=%zz",
		"too long":                  w.request("state", strings.Repeat("x", 20_000)),
		"nothing":                   "/oauth2/authorize",
	} {
		got := w.browser(t).get(t, path)
		if got.status != http.StatusBadRequest || got.goes != "" {
			t.Errorf("%s: got %d to %q, want 400 and no redirect", name, got.status, got.goes)
		}
		if policy := got.header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; ") || !strings.Contains(got.body, "<h1>") {
			t.Errorf("%s: got the policy %q with %q, want a page that runs nothing", name, policy, got.body)
		}
		if len(got.header.Values("Set-Cookie")) > 0 {
			t.Errorf("%s: got a cookie, want none", name)
		}
	}
}

func TestAuthorizeTellsTheApp(t *testing.T) {
	w := newWorld(t)
	_, given := w.signedIn(t, "ada@example.com")
	for name, test := range map[string]struct{ path, code string }{
		"no response type":        {w.request("response_type", "-"), "invalid_request"},
		"implicit flow":           {w.request("response_type", "token"), "unsupported_response_type"},
		"hybrid flow":             {w.request("response_type", "code id_token"), "unsupported_response_type"},
		"no scope":                {w.request("scope", "-"), "invalid_scope"},
		"no openid":               {w.request("scope", "profile email"), "invalid_scope"},
		"capital openid":          {w.request("scope", "OpenID"), "invalid_scope"},
		"no PKCE":                 {w.request("code_challenge", "-", "code_challenge_method", "-"), "invalid_request"},
		"no challenge":            {w.request("code_challenge", "-"), "invalid_request"},
		"no method, so plain":     {w.request("code_challenge_method", "-"), "invalid_request"},
		"plain":                   {w.request("code_challenge_method", "plain", "code_challenge", verifier), "invalid_request"},
		"lower-case method":       {w.request("code_challenge_method", "s256"), "invalid_request"},
		"a short challenge":       {w.request("code_challenge", challenge[1:]), "invalid_request"},
		"a padded challenge":      {w.request("code_challenge", challenge+"="), "invalid_request"},
		"not a challenge":         {w.request("code_challenge", strings.Repeat("+", 43)), "invalid_request"},
		"form_post":               {w.request("response_mode", "form_post"), "invalid_request"},
		"fragment":                {w.request("response_mode", "fragment"), "invalid_request"},
		"an unknown prompt":       {w.request("prompt", "create"), "invalid_request"},
		"none and login":          {w.request("prompt", "none login"), "invalid_request"},
		"a max_age in words":      {w.request("max_age", "ten"), "invalid_request"},
		"a negative max_age":      {w.request("max_age", "-1"), "invalid_request"},
		"a request object":        {w.request("request", "eyJhbGciOiJub25lIn0.e30."), "request_not_supported"},
		"a request URI":           {w.request("request_uri", "https://app.example/r"), "request_uri_not_supported"},
		"a registration":          {w.request("registration", "{}"), "registration_not_supported"},
		"two nonces":              {w.request() + "&nonce=n", "invalid_request"},
		"two scopes":              {w.request() + "&scope=openid", "invalid_request"},
		"two challenges":          {w.request() + "&code_challenge=" + challenge, "invalid_request"},
		"two prompts":             {w.request("prompt", "none") + "&prompt=login", "invalid_request"},
		"a nonce that is no text": {w.request("nonce", "\xff"), "invalid_request"},
		"a nonce with a NUL":      {w.request("nonce", "a\x00"), "invalid_request"},
		"a hint that is none":     {w.request("id_token_hint", "ada"), "invalid_request"},
		"another app's hint":      {w.request("id_token_hint", given.ID, "client_id", string(w.other)), "invalid_request"},
		"nobody, silently":        {w.request("prompt", "none"), "login_required"},
	} {
		got := w.browser(t).get(t, test.path)
		wantRedirect(t, name, got, callback, map[string]string{
			"error": test.code, "state": "a state&=+ü", "iss": w.server.URL,
		})
		if got.location.Query().Get("error_description") == "" {
			t.Errorf("%s: got no description", name)
		}
	}
	// Two states: which one is the app's?
	got := w.browser(t).get(t, w.request()+"&state=b")
	wantRedirect(t, "two states", got, callback, map[string]string{"error": "invalid_request", "iss": w.server.URL})
}

// wantRedirect checks a redirect to the URI, and its parameters but for the
// description of an error and the code.
func wantRedirect(t *testing.T, name string, got answer, uri string, want map[string]string) {
	t.Helper()
	if got.status != http.StatusSeeOther && got.status != http.StatusOK || !strings.HasPrefix(got.goes, uri+"?") && !strings.HasPrefix(got.goes, uri+"&") {
		t.Errorf("%s: got %d to %q, want it to go to %s", name, got.status, got.goes, uri)
		return
	}
	said := map[string]string{}
	for parameter, values := range got.location.Query() {
		if len(values) > 1 {
			t.Errorf("%s: got %s %d times, want it once", name, parameter, len(values))
		}
		if parameter != "code" && parameter != "error_description" {
			said[parameter] = values[0]
		}
	}
	if diff := cmp.Diff(want, said); diff != "" {
		t.Errorf("%s: parameters (-want +got):\n%s", name, diff)
	}
	policy := map[int]string{http.StatusSeeOther: "no-referrer", http.StatusOK: "same-origin"}[got.status]
	if got.header.Get("Cache-Control") != "no-store" || got.header.Get("Referrer-Policy") != policy {
		t.Errorf("%s: got Cache-Control %q and Referrer-Policy %q, want no-store and no referrer to others", name, got.header.Get("Cache-Control"), got.header.Get("Referrer-Policy"))
	}
}

func TestSignInAndBack(t *testing.T) {
	w := newWorld(t)
	i := 0 // only so many codes are mailed to an address
	for name, test := range map[string]struct {
		pairs []string
		uri   string
		want  map[string]string
	}{
		"everything":      {nil, callback, map[string]string{"state": "a state&=+ü"}},
		"no state":        {[]string{"state", "-", "nonce", "-"}, callback, map[string]string{}},
		"an empty state":  {[]string{"state", ""}, callback, map[string]string{}},
		"a query":         {[]string{"redirect_uri", withQuery}, withQuery, map[string]string{"tenant": "1", "state": "a state&=+ü"}},
		"a native app":    {[]string{"redirect_uri", "com.example.app:/cb"}, "com.example.app:/cb", map[string]string{"state": "a state&=+ü"}},
		"unknown scopes":  {[]string{"scope", "openid phone urn:x"}, callback, map[string]string{"state": "a state&=+ü"}},
		"query, said":     {[]string{"response_mode", "query"}, callback, map[string]string{"state": "a state&=+ü"}},
		"what is ignored": {[]string{"display", "popup", "acr_values", "1", "ui_locales", "de", "claims", "{}", "resource", "x"}, callback, map[string]string{"state": "a state&=+ü"}},
	} {
		i++
		b := w.browser(t)
		got := b.get(t, w.request(test.pairs...))
		if got.status != http.StatusSeeOther || got.location.Path != "/signin" {
			t.Errorf("%s: got %d to %q, want to sign in", name, got.status, got.goes)
			continue
		}
		test.want["iss"] = w.server.URL
		wantRedirect(t, name, b.signIn(t, fmt.Sprintf("person%d@example.com", i)), test.uri, test.want)
		// Now they are signed in, and no page is shown.
		wantRedirect(t, name+", again", b.get(t, w.request(test.pairs...)), test.uri, test.want)
		silently := b.get(t, w.request(append(test.pairs, "prompt", "none")...))
		wantRedirect(t, name+", silently", silently, test.uri, test.want)
		if silently.location.Query().Get("code") == "" {
			t.Errorf("%s: got no code", name)
		}
	}
}

// The state comes back as it was sent, whatever bytes it has, and adds nothing.
func TestState(t *testing.T) {
	w := newWorld(t)
	b, _ := w.signedIn(t, "ada@example.com")
	for _, state := range []string{
		"a+b c%20d", "&code=stolen", "#fragment", "?x=y", "\r\nSet-Cookie: a=b", "\t\x01\x7f", "<script>", "\u2028\u202e\ufeff", "日本", strings.Repeat("s", 4000),
	} {
		want := map[string]string{"state": state, "iss": w.server.URL}
		wantRedirect(t, "answered at once", b.get(t, w.request("state", state)), callback, want)
		anew := w.browser(t)
		anew.get(t, w.request("state", state))
		wantRedirect(t, "answered after a login", anew.signIn(t, w.somebody()), callback, want)
	}
	// What is no text cannot be kept, and is refused, but it comes back too.
	for _, state := range []string{"\xff\xfe", "a\x00b"} {
		wantRedirect(t, "refused", b.get(t, w.request("state", state)), callback, map[string]string{
			"error": "invalid_request", "state": state, "iss": w.server.URL,
		})
	}
}

// A hint that has expired, and one of a retired key, say who has to sign in.
func TestOldHints(t *testing.T) {
	w := newWorld(t)
	b, given := w.signedIn(t, "ada@example.com")
	for _, age := range []time.Duration{2 * time.Hour, 27 * 24 * time.Hour} {
		w.advance(age)
		w.retireKey(t, age)
		if got := b.get(t, w.request("id_token_hint", given.ID, "prompt", "none")); got.location.Query().Get("code") == "" {
			t.Errorf("a hint %v later: got %d to %q, want a code", age, got.status, got.location)
		}
	}
}

// A request by POST is asked for again by GET, with which the cookie comes.
func TestAuthorizeByPost(t *testing.T) {
	w := newWorld(t)
	b, _ := w.signedIn(t, "ada@example.com")
	form, err := url.ParseQuery(strings.TrimPrefix(w.request("prompt", "none"), "/oauth2/authorize?"))
	if err != nil {
		t.Fatal(err)
	}
	got := b.post(t, "/oauth2/authorize", form)
	if got.status != http.StatusSeeOther || got.location.Path != "/oauth2/authorize" || !cmp.Equal(form, got.location.Query()) {
		t.Fatalf("got %d to %q, want 303 to the same by GET", got.status, got.location)
	}
	wantRedirect(t, "by GET", b.get(t, got.location.RequestURI()), callback, map[string]string{"state": "a state&=+ü", "iss": w.server.URL})
	got = b.send(t, w.newRequest(t, http.MethodPost, "/oauth2/authorize", nil, "Content-Type", "application/json"))
	if got.status != http.StatusBadRequest || got.goes != "" {
		t.Errorf("JSON: got %d to %q, want 400", got.status, got.goes)
	}
}

// Who is signed in has to sign in anew, or may not be enough.
func TestSignInAnew(t *testing.T) {
	w := newWorld(t)
	b, ada := w.signedIn(t, "ada@example.com")
	_, grace := w.signedIn(t, "grace@example.com")
	if got := b.get(t, w.request("max_age", "0")); got.location.Path != "/signin" {
		t.Errorf("max_age=0 at once: got %d to %q, want to sign in anew", got.status, got.location)
	}
	w.advance(time.Minute)
	for name, test := range map[string]struct {
		pairs []string
		anew  bool
	}{
		"nothing said":      {nil, false},
		"prompt=login":      {[]string{"prompt", "login"}, true},
		"prompt=consent":    {[]string{"prompt", "consent"}, true},
		"select_account":    {[]string{"prompt", "select_account"}, true},
		"login and consent": {[]string{"prompt", "login consent"}, true},
		"max_age=0":         {[]string{"max_age", "0"}, true},
		"too long ago":      {[]string{"max_age", "59"}, true},
		"not long ago":      {[]string{"max_age", "60"}, false},
		"a great max_age":   {[]string{"max_age", "2147483647"}, false},
		"who it is":         {[]string{"id_token_hint", ada.ID}, false},
		"somebody else":     {[]string{"id_token_hint", grace.ID}, true},
	} {
		got := b.get(t, w.request(test.pairs...))
		if anew := got.location.Path == "/signin"; anew != test.anew || got.status != http.StatusSeeOther {
			t.Errorf("%s: got %d to %q, want to sign in anew: %v", name, got.status, got.goes, test.anew)
		}
		silently := b.get(t, w.request(append(test.pairs, "prompt", "none")...))
		want := test.anew && !slices.Contains(test.pairs, "prompt") // none takes its place
		if refused := silently.location.Query().Get("error") == "login_required"; refused != want {
			t.Errorf("%s, silently: got %q, want login_required: %v", name, silently.location, want)
		}
	}
	// Whoever signs in must be whom the hint names.
	b.get(t, w.request("id_token_hint", grace.ID))
	wantRedirect(t, "another signs in", b.signIn(t, "ada@example.com"), callback, map[string]string{
		"error": "login_required", "state": "a state&=+ü", "iss": w.server.URL,
	})
	b.get(t, w.request("id_token_hint", grace.ID))
	if got := b.signIn(t, "grace@example.com"); got.location.Query().Get("code") == "" {
		t.Errorf("the hinted person signs in: got %d to %q, want a code", got.status, got.location)
	}
}

// The pages are told what the login is for.
func TestPurpose(t *testing.T) {
	w := newWorld(t)
	for want, pairs := range map[string][]string{
		"Ledger <b>|ada@example.com|":  {"login_hint", "ada@example.com"},
		"Ledger <b>||com.example.app:": {"redirect_uri", "com.example.app:/cb"},
	} {
		b := w.browser(t)
		b.get(t, w.request(pairs...))
		if got := b.get(t, "/signin").body; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// After a form, a page takes the browser to a web app, so that the app can redirect
// it further than form-action says; a native app is redirected to.
func TestBackAfterAForm(t *testing.T) {
	w := newWorld(t)
	for uri, status := range map[string]int{callback: http.StatusOK, "com.example.app:/cb": http.StatusSeeOther} {
		b := w.browser(t)
		b.get(t, w.request("redirect_uri", uri))
		got := b.signIn(t, "ada@example.com")
		if got.status != status || !strings.HasPrefix(got.goes, uri+"?code=") {
			t.Errorf("got %d to %q, want %d to %s", got.status, got.goes, status, uri)
		}
		if !strings.HasPrefix(b.get(t, w.request("redirect_uri", uri)).header.Get("Location"), uri+"?code=") {
			t.Errorf("without a form: got no redirect to %s", uri)
		}
	}
}

// A login goes on in the browser that began it, and once.
func TestLoginIsOfItsBrowser(t *testing.T) {
	w := newWorld(t)
	b, thief := w.browser(t), w.browser(t)
	b.get(t, w.request())
	if got := thief.signIn(t, "mallory@example.com"); got.status != http.StatusBadRequest {
		t.Errorf("without the cookie: got %d to %q, want a refusal", got.status, got.location)
	}
	at, err := url.Parse(w.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	cookies := b.Jar.Cookies(at)
	if len(cookies) != 1 {
		t.Fatalf("got %d cookies, want the login's", len(cookies))
	}
	if got := b.signIn(t, "ada@example.com"); got.location.Query().Get("code") == "" {
		t.Fatalf("got %d to %q, want a code", got.status, got.location)
	}
	thief.Jar.SetCookies(at, cookies)
	if got := thief.signIn(t, "mallory@example.com"); got.status != http.StatusBadRequest {
		t.Errorf("a finished login, in another browser: got %d to %q, want a refusal", got.status, got.location)
	}
	b.Jar.SetCookies(at, cookies)
	if got := b.signIn(t, "ada@example.com"); got.status != http.StatusBadRequest {
		t.Errorf("a finished login, again: got %d to %q, want a refusal", got.status, got.location)
	}
}

// What happens to the app or the person while somebody signs in counts.
func TestMeanwhile(t *testing.T) {
	w := newWorld(t)
	page := func(t *testing.T, got answer) {
		t.Helper()
		if got.status != http.StatusBadRequest || got.goes != "" {
			t.Errorf("got %d to %q, want a page", got.status, got.location)
		}
	}
	app := w.readApp(t)
	put := func(app chime.App) {
		w.update(t, func(ctx context.Context, tx chime.Tx) error { return tx.PutApp(ctx, app) })
	}
	moved := app
	moved.RedirectURIs = []string{withQuery}
	for _, test := range []struct {
		name      string
		meanwhile func()
		want      func(*testing.T, answer)
	}{
		{"suspended", func() { w.suspendGrace(t) }, func(t *testing.T, got answer) {
			wantRedirect(t, "suspended", got, callback, map[string]string{"error": "access_denied", "state": "a state&=+ü", "iss": w.server.URL})
		}},
		{"another redirect URI", func() { put(moved) }, page},
		{"app deleted", func() {
			w.update(t, func(ctx context.Context, tx chime.Tx) error { return tx.DeleteApp(ctx, "111122223333", w.app) })
		}, page},
	} {
		t.Run(test.name, func(t *testing.T) {
			w.meanwhile = nil
			put(app)
			w.changeGrace(t, func(_ *chime.Account, m *chime.Member) { m.Status = chime.Registered })
			b := w.browser(t)
			if got := b.get(t, w.request()); got.location.Path != "/signin" {
				t.Fatalf("got %d to %q, want to sign in", got.status, got.location)
			}
			w.meanwhile = test.meanwhile
			test.want(t, b.signIn(t, "grace@example.com"))
		})
	}
}
