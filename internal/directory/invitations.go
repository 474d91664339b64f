package directory

import (
	"context"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
)

// Invitation is a pending invitation as an administrator sees it.
type Invitation struct {
	User        chime.UserID
	ID          string
	Email       string
	Status      chime.InvitationStatus
	EmailStatus chime.EmailStatus
	Invited     time.Time
	Expires     time.Time
}

// ListInvitations returns the invitations of an account that were not accepted
// among a page of its members, ordered by user id, and where the next page begins;
// "" after the last.
func (d *Directory) ListInvitations(ctx context.Context, id chime.AccountID, after chime.UserID) (list []Invitation, next chime.UserID, err error) {
	err = d.read(ctx, on("ListInvitations", id), func(caller iam.Caller, tx chime.Tx) error {
		if _, err := d.account(ctx, caller, tx, id); err != nil {
			return err
		}
		members, err := tx.ListMembers(ctx, chime.MemberQuery{Account: id, After: after, Limit: jobPage})
		if err != nil {
			return err
		}
		for _, m := range members {
			if m.Status == chime.Unregistered {
				list = append(list, d.invitation(m))
			}
		}
		if len(members) == jobPage {
			next = members[jobPage-1].User
		}
		return nil
	})
	return list, next, err
}

func (d *Directory) invitation(m chime.Member) Invitation {
	return Invitation{
		User: m.User, ID: m.InviteID, Email: m.Email, Status: m.Invitation, EmailStatus: m.EmailStatus,
		Invited: m.Invited, Expires: m.Invited.Add(d.InvitationLifetime),
	}
}

// CancelInvitation takes back an invitation that was not accepted: its link is
// dead at once.
func (d *Directory) CancelInvitation(ctx context.Context, id chime.AccountID, user chime.UserID) error {
	return d.write(ctx, on("CancelInvitation", id).with("userId", user), func(caller iam.Caller, tx chime.Tx, _ *call) error {
		_, member, err := d.member(ctx, caller, tx, id, user)
		if err != nil {
			return err
		}
		if member == nil {
			return notFoundUser(user)
		}
		if member.Status != chime.Unregistered {
			return chime.Errorf(chime.Conflict, "User %s has accepted the invitation. Suspend the user instead.", user)
		}
		return tx.DeleteMembers(ctx, id, []chime.UserID{user})
	})
}
