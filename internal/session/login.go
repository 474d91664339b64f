package session

import (
	"context"
	"errors"

	"github.com/carillon-id/carillon/internal/chime"
)

// Finished is a login that ended in a session.
type Finished struct {
	// Cookie is the value of the session's cookie.
	Cookie string
	Signed
	// Request is what the login was begun with.
	Request []byte
}

var errNotYet = errors.New("not built yet")

// Begin begins a login in a browser and returns the value of its cookie. request is
// what the login is for; Finish returns it.
func (s *Service) Begin(ctx context.Context, request []byte) (cookie string, err error) {
	return "", errNotYet
}

// Resume returns the login of the cookie. It returns ErrDead when it is unknown,
// of another browser, finished or expired.
func (s *Service) Resume(ctx context.Context, cookie string) (*chime.Login, error) {
	return nil, errNotYet
}

// Methods returns the ways in which the holder of the address may sign in. They
// follow from whose the address's domain is, so they are the same for known and
// unknown addresses. It returns a *Refusal for what is no address.
func (s *Service) Methods(ctx context.Context, address string) (Methods, error) {
	return s.Directory.Methods(ctx, address)
}

// MailCode returns a code that is to be mailed to the address, for this login
// alone; an older one is void. It returns "" when nothing is to be mailed, because
// too much was already: what the person is told MUST be the same. It returns a
// *Refusal when codes are not a way in for that domain, and for what is no address.
func (s *Service) MailCode(ctx context.Context, cookie, address string) (code string, err error) {
	return "", errNotYet
}

// ProveCode checks the code that was mailed. It returns a *Refusal (CodeWrong,
// CodeExpired, TooManyAttempts, Suspended, LoginOver), or ErrDead as Resume does.
func (s *Service) ProveCode(ctx context.Context, cookie, code string) error { return errNotYet }

// Prove takes what the caller has verified: a passkey (Method, User, Identity), or
// what Login with Amazon or an account's provider said (Method, Upstream, Name,
// Groups; Email only from an account's provider that says email_verified). The rest
// is filled in here.
func (s *Service) Prove(ctx context.Context, cookie string, proof chime.Proof) error {
	return errNotYet
}

// Finish signs in whoever was proven, with a new session, and ends the login, in
// one commit. displayName is what a person who signs in for the first time wants
// to be called, device what the browser says it is. It returns ErrDead as Resume
// does, or a *Refusal; after NameMissing and AddressMissing the login goes on: with
// another Finish, or with MailCode.
func (s *Service) Finish(ctx context.Context, cookie, displayName, device string) (*Finished, error) {
	return nil, errNotYet
}
