package directory_test

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

// model is what the documents say about accounts and people, as simply as it
// can be written down. It knows nothing of how the directory does it.
type model struct {
	now       time.Time
	accounts  map[chime.AccountID]*modelAccount
	people    map[chime.UserID]*modelPerson
	addresses map[string]chime.UserID // by address in lower case, for life
}

type modelAccount struct {
	chime.Account
	members map[chime.UserID]*directory.User // as GetUser shows them, hidden parts included
	phones  map[chime.UserID]chime.Telephony
	former  map[chime.UserID]*directory.User
}

type modelPerson struct {
	home       chime.AccountID
	epoch      int64
	name, pin  string
	registered time.Time
}

func newModel(now time.Time) *model {
	return &model{
		now: now, accounts: map[chime.AccountID]*modelAccount{}, people: map[chime.UserID]*modelPerson{},
		addresses: map[string]chime.UserID{},
	}
}

func (m *model) add(a chime.Account) {
	m.accounts[a.ID] = &modelAccount{
		Account: a, members: map[chime.UserID]*directory.User{}, phones: map[chime.UserID]chime.Telephony{},
		former: map[chime.UserID]*directory.User{},
	}
}

// active returns the account if the tenant sees it.
func (m *model) active(tenant chime.TenantID, id chime.AccountID) *modelAccount {
	if a := m.accounts[id]; a != nil && a.Tenant == tenant && a.Status == chime.AccountActive {
		return a
	}
	return nil
}

// deletedAccount returns the account, or why it cannot be restored or purged.
func (m *model) deletedAccount(tenant chime.TenantID, id chime.AccountID) (*modelAccount, chime.Code) {
	a := m.accounts[id]
	switch {
	case a == nil || a.Tenant != tenant:
		return nil, chime.NotFound
	case a.Status == chime.AccountActive:
		return nil, chime.Unprocessable
	}
	return a, ""
}

func (m *model) updateAccount(tenant chime.TenantID, id chime.AccountID, c directory.AccountChange) chime.Code {
	a := m.active(tenant, id)
	switch {
	case a == nil:
		return chime.NotFound
	case c.DefaultLicense != nil && *c.DefaultLicense != chime.Basic && *c.DefaultLicense != chime.Pro:
		return chime.BadRequest
	}
	if c.Name != nil {
		a.Name = *c.Name
	}
	if c.DefaultLicense != nil {
		a.DefaultLicense = *c.DefaultLicense
	}
	return ""
}

func (m *model) deleteAccount(tenant chime.TenantID, id chime.AccountID) chime.Code {
	a := m.active(tenant, id)
	switch {
	case a == nil:
		return chime.NotFound
	case len(a.members) > 0:
		return chime.Unprocessable
	}
	a.Status, a.Deleted = chime.AccountSuspended, m.now
	clear(a.former)
	return ""
}

func (m *model) restoreAccount(tenant chime.TenantID, id chime.AccountID) chime.Code {
	a, code := m.deletedAccount(tenant, id)
	if code == "" && m.now.Sub(a.Deleted) >= 90*24*time.Hour {
		return chime.Unprocessable
	}
	if code == "" {
		a.Status, a.Deleted = chime.AccountActive, time.Time{}
	}
	return code
}

func (m *model) purgeAccount(tenant chime.TenantID, id chime.AccountID) chime.Code {
	_, code := m.deletedAccount(tenant, id)
	if code == "" {
		delete(m.accounts, id)
	}
	return code
}

func (m *model) purgeExpired() (purged int) {
	for id, a := range m.accounts {
		if a.Status == chime.AccountSuspended && m.now.Sub(a.Deleted) >= 90*24*time.Hour {
			delete(m.accounts, id)
			purged++
		}
	}
	return purged
}

// manage returns the account for an operation that accounts of these types have.
func (m *model) manage(tenant chime.TenantID, id chime.AccountID, types ...chime.AccountType) (*modelAccount, chime.Code) {
	a := m.active(tenant, id)
	switch {
	case a == nil:
		return nil, chime.NotFound
	case !slices.Contains(types, a.Type):
		return nil, chime.Forbidden
	}
	return a, ""
}

// refusal is a per-user outcome.
type refusal struct {
	User chime.UserID
	Code chime.Code
}

func distinct[T comparable](list []T) (once []T) {
	for _, v := range list {
		if !slices.Contains(once, v) {
			once = append(once, v)
		}
	}
	return once
}

