package directory_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/iam"
	"github.com/carillon-id/carillon/internal/secret"
)

const (
	tenantOne = chime.TenantID("111122223333")
	tenantTwo = chime.TenantID("444455556666")
)

// fixture is a directory over a database in memory, with a clock that stands
// still.
type fixture struct {
	*directory.Directory
	store    chime.Store
	recorder *audit.Recorder
	mu       sync.Mutex // the recorder reads the clock too
	clock    time.Time
	woken    []chime.EventID
	made     int // what was numbered

	closeRecorder func() // once: what waits is written then
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	s := newStore(t)
	f := fixtureOver(s)
	t.Cleanup(func() {
		f.closeRecorder()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// fixtureOver returns a directory over the store. Whoever calls it calls
// closeRecorder, then closes the store.
func fixtureOver(s chime.Store) *fixture {
	f := &fixture{store: s, clock: time.Date(2026, 1, 2, 3, 4, 5, 678_901_000, time.UTC)}
	f.recorder = audit.NewRecorder(s, f.now, slog.New(slog.DiscardHandler))
	f.closeRecorder = sync.OnceFunc(f.recorder.Close)
	keyring := secret.NewKeyring(secret.MasterKey{1, 2, 3}, nil)
	f.Directory = directory.New(directory.Config{
		Store: s, Tokens: keyring, Secrets: keyring.For(secret.ProviderSecret), Recorder: f.recorder, Now: f.now, Outbox: f,
	})
	return f
}

// Wake implements directory.Outbox.
func (f *fixture) Wake(event chime.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.woken = append(f.woken, event.ID)
}

func (f *fixture) now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.clock
}

func (f *fixture) pass(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.clock = f.clock.Add(d)
}

// root returns a context in which the root of the tenant calls.
func root(ctx context.Context, tenant chime.TenantID) context.Context {
	p := chime.Principal{Tenant: tenant, Name: chime.RootName, ID: string(tenant)}
	return iam.WithCaller(ctx, iam.NewCaller(p, "AKIAROOT"+string(tenant), nil))
}

// operator returns a context in which the operator of the command line calls.
func operator(ctx context.Context) context.Context {
	return iam.WithCaller(ctx, iam.LocalCaller(tenantOne, "operator"))
}

func asRoot(t testing.TB) context.Context { return root(t.Context(), tenantOne) }

// update writes to the store what no operation does.
func (f *fixture) update(t testing.TB, fn func(ctx context.Context, tx chime.Tx) error) {
	t.Helper()
	ctx := t.Context()
	if err := f.store.Update(ctx, func(tx chime.Tx) error { return fn(ctx, tx) }); err != nil {
		t.Fatal(err)
	}
}

// account makes an account of tenantOne with the id.
func (f *fixture) account(t testing.TB, id chime.AccountID, accountType chime.AccountType) chime.AccountID {
	t.Helper()
	return f.accountOf(t, tenantOne, id, accountType)
}

// accountOf makes an account of the tenant with the id.
func (f *fixture) accountOf(t testing.TB, tenant chime.TenantID, id chime.AccountID, accountType chime.AccountType) chime.AccountID {
	t.Helper()
	f.update(t, func(ctx context.Context, tx chime.Tx) error {
		return tx.PutAccounts(ctx, chime.Account{
			ID: id, Tenant: tenant, Name: "Account " + string(id), Type: accountType, Status: chime.AccountActive, Created: f.clock,
			DefaultLicense: chime.Pro, SupportedLicenses: []chime.License{chime.Basic, chime.Pro},
		})
	})
	return id
}

// join makes people Registered members of an account, as sign-in does. Their
// addresses are <id>@example.com; each gets a PIN of their own.
func (f *fixture) join(t testing.TB, account chime.AccountID, users ...chime.UserID) {
	t.Helper()
	f.update(t, func(ctx context.Context, tx chime.Tx) error {
		addresses, pins := map[string]chime.UserID{}, map[string]chime.UserID{}
		var people []chime.Person
		var members []chime.Member
		for _, id := range users {
			email, pin := string(id)+"@example.com", "pin of "+string(id)
			addresses[email], pins[pin] = id, id
			people = append(people, chime.Person{
				ID: id, Account: account, Email: email, DisplayName: "Name of " + string(id), PIN: pin, Registered: f.clock,
			})
			members = append(members, chime.Member{
				Account: account, User: id, Standing: chime.Standing{Status: chime.Registered, License: chime.Pro},
				Profile: chime.Profile{
					Email: email, DisplayName: "Name of " + string(id), PIN: pin, Type: chime.PrivateUser, Registered: f.clock,
				},
			})
		}
		return errors.Join(tx.ClaimAddresses(ctx, addresses), tx.ClaimPINs(ctx, pins), tx.PutPeople(ctx, people...),
			tx.PutMembers(ctx, members...))
	})
}

// invite invites the address to a Team account and returns the user's id.
func (f *fixture) invite(t testing.TB, account chime.AccountID, email string) chime.UserID {
	t.Helper()
	if _, err := f.InviteUsers(asRoot(t), account, []string{email}, ""); err != nil {
		t.Fatal(err)
	}
	users, _, err := f.ListUsers(asRoot(t), account, directory.UserFilter{Email: email}, directory.Page{})
	if err != nil || len(users) != 1 {
		t.Fatalf("the user who was invited: got %v, %v", users, err)
	}
	return users[0].ID
}

// accept has the user accept the invitation to the account.
func (f *fixture) accept(t testing.TB, account chime.AccountID, user chime.UserID) {
	t.Helper()
	if err := f.acceptAs(t.Context(), account, user, "Name of "+string(user)); err != nil {
		t.Fatal(err)
	}
}

// acceptAs has the user sign in, by a mailed code if they never did, and accept the
// invitation to the account.
func (f *fixture) acceptAs(ctx context.Context, account chime.AccountID, user chime.UserID, name string) error {
	return f.store.Update(ctx, func(tx chime.Tx) error {
		_, members, err := tx.AccountMembers(ctx, account, []chime.UserID{user})
		if err != nil {
			return err
		}
		who, err := tx.Subject(ctx, user, "")
		if err != nil {
			return err
		}
		key := directory.Invitation{Account: account, User: user}
		for _, m := range members {
			key.ID = m.InviteID
			if who == nil {
				admission, err := f.Admit(ctx, tx, chime.Proof{Method: chime.ByMail, At: f.clock, Email: m.Email}, name)
				if err != nil {
					return err
				}
				who = &admission.Subject
			}
		}
		if who == nil {
			who = &chime.Subject{Person: chime.Person{ID: user}}
		}
		_, err = f.AcceptInvitation(ctx, tx, *who, key)
		return err
	})
}

// epoch returns how often the person was signed out: what the membership says
// while the person is in an account, else what the person does.
func (f *fixture) epoch(t testing.TB, user chime.UserID) int64 {
	t.Helper()
	epoch := int64(-1)
	err := f.store.View(t.Context(), func(tx chime.Tx) error {
		people, err := tx.People(t.Context(), []chime.UserID{user})
		if err != nil || len(people) == 0 {
			return err
		}
		epoch = people[0].Signout.Epoch
		if people[0].Free() {
			return nil
		}
		_, members, err := tx.AccountMembers(t.Context(), people[0].Account, []chime.UserID{user})
		for _, m := range members {
			epoch = m.Signout.Epoch
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return epoch
}

// everything is all that a store holds of the accounts, and the ids of what was
// recorded, for comparing.
func (f *fixture) everything(t testing.TB, accounts ...chime.AccountID) (all []any) {
	t.Helper()
	err := f.store.View(t.Context(), func(tx chime.Tx) error {
		ctx := t.Context()
		users := make(map[chime.UserID]bool)
		for _, id := range accounts {
			account, err1 := tx.Account(ctx, id)
			members, err2 := tx.ListMembers(ctx, chime.MemberQuery{Account: id, Limit: 1000})
			former, err3 := tx.ListFormerMembers(ctx, id, "", 1000)
			if err := errors.Join(err1, err2, err3); err != nil {
				return err
			}
			all = append(all, account, members, former)
			for _, m := range members {
				users[m.User] = true
			}
		}
		people, err1 := tx.People(ctx, slices.Sorted(maps.Keys(users)))
		free, err2 := tx.ListFreePeople(ctx, "", 1000)
		records, err3 := tx.ListAudit(ctx, chime.AuditQuery{Limit: 1000})
		all = append(all, people, free)
		for _, r := range records {
			if !bytes.Contains(r.Document, []byte(`"errorCode"`)) { // denials come when they come
				all = append(all, r.ID)
			}
		}
		return errors.Join(err1, err2, err3)
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// unchanged runs a call that must be refused with the code, and sees to it that
// it changed and recorded nothing.
func (f *fixture) unchanged(t testing.TB, what string, code chime.Code, call func() error, accounts ...chime.AccountID) {
	t.Helper()
	before := f.everything(t, accounts...)
	checkCode(t, what, call(), code)
	if diff := cmp.Diff(before, f.everything(t, accounts...)); diff != "" {
		t.Errorf("%s: it was refused and changed something (+):\n%s", what, diff)
	}
}

func checkCode(t testing.TB, what string, err error, want chime.Code) {
	t.Helper()
	if got := chime.CodeOf(err); got != want {
		t.Errorf("%s: got the code %q (%v), want %q", what, got, err, want)
	}
}

// withoutRecords compares without the ids of records, which are new each time:
// that those are named which should be, Check knows.
func withoutRecords() cmp.Option {
	return cmp.Options{
		cmpopts.IgnoreFields(chime.Account{}, "Record"), cmpopts.IgnoreFields(chime.Standing{}, "Record"),
		cmpopts.IgnoreFields(chime.Person{}, "Record"), cmpopts.IgnoreFields(chime.FormerMember{}, "Record"),
	}
}

func check(t testing.TB, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got, withoutRecords()); diff != "" {
		t.Errorf("%s: got (+) want (-):\n%s", what, diff)
	}
}

// ids returns n user ids.
func ids(n int) []chime.UserID {
	list := make([]chime.UserID, 0, n)
	for i := range n {
		list = append(list, chime.UserID("user-"+string(rune('a'+i/26))+string(rune('a'+i%26))))
	}
	return list
}
