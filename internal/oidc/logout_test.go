package oidc_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/oidc"
	"github.com/carillon-id/carillon/internal/signing"
)

func logout(pairs ...string) string {
	return "/oauth2/logout?" + values(nil, pairs...).Encode()
}

// inSession reports whether somebody is signed in in the browser.
func (b *browser) inSession(t *testing.T) bool {
	t.Helper()
	return b.get(t, b.world.request("prompt", "none")).location.Query().Get("code") != ""
}

func TestLogoutByHint(t *testing.T) {
	w := newWorld(t)
	for name, test := range map[string]struct {
		age   time.Duration // of the ID token
		pairs []string
		want  string // where the browser goes; "" for our page
	}{
		"a hint alone":     {0, nil, ""},
		"with the client":  {0, []string{"client_id", string(w.app)}, ""},
		"back to the app":  {0, []string{"post_logout_redirect_uri", goodbye}, goodbye},
		"with a state":     {0, []string{"post_logout_redirect_uri", goodbye, "state", "a&b=ü", "client_id", string(w.app)}, goodbye + "?state=a%26b%3D%C3%BC"},
		"an expired token": {2 * oidc.IDTokenLifetime, []string{"post_logout_redirect_uri", goodbye}, goodbye},
		"a retired key":    {29 * 24 * time.Hour, []string{"post_logout_redirect_uri", goodbye}, goodbye},
		"what is ignored":  {0, []string{"ui_locales", "de", "logout_hint", "ada"}, ""},
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			b, given := w.signedIn(t, w.somebody())
			other, _ := w.signedIn(t, w.somebody())
			w.advance(test.age)
			w.retireKey(t, test.age)
			form := values(nil, append(test.pairs, "id_token_hint", given.ID)...)
			got := b.get(t, "/oauth2/logout?"+form.Encode())
			if method == http.MethodPost {
				// From another site, so that the browser brings no cookie.
				got = w.browser(t).post(t, "/oauth2/logout", form, "Sec-Fetch-Site", "cross-site", "Origin", "https://app.example")
			}
			if got.goes != test.want || test.want != "" && (got.status == http.StatusSeeOther) != (method == http.MethodGet) {
				t.Errorf("%s, %s: got %d to %q, want %q", method, name, got.status, got.goes, test.want)
			}
			if w.active(t, given.Access) || w.active(t, given.Refresh) || b.inSession(t) {
				t.Errorf("%s, %s: got the session alive", method, name)
			}
			if !other.inSession(t) {
				t.Errorf("%s, %s: got another person's session ended", method, name)
			}
			// A cookie that did not come with the request may be of another session.
			taken := strings.HasPrefix(got.header.Get("Set-Cookie"), "carillon-session=; Path=/; Max-Age=0; HttpOnly")
			if taken != (method == http.MethodGet) || !taken && got.header.Get("Set-Cookie") != "" {
				t.Errorf("%s, %s: got the cookie %q, want it taken away only where it came from", method, name, got.header.Get("Set-Cookie"))
			}
		}
	}
}

// retireKey rotates the keys twice if that much time went by: the one that signed
// before is retired then.
func (w *world) retireKey(t *testing.T, age time.Duration) {
	t.Helper()
	if age < signing.MinPeriod {
		return
	}
	keys, err := signing.New(signing.Config{Store: w.store, Sealer: w.keys.Sealer, Verify: w.keys.Verify, Now: w.now, Period: signing.MinPeriod})
	if err != nil {
		t.Fatal(err)
	}
	if changed, err := keys.Rotate(t.Context()); err != nil || !changed {
		t.Fatalf("got %v, %v, want other keys", changed, err)
	}
}

