package session_test

import (
	"strings"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/session"
)

func TestCheckWantsTheWholeCookie(t *testing.T) {
	f := newFixture(t)
	ann, bob := f.signIn(t, "ann@example.com").Cookie, f.signIn(t, "bob@example.com").Cookie
	a, b := strings.Split(ann, "."), strings.Split(bob, ".")
	for _, cookie := range []string{
		"", "..", a[0] + "." + a[1] + ".", a[0] + "." + a[1], a[0] + "." + a[1] + "." + b[2], b[0] + "." + a[1] + "." + a[2],
		a[0] + "." + b[1] + "." + a[2], ann + ".", "!." + a[1] + "." + a[2], "AA." + a[1] + "." + a[2], strings.Repeat("a", 5000),
	} {
		_, err := f.Check(t.Context(), cookie)
		isDead(t, "Check of "+cookie[:min(len(cookie), 60)], err)
	}
	_, err := f.Check(t.Context(), ann)
	noError(t, "Check", err)
	f.pass(session.SessionLifetime)
	_, err = f.Check(t.Context(), ann)
	isDead(t, "Check of an expired session", err)
}

func TestListAndEnd(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	old := f.signIn(t, "ann@example.com")
	tokens := f.tokens(t, &old.Signed)
	f.tokens(t, &old.Signed)
	f.pass(time.Hour)
	now := f.signIn(t, "ann@example.com")
	bob := f.signIn(t, "bob@example.com")

	devices, err := f.List(ctx, &now.Signed)
	noError(t, "List", err)
	check(t, "the sessions", devices, []session.Device{
		{UserSession: directory.UserSession{Session: now.Session.ID, Device: "Firefox", Method: chime.ByMail, Since: f.clock}, Current: true},
		{UserSession: directory.UserSession{
			Session: old.Session.ID, Device: "Firefox", Method: chime.ByMail, Since: f.clock.Add(-time.Hour), Apps: []string{"The app"},
		}},
	})
	noError(t, "End of another's", f.End(ctx, &now.Signed, bob.Session.ID))
	noError(t, "End of nothing", f.End(ctx, &now.Signed, "nothing"))
	_, err = f.Check(ctx, bob.Cookie)
	noError(t, "Check of the other's", err)
	noError(t, "End", f.End(ctx, &now.Signed, old.Session.ID))
	noError(t, "End again", f.End(ctx, &now.Signed, old.Session.ID))
	_, err = f.Check(ctx, old.Cookie)
	isDead(t, "Check of the session that ended", err)
	_, err = f.Access(ctx, tokens.Access)
	isDead(t, "Access by its token", err)
	_, err = f.List(ctx, &old.Signed)
	isDead(t, "List by it", err)
	isDead(t, "End by it", f.End(ctx, &old.Signed, now.Session.ID))
	isDead(t, "EndAll by it", f.EndAll(ctx, &old.Signed))
	devices, err = f.List(ctx, &now.Signed)
	noError(t, "List", err)
	check(t, "the number of sessions that are left", len(devices), 1)
	check(t, "the events", f.events(t, ""), []chime.Event{{
		Kind: chime.SessionEnded, Session: old.Session.ID, People: []chime.EventPerson{{User: now.Subject.ID}},
	}})
}

