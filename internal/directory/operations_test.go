package directory_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/iam"
)

// operation is one call of each operation of the directory, and what the audit
// records of it.
type operation struct {
	action   string
	account  chime.AccountID // "" for an operation on no one account
	call     func(ctx context.Context) error
	readOnly bool
	params   string
	response string // of a write; "" for none
}

// operations are calls that succeed on the accounts of newCompany, in this order.
func (f *fixture) operations() []operation {
	return slices.Concat(f.accountOperations(), f.userOperations(), f.batchOperations(), f.lastOperations())
}

func (f *fixture) accountOperations() []operation {
	return []operation{
		{
			action: "ListAccounts", readOnly: true, params: `{"name":"Acc","userEmail":"ann@example.com"}`,
			call: func(ctx context.Context) error {
				_, _, err := f.ListAccounts(ctx, directory.AccountFilter{NamePrefix: "Acc", Email: "ann@example.com"}, directory.Page{})
				return err
			},
		},
		{
			action: "GetAccount", account: "lwa", readOnly: true, params: `{"accountId":"lwa"}`,
			call: func(ctx context.Context) error { _, err := f.GetAccount(ctx, "lwa"); return err },
		},
		{
			action: "UpdateAccount", account: "lwa", params: `{"accountId":"lwa","defaultLicense":"Basic","name":"Renamed"}`,
			call: func(ctx context.Context) error {
				_, err := f.UpdateAccount(ctx, "lwa", directory.AccountChange{Name: new("Renamed"), DefaultLicense: new(chime.Basic)})
				return err
			},
		},
		{
			action: "GetAccountSettings", account: "lwa", readOnly: true, params: `{"accountId":"lwa"}`,
			call: func(ctx context.Context) error { _, err := f.GetAccountSettings(ctx, "lwa"); return err },
		},
		{
			action: "UpdateAccountSettings", account: "lwa", params: `{"accountId":"lwa","accountSettings":{"enableDialOut":true}}`,
			call: func(ctx context.Context) error {
				return f.UpdateAccountSettings(ctx, "lwa", directory.SettingsChange{EnableDialOut: new(true)})
			},
		},
		{
			action: "AssociateSigninDelegateGroupsWithAccount", account: "corp", params: `{"accountId":"corp","signinDelegateGroups":["Rooms"]}`,
			call: func(ctx context.Context) error {
				return f.AssociateSigninDelegateGroups(ctx, "corp", []string{"Rooms"})
			},
		},
		{
			action: "DisassociateSigninDelegateGroupsFromAccount", account: "corp", params: `{"accountId":"corp","groupNames":["Rooms"]}`,
			call: func(ctx context.Context) error {
				return f.DisassociateSigninDelegateGroups(ctx, "corp", []string{"Rooms"})
			},
		},
	}
}

