package world

import "time"

// SignIn signs in by a mailed code, from the page that asks for an address.
func (p *Tab) SignIn(address string) {
	p.Helper()
	p.Heading("Sign in")
	p.Fill("E-mail address", address)
	p.Press("Next")
	p.Heading("Check your mail")
	p.Fill("Code", p.w.Mail.Next(p, address).Code(p))
	p.Press("Sign in")
}

// Greeted makes sure that the app's page is shown, for that person.
func (p *Tab) Greeted(name, address, account string) {
	p.Helper()
	p.Heading("App")
	p.See("Hello, " + name + " <" + address + ">")
	p.See("Account: " + account)
}

// CutOff waits until the app lets the person in no more, and says how long it took.
func (p *Tab) CutOff(a App, since time.Time) {
	p.Helper()
	Eventually(p, "the app refuses its page", func() bool {
		p.GoTo(a.URL)
		return p.Title() == "Sign in"
	})
	p.Logf("%s: the page is refused %d ms after the answer to the administrator", a.Library, time.Since(since).Milliseconds())
}
