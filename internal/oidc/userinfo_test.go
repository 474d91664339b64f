package oidc_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/oidc"
	"github.com/carillon-id/carillon/internal/session"
	"github.com/carillon-id/carillon/internal/signing"
)

// userinfo asks with an access token.
func (w *world) userinfo(t *testing.T, token string) answer {
	t.Helper()
	return w.browser(t).send(t, w.newRequest(t, http.MethodGet, "/oauth2/userinfo", nil, "Authorization", "Bearer "+token))
}

// claims returns what an ID token says. Its signature is checked by TestGoClient.
func claims(t *testing.T, token string) map[string]any {
	t.Helper()
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	return answer{body: string(payload)}.json(t)
}

func number(n int64) float64 { return float64(n) }

func TestClaims(t *testing.T) {
	w := newWorld(t)
	started := w.now()
	for name, test := range map[string]struct {
		email, scope string
		want         map[string]any
	}{
		"a free user": {"ada@example.com", "openid profile email", map[string]any{
			"name": "Ada Lovelace", "email": "ada@example.com", "email_verified": true,
		}},
		"a member": {"grace@example.com", "openid email profile offline_access", map[string]any{
			"name": "Grace Hopper", "email": "grace@example.com", "email_verified": true,
			"carillon/account_id": "22222222-0000-4000-8000-000000000001", "carillon/account_type": "Team", "carillon/license": "Pro",
		}},
		"a member, openid alone": {"grace@example.com", "openid", map[string]any{
			"carillon/account_id": "22222222-0000-4000-8000-000000000001", "carillon/account_type": "Team", "carillon/license": "Pro",
		}},
		"a free user, with a name": {"ada@example.com", "openid profile", map[string]any{"name": "Ada Lovelace"}},
	} {
		w.clock.Store(started.UnixMicro())
		_, given := w.signedIn(t, test.email, "scope", test.scope)
		token := claims(t, given.ID)
		if given.Scope != test.scope {
			t.Errorf("%s: got the scope %q, want %q", name, given.Scope, test.scope)
		}
		test.want["sub"], test.want["sid"] = token["sub"], token["sid"]
		if token["sub"] == "" || token["sid"] == "" {
			t.Errorf("%s: got sub %q and sid %q, want both", name, token["sub"], token["sid"])
		}
		if diff := cmp.Diff(test.want, w.userinfo(t, given.Access).json(t)); diff != "" {
			t.Errorf("%s: userinfo (-want +got):\n%s", name, diff)
		}
		sum := sha256.Sum256([]byte(given.Access))
		test.want["iss"], test.want["aud"], test.want["nonce"] = w.server.URL, string(w.app), "n-0S6_WzA2Mj"
		test.want["iat"], test.want["exp"] = number(started.Unix()), number(started.Add(oidc.IDTokenLifetime).Unix())
		test.want["auth_time"], test.want["at_hash"] = number(started.Unix()), base64.RawURLEncoding.EncodeToString(sum[:16])
		if diff := cmp.Diff(test.want, token); diff != "" {
			t.Errorf("%s: ID token (-want +got):\n%s", name, diff)
		}

		// With a refresh token comes an ID token of the same sign-in, without the nonce
		// (OpenID Connect Core 1.0, section 12.2).
		w.advance(time.Minute)
		again := w.call(t, "/oauth2/token", refreshForm(given.Refresh)).tokens(t)
		sum = sha256.Sum256([]byte(again.Access))
		delete(test.want, "nonce")
		test.want["iat"], test.want["exp"] = number(w.now().Unix()), number(w.now().Add(oidc.IDTokenLifetime).Unix())
		test.want["at_hash"] = base64.RawURLEncoding.EncodeToString(sum[:16])
		if diff := cmp.Diff(test.want, claims(t, again.ID)); diff != "" {
			t.Errorf("%s: ID token by refresh (-want +got):\n%s", name, diff)
		}
	}
}

