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
)

// TestDeclareRestored signs everybody out, and nobody who was only invited, on both
// engines.
func TestDeclareRestored(t *testing.T) {
	for name, engine := range sqlEngines() {
		t.Run(name, func(t *testing.T) {
			p, _ := engine.plant(t)
			before := p.epochs(t)
			p.pass(time.Hour)
			var last, total int64
			got, err := p.DeclareRestored(operator(t.Context()), "backup.db", func(done, of int64) { last, total = done, of })
			if err != nil {
				t.Fatal(err)
			}
			after := p.epochs(t)
			for who, epoch := range before {
				want := epoch + 1
				if strings.HasSuffix(who, string(chime.Unregistered)) {
					want = epoch
				}
				if after[who] != want {
					t.Errorf("the epoch of %s: got %d, want %d", who, after[who], want)
				}
			}
			if len(after) != len(before) || got.Members != 6 || got.People != 9 || last != total || total == 0 {
				t.Errorf("got %+v, and %d of %d in the end, want 6 members and 9 people, of %d rows before and %d after", got, last, total, len(before), len(after))
			}
			var keys []string
			for _, k := range got.Keys {
				keys = append(keys, fmt.Sprint(k.Principal, " ", k.Disabled, len(k.SealedSecret)))
			}
			slices.Sort(keys)
			check(t, "the keys", keys, []string{"alice true 0", "bob false 0", "carol false 0", "root false 0"})
			if len(got.Administrators) != 1 || got.Administrators[0].User != "lee" {
				t.Errorf("the administrators: got %v, want lee", got.Administrators)
			}
			check(t, "the tenants", got.Tenants, []chime.TenantID{tenantOne, tenantTwo})
			p.wantRestorationRecorded(t)
			if found := p.findings(t); len(found) > 0 {
				t.Errorf("a check afterwards: found %q", found)
			}
			// Who is suspended stays so, and who is not may sign in again.
			users := map[chime.UserID]chime.RegistrationStatus{"ann": chime.Suspended, "bea": chime.Registered, "cyd": chime.Suspended, "dan": chime.Registered}
			for user, want := range users {
				if got, err := p.GetUser(asRoot(t), "lwa", user); err != nil || got.Status != want {
					t.Errorf("%s: got %s (%v), want %s", user, got.Status, err, want)
				}
			}
			// Repeating it is nothing but another sign-out.
			if _, err := p.DeclareRestored(operator(t.Context()), "backup.db", nil); err != nil {
				t.Error(err)
			}
			if got := p.epochs(t); got["person ida"] != before["person ida"]+2 {
				t.Errorf("the epoch of ida after another time: got %d, want %d", got["person ida"], before["person ida"]+2)
			}
		})
	}
}

