package oidc_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/session"
)

func TestTokens(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t)
	got := w.call(t, "/oauth2/token", codeForm(b.code(t, "ada@example.com")))
	first := got.tokens(t)
	if first.Type != "Bearer" || first.Expires != int64(session.AccessTokenLifetime.Seconds()) || first.Scope != "openid profile email" || first.Refresh == "" || first.ID == "" {
		t.Errorf("got %+v, want tokens of all that was asked for", first)
	}
	if got.header.Get("Cache-Control") != "no-store" || got.header.Get("Pragma") != "no-cache" || got.header.Get("Content-Type") != "application/json" {
		t.Errorf("got the header %v, want no-store, no-cache and application/json", got.header)
	}
	if log := w.log.text(); strings.Contains(log, first.Access) || strings.Contains(log, first.Refresh) || !strings.Contains(log, "app/"+string(w.app)) {
		t.Errorf("got the log %q, want the app in it, and no token", log)
	}
	second := w.call(t, "/oauth2/token", refreshForm(first.Refresh, "scope", "openid email")).tokens(t)
	if second.Scope != "openid email" || second.Access == first.Access || second.Refresh == first.Refresh || second.ID == "" {
		t.Errorf("got %+v after %+v, want new ones of less scope", second, first)
	}
	// Without openid there is no ID token. What was left out once can be had again
	// (RFC 6749, section 6), and more than was granted cannot.
	third := w.call(t, "/oauth2/token", refreshForm(second.Refresh, "scope", "email")).tokens(t)
	if third.Scope != "email" || third.ID != "" {
		t.Errorf("got %+v, want email and no ID token", third)
	}
	wantError(t, "more scope", w.call(t, "/oauth2/token", refreshForm(third.Refresh, "scope", "openid offline_access")), http.StatusBadRequest, "invalid_scope")
	if fourth := w.call(t, "/oauth2/token", refreshForm(third.Refresh)).tokens(t); fourth.Scope != "openid profile email" {
		t.Errorf("got the scope %q, want all that was granted", fourth.Scope)
	}
}

func TestTokenRefuses(t *testing.T) {
	w := newWorld(t)
	b, given := w.signedIn(t, "ada@example.com")
	fresh := func() string { return b.code(t, "ada@example.com") }
	for name, test := range map[string]struct {
		form url.Values
		code string
	}{
		"no grant type":           {codeForm("x", "grant_type", "-"), "invalid_request"},
		"password":                {codeForm("x", "grant_type", "password"), "unsupported_grant_type"},
		"client_credentials":      {codeForm("x", "grant_type", "client_credentials"), "unsupported_grant_type"},
		"no code":                 {codeForm("-"), "invalid_request"},
		"no redirect URI":         {codeForm(fresh(), "redirect_uri", "-"), "invalid_request"},
		"no verifier":             {codeForm(fresh(), "code_verifier", "-"), "invalid_request"},
		"an unknown code":         {codeForm("unknown"), "invalid_grant"},
		"a code with a NUL":       {codeForm("a\x00"), "invalid_request"},
		"another redirect URI":    {codeForm(fresh(), "redirect_uri", withQuery), "invalid_grant"},
		"redirect URI, capitals":  {codeForm(fresh(), "redirect_uri", "HTTPS://app.example/cb"), "invalid_grant"},
		"another verifier":        {codeForm(fresh(), "code_verifier", strings.Repeat("a", 43)), "invalid_grant"},
		"a short verifier":        {codeForm(fresh(), "code_verifier", verifier[1:]), "invalid_request"},
		"a long verifier":         {codeForm(fresh(), "code_verifier", strings.Repeat("a", 129)), "invalid_request"},
		"not a verifier":          {codeForm(fresh(), "code_verifier", strings.Repeat("+", 43)), "invalid_request"},
		"the challenge, as plain": {codeForm(fresh(), "code_verifier", challenge), "invalid_grant"},
		"an access token":         {codeForm(given.Access), "invalid_grant"},
		"a refresh token as code": {codeForm(given.Refresh), "invalid_grant"},
		"no refresh token":        {refreshForm("-", "refresh_token", "-"), "invalid_request"},
		"an unknown token":        {refreshForm("unknown"), "invalid_grant"},
		"an access token, again":  {refreshForm(given.Access), "invalid_grant"},
		"a code as token":         {refreshForm(fresh()), "invalid_grant"},
		"two codes":               {url.Values{"grant_type": {"authorization_code"}, "code": {"a", "b"}}, "invalid_request"},
		"two grant types":         {url.Values{"grant_type": {"authorization_code", "refresh_token"}}, "invalid_request"},
		"two apps":                {url.Values{"grant_type": {"refresh_token"}, "client_id": {string(w.app), string(w.app)}}, "invalid_request"},
		"two secrets":             {url.Values{"grant_type": {"refresh_token"}, "client_secret": {appSecret, "x"}}, "invalid_request"},
		"two verifiers":           {url.Values{"grant_type": {"authorization_code"}, "code_verifier": {verifier, verifier}}, "invalid_request"},
	} {
		if test.form.Get("code") == "-" {
			test.form.Del("code")
		}
		wantError(t, name, w.call(t, "/oauth2/token", test.form), http.StatusBadRequest, test.code)
	}
	if !w.active(t, given.Access) {
		t.Error("got the tokens ended by what was refused")
	}
	// Another app's code and token are nobody's, and stay what they are.
	code := fresh()
	other := authorization(w.other, appSecret)
	wantError(t, "another app's code", b.post(t, "/oauth2/token", codeForm(code), "Authorization", other), http.StatusBadRequest, "invalid_grant")
	wantError(t, "another app's token", b.post(t, "/oauth2/token", refreshForm(given.Refresh), "Authorization", other), http.StatusBadRequest, "invalid_grant")
	w.call(t, "/oauth2/token", refreshForm(given.Refresh)).tokens(t)
	code = fresh()
	w.advance(session.CodeLifetime)
	wantError(t, "an old code", w.call(t, "/oauth2/token", codeForm(code)), http.StatusBadRequest, "invalid_grant")
}

