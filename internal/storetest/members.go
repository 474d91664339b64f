package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
)

func memberCases() []testCase {
	return []testCase{
		{"MembersComeBackAsTheyWere", membersComeBackAsTheyWere},
		{"StandingsLeaveTheProfile", standingsLeaveTheProfile},
		{"MembershipsOfOnePersonAreApart", membershipsOfOnePersonAreApart},
		{"MemberListsGoOnAfterAKey", memberListsGoOnAfterAKey},
		{"MemberListsFilter", memberListsFilter},
		{"DeletedMembersTakeTheirProfileAlong", deletedMembersTakeTheirProfileAlong},
		{"FormerMembersComeBackAsTheyWere", formerMembersComeBackAsTheyWere},
		{"FormerMembersAreDeletedBySetOrAll", formerMembersAreDeletedBySetOrAll},
		{"ThousandMembersAreOneSet", thousandMembersAreOneSet},
		{"TimesHaveMicroseconds", timesHaveMicroseconds},
	}
}

func listMembers(t *testing.T, s chime.Store, q chime.MemberQuery) []chime.Member {
	t.Helper()
	var members []chime.Member
	view(t, s, func(ctx context.Context, tx chime.Tx) (err error) {
		members, err = tx.ListMembers(ctx, q)
		return err
	})
	return members
}

func memberIDs(members []chime.Member) []chime.UserID {
	ids := []chime.UserID{}
	for _, m := range members {
		ids = append(ids, m.User)
	}
	return ids
}

// readMembers reads members by key, ordered by user.
func readMembers(t *testing.T, s chime.Store, account chime.AccountID, users ...chime.UserID) []chime.Member {
	t.Helper()
	var members []chime.Member
	view(t, s, func(ctx context.Context, tx chime.Tx) (err error) {
		_, members, err = tx.AccountMembers(ctx, account, users)
		return err
	})
	slices.SortFunc(members, func(a, b chime.Member) int { return slices.Compare([]byte(a.User), []byte(b.User)) })
	return members
}

func membersComeBackAsTheyWere(t *testing.T, s chime.Store) {
	pending := chime.Member{Account: "a", User: "u2", Standing: chime.Standing{Status: chime.Unregistered}, Profile: chime.Profile{Email: "x@example.com"}}
	want := []chime.Member{newMember("a", "u1", 1), pending}
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.PutAccounts(ctx, newAccount("a", tenantOne)), tx.PutMembers(ctx, want...))
	})
	equal(t, "AccountMembers", readMembers(t, s, "a", "u1", "u2"), want)
	equal(t, "ListMembers", listMembers(t, s, chime.MemberQuery{Account: "a", Limit: 9}), want)

	want[0] = newMember("a", "u1", 5)
	want[0].Alexa, want[0].Telephony, want[0].License, want[0].PIN = chime.Alexa{}, chime.Telephony{SMS: true}, chime.ProTrial, ""
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.PutMembers(ctx, want[0]) })
	equal(t, "AccountMembers after a change", readMembers(t, s, "a", "u1", "u2"), want)
}

func standingsLeaveTheProfile(t *testing.T, s chime.Store) {
	before := newMember("a", "u", 1)
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.PutAccounts(ctx, newAccount("a", tenantOne)), tx.PutMembers(ctx, before))
	})
	after := before
	after.Standing = chime.Standing{Status: chime.Suspended, License: chime.Pro, Signout: before.Signout.Raise(at(7)), Record: "another"}
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return tx.PutStandings(ctx, chime.Member{Account: "a", User: "u", Standing: after.Standing, Profile: chime.Profile{Email: "not@written.com"}})
	})
	equal(t, "the member", readMembers(t, s, "a", "u"), []chime.Member{after})
}

func membershipsOfOnePersonAreApart(t *testing.T, s chime.Store) {
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(
			tx.PutAccounts(ctx, newAccount("a", tenantOne), newAccount("b", tenantTwo)),
			tx.PutMembers(ctx, newMember("a", "u", 1), newMember("b", "u", 2)),
			tx.PutFormerMembers(ctx, newFormer("a", "u", 1), newFormer("b", "u", 2)))
	})
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.DeleteMembers(ctx, "a", []chime.UserID{"u"}), tx.DeleteFormerMembers(ctx, "a", []chime.UserID{"u"}))
	})
	equal(t, "the membership that was deleted", readMembers(t, s, "a", "u"), []chime.Member(nil))
	equal(t, "the other", readMembers(t, s, "b", "u"), []chime.Member{newMember("b", "u", 2)})
	view(t, s, func(ctx context.Context, tx chime.Tx) error {
		got, err := tx.FormerMembers(ctx, "b", []chime.UserID{"u"})
		equal(t, "the other's former member", got, []chime.FormerMember{newFormer("b", "u", 2)})
		return err
	})
}

