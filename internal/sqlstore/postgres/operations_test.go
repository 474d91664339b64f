package postgres_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/iam"
	"github.com/carillon-id/carillon/internal/postgrestest"
	"github.com/carillon-id/carillon/internal/secret"
	"github.com/carillon-id/carillon/internal/sqlstore"
	"github.com/carillon-id/carillon/internal/sqlstore/postgres"
	"github.com/carillon-id/carillon/internal/transfer"
)

// step is one call of an operation.
type step struct {
	operation string // a method's name
	run       func(ctx context.Context) error
}

// installation is all that works on a store.
type installation struct {
	*directory.Directory
	store chime.Store
	admin *iam.Admin
}

func newInstallation(tb testing.TB, s chime.Store) (*installation, context.Context) {
	tb.Helper()
	d, ctx := newDirectory(tb, s)
	keyring := secret.NewKeyring(secret.MasterKey{1}, nil)
	return &installation{d, s, &iam.Admin{
		Store: s, Sealer: keyring.For(secret.AccessKeySecret), Record: d.RecordAdministration, Now: time.Now,
	}}, ctx
}

// first returns the error alone.
func first[T any](_ T, err error) error { return err }

// prepare puts into the store what requests need to find.
func (in *installation) prepare(tb testing.TB) {
	tb.Helper()
	s := in.store
	people(tb, s, "team", chime.Team, 60)
	people(tb, s, "lwa", chime.EnterpriseLWA, 60)
	people(tb, s, "directory", chime.EnterpriseDirectory, 3)
	put(tb, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.PutPeople(ctx, chime.Person{ID: "lwa-000", Account: "lwa", Email: "lwa-000@example.com", PIN: "0030000000"}),
			tx.ClaimAddresses(ctx, map[string]chime.UserID{"lwa-000@example.com": "lwa-000"}))
	})
	if err := in.admin.AdoptMasterKey(tb.Context(), nil); err != nil {
		tb.Fatal(err)
	}
}

// accept has somebody who was invited to the account "team" sign in for the first
// time and accept.
func (in *installation) accept(ctx context.Context, user chime.UserID, address string) error {
	var admission directory.Admission
	err := in.store.Update(ctx, func(tx chime.Tx) (err error) {
		admission, err = in.Admit(ctx, tx, chime.Proof{Method: chime.ByMail, Email: address}, "Accepted")
		return err
	})
	if err != nil {
		return err
	}
	return in.store.Update(ctx, func(tx chime.Tx) error {
		_, members, err := tx.AccountMembers(ctx, "team", []chime.UserID{user})
		if err != nil {
			return err
		}
		key := directory.Invitation{Account: "team", User: user, ID: members[0].InviteID}
		_, err = in.AcceptInvitation(ctx, tx, admission.Subject, key)
		return err
	})
}