func TestBodies(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t)
	as := authorization(w.app, appSecret)
	for name, test := range map[string]struct {
		contentType, body string
		status            int
	}{
		"JSON":            {"application/json", `{"grant_type":"refresh_token"}`, http.StatusBadRequest},
		"no type":         {"", "grant_type=refresh_token", http.StatusBadRequest},
		"multipart":       {"multipart/form-data; boundary=x", "--x--", http.StatusBadRequest},
		"broken escapes":  {"application/x-www-form-urlencoded", "grant_type=%zz", http.StatusBadRequest},
		"semicolons":      {"application/x-www-form-urlencoded", "grant_type=x;code=y", http.StatusBadRequest},
		"long parameters": {"application/x-www-form-urlencoded", "code=" + strings.Repeat("x", 20_000), http.StatusBadRequest},
		"too large":       {"application/x-www-form-urlencoded", "code=" + strings.Repeat("x", 2<<20), http.StatusRequestEntityTooLarge},
	} {
		for _, path := range []string{"/oauth2/token", "/oauth2/introspect", "/oauth2/revoke"} {
			r := w.newRequest(t, http.MethodPost, path, nil, "Authorization", as, "Content-Type", test.contentType)
			r.Body, r.ContentLength = http.NoBody, int64(len(test.body))
			r.Body = readCloser{strings.NewReader(test.body)}
			wantError(t, name+" at "+path, b.send(t, r), test.status, "invalid_request")
		}
	}
	// What is secret has to be in the body: nothing in the address counts.
	got := b.post(t, "/oauth2/token?"+codeForm("x", "client_id", string(w.public)).Encode(), url.Values{})
	wantError(t, "all in the query", got, http.StatusUnauthorized, "invalid_client")
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }

