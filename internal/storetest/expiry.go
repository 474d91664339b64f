package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
)

// expiring writes a credential, a login, and a session with a grant, all of which
// expire at a time and are named by it.
func expiring(ctx context.Context, tx chime.Tx, user chime.UserID, name string, expires time.Time) error {
	credential, login, session := token(name), newLogin(chime.LoginID(name), 1), newSession(user, chime.SessionID(name), 1)
	credential.Expires, login.Expires, session.Expires = expires, expires, expires
	if err := tx.PutCredentials(ctx, credential); err != nil {
		return err
	}
	if err := tx.PutLogin(ctx, login); err != nil {
		return err
	}
	if err := tx.PutSessions(ctx, session); err != nil {
		return err
	}
	return tx.PutGrants(ctx, newGrant(user, chime.GrantID(name), session.ID, 1), newGrant(user, chime.GrantID(name+", again"), session.ID, 1))
}

// left names what of expiring is there: of each kind as many.
func left(t *testing.T, s chime.Store, user chime.UserID) (names []string) {
	t.Helper()
	view(t, s, func(ctx context.Context, tx chime.Tx) error {
		sessions, err := tx.ScanSessions(ctx, chime.Session{User: user}, 1000)
		if err != nil {
			return err
		}
		grants := map[chime.SessionID]int{}
		all, err := tx.Grants(ctx, []chime.UserID{user})
		for _, g := range all {
			grants[g.Session]++
		}
		for _, session := range sessions {
			if session.User != user {
				continue
			}
			names = append(names, string(session.ID))
			credential, err1 := tx.Bearer(ctx, string(session.ID))
			login, err2 := tx.Login(ctx, chime.LoginID(session.ID))
			if err1 != nil || err2 != nil || credential == nil || login == nil || grants[session.ID] != 2 {
				t.Errorf("of %s there is a session, and a credential %v (%v), a login %v (%v), %d grants",
					session.ID, credential, err1, login, err2, grants[session.ID])
			}
			delete(grants, session.ID)
		}
		for session := range grants {
			t.Errorf("there are grants of %s, and no session", session)
		}
		return err
	})
	return names
}

func deleteExpired(t *testing.T, s chime.Store, before time.Time, limit int) (deleted int) {
	t.Helper()
	ctx := t.Context()
	err := s.UpdateInPlace(ctx, func(tx chime.Tx) (err error) {
		deleted, err = tx.DeleteExpired(ctx, before, limit)
		return err
	})
	if err != nil {
		t.Fatalf("DeleteExpired: %v", err)
	}
	return deleted
}

// expiredIsDeleted has sessions of one id and two people, one of them expired.
func expiredIsDeleted(t *testing.T, s chime.Store) {
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		for name, expires := range map[string]time.Time{
			"1 long ago": at(1), "2 just now": at(5), "3 then": at(5).Add(time.Microsecond), "4 later": at(9), "5 never": {},
		} {
			if err := expiring(ctx, tx, "user", name, expires); err != nil {
				return err
			}
		}
		theirs := newSession("other", "1 long ago", 1)
		theirs.Expires = at(9)
		if err := tx.PutSessions(ctx, theirs); err != nil {
			return err
		}
		return tx.PutGrants(ctx, newGrant("other", "theirs", theirs.ID, 1))
	})
	if got := deleteExpired(t, s, at(5).Add(time.Microsecond), 99); got != 6 {
		t.Errorf("DeleteExpired: got %d, want 2 of each of 3 kinds", got)
	}
	equal(t, "what is left", left(t, s, "user"), []string{"3 then", "4 later", "5 never"})
	others := read(t, s, func(ctx context.Context, tx chime.Tx) ([]chime.Session, error) { return tx.Sessions(ctx, "other") })
	grants := read(t, s, func(ctx context.Context, tx chime.Tx) ([]chime.Grant, error) {
		return tx.Grants(ctx, []chime.UserID{"other"})
	})
	if len(others) != 1 || len(grants) != 1 {
		t.Errorf("of somebody else with a session of the same name: got %v and %v, want one of each", others, grants)
	}
	view(t, s, func(ctx context.Context, tx chime.Tx) error {
		counts, err := tx.Counts(ctx)
		equal(t, "what sessions are found by", counts["upstream_sessions"], counts["sessions"])
		return err
	})
	if got := deleteExpired(t, s, at(5), 99); got != 0 {
		t.Errorf("DeleteExpired again: got %d, want 0", got)
	}
}

// expiredIsDeletedWithinItsLimit has more to delete than one statement takes.
func expiredIsDeletedWithinItsLimit(t *testing.T, s chime.Store) {
	const n, limit = 260, 120
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		for i := range n {
			if err := expiring(ctx, tx, "user", fmt.Sprintf("%03d", i), at(i)); err != nil {
				return err
			}
		}
		return nil
	})
	for _, want := range []int{n - limit, n - 2*limit, 0} {
		before := len(left(t, s, "user"))
		if got := deleteExpired(t, s, at(n), limit); got != 3*(before-want) {
			t.Errorf("DeleteExpired: got %d, want %d", got, 3*(before-want))
		}
		// The oldest go first.
		got := left(t, s, "user")
		if len(got) != want || want > 0 && got[0] != fmt.Sprintf("%03d", n-want) {
			t.Errorf("got %v left, want the %d that expire last", got, want)
		}
	}
}