func memberListsGoOnAfterAKey(t *testing.T, s chime.Store) {
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		err := tx.PutAccounts(ctx, newAccount("a", tenantOne), newAccount("b", tenantOne))
		for i, id := range []chime.UserID{"ä", "b", "B", "a", "a1", "-"} {
			err = errors.Join(err, tx.PutMembers(ctx, newMember("a", id, i), newMember("b", "x"+id, i)))
		}
		return err
	})
	var pages [][]chime.UserID
	q := chime.MemberQuery{Account: "a", Limit: 4}
	for range 3 {
		page := memberIDs(listMembers(t, s, q))
		pages = append(pages, page)
		q.After = append(page, "~")[max(0, len(page)-1)]
	}
	equal(t, "pages", pages, [][]chime.UserID{{"-", "B", "a", "a1"}, {"b", "ä"}, {}})
}

func memberListsFilter(t *testing.T, s chime.Store) {
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		err := tx.PutAccounts(ctx, newAccount("a", tenantOne), newAccount("b", tenantOne))
		for i := range 6 {
			m := newMember("a", chime.UserID(fmt.Sprintf("u%d", i)), i)
			if i%2 == 1 {
				m.Type = chime.SharedDevice
			}
			other := newMember("b", m.User, i+10)
			err = errors.Join(err, tx.PutMembers(ctx, m, other))
		}
		return err
	})
	for _, c := range []struct {
		query chime.MemberQuery
		want  []chime.UserID
	}{
		{chime.MemberQuery{Type: chime.SharedDevice}, []chime.UserID{"u1", "u3", "u5"}},
		{chime.MemberQuery{Type: chime.SharedDevice, After: "u1"}, []chime.UserID{"u3", "u5"}},
		{chime.MemberQuery{Type: chime.PrivateUser}, []chime.UserID{"u0", "u2", "u4"}},
		{chime.MemberQuery{Type: chime.PrivateUser, After: "u0"}, []chime.UserID{"u2", "u4"}},
	} {
		q := c.query
		q.Account, q.Limit = "a", 9
		equal(t, fmt.Sprintf("members by %+v", c.query), memberIDs(listMembers(t, s, q)), c.want)
	}
}

func deletedMembersTakeTheirProfileAlong(t *testing.T, s chime.Store) {
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(
			tx.PutAccounts(ctx, newAccount("a", tenantOne)),
			tx.PutMembers(ctx, newMember("a", "u1", 1), newMember("a", "u2", 2), newMember("a", "u3", 3)))
	})
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return tx.DeleteMembers(ctx, "a", []chime.UserID{"u1", "nobody", "u3"})
	})
	equal(t, "ListMembers", listMembers(t, s, chime.MemberQuery{Account: "a", Limit: 9}), []chime.Member{newMember("a", "u2", 2)})
	back := chime.Member{Account: "a", User: "u1", Standing: chime.Standing{Status: chime.Unregistered}}
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.PutMembers(ctx, back) })
	equal(t, "one who came back", readMembers(t, s, "a", "u1"), []chime.Member{back})
}

func formerMembersComeBackAsTheyWere(t *testing.T, s chime.Store) {
	want := []chime.FormerMember{newFormer("a", "u1", 1), newFormer("a", "u2", 2), newFormer("a", "u3", 3)}
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(
			tx.PutFormerMembers(ctx, newFormer("a", "u2", 9), newFormer("b", "u1", 9)),
			tx.PutFormerMembers(ctx, want...))
	})
	view(t, s, func(ctx context.Context, tx chime.Tx) error {
		some, err1 := tx.FormerMembers(ctx, "a", []chime.UserID{"u2", "nobody"})
		equal(t, "FormerMembers", some, want[1:2])
		all, err2 := tx.ListFormerMembers(ctx, "a", "", 9)
		equal(t, "ListFormerMembers", all, want)
		page, err3 := tx.ListFormerMembers(ctx, "a", "u1", 1)
		equal(t, "a page of ListFormerMembers", page, want[1:2])
		return errors.Join(err1, err2, err3)
	})
}

