// Package upstream is the relying party's side: it signs people in at the
// providers that answer for them, the OpenID provider of an account or Login with
// Amazon, and asks these later whether they still do. It owns these protocols and
// no rule: who an identity is, and what it may do here, others decide.
package upstream

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"golang.org/x/oauth2"
)

var (
	// ErrRefused says that the provider, which answered, does not vouch for the
	// person: it is final.
	ErrRefused = errors.New("the provider refused")
	// ErrUnreachable says that the provider did not answer, or not as a provider: it
	// says nothing about the person.
	ErrUnreachable = errors.New("the provider cannot be reached")
)

// Identity is whom a provider vouches for.
type Identity struct {
	Issuer  string
	Subject string
	// Email is an address that the provider has verified; "" for none. It counts for
	// domains of the provider's account alone.
	Email  string
	Name   string
	Groups []string
	// SID is the provider's name for its session; "" when it gave none.
	SID string
	// Token is the refresh token; "" when the provider gave none.
	Token string
}

// Attempt is one sign-in at a provider. Each value is random and of it alone; the
// browser that began it has to bring them back.
type Attempt struct {
	State    string
	Nonce    string
	Verifier string // of PKCE
	// RedirectURI is where the provider sends the browser back to.
	RedirectURI string
}

// Provider is a provider that people sign in at.
type Provider interface {
	// Begin returns where to send the browser. hint is the address that was typed.
	Begin(ctx context.Context, a Attempt, hint string) (string, error)
	// Finish exchanges the code that came back, with the iss parameter ("" for none),
	// for the identity.
	Finish(ctx context.Context, a Attempt, code, iss string) (Identity, error)
	// Refresh asks the provider whether it still vouches for the identity, and returns
	// the refresh token to use next.
	Refresh(ctx context.Context, subject, token string) (string, error)
}

// exchange is config's with errors told apart.
func exchange(ctx context.Context, client *http.Client, config *oauth2.Config, a Attempt, code string) (*oauth2.Token, error) {
	token, err := config.Exchange(withClient(ctx, client), code, oauth2.VerifierOption(a.Verifier))
	if err != nil {
		return nil, classify("exchanging the code", err)
	}
	return token, nil
}

func withClient(ctx context.Context, client *http.Client) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, client)
}

// classify tells a refusal, which a provider states in the form of RFC 6749,
// section 5.2, from everything else. The provider's own words are left out: they
// may hold anything.
func classify(doing string, err error) error {
	var answer *oauth2.RetrieveError
	if !errors.As(err, &answer) {
		return fmt.Errorf("%s: %w (%w)", doing, ErrUnreachable, err)
	}
	switch answer.ErrorCode {
	case "invalid_grant", "access_denied", "unauthorized_client":
		return fmt.Errorf("%s: %w (%s)", doing, ErrRefused, answer.ErrorCode)
	}
	status := 0
	if answer.Response != nil {
		status = answer.Response.StatusCode
	}
	return fmt.Errorf("%s: %w (status %d, error %.40q)", doing, ErrUnreachable, status, answer.ErrorCode)
}

// refresh exchanges a refresh token.
func refresh(ctx context.Context, client *http.Client, config *oauth2.Config, token string) (*oauth2.Token, error) {
	if token == "" {
		return nil, fmt.Errorf("refreshing: %w (it gave no refresh token)", ErrUnreachable)
	}
	next, err := config.TokenSource(withClient(ctx, client), &oauth2.Token{RefreshToken: token}).Token()
	if err != nil {
		return nil, classify("refreshing", err)
	}
	return next, nil
}
