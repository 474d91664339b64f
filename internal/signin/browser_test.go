package signin_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/session"
	"github.com/carillon-id/carillon/internal/signin"
)

// cookie is the value of a cookie that the browser has.
func (b *browser) cookie(name string) string {
	for _, c := range b.Jar.Cookies(b.at) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// TestFixation: each sign-in gives a session of its own; what was planted in the
// browser before becomes nobody's, and what began the sign-in is gone.
func TestFixation(t *testing.T) {
	w := newWorld(t)
	eve, b := w.browser(t), w.browser(t)
	w.signIn(t, eve, "app", "eve@example.com", "Eve")
	seen := map[string]bool{eve.cookie("carillon-session"): true}
	planted := []string{eve.cookie("carillon-session"), "planted", "", eve.cookie("carillon-session") + "x"}
	for _, value := range planted {
		b.Jar.SetCookies(b.at, []*http.Cookie{{Name: "carillon-session", Value: value, Path: "/"}})
		w.signIn(t, b, "app", "ann@example.com", "Ann")
		now := b.cookie("carillon-session")
		if seen[now] || now == value || now == "" {
			t.Errorf("planted %q: got the cookie %q, want a new one", value, now)
		}
		seen[now] = true
		for _, c := range b.Jar.Cookies(b.at) {
			if strings.HasPrefix(c.Name, "carillon-login") {
				t.Errorf("got the cookie %s left", c.Name)
			}
		}
	}
	if page := eve.get(t, "/me").body; !strings.Contains(page, "eve@example.com") || strings.Contains(page, "ann@") {
		t.Errorf("who planted is at %q", page)
	}
	// A login that another browser began, planted in this one, is one of theirs: it
	// tells them nothing, and gives them no session.
	first := w.begin(t, eve, "app")
	for _, c := range eve.Jar.Cookies(eve.at) {
		if strings.HasPrefix(c.Name, "carillon-login") {
			b.Jar.SetCookies(b.at, []*http.Cookie{c})
		}
	}
	got := b.post(t, first, "email", "ann@example.com")
	b.post(t, got.goes, "code", w.code(t, "ann@example.com"))
	if got := eve.post(t, strings.Replace(first, "/signin?", "/signin/finish?", 1)); got.status != http.StatusForbidden {
		t.Errorf("the login after the other finished it: got %d to %q", got.status, got.goes)
	}
}

// TestSecureCookies: under https nobody else can set our cookies, nor any script
// read them.
func TestSecureCookies(t *testing.T) {
	w := newWorld(t)
	c := w.Config
	c.PublicURL, c.Cookies = "https://id.example.com", session.Cookies{Secure: true}
	site, err := signin.New(c)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	site.Register(mux)
	cookies := map[string]string{}
	send := func(method, path string, form url.Values) string {
		t.Helper()
		r := httptest.NewRequest(method, "https://id.example.com"+path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for name, value := range cookies {
			r.AddCookie(&http.Cookie{Name: name, Value: value})
		}
		rec := httptest.NewRecorder()
		mux.ServeHTTP(rec, r)
		for _, c := range rec.Result().Cookies() {
			if !strings.HasPrefix(c.Name, "__Host-carillon-") || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
				t.Errorf("%s: got the cookie %v", path, c)
			}
			if cookies[c.Name] = c.Value; c.MaxAge < 0 {
				delete(cookies, c.Name)
			}
		}
		return rec.Header().Get("Location")
	}
	send("GET", "/signin", nil)
	var login string
	for name := range cookies {
		login = "?login=" + strings.TrimPrefix(name, "__Host-carillon-login-")
	}
	send("POST", "/signin/amazon"+login, nil)
	send("POST", "/signin/passkey/begin"+login, nil)
	if len(cookies) != 3 {
		t.Errorf("got the cookies %v, want one each of the login, of Amazon and of passkeys", cookies)
	}
	send("POST", "/signin"+login, url.Values{"email": {"ann@example.com"}})
	send("POST", "/signin/code"+login, url.Values{"code": {w.code(t, "ann@example.com")}})
	if to := send("POST", "/signin/name"+login, url.Values{"name": {"Ann"}}); to != "/me" {
		t.Errorf("got to %q, want to be signed in", to)
	}
	plain := &http.Cookie{Name: "carillon-session", Value: cookies["__Host-carillon-session"]}
	r := httptest.NewRequest(http.MethodGet, "https://id.example.com/me", http.NoBody)
	r.AddCookie(plain)
	rec := httptest.NewRecorder()
	mux.ServeHTTP(rec, r)
	if rec.Header().Get("Location") != "/signin" {
		t.Errorf("a session's cookie without its prefix: got %d, want nobody signed in", rec.Code)
	}
	send("POST", "/me/sign-out", nil)
	if cookies["__Host-carillon-session"] != "" {
		t.Error("signing out leaves the cookie")
	}
}

var inline = regexp.MustCompile(`(?i)<style|\sstyle=|\son[a-z]+\s*=|<script(?:\s*>|[^>]*>[^<])|javascript:`)

// TestNothingInline: the policy forbids scripts and styles in the page, so a page
// has none.
func TestNothingInline(t *testing.T) {
	w := newWorld(t)
	w.account(t, "first", chime.Team, "first.example")
	b := w.browser(t)
	pages := []answer{b.get(t, w.invite(t, "first", "ann@example.com")), b.get(t, "/signin"), b.get(t, "/me/nothing")}
	first := w.begin(t, b, "app")
	got := b.post(t, first, "email", "ann@example.com")
	pages = append(pages, b.get(t, first), b.get(t, got.goes))
	got = b.post(t, got.goes, "code", w.code(t, "ann@example.com"))
	pages = append(pages, b.get(t, got.goes))
	b.post(t, got.goes, "name", "Ann")
	amazon := b.post(t, strings.Replace(w.begin(t, b, "app"), "/signin?", "/signin/amazon?", 1))
	pages = append(pages, b.get(t, "/me"), b.get(t, "/me/signed-out"), b.get(t, first), amazon)
	for _, page := range pages {
		if found := inline.FindString(page.body); found != "" || !strings.Contains(page.body, "<!doctype html>") || page.header.Get("Content-Security-Policy") == "" {
			t.Errorf("got %q in %q", found, page.body)
		}
	}
}

// TestOpenRedirects: whatever a request asks for, it leads nowhere but to our pages.
func TestOpenRedirects(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t)
	w.signIn(t, b, "app", "ann@example.com", "Ann")
	const evil = "//evil.example/"
	forms := url.Values{}
	for _, name := range []string{"next", "return", "redirect_uri", "continue", "url", "to", "login", "invitation", "token", "session", "passkey", "email", "code", "name", "problem", "done", "state"} {
		forms.Set(name, evil)
	}
	first := w.begin(t, b, "app")
	_, login, _ := strings.Cut(first, "?")
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		for _, path := range []string{
			"/signin", "/signin/code", "/signin/code/again", "/signin/name", "/signin/finish", "/signin/refused", "/signin/amazon/callback",
			"/signin/provider/callback", "/invitations", "/me", "/me/end", "/me/passkeys/delete", "/me/signed-out", "/signin//evil.example", "/me//evil.example",
			"//evil.example/signin", "/signin/..//evil.example", "/signin/%2f%2fevil.example", "/me/sign-out",
		} {
			for _, query := range []string{forms.Encode(), login} {
				got := b.send(t, method, path+"?"+query, forms)
				to, err := url.Parse(got.goes)
				if err != nil || to.Host != "" || to.Scheme != "" || strings.HasPrefix(got.goes, "//") || strings.HasPrefix(got.goes, `/\`) {
					t.Errorf("%s %s?%s: got %d to %q", method, path, query, got.status, got.goes)
				}
				if strings.Contains(got.body, `="//evil`) && !strings.Contains(got.body, `value="//evil`) {
					t.Errorf("%s %s?%s: got a link there in %q", method, path, query, got.body)
				}
			}
		}
	}
}

