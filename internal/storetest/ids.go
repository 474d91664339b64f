package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
)

func idCases() []testCase {
	return []testCase{
		{"OddIDsAreToldApart", oddIDsAreToldApart},
		{"OddIDsAreOrderedByBytes", oddIDsAreOrderedByBytes},
		{"OddNamesBeginWithThemselves", oddNamesBeginWithThemselves},
		{"TextIsUTF8WithoutNUL", textIsUTF8WithoutNUL},
	}
}

// oddIDs are ids that something might take for one another, for a pattern, or
// for more than a value. Ids are opaque: the store takes all of them.
func oddIDs() []string {
	return []string{
		"a", "A", "a ", " a", "%", "_", "a%", "'", `"`, "''; DROP TABLE members; --",
		"$1", "?1", "a/b", "a%2Fb", "ü", "u\u0308", "日本", "🔔", "\u2028", "1", "01", "1.0", "NULL", "null", "\\", "\n",
		strings.Repeat("long", 4096),
	}
}

func oddIDsAreToldApart(t *testing.T, s chime.Store) {
	ids := oddIDs()
	for i, id := range ids {
		update(t, s, func(ctx context.Context, tx chime.Tx) error {
			account, user := chime.AccountID(id), chime.UserID(id)
			before, members, err := tx.AccountMembers(ctx, account, []chime.UserID{user})
			if before != nil || len(members) > 0 {
				t.Errorf("account %q before it is written: got %+v, which is another", id, before)
			}
			a := newAccount(account, tenantOne)
			a.Name = id
			return errors.Join(err,
				tx.PutAccounts(ctx, a), tx.PutMembers(ctx, newMember(account, user, i)),
				tx.PutFormerMembers(ctx, newFormer(account, user, i)), tx.PutPeople(ctx, newPerson(user, account, i)),
				tx.ClaimAddresses(ctx, map[string]chime.UserID{id: user}), tx.PutSetting(ctx, id, []byte(id)))
		})
	}
	for i, id := range ids {
		account, user := chime.AccountID(id), chime.UserID(id)
		want := newAccount(account, tenantOne)
		want.Name = id
		equal(t, fmt.Sprintf("account %q", id), readAccount(t, s, account), &want)
		equal(t, fmt.Sprintf("member %q", id), readMembers(t, s, account, user), []chime.Member{newMember(account, user, i)})
		equal(t, fmt.Sprintf("person %q", id), readPeople(t, s, user), map[chime.UserID]chime.Person{user: newPerson(user, account, i)})
		view(t, s, func(ctx context.Context, tx chime.Tx) error {
			former, err1 := tx.FormerMembers(ctx, account, []chime.UserID{user})
			equal(t, fmt.Sprintf("former member %q", id), former, []chime.FormerMember{newFormer(account, user, i)})
			holders, err2 := tx.AddressHolders(ctx, []string{id})
			equal(t, fmt.Sprintf("holder of %q", id), holders, map[string]chime.UserID{id: user})
			setting, err3 := tx.Setting(ctx, id)
			equal(t, fmt.Sprintf("setting %q", id), string(setting), id)
			return errors.Join(err1, err2, err3)
		})
	}
}

func oddIDsAreOrderedByBytes(t *testing.T, s chime.Store) {
	var members []chime.Member
	for i, id := range oddIDs() {
		members = append(members, newMember("account", chime.UserID(id), i))
	}
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.PutMembers(ctx, members...) })
	slices.SortFunc(members, func(a, b chime.Member) int { return strings.Compare(string(a.User), string(b.User)) })
	var got []chime.Member
	q := chime.MemberQuery{Account: "account", Limit: 1}
	for range members {
		page := listMembers(t, s, q)
		if len(page) != 1 {
			t.Fatalf("the page after %q: got %d members, want 1", q.After, len(page))
		}
		got, q.After = append(got, page[0]), page[0].User
	}
	equal(t, "members by pages of one", got, members)
}

func oddNamesBeginWithThemselves(t *testing.T, s chime.Store) {
	for i, name := range oddIDs() {
		a := newAccount(chime.AccountID(fmt.Sprint(i)), tenantOne)
		a.Name = name
		update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.PutAccounts(ctx, a) })
	}
	for _, prefix := range oddIDs() {
		var got, want []string
		for _, a := range listAccounts(t, s, chime.AccountQuery{Tenant: tenantOne, Status: chime.AccountActive, NamePrefix: prefix, Limit: 99}) {
			got = append(got, a.Name)
		}
		for _, name := range oddIDs() {
			if strings.HasPrefix(name, prefix) {
				want = append(want, name)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		equal(t, fmt.Sprintf("names that begin with %q", prefix), got, want)
	}
}

// textIsUTF8WithoutNUL asks for ids that no store keeps, and writes them: they
// are found nowhere, they are taken for no other, and nothing of an Update that
// holds one is kept.
func textIsUTF8WithoutNUL(t *testing.T, s chime.Store) {
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.PutAccounts(ctx, newAccount("a", tenantOne)), tx.PutMembers(ctx, newMember("a", "a", 1)),
			tx.PutPeople(ctx, newPerson("a", "a", 1)), tx.ClaimAddresses(ctx, map[string]chime.UserID{"a": "a"}))
	})
	for _, id := range []string{"a\x00", "a\x00b", "\x00", "\x00a", "a\xff", "\xc3", "\xed\xa0\x80"} {
		user := chime.UserID(id)
		if got := readAccount(t, s, chime.AccountID(id)); got != nil {
			t.Errorf("account %q: got %q, want none", id, got.ID)
		}
		equal(t, fmt.Sprintf("members %q and a", id), readMembers(t, s, "a", user, "a"), []chime.Member{newMember("a", "a", 1)})
		equal(t, fmt.Sprintf("people %q and a", id), readPeople(t, s, user, "a"), map[chime.UserID]chime.Person{"a": newPerson("a", "a", 1)})
		view(t, s, func(ctx context.Context, tx chime.Tx) error {
			holders, err := tx.AddressHolders(ctx, []string{id, "a"})
			equal(t, fmt.Sprintf("holders of %q and a", id), holders, map[string]chime.UserID{"a": "a"})
			return err
		})
		for what, write := range map[string]func(ctx context.Context, tx chime.Tx) error{
			"a member": func(ctx context.Context, tx chime.Tx) error { return tx.PutMembers(ctx, newMember("a", user, 2)) },
			"an account": func(ctx context.Context, tx chime.Tx) error {
				return tx.PutAccounts(ctx, newAccount(chime.AccountID(id), tenantOne))
			},
			"a setting": func(ctx context.Context, tx chime.Tx) error { return tx.PutSetting(ctx, id, nil) },
			"an address": func(ctx context.Context, tx chime.Tx) error {
				_, err := tx.ResolveAddresses(ctx, map[string]chime.UserID{id: "b", "b": "b"})
				return err
			},
		} {
			err := s.Update(t.Context(), func(tx chime.Tx) error {
				return errors.Join(tx.PutPeople(t.Context(), newPerson("b", "", 2)), write(t.Context(), tx))
			})
			if err == nil || chime.CodeOf(err) == chime.ServiceUnavailable {
				t.Errorf("writing %s %q: got the error %v, want a refusal of the text", what, id, err)
			}
			equal(t, fmt.Sprintf("what was written with %s %q", what, id), readPeople(t, s, "b"), map[chime.UserID]chime.Person{})
		}
	}
}
