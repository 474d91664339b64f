package directory_test

import (
	"context"
	"testing"

	"github.com/google/uuid"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

func TestCreateUser(t *testing.T) {
	f := newFixture(t)
	id := f.account(t, "directory", chime.EnterpriseDirectory)
	for _, c := range []struct {
		given    directory.NewUser
		wantName string
		wantPIN  int
	}{
		{directory.NewUser{Username: "Room 1", Type: chime.SharedDevice}, "Room 1", 0},
		{directory.NewUser{Email: "Desk@Example.com"}, "Desk@Example.com", 10},
		{directory.NewUser{Username: "Ann", Email: "ann@example.com", Type: chime.PrivateUser}, "Ann", 10},
		{directory.NewUser{Username: "Ann"}, "Ann", 10},
	} {
		got, err := f.CreateUser(asRoot(t), id, c.given)
		checkCode(t, "CreateUser", err, "")
		if _, err := uuid.Parse(string(got.ID)); err != nil {
			t.Errorf("the id of %+v: got %q, want a UUID", c.given, got.ID)
		}
		want := directory.User{
			ID: got.ID, Account: id, Email: c.given.Email, DisplayName: c.wantName, PIN: got.PIN, License: chime.Pro, Type: c.given.Type,
			Status: chime.Registered, Registered: f.clock, Alexa: &chime.Alexa{},
		}
		if want.Type == "" {
			want.Type = chime.PrivateUser
		}
		check(t, "the new user", got, want)
		check(t, "the length of the PIN", len(got.PIN), c.wantPIN)
		check(t, "the same read again", f.getUser(t, id, got.ID), want)
	}
}

func TestCreateUserIsRefused(t *testing.T) {
	f := newFixture(t)
	f.accountOf(t, tenantTwo, "foreign", chime.EnterpriseDirectory)
	for _, accountType := range chime.AccountTypes() {
		f.account(t, chime.AccountID(accountType), accountType)
	}
	f.join(t, "EnterpriseLWA", "ann")
	f.join(t, "Team", "free")
	f.suspend(t, "Team", "free")
	for _, c := range []struct {
		account chime.AccountID
		user    directory.NewUser
		want    chime.Code
	}{
		{"Team", directory.NewUser{Username: "x"}, chime.BadRequest},
		{"EnterpriseLWA", directory.NewUser{Username: "x"}, chime.BadRequest},
		{"EnterpriseOIDC", directory.NewUser{Username: "x"}, chime.BadRequest},
		{"EnterpriseDirectory", directory.NewUser{}, chime.BadRequest},
		{"EnterpriseDirectory", directory.NewUser{Type: chime.SharedDevice}, chime.BadRequest},
		{"EnterpriseDirectory", directory.NewUser{Email: "x"}, chime.BadRequest},
		{"EnterpriseDirectory", directory.NewUser{Email: "ANN@example.com"}, chime.Conflict},
		{"EnterpriseDirectory", directory.NewUser{Email: "free@example.com"}, chime.Conflict},
		{"foreign", directory.NewUser{Username: "x"}, chime.NotFound},
		{"unknown", directory.NewUser{Username: "x"}, chime.NotFound},
	} {
		f.unchanged(t, "CreateUser in "+string(c.account), c.want, func() error {
			_, err := f.CreateUser(asRoot(t), c.account, c.user)
			return err
		}, "Team", "EnterpriseLWA", "EnterpriseOIDC", "EnterpriseDirectory", "foreign")
	}
}

// TestInvitationKeepsNoAddress invites an address to a Team account, and its
// owner comes into being in a directory: an invitation grants nothing over the
// person, not even that they cannot be created, and they keep the id that it made.
func TestInvitationKeepsNoAddress(t *testing.T) {
	f := newFixture(t)
	team, corp := f.account(t, "team", chime.Team), f.accountOf(t, tenantTwo, "corp", chime.EnterpriseDirectory)
	invited := f.invite(t, team, "boss@corp.example.com")
	pending := f.getUser(t, team, invited)
	created, err := f.CreateUser(root(t.Context(), tenantTwo), corp, directory.NewUser{Email: "Boss@corp.example.com"})
	checkCode(t, "CreateUser", err, "")
	check(t, "the id", created.ID, invited)
	check(t, "the invitation", f.getUser(t, team, invited), pending)
	checkCode(t, "accepting it", f.acceptAs(t.Context(), team, invited, "x"), chime.Forbidden)
	_, err = f.CreateUser(root(t.Context(), tenantTwo), corp, directory.NewUser{Email: "boss@corp.example.com"})
	checkCode(t, "CreateUser once more", err, chime.Conflict)
}

func TestLogoutUser(t *testing.T) {
	f := newFixture(t)
	for _, accountType := range chime.AccountTypes() {
		id, user := f.account(t, chime.AccountID(accountType), accountType), chime.UserID(accountType)
		f.join(t, id, user)
		before := f.getUser(t, id, user)
		for want := range int64(3) {
			check(t, "the epoch", f.epoch(t, user), want)
			checkCode(t, "LogoutUser", f.LogoutUser(asRoot(t), id, user), "")
		}
		check(t, "the user afterwards", f.getUser(t, id, user), before)
	}
	f.suspend(t, "EnterpriseLWA", "EnterpriseLWA")
	checkCode(t, "LogoutUser of a suspended user", f.LogoutUser(asRoot(t), "EnterpriseLWA", "EnterpriseLWA"), "")
	check(t, "the epoch of a suspended user", f.epoch(t, "EnterpriseLWA"), int64(5))
	check(t, "the status of a suspended user", f.getUser(t, "EnterpriseLWA", "EnterpriseLWA").Status, chime.Suspended)
	for account, user := range map[chime.AccountID]chime.UserID{"Team": "EnterpriseLWA", "EnterpriseLWA": "nobody", "unknown": "Team"} {
		f.unchanged(t, "LogoutUser of "+string(user), chime.NotFound, func() error { return f.LogoutUser(asRoot(t), account, user) }, "Team", "EnterpriseLWA")
	}
}

func TestResetPersonalPIN(t *testing.T) {
	f := newFixture(t)
	lwa := f.account(t, "lwa", chime.EnterpriseLWA)
	f.join(t, lwa, "ann", "bob")
	f.suspend(t, lwa, "bob")
	for _, user := range []chime.UserID{"ann", "bob"} {
		before := f.getUser(t, lwa, user)
		got, err := f.ResetPersonalPIN(asRoot(t), lwa, user)
		checkCode(t, "ResetPersonalPIN", err, "")
		if got.PIN == before.PIN || len(got.PIN) != 10 {
			t.Errorf("the PIN after %q: got %q, want 10 other digits", before.PIN, got.PIN)
		}
		check(t, "the user read again", f.getUser(t, lwa, user), got)
		old := before.PIN
		before.PIN = got.PIN
		check(t, "the rest of the user", got, before)
		err = f.store.View(t.Context(), func(tx chime.Tx) error {
			holders, err := tx.PINHolders(t.Context(), []string{old, got.PIN})
			check(t, "who holds the old and the new PIN", holders, map[string]chime.UserID{got.PIN: user})
			return err
		})
		checkCode(t, "reading the PINs", err, "")
	}
	f.update(t, func(ctx context.Context, tx chime.Tx) error {
		return tx.PutMembers(ctx, chime.Member{
			Account: lwa, User: "device", Standing: chime.Standing{Status: chime.Registered}, Profile: chime.Profile{Type: chime.SharedDevice},
		})
	})
	for user, want := range map[chime.UserID]chime.Code{"device": chime.BadRequest, "nobody": chime.NotFound} {
		_, err := f.ResetPersonalPIN(asRoot(t), lwa, user)
		checkCode(t, "ResetPersonalPIN of "+string(user), err, want)
	}
}
