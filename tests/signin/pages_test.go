package signin_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// look examines each page: see tab.look. It makes the pictures of the documents.
func (w *world) look(t *testing.T) {
	const grace = "grace@look.example"
	a := w.apps[0]
	account := w.createAccount(t, "Example Corp")
	w.aws(t, nil, "invite-users", "--account-id", account.AccountID, "--user-email-list", grace)
	p := w.open(t, options{"viewport": desktop})
	link := w.mail.next(t, grace).link(t)
	p.goTo(link)
	p.look("invitation")
	p.goTo(w.url + "/invitations?token=forged")
	p.heading("This did not work")
	p.look("problem")

	p.goTo(a.url)
	p.heading("Sign in")
	p.look("signin")
	p.fill("E-mail address", "nobody@example")
	p.press("Next")
	p.see("That is not an e-mail address.")
	p.look("")
	p.fill("E-mail address", grace)
	p.press("Next")
	p.heading("Check your mail")
	p.look("code")
	code := w.mail.next(t, grace).code(t)
	p.fill("Code", "0")
	p.press("Sign in")
	p.see("That is not the code. Look again at the newest mail from us.")
	p.look("")
	p.fill("Code", code)
	p.press("Sign in")
	p.heading("Welcome")
	p.look("name")
	p.fill("Display name", "\u2063")
	p.press("Go on")
	p.see("Use at most 100 characters, and none that cannot be seen.")
	p.look("")
	p.fill("Display name", "Grace Hopper")
	p.press("Go on")
	p.greeted("Grace Hopper", grace, "none, none")

	// The app has a part in the session; signing out at the app ends it, without asking.
	p.goTo(w.url + "/me")
	p.see("Apps: " + a.name)
	p.goTo(w.url + "/oauth2/logout?client_id=" + a.clientID)
	p.heading("Sign out?")
	p.look("signout")
	p.goTo(w.url + "/oauth2/authorize?client_id=unknown")
	p.heading("This request does not work")
	p.look("app-problem")
	p.goTo(a.url)
	p.follow("Log out")
	p.see("Goodbye")
	p.goTo(w.url + "/me")
	p.heading("Sign in")
	p.goTo(w.url + "/me/signed-out")
	p.look("signed-out")
	for _, path := range []string{"/me/nothing", "/signin/amazon", "/signin/static/nothing.css", "/signin/"} {
		if status := p.goTo(w.url + path); status != 404 || p.title() != "There is nothing here" {
			t.Errorf("%s: got %d %q, want 404 in words", path, status, p.title())
		}
	}
}

// names shows that nothing that people are called breaks a page.
func (w *world) names(t *testing.T) {
	names := []string{
		strings.Repeat("Wolfeschlegelsteinhausenbergerdorff", 2),
		"ليلى بنت عبد الرحمن الطويلة", "דוד בן־גוריון (ת״א)",
		`<img src=x onerror=alert(1)>"'&<b>`, "علی\u200cرضا 👩‍👩‍👧‍👦",
	}
	account := w.createAccount(t, `<script>alert("`+names[1]+`")</script>`+strings.Repeat("x", 40))
	address := strings.Repeat("longest", 8) + "@" + strings.Repeat("sub.", 20) + "names.example"
	w.aws(t, nil, "invite-users", "--account-id", account.AccountID, "--user-email-list", address)
	p := w.open(t, options{"viewport": narrow})
	link := w.mail.next(t, address).link(t)
	for i, name := range names {
		if i == 0 {
			p.goTo(link)
			p.look("")
			p.press("Accept")
			p.look("")
			p.press("Next")
			p.look("")
			p.fill("Code", w.mail.next(t, address).code(t))
			p.press("Sign in")
		} else {
			p.goTo(w.url + "/signin")
			p.signIn(strings.Repeat("y", i) + "@names.example")
		}
		p.heading("Welcome")
		p.fill("Display name", name)
		p.press("Go on")
		p.heading("My sign-ins")
		p.see(name)
		p.look("")
		p.press("Sign out of Chrome on Linux, this browser")
		p.heading("Signed out")
	}
}

