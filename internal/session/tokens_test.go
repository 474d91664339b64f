package session_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/session"
)

func TestClient(t *testing.T) {
	f := newFixture(t)
	tests := []struct {
		name   string
		id     chime.ClientID
		secret string
		ok     bool
	}{
		{"an app", "app", appSecret, true},
		{"an app with another secret", "app", appSecret + "x", false},
		{"an app without its secret", "app", "", false},
		{"a public app", "other", "", true},
		{"a public app with a secret", "other", appSecret, false},
		{"no app", "nobody", appSecret, false},
		{"no app and no secret", "nobody", "", false},
		{"nothing", "", "", false},
	}
	for _, tt := range tests {
		app, err := f.Client(t.Context(), tt.id, tt.secret)
		switch {
		case tt.ok && (err != nil || app.ID != tt.id):
			t.Errorf("%s: got %v, %v, want the app", tt.name, app, err)
		case !tt.ok && !errors.Is(err, session.ErrClient):
			t.Errorf("%s: got %v, want %v", tt.name, err, session.ErrClient)
		}
	}
}

func TestRedeem(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	third := *f.app
	third.ID = "third"
	f.update(t, func(ctx context.Context, tx chime.Tx) error { return tx.PutApp(ctx, third) })
	signed := &f.signIn(t, "ann@example.com").Signed
	f.pass(time.Minute)
	code := f.code(t, signed)
	tokens, err := f.redeem(t, code)
	noError(t, "Redeem", err)
	check(t, "the scope", tokens.Scope, "openid email")
	check(t, "the nonce", tokens.Bearer.Credential.Request.Nonce, "nonce")
	check(t, "the time of sign-in", tokens.Bearer.Credential.Request.AuthTime, signed.Session.Created)
	check(t, "the end of the access token", tokens.AccessExpires, f.clock.Add(session.AccessTokenLifetime))

	b, err := f.Access(ctx, tokens.Access)
	noError(t, "Access", err)
	check(t, "the person", b.Subject.ID, signed.Subject.ID)
	check(t, "the session", b.Session.ID, signed.Session.ID)
	check(t, "the scope of the token", b.Credential.Scope, "openid email")
	for name, token := range map[string]string{"access token": tokens.Access, "refresh token": tokens.Refresh} {
		_, err := f.Introspect(ctx, f.app.ID, appSecret, token)
		noError(t, "Introspect of the "+name, err)
		_, err = f.Introspect(ctx, "third", appSecret, token)
		isDead(t, "Introspect by another app of the "+name, err)
		for id, secret := range map[chime.ClientID]string{"app": "wrong", "third": "wrong", "other": "", "nobody": appSecret} {
			if _, err = f.Introspect(ctx, id, secret, token); !errors.Is(err, session.ErrClient) {
				t.Errorf("Introspect as %s with the secret %q: got %v, want %v", id, secret, err, session.ErrClient)
			}
		}
	}
	_, err = f.Access(ctx, tokens.Refresh)
	isDead(t, "Access by a refresh token", err)
	_, err = f.Refresh(ctx, f.app, tokens.Access, "")
	isDead(t, "Refresh by an access token", err)
	for _, token := range []string{"", "x", "\x00", "\xff", strings.Repeat("x", 5000)} {
		_, err = f.Access(ctx, token)
		isDead(t, "Access by nonsense", err)
	}
}

