package directory_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	zombiezen "zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/iam"
	"github.com/carillon-id/carillon/internal/postgrestest"
	"github.com/carillon-id/carillon/internal/secret"
	"github.com/carillon-id/carillon/internal/sqlstore/postgres"
	"github.com/carillon-id/carillon/internal/sqlstore/sqlite"
)

// planted is a directory with all sorts of accounts and people.
type planted struct {
	*fixture
	close func()
}

// sqlEngine is a kind of database on which SQL can be run behind a store's back. A
// database is known by its place: a path or a URL.
type sqlEngine struct {
	empty func(t *testing.T) string
	// clone copies a database that nobody has open.
	clone func(t *testing.T, place string) string
	open  func(ctx context.Context, place string) (chime.Store, error)
	run   func(ctx context.Context, place, sql string) error
}

func sqlEngines() map[string]sqlEngine {
	return map[string]sqlEngine{
		"SQLite": {
			empty: func(t *testing.T) string { return filepath.Join(t.TempDir(), "carillon.db") },
			clone: func(t *testing.T, place string) string {
				content, err := os.ReadFile(place)
				clone := filepath.Join(t.TempDir(), "carillon.db")
				if err = errors.Join(err, os.WriteFile(clone, content, 0o600)); err != nil {
					t.Fatal(err)
				}
				return clone
			},
			open: func(ctx context.Context, place string) (chime.Store, error) { return sqlite.Open(ctx, place) },
			run: func(_ context.Context, place, sql string) error {
				conn, err := zombiezen.OpenConn(place, zombiezen.OpenReadWrite)
				if err != nil {
					return err
				}
				return errors.Join(sqlitex.ExecuteScript(conn, sql, nil), conn.Close())
			},
		},
		"PostgreSQL": {
			empty: func(t *testing.T) string { return newPostgres(t) },
			clone: func(t *testing.T, place string) string {
				u, err := url.Parse(place)
				if err != nil {
					t.Fatal(err)
				}
				return clusters.Start(t, postgrestest.Distribution()).NewDatabase(t, strings.TrimPrefix(u.Path, "/"))
			},
			open: func(ctx context.Context, place string) (chime.Store, error) { return postgres.Open(ctx, place) },
			run: func(ctx context.Context, place, sql string) error {
				conn, err := pgx.Connect(ctx, place)
				if err != nil {
					return err
				}
				// As a replica, it enforces no foreign keys.
				_, err = conn.Exec(ctx, "SET session_replication_role = replica; "+sql)
				return errors.Join(err, conn.Close(ctx))
			},
		},
	}
}

