package signin_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/carillon-id/carillon/tests/world"
)

// byAmazon is the story of somebody who signs in with Login with Amazon.
func (w story) byAmazon(t *testing.T) {
	const ada = "ada@amazon.example"
	a := w.Apps[0]
	w.Enroll(t, "ada-at-amazon", world.Person{Sub: "amzn1.account.ADA", Name: "Ada of Amazon", Email: "unverified@elsewhere.example"})
	account := w.CreateAccount(t, "Amazon customers")
	w.Claim(t, account, "amazon.example")

	// Amazon's word for the address does not count: a code proves it, once.
	p := w.Open(t, nil)
	p.GoTo(a.URL)
	p.Heading("Sign in")
	p.Press("Login with Amazon")
	p.Heading("Sign in elsewhere")
	p.Call(world.Step("goBack"))
	p.Heading("Sign in")
	there := map[string]any{"url": w.Provider + "/auth?**"}
	p.Do("block", there)
	p.Press("Login with Amazon")
	p.Heading("One moment")
	p.Look("leaving")
	p.Do("unblock", there)
	p.Follow("Go on")
	p.Elsewhere("ada-at-amazon")
	p.Heading("Your e-mail address")
	p.Look("address-amazon")
	p.Fill("E-mail address", ada)
	p.Press("Next")
	p.Fill("Code", w.Mail.Next(t, ada).Code(t))
	p.Press("Sign in")
	p.Greeted("Ada of Amazon", ada, "EnterpriseLWA, Pro")

	user := w.UserID(t, account, ada)
	w.Change(t, "batch-suspend-user", account, user)
	p.CutOff(a, time.Now())
	p.Press("Login with Amazon") // where she is signed in still
	p.Heading("You cannot sign in")
	p.See("Your account is suspended. Ask your administrator.")

	w.Change(t, "batch-unsuspend-user", account, user)
	p.GoTo(a.URL)
	p.Press("Login with Amazon")
	p.Greeted("Ada of Amazon", ada, "EnterpriseLWA, Pro")
	p.GoTo(w.URL + "/me")
	p.See("by Login with Amazon")
}

// byProvider is the story of somebody whose organization has an OpenID provider.
func (w story) byProvider(t *testing.T) {
	const ada, bob = "ada@corp.example", "bob@corp.example"
	a := w.Apps[1]
	w.Enroll(t, "ada-at-corp", world.Person{Sub: "corp-ada", Name: "Ada of Corp", Email: ada, EmailVerified: true, Groups: []string{"engineering"}})
	w.Enroll(t, "bob-at-corp", world.Person{Sub: "corp-bob", Name: "Bob of Corp", Email: bob, EmailVerified: true, Groups: []string{"visitors"}})
	account := w.connect(t, "Corp", "corp.example")

	p := w.Open(t, nil)
	p.GoTo(a.URL)
	p.Heading("Sign in")
	p.Fill("E-mail address", ada)
	p.Press("Next")
	p.Elsewhere("ada-at-corp")
	p.Greeted("Ada of Corp", ada, "EnterpriseOIDC, Pro")
	user := w.UserID(t, account, ada)

	// The administrator signs her out; her provider vouches for her again.
	w.AWS(t, nil, "logout-user", "--account-id", account.AccountID, "--user-id", user)
	p.CutOff(a, time.Now())
	p.Fill("E-mail address", ada)
	p.Press("Next")
	p.Greeted("Ada of Corp", ada, "EnterpriseOIDC, Pro")

	// Her organization signs her out, and says so by its back channel.
	q := p.Another()
	q.GoTo(w.Provider + "/session/end")
	q.Press("Yes, sign me out")
	q.See("Sign-out Success")
	p.CutOff(a, time.Now())

	// It lets nobody in without a group, and nobody whom it does not know.
	w.Enroll(t, "ada-at-corp", world.Person{Sub: "corp-ada", Name: "Ada of Corp", Email: ada, EmailVerified: true, Groups: []string{"visitors"}})
	p.Fill("E-mail address", ada)
	p.Press("Next")
	p.Elsewhere("ada-at-corp")
	p.Heading("You cannot sign in")
	p.See("You are in none of the groups that may use this. Ask your administrator.")
	p.Follow("Back to signing in")
	p.Fill("E-mail address", ada)
	p.Press("Next") // to the provider, where she is signed in
	p.Heading("You cannot sign in")
	w.suspendedAtProvider(t, a, ada)

	stranger := w.Open(t, nil)
	stranger.GoTo(a.URL)
	stranger.Fill("E-mail address", "eve@corp.example")
	stranger.Press("Next")
	stranger.Elsewhere("eve-at-corp")
	stranger.Heading("You were not signed in")
	stranger.Follow("Back to signing in")
	stranger.See(a.Name)
	stranger.Fill("E-mail address", "eve@elsewhere.example")
	stranger.Press("Next")
	stranger.Heading("Check your mail")
}

// suspendedAtProvider is the rest of Ada's story: the people of such an account are
// suspended at their provider, which does not vouch for her, until it does again.
func (w story) suspendedAtProvider(t *testing.T, a world.App, ada string) {
	p := w.Open(t, nil)
	w.AtProvider(t, http.MethodDelete, "/people/ada-at-corp", nil, nil)
	p.GoTo(a.URL)
	p.Fill("E-mail address", ada)
	p.Press("Next")
	p.Elsewhere("ada-at-corp")
	p.Heading("You were not signed in")
	w.Enroll(t, "ada-at-corp", world.Person{Sub: "corp-ada", Name: "Ada of Corp", Email: ada, EmailVerified: true, Groups: []string{"engineering"}})
	p.GoTo(a.URL)
	p.Fill("E-mail address", ada)
	p.Press("Next")
	p.Elsewhere("ada-at-corp")
	p.Greeted("Ada of Corp", ada, "EnterpriseOIDC, Pro")
}

// connect makes an account whose people come from the provider.
func (w story) connect(t *testing.T, name, domain string) world.Account {
	a := w.CreateAccount(t, name)
	w.Claim(t, a, domain)
	var registered struct {
		ClientID     string `json:"client_id"`
		ClientSecret string `json:"client_secret"`
	}
	w.AtProvider(t, http.MethodPost, "/reg", map[string]any{
		"redirect_uris":                       []string{w.URL + "/signin/provider/callback"},
		"grant_types":                         []string{"authorization_code", "refresh_token"},
		"backchannel_logout_uri":              w.URL + "/backchannel/" + a.AccountID,
		"scope":                               "openid email profile groups offline_access",
		"backchannel_logout_session_required": true,
	}, &registered)
	w.CommandWith(t, []string{"CARILLON_PROVIDER_CLIENT_SECRET=" + registered.ClientSecret}, nil,
		"providers", "set", "--account", a.AccountID, "--issuer", w.Provider, "--client-id", registered.ClientID, "--pro-group", "engineering")
	return a
}
