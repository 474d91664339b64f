package oidc

import (
	"errors"
	"net/http"
	"strings"

	"github.com/carillon-id/carillon/internal/session"
)

// userinfo is the userinfo endpoint (OpenID Connect Core 1.0, section 5.3): what the
// app is told of the person, as it is now.
func (p *Provider) userinfo(w http.ResponseWriter, r *http.Request) error {
	token, err := bearerToken(r)
	if err != nil {
		return err
	}
	bearer, err := p.Sessions.Access(r.Context(), token)
	if errors.Is(err, session.ErrDead) {
		return unauthorized(http.StatusUnauthorized, invalidToken, "the access token is unknown, expired or revoked", "")
	}
	if err != nil {
		return err
	}
	if !granted(bearer.Credential.Scope, scopeOpenID) {
		return unauthorized(http.StatusForbidden, insufficientScope, "the access token was not granted openid", scopeOpenID)
	}
	writeJSON(w, http.StatusOK, claimsOf(bearer, bearer.Credential.Scope))
	return nil
}

const bearerChallenge = `Bearer realm="carillon"`

// bearerToken returns the token of the Authorization header, the one place where
// it may be (RFC 6750, section 2.1).
func bearerToken(r *http.Request) (string, error) {
	header := r.Header.Values("Authorization")
	if len(header) > 1 {
		return "", unauthorized(http.StatusBadRequest, invalidRequest, "there is more than one Authorization header", "")
	}
	scheme, token, _ := strings.Cut(strings.Join(header, ""), " ")
	if token = strings.Trim(token, " "); token == "" || !strings.EqualFold(scheme, "Bearer") {
		// Whoever brought nothing is told what to bring, and of no error (section 3.1).
		return "", &refusal{http.StatusUnauthorized, invalidToken, "an access token is needed, as Authorization: Bearer", bearerChallenge}
	}
	return token, nil
}

// unauthorized is a refusal with the challenge of RFC 6750, section 3. scope is
// what would do; "" for nothing.
func unauthorized(status int, c code, description, scope string) *refusal {
	challenge := bearerChallenge + `, error="` + string(c) + `", error_description="` + description + `"`
	if scope != "" {
		challenge += `, scope="` + scope + `"`
	}
	return &refusal{status, c, description, challenge}
}
