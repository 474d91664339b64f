package directory_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/sqlstore"
	"github.com/carillon-id/carillon/internal/sqlstore/postgres"
	"github.com/carillon-id/carillon/internal/sqlstore/sqlite"
)

// Two operations meet: one has read, and before it writes, the other runs. What
// both answer, and what is there afterwards, must be as if one had come after the
// other.

// meeting is one of the operations, over a directory as seatAll makes it.
type meeting struct {
	name    string
	inPlace bool // by UpdateInPlace
	run     func(f *fixture, t testing.TB) string
}

// toldOf is what a caller is told: the code of an error, and who was refused.
func toldOf(refusals []directory.UserError, err error) string {
	return fmt.Sprint(chime.CodeOf(err), refusals)
}

func told(err error) string { return toldOf(nil, err) }

// meetings are operations that write, each of them on several people.
func meetings() []meeting {
	batch := func(account chime.AccountID, users ...chime.UserID) []chime.UserID {
		for i, user := range users {
			users[i] = chime.UserID(account) + "-" + user
		}
		return users
	}
	team, lwa := []chime.UserID{"member", "pending", "left", "new"}, []chime.UserID{"on", "off", "asked", "new"}
	return []meeting{
		{"suspend LWA", true, func(f *fixture, t testing.TB) string {
			return toldOf(f.SuspendUsers(asRoot(t), "lwa", batch("lwa", slices.Clone(lwa)...)))
		}},
		{"unsuspend LWA", true, func(f *fixture, t testing.TB) string {
			return toldOf(f.UnsuspendUsers(asRoot(t), "lwa", batch("lwa", slices.Clone(lwa)...)))
		}},
		{"suspend Team", true, func(f *fixture, t testing.TB) string {
			return toldOf(f.SuspendUsers(asRoot(t), "team", batch("team", slices.Clone(team)...)))
		}},
		{"suspend the last of a Team", true, func(f *fixture, t testing.TB) string {
			return toldOf(f.SuspendUsers(asRoot(t), "small", []chime.UserID{"small-last"}))
		}},
		{"update licenses", true, func(f *fixture, t testing.TB) string {
			return toldOf(f.UpdateUsers(asRoot(t), "team", licenses(batch("team", slices.Clone(team)...)...)))
		}},
		{"update types", true, func(f *fixture, t testing.TB) string {
			return toldOf(f.UpdateUsers(asRoot(t), "lwa", []directory.UserChange{
				{User: "lwa-on", Type: new(chime.SharedDevice)}, {User: "lwa-asked", Type: new(chime.SharedDevice)},
			}))
		}},
		{"log out of LWA", true, func(f *fixture, t testing.TB) string { return told(f.LogoutUser(asRoot(t), "lwa", "lwa-on")) }},
		{"log out of Team", true, func(f *fixture, t testing.TB) string { return told(f.LogoutUser(asRoot(t), "team", "team-member")) }},
		{"invite", false, func(f *fixture, t testing.TB) string {
			_, err := f.InviteUsers(asRoot(t), "team", emails(batch("team", slices.Clone(team)...)), "")
			return told(err)
		}},
		{"invite one of LWA", false, func(f *fixture, t testing.TB) string {
			_, err := f.InviteUsers(asRoot(t), "small", []string{"lwa-on@example.com", "team-member@example.com"}, "")
			return told(err)
		}},
		{"accept", false, func(f *fixture, t testing.TB) string {
			return told(f.acceptAs(t.Context(), "team", "team-pending", "Pending"))
		}},
		{"accept elsewhere", false, func(f *fixture, t testing.TB) string {
			return told(f.acceptAs(t.Context(), "small", "team-member", "Member"))
		}},
		{"settings", false, func(f *fixture, t testing.TB) string {
			return told(f.UpdateUserSettings(asRoot(t), "team", "team-member", chime.Telephony{SMS: true}))
		}},
		{"PIN", false, func(f *fixture, t testing.TB) string {
			_, err := f.ResetPersonalPIN(asRoot(t), "team", "team-member")
			return told(err)
		}},
		{"license of the account", false, func(f *fixture, t testing.TB) string {
			_, err := f.UpdateAccount(asRoot(t), "team", directory.AccountChange{DefaultLicense: new(chime.Basic)})
			return told(err)
		}},
		{"delete the account", false, func(f *fixture, t testing.TB) string { return told(f.DeleteAccount(asRoot(t), "small")) }},
		{"create", false, func(f *fixture, t testing.TB) string {
			_, err := f.CreateUser(asRoot(t), "directory", directory.NewUser{Email: "team-new@example.com", Type: chime.SharedDevice})
			return told(err)
		}},
		{"import", false, func(f *fixture, t testing.TB) string { return importing(t, f, false) }},
		{"import over", false, func(f *fixture, t testing.TB) string { return importing(t, f, true) }},
	}
}

