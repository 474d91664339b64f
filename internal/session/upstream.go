package session

import (
	"bytes"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
)

const (
	// maxInUse bounds the sessions that wait to be confirmed.
	maxInUse = 1 << 16
	// retryAfter is how long a session that was taken waits to be taken again.
	retryAfter = time.Minute
)

// inUse is the set of sessions with a provider that were used here since it
// confirmed them last. It decides nothing: whoever is forgotten, because the
// process ended or too many were in it, is back at their next use.
type inUse struct {
	mu       sync.Mutex
	sessions map[sessionKey]vouched
}

type sessionKey struct {
	user chime.UserID
	id   chime.SessionID
}

// vouched is when the provider confirmed a session, and when it is due next.
type vouched struct{ confirmed, due time.Time }

func newInUse() *inUse { return &inUse{sessions: make(map[sessionKey]vouched)} }

// note adds a session that has a provider to ask.
func (u *inUse) note(s chime.Session) {
	if s.Upstream == nil || len(s.Upstream.SealedToken) == 0 {
		return
	}
	key := sessionKey{s.User, s.ID}
	u.mu.Lock()
	defer u.mu.Unlock()
	known, ok := u.sessions[key]
	if ok && !s.Upstream.Confirmed.After(known.confirmed) || !ok && len(u.sessions) >= maxInUse {
		return
	}
	u.sessions[key] = vouched{s.Upstream.Confirmed, s.Upstream.Confirmed.Add(RefreshAfter)}
}

// due returns at most limit sessions that are due, and has them wait.
func (u *inUse) due(now time.Time, limit int) (keys []sessionKey) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for key, v := range u.sessions {
		if len(keys) == limit {
			break
		}
		if now.Before(v.due) {
			continue
		}
		v.due = now.Add(retryAfter)
		u.sessions[key] = v
		keys = append(keys, key)
	}
	return keys
}

func (u *inUse) forget(key sessionKey) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.sessions, key)
}

// TakeDue returns at most limit sessions that were used here since their provider
// confirmed them, RefreshAfter ago or longer. The caller is to refresh each of
// them, and to call Confirm or Refuse, or neither when the provider could not be
// asked; no other process is given it within the next minute. A session that
// nobody got confirmed within UpstreamLifetime is ended.
func (s *Service) TakeDue(ctx context.Context, limit int) (taken []chime.Session, err error) {
	for _, key := range s.inUse.due(s.Now(), limit) {
		session, err := s.take(ctx, key)
		if err != nil {
			return taken, err
		}
		if session != nil {
			taken = append(taken, *session)
		}
	}
	return taken, nil
}

// take takes one session, unless somebody else has, or it is over.
func (s *Service) take(ctx context.Context, key sessionKey) (taken *chime.Session, err error) {
	done := false
	err = s.change(ctx, func(tx chime.Tx) ([]chime.Event, error) {
		taken, done = nil, false
		session, subject, err := tx.SessionAndSubject(ctx, key.user, key.id, "")
		if err != nil {
			return nil, err
		}
		now := s.Now()
		alive := Alive(SessionCookie, Evidence{Session: session, Subject: subject}, now) == nil
		switch {
		case !alive:
			done = true
			return s.end(ctx, tx, key.user, key.id)
		case now.Before(session.Upstream.Confirmed.Add(RefreshAfter)):
			done = true // by somebody else
			return nil, nil
		case now.Before(session.Upstream.Tried.Add(retryAfter)):
			return nil, nil
		}
		session.Upstream.Tried = now
		taken = session
		return nil, tx.PutSessions(ctx, *session)
	})
	if err == nil && done {
		s.inUse.forget(key)
	}
	return taken, err
}

// Confirm says that the provider confirmed a session that was taken, and what is to
// be sealed and used the next time in place of its token: next, nil for the same.
func (s *Service) Confirm(ctx context.Context, taken chime.Session, next []byte) error {
	return s.settle(ctx, taken, func(tx chime.Tx, session chime.Session, _ chime.Subject) ([]chime.Event, error) {
		session.Upstream.Confirmed = s.Now()
		if next != nil {
			session.Upstream.SealedToken = next
		}
		return nil, tx.PutSessions(ctx, session)
	})
}

// Refuse says that the provider refused to confirm a session that was taken: it
// ends, unless somebody else got it confirmed meanwhile.
func (s *Service) Refuse(ctx context.Context, taken chime.Session) error {
	return s.settle(ctx, taken, func(tx chime.Tx, session chime.Session, subject chime.Subject) ([]chime.Event, error) {
		return s.Directory.EndSessions(ctx, tx, subject, session)
	})
}

// settle runs fn with a session that was taken, if it still has the same token.
func (s *Service) settle(
	ctx context.Context, taken chime.Session, fn func(chime.Tx, chime.Session, chime.Subject) ([]chime.Event, error),
) error {
	err := s.change(ctx, func(tx chime.Tx) ([]chime.Event, error) {
		session, subject, err := tx.SessionAndSubject(ctx, taken.User, taken.ID, "")
		if err != nil || session == nil || session.Upstream == nil || taken.Upstream == nil {
			return nil, err
		}
		same := bytes.Equal(session.Upstream.SealedToken, taken.Upstream.SealedToken) &&
			session.Upstream.Confirmed.Equal(taken.Upstream.Confirmed)
		if !same || !session.Ended.IsZero() {
			return nil, nil
		}
		return fn(tx, *session, *subject)
	})
	if err == nil {
		s.inUse.forget(sessionKey{taken.User, taken.ID})
	}
	return err
}

// EndUpstream ends sessions at the word of their provider (its back-channel logout):
// those of the subject; of these, when sid is not "" either, those of the provider's
// own session of that name, and those of which it never said the name; and when the
// subject is "", all of that session. It returns how many.
func (s *Service) EndUpstream(ctx context.Context, issuer, subject, sid string) (ended int, err error) {
	err = s.change(ctx, func(tx chime.Tx) (events []chime.Event, err error) {
		ended = 0
		theirs, err := vouchedFor(ctx, tx, issuer, subject, sid)
		for len(theirs) > 0 && err == nil {
			n := slices.IndexFunc(theirs, func(other chime.Session) bool { return other.User != theirs[0].User })
			if n < 0 {
				n = len(theirs)
			}
			var more []chime.Event
			more, err = s.endOf(ctx, tx, theirs[0].User, theirs[:n])
			events, theirs = append(events, more...), theirs[n:]
		}
		ended = len(events)
		return events, err
	})
	return ended, err
}

// vouchedFor returns the sessions that EndUpstream ends, person by person.
func vouchedFor(ctx context.Context, tx chime.Tx, issuer, subject, sid string) ([]chime.Session, error) {
	if subject == "" {
		return tx.UpstreamSessions(ctx, issuer, sid)
	}
	link, err := tx.Link(ctx, issuer, subject)
	if err != nil || link == nil {
		return nil, err
	}
	sessions, err := tx.Sessions(ctx, link.User)
	return slices.DeleteFunc(sessions, func(session chime.Session) bool {
		up := session.Upstream
		return up == nil || up.Issuer != issuer || up.Subject != subject || sid != "" && up.SID != "" && up.SID != sid
	}), err
}

// endOf ends sessions of a person.
func (s *Service) endOf(ctx context.Context, tx chime.Tx, user chime.UserID, sessions []chime.Session) ([]chime.Event, error) {
	person, err := tx.Subject(ctx, user, "")
	if err != nil || person == nil {
		return nil, err
	}
	return s.Directory.EndSessions(ctx, tx, *person, sessions...)
}
