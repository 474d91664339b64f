package signin_test

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"
)

// person is somebody as the provider knows them.
type person struct {
	Sub           string   `json:"sub"`
	Name          string   `json:"name"`
	Email         string   `json:"email"`
	EmailVerified bool     `json:"email_verified"`
	Groups        []string `json:"groups,omitempty"`
}

// atProvider sends JSON to the provider, and reads its answer into out, unless that
// is nil.
func (w *world) atProvider(tb testing.TB, method, path string, in, out any) {
	tb.Helper()
	body := must(json.Marshal(in))(tb)
	request := must(http.NewRequestWithContext(tb.Context(), method, w.provider+path, bytes.NewReader(body)))(tb)
	request.Header.Set("Content-Type", "application/json")
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: w.certificate.pool, MinVersion: tls.VersionTLS12}}}
	defer client.CloseIdleConnections()
	response, err := client.Do(request)
	if err != nil {
		tb.Fatal(err)
	}
	defer response.Body.Close()
	text := must(io.ReadAll(response.Body))(tb)
	if response.StatusCode/100 != 2 {
		tb.Fatalf("%s %s: got %d with %s", method, path, response.StatusCode, text)
	}
	if out == nil {
		return
	}
	if err := json.Unmarshal(text, out); err != nil {
		tb.Fatalf("%s %s: got %s: %v", method, path, text, err)
	}
}

// enroll has the provider know somebody, by their login.
func (w *world) enroll(tb testing.TB, login string, p person) {
	tb.Helper()
	w.atProvider(tb, http.MethodPut, "/people/"+url.PathEscape(login), p, nil)
}

// elsewhere signs in at the provider's own page.
func (p *tab) elsewhere(login string) {
	p.Helper()
	p.heading("Sign in elsewhere")
	p.fill("Login", login)
	p.press("Sign in")
}

// byAmazon is the story of somebody who signs in with Login with Amazon.
func (w *world) byAmazon(t *testing.T) {
	const ada = "ada@amazon.example"
	a := w.apps[0]
	w.enroll(t, "ada-at-amazon", person{Sub: "amzn1.account.ADA", Name: "Ada of Amazon", Email: "unverified@elsewhere.example"})
	account := w.createAccount(t, "Amazon customers")
	w.claim(t, account, "amazon.example")

	// Amazon's word for the address does not count: a code proves it, once.
	p := w.open(t, nil)
	p.goTo(a.url)
	p.heading("Sign in")
	p.press("Login with Amazon")
	p.heading("Sign in elsewhere")
	p.call(call("goBack"))
	p.heading("Sign in")
	there := map[string]any{"url": w.provider + "/auth?**"}
	p.do("block", there)
	p.press("Login with Amazon")
	p.heading("One moment")
	p.look("leaving")
	p.do("unblock", there)
	p.follow("Go on")
	p.elsewhere("ada-at-amazon")
	p.heading("Your e-mail address")
	p.look("address-amazon")
	p.fill("E-mail address", ada)
	p.press("Next")
	p.fill("Code", w.mail.next(t, ada).code(t))
	p.press("Sign in")
	p.greeted("Ada of Amazon", ada, "EnterpriseLWA, Pro")

	user := w.userID(t, account, ada)
	w.change(t, "batch-suspend-user", account, user)
	p.cutOff(a, time.Now())
	p.press("Login with Amazon") // where she is signed in still
	p.heading("You cannot sign in")
	p.see("Your account is suspended. Ask your administrator.")

	w.change(t, "batch-unsuspend-user", account, user)
	p.goTo(a.url)
	p.press("Login with Amazon")
	p.greeted("Ada of Amazon", ada, "EnterpriseLWA, Pro")
	p.goTo(w.url + "/me")
	p.see("by Login with Amazon")
}

