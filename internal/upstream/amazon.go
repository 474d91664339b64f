package upstream

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/amazon"
)

// AmazonIssuer names Login with Amazon among the issuers; its own id_tokens, which
// it does not give to us, would say the same.
const AmazonIssuer = "https://www.amazon.com"

// AmazonConfig is how Login with Amazon knows us. The URLs are Amazon's where they
// are "".
type AmazonConfig struct {
	ClientID     string
	ClientSecret string
	AuthURL      string
	TokenURL     string
	ProfileURL   string
}

const amazonProfileURL = "https://api.amazon.com/user/profile"

// Amazon is Login with Amazon: OAuth 2.0 and a call for the profile.
type Amazon struct {
	client     *http.Client
	config     oauth2.Config
	profileURL string
}

// NewAmazon returns Login with Amazon, called by the client.
func NewAmazon(client *http.Client, c AmazonConfig) *Amazon {
	a := &Amazon{
		client:     client,
		config:     oauth2.Config{ClientID: c.ClientID, ClientSecret: c.ClientSecret, Endpoint: amazon.Endpoint, Scopes: []string{"profile"}},
		profileURL: amazonProfileURL,
	}
	if c.AuthURL != "" {
		a.config.Endpoint.AuthURL = c.AuthURL
	}
	if c.TokenURL != "" {
		a.config.Endpoint.TokenURL = c.TokenURL
	}
	if c.ProfileURL != "" {
		a.profileURL = c.ProfileURL
	}
	return a
}

// Begin implements Provider.
func (a *Amazon) Begin(_ context.Context, at Attempt, _ string) (string, error) {
	return a.at(at.RedirectURI).AuthCodeURL(at.State, oauth2.S256ChallengeOption(at.Verifier)), nil
}

func (a *Amazon) at(redirectURI string) *oauth2.Config {
	config := a.config
	config.RedirectURL = redirectURI
	return &config
}

// Finish implements Provider. Amazon's word about an address counts for nothing
// here, so the identity has none.
func (a *Amazon) Finish(ctx context.Context, at Attempt, code, _ string) (Identity, error) {
	token, err := exchange(ctx, a.client, a.at(at.RedirectURI), at, code)
	if err != nil {
		return Identity{}, err
	}
	profile, err := a.profile(ctx, token.AccessToken)
	if err != nil {
		return Identity{}, err
	}
	return Identity{Issuer: AmazonIssuer, Subject: profile.UserID, Name: profile.Name, Token: token.RefreshToken}, nil
}

// Refresh implements Provider.
func (a *Amazon) Refresh(ctx context.Context, subject, refreshToken string) (string, error) {
	token, err := refresh(ctx, a.client, &a.config, refreshToken)
	if err != nil {
		return "", err
	}
	profile, err := a.profile(ctx, token.AccessToken)
	if err != nil {
		return "", err
	}
	if profile.UserID != subject {
		return "", fmt.Errorf("the profile of another customer: %w", ErrRefused)
	}
	return token.RefreshToken, nil
}

// amazonProfile is a customer's profile (Login with Amazon, "Obtain customer profile").
type amazonProfile struct {
	UserID string `json:"user_id"`
	Name   string `json:"name"`
}

func (a *Amazon) profile(ctx context.Context, accessToken string) (profile amazonProfile, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, a.profileURL, nil)
	if err != nil {
		return profile, err
	}
	request.Header.Set("Authorization", "Bearer "+accessToken)
	response, err := a.client.Do(request)
	if err != nil {
		return profile, fmt.Errorf("reading the profile: %w (%w)", ErrUnreachable, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return profile, fmt.Errorf("reading the profile: %w (status %d)", ErrUnreachable, response.StatusCode)
	}
	if err := json.NewDecoder(response.Body).Decode(&profile); err != nil || profile.UserID == "" {
		return profile, fmt.Errorf("reading the profile: %w (no user_id in the answer)", ErrUnreachable)
	}
	return profile, nil
}
