package sqlstore

import "github.com/carillon-id/carillon/internal/chime"

// Unavailable marks the error of a database that cannot serve just now: locked,
// full, read-only or gone. It is a *chime.Error of the code ServiceUnavailable for
// callers, and reads as its cause, which is for the operator.
func Unavailable(cause error) error {
	return &unavailable{cause, chime.Errorf(chime.ServiceUnavailable, "The directory's database is unavailable. Try again later.")}
}

type unavailable struct {
	cause error
	shown *chime.Error
}

func (u *unavailable) Error() string   { return u.cause.Error() }
func (u *unavailable) Unwrap() []error { return []error{u.shown, u.cause} }
