package directory_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

// getUser returns the user as the account sees them.
func (f *fixture) getUser(t testing.TB, account chime.AccountID, user chime.UserID) directory.User {
	t.Helper()
	u, err := f.GetUser(asRoot(t), account, user)
	if err != nil {
		t.Errorf("GetUser of %s: %v", user, err)
	}
	return u
}

func (f *fixture) suspend(t testing.TB, account chime.AccountID, users ...chime.UserID) []directory.UserError {
	t.Helper()
	refusals, err := f.SuspendUsers(asRoot(t), account, users)
	if err != nil {
		t.Fatal(err)
	}
	return refusals
}

func unknown(user chime.UserID) directory.UserError {
	return directory.UserError{User: user, Code: chime.NotFound, Message: "User " + string(user) + " not found"}
}

// batch is an operation on up to 50 user ids of an EnterpriseLWA account.
type batch struct {
	name string
	call func(context.Context, chime.AccountID, []chime.UserID) ([]directory.UserError, error)
}

func (f *fixture) batches() []batch {
	return []batch{{"SuspendUsers", f.SuspendUsers}, {"UnsuspendUsers", f.UnsuspendUsers}}
}

func TestBatchLimits(t *testing.T) {
	f := newFixture(t)
	lwa := f.account(t, "lwa", chime.EnterpriseLWA)
	all := ids(51)
	f.join(t, lwa, all...)
	f.suspend(t, lwa, all[50])
	for _, b := range f.batches() {
		for what, users := range map[string][]chime.UserID{
			"51 users":             all,
			"51 times one user":    slices.Repeat(all[:1], 51),
			"a blank id":           {all[0], " \t\n"},
			"an empty id":          {"", all[50]},
			"an id of odd blanks":  {"\u3000\u00a0"},
			"a blank id among ids": append(slices.Clone(all[:20]), ""),
		} {
			f.unchanged(t, b.name+" of "+what, chime.BadRequest, func() error {
				_, err := b.call(asRoot(t), lwa, users)
				return err
			}, lwa)
		}
		for what, users := range map[string][]chime.UserID{
			"nobody": {}, "50 users": all[:50], "50 times one user": slices.Repeat(all[:1], 50),
		} {
			refusals, err := b.call(asRoot(t), lwa, users)
			checkCode(t, b.name+" of "+what, err, "")
			check(t, b.name+" of "+what, refusals, []directory.UserError(nil))
		}
	}
}

func TestBatchOutcomes(t *testing.T) {
	f := newFixture(t)
	lwa, elsewhere, foreign := f.account(t, "lwa", chime.EnterpriseLWA), f.account(t, "elsewhere", chime.EnterpriseLWA),
		f.accountOf(t, tenantTwo, "foreign", chime.EnterpriseLWA)
	f.join(t, lwa, "u1", "u2", "u3")
	f.join(t, elsewhere, "other")
	f.join(t, foreign, "stranger")
	f.suspend(t, lwa, "u3")
	// An unknown id, one of another account and one of another tenant get the same
	// answer; each id one, in the order of the request.
	users := []chime.UserID{"stranger", "u2", "nobody", "u3", "other", "u2", "nobody", "u1", "Nobody", "u1\x00", "u_", "%"}
	want := []directory.UserError{
		unknown("stranger"), unknown("nobody"), unknown("other"), unknown("Nobody"), unknown("u1\x00"), unknown("u_"), unknown("%"),
	}
	for _, b := range f.batches() {
		got, err := b.call(asRoot(t), lwa, users)
		checkCode(t, b.name, err, "")
		check(t, b.name, got, want)
	}
	for _, id := range []chime.UserID{"u1", "u2", "u3"} {
		check(t, "the epoch of "+string(id), f.epoch(t, id), int64(1))
	}
	check(t, "the epoch of another account's", f.epoch(t, "other"), int64(0))
	check(t, "the epoch of another tenant's", f.epoch(t, "stranger"), int64(0))
}