// requests are those that users of the API and the pages cause.
func (in *installation) requests(tb testing.TB) []step {
	license, name, yes := chime.Basic, "Renamed", true
	ids := func(account string, n int) (list []chime.UserID) {
		for i := range n {
			list = append(list, chime.UserID(fmt.Sprintf("%s-%03d", account, i)))
		}
		return list
	}
	var addresses []string
	for i := range 50 {
		addresses = append(addresses, fmt.Sprintf("invited-%d@example.com", i))
	}
	var made chime.AccountID
	return []step{
		{"CreateAccount", func(ctx context.Context) error {
			account, err := in.CreateAccount(ctx, "Made")
			made = account.ID
			return err
		}},
		{"GetAccount", func(ctx context.Context) error { return first(in.GetAccount(ctx, "team")) }},
		{"ListAccounts", func(ctx context.Context) error {
			_, next, err := in.ListAccounts(ctx, directory.AccountFilter{}, directory.Page{Limit: 2})
			_, _, err2 := in.ListAccounts(ctx, directory.AccountFilter{}, directory.Page{Limit: 2, Token: next})
			_, _, err3 := in.ListAccounts(ctx, directory.AccountFilter{NamePrefix: "te"}, directory.Page{})
			_, _, err4 := in.ListAccounts(ctx, directory.AccountFilter{Email: "lwa-000@example.com"}, directory.Page{})
			return errors.Join(err, err2, err3, err4)
		}},
		{"UpdateAccount", func(ctx context.Context) error {
			return first(in.UpdateAccount(ctx, "team", directory.AccountChange{Name: &name}))
		}},
		{"GetAccountSettings", func(ctx context.Context) error { return first(in.GetAccountSettings(ctx, "team")) }},
		{"UpdateAccountSettings", func(ctx context.Context) error {
			return in.UpdateAccountSettings(ctx, "team", directory.SettingsChange{EnableDialOut: &yes})
		}},
		{"AssociateSigninDelegateGroups", func(ctx context.Context) error {
			return in.AssociateSigninDelegateGroups(ctx, "directory", []string{"group"})
		}},
		{"DisassociateSigninDelegateGroups", func(ctx context.Context) error {
			return in.DisassociateSigninDelegateGroups(ctx, "directory", []string{"group"})
		}},
		{"DeleteAccount", func(ctx context.Context) error { return in.DeleteAccount(ctx, made) }},
		{"GrantAdministrator", func(ctx context.Context) error {
			return errors.Join(first(in.GrantAdministrator(ctx, "lwa", "lwa-000", nil)), first(in.GrantAdministrator(ctx, "team", "team-000", nil)))
		}},
		{"ListAdministrators", func(ctx context.Context) error {
			_, next, err := in.ListAdministrators(ctx, directory.Page{Limit: 1})
			_, _, err2 := in.ListAdministrators(ctx, directory.Page{Token: next})
			return errors.Join(err, err2)
		}},
		{"RevokeAdministrator", func(ctx context.Context) error { return in.RevokeAdministrator(ctx, "team", "team-000") }},
		{"GetUser", func(ctx context.Context) error { return first(in.GetUser(ctx, "lwa", "lwa-000")) }},
		{"ListUsers", func(ctx context.Context) error {
			_, next, err := in.ListUsers(ctx, "lwa", directory.UserFilter{}, directory.Page{Limit: 50})
			_, _, err2 := in.ListUsers(ctx, "lwa", directory.UserFilter{}, directory.Page{Limit: 50, Token: next})
			_, _, err3 := in.ListUsers(ctx, "lwa", directory.UserFilter{Email: "lwa-000@example.com"}, directory.Page{})
			_, _, err4 := in.ListUsers(ctx, "lwa", directory.UserFilter{Type: chime.SharedDevice}, directory.Page{})
			_, _, err5 := in.ListUsers(ctx, "lwa", directory.UserFilter{Type: chime.PrivateUser}, directory.Page{})
			return errors.Join(err, err2, err3, err4, err5)
		}},
		{"CreateUser", func(ctx context.Context) error {
			return first(in.CreateUser(ctx, "directory", directory.NewUser{Username: "New", Email: "new@example.com"}))
		}},
		{"UpdateUser", func(ctx context.Context) error {
			return in.UpdateUser(ctx, "lwa", directory.UserChange{User: "lwa-001", License: &license})
		}},
		{"UpdateUsers", func(ctx context.Context) error {
			device := chime.SharedDevice
			return first(in.UpdateUsers(ctx, "lwa", []directory.UserChange{{User: "lwa-001", Type: &device}, {User: "lwa-002", License: &license}}))
		}},
		{"GetUserSettings", func(ctx context.Context) error { return first(in.GetUserSettings(ctx, "lwa", "lwa-000")) }},
		{"UpdateUserSettings", func(ctx context.Context) error {
			return in.UpdateUserSettings(ctx, "lwa", "lwa-000", chime.Telephony{SMS: true})
		}},
		{"ResetPersonalPIN", func(ctx context.Context) error { return first(in.ResetPersonalPIN(ctx, "lwa", "lwa-000")) }},
		{"LogoutUser", func(ctx context.Context) error { return in.LogoutUser(ctx, "lwa", "lwa-000") }},
		{"SuspendUsers", func(ctx context.Context) error {
			return errors.Join(first(in.SuspendUsers(ctx, "lwa", ids("lwa", 50))), first(in.SuspendUsers(ctx, "team", ids("team", 50))))
		}},
		{"UnsuspendUsers", func(ctx context.Context) error { return first(in.UnsuspendUsers(ctx, "lwa", ids("lwa", 50))) }},
		{"InviteUsers", func(ctx context.Context) error {
			return errors.Join(first(in.InviteUsers(ctx, "team", addresses, "")), first(in.InviteUsers(ctx, "team", addresses, "")))
		}},
		{"AcceptInvitation", func(ctx context.Context) error {
			users, _, err := in.ListUsers(ctx, "team", directory.UserFilter{Email: addresses[0]}, directory.Page{})
			if err != nil || len(users) != 1 {
				tb.Fatalf("the user who was invited: got %v, %v", users, err)
			}
			return in.accept(ctx, users[0].ID, addresses[0])
		}},
		// What else a request makes happen.
		{"Lookup", func(ctx context.Context) error {
			key, err := in.admin.CreateKey(ctx, tenant, "alice", nil)
			a := iam.NewAuthenticator(in.store, in.admin.Sealer)
			for range 2 {
				_, _, lookupErr := a.Lookup(ctx, key.AccessKeyID, "")
				err = errors.Join(err, lookupErr)
			}
			return err
		}},
		{"Denied", func(ctx context.Context) error {
			recorder := audit.NewRecorder(in.store, time.Now, slog.New(slog.DiscardHandler))
			for _, account := range []chime.AccountID{"team", ""} {
				recorder.Denied(ctx, audit.Event{Operation: "GetAccount", Tenant: tenant, Account: account})
				recorder.Denied(ctx, audit.Event{Operation: "GetAccount", Tenant: tenant, Account: account})
				recorder.Read(ctx, audit.Event{Operation: "GetAccount", Tenant: tenant, Account: account})
			}
			recorder.Close()
			return nil
		}},
		{"Ready", func(ctx context.Context) error {
			return in.store.View(ctx, func(tx chime.Tx) error { return first(tx.Setting(ctx, "ready")) })
		}},
	}
}

