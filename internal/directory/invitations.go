package directory

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
)

// PendingInvitation is an invitation that nobody has accepted yet.
type PendingInvitation struct {
	Invitation
	AccountName string
	Email       string
	Status      chime.InvitationStatus
	EmailStatus chime.EmailStatus
	Invited     time.Time
	Expires     time.Time
}

func (d *Directory) pending(account chime.Account, m chime.Member) PendingInvitation {
	return PendingInvitation{
		Invitation:  Invitation{Account: m.Account, User: m.User, ID: m.InviteID},
		AccountName: account.Name, Email: m.Email, Status: m.Invitation, EmailStatus: m.EmailStatus,
		Invited: m.Invited, Expires: m.Invited.Add(d.InvitationLifetime),
	}
}

// invitationScan is how many members a page of invitations is looked for among.
const invitationScan = 1000

// ListInvitations returns the invitations of an account that were not accepted,
// ordered by user id, and the token of the next page, "" after the last. It looks at
// so many members at a time, so a page may be short, or empty, and have a next one.
func (d *Directory) ListInvitations(ctx context.Context, id chime.AccountID, p Page) (list []PendingInvitation, next string, err error) {
	err = d.read(ctx, on("ListInvitations", id), func(caller iam.Caller, tx chime.Tx) error {
		bound := bindToken("ListInvitations", string(caller.Tenant), string(id))
		after, limit, err := d.position(bound, p)
		if err != nil {
			return err
		}
		account, err := d.account(ctx, caller, tx, id)
		if err != nil {
			return err
		}
		members, err := tx.ListMembers(ctx, chime.MemberQuery{Account: id, After: chime.UserID(after), Limit: invitationScan})
		if err != nil {
			return err
		}
		for i, m := range members {
			if m.Status == chime.Unregistered {
				list = append(list, d.pending(account, m))
			}
			if len(list) == limit && i+1 < len(members) || i+1 == invitationScan {
				next = d.Tokens.SealToken(bound, string(m.User))
				return nil
			}
		}
		return nil
	})
	return list, next, err
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

// invitationToken is what tokens of invitations are bound to.
const invitationToken = "invitation"

// InvitationToken returns what the link of an invitation carries. Nothing of it is
// stored: it is good for as long as the invitation stands.
func (d *Directory) InvitationToken(i Invitation) string {
	return d.Tokens.SealToken(invitationToken, strings.Join([]string{string(i.Account), string(i.User), i.ID}, "\x00"))
}

// OpenInvitation returns the invitation that a link is of. It is NotFound for a
// token that is not ours.
func (d *Directory) OpenInvitation(token string) (Invitation, error) {
	text, err := d.Tokens.OpenToken(invitationToken, token)
	parts := strings.Split(text, "\x00")
	if err != nil || len(parts) != 3 {
		return Invitation{}, errNoInvitation()
	}
	return Invitation{Account: chime.AccountID(parts[0]), User: chime.UserID(parts[1]), ID: parts[2]}, nil
}

func errNoInvitation() error {
	return chime.Errorf(chime.NotFound, "The invitation does not exist any more.")
}

// ShowInvitation returns an invitation to whoever has its link. It is NotFound when
// it was accepted, canceled or replaced by a newer one, BadRequest when it has expired, and Conflict
// when another account has verified the address's domain since.
func (d *Directory) ShowInvitation(ctx context.Context, i Invitation) (shown PendingInvitation, err error) {
	err = d.Store.View(ctx, func(tx chime.Tx) error {
		account, member, err := d.invitation(ctx, tx, i)
		if err == nil {
			shown = d.pending(account, member)
		}
		return err
	})
	return shown, err
}

// invitation reads an invitation that still stands.
func (d *Directory) invitation(ctx context.Context, tx chime.Tx, i Invitation) (chime.Account, chime.Member, error) {
	account, members, err := tx.AccountMembers(ctx, i.Account, []chime.UserID{i.User})
	if err != nil {
		return chime.Account{}, chime.Member{}, err
	}
	if account == nil || account.Status != chime.AccountActive || len(members) == 0 || members[0].InviteID != i.ID || i.ID == "" {
		return chime.Account{}, chime.Member{}, errNoInvitation()
	}
	if err := d.acceptable(*account, members[0]); err != nil {
		return *account, members[0], err
	}
	claim, err := d.ClaimOf(ctx, tx, members[0].Email)
	var refusal *Refusal
	switch {
	case errors.As(err, &refusal): // what is no address has no domain
		err = nil
	case claim.Account != nil:
		err = chime.Errorf(chime.Conflict, "The domain of the address belongs to another account by now. Sign in, and you are in that one.")
	}
	return *account, members[0], err
}

// InvitationOver reports an error that says that an invitation does not stand any
// more, rather than that it cannot be read.
func InvitationOver(err error) bool {
	return slices.Contains([]chime.Code{chime.NotFound, chime.BadRequest, chime.Conflict}, chime.CodeOf(err))
}

// InvitationFailed records that the mail of an invitation cannot arrive. One that
// does not stand any more is no error.
func (d *Directory) InvitationFailed(ctx context.Context, i Invitation) error {
	return d.Store.UpdateInPlace(ctx, func(tx chime.Tx) error {
		id, err := audit.NewID()
		if err != nil {
			return err
		}
		tx = recorded(tx, id)
		account, member, err := d.invitation(ctx, tx, i)
		if InvitationOver(err) {
			return nil
		}
		if err != nil {
			return err
		}
		member.Invitation, member.EmailStatus = chime.InvitationFailed, chime.EmailFailed
		if err := tx.PutMembers(ctx, member); err != nil {
			return err
		}
		return appendRecord(ctx, tx, d.Now(), audit.Event{
			ID: id, Operation: opInvitationFailed, Identity: identity(server(account.Tenant)), Tenant: account.Tenant, Account: account.ID,
			Params: audit.Values{"accountId": account.ID, "userId": i.User, "inviteId": i.ID},
		})
	})
}
