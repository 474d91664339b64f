package session_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/iam"
	"github.com/carillon-id/carillon/internal/secret"
	"github.com/carillon-id/carillon/internal/session"
)

const (
	tenant   = chime.TenantID("111122223333")
	amazon   = "https://www.amazon.com"
	provider = "https://login.corp.example"
	redirect = "https://app.example/callback"
	verifier = "a verifier of at least forty-three characters"
)

// fixture is a service over an empty store, with a clock that stands still, the
// app "app", another app "other" without a secret, and an account of each type.
type fixture struct {
	*session.Service
	dir      *directory.Directory
	store    chime.Store
	app      *chime.App
	other    *chime.App
	mu       sync.Mutex
	clock    time.Time
	woken    []chime.EventID
	closeAll func()
}

const appSecret = "the app's secret"

func newFixture(t testing.TB) *fixture {
	t.Helper()
	f := fixtureOver(t, newStore(t))
	t.Cleanup(f.closeAll)
	return f
}

func fixtureOver(t testing.TB, store chime.Store) *fixture {
	t.Helper()
	f := &fixture{store: store, clock: time.Date(2026, 1, 2, 3, 4, 5, 678_901_000, time.UTC)}
	keys := secret.NewKeyring(secret.MasterKey{1, 2, 3}, nil)
	recorder := audit.NewRecorder(store, f.now, slog.New(slog.DiscardHandler))
	f.closeAll = func() {
		recorder.Close()
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}
	f.dir = directory.New(directory.Config{Store: store, Tokens: keys, Recorder: recorder, Now: f.now, Outbox: f})
	f.Service = session.New(session.Config{
		Store: store, Directory: f.dir, CodeKey: keys.For(secret.MailedCode), Keys: keys.For(secret.TemporaryKey), Now: f.now, MailLimit: 200,
	})
	f.app = &chime.App{
		ID: "app", Tenant: tenant, Name: "The app", SecretHash: directory.HashSecret(appSecret), RedirectURIs: []string{redirect},
		BackchannelLogoutURI: "https://app.example/logout", Created: f.clock,
	}
	f.other = &chime.App{ID: "other", Tenant: tenant, Name: "Another app", RedirectURIs: []string{redirect}, Created: f.clock}
	f.update(t, func(ctx context.Context, tx chime.Tx) error {
		for _, kind := range chime.AccountTypes() {
			err := tx.PutAccounts(ctx, chime.Account{
				ID: chime.AccountID(kind), Tenant: tenant, Name: "Account " + string(kind), Type: kind, Status: chime.AccountActive,
				Created: f.clock, DefaultLicense: chime.Pro, SupportedLicenses: []chime.License{chime.Basic, chime.Pro},
			})
			if err != nil {
				return err
			}
		}
		return errors.Join(tx.PutApp(ctx, *f.app), tx.PutApp(ctx, *f.other))
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

func asRoot(t testing.TB) context.Context {
	p := chime.Principal{Tenant: tenant, Name: chime.RootName, ID: string(tenant)}
	return iam.WithCaller(t.Context(), iam.NewCaller(p, "AKIAROOT", nil))
}

// update writes to the store what no operation does.
func (f *fixture) update(t testing.TB, fn func(ctx context.Context, tx chime.Tx) error) {
	t.Helper()
	ctx := t.Context()
	if err := f.store.Update(ctx, func(tx chime.Tx) error { return fn(ctx, tx) }); err != nil {
		t.Fatal(err)
	}
}

// claim has the account verify the domain.
func (f *fixture) claim(t testing.TB, account chime.AccountID, domain string) {
	t.Helper()
	f.update(t, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.Claim(ctx, domain, account), tx.PutDomain(ctx, chime.Domain{
			Account: account, Name: domain, Status: chime.DomainVerified, Challenge: "challenge of " + string(account),
			Added: f.clock, Verified: f.clock,
		}))
	})
}

// begin begins a login.
func (f *fixture) begin(t testing.TB) string {
	t.Helper()
	cookie, err := f.Begin(t.Context(), []byte("the request"))
	noError(t, "Begin", err)
	return cookie
}

// proveAddress begins a login that proves the address by a mailed code.
func (f *fixture) proveAddress(t testing.TB, address string) string {
	t.Helper()
	cookie := f.begin(t)
	f.complete(t, cookie, address)
	return cookie
}

// complete proves the address in the login by a mailed code.
func (f *fixture) complete(t testing.TB, cookie, address string) {
	t.Helper()
	code, err := f.MailCode(t.Context(), cookie, address)
	noError(t, "MailCode", err)
	noError(t, "ProveCode", f.ProveCode(t.Context(), cookie, code))
}

// signIn signs somebody in by a mailed code.
func (f *fixture) signIn(t testing.TB, address string) *session.Finished {
	t.Helper()
	finished, err := f.Finish(t.Context(), f.proveAddress(t, address), "Name of "+address, "Firefox")
	noError(t, "Finish", err)
	return finished
}

// challenge is that of the verifier.
func challenge() string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// code issues an authorization code of the app.
func (f *fixture) code(t testing.TB, signed *session.Signed) string {
	t.Helper()
	code, err := f.IssueCode(t.Context(), signed, f.app.ID, "openid email", chime.CodeRequest{
		RedirectURI: redirect, Challenge: challenge(), Nonce: "nonce",
	})
	noError(t, "IssueCode", err)
	return code
}

func (f *fixture) redeem(t testing.TB, code string) (*session.Tokens, error) {
	return f.Redeem(t.Context(), f.app, code, redirect, verifier)
}

// tokens has the app get tokens.
func (f *fixture) tokens(t testing.TB, signed *session.Signed) *session.Tokens {
	t.Helper()
	tokens, err := f.redeem(t, f.code(t, signed))
	noError(t, "Redeem", err)
	return tokens
}

// suspend suspends the person in the EnterpriseLWA account.
func (f *fixture) suspend(t testing.TB, user chime.UserID) {
	t.Helper()
	refusals, err := f.dir.SuspendUsers(asRoot(t), "EnterpriseLWA", []chime.UserID{user})
	if err != nil || len(refusals) > 0 {
		t.Fatalf("SuspendUsers: got %v, %v", refusals, err)
	}
}

func (f *fixture) unsuspend(t testing.TB, user chime.UserID) {
	t.Helper()
	refusals, err := f.dir.UnsuspendUsers(asRoot(t), "EnterpriseLWA", []chime.UserID{user})
	if err != nil || len(refusals) > 0 {
		t.Fatalf("UnsuspendUsers: got %v, %v", refusals, err)
	}
}

// subject reads a person.
func (f *fixture) subject(t testing.TB, user chime.UserID) chime.Subject {
	t.Helper()
	var subject *chime.Subject
	err := f.store.View(t.Context(), func(tx chime.Tx) (err error) {
		subject, err = tx.Subject(t.Context(), user, "")
		return err
	})
	if err != nil || subject == nil {
		t.Fatalf("reading %s: got %v, %v", user, subject, err)
	}
	return *subject
}

// events returns the events of an account that are due, without what is random.
func (f *fixture) events(t testing.TB, account chime.AccountID) (list []chime.Event) {
	t.Helper()
	err := f.store.View(t.Context(), func(tx chime.Tx) (err error) {
		list, err = tx.DueEvents(t.Context(), account, f.now(), 100)
		return err
	})
	noError(t, "DueEvents", err)
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range list {
		woken := false
		for _, id := range f.woken {
			woken = woken || id == list[i].ID
		}
		if !woken {
			t.Errorf("event %+v: nobody was woken for it", list[i])
		}
		list[i].ID, list[i].Created, list[i].Due = "", time.Time{}, time.Time{}
	}
	return list
}

func noError(t testing.TB, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: got the error %v, want none", what, err)
	}
}

func isDead(t testing.TB, what string, err error) {
	t.Helper()
	if !errors.Is(err, session.ErrDead) {
		t.Errorf("%s: got %v, want %v", what, err, session.ErrDead)
	}
}

// refused sees to it that the error is a *Refusal for the reason.
func refused(t testing.TB, what string, err error, want directory.Reason) {
	t.Helper()
	var refusal *session.Refusal
	if !errors.As(err, &refusal) || refusal.Reason != want {
		t.Errorf("%s: got %v, want a refusal for %s", what, err, want)
	}
}

func check(t testing.TB, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: got (+) want (-):\n%s", what, diff)
	}
}