func formerMembersAreDeletedBySetOrAll(t *testing.T, s chime.Store) {
	left := func() (ids []string) {
		view(t, s, func(ctx context.Context, tx chime.Tx) error {
			a, err1 := tx.ListFormerMembers(ctx, "a", "", 9)
			b, err2 := tx.ListFormerMembers(ctx, "b", "", 9)
			for _, f := range append(a, b...) {
				ids = append(ids, string(f.Account)+" "+string(f.User))
			}
			return errors.Join(err1, err2)
		})
		return ids
	}
	remove := func(users []chime.UserID) {
		update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.DeleteFormerMembers(ctx, "a", users) })
	}
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return tx.PutFormerMembers(ctx, newFormer("a", "u1", 1), newFormer("a", "u2", 2), newFormer("a", "u3", 3), newFormer("b", "u1", 4))
	})
	remove([]chime.UserID{})
	equal(t, "after deleting nobody", left(), []string{"a u1", "a u2", "a u3", "b u1"})
	remove([]chime.UserID{"u2", "nobody"})
	equal(t, "after deleting one", left(), []string{"a u1", "a u3", "b u1"})
	remove(nil)
	equal(t, "after deleting all", left(), []string{"b u1"})
}

// thousandMembersAreOneSet is what import writes at a time.
func thousandMembersAreOneSet(t *testing.T, s chime.Store) {
	const n = 1000
	ids := userIDs(n)
	var members []chime.Member
	var people []chime.Person
	var former []chime.FormerMember
	addresses := make(map[string]chime.UserID, n)
	for i, id := range ids {
		members = append(members, newMember("a", id, i))
		people = append(people, newPerson(id, "a", i))
		former = append(former, newFormer("a", id, i))
		addresses[people[i].Email] = id
	}
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.PutAccounts(ctx, newAccount("a", tenantOne)), tx.PutMembers(ctx, members...),
			tx.PutPeople(ctx, people...), tx.PutFormerMembers(ctx, former...), tx.ClaimAddresses(ctx, addresses))
	})
	equal(t, "AccountMembers", readMembers(t, s, "a", append(ids, "nobody")...), members)
	equal(t, "ListMembers", listMembers(t, s, chime.MemberQuery{Account: "a", Limit: n + 1}), members)
	view(t, s, func(ctx context.Context, tx chime.Tx) error {
		gotPeople, err1 := tx.People(ctx, ids)
		gotFormer, err2 := tx.FormerMembers(ctx, "a", ids)
		keys := make([]string, 0, n)
		for _, p := range people {
			keys = append(keys, p.Email)
		}
		gotAddresses, err3 := tx.AddressHolders(ctx, keys)
		if len(gotPeople) != n || len(gotFormer) != n {
			t.Errorf("got %d people and %d former members, want %d of each", len(gotPeople), len(gotFormer), n)
		}
		equal(t, "AddressHolders", gotAddresses, addresses)
		return errors.Join(err1, err2, err3)
	})
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.DeleteMembers(ctx, "a", ids[:n-1]) })
	equal(t, "ListMembers after deleting all but one", listMembers(t, s, chime.MemberQuery{Account: "a", Limit: n}), members[n-1:])
}

func timesHaveMicroseconds(t *testing.T, s chime.Store) {
	zone := time.FixedZone("", 5*3600+1800)
	for _, c := range []struct{ put, want time.Time }{
		{time.Time{}, time.Time{}},
		{time.Date(2026, 6, 7, 8, 9, 10, 123456789, zone), time.Date(2026, 6, 7, 2, 39, 10, 123456000, time.UTC)},
		{time.Unix(0, 0), time.Time{}},
		{time.Unix(0, 1000).UTC(), time.Unix(0, 1000).UTC()},
		{time.Date(1969, 12, 31, 23, 59, 59, 999999000, time.UTC), time.Date(1969, 12, 31, 23, 59, 59, 999999000, time.UTC)},
		{time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC)},
	} {
		update(t, s, func(ctx context.Context, tx chime.Tx) error {
			return tx.PutPeople(ctx, chime.Person{ID: "u", Registered: c.put, Signout: chime.Signout{At: c.put}})
		})
		view(t, s, func(ctx context.Context, tx chime.Tx) error {
			people, err := tx.People(ctx, []chime.UserID{"u"})
			for _, p := range people {
				if p.Registered != c.want || p.Signout.At != c.want {
					t.Errorf("the time %v: got %v and %v, want %v", c.put, p.Registered, p.Signout.At, c.want)
				}
			}
			return err
		})
	}
}
