package session

import (
	"context"

	"github.com/carillon-id/carillon/internal/chime"
)

// AddPasskey keeps a passkey that who is signed in has just made. It is of the
// identity that they have at that moment. It returns ErrDead when they are no
// longer signed in.
func (s *Service) AddPasskey(ctx context.Context, signed *Signed, key chime.Passkey) error {
	return s.Store.Update(ctx, func(tx chime.Tx) error {
		now, err := s.again(ctx, tx, signed)
		if err != nil {
			return err
		}
		key.User, key.Identity = now.Subject.ID, now.Subject.Identity
		return tx.PutPasskey(ctx, key)
	})
}

// UsedPasskey keeps the counter of a passkey that was used, by which a copy of it is
// found out. One that was removed meanwhile stays so.
func (s *Service) UsedPasskey(ctx context.Context, user chime.UserID, id string, key []byte) error {
	return s.Store.Update(ctx, func(tx chime.Tx) error {
		keys, err := tx.Passkeys(ctx, user)
		if err != nil {
			return err
		}
		for _, known := range keys {
			if known.ID == id {
				known.Key = key
				return tx.PutPasskey(ctx, known)
			}
		}
		return nil
	})
}

// DeletePasskey removes a passkey of who is signed in. One that is not theirs is no
// error. It returns ErrDead when they are no longer signed in.
func (s *Service) DeletePasskey(ctx context.Context, signed *Signed, id string) error {
	return s.Store.Update(ctx, func(tx chime.Tx) error {
		now, err := s.again(ctx, tx, signed)
		if err != nil {
			return err
		}
		return tx.DeletePasskey(ctx, now.Subject.ID, id)
	})
}
