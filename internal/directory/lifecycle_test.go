package directory_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/sqlstore/sqlite"
)

// TestLifecycle does random operations on accounts of every type, to the
// directory and to the model, and compares what both show: of the account that
// was drawn after each of them, of all in the end.
func TestLifecycle(t *testing.T) {
	lifecycle(t, func(t *rapid.T) chime.Store {
		s, err := sqlite.Open(t.Context(), sqlite.Memory)
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}

func lifecycle(t *testing.T, open func(*rapid.T) chime.Store) {
	t.Helper()
	rapid.Check(t, func(t *rapid.T) {
		s := open(t)
		f := fixtureOver(s)
		t.Cleanup(func() {
			f.closeRecorder()
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		m := &machine{fixture: f, model: newModel(f.clock), epochs: map[chime.UserID]int64{}}
		for _, accountType := range append(chime.AccountTypes(), chime.Team) {
			m.connect(t, accountType)
		}
		m.createAccount(t)
		for range 2 { // twice the steps that rapid does by default
			t.Repeat(m.actions())
			m.check(t)
		}
	})
}

// machine is the directory and its model. Ids are drawn from lists in the order
// of their making, so that a failure can be made small.
type machine struct {
	*fixture
	model  *model
	ids    []chime.AccountID
	users  []chime.UserID
	drawn  chime.AccountID
	made   int
	epochs map[chime.UserID]int64
}

// actions are the operations, the interesting ones more often.
func (m *machine) actions() map[string]func(*rapid.T) {
	actions := map[string]func(*rapid.T){"": m.checkDrawn}
	for _, a := range []struct {
		name   string
		weight int
		do     func(*rapid.T)
	}{
		{"time passes", 1, m.timePasses},
		{"CreateAccount", 1, m.createAccount},
		{"UpdateAccount", 1, m.updateAccount},
		{"DeleteAccount", 1, m.deleteAccount},
		{"RestoreAccount", 1, m.restoreAccount},
		{"PurgeAccount", 1, m.purgeAccount},
		{"PurgeExpired", 1, m.purgeExpired},
		{"AccountSettings", 1, m.accountSettings},
		{"DelegateGroups", 1, m.delegateGroups},
		{"register", 3, m.register},
		{"CreateUser", 2, m.createUser},
		{"InviteUsers", 6, m.inviteUsers},
		{"AcceptInvitation", 8, m.acceptInvitation},
		{"SuspendUsers", 6, m.suspendUsers},
		{"UnsuspendUsers", 4, m.unsuspendUsers},
		{"UpdateUser", 2, m.updateUser},
		{"UpdateUsers", 2, m.updateUsers},
		{"LogoutUser", 2, m.logoutUser},
		{"ResetPersonalPIN", 2, m.resetPersonalPIN},
		{"UserSettings", 1, m.userSettings},
	} {
		for n := range a.weight {
			actions[fmt.Sprintf("%s (%d)", a.name, n+1)] = a.do
		}
	}
	return actions
}

// sometimes is true once in n.
func sometimes(t *rapid.T, n int, label string) bool { return rapid.IntRange(1, n).Draw(t, label) == n }

// account draws an account, mostly of the given types, and who calls: its
// tenant's root, seldom another's.
func (m *machine) account(t *rapid.T, types ...chime.AccountType) (context.Context, chime.TenantID, chime.AccountID) {
	list := append([]chime.AccountID{"unknown"}, m.ids...)
	for _, id := range m.ids {
		if a := m.model.accounts[id]; a != nil && a.Status == chime.AccountActive && slices.Contains(types, a.Type) {
			list = append(list, id, id, id, id, id, id)
		}
	}
	id := rapid.SampledFrom(list).Draw(t, "account")
	m.drawn = id
	tenant := tenantOne
	if a := m.model.accounts[id]; a != nil {
		tenant = a.Tenant
	}
	if sometimes(t, 20, "foreign") {
		tenant = other(tenant)
	}
	return root(t.Context(), tenant), tenant, id
}

func other(tenant chime.TenantID) chime.TenantID {
	if tenant == tenantOne {
		return tenantTwo
	}
	return tenantOne
}

// usersOf generates users of the account, former ones included, and seldom others.
func (m *machine) usersOf(id chime.AccountID) *rapid.Generator[chime.UserID] {
	anybody := append([]chime.UserID{"unknown"}, m.users...)
	list := slices.Clone(anybody)
	if a := m.model.accounts[id]; a != nil {
		for _, user := range m.users {
			if a.members[user] != nil || a.former[user] != nil {
				list = append(list, user, user, user, user)
			}
		}
	}
	return rapid.SampledFrom(list)
}

func (m *machine) user(t *rapid.T, id chime.AccountID) chime.UserID {
	return m.usersOf(id).Draw(t, "user")
}

func (m *machine) batch(t *rapid.T, id chime.AccountID) []chime.UserID {
	return rapid.SliceOfN(m.usersOf(id), 0, 6).Draw(t, "users")
}

func email(t *rapid.T) string {
	return rapid.SampledFrom([]string{
		"ann@example.com", "Ann@Example.com", "bob@example.com", "BOB@example.com", "cyd@example.com",
	}).Draw(t, "email")
}

func license(t *rapid.T) *chime.License {
	return rapid.SampledFrom([]*chime.License{nil, new(chime.Basic), new(chime.Pro), new(chime.Pro), new(chime.Plus), new(chime.ProTrial)}).Draw(t, "license")
}

func userType(t *rapid.T) chime.UserType {
	return rapid.SampledFrom([]chime.UserType{chime.PrivateUser, chime.PrivateUser, chime.SharedDevice}).Draw(t, "type")
}

// expect compares the code of an answer with what the model says.
func expect(t *rapid.T, err error, want chime.Code) {
	if got := chime.CodeOf(err); got != want {
		t.Fatalf("got the code %q (%v), the model says %q", got, err, want)
	}
}

func same(t *rapid.T, what string, got, want any) {
	if diff := cmp.Diff(want, got, withoutRecords()); diff != "" {
		t.Fatalf("%s: got (+), the model says (-):\n%s", what, diff)
	}
}

func (m *machine) timePasses(t *rapid.T) {
	m.pass(rapid.SampledFrom([]time.Duration{
		time.Microsecond, time.Hour, 29 * 24 * time.Hour, 30 * 24 * time.Hour, 90 * 24 * time.Hour,
	}).Draw(t, "duration"))
	m.model.now = m.clock
}

func (m *machine) createAccount(t *rapid.T) {
	tenant := rapid.SampledFrom([]chime.TenantID{tenantOne, tenantOne, tenantTwo}).Draw(t, "tenant")
	name := rapid.SampledFrom([]string{"Sales", "sales", "Support"}).Draw(t, "name")
	a, err := m.CreateAccount(root(t.Context(), tenant), name)
	expect(t, err, "")
	if m.model.accounts[a.ID] != nil {
		t.Fatalf("the id %s was given twice", a.ID)
	}
	m.ids = append(m.ids, a.ID)
	m.model.add(chime.Account{
		ID: a.ID, Tenant: tenant, Name: name, Type: chime.Team, Status: chime.AccountActive, Created: m.clock,
		DefaultLicense: chime.Pro, SupportedLicenses: []chime.License{chime.Basic, chime.Pro}, SigninDelegateGroups: []string{},
	})
}

// connect makes an account of any type, as claiming a domain and connecting an
// identity provider will.
func (m *machine) connect(t *rapid.T, accountType chime.AccountType) {
	m.made++
	a := chime.Account{
		ID: chime.AccountID(fmt.Sprintf("connected-%d", m.made)), Tenant: tenantOne, Name: "Sales", Type: accountType, Status: chime.AccountActive,
		Created: m.clock, DefaultLicense: chime.Basic, SupportedLicenses: []chime.License{chime.Basic, chime.Pro}, SigninDelegateGroups: []string{},
	}
	m.put(t, string(a.ID), func(ctx context.Context, tx chime.Tx, record string) error {
		recorded := a
		recorded.Record = record
		return tx.PutAccounts(ctx, recorded)
	})
	m.ids = append(m.ids, a.ID)
	m.model.add(a)
}

// put writes what no operation does yet, with a record that names it, as an import
// would.
func (m *machine) put(t *rapid.T, name string, fn func(ctx context.Context, tx chime.Tx, record string) error) {
	record, err := audit.New(t.Context(), m.clock, audit.Event{Operation: "Import", Tenant: tenantOne, Params: audit.Values{"names": []string{name}}})
	if err != nil {
		t.Fatal(err)
	}
	err = m.store.Update(t.Context(), func(tx chime.Tx) error {
		return errors.Join(tx.AppendAudit(t.Context(), record), fn(t.Context(), tx, record.ID))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// register has somebody sign in for the first time: into an EnterpriseLWA or
// EnterpriseOIDC account, or as a free person.
func (m *machine) register(t *rapid.T) {
	homes := []chime.AccountID{""}
	for _, id := range m.ids {
		if a := m.model.accounts[id]; a != nil && a.Status == chime.AccountActive && (a.Type == chime.EnterpriseLWA || a.Type == chime.EnterpriseOIDC) {
			homes = append(homes, id, id, id, id)
		}
	}
	home := rapid.SampledFrom(homes).Draw(t, "home")
	m.made++
	u := directory.User{
		ID: chime.UserID(fmt.Sprintf("user-%d", m.made)), Account: home, Email: fmt.Sprintf("user-%d@corp.example.com", m.made),
		DisplayName: fmt.Sprintf("User %d", m.made), PIN: fmt.Sprintf("%010d", m.made), License: chime.Basic, Type: chime.PrivateUser,
		Status: chime.Registered, Registered: m.clock, Alexa: &chime.Alexa{},
	}
	m.put(t, string(u.ID), func(ctx context.Context, tx chime.Tx, record string) error {
		err := errors.Join(
			tx.ClaimAddresses(ctx, map[string]chime.UserID{u.Email: u.ID}), tx.ClaimPINs(ctx, map[string]chime.UserID{u.PIN: u.ID}),
			tx.PutPeople(ctx, chime.Person{ID: u.ID, Account: home, Email: u.Email, DisplayName: u.DisplayName, PIN: u.PIN, Registered: m.clock, Record: record}))
		if home == "" {
			return err
		}
		return errors.Join(err, tx.PutMembers(ctx, chime.Member{
			Account: home, User: u.ID, Standing: chime.Standing{Status: u.Status, License: u.License, Record: record},
			Profile: chime.Profile{Email: u.Email, DisplayName: u.DisplayName, PIN: u.PIN, Type: u.Type, Registered: u.Registered},
		}))
	})
	m.users = append(m.users, u.ID)
	m.model.join(home, u)
}

func (m *machine) updateAccount(t *rapid.T) {
	ctx, tenant, id := m.account(t)
	change := directory.AccountChange{DefaultLicense: license(t)}
	if sometimes(t, 2, "rename") {
		change.Name = new("Renamed %_")
	}
	_, err := m.UpdateAccount(ctx, id, change)
	expect(t, err, m.model.updateAccount(tenant, id, change))
}

func (m *machine) deleteAccount(t *rapid.T) {
	ctx, tenant, id := m.account(t)
	expect(t, m.DeleteAccount(ctx, id), m.model.deleteAccount(tenant, id))
}

func (m *machine) restoreAccount(t *rapid.T) {
	ctx, tenant, id := m.account(t)
	_, err := m.RestoreAccount(ctx, id)
	expect(t, err, m.model.restoreAccount(tenant, id))
}

func (m *machine) purgeAccount(t *rapid.T) {
	ctx, tenant, id := m.account(t)
	expect(t, m.PurgeAccount(ctx, id), m.model.purgeAccount(tenant, id))
}

func (m *machine) purgeExpired(t *rapid.T) {
	got, err := m.PurgeExpired(t.Context())
	expect(t, err, "")
	same(t, "the number purged", got, m.model.purgeExpired())
}

func (m *machine) accountSettings(t *rapid.T) {
	ctx, tenant, id := m.account(t)
	choices := rapid.SampledFrom([]*bool{nil, new(true), new(false)})
	change := directory.SettingsChange{DisableRemoteControl: choices.Draw(t, "remote"), EnableDialOut: choices.Draw(t, "dial-out")}
	a := m.model.active(tenant, id)
	if a == nil {
		expect(t, m.UpdateAccountSettings(ctx, id, change), chime.NotFound)
		return
	}
	expect(t, m.UpdateAccountSettings(ctx, id, change), "")
	if change.DisableRemoteControl != nil {
		a.Settings.DisableRemoteControl = *change.DisableRemoteControl
	}
	if change.EnableDialOut != nil {
		a.Settings.EnableDialOut = *change.EnableDialOut
	}
}

func (m *machine) delegateGroups(t *rapid.T) {
	ctx, tenant, id := m.account(t, chime.EnterpriseDirectory)
	names := rapid.SliceOfN(rapid.SampledFrom([]string{"Rooms", "Desk", "Hall"}), 1, 3).Draw(t, "groups")
	a, want := m.model.manage(tenant, id, chime.EnterpriseDirectory)
	if sometimes(t, 2, "remove") {
		expect(t, m.DisassociateSigninDelegateGroups(ctx, id, names), want)
		if a != nil {
			kept := []string{}
			for _, group := range a.SigninDelegateGroups {
				if !strings.Contains(strings.Join(names, " "), group) {
					kept = append(kept, group)
				}
			}
			a.SigninDelegateGroups = kept
		}
		return
	}
	expect(t, m.AssociateSigninDelegateGroups(ctx, id, names), want)
	if a != nil {
		a.SigninDelegateGroups = distinct(append(a.SigninDelegateGroups, names...))
	}
}
