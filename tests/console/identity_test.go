package console_test

import (
	"net/http"
	"testing"

	"github.com/carillon-id/carillon/tests/world"
)

// identity takes an account from a team to one whose people come from its OpenID
// provider, and back.
func (c console) identity(t *testing.T) {
	const ada = "ada@identity.example"
	a := c.CreateAccount(t, "Example University")
	p := c.enter(t, "/accounts/"+a.AccountID+"/identity")
	p.examine("")
	p.Press("Claim your domain")
	p.in("Claim a domain").fill("Domain", "identity.example").ask("Claim")
	proof := p.in("DNS record of identity.example").see("Not there yet")
	p.Tolerate("Failed to load resource: the server responded with a status of 4") // the record is not there
	p.Accessible(false)
	p.Picture("console/domain", false)
	name := p.Text(proof.steps(world.Step("locator", "code"), world.Step("first"), world.Step("innerText"))...)
	value := p.Text(proof.steps(world.Step("locator", "code"), world.Step("last"), world.Step("innerText"))...)
	c.DNS.Set(name, value)
	proof.ask("Look now")
	proof.see("identity.example is verified").press("Close")
	p.row("identity.example", "Verified")

	var registered struct {
		ClientID     string `json:"client_id"`
		ClientSecret string `json:"client_secret"`
	}
	c.AtProvider(t, http.MethodPost, "/reg", map[string]any{
		"redirect_uris": []string{c.URL + "/signin/provider/callback"}, "grant_types": []string{"authorization_code", "refresh_token"},
		"backchannel_logout_uri": c.URL + "/backchannel/" + a.AccountID, "scope": "openid email profile groups offline_access",
		"backchannel_logout_session_required": true,
	}, &registered)
	c.Enroll(t, "ada-at-identity", world.Person{Sub: "identity-ada", Name: "Ada of Identity", Email: ada, EmailVerified: true, Groups: []string{"engineering"}})
	p.Press("Connect a provider")
	d := p.in("Connect an OpenID provider")
	d.see(c.URL + "/signin/provider/callback").see(c.URL + "/backchannel/" + a.AccountID)
	d.fill("Issuer", c.Provider).fill("Client ID", registered.ClientID).fill("Client secret", "wrong").fill("Groups with Pro", "engineering")
	p.Accessible(false)
	d.fill("Client secret", registered.ClientSecret).press("Connect")
	p.See("The provider is connected")
	p.See("Enterprise, by OpenID provider account")
	p.examine("identity")

	person := c.Open(t, nil)
	person.GoTo(c.Apps[1].URL)
	person.Fill("E-mail address", ada)
	person.Press("Next")
	person.Elsewhere("ada-at-identity")
	person.Greeted("Ada of Identity", ada, "EnterpriseOIDC, Pro")

	p.Press("Edit provider")
	p.in("Edit the OpenID provider").fill("Groups with Basic", "visitors").press("Save")
	p.See("visitors")
	p.Press("Disconnect")
	p.in("Disconnect the OpenID provider?").tick("I understand").press("Disconnect")
	p.See("No provider is connected")
	p.Press("Remove identity.example")
	p.in("Remove identity.example?").see("It is the last verified domain").tick("I understand").press("Remove")
	p.See("identity.example was removed.")
	p.See("Team account")
}
