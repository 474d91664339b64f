package directory

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
)

// DefaultInvitationLifetime is how long an invitation can be accepted.
const DefaultInvitationLifetime = 30 * 24 * time.Hour

// InviteUsers invites up to MaxBatch addresses to a Team account and answers
// one Invite for each distinct address, in the order of the request. Inviting
// again replaces an invitation and is how a suspended user comes back. Members
// stay as they are. An invitation grants nothing over the person it is for.
func (d *Directory) InviteUsers(ctx context.Context, id chime.AccountID, emails []string, userType chime.UserType) (invites []Invite, err error) {
	emails, err = distinctEmails(emails)
	if err != nil {
		return nil, err
	}
	if userType == "" {
		userType = chime.PrivateUser
	}
	c := on(opInvite, id).with("userEmailList", emails).with("userType", userType)
	err = d.write(ctx, c, func(caller iam.Caller, tx chime.Tx, c *call) error {
		strangers := newUsers(emails)
		found, err := tx.AccountInvitees(ctx, id, strangers, domainsOf(emails))
		if err != nil {
			return err
		}
		if err := visible(caller, id, found.Account); err != nil {
			return err
		}
		if found.Account.Type != chime.Team {
			return wrongType(*found.Account, "a Team")
		}
		members := byUser(found.Members)
		var written []chime.Member
		invites, written = d.inviteEach(emails, userType, id, found, members, c)
		c.response = inviteResponse(invites)
		if err := tx.PutMembers(ctx, written...); err != nil {
			return err
		}
		return tx.DeleteFormerMembers(ctx, id, noLess(missing(known(found.Holders, strangers), members)))
	})
	return invites, err
}

// inviteEach decides on each address: it returns what to answer and the members to
// write, and notes in the call who is to have mail.
func (d *Directory) inviteEach(
	emails []string, userType chime.UserType, id chime.AccountID, found chime.Invitees, members map[chime.UserID]chime.Member, c *call,
) (invites []Invite, written []chime.Member) {
	invites, written = make([]Invite, 0, len(emails)), make([]chime.Member, 0, len(emails))
	for _, email := range emails {
		user := found.Holders[chime.EmailKey(email)]
		member, ok := members[user]
		switch {
		case ok && member.Status != chime.Unregistered:
			invites = append(invites, inviteOfMember(member))
			written = append(written, member) // as it is, so that no suspension in place goes by
		case found.Claimed[domainOf(email)] != "": // its people join that account, and no Team
			invites = append(invites, refusedInvite(email))
		default:
			member = d.invited(member, id, user, email, userType)
			c.invited = append(c.invited, chime.EventPerson{User: user, Invite: member.InviteID})
			written = append(written, member)
			invites = append(invites, Invite{
				ID: member.InviteID, Email: email, Status: member.Invitation, EmailStatus: member.EmailStatus,
			})
		}
	}
	return invites, written
}

// distinctEmails returns the addresses in their order, each once.
func distinctEmails(emails []string) ([]string, error) {
	if len(emails) > MaxBatch {
		return nil, tooMany("addresses", MaxBatch)
	}
	seen := make(map[string]bool, len(emails))
	distinct := make([]string, 0, len(emails))
	for i, email := range emails {
		if !chime.ValidEmail(email) {
			return nil, chime.Errorf(chime.BadRequest, "Address %d of the list is not a valid e-mail address.", i+1)
		}
		if key := chime.EmailKey(email); !seen[key] {
			seen[key] = true
			distinct = append(distinct, email)
		}
	}
	return distinct, nil
}

// newUsers gives each address, by its key, an id that stays with it for life,
// should nobody hold it.
func newUsers(emails []string) map[string]chime.UserID {
	strangers := make(map[string]chime.UserID, len(emails))
	for _, email := range emails {
		strangers[chime.EmailKey(email)] = chime.UserID(uuid.NewString())
	}
	return strangers
}

// known returns the users whose addresses were held before.
func known(users, strangers map[string]chime.UserID) (known []chime.UserID) {
	for key, user := range users {
		if user != strangers[key] {
			known = append(known, user)
		}
	}
	return known
}

