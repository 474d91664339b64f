package oidc

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/session"
)

// authorize is the authorization endpoint (RFC 6749, section 3.1; OpenID Connect
// Core 1.0, section 3.1.2). Whoever is signed in goes back to the app with a code,
// and whoever is not, or has to anew, goes on to sign in.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) error {
	if r.Method == http.MethodPost {
		return p.repeatByGet(w, r)
	}
	form, err := parse(r.URL.RawQuery)
	if err != nil {
		return err
	}
	q, err := p.readRequest(r.Context(), form)
	if err != nil {
		return err
	}
	signed, err := p.signedIn(r)
	if err != nil {
		return err
	}
	if q.satisfiedBy(signed, p.Now()) {
		err := p.answer(w, r, q, signed)
		if !errors.Is(err, session.ErrDead) {
			return err
		}
		// They were signed out just now.
	}
	if q.silent() {
		return q.refusal(loginRequired, "the person has to sign in")
	}
	return p.begin(w, r, q)
}

// repeatByGet has the browser send a request by GET that it sent by POST. A cookie
// that is SameSite=Lax comes with a GET from another site, and not with a POST.
func (p *Provider) repeatByGet(w http.ResponseWriter, r *http.Request) error {
	form, err := readForm(w, r)
	if err != nil {
		return err
	}
	seeOther(w, pathAuthorize+"?"+form.Encode())
	return nil
}

// signedIn returns who is signed in in the browser, or nil.
func (p *Provider) signedIn(r *http.Request) (*session.Signed, error) {
	cookie := p.Cookies.Session(r)
	if cookie == "" {
		return nil, nil
	}
	signed, err := p.Sessions.Check(r.Context(), cookie)
	if errors.Is(err, session.ErrDead) {
		return nil, nil
	}
	return signed, err
}

// begin sends the browser to sign in.
func (p *Provider) begin(w http.ResponseWriter, r *http.Request, q *request) error {
	encoded, err := json.Marshal(q)
	if err != nil {
		return fmt.Errorf("encoding an authorization request: %w", err)
	}
	cookie, err := p.Sessions.Begin(r.Context(), encoded)
	if err != nil {
		return err
	}
	p.Cookies.SetLogin(w, r, cookie)
	seeOther(w, session.LoginAddress(p.SigninPath, cookie))
	return nil
}

// answer gives the app a code for who is signed in. It returns session.ErrDead
// when they no longer are.
func (p *Provider) answer(w http.ResponseWriter, r *http.Request, q *request, signed *session.Signed) error {
	code, err := p.Sessions.IssueCode(r.Context(), signed, q.Client, q.Scope, chime.CodeRequest{
		RedirectURI: q.RedirectURI, Challenge: q.Challenge, Nonce: q.Nonce,
	})
	if err != nil {
		return err
	}
	p.redirect(w, r, q.target(), "code", code)
	return nil
}
