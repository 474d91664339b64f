package notify_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/iam"
	"github.com/carillon-id/carillon/internal/mail"
	"github.com/carillon-id/carillon/internal/notify"
	"github.com/carillon-id/carillon/internal/outbound"
	"github.com/carillon-id/carillon/internal/secret"
	"github.com/carillon-id/carillon/internal/signing"
	"github.com/carillon-id/carillon/internal/sqlstore/sqlite"
)

const (
	tenant = chime.TenantID("123456789012")
	issuer = "https://id.example.com"
)

// fixture is a directory whose outbox a worker delivers.
type fixture struct {
	*directory.Directory
	store  chime.Store
	keys   *signing.Keys
	worker *notify.Worker

	mu    sync.Mutex
	ahead time.Duration // of the clock
}

func (f *fixture) now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return time.Now().Add(f.ahead)
}

func (f *fixture) pass(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ahead += d
}

// waker lets the directory be made before its worker.
type waker struct{ f *fixture }

func (w waker) Wake(event chime.Event) { w.f.worker.Wake(event) }

func newFixture(t *testing.T, transport mail.Transport) *fixture {
	t.Helper()
	f := &fixture{}
	var err error
	if f.store, err = sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "carillon.db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.store.Close(); err != nil {
			t.Error(err)
		}
	})
	keyring := secret.NewKeyring(secret.MasterKey{1}, nil)
	f.keys, err = signing.New(signing.Config{
		Store: f.store, Sealer: keyring.For("signing-key"), Now: f.now,
		Verify: func(context.Context, chime.Tx) error { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.keys.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	recorder := audit.NewRecorder(f.store, f.now, slog.New(slog.DiscardHandler))
	t.Cleanup(recorder.Close)
	f.Directory = directory.New(directory.Config{
		Store: f.store, Tokens: keyring, Recorder: recorder, Now: f.now, Outbox: waker{f}, SendsMail: transport.Real(),
	})
	f.worker = f.newWorker(transport)
	return f
}

func (f *fixture) newWorker(transport mail.Transport) *notify.Worker {
	return notify.New(notify.Config{
		Store: f.store, Signer: f.keys, Issuer: issuer, HTTP: outbound.NewClient(true), Now: f.now,
		Logger:      slog.New(slog.DiscardHandler),
		Invitations: notify.Invitations{Directory: f.Directory, Mail: &mail.Sender{Transport: transport, From: "carillon@example.com", PublicURL: issuer, Now: f.now}},
	})
}

// run runs a worker until the test is over.
func run(t *testing.T, w *notify.Worker) {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var running sync.WaitGroup
	running.Go(func() { w.Run(ctx) })
	t.Cleanup(func() {
		stop()
		running.Wait()
	})
}

func root(t *testing.T) context.Context {
	return iam.WithCaller(t.Context(), iam.LocalCaller(tenant, "tester"))
}

func (f *fixture) update(t *testing.T, fn func(ctx context.Context, tx chime.Tx) error) {
	t.Helper()
	if err := f.store.Update(t.Context(), func(tx chime.Tx) error { return fn(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

// populate makes an account with people who are signed in to an app each.
func (f *fixture) populate(t *testing.T, account chime.AccountID, people int, apps ...chime.App) (users []chime.UserID) {
	t.Helper()
	f.update(t, func(ctx context.Context, tx chime.Tx) error {
		err := tx.PutAccounts(ctx, chime.Account{
			ID: account, Tenant: tenant, Name: "Account", Type: chime.EnterpriseLWA, Status: chime.AccountActive,
			DefaultLicense: chime.Pro, SupportedLicenses: []chime.License{chime.Pro},
		})
		for _, app := range apps {
			app.Tenant = tenant
			err = errors.Join(err, tx.PutApp(ctx, app))
		}
		for i := range people {
			user := chime.UserID(fmt.Sprintf("%s-%d", account, i))
			users = append(users, user)
			err = errors.Join(err, tx.PutPeople(ctx, chime.Person{ID: user, Account: account}),
				tx.PutMembers(ctx, chime.Member{Account: account, User: user, Standing: chime.Standing{Status: chime.Registered, Signout: chime.Signout{Epoch: 3}}}))
			for _, app := range apps {
				err = errors.Join(err, tx.PutGrants(ctx, chime.Grant{
					User: user, ID: chime.GrantID(rand.Text()), Session: "s-" + chime.SessionID(user), Client: app.ID, Epoch: 3, Created: f.now(),
				}))
			}
		}
		return err
	})
	return users
}

// call is a logout token that an app got.
type call struct {
	Subject  chime.UserID    `json:"sub"`
	Audience chime.ClientID  `json:"aud"`
	SID      chime.SessionID `json:"sid"`
	ID       string          `json:"jti"`
	Issuer   string          `json:"iss"`
	Issued   int64           `json:"iat"`
	Expires  int64           `json:"exp"`
	Nonce    *string         `json:"nonce"`
	Events   map[string]any  `json:"events"`
}

// app is an application that is told of sign-outs.
type app struct {
	chime.App
	mu    sync.Mutex
	calls []call
}

// newApp answers each call with what answer says, given how many there were.
func (f *fixture) newApp(t *testing.T, id chime.ClientID, answer func(w http.ResponseWriter, n int)) *app {
	t.Helper()
	a := &app{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var c call
		if err := f.keys.Open(r.Context(), signing.LogoutToken, r.PostFormValue("logout_token"), &c); err != nil {
			t.Errorf("the app cannot verify the logout token: %v", err)
		}
		a.mu.Lock()
		a.calls = append(a.calls, c)
		n := len(a.calls)
		a.mu.Unlock()
		answer(w, n)
	}))
	t.Cleanup(server.Close)
	a.App = chime.App{ID: id, Name: string(id), RedirectURIs: []string{"https://app.example.com/"}, BackchannelLogoutURI: server.URL}
	return a
}

func ok(w http.ResponseWriter, _ int) { w.WriteHeader(http.StatusNoContent) }

func (a *app) got() []call {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]call(nil), a.calls...)
}

// eventually waits until the condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("after 30 s, still not: %s", what)
		}
	}
}

