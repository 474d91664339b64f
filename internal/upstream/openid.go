package upstream

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// discoveryLifetime is how long a provider's discovery document is good for. Its
// keys are fetched again whenever a token names an unknown one.
const discoveryLifetime = time.Hour

// maxSubject is the length of the longest sub, in bytes (OpenID Connect Core 1.0,
// section 2).
const maxSubject = 255

// OpenID is the relying party at OpenID providers. It is safe for concurrent use.
type OpenID struct {
	client *http.Client
	now    func() time.Time

	mu    sync.Mutex
	known map[string]discovered // by issuer

	logouts logouts
}

type discovered struct {
	*oidc.Provider
	at time.Time
	metadata
}

// metadata is what the discovery document says beside what go-oidc reads.
type metadata struct {
	Scopes      []string `json:"scopes_supported"`
	IssInAnswer bool     `json:"authorization_response_iss_parameter_supported"` // RFC 9207
}

// NewOpenID returns a relying party that calls providers by the client.
func NewOpenID(client *http.Client, now func() time.Time) *OpenID {
	return &OpenID{client: client, now: now, known: map[string]discovered{}, logouts: logouts{done: map[string]time.Time{}}}
}

// Registration is what a provider knows us by.
type Registration struct {
	Issuer       string
	ClientID     string
	ClientSecret string // "" for a public client
	GroupsClaim  string
}

// At returns the provider of a registration.
func (o *OpenID) At(r Registration) Provider { return openIDProvider{o, r} }

type openIDProvider struct {
	*OpenID
	Registration
}

// discover returns what the provider says of itself.
func (p openIDProvider) discover(ctx context.Context) (discovered, error) {
	p.mu.Lock()
	found, ok := p.known[p.Issuer]
	p.mu.Unlock()
	if ok && p.now().Sub(found.at) < discoveryLifetime {
		return found, nil
	}
	// Keys are fetched later, by the client that this context carries.
	provider, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), p.client), p.Issuer)
	if err != nil {
		if ok { // an old document is better than none
			return found, nil
		}
		return discovered{}, fmt.Errorf("reading the discovery document of %s: %w (%w)", p.Issuer, ErrUnreachable, err)
	}
	found = discovered{Provider: provider, at: p.now()}
	if err := provider.Claims(&found.metadata); err != nil {
		return discovered{}, fmt.Errorf("reading the discovery document of %s: %w (%w)", p.Issuer, ErrUnreachable, err)
	}
	if to, err := url.Parse(provider.Endpoint().AuthURL); err != nil || to.Host == "" || to.Scheme != "https" && to.Scheme != "http" {
		return discovered{}, fmt.Errorf("reading the discovery document of %s: %w (no browser goes to %.80q)", p.Issuer, ErrUnreachable, provider.Endpoint().AuthURL)
	}
	p.mu.Lock()
	p.known[p.Issuer] = found
	p.mu.Unlock()
	return found, nil
}

func (p openIDProvider) config(d discovered, redirectURI string) *oauth2.Config {
	scopes := []string{oidc.ScopeOpenID, "profile", "email"}
	for _, wanted := range []string{oidc.ScopeOfflineAccess, p.GroupsClaim} {
		if slices.Contains(d.Scopes, wanted) {
			scopes = append(scopes, wanted)
		}
	}
	return &oauth2.Config{
		ClientID: p.ClientID, ClientSecret: p.ClientSecret, Endpoint: d.Endpoint(), RedirectURL: redirectURI, Scopes: scopes,
	}
}

// Begin implements Provider.
func (p openIDProvider) Begin(ctx context.Context, a Attempt, hint string) (string, error) {
	d, err := p.discover(ctx)
	if err != nil {
		return "", err
	}
	options := []oauth2.AuthCodeOption{oidc.Nonce(a.Nonce), oauth2.S256ChallengeOption(a.Verifier)}
	if hint != "" {
		options = append(options, oauth2.SetAuthURLParam("login_hint", hint))
	}
	return p.config(d, a.RedirectURI).AuthCodeURL(a.State, options...), nil
}

// Finish implements Provider.
func (p openIDProvider) Finish(ctx context.Context, a Attempt, code, iss string) (Identity, error) {
	d, err := p.discover(ctx)
	if err != nil {
		return Identity{}, err
	}
	if iss != "" && iss != p.Issuer || iss == "" && d.IssInAnswer {
		return Identity{}, fmt.Errorf("the answer of another issuer: %w", ErrRefused)
	}
	token, err := exchange(ctx, p.client, p.config(d, a.RedirectURI), a, code)
	if err != nil {
		return Identity{}, err
	}
	raw, _ := token.Extra("id_token").(string)
	claims, err := p.verify(ctx, d, raw)
	if err != nil {
		return Identity{}, err
	}
	if claims.Nonce != a.Nonce {
		return Identity{}, fmt.Errorf("an id_token of another sign-in: %w", ErrRefused)
	}
	if err := p.complete(ctx, d, token, &claims); err != nil {
		return Identity{}, err
	}
	return claims.identity(p.Registration, token.RefreshToken), nil
}

