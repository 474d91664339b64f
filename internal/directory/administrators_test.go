package directory_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/iam"
)

func (f *fixture) grant(t testing.TB, account chime.AccountID, user chime.UserID, policies ...string) directory.Administrator {
	t.Helper()
	a, err := f.GrantAdministrator(asRoot(t), account, user, named(policies...))
	if err != nil {
		t.Fatalf("granting %s a role: %v", user, err)
	}
	return a
}

func named(policies ...string) (list []chime.PrincipalPolicy) {
	for _, name := range policies {
		list = append(list, chime.PrincipalPolicy{Name: name})
	}
	return list
}

// administrators lists those of tenantOne, by pages of one.
func (f *fixture) administrators(t testing.TB) (list []string) {
	t.Helper()
	for page := (directory.Page{Limit: 1}); ; {
		some, next, err := f.ListAdministrators(asRoot(t), page)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range some {
			list = append(list, fmt.Sprintf("%s %s %s %v", a.Account, a.User, a.Email, a.Policies))
		}
		if page.Token = next; next == "" {
			return list
		}
	}
}

// as returns a context in which a principal with these policies calls.
func as(t testing.TB, policies ...string) context.Context {
	t.Helper()
	var parsed []*iam.Policy
	for _, p := range policies {
		if managed, ok := iam.ManagedPolicy(p); ok {
			p = managed.Document
		}
		policy, err := iam.ParsePolicy(p)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, policy)
	}
	return iam.WithCaller(t.Context(), iam.NewCaller(chime.Principal{Tenant: tenantOne, Name: "helper"}, "AKIAHELPER", parsed))
}

func TestRolesAreGrantedListedAndRevoked(t *testing.T) {
	f := newFixture(t)
	team, lwa := f.account(t, "team", chime.Team), f.account(t, "lwa", chime.EnterpriseLWA)
	f.join(t, team, "ann", "bob")
	f.join(t, lwa, "cyd")
	first := f.grant(t, team, "ann")
	f.grant(t, lwa, "cyd", "AmazonChimeReadOnly")
	f.grant(t, team, "bob", "AmazonChimeUserManagement", "AmazonChimeReadOnly")
	check(t, "the administrators", f.administrators(t), []string{
		"lwa cyd cyd@example.com [{AmazonChimeReadOnly }]", "team ann ann@example.com [{CarillonAdministrator }]",
		"team bob bob@example.com [{AmazonChimeUserManagement } {AmazonChimeReadOnly }]",
	})
	if again := f.grant(t, team, "ann", "AmazonChimeReadOnly"); again.ID != first.ID || !cmp.Equal(again.Policies, named("AmazonChimeReadOnly")) {
		t.Errorf("other policies for an administrator: got %+v, want the role %s with them alone", again, first.ID)
	}
	if err := f.RevokeAdministrator(asRoot(t), team, "ann"); err != nil {
		t.Fatal(err)
	}
	checkCode(t, "revoking it again", f.RevokeAdministrator(asRoot(t), team, "ann"), chime.NotFound)
	check(t, "who is left", f.administrators(t), []string{
		"lwa cyd cyd@example.com [{AmazonChimeReadOnly }]", "team bob bob@example.com [{AmazonChimeUserManagement } {AmazonChimeReadOnly }]",
	})
	if again := f.grant(t, team, "ann"); again.ID == first.ID {
		t.Error("a role that was revoked and granted again is the same one")
	}
}