// byKeyboard signs in, and out, without a mouse.
func (w *world) byKeyboard(t *testing.T) {
	const kim = "kim@keyboard.example"
	p := w.open(t, nil)
	keys := func(keys ...string) {
		t.Helper()
		for _, key := range keys {
			p.call(call("waitForLoadState"))
			p.do("key", map[string]any{"key": key})
		}
	}
	typed := func(text string) { p.do("type", map[string]any{"text": text}) }
	p.goTo(w.url + "/signin")
	typed(kim) // the field has the focus
	keys("Enter")
	p.heading("Check your mail")
	typed(w.mail.next(t, kim).code(t))
	keys("Enter")
	p.heading("Welcome")
	typed("Kim")
	keys("Tab", "Enter")
	p.heading("My sign-ins")
	keys("Tab")
	if focused := p.text(call("evaluate", "document.activeElement.getAttribute('aria-label')")); focused != "Sign out of Chrome on Linux, this browser" {
		t.Errorf("the first that has the focus is %q, want the button that signs out", focused)
	}
	var outline string
	if err := json.Unmarshal(p.call(call("evaluate", "getComputedStyle(document.activeElement).outlineStyle")), &outline); err != nil || outline != "solid" {
		t.Errorf("got the outline %q (%v) around what has the focus, want one to see", outline, err)
	}
	keys("Enter")
	p.heading("Signed out")
}

// TestPlain is a server as it comes: over http, without a mail server, and for a
// browser without JavaScript.
func TestPlain(t *testing.T) {
	url := "http://localhost:" + freePort(t)
	w := &world{server: startServer(t, url, ""), browser: newBrowser(t, "")}
	p := w.open(t, options{"javaScriptEnabled": false})
	p.goTo(url + "/me")
	p.heading("Sign in")
	p.fill("E-mail address", "ann@plain.example")
	p.press("Next")
	p.heading("Check your mail")
	p.fill("Code", w.newestMail(t).code(t))
	p.press("Sign in")
	p.fill("Display name", "Ann")
	p.press("Go on")
	p.heading("My sign-ins")
	p.see("ann@plain.example")
	if shown := p.text(call("locator", "main"), call("innerText")); strings.Contains(shown, "Add a passkey") {
		t.Error("without JavaScript: got a button that needs it")
	}

	q := w.open(t, options{"javaScriptEnabled": false})
	q.goTo(url + "/signin")
	q.fill("E-mail address", "ann@plain.example")
	q.press("Next")
	q.press("Send a new code")
	q.see("We have sent another code. Only the newest is good.")
	q.fill("Code", w.newestMail(t).code(t))
	q.press("Sign in")
	q.heading("My sign-ins")

	// Each ends the other's session.
	p.goTo(url + "/me")
	p.call(call("getByRole", "button", map[string]any{"name": "Sign out of Chrome on Linux, since"}), call("click"))
	p.see("That session is over.")
	q.goTo(url + "/me")
	q.heading("Sign in")
	p.press("Sign out everywhere")
	p.see("You were signed out everywhere.")
	p.goTo(url + "/me")
	p.heading("Sign in")
}

// newestMail waits for mail in the folder, and takes the newest.
func (s *server) newestMail(tb testing.TB) (l letter) {
	tb.Helper()
	eventually(tb, "mail is in the folder", func() bool {
		files, err := filepath.Glob(filepath.Join(s.dir, "carillon-mail", "*.eml"))
		if err != nil || len(files) == 0 {
			return false
		}
		l = must(readLetter(must(os.ReadFile(files[len(files)-1]))(tb)))(tb)
		for _, file := range files {
			if err := os.Remove(file); err != nil {
				tb.Fatal(err)
			}
		}
		return true
	})
	return l
}
