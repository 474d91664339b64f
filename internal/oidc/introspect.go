package oidc

import (
	"errors"
	"net/http"

	"github.com/carillon-id/carillon/internal/chime"
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
	app, token, err := p.presented(w, r)
	if err != nil {
		return err
	}
	if app.Public() {
		return unknownClient("only an app with a secret may introspect")
	}
	bearer, err := p.Sessions.Introspect(r.Context(), app, token)
	if errors.Is(err, session.ErrDead) {
		writeJSON(w, http.StatusOK, map[string]bool{"active": false})
		return nil
	}
	if err != nil {
		return err
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

// presented returns the app that sent a request about a token, and the token. What
// kind of token the app thinks that it is (token_type_hint) does not matter: one
// read finds either.
func (p *Provider) presented(w http.ResponseWriter, r *http.Request) (*chime.App, string, error) {
	form, err := readForm(w, r)
	if err != nil {
		return nil, "", err
	}
	if err := form.once("token", "token_type_hint"); err != nil {
		return nil, "", err
	}
	app, err := p.client(r, form)
	if err != nil {
		return nil, "", err
	}
	if form.get("token") == "" {
		return nil, "", badRequest(invalidRequest, "token is missing")
	}
	return app, form.get("token"), nil
}
