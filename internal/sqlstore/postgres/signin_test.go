package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/postgrestest"
)

// signedIn puts an account with a person who is signed in, and a token whose
// account is that in which to look first.
func signedIn(tb testing.TB, s chime.Store, guesses ...chime.AccountID) {
	tb.Helper()
	people(tb, s, "account", chime.EnterpriseLWA, 2)
	people(tb, s, "other", chime.Team, 2)
	put(tb, s, func(ctx context.Context, tx chime.Tx) error {
		err := errors.Join(tx.PutPeople(ctx, chime.Person{ID: "account-001", Account: "account"}),
			tx.PutApp(ctx, chime.App{ID: "client", Tenant: tenant, RedirectURIs: []string{"https://app.example/cb"}}),
			tx.PutSessions(ctx, chime.Session{User: "account-001", ID: "session"}),
			tx.PutGrants(ctx, chime.Grant{User: "account-001", ID: "grant", Session: "session", Client: "client"}))
		for _, guess := range guesses {
			err = errors.Join(err, tx.PutCredentials(ctx, chime.Credential{
				Hash: "in " + string(guess), Kind: chime.AccessToken, User: "account-001", Session: "session", Grant: "grant", Client: "client", Account: guess,
			}))
		}
		return err
	})
}

// TestUseOfACredentialIsTwoJourneys: one finds the credential, and one all that
// decides whether it is alive. What a cookie names is found in one.
func TestUseOfACredentialIsTwoJourneys(t *testing.T) {
	p, behind := newProxy(t, migrated(t, postgrestest.Distribution()))
	s := opened(t, with(t, behind, "pool_max_conns", "1"))
	signedIn(t, s, "account", "other", "")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	whole := func(subject *chime.Subject) error {
		if subject == nil || subject.Account == nil || subject.Member == nil || subject.Member.User != "account-001" {
			return errors.New("the subject is not whole")
		}
		return nil
	}
	for _, look := range []struct {
		name     string
		journeys int
		run      func(tx chime.Tx) error
	}{
		{"Bearer", 2, func(tx chime.Tx) error {
			b, err := tx.Bearer(ctx, "in account")
			if err == nil && (b.Session == nil || b.Grant == nil || b.App == nil) {
				err = errors.New("it is not whole")
			}
			return errors.Join(err, whole(b.Subject))
		}},
		{"Bearer, looked for in another account", 3, func(tx chime.Tx) error {
			b, err := tx.Bearer(ctx, "in other")
			return errors.Join(err, whole(b.Subject))
		}},
		{"Bearer, looked for in none", 3, func(tx chime.Tx) error {
			b, err := tx.Bearer(ctx, "in ")
			return errors.Join(err, whole(b.Subject))
		}},
		{"an unknown Bearer", 1, func(tx chime.Tx) error {
			b, err := tx.Bearer(ctx, "unknown")
			if b != nil {
				err = errors.New("it is there")
			}
			return err
		}},
		{"SessionAndSubject", 1, func(tx chime.Tx) error {
			_, subject, err := tx.SessionAndSubject(ctx, "account-001", "session", "account")
			return errors.Join(err, whole(subject))
		}},
		{"SessionAndSubject, looked for in another account", 2, func(tx chime.Tx) error {
			_, subject, err := tx.SessionAndSubject(ctx, "account-001", "session", "other")
			return errors.Join(err, whole(subject))
		}},
		{"Subject", 1, func(tx chime.Tx) error {
			subject, err := tx.Subject(ctx, "account-001", "account")
			return errors.Join(err, whole(subject))
		}},
	} {
		for range 2 { // the first prepares statements on the way
			settle(t, s)
			p.allow(look.journeys)
			if err := s.View(ctx, look.run); err != nil {
				t.Fatalf("%s, with %d journeys at most: %v", look.name, look.journeys, err)
			}
			p.allow(0)
		}
	}
}