// TestRedeemIsRefused refuses a code for each thing that is not as it was issued,
// and the refusals do not use it up.
func TestRedeemIsRefused(t *testing.T) {
	f := newFixture(t)
	signed := &f.signIn(t, "ann@example.com").Signed
	code := f.code(t, signed)
	for _, tt := range []struct {
		name                     string
		app                      *chime.App
		code, redirect, verifier string
	}{
		{"another app", f.other, code, redirect, verifier},
		{"another redirect URI", f.app, code, redirect + "/", verifier},
		{"no redirect URI", f.app, code, "", verifier},
		{"another verifier", f.app, code, redirect, verifier + "x"},
		{"no verifier", f.app, code, redirect, ""},
		{"the challenge as verifier", f.app, code, redirect, "aW8F8Mz1H2T8a4GkPmJg3fTt0Vx7Jb3aW8F8Mz1H2T8"},
		{"another code", f.app, code + "x", redirect, verifier},
		{"no code", f.app, "", redirect, verifier},
	} {
		_, err := f.Redeem(t.Context(), tt.app, tt.code, tt.redirect, tt.verifier)
		isDead(t, "Redeem with "+tt.name, err)
	}
	f.pass(session.CodeLifetime - time.Microsecond)
	_, err := f.redeem(t, code)
	noError(t, "Redeem", err)
	late := f.code(t, signed)
	f.pass(session.CodeLifetime)
	_, err = f.redeem(t, late)
	isDead(t, "Redeem too late", err)
}

// TestReplayOfCode ends all that the code gave.
func TestReplayOfCode(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	signed := &f.signIn(t, "ann@example.com").Signed
	untouched := f.tokens(t, signed)
	code := f.code(t, signed)
	tokens, err := f.redeem(t, code)
	noError(t, "Redeem", err)
	tokens, err = f.Refresh(ctx, f.app, tokens.Refresh, "")
	noError(t, "Refresh", err)
	_, err = f.Redeem(ctx, f.other, code, redirect, verifier)
	isDead(t, "a replay by another app", err)
	_, err = f.Access(ctx, tokens.Access)
	noError(t, "Access after a replay by another app", err)
	_, err = f.redeem(t, code)
	isDead(t, "a replay", err)
	_, err = f.Access(ctx, tokens.Access)
	isDead(t, "Access after a replay", err)
	_, err = f.Refresh(ctx, f.app, tokens.Refresh, "")
	isDead(t, "Refresh after a replay", err)
	_, err = f.Access(ctx, untouched.Access)
	noError(t, "Access by what another code gave", err)
	_, err = f.redeem(t, code)
	isDead(t, "another replay", err)
}

func TestRefresh(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	first := f.tokens(t, &f.signIn(t, "ann@example.com").Signed)
	_, err := f.Refresh(ctx, f.app, first.Refresh, "openid phone")
	if !errors.Is(err, session.ErrScope) {
		t.Errorf("Refresh for more than was granted: got %v, want %v", err, session.ErrScope)
	}
	_, err = f.Refresh(ctx, f.other, first.Refresh, "")
	isDead(t, "Refresh by another app", err)
	f.pass(time.Hour)
	second, err := f.Refresh(ctx, f.app, first.Refresh, " openid ")
	noError(t, "Refresh for less", err)
	check(t, "the scope of the answer", second.Scope, "openid")
	b, err := f.Access(ctx, second.Access)
	noError(t, "Access", err)
	check(t, "the scope of the access token", b.Credential.Scope, "openid")
	_, err = f.Access(ctx, first.Access)
	isDead(t, "Access by the expired one", err)

	f.pass(session.ReuseTolerance)
	_, err = f.Refresh(ctx, f.app, first.Refresh, "")
	isDead(t, "an old token, soon", err)
	third, err := f.Refresh(ctx, f.app, second.Refresh, "")
	noError(t, "the next one after that", err)
	check(t, "the scope of the one after it", third.Scope, "openid email")
	f.pass(time.Microsecond)
	_, err = f.Refresh(ctx, f.app, first.Refresh, "")
	isDead(t, "an old token, later", err)
	_, err = f.Access(ctx, third.Access)
	isDead(t, "Access after that", err)
	_, err = f.Refresh(ctx, f.app, third.Refresh, "")
	isDead(t, "Refresh after that", err)
}