func TestLogoutRefuses(t *testing.T) {
	w := newWorld(t)
	b, given := w.signedIn(t, "ada@example.com")
	forged, err := w.keys.Sign(t.Context(), signing.IDToken, map[string]any{"iss": "https://evil.example", "aud": w.app, "sub": "x", "sid": "y"})
	if err != nil {
		t.Fatal(err)
	}
	logoutToken, err := w.keys.Sign(t.Context(), signing.LogoutToken, claims(t, given.ID))
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(given.ID, ".")
	for name, pairs := range map[string][]string{
		"no token":             {"id_token_hint", "ada"},
		"an altered token":     {"id_token_hint", parts[0] + "." + parts[1] + "." + parts[2][4:] + "AAAA"},
		"an access token":      {"id_token_hint", given.Access},
		"a logout token":       {"id_token_hint", logoutToken},
		"another issuer":       {"id_token_hint", forged},
		"another app":          {"id_token_hint", given.ID, "client_id", string(w.other)},
		"an unknown app":       {"client_id", "nobody"},
		"nowhere registered":   {"id_token_hint", given.ID, "post_logout_redirect_uri", "https://evil.example/"},
		"another byte":         {"id_token_hint", given.ID, "post_logout_redirect_uri", goodbye + "/"},
		"capitals":             {"id_token_hint", given.ID, "post_logout_redirect_uri", "HTTPS://app.example/bye"},
		"a redirect URI":       {"id_token_hint", given.ID, "post_logout_redirect_uri", callback},
		"without an app":       {"post_logout_redirect_uri", goodbye},
		"a state with a NUL":   {"id_token_hint", given.ID, "state", "\x00"},
		"a client, no text":    {"client_id", "\xff"},
		"evil, without a hint": {"client_id", string(w.app), "post_logout_redirect_uri", "https://evil.example/"},
	} {
		for method, got := range map[string]answer{
			"GET": b.get(t, logout(pairs...)), "POST": b.post(t, "/oauth2/logout", values(nil, pairs...)),
			"confirmed": b.post(t, "/oauth2/logout/confirm", values(nil, pairs...)),
		} {
			if got.status != http.StatusBadRequest || got.goes != "" {
				t.Errorf("%s, %s: got %d to %q, want 400 and no redirect", method, name, got.status, got.goes)
			}
		}
	}
	twice := b.get(t, logout("id_token_hint", given.ID)+"&id_token_hint="+given.ID)
	if twice.status != http.StatusBadRequest {
		t.Errorf("two hints: got %d, want 400", twice.status)
	}
	if !w.active(t, given.Access) || !b.inSession(t) {
		t.Error("got the session ended by what was refused")
	}
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// Without a hint of the session that is in the browser, the person is asked.
func TestLogoutAsks(t *testing.T) {
	w := newWorld(t)
	_, stranger := w.signedIn(t, "mallory@example.com")
	for name, test := range map[string]struct {
		pairs  []string
		says   []string
		fields map[string]string
		want   string
	}{
		"nothing": {nil, []string{"ada@example.com"}, map[string]string{}, ""},
		"an app":  {[]string{"client_id", string(w.app)}, []string{"ada@example.com", "Ledger &lt;b&gt; asks"}, map[string]string{"client_id": string(w.app)}, ""},
		"back to an app": {
			[]string{"client_id", string(w.app), "post_logout_redirect_uri", goodbye, "state", `"><b>`},
			[]string{"Ledger"},
			map[string]string{"client_id": string(w.app), "post_logout_redirect_uri": goodbye, "state": "&#34;&gt;&lt;b&gt;"},
			goodbye + "?state=%22%3E%3Cb%3E",
		},
		"the hint of another session": {[]string{"id_token_hint", stranger.ID}, []string{"ada@example.com"}, map[string]string{"client_id": string(w.app), "id_token_hint": stranger.ID}, ""},
	} {
		b, given := w.signedIn(t, "ada@example.com")
		var got answer
		for method, asked := range map[string]answer{"GET": b.get(t, logout(test.pairs...)), "POST": b.post(t, "/oauth2/logout", values(nil, test.pairs...))} {
			got = asked
			fields := map[string]string{}
			for _, field := range hiddenField.FindAllStringSubmatch(got.body, -1) {
				fields[field[1]] = field[2]
			}
			if diff := cmp.Diff(test.fields, fields); got.status != http.StatusOK || diff != "" {
				t.Errorf("%s, %s: got %d, fields (-want +got):\n%s", method, name, got.status, diff)
			}
			for _, text := range append(test.says, `<form method="post" action="/oauth2/logout/confirm">`) {
				if !strings.Contains(got.body, text) {
					t.Errorf("%s, %s: got %q, want %q in it", method, name, got.body, text)
				}
			}
		}
		const wantForm = "form-action 'self'"
		if policy := got.header.Get("Content-Security-Policy"); !strings.HasSuffix(policy, "; "+wantForm) || !strings.Contains(policy, "; frame-ancestors 'none'; ") {
			t.Errorf("%s: got the policy %q, want %q", name, policy, wantForm)
		}
		if !b.inSession(t) || strings.HasPrefix(name, "the hint") && !w.active(t, stranger.Access) {
			t.Errorf("%s: got a session ended before the person said so", name)
		}

		// Another site cannot say so for them.
		for _, header := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"}} {
			if got := b.post(t, "/oauth2/logout/confirm", url.Values{}, header...); got.status != http.StatusForbidden || !b.inSession(t) {
				t.Errorf("%s, confirmed by another site (%v): got %d, want 403 and the session alive", name, header, got.status)
			}
		}
		form := url.Values{}
		for _, field := range hiddenField.FindAllStringSubmatch(got.body, -1) {
			form.Set(field[1], html.UnescapeString(field[2]))
		}
		got = b.post(t, "/oauth2/logout/confirm", form, "Sec-Fetch-Site", "same-origin", "Origin", w.server.URL)
		if got.goes != test.want || b.inSession(t) || w.active(t, given.Access) {
			t.Errorf("%s, confirmed: got %d to %q, want the session ended and %q", name, got.status, got.goes, test.want)
		}
		if test.fields["id_token_hint"] != "" && w.active(t, stranger.Access) {
			t.Errorf("%s: got the session of the hint alive, want it ended too", name)
		}
		// There is nobody to ask any more.
		if again := b.get(t, logout(test.pairs...)); again.goes != test.want || strings.Contains(again.body, "<form") {
			t.Errorf("%s, again: got %d to %q with %q, want %q", name, again.status, again.goes, again.body, test.want)
		}
	}
}