// settled reports whether nothing about the user is pending, and returns what there is.
func (f *fixture) settled(t *testing.T, user chime.UserID) ([]directory.Signout, bool) {
	t.Helper()
	list, err := f.ListSignouts(root(t), "", user)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		if s.Status == chime.DeliveryPending {
			return list, false
		}
	}
	return list, len(list) > 0
}

var folder = mail.Folder{Path: "unused"}

func TestASuspensionIsTold(t *testing.T) {
	f := newFixture(t, folder)
	run(t, f.worker)
	one, two := f.newApp(t, "app-1", ok), f.newApp(t, "app-2", func(w http.ResponseWriter, _ int) { _, _ = io.WriteString(w, "fine") })
	silent := chime.App{ID: "app-3", Name: "silent", RedirectURIs: []string{"https://app.example.com/"}}
	users := f.populate(t, "a", 50, one.App, two.App, silent)
	if refused, err := f.SuspendUsers(root(t), "a", users); err != nil || len(refused) > 0 {
		t.Fatalf("suspending: got %v and %v", refused, err)
	}
	for _, user := range users {
		eventually(t, "told of "+string(user), func() bool { _, done := f.settled(t, user); return done })
		list, _ := f.settled(t, user)
		if len(list) != 2 || list[0].Status != chime.DeliveryConfirmed || list[1].Status != chime.DeliveryConfirmed {
			t.Errorf("the sign-outs of %s: got %+v, want two that are confirmed", user, list)
		}
	}
	for _, a := range []*app{one, two} {
		seen := map[chime.UserID]bool{}
		for _, c := range a.got() {
			seen[c.Subject] = true
			if c.SID != "" || c.Audience != a.ID || c.Issuer != issuer || c.Nonce != nil || c.Expires-c.Issued != 120 || c.Events["http://schemas.openid.net/event/backchannel-logout"] == nil {
				t.Errorf("a logout token of %s: got %+v", a.ID, c)
			}
		}
		if len(seen) != len(users) || len(a.got()) != len(users) {
			t.Errorf("%s: got %d calls about %d people, want one about each of %d", a.ID, len(a.got()), len(seen), len(users))
		}
	}
	// Suspending them again ends nothing, so nobody is told.
	if _, err := f.SuspendUsers(root(t), "a", users); err != nil {
		t.Fatal(err)
	}
	if n := len(f.events(t, "a")); n != 1 {
		t.Errorf("events after a second suspension: got %d, want 1", n)
	}
}

