package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/carillon-id/carillon/internal/chime"
)

const (
	// appID and appSecret are of the app that people sign in to.
	appID     = "6f1f4ad4-2c54-4ddc-9d7e-0f6f27e0a1c3"
	appSecret = "bench-secret-of-an-app-that-nobody-else-has"
	// signedIn says that one of so many people of all accounts but the first is signed
	// in to the app, which is a tenth of everybody. Those of the first are suspended and
	// let in again while that is measured, which ends what they have.
	signedIn = 5
	// lifetime is how long sessions and tokens live: longer than any run.
	lifetime = 24 * time.Hour
	scope    = "openid profile email"
)

func newApp(now time.Time) chime.App {
	sum := sha256.Sum256([]byte(appSecret))
	return chime.App{
		ID: appID, Tenant: tenant, Name: "App", SecretHash: sum[:], RedirectURIs: []string{"https://app.example/callback"}, Created: now,
	}
}

// newToken returns what looks like 256 random bits in unpadded base64url.
func newToken(n int) string {
	sum := sha256.Sum256([]byte("token " + strconv.Itoa(n)))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// signIn signs people in to apps, in the database itself: each gets a session, a
// grant and an access token. Nobody else may use the database.
func (b *bench) signIn(ctx context.Context) (err error) {
	store, err := b.database.store(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	now := time.Now()
	if err := store.Update(ctx, func(tx chime.Tx) error { return tx.PutApp(ctx, newApp(now)) }); err != nil {
		return fmt.Errorf("registering an app: %w", err)
	}
	for i, of := range b.population[1:] {
		b.progress.show("signing in", i, len(b.population)-1)
		var some []chime.UserID
		for at := 0; at < len(of.users); at += signedIn {
			some = append(some, chime.UserID(of.users[at]))
		}
		tokens := make([]string, len(some))
		for j := range tokens {
			tokens[j] = newToken(len(b.tokens) + j)
		}
		err := store.Update(ctx, func(tx chime.Tx) error { return signInTo(ctx, tx, chime.AccountID(of.id), some, tokens, now) })
		if err != nil {
			return fmt.Errorf("signing in: %w", err)
		}
		b.tokens = append(b.tokens, tokens...)
	}
	return nil
}

// signInTo gives each of the members of an account one of the tokens.
func signInTo(ctx context.Context, tx chime.Tx, account chime.AccountID, users []chime.UserID, tokens []string, now time.Time) error {
	_, members, err := tx.AccountMembers(ctx, account, users)
	if err != nil {
		return err
	}
	if len(members) != len(users) {
		return fmt.Errorf("the account %s has %d of %d members", account, len(members), len(users))
	}
	var sessions []chime.Session
	var grants []chime.Grant
	var credentials []chime.Credential
	for i, m := range members {
		s, g, c := newSession(m, tokens[i], now)
		sessions, grants, credentials = append(sessions, s), append(grants, g), append(credentials, c)
	}
	return errors.Join(tx.PutSessions(ctx, sessions...), tx.PutGrants(ctx, grants...), tx.PutCredentials(ctx, credentials...))
}

// newSession is what a member and the app have of a sign-in.
func newSession(m chime.Member, token string, now time.Time) (chime.Session, chime.Grant, chime.Credential) {
	hash := sha256.Sum256([]byte(token))
	s := chime.Session{
		User: m.User, ID: chime.SessionID(uuid.NewString()), SecretHash: hash[:], Epoch: m.Signout.Epoch, Method: chime.ByMail,
		Device: "Firefox on Linux", Created: now, Expires: now.Add(lifetime),
	}
	g := chime.Grant{User: s.User, ID: chime.GrantID(uuid.NewString()), Session: s.ID, Client: appID, Epoch: s.Epoch, Created: now}
	return s, g, chime.Credential{
		Hash: base64.RawURLEncoding.EncodeToString(hash[:]), Kind: chime.AccessToken, User: s.User, Session: s.ID, Grant: g.ID,
		Client: appID, Account: m.Account, Epoch: s.Epoch, Issued: now, Expires: s.Expires, Scope: scope,
	}
}

// newBearer is what a token stands for.
func newBearer(now time.Time) chime.Bearer {
	m := chime.Member{
		Account: chime.AccountID(uuidOf(1)), User: chime.UserID(uuidOf(2)), Standing: chime.Standing{Status: chime.Registered, License: chime.Pro},
	}
	app := newApp(now)
	s, g, c := newSession(m, newToken(0), now)
	return chime.Bearer{Credential: c, Session: &s, Grant: &g, App: &app, Subject: &chime.Subject{
		Person:  chime.Person{ID: m.User, Account: m.Account, Email: "person.0000001@example.com", DisplayName: "Person Number 1"},
		Account: &chime.Account{ID: m.Account, Tenant: tenant, Name: "Department", Type: chime.EnterpriseLWA, Status: chime.AccountActive},
		Member:  &m,
	}}
}

func (b *bench) introspects(c *client) work {
	return func() error { return c.introspect(b.tokens[rand.IntN(len(b.tokens))]) }
}

func (b *bench) userinfos(c *client) work {
	return func() error { return c.userinfo(b.tokens[rand.IntN(len(b.tokens))]) }
}
