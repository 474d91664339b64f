package oidc

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
)

// claims are what apps are told of a person, in ID tokens and by userinfo alike.
// Where the person stands goes with openid; the name and the address go with the
// scopes that OpenID Connect Core 1.0, section 5.4, has for them.
type claims struct {
	Subject   chime.UserID    `json:"sub"`
	SessionID chime.SessionID `json:"sid"`
	Name      string          `json:"name,omitempty"`
	Email     string          `json:"email,omitempty"`
	// EmailVerified is true of every address: nobody signs in as somebody whose
	// address they, or the provider of the domain's account, have not proven.
	EmailVerified bool `json:"email_verified,omitempty"`
	standing
}

// standing is where a person is a member; empty for free users.
type standing struct {
	AccountID   chime.AccountID   `json:"carillon/account_id,omitempty"`
	AccountType chime.AccountType `json:"carillon/account_type,omitempty"`
	License     chime.License     `json:"carillon/license,omitempty"`
}

func supportedClaims() []string {
	return []string{
		"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "sid",
		"name", "email", "email_verified", "carillon/account_id", "carillon/account_type", "carillon/license",
	}
}

func standingOf(s *chime.Subject) standing {
	if s.Account == nil || s.Member == nil {
		return standing{}
	}
	return standing{s.Account.ID, s.Account.Type, s.Member.License}
}

// claimsOf returns the claims of the person that go with the scope.
func claimsOf(b *chime.Bearer, scope string) claims {
	c := claims{Subject: b.Subject.ID, SessionID: b.Session.ID, standing: standingOf(b.Subject)}
	if granted(scope, scopeProfile) {
		c.Name = b.Subject.DisplayName
	}
	if granted(scope, scopeEmail) {
		c.Email, c.EmailVerified = b.Subject.Email, b.Subject.Email != ""
	}
	return c
}

func granted(scope, wanted string) bool { return slices.Contains(strings.Fields(scope), wanted) }

// idToken is the claims of an ID token (OpenID Connect Core 1.0, section 2).
type idToken struct {
	Issuer   string         `json:"iss"`
	Audience chime.ClientID `json:"aud"`
	Expires  int64          `json:"exp"`
	Issued   int64          `json:"iat"`
	AuthTime int64          `json:"auth_time"`
	Nonce    string         `json:"nonce,omitempty"`
	AtHash   string         `json:"at_hash"`
	claims
}

func (p *Provider) idToken(b *chime.Bearer, scope, access string) idToken {
	now := p.Now()
	return idToken{
		Issuer: p.Issuer, Audience: b.App.ID, Issued: now.Unix(), Expires: now.Add(IDTokenLifetime).Unix(),
		AuthTime: b.Session.Created.Unix(), Nonce: b.Credential.Request.Nonce, AtHash: atHash(access),
		claims: claimsOf(b, scope),
	}
}

// atHash binds an ID token to the access token that came with it: the left half of
// its SHA-256 (section 3.1.3.6, for RS256).
func atHash(access string) string {
	sum := sha256.Sum256([]byte(access))
	return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
}

// seconds returns the whole seconds from now until then, as expires_in has them.
func seconds(now, then time.Time) int64 { return int64(then.Sub(now) / time.Second) }