// TestFinishedLogin: nothing of a login that is finished goes on, in its own browser
// either.
func TestFinishedLogin(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t)
	first := w.begin(t, b, "app")
	kept := b.Jar.Cookies(b.at)
	got := b.post(t, first, "email", "ann@example.com")
	code := w.code(t, "ann@example.com")
	got = b.post(t, got.goes, "code", code)
	b.post(t, got.goes, "name", "Ann")
	b.Jar.SetCookies(b.at, kept) // as if the browser had not let go of it
	_, login, _ := strings.Cut(first, "?")
	for _, path := range []string{
		"GET /signin", "POST /signin", "GET /signin/code", "POST /signin/code", "POST /signin/code/again", "GET /signin/name", "POST /signin/name",
		"POST /signin/finish", "POST /signin/amazon", "POST /signin/passkey/begin", "GET /signin/refused",
	} {
		method, path, _ := strings.Cut(path, " ")
		got := b.send(t, method, path+"?"+login, url.Values{"email": {"ann@example.com"}, "code": {code}, "name": {"Ann"}})
		if got.status != http.StatusForbidden || strings.Contains(got.body, "ann@") {
			t.Errorf("%s %s: got %d to %q with %q", method, path, got.status, got.goes, got.body)
		}
	}
	if len(w.codes) > 0 {
		t.Errorf("got codes mailed to %v", w.codes)
	}
}