func TestBatchAccounts(t *testing.T) {
	f := newFixture(t)
	f.accountOf(t, tenantTwo, "foreign", chime.EnterpriseLWA)
	deleted := f.account(t, "deleted", chime.EnterpriseLWA)
	if err := f.DeleteAccount(asRoot(t), deleted); err != nil {
		t.Fatal(err)
	}
	for _, accountType := range chime.AccountTypes() {
		f.join(t, f.account(t, chime.AccountID(accountType), accountType), chime.UserID("user of "+accountType))
	}
	refused := map[string]map[chime.AccountID]chime.Code{
		"SuspendUsers": {
			"unknown": chime.NotFound, "foreign": chime.NotFound, "deleted": chime.NotFound,
			"EnterpriseDirectory": chime.Forbidden, "EnterpriseOIDC": chime.Forbidden,
		},
		"UnsuspendUsers": {
			"unknown": chime.NotFound, "foreign": chime.NotFound, "deleted": chime.NotFound,
			"Team": chime.Forbidden, "EnterpriseDirectory": chime.Forbidden, "EnterpriseOIDC": chime.Forbidden,
		},
	}
	for _, b := range f.batches() {
		for account, want := range refused[b.name] {
			for _, users := range [][]chime.UserID{{}, {"user of " + chime.UserID(account)}, {"nobody"}} {
				f.unchanged(t, fmt.Sprintf("%s of %q in %s", b.name, users, account), want, func() error {
					_, err := b.call(asRoot(t), account, users)
					return err
				}, "Team", "EnterpriseDirectory", "EnterpriseOIDC", "deleted", "foreign")
			}
		}
	}
}

// TestSuspendLWA follows a user of an EnterpriseLWA account: signed out by the
// suspension, once; nothing else is lost; unsuspending revives nothing.
func TestSuspendLWA(t *testing.T) {
	f := newFixture(t)
	lwa := f.account(t, "lwa", chime.EnterpriseLWA)
	f.join(t, lwa, "u1", "u2")
	before := f.getUser(t, lwa, "u1")

	f.pass(time.Hour)
	check(t, "the first suspension", f.suspend(t, lwa, "u1", "u1"), []directory.UserError(nil))
	suspended := before
	suspended.Status = chime.Suspended
	check(t, "the suspended user", f.getUser(t, lwa, "u1"), suspended)
	check(t, "the epoch after a suspension", f.epoch(t, "u1"), int64(1))
	check(t, "the epoch of another", f.epoch(t, "u2"), int64(0))

	f.pass(time.Hour)
	check(t, "suspending again", f.suspend(t, lwa, "u1"), []directory.UserError(nil))
	check(t, "the epoch after suspending again", f.epoch(t, "u1"), int64(1))

	users, _, err := f.ListUsers(asRoot(t), lwa, directory.UserFilter{}, directory.Page{})
	checkCode(t, "ListUsers", err, "")
	if len(users) != 2 || users[0].Status != chime.Suspended {
		t.Errorf("ListUsers: got %v, want both, the first of them suspended", users)
	}

	for range 2 { // the second time nobody is suspended: that is no error
		refusals, err := f.UnsuspendUsers(asRoot(t), lwa, []chime.UserID{"u1", "u2"})
		checkCode(t, "UnsuspendUsers", err, "")
		check(t, "UnsuspendUsers", refusals, []directory.UserError(nil))
	}
	check(t, "the user again", f.getUser(t, lwa, "u1"), before)
	check(t, "the epoch after unsuspending", f.epoch(t, "u1"), int64(1))
}

