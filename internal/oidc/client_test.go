package oidc_test

import (
	"net/url"
	"testing"
	"time"

	goidc "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/oidc"
	"github.com/carillon-id/carillon/internal/signing"
)

// told is what an app in Go reads of an ID token.
type told struct {
	Email    string `json:"email"`
	Verified bool   `json:"email_verified"`
	Name     string `json:"name"`
	License  string `json:"carillon/license"`
	Session  string `json:"sid"`
}

// A client that we did not write goes the whole way: discovery, a code with PKCE,
// an ID token, userinfo, a refresh, and the keys after they changed.
func TestGoClient(t *testing.T) {
	for name, test := range map[string]struct {
		client func(*world) chime.ClientID
		secret string
		style  oauth2.AuthStyle
	}{
		"basic":  {func(w *world) chime.ClientID { return w.app }, appSecret, oauth2.AuthStyleInHeader},
		"post":   {func(w *world) chime.ClientID { return w.app }, appSecret, oauth2.AuthStyleInParams},
		"public": {func(w *world) chime.ClientID { return w.public }, "", oauth2.AuthStyleInParams},
		"asked":  {func(w *world) chime.ClientID { return w.other }, appSecret, oauth2.AuthStyleAutoDetect},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			ctx := t.Context()
			provider, err := goidc.NewProvider(ctx, w.server.URL)
			if err != nil {
				t.Fatal(err)
			}
			app := oauth2.Config{
				ClientID: string(test.client(w)), ClientSecret: test.secret, Endpoint: provider.Endpoint(),
				RedirectURL: callback, Scopes: []string{goidc.ScopeOpenID, "profile", "email", goidc.ScopeOfflineAccess},
			}
			app.Endpoint.AuthStyle = test.style
			proof := oauth2.GenerateVerifier()
			address, err := url.Parse(app.AuthCodeURL("the state", oauth2.S256ChallengeOption(proof), goidc.Nonce("the nonce")))
			if err != nil {
				t.Fatal(err)
			}
			b := w.browser(t)
			b.get(t, address.RequestURI())
			back := b.signIn(t, "grace@example.com").location.Query()
			if back.Get("state") != "the state" || back.Get("iss") != w.server.URL {
				t.Fatalf("got back with %v, want the state and the issuer", back)
			}
			token, err := app.Exchange(ctx, back.Get("code"), oauth2.VerifierOption(proof))
			if err != nil {
				t.Fatal(err)
			}
			verifier := provider.Verifier(&goidc.Config{ClientID: app.ClientID, Now: w.now})
			first := w.verify(t, verifier, token, "the nonce")

			// A day and two keys later another key signs, which the client looks up.
			for range 2 {
				w.advance(signing.MinPeriod)
				w.retireKey(t, signing.MinPeriod)
			}
			token.Expiry = time.Unix(1, 0)
			source := app.TokenSource(ctx, token)
			refreshed, err := source.Token()
			if err != nil {
				t.Fatal(err)
			}
			if refreshed.AccessToken == token.AccessToken || refreshed.RefreshToken == token.RefreshToken {
				t.Error("got the same tokens by a refresh")
			}
			if again := w.verify(t, verifier, refreshed, ""); again != first {
				t.Errorf("got %+v by the refresh, want what was told before, %+v", again, first)
			}
			info, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(refreshed))
			if err != nil {
				t.Fatal(err)
			}
			if info.Subject != "33333333-0000-4000-8000-000000000001" || info.Email != "grace@example.com" || !info.EmailVerified {
				t.Errorf("got the userinfo %+v, want Grace's", info)
			}
		})
	}
}

// verify has the client verify the ID token that came with tokens.
func (w *world) verify(t *testing.T, verifier *goidc.IDTokenVerifier, tokens *oauth2.Token, nonce string) told {
	t.Helper()
	raw, ok := tokens.Extra("id_token").(string)
	if !ok {
		t.Fatalf("got no ID token")
	}
	token, err := verifier.Verify(t.Context(), raw)
	if err != nil {
		t.Fatal(err)
	}
	if err := token.VerifyAccessToken(tokens.AccessToken); err != nil {
		t.Errorf("at_hash: %v", err)
	}
	if token.Nonce != nonce || token.Subject != "33333333-0000-4000-8000-000000000001" || !token.Expiry.Equal(w.now().Add(oidc.IDTokenLifetime)) {
		t.Errorf("got nonce %q, subject %q, expiry %v; want %q, Grace, and a lifetime from now", token.Nonce, token.Subject, token.Expiry, nonce)
	}
	var got told
	if err := token.Claims(&got); err != nil {
		t.Fatal(err)
	}
	if want := (told{"grace@example.com", true, "Grace Hopper", "Pro", got.Session}); got != want || got.Session == "" {
		t.Errorf("got %+v, want %+v", got, want)
	}
	return got
}
