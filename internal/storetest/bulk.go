package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
)

func bulkCases() []testCase {
	return []testCase{
		{"AccountsAreReadBySet", accountsAreReadBySet},
		{"AccountScansGoOnAfterAKey", accountScansGoOnAfterAKey},
		{"MembersAreReadAcrossAccounts", membersAreReadAcrossAccounts},
	}
}

func accountsAreReadBySet(t *testing.T, s chime.Store) {
	deleted := newAccount("c", tenantTwo)
	deleted.Status, deleted.Deleted = chime.AccountSuspended, at(1)
	want := []chime.Account{newAccount("a", tenantOne), deleted}
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return tx.PutAccounts(ctx, append(want, newAccount("b", tenantOne))...)
	})
	view(t, s, func(ctx context.Context, tx chime.Tx) error {
		got, err := tx.Accounts(ctx, []chime.AccountID{"c", "nobody", "a"})
		slices.SortFunc(got, func(a, b chime.Account) int { return slices.Compare([]byte(a.ID), []byte(b.ID)) })
		equal(t, "Accounts", got, want)
		none, err2 := tx.Accounts(ctx, nil)
		if len(none) > 0 {
			t.Errorf("Accounts of an empty set: got %v, want none", none)
		}
		return errors.Join(err, err2)
	})
}

func accountScansGoOnAfterAKey(t *testing.T, s chime.Store) {
	ids := []chime.AccountID{"-", "B", "a", "a1", "b", "ä"}
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		var err error
		for i, id := range ids {
			a := newAccount(id, []chime.TenantID{tenantOne, tenantTwo}[i%2])
			if i > 3 {
				a.Status, a.Deleted = chime.AccountSuspended, at(1)
			}
			err = errors.Join(err, tx.PutAccounts(ctx, a))
		}
		return err
	})
	for tenant, want := range map[chime.TenantID][]chime.AccountID{
		"": ids, tenantOne: {"-", "a", "b"}, tenantTwo: {"B", "a1", "ä"}, "1": {},
	} {
		got := []chime.AccountID{}
		for after, more := chime.AccountID(""), true; more; {
			view(t, s, func(ctx context.Context, tx chime.Tx) error {
				page, err := tx.ScanAccounts(ctx, tenant, after, 2)
				got = append(got, accountIDs(page)...)
				if more = len(page) == 2; more {
					after = page[1].ID
				}
				for _, a := range page {
					if !a.Settings.EnableDialOut {
						t.Errorf("account %s came without its settings", a.ID)
					}
				}
				return err
			})
		}
		equal(t, fmt.Sprintf("the accounts of tenant %q by pages", tenant), got, want)
	}
}

// membersAreReadAcrossAccounts has more keys than one statement takes, each of
// another account, and every other one of nobody.
func membersAreReadAcrossAccounts(t *testing.T, s chime.Store) {
	const n = 130
	var members []chime.Member
	var former []chime.FormerMember
	var keys []chime.MemberKey
	for i := range n {
		account, user := chime.AccountID(fmt.Sprintf("a%03d", i)), chime.UserID(fmt.Sprintf("u%03d", i))
		members = append(members, newMember(account, user, i), newMember(account, "other", i))
		former = append(former, newFormer(account, user, i), newFormer(account, "other", i))
		keys = append(keys, chime.MemberKey{Account: account, User: user}, chime.MemberKey{Account: account, User: "nobody"})
	}
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.PutMembers(ctx, members...), tx.PutFormerMembers(ctx, former...))
	})
	view(t, s, func(ctx context.Context, tx chime.Tx) error {
		got, err1 := tx.MembersAt(ctx, keys)
		slices.SortFunc(got, func(a, b chime.Member) int { return slices.Compare([]byte(a.Account), []byte(b.Account)) })
		gotFormer, err2 := tx.FormerMembersAt(ctx, keys)
		slices.SortFunc(gotFormer, func(a, b chime.FormerMember) int { return slices.Compare([]byte(a.Account), []byte(b.Account)) })
		if len(got) != n || len(gotFormer) != n {
			t.Fatalf("got %d members and %d former members, want %d of each", len(got), len(gotFormer), n)
		}
		for i := range n {
			equal(t, fmt.Sprintf("member %d", i), got[i], members[2*i])
			equal(t, fmt.Sprintf("former member %d", i), gotFormer[i], former[2*i])
		}
		return errors.Join(err1, err2)
	})
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.DeleteMembersAt(ctx, keys[2:]) })
	for _, c := range []struct {
		account chime.AccountID
		want    []chime.UserID
	}{{"a000", []chime.UserID{"other", "u000"}}, {"a001", []chime.UserID{"other"}}, {"a129", []chime.UserID{"other"}}} {
		got := memberIDs(listMembers(t, s, chime.MemberQuery{Account: c.account, Limit: 9}))
		equal(t, "the members of "+string(c.account)+" after deleting all but one", got, c.want)
	}
}
