package session_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/session"
)

// administrator signs somebody of the domain example.com in, and gives them a role in
// the account EnterpriseLWA.
func (f *fixture) administrator(t testing.TB, policies ...string) *session.Signed {
	t.Helper()
	f.claim(t, "EnterpriseLWA", "example.com")
	signed := &f.signIn(t, "ann@example.com").Signed
	f.grant(t, signed.Subject.ID, policies...)
	return signed
}

func (f *fixture) grant(t testing.TB, user chime.UserID, policies ...string) {
	t.Helper()
	var given []chime.PrincipalPolicy
	for _, name := range policies {
		given = append(given, chime.PrincipalPolicy{Name: name})
	}
	_, err := f.dir.GrantAdministrator(asRoot(t), "EnterpriseLWA", user, given)
	noError(t, "GrantAdministrator", err)
}

func (f *fixture) key(t testing.TB, signed *session.Signed) *session.IssuedKey {
	t.Helper()
	key, err := f.IssueKey(t.Context(), signed)
	noError(t, "IssueKey", err)
	return key
}

// found is what the key stands for now.
func (f *fixture) found(t testing.TB, key *session.IssuedKey) chime.TemporaryKey {
	t.Helper()
	found, err := f.TemporaryKey(t.Context(), key.ID, key.Token)
	if err != nil || found == nil {
		t.Fatalf("TemporaryKey: got %v and %v, want a key", found, err)
	}
	return *found
}

// TestAKeyIsOfTheRoleAsItIsNow: what the role may do is read at each use.
func TestAKeyIsOfTheRoleAsItIsNow(t *testing.T) {
	onEngines(t, func(t *testing.T, f *fixture) {
		signed := f.administrator(t)
		key := f.key(t, signed)
		if got := f.found(t, key); !got.Alive || got.Secret != key.Secret || got.Role.User != signed.Subject.ID || got.Role.Tenant != tenant ||
			got.Role.Policies[0].Name != "CarillonAdministrator" || !got.Expires.Equal(f.now().Add(session.KeyLifetime)) {
			t.Errorf("a new key: got %+v", got)
		}
		f.grant(t, signed.Subject.ID, "AmazonChimeReadOnly")
		if got := f.found(t, key); !got.Alive || got.Role.Policies[0].Name != "AmazonChimeReadOnly" {
			t.Errorf("after the policies changed: got %+v, want them", got)
		}
	})
}

// TestAKeyDiesAtOnce: at its next use, for good, and the secret is still what a
// signature is checked with, so that only its holder is told.
func TestAKeyDiesAtOnce(t *testing.T) {
	for name, end := range map[string]func(t *testing.T, f *fixture, signed *session.Signed){
		"revoked": func(t *testing.T, f *fixture, signed *session.Signed) {
			noError(t, "RevokeAdministrator", f.dir.RevokeAdministrator(asRoot(t), "EnterpriseLWA", signed.Subject.ID))
		},
		"revoked and granted anew": func(t *testing.T, f *fixture, signed *session.Signed) {
			noError(t, "RevokeAdministrator", f.dir.RevokeAdministrator(asRoot(t), "EnterpriseLWA", signed.Subject.ID))
			f.grant(t, signed.Subject.ID)
		},
		"suspended": func(t *testing.T, f *fixture, signed *session.Signed) { f.suspend(t, signed.Subject.ID) },
		"suspended, let in again, and granted anew": func(t *testing.T, f *fixture, signed *session.Signed) {
			f.suspend(t, signed.Subject.ID)
			f.unsuspend(t, signed.Subject.ID)
			f.grant(t, signed.Subject.ID)
		},
		"signed out by an administrator": func(t *testing.T, f *fixture, signed *session.Signed) {
			noError(t, "LogoutUser", f.dir.LogoutUser(asRoot(t), "EnterpriseLWA", signed.Subject.ID))
		},
		"signed out": func(t *testing.T, f *fixture, signed *session.Signed) {
			noError(t, "End", f.End(t.Context(), signed, signed.Session.ID))
		},
		"the account got a provider": func(t *testing.T, f *fixture, _ *session.Signed) {
			f.update(t, func(ctx context.Context, tx chime.Tx) error {
				account, err := tx.Account(ctx, "EnterpriseLWA")
				account.Type = chime.EnterpriseOIDC
				return errors.Join(err, tx.PutAccounts(ctx, *account))
			})
		},
		"the role is gone from its table": func(t *testing.T, f *fixture, signed *session.Signed) {
			f.update(t, func(ctx context.Context, tx chime.Tx) error {
				return tx.DeleteAdministrator(ctx, tenant, chime.MemberKey{Account: "EnterpriseLWA", User: signed.Subject.ID})
			})
		},
		"an hour": func(_ *testing.T, f *fixture, _ *session.Signed) { f.pass(session.KeyLifetime) },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			signed := f.administrator(t)
			key := f.key(t, signed)
			end(t, f, signed)
			if got := f.found(t, key); got.Alive || got.Role.ID != "" || got.Secret != key.Secret {
				t.Errorf("got %+v, want it dead, and the secret alone", got)
			}
		})
	}
}

