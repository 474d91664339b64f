package signin_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/session"
)

// corp is the OpenID provider of the account "corp", whose people are at
// corp.example. The code that it is sent is the sub of who signed in.
type corp struct {
	*httptest.Server
	w      *world
	signer jose.Signer
	nonce  string // of the newest request
	sid    string
}

func (w *world) corp(t *testing.T) *corp {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &corp{w: w}
	if c.signer, err = jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: "1"}}, nil); err != nil {
		t.Fatal(err)
	}
	says := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v) // the client may be gone
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		says(w, map[string]any{
			"issuer": c.URL, "authorization_endpoint": c.URL + "/auth", "token_endpoint": c.URL + "/token", "jwks_uri": c.URL + "/jwks",
			"id_token_signing_alg_values_supported": []string{"ES256"},
		})
	})
	mux.HandleFunc("GET /jwks", func(w http.ResponseWriter, _ *http.Request) {
		says(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "1", Algorithm: "ES256", Use: "sig"}}})
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		sub := r.PostFormValue("code")
		token := c.sign(t, map[string]any{
			"sub": sub, "nonce": c.nonce, "sid": c.sid, "email": sub + "@corp.example", "email_verified": true, "name": "<i>" + sub + "</i>",
		})
		says(w, map[string]any{"access_token": "access", "token_type": "Bearer", "refresh_token": "refresh", "id_token": token})
	})
	c.Server = httptest.NewServer(mux)
	t.Cleanup(c.Close)
	w.account(t, "corp", chime.EnterpriseOIDC, "corp.example")
	ctx := t.Context()
	err = w.Store.Update(ctx, func(tx chime.Tx) error {
		return tx.PutProvider(ctx, chime.Provider{Account: "corp", Issuer: c.URL, ClientID: "carillon", Created: w.now()})
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *corp) sign(t *testing.T, claims map[string]any) string {
	t.Helper()
	claims["iss"], claims["aud"], claims["iat"], claims["exp"] = c.URL, "carillon", c.w.now().Unix(), c.w.now().Add(time.Minute).Unix()
	token, err := jwt.Signed(c.signer).Claims(claims).Serialize()
	if err != nil {
		t.Error(err)
	}
	return token
}

// send begins a sign-in there, and returns where the browser comes back with the
// word that it is sub's.
func (c *corp) send(t *testing.T, b *browser, sub string) string {
	t.Helper()
	got := b.post(t, c.w.begin(t, b, "app"), "email", sub+"@corp.example")
	to, err := url.Parse(got.goes)
	if err != nil || !strings.HasPrefix(got.goes, c.URL+"/auth?") || to.Query().Get("login_hint") != sub+"@corp.example" {
		t.Fatalf("got %d to %q (%v), want the provider", got.status, got.goes, err)
	}
	c.nonce = to.Query().Get("nonce")
	return "/signin/provider/callback?" + url.Values{"state": {to.Query().Get("state")}, "code": {sub}}.Encode()
}

func (c *corp) signIn(t *testing.T, b *browser, sub, sid string) {
	t.Helper()
	c.sid = sid
	if got := b.get(t, c.send(t, b, sub)); got.body != "<i>"+sub+"</i> is at app" {
		t.Fatalf("got %d with %q, want to be at the app", got.status, got.body)
	}
}

// logOut has the provider say that somebody was signed out.
func (c *corp) logOut(t *testing.T, claims map[string]any) answer {
	t.Helper()
	claims["events"] = map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}}
	if claims["jti"] == nil {
		claims["jti"] = rand.Text()
	}
	return c.w.browser(t).send(t, http.MethodPost, "/backchannel/corp", url.Values{"logout_token": {c.sign(t, claims)}}, "Sec-Fetch-Site", "cross-site")
}

