package directory_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/iam"
)

func TestCreateAccount(t *testing.T) {
	f := newFixture(t)
	got, err := f.CreateAccount(root(t.Context(), tenantTwo), "Sales")
	checkCode(t, "CreateAccount", err, "")
	if _, err := uuid.Parse(string(got.ID)); err != nil {
		t.Errorf("the id: got %q, want a UUID", got.ID)
	}
	want := chime.Account{
		ID: got.ID, Tenant: tenantTwo, Name: "Sales", Type: chime.Team, Status: chime.AccountActive, Created: f.clock,
		DefaultLicense: chime.Pro, SupportedLicenses: []chime.License{chime.Basic, chime.Pro},
	}
	check(t, "the new account", got, want)
	second, err := f.CreateAccount(root(t.Context(), tenantTwo), "Sales")
	checkCode(t, "CreateAccount with a known name", err, "")
	if second.ID == got.ID {
		t.Errorf("the id of a second account: got that of the first")
	}
	settings, err := f.GetAccountSettings(root(t.Context(), tenantTwo), got.ID)
	checkCode(t, "GetAccountSettings", err, "")
	check(t, "the first settings", settings, chime.AccountSettings{})
}

func TestAccountNames(t *testing.T) {
	f := newFixture(t)
	id := f.account(t, "a", chime.Team)
	for name, want := range map[string]chime.Code{
		"":                            chime.BadRequest,
		" \t ":                        chime.BadRequest,
		"x":                           "",
		" x ":                         "",
		strings.Repeat("x", 100):      "",
		strings.Repeat("x", 101):      chime.BadRequest,
		strings.Repeat("日", 100):      "",
		strings.Repeat("日", 101):      chime.BadRequest,
		strings.Repeat(" ", 99) + "x": "",
	} {
		_, err := f.CreateAccount(asRoot(t), name)
		checkCode(t, fmt.Sprintf("CreateAccount of %q", name), err, want)
		account, err := f.UpdateAccount(asRoot(t), id, directory.AccountChange{Name: &name})
		checkCode(t, fmt.Sprintf("UpdateAccount to %q", name), err, want)
		if want == "" {
			check(t, "the name", account.Name, name)
		}
	}
}

func TestUpdateAccount(t *testing.T) {
	f := newFixture(t)
	lwa := f.account(t, "lwa", chime.EnterpriseLWA)
	f.join(t, lwa, "ann")
	before, err := f.GetAccount(asRoot(t), lwa)
	checkCode(t, "GetAccount", err, "")
	unchanged, err := f.UpdateAccount(asRoot(t), lwa, directory.AccountChange{})
	checkCode(t, "UpdateAccount to nothing", err, "")
	check(t, "the account", unchanged, before)

	want := before
	want.Name, want.DefaultLicense = "Renamed", chime.Basic
	got, err := f.UpdateAccount(asRoot(t), lwa, directory.AccountChange{Name: new("Renamed"), DefaultLicense: new(chime.Basic)})
	checkCode(t, "UpdateAccount", err, "")
	check(t, "the account", got, want)
	check(t, "the license of a member who was there before", f.getUser(t, lwa, "ann").License, chime.Pro)
	for _, license := range []chime.License{chime.Plus, chime.ProTrial, ""} {
		f.unchanged(t, "UpdateAccount to "+string(license), chime.BadRequest, func() error {
			_, err := f.UpdateAccount(asRoot(t), lwa, directory.AccountChange{Name: new("x"), DefaultLicense: &license})
			return err
		}, lwa)
	}
	f.accountOf(t, tenantTwo, "foreign", chime.Team)
	for _, id := range []chime.AccountID{"unknown", "foreign", "lwa\x00"} {
		_, err := f.UpdateAccount(asRoot(t), id, directory.AccountChange{Name: new("x")})
		checkCode(t, "UpdateAccount of "+string(id), err, chime.NotFound)
	}
}