// domainsOf returns the domains of addresses, each once.
func domainsOf(emails []string) (names []string) {
	for _, email := range emails {
		if name := domainOf(email); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// refusedInvite answers for an address that cannot be invited.
func refusedInvite(email string) Invite {
	return Invite{ID: uuid.NewString(), Email: email, Status: chime.InvitationFailed, EmailStatus: chime.EmailNotSent}
}

// invited is the membership that an invitation makes: the one that was there,
// with its license set ahead, or a new one. Its mail counts as sent once it is in
// the outbox of a transport that reaches people.
func (d *Directory) invited(m chime.Member, account chime.AccountID, user chime.UserID, email string, userType chime.UserType) chime.Member {
	m.Account, m.User, m.Email, m.Type = account, user, email, userType
	m.Status = chime.Unregistered
	m.Invitation, m.InviteID, m.Invited = chime.InvitationPending, uuid.NewString(), d.Now()
	m.EmailStatus = chime.EmailNotSent
	if d.SendsMail {
		m.EmailStatus = chime.EmailSent
	}
	return m
}

// inviteOfMember answers for an address whose person is a member already. Whoever is
// suspended in a Team was so when their domain was released: nothing reaches them.
func inviteOfMember(m chime.Member) Invite {
	if m.Status == chime.Suspended {
		return refusedInvite(m.Email)
	}
	invite := Invite{ID: m.InviteID, Email: m.Email, Status: chime.InvitationAccepted, EmailStatus: chime.EmailNotSent}
	if invite.ID == "" {
		invite.ID = uuid.NewString()
	}
	return invite
}

func inviteResponse(invites []Invite) map[string]any {
	list := make([]map[string]any, 0, len(invites))
	for _, i := range invites {
		list = append(list, map[string]any{
			"inviteId": i.ID, "emailAddress": i.Email, "status": i.Status, "emailStatus": i.EmailStatus,
		})
	}
	return map[string]any{"invites": list}
}

// noLess returns a list that is empty rather than nil, where nil means everything.
func noLess[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// Invitation names an invitation: that which inviting again replaces.
type Invitation struct {
	Account chime.AccountID
	User    chime.UserID
	ID      string
}

// AcceptInvitation makes the person who was invited a Registered member, within a
// transaction that found them signed in. The caller MUST have had their consent,
// because accepting takes them out of the Team account that they are in and signs
// them out. The error is NotFound when there is no such invitation any more,
// BadRequest when it has expired, Conflict when another account has verified the
// address's domain since, and Forbidden when it is for somebody else or when the
// account that the person is in does not let them leave.
func (d *Directory) AcceptInvitation(ctx context.Context, tx chime.Tx, who chime.Subject, i Invitation) (Admission, error) {
	account, member, err := d.accepting(ctx, tx, who, i)
	if err != nil {
		return Admission{}, err
	}
	a, err := d.newAdmission(tx, who)
	if err != nil {
		return Admission{}, err
	}
	if !who.Free() {
		if err := a.end(ctx, account.ID); err != nil {
			return Admission{}, err
		}
	}
	if err := a.leave(ctx); err != nil {
		return Admission{}, err
	}
	member.Invitation = chime.InvitationAccepted
	if member.License == "" {
		member.License = account.DefaultLicense
	}
	if err := a.enter(ctx, account, member); err != nil {
		return Admission{}, err
	}
	params := audit.Values{"inviteId": member.InviteID, "licenseType": member.License}
	return Admission{a.subject, a.events}, a.record(ctx, opAccept, account, params)
}

// accepting returns the account and the invitation that somebody may accept.
func (d *Directory) accepting(ctx context.Context, tx chime.Tx, who chime.Subject, i Invitation) (chime.Account, chime.Member, error) {
	account, m, err := d.invitation(ctx, tx, i)
	switch {
	case err != nil:
		return account, m, err
	case who.ID != m.User:
		return account, m, chime.Errorf(chime.Forbidden, "The invitation is for somebody else than who is signed in.")
	case who.Account != nil && who.Account.Type != chime.Team:
		return account, m, chime.Errorf(chime.Forbidden, "The account that the user belongs to does not let them leave.")
	}
	return account, m, nil
}

func (d *Directory) acceptable(account chime.Account, m chime.Member) error {
	switch {
	case account.Type != chime.Team || m.Status != chime.Unregistered || m.Invitation != chime.InvitationPending:
		return errNoInvitation()
	case !d.Now().Before(m.Invited.Add(d.InvitationLifetime)):
		return chime.Errorf(chime.BadRequest, "The invitation has expired. Ask to be invited again.")
	}
	return nil
}
