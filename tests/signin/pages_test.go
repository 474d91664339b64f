package signin_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/carillon-id/carillon/tests/world"
)

// look examines each page: see world.Tab.Look. It makes the pictures of the documents.
func (w story) look(t *testing.T) {
	const grace = "grace@look.example"
	a := w.Apps[0]
	account := w.CreateAccount(t, "Example Corp")
	w.AWS(t, nil, "invite-users", "--account-id", account.AccountID, "--user-email-list", grace)
	p := w.Open(t, world.Options{"viewport": world.Desktop})
	link := w.Mail.Next(t, grace).Link(t)
	p.GoTo(link)
	p.Look("invitation")
	p.GoTo(w.URL + "/invitations?token=forged")
	p.Heading("This did not work")
	p.Look("problem")

	p.GoTo(a.URL)
	p.Heading("Sign in")
	p.Look("signin")
	p.Fill("E-mail address", "nobody@example")
	p.Press("Next")
	p.See("That is not an e-mail address.")
	p.Look("")
	p.Fill("E-mail address", grace)
	p.Press("Next")
	p.Heading("Check your mail")
	p.Look("code")
	code := w.Mail.Next(t, grace).Code(t)
	p.Fill("Code", "0")
	p.Press("Sign in")
	p.See("That is not the code. Look again at the newest mail from us.")
	p.Look("")
	p.Fill("Code", code)
	p.Press("Sign in")
	p.Heading("Welcome")
	p.Look("name")
	p.Fill("Display name", "\u2063")
	p.Press("Go on")
	p.See("Use at most 100 characters, and none that cannot be seen.")
	p.Look("")
	p.Fill("Display name", "Grace Hopper")
	callback := map[string]any{"url": a.URL + "callback?**"}
	p.Do("block", callback)
	p.Press("Go on")
	p.Heading("One moment")
	p.Look("")
	p.Do("unblock", callback)
	p.Follow("Go on")
	p.Greeted("Grace Hopper", grace, "none, none")

	// The app has a part in the session; signing out at the app ends it, without asking.
	p.GoTo(w.URL + "/me")
	p.See("Apps: " + a.Name)
	p.GoTo(w.URL + "/oauth2/logout?client_id=" + a.ClientID)
	p.Heading("Sign out?")
	p.Look("signout")
	p.GoTo(w.URL + "/oauth2/authorize?client_id=unknown")
	p.Heading("This request does not work")
	p.Look("app-problem")
	p.GoTo(a.URL)
	p.Follow("Log out")
	p.See("Goodbye")
	p.GoTo(w.URL + "/me")
	p.Heading("Sign in")
	p.GoTo(w.URL + "/me/signed-out")
	p.Look("signed-out")
	for _, path := range []string{"/me/nothing", "/signin/amazon", "/signin/static/nothing.css", "/signin/"} {
		if status := p.GoTo(w.URL + path); status != 404 || p.Title() != "There is nothing here" {
			t.Errorf("%s: got %d %q, want 404 in words", path, status, p.Title())
		}
	}
}

// names shows that nothing that people are called breaks a page.
func (w story) names(t *testing.T) {
	names := []string{
		strings.Repeat("Wolfeschlegelsteinhausenbergerdorff", 2),
		"ليلى بنت عبد الرحمن الطويلة", "דוד בן־גוריון (ת״א)",
		`<img src=x onerror=alert(1)>"'&<b>`, "علی\u200cرضا 👩‍👩‍👧‍👦",
	}
	account := w.CreateAccount(t, `<script>alert("`+names[1]+`")</script>`+strings.Repeat("x", 40))
	address := strings.Repeat("longest", 8) + "@" + strings.Repeat("sub.", 20) + "names.example"
	w.AWS(t, nil, "invite-users", "--account-id", account.AccountID, "--user-email-list", address)
	p := w.Open(t, world.Options{"viewport": world.Narrow})
	link := w.Mail.Next(t, address).Link(t)
	for i, name := range names {
		if i == 0 {
			p.GoTo(link)
			p.Look("")
			p.Press("Accept")
			p.Look("")
			p.Press("Next")
			p.Look("")
			p.Fill("Code", w.Mail.Next(t, address).Code(t))
			p.Press("Sign in")
		} else {
			p.GoTo(w.URL + "/signin")
			p.SignIn(strings.Repeat("y", i) + "@names.example")
		}
		p.Heading("Welcome")
		p.Fill("Display name", name)
		p.Press("Go on")
		p.Heading("My sign-ins")
		p.See(name)
		p.Look("")
		p.Press("Sign out of Chrome on Linux, this browser")
		p.Heading("Signed out")
	}
}

