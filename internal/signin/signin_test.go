package signin_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/session"
	"github.com/carillon-id/carillon/internal/signin"
)

// TestPublicURL: people reach an installation at an origin.
func TestPublicURL(t *testing.T) {
	w := newWorld(t)
	for address, good := range map[string]bool{
		"https://id.example.com": true, "http://localhost:8420": true,
		"": false, "id.example.com": false, "https://id.example.com/": false, "ftp://id.example.com": false, "https://": false, "http://%": false,
	} {
		c := w.Config
		c.PublicURL = address
		if _, err := signin.New(c); (err == nil) != good {
			t.Errorf("%q: got the error %v, want one: %v", address, err, !good)
		}
	}
}

// TestSignIn signs somebody in by a mailed code, at each step of which a form leads
// to a page of its own.
func TestSignIn(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t)
	first := w.begin(t, b, "The <app>")
	if got := b.get(t, first); !strings.Contains(got.body, "<bdi>The &lt;app&gt;</bdi>") {
		t.Errorf("got %q, want the app's name", got.body)
	}
	leads := func(what string, got answer, path, says string) {
		t.Helper()
		if got.status != http.StatusSeeOther || !strings.HasPrefix(got.goes, path+"?login=") {
			t.Fatalf("%s: got %d to %q, want 303 to %s", what, got.status, got.goes, path)
		}
		if page := b.get(t, got.goes); !strings.Contains(page.body, says) {
			t.Errorf("%s: got the page %q, want %q in it", what, page.body, says)
		}
	}
	at := func(path string) string { return strings.Replace(first, "/signin?", path+"?", 1) }
	leads("no address", b.post(t, first, "email", "ann"), "/signin", `value="ann"`)
	leads("no address", b.post(t, first, "email", "ann"), "/signin", "That is not an e-mail address.")
	leads("a code before an address", b.get(t, at("/signin/code")), "/signin", "E-mail address")
	leads("another code before an address", b.post(t, at("/signin/code/again")), "/signin", "E-mail address")
	leads("a name before a proof", b.get(t, at("/signin/name")), "/signin", "E-mail address")
	leads("an address", b.post(t, first, "email", " ann@example.com "), "/signin/code", "<bdi>ann@example.com</bdi>")
	leads("a wrong code", b.post(t, at("/signin/code"), "code", "0"), "/signin/code", "That is not the code.")
	w.code(t, "ann@example.com")
	leads("another code", b.post(t, at("/signin/code/again")), "/signin/code/again", "We have sent another code.")
	leads("the code", b.post(t, at("/signin/code"), "code", w.code(t, "ann@example.com")), "/signin/name", "What do you want to be called?")
	leads("the code, twice", b.post(t, at("/signin/code"), "code", "any"), "/signin/name", "Display name")
	leads("back to the code", b.get(t, at("/signin/code")), "/signin/name", "Display name")
	leads("no name", b.post(t, at("/signin/name"), "name", " "), "/signin/name", "Tell us what you want to be called.")
	leads("an odd name", b.post(t, at("/signin/name"), "name", "\u202e"), "/signin/name", "none that cannot be seen")
	got := b.post(t, at("/signin/name"), "name", "Ann")
	if got.status != http.StatusOK || got.body != "Ann is at The <app>" {
		t.Fatalf("a name: got %d with %q, want the app", got.status, got.body)
	}
	if got := b.get(t, first); got.status != http.StatusForbidden || !strings.Contains(got.body, "This sign-in is over") {
		t.Errorf("the login, finished: got %d with %q", got.status, got.body)
	}
	if got := b.get(t, "/signin"); got.goes != "/me" {
		t.Errorf("signed in, by themselves: got %d to %q, want /me", got.status, got.goes)
	}
}

// TestOtherSites: nothing that another site sends in a person's name is done.
func TestOtherSites(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t)
	w.signIn(t, b, "app", "ann@example.com", "Ann")
	first := w.begin(t, b, "app")
	_, query, _ := strings.Cut(first, "?")
	for _, path := range []string{
		"/signin", "/signin/code", "/signin/code/again", "/signin/name", "/signin/amazon", "/signin/passkey/begin", "/signin/passkey", "/signin/finish",
		"/invitations", "/me/end", "/me/end-all", "/me/sign-out", "/me/passkeys/begin", "/me/passkeys", "/me/passkeys/delete",
	} {
		for _, header := range [][]string{
			{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"},
		} {
			got := b.send(t, http.MethodPost, path+"?"+query, url.Values{"email": {"eve@example.com"}}, header...)
			if got.status != http.StatusForbidden || got.header.Get("Set-Cookie") != "" {
				t.Errorf("%s with %v: got %d, want 403", path, header, got.status)
			}
		}
	}
	if got := b.get(t, "/me"); got.status != http.StatusOK {
		t.Errorf("afterwards: got %d, want to be signed in still", got.status)
	}
	if len(w.codes) > 0 {
		t.Errorf("got codes mailed to %v", w.codes)
	}
}

