package directory_test

import (
	"regexp"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

func (m *machine) createUser(t *rapid.T) {
	ctx, tenant, id := m.account(t, chime.EnterpriseDirectory)
	u := directory.NewUser{Username: "Room", Type: userType(t)}
	if sometimes(t, 2, "with an address") {
		u.Email = email(t)
	}
	got, err := m.CreateUser(ctx, id, u)
	want := m.model.createUser(tenant, id, u.Email)
	expect(t, err, want)
	if want != "" {
		return
	}
	if known := m.model.addresses[strings.ToLower(u.Email)]; u.Email != "" && known != "" && known != got.ID {
		t.Fatalf("the user of %s: got the id %s, and it was %s before", u.Email, got.ID, known)
	}
	m.checkNewPIN(t, got.PIN, u.Type != chime.SharedDevice)
	made := directory.User{
		ID: got.ID, Account: id, Email: u.Email, DisplayName: "Room", PIN: got.PIN, License: m.model.accounts[id].DefaultLicense, Type: u.Type,
		Status: chime.Registered, Registered: m.clock, Alexa: &chime.Alexa{},
	}
	same(t, "the new user", got, made)
	m.know(got.ID)
	m.model.join(id, made)
}

func (m *machine) know(user chime.UserID) {
	if !slices.Contains(m.users, user) {
		m.users = append(m.users, user)
	}
}

var pinForm = regexp.MustCompile(`^[0-9]{10}$`)

// checkNewPIN sees to it that a PIN is one that nobody has, or none.
func (m *machine) checkNewPIN(t *rapid.T, pin string, wanted bool) {
	if !wanted {
		same(t, "the PIN", pin, "")
		return
	}
	if !pinForm.MatchString(pin) {
		t.Fatalf("the PIN: got %q, want 10 digits", pin)
	}
	for user, person := range m.model.people {
		if person.pin == pin {
			t.Fatalf("the PIN %s: %s has it already", pin, user)
		}
	}
}

func (m *machine) inviteUsers(t *rapid.T) {
	ctx, tenant, id := m.account(t, chime.Team)
	emails := rapid.SliceOfN(rapid.Custom(email), 0, 4).Draw(t, "emails")
	kind := userType(t)
	got, err := m.InviteUsers(ctx, id, emails, kind)
	answers, invited, want := m.model.invite(tenant, id, emails)
	expect(t, err, want)
	var gotAnswers []invitation
	inviteIDs := map[string]bool{}
	for _, i := range got {
		gotAnswers = append(gotAnswers, invitation{i.Email, i.Status})
		inviteIDs[i.ID] = true
		same(t, "the status of the mail", i.EmailStatus, chime.EmailNotSent)
	}
	same(t, "the answers", gotAnswers, answers)
	if len(inviteIDs) != len(got) || inviteIDs[""] {
		t.Fatalf("the ids of the invitations: got %v, want one each", inviteIDs)
	}
	for _, address := range invited {
		users, _, err := m.ListUsers(ctx, id, directory.UserFilter{Email: strings.ToUpper(address)}, directory.Page{})
		expect(t, err, "")
		if len(users) != 1 {
			t.Fatalf("users with the address %s: got %v, want one", address, users)
		}
		user := users[0].ID
		if known := m.model.addresses[strings.ToLower(address)]; known != "" && known != user {
			t.Fatalf("the user of %s: got the id %s, and it was %s before", address, user, known)
		}
		m.know(user)
		m.model.learn(id, address, user, kind)
	}
}

func (m *machine) acceptInvitation(t *rapid.T) {
	_, _, id := m.account(t, chime.Team)
	var pending []chime.UserID
	if a := m.model.accounts[id]; a != nil {
		for _, user := range m.users {
			if member := a.members[user]; member != nil && member.Status == chime.Unregistered {
				pending = append(pending, user)
			}
		}
	}
	user := m.user(t, id)
	if len(pending) > 0 && !sometimes(t, 10, "anybody") {
		user = rapid.SampledFrom(pending).Draw(t, "pending")
	}
	first := m.model.people[user] == nil
	err := m.acceptAs(t.Context(), id, user, "Name of "+string(user))
	want := m.model.accept(id, user, "Name of "+string(user))
	expect(t, err, want)
	if want != "" || !first {
		return
	}
	member := m.model.accounts[id].members[user]
	got, err := m.GetUser(root(t.Context(), m.model.accounts[id].Tenant), id, user)
	expect(t, err, "")
	m.checkNewPIN(t, got.PIN, true)
	m.model.people[user].pin, member.PIN = got.PIN, got.PIN
}

// outcomes compares per-user outcomes, in their order.
func outcomes(t *rapid.T, got []directory.UserError, want []refusal) {
	var refusals []refusal
	for _, e := range got {
		refusals = append(refusals, refusal{e.User, e.Code})
		if !strings.Contains(e.Message, string(e.User)) && e.Code == chime.NotFound {
			t.Fatalf("the message about %s: got %q, want one that names it", e.User, e.Message)
		}
	}
	same(t, "the users who were refused", refusals, want)
}

func (m *machine) suspendUsers(t *rapid.T) {
	ctx, tenant, id := m.account(t, chime.Team, chime.EnterpriseLWA)
	users := m.batch(t, id)
	got, err := m.SuspendUsers(ctx, id, users)
	refusals, want := m.model.suspend(tenant, id, users)
	expect(t, err, want)
	outcomes(t, got, refusals)
}

func (m *machine) unsuspendUsers(t *rapid.T) {
	ctx, tenant, id := m.account(t, chime.EnterpriseLWA)
	users := m.batch(t, id)
	got, err := m.UnsuspendUsers(ctx, id, users)
	refusals, want := m.model.unsuspend(tenant, id, users)
	expect(t, err, want)
	outcomes(t, got, refusals)
}

func (m *machine) change(t *rapid.T, id chime.AccountID) directory.UserChange {
	c := directory.UserChange{User: m.user(t, id), License: license(t)}
	if sometimes(t, 3, "with a type") {
		c.Type = new(userType(t))
	}
	if sometimes(t, 3, "with Alexa") {
		c.Alexa = &directory.AlexaChange{}
		if sometimes(t, 2, "enabled") {
			c.Alexa.Enabled = new(rapid.Bool().Draw(t, "alexa"))
		}
		if sometimes(t, 2, "room") {
			c.Alexa.RoomARN = new("arn:aws:a4b:us-east-1:111122223333:room/1")
		}
	}
	return c
}

func (m *machine) updateUser(t *rapid.T) {
	ctx, tenant, id := m.account(t, chime.Team, chime.EnterpriseLWA)
	c := m.change(t, id)
	err := m.UpdateUser(ctx, id, c)
	refusals, want := m.model.updateUsers(tenant, id, []directory.UserChange{c})
	if want == "" && len(refusals) > 0 {
		want = refusals[0].Code
	}
	expect(t, err, want)
}

func (m *machine) updateUsers(t *rapid.T) {
	ctx, tenant, id := m.account(t, chime.Team, chime.EnterpriseLWA)
	var changes []directory.UserChange
	for range rapid.IntRange(0, 4).Draw(t, "changes") {
		c := m.change(t, id)
		if !slices.ContainsFunc(changes, func(known directory.UserChange) bool { return known.User == c.User }) {
			changes = append(changes, c)
		}
	}
	sent := changes
	if len(changes) > 0 && sometimes(t, 2, "one twice") {
		sent = append(slices.Clone(changes), changes[0])
	}
	got, err := m.UpdateUsers(ctx, id, sent)
	refusals, want := m.model.updateUsers(tenant, id, changes)
	expect(t, err, want)
	outcomes(t, got, refusals)
}

func (m *machine) logoutUser(t *rapid.T) {
	ctx, tenant, id := m.account(t, chime.AccountTypes()...)
	user := m.user(t, id)
	expect(t, m.LogoutUser(ctx, id, user), m.model.logout(tenant, id, user))
}

func (m *machine) resetPersonalPIN(t *rapid.T) {
	ctx, tenant, id := m.account(t, chime.AccountTypes()...)
	user := m.user(t, id)
	_, member, want := m.model.registered(tenant, id, user)
	if want == "" && member.PIN == "" {
		want = chime.BadRequest
	}
	got, err := m.ResetPersonalPIN(ctx, id, user)
	expect(t, err, want)
	if want != "" {
		return
	}
	old := member.PIN
	m.checkNewPIN(t, got.PIN, true)
	member.PIN, m.model.people[user].pin = got.PIN, got.PIN
	same(t, "the user with the new PIN", got, *member)
	err = m.store.View(t.Context(), func(tx chime.Tx) error {
		holders, err := tx.PINHolders(t.Context(), []string{old, got.PIN})
		same(t, "who holds the old and the new PIN", holders, map[string]chime.UserID{got.PIN: user})
		return err
	})
	expect(t, err, "")
}

func (m *machine) userSettings(t *rapid.T) {
	ctx, tenant, id := m.account(t, chime.AccountTypes()...)
	user := m.user(t, id)
	phone := chime.Telephony{
		InboundCalling: rapid.Bool().Draw(t, "in"), OutboundCalling: rapid.Bool().Draw(t, "out"), SMS: rapid.Bool().Draw(t, "sms"),
	}
	a, _, want := m.model.registered(tenant, id, user)
	expect(t, m.UpdateUserSettings(ctx, id, user, phone), want)
	if want == "" {
		a.phones[user] = phone
	}
}

// checkDrawn compares what the directory shows of the account that was drawn
// last, and everybody's epoch.
func (m *machine) checkDrawn(t *rapid.T) {
	for _, tenant := range []chime.TenantID{tenantOne, tenantTwo} {
		m.checkAccount(t, tenant, m.drawn)
	}
	m.checkUsers(t, m.drawn)
	m.checkEpochs(t)
}

// check compares all that the directory shows with what the model says.
func (m *machine) check(t *rapid.T) {
	homes := map[chime.UserID]int{}
	for _, id := range append(m.ids, "unknown") {
		m.drawn = id
		m.checkDrawn(t)
		for _, u := range m.checkUsers(t, id) {
			if u.Status != chime.Unregistered {
				homes[u.ID]++
			}
		}
	}
	for user, n := range homes {
		if n > 1 {
			t.Fatalf("%s is a member of %d accounts, want at most one", user, n)
		}
	}
	for _, tenant := range []chime.TenantID{tenantOne, tenantTwo} {
		m.checkAccountLists(t, tenant)
	}
	_, err := m.Check(operator(t.Context()), nil, func(found chime.Finding) error {
		t.Errorf("Check found %+v", found)
		return nil
	})
	expect(t, err, "")
}

func (m *machine) checkAccountLists(t *rapid.T, tenant chime.TenantID) {
	ctx := root(t.Context(), tenant)
	got := []chime.AccountID{}
	for page := (directory.Page{Limit: 2}); ; {
		accounts, next, err := m.ListAccounts(ctx, directory.AccountFilter{}, page)
		expect(t, err, "")
		for _, a := range accounts {
			got = append(got, a.ID)
		}
		if page.Token = next; next == "" {
			break
		}
	}
	same(t, "ListAccounts", got, m.model.listAccounts(tenant, chime.AccountActive))
	deleted, _, err := m.ListDeletedAccounts(ctx, "", directory.Page{})
	expect(t, err, "")
	same(t, "ListDeletedAccounts", accountIDs(deleted), m.model.listAccounts(tenant, chime.AccountSuspended))
	for _, address := range []string{"ann@example.com", "BOB@example.com", "cyd@example.com", "user-1@corp.example.com", "user-2@corp.example.com"} {
		accounts, _, err := m.ListAccounts(ctx, directory.AccountFilter{Email: address}, directory.Page{})
		expect(t, err, "")
		same(t, "ListAccounts by "+address, accountIDs(accounts), m.model.accountOf(tenant, address))
	}
}

func accountIDs(accounts []chime.Account) []chime.AccountID {
	ids := []chime.AccountID{}
	for _, a := range accounts {
		ids = append(ids, a.ID)
	}
	return ids
}

func (m *machine) checkAccount(t *rapid.T, tenant chime.TenantID, id chime.AccountID) {
	ctx := root(t.Context(), tenant)
	a := m.model.active(tenant, id)
	got, err := m.GetAccount(ctx, id)
	if a == nil {
		expect(t, err, chime.NotFound)
		_, err = m.GetAccountSettings(ctx, id)
		expect(t, err, chime.NotFound)
		_, _, err = m.ListUsers(ctx, id, directory.UserFilter{}, directory.Page{})
		expect(t, err, chime.NotFound)
		_, err = m.GetUser(ctx, id, "unknown")
		expect(t, err, chime.NotFound)
		return
	}
	expect(t, err, "")
	same(t, "GetAccount", got, a.Account)
	settings, err := m.GetAccountSettings(ctx, id)
	expect(t, err, "")
	same(t, "GetAccountSettings", settings, a.Settings)
}

// checkUsers returns the users of the account, none if it is not active.
func (m *machine) checkUsers(t *rapid.T, id chime.AccountID) []directory.User {
	a := m.model.accounts[id]
	if a == nil || a.Status != chime.AccountActive {
		return nil
	}
	ctx := root(t.Context(), a.Tenant)
	got := []directory.User{}
	for page := (directory.Page{Limit: 3}); ; {
		users, next, err := m.ListUsers(ctx, id, directory.UserFilter{}, page)
		expect(t, err, "")
		got = append(got, users...)
		if page.Token = next; next == "" {
			break
		}
	}
	same(t, "ListUsers of "+string(id), got, m.model.listUsers(a.Tenant, id))
	for _, user := range append(m.users, "unknown") {
		want := m.model.getUser(a.Tenant, id, user)
		got, err := m.GetUser(ctx, id, user)
		if want == nil {
			expect(t, err, chime.NotFound)
			continue
		}
		expect(t, err, "")
		same(t, "GetUser of "+string(user), got, *want)
		_, _, code := m.model.registered(a.Tenant, id, user)
		phone, err := m.GetUserSettings(ctx, id, user)
		expect(t, err, code)
		same(t, "GetUserSettings of "+string(user), phone, a.phones[user])
	}
	return got
}

// checkEpochs reads the epochs from the store: they are the model's, and none
// has fallen.
func (m *machine) checkEpochs(t *rapid.T) {
	err := m.store.View(t.Context(), func(tx chime.Tx) error {
		people, err := tx.People(t.Context(), m.users)
		if err != nil {
			return err
		}
		same(t, "the number of people", len(people), len(m.model.people))
		for _, p := range people {
			epoch := p.Signout.Epoch
			if !p.Free() {
				_, members, err := tx.AccountMembers(t.Context(), p.Account, []chime.UserID{p.ID})
				if err != nil {
					return err
				}
				same(t, "memberships of "+string(p.ID)+" at home", len(members), 1)
				epoch = members[0].Signout.Epoch
			}
			same(t, "the home of "+string(p.ID), p.Account, m.model.people[p.ID].home)
			same(t, "the epoch of "+string(p.ID), epoch, m.model.people[p.ID].epoch)
			if epoch < m.epochs[p.ID] {
				t.Fatalf("the epoch of %s fell from %d to %d", p.ID, m.epochs[p.ID], epoch)
			}
			m.epochs[p.ID] = epoch
		}
		return nil
	})
	expect(t, err, "")
}
