package upstream_test

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/carillon-id/carillon/internal/upstream"
)

func TestBegin(t *testing.T) {
	p := newProvider(t)
	p.discovery["scopes_supported"] = []string{"openid", "offline_access", "groups"}
	to, err := p.party().Begin(t.Context(), attempt, "ann@corp.example")
	if err != nil {
		t.Fatal(err)
	}
	address, err := url.Parse(to)
	if err != nil || !strings.HasPrefix(to, p.URL+"/auth?") {
		t.Fatalf("got %s (%v), want the authorization endpoint", to, err)
	}
	got := address.Query()
	challenge := got.Get("code_challenge")
	got.Del("code_challenge")
	want := url.Values{
		"response_type": {"code"}, "client_id": {clientID}, "redirect_uri": {attempt.RedirectURI}, "state": {attempt.State}, "nonce": {attempt.Nonce},
		"code_challenge_method": {"S256"}, "scope": {"openid profile email offline_access groups"}, "login_hint": {"ann@corp.example"},
	}
	if diff := cmp.Diff(want, got); diff != "" || len(challenge) != 43 || strings.Contains(to, attempt.Verifier) {
		t.Errorf("the request: got %s (-want +got):\n%s", to, diff)
	}
}

func TestDiscovery(t *testing.T) {
	for name, spoil := range map[string]func(*provider){
		"gone":           func(p *provider) { p.Close() },
		"another issuer": func(p *provider) { p.discovery["issuer"] = "https://evil.example" },
		"a script":       func(p *provider) { p.discovery["authorization_endpoint"] = "javascript:alert(1)//" },
		"a path":         func(p *provider) { p.discovery["authorization_endpoint"] = "/auth" },
		"an odd shape":   func(p *provider) { p.discovery["scopes_supported"] = "openid" },
	} {
		p := newProvider(t)
		spoil(p)
		_, err := p.party().Begin(t.Context(), attempt, "")
		same(t, name, err, upstream.ErrUnreachable)
		_, err = p.party().Finish(t.Context(), attempt, "code", "")
		same(t, name, err, upstream.ErrUnreachable)
		_, err = p.party().Refresh(t.Context(), "ann", "refresh 1")
		same(t, name, err, upstream.ErrUnreachable)
	}
	// What was read before is better than nothing.
	p := newProvider(t)
	passed := time.Duration(0)
	party := upstream.NewOpenID(p.Client(), func() time.Time { return now.Add(passed) }).At(p.registration())
	for range 3 {
		if _, err := party.Begin(t.Context(), attempt, ""); err != nil {
			t.Errorf("%v later, and the provider gone: %v", passed, err)
		}
		p.Close()
		passed += 50 * time.Minute
	}
}

func TestFinish(t *testing.T) {
	p := newProvider(t)
	got, err := p.party().Finish(t.Context(), attempt, "the code", "")
	if err != nil {
		t.Fatal(err)
	}
	want := upstream.Identity{
		Issuer: p.URL, Subject: "ann", Email: "ann@corp.example", Name: "Ann", Groups: []string{"staff", "admins"}, SID: "session", Token: "refresh 2",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the identity (-want +got):\n%s", diff)
	}
	form := url.Values{"grant_type": {"authorization_code"}, "code": {"the code"}, "redirect_uri": {attempt.RedirectURI}, "code_verifier": {attempt.Verifier}}
	if diff := cmp.Diff(form, p.asked); diff != "" {
		t.Errorf("what the token endpoint was asked (-want +got):\n%s", diff)
	}
}

// TestIDTokens has id_tokens in which something is wrong.
func TestIDTokens(t *testing.T) {
	p := newProvider(t)
	claims := p.claims()
	for name, c := range map[string]struct {
		claims object
		want   error
	}{
		"one of several audiences": {with(claims, "aud", []string{"other", clientID}), nil},
		"another issuer":           {with(claims, "iss", "https://evil.example"), upstream.ErrUnreachable},
		"another's issuer path":    {with(claims, "iss", p.URL+"/"), upstream.ErrUnreachable},
		"no issuer":                {with(claims, "iss", nil), upstream.ErrUnreachable},
		"another audience":         {with(claims, "aud", "other"), upstream.ErrUnreachable},
		"no audience":              {with(claims, "aud", nil), upstream.ErrUnreachable},
		"expired":                  {with(claims, "exp", now.Add(-time.Second).Unix()), upstream.ErrUnreachable},
		"no end":                   {with(claims, "exp", nil), upstream.ErrUnreachable},
		"not yet":                  {with(claims, "nbf", now.Add(time.Hour).Unix()), upstream.ErrUnreachable},
		"another nonce":            {with(claims, "nonce", "another"), upstream.ErrRefused},
		"no nonce":                 {with(claims, "nonce", nil), upstream.ErrRefused},
		"no subject":               {with(claims, "sub", nil), upstream.ErrUnreachable},
		"an empty subject":         {with(claims, "sub", ""), upstream.ErrUnreachable},
		"a long subject":           {with(claims, "sub", strings.Repeat("x", 256)), upstream.ErrUnreachable},
		"a subject that is none":   {with(claims, "sub", 7), upstream.ErrUnreachable},
	} {
		p.token = p.gives(t, c.claims)
		_, err := p.party().Finish(t.Context(), attempt, "code", "")
		same(t, name, err, c.want)
	}
}