func TestAccountSettings(t *testing.T) {
	f := newFixture(t)
	id := f.account(t, "a", chime.Team)
	for _, c := range []struct {
		change directory.SettingsChange
		want   chime.AccountSettings
	}{
		{directory.SettingsChange{DisableRemoteControl: new(true)}, chime.AccountSettings{DisableRemoteControl: true}},
		{directory.SettingsChange{EnableDialOut: new(true)}, chime.AccountSettings{DisableRemoteControl: true, EnableDialOut: true}},
		{directory.SettingsChange{}, chime.AccountSettings{DisableRemoteControl: true, EnableDialOut: true}},
		{directory.SettingsChange{DisableRemoteControl: new(false)}, chime.AccountSettings{EnableDialOut: true}},
	} {
		checkCode(t, "UpdateAccountSettings", f.UpdateAccountSettings(asRoot(t), id, c.change), "")
		got, err := f.GetAccountSettings(asRoot(t), id)
		checkCode(t, "GetAccountSettings", err, "")
		check(t, "the settings", got, c.want)
	}
	checkCode(t, "UpdateAccountSettings of nothing", f.UpdateAccountSettings(asRoot(t), "unknown", directory.SettingsChange{}), chime.NotFound)
}

func TestDelegateGroups(t *testing.T) {
	f := newFixture(t)
	id := f.account(t, "a", chime.EnterpriseDirectory)
	groups := func() []string {
		account, err := f.GetAccount(asRoot(t), id)
		checkCode(t, "GetAccount", err, "")
		return account.SigninDelegateGroups
	}
	ctx := asRoot(t)
	checkCode(t, "associate", f.AssociateSigninDelegateGroups(ctx, id, []string{"b", "a", "b"}), "")
	checkCode(t, "associate known ones", f.AssociateSigninDelegateGroups(ctx, id, []string{"a", "c"}), "")
	check(t, "the groups", groups(), []string{"b", "a", "c"})
	checkCode(t, "disassociate", f.DisassociateSigninDelegateGroups(ctx, id, []string{"a", "unknown", "a"}), "")
	check(t, "the groups", groups(), []string{"b", "c"})
	for _, accountType := range []chime.AccountType{chime.Team, chime.EnterpriseLWA, chime.EnterpriseOIDC} {
		other := f.account(t, chime.AccountID(accountType), accountType)
		checkCode(t, "associate with "+string(other), f.AssociateSigninDelegateGroups(ctx, other, []string{"a"}), chime.Forbidden)
		checkCode(t, "disassociate from "+string(other), f.DisassociateSigninDelegateGroups(ctx, other, []string{"a"}), chime.Forbidden)
	}
	checkCode(t, "associate with nothing", f.AssociateSigninDelegateGroups(ctx, "unknown", []string{"a"}), chime.NotFound)
}

func TestDeleteAccount(t *testing.T) {
	f := newFixture(t)
	ctx := asRoot(t)
	for _, accountType := range chime.AccountTypes() {
		id := f.account(t, chime.AccountID(accountType), accountType)
		f.join(t, id, chime.UserID(accountType))
		f.unchanged(t, "DeleteAccount with a member", chime.Unprocessable, func() error { return f.DeleteAccount(ctx, id) }, id)
	}
	f.suspend(t, "EnterpriseLWA", "EnterpriseLWA")
	f.unchanged(t, "DeleteAccount with a suspended member", chime.Unprocessable, func() error { return f.DeleteAccount(ctx, "EnterpriseLWA") }, "EnterpriseLWA")
	f.suspend(t, "Team", "Team")
	pending := f.invite(t, "Team", "pending@example.com")
	f.unchanged(t, "DeleteAccount with an invitation", chime.Unprocessable, func() error { return f.DeleteAccount(ctx, "Team") }, "Team")
	f.suspend(t, "Team", pending)

	checkCode(t, "DeleteAccount with a former member", f.DeleteAccount(ctx, "Team"), "")
	_, err := f.GetAccount(ctx, "Team")
	checkCode(t, "GetAccount of a deleted account", err, chime.NotFound)
	accounts, _, err := f.ListAccounts(ctx, directory.AccountFilter{NamePrefix: "Account Team"}, directory.Page{})
	checkCode(t, "ListAccounts", err, "")
	check(t, "deleted accounts in the list", len(accounts), 0)
	checkCode(t, "DeleteAccount of a deleted account", f.DeleteAccount(ctx, "Team"), chime.NotFound)
	_, err = f.RestoreAccount(ctx, "Team")
	checkCode(t, "RestoreAccount", err, "")
	_, err = f.GetUser(ctx, "Team", "Team")
	checkCode(t, "GetUser of a former member of a deleted account", err, chime.NotFound)
}