// operators are the methods that no request calls, but commands and jobs, and
// those that ask no store.
func operators() []string {
	return []string{
		"Check", "CheckImport", "DeclareRestored", "Export", "Import", "PurgeAccount", "PurgeExpired", "RecordAdministration",
		"ReleaseDomains", "ReserveImport", "TenantOf", "ListDeletedAccounts",
		"ClientSecret", "InvitationToken", "ObserveAdministration", "OpenInvitation", "Permissions", "Wake",
	}
}

// TestRequestsKeepToTheirShards makes each request on partitioned tables. The one
// exception is looking into a tenant's audit, which lies with its accounts.
func TestRequestsKeepToTheirShards(t *testing.T) {
	j := newJournal()
	s := j.open(t, partitioned(t))
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	in, ctx := newInstallation(t, s)
	in.prepare(t)
	clear(j.statements)
	made := operators()
	for _, step := range slices.Concat(in.requests(t), in.visits(t), in.administration(), in.searches()) {
		if err := step.run(ctx); err != nil {
			t.Errorf("%s: %v", step.operation, err)
		}
		made = append(made, step.operation)
	}
	method := reflect.TypeFor[*directory.Directory]()
	for i := range method.NumMethod() {
		if name := method.Method(i).Name; !slices.Contains(made, name) {
			t.Errorf("%s is neither among the requests nor among the operators' methods", name)
		}
	}
	newShards(t).check(t, j, map[string]string{tenantsAudit: acrossShards()[tenantsAudit]})
}

