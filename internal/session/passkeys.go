package session

import (
	"context"
	"slices"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

// MaxPasskeys is how many passkeys somebody may have.
const MaxPasskeys = 20

// Passkeys returns a person, or nil, and those of their passkeys that prove who they
// are. Whoever presents one is signed in by Prove, with its Identity.
func (s *Service) Passkeys(ctx context.Context, user chime.UserID) (person *chime.Person, keys []chime.Passkey, err error) {
	err = s.Store.View(ctx, func(tx chime.Tx) error {
		subject, err := tx.Subject(ctx, user, "")
		if err != nil || subject == nil {
			person, keys = nil, nil
			return err
		}
		person = &subject.Person
		keys, err = passkeys(ctx, tx, *subject)
		return err
	})
	return person, keys, err
}

// passkeys reads those of the person's passkeys that are not void.
func passkeys(ctx context.Context, tx chime.Tx, subject chime.Subject) ([]chime.Passkey, error) {
	keys, err := tx.Passkeys(ctx, subject.ID)
	return slices.DeleteFunc(keys, func(k chime.Passkey) bool { return k.Identity != subject.Identity }), err
}

// AddPasskey gives who is signed in another passkey: its ID, Name and Key are what
// the caller has verified. It returns ErrDead, or a *Refusal (NotAllowed,
// UseProvider, NoMethod) when passkeys are not a way in for them.
func (s *Service) AddPasskey(ctx context.Context, signed *Signed, key chime.Passkey) error {
	return s.Store.Update(ctx, func(tx chime.Tx) error {
		signed, err := s.again(ctx, tx, signed)
		if err != nil {
			return err
		}
		if err := s.Directory.MayHavePasskeys(ctx, tx, signed.Subject); err != nil {
			return err
		}
		keys, err := passkeys(ctx, tx, signed.Subject)
		if err != nil {
			return err
		}
		if len(keys) >= MaxPasskeys {
			return &Refusal{Reason: directory.NotAllowed}
		}
		key.User, key.Identity, key.Created, key.Name = signed.Subject.ID, signed.Subject.Identity, s.Now(), line(key.Name)
		return tx.PutPasskey(ctx, key)
	})
}

// UsePasskey keeps the Key of a passkey that was presented, with its counters. One
// that is not there any more, or void, is ErrDead.
func (s *Service) UsePasskey(ctx context.Context, user chime.UserID, id string, key []byte) error {
	return s.Store.Update(ctx, func(tx chime.Tx) error {
		subject, err := tx.Subject(ctx, user, "")
		if err != nil {
			return err
		}
		if subject == nil {
			return ErrDead
		}
		keys, err := passkeys(ctx, tx, *subject)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(keys, func(k chime.Passkey) bool { return k.ID == id })
		if i < 0 {
			return ErrDead
		}
		keys[i].Key = key
		return tx.PutPasskey(ctx, keys[i])
	})
}

// RemovePasskey takes a passkey from who is signed in. One that they do not have is
// no error.
func (s *Service) RemovePasskey(ctx context.Context, signed *Signed, id string) error {
	return s.Store.Update(ctx, func(tx chime.Tx) error {
		signed, err := s.again(ctx, tx, signed)
		if err != nil {
			return err
		}
		return tx.DeletePasskey(ctx, signed.Subject.ID, id)
	})
}