func TestAKeyLivesNoLongerThanItsSession(t *testing.T) {
	f := newFixture(t)
	signed := f.administrator(t)
	f.pass(session.SessionLifetime - 10*time.Minute)
	if key := f.key(t, signed); !key.Expires.Equal(signed.Session.Expires) {
		t.Errorf("got a key until %v, want until %v", key.Expires, signed.Session.Expires)
	}
}

// TestKeysAreToldApart: a token is its own key's, and nothing else is a token.
func TestKeysAreToldApart(t *testing.T) {
	f := newFixture(t)
	signed := f.administrator(t)
	key, other := f.key(t, signed), f.key(t, signed)
	sealed, err := base64.RawURLEncoding.DecodeString(key.Token)
	noError(t, "the token", err)
	sealed[len(sealed)-1] ^= 1
	code, err := f.IssueCommandLineCode(t.Context(), signed, chime.CodeRequest{})
	noError(t, "IssueCommandLineCode", err)
	for name, pair := range map[string][2]string{
		"another key's token": {key.ID, other.Token}, "an altered token": {key.ID, base64.RawURLEncoding.EncodeToString(sealed)},
		"no token": {key.ID, ""}, "what is no token": {key.ID, "%"}, "a code": {key.ID, code}, "a long one": {key.ID, strings.Repeat("A", 5000)},
		"another name": {strings.ToLower(key.ID), key.Token},
	} {
		if got, err := f.TemporaryKey(t.Context(), pair[0], pair[1]); got != nil || err != nil {
			t.Errorf("%s: got %v and %v, want nothing", name, got, err)
		}
	}
	for name, token := range map[string]string{"a key's token": key.Token, "a code": code, "nothing": ""} {
		if _, err := f.CheckCommandLine(t.Context(), token); !errors.Is(err, session.ErrDead) {
			t.Errorf("the command line with %s: got %v, want ErrDead", name, err)
		}
	}
}

// TestAStolenDatabaseHasNoKey: neither the token nor the secret is in it.
func TestAStolenDatabaseHasNoKey(t *testing.T) {
	f := newFixture(t)
	key := f.key(t, f.administrator(t))
	var rows []chime.Credential
	noError(t, "reading the credentials", f.store.View(t.Context(), func(tx chime.Tx) (err error) {
		rows, err = tx.ScanCredentials(t.Context(), chime.Credential{}, 10)
		return err
	}))
	if len(rows) != 1 {
		t.Fatalf("got %d credentials, want the one", len(rows))
	}
	held := fmt.Sprintf("%+v", rows[0])
	for _, secret := range []string{key.Secret, key.Token, key.ID} {
		if strings.Contains(held, secret) {
			t.Errorf("the database holds %.8s...: %s", secret, held)
		}
	}
}

func TestWhoIsNoAdministratorGetsNoKey(t *testing.T) {
	f := newFixture(t)
	f.claim(t, "EnterpriseLWA", "example.com")
	for _, address := range []string{"bob@example.com", "free@example.org"} {
		signed := &f.signIn(t, address).Signed
		if _, err := f.IssueKey(t.Context(), signed); !errors.Is(err, session.ErrNoRole) {
			t.Errorf("%s: got %v, want ErrNoRole", address, err)
		}
		if _, err := f.IssueCommandLineCode(t.Context(), signed, chime.CodeRequest{}); !errors.Is(err, session.ErrNoRole) {
			t.Errorf("%s, for the command line: got %v, want ErrNoRole", address, err)
		}
		noError(t, "End", f.End(t.Context(), signed, signed.Session.ID))
		if _, err := f.IssueKey(t.Context(), signed); !errors.Is(err, session.ErrDead) {
			t.Errorf("%s, signed out: got %v, want ErrDead", address, err)
		}
	}
}