// commands are what operators do, and jobs.
func (in *installation) commands(t testing.TB) []step {
	var exported bytes.Buffer
	return []step{
		{"Export", func(ctx context.Context) error { return transfer.Export(ctx, in.Directory, "", &exported, nil) }},
		{"Export of a tenant", func(ctx context.Context) error {
			return transfer.Export(ctx, in.Directory, tenant, new(bytes.Buffer), nil)
		}},
		{"Import", func(ctx context.Context) error {
			i := transfer.Importer{Directory: in.Directory, Overwrite: true}
			return first(i.Run(ctx, []transfer.Source{{
				Name: "export", Open: func() (io.ReadCloser, error) { return io.NopCloser(&exported), nil },
			}}))
		}},
		{"ListDeletedAccounts", func(ctx context.Context) error {
			_, _, err := in.ListDeletedAccounts(ctx, "", directory.Page{})
			return err
		}},
		{"PurgeExpired", func(ctx context.Context) error { return first(in.PurgeExpired(ctx)) }},
		{"ReleaseDomains", func(ctx context.Context) error { return first(in.ReleaseDomains(ctx)) }},
		{"TenantOf", func(ctx context.Context) error { return first(in.TenantOf(ctx, "team")) }},
		{"RestoreAccount", func(ctx context.Context) error {
			deleted, _, err := in.ListDeletedAccounts(ctx, "", directory.Page{})
			if err != nil || len(deleted) != 1 {
				t.Fatalf("the deleted account: got %v, %v", deleted, err)
			}
			return errors.Join(first(in.RestoreAccount(ctx, deleted[0].ID)), in.DeleteAccount(ctx, deleted[0].ID), in.PurgeAccount(ctx, deleted[0].ID))
		}},
		{"Rollup", func(ctx context.Context) error {
			return first(directory.Rollup{Directory: in.Directory, Holder: "a server"}.Run(ctx))
		}},
		{"Check", func(ctx context.Context) error {
			return first(in.Check(ctx, nil, func(chime.Finding) error { return nil }))
		}},
		{"DeclareRestored", func(ctx context.Context) error { return first(in.DeclareRestored(ctx, "dump", nil)) }},
		{"audit", func(ctx context.Context) error {
			trail := audit.Trail{Store: in.store, Query: chime.AuditQuery{Tenant: tenant, Operation: "GetUser", Principal: "alice", Since: time.Unix(1, 0)}}
			return trail.Each(ctx, func(chime.AuditRecord) error { return nil })
		}},
		{"keys", func(ctx context.Context) error {
			key, err := in.admin.CreateKey(ctx, tenant, "bob", []chime.PrincipalPolicy{{Name: "AmazonChimeReadOnly"}})
			_, _, err2 := in.admin.FirstRoot(ctx, tenant)
			next := secret.NewKeyring(secret.MasterKey{2}, nil).For(secret.AccessKeySecret)
			return errors.Join(err, err2, first(in.admin.ListKeys(ctx, "")), first(in.admin.ListKeys(ctx, tenant)),
				in.admin.SetKeyDisabled(ctx, key.AccessKeyID, true), first(in.admin.RotateMasterKey(ctx, next, func([]byte) error { return nil })))
		}},
		{"principals", func(ctx context.Context) error {
			return errors.Join(first(in.admin.ListPrincipals(ctx, "")), first(in.admin.ListPrincipals(ctx, tenant)),
				in.admin.SetPrincipalDisabled(ctx, tenant, "bob", true), in.admin.DeletePrincipal(ctx, tenant, "bob"))
		}},
	}
}

// TestCommandsKeepToTheirShards runs what operators do. Those of their statements
// that go to every shard are known.
func TestCommandsKeepToTheirShards(t *testing.T) {
	j := newJournal()
	s := j.open(t, partitioned(t))
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	in, ctx := newInstallation(t, s)
	in.prepare(t)
	for _, step := range in.requests(t) {
		if err := step.run(ctx); err != nil {
			t.Fatalf("%s: %v", step.operation, err)
		}
	}
	clear(j.statements)
	local := iam.WithCaller(t.Context(), iam.LocalCaller(tenant, "operator"))
	for _, step := range slices.Concat(in.access(), in.commands(t)) {
		if err := step.run(local); err != nil {
			t.Errorf("%s: %v", step.operation, err)
		}
	}
	newShards(t).check(t, j, acrossShards())
}

