package oidc_test

import (
	"context"
	"encoding/base64"
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
			if cookie := got.header.Get("Set-Cookie"); !strings.HasPrefix(cookie, "carillon-session=; Path=/; Max-Age=0; HttpOnly") {
				t.Errorf("%s, %s: got the cookie %q, want it taken away", method, name, cookie)
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
