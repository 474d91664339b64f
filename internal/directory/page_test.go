package directory_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

// newCrowd returns a fixture with two accounts of 201 users each, every third a
// shared device, and 201 accounts of tenantTwo.
func newCrowd(t *testing.T) *fixture {
	t.Helper()
	f := newFixture(t)
	f.update(t, func(ctx context.Context, tx chime.Tx) error {
		var members []chime.Member
		var accounts []chime.Account
		holders := map[string]chime.UserID{"foreigner@example.com": "foreigner"}
		for i, id := range ids(201) {
			userType := chime.PrivateUser
			if i%3 == 0 {
				userType = chime.SharedDevice
			}
			for _, account := range []chime.AccountID{"lwa", "other"} {
				members = append(members, chime.Member{
					Account: account, User: id, Standing: chime.Standing{Status: chime.Registered},
					Profile: chime.Profile{Email: string(id) + "@example.com", Type: userType, PIN: "0123456789"},
				})
			}
			holders[string(id)+"@example.com"] = id
			accounts = append(accounts, chime.Account{ID: "account of " + chime.AccountID(id), Tenant: tenantTwo, Name: string(id), Status: chime.AccountActive})
		}
		if err := tx.PutAccounts(ctx, accounts...); err != nil {
			return err
		}
		members = append(members, chime.Member{Account: "other", User: "foreigner", Profile: chime.Profile{Email: "foreigner@example.com"}})
		return errors.Join(tx.PutMembers(ctx, members...), tx.ClaimAddresses(ctx, holders))
	})
	f.account(t, "lwa", chime.EnterpriseLWA)
	f.account(t, "other", chime.EnterpriseLWA)
	return f
}

func (f *fixture) listUsers(t *testing.T, filter directory.UserFilter, page directory.Page) (list []chime.UserID, next string) {
	t.Helper()
	users, next, err := f.ListUsers(asRoot(t), "lwa", filter, page)
	checkCode(t, "ListUsers", err, "")
	for _, u := range users {
		if u.PIN != "" {
			t.Errorf("the PIN of %s in a list: got %q, want none", u.ID, u.PIN)
		}
		list = append(list, u.ID)
	}
	return list, next
}

func TestPageLimits(t *testing.T) {
	f := newCrowd(t)
	for limit, want := range map[int]int{0: 100, 1: 1, 100: 100, 200: 200} {
		users, next := f.listUsers(t, directory.UserFilter{}, directory.Page{Limit: limit})
		check(t, "the length of a page of users", len(users), want)
		accounts, nextAccounts, err := f.ListAccounts(root(t.Context(), tenantTwo), directory.AccountFilter{}, directory.Page{Limit: limit})
		checkCode(t, "ListAccounts", err, "")
		check(t, "the length of a page of accounts", len(accounts), want)
		if next == "" || nextAccounts == "" {
			t.Errorf("the tokens after %d of 201: got %q and %q, want some", want, next, nextAccounts)
		}
	}
	for _, limit := range []int{-1, 201, 1 << 40} {
		_, _, err := f.ListUsers(asRoot(t), "lwa", directory.UserFilter{}, directory.Page{Limit: limit})
		checkCode(t, "ListUsers beyond the limit", err, chime.BadRequest)
		_, _, err = f.ListAccounts(asRoot(t), directory.AccountFilter{}, directory.Page{Limit: limit})
		checkCode(t, "ListAccounts beyond the limit", err, chime.BadRequest)
	}
}

// TestPagesMakeTheList reads lists by pages of changing lengths: everybody once,
// in order, and no token after the last.
func TestPagesMakeTheList(t *testing.T) {
	f := newCrowd(t)
	var devices, people []chime.UserID
	for i, id := range ids(201) {
		if i%3 == 0 {
			devices = append(devices, id)
		} else {
			people = append(people, id)
		}
	}
	for what, c := range map[string]struct {
		filter directory.UserFilter
		want   []chime.UserID
	}{
		"all":                       {directory.UserFilter{}, ids(201)},
		"devices":                   {directory.UserFilter{Type: chime.SharedDevice}, devices},
		"people":                    {directory.UserFilter{Type: chime.PrivateUser}, people},
		"an address":                {directory.UserFilter{Email: "USER-aa@example.com"}, []chime.UserID{"user-aa"}},
		"a pair":                    {directory.UserFilter{Email: "user-aa@example.com", Type: chime.SharedDevice}, []chime.UserID{"user-aa"}},
		"no pair":                   {directory.UserFilter{Email: "user-aa@example.com", Type: chime.PrivateUser}, nil},
		"nobody":                    {directory.UserFilter{Email: "%"}, nil},
		"a user of another account": {directory.UserFilter{Email: "foreigner@example.com"}, nil},
	} {
		for _, limits := range [][]int{{67}, {1, 200}, {200, 1}, {50, 7, 100}} {
			var got []chime.UserID
			page := directory.Page{}
			for i := 0; ; i++ {
				page.Limit = limits[i%len(limits)]
				users, next := f.listUsers(t, c.filter, page)
				got = append(got, users...)
				if page.Token = next; next == "" {
					break
				}
			}
			check(t, what, got, c.want)
		}
	}
}