// directoryOn opens a directory on a database of the engine.
func (e sqlEngine) directoryOn(t *testing.T, place string) *planted {
	t.Helper()
	s, err := e.open(t.Context(), place)
	if err != nil {
		t.Fatal(err)
	}
	p := &planted{fixture: fixtureOver(s)}
	p.close = sync.OnceFunc(func() {
		p.closeRecorder()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(p.close)
	return p
}

// plant makes a directory of all sorts of accounts and people by its operations.
func (e sqlEngine) plant(t *testing.T) (p *planted, place string) {
	t.Helper()
	place = e.empty(t)
	p = e.directoryOn(t, place)
	keyring := secret.NewKeyring(secret.MasterKey{1, 2, 3}, nil)
	admin := iam.Admin{Store: p.store, Sealer: keyring.For(secret.AccessKeySecret), Record: p.RecordAdministration, Now: p.now}
	ctx := operator(t.Context())
	var keys []string
	do := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	do("AdoptMasterKey", admin.AdoptMasterKey(ctx, nil))
	for _, user := range []string{"root", "alice", "bob", "carol"} {
		var policies []chime.PrincipalPolicy
		if user != "root" {
			policies = []chime.PrincipalPolicy{{Name: "AmazonChimeReadOnly"}}
		}
		key, err := admin.CreateKey(ctx, tenantOne, user, policies)
		do("CreateKey", err)
		keys = append(keys, key.AccessKeyID)
	}
	do("SetKeyDisabled", admin.SetKeyDisabled(ctx, keys[1], true))
	do("SetPrincipalDisabled", admin.SetPrincipalDisabled(ctx, tenantOne, "bob", true))
	access := iam.Access{Admin: &admin, Observe: p.ObserveAdministration}
	_, err := access.UpdateUser(ctx, "carol", true)
	do("UpdateUser", err)
	_, err = access.DetachUserPolicy(ctx, "carol", "AmazonChimeReadOnly")
	do("DetachUserPolicy", err)
	member := func(account chime.AccountID, user chime.UserID, status chime.RegistrationStatus) directory.ImportUser {
		return directory.ImportUser{Member: chime.Member{
			Account: account, User: user, Standing: chime.Standing{Status: status}, Profile: chime.Profile{Email: string(user) + "@Example.com"},
		}}
	}
	_, err = p.Import(ctx, directory.ImportBatch{
		Tenant: tenantOne, MakeTenant: true,
		Accounts: []directory.ImportAccount{
			{Account: chime.Account{ID: "lwa", Tenant: tenantOne, Name: "L", Type: chime.EnterpriseLWA}},
			{Account: chime.Account{ID: "team", Tenant: tenantOne, Name: "T", Type: chime.Team}},
			{Account: chime.Account{ID: "gone", Tenant: tenantOne, Name: "G", Status: chime.AccountSuspended}},
		},
		Users: []directory.ImportUser{
			member("lwa", "ann", ""), member("lwa", "bea", ""), member("lwa", "cyd", chime.Suspended), member("lwa", "dan", ""), member("lwa", "lee", ""),
			member("team", "eve", ""), member("team", "fay", ""), member("team", "gus", chime.Suspended), member("team", "hal", chime.Unregistered),
			member("", "ida", ""),
		},
	})
	do("Import", err)
	_, err = p.SuspendUsers(ctx, "lwa", []chime.UserID{"ann", "bea"})
	do("SuspendUsers", err)
	_, err = p.UnsuspendUsers(ctx, "lwa", []chime.UserID{"bea"})
	do("UnsuspendUsers", err)
	do("LogoutUser", p.LogoutUser(ctx, "lwa", "dan"))
	_, err = p.GrantAdministrator(ctx, "lwa", "lee", nil)
	do("GrantAdministrator", err)
	_, err = p.SuspendUsers(ctx, "team", []chime.UserID{"fay"})
	do("SuspendUsers of a Team", err)
	_, err = p.InviteUsers(ctx, "team", []string{"Jo@example.com", "kim@example.com"}, "")
	do("InviteUsers", err)
	other, err := p.CreateAccount(root(t.Context(), tenantTwo), "Other")
	do("CreateAccount", err)
	_, err = p.InviteUsers(root(t.Context(), tenantTwo), other.ID, []string{"eve@example.com", "JO@example.com"}, "")
	do("InviteUsers", err)
	do("AcceptInvitation", p.acceptAs(t.Context(), other.ID, "eve", "Eve"))
	deleted, err := p.CreateAccount(ctx, "Deleted")
	do("CreateAccount", err)
	do("DeleteAccount", p.DeleteAccount(ctx, deleted.ID))
	return p, place
}

// findings are what a check finds, one a line, without what is to be done.
func (p *planted) findings(t *testing.T) (lines []string) {
	t.Helper()
	_, err := p.Check(operator(t.Context()), nil, func(f chime.Finding) error {
		if len(f.Remedy) < 20 {
			t.Errorf("%+v says nothing of what to do", f)
		}
		lines = append(lines, fmt.Sprintf("%s: %s: %s", f.Kind, f.Object, f.Problem))
		return nil
	})
	if err != nil {
		t.Fatalf("Check: %v", err)
	}
	return lines
}

// defect is something that no operation does.
type defect struct {
	name string
	sql  string
	want []string // what the findings are, or begin with
}

// defects are of every sort; each leaves the others findable.
func defects() []defect {
	const ann = "account_id = 'lwa' AND user_id = 'ann'"
	return []defect{
		{"a member without an account", "DELETE FROM accounts WHERE account_id = 'lwa'; DELETE FROM tenant_accounts WHERE account_id = 'lwa'", []string{
			"orphan: member ann of account lwa: there is no such account", "orphan: member bea of account lwa: there is no such account",
			"orphan: member cyd of account lwa: there is no such account", "orphan: member dan of account lwa: there is no such account",
			"orphan: member lee of account lwa: there is no such account", "orphan: member lee of account lwa: they are an administrator",
		}},
		{"a member without a profile", "DELETE FROM member_profiles WHERE " + ann, []string{
			"orphan: member ann of account lwa: it has a standing and no profile",
			"orphan: person ann: they are in account lwa and no member of it",
		}},
		{"a profile without a member", "DELETE FROM members WHERE " + ann, []string{
			"orphan: member ann of account lwa: it has a profile and no standing",
			"orphan: person ann: they are in account lwa and no member of it",
		}},
		{"a member without a person", "DELETE FROM people WHERE user_id = 'ann'", []string{
			"orphan: member ann of account lwa: there is no such person", "orphan: a PIN of user ann: there is no person with it",
		}},
		{"a member whose person is elsewhere", "UPDATE people SET account_id = 'team' WHERE user_id = 'ann'", []string{
			"orphan: member ann of account lwa: the person is in account team",
			"orphan: person ann: they are in account team and no member of it",
		}},
		{"a member whose person is free", "UPDATE people SET account_id = '' WHERE user_id = 'ann'", []string{
			"orphan: member ann of account lwa: the person is in no account",
		}},
		{"a person without a membership", "UPDATE people SET account_id = 'lwa' WHERE user_id = 'ida'", []string{
			"orphan: person ida: they are in account lwa and no member of it",
		}},
		{"an invitation of somebody who is there", "UPDATE members SET status = 'Unregistered' WHERE " + ann, []string{
			"orphan: member ann of account lwa: it is an invitation, and the person is in that account",
			"unrecorded: member ann of account lwa: the audit record RECORD (BatchSuspendUser), which accounts for its state, did not leave it Unregistered",
			"orphan: person ann: they are in account lwa and no member of it",
		}},
		{"an administrator without a role", "DELETE FROM administrators", []string{
			"orphan: member lee of account lwa: they are an administrator, and there is no such role, or they are not Registered",
		}},
		{"an administrator with another's role", "UPDATE administrators SET role_id = 'another'", []string{"orphan: member lee of account lwa: they are an administrator"}},
		{"another name", "UPDATE member_profiles SET display_name = 'Another' WHERE " + ann, []string{
			"constraint: member ann of account lwa: the address, name or PIN is not the person's",
		}},
		{"an address that nobody holds", "DELETE FROM addresses WHERE email_key = 'ann@example.com'", []string{
			"orphan: person ann: the address ann@Example.com is held by nobody",
		}},
		{"an address of somebody else", "UPDATE addresses SET user_id = 'bea' WHERE email_key = 'ann@example.com'", []string{
			"orphan: person ann: the address ann@Example.com is held by user bea",
		}},
		{"an invitation to an address that nobody holds", "DELETE FROM addresses WHERE email_key = 'hal@example.com'", []string{
			"orphan: member hal of account team: nobody holds the address hal@Example.com",
		}},
		{"an address without a holder", "INSERT INTO addresses (email_key, user_id) VALUES ('x@example.com', '')", []string{
			"orphan: address x@example.com: it is held by nobody",
		}},
		{"an address that nobody is found by", "INSERT INTO addresses (email_key, user_id) VALUES ('X@example.com', 'x')", []string{
			"orphan: address X@example.com: nobody is looked up by it, because of its capital letters",
		}},
		{"a PIN that nobody holds", "DELETE FROM pins WHERE user_id = 'ann'", []string{"orphan: person ann: the PIN is held by nobody"}},
		{"a PIN of somebody else", "UPDATE pins SET user_id = 'bea' WHERE user_id = 'ann'", []string{
			"orphan: person ann: the PIN is held by user bea", "orphan: a PIN of user bea: there is no person with it",
		}},
		{"a PIN without a person", "INSERT INTO pins (pin, user_id) VALUES ('1', 'nobody')", []string{"orphan: a PIN of user nobody: there is no person with it"}},
		{"a former member without an account", "UPDATE former_members SET account_id = 'nowhere' WHERE user_id = 'fay'", []string{
			"orphan: former member fay of account nowhere: there is no such account",
			"unrecorded: former member fay of account nowhere: the audit record RECORD (BatchSuspendUser), which accounts for its state, is of account team",
		}},
		{"a former member who is a member", `INSERT INTO former_members (account_id, user_id, email, display_name, user_type, invitation, invited, registered, removed, record_id)
			SELECT account_id, user_id, email, '', 'PrivateUser', '', 0, 0, 0, (SELECT record_id FROM former_members WHERE user_id = 'gus')
			FROM member_profiles WHERE account_id = 'team' AND user_id = 'hal'`, []string{
			"constraint: former member hal of account team: the user is a member of that account",
		}},
		{"a status that there is not", "UPDATE members SET status = 'Released' WHERE user_id = 'cyd'", []string{`constraint: member cyd of account lwa: "Released" is no registration status`}},
		{"a license that there is not", "UPDATE members SET license = '' WHERE user_id = 'cyd'", []string{`constraint: member cyd of account lwa: "" is no license`}},
		{"a type that there is not", "UPDATE member_profiles SET user_type = 'Robot' WHERE user_id = 'cyd'", []string{`constraint: member cyd of account lwa: "Robot" is no user type`}},
		{"an invitation status that there is not", "UPDATE member_profiles SET invitation = 'Lost' WHERE user_id = 'cyd'", []string{`constraint: member cyd of account lwa: "Lost" is no invitation status`}},
		{"a mail status that there is not", "UPDATE member_profiles SET email_status = 'Lost' WHERE user_id = 'cyd'", []string{`constraint: member cyd of account lwa: "Lost" is no status of a mail`}},
		{"a negative epoch", "UPDATE members SET epoch = -1 WHERE user_id = 'cyd'; UPDATE people SET epoch = -2 WHERE user_id = 'ida'", []string{
			"constraint: member cyd of account lwa: the epoch is -1", "constraint: person ida: the epoch is -2",
		}},
		{"an account without a tenant", "UPDATE accounts SET tenant_id = '' WHERE account_id = 'gone'; UPDATE tenant_accounts SET tenant_id = '' WHERE account_id = 'gone'", []string{
			"constraint: account gone: it has no tenant",
		}},
		{"an account of no type", "UPDATE accounts SET account_type = 'X' WHERE account_id = 'gone'; UPDATE tenant_accounts SET account_type = 'X' WHERE account_id = 'gone'", []string{
			`constraint: account gone: "X" is no account type`,
		}},
		{"an account of no status", "UPDATE accounts SET status = 'X' WHERE account_id = 'gone'; UPDATE tenant_accounts SET status = 'X' WHERE account_id = 'gone'", []string{
			`constraint: account gone: "X" is no account status`,
		}},
		{"an active account that was deleted", "UPDATE accounts SET status = 'Active' WHERE account_id = 'gone'; UPDATE tenant_accounts SET status = 'Active' WHERE account_id = 'gone'", []string{
			"constraint: account gone: it is Active, and its time of deletion says otherwise",
		}},
		{"an account that its tenant does not list", "DELETE FROM tenant_accounts WHERE account_id = 'lwa'", []string{
			"constraint: account lwa: it is not in the list of tenant 111122223333",
		}},
		{"an account that its tenant lists otherwise", "UPDATE tenant_accounts SET name = 'X' WHERE account_id = 'lwa'", []string{
			"constraint: account lwa: the list of tenant 111122223333 tells something else of it",
		}},
		{"an account that another tenant lists", "UPDATE tenant_accounts SET tenant_id = '999999999999' WHERE account_id = 'lwa'", []string{
			"constraint: account lwa: it is not in the list of tenant 111122223333",
			"orphan: account lwa: tenant 999999999999 lists it, and it is not there, or another's",
		}},
		{"an access key without a principal", "DELETE FROM principals WHERE name = 'alice'", []string{
			"orphan: access key KEY: there is no principal alice in tenant 111122223333",
		}},
	}
}

// unrecordedStates are changes that no operation made, and that leave no other trace.
func unrecordedStates() []defect {
	const accountsFor = "the audit record RECORD (%s), which accounts for its state, "
	says := func(object, operation, what string) string {
		return "unrecorded: " + object + ": " + fmt.Sprintf(accountsFor, operation) + what
	}
	return []defect{
		{"a suspension that is lifted", "UPDATE members SET status = 'Registered' WHERE user_id = 'ann'", []string{
			says("member ann of account lwa", "BatchSuspendUser", "did not leave it Registered"),
		}},
		{"a suspension that nobody made", "UPDATE members SET status = 'Suspended' WHERE user_id = 'bea'", []string{
			says("member bea of account lwa", "BatchUnsuspendUser", "did not leave it Suspended"),
		}},
		{"a sign-out at another time", "UPDATE members SET signed_out = 1000000 WHERE user_id = 'dan'", []string{
			says("member dan of account lwa", "LogoutUser", "was made at 2026-01-02T03:04:05.678901Z, and they were signed out at 1970-01-01T00:00:01Z"),
		}},
		{"a record that is gone", "DELETE FROM account_audit WHERE operation = 'LogoutUser'", []string{
			"unrecorded: member dan of account lwa: the audit record RECORD, which accounts for its state, is not there",
		}},
		{"a member who names no record", "UPDATE members SET record_id = '' WHERE user_id = 'dan'", []string{
			"unrecorded: member dan of account lwa: no audit record accounts for its state",
		}},
		{"a member who names another's record", "UPDATE members SET record_id = (SELECT record_id FROM account_audit WHERE operation = 'LogoutUser') WHERE user_id = 'bea'", []string{
			says("member bea of account lwa", "LogoutUser", "does not name it"),
		}},
		{"a former member's other time", "UPDATE former_members SET removed = 0 WHERE user_id = 'fay'", []string{
			says("former member fay of account team", "BatchSuspendUser", "was made at 2026-01-02T03:04:05.678901Z, and they were removed at 0001-01-01T00:00:00Z"),
		}},
		{"a former member whom nobody removed", "UPDATE former_members SET record_id = (SELECT record_id FROM account_audit WHERE operation = 'InviteUsers' AND account_id = 'team') WHERE user_id = 'fay'", []string{
			says("former member fay of account team", "InviteUsers", "does not name it"),
		}},
		{"a role that names no record", "UPDATE administrators SET record_id = ''", []string{
			"unrecorded: the role of member lee of account lwa: no audit record accounts for its state",
		}},
		{"a role that nobody granted", "UPDATE administrators SET record_id = (SELECT record_id FROM account_audit WHERE operation = 'LogoutUser')", []string{
			says("the role of member lee of account lwa", "LogoutUser", "does not name it"),
		}},
		{"a person in an account who names no record", "UPDATE people SET record_id = '' WHERE user_id = 'dan'", []string{
			"unrecorded: person dan: no audit record accounts for its state",
		}},
		{"an account that nobody deleted", `UPDATE accounts SET status = 'Suspended', deleted = 1 WHERE name = 'Other';
			UPDATE tenant_accounts SET status = 'Suspended', deleted = 1 WHERE name = 'Other'`, []string{
			says("account OTHER", "CreateAccount", "did not leave it Suspended"),
		}},
		{"an account that nobody restored", `UPDATE accounts SET status = 'Active', deleted = 0 WHERE name = 'Deleted';
			UPDATE tenant_accounts SET status = 'Active', deleted = 0 WHERE name = 'Deleted'`, []string{
			says("account DELETED", "DeleteAccount", "did not leave it Active"),
		}},
		{"an access key that nobody enabled", "UPDATE access_keys SET disabled = 0 WHERE principal = 'alice'", []string{
			says("access key KEY", "UpdateAccessKey", "left it disabled"),
		}},
		{"an access key that nobody disabled", "UPDATE access_keys SET disabled = 1 WHERE principal = 'bob'", []string{
			says("access key KEY", "CreateAccessKey", "did not leave it disabled"),
		}},
		{"an access key that nobody made", "INSERT INTO access_keys SELECT 'AKIAFORGED', tenant_id, principal, sealed_secret, 0, 0, record_id FROM access_keys WHERE principal = 'bob'", []string{
			says("access key AKIAFORGED", "CreateAccessKey", "does not name it"),
		}},
		{"a principal that nobody enabled", "UPDATE principals SET disabled = 0 WHERE name = 'bob'", []string{
			says("principal bob of tenant 111122223333", "UpdateUser", "left it disabled"),
		}},
	}
}

func TestCheck(t *testing.T) {
	for name, engine := range sqlEngines() {
		t.Run(name, func(t *testing.T) {
			p, place := engine.plant(t)
			if got := p.findings(t); len(got) > 0 {
				t.Errorf("a directory that operations made: found %q", got)
			}
			p.close()
			for _, d := range append(defects(), unrecordedStates()...) {
				t.Run(d.name, func(t *testing.T) {
					clone := engine.clone(t, place)
					if err := engine.run(t.Context(), clone, d.sql); err != nil {
						t.Fatal(err)
					}
					engine.directoryOn(t, clone).wantFindings(t, d.want)
				})
			}
		})
	}
}

// wantFindings compares what is found with what begins so, but for damage, which
// each engine words its own way.
func (p *planted) wantFindings(t *testing.T, want []string) {
	t.Helper()
	got := slices.DeleteFunc(p.findings(t), func(line string) bool { return strings.HasPrefix(line, "damage: ") })
	left := slices.Clone(got)
	for _, line := range want {
		i := slices.IndexFunc(left, func(found string) bool { return matches(found, line) })
		if i < 0 {
			t.Errorf("missing: %s", line)
			continue
		}
		left = slices.Delete(left, i, i+1)
	}
	for _, line := range left {
		t.Errorf("found too: %s", line)
	}
}

// matches compares a line with one in which ids are words in capitals.
func matches(line, pattern string) bool {
	at := 0
	for i, part := range splitIDs(pattern) {
		j := strings.Index(line[at:], part)
		if j < 0 || i == 0 && j > 0 {
			return false
		}
		at += j + len(part)
	}
	return true
}

func splitIDs(pattern string) []string {
	for _, id := range []string{"RECORD", "KEY", "OTHER", "DELETED"} {
		pattern = strings.ReplaceAll(pattern, id, "\x00")
	}
	return strings.Split(pattern, "\x00")
}

func TestCheckIsTheOperators(t *testing.T) {
	f := newFixture(t)
	_, err := f.Check(asRoot(t), nil, nil)
	checkCode(t, "Check by a principal", err, chime.Forbidden)
	_, err = f.Check(context.Background(), nil, nil)
	checkCode(t, "Check by nobody", err, chime.Forbidden)
}

// TestCheckIsOfOneMoment checks while others write: it finds nothing.
func TestCheckIsOfOneMoment(t *testing.T) {
	for name, engine := range sqlEngines() {
		t.Run(name, func(t *testing.T) {
			p, _ := engine.plant(t)
			stop, stopped := make(chan struct{}), make(chan error)
			go func() {
				var err error
				for i := 0; err == nil; i++ {
					select {
					case <-stop:
						stopped <- err
						return
					default:
					}
					email := fmt.Sprintf("new-%d@example.com", i)
					_, err1 := p.InviteUsers(asRoot(t), "team", []string{email}, "")
					_, err2 := p.SuspendUsers(asRoot(t), "lwa", []chime.UserID{"ann", "bea", "dan"})
					_, err3 := p.UnsuspendUsers(asRoot(t), "lwa", []chime.UserID{"bea", "cyd"})
					err = errors.Join(err1, err2, err3, p.LogoutUser(asRoot(t), "lwa", "dan"))
				}
				stopped <- err
			}()
			for range 10 {
				if got := p.findings(t); len(got) > 0 {
					t.Errorf("found %q", got)
				}
			}
			close(stop)
			if err := <-stopped; err != nil {
				t.Error(err)
			}
		})
	}
}