// TestHeaders: what is somebody's own is kept by nobody, and pages run and send
// nothing that is not ours.
func TestHeaders(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t)
	w.signIn(t, b, "app", "ann@example.com", "Ann")
	const policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
	for _, path := range []string{w.begin(t, b, "app"), "/me", "/me/signed-out", "/invitations?token=x", "/signin?login=unknown", "/me/nothing"} {
		got := b.get(t, path)
		for name, want := range map[string]string{
			"Content-Security-Policy": policy, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
			"X-Frame-Options": "DENY", "Referrer-Policy": "same-origin", "Content-Type": "text/html; charset=utf-8",
		} {
			if got.header.Get(name) != want {
				t.Errorf("%s: got %s %q, want %q", path, name, got.header.Get(name), want)
			}
		}
	}
	for file, kind := range map[string]string{"style.css": "text/css; charset=utf-8", "once.js": "text/javascript; charset=utf-8", "icon.svg": "image/svg+xml"} {
		got := b.get(t, "/signin/static/"+file)
		if got.status != http.StatusOK || got.header.Get("Content-Type") != kind || !strings.Contains(got.header.Get("Cache-Control"), "public") {
			t.Errorf("%s: got %d, %v", file, got.status, got.header)
		}
	}
	for _, file := range []string{"nothing.css", "..%2fpages%2fme.html", "%2e%2e", "."} {
		if got := b.get(t, "/signin/static/"+file); got.status == http.StatusOK {
			t.Errorf("%s: got %q, want nothing", file, got.body)
		}
	}
}

// TestAnotherBrowser: a login goes on in its browser alone.
func TestAnotherBrowser(t *testing.T) {
	w := newWorld(t)
	b, thief := w.browser(t), w.browser(t)
	first := w.begin(t, b, "app")
	b.post(t, first, "email", "ann@example.com")
	code := w.code(t, "ann@example.com")
	_, query, _ := strings.Cut(first, "?")
	for _, c := range []struct{ method, path string }{
		{"GET", "/signin"}, {"POST", "/signin"}, {"GET", "/signin/code"}, {"POST", "/signin/code"}, {"POST", "/signin/code/again"}, {"GET", "/signin/name"},
		{"POST", "/signin/name"}, {"POST", "/signin/amazon"}, {"POST", "/signin/finish"}, {"GET", "/signin/refused"},
		{"POST", "/signin/passkey/begin"}, {"POST", "/signin/passkey"},
	} {
		w.begin(t, thief, "app") // a login of their own is of no use
		form := url.Values{"email": {"ann@example.com"}, "code": {code}, "name": {"Eve"}}
		got := thief.send(t, c.method, c.path+"?"+query, form)
		if got.status != http.StatusForbidden || strings.Contains(got.body, "ann@") {
			t.Errorf("%s %s: got %d to %q with %q, want 403", c.method, c.path, got.status, got.goes, got.body)
		}
	}
	for _, path := range []string{"/me/end", "/me/end-all", "/me/sign-out", "/me/passkeys/begin", "/me/passkeys", "/me/passkeys/delete"} {
		if got := thief.post(t, path); got.status != http.StatusForbidden {
			t.Errorf("%s: got %d, want 403", path, got.status)
		}
	}
}

// TestDevices: people recognize their sessions, and end them.
func TestDevices(t *testing.T) {
	w := newWorld(t)
	for agent, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36":                         "Chrome on Windows",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0":               "Edge on Windows",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15":                   "Safari on macOS",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1": "Safari on iPhone",
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36":                         "Chrome on Android",
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                                  "Firefox on Linux",
		"<script>alert(1)</script>": "A browser",
	} {
		b, address := w.browser(t), strings.ToLower(strings.ReplaceAll(want, " ", "."))+"@example.com"
		got := b.post(t, w.begin(t, b, "app"), "email", address)
		got = b.post(t, got.goes, "code", w.code(t, address))
		b.send(t, http.MethodPost, got.goes, url.Values{"name": {"Ann"}}, "User-Agent", agent)
		if page := b.get(t, "/me").body; !strings.Contains(page, "<strong>"+want+"</strong>") || strings.Contains(page, "alert(1)") {
			t.Errorf("%s: got %q, want %q in it", agent, page, want)
		}
	}
}

