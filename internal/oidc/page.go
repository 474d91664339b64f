package oidc

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"strings"

	"github.com/carillon-id/carillon/internal/session"
)

//go:embed page.html
var pageSource string

//go:embed page.css
var pageStyle string

var pageTemplate = template.Must(template.New("page").Parse(pageSource))

// page is what a person is shown by this package: that something went wrong, that
// they are signed out, or whether they want to be.
type page struct {
	Title  string
	Text   []string
	Detail string // for whoever runs the app
	// Confirm is the path of the form by which the person says yes; "" for no form.
	Confirm, Button string
	Fields          []field
	// origin is where the answer to the form may redirect to.
	origin string
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

func signedOutPage() page {
	return page{Title: "You are signed out", Text: []string{"You can close this page."}}
}

func confirmPage(e *ending, signed *session.Signed) page {
	p := page{
		Title: "Sign out?", Confirm: pathConfirm, Button: "Sign out", origin: e.back.origin(),
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

// policy is the Content-Security-Policy of a page: nothing but its own style, and
// forms to us; what they are answered with may lead to where the app wants it.
func (p page) policy() string {
	sum := sha256.Sum256([]byte(pageStyle))
	return strings.TrimSpace("default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' " + p.origin)
}

func writePage(w http.ResponseWriter, status int, p page) {
	noStore(w.Header())
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", p.policy())
	// With no-referrer a browser would not say that a form comes from this page.
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Frame-Options", "DENY")
	w.WriteHeader(status)
	// An error here is the client's, that went: the template is tested.
	_ = pageTemplate.Execute(w, struct {
		page
		Style template.CSS
	}{p, template.CSS(pageStyle)}) // #nosec G203 -- our own file
}