// TestScopeOfARefresh has a scope say each thing once, as it was granted, however
// it was asked for.
func TestScopeOfARefresh(t *testing.T) {
	f := newFixture(t)
	tokens := f.tokens(t, &f.signIn(t, "ann@example.com").Signed)
	for asked, want := range map[string]string{
		"": "openid email", " ": "openid email", "email openid": "openid email",
		strings.Repeat("email ", 1000): "email", "openid\temail": "", "openid\n": "", "OPENID": "", "openid\u00a0": "",
	} {
		next, err := f.Refresh(t.Context(), f.app, tokens.Refresh, asked)
		switch {
		case want == "" && !errors.Is(err, session.ErrScope):
			t.Errorf("the scope %.20q: got %v, want %v", asked, err, session.ErrScope)
		case want != "":
			noError(t, "Refresh", err)
			check(t, "the scope", next.Scope, want)
			tokens = next
		}
	}
}

// TestTokensEndWithTheSession has nothing outlive the session.
func TestTokensEndWithTheSession(t *testing.T) {
	f := newFixture(t)
	signed := &f.signIn(t, "ann@example.com").Signed
	f.pass(session.SessionLifetime - time.Minute)
	tokens := f.tokens(t, signed)
	check(t, "the end of the access token", tokens.AccessExpires, signed.Session.Expires)
	f.pass(time.Minute)
	_, err := f.Access(t.Context(), tokens.Access)
	isDead(t, "Access", err)
	_, err = f.Refresh(t.Context(), f.app, tokens.Refresh, "")
	isDead(t, "Refresh", err)
	_, err = f.IssueCode(t.Context(), signed, f.app.ID, "openid", chime.CodeRequest{})
	isDead(t, "IssueCode", err)
}

func TestRevoke(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	signed := &f.signIn(t, "ann@example.com").Signed
	tokens, code := f.tokens(t, signed), f.code(t, signed)
	for _, token := range []string{tokens.Access, tokens.Refresh} {
		noError(t, "Revoke by another app", f.Revoke(ctx, f.other, token))
	}
	noError(t, "Revoke of nothing", f.Revoke(ctx, f.app, "nothing"))
	noError(t, "Revoke of a code", f.Revoke(ctx, f.app, code))
	_, err := f.Access(ctx, tokens.Access)
	noError(t, "Access after that", err)
	_, err = f.redeem(t, code)
	noError(t, "Redeem after that", err)

	noError(t, "Revoke", f.Revoke(ctx, f.app, tokens.Access))
	noError(t, "Revoke again", f.Revoke(ctx, f.app, tokens.Access))
	_, err = f.Access(ctx, tokens.Access)
	isDead(t, "Access after a revocation", err)
	next, err := f.Refresh(ctx, f.app, tokens.Refresh, "")
	noError(t, "Refresh after a revocation of the access token", err)
	noError(t, "Revoke", f.Revoke(ctx, f.app, next.Refresh))
	for name, call := range map[string]func() error{
		"Access":  func() error { _, err := f.Access(ctx, next.Access); return err },
		"Refresh": func() error { _, err := f.Refresh(ctx, f.app, next.Refresh, ""); return err },
	} {
		isDead(t, name+" after a revocation of the refresh token", call())
	}
}

// TestAppIsGone has the tokens of an app go with it.
func TestAppIsGone(t *testing.T) {
	f := newFixture(t)
	signed := &f.signIn(t, "ann@example.com").Signed
	tokens, code := f.tokens(t, signed), f.code(t, signed)
	noError(t, "DeleteApp", f.dir.DeleteApp(asRoot(t), f.app.ID))
	_, err := f.Access(t.Context(), tokens.Access)
	isDead(t, "Access", err)
	_, err = f.redeem(t, code)
	isDead(t, "Redeem", err)
	_, err = f.IssueCode(t.Context(), signed, f.app.ID, "openid", chime.CodeRequest{})
	isDead(t, "IssueCode", err)
}

// atOnce calls fn n times at the same time and returns the errors.
func atOnce(n int, fn func() error) []error {
	errs := make([]error, n)
	var start, done sync.WaitGroup
	start.Add(1)
	for i := range n {
		done.Go(func() {
			start.Wait()
			errs[i] = fn()
		})
	}
	start.Done()
	done.Wait()
	return errs
}

// succeeded counts those that succeeded; the others must be dead, not broken.
func succeeded(t *testing.T, what string, errs []error) (n int) {
	t.Helper()
	for _, err := range errs {
		if err == nil {
			n++
			continue
		}
		isDead(t, what, err)
	}
	return n
}

