package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// upstreamClient is what providers know the server by.
const upstreamClient = "carillon"

// vouched is whom a provider vouches for.
type vouched struct{ subject, email, sid string }

// upstreamProvider is an OpenID provider, and Login with Amazon.
type upstreamProvider struct {
	server *httptest.Server
	now    func() time.Time
	signer jose.Signer
	mu     sync.Mutex
	given  map[string]given // by code, and by access token
	secret string           // that the server has to have; "" for any
}

// given is what a code, or an access token, was given for.
type given struct {
	vouched
	nonce string
}

func newUpstreamProvider(tb testing.TB, now func() time.Time) *upstreamProvider {
	tb.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	key := jose.JSONWebKey{Key: private, KeyID: "1", Algorithm: string(jose.ES256), Use: "sig"}
	u := &upstreamProvider{now: now, given: map[string]given{}}
	if u.signer, err = jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, nil); err != nil {
		tb.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", u.discovery)
	mux.HandleFunc("GET /jwks", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key.Public()}})
	})
	mux.HandleFunc("POST /token", u.token)
	mux.HandleFunc("GET /profile", u.profile)
	u.server = httptest.NewServer(mux)
	tb.Cleanup(u.server.Close)
	return u
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the client may be gone
}

func (u *upstreamProvider) discovery(w http.ResponseWriter, _ *http.Request) {
	issuer := u.server.URL
	writeJSON(w, map[string]any{
		"issuer": issuer, "authorization_endpoint": issuer + "/authorize", "token_endpoint": issuer + "/token", "jwks_uri": issuer + "/jwks",
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
		"id_token_signing_alg_values_supported": []string{string(jose.ES256)},
	})
}

// vouch answers the request that a browser was sent with: somebody signed in. It
// returns the path, at the server, that the browser goes back to.
func (u *upstreamProvider) vouch(tb testing.TB, request *url.URL, who vouched) string {
	tb.Helper()
	query := request.Query()
	back, err := url.Parse(query.Get("redirect_uri"))
	if err != nil || !strings.HasPrefix(request.String(), u.server.URL) || back.Host == "" {
		tb.Fatalf("the browser was sent to %s", request)
	}
	code := rand.Text()
	u.mu.Lock()
	defer u.mu.Unlock()
	u.given[code] = given{who, query.Get("nonce")}
	return back.Path + "?" + url.Values{"code": {code}, "state": {query.Get("state")}}.Encode()
}

func (u *upstreamProvider) token(w http.ResponseWriter, r *http.Request) {
	u.mu.Lock()
	defer u.mu.Unlock()
	who, ok := u.given[r.PostFormValue("code")]
	_, secret, basic := r.BasicAuth()
	if !basic {
		secret = r.PostFormValue("client_secret")
	}
	ok = ok && (u.secret == "" || u.secret == secret)
	access := rand.Text()
	u.given[access] = who
	idToken, err := u.sign(map[string]any{
		"sub": who.subject, "nonce": who.nonce, "sid": who.sid, "email": who.email, "email_verified": who.email != "", "name": "Somebody",
	})
	if !ok || err != nil {
		http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
		return
	}
	writeJSON(w, map[string]any{"access_token": access, "token_type": "Bearer", "expires_in": 3600, "id_token": idToken})
}

func (u *upstreamProvider) profile(w http.ResponseWriter, r *http.Request) {
	u.mu.Lock()
	defer u.mu.Unlock()
	who := u.given[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	writeJSON(w, map[string]string{"user_id": who.subject, "name": "Somebody"})
}

// sign makes a token of the claims for the server.
func (u *upstreamProvider) sign(claims map[string]any) (string, error) {
	now := u.now()
	claims["iss"], claims["aud"], claims["iat"], claims["exp"] = u.server.URL, upstreamClient, now.Unix(), now.Add(time.Minute).Unix()
	return jwt.Signed(u.signer).Claims(claims).Serialize()
}

// logoutToken says that somebody was signed out, everywhere or, with a sid, there.
func (u *upstreamProvider) logoutToken(tb testing.TB, subject, sid string) string {
	tb.Helper()
	claims := map[string]any{
		"sub": subject, "jti": rand.Text(), "events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}},
	}
	if sid != "" {
		claims["sid"] = sid
	}
	token, err := u.sign(claims)
	if err != nil {
		tb.Fatal(err)
	}
	return token
}

// signInByAmazon reports whether Login with Amazon signs the customer in by itself;
// else the login goes on, and asks for an address.
func (b *browser) signInByAmazon(tb testing.TB, u *upstreamProvider, login string, who vouched) bool {
	tb.Helper()
	return b.arrives(tb, b.get(tb, u.vouch(tb, b.post(tb, "/signin/amazon?"+login).to, who)))
}

// signInByProvider reports whether the provider of the address's domain signs in.
func (b *browser) signInByProvider(tb testing.TB, u *upstreamProvider, address string, who vouched) bool {
	tb.Helper()
	login := b.begin(tb)
	got := b.post(tb, "/signin?"+login, "email", address)
	if !strings.HasPrefix(got.to.String(), u.server.URL) {
		return false
	}
	return b.arrives(tb, b.get(tb, u.vouch(tb, got.to, who)))
}
