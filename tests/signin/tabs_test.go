package signin_test

import (
	"testing"

	"github.com/carillon-id/carillon/tests/world"
)

// tabs is about browsers that are in the middle of more than one thing.
func (w story) tabs(t *testing.T) {
	const tim, tom = "tim@tabs.example", "tom@tabs.example"
	first, second := w.Apps[0], w.Apps[1]
	p := w.Open(t, nil)
	p.GoTo(first.URL)
	p.See(first.Name)
	q := p.Another()
	q.GoTo(second.URL)
	q.See(second.Name)

	// Each tab ends where it began, whichever is first.
	p.SignIn(tim)
	p.Fill("Display name", "Tim")
	p.Press("Go on")
	p.Greeted("Tim", tim, "none")
	q.SignIn(tim)
	q.Greeted("Tim", tim, "none")

	// What is over is said to be, and leads on.
	q.Call(world.Step("goBack"))
	q.Heading("This sign-in is over")
	q.Follow("Sign in")
	q.Heading("My sign-ins")

	// Whoever comes by themselves comes to their own page, not to an app that somebody
	// left half-way.
	other := w.Open(t, nil)
	other.GoTo(first.URL)
	other.See(first.Name)
	other.GoTo(w.URL + "/me")
	other.Heading("Sign in")
	other.SignIn(tom)
	other.Fill("Display name", "Tom")
	other.Press("Go on")
	other.Heading("My sign-ins")

	// The address of a login is worth nothing in another browser, and nothing when it
	// is finished.
	other.Call(world.Step("goBack"))
	other.Heading("This sign-in is over")
	half := w.Open(t, nil)
	half.GoTo(first.URL)
	half.Fill("E-mail address", tim)
	half.Press("Next")
	half.Heading("Check your mail")
	other.GoTo(half.URL())
	other.Heading("This sign-in is over")

	// Reloading and going back are harmless.
	half.Call(world.Step("reload"))
	half.Heading("Check your mail")
	half.Call(world.Step("goBack"))
	half.Heading("Sign in")
	half.Call(world.Step("goForward"))
	half.Heading("Check your mail")
	half.Follow("Use another address")
	half.Heading("Sign in")
	half.See(first.Name)
	w.Mail.Next(t, tim) // the code before
	half.SignIn(tim)
	half.Greeted("Tim", tim, "none")
}

// codes is about mailed codes that do not work.
func (w story) codes(t *testing.T) {
	const ulf = "ulf@codes.example"
	a := w.Apps[0]
	p := w.Open(t, nil)
	p.GoTo(a.URL)
	p.Fill("E-mail address", ulf)
	p.Press("Next")
	p.Heading("Check your mail")
	code := w.Mail.Next(t, ulf).Code(t)
	for range 4 {
		p.Fill("Code", "00000000")
		p.Press("Sign in")
		p.See("That is not the code.")
	}
	p.Fill("Code", "00000000")
	p.Press("Sign in")
	p.See("That was wrong too often. Ask for a new code.")
	p.Fill("Code", code)
	p.Press("Sign in")
	p.See("That was wrong too often. Ask for a new code.")
	p.Press("Send a new code")
	p.See("We have sent another code.")
	p.Fill("Code", code)
	p.Press("Sign in")
	p.See("That is not the code.")
	code = w.Mail.Next(t, ulf).Code(t)
	p.Fill("Code", " "+code[:4]+" "+code[4:]+" ") // as people copy it
	p.Press("Sign in")
	p.Heading("Welcome")

	// Back, and forward again; and a button that is clicked twice.
	p.Call(world.Step("goBack"))
	p.Heading("Welcome")
	p.Fill("Display name", "Ulf")
	p.Call(world.Named("button", "Go on"), world.Step("dblclick"))
	p.Greeted("Ulf", ulf, "none")
}

// invitations is about people who are invited while they are somebody already.
func (w story) invitations(t *testing.T) {
	const uma, vic = "uma@invitations.example", "vic@invitations.example"
	first, second := w.CreateAccount(t, "First team"), w.CreateAccount(t, "Second team")
	for _, a := range []world.Account{first, second} {
		w.AWS(t, nil, "invite-users", "--account-id", a.AccountID, "--user-email-list", uma, vic)
	}
	links := map[string]string{}
	for range 2 { // they may come in any order
		l := w.Mail.Next(t, uma)
		links[l.Subject] = l.Link(t)
	}
	p := w.Open(t, nil)
	p.GoTo(links["Invitation to join First team"])
	p.Press("Accept")
	p.SignIn(uma)
	p.Fill("Display name", "Uma")
	p.Press("Go on")
	p.See("You have joined the account.")

	// Somebody else's invitation cannot be accepted; after signing out it can.
	forVic := w.Mail.Next(t, vic).Link(t)
	w.Mail.Next(t, vic)
	p.GoTo(forVic)
	p.See("You are signed in as " + uma)
	p.Look("invitation-other")
	p.GoTo(links["Invitation to join Second team"])
	p.See("You belong to First team now.")
	p.Look("invitation-leaves")
	p.Press("Accept")
	p.See("You have joined the account.")
	p.See("Second team")
	p.GoTo(forVic)
	p.Press("Sign out")
	p.Heading("Invitation")
	p.Press("Accept")
	// Who then signs in as yet another person is told.
	p.SignIn(uma)
	p.Heading("Invitation")
	p.See("You are signed in as " + uma)

	// An invitation that was replaced by a newer one says so.
	for _, a := range []world.Account{first, second} {
		w.AWS(t, nil, "invite-users", "--account-id", a.AccountID, "--user-email-list", vic)
	}
	if status := p.GoTo(forVic); status != 404 {
		t.Errorf("a replaced invitation: got %d, want 404", status)
	}
	p.See("The invitation does not exist any more.")
}
