package upstream_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/carillon-id/carillon/internal/upstream"
)

type object = map[string]any

const clientID = "carillon"

var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func clock() time.Time { return now }

// provider is an OpenID provider whose every answer a test may change, before it
// asks for it.
type provider struct {
	*httptest.Server
	key       *ecdsa.PrivateKey
	discovery object // beside what is required
	keys      []jose.JSONWebKey
	token     http.HandlerFunc
	userinfo  http.HandlerFunc
	asked     url.Values // the token endpoint, last
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	p := &provider{key: newKey(t), discovery: object{}}
	p.keys = []jose.JSONWebKey{{Key: p.key.Public(), KeyID: "1", Algorithm: "ES256", Use: "sig"}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		document := object{
			"issuer": p.URL, "authorization_endpoint": p.URL + "/auth", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/jwks",
			"userinfo_endpoint": p.URL + "/userinfo", "id_token_signing_alg_values_supported": []string{"ES256"},
		}
		maps.Copy(document, p.discovery)
		answer(w, http.StatusOK, document)
	})
	mux.HandleFunc("GET /jwks", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, jose.JSONWebKeySet{Keys: p.keys})
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err == nil {
			p.asked = r.PostForm
		}
		p.token(w, r)
	})
	mux.HandleFunc("GET /userinfo", func(w http.ResponseWriter, r *http.Request) { p.userinfo(w, r) })
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	p.token = p.gives(t, p.claims())
	p.userinfo = says(http.StatusInternalServerError, object{})
	return p
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client may be gone
}

func says(status int, body any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { answer(w, status, body) }
}

// claims are those of an id_token in which nothing is wrong. An id_token without
// them all has userinfo asked.
func (p *provider) claims() object {
	return object{
		"iss": p.URL, "aud": clientID, "sub": "ann", "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(), "nonce": attempt.Nonce,
		"email": "ann@corp.example", "email_verified": true, "name": "Ann", "groups": []string{"staff", "admins"}, "sid": "session",
	}
}

// with is claims in which some are others; nil is for none.
func with(claims object, names ...any) object {
	claims = maps.Clone(claims)
	for i := 0; i+1 < len(names); i += 2 {
		name, _ := names[i].(string)
		claims[name] = names[i+1]
		if names[i+1] == nil {
			delete(claims, name)
		}
	}
	return claims
}

// signed is a token of the claims, with the header's typ unless that is "".
func signed(t *testing.T, by jose.SigningKey, typ jose.ContentType, claims object) string {
	t.Helper()
	options := &jose.SignerOptions{}
	if typ != "" {
		options = options.WithType(typ)
	}
	signer, err := jose.NewSigner(by, options)
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func (p *provider) sign(t *testing.T, typ jose.ContentType, claims object) string {
	t.Helper()
	return signed(t, es256(p.key), typ, claims)
}

func es256(key *ecdsa.PrivateKey) jose.SigningKey {
	return jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: "1"}}
}

// gives has the token endpoint give an id_token of the claims.
func (p *provider) gives(t *testing.T, claims object) http.HandlerFunc {
	t.Helper()
	return givesToken(p.sign(t, "", claims))
}

func givesToken(idToken string) http.HandlerFunc {
	return says(http.StatusOK, object{"access_token": "access", "token_type": "Bearer", "refresh_token": "refresh 2", "id_token": idToken})
}

var attempt = upstream.Attempt{
	State: "a state", Nonce: "a nonce", Verifier: "a verifier of at least forty-three characters", RedirectURI: "https://id.example/signin/provider/callback",
}

func (p *provider) registration() upstream.Registration {
	return upstream.Registration{Issuer: p.URL, ClientID: clientID, ClientSecret: "hush", GroupsClaim: "groups"}
}

// party is a new relying party.
func (p *provider) party() upstream.Provider {
	return upstream.NewOpenID(p.Client(), clock).At(p.registration())
}

// same fails the test for another error than the wanted one, nil for none.
func same(t *testing.T, what string, got, want error) {
	t.Helper()
	other := map[error]error{upstream.ErrRefused: upstream.ErrUnreachable, upstream.ErrUnreachable: upstream.ErrRefused}[want]
	if !errors.Is(got, want) || other != nil && errors.Is(got, other) {
		t.Errorf("%s: got the error %v, want %v", what, got, want)
	}
}
