package session

import (
	"context"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

// Device is a session as its person sees it.
type Device struct {
	Session chime.SessionID
	Device  string
	Method  chime.Method
	Since   time.Time
	// Apps are the names of the apps that were signed in to with it.
	Apps []string
	// Current marks the session that asks.
	Current bool
}

// Check returns who is signed in by the cookie, or ErrDead.
func (s *Service) Check(ctx context.Context, cookie string) (*Signed, error) { return nil, errNotYet }

// List returns the person's sessions that are alive, newest first.
func (s *Service) List(ctx context.Context, signed *Signed) ([]Device, error) { return nil, errNotYet }

// End ends one session of the person. One that is not theirs, or over, is no error.
func (s *Service) End(ctx context.Context, signed *Signed, id chime.SessionID) error {
	return errNotYet
}

// EndAll signs the person out everywhere. It returns ErrDead when they are no
// longer signed in.
func (s *Service) EndAll(ctx context.Context, signed *Signed) error { return errNotYet }

// EndByHint ends a session of the user at the wish of an app that is part of it
// (RP-initiated logout, with an id_token_hint that the caller verified). One that
// is over, or that the app is no part of, is no error.
func (s *Service) EndByHint(ctx context.Context, user chime.UserID, id chime.SessionID, client chime.ClientID) error {
	return errNotYet
}

// Accept accepts an invitation for who is signed in; see
// directory.AcceptInvitation. Whoever leaves an account by it is signed out
// everywhere but here: cookie is then the value of their new session's cookie, and
// "" when the one that they have goes on.
func (s *Service) Accept(ctx context.Context, signed *Signed, invitation directory.Invitation) (cookie string, now *Signed, err error) {
	return "", nil, errNotYet
}