// lockOrder is the order in which every transaction writes to tables, so that none
// of them waits for another in a circle. The rows of one statement are ordered by
// their keys. Two kinds of tables are not in it: rows of the audit and the outbox are
// new, so that nobody waits for one, and settings are written by a start of the server or a
// rotation of the master key.
func lockOrder() []string {
	return []string{
		"principals", "access_keys", "accounts", "tenant_accounts", "administrators", "addresses", "pins",
		"members", "member_profiles", "former_members", "people", "providers", "account_summaries", "account_domains",
		"tenant_summaries", "jobs",
	}
}

var writtenTable = regexp.MustCompile(`^(?:INSERT INTO|DELETE FROM|UPDATE) (\w+)`)

// TestTablesAreWrittenInOneOrder has every operation and command write, and looks
// in which order each of their transactions does.
func TestTablesAreWrittenInOneOrder(t *testing.T) {
	engine := openEngine(t, migrated(t, postgrestest.Distribution()))
	var mu sync.Mutex
	transactions := map[string]bool{}
	j := newJournal()
	j.ended = func(statements []string) {
		var tables []string
		for _, sql := range statements {
			match := writtenTable.FindStringSubmatch(sql)
			if match != nil && !strings.HasSuffix(match[1], "_audit") && match[1] != "outbox" && match[1] != "settings" {
				tables = append(tables, match[1])
			}
		}
		mu.Lock()
		defer mu.Unlock()
		transactions[strings.Join(slices.Compact(tables), " ")] = true
	}
	s := sqlstore.New(journaledEngine{engine, j})
	in, ctx := newInstallation(t, s)
	in.prepare(t)
	clear(transactions)
	for _, step := range in.requests(t) {
		if err := step.run(ctx); err != nil {
			t.Errorf("%s: %v", step.operation, err)
		}
	}
	local := iam.WithCaller(t.Context(), iam.LocalCaller(tenant, "operator"))
	for _, step := range slices.Concat(in.access(), in.commands(t)) {
		if err := step.run(local); err != nil {
			t.Errorf("%s: %v", step.operation, err)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if len(transactions) < 12 {
		t.Errorf("got %d kinds of transactions, want all", len(transactions))
	}
	for written := range transactions {
		if !slices.IsSortedFunc(strings.Fields(written), func(a, b string) int {
			return slices.Index(lockOrder(), a) - slices.Index(lockOrder(), b)
		}) {
			t.Errorf("a transaction writes to %s, want the order %v", written, lockOrder())
		}
	}
}

// TestStrayStatementsAreFound: the check finds what it is for.
func TestStrayStatementsAreFound(t *testing.T) {
	s := newShards(t)
	for sql, stray := range map[string]bool{
		"SELECT user_id FROM members WHERE account_id = $1 AND user_id = $2":                                            false,
		"SELECT user_id FROM members WHERE user_id = $2 AND license = $1":                                               true,
		"SELECT user_id FROM members WHERE account_id = $1 OR user_id = $2":                                             true,
		"SELECT user_id FROM people WHERE user_id IN ($1, $2)":                                                          false,
		"SELECT user_id FROM people WHERE user_id > $1 AND email = $2":                                                  true,
		"DELETE FROM members WHERE user_id = $1 AND license = $2":                                                       true,
		"UPDATE people SET pin = $1 WHERE user_id = $2":                                                                 false,
		"UPDATE people SET pin = $1 WHERE email = $2":                                                                   true,
		"SELECT m.user_id FROM members m JOIN people p ON p.user_id = m.user_id WHERE m.account_id = $1 AND p.pin = $2": true,
		"INSERT INTO addresses (email_key, user_id) VALUES ($1, $2)":                                                    false,
		"INSERT INTO members (user_id, license) VALUES ($1, $2)":                                                        true,
		"SELECT tenant_id FROM tenant_accounts WHERE account_id = $1 AND tenant_id > $2":                                true,
	} {
		if got := s.stray(t, recorded{sql, []any{"a", "b"}}); (got != "") != stray {
			t.Errorf("%s: found %q, want something: %t", sql, got, stray)
		}
	}
	if got := slices.Sorted(maps.Keys(postgres.ShardingColumns())); len(got) < 13 {
		t.Errorf("got the tables %v, want all", got)
	}
}