// TestARoleEndsWithTheMembership: each way in which somebody leaves, and a suspension
// that is lifted at once.
func TestARoleEndsWithTheMembership(t *testing.T) {
	for _, tt := range []struct {
		name string
		kind chime.AccountType
		end  func(t *testing.T, f *fixture, account chime.AccountID)
		back func(t *testing.T, f *fixture, account chime.AccountID)
	}{
		{"suspended and let in again", chime.EnterpriseLWA, func(t *testing.T, f *fixture, account chime.AccountID) {
			f.suspend(t, account, "ann")
		}, func(t *testing.T, f *fixture, account chime.AccountID) {
			if _, err := f.UnsuspendUsers(asRoot(t), account, []chime.UserID{"ann"}); err != nil {
				t.Fatal(err)
			}
		}},
		{"removed and invited again", chime.Team, func(t *testing.T, f *fixture, account chime.AccountID) {
			f.suspend(t, account, "ann")
		}, func(t *testing.T, f *fixture, account chime.AccountID) {
			f.accept(t, account, f.invite(t, account, "ann@example.com"))
		}},
		{"released, and joined again", chime.Team, func(t *testing.T, f *fixture, account chime.AccountID) {
			f.verified(t, account, "example.com")
			if err := f.DeleteDomain(asRoot(t), account, "example.com"); err != nil {
				t.Fatal(err)
			}
		}, func(t *testing.T, f *fixture, account chime.AccountID) {
			f.accept(t, account, f.invite(t, account, "ann@example.com"))
		}},
		{"moved, and moved back", chime.Team, func(t *testing.T, f *fixture, _ chime.AccountID) {
			other := f.account(t, "other", chime.Team)
			f.accept(t, other, f.invite(t, other, "ann@example.com"))
		}, func(t *testing.T, f *fixture, account chime.AccountID) {
			f.accept(t, account, f.invite(t, account, "ann@example.com"))
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t)
			account := f.account(t, "a", tt.kind)
			f.join(t, account, "ann")
			before := f.grant(t, account, "ann")
			tt.end(t, f, account)
			check(t, "the administrators after it ended", f.administrators(t), []string(nil))
			tt.back(t, f, account)
			if got := f.getUser(t, account, "ann").Status; got != chime.Registered {
				t.Fatalf("the member who is back: got %s, want Registered", got)
			}
			check(t, "the administrators when the member is back", f.administrators(t), []string(nil))
			if again := f.grant(t, account, "ann"); again.ID == before.ID {
				t.Error("the role that ended came back")
			}
		})
	}
}

// TestARoleOutlivesASignOut: what it gave does not, the role does.
func TestARoleOutlivesASignOut(t *testing.T) {
	f := newFixture(t)
	account := f.account(t, "a", chime.EnterpriseLWA)
	f.join(t, account, "ann")
	f.grant(t, account, "ann")
	if err := f.LogoutUser(asRoot(t), account, "ann"); err != nil {
		t.Fatal(err)
	}
	license := chime.Basic
	if err := f.UpdateUser(asRoot(t), account, directory.UserChange{User: "ann", License: &license}); err != nil {
		t.Fatal(err)
	}
	if got := f.administrators(t); len(got) != 1 {
		t.Errorf("after a sign-out and a change of license: got %v, want the one", got)
	}
}

func TestWhoCannotBeAnAdministrator(t *testing.T) {
	f := newFixture(t)
	team, lwa := f.account(t, "team", chime.Team), f.account(t, "lwa", chime.EnterpriseLWA)
	foreign := f.accountOf(t, tenantTwo, "foreign", chime.Team)
	f.join(t, lwa, "ann", "bob")
	f.join(t, foreign, "eve")
	f.suspend(t, lwa, "bob")
	invited := f.invite(t, team, "kim@example.com")
	f.update(t, func(ctx context.Context, tx chime.Tx) error {
		return tx.PutMembers(ctx, chime.Member{
			Account: lwa, User: "device", Standing: chime.Standing{Status: chime.Registered}, Profile: chime.Profile{Type: chime.SharedDevice},
		})
	})
	own := func(document string) []chime.PrincipalPolicy {
		return []chime.PrincipalPolicy{{Name: "own", Document: document}}
	}
	for _, tt := range []struct {
		name     string
		account  chime.AccountID
		user     chime.UserID
		policies []chime.PrincipalPolicy
		want     chime.Code
	}{
		{"somebody suspended", lwa, "bob", nil, chime.Unprocessable},
		{"somebody who was invited", team, invited, nil, chime.Unprocessable},
		{"a shared device", lwa, "device", nil, chime.Unprocessable},
		{"nobody", lwa, "nobody", nil, chime.NotFound},
		{"a member of another account", team, "ann", nil, chime.NotFound},
		{"no account", "nowhere", "ann", nil, chime.NotFound},
		{"another tenant's member", foreign, "eve", nil, chime.NotFound},
		{"a managed policy that there is not", lwa, "ann", named("Nothing"), chime.NotFound},
		{"a policy twice", lwa, "ann", named("AmazonChimeReadOnly", "AmazonChimeReadOnly"), chime.BadRequest},
		{"a policy that is none", lwa, "ann", own(`{}`), chime.BadRequest},
		{"too many policies", lwa, "ann", named(make([]string, 21)...), chime.BadRequest},
	} {
		f.unchanged(t, tt.name, tt.want, func() error {
			_, err := f.GrantAdministrator(asRoot(t), tt.account, tt.user, tt.policies)
			return err
		}, lwa, team, foreign)
	}
}