// importing adds people to what is there, and moves one when it overwrites.
func importing(t testing.TB, f *fixture, overwrite bool) string {
	batch := directory.ImportBatch{Overwrite: overwrite, Users: []directory.ImportUser{
		record("lwa-new", "lwa", chime.Registered), record("lwa-off", "lwa", chime.Registered), record("lwa-on", "lwa", chime.Registered),
		record("lwa-asked", "lwa", chime.Unregistered),
		record("team-new", "team", chime.Registered), record("team-member", "lwa", chime.Registered),
		record("lwa-off2", "team", chime.Registered),
		record("team-pending", "team", chime.Unregistered), record("team-left", "team", chime.Suspended),
	}}
	if overwrite {
		managed := directory.ImportAccount{Account: chime.Account{ID: "lwa", Type: chime.EnterpriseLWA, SupportedLicenses: []chime.License{chime.Pro}}}
		batch.Accounts = []directory.ImportAccount{managed}
	}
	result, err := f.Import(asOperator(t), batch)
	return fmt.Sprint(told(err), result)
}

// seatAll puts people of every kind into the directory.
func seatAll(t testing.TB, f *fixture) {
	t.Helper()
	for id, kind := range map[chime.AccountID]chime.AccountType{
		"team": chime.Team, "small": chime.Team, "lwa": chime.EnterpriseLWA, "directory": chime.EnterpriseDirectory,
	} {
		f.account(t, id, kind)
	}
	f.join(t, "team", "team-member", "team-left")
	f.join(t, "small", "small-last")
	f.join(t, "lwa", "lwa-on", "lwa-off", "lwa-off2")
	f.update(t, func(ctx context.Context, tx chime.Tx) error {
		asked := func(account chime.AccountID, user chime.UserID) chime.Member {
			return chime.Member{
				Account: account, User: user, Standing: chime.Standing{Status: chime.Unregistered, License: chime.Plus},
				Profile: chime.Profile{Email: string(user) + "@example.com", Type: chime.PrivateUser, Invitation: chime.InvitationPending, Invited: f.clock},
			}
		}
		claims := map[string]chime.UserID{"team-pending@example.com": "team-pending", "lwa-asked@example.com": "lwa-asked"}
		if err := tx.ClaimAddresses(ctx, claims); err != nil {
			return err
		}
		return tx.PutMembers(ctx, asked("team", "team-pending"), asked("small", "team-member"), asked("lwa", "lwa-asked"))
	})
	f.suspend(t, "team", "team-left")
	f.suspend(t, "lwa", "lwa-off", "lwa-off2")
}