// byKeyboard signs in, and out, without a mouse.
func (w story) byKeyboard(t *testing.T) {
	const kim = "kim@keyboard.example"
	p := w.Open(t, nil)
	keys := func(keys ...string) {
		t.Helper()
		for _, key := range keys {
			p.Call(world.Step("waitForLoadState"))
			p.Do("key", map[string]any{"key": key})
		}
	}
	typed := func(text string) { p.Do("type", map[string]any{"text": text}) }
	p.GoTo(w.URL + "/signin")
	typed(kim) // the field has the focus
	keys("Enter")
	p.Heading("Check your mail")
	typed(w.Mail.Next(t, kim).Code(t))
	keys("Enter")
	p.Heading("Welcome")
	typed("Kim")
	keys("Tab", "Enter")
	p.Heading("My sign-ins")
	keys("Tab")
	if focused := p.Text(world.Step("evaluate", "document.activeElement.getAttribute('aria-label')")); focused != "Sign out of Chrome on Linux, this browser" {
		t.Errorf("the first that has the focus is %q, want the button that signs out", focused)
	}
	var outline string
	if err := json.Unmarshal(p.Call(world.Step("evaluate", "getComputedStyle(document.activeElement).outlineStyle")), &outline); err != nil || outline != "solid" {
		t.Errorf("got the outline %q (%v) around what has the focus, want one to see", outline, err)
	}
	keys("Enter")
	p.Heading("Signed out")
}

// withoutScripts signs in to an app from a browser that runs no scripts, by a mailed
// code and with Login with Amazon.
func (w story) withoutScripts(t *testing.T) {
	const nat = "nat@scripts.example"
	w.Enroll(t, "nat-at-amazon", world.Person{Sub: "amzn1.account.NAT", Name: "Nat of Amazon"})
	a := w.Apps[2]
	p := w.Open(t, world.Options{"javaScriptEnabled": false})
	p.GoTo(a.URL)
	p.SignIn(nat)
	p.Fill("Display name", "Nat")
	p.Press("Go on")
	p.Greeted("Nat", nat, "")
	q := w.Open(t, world.Options{"javaScriptEnabled": false})
	q.GoTo(a.URL)
	q.Press("Login with Amazon")
	q.Elsewhere("nat-at-amazon")
	q.Fill("E-mail address", nat)
	q.Press("Next")
	q.Fill("Code", w.Mail.Next(t, nat).Code(t))
	q.Press("Sign in")
	q.Greeted("Nat", nat, "")
}

// TestPlain is a server as it comes: over http, without a mail server, and for a
// browser without JavaScript.
func TestPlain(t *testing.T) {
	url := "http://localhost:" + world.FreePort(t)
	w := world.Plain(t, world.StartServer(t, url, ""))
	p := w.Open(t, world.Options{"javaScriptEnabled": false})
	p.GoTo(url) // is all that somebody may know
	p.Heading("Sign in")
	p.Fill("E-mail address", "ann@plain.example")
	p.Press("Next")
	p.Heading("Check your mail")
	p.Fill("Code", w.MailInFolder(t).Code(t))
	p.Press("Sign in")
	p.Fill("Display name", "Ann")
	p.Press("Go on")
	p.Heading("My sign-ins")
	p.See("ann@plain.example")
	if shown := p.Text(world.Step("locator", "main"), world.Step("innerText")); strings.Contains(shown, "Add a passkey") {
		t.Error("without JavaScript: got a button that needs it")
	}

	q := w.Open(t, world.Options{"javaScriptEnabled": false})
	q.GoTo(url + "/signin")
	q.Fill("E-mail address", "ann@plain.example")
	q.Press("Next")
	w.MailInFolder(t)
	q.Press("Send a new code")
	q.See("We have sent another code. Only the newest is good.")
	q.Fill("Code", w.MailInFolder(t).Code(t))
	q.Press("Sign in")
	q.Heading("My sign-ins")

	// Each ends the other's session.
	p.GoTo(url + "/me")
	p.Call(world.Step("getByRole", "button", map[string]any{"name": "Sign out of Chrome on Linux, since"}), world.Step("click"))
	p.See("That session is over.")
	q.GoTo(url + "/me")
	q.Heading("Sign in")
	p.Press("Sign out everywhere")
	p.See("You were signed out everywhere.")
	p.GoTo(url + "/me")
	p.Heading("Sign in")
}