func TestNobodyGrantsARoleThatTheyDoNotHold(t *testing.T) {
	f := newFixture(t)
	account := f.account(t, "a", chime.EnterpriseLWA)
	f.join(t, account, "ann")
	grants := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["iam:*","chime:Get*","chime:List*","chime:Describe*",` +
		`"chime:SearchAvailablePhoneNumbers"],"Resource":"*"}}`
	for _, tt := range []struct {
		name    string
		caller  context.Context
		granted string
		want    chime.Code
	}{
		{"full access of chime", as(t, "AmazonChimeFullAccess"), "AmazonChimeReadOnly", chime.Forbidden},
		{"a lesser administrator, more", as(t, grants), iam.AdministratorPolicy, chime.Forbidden},
		{"a lesser administrator, as much", as(t, grants), "AmazonChimeReadOnly", ""},
		{"an administrator", as(t, iam.AdministratorPolicy), iam.AdministratorPolicy, ""},
	} {
		_, err := f.GrantAdministrator(tt.caller, account, "ann", named(tt.granted))
		checkCode(t, tt.name, err, tt.want)
	}
	checkCode(t, "full access revokes", f.RevokeAdministrator(as(t, "AmazonChimeFullAccess"), account, "ann"), chime.Forbidden)
	_, _, err := f.ListAdministrators(as(t, "AmazonChimeFullAccess"), directory.Page{})
	checkCode(t, "full access lists", err, chime.Forbidden)
}

// TestNobodyBecomesAnAdministratorByTheirProvider: who chooses an account's provider
// can sign in as its administrators, so they hold what those do.
func TestNobodyBecomesAnAdministratorByTheirProvider(t *testing.T) {
	f := newFixture(t)
	account, another := f.account(t, "a", chime.EnterpriseLWA), f.account(t, "b", chime.EnterpriseLWA)
	f.verified(t, account, "example.com")
	f.verified(t, another, "example.org")
	f.join(t, account, "ann")
	provider := directory.NewProvider{Issuer: "https://login.example.com", ClientID: "carillon"}
	set := func(name string, caller context.Context, id chime.AccountID, want chime.Code) {
		t.Helper()
		_, err := f.SetProvider(caller, id, provider)
		checkCode(t, name, err, want)
	}
	set("before there is an administrator", as(t, "AmazonChimeFullAccess"), account, "")
	_, err := f.GrantAdministrator(asRoot(t), account, "ann", named(iam.AdministratorPolicy))
	checkCode(t, "GrantAdministrator", err, "")
	set("full access of chime", as(t, "AmazonChimeFullAccess"), account, chime.Forbidden)
	set("full access, at an account without administrators", as(t, "AmazonChimeFullAccess"), another, "")
	set("an administrator", as(t, iam.AdministratorPolicy), account, "")
	set("the root", asRoot(t), account, "")
}
