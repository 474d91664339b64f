package signin_test

import "testing"

// tabs is about browsers that are in the middle of more than one thing.
func (w *world) tabs(t *testing.T) {
	const tim, tom = "tim@tabs.example", "tom@tabs.example"
	first, second := w.apps[0], w.apps[1]
	p := w.open(t, nil)
	p.goTo(first.url)
	p.see(first.name)
	q := p.another()
	q.goTo(second.url)
	q.see(second.name)

	// Each tab ends where it began, whichever is first.
	p.signIn(tim)
	p.fill("Display name", "Tim")
	p.press("Go on")
	p.greeted("Tim", tim, "none")
	q.signIn(tim)
	q.greeted("Tim", tim, "none")

	// What is over is said to be, and leads on.
	q.call(call("goBack"))
	q.heading("This sign-in is over")
	q.follow("Sign in")
	q.heading("My sign-ins")

	// Whoever comes by themselves comes to their own page, not to an app that somebody
	// left half-way.
	other := w.open(t, nil)
	other.goTo(first.url)
	other.see(first.name)
	other.goTo(w.url + "/me")
	other.heading("Sign in")
	other.signIn(tom)
	other.fill("Display name", "Tom")
	other.press("Go on")
	other.heading("My sign-ins")

	// The address of a login is worth nothing in another browser, and nothing when it
	// is finished.
	other.call(call("goBack"))
	other.heading("This sign-in is over")
	half := w.open(t, nil)
	half.goTo(first.url)
	half.fill("E-mail address", tim)
	half.press("Next")
	half.heading("Check your mail")
	other.goTo(half.url())
	other.heading("This sign-in is over")

	// Reloading and going back are harmless.
	half.call(call("reload"))
	half.heading("Check your mail")
	half.call(call("goBack"))
	half.heading("Sign in")
	half.call(call("goForward"))
	half.heading("Check your mail")
	half.follow("Use another address")
	half.heading("Sign in")
	half.see(first.name)
	w.mail.next(t, tim) // the code before
	half.signIn(tim)
	half.greeted("Tim", tim, "none")
}

// codes is about mailed codes that do not work.
func (w *world) codes(t *testing.T) {
	const ulf = "ulf@codes.example"
	a := w.apps[0]
	p := w.open(t, nil)
	p.goTo(a.url)
	p.fill("E-mail address", ulf)
	p.press("Next")
	p.heading("Check your mail")
	code := w.mail.next(t, ulf).code(t)
	for range 4 {
		p.fill("Code", "00000000")
		p.press("Sign in")
		p.see("That is not the code.")
	}
	p.fill("Code", "00000000")
	p.press("Sign in")
	p.see("That was wrong too often. Ask for a new code.")
	p.fill("Code", code)
	p.press("Sign in")
	p.see("That was wrong too often. Ask for a new code.")
	p.press("Send a new code")
	p.see("We have sent another code.")
	p.fill("Code", code)
	p.press("Sign in")
	p.see("That is not the code.")
	code = w.mail.next(t, ulf).code(t)
	p.fill("Code", " "+code[:4]+" "+code[4:]+" ") // as people copy it
	p.press("Sign in")
	p.heading("Welcome")

	// Back, and forward again; and a button that is clicked twice.
	p.call(call("goBack"))
	p.heading("Welcome")
	p.fill("Display name", "Ulf")
	p.call(named("button", "Go on"), call("dblclick"))
	p.greeted("Ulf", ulf, "none")
}

// invitations is about people who are invited while they are somebody already.
func (w *world) invitations(t *testing.T) {
	const uma, vic = "uma@invitations.example", "vic@invitations.example"
	first, second := w.createAccount(t, "First team"), w.createAccount(t, "Second team")
	for _, a := range []account{first, second} {
		w.aws(t, nil, "invite-users", "--account-id", a.AccountID, "--user-email-list", uma, vic)
	}
	links := map[string]string{}
	for range 2 { // they may come in any order
		l := w.mail.next(t, uma)
		links[l.subject] = l.link(t)
	}
	p := w.open(t, nil)
	p.goTo(links["Invitation to join First team"])
	p.press("Accept")
	p.signIn(uma)
	p.fill("Display name", "Uma")
	p.press("Go on")
	p.see("You have joined the account.")

	// Somebody else's invitation cannot be accepted; after signing out it can.
	forVic := w.mail.next(t, vic).link(t)
	w.mail.next(t, vic)
	p.goTo(forVic)
	p.see("You are signed in as " + uma)
	p.look("invitation-other")
	p.goTo(links["Invitation to join Second team"])
	p.see("You belong to First team now.")
	p.look("invitation-leaves")
	p.press("Accept")
	p.see("You have joined the account.")
	p.see("Second team")
	p.goTo(forVic)
	p.press("Sign out")
	p.heading("Invitation")
	p.press("Accept")
	// Who then signs in as yet another person is told.
	p.signIn(uma)
	p.heading("Invitation")
	p.see("You are signed in as " + uma)

	// An invitation that was replaced by a newer one says so.
	for _, a := range []account{first, second} {
		w.aws(t, nil, "invite-users", "--account-id", a.AccountID, "--user-email-list", vic)
	}
	if status := p.goTo(forVic); status != 404 {
		t.Errorf("a replaced invitation: got %d, want 404", status)
	}
	p.see("The invitation does not exist any more.")
}