// unsigned is a token that nobody signed.
func unsigned(t *testing.T, claims object) string {
	t.Helper()
	text, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + base64.RawURLEncoding.EncodeToString(text) + "."
}

// forgeries are tokens of the claims that the provider did not sign.
func (p *provider) forgeries(t *testing.T, claims object) map[string]string {
	t.Helper()
	good := p.sign(t, "", claims)
	head, _, _ := strings.Cut(good, ".")
	_, tail, _ := strings.Cut(p.sign(t, "", with(claims, "sub", "eve")), ".")
	public, err := json.Marshal(p.keys[0])
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		"none":                       "",
		"no token":                   "x.y.z",
		"nobody's":                   unsigned(t, claims),
		"another key's":              signed(t, es256(newKey(t)), "", claims),
		"the secret's":               signed(t, jose.SigningKey{Algorithm: jose.HS256, Key: append([]byte("hush"), make([]byte, 28)...)}, "", claims),
		"the public key as a secret": signed(t, jose.SigningKey{Algorithm: jose.HS256, Key: public}, "", claims),
		"without its signature":      good[:strings.LastIndex(good, ".")+1],
		"another's claims":           head + "." + strings.Split(tail, ".")[0] + good[strings.LastIndex(good, "."):],
		"with more behind it":        good + "." + rand.Text(),
	}
}

func TestForgedIDTokens(t *testing.T) {
	p := newProvider(t)
	for name, token := range p.forgeries(t, p.claims()) {
		p.token = givesToken(token)
		_, err := p.party().Finish(t.Context(), attempt, "code", "")
		same(t, name, err, upstream.ErrUnreachable)
	}
}

// TestKeysChange: a key that is new is looked up, once there is a token of it.
func TestKeysChange(t *testing.T) {
	p := newProvider(t)
	party := p.party()
	for range 2 {
		if _, err := party.Finish(t.Context(), attempt, "code", ""); err != nil {
			t.Errorf("a token of the newest key: %v", err)
		}
		p.key = newKey(t)
		p.keys = []jose.JSONWebKey{{Key: p.key.Public(), KeyID: "1", Algorithm: "ES256", Use: "sig"}}
		p.token = p.gives(t, p.claims())
	}
}

// TestEmailVerified: an address counts when the provider says so, and not else.
func TestEmailVerified(t *testing.T) {
	p := newProvider(t)
	for _, c := range []struct {
		verified any
		counts   bool
	}{{true, true}, {"true", true}, {false, false}, {"false", false}, {nil, false}, {1, false}, {"TRUE", false}, {"", false}, {object{"a": true}, false}} {
		p.token = p.gives(t, with(p.claims(), "email_verified", c.verified))
		got, err := p.party().Finish(t.Context(), attempt, "code", "")
		if err != nil || (got.Email != "") != c.counts {
			t.Errorf("email_verified %v: got the address %q (%v), want one: %v", c.verified, got.Email, err, c.counts)
		}
	}
}

// TestMixUp: the answer names whose it is (RFC 9207).
func TestMixUp(t *testing.T) {
	p := newProvider(t)
	for _, c := range []struct {
		iss        string
		advertised bool
		want       error
	}{
		{"", false, nil},
		{p.URL, false, nil},
		{p.URL, true, nil},
		{"https://evil.example", false, upstream.ErrRefused},
		{"https://evil.example", true, upstream.ErrRefused},
		{p.URL + "/", false, upstream.ErrRefused},
		{"", true, upstream.ErrRefused},
	} {
		p.discovery["authorization_response_iss_parameter_supported"] = c.advertised
		p.asked = nil
		_, err := p.party().Finish(t.Context(), attempt, "code", c.iss)
		same(t, "the issuer "+c.iss, err, c.want)
		if c.want != nil && p.asked != nil {
			t.Errorf("the issuer %s: got the code sent to %s", c.iss, p.URL)
		}
	}
}

