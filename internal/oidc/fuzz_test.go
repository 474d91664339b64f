package oidc_test

import (
	"net/http"
	"strings"
	"testing"
)

// FuzzAuthorize: whatever is asked for, a browser is sent to sign in, or to a URI
// that the app registered and the request named, or nowhere.
func FuzzAuthorize(f *testing.F) {
	w := newWorld(f)
	for _, pairs := range [][]string{
		nil,
		{"redirect_uri", "https://evil.example/"},
		{"redirect_uri", callback + "#"},
		{"client_id", "nobody"},
		{"state", "\xff"},
		{"prompt", "none"},
		{"response_type", "token"},
		{"max_age", "x"},
		{"id_token_hint", "a.b.c"},
		{"redirect_uri", "com.example.app:/cb"},
	} {
		_, query, _ := strings.Cut(w.request(pairs...), "?")
		f.Add(query)
	}
	f.Add("client_id=" + string(w.app) + "&redirect_uri=" + callback + "&redirect_uri=//evil.example")
	f.Add("%zz&;")
	f.Fuzz(func(t *testing.T, query string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.server.URL+"/oauth2/authorize", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.URL.RawQuery = query
		if strings.ContainsFunc(query, func(r rune) bool { return r <= ' ' || r == '#' || r >= 0x7f }) {
			return // no client sends it
		}
		got := w.browser(t).send(t, r)
		asked := r.URL.Query()
		switch to := got.goes; {
		case to == "" && got.status == http.StatusBadRequest:
		case got.status != http.StatusSeeOther:
			t.Errorf("got %d to %q, want a redirect or 400", got.status, to)
		case strings.HasPrefix(to, "/signin?login="):
		case len(asked["redirect_uri"]) != 1 || !strings.HasPrefix(to, asked.Get("redirect_uri")):
			t.Errorf("got %q, which was not asked for", to)
		case !strings.HasPrefix(to, callback+"?error=") && !strings.HasPrefix(to, withQuery+"&error=") && !strings.HasPrefix(to, "com.example.app:/cb?error="):
			t.Errorf("got %q, which is not registered", to)
		}
	})
}