func TestRetention(t *testing.T) {
	f := newFixture(t)
	operator := iam.WithCaller(t.Context(), iam.LocalCaller(tenantOne, "operator"))
	var deleted []chime.AccountID
	for i, tenant := range []chime.TenantID{tenantOne, tenantTwo, tenantOne} {
		id := f.accountOf(t, tenant, chime.AccountID(fmt.Sprint("a", i)), chime.Team)
		checkCode(t, "DeleteAccount", f.DeleteAccount(root(t.Context(), tenant), id), "")
		deleted = append(deleted, id)
		f.pass(24 * time.Hour)
	}
	f.account(t, "active", chime.Team)
	list := func() []chime.AccountID {
		accounts, _, err := f.ListDeletedAccounts(operator, "", directory.Page{})
		checkCode(t, "ListDeletedAccounts", err, "")
		return accountIDs(accounts)
	}
	check(t, "deleted accounts of the tenant", list(), []chime.AccountID{deleted[0], deleted[2]})
	for id, want := range map[chime.AccountID]chime.Code{"active": chime.Unprocessable, "unknown": chime.NotFound, deleted[1]: chime.NotFound} {
		_, err := f.RestoreAccount(operator, id)
		checkCode(t, "RestoreAccount of "+string(id), err, want)
		checkCode(t, "PurgeAccount of "+string(id), f.PurgeAccount(operator, id), want)
	}
	f.pass(directory.Retention - 3*24*time.Hour - time.Microsecond)
	f.checkPurged(t, 0)
	f.pass(time.Microsecond)
	_, err := f.RestoreAccount(operator, deleted[0])
	checkCode(t, "RestoreAccount when the retention is over", err, chime.Unprocessable)
	f.checkPurged(t, 1)
	check(t, "deleted accounts of the tenant", list(), []chime.AccountID{deleted[2]})
	f.pass(24 * time.Hour)
	f.checkPurged(t, 1)
	restored, err := f.RestoreAccount(operator, deleted[2])
	checkCode(t, "RestoreAccount on the last day", err, "")
	if restored.Status != chime.AccountActive || !restored.Deleted.IsZero() {
		t.Errorf("a restored account: got %s, deleted %v, want Active", restored.Status, restored.Deleted)
	}
	f.pass(1000 * 24 * time.Hour)
	f.checkPurged(t, 0)
	checkCode(t, "DeleteAccount once more", f.DeleteAccount(asRoot(t), deleted[2]), "")
	checkCode(t, "PurgeAccount", f.PurgeAccount(operator, deleted[2]), "")
	check(t, "deleted accounts of the tenant", list(), []chime.AccountID{})
}

func (f *fixture) checkPurged(t *testing.T, want int) {
	t.Helper()
	got, err := f.PurgeExpired(t.Context())
	checkCode(t, "PurgeExpired", err, "")
	check(t, "the number of purged accounts", got, want)
}

func TestTenantOf(t *testing.T) {
	f := newFixture(t)
	foreign := f.accountOf(t, tenantTwo, "foreign", chime.Team)
	checkCode(t, "DeleteAccount", f.DeleteAccount(root(t.Context(), tenantTwo), foreign), "")
	operator := iam.WithCaller(t.Context(), iam.LocalCaller(tenantOne, "operator"))
	got, err := f.TenantOf(operator, foreign)
	checkCode(t, "TenantOf by the operator", err, "")
	check(t, "the tenant", got, tenantTwo)
	_, err = f.TenantOf(operator, "unknown")
	checkCode(t, "TenantOf an unknown account", err, chime.NotFound)
	for who, ctx := range map[string]context.Context{"the root": root(t.Context(), tenantTwo), "nobody": t.Context()} {
		_, err = f.TenantOf(ctx, foreign)
		checkCode(t, "TenantOf by "+who, err, chime.Forbidden)
	}
}