// A form of another site brings no cookie, and the browser would take one that the
// answer sets: such a form takes nobody's session away, and does not tell them so.
func TestLogoutFromAnotherSite(t *testing.T) {
	w := newWorld(t)
	victim, _ := w.signedIn(t, "ada@example.com")
	_, stranger := w.signedIn(t, "mallory@example.com")
	for name, form := range map[string]url.Values{
		"nothing":         {},
		"an app":          {"client_id": {string(w.app)}, "post_logout_redirect_uri": {goodbye}, "state": {"a&b"}},
		"a stranger's":    {"id_token_hint": {stranger.ID}},
		"a stranger's, 2": {"id_token_hint": {stranger.ID}, "post_logout_redirect_uri": {goodbye}},
	} {
		got := w.browser(t).post(t, "/oauth2/logout", form, "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example")
		if cookie := got.header.Get("Set-Cookie"); cookie != "" {
			t.Errorf("%s: got the cookie %q, want that of the browser left alone", name, cookie)
		}
		if form.Has("id_token_hint") {
			continue
		}
		// With a GET the cookie comes, so that the person can be asked.
		if got.status != http.StatusSeeOther || got.location.Path != "/oauth2/logout" || !cmp.Equal(form, got.location.Query()) {
			t.Errorf("%s: got %d to %q, want 303 to the same by GET", name, got.status, got.goes)
			continue
		}
		if asked := victim.get(t, got.location.RequestURI()); !strings.Contains(asked.body, "<form") {
			t.Errorf("%s: got %d with %q, want the person asked", name, asked.status, asked.body)
		}
	}
	if !victim.inSession(t) {
		t.Error("got the session ended by another site")
	}
}

// Whoever is signed out while they say that they want to be, is signed out.
func TestSignedOutMeanwhile(t *testing.T) {
	w := newWorld(t)
	b, _ := w.signedIn(t, "grace@example.com")
	suspend := func() { w.suspendGrace(t) }
	w.faults.before.Store(&suspend)
	got := b.post(t, "/oauth2/logout/confirm", values(nil, "client_id", string(w.app), "post_logout_redirect_uri", goodbye), "Sec-Fetch-Site", "same-origin")
	if got.goes != goodbye {
		t.Errorf("got %d to %q with %q, want to go to %s", got.status, got.goes, got.body, goodbye)
	}
}

