package oidc

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/carillon-id/carillon/internal/session"
)

// Continue answers the authorization request for which somebody has just signed in,
// as session.Finish returned it. Whoever is no longer an app's to be told of, or no
// longer has that redirect URI, is told nothing: the person sees a page.
func (p *Provider) Continue(w http.ResponseWriter, r *http.Request, signed *session.Signed, encoded []byte) {
	if err := p.finish(w, r, signed, encoded); err != nil {
		p.writeErrorPage(w, r, err)
	}
}

func (p *Provider) finish(w http.ResponseWriter, r *http.Request, signed *session.Signed, encoded []byte) error {
	q, err := decode(encoded)
	if err != nil {
		return err
	}
	app, err := p.app(r.Context(), q.Client)
	switch {
	case err != nil:
		return err
	case app == nil || !slices.Contains(app.RedirectURIs, q.RedirectURI):
		return badRequest(invalidClient, "the app was removed, or changed its redirect URIs, while you signed in")
	case q.Subject != "" && q.Subject != signed.Subject.ID:
		return q.refusal(loginRequired, "somebody else signed in than id_token_hint says")
	}
	err = p.answer(w, r, q, signed)
	if errors.Is(err, session.ErrDead) {
		return q.refusal(accessDenied, "the person was signed out meanwhile")
	}
	return err
}

// Purpose reads what a login in progress is for, as session.Begin was given it: the
// name of the app that asks; the address that it expects, which is the app's word,
// or ""; and where the last form may redirect to, as form-action of a
// Content-Security-Policy has it: the scheme of a native app, or "".
func (p *Provider) Purpose(encoded []byte) (app, loginHint, scheme string, err error) {
	q, err := decode(encoded)
	if err != nil {
		return "", "", "", err
	}
	return q.App, q.LoginHint, q.target().scheme(), nil
}

func decode(encoded []byte) (*request, error) {
	var q request
	if err := json.Unmarshal(encoded, &q); err != nil {
		return nil, fmt.Errorf("reading an authorization request: %w", err)
	}
	return &q, nil
}
