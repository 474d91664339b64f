package oidc_test

import (
	"net/http"
	"net/url"
	"testing"
)

// endpointCall is a call that works while the database does. Each call is one of
// its own: what it needs is made before the database fails.
type endpointCall struct {
	name string
	make func(t *testing.T, w *world) func() answer
	good int // the status while nothing fails
}

func endpointCalls() []endpointCall {
	return []endpointCall{
		{"jwks", func(t *testing.T, w *world) func() answer {
			return func() answer { return w.browser(t).get(t, "/oauth2/jwks") }
		}, http.StatusOK},
		{"authorize, signed out", func(t *testing.T, w *world) func() answer {
			return func() answer { return w.browser(t).get(t, w.request()) }
		}, http.StatusSeeOther},
		{"authorize, signed in", func(t *testing.T, w *world) func() answer {
			b, given := w.signedIn(t, w.somebody())
			return func() answer { return b.get(t, w.request("id_token_hint", given.ID)) }
		}, http.StatusSeeOther},
		{"authorize, silently", func(t *testing.T, w *world) func() answer {
			b, _ := w.signedIn(t, w.somebody())
			return func() answer { return b.get(t, w.request("prompt", "none")) }
		}, http.StatusSeeOther},
		{"continue", func(t *testing.T, w *world) func() answer {
			b, email := w.browser(t), w.somebody()
			b.get(t, w.request())
			return func() answer {
				left, late := w.faults.left.Swap(healthy), w.faults.late.Swap(false)
				w.meanwhile = func() { w.faults.left.Store(left); w.faults.late.Store(late) }
				defer func() { w.meanwhile = nil }()
				return b.signIn(t, email)
			}
		}, http.StatusOK},
		{"code", func(t *testing.T, w *world) func() answer {
			code := w.browser(t).code(t, w.somebody())
			return func() answer { return w.call(t, "/oauth2/token", codeForm(code)) }
		}, http.StatusOK},
		{"refresh token", func(t *testing.T, w *world) func() answer {
			_, given := w.signedIn(t, w.somebody())
			return func() answer { return w.call(t, "/oauth2/token", refreshForm(given.Refresh)) }
		}, http.StatusOK},
		{"userinfo", func(t *testing.T, w *world) func() answer {
			_, given := w.signedIn(t, w.somebody())
			return func() answer { return w.userinfo(t, given.Access) }
		}, http.StatusOK},
		{"introspect", func(t *testing.T, w *world) func() answer {
			_, given := w.signedIn(t, w.somebody())
			return func() answer { return w.call(t, "/oauth2/introspect", url.Values{"token": {given.Refresh}}) }
		}, http.StatusOK},
		{"revoke access", func(t *testing.T, w *world) func() answer {
			_, given := w.signedIn(t, w.somebody())
			return func() answer { return w.call(t, "/oauth2/revoke", url.Values{"token": {given.Access}}) }
		}, http.StatusOK},
		{"revoke refresh", func(t *testing.T, w *world) func() answer {
			_, given := w.signedIn(t, w.somebody())
			return func() answer { return w.call(t, "/oauth2/revoke", url.Values{"token": {given.Refresh}}) }
		}, http.StatusOK},
		{"logout by hint", func(t *testing.T, w *world) func() answer {
			b, given := w.signedIn(t, w.somebody())
			return func() answer {
				return b.get(t, logout("id_token_hint", given.ID, "post_logout_redirect_uri", goodbye))
			}
		}, http.StatusSeeOther},
		{"logout, asked", func(t *testing.T, w *world) func() answer {
			b, _ := w.signedIn(t, w.somebody())
			return func() answer { return b.get(t, logout("client_id", string(w.app))) }
		}, http.StatusOK},
		{"logout, confirmed", func(t *testing.T, w *world) func() answer {
			b, _ := w.signedIn(t, w.somebody())
			return func() answer {
				return b.post(t, "/oauth2/logout/confirm", url.Values{"client_id": {string(w.app)}}, "Sec-Fetch-Site", "same-origin")
			}
		}, http.StatusOK},
	}
}

// A database that goes away at any statement, or at the commit, is answered by 503:
// never by what looks like an answer about a code, a token or a person.
func TestDatabaseFails(t *testing.T) {
	w := newWorld(t)
	for _, call := range endpointCalls() {
		for _, locked := range []bool{false, true} {
			w.faults.locked.Store(locked)
			// Each round the database does one statement more, until the call gets through.
			for step := range int64(100) {
				run := call.make(t, w)
				w.faults.left.Store(step)
				got := run()
				failed := w.faults.failed()
				w.faults.heal()
				if !failed {
					if got.status != call.good || step == 0 {
						t.Errorf("%s, after %d steps: got %d, want %d and steps that can fail", call.name, step, got.status, call.good)
					}
					break
				}
				if got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") != "1" || got.goes != "" {
					t.Errorf("%s, failing at step %d: got %d (Retry-After %q) with %q, want 503", call.name, step+1, got.status, got.header.Get("Retry-After"), got.body)
				}
				if cookie := got.header.Get("Set-Cookie"); cookie != "" && call.name != "continue" {
					t.Errorf("%s, failing at step %d: got the cookie %q", call.name, step+1, cookie)
				}
			}
		}
	}
}

// What failed can be done again: nothing was half done.
func TestAfterAFailure(t *testing.T) {
	w := newWorld(t)
	code := w.browser(t).code(t, "ada@example.com")
	var given tokens
	for step := range int64(100) {
		w.faults.left.Store(step)
		got := w.call(t, "/oauth2/token", codeForm(code))
		w.faults.heal()
		if got.status == http.StatusOK {
			given = got.tokens(t)
			break
		}
	}
	if given.Access == "" || !w.active(t, given.Access) {
		t.Error("got the code lost with a failure, want it redeemed afterwards")
	}
}

// A request whose time is over is answered by 503 too.
func TestDeadline(t *testing.T) {
	w := newWorld(t)
	for _, call := range endpointCalls() {
		run := call.make(t, w)
		w.faults.late.Store(true)
		got := run()
		w.faults.late.Store(false)
		if got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") == "" {
			t.Errorf("%s: got %d with %q, want 503", call.name, got.status, got.body)
		}
	}
}
