package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
)

// callback is where sign-ins at the apps of these tests return to.
const callback = "https://app.example.com/callback"

// registered is an app as `carillon apps create` prints it.
type registered struct {
	ClientID     chime.ClientID `json:"ClientId"`
	ClientSecret string
}

// createApp registers an app.
func (s *server) createApp(tb testing.TB, name string, flags ...string) registered {
	tb.Helper()
	var app registered
	out := s.command(tb, append([]string{"apps", "create", "--name", name, "--redirect-uri", callback, "--output", "json"}, flags...)...)
	if err := json.Unmarshal([]byte(out), &app); err != nil || app.ClientSecret == "" {
		tb.Fatalf("apps create printed %q: %v", out, err)
	}
	return app
}

// signedIn is somebody who is signed in: in one browser, and at each app.
type signedIn struct {
	user            chime.UserID
	cookie          string
	access, refresh []string // an app each
}

// putSignedIn puts an EnterpriseLWA account with so many people into the database,
// all of whom signed in to the apps a moment ago. What it writes is what signing in
// writes; the grid has people sign in for real.
func putSignedIn(tb testing.TB, store chime.Store, id chime.AccountID, people int, apps ...chime.ClientID) []signedIn {
	tb.Helper()
	ctx := tb.Context()
	users := putAccount(tb, store, lwa(id), people)
	list := make([]signedIn, len(users))
	err := store.Update(ctx, func(tx chime.Tx) error {
		for i, user := range users {
			err := tx.PutPeople(ctx, chime.Person{
				ID: user, Account: id, Email: string(user) + "@example.com", DisplayName: string(user), Registered: time.Now(),
			})
			if err != nil {
				return err
			}
			if list[i], err = signInto(ctx, tx, id, user, apps); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return list
}

// signInto writes a session of the user, and tokens of each app.
func signInto(ctx context.Context, tx chime.Tx, account chime.AccountID, user chime.UserID, apps []chime.ClientID) (signedIn, error) {
	now := time.Now()
	secret := rand.Text()
	session := chime.Session{
		User: user, ID: chime.SessionID(rand.Text()), SecretHash: hashOf(secret), Method: chime.ByMail, Device: "A browser",
		Created: now, Expires: now.Add(time.Hour),
	}
	in := signedIn{user: user, cookie: base64.RawURLEncoding.EncodeToString([]byte(user)) + "." + string(session.ID) + "." + secret}
	err := tx.PutSessions(ctx, session)
	for _, app := range apps {
		grant := chime.Grant{User: user, ID: chime.GrantID(rand.Text()), Session: session.ID, Client: app, Created: now}
		access, refresh := rand.Text(), rand.Text()
		token := chime.Credential{
			Hash: base64.RawURLEncoding.EncodeToString(hashOf(access)), Kind: chime.AccessToken,
			User: user, Session: session.ID, Grant: grant.ID, Client: app, Account: account,
			Issued: now, Expires: now.Add(time.Hour), Scope: "openid",
		}
		next := token
		next.Hash, next.Kind = base64.RawURLEncoding.EncodeToString(hashOf(refresh)), chime.RefreshToken
		err = errors.Join(err, tx.PutGrants(ctx, grant), tx.PutCredentials(ctx, token, next))
		in.access, in.refresh = append(in.access, access), append(in.refresh, refresh)
	}
	return in, err
}

func hashOf(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// meRequest asks for the page of who is signed in.
func (s *server) meRequest(ctx context.Context, cookie string) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.endpoint+"/me", nil)
	if err == nil {
		req.AddCookie(&http.Cookie{Name: "carillon-session", Value: cookie})
	}
	return req, err
}

// userinfoRequest asks whose an access token is.
func (s *server) userinfoRequest(ctx context.Context, token string) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.endpoint+"/oauth2/userinfo", nil)
	if err == nil {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return req, err
}

// appRequest is a request of an app about what it holds.
func (s *server) appRequest(ctx context.Context, app registered, path string, form url.Values) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.endpoint+path, strings.NewReader(form.Encode()))
	if err == nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.SetBasicAuth(url.QueryEscape(string(app.ClientID)), url.QueryEscape(app.ClientSecret))
	}
	return req, err
}
