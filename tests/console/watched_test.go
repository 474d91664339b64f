package console_test

import (
	"testing"
	"time"

	"github.com/carillon-id/carillon/tests/world"
)

// watched is a suspension, as the administrator and the person see it: the app's
// page is refused, and the console shows that the app was told.
func (c console) watched(t *testing.T) {
	const ada = "ada@watched.example"
	app := c.Apps[0]
	a := c.CreateAccount(t, "Example Labs")
	c.Claim(t, a, "watched.example")
	person := c.Open(t, nil)
	person.GoTo(app.URL)
	person.SignIn(ada)
	person.Fill("Display name", "Ada Lovelace")
	person.Press("Go on")
	person.Greeted("Ada Lovelace", ada, "EnterpriseLWA, Pro")

	p := c.enter(t, "/accounts/"+a.AccountID)
	p.Call(world.Named("link", ada), world.Step("click"))
	p.Heading("Ada Lovelace")
	p.row("Chrome on Linux", "Mailed code", app.Name)
	p.See("No app had to be told of a sign-out")
	p.menu("User actions", "Suspend")
	p.in("Suspend 1 user?").tick("I understand").press("Suspend")
	person.CutOff(app, time.Now())
	p.row(app.Name, "Confirmed", "All sessions")
	p.See("Signed in nowhere")
	p.row("BatchSuspendUser", "Done")
	p.Size(world.Options{"width": 1280, "height": 1400})
	p.dark("user-dark")
	p.examine("user")
	person.SignIn(ada)
	person.Heading("You cannot sign in")

	p.menu("User actions", "Activate")
	p.in("Activate 1 user?").press("Activate")
	person.GoTo(app.URL)
	person.SignIn(ada)
	person.Greeted("Ada Lovelace", ada, "EnterpriseLWA, Pro")
	p.Call(world.Step("reload"))
	p.useKey(root)
	p.Press("End the session on Chrome on Linux")
	p.in("End this session?").press("End the session")
	person.CutOff(app, time.Now())
	p.row(app.Name, "Confirmed", "One session")

	p.Press("Edit telephony permissions")
	p.in("Telephony permissions").tick("Make calls").press("Save")
	p.See("The telephony permissions were changed.")
	p.Call(world.Named("link", "BatchUnsuspendUser"), world.Step("click"))
	p.Heading("BatchUnsuspendUser")
}

// dark makes a picture of the screen in the dark.
func (p page) dark(name string) {
	p.Helper()
	p.Call(world.Step("emulateMedia", map[string]any{"colorScheme": "dark"}))
	p.Picture("console/"+name, false)
	p.Call(world.Step("emulateMedia", map[string]any{"colorScheme": "light"}))
}
