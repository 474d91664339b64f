package session

import (
	"context"

	"github.com/carillon-id/carillon/internal/chime"
)

// Introspect returns what an access or refresh token of the app stands for, or
// ErrDead. The app is one with a secret, else it returns ErrClient. A token is read
// together with its app, so that an app which asks about its own is authenticated
// by that one read.
func (s *Service) Introspect(ctx context.Context, id chime.ClientID, secret, token string) (b *chime.Bearer, err error) {
	if secret == "" {
		return nil, ErrClient
	}
	err = s.Store.View(ctx, func(tx chime.Tx) error {
		b, err = tx.Bearer(ctx, key(token))
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case b == nil || b.App == nil || b.App.ID != id:
		if _, err := s.Client(ctx, id, secret); err != nil {
			return nil, err
		}
		return nil, ErrDead
	case !matches(secret, b.App.SecretHash):
		return nil, ErrClient
	}
	kind := b.Credential.Kind
	if kind == chime.AuthorizationCode || Alive(Kind(kind), evidence(b), s.Now()) != nil {
		return nil, ErrDead
	}
	s.inUse.note(*b.Session)
	return b, nil
}
