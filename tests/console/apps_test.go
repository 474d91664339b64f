package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/carillon-id/carillon/tests/world"
)

// apps is about the apps that people sign in to.
func (c console) apps(t *testing.T) {
	p := c.enter(t, "/apps")
	p.row(c.Apps[0].Name, "Confidential", "Yes")
	p.examine("apps")
	p.Press("Create app")
	d := p.in("Create an app").fill("Name", "Payroll").fill("Redirect URIs", "http://payroll.example/callback")
	p.Accessible(false)
	d.ask("Create")
	d.see("The app was not created") // http is for this machine alone
	p.Tolerate("Failed to load resource: the server responded with a status of 4")
	d.fill("Redirect URIs", "https://payroll.example/callback").fill("Back-channel logout URI", "https://payroll.example/logout").ask("Create")
	id, first := p.secret("The app was created")
	p.Heading("Payroll")
	p.examine("app")
	if !c.knowsApp(t, id, first) {
		t.Error("the secret that was shown is not the app's")
	}
	p.Press("Edit")
	p.in("Edit app").fill("Name", "Payroll 2").press("Save")
	p.Heading("Payroll 2")
	p.Press("New secret")
	p.in("Give Payroll 2 a new secret?").tick("I understand").ask("Make a new secret")
	_, second := p.secret("The app has a new secret")
	if c.knowsApp(t, id, first) || !c.knowsApp(t, id, second) {
		t.Error("after a new secret was made, want that one to be the app's alone")
	}
	p.Press("Delete")
	p.in("Delete Payroll 2?").tick("I understand").press("Delete")
	p.See("Payroll 2 was deleted.")
	p.noRow("payroll.example")
	if c.knowsApp(t, id, second) {
		t.Error("the app that was deleted is known")
	}
}

// secret reads what a dialog shows once, and closes it.
func (p page) secret(title string) (id, secret string) {
	p.Helper()
	d := p.in(title)
	id = p.Text(d.steps(world.Step("locator", "code"), world.Step("first"), world.Step("innerText"))...)
	secret = p.Text(d.steps(world.Step("locator", "code"), world.Step("last"), world.Step("innerText"))...)
	d.press("I have kept it")
	return id, secret
}

// knowsApp reports whether the server takes a client's secret: it refuses a code
// that does not exist in another way.
func (c console) knowsApp(t *testing.T, clientID, secret string) bool {
	t.Helper()
	form := url.Values{"grant_type": {"authorization_code"}, "code": {"none"}, "redirect_uri": {"https://payroll.example/callback"}}
	request := world.Must(http.NewRequestWithContext(t.Context(), http.MethodPost, c.URL+"/oauth2/token", strings.NewReader(form.Encode())))(t)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth(url.QueryEscape(clientID), url.QueryEscape(secret))
	response, err := c.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode != http.StatusUnauthorized
}
