package signin_test

import (
	"testing"
	"time"
)

// TestSignIn is what people and their administrators go through, at real apps.
func TestSignIn(t *testing.T) {
	w := newWorld(t)
	for _, a := range w.apps {
		t.Run("invited to "+a.name, func(t *testing.T) { t.Parallel(); w.invited(t, a) })
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
	p.Logf("%s: its page is refused %d ms after the answer to the administrator", a.name, time.Since(since).Milliseconds())
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

	w.claim(t, account, a.domain)
	user := w.userID(t, account, ada)
	w.change(t, "batch-suspend-user", account, user)
	p.cutOff(a, time.Now())
	p.signIn(ada)
	p.heading("You cannot sign in")
	p.see("Your account is suspended. Ask your administrator.")

	w.change(t, "batch-unsuspend-user", account, user)
	p.goTo(a.url)
	p.signIn(ada)
	p.greeted("Ada Lovelace", ada, "EnterpriseLWA, Pro")

	w.aws(t, nil, "logout-user", "--account-id", account.AccountID, "--user-id", user)
	p.cutOff(a, time.Now())
	p.signIn(ada)
	p.greeted("Ada Lovelace", ada, "EnterpriseLWA, Pro")
}
