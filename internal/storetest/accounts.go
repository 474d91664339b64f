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

func accountCases() []testCase {
	return []testCase{
		{"AccountsComeBackAsTheyWere", accountsComeBackAsTheyWere},
		{"AccountsAreReplaced", accountsAreReplaced},
		{"UnknownAccountIsNil", unknownAccountIsNil},
		{"AccountListsAreOfOneTenantAndStatus", accountListsAreOfOneTenantAndStatus},
		{"AccountListsGoOnAfterAKey", accountListsGoOnAfterAKey},
		{"AccountNamePrefixIsLiteral", accountNamePrefixIsLiteral},
		{"TenantsAreThoseWithAccounts", tenantsAreThoseWithAccounts},
		{"AccountMembersAreThoseOfTheSet", accountMembersAreThoseOfTheSet},
		{"AccountRollsHaveFormerMembers", accountRollsHaveFormerMembers},
		{"AccountInviteesAreTheHolders", accountInviteesAreTheHolders},
		{"PurgeTakesTheAccountAlone", purgeTakesTheAccountAlone},
	}
}

func readAccount(t *testing.T, s chime.Store, id chime.AccountID) *chime.Account {
	t.Helper()
	var account *chime.Account
	view(t, s, func(ctx context.Context, tx chime.Tx) (err error) {
		account, err = tx.Account(ctx, id)
		return err
	})
	return account
}

func accountsComeBackAsTheyWere(t *testing.T, s chime.Store) {
	var accounts []chime.Account
	for i, accountType := range chime.AccountTypes() {
		a := newAccount(chime.AccountID(fmt.Sprintf("a%d", i)), tenantOne)
		a.Type = accountType
		accounts = append(accounts, a)
	}
	deleted := newAccount("b", tenantOne)
	deleted.Status, deleted.Deleted = chime.AccountSuspended, at(9)
	bare := chime.Account{ID: "c", Tenant: tenantOne, Status: chime.AccountActive}
	accounts = append(accounts, deleted, bare)
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.PutAccounts(ctx, accounts...) })
	for _, want := range accounts {
		got := readAccount(t, s, want.ID)
		equal(t, "Account "+string(want.ID), got, &want)
		view(t, s, func(ctx context.Context, tx chime.Tx) error {
			got, _, err := tx.AccountMembers(ctx, want.ID, []chime.UserID{"u"})
			equal(t, "AccountMembers of "+string(want.ID), got, &want)
			return err
		})
	}
}

// accountsAreReplaced writes an account anew, and asks for it by key and in the
// list: both must tell the same.
func accountsAreReplaced(t *testing.T, s chime.Store) {
	a := newAccount("a", tenantOne)
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.PutAccounts(ctx, a) })
	a.Name, a.DefaultLicense, a.SupportedLicenses, a.SigninDelegateGroups = "Another", chime.Basic, []chime.License{chime.Basic}, nil
	a.Type, a.Created = chime.Team, at(2)
	a.Settings.EnableDialOut, a.Record = false, "another"
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.PutAccounts(ctx, a) })
	equal(t, "Account", readAccount(t, s, "a"), &a)
	a.Settings, a.ReleasedDomains, a.Record = chime.AccountSettings{}, nil, "" // lists do not have them
	equal(t, "ListAccounts", listAccounts(t, s, chime.AccountQuery{Tenant: tenantOne, Status: chime.AccountActive, Limit: 9}), []chime.Account{a})
}

func unknownAccountIsNil(t *testing.T, s chime.Store) {
	if got := readAccount(t, s, "nobody"); got != nil {
		t.Errorf("Account of an unknown id: got %v, want nil", got)
	}
	view(t, s, func(ctx context.Context, tx chime.Tx) error {
		account, members, err := tx.AccountMembers(ctx, "nobody", []chime.UserID{"u"})
		if account != nil || members != nil {
			t.Errorf("AccountMembers of an unknown id: got %v and %v, want nothing", account, members)
		}
		return err
	})
}

func listAccounts(t *testing.T, s chime.Store, q chime.AccountQuery) []chime.Account {
	t.Helper()
	var accounts []chime.Account
	view(t, s, func(ctx context.Context, tx chime.Tx) (err error) {
		accounts, err = tx.ListAccounts(ctx, q)
		return err
	})
	return accounts
}

func accountIDs(accounts []chime.Account) []chime.AccountID {
	ids := []chime.AccountID{}
	for _, a := range accounts {
		ids = append(ids, a.ID)
	}
	return ids
}