// TestUserinfo: what the id_token leaves out, userinfo has; it changes nothing that
// the id_token says.
func TestUserinfo(t *testing.T) {
	p := newProvider(t)
	bare := with(p.claims(), "email", nil, "email_verified", nil, "name", nil, "groups", nil)
	full := object{"sub": "ann", "email": "ann@corp.example", "email_verified": true, "name": "Ann", "groups": "staff"}
	for name, c := range map[string]struct {
		token    object
		userinfo http.HandlerFunc
		want     upstream.Identity
		err      error
	}{
		"all":                        {bare, says(200, full), upstream.Identity{Email: "ann@corp.example", Name: "Ann", Groups: []string{"staff"}}, nil},
		"not verified":               {bare, says(200, with(full, "email_verified", false)), upstream.Identity{Name: "Ann", Groups: []string{"staff"}}, nil},
		"verified there, not here":   {with(bare, "email", "eve@corp.example"), says(200, full), upstream.Identity{Name: "Ann", Groups: []string{"staff"}}, nil},
		"another name there":         {with(bare, "name", "Anne"), says(200, full), upstream.Identity{Email: "ann@corp.example", Name: "Anne", Groups: []string{"staff"}}, nil},
		"no groups here, some there": {with(bare, "groups", []string{}), says(200, full), upstream.Identity{Email: "ann@corp.example", Name: "Ann"}, nil},
		"groups that are none":       {with(bare, "groups", []any{"a", 7, nil}), says(200, full), upstream.Identity{Email: "ann@corp.example", Name: "Ann", Groups: []string{"a"}}, nil},
		"somebody else":              {bare, says(200, with(full, "sub", "eve")), upstream.Identity{}, upstream.ErrRefused},
		"nobody":                     {bare, says(200, with(full, "sub", nil)), upstream.Identity{}, upstream.ErrRefused},
		"no answer":                  {bare, says(500, full), upstream.Identity{}, upstream.ErrUnreachable},
		"an odd answer":              {bare, says(200, []string{}), upstream.Identity{}, upstream.ErrUnreachable},
	} {
		p.token, p.userinfo = p.gives(t, c.token), c.userinfo
		got, err := p.party().Finish(t.Context(), attempt, "code", "")
		same(t, name, err, c.err)
		if c.err == nil {
			c.want.Issuer, c.want.Subject, c.want.SID, c.want.Token = p.URL, "ann", "session", "refresh 2"
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// refusals are answers of a token endpoint, and what they say of a person.
func refusals() map[string]struct {
	answer http.HandlerFunc
	want   error
} {
	type said = struct {
		answer http.HandlerFunc
		want   error
	}
	return map[string]said{
		"invalid_grant":       {says(400, object{"error": "invalid_grant", "error_description": "secret words"}), upstream.ErrRefused},
		"access_denied":       {says(403, object{"error": "access_denied"}), upstream.ErrRefused},
		"unauthorized_client": {says(400, object{"error": "unauthorized_client"}), upstream.ErrRefused},
		"invalid_client":      {says(401, object{"error": "invalid_client"}), upstream.ErrUnreachable},
		"too many":            {says(429, object{}), upstream.ErrUnreachable},
		"server_error":        {says(500, object{"error": "server_error"}), upstream.ErrUnreachable},
		"a page": {func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "<h1>secret words", http.StatusServiceUnavailable)
		}, upstream.ErrUnreachable},
		"no token": {says(200, object{}), upstream.ErrUnreachable},
		"hangs up": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, upstream.ErrUnreachable},
	}
}

func TestRefusals(t *testing.T) {
	for name, c := range refusals() {
		p := newProvider(t) // nobody knows when a call that was given up is over
		p.token = c.answer
		_, err := p.party().Finish(t.Context(), attempt, "code", "")
		same(t, name, err, c.want)
		_, err = p.party().Refresh(t.Context(), "ann", "refresh 1")
		same(t, name+", refreshing", err, c.want)
		if strings.Contains(err.Error(), "secret words") {
			t.Errorf("%s: the error has the provider's words: %v", name, err)
		}
	}
}

func TestRefresh(t *testing.T) {
	p := newProvider(t)
	claims := with(p.claims(), "nonce", nil)
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		next   string
		want   error
	}{
		"a new token, and who":   {p.gives(t, claims), "refresh 2", nil},
		"the same token":         {says(200, object{"access_token": "a", "token_type": "Bearer"}), "refresh 1", nil},
		"somebody else":          {p.gives(t, with(claims, "sub", "eve")), "", upstream.ErrRefused},
		"another's word":         {p.gives(t, with(claims, "iss", "https://evil.example")), "", upstream.ErrUnreachable},
		"for another":            {p.gives(t, with(claims, "aud", "other")), "", upstream.ErrUnreachable},
		"nobody":                 {p.gives(t, with(claims, "sub", nil)), "", upstream.ErrUnreachable},
		"a token that is forged": {givesToken(unsigned(t, claims)), "", upstream.ErrUnreachable},
	} {
		p.token = c.answer
		next, err := p.party().Refresh(t.Context(), "ann", "refresh 1")
		same(t, name, err, c.want)
		if next != c.next {
			t.Errorf("%s: got the token %q, want %q", name, next, c.next)
		}
		if got := p.asked.Get("refresh_token"); got != "refresh 1" {
			t.Errorf("%s: got asked with %v", name, p.asked)
		}
	}
	_, err := p.party().Refresh(t.Context(), "ann", "")
	same(t, "without a token", err, upstream.ErrUnreachable)
}