// verify checks the signature, issuer, audience and expiry of an id_token.
func (p openIDProvider) verify(ctx context.Context, d discovered, raw string) (claims, error) {
	token, err := d.Verifier(&oidc.Config{ClientID: p.ClientID, Now: p.now}).Verify(oidc.ClientContext(ctx, p.client), raw)
	if err != nil {
		return claims{}, fmt.Errorf("verifying the id_token: %w (%w)", ErrUnreachable, err)
	}
	if token.Subject == "" || len(token.Subject) > maxSubject {
		return claims{}, fmt.Errorf("verifying the id_token: %w (a sub of %d characters)", ErrUnreachable, len(token.Subject))
	}
	var c claims
	if err := errors.Join(token.Claims(&c), token.Claims(&c.all)); err != nil {
		return claims{}, fmt.Errorf("reading the id_token: %w (%w)", ErrUnreachable, err)
	}
	c.Nonce = token.Nonce
	return c, nil
}

// complete asks userinfo for what the id_token leaves out.
func (p openIDProvider) complete(ctx context.Context, d discovered, token *oauth2.Token, c *claims) error {
	_, hasGroups := c.all[p.GroupsClaim]
	if d.UserInfoEndpoint() == "" || c.Email != "" && c.Name != "" && hasGroups {
		return nil
	}
	info, err := d.UserInfo(oidc.ClientContext(ctx, p.client), oauth2.StaticTokenSource(token))
	if err != nil {
		return fmt.Errorf("reading userinfo: %w (%w)", ErrUnreachable, err)
	}
	if info.Subject != c.Subject {
		return fmt.Errorf("userinfo about another subject: %w", ErrRefused)
	}
	more := claims{all: map[string]any{}}
	if err := errors.Join(info.Claims(&more), info.Claims(&more.all)); err != nil {
		return fmt.Errorf("reading userinfo: %w (%w)", ErrUnreachable, err)
	}
	if c.Email == "" {
		c.Email, c.EmailVerified = more.Email, more.EmailVerified
	}
	if c.Name == "" {
		c.Name = more.Name
	}
	if !hasGroups {
		c.all[p.GroupsClaim] = more.all[p.GroupsClaim]
	}
	return nil
}

// Refresh implements Provider. A provider that sends a new id_token with it has to
// mean the same subject (OpenID Connect Core 1.0, section 12.2).
func (p openIDProvider) Refresh(ctx context.Context, subject, refreshToken string) (string, error) {
	d, err := p.discover(ctx)
	if err != nil {
		return "", err
	}
	token, err := refresh(ctx, p.client, p.config(d, ""), refreshToken)
	if err != nil {
		return "", err
	}
	if raw, ok := token.Extra("id_token").(string); ok && raw != "" {
		c, err := p.verify(ctx, d, raw)
		if err != nil {
			return "", err
		}
		if c.Subject != subject {
			return "", fmt.Errorf("an id_token of another subject: %w", ErrRefused)
		}
	}
	return token.RefreshToken, nil
}

// claims are those of an id_token or of userinfo that matter here.
type claims struct {
	Subject       string `json:"sub"`
	Email         string `json:"email"`
	EmailVerified truth  `json:"email_verified"`
	Name          string `json:"name"`
	SID           string `json:"sid"`
	Nonce         string `json:"-"`

	all map[string]any
}

func (c claims) identity(r Registration, token string) Identity {
	identity := Identity{Issuer: r.Issuer, Subject: c.Subject, Name: c.Name, SID: c.SID, Token: token}
	if bool(c.EmailVerified) {
		identity.Email = c.Email
	}
	switch groups := c.all[r.GroupsClaim].(type) {
	case string:
		identity.Groups = []string{groups}
	case []any:
		for _, group := range groups {
			if name, ok := group.(string); ok {
				identity.Groups = append(identity.Groups, name)
			}
		}
	}
	return identity
}

// truth is a boolean that some providers write as a string.
type truth bool

// UnmarshalJSON implements json.Unmarshaler. Whatever does not say true is false.
func (t *truth) UnmarshalJSON(text []byte) error {
	*t = truth(string(text) == "true" || string(text) == `"true"`)
	return nil
}
