package directory_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

func importAccount(id chime.AccountID, accountType chime.AccountType) directory.ImportAccount {
	return directory.ImportAccount{Account: chime.Account{ID: id, Tenant: tenantOne, Name: "Imported", Type: accountType}}
}

func TestImportAccounts(t *testing.T) {
	f := importFixture(t)
	dialOut := true
	full := importAccount("new", chime.EnterpriseDirectory)
	full.Created, full.DefaultLicense = f.clock.Add(-time.Hour), chime.Basic
	full.SupportedLicenses, full.SigninDelegateGroups = []chime.License{chime.Basic, chime.Plus}, []string{"G"}
	full.Settings.EnableDialOut = &dialOut
	deleted := importAccount("old", "")
	deleted.Status = chime.AccountSuspended
	b := directory.ImportBatch{Accounts: []directory.ImportAccount{full, deleted, importAccount("lwa", chime.EnterpriseOIDC)}}
	check(t, "the result", f.mustImport(t, b), directory.ImportResult{AccountsAdded: 2, AccountsKept: 1})
	want := full.Account
	want.Status, want.Settings = chime.AccountActive, chime.AccountSettings{EnableDialOut: true}
	check(t, "a new account", f.mustAccount(t, "new"), want)
	check(t, "a deleted account with defaults", f.mustAccount(t, "old"), chime.Account{
		ID: "old", Tenant: tenantOne, Name: "Imported", Type: chime.Team, Status: chime.AccountSuspended, Created: f.clock, Deleted: f.clock,
		DefaultLicense: chime.Pro, SupportedLicenses: []chime.License{chime.Basic, chime.Pro}, SigninDelegateGroups: []string{},
	})
	check(t, "an account that existed", f.mustAccount(t, "lwa").Type, chime.EnterpriseLWA)

	restored, renamed := importAccount("old", ""), importAccount("new", "")
	restored.Status, renamed.Status, renamed.Name = chime.AccountActive, chime.AccountSuspended, "Renamed"
	b = directory.ImportBatch{
		Overwrite: true, Accounts: []directory.ImportAccount{restored, renamed, importAccount("team", chime.EnterpriseLWA)},
	}
	check(t, "overwriting", f.mustImport(t, b), directory.ImportResult{AccountsKept: 1, AccountsReplaced: 2})
	want.Name = "Renamed"
	check(t, "a replaced account", f.mustAccount(t, "new"), want)
	check(t, "a deleted account", f.mustAccount(t, "old").Status, chime.AccountSuspended)
	check(t, "a converted account", f.mustAccount(t, "team").Type, chime.EnterpriseLWA)
	f.refusesAccounts(t, true, importAccount("lwa", chime.Team), "account lwa has the type EnterpriseLWA: importing does not make a Team account of it")
}

