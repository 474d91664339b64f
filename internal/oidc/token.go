package oidc

import (
	"errors"
	"net/http"
	"regexp"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/session"
	"github.com/carillon-id/carillon/internal/signing"
)

// The grant types.
const (
	grantCode    = "authorization_code"
	grantRefresh = "refresh_token"
)

// verifierForm is that of RFC 7636, section 4.1.
var verifierForm = regexp.MustCompile(`^[A-Za-z0-9._~-]{43,128}$`)

// tokenAnswer is a successful answer (RFC 6749, section 5.1; OpenID Connect Core
// 1.0, section 3.1.3.3).
type tokenAnswer struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int64  `json:"expires_in"`
	RefreshToken string `json:"refresh_token,omitempty"`
	Scope        string `json:"scope"`
	IDToken      string `json:"id_token,omitempty"`
}

// token is the token endpoint (RFC 6749, section 3.2): it exchanges codes and
// refresh tokens.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) error {
	form, err := readForm(w, r)
	if err != nil {
		return err
	}
	if err := form.once("grant_type", "code", "redirect_uri", "code_verifier", "refresh_token", "scope"); err != nil {
		return err
	}
	app, err := p.client(r, form)
	if err != nil {
		return err
	}
	// Before the code is used up: without a key its answer could not be given.
	signer, err := p.Keys.Signer(r.Context())
	if err != nil {
		return err
	}
	tokens, err := p.exchange(r, app, form)
	switch {
	case errors.Is(err, session.ErrDead):
		return badRequest(invalidGrant, "the code or token is unknown, used, expired or revoked, or does not belong to this request")
	case errors.Is(err, session.ErrScope):
		return badRequest(invalidScope, "the scope is more than what was granted")
	case err != nil:
		return err
	}
	return p.writeTokens(w, signer, tokens)
}

func (p *Provider) exchange(r *http.Request, app *chime.App, form parameters) (*session.Tokens, error) {
	switch form.get("grant_type") {
	case grantCode:
		for _, name := range []string{"code", "redirect_uri", "code_verifier"} {
			if form.get(name) == "" {
				return nil, badRequest(invalidRequest, name+" is missing")
			}
		}
		if !verifierForm.MatchString(form.get("code_verifier")) {
			return nil, badRequest(invalidRequest, "code_verifier is not 43 to 128 letters, digits and characters of -._~")
		}
		return p.Sessions.Redeem(r.Context(), app, form.get("code"), form.get("redirect_uri"), form.get("code_verifier"))
	case grantRefresh:
		if form.get("refresh_token") == "" {
			return nil, badRequest(invalidRequest, "refresh_token is missing")
		}
		return p.Sessions.Refresh(r.Context(), app, form.get("refresh_token"), form.get("scope"))
	case "":
		return nil, badRequest(invalidRequest, "grant_type is missing")
	default:
		return nil, badRequest(unsupportedGrantType, "the grant types are authorization_code and refresh_token")
	}
}

func (p *Provider) writeTokens(w http.ResponseWriter, signer *signing.Signer, tokens *session.Tokens) error {
	answer := tokenAnswer{
		AccessToken: tokens.Access, TokenType: "Bearer", ExpiresIn: seconds(p.Now(), tokens.AccessExpires),
		RefreshToken: tokens.Refresh, Scope: tokens.Scope,
	}
	if granted(tokens.Scope, scopeOpenID) {
		var err error
		answer.IDToken, err = signer.Sign(signing.IDToken, p.idToken(&tokens.Bearer, tokens.Scope, tokens.Access))
		if err != nil {
			return err
		}
	}
	writeJSON(w, http.StatusOK, answer)
	return nil
}
