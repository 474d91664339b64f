package directory_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

func addresses(n int) (list []string) {
	for i := range n {
		list = append(list, fmt.Sprintf("person%d@example.com", i))
	}
	return list
}

func TestInviteLimits(t *testing.T) {
	f := newFixture(t)
	team := f.account(t, "team", chime.Team)
	for what, emails := range map[string][]string{
		"51 addresses":           addresses(51),
		"51 times one address":   slices.Repeat(addresses(1), 51),
		"an empty address":       {"a@example.com", ""},
		"no at sign":             {"example.com", "a@example.com"},
		"no dot after the at":    {"a@example"},
		"nothing before the at":  {"@example.com"},
		"nothing after the dot":  {"a@example."},
		"a space":                {"a b@example.com"},
		"a line end":             {"a@example.com\nBcc: all@example.com"},
		"a NUL":                  {"a\x00@example.com"},
		"321 bytes":              {strings.Repeat("a", 321-len("@example.com")) + "@example.com"},
		"a good one and another": {"a@example.com", "b"},
	} {
		f.unchanged(t, "inviting "+what, chime.BadRequest, func() error {
			_, err := f.InviteUsers(asRoot(t), team, emails, "")
			return err
		}, team)
	}
	for what, emails := range map[string][]string{
		"nobody": {}, "50 addresses": addresses(50), "50 times one address": slices.Repeat([]string{"one@example.com"}, 50),
		"320 bytes": {strings.Repeat("a", 320-len("@example.com")) + "@example.com"},
	} {
		invites, err := f.InviteUsers(asRoot(t), team, emails, "")
		checkCode(t, "inviting "+what, err, "")
		check(t, "the number of answers to "+what, len(invites), len(slices.Compact(slices.Clone(emails))))
	}
}

func TestInviteAccounts(t *testing.T) {
	f := newFixture(t)
	f.accountOf(t, tenantTwo, "foreign", chime.Team)
	for _, accountType := range chime.AccountTypes() {
		f.account(t, chime.AccountID(accountType), accountType)
	}
	deleted := f.account(t, "deleted", chime.Team)
	if err := f.DeleteAccount(asRoot(t), deleted); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[chime.AccountID]chime.Code{
		"unknown": chime.NotFound, "foreign": chime.NotFound, "deleted": chime.NotFound,
		"EnterpriseDirectory": chime.Forbidden, "EnterpriseOIDC": chime.Forbidden, "EnterpriseLWA": chime.Forbidden,
	} {
		f.unchanged(t, "inviting to "+string(id), want, func() error {
			_, err := f.InviteUsers(asRoot(t), id, []string{"a@example.com"}, "")
			return err
		}, "foreign", "EnterpriseDirectory", "EnterpriseOIDC", "EnterpriseLWA", "deleted")
	}
	err := f.store.View(t.Context(), func(tx chime.Tx) error {
		holders, err := tx.AddressHolders(t.Context(), []string{"a@example.com"})
		check(t, "who holds the address of refused invitations", len(holders), 0)
		return err
	})
	checkCode(t, "reading the addresses", err, "")
}

// answer is what the tests compare of an Invite.
type answer struct {
	Email       string
	Status      chime.InvitationStatus
	EmailStatus chime.EmailStatus
}

func answers(invites []directory.Invite) (list []answer) {
	for _, i := range invites {
		list = append(list, answer{i.Email, i.Status, i.EmailStatus})
	}
	return list
}

func TestInviteAnswers(t *testing.T) {
	f := newFixture(t)
	team, other := f.account(t, "team", chime.Team), f.account(t, "other", chime.Team)
	f.join(t, team, "member")
	f.join(t, other, "elsewhere")
	f.invite(t, team, "known@example.com")
	f.accept(t, team, f.invite(t, team, "accepted@example.com"))
	got, err := f.InviteUsers(asRoot(t), team, []string{
		"New@Example.com", "member@example.com", "elsewhere@example.com", "NEW@example.com", "Known@example.com", "accepted@example.com",
		"ACCEPTED@example.com",
	}, chime.SharedDevice)
	checkCode(t, "InviteUsers", err, "")
	check(t, "the answers", answers(got), []answer{
		{"New@Example.com", chime.InvitationPending, chime.EmailNotSent},
		{"member@example.com", chime.InvitationAccepted, chime.EmailNotSent},
		{"elsewhere@example.com", chime.InvitationPending, chime.EmailNotSent},
		{"Known@example.com", chime.InvitationPending, chime.EmailNotSent},
		{"accepted@example.com", chime.InvitationAccepted, chime.EmailNotSent},
	})
	seen := map[string]bool{}
	for _, i := range got {
		if i.ID == "" || seen[i.ID] {
			t.Errorf("the id of the invitation of %s: got %q, want one of its own", i.Email, i.ID)
		}
		seen[i.ID] = true
	}
	again, err := f.InviteUsers(asRoot(t), team, []string{"new@example.com", "accepted@example.com"}, "")
	checkCode(t, "inviting again", err, "")
	if again[0].ID == got[0].ID {
		t.Errorf("the id of a second invitation: got that of the first, want another")
	}
	check(t, "the id of the invitation that was accepted", again[1].ID, got[4].ID)
}