// TestPagesGoOnAfterAKey changes the list between two pages.
func TestPagesGoOnAfterAKey(t *testing.T) {
	f := newCrowd(t)
	first, next := f.listUsers(t, directory.UserFilter{}, directory.Page{Limit: 2})
	f.update(t, func(ctx context.Context, tx chime.Tx) error {
		if err := tx.DeleteMembers(ctx, "lwa", []chime.UserID{first[1], "user-ac"}); err != nil {
			return err
		}
		return tx.PutMembers(ctx, chime.Member{Account: "lwa", User: "user-aa1"}, chime.Member{Account: "lwa", User: "user-ad1"})
	})
	second, _ := f.listUsers(t, directory.UserFilter{}, directory.Page{Limit: 2, Token: next})
	check(t, "the second page", second, []chime.UserID{"user-ad", "user-ad1"})
}

// TestTokensBelongToTheirList offers a token of one list to others.
func TestTokensBelongToTheirList(t *testing.T) {
	f := newCrowd(t)
	devices := directory.UserFilter{Type: chime.SharedDevice}
	_, token := f.listUsers(t, devices, directory.Page{Limit: 5})
	one, two := asRoot(t), root(t.Context(), tenantTwo)
	_, accountToken, err := f.ListAccounts(two, directory.AccountFilter{NamePrefix: "user"}, directory.Page{Limit: 5})
	checkCode(t, "ListAccounts", err, "")
	users := func(ctx context.Context, account chime.AccountID, filter directory.UserFilter, token string) error {
		_, _, err := f.ListUsers(ctx, account, filter, directory.Page{Token: token, Limit: 7})
		return err
	}
	accounts := func(ctx context.Context, filter directory.AccountFilter, token string) error {
		_, _, err := f.ListAccounts(ctx, filter, directory.Page{Token: token, Limit: 7})
		return err
	}
	byName := directory.AccountFilter{NamePrefix: "user"}
	checkCode(t, "its own list, with another limit", users(one, "lwa", devices, token), "")
	checkCode(t, "its own list of accounts, with another limit", accounts(two, byName, accountToken), "")
	for what, err := range map[string]error{
		"another account":             users(one, "other", devices, token),
		"an unknown account":          users(one, "unknown", devices, token),
		"another type":                users(one, "lwa", directory.UserFilter{Type: chime.PrivateUser}, token),
		"no type":                     users(one, "lwa", directory.UserFilter{}, token),
		"an address too":              users(one, "lwa", directory.UserFilter{Type: chime.SharedDevice, Email: "x"}, token),
		"another tenant":              users(two, "lwa", devices, token),
		"a list of accounts":          accounts(one, directory.AccountFilter{}, token),
		"another prefix":              accounts(two, directory.AccountFilter{NamePrefix: "user-"}, accountToken),
		"no prefix":                   accounts(two, directory.AccountFilter{}, accountToken),
		"an address of accounts":      accounts(two, directory.AccountFilter{NamePrefix: "user", Email: "x"}, accountToken),
		"another tenant's accounts":   accounts(one, byName, accountToken),
		"a list of users":             users(two, "lwa", directory.UserFilter{}, accountToken),
		"a token of another key":      users(one, "lwa", devices, accountToken),
		"a position in plain":         users(one, "lwa", devices, "user-aa"),
		"a token cut":                 users(one, "lwa", devices, token[:len(token)-1]),
		"a token with something more": users(one, "lwa", devices, token+"A"),
		"a token and a line end":      users(one, "lwa", devices, token+"\n"),
		"a token twice":               users(one, "lwa", devices, token+token),
		"a blank":                     users(one, "lwa", devices, " "),
		"a long text":                 users(one, "lwa", devices, strings.Repeat("A", 10_000)),
	} {
		checkCode(t, "the token offered to "+what, err, chime.BadRequest)
	}
	for i := range len(token) {
		altered := []byte(token)
		altered[i] ^= 1
		checkCode(t, "an altered token", users(one, "lwa", devices, string(altered)), chime.BadRequest)
	}
	if slices.ContainsFunc(ids(201), func(id chime.UserID) bool { return strings.Contains(token, string(id)) }) {
		t.Errorf("the token %s tells a user's id", token)
	}
}
