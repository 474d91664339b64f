package directory

import (
	"cmp"
	"fmt"

	"github.com/carillon-id/carillon/internal/chime"
)

func (p *importPlan) refuse(u ImportUser, format string, args ...any) {
	p.refusals = append(p.refusals, ImportRefusal{Account: u.Account, User: u.User, Reason: fmt.Sprintf(format, args...)})
}

func (p *importPlan) keep() { p.result.UsersKept++ }

func (p *importPlan) wrote(u ImportUser, existed bool) {
	if existed {
		p.result.UsersReplaced++
	} else {
		p.result.UsersAdded++
	}
	p.written = append(p.written, u.Key())
}

// addUser decides what becomes of one record.
func (p *importPlan) addUser(u ImportUser) {
	account, known := p.accounts[u.Account]
	switch {
	case u.Account == "":
		p.addPerson(u, account)
	case !known:
		p.refuse(u, "user %s is in account %s, which neither the documents nor the directory know", u.User, u.Account)
	case p.tenant != "" && account.Tenant != p.tenant:
		p.refuse(u, "user %s is in account %s, which belongs to another tenant", u.User, u.Account)
	case account.Status == chime.AccountSuspended:
		p.refuse(u, "user %s is in account %s, which is deleted", u.User, u.Account)
	case u.Former || u.Status == chime.Suspended && account.Type == chime.Team:
		p.addFormer(u)
	case u.Status == chime.Unregistered:
		p.addInvitation(u)
	default:
		p.addPerson(u, account)
	}
}

// subject is what is known of the user whom a record is about.
type subject struct {
	person     chime.Person
	registered bool         // there is a person
	home       chime.Member // in the account that they are in
	there      chime.Member // in the account that the record is about
	present    bool         // there is such a member, or an invitation
	left       bool         // the account suspended them
}

func (p *importPlan) subject(u ImportUser) (s subject) {
	s.person, s.registered = p.people[u.User]
	s.home = p.members[chime.MemberKey{Account: s.person.Account, User: u.User}]
	s.there, s.present = p.members[u.Key()]
	_, s.left = p.former[u.Key()]
	return s
}

// stays reports whether the person stays as they are, and not as the record says.
func (s subject) stays(u ImportUser, overwrite bool) bool {
	switch {
	case s.left, s.home.Status == chime.Suspended && s.person.Account != u.Account:
		return true
	case s.registered, s.present:
		return !overwrite
	}
	return false
}

// basis is the member whom the record changes: what the person has goes before
// what an invitation says of them.
func (s subject) basis() chime.Member {
	m := s.there
	if !s.registered {
		return m
	}
	m.Email, m.DisplayName, m.PIN, m.Registered = s.person.Email, s.person.DisplayName, s.person.PIN, s.person.Registered
	m.Signout = s.person.Signout
	if !s.person.Free() {
		m.Type, m.Signout = cmp.Or(m.Type, s.home.Type), s.home.Signout
	}
	return m
}

// moves reports whether a person would come to another account by being m.
func (s subject) moves(m chime.Member) bool { return s.registered && s.person.Account != m.Account }

// changes reports whether a person would come to another account or state.
func (s subject) changes(m chime.Member) bool {
	return s.moves(m) || s.registered && m.Account != "" && s.there.Status != m.Status
}

// addPerson makes the user a member of the account, or a free person of them
// when the record has no account.
func (p *importPlan) addPerson(u ImportUser, account chime.Account) {
	s := p.subject(u)
	if s.stays(u, p.overwrite) {
		p.keep()
		return
	}
	m := p.described(s.basis(), u, account)
	if s.changes(m) {
		m.Signout, m.Role = m.Signout.Raise(p.now), ""
	}
	if !p.claim(u, s.person, m) {
		return
	}
	if s.moves(m) && !s.person.Free() {
		p.removeMember(s.home.Key())
	}
	p.putPerson(m)
	p.wrote(u, s.registered || s.present)
	if !s.registered {
		p.needPIN(u, m)
	}
}

// needPIN has a PIN made for a new person who should have one.
func (p *importPlan) needPIN(u ImportUser, m chime.Member) {
	if m.PIN == "" && m.Type != chime.SharedDevice && !u.WithoutPIN {
		p.pinless = append(p.pinless, u.User)
	}
}

// described is the member that there was, changed to what the record says.
func (p *importPlan) described(base chime.Member, u ImportUser, account chime.Account) chime.Member {
	m := base
	m.Account, m.User = u.Account, u.User
	m.Status = cmp.Or(u.Status, chime.Registered)
	switch {
	case u.Account == "":
		m.Status = chime.Registered
	case base.Status == chime.Suspended: // which no record lifts
		m.Status = chime.Suspended
	}
	m.License = cmp.Or(u.License, base.License)
	if m.Status != chime.Unregistered {
		m.License = cmp.Or(m.License, account.DefaultLicense)
	}
	m.Signout = later(base.Signout, u.Signout)
	m.Email = cmp.Or(u.Email, base.Email)
	m.DisplayName = cmp.Or(u.DisplayName, base.DisplayName)
	m.PIN = cmp.Or(u.PIN, base.PIN)
	m.Type = cmp.Or(u.Type, base.Type, chime.PrivateUser)
	m.Registered = cmp.Or(u.Registered, base.Registered)
	m.Invitation = cmp.Or(u.Invitation, base.Invitation)
	m.InviteID = cmp.Or(u.InviteID, base.InviteID)
	m.EmailStatus = cmp.Or(u.EmailStatus, base.EmailStatus)
	m.Invited = cmp.Or(u.Invited, base.Invited)
	if u.HasAlexa {
		m.Alexa = u.Alexa
	}
	if u.HasTelephony {
		m.Telephony = u.Telephony
	}
	return m
}