// TestPendingShowsNothingOfThePerson invites people who are members elsewhere:
// the account sees what it said itself, and touches nobody.
func TestPendingShowsNothingOfThePerson(t *testing.T) {
	f := newFixture(t)
	home, team := f.accountOf(t, tenantTwo, "home", chime.EnterpriseLWA), f.account(t, "team", chime.Team)
	f.join(t, home, "ann")
	atHome, err := f.GetUser(root(t.Context(), tenantTwo), home, "ann")
	checkCode(t, "GetUser at home", err, "")
	f.pass(time.Hour)
	check(t, "the id of a member elsewhere", f.invite(t, team, "ANN@example.com"), chime.UserID("ann"))
	pending := directory.User{
		ID: "ann", Account: team, Email: "ANN@example.com", Status: chime.Unregistered, Invitation: chime.InvitationPending, Invited: f.clock,
	}
	check(t, "the pending invitation", f.getUser(t, team, "ann"), pending)

	ctx := asRoot(t)
	checkCode(t, "UpdateUser", f.UpdateUser(ctx, team, directory.UserChange{
		User: "ann", License: new(chime.Basic), Type: new(chime.SharedDevice), Alexa: &directory.AlexaChange{Enabled: new(true)},
	}), "")
	check(t, "the invitation with its license set ahead", f.getUser(t, team, "ann"), pending)
	checkCode(t, "LogoutUser", f.LogoutUser(ctx, team, "ann"), "")
	_, err = f.ResetPersonalPIN(ctx, team, "ann")
	checkCode(t, "ResetPersonalPIN", err, chime.BadRequest)
	_, err = f.GetUserSettings(ctx, team, "ann")
	checkCode(t, "GetUserSettings", err, chime.BadRequest)
	checkCode(t, "UpdateUserSettings", f.UpdateUserSettings(ctx, team, "ann", chime.Telephony{SMS: true}), chime.BadRequest)
	accounts, _, err := f.ListAccounts(ctx, directory.AccountFilter{Email: "ann@example.com"}, directory.Page{})
	checkCode(t, "ListAccounts", err, "")
	check(t, "the accounts of who is only invited", len(accounts), 0)
	f.suspend(t, team, "ann")

	after, err := f.GetUser(root(t.Context(), tenantTwo), home, "ann")
	checkCode(t, "GetUser at home", err, "")
	check(t, "the person at home", after, atHome)
	check(t, "the person's epoch", f.epoch(t, "ann"), int64(0))
}

func TestAcceptInvitation(t *testing.T) {
	f := newFixture(t)
	team := f.account(t, "team", chime.Team)
	user := f.invite(t, team, "New@example.com")
	checkCode(t, "UpdateUser", f.UpdateUser(asRoot(t), team, directory.UserChange{User: user, License: new(chime.Basic)}), "")
	invited := f.clock
	f.pass(directory.DefaultInvitationLifetime - time.Microsecond)
	checkCode(t, "AcceptInvitation", f.acceptAs(t.Context(), team, user, "Ann"), "")
	got := f.getUser(t, team, user)
	check(t, "the length of the PIN", len(got.PIN), 10)
	check(t, "the new member", got, directory.User{
		ID: user, Account: team, Email: "New@example.com", DisplayName: "Ann", PIN: got.PIN, License: chime.Basic, Type: chime.PrivateUser,
		Status: chime.Registered, Invitation: chime.InvitationAccepted, Registered: f.clock, Invited: invited, Alexa: &chime.Alexa{},
	})
	check(t, "the epoch", f.epoch(t, user), int64(0))
	checkCode(t, "accepting twice", f.acceptAs(t.Context(), team, user, "Ann"), chime.NotFound)
}