func TestClientAuthentication(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t)
	basic := func(text string) []string {
		return []string{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte(text))}
	}
	good := authorization(w.app, appSecret)
	id, secret := []string{"client_id", string(w.app)}, []string{"client_secret", appSecret}
	for name, test := range map[string]struct {
		header []string
		form   []string
		status int
		code   string
	}{
		"basic":                        {[]string{"Authorization", good}, nil, http.StatusBadRequest, "invalid_grant"},
		"basic, with the same id":      {[]string{"Authorization", good}, id, http.StatusBadRequest, "invalid_grant"},
		"basic, another case":          {[]string{"Authorization", "bAsIc " + strings.TrimPrefix(good, "Basic ")}, nil, http.StatusBadRequest, "invalid_grant"},
		"post":                         {nil, append(id, secret...), http.StatusBadRequest, "invalid_grant"},
		"public":                       {nil, []string{"client_id", string(w.public)}, http.StatusBadRequest, "invalid_grant"},
		"public, with an empty secret": {nil, []string{"client_id", string(w.public), "client_secret", ""}, http.StatusBadRequest, "invalid_grant"},
		"public, by basic":             {basic(string(w.public) + ":"), nil, http.StatusBadRequest, "invalid_grant"},
		"nobody":                       {nil, nil, http.StatusUnauthorized, "invalid_client"},
		"unknown":                      {nil, []string{"client_id", "nobody"}, http.StatusUnauthorized, "invalid_client"},
		"unknown, with a secret":       {basic("nobody:x"), nil, http.StatusUnauthorized, "invalid_client"},
		"no secret":                    {nil, id, http.StatusUnauthorized, "invalid_client"},
		"an empty secret":              {basic(string(w.app) + ":"), nil, http.StatusUnauthorized, "invalid_client"},
		"a wrong secret":               {nil, append(id, "client_secret", "wrong"), http.StatusUnauthorized, "invalid_client"},
		"a wrong secret, by basic":     {basic(string(w.app) + ":wrong"), nil, http.StatusUnauthorized, "invalid_client"},
		"another's secret, public":     {nil, []string{"client_id", string(w.public), "client_secret", appSecret}, http.StatusUnauthorized, "invalid_client"},
		"basic, not form-encoded":      {basic(string(w.app) + ":" + appSecret), nil, http.StatusUnauthorized, "invalid_client"},
		"no colon":                     {basic(string(w.app)), nil, http.StatusUnauthorized, "invalid_client"},
		"no base64":                    {[]string{"Authorization", "Basic ***"}, nil, http.StatusUnauthorized, "invalid_client"},
		"another scheme":               {[]string{"Authorization", "Bearer x"}, append(id, secret...), http.StatusUnauthorized, "invalid_client"},
		"an id with a NUL":             {basic("a%00:x"), nil, http.StatusUnauthorized, "invalid_client"},
		"an assertion":                 {nil, append(id, "client_assertion", "x"), http.StatusUnauthorized, "invalid_client"},
		"both ways":                    {[]string{"Authorization", good}, append(id, secret...), http.StatusBadRequest, "invalid_request"},
		"two ids":                      {[]string{"Authorization", good}, []string{"client_id", string(w.other)}, http.StatusBadRequest, "invalid_request"},
		"two headers":                  {[]string{"Authorization", good, "Authorization", good}, nil, http.StatusUnauthorized, "invalid_client"},
	} {
		got := b.post(t, "/oauth2/token", values(codeForm("unknown"), test.form...), test.header...)
		wantError(t, name, got, test.status, test.code)
		if challenged := got.header.Get("WWW-Authenticate"); strings.HasPrefix(challenged, "Basic ") != (test.status == http.StatusUnauthorized) {
			t.Errorf("%s: got the challenge %q with %d", name, challenged, test.status)
		}
		got = b.post(t, "/oauth2/revoke", values(url.Values{"token": {"unknown"}}, test.form...), test.header...)
		if accepted := test.code == "invalid_grant"; (got.status == http.StatusOK) != accepted {
			t.Errorf("%s at revoke: got %d, want accepted: %v", name, got.status, accepted)
		}
		got = b.post(t, "/oauth2/introspect", values(url.Values{"token": {"unknown"}}, test.form...), test.header...)
		if accepted := test.code == "invalid_grant" && !strings.HasPrefix(name, "public"); (got.status == http.StatusOK) != accepted {
			t.Errorf("%s at introspect: got %d, want accepted: %v", name, got.status, accepted)
		}
	}
}