// byProvider is the story of somebody whose organization has an OpenID provider.
func (w *world) byProvider(t *testing.T) {
	const ada, bob = "ada@corp.example", "bob@corp.example"
	a := w.apps[1]
	w.enroll(t, "ada-at-corp", person{"corp-ada", "Ada of Corp", ada, true, []string{"engineering"}})
	w.enroll(t, "bob-at-corp", person{"corp-bob", "Bob of Corp", bob, true, []string{"visitors"}})
	account := w.connect(t, "Corp", "corp.example")

	p := w.open(t, nil)
	p.goTo(a.url)
	p.heading("Sign in")
	p.fill("E-mail address", ada)
	p.press("Next")
	p.elsewhere("ada-at-corp")
	p.greeted("Ada of Corp", ada, "EnterpriseOIDC, Pro")
	user := w.userID(t, account, ada)

	// The administrator signs her out; her provider vouches for her again.
	w.aws(t, nil, "logout-user", "--account-id", account.AccountID, "--user-id", user)
	p.cutOff(a, time.Now())
	p.fill("E-mail address", ada)
	p.press("Next")
	p.greeted("Ada of Corp", ada, "EnterpriseOIDC, Pro")

	// Her organization signs her out, and says so by its back channel.
	q := p.another()
	q.goTo(w.provider + "/session/end")
	q.press("Yes, sign me out")
	q.see("Sign-out Success")
	p.cutOff(a, time.Now())

	// It lets nobody in without a group, and nobody whom it does not know.
	w.enroll(t, "ada-at-corp", person{"corp-ada", "Ada of Corp", ada, true, []string{"visitors"}})
	p.fill("E-mail address", ada)
	p.press("Next")
	p.elsewhere("ada-at-corp")
	p.heading("You cannot sign in")
	p.see("You are in none of the groups that may use this. Ask your administrator.")
	p.follow("Back to signing in")
	p.fill("E-mail address", ada)
	p.press("Next") // to the provider, where she is signed in
	p.heading("You cannot sign in")
	w.suspendedAtProvider(t, a, ada)

	stranger := w.open(t, nil)
	stranger.goTo(a.url)
	stranger.fill("E-mail address", "eve@corp.example")
	stranger.press("Next")
	stranger.elsewhere("eve-at-corp")
	stranger.heading("You were not signed in")
	stranger.follow("Back to signing in")
	stranger.see(a.name)
	stranger.fill("E-mail address", "eve@elsewhere.example")
	stranger.press("Next")
	stranger.heading("Check your mail")
}

// suspendedAtProvider is the rest of Ada's story: the people of such an account are
// suspended at their provider, which does not vouch for her, until it does again.
func (w *world) suspendedAtProvider(t *testing.T, a app, ada string) {
	p := w.open(t, nil)
	w.atProvider(t, http.MethodDelete, "/people/ada-at-corp", nil, nil)
	p.goTo(a.url)
	p.fill("E-mail address", ada)
	p.press("Next")
	p.elsewhere("ada-at-corp")
	p.heading("You were not signed in")
	w.enroll(t, "ada-at-corp", person{"corp-ada", "Ada of Corp", ada, true, []string{"engineering"}})
	p.goTo(a.url)
	p.fill("E-mail address", ada)
	p.press("Next")
	p.elsewhere("ada-at-corp")
	p.greeted("Ada of Corp", ada, "EnterpriseOIDC, Pro")
}

// connect makes an account whose people come from the provider.
func (w *world) connect(t *testing.T, name, domain string) account {
	a := w.createAccount(t, name)
	w.claim(t, a, domain)
	var registered struct {
		ClientID     string `json:"client_id"`
		ClientSecret string `json:"client_secret"`
	}
	w.atProvider(t, http.MethodPost, "/reg", map[string]any{
		"redirect_uris":                       []string{w.url + "/signin/provider/callback"},
		"grant_types":                         []string{"authorization_code", "refresh_token"},
		"backchannel_logout_uri":              w.url + "/backchannel/" + a.AccountID,
		"scope":                               "openid email profile groups offline_access",
		"backchannel_logout_session_required": true,
	}, &registered)
	w.adminWith(t, []string{"CARILLON_PROVIDER_CLIENT_SECRET=" + registered.ClientSecret}, nil,
		"providers", "set", "--account", a.AccountID, "--issuer", w.provider, "--client-id", registered.ClientID, "--pro-group", "engineering")
	return a
}
