package signin_test

import (
	"testing"
	"time"
)

// TestSignIn is what people and their administrators go through, at real apps.
func TestSignIn(t *testing.T) {
	w := newWorld(t)
	for _, a := range w.apps {
		t.Run("invited to an app of "+a.library, func(t *testing.T) { t.Parallel(); w.invited(t, a) })
	}
	for name, story := range map[string]func(*testing.T){
		"removed from a team": w.removed,
		"Login with Amazon":   w.byAmazon,
		"OpenID provider":     w.byProvider,
		"passkeys":            w.byPasskey,
		"every page":          w.look,
		"names":               w.names,
		"keyboard":            w.byKeyboard,
		"tabs":                w.tabs,
		"codes":               w.codes,
		"invitations":         w.invitations,
	} {
		t.Run(name, func(t *testing.T) { t.Parallel(); story(t) })
	}
}

// signIn signs in by a mailed code, from the page that asks for an address.
func (p *tab) signIn(address string) {
	p.Helper()
	p.heading("Sign in")
	p.fill("E-mail address", address)
	p.press("Next")
	p.heading("Check your mail")
	p.fill("Code", p.w.mail.next(p, address).code(p))
	p.press("Sign in")
}

// greeted makes sure that the app's page is shown, for that person.
func (p *tab) greeted(name, address, account string) {
	p.Helper()
	p.heading("App")
	p.see("Hello, " + name + " <" + address + ">")
	p.see("Account: " + account)
}

// cutOff waits until the app lets the person in no more, and says how long it took.
func (p *tab) cutOff(a app, since time.Time) {
	p.Helper()
	eventually(p, "the app refuses its page", func() bool {
		p.goTo(a.url)
		return p.title() == "Sign in"
	})
	p.Logf("%s: the page is refused %d ms after the answer to the administrator", a.library, time.Since(since).Milliseconds())
}

// invited is the whole story: somebody is invited by mail, joins, uses an app, is
// suspended, unsuspended, and signed out.
func (w *world) invited(t *testing.T, a app) {
	ada := "ada@" + a.domain
	account := w.createAccount(t, a.name+" team")
	w.aws(t, nil, "invite-users", "--account-id", account.AccountID, "--user-email-list", ada)

	p := w.open(t, nil)
	p.goTo(w.mail.next(t, ada).link(t))
	p.heading("Invitation")
	p.see(a.name + " team")
	p.press("Accept")
	p.heading("Sign in")
	p.press("Next") // the address stands there
	p.fill("Code", w.mail.next(t, ada).code(t))
	p.press("Sign in")
	p.heading("Welcome")
	p.fill("Display name", "Ada Lovelace")
	p.press("Go on")
	p.heading("My sign-ins")
	p.see("You have joined the account.")

	p.goTo(a.url)
	p.greeted("Ada Lovelace", ada, "Team, Pro")
	q := w.open(t, nil) // at another computer
	q.goTo(a.url)
	q.signIn(ada)
	q.greeted("Ada Lovelace", ada, "Team, Pro")

	w.claim(t, account, a.domain)
	user := w.userID(t, account, ada)
	w.change(t, "batch-suspend-user", account, user)
	p.cutOff(a, time.Now())
	p.signIn(ada)
	p.heading("You cannot sign in")
	p.see("Your account is suspended. Ask your administrator.")
	if a == w.apps[0] {
		p.look("suspended")
	}

	w.change(t, "batch-unsuspend-user", account, user)
	p.goTo(a.url)
	p.signIn(ada)
	p.greeted("Ada Lovelace", ada, "EnterpriseLWA, Pro")
	q.goTo(a.url)
	q.heading("Sign in") // there too, and nothing of it comes back

	w.aws(t, nil, "logout-user", "--account-id", account.AccountID, "--user-id", user)
	p.cutOff(a, time.Now())
	p.signIn(ada)
	p.greeted("Ada Lovelace", ada, "EnterpriseLWA, Pro")
}

// removed is the story of somebody whom a Team account lets go: they stay signed in,
// and the app learns at its next look that they are in no account.
func (w *world) removed(t *testing.T) {
	const bob = "bob@team.example"
	a := w.apps[1]
	account := w.createAccount(t, "Small team")
	w.aws(t, nil, "invite-users", "--account-id", account.AccountID, "--user-email-list", bob)
	p := w.open(t, nil)
	p.goTo(w.mail.next(t, bob).link(t))
	p.press("Accept")
	p.signIn(bob)
	p.fill("Display name", "Bob")
	p.press("Go on")
	p.heading("My sign-ins")
	p.goTo(a.url)
	p.greeted("Bob", bob, "Team, Pro")
	w.change(t, "batch-suspend-user", account, w.userID(t, account, bob))
	p.goTo(a.url)
	p.greeted("Bob", bob, "none, none")
}

// byPasskey is the story of somebody who signs in with a passkey.
func (w *world) byPasskey(t *testing.T) {
	const cleo = "cleo@passkeys.example"
	a := w.apps[2]
	account := w.createAccount(t, "Keys")
	w.claim(t, account, "passkeys.example")
	p := w.open(t, nil)
	p.do("authenticator", nil)
	p.goTo(w.url + "/signin")
	p.signIn(cleo)
	p.fill("Display name", "Cleo")
	p.press("Go on")
	p.heading("My sign-ins")
	p.press("Add a passkey")
	p.see("added ")
	p.look("me")
	p.press("Sign out of Chrome on Linux, this browser")
	p.heading("Signed out")

	p.goTo(a.url)
	p.press("Sign in with a passkey")
	p.greeted("Cleo", cleo, "EnterpriseLWA, Pro")
	user := w.userID(t, account, cleo)
	w.change(t, "batch-suspend-user", account, user)
	p.cutOff(a, time.Now())
	p.press("Sign in with a passkey")
	p.heading("You cannot sign in")
	p.see("Your account is suspended. Ask your administrator.")

	w.change(t, "batch-unsuspend-user", account, user)
	p.goTo(a.url)
	p.press("Sign in with a passkey")
	p.greeted("Cleo", cleo, "EnterpriseLWA, Pro")

	// A passkey that was removed is refused, in words.
	p.goTo(w.url + "/me")
	p.call(call("getByRole", "button", map[string]any{"name": "Remove the passkey"}), call("click"))
	p.see("With a passkey you sign in by")
	p.press("Sign out everywhere")
	p.heading("Signed out")
	p.goTo(a.url)
	p.press("Sign in with a passkey")
	p.see("That passkey is not known here any more. Sign in another way.")
	p.tolerate("Failed to load resource: the server responded with a status of 403")
}