// Both parts of Basic credentials are form-encoded, whatever they hold.
func TestBasicIsFormDecoded(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t)
	odd := w.readApp(t)
	odd.ID = "a+b %2B:ü&="
	w.update(t, func(ctx context.Context, tx chime.Tx) error { return tx.PutApp(ctx, odd) })
	got := b.post(t, "/oauth2/token", codeForm("unknown"), "Authorization", authorization(odd.ID, appSecret))
	wantError(t, "encoded", got, http.StatusBadRequest, "invalid_grant")
	plain := "Basic " + base64.StdEncoding.EncodeToString([]byte(string(odd.ID)+":"+appSecret))
	got = b.post(t, "/oauth2/token", codeForm("unknown"), "Authorization", plain)
	wantError(t, "not encoded", got, http.StatusUnauthorized, "invalid_client")
}

// What is stored of secrets, codes and tokens is their hashes alone.
func TestOnlyHashesAreStored(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t)
	b.get(t, w.request())
	held := map[string]string{"app secret": appSecret, "verifier": verifier}
	at, err := url.Parse(w.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	secretOf := func(what string) {
		for _, cookie := range b.Jar.Cookies(at) {
			held[what] = cookie.Value[strings.LastIndex(cookie.Value, ".")+1:]
		}
	}
	secretOf("cookie of a login")
	held["code"] = b.signIn(t, "ada@example.com").location.Query().Get("code")
	secretOf("cookie of a session")
	given := w.call(t, "/oauth2/token", codeForm(held["code"])).tokens(t)
	held["access token"], held["refresh token"], held["ID token"] = given.Access, given.Refresh, given.ID
	again := w.call(t, "/oauth2/token", refreshForm(given.Refresh)).tokens(t)
	held["next access token"], held["next refresh token"] = again.Access, again.Refresh
	files, err := filepath.Glob(filepath.Join(w.folder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	var stored []byte
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, content...)
	}
	if hash := base64.RawURLEncoding.EncodeToString(sha(again.Refresh)); !bytes.Contains(stored, []byte(hash)) {
		t.Fatal("got no hash of a token in the database's files: the test looks in the wrong place")
	}
	for what, secret := range held {
		if secret == "" || bytes.Contains(stored, []byte(secret)) {
			t.Errorf("%s (%d characters): got it in the database, want its hash alone", what, len(secret))
		}
	}
	if log := w.log.text(); strings.Contains(log, given.Access) || strings.Contains(log, held["code"]) || strings.Contains(log, held["cookie of a session"]) {
		t.Errorf("got a secret in the log %q", log)
	}
}

// inParallel sends the same form 16 times at once and returns how many tokens that gave.
func (w *world) inParallel(t *testing.T, form url.Values) (given []tokens) {
	t.Helper()
	var mu sync.Mutex
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			got := w.call(t, "/oauth2/token", form)
			mu.Lock()
			defer mu.Unlock()
			if got.status == http.StatusOK {
				given = append(given, got.tokens(t))
				return
			}
			wantError(t, "one of 16", got, http.StatusBadRequest, "invalid_grant")
		})
	}
	group.Wait()
	return given
}

// A code and a refresh token work once, however many come at the same time.
func TestOneUse(t *testing.T) {
	w := newWorld(t)
	for range 3 {
		b := w.browser(t)
		given := w.inParallel(t, codeForm(b.code(t, "ada@example.com")))
		if len(given) != 1 {
			t.Fatalf("a code, 16 times at once: got %d answers with tokens, want 1", len(given))
		}
		if w.active(t, given[0].Access) || w.active(t, given[0].Refresh) {
			t.Error("got tokens that live on after a replay of their code")
		}
		given = []tokens{w.call(t, "/oauth2/token", codeForm(b.code(t, "ada@example.com"))).tokens(t)}
		given = w.inParallel(t, refreshForm(given[0].Refresh))
		if len(given) != 1 {
			t.Fatalf("a refresh token, 16 times at once: got %d answers with tokens, want 1", len(given))
		}
		if !w.active(t, given[0].Access) || !w.active(t, given[0].Refresh) {
			t.Error("got tokens ended, want those who sent a refresh token twice at once forgiven")
		}
	}
}