func (f *fixture) userOperations() []operation {
	return []operation{
		{
			action: "GetUser", account: "lwa", readOnly: true, params: `{"accountId":"lwa","userId":"ann"}`,
			call: func(ctx context.Context) error { _, err := f.GetUser(ctx, "lwa", "ann"); return err },
		},
		{
			action: "ListUsers", account: "lwa", readOnly: true, params: `{"accountId":"lwa","userEmail":"ann@example.com","userType":"PrivateUser"}`,
			call: func(ctx context.Context) error {
				_, _, err := f.ListUsers(ctx, "lwa", directory.UserFilter{Email: "ann@example.com", Type: chime.PrivateUser}, directory.Page{})
				return err
			},
		},
		{
			action: "UpdateUser", account: "lwa",
			params: `{"accountId":"lwa","alexaForBusinessMetadata":{"alexaForBusinessRoomArn":"HIDDEN_DUE_TO_SECURITY_REASONS",` +
				`"isAlexaForBusinessEnabled":true},"licenseType":"Basic","userId":"ann","userType":"SharedDevice"}`,
			call: func(ctx context.Context) error {
				return f.UpdateUser(ctx, "lwa", directory.UserChange{
					User: "ann", License: new(chime.Basic), Type: new(chime.SharedDevice),
					Alexa: &directory.AlexaChange{Enabled: new(true), RoomARN: new("arn:secret-room")},
				})
			},
		},
		{
			action: "GetUserSettings", account: "lwa", readOnly: true, params: `{"accountId":"lwa","userId":"ann"}`,
			call: func(ctx context.Context) error { _, err := f.GetUserSettings(ctx, "lwa", "ann"); return err },
		},
		{
			action: "UpdateUserSettings", account: "lwa",
			params: `{"accountId":"lwa","userId":"ann","userSettings":{"telephony":{"inboundCalling":true,"outboundCalling":false,"sMS":false}}}`,
			call: func(ctx context.Context) error {
				return f.UpdateUserSettings(ctx, "lwa", "ann", chime.Telephony{InboundCalling: true})
			},
		},
		{
			action: "LogoutUser", account: "lwa", params: `{"accountId":"lwa","userId":"ann"}`,
			call: func(ctx context.Context) error { return f.LogoutUser(ctx, "lwa", "ann") },
		},
		{
			action: "ResetPersonalPIN", account: "lwa", params: `{"accountId":"lwa","userId":"ann"}`,
			response: `{"user":{"personalPIN":"HIDDEN_DUE_TO_SECURITY_REASONS","userId":"ann"}}`,
			call:     func(ctx context.Context) error { _, err := f.ResetPersonalPIN(ctx, "lwa", "ann"); return err },
		},
		{
			action: "CreateUser", account: "corp", params: `{"accountId":"corp","email":"room@example.com","userType":"SharedDevice","username":"Room"}`,
			response: `{"user":{"userId":"<uuid>"}}`,
			call: func(ctx context.Context) error {
				_, err := f.CreateUser(ctx, "corp", directory.NewUser{Username: "Room", Email: "room@example.com", Type: chime.SharedDevice})
				return err
			},
		},
	}
}

func (f *fixture) batchOperations() []operation {
	const (
		refused = `{"userErrors":[{"errorCode":"NotFound","errorMessage":"User nobody not found","userId":"nobody"}]}`
		users   = `{"accountId":"lwa","userIdList":["bob","nobody"]}`
	)
	return []operation{
		{
			action: "BatchSuspendUser", account: "lwa", params: users, response: refused,
			call: func(ctx context.Context) error {
				_, err := f.SuspendUsers(ctx, "lwa", []chime.UserID{"bob", "nobody", "bob"})
				return err
			},
		},
		{
			action: "BatchUnsuspendUser", account: "lwa", params: users, response: refused,
			call: func(ctx context.Context) error {
				_, err := f.UnsuspendUsers(ctx, "lwa", []chime.UserID{"bob", "nobody", "bob"})
				return err
			},
		},
		{
			action: "BatchUpdateUser", account: "lwa", response: refused,
			params: `{"accountId":"lwa","updateUserRequestItems":[{"licenseType":"Basic","userId":"bob"},{"userId":"nobody"}]}`,
			call: func(ctx context.Context) error {
				_, err := f.UpdateUsers(ctx, "lwa", []directory.UserChange{{User: "bob", License: new(chime.Basic)}, {User: "nobody"}})
				return err
			},
		},
		{
			action: "InviteUsers", account: "team", params: `{"accountId":"team","userEmailList":["new@example.com"],"userType":"PrivateUser"}`,
			response: `{"invites":[{"emailAddress":"new@example.com","emailStatus":"NotSent","inviteId":"<uuid>","status":"Pending"}]}`,
			call: func(ctx context.Context) error {
				_, err := f.InviteUsers(ctx, "team", []string{"new@example.com", "NEW@example.com"}, "")
				return err
			},
		},
	}
}