func TestProvider(t *testing.T) {
	w := newWorld(t)
	c := w.corp(t)
	b, thief := w.browser(t), w.browser(t)
	back := c.send(t, b, "ann")
	if got := thief.get(t, back); got.status != http.StatusForbidden {
		t.Errorf("an answer in another browser: got %d", got.status)
	}
	if got := b.get(t, back+"&iss=https%3A%2F%2Fevil.example"); got.status != http.StatusForbidden || !strings.Contains(got.body, "You were not signed in") {
		t.Errorf("an answer of another issuer: got %d with %q", got.status, got.body)
	}
	if got := b.get(t, back); got.status != http.StatusForbidden {
		t.Errorf("the same answer again: got %d", got.status)
	}
	back = c.send(t, b, "ann")
	c.nonce = "another"
	if got := b.get(t, back); got.status != http.StatusForbidden {
		t.Errorf("an id_token of another sign-in: got %d with %q", got.status, got.body)
	}
	c.signIn(t, b, "ann", "one")
	if page := b.get(t, "/me").body; !strings.Contains(page, "&lt;i&gt;ann&lt;/i&gt;") || strings.Contains(page, "<i>") || !strings.Contains(page, "your organization") {
		t.Errorf("got %q, want the name as it is, and how they signed in", page)
	}
	// No code is mailed past the provider.
	mailed := b.post(t, w.begin(t, b, "app"), "email", "Ann@CORP.example")
	if len(w.codes) > 0 || !strings.HasPrefix(mailed.goes, c.URL) {
		t.Errorf("got codes for %v", w.codes)
	}
	c.Close()
	got := b.post(t, w.begin(t, b, "app"), "email", "ann@corp.example") // it is known still
	if !strings.HasPrefix(got.goes, c.URL) {
		t.Errorf("while the provider is gone: got %d to %q", got.status, got.goes)
	}
}

// TestProviderLogsOut: what the provider ends is over at once: all of a person's, one
// of them, or one that it names by its sid alone.
func TestProviderLogsOut(t *testing.T) {
	w := newWorld(t)
	c := w.corp(t)
	alive := func(b *browser) bool { return b.get(t, "/me").status == http.StatusOK }
	browsers := map[string]*browser{}
	for _, sid := range []string{"one", "two", "three"} {
		browsers[sid] = w.browser(t)
		c.signIn(t, browsers[sid], "ann", sid)
	}
	other := w.browser(t)
	c.signIn(t, other, "bob", "four")
	logOut := func(what string, claims map[string]any, status int, left ...string) {
		t.Helper()
		if got := c.logOut(t, claims); got.status != status || got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: got %d with %q, want %d", what, got.status, got.body, status)
		}
		for sid, b := range browsers {
			if want := strings.Contains(strings.Join(left, " "), sid); alive(b) != want {
				t.Errorf("%s: the session %s is alive: %v", what, sid, !want)
			}
		}
	}
	logOut("a nonce", map[string]any{"sub": "ann", "nonce": "n"}, 400, "one", "two", "three")
	logOut("nobody", map[string]any{}, 400, "one", "two", "three")
	logOut("an unknown session", map[string]any{"sid": "five"}, 200, "one", "two", "three")
	logOut("another's session", map[string]any{"sub": "ann", "sid": "four"}, 200, "one", "two", "three")
	logOut("one by its sid alone", map[string]any{"sid": "one"}, 200, "two", "three")
	logOut("one", map[string]any{"sub": "ann", "sid": "two"}, 200, "three")
	w.store.gone.Store(true)
	if got := c.logOut(t, map[string]any{"sub": "ann", "jti": "again"}); got.status != http.StatusServiceUnavailable {
		t.Errorf("without a store: got %d", got.status)
	}
	w.store.gone.Store(false)
	logOut("all, again", map[string]any{"sub": "ann", "jti": "again"}, 200)
	c.signIn(t, browsers["one"], "ann", "six")
	logOut("a replay", map[string]any{"sub": "ann", "jti": "again"}, 200, "one")
	if !alive(other) {
		t.Error("somebody else was signed out")
	}
	w.pass(session.UpstreamLifetime)
	if alive(other) {
		t.Error("got a session that nobody confirmed alive")
	}
}