func accountListsAreOfOneTenantAndStatus(t *testing.T, s chime.Store) {
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		deleted := newAccount("c", tenantOne)
		deleted.Status, deleted.Deleted = chime.AccountSuspended, at(1)
		return tx.PutAccounts(ctx, newAccount("b", tenantOne), newAccount("a", tenantTwo), deleted, newAccount("d", tenantOne))
	})
	for _, c := range []struct {
		tenant chime.TenantID
		status chime.AccountStatus
		want   []chime.AccountID
	}{
		{tenantOne, chime.AccountActive, []chime.AccountID{"b", "d"}},
		{tenantOne, chime.AccountSuspended, []chime.AccountID{"c"}},
		{tenantTwo, chime.AccountActive, []chime.AccountID{"a"}},
		{tenantTwo, chime.AccountSuspended, []chime.AccountID{}},
		{"", chime.AccountActive, []chime.AccountID{}},
	} {
		got := listAccounts(t, s, chime.AccountQuery{Tenant: c.tenant, Status: c.status, Limit: 9})
		equal(t, fmt.Sprintf("the %s accounts of %q", c.status, c.tenant), accountIDs(got), c.want)
	}
}

func accountListsGoOnAfterAKey(t *testing.T, s chime.Store) {
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		// Upper case sorts before lower case, and "ä" after all of ASCII.
		for _, id := range []chime.AccountID{"ä", "b", "B", "a", "a1", "-"} {
			if err := tx.PutAccounts(ctx, newAccount(id, tenantOne)); err != nil {
				return err
			}
		}
		return nil
	})
	var pages [][]chime.AccountID
	q := chime.AccountQuery{Tenant: tenantOne, Status: chime.AccountActive, Limit: 2}
	for range 4 {
		page := accountIDs(listAccounts(t, s, q))
		pages = append(pages, page)
		if len(page) > 0 {
			q.After = page[len(page)-1]
		}
	}
	equal(t, "pages", pages, [][]chime.AccountID{{"-", "B"}, {"a", "a1"}, {"b", "ä"}, {}})
}

func accountNamePrefixIsLiteral(t *testing.T, s chime.Store) {
	names := []string{"Sales", "sales", "Sales%", "S_les", "Säle", "S", "*"}
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		for i, name := range names {
			a := newAccount(chime.AccountID(fmt.Sprint(i)), tenantOne)
			a.Name = name
			if err := tx.PutAccounts(ctx, a); err != nil {
				return err
			}
		}
		return nil
	})
	for prefix, want := range map[string][]string{
		"":        names,
		"S":       {"Sales", "Sales%", "S_les", "Säle", "S"},
		"Sales":   {"Sales", "Sales%"},
		"Sales%":  {"Sales%"},
		"s":       {"sales"},
		"S_":      {"S_les"},
		"Sä":      {"Säle"},
		"%":       {},
		"*":       {"*"},
		"Sales%%": {},
	} {
		got := []string{}
		for _, a := range listAccounts(t, s, chime.AccountQuery{Tenant: tenantOne, Status: chime.AccountActive, NamePrefix: prefix, Limit: 9}) {
			got = append(got, a.Name)
		}
		equal(t, fmt.Sprintf("names that begin with %q", prefix), got, want)
	}
}

func tenantsAreThoseWithAccounts(t *testing.T, s chime.Store) {
	deleted := newAccount("c", "000000000001")
	deleted.Status, deleted.Deleted = chime.AccountSuspended, at(1)
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(
			tx.PutAccounts(ctx, newAccount("a", tenantTwo), newAccount("b", tenantOne), deleted, newAccount("d", tenantTwo)),
			tx.PutPrincipal(ctx, chime.Principal{Tenant: "999999999999", Name: chime.RootName, ID: "999999999999"}))
	})
	view(t, s, func(ctx context.Context, tx chime.Tx) error {
		got, err := tx.ListTenants(ctx)
		equal(t, "ListTenants", got, []chime.TenantID{"000000000001", tenantOne, tenantTwo})
		return err
	})
}

func accountMembersAreThoseOfTheSet(t *testing.T, s chime.Store) {
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(
			tx.PutAccounts(ctx, newAccount("a", tenantOne), newAccount("b", tenantOne)),
			tx.PutMembers(ctx, newMember("a", "u1", 1), newMember("a", "u2", 2), newMember("b", "u3", 3), newMember("b", "u1", 4)))
	})
	for _, c := range []struct {
		account chime.AccountID
		users   []chime.UserID
		want    []chime.Member
	}{
		{"a", []chime.UserID{"u1", "u3", "nobody"}, []chime.Member{newMember("a", "u1", 1)}},
		{"b", []chime.UserID{"u1"}, []chime.Member{newMember("b", "u1", 4)}},
		{"a", []chime.UserID{"u3", "nobody"}, nil},
		{"a", nil, nil},
	} {
		view(t, s, func(ctx context.Context, tx chime.Tx) error {
			account, members, err := tx.AccountMembers(ctx, c.account, c.users)
			want := newAccount(c.account, tenantOne)
			equal(t, "the account", account, &want)
			equal(t, fmt.Sprintf("those of %v in %s", c.users, c.account), members, c.want)
			return err
		})
	}
}

