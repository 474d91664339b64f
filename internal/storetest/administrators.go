package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
)

func administratorCases() []testCase {
	return []testCase{
		{"AdministratorsComeBackAsTheyWere", administratorsComeBackAsTheyWere},
		{"AdministratorsAreListedByAccountAndUser", administratorsAreListedByAccountAndUser},
		{"RolesGoWithTheirMember", rolesGoWithTheirMember},
		{"ScansFindAllAdministrators", scansFindAllAdministrators},
	}
}

func newAdministrator(tenant chime.TenantID, account chime.AccountID, user chime.UserID, n int) chime.Administrator {
	return chime.Administrator{
		Tenant: tenant, Account: account, User: user, ID: chime.RoleID(fmt.Sprintf("role-%d", n)), Granted: at(n),
		Policies: []chime.PrincipalPolicy{{Name: "AmazonChimeReadOnly"}, {Name: "own", Document: `{"Statement": "<ü>"}`}},
		Record:   fmt.Sprintf("record-%d", n),
	}
}

func administratorsComeBackAsTheyWere(t *testing.T, s chime.Store) {
	want := newAdministrator(tenantOne, "a", "u", 1)
	key := chime.MemberKey{Account: "a", User: "u"}
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.PutAdministrator(ctx, newAdministrator(tenantOne, "a", "u", 2)), tx.PutAdministrator(ctx, want))
	})
	view(t, s, func(ctx context.Context, tx chime.Tx) error {
		got, err1 := tx.Administrator(ctx, tenantOne, key)
		equal(t, "an administrator", got, &want)
		foreign, err2 := tx.Administrator(ctx, tenantTwo, key)
		other, err3 := tx.Administrator(ctx, tenantOne, chime.MemberKey{Account: "u", User: "a"})
		if foreign != nil || other != nil {
			t.Errorf("another tenant's, and another account's: got %v and %v, want nil", foreign, other)
		}
		return errors.Join(err1, err2, err3)
	})
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.DeleteAdministrator(ctx, tenantTwo, key), tx.DeleteAdministrator(ctx, tenantOne, key))
	})
	view(t, s, func(ctx context.Context, tx chime.Tx) error {
		got, err := tx.Administrator(ctx, tenantOne, key)
		if got != nil {
			t.Errorf("a deleted administrator: got %v, want nil", got)
		}
		return err
	})
}

func administratorsAreListedByAccountAndUser(t *testing.T, s chime.Store) {
	want := []chime.Administrator{
		newAdministrator(tenantOne, "a", "u", 1), newAdministrator(tenantOne, "a", "v", 2), newAdministrator(tenantOne, "b", "a", 3),
	}
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.PutAdministrator(ctx, newAdministrator(tenantTwo, "a", "a", 4)), tx.PutAdministrator(ctx, want[2]),
			tx.PutAdministrator(ctx, want[0]), tx.PutAdministrator(ctx, want[1]))
	})
	got := pages(t, s, func(a chime.Administrator) chime.MemberKey { return a.Key() },
		func(ctx context.Context, tx chime.Tx, after chime.MemberKey, limit int) ([]chime.Administrator, error) {
			return tx.ListAdministrators(ctx, tenantOne, after, limit)
		})
	equal(t, "the administrators of a tenant", got, want)
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.PurgeAccount(ctx, tenantOne, "a") })
	view(t, s, func(ctx context.Context, tx chime.Tx) error {
		left, err1 := tx.ListAdministrators(ctx, tenantOne, chime.MemberKey{}, 9)
		foreign, err2 := tx.ListAdministrators(ctx, tenantTwo, chime.MemberKey{}, 9)
		equal(t, "those that are left when an account is purged", left, want[2:])
		if len(foreign) != 1 {
			t.Errorf("another tenant's: got %d, want 1", len(foreign))
		}
		return errors.Join(err1, err2)
	})
}

// rolesGoWithTheirMember: every way to read a member finds their role, and every way
// to write one writes it.
func rolesGoWithTheirMember(t *testing.T, s chime.Store) {
	member := newMember("a", "u", 1)
	role := func(what string, want chime.RoleID) {
		t.Helper()
		view(t, s, func(ctx context.Context, tx chime.Tx) error {
			_, members, err1 := tx.AccountMembers(ctx, "a", []chime.UserID{"u"})
			_, roll, _, err2 := tx.AccountRoll(ctx, "a", []chime.UserID{"u"}, chime.Team)
			subject, err3 := tx.Subject(ctx, "u", "")
			list, err4 := tx.ListMembers(ctx, chime.MemberQuery{Account: "a", Limit: 9})
			if err := errors.Join(err1, err2, err3, err4); err != nil {
				return err
			}
			got := []chime.RoleID{members[0].Role, roll[0].Role, subject.Member.Role, list[0].Role}
			equal(t, what, got, []chime.RoleID{want, want, want, want})
			return nil
		})
	}
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.PutAccounts(ctx, newAccount("a", tenantOne)), tx.PutMembers(ctx, member), tx.PutPeople(ctx, newPerson("u", "a", 1)))
	})
	role("a member who is written", "role-1")
	member.Role = ""
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.PutStandings(ctx, member) })
	role("a standing without a role", "")
	member.Role = "role-2"
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.PutStandings(ctx, member) })
	role("a standing with another", "role-2")
}

func scansFindAllAdministrators(t *testing.T, s chime.Store) {
	var all []chime.Administrator
	for i, key := range []string{"-", "B", "a", "a\n", "aa", "ä"} {
		all = append(all, newAdministrator([]chime.TenantID{tenantOne, tenantTwo}[i/3], chime.AccountID(fmt.Sprint("account", i/2)), chime.UserID(key), i))
	}
	scanned(t, s, "ScanAdministrators", all, func(ctx context.Context, tx chime.Tx, a chime.Administrator) error {
		return tx.PutAdministrator(ctx, a)
	},
		func(tx chime.Tx) func(context.Context, chime.Administrator, int) ([]chime.Administrator, error) {
			return tx.ScanAdministrators
		})
}