// TestSuspendTeam follows a user of a Team account (decision 1): out of it, free,
// signed in still, and on record as they were, until they are invited again.
func TestSuspendTeam(t *testing.T) {
	f := newFixture(t)
	team := f.account(t, "team", chime.Team)
	user := f.invite(t, team, "Ann@example.com")
	f.pass(time.Hour)
	f.accept(t, team, user)
	before := f.getUser(t, team, user)
	checkCode(t, "LogoutUser", f.LogoutUser(asRoot(t), team, user), "")

	check(t, "the suspension", f.suspend(t, team, user), []directory.UserError(nil))
	record := directory.User{
		ID: user, Email: "Ann@example.com", DisplayName: before.DisplayName, License: chime.Basic, Type: chime.PrivateUser,
		Status: chime.Suspended, Invitation: chime.InvitationAccepted, Registered: before.Registered, Invited: before.Invited,
	}
	check(t, "the record", f.getUser(t, team, user), record)
	check(t, "the epoch", f.epoch(t, user), int64(1))
	users, _, err := f.ListUsers(asRoot(t), team, directory.UserFilter{}, directory.Page{})
	checkCode(t, "ListUsers", err, "")
	check(t, "ListUsers", users, []directory.User{})

	f.pass(time.Hour)
	check(t, "suspending again", f.suspend(t, team, user), []directory.UserError(nil))
	check(t, "the record after suspending again", f.getUser(t, team, user), record)
	f.checkFormerRefusesWrites(t, team, user)

	again := f.invite(t, team, "ann@example.com")
	check(t, "the id of who is invited again", again, user)
	pending := f.getUser(t, team, user)
	if pending.Status != chime.Unregistered || pending.Invitation != chime.InvitationPending || pending.DisplayName != "" {
		t.Errorf("who is invited again: got %+v, want a pending invitation", pending)
	}
	f.accept(t, team, user)
	back := f.getUser(t, team, user)
	if back.Status != chime.Registered || back.PIN != before.PIN || back.Registered != before.Registered || back.License != chime.Pro {
		t.Errorf("who came back: got %+v, want the person of before %+v", back, before)
	}
	check(t, "the epoch of who came back", f.epoch(t, user), int64(1))
}

// checkFormerRefusesWrites sees to it that the record of a former member can be
// read, and nothing else.
func (f *fixture) checkFormerRefusesWrites(t *testing.T, team chime.AccountID, user chime.UserID) {
	t.Helper()
	ctx := asRoot(t)
	for name, call := range map[string]func() error{
		"UpdateUser": func() error {
			return f.UpdateUser(ctx, team, directory.UserChange{User: user, License: new(chime.Basic)})
		},
		"LogoutUser":         func() error { return f.LogoutUser(ctx, team, user) },
		"ResetPersonalPIN":   func() error { _, err := f.ResetPersonalPIN(ctx, team, user); return err },
		"GetUserSettings":    func() error { _, err := f.GetUserSettings(ctx, team, user); return err },
		"UpdateUserSettings": func() error { return f.UpdateUserSettings(ctx, team, user, chime.Telephony{SMS: true}) },
	} {
		f.unchanged(t, name+" of a former member", chime.NotFound, call, team)
	}
	refusals, err := f.UpdateUsers(ctx, team, []directory.UserChange{{User: user, License: new(chime.Basic)}})
	checkCode(t, "UpdateUsers of a former member", err, "")
	check(t, "UpdateUsers of a former member", refusals, []directory.UserError{unknown(user)})
}