// epochs returns all epochs of the store.
func (p *planted) epochs(t *testing.T) map[string]int64 {
	t.Helper()
	epochs := map[string]int64{}
	err := p.store.View(t.Context(), func(tx chime.Tx) error {
		members, err := tx.ScanMembers(t.Context(), chime.MemberKey{}, 1000)
		for _, m := range members {
			epochs[fmt.Sprint("member ", m.Key(), m.Status)] = m.Signout.Epoch
		}
		if err != nil {
			return err
		}
		people, err := tx.ScanPeople(t.Context(), "", 1000)
		for _, person := range people {
			epochs["person "+string(person.ID)] = person.Signout.Epoch
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return epochs
}

func (p *planted) wantRestorationRecorded(t *testing.T) {
	t.Helper()
	var records []chime.AuditRecord
	err := p.store.View(t.Context(), func(tx chime.Tx) (err error) {
		records, err = tx.ListAudit(t.Context(), chime.AuditQuery{Operation: "RestoreDirectory", Limit: 9})
		return err
	})
	if err != nil || len(records) != 2 {
		t.Fatalf("got the records %v (%v), want one for each tenant", records, err)
	}
	for _, r := range records {
		text := string(r.Document)
		keys := strings.Count(text, `"accessKeyId":"AKIA`)
		if want := map[chime.TenantID]int{tenantOne: 4}[r.Tenant]; keys != want {
			t.Errorf("the record of tenant %s names %d keys, want %d", r.Tenant, keys, want)
		}
		if r.Principal != "local:operator" || r.Account != "" || !strings.Contains(text, `"backup":"backup.db"`) || !r.Time.Equal(p.now()) {
			t.Errorf("got the record %+v: %s", r, text)
		}
	}
}

func TestRestoringIsTheOperators(t *testing.T) {
	f := newFixture(t)
	f.unchanged(t, "DeclareRestored by a principal", chime.Forbidden, func() error {
		_, err := f.DeclareRestored(asRoot(t), "x", nil)
		return err
	})
}

// TestDeclareRestoredOfNothing: a database that holds nothing yet can be restored too.
func TestDeclareRestoredOfNothing(t *testing.T) {
	f := newFixture(t)
	got, err := f.DeclareRestored(operator(t.Context()), "x", nil)
	if err != nil || got.Members+got.People != 0 || len(got.Tenants)+len(got.Keys) != 0 {
		t.Errorf("got %+v (%v), want nothing", got, err)
	}
}

// TestDeclareRestoredByPages signs out more than are read at a time.
func TestDeclareRestoredByPages(t *testing.T) {
	f := newFixture(t)
	f.account(t, "lwa", chime.EnterpriseLWA)
	var users []chime.UserID
	for i := range 2500 {
		users = append(users, chime.UserID(fmt.Sprintf("user-%04d", i)))
	}
	f.join(t, "lwa", users...)
	got, err := f.DeclareRestored(operator(t.Context()), "x", nil)
	if err != nil || got.Members != 2500 || got.People != 2500 {
		t.Errorf("got %d members and %d people (%v), want 2500 of each", got.Members, got.People, err)
	}
	for _, user := range []chime.UserID{"user-0000", "user-0999", "user-1000", "user-2499"} {
		if epoch := f.epoch(t, user); epoch != 1 {
			t.Errorf("the epoch of %s: got %d, want 1", user, epoch)
		}
	}
}

// TestRestoredAppsAreTold: who had part of a session is in one event of their account,
// nobody else is, and logins in progress are over.
func TestRestoredAppsAreTold(t *testing.T) {
	f := newFixture(t)
	users := map[chime.AccountID][]chime.UserID{"": {"ida"}, "first": {"ann", "bob", "cyd"}, "second": {"dan"}}
	f.account(t, "first", chime.EnterpriseLWA)
	f.account(t, "second", chime.EnterpriseLWA)
	f.join(t, "first", users["first"]...)
	f.join(t, "second", users["second"]...)
	f.update(t, func(ctx context.Context, tx chime.Tx) error {
		err := tx.PutPeople(ctx, chime.Person{ID: "ida", Signout: chime.Signout{Epoch: 7}})
		for _, g := range []chime.Grant{{User: "ida", Epoch: 7}, {User: "ann"}, {User: "bob", Epoch: 3}, {User: "cyd"}, {User: "dan"}} {
			g.ID, g.Client, g.Session = chime.GrantID("grant of "+g.User), "app", "session"
			err = errors.Join(err, tx.PutGrants(ctx, g))
		}
		for _, login := range []chime.Login{{ID: "waits"}, {ID: "finished", Finished: f.clock}, {ID: "late", Expires: f.clock}} {
			if login.Expires.IsZero() {
				login.Expires = f.clock.Add(time.Hour)
			}
			err = errors.Join(err, tx.PutLogin(ctx, login))
		}
		return err
	})
	before := f.clock
	f.pass(time.Minute)
	if _, err := f.DeclareRestored(operator(t.Context()), "x", nil); err != nil {
		t.Fatal(err)
	}
	got := map[chime.AccountID][]chime.EventPerson{}
	for _, e := range f.events(t) {
		if e.Kind != chime.SignedOut || got[e.Account] != nil || !slices.Contains(f.woken, e.ID) {
			t.Errorf("got the event %+v, want one sign-out an account, of which somebody is told", e)
		}
		got[e.Account] = e.People
	}
	check(t, "who was signed out", got, map[chime.AccountID][]chime.EventPerson{
		"": {{User: "ida", Epoch: 7}}, "first": {{User: "ann"}, {User: "cyd"}}, "second": {{User: "dan"}},
	})
	f.view(t, func(ctx context.Context, tx chime.Tx) error {
		for id, want := range map[chime.LoginID]time.Time{"waits": f.clock, "finished": before, "late": {}} {
			login, err := tx.Login(ctx, id)
			if err != nil {
				return err
			}
			check(t, "the end of the login that "+string(id), login.Finished, want)
		}
		return nil
	})
}
