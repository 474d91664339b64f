package iam_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
)

func TestRootAndLocalCallers(t *testing.T) {
	root := iam.NewCaller(chime.Principal{Tenant: tenant, Name: chime.RootName, ID: string(tenant)}, "AKIAROOT", nil)
	local := iam.LocalCaller(tenant, "ops")
	for _, c := range []iam.Caller{root, local} {
		for _, resource := range []string{"*", account, iam.AccountARN(tenant, "x:y/*")} {
			if err := c.Authorize("chime:DeleteAccount", resource, facts); err != nil {
				t.Errorf("%s: got %v on %s, want none", c.Principal(), err, resource)
			}
		}
		for _, resource := range []string{iam.AccountARN("444455556666", "abc"), "", "arn:aws:chime", "arn:aws:chime::444455556666:account/x:111122223333:y"} {
			if err := c.Authorize("chime:DeleteAccount", resource, facts); chime.CodeOf(err) != chime.Forbidden {
				t.Errorf("%s: got %v on %q, want Forbidden", c.Principal(), err, resource)
			}
		}
	}
	got := []string{root.ARN, root.Principal(), local.ARN, local.Principal(), user(t).Principal()}
	want := []string{"arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:root", "", "local:ops", "arn:aws:iam::111122223333:user/alice"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func TestNobodyMayDoNothing(t *testing.T) {
	everything, err := iam.ParsePolicy(doc(`"Effect":"Allow","Action":"*","Resource":"*"`))
	if err != nil {
		t.Fatal(err)
	}
	callers := map[string]iam.Caller{
		"zero":            {},
		"root of nothing": {Root: true},
		"no tenant":       iam.NewCaller(chime.Principal{Name: "x"}, "", []*iam.Policy{everything}),
	}
	for name, c := range callers {
		for _, resource := range []string{"*", account, "arn:aws:chime:::account/x"} {
			if got := c.Decide("chime:GetUser", resource, facts); got == iam.Allowed {
				t.Errorf("%s: got it allowed on %s, want it denied", name, resource)
			}
		}
	}
}

// What cannot be read denies, whatever else allows.
func TestUnreadablePolicyDenies(t *testing.T) {
	everything, err := iam.ParsePolicy(doc(`"Effect":"Allow","Action":"*","Resource":"*"`))
	if err != nil {
		t.Fatal(err)
	}
	for _, policies := range [][]*iam.Policy{{nil}, {everything, nil}, {nil, everything}} {
		c := iam.NewCaller(chime.Principal{Tenant: tenant, Name: "alice"}, "", policies)
		if got := c.Decide("chime:GetUser", account, facts); got != iam.UnreadableDeny {
			t.Errorf("got %v, want UnreadableDeny", got)
		}
		if err := c.Authorize("chime:GetUser", account, facts); chime.CodeOf(err) != chime.Forbidden {
			t.Errorf("got %v, want Forbidden", err)
		}
	}
}

func TestDenialMessages(t *testing.T) {
	const who = "Forbidden: User: arn:aws:iam::111122223333:user/alice is not authorized to perform: chime:GetUser on resource: "
	tests := []struct {
		name   string
		caller iam.Caller
		want   string
	}{
		{"no policy", user(t), who + account + " because no identity-based policy allows the chime:GetUser action"},
		{"explicit", user(t, doc(`"Effect":"Deny","Action":"*","Resource":"*"`)), who + account + " with an explicit deny in an identity-based policy"},
	}
	for _, tt := range tests {
		err := tt.caller.Authorize("chime:GetUser", account, facts)
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s: got %v, want %s", tt.name, err, tt.want)
		}
	}
}

func TestCallerInContext(t *testing.T) {
	ctx := t.Context()
	if c, err := iam.Authorize(ctx, "chime:GetUser", account, facts); chime.CodeOf(err) != chime.Forbidden || c.Tenant != "" {
		t.Errorf("no caller: got %+v, %v, want Forbidden", c, err)
	}
	ctx = iam.WithCaller(ctx, iam.LocalCaller(tenant, "ops"))
	if c, err := iam.Authorize(ctx, "chime:GetUser", account, facts); err != nil || c.Name != "ops" {
		t.Errorf("got %+v, %v, want the local caller to be allowed", c, err)
	}
	if _, ok := iam.CallerFrom(context.Background()); ok {
		t.Error("got a caller from an empty context, want none")
	}
}

func TestManagedPolicies(t *testing.T) {
	// The operations that each must and must not cover.
	tests := map[string]struct{ allowed, denied string }{
		"AmazonChimeFullAccess": {
			"CreateAccount DeleteAccount BatchSuspendUser SuspendUsers GetUser SomethingNew", "",
		},
		"AmazonChimeReadOnly": {
			"GetAccount ListAccounts GetUser ListUsers GetUserSettings SearchAvailablePhoneNumbers",
			"CreateAccount DeleteAccount BatchSuspendUser UpdateUser InviteUsers LogoutUser ResetPersonalPIN",
		},
		"CarillonAdministrator": {"CreateAccount DeleteAccount BatchSuspendUser", ""},
		"AmazonChimeUserManagement": {
			"ListAccounts GetAccount UpdateAccountSettings BatchSuspendUser BatchUnsuspendUser BatchUpdateUser InviteUsers CreateUser LogoutUser " +
				"AssociateSigninDelegateGroupsWithAccount",
			"CreateAccount UpdateAccount RenameAccount DeleteAccount GetUsers DeletePhoneNumber",
		},
	}
	var names []string
	for _, m := range iam.ManagedPolicies() {
		names = append(names, m.Name)
		if m.Description == "" || m.ARN() != "arn:aws:iam::aws:policy/"+m.Name {
			t.Errorf("%s: got %q, %q, want a description and AWS's ARN", m.Name, m.Description, m.ARN())
		}
		c := user(t, m.Document)
		for _, action := range strings.Fields(tests[m.Name].allowed) {
			if got := c.Decide("chime:"+action, "*", facts); got != allow {
				t.Errorf("%s: got %v for %s, want it allowed", m.Name, got, action)
			}
		}
		for _, action := range []string{"iam:CreateUser", "iam:ListPolicies"} {
			if got := c.Decide(action, "*", facts) == allow; got != (m.Name == "CarillonAdministrator") {
				t.Errorf("%s: got %t for %s, want CarillonAdministrator alone to allow it", m.Name, got, action)
			}
		}
		for _, action := range strings.Fields(tests[m.Name].denied) {
			if got := c.Decide("chime:"+action, "*", facts); got != none {
				t.Errorf("%s: got %v for %s, want it denied", m.Name, got, action)
			}
		}
	}
	if diff := cmp.Diff([]string{"AmazonChimeFullAccess", "AmazonChimeReadOnly", "AmazonChimeUserManagement", "CarillonAdministrator"}, names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	help, ok := iam.ManagedPolicy("AmazonChimeUserManagement")
	if n := strings.Count(help.Document, `"chime:`); !ok || n != 38 {
		t.Errorf("got %v and %d actions, want the 38 that were published", ok, n)
	}
	if _, ok := iam.ManagedPolicy("amazonchimereadonly"); ok {
		t.Error("got a policy for a name in another case, want none")
	}
}