// TestAcceptMovesThePerson takes a person from one Team account to another, with
// a PIN that was reset in between: one person, one PIN, one epoch.
func TestAcceptMovesThePerson(t *testing.T) {
	f := newFixture(t)
	from, to, third := f.account(t, "from", chime.Team), f.accountOf(t, tenantTwo, "to", chime.Team), f.account(t, "third", chime.Team)
	ctx, ctxTo := asRoot(t), root(t.Context(), tenantTwo)
	f.join(t, from, "ann")
	reset, err := f.ResetPersonalPIN(ctx, from, "ann")
	checkCode(t, "ResetPersonalPIN", err, "")
	checkCode(t, "LogoutUser", f.LogoutUser(ctx, from, "ann"), "")
	for tenant, id := range map[chime.TenantID]chime.AccountID{tenantTwo: to, tenantOne: third} {
		_, err := f.InviteUsers(root(t.Context(), tenant), id, []string{"ann@example.com"}, "")
		checkCode(t, "InviteUsers", err, "")
	}
	f.pass(time.Hour)
	f.accept(t, to, "ann")

	_, err = f.GetUser(ctx, from, "ann")
	checkCode(t, "GetUser in the account that was left", err, chime.NotFound)
	got, err := f.GetUser(ctxTo, to, "ann")
	checkCode(t, "GetUser in the new account", err, "")
	if got.PIN != reset.PIN || got.DisplayName != reset.DisplayName || got.Registered != reset.Registered {
		t.Errorf("the person after the move: got %+v, want name, PIN and registration of %+v", got, reset)
	}
	check(t, "the epoch after a sign-out and a move", f.epoch(t, "ann"), int64(2))
	if got := f.getUser(t, third, "ann"); got.Status != chime.Unregistered {
		t.Errorf("the invitation of a third account: got %s, want it as it was", got.Status)
	}
	accounts, _, err := f.ListAccounts(ctxTo, directory.AccountFilter{Email: "Ann@Example.com"}, directory.Page{})
	checkCode(t, "ListAccounts", err, "")
	check(t, "the account of the person", accountIDs(accounts), []chime.AccountID{to})
	checkCode(t, "DeleteAccount of the one that was left", f.DeleteAccount(ctx, from), "")
}

func TestAcceptIsRefused(t *testing.T) {
	f := newFixture(t)
	team := f.account(t, "team", chime.Team)
	for _, managed := range []chime.AccountType{chime.EnterpriseLWA, chime.EnterpriseDirectory, chime.EnterpriseOIDC} {
		user := chime.UserID("user of " + managed)
		f.join(t, f.account(t, chime.AccountID(managed), managed), user)
		f.update(t, func(ctx context.Context, tx chime.Tx) error {
			return tx.PutMembers(ctx, chime.Member{
				Account: team, User: user, Standing: chime.Standing{Status: chime.Unregistered},
				Profile: chime.Profile{Email: string(user), Invitation: chime.InvitationPending, InviteID: "invite", Invited: f.clock},
			})
		})
		f.unchanged(t, "accepting by a user of "+string(managed), chime.Forbidden, func() error {
			return f.acceptAs(t.Context(), team, user, "x")
		}, team, chime.AccountID(managed))
	}
	f.suspend(t, "EnterpriseLWA", "user of EnterpriseLWA")
	checkCode(t, "accepting by a suspended user", f.acceptAs(t.Context(), team, "user of EnterpriseLWA", "x"), chime.Forbidden)

	deleted := f.account(t, "deleted", chime.Team)
	if err := f.DeleteAccount(asRoot(t), deleted); err != nil {
		t.Fatal(err)
	}
	stranger := f.invite(t, team, "stranger@example.com")
	for what, c := range map[string]struct {
		account chime.AccountID
		user    chime.UserID
	}{
		"to an unknown account": {"unknown", stranger}, "to another account": {"EnterpriseLWA", stranger},
		"to a deleted account": {"deleted", stranger}, "by nobody": {team, "nobody"},
	} {
		checkCode(t, "accepting "+what, f.acceptAs(t.Context(), c.account, c.user, "x"), chime.NotFound)
	}
	f.pass(directory.DefaultInvitationLifetime)
	checkCode(t, "accepting too late", f.acceptAs(t.Context(), team, stranger, "x"), chime.BadRequest)
	f.invite(t, team, "stranger@example.com")
	checkCode(t, "accepting a second invitation", f.acceptAs(t.Context(), team, stranger, "x"), "")
}

