package signin_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/carillon-id/carillon/internal/session"
)

// toAmazon begins a sign-in there, and returns what the browser was sent with.
func (w *world) toAmazon(t *testing.T, b *browser) url.Values {
	t.Helper()
	got := b.post(t, strings.Replace(w.begin(t, b, "app"), "/signin?", "/signin/amazon?", 1))
	to, err := url.Parse(got.goes)
	if err != nil || !strings.HasPrefix(got.goes, w.amazon.server.URL+"/auth?") {
		t.Fatalf("got %d to %q (%v), want Amazon", got.status, got.goes, err)
	}
	return to.Query()
}

func amazonCallback(pairs ...string) string {
	query := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		query.Set(pairs[i], pairs[i+1])
	}
	return "/signin/amazon/callback?" + query.Encode()
}

// byAmazon signs in by Login with Amazon; the address is proven the first time.
func (w *world) byAmazon(t *testing.T, b *browser, address string) answer {
	t.Helper()
	sent := w.toAmazon(t, b)
	got := b.get(t, amazonCallback("state", sent.Get("state"), "code", "good"))
	if strings.HasPrefix(got.goes, "/signin?") {
		got = b.post(t, got.goes, "email", address)
		got = b.post(t, got.goes, "code", w.code(t, address))
	}
	return got
}

// TestAmazon: the first time an address has to be proven; later Amazon's word for
// who it is does.
func TestAmazon(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t)
	sent := w.toAmazon(t, b)
	for name, want := range map[string]string{
		"client_id": "carillon", "redirect_uri": w.server.URL + "/signin/amazon/callback", "response_type": "code", "code_challenge_method": "S256", "scope": "profile",
	} {
		if sent.Get(name) != want {
			t.Errorf("got %s %q, want %q", name, sent.Get(name), want)
		}
	}
	asked := b.get(t, amazonCallback("state", sent.Get("state"), "code", "good"))
	page := b.get(t, asked.goes)
	if !strings.Contains(page.body, "first time here with Login with Amazon") || strings.Contains(page.body, "unverified@") || strings.Contains(page.body, "/signin/amazon") {
		t.Errorf("got %q, want to be asked for an address, and Amazon's forgotten", page.body)
	}
	if got := w.byAmazon(t, w.browser(t), "ada@example.com"); got.body != "Ada of Amazon is at app" {
		t.Errorf("the first time: got %d with %q", got.status, got.body)
	}
	again := w.browser(t)
	if got := w.byAmazon(t, again, "unused"); got.body != "Ada of Amazon is at app" {
		t.Errorf("the second time: got %d with %q", got.status, got.body)
	}
	if page := again.get(t, "/me"); !strings.Contains(page.body, "by Login with Amazon") {
		t.Errorf("got %q, want how they signed in", page.body)
	}
}

// TestAmazonAnswers: an answer counts in the browser and for the attempt that it is
// of, and once.
func TestAmazonAnswers(t *testing.T) {
	w := newWorld(t)
	over := func(what string, got answer) {
		t.Helper()
		if got.status != http.StatusForbidden || !strings.Contains(got.body, "This sign-in is over") {
			t.Errorf("%s: got %d to %q with %q, want it to be over", what, got.status, got.goes, got.body)
		}
	}
	b, thief := w.browser(t), w.browser(t)
	state := w.toAmazon(t, b).Get("state")
	over("without having begun", thief.get(t, amazonCallback("state", state, "code", "good")))
	theirs := w.toAmazon(t, thief).Get("state")
	over("another's state", b.get(t, amazonCallback("state", theirs, "code", "good")))
	over("after a wrong state", b.get(t, amazonCallback("state", state, "code", "good")))
	over("no state", thief.get(t, amazonCallback("code", "good")))

	b = w.browser(t)
	state = w.toAmazon(t, b).Get("state")
	over("at the callback of providers", b.get(t, strings.Replace(amazonCallback("state", state, "code", "good"), "amazon", "provider", 1)))

	state = w.toAmazon(t, b).Get("state")
	w.pass(20 * 60e9)
	over("too late", b.get(t, amazonCallback("state", state, "code", "good")))

	state = w.toAmazon(t, b).Get("state")
	got := b.get(t, amazonCallback("state", state, "error", "access_denied", "error_description", "<b>no"))
	if got.status != http.StatusForbidden || !strings.Contains(got.body, "You were not signed in") || strings.Contains(got.body, "<b>no") || !strings.Contains(got.body, "Back to signing in") {
		t.Errorf("a refusal: got %d with %q", got.status, got.body)
	}

	for _, c := range []struct {
		status  int
		failure string
		want    int
	}{{400, "invalid_grant", http.StatusForbidden}, {500, "server_error", http.StatusBadGateway}} {
		state = w.toAmazon(t, b).Get("state")
		w.amazon.fail(c.status, c.failure)
		if got := b.get(t, amazonCallback("state", state, "code", "bad")); got.status != c.want {
			t.Errorf("%s: got %d with %q, want %d", c.failure, got.status, got.body, c.want)
		}
		w.amazon.fail(0, "")
	}
}

// TestAsk: a provider that no longer vouches ends the session; one that does not
// answer is asked again until its time is over.
func TestAsk(t *testing.T) {
	w := newWorld(t)
	alive := func(b *browser) bool { return b.get(t, "/me").status == http.StatusOK }
	ask := func(want int) {
		t.Helper()
		taken, err := w.Sessions.TakeDue(t.Context(), 10)
		if err != nil || len(taken) != want {
			t.Fatalf("got %d sessions and %v, want %d to ask about", len(taken), err, want)
		}
		for _, s := range taken {
			if err := w.Ask(t.Context(), s); err != nil {
				t.Errorf("asking: %v", err)
			}
		}
	}
	b := w.browser(t)
	w.byAmazon(t, b, "ada@example.com")
	for range 3 {
		if !alive(b) {
			t.Fatal("got no session")
		}
		w.pass(session.RefreshAfter)
		ask(1)
	}
	w.amazon.fail(500, "server_error")
	if !alive(b) {
		t.Fatal("got the session ended, want it confirmed")
	}
	w.pass(session.RefreshAfter)
	ask(1)
	if !alive(b) {
		t.Error("the provider does not answer: got the session ended at once")
	}
	w.pass(session.UpstreamLifetime - session.RefreshAfter)
	if alive(b) {
		t.Error("the provider does not answer: got the session alive after its time")
	}

	w.amazon.fail(0, "")
	w.byAmazon(t, b, "unused")
	if !alive(b) {
		t.Fatal("got no session")
	}
	w.pass(session.RefreshAfter)
	w.amazon.fail(400, "invalid_grant")
	ask(1)
	if alive(b) {
		t.Error("the provider refuses: got the session alive")
	}
}

// TestUpstreamLogout: what is no logout token of the account's provider ends
// nothing, and says why to nobody.
func TestUpstreamLogout(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/backchannel/unknown", "/backchannel/%00", "/backchannel/a%2Fb"} {
		got := w.browser(t).post(t, path, "logout_token", "x.y.z")
		if got.status != http.StatusBadRequest || got.header.Get("Cache-Control") != "no-store" || !strings.Contains(got.body, "invalid_request") {
			t.Errorf("%s: got %d with %q, want 400", path, got.status, got.body)
		}
	}
}
