package directory_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

// search reads a search to its end, and returns the ids and how many of them each
// page had.
func (f *fixture) search(t *testing.T, id chime.AccountID, s directory.UserSearch, limit int) (ids []string, pages []int) {
	t.Helper()
	for page := (directory.Page{Limit: limit}); ; {
		users, next, err := f.ListUsersByFilter(asRoot(t), id, s, page)
		checkCode(t, "ListUsersByFilter", err, "")
		for _, u := range users {
			if u.PIN != "" {
				t.Errorf("user %s: got a PIN in a list", u.ID)
			}
			ids = append(ids, string(u.ID))
		}
		pages = append(pages, len(users))
		if page.Token = next; next == "" {
			return ids, pages
		}
	}
}

func TestSearchesAreByWhatIsShown(t *testing.T) {
	f := newFixture(t)
	f.account(t, "team", chime.Team)
	f.join(t, "team", "Ada", "adam", "bea")
	pending := f.invite(t, "team", "adele@example.com")
	f.update(t, func(ctx context.Context, tx chime.Tx) error {
		device := chime.Member{
			Account: "team", User: "device", Standing: chime.Standing{Status: chime.Registered, License: chime.Basic},
			Profile: chime.Profile{Type: chime.SharedDevice},
		}
		return tx.PutMembers(ctx, device)
	})
	for _, c := range []struct {
		search directory.UserSearch
		want   []string
	}{
		{directory.UserSearch{}, slices.Sorted(slices.Values([]string{"Ada", "adam", "bea", "device", string(pending)}))},
		{directory.UserSearch{EmailPrefix: "AD"}, []string{"Ada", "adam", string(pending)}},
		{directory.UserSearch{EmailPrefix: "ada@"}, []string{"Ada"}},
		{directory.UserSearch{EmailPrefix: "%"}, nil},
		{directory.UserSearch{EmailPrefix: "ad", Status: chime.Unregistered}, []string{string(pending)}},
		{directory.UserSearch{Status: chime.Suspended}, nil},
		{directory.UserSearch{License: chime.Basic}, []string{"device"}},
		{directory.UserSearch{License: chime.Pro}, []string{"Ada", "adam", "bea"}}, // nobody sees one of an invitation
		{directory.UserSearch{Type: chime.SharedDevice}, []string{"device"}},
		{directory.UserSearch{EmailPrefix: "a", Type: chime.SharedDevice}, nil},
	} {
		for _, limit := range []int{1, 2, 200} {
			if got, _ := f.search(t, "team", c.search, limit); !slices.Equal(got, c.want) {
				t.Errorf("%+v by pages of %d: got %v, want %v", c.search, limit, got, c.want)
			}
		}
	}
}

// TestSearchesLookThroughSoMany: a search that finds nobody goes on page by page, and
// one by address begins where the address does.
func TestSearchesLookThroughSoMany(t *testing.T) {
	f, c := populated(t, ":memory:", 4500)
	f.suspend(t, "lwa", numbered("lwa", 4400, 3)...)
	ids, pages := f.search(t, "lwa", directory.UserSearch{Status: chime.Suspended}, 2)
	if diff := cmp.Diff([]string{"lwa-004400", "lwa-004401", "lwa-004402"}, ids); diff != "" {
		t.Errorf("the suspended: got (+) want (-):\n%s", diff)
	}
	if diff := cmp.Diff([]int{0, 0, 2, 1}, pages); diff != "" {
		t.Errorf("the pages: got (+) want (-):\n%s", diff)
	}
	for _, s := range []directory.UserSearch{
		{EmailPrefix: "lwa-0044", Status: chime.Suspended}, {EmailPrefix: "lwa-0044"}, {EmailPrefix: "nobody"}, {License: chime.Basic},
	} {
		before := c.read
		_, _, err := f.ListUsersByFilter(asRoot(t), "lwa", s, directory.Page{Limit: 10})
		checkCode(t, "ListUsersByFilter", err, "")
		if got := c.read - before; got > 3 {
			t.Errorf("%+v: got %d statements, want at most 3", s, got)
		}
	}
}