func (f *fixture) lastOperations() []operation {
	return []operation{
		{
			action: "DeleteAccount", account: "empty", params: `{"accountId":"empty"}`,
			call: func(ctx context.Context) error { return f.DeleteAccount(ctx, "empty") },
		},
		{
			action: "ListDeletedAccounts", readOnly: true, params: `{}`,
			call: func(ctx context.Context) error {
				_, _, err := f.ListDeletedAccounts(ctx, "", directory.Page{})
				return err
			},
		},
		{
			action: "ListUsersByFilter", account: "lwa", readOnly: true, params: `{"accountId":"lwa","emailPrefix":"ann@","status":"Registered"}`,
			call: func(ctx context.Context) error {
				_, _, err := f.ListUsersByFilter(ctx, "lwa", directory.UserSearch{EmailPrefix: "ann@", Status: chime.Registered}, directory.Page{})
				return err
			},
		},
		{
			action: "GetUserByEmail", readOnly: true, params: `{"email":"ann@example.com"}`,
			call: func(ctx context.Context) error { _, err := f.GetUserByEmail(ctx, "ann@example.com"); return err },
		},
		{
			action: "GetUsersByEntries", account: "lwa", readOnly: true, params: `{"accountId":"lwa","entries":["ann","x"]}`,
			call: func(ctx context.Context) error {
				_, err := f.GetUsersByEntries(ctx, "lwa", []string{"ann", "x"})
				return err
			},
		},
		{
			action: "ListAuditRecords", readOnly: true, params: `{"operation":"GetUser"}`,
			call: func(ctx context.Context) error {
				_, _, err := f.ListAuditRecords(ctx, directory.AuditFilter{Operation: "GetUser"}, directory.Page{})
				return err
			},
		},
		{
			action: "RestoreAccount", account: "empty", params: `{"accountId":"empty"}`,
			call: func(ctx context.Context) error { _, err := f.RestoreAccount(ctx, "empty"); return err },
		},
		{
			action: "PurgeAccount", account: "gone", params: `{"accountId":"gone"}`,
			call: func(ctx context.Context) error { return f.PurgeAccount(ctx, "gone") },
		},
		{
			action: "CreateAccount", params: `{"name":"New"}`, response: `{"account":{"accountId":"<uuid>"}}`,
			call: func(ctx context.Context) error { _, err := f.CreateAccount(ctx, "New"); return err },
		},
	}
}

// newCompany returns a fixture with the accounts that operations are called on.
func newCompany(t *testing.T) *fixture {
	t.Helper()
	f := newFixture(t)
	f.account(t, "lwa", chime.EnterpriseLWA)
	f.account(t, "corp", chime.EnterpriseDirectory)
	f.account(t, "team", chime.Team)
	f.account(t, "empty", chime.Team)
	f.join(t, "lwa", "ann", "bob")
	f.update(t, func(ctx context.Context, tx chime.Tx) error {
		return tx.PutAccounts(ctx, chime.Account{ID: "gone", Tenant: tenantOne, Status: chime.AccountSuspended, Deleted: f.clock})
	})
	return f
}

// user returns a context in which a user of tenantOne with the policies calls.
func user(t *testing.T, documents ...string) context.Context {
	t.Helper()
	var policies []*iam.Policy
	for _, document := range documents {
		policy, err := iam.ParsePolicy(document)
		if err != nil {
			t.Fatal(err)
		}
		policies = append(policies, policy)
	}
	p := chime.Principal{Tenant: tenantOne, Name: "alice", ID: "AIDAALICE"}
	return iam.WithCaller(t.Context(), iam.NewCaller(p, "AKIAALICE", policies))
}

func allow(action, resource string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":%q,"Resource":%q}}`, action, resource)
}

func (o operation) resource() string {
	if o.account == "" {
		return "*"
	}
	return "arn:aws:chime::" + string(tenantOne) + ":account/" + string(o.account)
}