func (f *fixture) mustAccount(t testing.TB, id chime.AccountID) (found chime.Account) {
	t.Helper()
	err := f.store.View(t.Context(), func(tx chime.Tx) error {
		account, err := tx.Account(t.Context(), id)
		if err == nil {
			found = *account
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func (f *fixture) refusesAccounts(t testing.TB, overwrite bool, a directory.ImportAccount, want string) {
	t.Helper()
	checked, err := f.CheckImport(asOperator(t), directory.ImportBatch{Overwrite: overwrite, Accounts: []directory.ImportAccount{a}})
	if err != nil {
		t.Fatal(err)
	}
	check(t, "the account "+string(a.ID), checked.Refusals, []directory.ImportRefusal{{Account: a.ID, Reason: want}})
}

func TestImportTenants(t *testing.T) {
	f := newFixture(t)
	a := importAccount("a", "")
	f.refusesAccounts(t, false, a, "the AwsAccountId "+string(tenantOne)+" of account a is no known tenant: put everything into one with --tenant ID")
	f.update(t, func(ctx context.Context, tx chime.Tx) error {
		return tx.PutPrincipal(ctx, chime.Principal{Tenant: tenantOne, Name: chime.RootName, ID: string(tenantOne)})
	})
	b := directory.ImportBatch{Accounts: []directory.ImportAccount{a}}
	check(t, "a tenant that has a principal", f.mustImport(t, b), directory.ImportResult{AccountsAdded: 1})
	a.Tenant = tenantTwo
	for _, overwrite := range []bool{false, true} {
		f.refusesAccounts(t, overwrite, a, "account a belongs to another tenant")
	}
	other, noName := importAccount("b", ""), importAccount("c", "")
	other.Tenant, noName.Name = "", ""
	f.refusesAccounts(t, false, other, "account b has no AwsAccountId: put everything into one tenant with --tenant ID")
	f.refusesAccounts(t, false, noName, "account c has no Name")
}

// TestImportAccountsOfTheSameBatch: users are checked against accounts that are
// yet to come.
func TestImportAccountsOfTheSameBatch(t *testing.T) {
	f := importFixture(t)
	b := directory.ImportBatch{
		Accounts: []directory.ImportAccount{importAccount("new", chime.EnterpriseLWA)},
		Users:    []directory.ImportUser{record("u", "new", chime.Suspended)},
	}
	check(t, "the result", f.mustImport(t, b), directory.ImportResult{AccountsAdded: 1, UsersAdded: 1})
	user, err := f.GetUser(asRoot(t), "new", "u")
	if err != nil || user.Status != chime.Suspended || user.License != chime.Pro {
		t.Errorf("got %+v (%v), want a Suspended user with the default license", user, err)
	}
}

func TestImportIsLocalAndBounded(t *testing.T) {
	f := importFixture(t)
	b := directory.ImportBatch{Users: []directory.ImportUser{record("u", "team", "")}}
	for what, ctx := range map[string]context.Context{"nobody": t.Context(), "the root of the API": asRoot(t)} {
		_, err := f.Import(ctx, b)
		checkCode(t, "importing as "+what, err, chime.Forbidden)
		_, err = f.CheckImport(ctx, b)
		checkCode(t, "checking as "+what, err, chime.Forbidden)
	}
	b.Users = make([]directory.ImportUser, directory.MaxImport+1)
	_, err := f.Import(asOperator(t), b)
	checkCode(t, "importing too many", err, chime.BadRequest)
}

// TestImportIsRecorded: one record a transaction, in the tenant, with counts and
// ids and without PINs.
func TestImportIsRecorded(t *testing.T) {
	f := importFixture(t)
	u := record("u", "team", "")
	u.PIN = "0123456789"
	f.mustImport(t, directory.ImportBatch{Tenant: tenantTwo, MakeTenant: true, Users: []directory.ImportUser{}})
	f.mustImport(t, directory.ImportBatch{Users: []directory.ImportUser{u, record("v", "lwa", "")}})
	var records []chime.AuditRecord
	err := f.store.View(t.Context(), func(tx chime.Tx) (err error) {
		records, err = tx.ListAudit(t.Context(), chime.AuditQuery{Operation: "Import", Limit: 10})
		return err
	})
	if err != nil || len(records) != 2 {
		t.Fatalf("the records: got %d (%v), want 2", len(records), err)
	}
	check(t, "the tenants", []chime.TenantID{records[0].Tenant, records[1].Tenant}, []chime.TenantID{tenantTwo, tenantOne})
	check(t, "the principal", records[1].Principal, "local:operator")
	var got struct{ RequestParameters, ResponseElements map[string]any }
	if err := json.Unmarshal(records[1].Document, &got); err != nil {
		t.Fatal(err)
	}
	check(t, "the parameters", got.RequestParameters, map[string]any{
		"overwrite": false, "accountIds": []any{}, "users": []any{
			map[string]any{"accountId": "lwa", "userIds": []any{"v"}}, map[string]any{"accountId": "team", "userIds": []any{"u"}},
		},
	})
	check(t, "the response", got.ResponseElements, map[string]any{
		"accountsAdded": 0.0, "accountsKept": 0.0, "accountsReplaced": 0.0,
		"usersAdded": 2.0, "usersKept": 0.0, "usersReplaced": 0.0, "usersSkipped": []any{},
	})
	if strings.Contains(string(records[1].Document), u.PIN) {
		t.Errorf("got the PIN in %s", records[1].Document)
	}
}
