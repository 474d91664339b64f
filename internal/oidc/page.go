package oidc

import (
	_ "embed"
	"html/template"
	"net/http"
	"strings"

	"github.com/carillon-id/carillon/internal/session"
)

//go:embed page.html
var pageSource string

var pageTemplate = template.Must(template.New("page").Parse(pageSource))

// page is what a person is shown by this package: that something went wrong, that
// they are signed out, or whether they want to be, or that they are on their way to
// an app. It looks as the pages for signing in do.
type page struct {
	Title  string
	Text   []string
	Detail string // for whoever runs the app
	// Refresh is where the browser goes on to by itself; "" for nowhere.
	Refresh string
	// Confirm is the path of the form by which the person says yes; "" for no form.
	Confirm, Button string
	Fields          []field
	// scheme is that of a native app to which the answer to the form may redirect.
	scheme string
}

// field is a hidden field of a form.
type field struct{ Name, Value string }

func errorPage(r *refusal) page {
	switch r.status {
	case http.StatusServiceUnavailable:
		return page{Title: "Something went wrong", Text: []string{"That is on our side. Please try again in a moment."}}
	case http.StatusForbidden:
		return page{Title: "Nothing was done", Text: []string{"Another site asked for this in your name."}}
	}
	return page{
		Title: "This request does not work",
		Text: []string{
			"The app that sent you here made a mistake. Please go back to it and try again.",
			"If that does not help, tell those who run the app what stands below.",
		},
		Detail: r.Error(),
	}
}

func leavingPage(location string) page {
	return page{Title: "One moment", Text: []string{"Taking you back to the app."}, Refresh: location}
}

func signedOutPage() page {
	return page{Title: "You are signed out", Text: []string{"You can close this page."}}
}

func confirmPage(e *ending, signed *session.Signed) page {
	p := page{
		Title: "Sign out?", Confirm: pathConfirm, Button: "Sign out", scheme: e.back.scheme(),
		Text: []string{"You are signed in as " + who(signed) + ". Signing out here signs you out of the apps that you came to from this browser."},
	}
	if e.app != nil {
		p.Text = append([]string{e.app.Name + " asks you to sign out."}, p.Text...)
		p.Fields = append(p.Fields, field{"client_id", string(e.app.ID)})
	}
	if e.hint != nil {
		p.Fields = append(p.Fields, field{"id_token_hint", e.token})
	}
	if e.back.uri != "" {
		p.Fields = append(p.Fields, field{"post_logout_redirect_uri", e.back.uri}, field{"state", e.back.state})
	}
	return p
}

func who(signed *session.Signed) string {
	if signed.Subject.Email == "" {
		return signed.Subject.DisplayName
	}
	return signed.Subject.Email
}

// policy is the Content-Security-Policy of a page: nothing but the style of ours,
// and forms to us.
func (p page) policy() string {
	return strings.TrimSpace("default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' " + p.scheme)
}

// writePage writes a page, in the style of the pages for signing in.
func (p *Provider) writePage(w http.ResponseWriter, status int, shown page) {
	noStore(w.Header())
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", shown.policy())
	// With no-referrer a browser would not say that a form comes from this page.
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Frame-Options", "DENY")
	w.WriteHeader(status)
	// An error here is the client's, that went: the template is tested.
	_ = pageTemplate.Execute(w, struct {
		page
		Static string
	}{shown, p.SigninPath + "/static"})
}