// state is all that a store holds of accounts and people, as text. What is random
// is told by what it is of.
func state(t testing.TB, s chime.Store) string {
	t.Helper()
	var b strings.Builder
	err := s.View(t.Context(), func(tx chime.Tx) error {
		ctx := t.Context()
		accounts, err1 := tx.ScanAccounts(ctx, "", "", 100)
		members, err2 := tx.ScanMembers(ctx, chime.MemberKey{}, 100)
		former, err3 := tx.ScanFormerMembers(ctx, chime.MemberKey{}, 100)
		people, err4 := tx.ScanPeople(ctx, "", 100)
		addresses, err5 := tx.ScanAddresses(ctx, "", 100)
		counts, err6 := tx.Counts(ctx)
		delete(counts, "account_audit") // a refusal as a whole is not recorded
		delete(counts, "tenant_audit")
		fmt.Fprintln(&b, counts)
		known := map[chime.UserID]string{}
		for _, a := range addresses {
			known[a.User] = "whose address is " + a.Key
		}
		for i, m := range members {
			members[i].User = chime.UserID(known[m.User])
			members[i].InviteID, members[i].PIN, members[i].Record = fmt.Sprint(m.InviteID != ""), fmt.Sprint(m.PIN != ""), ""
		}
		for i, p := range people {
			people[i].ID, people[i].PIN, people[i].Record = chime.UserID(known[p.ID]), fmt.Sprint(p.PIN != ""), ""
		}
		for i := range accounts {
			accounts[i].Record = ""
		}
		for i := range former {
			former[i].Record = ""
		}
		slices.SortFunc(members, func(a, b chime.Member) int {
			return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.User, b.User))
		})
		slices.SortFunc(people, func(a, b chime.Person) int { return cmp.Compare(a.ID, b.ID) })
		for _, list := range [][]any{anys(accounts), anys(members), anys(former), anys(people)} {
			for _, v := range list {
				text, err := json.Marshal(v)
				fmt.Fprintf(&b, "%T %s\n", v, text)
				if err != nil {
					return err
				}
			}
		}
		return cmp.Or(err1, err2, err3, err4, err5, err6)
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func anys[T any](list []T) (all []any) {
	for _, v := range list {
		all = append(all, v)
	}
	return all
}

// inTurn runs one operation after the other.
func inTurn(t *testing.T, first, second meeting) (answers [2]string, after string) {
	t.Helper()
	s, err := sqlite.Open(t.Context(), sqlite.Memory)
	if err != nil {
		t.Fatal(err)
	}
	f := fixtureOver(s)
	seatAll(t, f)
	answers = [2]string{first.run(f, t), second.run(f, t)}
	after = state(t, s)
	f.closeRecorder()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return answers, after
}

// interrupted is an engine whose transaction, once it has read, makes way.
type interrupted struct {
	sqlstore.Engine
	interrupt func()
}

func (e interrupted) Write(ctx context.Context, fn func(sqlstore.Conn) error) error {
	return e.Engine.Write(ctx, func(c sqlstore.Conn) error { return fn(interruptedConn{c, e.interrupt}) })
}

func (e interrupted) WriteInPlace(ctx context.Context, fn func(sqlstore.Conn) error) error {
	inPlace, _ := e.Engine.(sqlstore.InPlaceWriter)
	return inPlace.WriteInPlace(ctx, func(c sqlstore.Conn) error { return fn(interruptedConn{c, e.interrupt}) })
}

type interruptedConn struct {
	sqlstore.Conn
	interrupt func()
}

func (c interruptedConn) Query(ctx context.Context, sql string, args []any, each func(sqlstore.Row) error) error {
	err := c.Conn.Query(ctx, sql, args, each)
	c.interrupt()
	return err
}

// waitForOther is how long the first waits for the second, which may itself wait
// for what the first has locked.
const waitForOther = 50 * time.Millisecond

// meet runs the first operation and, once it has read, the second.
func meet(t *testing.T, url string, engine sqlstore.Engine, first, second meeting) (answers [2]string, after string) {
	t.Helper()
	if err := emptyPostgres(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	f := fixtureOver(sqlstore.New(engine))
	seatAll(t, f)
	done := make(chan struct{})
	between := sync.OnceFunc(func() {
		go func() {
			defer close(done)
			answers[1] = second.run(f, t)
		}()
		select {
		case <-done:
		case <-time.After(waitForOther):
		}
	})
	g := fixtureOver(sqlstore.New(interrupted{engine, between}))
	answers[0] = first.run(g, t)
	between() // unless it read nothing
	<-done
	after = state(t, f.store)
	f.closeRecorder()
	g.closeRecorder()
	return answers, after
}

// TestOperationsThatMeet has each two operations meet on PostgreSQL, of which one at
// least is in place.
func TestOperationsThatMeet(t *testing.T) {
	url := newPostgres(t)
	engine, err := postgres.OpenEngine(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, first := range meetings() {
		for _, second := range meetings() {
			if !first.inPlace && !second.inPlace {
				continue // PostgreSQL itself keeps them apart
			}
			answers, after := meet(t, url, engine, first, second)
			one, afterOne := inTurn(t, first, second)
			if answers == one && after == afterOne {
				continue
			}
			other, afterOther := inTurn(t, second, first)
			slices.Reverse(other[:])
			if answers == other && after == afterOther {
				continue
			}
			t.Errorf("%s, and meanwhile %s: got\n%q\n%s\nwant as if in turn\n%q\n%s\nor the other way round\n%q\n%s",
				first.name, second.name, answers, after, one, afterOne, other, afterOther)
		}
	}
}