func TestEndAll(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	f.claim(t, "EnterpriseLWA", "lwa.example")
	for _, address := range []string{"ann@example.com", "ann@lwa.example"} {
		one, two := f.signIn(t, address), f.signIn(t, address)
		tokens, code, login := f.tokens(t, &one.Signed), f.code(t, &one.Signed), f.proveAddress(t, address)
		before := one.Subject.CurrentSignout()
		noError(t, "EndAll", f.EndAll(ctx, &two.Signed))
		for name, call := range map[string]func() error{
			"a session":         func() error { _, err := f.Check(ctx, one.Cookie); return err },
			"its own session":   func() error { _, err := f.Check(ctx, two.Cookie); return err },
			"an access token":   func() error { _, err := f.Access(ctx, tokens.Access); return err },
			"a refresh token":   func() error { _, err := f.Refresh(ctx, f.app, tokens.Refresh, ""); return err },
			"a code":            func() error { _, err := f.redeem(t, code); return err },
			"a proven login":    func() error { _, err := f.Finish(ctx, login, "", ""); return err },
			"signing out again": func() error { return f.EndAll(ctx, &two.Signed) },
		} {
			isDead(t, name+" of "+address, call())
		}
		subject := f.subject(t, one.Subject.ID)
		check(t, "the sign-out", subject.CurrentSignout(), before.Raise(f.clock))
		check(t, "the events", f.events(t, subject.Person.Account), []chime.Event{{
			Account: subject.Person.Account, Kind: chime.SignedOut, People: []chime.EventPerson{{User: subject.ID, Epoch: before.Epoch}},
		}})
		f.signIn(t, address)
	}
}

func TestEndByHint(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	ann, bob := f.signIn(t, "ann@example.com"), f.signIn(t, "bob@example.com")
	f.tokens(t, &ann.Signed)
	for _, tt := range []struct {
		user   chime.UserID
		id     chime.SessionID
		client chime.ClientID
	}{
		{ann.Subject.ID, ann.Session.ID, "other"},
		{ann.Subject.ID, bob.Session.ID, "app"},
		{bob.Subject.ID, ann.Session.ID, "app"},
		{bob.Subject.ID, bob.Session.ID, "app"},
		{"", "", ""},
	} {
		noError(t, "EndByHint of what the app is no part of", f.EndByHint(ctx, tt.user, tt.id, tt.client))
	}
	for _, cookie := range []string{ann.Cookie, bob.Cookie} {
		_, err := f.Check(ctx, cookie)
		noError(t, "Check after that", err)
	}
	noError(t, "EndByHint", f.EndByHint(ctx, ann.Subject.ID, ann.Session.ID, "app"))
	noError(t, "EndByHint again", f.EndByHint(ctx, ann.Subject.ID, ann.Session.ID, "app"))
	_, err := f.Check(ctx, ann.Cookie)
	isDead(t, "Check of the session that ended", err)
	check(t, "the number of events", len(f.events(t, "")), 1)
}

// TestSupersede has a cookie die when somebody signs in anew in its browser. What
// apps have of the same person goes on, and of another it ends.
func TestSupersede(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	first := f.signIn(t, "ann@example.com")
	tokens := f.tokens(t, &first.Signed)
	again := f.signIn(t, "ann@example.com")
	noError(t, "Supersede", f.Supersede(ctx, first.Cookie, &again.Signed))
	noError(t, "Supersede again", f.Supersede(ctx, first.Cookie, &again.Signed))
	_, err := f.Check(ctx, first.Cookie)
	isDead(t, "Check of the cookie before", err)
	_, err = f.Check(ctx, again.Cookie)
	noError(t, "Check of the cookie now", err)
	_, err = f.Access(ctx, tokens.Access)
	noError(t, "Access by what an app got before", err)
	devices, err := f.List(ctx, &again.Signed)
	noError(t, "List", err)
	check(t, "the number of sessions", len(devices), 2)
	check(t, "the events", f.events(t, ""), []chime.Event(nil))

	tokens = f.tokens(t, &again.Signed)
	bob := f.signIn(t, "bob@example.com")
	noError(t, "Supersede, by another", f.Supersede(ctx, again.Cookie, &bob.Signed))
	_, err = f.Check(ctx, again.Cookie)
	isDead(t, "Check of the cookie of who was there before", err)
	_, err = f.Access(ctx, tokens.Access)
	isDead(t, "Access by what an app got of them", err)
	_, err = f.Check(ctx, bob.Cookie)
	noError(t, "Check of the other's cookie", err)
	check(t, "the events", f.events(t, ""), []chime.Event{{
		Kind: chime.SessionEnded, Session: again.Session.ID, People: []chime.EventPerson{{User: again.Subject.ID}},
	}})
	for _, cookie := range []string{"", "nonsense", bob.Cookie + "x"} {
		noError(t, "Supersede of nothing", f.Supersede(ctx, cookie, &again.Signed))
	}
	_, err = f.Check(ctx, bob.Cookie)
	noError(t, "Check after that", err)
}

