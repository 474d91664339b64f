package signin

import (
	"context"
	"errors"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/upstream"
)

// Ask asks the provider that vouches for a session, which was taken for that
// (session.TakeDue), whether it still does. A provider that cannot be reached is no
// error: it is asked again, until the session's time is over.
func (s *Site) Ask(ctx context.Context, taken chime.Session) error {
	provider, err := s.providerOf(ctx, taken.Upstream)
	if err != nil {
		return err
	}
	if provider == nil { // it was disconnected
		return s.Sessions.Refuse(ctx, taken)
	}
	token, err := s.Tokens.Open(taken.Upstream.SealedToken, taken.Upstream.Issuer, taken.Upstream.Subject)
	if err != nil { // the master key was rotated: the person signs in again when the time is over
		s.Logger.Warn("a provider's token cannot be opened", "error", err)
		return nil
	}
	next, err := provider.Refresh(ctx, taken.Upstream.Subject, string(token))
	switch {
	case errors.Is(err, upstream.ErrRefused):
		s.Logger.Info("a provider refused to confirm a session", "user", string(taken.User), "error", err)
		return s.Sessions.Refuse(ctx, taken)
	case err != nil:
		s.Logger.Warn("a provider did not confirm a session", "error", err)
		return nil
	}
	return s.Sessions.Confirm(ctx, taken, s.sealToken(taken.Upstream.Issuer, taken.Upstream.Subject, next))
}

// providerOf returns the provider, or nil when it is one no longer.
func (s *Site) providerOf(ctx context.Context, vouching *chime.Upstream) (upstream.Provider, error) {
	if vouching.Account == "" {
		return s.Amazon, nil
	}
	var p *chime.Provider
	err := s.Store.View(ctx, func(tx chime.Tx) (err error) {
		p, err = tx.Provider(ctx, vouching.Account)
		return err
	})
	if err != nil || p == nil || p.Issuer != vouching.Issuer {
		return nil, err
	}
	return s.provider(*p)
}