func (m *model) suspend(tenant chime.TenantID, id chime.AccountID, users []chime.UserID) (refusals []refusal, _ chime.Code) {
	a, code := m.manage(tenant, id, chime.Team, chime.EnterpriseLWA)
	if code != "" {
		return nil, code
	}
	for _, user := range distinct(users) {
		member := a.members[user]
		switch {
		case member == nil && a.former[user] == nil:
			refusals = append(refusals, refusal{user, chime.NotFound})
		case member == nil || member.Status == chime.Suspended: // again
		case member.Status == chime.Unregistered:
			delete(a.members, user)
		case a.Type == chime.EnterpriseLWA:
			member.Status = chime.Suspended
			m.people[user].epoch++
		default:
			m.remove(a, user)
		}
	}
	return refusals, ""
}

// remove is the suspension of a Registered member of a Team account.
func (m *model) remove(a *modelAccount, user chime.UserID) {
	record := *a.members[user]
	record.Account, record.Status, record.License, record.PIN, record.Alexa = "", chime.Suspended, chime.Basic, "", nil
	a.former[user] = &record
	m.people[user].home = ""
	delete(a.members, user)
	delete(a.phones, user)
}

func (m *model) unsuspend(tenant chime.TenantID, id chime.AccountID, users []chime.UserID) (refusals []refusal, _ chime.Code) {
	a, code := m.manage(tenant, id, chime.EnterpriseLWA)
	if code != "" {
		return nil, code
	}
	for _, user := range distinct(users) {
		switch member := a.members[user]; {
		case member == nil:
			refusals = append(refusals, refusal{user, chime.NotFound})
		case member.Status == chime.Suspended:
			member.Status = chime.Registered
		}
	}
	return refusals, ""
}

// change changes a member, or says why not.
func (a *modelAccount) change(c directory.UserChange) chime.Code {
	member := a.members[c.User]
	switch {
	case member == nil:
		return chime.NotFound
	case c.License != nil && *c.License != chime.Basic && *c.License != chime.Pro:
		return chime.BadRequest
	}
	if c.License != nil {
		member.License = *c.License
	}
	if c.Type != nil {
		member.Type = *c.Type
	}
	if c.Alexa != nil && c.Alexa.Enabled != nil {
		member.Alexa.Enabled = *c.Alexa.Enabled
	}
	if c.Alexa != nil && c.Alexa.RoomARN != nil {
		member.Alexa.RoomARN = *c.Alexa.RoomARN
	}
	return ""
}

func (m *model) updateUsers(tenant chime.TenantID, id chime.AccountID, changes []directory.UserChange) (refusals []refusal, _ chime.Code) {
	a, code := m.manage(tenant, id, chime.Team, chime.EnterpriseLWA)
	if code != "" {
		return nil, code
	}
	for _, c := range changes {
		if code := a.change(c); code != "" {
			refusals = append(refusals, refusal{c.User, code})
		}
	}
	return refusals, ""
}

// invitation is what InviteUsers answers to one address.
type invitation struct {
	Email  string
	Status chime.InvitationStatus
}

// invite does not know the ids of strangers: it leaves the members that it makes
// for learn to place.
func (m *model) invite(tenant chime.TenantID, id chime.AccountID, emails []string) (answers []invitation, invited []string, _ chime.Code) {
	a, code := m.manage(tenant, id, chime.Team)
	if code != "" {
		return nil, nil, code
	}
	seen := map[string]bool{}
	for _, email := range emails {
		key := strings.ToLower(email)
		if seen[key] {
			continue
		}
		seen[key] = true
		if member := a.members[m.addresses[key]]; member != nil && member.Status != chime.Unregistered {
			answers = append(answers, invitation{member.Email, chime.InvitationAccepted})
			continue
		}
		answers = append(answers, invitation{email, chime.InvitationPending})
		invited = append(invited, email)
	}
	return answers, invited, ""
}

// learn places the invitation of an address, whose user has turned out to be
// this one.
func (m *model) learn(id chime.AccountID, email string, user chime.UserID, userType chime.UserType) {
	a := m.accounts[id]
	m.addresses[strings.ToLower(email)] = user
	member := a.members[user]
	if member == nil {
		member = &directory.User{Alexa: &chime.Alexa{}}
		a.members[user] = member
	}
	member.ID, member.Account, member.Email, member.Type = user, id, email, userType
	member.Status, member.Invitation, member.Invited = chime.Unregistered, chime.InvitationPending, m.now
	delete(a.former, user)
}