// unrecorded is who is signed in, without the audit records of their last change.
func unrecorded(signed *session.Signed) session.Signed {
	other := *signed
	other.Subject.Person.Record = ""
	if other.Subject.Member != nil {
		member := *other.Subject.Member
		member.Record, other.Subject.Member = "", &member
	}
	return other
}

// TestAccept moves somebody who is signed in from one Team account to another, and
// keeps them signed in where they accepted.
func TestAccept(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	account, err := f.dir.CreateAccount(asRoot(t), "Next")
	noError(t, "CreateAccount", err)
	invite := func(account chime.AccountID) directory.Invitation {
		t.Helper()
		invites, err := f.dir.InviteUsers(asRoot(t), account, []string{"ann@example.com"}, "")
		noError(t, "InviteUsers", err)
		users, _, err := f.dir.ListUsers(asRoot(t), account, directory.UserFilter{Email: "ann@example.com"}, directory.Page{})
		noError(t, "ListUsers", err)
		return directory.Invitation{Account: account, User: users[0].ID, ID: invites[0].ID}
	}
	first, second := invite("Team"), invite(account.ID)
	ann, bob := f.signIn(t, "ann@example.com"), f.signIn(t, "bob@example.com")
	check(t, "the id of who was invited", ann.Subject.ID, first.User)
	_, _, err = f.Accept(ctx, &bob.Signed, first)
	check(t, "accepting by somebody else", chime.CodeOf(err), chime.Forbidden)

	other := f.signIn(t, "ann@example.com")
	cookie, now, err := f.Accept(ctx, &ann.Signed, first)
	noError(t, "Accept", err)
	check(t, "the cookie of a free person who accepts", cookie, "")
	check(t, "the account", now.Subject.Person.Account, chime.AccountID("Team"))
	signed, err := f.Check(ctx, ann.Cookie)
	noError(t, "Check after accepting", err)
	check(t, "who is signed in", unrecorded(signed), unrecorded(now))
	_, _, err = f.Accept(ctx, now, first)
	check(t, "accepting again", chime.CodeOf(err), chime.NotFound)

	tokens := f.tokens(t, now)
	f.pass(time.Minute)
	cookie, now, err = f.Accept(ctx, now, second)
	noError(t, "Accept, from a Team", err)
	signed, err = f.Check(ctx, cookie)
	noError(t, "Check of the new session", err)
	check(t, "who is signed in", unrecorded(signed), unrecorded(now))
	check(t, "the account", now.Subject.Person.Account, account.ID)
	check(t, "the end of the new session", now.Session.Expires, ann.Session.Expires)
	for _, cookie := range []string{ann.Cookie, other.Cookie} {
		_, err = f.Check(ctx, cookie)
		isDead(t, "Check of the session before", err)
	}
	_, err = f.Access(ctx, tokens.Access)
	isDead(t, "Access by a token from before", err)
	_, _, err = f.Accept(ctx, &other.Signed, second)
	isDead(t, "accepting by a session that is over", err)
	var signouts []chime.Event
	for _, e := range f.events(t, account.ID) {
		if e.Kind == chime.SignedOut {
			signouts = append(signouts, e)
		}
	}
	check(t, "the sign-outs", signouts, []chime.Event{{
		Account: account.ID, Kind: chime.SignedOut, People: []chime.EventPerson{{User: first.User}},
	}})
}