// TestAcceptInAClaimedDomain refuses an invitation, before and after who was invited
// signs in, once another account has verified the domain of the address.
func TestAcceptInAClaimedDomain(t *testing.T) {
	f := newSignins(t)
	user := f.invite(t, "team", "ann@claimed.example")
	list, _, err := f.ListInvitations(asRoot(t), "team", directory.Page{})
	if err != nil || len(list) != 1 {
		t.Fatalf("got the invitations %v and %v, want one", list, err)
	}
	_, err = f.ShowInvitation(t.Context(), list[0].Invitation)
	checkCode(t, "ShowInvitation", err, "")
	f.claim(t, "lwa", "claimed.example")
	_, err = f.ShowInvitation(t.Context(), list[0].Invitation)
	checkCode(t, "ShowInvitation after the claim", err, chime.Conflict)
	f.unchanged(t, "accepting", chime.Conflict, func() error {
		return f.store.Update(t.Context(), func(tx chime.Tx) error {
			_, err := f.AcceptInvitation(t.Context(), tx, chime.Subject{Person: chime.Person{ID: user}}, list[0].Invitation)
			return err
		})
	}, "team", "lwa")
}

// TestPagesOfInvitations finds the few among many members, and says when it has not
// looked at all of them.
func TestPagesOfInvitations(t *testing.T) {
	f := newFixture(t)
	team := f.account(t, "team", chime.Team)
	f.join(t, team, numbered("0", 0, 1500)...) // before those who are invited
	for i := range 3 {
		f.invite(t, team, fmt.Sprintf("invited-%d@example.com", i))
	}
	var found []directory.PendingInvitation
	pages := 0
	for p := (directory.Page{Limit: 2}); ; {
		list, next, err := f.ListInvitations(asRoot(t), team, p)
		if err != nil || len(list) > 2 {
			t.Fatalf("a page of two: got %v and %v", list, err)
		}
		found = append(found, list...)
		pages++
		if p.Token = next; next == "" {
			break
		}
	}
	if len(found) != 3 || found[0].User >= found[1].User || found[1].User >= found[2].User || pages < 3 {
		t.Fatalf("got %+v on %d pages, want the three in their order, after an empty page", found, pages)
	}
	f.accept(t, team, found[0].User)
	cancel := func(ctx context.Context, i int) func() error {
		return func() error { return f.CancelInvitation(ctx, team, found[i].User) }
	}
	f.unchanged(t, "canceling an accepted invitation", chime.Conflict, cancel(asRoot(t), 0), team)
	f.unchanged(t, "canceling by another tenant", chime.NotFound, cancel(root(t.Context(), tenantTwo), 1), team)
	checkCode(t, "canceling", cancel(asRoot(t), 1)(), "")
	_, err := f.ShowInvitation(t.Context(), found[1].Invitation)
	checkCode(t, "the link of a canceled invitation", err, chime.NotFound)
}

// TestInviteWhoIsBlocked reaches nobody who was suspended in a domain that was
// released since.
func TestInviteWhoIsBlocked(t *testing.T) {
	f := newFixture(t)
	account := f.account(t, "a", chime.Team)
	f.verified(t, account, "example.com")
	f.join(t, account, "ann")
	f.suspend(t, account, "ann")
	if err := f.DeleteDomain(asRoot(t), account, "example.com"); err != nil {
		t.Fatal(err)
	}
	invites, err := f.InviteUsers(asRoot(t), account, []string{"ann@example.com"}, "")
	if err != nil || len(invites) != 1 || invites[0].Status != chime.InvitationFailed || invites[0].EmailStatus != chime.EmailNotSent {
		t.Errorf("got %+v and %v, want one that failed and was not sent", invites, err)
	}
	check(t, "their status", f.getUser(t, account, "ann").Status, chime.Suspended)
}

// TestInviteSharedDevice invites an address for a shared device. Whoever signs in
// by it is a person, with a PIN.
func TestInviteSharedDevice(t *testing.T) {
	f := newFixture(t)
	team := f.account(t, "team", chime.Team)
	_, err := f.InviteUsers(asRoot(t), team, []string{"room@example.com"}, chime.SharedDevice)
	checkCode(t, "InviteUsers", err, "")
	users, _, err := f.ListUsers(asRoot(t), team, directory.UserFilter{Type: chime.SharedDevice}, directory.Page{})
	checkCode(t, "ListUsers", err, "")
	if len(users) != 1 {
		t.Fatalf("shared devices: got %v, want one", users)
	}
	f.accept(t, team, users[0].ID)
	if got := f.getUser(t, team, users[0].ID); len(got.PIN) != 10 || got.Type != chime.SharedDevice {
		t.Errorf("the device: got a %s with the PIN %q, want a SharedDevice with one", got.Type, got.PIN)
	}
}
