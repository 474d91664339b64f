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
	// appCount is how many apps there are; the sessions are theirs in turn.
	appCount = 10
	// signedIn says that one of so many people of all accounts but the first is signed
	// in to an app, which is a tenth of everybody. Those of the first are suspended and
	// let in again while that is measured, which ends what they have.
	signedIn = 5
	// lifetime is how long sessions and tokens live: longer than any run.
	lifetime = 24 * time.Hour
)

// held is an access token and the app that holds it.
type held struct {
	app   *app
	token string
}

// app is a relying party.
type app struct {
	id chime.ClientID
	// basic is what follows "Basic " when the app says who it is.
	basic  string
	secret string
}

// secretOf returns what looks like 256 random bits in unpadded base64url.
func secretOf(what string, n int) string {
	sum := sha256.Sum256([]byte(what + strconv.Itoa(n)))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func newApps() []*app {
	apps := make([]*app, appCount)
	for i := range apps {
		a := &app{id: chime.ClientID(uuid.NewString()), secret: secretOf("secret ", i)}
		a.basic = base64.StdEncoding.EncodeToString([]byte(string(a.id) + ":" + a.secret))
		apps[i] = a
	}
	return apps
}

// signIn signs people in to apps, in the database itself: each gets a session, a
// grant and an access token. Nobody else may use the database.
func (b *bench) signIn(ctx context.Context) (err error) {
	store, err := b.database.store(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	now, apps := time.Now(), newApps()
	err = store.Update(ctx, func(tx chime.Tx) error {
		for _, a := range apps {
			sum := sha256.Sum256([]byte(a.secret))
			if err := tx.PutApp(ctx, chime.App{ID: a.id, Tenant: tenant, Name: "App", SecretHash: sum[:], Created: now}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("registering apps: %w", err)
	}
	for i, of := range b.population[1:] {
		b.progress.show("signing in", i, len(b.population)-1)
		var some []chime.UserID
		for at := 0; at < len(of.users); at += signedIn {
			some = append(some, chime.UserID(of.users[at]))
		}
		tokens := make([]held, len(some))
		for j := range tokens {
			n := len(b.tokens) + j
			tokens[j] = held{apps[n%len(apps)], secretOf("token ", n)}
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
func signInTo(ctx context.Context, tx chime.Tx, account chime.AccountID, users []chime.UserID, tokens []held, now time.Time) error {
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
		s := chime.Session{
			User: m.User, ID: chime.SessionID(uuid.NewString()), Epoch: m.Signout.Epoch, Method: chime.ByMail, Device: "Firefox on Linux",
			Created: now, Expires: now.Add(lifetime),
		}
		secret, token := sha256.Sum256([]byte(s.ID)), sha256.Sum256([]byte(tokens[i].token))
		s.SecretHash = secret[:]
		g := chime.Grant{User: s.User, ID: chime.GrantID(uuid.NewString()), Session: s.ID, Client: tokens[i].app.id, Epoch: s.Epoch, Created: now}
		sessions, grants = append(sessions, s), append(grants, g)
		credentials = append(credentials, chime.Credential{
			Hash: base64.RawURLEncoding.EncodeToString(token[:]), Kind: chime.AccessToken, User: s.User, Session: s.ID, Grant: g.ID,
			Client: g.Client, Account: account, Epoch: s.Epoch, Issued: now, Expires: s.Expires, Scope: "openid profile email",
		})
	}
	return errors.Join(tx.PutSessions(ctx, sessions...), tx.PutGrants(ctx, grants...), tx.PutCredentials(ctx, credentials...))
}

func (b *bench) introspects(c *client) work {
	return func() error { return c.introspect(b.tokens[rand.IntN(len(b.tokens))]) }
}

func (b *bench) userinfos(c *client) work {
	return func() error { return c.userinfo(b.tokens[rand.IntN(len(b.tokens))].token) }
}