const racers = 16

// TestOneUse redeems codes and refresh tokens many times at once: one succeeds. Of
// a code, the others are replays, which end what that one got.
func TestOneUse(t *testing.T) {
	onEngines(t, func(t *testing.T, f *fixture) {
		signed := &f.signIn(t, "ann@example.com").Signed
		for range 5 {
			code := f.code(t, signed)
			errs := atOnce(racers, func() error { _, err := f.redeem(t, code); return err })
			check(t, "uses of a code that succeeded", succeeded(t, "Redeem", errs), 1)

			tokens := f.tokens(t, signed)
			next := make(chan *session.Tokens, racers)
			errs = atOnce(racers, func() error {
				got, err := f.Refresh(t.Context(), f.app, tokens.Refresh, "")
				next <- got
				return err
			})
			check(t, "uses of a refresh token that succeeded", succeeded(t, "Refresh", errs), 1)
			close(next)
			for got := range next {
				if got != nil {
					_, err := f.Access(t.Context(), got.Access)
					noError(t, "Access by the new token", err)
				}
			}
		}
	})
}

// TestOneUseOfMailedCode signs in many times at once with one code and one login.
func TestOneUseOfMailedCode(t *testing.T) {
	onEngines(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		cookie := f.begin(t)
		code, err := f.MailCode(ctx, cookie, "ann@example.com")
		noError(t, "MailCode", err)
		n := 0
		for _, err := range atOnce(racers, func() error { return f.ProveCode(ctx, cookie, code) }) {
			if err == nil {
				n++
			}
		}
		check(t, "uses of a mailed code that succeeded", n, 1)
		errs := atOnce(racers, func() error { _, err := f.Finish(ctx, cookie, "Ann", ""); return err })
		check(t, "ends of a login that succeeded", succeeded(t, "Finish", errs), 1)
	})
}

// TestAttemptsAtOnce guesses many times at once: all guesses count.
func TestAttemptsAtOnce(t *testing.T) {
	onEngines(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		cookie := f.begin(t)
		_, err := f.MailCode(ctx, cookie, "ann@example.com")
		noError(t, "MailCode", err)
		atOnce(session.MaxAttempts, func() error { return f.ProveCode(ctx, cookie, "wrong") })
		login, err := f.Resume(ctx, cookie)
		noError(t, "Resume", err)
		check(t, "the attempts", login.Code.Attempts, int64(session.MaxAttempts))
	})
}

// TestRedeemWhileSuspended redeems and refreshes while the person is suspended:
// whatever comes of it is dead.
func TestRedeemWhileSuspended(t *testing.T) {
	onEngines(t, func(t *testing.T, f *fixture) {
		f.claim(t, "EnterpriseLWA", "lwa.example")
		for range 5 {
			finished := f.signIn(t, "ann@lwa.example")
			signed := &finished.Signed
			tokens, code := f.tokens(t, signed), f.code(t, signed)
			given := make(chan *session.Tokens, 2)
			work := make(chan func() error, 3)
			work <- func() error { got, err := f.redeem(t, code); given <- got; return err }
			work <- func() error {
				got, err := f.Refresh(t.Context(), f.app, tokens.Refresh, "")
				given <- got
				return err
			}
			work <- func() error {
				_, err := f.dir.SuspendUsers(asRoot(t), "EnterpriseLWA", []chime.UserID{signed.Subject.ID})
				return err
			}
			succeeded(t, "what ran while suspending", atOnce(3, func() error { return (<-work)() }))
			close(given)
			f.unsuspend(t, signed.Subject.ID)
			for _, got := range []*session.Tokens{<-given, <-given, tokens} {
				if got == nil {
					continue
				}
				_, err := f.Access(t.Context(), got.Access)
				isDead(t, "Access by what was issued before or meanwhile", err)
				_, err = f.Introspect(t.Context(), f.app.ID, appSecret, got.Refresh)
				isDead(t, "Introspect of it", err)
			}
			_, err := f.Check(t.Context(), finished.Cookie)
			isDead(t, "Check", err)
		}
	})
}

