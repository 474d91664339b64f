package storetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
)

func bulkCases() []testCase {
	return []testCase{
		{"AccountSetsSpanTenants", accountSetsSpanTenants},
		{"AccountScansGoOnAfterAKey", accountScansGoOnAfterAKey},
		{"MemberSetsSpanAccounts", memberSetsSpanAccounts},
		{"ThousandKeysAreOneSet", thousandKeysAreOneSet},
	}
}

func accountSetsSpanTenants(t *testing.T, s chime.Store) {
	one, two, deleted := newAccount("a", tenantOne), newAccount("b", tenantTwo), newAccount("c", tenantOne)
	deleted.Status, deleted.Deleted = chime.AccountSuspended, at(1)
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return tx.PutAccounts(ctx, one, two, deleted, newAccount("d", tenantOne))
	})
	view(t, s, func(ctx context.Context, tx chime.Tx) error {
		got, err1 := tx.Accounts(ctx, []chime.AccountID{"c", "nobody", "a", "b"})
		slices.SortFunc(got, func(x, y chime.Account) int { return cmp.Compare(x.ID, y.ID) })
		equal(t, "Accounts", got, []chime.Account{one, two, deleted})
		none, err2 := tx.Accounts(ctx, nil)
		equal(t, "Accounts of the empty set", len(none), 0)
		return errors.Join(err1, err2)
	})
}

func accountScansGoOnAfterAKey(t *testing.T, s chime.Store) {
	deleted := newAccount("c", tenantOne)
	deleted.Status, deleted.Deleted = chime.AccountSuspended, at(1)
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return tx.PutAccounts(ctx, newAccount("d", tenantOne), newAccount("b", tenantTwo), deleted, newAccount("a", tenantOne))
	})
	for _, c := range []struct {
		tenant chime.TenantID
		after  chime.AccountID
		limit  int
		want   []chime.AccountID
	}{
		{"", "", 9, []chime.AccountID{"a", "b", "c", "d"}},
		{"", "a", 2, []chime.AccountID{"b", "c"}},
		{tenantOne, "", 2, []chime.AccountID{"a", "c"}},
		{tenantOne, "a", 9, []chime.AccountID{"c", "d"}},
		{tenantTwo, "", 9, []chime.AccountID{"b"}},
		{tenantTwo, "b", 9, []chime.AccountID{}},
	} {
		view(t, s, func(ctx context.Context, tx chime.Tx) error {
			got, err := tx.ScanAccounts(ctx, c.tenant, c.after, c.limit)
			equal(t, fmt.Sprintf("accounts of %q after %q", c.tenant, c.after), accountIDs(got), c.want)
			for _, a := range got {
				if !a.Settings.EnableDialOut || !a.Settings.DisableRemoteControl {
					t.Errorf("the settings of %s: got %+v, want what was written", a.ID, a.Settings)
				}
			}
			return err
		})
	}
}

func memberSetsSpanAccounts(t *testing.T, s chime.Store) {
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(
			tx.PutMembers(ctx, newMember("a", "u", 1), newMember("a", "v", 2), newMember("b", "u", 3), newMember("b", "v", 4)),
			tx.PutFormerMembers(ctx, newFormer("a", "u", 1), newFormer("a", "v", 2), newFormer("b", "u", 3)))
	})
	// Neither account nor user alone picks a key: (a, u) and (b, v) are not (a, v).
	keys := []chime.MemberKey{{Account: "b", User: "v"}, {Account: "a", User: "u"}, {Account: "c", User: "u"}, {Account: "a", User: "nobody"}}
	view(t, s, func(ctx context.Context, tx chime.Tx) error {
		members, err1 := tx.MembersAt(ctx, keys)
		slices.SortFunc(members, func(x, y chime.Member) int { return cmp.Compare(x.Account, y.Account) })
		equal(t, "MembersAt", members, []chime.Member{newMember("a", "u", 1), newMember("b", "v", 4)})
		former, err2 := tx.FormerMembersAt(ctx, keys)
		equal(t, "FormerMembersAt", former, []chime.FormerMember{newFormer("a", "u", 1)})
		none, err3 := tx.MembersAt(ctx, nil)
		noFormer, err4 := tx.FormerMembersAt(ctx, nil)
		equal(t, "what the empty set reads", len(none)+len(noFormer), 0)
		return errors.Join(err1, err2, err3, err4)
	})
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.DeleteMembersAt(ctx, nil), tx.DeleteMembersAt(ctx, keys))
	})
	equal(t, "the members of a that are left", memberIDs(listMembers(t, s, chime.MemberQuery{Account: "a", Limit: 9})), []chime.UserID{"v"})
	equal(t, "the members of b that are left", memberIDs(listMembers(t, s, chime.MemberQuery{Account: "b", Limit: 9})), []chime.UserID{"u"})
}

func thousandKeysAreOneSet(t *testing.T, s chime.Store) {
	const n = 1000
	var keys []chime.MemberKey
	var ids []chime.AccountID
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		var members []chime.Member
		var accounts []chime.Account
		for i, id := range userIDs(n) {
			m := newMember(chime.AccountID(id), id, i)
			members, keys = append(members, m), append(keys, m.Key())
			accounts, ids = append(accounts, newAccount(m.Account, tenantOne)), append(ids, m.Account)
		}
		return errors.Join(tx.PutAccounts(ctx, accounts...), tx.PutMembers(ctx, members...))
	})
	view(t, s, func(ctx context.Context, tx chime.Tx) error {
		members, err1 := tx.MembersAt(ctx, keys)
		accounts, err2 := tx.Accounts(ctx, ids)
		equal(t, "the number of members", len(members), n)
		equal(t, "the number of accounts", len(accounts), n)
		return errors.Join(err1, err2)
	})
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.DeleteMembersAt(ctx, keys[1:]) })
	view(t, s, func(ctx context.Context, tx chime.Tx) error {
		members, err := tx.MembersAt(ctx, keys)
		equal(t, "who is left", memberIDs(members), []chime.UserID{keys[0].User})
		return err
	})
}