// accept makes a person of an address that registers for the first time; learnPIN
// tells it their PIN.
func (m *model) accept(id chime.AccountID, user chime.UserID, name string) chime.Code {
	a := m.accounts[id]
	if a == nil || a.Status != chime.AccountActive || a.Type != chime.Team || a.members[user] == nil || a.members[user].Status != chime.Unregistered {
		return chime.NotFound
	}
	member := a.members[user]
	if m.now.Sub(member.Invited) >= 30*24*time.Hour {
		return chime.BadRequest
	}
	person := m.people[user]
	switch {
	case person == nil:
		person = &modelPerson{name: name, registered: m.now}
		m.people[user] = person
	case person.home != "" && m.accounts[person.home].Type != chime.Team:
		return chime.Forbidden
	case person.home != "":
		person.epoch++
		delete(m.accounts[person.home].members, user)
		delete(m.accounts[person.home].phones, user)
	}
	person.home = id
	if member.License == "" {
		member.License = a.DefaultLicense
	}
	member.Status, member.Invitation = chime.Registered, chime.InvitationAccepted
	member.DisplayName, member.PIN, member.Registered = person.name, person.pin, person.registered
	return ""
}

// join makes somebody a Registered member of an account, or a free person.
func (m *model) join(id chime.AccountID, u directory.User) {
	m.people[u.ID] = &modelPerson{home: id, name: u.DisplayName, pin: u.PIN, registered: u.Registered}
	if u.Email != "" {
		m.addresses[strings.ToLower(u.Email)] = u.ID
	}
	if id != "" {
		m.accounts[id].members[u.ID] = &u
	}
}

func (m *model) createUser(tenant chime.TenantID, id chime.AccountID, email string) chime.Code {
	a := m.active(tenant, id)
	switch {
	case a == nil:
		return chime.NotFound
	case a.Type != chime.EnterpriseDirectory:
		return chime.BadRequest
	case email != "" && m.people[m.addresses[strings.ToLower(email)]] != nil:
		return chime.Conflict
	}
	return ""
}

// registered returns the member for an operation that needs them registered.
func (m *model) registered(tenant chime.TenantID, id chime.AccountID, user chime.UserID) (*modelAccount, *directory.User, chime.Code) {
	a := m.active(tenant, id)
	switch {
	case a == nil || a.members[user] == nil:
		return nil, nil, chime.NotFound
	case a.members[user].Status == chime.Unregistered:
		return nil, nil, chime.BadRequest
	}
	return a, a.members[user], ""
}

func (m *model) logout(tenant chime.TenantID, id chime.AccountID, user chime.UserID) chime.Code {
	_, _, code := m.registered(tenant, id, user)
	switch code {
	case "":
		m.people[user].epoch++
	case chime.BadRequest:
		return "" // an invitation grants nothing over the person
	}
	return code
}

// getUser is what an account is shown of a user; nil is NotFound.
func (m *model) getUser(tenant chime.TenantID, id chime.AccountID, user chime.UserID) *directory.User {
	a := m.active(tenant, id)
	if a == nil {
		return nil
	}
	if a.members[user] == nil {
		return a.former[user]
	}
	shown := *a.members[user]
	if shown.Status == chime.Unregistered {
		shown.License, shown.Type, shown.Alexa = "", "", nil
	}
	return &shown
}

// listUsers is what ListUsers shows of an account.
func (m *model) listUsers(tenant chime.TenantID, id chime.AccountID) []directory.User {
	list := []directory.User{}
	for _, user := range slices.Sorted(maps.Keys(m.accounts[id].members)) {
		shown := m.getUser(tenant, id, user)
		shown.PIN = ""
		list = append(list, *shown)
	}
	return list
}

// listAccounts returns the ids of the tenant's accounts.
func (m *model) listAccounts(tenant chime.TenantID, status chime.AccountStatus) []chime.AccountID {
	list := []chime.AccountID{}
	for _, id := range slices.Sorted(maps.Keys(m.accounts)) {
		if a := m.accounts[id]; a.Tenant == tenant && a.Status == status {
			list = append(list, id)
		}
	}
	return list
}

// accountOf is what ListAccounts answers for an address.
func (m *model) accountOf(tenant chime.TenantID, email string) []chime.AccountID {
	person := m.people[m.addresses[strings.ToLower(email)]]
	if person == nil || m.active(tenant, person.home) == nil {
		return []chime.AccountID{}
	}
	return []chime.AccountID{person.home}
}
