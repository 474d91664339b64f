package session

import (
	"context"
	"errors"
	"slices"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

// Check returns who is signed in by the cookie, or ErrDead.
func (s *Service) Check(ctx context.Context, cookie string) (signed *Signed, err error) {
	user, id, secret, err := parseSessionCookie(cookie)
	if err != nil {
		return nil, err
	}
	err = s.Store.View(ctx, func(tx chime.Tx) error {
		signed, err = s.signed(ctx, tx, user, id, "")
		return err
	})
	if err != nil {
		return nil, err
	}
	if !matches(secret, signed.Session.SecretHash) {
		return nil, ErrDead
	}
	s.inUse.note(signed.Session)
	return signed, nil
}

// signed reads a session that is alive, and its person.
func (s *Service) signed(ctx context.Context, tx chime.Tx, user chime.UserID, id chime.SessionID, guess chime.AccountID) (*Signed, error) {
	session, subject, err := tx.SessionAndSubject(ctx, user, id, guess)
	if err != nil {
		return nil, err
	}
	if err := Alive(SessionCookie, Evidence{Session: session, Subject: subject}, s.Now()); err != nil {
		return nil, err
	}
	return &Signed{*session, *subject}, nil
}

// again is signed for somebody whom an earlier read found signed in.
func (s *Service) again(ctx context.Context, tx chime.Tx, before *Signed) (*Signed, error) {
	return s.signed(ctx, tx, before.Session.User, before.Session.ID, before.Subject.Person.Account)
}

// Device is a session as its person sees it.
type Device struct {
	directory.UserSession
	// Current marks the session that asks.
	Current bool
}

// List returns the person's sessions that are alive, newest first. It returns
// ErrDead when they are no longer signed in.
func (s *Service) List(ctx context.Context, signed *Signed) (devices []Device, err error) {
	err = s.Store.View(ctx, func(tx chime.Tx) error {
		signed, err := s.again(ctx, tx, signed)
		if err != nil {
			return err
		}
		found, err := directory.LivingSessions(ctx, tx, signed.Subject, s.Living, func(chime.App) bool { return true })
		devices = nil
		for _, device := range found {
			devices = append(devices, Device{device, device.Session == signed.Session.ID})
		}
		return err
	})
	return devices, err
}

// Living reports whether a session of a person is alive: a directory.SessionRule.
func (s *Service) Living(session chime.Session, subject chime.Subject) bool {
	return Alive(SessionCookie, Evidence{Session: &session, Subject: &subject}, s.Now()) == nil
}

// End ends one session of the person. One that is not theirs, or over, is no
// error. It returns ErrDead when they are no longer signed in.
func (s *Service) End(ctx context.Context, signed *Signed, id chime.SessionID) error {
	return s.change(ctx, func(tx chime.Tx) ([]chime.Event, error) {
		signed, err := s.again(ctx, tx, signed)
		if err != nil {
			return nil, err
		}
		return s.end(ctx, tx, signed.Subject.ID, id)
	})
}

// end ends a session of a user.
func (s *Service) end(ctx context.Context, tx chime.Tx, user chime.UserID, id chime.SessionID) ([]chime.Event, error) {
	session, subject, err := tx.SessionAndSubject(ctx, user, id, "")
	if err != nil || session == nil {
		return nil, err
	}
	return s.Directory.EndSessions(ctx, tx, *subject, *session)
}

// change runs fn in a transaction, and has the world told of its events.
func (s *Service) change(ctx context.Context, fn func(chime.Tx) ([]chime.Event, error)) error {
	var events []chime.Event
	err := s.Store.Update(ctx, func(tx chime.Tx) (err error) {
		events, err = fn(tx)
		return err
	})
	if err == nil {
		s.Directory.Wake(events...)
	}
	return err
}

// EndAll signs the person out everywhere. It returns ErrDead when they are no
// longer signed in.
func (s *Service) EndAll(ctx context.Context, signed *Signed) error {
	return s.change(ctx, func(tx chime.Tx) ([]chime.Event, error) {
		signed, err := s.again(ctx, tx, signed)
		if err != nil {
			return nil, err
		}
		return s.Directory.SignOut(ctx, tx, signed.Subject)
	})
}

// Supersede has the cookie that a browser had be worth nothing, once somebody has
// signed in anew in that browser: nobody holds it there any more. The session of
// another person ends; one of the same person goes on for the apps that are part of
// it. A cookie that is worth nothing already is no error.
func (s *Service) Supersede(ctx context.Context, former string, now *Signed) error {
	before, err := s.Check(ctx, former)
	if err == nil {
		err = s.change(ctx, func(tx chime.Tx) ([]chime.Event, error) {
			signed, err := s.again(ctx, tx, before)
			switch {
			case err != nil:
				return nil, err
			case signed.Subject.ID != now.Subject.ID:
				return s.Directory.EndSessions(ctx, tx, signed.Subject, signed.Session)
			}
			signed.Session.SecretHash = hash(newSecret()) // which nobody is told
			return nil, tx.PutSessions(ctx, signed.Session)
		})
	}
	if errors.Is(err, ErrDead) {
		return nil
	}
	return err
}

// EndByHint ends a session of the user at the wish of an app that is part of it
// (RP-initiated logout, with an id_token_hint that the caller verified). One that
// is over, or that the app is no part of, is no error.
func (s *Service) EndByHint(ctx context.Context, user chime.UserID, id chime.SessionID, client chime.ClientID) error {
	return s.change(ctx, func(tx chime.Tx) ([]chime.Event, error) {
		grants, err := tx.Grants(ctx, []chime.UserID{user})
		if err != nil {
			return nil, err
		}
		part := func(g chime.Grant) bool { return g.Session == id && g.Client == client }
		if !slices.ContainsFunc(grants, part) {
			return nil, nil
		}
		return s.end(ctx, tx, user, id)
	})
}

// Accept accepts an invitation for who is signed in; see
// directory.AcceptInvitation. Whoever leaves an account by it is signed out
// everywhere but here: cookie is then the value of their new session's cookie, and
// "" when the one that they have goes on. It returns ErrDead when they are no
// longer signed in.
func (s *Service) Accept(ctx context.Context, signed *Signed, invitation directory.Invitation) (cookie string, now *Signed, err error) {
	err = s.change(ctx, func(tx chime.Tx) ([]chime.Event, error) {
		before, err := s.again(ctx, tx, signed)
		if err != nil {
			return nil, err
		}
		admission, err := s.Directory.AcceptInvitation(ctx, tx, before.Subject, invitation)
		if err != nil {
			return nil, err
		}
		cookie, now = "", &Signed{before.Session, admission.Subject}
		if before.Session.Epoch != admission.Subject.CurrentSignout().Epoch {
			cookie, now.Session, err = s.start(ctx, tx, admission.Subject, before.Session)
		}
		return admission.Events, err
	})
	if err != nil {
		return "", nil, err
	}
	return cookie, now, nil
}
