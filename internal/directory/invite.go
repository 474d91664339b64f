package directory

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
)

// InvitationLifetime is how long an invitation can be accepted.
const InvitationLifetime = 30 * 24 * time.Hour

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
		account, present, users, err := tx.AccountInvitees(ctx, id, strangers)
		if err != nil {
			return err
		}
		if err := visible(caller, id, account); err != nil {
			return err
		}
		if account.Type != chime.Team {
			return wrongType(*account, "a Team")
		}
		members := byUser(present)
		invites = make([]Invite, 0, len(emails))
		written := make([]chime.Member, 0, len(emails))
		for _, email := range emails {
			user := users[chime.EmailKey(email)]
			member, ok := members[user]
			if ok && member.Status != chime.Unregistered {
				invites = append(invites, inviteOfMember(member))
				written = append(written, member) // as it is, so that no suspension in place goes by
				continue
			}
			member = invited(member, id, user, email, userType, d.Now())
			written = append(written, member)
			invites = append(invites, Invite{
				ID: member.InviteID, Email: email, Status: member.Invitation, EmailStatus: member.EmailStatus,
			})
		}
		c.response = inviteResponse(invites)
		if err := tx.PutMembers(ctx, written...); err != nil {
			return err
		}
		return tx.DeleteFormerMembers(ctx, id, noLess(missing(known(users, strangers), members)))
	})
	return invites, err
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

// invited is the membership that an invitation makes: the one that was there,
// with its license set ahead, or a new one.
func invited(m chime.Member, account chime.AccountID, user chime.UserID, email string, userType chime.UserType, now time.Time) chime.Member {
	m.Account, m.User, m.Email, m.Type = account, user, email, userType
	m.Status = chime.Unregistered
	m.Invitation, m.InviteID, m.Invited = chime.InvitationPending, uuid.NewString(), now
	m.EmailStatus = chime.EmailNotSent // there is no mail transport
	return m
}

// inviteOfMember answers for an address whose person is a member already.
func inviteOfMember(m chime.Member) Invite {
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

// AcceptInvitation makes the person who was invited a Registered member. The
// caller MUST have proven that the person holds the invited address and MUST
// have had their consent, because accepting takes them out of the Team account
// that they are in and signs them out. displayName is for somebody who registers
// for the first time.
//
// It is nobody's administrative act, so no policy knows it. The audit has it as the
// person's own, and as LeaveAccount in the account that they leave.
func (d *Directory) AcceptInvitation(ctx context.Context, id chime.AccountID, user chime.UserID, displayName string) error {
	return d.Store.Update(ctx, func(tx chime.Tx) error {
		record, err := audit.NewID()
		if err != nil {
			return err
		}
		account, err := d.accept(ctx, recorded(tx, record), id, user, displayName)
		if err != nil {
			return err
		}
		return d.recordOwnAct(ctx, tx, record, opAccept, *account, user)
	})
}

func (d *Directory) accept(ctx context.Context, tx chime.Tx, id chime.AccountID, user chime.UserID, displayName string) (*chime.Account, error) {
	account, members, err := tx.AccountMembers(ctx, id, []chime.UserID{user})
	if err != nil {
		return nil, err
	}
	if account == nil || account.Status != chime.AccountActive || len(members) == 0 {
		return nil, chime.Errorf(chime.NotFound, "The invitation does not exist any more.")
	}
	member := members[0]
	if err := d.acceptable(*account, member); err != nil {
		return nil, err
	}
	person, err := d.leave(ctx, tx, user)
	if err != nil {
		return nil, err
	}
	if person == nil {
		if person, err = d.register(ctx, tx, member, displayName); err != nil {
			return nil, err
		}
	}
	person.Account = id
	member.Status, member.Invitation = chime.Registered, chime.InvitationAccepted
	if member.License == "" {
		member.License = account.DefaultLicense
	}
	member.Signout, member.DisplayName, member.PIN, member.Registered = person.Signout, person.DisplayName, person.PIN, person.Registered
	if err := tx.PutMembers(ctx, member); err != nil {
		return nil, err
	}
	return account, tx.PutPeople(ctx, *person)
}

// recordOwnAct records, under the id or one of its own for "", what a person did
// themselves in an account.
func (d *Directory) recordOwnAct(ctx context.Context, tx chime.Tx, id, operation string, account chime.Account, user chime.UserID) error {
	return appendRecord(ctx, tx, d.Now(), audit.Event{
		ID: id, Operation: operation, Tenant: account.Tenant, Account: account.ID,
		Identity: audit.Identity{Type: "User", PrincipalID: string(user), ARN: "user:" + string(user), AccountID: account.Tenant},
		Params:   audit.Values{"accountId": account.ID, "userId": user},
	})
}

func (d *Directory) acceptable(account chime.Account, m chime.Member) error {
	switch {
	case account.Type != chime.Team || m.Status != chime.Unregistered || m.Invitation != chime.InvitationPending:
		return chime.Errorf(chime.NotFound, "The invitation does not exist any more.")
	case !d.Now().Before(m.Invited.Add(InvitationLifetime)):
		return chime.Errorf(chime.BadRequest, "The invitation has expired. Ask to be invited again.")
	}
	return nil
}

// leave takes the person out of the account that they are in, if any, and signs
// them out of it. It returns nil for somebody who never registered.
func (d *Directory) leave(ctx context.Context, tx chime.Tx, user chime.UserID) (*chime.Person, error) {
	people, err := tx.People(ctx, []chime.UserID{user})
	if err != nil || len(people) == 0 {
		return nil, err
	}
	person := people[0]
	if person.Free() {
		return &person, nil
	}
	account, members, err := tx.AccountMembers(ctx, person.Account, []chime.UserID{user})
	if err != nil {
		return nil, err
	}
	if account == nil || len(members) == 0 {
		return nil, chime.Errorf(chime.ServiceFailure, "User %s has no membership of their account.", user)
	}
	if account.Type != chime.Team {
		return nil, chime.Errorf(chime.Forbidden, "The account that the user belongs to does not let them leave.")
	}
	person.Account, person.Signout = "", members[0].Signout.Raise(d.Now())
	if err := tx.DeleteMembers(ctx, account.ID, []chime.UserID{user}); err != nil {
		return nil, err
	}
	return &person, d.recordOwnAct(ctx, tx, "", "LeaveAccount", *account, user)
}

// register makes a person of somebody who was invited.
func (d *Directory) register(ctx context.Context, tx chime.Tx, m chime.Member, displayName string) (*chime.Person, error) {
	person := chime.Person{ID: m.User, Email: m.Email, DisplayName: displayName, Registered: d.Now()}
	if m.Type == chime.SharedDevice {
		return &person, nil
	}
	var err error
	person.PIN, err = claimPIN(ctx, tx, m.User)
	return &person, err
}
