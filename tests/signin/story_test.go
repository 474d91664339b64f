package signin_test

import (
	"testing"
	"time"

	"github.com/carillon-id/carillon/tests/world"
)

// story is what somebody goes through in the world.
type story struct{ *world.World }

// TestSignIn is what people and their administrators go through, at real apps.
func TestSignIn(t *testing.T) {
	w := story{world.New(t)}
	for _, a := range w.Apps {
		t.Run("invited to an app of "+a.Library, func(t *testing.T) { t.Parallel(); w.invited(t, a) })
	}
	for name, story := range map[string]func(*testing.T){
		"removed from a team": w.removed,
		"Login with Amazon":   w.byAmazon,
		"OpenID provider":     w.byProvider,
		"passkeys":            w.byPasskey,
		"every page":          w.look,
		"names":               w.names,
		"keyboard":            w.byKeyboard,
		"without JavaScript":  w.withoutScripts,
		"tabs":                w.tabs,
		"codes":               w.codes,
		"invitations":         w.invitations,
	} {
		t.Run(name, func(t *testing.T) { t.Parallel(); story(t) })
	}
}

// invited is the whole story: somebody is invited by mail, joins, uses an app, is
// suspended, unsuspended, and signed out.
func (w story) invited(t *testing.T, a world.App) {
	ada := "ada@" + a.Domain
	account := w.CreateAccount(t, a.Name+" team")
	w.AWS(t, nil, "invite-users", "--account-id", account.AccountID, "--user-email-list", ada)

	p := w.Open(t, nil)
	p.GoTo(w.Mail.Next(t, ada).Link(t))
	p.Heading("Invitation")
	p.See(a.Name + " team")
	p.Press("Accept")
	p.Heading("Sign in")
	p.Press("Next") // the address stands there
	p.Fill("Code", w.Mail.Next(t, ada).Code(t))
	p.Press("Sign in")
	p.Heading("Welcome")
	p.Fill("Display name", "Ada Lovelace")
	p.Press("Go on")
	p.Heading("My sign-ins")
	p.See("You have joined the account.")

	p.GoTo(a.URL)
	p.Greeted("Ada Lovelace", ada, "Team, Pro")
	q := w.Open(t, nil) // at another computer
	q.GoTo(a.URL)
	q.SignIn(ada)
	q.Greeted("Ada Lovelace", ada, "Team, Pro")

	w.Claim(t, account, a.Domain)
	user := w.UserID(t, account, ada)
	w.Change(t, "batch-suspend-user", account, user)
	p.CutOff(a, time.Now())
	w.told(t, a, user)
	p.SignIn(ada)
	p.Heading("You cannot sign in")
	p.See("Your account is suspended. Ask your administrator.")
	if a == w.Apps[0] {
		p.Look("suspended")
	}

	w.Change(t, "batch-unsuspend-user", account, user)
	p.GoTo(a.URL)
	p.SignIn(ada)
	p.Greeted("Ada Lovelace", ada, "EnterpriseLWA, Pro")
	q.GoTo(a.URL)
	q.Heading("Sign in") // there too, and nothing of it comes back

	w.AWS(t, nil, "logout-user", "--account-id", account.AccountID, "--user-id", user)
	p.CutOff(a, time.Now())
	p.SignIn(ada)
	p.Greeted("Ada Lovelace", ada, "EnterpriseLWA, Pro")
}

// told makes sure that the administrator is shown that the app was told, and has
// confirmed.
func (w story) told(t *testing.T, a world.App, user string) {
	t.Helper()
	var shown struct {
		Signouts []struct {
			App, Status, SignedOutTimestamp, ConfirmedTimestamp string
		}
	}
	w.Command(t, &shown, "signouts", "--user", user, "--wait")
	if len(shown.Signouts) != 1 || shown.Signouts[0].App != a.Name || shown.Signouts[0].Status != "Confirmed" || shown.Signouts[0].ConfirmedTimestamp == "" {
		t.Errorf("got the sign-outs %+v, want one that %s has confirmed", shown.Signouts, a.Name)
	}
}

// removed is the story of somebody whom a Team account lets go: they stay signed in,
// and the app learns at its next look that they are in no account.
func (w story) removed(t *testing.T) {
	const bob = "bob@team.example"
	a := w.Apps[1]
	account := w.CreateAccount(t, "Small team")
	w.AWS(t, nil, "invite-users", "--account-id", account.AccountID, "--user-email-list", bob)
	p := w.Open(t, nil)
	p.GoTo(w.Mail.Next(t, bob).Link(t))
	p.Press("Accept")
	p.SignIn(bob)
	p.Fill("Display name", "Bob")
	p.Press("Go on")
	p.Heading("My sign-ins")
	p.GoTo(a.URL)
	p.Greeted("Bob", bob, "Team, Pro")
	w.Change(t, "batch-suspend-user", account, w.UserID(t, account, bob))
	p.GoTo(a.URL)
	p.Greeted("Bob", bob, "none, none")
	p.Follow("Log out")
	p.See("Goodbye")
	p.GoTo(a.URL)
	p.Heading("Sign in")
}

// byPasskey is the story of somebody who signs in with a passkey.
func (w story) byPasskey(t *testing.T) {
	const cleo = "cleo@passkeys.example"
	a := w.Apps[2]
	account := w.CreateAccount(t, "Keys")
	w.Claim(t, account, "passkeys.example")
	p := w.Open(t, nil)
	p.Do("authenticator", nil)
	p.GoTo(w.URL + "/signin")
	p.SignIn(cleo)
	p.Fill("Display name", "Cleo")
	p.Press("Go on")
	p.Heading("My sign-ins")
	p.Press("Add a passkey")
	p.See("added ")
	p.Look("me")
	p.Press("Sign out of Chrome on Linux, this browser")
	p.Heading("Signed out")

	p.GoTo(a.URL)
	p.Press("Sign in with a passkey")
	p.Greeted("Cleo", cleo, "EnterpriseLWA, Pro")
	user := w.UserID(t, account, cleo)
	w.Change(t, "batch-suspend-user", account, user)
	p.CutOff(a, time.Now())
	p.Press("Sign in with a passkey")
	p.Heading("You cannot sign in")
	p.See("Your account is suspended. Ask your administrator.")

	w.Change(t, "batch-unsuspend-user", account, user)
	p.GoTo(a.URL)
	p.Press("Sign in with a passkey")
	p.Greeted("Cleo", cleo, "EnterpriseLWA, Pro")

	// A passkey that was removed is refused, in words.
	p.GoTo(w.URL + "/me")
	p.Call(world.Step("getByRole", "button", map[string]any{"name": "Remove the passkey"}), world.Step("click"))
	p.See("With a passkey you sign in by")
	p.Press("Sign out everywhere")
	p.Heading("Signed out")
	p.GoTo(a.URL)
	p.Press("Sign in with a passkey")
	p.See("That passkey is not known here any more. Sign in another way.")
	p.Tolerate("Failed to load resource: the server responded with a status of 403")
}
