package directory

import (
	"context"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
)

// SuspendUsers suspends up to MaxBatch users of an account and returns whose
// suspension failed and why; the others are suspended.
//
// Users of an EnterpriseLWA account are signed out everywhere by the same write
// and stay out. Registered users of a Team account leave it and go on as free
// users; the account keeps a record of them as they were (decision 1). Whoever
// was only invited is no longer, in either. Users of other accounts are
// suspended where they are managed.
func (d *Directory) SuspendUsers(ctx context.Context, id chime.AccountID, users []chime.UserID) (refusals []UserError, err error) {
	users, err = distinctUsers(users)
	if err != nil {
		return nil, err
	}
	c := on(opSuspend, id).with("userIdList", users).changing()
	err = d.write(ctx, c, func(caller iam.Caller, tx chime.Tx, c *call) error {
		account, present, former, err := tx.AccountRoll(ctx, id, users, chime.Team)
		if err != nil {
			return err
		}
		if err := visible(caller, id, account); err != nil {
			return err
		}
		if account.Type.Managed() {
			return wrongType(*account, "a Team or EnterpriseLWA")
		}
		members, shown := byUser(present), showFormer(*account, former)
		var outcomes outcomes
		changes := suspension{account: *account, now: c.now}
		for _, user := range users {
			_, left := shown[user]
			member, ok := members[user]
			switch {
			case ok:
				changes.suspend(member)
			case !left:
				outcomes.refuse(user, notFoundUser(user))
			}
		}
		refusals = outcomes.errors
		c.response, c.signedOut = outcomes.response(), changes.signedOut
		return changes.put(ctx, tx)
	})
	return refusals, err
}

// missing returns the users who are not members.
func missing(users []chime.UserID, members map[chime.UserID]chime.Member) []chime.UserID {
	var absent []chime.UserID
	for _, user := range users {
		if _, ok := members[user]; !ok {
			absent = append(absent, user)
		}
	}
	return absent
}

// suspension collects what a batch of suspensions changes.
type suspension struct {
	account chime.Account
	now     time.Time

	stay      []chime.Member
	signedOut []chime.EventPerson  // of these
	leaving   []chime.UserID       // members no longer
	former    []chime.FormerMember // the records of those who had registered
	freed     []chime.Person       // and the people themselves
}

func (s *suspension) suspend(m chime.Member) {
	switch {
	case m.Status == chime.Suspended: // written as it is, as in place all must be that decides
		s.stay = append(s.stay, m)
	case m.Status == chime.Unregistered:
		s.leaving = append(s.leaving, m.User)
	case s.account.Type == chime.Team:
		s.leaving = append(s.leaving, m.User)
		s.former = append(s.former, chime.FormerMember{
			Account:     m.Account,
			User:        m.User,
			Email:       m.Email,
			DisplayName: m.DisplayName,
			Type:        m.Type,
			Invitation:  m.Invitation,
			Invited:     m.Invited,
			Registered:  m.Registered,
			Removed:     s.now,
		})
		s.freed = append(s.freed, freed(m))
	default:
		s.signedOut = append(s.signedOut, chime.EventPerson{User: m.User, Epoch: m.Signout.Epoch})
		m.Status, m.Signout, m.Role = chime.Suspended, m.Signout.Raise(s.now), ""
		s.stay = append(s.stay, m)
	}
}

// freed is the person who was this member, in no account now, but for their
// Identity, which the member does not have. They stay signed in: what they may do
// is told to apps by the next check of their token.
func freed(m chime.Member) chime.Person {
	return chime.Person{
		ID:          m.User,
		Email:       m.Email,
		DisplayName: m.DisplayName,
		PIN:         m.PIN,
		Registered:  m.Registered,
		Signout:     m.Signout,
	}
}

func (s *suspension) put(ctx context.Context, tx chime.Tx) error {
	if err := tx.PutStandings(ctx, s.stay...); err != nil {
		return err
	}
	if err := tx.DeleteMembers(ctx, s.account.ID, s.leaving); err != nil {
		return err
	}
	if err := tx.PutFormerMembers(ctx, s.former...); err != nil {
		return err
	}
	return tx.PutLeavers(ctx, s.freed...)
}

// UnsuspendUsers lets up to MaxBatch suspended users of an EnterpriseLWA account
// sign in again and returns for whom it failed and why. Nothing that was cut off
// comes back to life. Users who are not suspended are left as they are. Those whose
// domain was released cannot be let in again.
func (d *Directory) UnsuspendUsers(ctx context.Context, id chime.AccountID, users []chime.UserID) (refusals []UserError, err error) {
	users, err = distinctUsers(users)
	if err != nil {
		return nil, err
	}
	c := on(opUnsuspend, id).with("userIdList", users).changing()
	err = d.write(ctx, c, func(caller iam.Caller, tx chime.Tx, c *call) error {
		account, present, _, err := tx.AccountRoll(ctx, id, users, chime.Team)
		if err != nil {
			return err
		}
		if err := visible(caller, id, account); err != nil {
			return err
		}
		if account.Type != chime.EnterpriseLWA {
			return wrongType(*account, "an EnterpriseLWA")
		}
		if len(account.ReleasedDomains) > 0 { // addresses count, and are in the profiles
			if _, present, err = tx.AccountMembers(ctx, id, users); err != nil {
				return err
			}
		}
		members := byUser(present)
		var outcomes outcomes
		written := make([]chime.Member, 0, len(present)) // also who was not suspended, as in place all must be that decides
		for _, user := range users {
			member, ok := members[user]
			switch {
			case !ok:
				outcomes.refuse(user, notFoundUser(user))
				continue
			case beyondReach(*account, member):
				outcomes.refuse(user, notFoundUser(user))
			case member.Status == chime.Suspended:
				member.Status = chime.Registered
			}
			written = append(written, member)
		}
		refusals = outcomes.errors
		c.response = outcomes.response()
		return tx.PutStandings(ctx, written...)
	})
	return refusals, err
}