func TestSearchTokensAreOfOneSearch(t *testing.T) {
	f := newFixture(t)
	f.account(t, "team", chime.Team)
	f.join(t, "team", "ada", "adam", "bea")
	_, next, err := f.ListUsersByFilter(asRoot(t), "team", directory.UserSearch{EmailPrefix: "a"}, directory.Page{Limit: 1})
	checkCode(t, "ListUsersByFilter", err, "")
	for what, s := range map[string]directory.UserSearch{"another prefix": {EmailPrefix: "b"}, "no prefix": {}} {
		_, _, err := f.ListUsersByFilter(asRoot(t), "team", s, directory.Page{Token: next})
		checkCode(t, "a token with "+what, err, chime.BadRequest)
	}
	_, _, err = f.ListUsersByFilter(asRoot(t), "team", directory.UserSearch{}, directory.Page{Limit: directory.MaxPage + 1})
	checkCode(t, "a page that is too long", err, chime.BadRequest)
}

func TestGetUserByEmail(t *testing.T) {
	f := newCompany(t)
	f.invite(t, "team", "invited@example.com")
	for email, want := range map[string]string{
		"ANN@example.com": "lwa/ann", "stranger@example.com": "", "invited@example.com": "", "": "",
	} {
		users, err := f.GetUserByEmail(asRoot(t), email)
		checkCode(t, "GetUserByEmail", err, "")
		got := ""
		for _, u := range users {
			got += string(u.Account) + "/" + string(u.ID) + u.PIN
		}
		check(t, "the user with the address "+email, got, want)
	}
	users, err := f.GetUserByEmail(root(t.Context(), tenantTwo), "ann@example.com")
	checkCode(t, "GetUserByEmail by another tenant", err, "")
	check(t, "the users that another tenant finds", len(users), 0)
}

func TestGetUsersByEntries(t *testing.T) {
	f := newFixture(t)
	f.account(t, "team", chime.Team)
	f.account(t, "other", chime.Team)
	f.join(t, "team", "ann", "bob")
	f.join(t, "other", "cyd")
	pending := f.invite(t, "team", "new@example.com")
	f.suspend(t, "team", "bob")
	entries := []string{"Ann@Example.com", "nobody", "bob", "bob@example.com", "cyd", "cyd@example.com", string(pending), "new@example.com", "", "ann", "ann"}
	resolved, err := f.GetUsersByEntries(asRoot(t), "team", entries)
	checkCode(t, "GetUsersByEntries", err, "")
	var got []string
	for i, r := range resolved {
		check(t, "the entry", r.Entry, entries[i])
		if r.User == nil {
			got = append(got, "-")
			continue
		}
		got = append(got, fmt.Sprintf("%s %s%s", r.User.ID, r.User.Status, r.User.PIN))
	}
	want := []string{
		"ann Registered", "-", "bob Suspended", "bob Suspended", "-", "-",
		string(pending) + " Unregistered", string(pending) + " Unregistered", "-", "ann Registered", "ann Registered",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("whom the entries mean: got (+) want (-):\n%s", diff)
	}
	_, err = f.GetUsersByEntries(asRoot(t), "team", slices.Repeat([]string{"ann"}, directory.MaxEntries+1))
	checkCode(t, "too many entries", err, chime.BadRequest)
}

// TestStatementsOfResolving counts what 100 entries cost: ids and addresses, known
// and unknown, in accounts of every size.
func TestStatementsOfResolving(t *testing.T) {
	for _, users := range []int{100, 3000} {
		f, c := populated(t, ":memory:", users)
		entries := emails(numbered("team", 0, 50))
		for _, id := range numbered("team", 40, 50) {
			entries = append(entries, strings.ToUpper(string(id)), string(id))
		}
		before := c.read
		resolved, err := f.GetUsersByEntries(asRoot(t), "team", entries[:directory.MaxEntries])
		checkCode(t, "GetUsersByEntries", err, "")
		check(t, "the number of results", len(resolved), directory.MaxEntries)
		if got := c.read - before; got > 6 {
			t.Errorf("among %d users: got %d statements, want at most 6", users, got)
		}
	}
}