// TestStoreFails: when the store cannot be asked, nobody is let in and nobody is
// told that something is wrong with them.
func TestStoreFails(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t)
	w.signIn(t, b, "app", "ann@example.com", "Ann")
	first := w.begin(t, b, "app")
	b.post(t, first, "email", "ann@example.com")
	code := w.code(t, "ann@example.com")
	w.store.gone.Store(true)
	_, query, _ := strings.Cut(first, "?")
	form := url.Values{"email": {"ann@example.com"}, "code": {code}, "name": {"Ann"}}
	for _, c := range []struct{ method, path string }{
		{"GET", "/signin"}, {"POST", "/signin"}, {"GET", "/signin/code"}, {"POST", "/signin/code"}, {"POST", "/signin/name"}, {"POST", "/signin/finish"},
		{"POST", "/signin/amazon"}, {"POST", "/signin/passkey/begin"}, {"GET", "/me"}, {"POST", "/me/end"}, {"POST", "/me/end-all"}, {"POST", "/me/sign-out"},
		{"POST", "/me/passkeys/begin"}, {"POST", "/backchannel/account"}, {"GET", "/invitations"},
	} {
		got := b.send(t, c.method, c.path+"?"+query, form)
		if got.status != http.StatusServiceUnavailable || got.header.Get("Set-Cookie") != "" {
			t.Errorf("%s %s: got %d with %q, want 503", c.method, c.path, got.status, got.body)
		}
	}
	if strings.Contains(w.log.String(), code) {
		t.Error("the log has the code")
	}
}

// TestSessionsEnd: signing out is of this browser, of another, or of all.
func TestSessionsEnd(t *testing.T) {
	w := newWorld(t)
	alive := func(b *browser) bool { return b.get(t, "/me").status == http.StatusOK }
	three := []*browser{w.browser(t), w.browser(t), w.browser(t)}
	for _, b := range three {
		w.signIn(t, b, "app", "ann@example.com", "Ann")
	}
	stranger := w.browser(t)
	w.signIn(t, stranger, "app", "eve@example.com", "Eve")
	var id string
	for field := range strings.SplitSeq(three[0].get(t, "/me").body, `action="/me/end"><input type="hidden" name="session" value="`) {
		id, _, _ = strings.Cut(field, `"`)
	}
	stranger.post(t, "/me/end", "session", id) // not theirs
	if !alive(three[1]) || !alive(three[2]) {
		t.Fatal("a stranger ended a session")
	}
	if got := three[0].post(t, "/me/end", "session", id); got.goes != "/me?done=ended" {
		t.Errorf("ending another session: got %d to %q", got.status, got.goes)
	}
	if alive(three[1]) == alive(three[2]) {
		t.Errorf("got both, or none, of the others alive: %v", alive(three[1]))
	}
	if got := three[0].post(t, "/me/sign-out"); got.goes != "/me/signed-out" || alive(three[0]) {
		t.Errorf("signing out: got %d to %q", got.status, got.goes)
	}
	for _, b := range three[1:] {
		if alive(b) {
			w.signIn(t, three[0], "app", "ann@example.com", "")
			if got := b.post(t, "/me/end-all"); got.goes != "/me/signed-out?everywhere" || alive(b) || alive(three[0]) {
				t.Errorf("signing out everywhere: got %d to %q", got.status, got.goes)
			}
		}
	}
	if !alive(stranger) {
		t.Error("the stranger was signed out too")
	}
}

// TestExpiry: a login and a session end with time.
func TestExpiry(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t)
	first := w.begin(t, b, "app")
	w.pass(session.LoginLifetime)
	if got := b.post(t, first, "email", "ann@example.com"); got.status != http.StatusForbidden || !strings.Contains(got.body, `<a href="/signin">`) {
		t.Errorf("a login too late: got %d with %q", got.status, got.body)
	}
	w.signIn(t, b, "app", "ann@example.com", "Ann")
	w.pass(session.SessionLifetime - time.Second)
	if got := b.get(t, "/me"); got.status != http.StatusOK {
		t.Errorf("a session in time: got %d", got.status)
	}
	w.pass(time.Second)
	if got := b.get(t, "/me"); got.goes != "/signin" {
		t.Errorf("a session too late: got %d to %q", got.status, got.goes)
	}
}

// TestNoMethod: an account whose people cannot sign in yet says so, and keeps what
// was typed.
func TestNoMethod(t *testing.T) {
	w := newWorld(t)
	w.account(t, "directory", chime.EnterpriseDirectory, "corp.example")
	b := w.browser(t)
	got := b.get(t, b.post(t, w.begin(t, b, "app"), "email", "ann@corp.example").goes)
	for _, text := range []string{"There is no way to sign in with this address yet.", `value="ann@corp.example"`} {
		if !strings.Contains(got.body, text) {
			t.Errorf("got %q, want %q in it", got.body, text)
		}
	}
}