func TestReplay(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t)
	code := b.code(t, "ada@example.com")
	given := w.call(t, "/oauth2/token", codeForm(code)).tokens(t)
	wantError(t, "a code again", w.call(t, "/oauth2/token", codeForm(code)), http.StatusBadRequest, "invalid_grant")
	if w.active(t, given.Access) || w.active(t, given.Refresh) {
		t.Error("got tokens that live on after a replay of their code")
	}

	first := w.call(t, "/oauth2/token", codeForm(b.code(t, "ada@example.com"))).tokens(t)
	second := w.call(t, "/oauth2/token", refreshForm(first.Refresh)).tokens(t)
	w.advance(session.ReuseTolerance)
	wantError(t, "a refresh token again, at once", w.call(t, "/oauth2/token", refreshForm(first.Refresh)), http.StatusBadRequest, "invalid_grant")
	if !w.active(t, second.Access) {
		t.Error("got the family ended by a token that was sent twice within 10 s")
	}
	w.advance(time.Millisecond)
	wantError(t, "a refresh token again, later", w.call(t, "/oauth2/token", refreshForm(first.Refresh)), http.StatusBadRequest, "invalid_grant")
	if w.active(t, second.Access) || w.active(t, second.Refresh) {
		t.Error("got tokens that live on after an old refresh token was used, later than 10 s")
	}
}

// A public app, without a secret, gets along by PKCE alone.
func TestPublicApp(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t)
	as := []string{"client_id", string(w.public)}
	given := b.post(t, "/oauth2/token", codeForm(b.code(t, "ada@example.com", as...), as...)).tokens(t)
	given = b.post(t, "/oauth2/token", refreshForm(given.Refresh, as...)).tokens(t)
	if got := b.post(t, "/oauth2/revoke", values(url.Values{"token": {given.Refresh}}, as...)); got.status != http.StatusOK {
		t.Errorf("revoking: got %d, want 200", got.status)
	}
	if got := b.send(t, w.newRequest(t, http.MethodGet, "/oauth2/userinfo", nil, "Authorization", "Bearer "+given.Access)); got.status != http.StatusUnauthorized {
		t.Errorf("got %d, want the access token ended with its refresh token", got.status)
	}
}

// After somebody was suspended, nothing that they were given is worth anything.
func TestSuspended(t *testing.T) {
	w := newWorld(t)
	b, given := w.signedIn(t, "grace@example.com")
	code := b.code(t, "grace@example.com")
	w.suspendGrace(t)
	for _, when := range []string{"suspended", "unsuspended"} {
		wantError(t, when+", code", w.call(t, "/oauth2/token", codeForm(code)), http.StatusBadRequest, "invalid_grant")
		wantError(t, when+", refresh token", w.call(t, "/oauth2/token", refreshForm(given.Refresh)), http.StatusBadRequest, "invalid_grant")
		if w.active(t, given.Access) || w.active(t, given.Refresh) {
			t.Errorf("%s: got tokens that live on", when)
		}
		if got := b.get(t, w.request("prompt", "none")); got.location.Query().Get("error") != "login_required" {
			t.Errorf("%s: got %q, want login_required", when, got.location)
		}
		if got := b.get(t, w.request()); got.location.Path != "/signin" {
			t.Errorf("%s: got %q, want to sign in anew", when, got.location)
		}
		w.changeGrace(t, func(_ *chime.Account, m *chime.Member) { m.Status = chime.Registered })
	}
}

// Whoever is signed out after the app's request was found right gets no code.
func TestSuspendedMeanwhile(t *testing.T) {
	w := newWorld(t)
	suspend := func() { w.suspendGrace(t) }
	for prompt, want := range map[string]string{"": "/signin", "none": callback + "?error=login_required&"} {
		w.changeGrace(t, func(_ *chime.Account, m *chime.Member) { m.Status = chime.Registered })
		b, _ := w.signedIn(t, "grace@example.com")
		w.faults.before.Store(&suspend)
		if got := b.get(t, w.request("prompt", prompt)); got.status != http.StatusSeeOther || !strings.HasPrefix(got.header.Get("Location"), want) {
			t.Errorf("prompt %q: got %d to %q, want %q", prompt, got.status, got.header.Get("Location"), want)
		}
	}
}