// events returns the account's events.
func (f *fixture) events(t *testing.T, account chime.AccountID) (events []chime.Event) {
	t.Helper()
	err := f.store.View(t.Context(), func(tx chime.Tx) error {
		all, err := tx.ScanEvents(t.Context(), chime.Event{}, 1000)
		for _, e := range all {
			if e.Account == account {
				events = append(events, e)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return events
}

func TestOnlyTwoHundredsConfirm(t *testing.T) {
	f := newFixture(t, folder)
	run(t, f.worker)
	answers := []int{http.StatusBadRequest, http.StatusFound, http.StatusInternalServerError, http.StatusAccepted, http.StatusOK}
	a := f.newApp(t, "app", func(w http.ResponseWriter, n int) {
		if n == 2 {
			w.Header().Set("Location", "/elsewhere")
		}
		w.WriteHeader(answers[min(n, len(answers))-1])
	})
	user := f.populate(t, "a", 1, a.App)[0]
	if err := f.LogoutUser(root(t), "a", user); err != nil {
		t.Fatal(err)
	}
	for n := 1; n < len(answers); n++ {
		eventually(t, fmt.Sprintf("attempt %d", n), func() bool { return len(a.got()) >= n })
		eventually(t, "the failure is on record", func() bool {
			list, done := f.settled(t, user)
			return done || len(list) == 1 && list[0].Attempts >= int64(n) && list[0].Reason != ""
		})
		if list, _ := f.settled(t, user); len(list) == 1 && list[0].Status == chime.DeliveryConfirmed {
			t.Fatalf("after the answer %d: got %+v, want it pending", answers[n-1], list[0])
		}
		f.pass(lastRetry) // the breaker and the backoff are over
		f.kick(t, "a")
	}
	eventually(t, "confirmed", func() bool { _, done := f.settled(t, user); return done })
	calls := a.got()
	ids := map[string]bool{}
	for _, c := range calls {
		ids[c.ID] = true
	}
	if len(ids) != len(calls) {
		t.Errorf("got %d calls with %d different jti, want a fresh token each", len(calls), len(ids))
	}
}

const lastRetry = 15 * time.Minute

// kick wakes the worker for all events, as a timer would.
func (f *fixture) kick(t *testing.T, account chime.AccountID) {
	t.Helper()
	for _, e := range f.events(t, account) {
		f.worker.Wake(e)
	}
}

func TestAfterADayItIsGivenUp(t *testing.T) {
	f := newFixture(t, folder)
	run(t, f.worker)
	a := f.newApp(t, "app", func(w http.ResponseWriter, _ int) { w.WriteHeader(http.StatusInternalServerError) })
	user := f.populate(t, "a", 1, a.App)[0]
	if err := f.LogoutUser(root(t), "a", user); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a first attempt is on record", func() bool {
		list, _ := f.settled(t, user)
		return len(list) == 1 && list[0].Attempts == 1
	})
	f.pass(notify.GiveUp)
	eventually(t, "given up", func() bool { f.kick(t, "a"); _, done := f.settled(t, user); return done })
	list, _ := f.settled(t, user)
	if list[0].Status != chime.DeliveryFailed || list[0].Reason == "" {
		t.Errorf("got %+v, want it failed with a reason", list[0])
	}
	eventually(t, "the event is due no more", func() bool { return f.events(t, "a")[0].Due.IsZero() })
}

func TestTwoWorkersTellOnce(t *testing.T) {
	f := newFixture(t, folder)
	run(t, f.worker)
	other := f.newWorker(folder)
	run(t, other)
	a := f.newApp(t, "app", ok)
	users := f.populate(t, "a", 40, a.App)
	for _, user := range users {
		if err := f.LogoutUser(root(t), "a", user); err != nil {
			t.Fatal(err)
		}
		for _, e := range f.events(t, "a") {
			other.Wake(e)
			f.worker.Wake(e)
		}
	}
	for _, user := range users {
		eventually(t, "told of "+string(user), func() bool { _, done := f.settled(t, user); return done })
	}
	if n := len(a.got()); n != len(users) {
		t.Errorf("got %d calls, want %d", n, len(users))
	}
}

// Sign-outs of people without apps are over at once, in whatever account, and those
// between them of people with an app are told.
func TestSilentEventsAreFinished(t *testing.T) {
	f := newFixture(t, folder)
	a := f.newApp(t, "app", ok)
	silent, loud := f.populate(t, "a", 20), f.populate(t, "b", 20, a.App)
	run(t, f.worker)
	for i := range silent {
		if err := errors.Join(f.LogoutUser(root(t), "a", silent[i]), f.LogoutUser(root(t), "b", loud[i])); err != nil {
			t.Fatal(err)
		}
	}
	for _, account := range []chime.AccountID{"a", "b"} {
		eventually(t, "the events of account "+string(account)+" are over", func() bool {
			open := func(e chime.Event) bool { return !e.Due.IsZero() || !e.Spread }
			return !slices.ContainsFunc(f.events(t, account), open)
		})
	}
	if n := len(a.got()); n != len(loud) {
		t.Errorf("got %d calls, want %d", n, len(loud))
	}
}

// A process that was killed while it had an event loses it to the next.
func TestAnEventWhoseProcessDied(t *testing.T) {
	f := newFixture(t, folder)
	a := f.newApp(t, "app", ok)
	user := f.populate(t, "a", 1, a.App)[0]
	if err := f.LogoutUser(root(t), "a", user); err != nil { // no worker runs yet
		t.Fatal(err)
	}
	event := f.events(t, "a")[0]
	event.Due = f.now().Add(20 * time.Second) // taken
	f.update(t, func(ctx context.Context, tx chime.Tx) error { return tx.PutEvent(ctx, event) })
	run(t, f.worker)
	f.worker.Wake(event)
	f.pass(21 * time.Second)
	eventually(t, "told", func() bool { _, done := f.settled(t, user); return done })
	if n := len(a.got()); n != 1 {
		t.Errorf("got %d calls, want 1", n)
	}
}

func TestAnAppThatHangsHoldsUpNobody(t *testing.T) {
	f := newFixture(t, folder)
	run(t, f.worker)
	release := make(chan struct{})
	hanging := f.newApp(t, "hanging", func(http.ResponseWriter, int) { <-release })
	defer close(release)
	fine := f.newApp(t, "fine", ok)
	users := f.populate(t, "a", 50, hanging.App, fine.App)
	if _, err := f.SuspendUsers(root(t), "a", users); err != nil {
		t.Fatal(err)
	}
	confirmed := func(user chime.UserID) bool {
		list, _ := f.settled(t, user)
		for _, s := range list {
			if s.Client == "fine" && s.Status == chime.DeliveryConfirmed {
				return true
			}
		}
		return false
	}
	for _, user := range users {
		eventually(t, "the other app confirmed "+string(user), func() bool { return confirmed(user) })
	}
	for _, s := range func() []directory.Signout { list, _ := f.settled(t, users[0]); return list }() {
		if s.Client == "hanging" && s.Status != chime.DeliveryPending {
			t.Errorf("the app that hangs: got %+v, want it pending", s)
		}
	}
}

func TestTheEndOfOneSession(t *testing.T) {
	f := newFixture(t, folder)
	a := f.newApp(t, "app", ok)
	user := f.populate(t, "a", 1, a.App)[0]
	f.update(t, func(ctx context.Context, tx chime.Tx) error {
		other := chime.Grant{User: user, ID: "other", Session: "another", Client: "app", Epoch: 3}
		return errors.Join(tx.PutGrants(ctx, other), tx.AppendEvent(ctx, chime.Event{
			Account: "a", ID: "e1", Kind: chime.SessionEnded, Session: "s-" + chime.SessionID(user),
			People: []chime.EventPerson{{User: user, Epoch: 3}}, Created: f.now(), Due: f.now(),
		}))
	})
	run(t, f.worker)
	eventually(t, "told", func() bool { _, done := f.settled(t, user); return done })
	calls := a.got()
	if len(calls) != 1 || calls[0].SID != "s-"+chime.SessionID(user) || calls[0].Subject != user {
		t.Errorf("got %+v, want one call with the session", calls)
	}
}

// Whoever waits for the apps to be told waits for a sign-out of just now too.
func TestASignOutThatNobodyHasBegunWith(t *testing.T) {
	f := newFixture(t, folder)
	a := f.newApp(t, "app", ok)
	users := f.populate(t, "a", 2, a.App)
	if err := f.LogoutUser(root(t), "a", users[0]); err != nil {
		t.Fatal(err)
	}
	if list, _ := f.settled(t, users[0]); len(list) != 1 || list[0].Client != "" || list[0].Status != chime.DeliveryPending {
		t.Errorf("before anybody was told: got %+v, want one that is pending, of no app", list)
	}
	if list, _ := f.settled(t, users[1]); len(list) != 0 {
		t.Errorf("of somebody else: got %+v, want none", list)
	}
	others, err := f.ListSignouts(iam.WithCaller(t.Context(), iam.LocalCaller("999999999999", "tester")), "", users[0])
	if err != nil || len(others) != 0 {
		t.Errorf("in another tenant: got %+v and %v, want none", others, err)
	}
	run(t, f.worker)
	f.done(t, "a")
	if list, _ := f.settled(t, users[0]); len(list) != 1 || list[0].Client != "app" || list[0].Status != chime.DeliveryConfirmed {
		t.Errorf("in the end: got %+v, want one that the app has confirmed", list)
	}
}