func TestSuspendPendingInvitation(t *testing.T) {
	f := newFixture(t)
	team, home := f.account(t, "team", chime.Team), f.account(t, "home", chime.Team)
	stranger := f.invite(t, team, "stranger@example.com")
	f.join(t, home, "member")
	check(t, "who is a member elsewhere", f.invite(t, team, "member@example.com"), chime.UserID("member"))
	former := f.invite(t, team, "former@example.com")
	f.accept(t, team, former)
	f.suspend(t, team, former)
	f.invite(t, team, "former@example.com")

	check(t, "the suspension", f.suspend(t, team, stranger, "member", former), []directory.UserError(nil))
	for _, user := range []chime.UserID{stranger, "member", former} {
		_, err := f.GetUser(asRoot(t), team, user)
		checkCode(t, "GetUser of a suspended invitation", err, chime.NotFound)
	}
	checkCode(t, "accepting it", f.acceptAs(t.Context(), team, stranger, "x"), chime.NotFound)
	check(t, "suspending again", f.suspend(t, team, stranger), []directory.UserError{unknown(stranger)})
	if got := f.getUser(t, home, "member"); got.Status != chime.Registered {
		t.Errorf("the member of another account: got %s, want Registered", got.Status)
	}
	check(t, "the epoch of the member of another account", f.epoch(t, "member"), int64(0))
	check(t, "the id of who is invited once more", f.invite(t, team, "stranger@example.com"), stranger)
}

// TestFormerMemberElsewhere has a former member join another account: the old
// record stays as it was.
func TestFormerMemberElsewhere(t *testing.T) {
	f := newFixture(t)
	old, next := f.account(t, "old", chime.Team), f.account(t, "next", chime.Team)
	f.join(t, old, "ann")
	f.suspend(t, old, "ann")
	record := f.getUser(t, old, "ann")
	f.accept(t, next, f.invite(t, next, "ann@example.com"))
	checkCode(t, "UpdateUser", f.UpdateUser(asRoot(t), next, directory.UserChange{User: "ann", Type: new(chime.SharedDevice)}), "")
	check(t, "the old record", f.getUser(t, old, "ann"), record)
	check(t, "the epoch of a free person who joined", f.epoch(t, "ann"), int64(0))
	f.suspend(t, old, "ann")
	if got := f.getUser(t, next, "ann"); got.Status != chime.Registered {
		t.Errorf("suspending the old record again: the member of the next account is %s, want Registered", got.Status)
	}
}

// TestSuspendNothingHalfDone has the store fail after every statement of a
// suspension in turn.
func TestSuspendNothingHalfDone(t *testing.T) {
	f := newFixture(t)
	team := f.account(t, "team", chime.Team)
	f.join(t, team, "u1", "u2")
	pending := f.invite(t, team, "pending@example.com")
	before := f.everything(t, team)
	broken := fixtureOver(&failing{Store: f.store})
	defer broken.closeRecorder()
	store, _ := broken.store.(*failing)
	for store.after = 0; ; store.after++ {
		_, err := broken.SuspendUsers(asRoot(t), team, []chime.UserID{"u1", pending, "u2", "nobody"})
		if err == nil {
			break
		}
		if !errors.Is(err, errFailing) {
			t.Fatalf("the error: got %v, want the store's", err)
		}
		check(t, fmt.Sprintf("the account after a failure at statement %d", store.after), f.everything(t, team), before)
	}
	if store.after < 4 {
		t.Errorf("statements that failed: got %d, want every one", store.after)
	}
	if got := f.getUser(t, team, "u1"); got.Status != chime.Suspended {
		t.Errorf("the user once the store works: got %s, want Suspended", got.Status)
	}
}

func TestUserIDsAreOpaque(t *testing.T) {
	f := newFixture(t)
	lwa := f.account(t, "lwa", chime.EnterpriseLWA)
	odd := []chime.UserID{"4ab2345c-67de-8901-f23g-45h678901j2k", "a/b", "a%2Fb", "ü", " x ", "'", "🔔", chime.UserID(strings.Repeat("x", 5000))}
	f.join(t, lwa, odd...)
	check(t, "the suspension", f.suspend(t, lwa, odd...), []directory.UserError(nil))
	for _, id := range odd {
		if got := f.getUser(t, lwa, id); got.Status != chime.Suspended || got.ID != id {
			t.Errorf("the user %.40q: got %.40q, %s, want Suspended", id, got.ID, got.Status)
		}
	}
	check(t, "the id trimmed", f.suspend(t, lwa, "x"), []directory.UserError{unknown("x")})
}