// TestAddressesTellNothing: an address that is somebody's, one that is suspended,
// one that is nobody's and one that has had too many mails get the same answer.
func TestAddressesTellNothing(t *testing.T) {
	w := newWorld(t)
	w.signIn(t, w.browser(t), "app", "known@example.com", "Known")
	answers := map[string]string{}
	for _, address := range []string{"known@example.com", "nobody@example.com"} {
		b := w.browser(t)
		first := w.begin(t, b, "app")
		at := func(path string) string { return strings.Replace(first, "/signin?", path+"?", 1) }
		said := ""
		for _, got := range []answer{
			b.post(t, first, "email", address), b.get(t, at("/signin/code")), b.post(t, at("/signin/code"), "code", "1"),
			b.get(t, at("/signin/code")+"&problem=CodeWrong"), b.get(t, at("/signin/name")), b.post(t, at("/signin/code/again")), b.get(t, at("/signin/code/again")),
			b.post(t, at("/signin/finish")),
		} {
			got.header.Del("Date")
			got.header.Del("X-Amzn-Requestid")
			said += fmt.Sprintln(got.status, got.goes, got.header, got.body)
		}
		_, login, _ := strings.Cut(first, "=")
		answers[address] = strings.NewReplacer(login, "LOGIN", address, "ADDRESS", "Content-Length:["+fmt.Sprint(len(said))+"]", "").Replace(said)
	}
	length := regexp.MustCompile(`Content-Length:\[\d+\]`)
	known, unknown := length.ReplaceAllString(answers["known@example.com"], ""), length.ReplaceAllString(answers["nobody@example.com"], "")
	if known != unknown {
		t.Errorf("of somebody's address:\n%s\nof nobody's:\n%s", known, unknown)
	}
}

// TestTooManyHere: who asks for too many codes is told, and the operator too.
func TestTooManyHere(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t)
	first := w.begin(t, b, "app")
	for i := range clientLimit {
		if got := b.post(t, first, "email", fmt.Sprintf("person%d@example.com", i)); !strings.HasPrefix(got.goes, "/signin/code?") {
			t.Fatalf("code %d: got %d to %q", i, got.status, got.goes)
		}
	}
	again := strings.Replace(first, "/signin?", "/signin/code/again?", 1)
	for _, got := range []answer{b.post(t, first, "email", "one@example.com"), b.post(t, again)} {
		if page := b.get(t, got.goes); !strings.Contains(page.body, "Too many codes were asked for where you are.") {
			t.Errorf("got %d to %q with %q", got.status, got.goes, page.body)
		}
	}
	if !strings.Contains(w.log.String(), "--trusted-proxies") || strings.Contains(w.log.String(), "one@example.com") {
		t.Errorf("got the log %q, want the client and no address in it", w.log.String())
	}
	w.pass(session.ClientWindow)
	if got := b.post(t, w.begin(t, b, "app"), "email", "one@example.com"); !strings.HasPrefix(got.goes, "/signin/code?") {
		t.Errorf("an hour later: got %d to %q", got.status, got.goes)
	}
}
