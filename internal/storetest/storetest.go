// Package storetest is the conformance suite of chime.Store: every engine
// passes it whole. Each case is a named function that holds a store to one
// promise of the contract. A bug that is found in one engine becomes a case here
// first.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-id/carillon/internal/chime"
)

// testCase is one promise.
type testCase struct {
	name string
	run  func(t *testing.T, s chime.Store)
}

// Run holds a store to what the contract promises to one caller. Each case gets a
// store of its own from open, which MUST be empty, and closes it.
func Run(t *testing.T, open func(testing.TB) chime.Store) {
	t.Helper()
	for _, group := range [][]testCase{
		transactionCases(), accountCases(), memberCases(), bulkCases(), peopleCases(), principalCases(), administratorCases(), auditCases(), idCases(), contentsCases(),
		appCases(), signinCases(), identityCases(), outboxCases(), summaryCases(),
	} {
		for _, c := range group {
			t.Run(c.name, func(t *testing.T) {
				s := open(t)
				t.Cleanup(func() { closeStore(t, s) })
				c.run(t, s)
			})
		}
	}
}

func closeStore(t *testing.T, s chime.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Errorf("closing the store: %v", err)
	}
}

// errRefused is an error of the caller's own.
var errRefused = errors.New("refused by the caller")

// Two tenants and an account of each.
const (
	tenantOne = chime.TenantID("111122223333")
	tenantTwo = chime.TenantID("444455556666")
)

// at is a moment of the suite, n seconds and as many microseconds in.
func at(n int) time.Time {
	return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).Add(time.Duration(n) * (time.Second + time.Microsecond))
}

// newAccount returns an account in which no field is zero but Deleted.
func newAccount(id chime.AccountID, tenant chime.TenantID) chime.Account {
	return chime.Account{
		ID: id, Tenant: tenant, Name: "Name of " + string(id), Type: chime.EnterpriseDirectory, Status: chime.AccountActive,
		Created: at(1), DefaultLicense: chime.Pro, SupportedLicenses: []chime.License{chime.Basic, chime.Pro},
		SigninDelegateGroups: []string{"Rooms, ground floor", `"Quoted"`},
		ReleasedDomains:      []string{"former.example"},
		Settings:             chime.AccountSettings{DisableRemoteControl: true, EnableDialOut: true}, Record: "record of " + string(id),
	}
}

// newMember returns a member in which no field is zero. The number tells the
// members of a case apart.
func newMember(account chime.AccountID, user chime.UserID, n int) chime.Member {
	return chime.Member{
		Account: account, User: user,
		Standing: chime.Standing{
			Status: chime.Registered, License: chime.Basic, Signout: chime.Signout{Epoch: int64(n), At: at(n)},
			Role: chime.RoleID(fmt.Sprintf("role-%d", n)), Record: fmt.Sprintf("record-%d", n),
		},
		Profile: chime.Profile{
			Email: fmt.Sprintf("Person%d@Example.com", n), DisplayName: fmt.Sprintf("Person %d", n),
			PIN: fmt.Sprintf("%010d", n), Type: chime.PrivateUser, Registered: at(n + 1),
			Invitation: chime.InvitationAccepted, InviteID: fmt.Sprintf("invite-%d", n), EmailStatus: chime.EmailSent,
			Invited:   at(n + 2),
			Alexa:     chime.Alexa{Enabled: true, RoomARN: "arn:aws:a4b:us-east-1:111122223333:room/1"},
			Telephony: chime.Telephony{InboundCalling: true, OutboundCalling: true, SMS: true},
		},
	}
}

func newFormer(account chime.AccountID, user chime.UserID, n int) chime.FormerMember {
	return chime.FormerMember{
		Account: account, User: user, Email: fmt.Sprintf("person%d@example.com", n), DisplayName: fmt.Sprintf("Person %d", n),
		Type: chime.SharedDevice, Invitation: chime.InvitationAccepted, Invited: at(n), Registered: at(n + 1), Removed: at(n + 2),
		Record: fmt.Sprintf("record-%d", n),
	}
}

func newPerson(id chime.UserID, account chime.AccountID, n int) chime.Person {
	return chime.Person{
		ID: id, Account: account, Email: fmt.Sprintf("person%d@example.com", n), DisplayName: fmt.Sprintf("Person %d", n),
		PIN: fmt.Sprintf("%010d", n), Registered: at(n), Signout: chime.Signout{Epoch: int64(n), At: at(n + 1)},
		Identity: int64(n + 1),
		Record:   fmt.Sprintf("record-%d", n),
	}
}

// userIDs returns n ids in the order of the store.
func userIDs(n int) []chime.UserID {
	ids := make([]chime.UserID, 0, n)
	for i := range n {
		ids = append(ids, chime.UserID(fmt.Sprintf("user-%05d", i)))
	}
	return ids
}

func update(t *testing.T, s chime.Store, fn func(ctx context.Context, tx chime.Tx) error) {
	t.Helper()
	ctx := t.Context()
	if err := s.Update(ctx, func(tx chime.Tx) error { return fn(ctx, tx) }); err != nil {
		t.Fatalf("Update: %v", err)
	}
}

func view(t *testing.T, s chime.Store, fn func(ctx context.Context, tx chime.Tx) error) {
	t.Helper()
	ctx := t.Context()
	if err := s.View(ctx, func(tx chime.Tx) error { return fn(ctx, tx) }); err != nil {
		t.Fatalf("View: %v", err)
	}
}

// equal compares what was got with what was wanted. Times are compared as
// moments, and a list without elements equals no list.
func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	emptyList := cmp.FilterValues(func(a, b []string) bool { return len(a) == 0 && len(b) == 0 }, cmp.Ignore())
	emptyLicenses := cmp.FilterValues(func(a, b []chime.License) bool { return len(a) == 0 && len(b) == 0 }, cmp.Ignore())
	if diff := cmp.Diff(want, got, emptyList, emptyLicenses); diff != "" {
		t.Errorf("%s: got (+) want (-):\n%s", what, diff)
	}
}
