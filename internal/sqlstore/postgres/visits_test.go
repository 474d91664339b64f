package postgres_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/secret"
	"github.com/carillon-id/carillon/internal/session"
)

// visitor signs in, and uses what that gives.
type visitor struct {
	*session.Service
	tb       testing.TB
	app      *chime.App
	finished *session.Finished
	tokens   *session.Tokens
	cookie   string // of a login
	code     string
}

const (
	verifier  = "the verifier of a code"
	appSecret = "the app's secret"
)

// visits are the requests of people who sign in, and of apps.
func (in *installation) visits(tb testing.TB) []step {
	put(tb, in.store, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(
			tx.PutApp(ctx, chime.App{ID: "app", Tenant: tenant, Name: "App", SecretHash: directory.HashSecret(appSecret), RedirectURIs: []string{"https://app.example/"}}),
			tx.Claim(ctx, "corp.example", "lwa"),
			tx.PutDomain(ctx, chime.Domain{Account: "lwa", Name: "corp.example", Status: chime.DomainVerified, Challenge: "challenge"}),
		)
	})
	v := &visitor{tb: tb, app: &chime.App{ID: "app"}}
	clock := time.Now
	v.Service = session.New(session.Config{
		Store: in.store, Directory: in.Directory, Now: func() time.Time { return clock() },
		CodeKey: secret.NewKeyring(secret.MasterKey{1}, nil).For(secret.MailedCode),
	})
	return []step{
		{"Methods", func(ctx context.Context) error { return first(v.Methods(ctx, "ann@corp.example")) }},
		{"ClaimOf", func(ctx context.Context) error { return v.prove(ctx, "ann@example.com") }},
		{"Admit", v.finish},
		{"Admit into an account", func(ctx context.Context) error {
			return errors.Join(v.prove(ctx, "ann@corp.example"), v.finish(ctx), v.prove(ctx, "ann@corp.example"), v.finish(ctx))
		}},
		{"Passkeys", func(ctx context.Context) error {
			_, _, err := v.Passkeys(ctx, v.finished.Subject.ID)
			return errors.Join(err, v.RemovePasskey(ctx, &v.finished.Signed, "key"))
		}},
		{"MayHavePasskeys", func(ctx context.Context) error {
			return v.AddPasskey(ctx, &v.finished.Signed, chime.Passkey{ID: "key"})
		}},
		{"Check", func(ctx context.Context) error { return first(v.Check(ctx, v.finished.Cookie)) }},
		{"IssueCode", v.issue},
		{"Redeem", v.redeem},
		{"Refresh", func(ctx context.Context) error { return first(v.Refresh(ctx, v.app, v.tokens.Refresh, "")) }},
		{"Access", func(ctx context.Context) error { return first(v.Access(ctx, v.tokens.Access)) }},
		{"Introspect", func(ctx context.Context) error { return first(v.Introspect(ctx, "app", appSecret, v.tokens.Access)) }},
		{"Client", func(ctx context.Context) error { return first(v.Client(ctx, "app", appSecret)) }},
		{"List", func(ctx context.Context) error { return first(v.List(ctx, &v.finished.Signed)) }},
		{"Revoke", func(ctx context.Context) error { return v.Revoke(ctx, v.app, v.tokens.Refresh) }},
		{"a replay", func(ctx context.Context) error {
			if err := v.redeem(ctx); !errors.Is(err, session.ErrDead) {
				return fmt.Errorf("a replay: got %w, want %w", err, session.ErrDead)
			}
			return nil
		}},
		{"EndSessions", func(ctx context.Context) error {
			_, err := v.EndUpstream(ctx, "https://nobody.example", "nobody", "")
			_, err3 := v.EndUpstream(ctx, "https://nobody.example", "", "sid")
			err2 := v.EndByHint(ctx, v.finished.Subject.ID, "another", "app")
			return errors.Join(err, err2, err3, v.End(ctx, &v.finished.Signed, v.finished.Session.ID))
		}},
		{"SignOut", func(ctx context.Context) error {
			err := errors.Join(v.prove(ctx, "ann@corp.example"), v.finish(ctx))
			return errors.Join(err, v.EndAll(ctx, &v.finished.Signed))
		}},
		{"by Amazon", func(ctx context.Context) error {
			later := time.Now().Add(session.RefreshAfter + time.Minute)
			err := v.byAmazon(ctx)
			clock = func() time.Time { return later }
			taken, err2 := v.TakeDue(ctx, 1)
			if len(taken) != 1 {
				return fmt.Errorf("sessions that are due: got %d, want one: %w", len(taken), errors.Join(err, err2))
			}
			_, err3 := v.EndUpstream(ctx, "https://amazon.example", "ann", "")
			return errors.Join(err, err2, err3, v.Confirm(ctx, taken[0], nil), v.Refuse(ctx, taken[0]))
		}},
	}
}

// prove has the address proven by a mailed code, in the login or a new one.
func (v *visitor) prove(ctx context.Context, address string) (err error) {
	if v.cookie == "" {
		if v.cookie, err = v.Begin(ctx, nil); err != nil {
			return err
		}
	}
	code, err := v.MailCode(ctx, v.cookie, address)
	if err != nil {
		return err
	}
	return v.ProveCode(ctx, v.cookie, code)
}

func (v *visitor) finish(ctx context.Context) (err error) {
	v.finished, err = v.Finish(ctx, v.cookie, "Ann", "Firefox")
	v.cookie = ""
	return err
}

// byAmazon signs in by Login with Amazon, and uses the session.
func (v *visitor) byAmazon(ctx context.Context) (err error) {
	if v.cookie, err = v.Begin(ctx, nil); err != nil {
		return err
	}
	err = v.Prove(ctx, v.cookie, chime.Proof{
		Method:   chime.ByAmazon,
		Upstream: &chime.Upstream{Issuer: "https://amazon.example", Subject: "ann", SealedToken: []byte("token")},
	})
	err = errors.Join(err, v.prove(ctx, "ann@corp.example"), v.finish(ctx))
	return errors.Join(err, first(v.Check(ctx, v.finished.Cookie)))
}

func (v *visitor) issue(ctx context.Context) (err error) {
	sum := sha256.Sum256([]byte(verifier))
	v.code, err = v.IssueCode(ctx, &v.finished.Signed, "app", "openid", chime.CodeRequest{
		RedirectURI: "https://app.example/", Challenge: base64.RawURLEncoding.EncodeToString(sum[:]),
	})
	return err
}

func (v *visitor) redeem(ctx context.Context) error {
	tokens, err := v.Redeem(ctx, v.app, v.code, "https://app.example/", verifier)
	if err == nil {
		v.tokens = tokens
	}
	return err
}
