package session

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
)

// IssuedKey is a short-lived access key, at the one moment at which its secret can
// be seen.
type IssuedKey struct {
	ID, Secret, Token string
	Expires           time.Time
}

// IssueKey returns an access key of the role that the person has, which lives for an
// hour and no longer than the session. It returns ErrNoRole for somebody who is no
// administrator, and ErrDead when they are no longer signed in.
//
// The token holds the secret, sealed, and the store only a hash of the token: who has
// the database has neither, and who has the master key has no token.
func (s *Service) IssueKey(ctx context.Context, signed *Signed) (*IssuedKey, error) {
	issued := &IssuedKey{ID: "ASIA" + rand.Text()[:16], Secret: newSecret()}
	issued.Token = base64.RawURLEncoding.EncodeToString(s.Keys.Seal([]byte(issued.Secret), issued.ID))
	err := s.Store.Update(ctx, func(tx chime.Tx) error {
		signed, err := s.again(ctx, tx, signed)
		if err != nil {
			return err
		}
		c, err := s.ofRole(signed.Session, signed.Subject, chime.AdministratorKey, issued.Token, KeyLifetime)
		if err != nil {
			return err
		}
		issued.Expires = c.Expires
		return tx.PutCredentials(ctx, c)
	})
	if err != nil {
		return nil, err
	}
	return issued, nil
}

// ofRole is a new credential of an administrator, for the role that they have now.
func (s *Service) ofRole(session chime.Session, subject chime.Subject, kind chime.CredentialKind, value string, lifetime time.Duration) (chime.Credential, error) {
	if subject.Member == nil || subject.Member.Role == "" {
		return chime.Credential{}, ErrNoRole
	}
	now := s.Now()
	c := chime.Credential{
		Hash: key(value), Kind: kind, User: session.User, Session: session.ID, Grant: chime.GrantID(subject.Member.Role),
		Account: subject.Member.Account, Epoch: session.Epoch, Issued: now, Expires: now.Add(lifetime),
	}
	if session.Expires.Before(c.Expires) {
		c.Expires = session.Expires
	}
	return c, nil
}

// maxKeyToken is longer than any session token of ours, in bytes.
const maxKeyToken = 1024

// TemporaryKey returns what an access key and its session token stand for, as one
// read finds it; nil for those that were never issued together. Whatever ends the
// session, the role or the epoch shows at the very next call.
func (s *Service) TemporaryKey(ctx context.Context, id, token string) (*chime.TemporaryKey, error) {
	secret, ok := s.openKey(id, token)
	if !ok {
		return nil, nil
	}
	found := &chime.TemporaryKey{ID: id, Secret: secret}
	err := s.Store.View(ctx, func(tx chime.Tx) error {
		b, err := s.ofAdministrator(ctx, tx, chime.AdministratorKey, token)
		if err != nil || b == nil {
			return err
		}
		member := b.Subject.Member
		role, err := tx.Administrator(ctx, b.Subject.Account.Tenant, member.Key())
		if err != nil || role == nil || role.ID != member.Role {
			return err
		}
		found.Alive, found.Role, found.Name = true, *role, b.Subject.DisplayName
		found.Issued, found.Expires = b.Credential.Issued, b.Credential.Expires
		s.inUse.note(*b.Session)
		return nil
	})
	return found, err
}

// openKey returns the secret that a session token holds; false when it is another key's
// token, or nobody's.
func (s *Service) openKey(id, token string) (secret string, ok bool) {
	sealed, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(token) > maxKeyToken {
		return "", false
	}
	opened, err := s.Keys.Open(sealed, id)
	return string(opened), err == nil
}

// ofAdministrator reads a credential of an administrator of that kind; nil for one
// that is not alive.
func (s *Service) ofAdministrator(ctx context.Context, tx chime.Tx, kind chime.CredentialKind, value string) (*chime.Bearer, error) {
	b, err := tx.Bearer(ctx, key(value))
	if err != nil || b == nil || b.Credential.Kind != kind || Alive(Kind(kind), evidence(b), s.Now()) != nil {
		return nil, err
	}
	return b, nil
}

// IssueCommandLineCode returns a code for a command line that waits at the redirect
// URI, on the person's own machine (RFC 8252). The errors are those of IssueKey.
func (s *Service) IssueCommandLineCode(ctx context.Context, signed *Signed, r chime.CodeRequest) (code string, err error) {
	code = newSecret()
	err = s.Store.Update(ctx, func(tx chime.Tx) error {
		signed, err := s.again(ctx, tx, signed)
		if err != nil {
			return err
		}
		c, err := s.ofRole(signed.Session, signed.Subject, chime.CommandLineCode, code, CodeLifetime)
		if err != nil {
			return err
		}
		c.Request = r
		c.Request.AuthTime = signed.Session.Created
		return tx.PutCredentials(ctx, c)
	})
	return code, err
}

// RedeemCommandLine exchanges a code, once, for what the command line asks for keys
// with while the session lives. It returns ErrDead for a code that is not alive, or
// was not issued for the redirect URI and the verifier's challenge (S256).
func (s *Service) RedeemCommandLine(ctx context.Context, code, redirectURI, verifier string) (token string, err error) {
	var refused error
	token = newSecret()
	err = s.Store.UpdateInPlace(ctx, func(tx chime.Tx) error {
		refused = ErrDead
		b, err := s.ofAdministrator(ctx, tx, chime.CommandLineCode, code)
		if err != nil || b == nil || !redeems(b.Credential.Request, redirectURI, verifier) {
			return err
		}
		used := b.Credential
		used.Used = s.Now()
		next, err := s.ofRole(*b.Session, *b.Subject, chime.CommandLine, token, SessionLifetime)
		if err != nil {
			return err
		}
		refused = nil
		return tx.PutCredentials(ctx, used, next)
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return "", err
	}
	return token, nil
}

// redeems reports whether the code was issued for the redirect URI, and for the
// challenge of the verifier.
func redeems(r chime.CodeRequest, redirectURI, verifier string) bool {
	sum := sha256.Sum256([]byte(verifier))
	challenge := base64.RawURLEncoding.EncodeToString(sum[:])
	return r.RedirectURI == redirectURI && subtle.ConstantTimeCompare([]byte(challenge), []byte(r.Challenge)) == 1
}

// CheckCommandLine returns who signed in for the command line that holds the token,
// or ErrDead.
func (s *Service) CheckCommandLine(ctx context.Context, token string) (signed *Signed, err error) {
	err = s.Store.View(ctx, func(tx chime.Tx) error {
		b, err := s.ofAdministrator(ctx, tx, chime.CommandLine, token)
		if err != nil {
			return err
		}
		if b == nil {
			return ErrDead
		}
		signed = &Signed{*b.Session, *b.Subject}
		s.inUse.note(*b.Session)
		return nil
	})
	return signed, err
}
