package signin_test

import (
	"net/http"
	"net/url"
	"testing"
)

// Whoever signs in anew in a browser makes the cookie that it had worth nothing.
func TestSigningInAnew(t *testing.T) {
	w := newWorld(t)
	at, err := url.Parse(w.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	b, thief := w.browser(t), w.browser(t)
	w.signIn(t, b, "app", "ann@example.com", "Ann")
	for _, next := range []string{"ann@example.com", "bob@example.com"} {
		thief.Jar.SetCookies(at, b.Jar.Cookies(at))
		if got := thief.get(t, "/me"); got.status != http.StatusOK {
			t.Fatalf("with a copy of the cookie: got %d, want the page", got.status)
		}
		w.signIn(t, b, "app", next, "Bob")
		if got := thief.get(t, "/me"); got.status == http.StatusOK {
			t.Errorf("with a copy of the cookie from before %s signed in: got %d, want to sign in", next, got.status)
		}
		if got := b.get(t, "/me"); got.status != http.StatusOK {
			t.Errorf("with the new cookie: got %d, want the page", got.status)
		}
	}
}
