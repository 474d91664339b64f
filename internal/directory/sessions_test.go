package directory_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/session"
)

// living is the rule of the sessions that a server has.
func (f *fixture) living(s chime.Session, subject chime.Subject) bool {
	return session.New(session.Config{Store: f.store, Directory: f.Directory, Now: f.now}).Living(s, subject)
}

// signedIn gives a person sessions that live for an hour, each a minute younger than
// the one before.
func (f *fixture) signedIn(t testing.TB, user chime.UserID, ids ...chime.SessionID) {
	t.Helper()
	epoch := f.epoch(t, user)
	f.update(t, func(ctx context.Context, tx chime.Tx) error {
		var list []chime.Session
		for i, id := range ids {
			list = append(list, chime.Session{
				User: user, ID: id, Epoch: epoch, Method: chime.ByMail, Device: "Firefox", Created: f.clock.Add(time.Duration(i) * time.Minute),
				Expires: f.clock.Add(time.Hour),
			})
		}
		return tx.PutSessions(ctx, list...)
	})
}

func (f *fixture) sessionsOf(t testing.TB, account chime.AccountID, user chime.UserID) (ids []chime.SessionID) {
	t.Helper()
	list, err := f.ListUserSessions(asRoot(t), account, user, f.living)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		ids = append(ids, s.Session)
	}
	return ids
}

func TestListUserSessions(t *testing.T) {
	f := newFixture(t)
	f.account(t, "lwa", chime.EnterpriseLWA)
	f.join(t, "lwa", "ann", "bob")
	f.signedIn(t, "ann", "old", "ended", "new")
	f.signedIn(t, "bob", "of bob")
	f.update(t, func(ctx context.Context, tx chime.Tx) error {
		ended, _, err := tx.SessionAndSubject(ctx, "ann", "ended", "lwa")
		ended.Ended = f.clock
		grant := func(id chime.GrantID, client chime.ClientID) chime.Grant {
			return chime.Grant{User: "ann", ID: id, Session: "old", Client: client}
		}
		return errors.Join(err, tx.PutSessions(ctx, *ended),
			tx.PutApp(ctx, chime.App{ID: "wiki", Tenant: tenantOne, Name: "Wiki"}), tx.PutApp(ctx, chime.App{ID: "chat", Tenant: tenantOne, Name: "Chat"}),
			tx.PutApp(ctx, chime.App{ID: "theirs", Tenant: tenantTwo, Name: "Theirs"}),
			tx.PutGrants(ctx, grant("1", "wiki"), grant("2", "wiki"), grant("3", "chat"), grant("4", "theirs"), grant("5", "gone")))
	})
	list, err := f.ListUserSessions(asRoot(t), "lwa", "ann", f.living)
	checkCode(t, "ListUserSessions", err, "")
	check(t, "the sessions", list, []directory.UserSession{
		{Session: "new", Device: "Firefox", Method: chime.ByMail, Since: f.clock.Add(2 * time.Minute)},
		{Session: "old", Device: "Firefox", Method: chime.ByMail, Since: f.clock, Apps: []string{"Chat", "Wiki"}},
	})
	for what, call := range map[string]struct {
		ctx     context.Context
		account chime.AccountID
		user    chime.UserID
	}{
		"another tenant's": {root(t.Context(), tenantTwo), "lwa", "ann"}, "an unknown user's": {asRoot(t), "lwa", "nobody"},
		"in an unknown account": {asRoot(t), "unknown", "ann"},
	} {
		_, err := f.ListUserSessions(call.ctx, call.account, call.user, f.living)
		checkCode(t, what, err, chime.NotFound)
	}
	_, err = f.ListUserSessions(t.Context(), "lwa", "ann", f.living)
	checkCode(t, "without permission", err, chime.Forbidden)
	checkCode(t, "LogoutUser", f.LogoutUser(asRoot(t), "lwa", "ann"), "")
	check(t, "the sessions after a sign-out", f.sessionsOf(t, "lwa", "ann"), []chime.SessionID(nil))
	f.suspend(t, "lwa", "bob")
	check(t, "the sessions of somebody suspended", f.sessionsOf(t, "lwa", "bob"), []chime.SessionID(nil))
}

// TestSessionsAreOfTheOwnAccountAlone: an invitation, and a membership that was, give
// nobody a look at a person's sessions.
func TestSessionsAreOfTheOwnAccountAlone(t *testing.T) {
	f := newFixture(t)
	team, next := f.account(t, "team", chime.Team), f.account(t, "next", chime.Team)
	f.join(t, team, "ann", "bob")
	f.signedIn(t, "ann", "one")
	f.invite(t, next, "ann@example.com")
	check(t, "in the account that invited them", f.sessionsOf(t, next, "ann"), []chime.SessionID(nil))
	end := func(account chime.AccountID) func() error {
		return func() error { return f.EndUserSession(asRoot(t), account, "ann", "one") }
	}
	f.unchanged(t, "ending it there", chime.NotFound, end(next), team, next)
	check(t, "in their own", f.sessionsOf(t, team, "ann"), []chime.SessionID{"one"})
	f.suspend(t, team, "ann") // who is free then, and may sign in
	f.signedIn(t, "ann", "free")
	check(t, "in the account that removed them", f.sessionsOf(t, team, "ann"), []chime.SessionID(nil))
	f.unchanged(t, "ending one of a free person", chime.NotFound, func() error { return f.EndUserSession(asRoot(t), team, "ann", "free") }, team)
}

