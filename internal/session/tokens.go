package session

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
)

// Tokens are what a code or a refresh token was redeemed for.
type Tokens struct {
	Access, Refresh string
	AccessExpires   time.Time
	Scope           string
	// Bearer is what was redeemed, with the person, session and app as read then.
	// The nonce is in its Credential.Request when that was a code, and the time of
	// sign-in is its Session's.
	Bearer chime.Bearer
}

// Client returns the app with the id when the secret is its, or is "" and the app
// is public. Else it returns ErrClient.
func (s *Service) Client(ctx context.Context, id chime.ClientID, secret string) (app *chime.App, err error) {
	err = s.Store.Peek(ctx, func(tx chime.Tx) error {
		app, err = tx.App(ctx, id)
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case app == nil, app.Public() != (secret == ""), !app.Public() && !matches(secret, app.SecretHash):
		return nil, ErrClient
	}
	return app, nil
}

// IssueCode returns an authorization code for the app. It sets r.AuthTime. It
// returns ErrDead when the person is no longer signed in or the app is gone.
func (s *Service) IssueCode(ctx context.Context, signed *Signed, client chime.ClientID, scope string, r chime.CodeRequest) (code string, err error) {
	code = newSecret()
	err = s.Store.Update(ctx, func(tx chime.Tx) error {
		signed, err := s.again(ctx, tx, signed)
		if err != nil {
			return err
		}
		app, err := tx.App(ctx, client)
		if err != nil {
			return err
		}
		if app == nil {
			return ErrDead
		}
		session, now := signed.Session, s.Now()
		grant := chime.Grant{
			User: session.User, ID: chime.GrantID(newID()), Session: session.ID, Client: client, Epoch: session.Epoch, Created: now,
		}
		if err := tx.PutGrants(ctx, grant); err != nil {
			return err
		}
		r.AuthTime = session.Created
		return tx.PutCredentials(ctx, chime.Credential{
			Hash: key(code), Kind: chime.AuthorizationCode, User: grant.User, Session: grant.Session, Grant: grant.ID, Client: client,
			Account: signed.Subject.Person.Account, Epoch: grant.Epoch, Issued: now, Expires: now.Add(CodeLifetime), Scope: scope, Request: r,
		})
	})
	if err != nil {
		return "", err
	}
	return code, nil
}

// Redeem exchanges a code. It returns ErrDead for one that is not alive, not the
// app's, or was not issued for the redirect URI or the verifier's challenge (S256).
// A code that was redeemed before ends its grant.
func (s *Service) Redeem(ctx context.Context, app *chime.App, code, redirectURI, verifier string) (*Tokens, error) {
	return s.exchange(ctx, app, chime.AuthorizationCode, code, func(c chime.Credential) (string, error) {
		if !redeems(c.Request, redirectURI, verifier) {
			return "", ErrDead
		}
		return c.Scope, nil
	})
}

// Refresh exchanges a refresh token for new ones, of the scope if it is not "". It
// returns ErrDead for one that is not alive or not the app's, and ErrScope. A token
// that was exchanged more than ReuseTolerance before ends its grant.
func (s *Service) Refresh(ctx context.Context, app *chime.App, token, scope string) (*Tokens, error) {
	return s.exchange(ctx, app, chime.RefreshToken, token, func(c chime.Credential) (string, error) {
		return narrow(c.Scope, scope)
	})
}

// narrow returns what is asked for of what was granted, each scope once; all of it
// when nothing is. Scopes are separated by blanks (RFC 6749, section 3.3).
func narrow(granted, scope string) (string, error) {
	asked := strings.Split(scope, " ")
	var kept []string
	for one := range strings.SplitSeq(granted, " ") {
		if slices.Contains(asked, one) {
			kept = append(kept, one)
		}
	}
	for _, one := range asked {
		if one != "" && !slices.Contains(kept, one) {
			return "", ErrScope
		}
	}
	if len(kept) == 0 {
		return granted, nil
	}
	return strings.Join(kept, " "), nil
}

// exchange redeems what is for one use. It is written, and decided by, in place: of
// any number of exchanges at once one finds it unused when it commits. Whatever
// else ends while it runs, ends what it gives too, because that hangs on the same
// grant, session and epoch.
func (s *Service) exchange(
	ctx context.Context, app *chime.App, kind chime.CredentialKind, value string, check func(chime.Credential) (scope string, err error),
) (tokens *Tokens, err error) {
	var refused error
	err = s.Store.UpdateInPlace(ctx, func(tx chime.Tx) error {
		tokens, refused = nil, ErrDead
		b, err := tx.Bearer(ctx, key(value))
		if err != nil || b == nil || b.Credential.Kind != kind || b.Credential.Client != app.ID {
			return err
		}
		if s.stolen(b.Credential) {
			return s.endGrant(ctx, tx, b.Grant)
		}
		var scope string
		if refused = Alive(Kind(kind), evidence(b), s.Now()); refused == nil {
			scope, refused = check(b.Credential)
		}
		if refused == nil {
			tokens, err = s.issue(ctx, tx, b, scope)
		}
		return err
	})
	if err != nil || refused != nil {
		return nil, cmp.Or(err, refused)
	}
	s.inUse.note(*tokens.Bearer.Session)
	return tokens, nil
}

// stolen reports whether a use of what was used before says that somebody else
// has it.
func (s *Service) stolen(c chime.Credential) bool {
	return !c.Used.IsZero() && (c.Kind == chime.AuthorizationCode || s.Now().Sub(c.Used) > ReuseTolerance)
}

func (s *Service) endGrant(ctx context.Context, tx chime.Tx, grant *chime.Grant) error {
	if grant == nil || !grant.Ended.IsZero() {
		return nil
	}
	grant.Ended = s.Now()
	return tx.PutGrants(ctx, *grant)
}

// issue gives tokens for what the bearer redeems. They have its epoch.
func (s *Service) issue(ctx context.Context, tx chime.Tx, b *chime.Bearer, scope string) (*Tokens, error) {
	now, used := s.Now(), b.Credential
	used.Used = now
	tokens := &Tokens{Access: newSecret(), Refresh: newSecret(), Scope: scope, Bearer: *b}
	next := func(kind chime.CredentialKind, value, scope string, lifetime time.Duration) chime.Credential {
		c := chime.Credential{
			Hash: key(value), Kind: kind, User: used.User, Session: used.Session, Grant: used.Grant, Client: used.Client,
			Account: b.Subject.Person.Account, Epoch: used.Epoch, Issued: now, Expires: now.Add(lifetime), Scope: scope,
		}
		if b.Session.Expires.Before(c.Expires) {
			c.Expires = b.Session.Expires
		}
		return c
	}
	access := next(chime.AccessToken, tokens.Access, scope, AccessTokenLifetime)
	// The next refresh token may be used for all that was granted (RFC 6749, section 6).
	refresh := next(chime.RefreshToken, tokens.Refresh, used.Scope, RefreshTokenLifetime)
	tokens.AccessExpires = access.Expires
	return tokens, tx.PutCredentials(ctx, used, access, refresh)
}

// Revoke ends an access token, or the grant of a refresh token. Unknown tokens and
// those of other apps are no error.
func (s *Service) Revoke(ctx context.Context, app *chime.App, token string) error {
	return s.Store.UpdateInPlace(ctx, func(tx chime.Tx) error {
		b, err := tx.Bearer(ctx, key(token))
		if err != nil || b == nil || b.Credential.Client != app.ID {
			return err
		}
		switch c := b.Credential; {
		case c.Kind == chime.RefreshToken:
			return s.endGrant(ctx, tx, b.Grant)
		case c.Kind == chime.AccessToken && c.Ended.IsZero():
			c.Ended = s.Now()
			return tx.PutCredentials(ctx, c)
		}
		return nil
	})
}

// Access returns what an access token stands for, or ErrDead.
func (s *Service) Access(ctx context.Context, token string) (*chime.Bearer, error) {
	b, err := s.bearer(ctx, chime.Tx.Bearer, token)
	if err != nil {
		return nil, err
	}
	if b == nil || b.Credential.Kind != chime.AccessToken {
		return nil, ErrDead
	}
	return s.use(b)
}

// Introspect returns what an access or refresh token of the app stands for, or
// ErrDead. The app is one with a secret, else it returns ErrClient. A token is read
// together with its app, so that an app which asks about its own is authenticated
// by that one read. What names the person is not there.
func (s *Service) Introspect(ctx context.Context, id chime.ClientID, secret, token string) (*chime.Bearer, error) {
	if secret == "" {
		return nil, ErrClient
	}
	b, err := s.bearer(ctx, chime.Tx.BriefBearer, token)
	switch {
	case err != nil:
		return nil, err
	case b == nil || b.App == nil || b.App.ID != id:
		if _, err := s.Client(ctx, id, secret); err != nil {
			return nil, err
		}
		return nil, ErrDead
	case !matches(secret, b.App.SecretHash):
		return nil, ErrClient
	case b.Credential.Kind == chime.AuthorizationCode:
		return nil, ErrDead
	}
	return s.use(b)
}

// bearer reads, in one read, a token with all that decides about it.
func (s *Service) bearer(
	ctx context.Context, read func(chime.Tx, context.Context, string) (*chime.Bearer, error), token string,
) (b *chime.Bearer, err error) {
	err = s.Store.View(ctx, func(tx chime.Tx) error {
		b, err = read(tx, ctx, key(token))
		return err
	})
	return b, err
}

// use is the use of a token: it returns what was read when that is alive, else
// ErrDead.
func (s *Service) use(b *chime.Bearer) (*chime.Bearer, error) {
	if err := Alive(Kind(b.Credential.Kind), evidence(b), s.Now()); err != nil {
		return nil, err
	}
	s.inUse.note(*b.Session)
	return b, nil
}

func evidence(b *chime.Bearer) Evidence {
	return Evidence{Credential: &b.Credential, Grant: b.Grant, Session: b.Session, App: b.App, Subject: b.Subject}
}
