package session

import (
	"context"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
)

// Tokens are what a code or a refresh token was redeemed for.
type Tokens struct {
	Access, Refresh string
	AccessExpires   time.Time
	Scope           string
	// Bearer is what was redeemed, with the person, session and app as read then.
	// Its Credential.Request holds the nonce and the time of sign-in; a refresh
	// token's the latter only.
	Bearer chime.Bearer
}

// Client returns the app with the id when the secret is its, or is "" and the app
// is public. Else it returns ErrClient.
func (s *Service) Client(ctx context.Context, id chime.ClientID, secret string) (*chime.App, error) {
	return nil, errNotYet
}

// IssueCode returns an authorization code for the app. It sets r.AuthTime. It
// returns ErrDead when the person is no longer signed in or the app is gone.
func (s *Service) IssueCode(ctx context.Context, signed *Signed, client chime.ClientID, scope string, r chime.CodeRequest) (code string, err error) {
	return "", errNotYet
}

// Redeem exchanges a code. It returns ErrDead for one that is not alive, not the
// app's, or was not issued for the redirect URI or the verifier's challenge (S256).
// A code that was redeemed before ends its grant.
func (s *Service) Redeem(ctx context.Context, app *chime.App, code, redirectURI, verifier string) (*Tokens, error) {
	return nil, errNotYet
}

// Refresh exchanges a refresh token for new ones, of the scope if it is not "". It
// returns ErrDead for one that is not alive or not the app's, and ErrScope. A token
// that was exchanged more than ReuseTolerance before ends its grant.
func (s *Service) Refresh(ctx context.Context, app *chime.App, token, scope string) (*Tokens, error) {
	return nil, errNotYet
}

// Revoke ends an access token, or the grant of a refresh token. Unknown tokens and
// those of other apps are no error.
func (s *Service) Revoke(ctx context.Context, app *chime.App, token string) error { return errNotYet }

// Access returns what an access token stands for, or ErrDead.
func (s *Service) Access(ctx context.Context, token string) (*chime.Bearer, error) {
	return nil, errNotYet
}

// Introspect returns what an access or refresh token of the app stands for, or
// ErrDead.
func (s *Service) Introspect(ctx context.Context, app *chime.App, token string) (*chime.Bearer, error) {
	return nil, errNotYet
}