// What comes back is what was sent, whatever it was.
func TestNonce(t *testing.T) {
	w := newWorld(t)
	b, _ := w.signedIn(t, "ada@example.com")
	for _, nonce := range []string{"<script>&\u2028", "ünïcode", strings.Repeat("n", 1000), `"\`} {
		given := w.call(t, "/oauth2/token", codeForm(b.code(t, "", "nonce", nonce, "prompt", "none"))).tokens(t)
		if got := claims(t, given.ID)["nonce"]; got != nonce {
			t.Errorf("got the nonce %q, want %q", got, nonce)
		}
	}
	given := w.call(t, "/oauth2/token", codeForm(b.code(t, "", "nonce", "-"))).tokens(t)
	if got, ok := claims(t, given.ID)["nonce"]; ok {
		t.Errorf("got the nonce %q, want none", got)
	}
}

func TestUserinfoIsFresh(t *testing.T) {
	w := newWorld(t)
	_, given := w.signedIn(t, "grace@example.com")
	w.changeGrace(t, func(_ *chime.Account, m *chime.Member) { m.License = chime.Basic })
	if got := w.userinfo(t, given.Access).json(t)["carillon/license"]; got != "Basic" {
		t.Errorf("got the license %v, want that of now", got)
	}
	form := url.Values{}
	got := w.browser(t).post(t, "/oauth2/userinfo", form, "Authorization", "bearer "+given.Access)
	if got.status != http.StatusOK || got.json(t)["carillon/license"] != "Basic" {
		t.Errorf("by POST: got %d with %s, want the same", got.status, got.body)
	}
	w.suspendGrace(t)
	wantChallenge(t, "suspended", w.userinfo(t, given.Access), http.StatusUnauthorized, "invalid_token")
}

// wantChallenge checks a refusal of an access token.
func wantChallenge(t *testing.T, name string, got answer, status int, code string) {
	t.Helper()
	challenge := got.header.Get("WWW-Authenticate")
	if got.status != status || !strings.HasPrefix(challenge, `Bearer realm="carillon", error="`+code+`", `) {
		t.Errorf("%s: got %d with %q, want %d with %s", name, got.status, challenge, status, code)
	}
}

func TestUserinfoRefuses(t *testing.T) {
	w := newWorld(t)
	b, given := w.signedIn(t, "ada@example.com")
	code := b.code(t, "ada@example.com")
	narrow := w.call(t, "/oauth2/token", refreshForm(given.Refresh, "scope", "email")).tokens(t)
	for name, token := range map[string]string{
		"a refresh token": narrow.Refresh, "a used refresh token": given.Refresh, "a code": code, "an ID token": given.ID, "nothing known": "x",
		"a hash": base64.RawURLEncoding.EncodeToString(sha(given.Access)),
	} {
		wantChallenge(t, name, w.userinfo(t, token), http.StatusUnauthorized, "invalid_token")
	}
	got := w.userinfo(t, narrow.Access)
	wantChallenge(t, "no openid", got, http.StatusForbidden, "insufficient_scope")
	if !strings.HasSuffix(got.header.Get("WWW-Authenticate"), `, scope="openid"`) {
		t.Errorf("no openid: got %q, want the scope that is needed", got.header.Get("WWW-Authenticate"))
	}
	for name, header := range map[string][]string{
		"nothing":         nil,
		"Basic":           {"Authorization", authorization(w.app, appSecret)},
		"DPoP":            {"Authorization", "DPoP " + given.Access},
		"Token":           {"Authorization", "Token " + given.Access},
		"no scheme":       {"Authorization", given.Access},
		"an empty token":  {"Authorization", "Bearer "},
		"a scheme alone":  {"Authorization", "Bearer"},
		"an empty header": {"Authorization", ""},
	} {
		got := b.send(t, w.newRequest(t, http.MethodGet, "/oauth2/userinfo?access_token="+given.Access, nil, header...))
		if got.status != http.StatusUnauthorized || got.header.Get("WWW-Authenticate") != `Bearer realm="carillon"` {
			t.Errorf("%s: got %d with %q, want 401 and what to bring", name, got.status, got.header.Get("WWW-Authenticate"))
		}
		got = b.post(t, "/oauth2/userinfo", url.Values{"access_token": {given.Access}}, header...)
		if got.status != http.StatusUnauthorized {
			t.Errorf("%s, and a token in the body: got %d, want 401", name, got.status)
		}
	}
	twice := b.send(t, w.newRequest(t, http.MethodGet, "/oauth2/userinfo", nil, "Authorization", "Bearer "+given.Access, "Authorization", "Bearer x"))
	wantChallenge(t, "two headers", twice, http.StatusBadRequest, "invalid_request")
	w.advance(session.AccessTokenLifetime)
	wantChallenge(t, "expired", w.userinfo(t, given.Access), http.StatusUnauthorized, "invalid_token")
}

func sha(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:]
}

func TestIntrospect(t *testing.T) {
	w := newWorld(t)
	started := w.now()
	_, given := w.signedIn(t, "grace@example.com", "scope", "openid email")
	token := claims(t, given.ID)
	common := map[string]any{
		"active": true, "scope": "openid email", "client_id": string(w.app), "aud": string(w.app), "iss": w.server.URL,
		"sub": "33333333-0000-4000-8000-000000000001", "sid": token["sid"], "iat": number(started.Unix()),
		"carillon/account_id": "22222222-0000-4000-8000-000000000001", "carillon/account_type": "Team", "carillon/license": "Pro",
	}
	for name, test := range map[string]struct {
		token    string
		lifetime time.Duration
		extra    map[string]any
	}{
		"access token":  {given.Access, session.AccessTokenLifetime, map[string]any{"token_type": "Bearer"}},
		"refresh token": {given.Refresh, session.RefreshTokenLifetime, nil},
	} {
		want := map[string]any{"exp": number(started.Add(test.lifetime).Unix())}
		for _, members := range []map[string]any{common, test.extra} {
			for member, value := range members {
				want[member] = value
			}
		}
		for _, hint := range []string{"", "access_token", "refresh_token", "unknown"} {
			got := w.call(t, "/oauth2/introspect", url.Values{"token": {test.token}, "token_type_hint": {hint}})
			if diff := cmp.Diff(want, got.json(t)); diff != "" {
				t.Errorf("%s with the hint %q (-want +got):\n%s", name, hint, diff)
			}
			if got.header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: got Cache-Control %q, want no-store", name, got.header.Get("Cache-Control"))
			}
		}
	}
}

// An app learns of what is dead, or not its own, nothing but that.
func TestIntrospectTellsNothing(t *testing.T) {
	w := newWorld(t)
	b, given := w.signedIn(t, "ada@example.com")
	code := b.code(t, "ada@example.com")
	for name, got := range map[string]answer{
		"unknown":            w.call(t, "/oauth2/introspect", url.Values{"token": {"unknown"}}),
		"a code":             w.call(t, "/oauth2/introspect", url.Values{"token": {code}}),
		"an ID token":        w.call(t, "/oauth2/introspect", url.Values{"token": {given.ID}}),
		"not base64url":      w.call(t, "/oauth2/introspect", url.Values{"token": {"☃"}}),
		"another app's":      b.post(t, "/oauth2/introspect", url.Values{"token": {given.Access}}, "Authorization", authorization(w.other, appSecret)),
		"another's, refresh": b.post(t, "/oauth2/introspect", url.Values{"token": {given.Refresh}}, "Authorization", authorization(w.other, appSecret)),
	} {
		if got.status != http.StatusOK || got.body != `{"active":false}` {
			t.Errorf("%s: got %d with %s, want that it is not active", name, got.status, got.body)
		}
	}
	wantError(t, "a live token, a wrong secret", b.post(t, "/oauth2/introspect", url.Values{"token": {given.Access}},
		"Authorization", authorization(w.app, "wrong")), http.StatusUnauthorized, "invalid_client")
	public := url.Values{"client_id": {string(w.public)}}
	live := b.post(t, "/oauth2/token", values(codeForm(b.code(t, "", "client_id", string(w.public))), "client_id", string(w.public))).tokens(t)
	for name, token := range map[string]string{"a public app": "unknown", "a public app, of its own token": live.Access} {
		wantError(t, name, b.post(t, "/oauth2/introspect", values(public, "token", token)), http.StatusUnauthorized, "invalid_client")
	}
	wantError(t, "no token", w.call(t, "/oauth2/introspect", url.Values{}), http.StatusBadRequest, "invalid_request")
	wantError(t, "two tokens", w.call(t, "/oauth2/introspect", url.Values{"token": {"a", "b"}}), http.StatusBadRequest, "invalid_request")
	wantError(t, "a NUL", w.call(t, "/oauth2/introspect", url.Values{"token": {"a\x00"}}), http.StatusBadRequest, "invalid_request")
}

func TestRevoke(t *testing.T) {
	w := newWorld(t)
	revoke := func(as chime.ClientID, token string) {
		t.Helper()
		got := w.browser(t).post(t, "/oauth2/revoke", url.Values{"token": {token}, "token_type_hint": {"whatever"}}, "Authorization", authorization(as, appSecret))
		if got.status != http.StatusOK || got.body != "" || got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("got %d with %q, want 200 and nothing", got.status, got.body)
		}
	}
	_, given := w.signedIn(t, "ada@example.com")
	revoke(w.app, "unknown")
	revoke(w.other, given.Access)
	revoke(w.other, given.Refresh)
	if !w.active(t, given.Access) || !w.active(t, given.Refresh) {
		t.Error("got tokens revoked by another app")
	}
	revoke(w.app, given.Access)
	revoke(w.app, given.Access)
	if w.active(t, given.Access) || !w.active(t, given.Refresh) {
		t.Error("access token: got it alive or its refresh token dead, want it revoked alone")
	}
	next := w.call(t, "/oauth2/token", refreshForm(given.Refresh)).tokens(t)
	revoke(w.app, next.Refresh)
	if w.active(t, next.Access) || w.active(t, next.Refresh) {
		t.Error("refresh token: got tokens of its grant alive, want all revoked")
	}
	wantError(t, "no token", w.call(t, "/oauth2/revoke", url.Values{}), http.StatusBadRequest, "invalid_request")
}

func TestDiscovery(t *testing.T) {
	w := newWorld(t)
	at := w.server.URL
	var want map[string]any
	err := json.Unmarshal([]byte(`{
		"issuer": "`+at+`",
		"authorization_endpoint": "`+at+`/oauth2/authorize",
		"token_endpoint": "`+at+`/oauth2/token",
		"userinfo_endpoint": "`+at+`/oauth2/userinfo",
		"jwks_uri": "`+at+`/oauth2/jwks",
		"introspection_endpoint": "`+at+`/oauth2/introspect",
		"revocation_endpoint": "`+at+`/oauth2/revoke",
		"end_session_endpoint": "`+at+`/oauth2/logout",
		"scopes_supported": ["openid", "profile", "email", "offline_access"],
		"response_types_supported": ["code"],
		"response_modes_supported": ["query"],
		"grant_types_supported": ["authorization_code", "refresh_token"],
		"subject_types_supported": ["public"],
		"id_token_signing_alg_values_supported": ["RS256"],
		"token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
		"introspection_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
		"revocation_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
		"code_challenge_methods_supported": ["S256"],
		"prompt_values_supported": ["none", "login", "consent", "select_account"],
		"claims_supported": ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "sid", "name", "email", "email_verified",
			"carillon/account_id", "carillon/account_type", "carillon/license"],
		"claims_parameter_supported": false,
		"request_parameter_supported": false,
		"request_uri_parameter_supported": false,
		"authorization_response_iss_parameter_supported": true,
		"backchannel_logout_supported": true,
		"backchannel_logout_session_supported": true
	}`), &want)
	if err != nil {
		t.Fatal(err)
	}
	got := w.browser(t).get(t, "/.well-known/openid-configuration")
	if diff := cmp.Diff(want, got.json(t)); diff != "" {
		t.Errorf("discovery (-want +got):\n%s", diff)
	}
	if got.header.Get("Cache-Control") != "public, max-age=3600" || got.header.Get("Content-Type") != "application/json" {
		t.Errorf("got the header %v, want what may be kept for an hour", got.header)
	}
}

// What the document names exists.
func TestDiscoveryTellsWhatExists(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t)
	paths := 0
	for name, value := range b.get(t, "/.well-known/openid-configuration").json(t) {
		address, isText := value.(string)
		path, ours := strings.CutPrefix(address, w.server.URL)
		if !isText || !ours || name == "issuer" {
			continue
		}
		paths++
		if got := b.send(t, w.newRequest(t, http.MethodOptions, path, nil)); got.status != http.StatusNoContent {
			t.Errorf("%s: got %d at %s, want an endpoint", name, got.status, path)
		}
	}
	if paths != 7 {
		t.Errorf("got %d addresses in the document, want 7", paths)
	}
}

// Whoever keeps the key set for as long as they may knows the key of every token.
func TestKeysAreKnownAhead(t *testing.T) {
	w := newWorld(t)
	keySet := func() (ids []any) {
		got := w.browser(t).get(t, "/oauth2/jwks")
		age, err := strconv.Atoi(strings.TrimPrefix(got.header.Get("Cache-Control"), "public, max-age="))
		if err != nil || 2*time.Duration(age)*time.Second > signing.MinPeriod {
			t.Fatalf("got Cache-Control %q, want far less than the shortest period of a key, %v", got.header.Get("Cache-Control"), signing.MinPeriod)
		}
		keys, _ := got.json(t)["keys"].([]any)
		for _, key := range keys {
			members, _ := key.(map[string]any)
			ids = append(ids, members["kid"])
		}
		return ids
	}
	cached := keySet()
	_, given := w.signedIn(t, w.somebody())
	first := jwtHeader(t, given.ID)["kid"]
	for range 3 {
		w.advance(signing.MinPeriod)
		w.retireKey(t, signing.MinPeriod)
		_, given := w.signedIn(t, w.somebody())
		if signer := jwtHeader(t, given.ID)["kid"]; signer == first || !slices.Contains(cached, signer) {
			t.Errorf("got signed by %v, want another key than %v that was in the set before, %v", signer, first, cached)
		}
		if cached = keySet(); !slices.Contains(cached, first) {
			t.Errorf("got the key set %v, want the retired key %v in it", cached, first)
		}
	}
}

// The key set has public keys, and nothing of private ones.
func TestJWKS(t *testing.T) {
	w := newWorld(t)
	keys, ok := w.browser(t).get(t, "/oauth2/jwks").json(t)["keys"].([]any)
	if !ok || len(keys) != 2 {
		t.Fatalf("got the keys %v, want the active one and the next", keys)
	}
	for _, key := range keys {
		members, ok := key.(map[string]any)
		if !ok {
			t.Fatalf("got the key %v", key)
		}
		for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "k"} {
			if members[private] != nil {
				t.Errorf("got the member %s, which is private", private)
			}
		}
		if members["kty"] != "RSA" || members["use"] != "sig" || members["alg"] != "RS256" || members["kid"] == "" {
			t.Errorf("got the key %v, want RSA, sig, RS256 and an id", members)
		}
	}
}