func TestEndUserSession(t *testing.T) {
	f := newFixture(t)
	f.account(t, "lwa", chime.EnterpriseLWA)
	f.join(t, "lwa", "ann", "bob")
	f.signedIn(t, "ann", "one", "two")
	f.signedIn(t, "bob", "of bob")
	for what, call := range map[string]struct {
		ctx  context.Context
		user chime.UserID
		id   chime.SessionID
		code chime.Code
	}{
		"by another tenant":  {root(t.Context(), tenantTwo), "ann", "one", chime.NotFound},
		"without permission": {t.Context(), "ann", "one", chime.Forbidden},
		"of somebody else":   {asRoot(t), "ann", "of bob", chime.NotFound},
		"of an unknown user": {asRoot(t), "nobody", "one", chime.NotFound},
		"that is not there":  {asRoot(t), "ann", "none", chime.NotFound},
	} {
		f.unchanged(t, "ending one "+what, call.code, func() error { return f.EndUserSession(call.ctx, "lwa", call.user, call.id) }, "lwa")
	}
	check(t, "what is left", f.sessionsOf(t, "lwa", "ann"), []chime.SessionID{"two", "one"})
	for range 2 {
		checkCode(t, "EndUserSession", f.EndUserSession(asRoot(t), "lwa", "ann", "one"), "")
	}
	check(t, "the sessions after it", f.sessionsOf(t, "lwa", "ann"), []chime.SessionID{"two"})
	check(t, "those of somebody else", f.sessionsOf(t, "lwa", "bob"), []chime.SessionID{"of bob"})
	events := f.events(t)
	if len(events) != 1 || events[0].Kind != chime.SessionEnded || events[0].Session != "one" || events[0].Account != "lwa" || len(f.woken) != 1 || f.woken[0] != events[0].ID {
		t.Errorf("got the events %+v and woke for %v, want one for the session", events, f.woken)
	}
}

// TestListSignoutsOfAnAccount: an account sees whom it signed out, also who is in it
// no more, and what other accounts and apps of others do stays with them.
func TestListSignoutsOfAnAccount(t *testing.T) {
	f := newFixture(t)
	team := f.account(t, "team", chime.Team)
	f.account(t, "next", chime.Team)
	f.accountOf(t, tenantTwo, "theirs", chime.Team)
	f.join(t, team, "ann", "bob")
	checkCode(t, "LogoutUser", f.LogoutUser(asRoot(t), team, "ann"), "")
	f.suspend(t, team, "ann")
	type told struct {
		Client chime.ClientID
		App    string
		Status chime.DeliveryStatus
		Reason string
	}
	signouts := func(ctx context.Context, account chime.AccountID) (list []told) {
		t.Helper()
		found, err := f.ListSignouts(ctx, account, "ann")
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range found {
			list = append(list, told{s.Client, s.App, s.Status, s.Reason})
		}
		return list
	}
	check(t, "before anybody began to tell", signouts(asRoot(t), team), []told{{Status: chime.DeliveryPending}})
	f.update(t, func(ctx context.Context, tx chime.Tx) error {
		delivery := func(event chime.EventID, account chime.AccountID, client chime.ClientID, status chime.DeliveryStatus, reason string) chime.Delivery {
			return chime.Delivery{User: "ann", Event: event, Client: client, Account: account, Status: status, Reason: reason}
		}
		events, err := tx.DueEvents(ctx, team, f.clock.Add(time.Hour), 9)
		return errors.Join(err, tx.FinishEvents(ctx, team, []chime.EventID{events[0].ID}),
			tx.PutApp(ctx, chime.App{ID: "wiki", Tenant: tenantOne, Name: "Wiki"}), tx.PutApp(ctx, chime.App{ID: "their app", Tenant: tenantTwo, Name: "Theirs"}),
			tx.AddDeliveries(ctx, delivery("e3", team, "wiki", chime.DeliveryFailed, "refused"), delivery("e3", team, "their app", chime.DeliveryPending, "their host"),
				delivery("e3", team, "gone", chime.DeliveryConfirmed, ""), delivery("e2", "next", "wiki", chime.DeliveryConfirmed, ""),
				delivery("e1", "theirs", "their app", chime.DeliveryConfirmed, ""), delivery("e0", team, "", chime.DeliveryConfirmed, "")))
	})
	ofTeam := []told{
		{"wiki", "Wiki", chime.DeliveryFailed, "refused"}, {"their app", "", chime.DeliveryPending, ""}, {"gone", "", chime.DeliveryConfirmed, ""},
	}
	ofNext := []told{{"wiki", "Wiki", chime.DeliveryConfirmed, ""}}
	check(t, "of the account", signouts(asRoot(t), team), ofTeam)
	check(t, "of another", signouts(asRoot(t), "next"), ofNext)
	check(t, "of all of the tenant", signouts(asRoot(t), ""), append(ofTeam, ofNext...))
	check(t, "of another tenant", signouts(root(t.Context(), tenantTwo), ""), []told{{"their app", "Theirs", chime.DeliveryConfirmed, ""}})
	_, err := f.ListSignouts(root(t.Context(), tenantTwo), team, "ann")
	checkCode(t, "another tenant's account", err, chime.NotFound)
	_, err = f.ListSignouts(t.Context(), team, "ann")
	checkCode(t, "without permission", err, chime.Forbidden)
}