// An ID token that we did not sign is no hint, whatever it says of itself.
func TestForgedHints(t *testing.T) {
	w := newWorld(t)
	b, given := w.signedIn(t, "ada@example.com")
	parts := strings.Split(given.ID, ".")
	kid := jwtHeader(t, given.ID)["kid"]
	forge := func(algorithm, signature string) string {
		header, err := json.Marshal(map[string]any{"alg": algorithm, "typ": "JWT", "kid": kid})
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(header) + "." + parts[1] + "." + signature
	}
	mac := hmac.New(sha256.New, []byte(w.browser(t).get(t, "/oauth2/jwks").body))
	mac.Write([]byte(strings.TrimSuffix(forge("HS256", ""), ".")))
	for name, token := range map[string]string{
		"none":            forge("none", ""),
		"none, signed":    forge("none", parts[2]),
		"HS256":           forge("HS256", base64.RawURLEncoding.EncodeToString(mac.Sum(nil))),
		"RS512":           forge("RS512", parts[2]),
		"PS256":           forge("PS256", parts[2]),
		"cut":             given.ID[:len(given.ID)-8],
		"without its sig": parts[0] + "." + parts[1] + ".",
	} {
		if got := b.get(t, logout("id_token_hint", token)); got.status != http.StatusBadRequest {
			t.Errorf("%s: got %d at logout, want 400", name, got.status)
		}
		wantRedirect(t, name, b.get(t, w.request("id_token_hint", token)), callback, map[string]string{
			"error": "invalid_request", "state": "a state&=+ü", "iss": w.server.URL,
		})
	}
	if !b.inSession(t) {
		t.Error("got the session ended by a forged hint")
	}
}

// jwtHeader returns the header of a token.
func jwtHeader(t *testing.T, token string) map[string]any {
	t.Helper()
	header, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[0])
	if err != nil {
		t.Fatal(err)
	}
	return answer{body: string(header)}.json(t)
}

// The policy of a page lets through its own style, and nothing else.
func TestPageStyle(t *testing.T) {
	w := newWorld(t)
	b, _ := w.signedIn(t, "ada@example.com")
	for name, got := range map[string]answer{
		"error": b.get(t, "/oauth2/authorize"), "question": b.get(t, logout()), "signed out": w.browser(t).get(t, logout()),
	} {
		policy := got.header.Get("Content-Security-Policy")
		if _, rest, inline := strings.Cut(got.body, "<style>"); inline {
			style, _, _ := strings.Cut(rest, "</style>")
			if want := "style-src 'sha256-" + base64.StdEncoding.EncodeToString(sha(style)) + "';"; !strings.Contains(policy, want) {
				t.Errorf("%s: got the policy %q, want %q in it", name, policy, want)
			}
		}
		if strings.Contains(policy, "unsafe") || !strings.HasPrefix(policy, "default-src 'none'; ") {
			t.Errorf("%s: got the policy %q, want it strict", name, policy)
		}
		if strings.Contains(got.body, "<script") || strings.Contains(got.body, " style=") || strings.Contains(got.body, "ZgotmplZ") {
			t.Errorf("%s: got %q, want a page that its policy does not break", name, got.body)
		}
		if got.header.Get("Referrer-Policy") != "same-origin" || got.header.Get("X-Frame-Options") != "DENY" || got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: got the header %v", name, got.header)
		}
	}
}

// An app ends only sessions that it is part of, and a hint outlives its app no more.
func TestLogoutOfADeletedApp(t *testing.T) {
	w := newWorld(t)
	b, given := w.signedIn(t, "ada@example.com")
	w.update(t, func(ctx context.Context, tx chime.Tx) error { return tx.DeleteApp(ctx, "111122223333", w.app) })
	if got := b.get(t, logout("id_token_hint", given.ID)); got.status != http.StatusBadRequest {
		t.Errorf("got %d, want 400 for an app that is gone", got.status)
	}
	if got := w.browser(t).get(t, w.request("client_id", string(w.app))); got.status != http.StatusBadRequest {
		t.Errorf("authorizing: got %d, want 400 for an app that is gone", got.status)
	}
}