func accountRollsHaveFormerMembers(t *testing.T, s chime.Store) {
	team, managed := newAccount("a", tenantOne), newAccount("b", tenantOne)
	team.Type, managed.Type = chime.Team, chime.EnterpriseLWA
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.PutAccounts(ctx, team, managed),
			tx.PutMembers(ctx, newMember("a", "u1", 1), newMember("b", "u2", 2)),
			tx.PutFormerMembers(ctx, newFormer("a", "u2", 2), newFormer("a", "u3", 3), newFormer("b", "u1", 4)))
	})
	standing := newMember("b", "u2", 2)
	standing.Profile = chime.Profile{}
	for _, c := range []struct {
		account chime.AccountID
		users   []chime.UserID
		want    *chime.Account
		members []chime.Member
		former  []chime.FormerMember
	}{
		{"a", []chime.UserID{"u1", "u2", "nobody"}, &team, []chime.Member{newMember("a", "u1", 1)}, []chime.FormerMember{newFormer("a", "u2", 2)}},
		{"b", []chime.UserID{"u1", "u2", "nobody"}, &managed, []chime.Member{standing}, nil},
		{"b", nil, &managed, nil, nil},
		{"nobody", []chime.UserID{"u1"}, nil, nil, nil},
	} {
		view(t, s, func(ctx context.Context, tx chime.Tx) error {
			account, members, former, err := tx.AccountRoll(ctx, c.account, c.users, chime.Team)
			equal(t, fmt.Sprintf("the account %s", c.account), account, c.want)
			equal(t, fmt.Sprintf("those of %v who are members of %s", c.users, c.account), members, c.members)
			equal(t, fmt.Sprintf("those of %v whom %s suspended", c.users, c.account), former, c.former)
			return err
		})
	}
}

func accountInviteesAreTheHolders(t *testing.T, s chime.Store) {
	type claims = map[string]chime.UserID
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.PutAccounts(ctx, newAccount("a", tenantOne)),
			tx.PutMembers(ctx, newMember("a", "u1", 1), newMember("a", "u2", 2), newMember("b", "u3", 3)),
			tx.ClaimAddresses(ctx, claims{"k1": "u1", "k2": "u2", "k3": "u3"}), tx.Claim(ctx, "two.example", "b"))
	})
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		found, err := tx.AccountInvitees(ctx, "a", claims{"k1": "x1", "k2": "x2", "k3": "x3", "k4": "u2", "k5": "x5"}, []string{"one.example", "two.example"})
		slices.SortFunc(found.Members, func(a, b chime.Member) int { return slices.Compare([]byte(a.User), []byte(b.User)) })
		equal(t, "what inviting four addresses needs", found, chime.Invitees{
			Account: new(newAccount("a", tenantOne)), Members: []chime.Member{newMember("a", "u1", 1), newMember("a", "u2", 2)},
			Holders: claims{"k1": "u1", "k2": "u2", "k3": "u3", "k4": "u2", "k5": "x5"},
			Claimed: map[string]chime.AccountID{"two.example": "b"},
		})
		none, err2 := tx.AccountInvitees(ctx, "nobody", claims{"k1": "x1"}, nil)
		equal(t, "who holds the address", none.Holders, claims{"k1": "u1"})
		if none.Account != nil || len(none.Members) > 0 {
			t.Errorf("AccountInvitees of an unknown id: got %+v, want nothing", none)
		}
		alone, err3 := tx.AccountInvitees(ctx, "a", nil, nil)
		if alone.Account == nil || len(alone.Members)+len(alone.Holders) > 0 {
			t.Errorf("AccountInvitees of no address: got %+v, want the account alone", alone)
		}
		return errors.Join(err, err2, err3)
	})
}

func purgeTakesTheAccountAlone(t *testing.T, s chime.Store) {
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(writeEverywhere(ctx, tx, "a"), writeEverywhere(ctx, tx, "b"))
	})
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.PurgeAccount(ctx, tenantOne, "a") })
	if got := readAccount(t, s, "a"); got != nil {
		t.Errorf("Account after its purge: got %v, want nil", got)
	}
	want := everywhere()
	want.Accounts, want.Members, want.Former = 0, 0, 0
	equal(t, "what is left of the account", countEverywhere(t, s, "a"), want)
	equal(t, "what is left of another", countEverywhere(t, s, "b"), everywhere())
	// A purged id is as good as new: nothing of the old account shows in it.
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		a := newAccount("a", tenantTwo)
		a.Created = time.Time{}
		return errors.Join(tx.PutAccounts(ctx, a), tx.PurgeAccount(ctx, tenantOne, "unknown"))
	})
	view(t, s, func(ctx context.Context, tx chime.Tx) error {
		account, members, err := tx.AccountMembers(ctx, "a", []chime.UserID{"a"})
		if account == nil || account.Tenant != tenantTwo || !account.Created.IsZero() || len(members) > 0 {
			t.Errorf("a new account with a purged id: got %v and %v, want it without members", account, members)
		}
		return err
	})
}
