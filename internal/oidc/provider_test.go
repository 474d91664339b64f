package oidc_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/carillon-id/carillon/internal/oidc"
)

// endpoint is what a path has, as the specifications want it.
type endpoint struct {
	path   string
	allow  []string
	shared bool // with the scripts of other origins
}

func endpoints() []endpoint {
	return []endpoint{
		{"/.well-known/openid-configuration", []string{"GET", "HEAD"}, true},
		{"/oauth2/jwks", []string{"GET", "HEAD"}, true},
		{"/oauth2/token", []string{"POST"}, true},
		{"/oauth2/userinfo", []string{"GET", "HEAD", "POST"}, true},
		{"/oauth2/revoke", []string{"POST"}, true},
		{"/oauth2/introspect", []string{"POST"}, false},
		{"/oauth2/authorize", []string{"GET", "POST"}, false},
		{"/oauth2/logout", []string{"GET", "POST"}, false},
		{"/oauth2/logout/confirm", []string{"POST"}, false},
	}
}

func TestMethods(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t)
	for _, e := range endpoints() {
		allow := strings.Join(append(slices.Clone(e.allow), "OPTIONS"), ", ")
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"} {
			got := b.send(t, w.newRequest(t, method, e.path, nil))
			refused := got.status == http.StatusMethodNotAllowed
			if known := slices.Contains(e.allow, method) || method == "OPTIONS"; refused == known {
				t.Errorf("%s %s: got %d, want the method known: %v", method, e.path, got.status, known)
			}
			if said := got.header.Get("Allow"); (refused || method == "OPTIONS") && said != allow {
				t.Errorf("%s %s: got Allow %q, want %q", method, e.path, said, allow)
			}
			if method == "OPTIONS" && (got.status != http.StatusNoContent || got.body != "") {
				t.Errorf("OPTIONS %s: got %d with %q, want 204", e.path, got.status, got.body)
			}
			if method == "HEAD" && got.body != "" {
				t.Errorf("HEAD %s: got a body", e.path)
			}
			if got.header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s %s: got no nosniff", method, e.path)
			}
		}
	}
}

// Scripts of other origins may read what apps in browsers need, and never by a cookie.
func TestCrossOrigin(t *testing.T) {
	w := newWorld(t)
	b, given := w.signedIn(t, "ada@example.com")
	for _, e := range endpoints() {
		preflight := b.send(t, w.newRequest(t, "OPTIONS", e.path, nil, "Origin", "https://spa.example",
			"Access-Control-Request-Method", e.allow[0], "Access-Control-Request-Headers", "authorization"))
		actual := b.send(t, w.newRequest(t, e.allow[0], e.path, nil, "Origin", "https://spa.example", "Authorization", "Bearer "+given.Access))
		refused := b.send(t, w.newRequest(t, "DELETE", e.path, nil, "Origin", "https://spa.example"))
		want := map[string]string{}
		if e.shared {
			want = map[string]string{
				"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "Authorization, Content-Type",
				"Access-Control-Expose-Headers": "WWW-Authenticate, Retry-After",
			}
		}
		for name, got := range map[string]answer{"preflight": preflight, "request": actual, "refusal": refused} {
			for _, header := range []string{"Access-Control-Allow-Origin", "Access-Control-Allow-Headers", "Access-Control-Expose-Headers", "Access-Control-Allow-Credentials"} {
				if got.header.Get(header) != want[header] {
					t.Errorf("%s of %s: got %s %q, want %q", name, e.path, header, got.header.Get(header), want[header])
				}
			}
		}
		methods := ""
		if e.shared {
			methods = strings.Join(e.allow, ", ")
		}
		if got := preflight.header.Get("Access-Control-Allow-Methods"); got != methods {
			t.Errorf("preflight of %s: got the methods %q, want %q", e.path, got, methods)
		}
	}
}

func TestIssuer(t *testing.T) {
	for issuer, ok := range map[string]bool{
		"http://localhost:8420": true, "https://id.example.com": true,
		"": false, "id.example.com": false, "https://id.example.com/carillon": false, "https://id.example.com/": false,
		"https://id.example.com?x": false,
	} {
		if _, err := oidc.New(oidc.Config{Issuer: issuer}); (err == nil) != ok {
			t.Errorf("issuer %q: got %v, want accepted: %v", issuer, err, ok)
		}
	}
}
