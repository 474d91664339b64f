package directory

import (
	"context"
	"errors"

	"github.com/carillon-id/carillon/internal/chime"
)

// Methods are the ways in which the holder of an address may sign in.
type Methods struct {
	Mail, Passkey, Amazon bool
	// Provider is the one that alone answers for the address; nil for none.
	Provider *chime.Provider
}

// Methods returns the ways in which the holder of the address may sign in. They
// follow from whose the address's domain is, so they are the same for known and
// unknown addresses. It returns a *Refusal for what is no address.
func (d *Directory) Methods(ctx context.Context, address string) (Methods, error) {
	return Methods{}, errors.New("not built yet")
}

// MaySignIn is the rule for the person: it returns nil for free people and
// Registered members of active accounts, and a *Refusal for all others.
func MaySignIn(s chime.Subject) error {
	switch {
	case s.Free():
		return nil
	case s.Member == nil || s.Account == nil || s.Member.Status == chime.Unregistered:
		return refuse(NotAllowed)
	case s.Member.Status != chime.Registered || s.Account.Status != chime.AccountActive:
		return refuse(Suspended)
	}
	return nil
}
