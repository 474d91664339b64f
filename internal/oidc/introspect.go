package oidc

import (
	"errors"
	"net/http"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/reqctx"
	"github.com/carillon-id/carillon/internal/session"
)

// introspection is what an app is told of a token of its own (RFC 7662, section 2.2).
type introspection struct {
	Active    bool            `json:"active"`
	Scope     string          `json:"scope"`
	ClientID  chime.ClientID  `json:"client_id"`
	TokenType string          `json:"token_type,omitempty"` // of access tokens
	Expires   int64           `json:"exp"`
	Issued    int64           `json:"iat"`
	Subject   chime.UserID    `json:"sub"`
	Audience  chime.ClientID  `json:"aud"`
	Issuer    string          `json:"iss"`
	SessionID chime.SessionID `json:"sid"`
	standing
}

// introspect is the introspection endpoint. An app is told nothing of the tokens of
// others, and of dead ones nothing but that (section 2.2).
func (p *Provider) introspect(w http.ResponseWriter, r *http.Request) error {
	form, err := readPresented(w, r)
	if err != nil {
		return err
	}
	id, secret, err := credentials(r, form)
	if err != nil {
		return err
	}
	bearer, err := p.Sessions.Introspect(r.Context(), id, secret, form.get("token"))
	if err != nil && !errors.Is(err, session.ErrDead) {
		return clientError(err)
	}
	reqctx.From(r.Context()).Principal = principal(id)
	if errors.Is(err, session.ErrDead) {
		writeJSON(w, http.StatusOK, map[string]bool{"active": false})
		return nil
	}
	c := bearer.Credential
	answer := introspection{
		Active: true, Scope: c.Scope, ClientID: c.Client, Expires: c.Expires.Unix(), Issued: c.Issued.Unix(),
		Subject: c.User, Audience: c.Client, Issuer: p.Issuer, SessionID: c.Session, standing: standingOf(bearer.Subject),
	}
	if c.Kind == chime.AccessToken {
		answer.TokenType = "Bearer"
	}
	writeJSON(w, http.StatusOK, answer)
	return nil
}

// readPresented reads a request about a token. What kind of token the app thinks
// that it is (token_type_hint) does not matter: one read finds either.
func readPresented(w http.ResponseWriter, r *http.Request) (parameters, error) {
	form, err := readForm(w, r)
	if err != nil {
		return form, err
	}
	if err := form.once("token", "token_type_hint"); err != nil {
		return form, err
	}
	if form.get("token") == "" {
		return form, badRequest(invalidRequest, "token is missing")
	}
	return form, nil
}