// TestAuthorization calls every operation with every kind of policy that matters
// to it. What is refused names the action and changes nothing.
func TestAuthorization(t *testing.T) {
	f := newCompany(t)
	for _, o := range f.operations() {
		denials := map[string]context.Context{
			"nobody":                    t.Context(),
			"no policy":                 user(t),
			"every other action":        user(t, `{"Statement":{"Effect":"Allow","NotAction":"chime:`+o.action+`","Resource":"*"}}`),
			"an unreadable policy":      iam.WithCaller(t.Context(), iam.NewCaller(chime.Principal{Tenant: tenantOne, Name: "x"}, "K", []*iam.Policy{nil})),
			"allowed and denied":        user(t, allow("chime:*", "*"), strings.Replace(allow("chime:"+o.action, "*"), "Allow", "Deny", 1)),
			"the action of another API": user(t, allow("s3:*", "*")),
		}
		if o.account != "" {
			denials["another account"] = user(t, allow("chime:*", "arn:aws:chime::111122223333:account/other"))
		}
		for who, ctx := range denials {
			f.unchanged(t, o.action+" with "+who, chime.Forbidden, func() error {
				err := o.call(ctx)
				var denied *chime.Error
				if !errors.As(err, &denied) || !strings.Contains(denied.Message, "perform: chime:"+o.action+" on resource: ") {
					t.Errorf("%s with %s: got %v, want an error that names the action", o.action, who, err)
				}
				return err
			}, "lwa", "corp", "team", "empty", "gone")
		}
		checkCode(t, o.action+" with just that", o.call(user(t, allow("chime:"+o.action, o.resource()))), "")
	}
}

// TestTenantsAreApart has another tenant's root call every operation.
func TestTenantsAreApart(t *testing.T) {
	f := newCompany(t)
	for _, o := range f.operations() {
		if o.account == "" {
			continue
		}
		f.unchanged(t, o.action+" by another tenant", chime.NotFound, func() error { return o.call(root(t.Context(), tenantTwo)) },
			"lwa", "corp", "team", "empty", "gone")
	}
	accounts, _, err := f.ListAccounts(root(t.Context(), tenantTwo), directory.AccountFilter{}, directory.Page{})
	checkCode(t, "ListAccounts", err, "")
	check(t, "another tenant's accounts", len(accounts), 0)
	accounts, _, err = f.ListAccounts(root(t.Context(), tenantTwo), directory.AccountFilter{Email: "ann@example.com"}, directory.Page{})
	checkCode(t, "ListAccounts by address", err, "")
	check(t, "another tenant's account of a person", len(accounts), 0)
}

func TestListAccountsOfAPerson(t *testing.T) {
	f := newCompany(t)
	for _, c := range []struct {
		filter directory.AccountFilter
		want   []chime.AccountID
	}{
		{directory.AccountFilter{Email: "ann@example.com"}, []chime.AccountID{"lwa"}},
		{directory.AccountFilter{Email: "ANN@EXAMPLE.COM"}, []chime.AccountID{"lwa"}},
		{directory.AccountFilter{Email: "ann@example.com", NamePrefix: "Account l"}, []chime.AccountID{"lwa"}},
		{directory.AccountFilter{Email: "ann@example.com", NamePrefix: "account"}, []chime.AccountID{}},
		{directory.AccountFilter{Email: "stranger@example.com"}, []chime.AccountID{}},
		{directory.AccountFilter{Email: "%"}, []chime.AccountID{}},
	} {
		got, next, err := f.ListAccounts(asRoot(t), c.filter, directory.Page{})
		checkCode(t, "ListAccounts", err, "")
		if diff := cmp.Diff(c.want, accountIDs(got)); diff != "" || next != "" {
			t.Errorf("accounts by %+v: got (+) want (-), next %q:\n%s", c.filter, next, diff)
		}
	}
}