// later returns the sign-out with the greater epoch.
func later(a, b chime.Signout) chime.Signout {
	if b.Epoch > a.Epoch || b.Epoch == a.Epoch && a.At.IsZero() {
		return b
	}
	return a
}

// claim gives the person the address and the PIN that the member has, in place
// of their former ones, or refuses the record because they are another's.
func (p *importPlan) claim(u ImportUser, person chime.Person, m chime.Member) bool {
	address := chime.EmailKey(m.Email)
	rival := p.addresses.other(address, u.User)
	if _, registered := p.people[rival]; rival != "" && (registered || !p.overwrite) {
		p.refuse(u, "the address of user %s is that of user %s", u.User, rival)
		return false
	}
	if other := p.pins.other(m.PIN, u.User); other != "" {
		p.refuse(u, "the PIN of user %s is that of user %s", u.User, other)
		return false
	}
	if _, invited := p.members[chime.MemberKey{Account: m.Account, User: rival}]; invited {
		p.removeMember(chime.MemberKey{Account: m.Account, User: rival})
	}
	p.addresses.release(chime.EmailKey(person.Email), u.User)
	p.pins.release(person.PIN, u.User)
	p.addresses.claim(address, u.User)
	p.pins.claim(m.PIN, u.User)
	return true
}

func (p *importPlan) putPerson(m chime.Member) {
	person := freed(m)
	person.Account, person.Identity = m.Account, p.people[m.User].Identity
	p.people[m.User] = person
	p.changedPeople = append(p.changedPeople, m.User)
	if m.Account != "" {
		p.putMember(m)
	}
}

func (p *importPlan) putMember(m chime.Member) {
	p.members[m.Key()] = m
	p.changedMembers = append(p.changedMembers, m.Key())
}

func (p *importPlan) removeMember(key chime.MemberKey) {
	delete(p.members, key)
	p.changedMembers = append(p.changedMembers, key)
}

// addInvitation makes a pending member of the user. It grants nothing over the
// person, so it neither needs nor changes one.
func (p *importPlan) addInvitation(u ImportUser) {
	s := p.subject(u)
	if s.left || s.present && (!p.overwrite || s.there.Status != chime.Unregistered) {
		p.keep()
		return
	}
	address := chime.EmailKey(cmp.Or(u.Email, s.there.Email))
	holder := p.addresses.other(address, u.User)
	if p.addresses.now[address] == "" {
		holder = u.Rival
	}
	if holder != "" {
		p.result.Skipped = append(p.result.Skipped, ImportSkip{Account: u.Account, User: u.User, Holder: holder})
		return
	}
	p.addresses.claim(address, u.User)
	m := p.described(s.there, u, chime.Account{})
	m.PIN, m.Signout = "", s.there.Signout
	p.putMember(m)
	p.wrote(u, s.present)
}

// addFormer makes a former member of the user. Unless that is all the record is
// about, a person who is not known is added, free as after a suspension.
func (p *importPlan) addFormer(u ImportUser) {
	s := p.subject(u)
	if s.there.Status == chime.Suspended || (s.left || s.present) && !p.overwrite {
		p.keep()
		return
	}
	if !s.registered && !s.left && !u.Former {
		if !p.addFreed(u, s.there) {
			return
		}
	}
	if s.present {
		p.leave(u, s.there)
	}
	p.remember(u)
	p.putFormer(u, s.there)
	p.wrote(u, s.left || s.present)
}

// remember gives a former member their address when nobody else has it, so that
// an invitation finds the same person.
func (p *importPlan) remember(u ImportUser) {
	if address := chime.EmailKey(u.Email); u.Rival == "" && p.addresses.now[address] == "" {
		p.addresses.claim(address, u.User)
	}
}

// addFreed makes the free person whom a Team account suspended.
func (p *importPlan) addFreed(u ImportUser, invitation chime.Member) bool {
	u.Email = cmp.Or(u.Email, invitation.Email)
	m := p.described(chime.Member{}, u, chime.Account{})
	m.Account, m.Status = "", chime.Registered
	if !p.claim(u, chime.Person{}, m) {
		return false
	}
	p.putPerson(m)
	p.needPIN(u, m)
	return true
}

// leave takes a member out of an account; a person who registered goes on free.
func (p *importPlan) leave(u ImportUser, m chime.Member) {
	p.removeMember(m.Key())
	if m.Status == chime.Unregistered {
		return
	}
	m.Account, m.Signout = "", later(m.Signout, u.Signout).Raise(p.now)
	p.putPerson(m)
}

// putFormer writes the record of a former member: what the document says, else
// what the record or the member had.
func (p *importPlan) putFormer(u ImportUser, there chime.Member) {
	record := p.former[u.Key()]
	p.former[u.Key()] = chime.FormerMember{
		Account:     u.Account,
		User:        u.User,
		Email:       cmp.Or(u.Email, record.Email, there.Email),
		DisplayName: cmp.Or(u.DisplayName, record.DisplayName, there.DisplayName),
		Type:        cmp.Or(u.Type, record.Type, there.Type, chime.PrivateUser),
		Invitation:  cmp.Or(u.Invitation, record.Invitation, there.Invitation),
		Invited:     cmp.Or(u.Invited, record.Invited, there.Invited),
		Registered:  cmp.Or(u.Registered, record.Registered, there.Registered),
		Removed:     cmp.Or(u.Removed, record.Removed, p.now),
	}
	p.changedFormer = append(p.changedFormer, u.Key())
}