func TestPurge(t *testing.T) {
	f := newFixture(t)
	f.tokens(t, &f.signIn(t, "ann@example.com").Signed)
	counts := func() (got map[string]int64) {
		err := f.store.View(t.Context(), func(tx chime.Tx) error {
			all, err := tx.Counts(t.Context())
			got = map[string]int64{}
			for _, name := range []string{"logins", "credentials", "sessions", "grants"} {
				got[name] = all[name]
			}
			return err
		})
		noError(t, "Counts", err)
		return got
	}
	purge := func(want int) {
		t.Helper()
		n, err := f.Purge(t.Context())
		noError(t, "Purge", err)
		check(t, "the number purged", n, want)
	}
	full := map[string]int64{"logins": 1, "credentials": 3, "sessions": 1, "grants": 1}
	f.pass(24*time.Hour + session.CodeLifetime)
	purge(0)
	check(t, "what is kept for a day", counts(), full)
	f.pass(session.AccessTokenLifetime)
	purge(3) // the login, the code, and the access token
	check(t, "what is left", counts(), map[string]int64{"logins": 0, "credentials": 1, "sessions": 1, "grants": 1})
	f.pass(session.SessionLifetime)
	purge(2)
	check(t, "what is left in the end", counts(), map[string]int64{"logins": 0, "credentials": 0, "sessions": 0, "grants": 0})
	purge(0)
}

// TestStoreErrors takes no failure of the store for a death.
func TestStoreErrors(t *testing.T) {
	f := newFixture(t)
	finished := f.signIn(t, "ann@example.com")
	signed := &finished.Signed
	tokens, code, login := f.tokens(t, signed), f.code(t, signed), f.proveAddress(t, "ann@example.com")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, call := range map[string]func() error{
		"Begin":      func() error { _, err := f.Begin(ctx, nil); return err },
		"Resume":     func() error { _, err := f.Resume(ctx, login); return err },
		"MailCode":   func() error { _, err := f.MailCode(ctx, login, "ann@example.com"); return err },
		"ProveCode":  func() error { return f.ProveCode(ctx, login, "12345678") },
		"Prove":      func() error { return f.Prove(ctx, login, chime.Proof{Method: chime.ByPasskey}) },
		"Supersede":  func() error { return f.Supersede(ctx, finished.Cookie, signed) },
		"Finish":     func() error { _, err := f.Finish(ctx, login, "", ""); return err },
		"Check":      func() error { _, err := f.Check(ctx, finished.Cookie); return err },
		"List":       func() error { _, err := f.List(ctx, signed); return err },
		"End":        func() error { return f.End(ctx, signed, signed.Session.ID) },
		"EndAll":     func() error { return f.EndAll(ctx, signed) },
		"Client":     func() error { _, err := f.Client(ctx, f.app.ID, appSecret); return err },
		"IssueCode":  func() error { _, err := f.IssueCode(ctx, signed, f.app.ID, "", chime.CodeRequest{}); return err },
		"Redeem":     func() error { _, err := f.Redeem(ctx, f.app, code, redirect, verifier); return err },
		"Refresh":    func() error { _, err := f.Refresh(ctx, f.app, tokens.Refresh, ""); return err },
		"Revoke":     func() error { return f.Revoke(ctx, f.app, tokens.Access) },
		"Access":     func() error { _, err := f.Access(ctx, tokens.Access); return err },
		"Introspect": func() error { _, err := f.Introspect(ctx, f.app.ID, appSecret, tokens.Access); return err },
		"Purge":      func() error { _, err := f.Purge(ctx); return err },
	} {
		err := call()
		if err == nil || errors.Is(err, session.ErrDead) || errors.Is(err, session.ErrClient) {
			t.Errorf("%s without a store: got %v, want the store's error", name, err)
		}
	}
	_, err := f.Check(t.Context(), finished.Cookie)
	noError(t, "Check after all that", err)
}
