package session

import (
	"context"

	"github.com/carillon-id/carillon/internal/chime"
)

// inUse is the set of sessions with a provider that were used lately.
type inUse struct{}

func newInUse() *inUse { return &inUse{} }

// TakeDue returns at most limit sessions that were used here since their provider
// confirmed them, RefreshAfter ago or longer. The caller is to refresh each of
// them, and to call Confirm or Refuse; no other process is given it meanwhile.
func (s *Service) TakeDue(ctx context.Context, limit int) ([]chime.Session, error) {
	return nil, errNotYet
}

// Confirm says that the provider confirmed the session when the refresh token
// (sealed, as taken) was used, and gave next (sealed; nil for none) in its place.
func (s *Service) Confirm(ctx context.Context, taken chime.Session, next []byte) error {
	return errNotYet
}

// Refuse says that the provider refused to confirm the session: it ends, unless
// somebody else got it confirmed meanwhile.
func (s *Service) Refuse(ctx context.Context, taken chime.Session) error { return errNotYet }

// EndUpstream ends the sessions for which the subject of a provider vouches, or
// only that with the provider's own sid when it is not "" (the provider's
// back-channel logout). It returns how many.
func (s *Service) EndUpstream(ctx context.Context, issuer, subject, sid string) (ended int, err error) {
	return 0, errNotYet
}
