package notify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/carillon-id/carillon/internal/chime"
)

const (
	// logoutTokenType is the type of a logout token (OpenID Connect Back-Channel
	// Logout 1.0, section 2.4).
	logoutTokenType = "logout+jwt"
	logoutEvent     = "http://schemas.openid.net/event/backchannel-logout"
	// logoutTokenLifetime is the longest that section 2.4 recommends.
	logoutTokenLifetime = 2 * time.Minute
)

// logoutClaims are the claims of a logout token. With a SID that one session ended,
// without it every session of the subject.
type logoutClaims struct {
	Issuer   string                    `json:"iss"`
	Subject  chime.UserID              `json:"sub"`
	Audience chime.ClientID            `json:"aud"`
	IssuedAt int64                     `json:"iat"`
	Expires  int64                     `json:"exp"`
	ID       string                    `json:"jti"`
	SID      chime.SessionID           `json:"sid,omitempty"`
	Events   map[string]map[string]any `json:"events"`
}

// logout tells an app that a person was signed out, with a token of its own for
// each attempt. 200 and 204 confirm, nothing else does (section 2.8).
func (w *Worker) logout(ctx context.Context, d chime.Delivery) error {
	app, err := w.app(ctx, d.Client)
	if err != nil {
		return err
	}
	if app == nil || app.BackchannelLogoutURI == "" {
		return &finalError{errors.New("the app does not want to be told any more")}
	}
	if err := w.breakers.allow(app.ID, w.Now()); err != nil {
		return err
	}
	err = w.post(ctx, app.BackchannelLogoutURI, d)
	w.breakers.report(app.ID, err == nil, w.Now())
	return err
}

func (w *Worker) app(ctx context.Context, id chime.ClientID) (app *chime.App, err error) {
	err = w.Store.View(ctx, func(tx chime.Tx) error {
		app, err = tx.App(ctx, id)
		return err
	})
	return app, err
}

func (w *Worker) post(ctx context.Context, uri string, d chime.Delivery) error {
	now := w.Now()
	token, err := w.Signer.Sign(ctx, logoutTokenType, logoutClaims{
		Issuer: w.Issuer, Subject: d.User, Audience: d.Client, SID: d.Session, ID: uuid.NewString(),
		IssuedAt: now.Unix(), Expires: now.Add(logoutTokenLifetime).Unix(),
		Events: map[string]map[string]any{logoutEvent: {}},
	})
	if err != nil {
		return fmt.Errorf("signing a logout token: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, uri, strings.NewReader(url.Values{"logout_token": {token}}.Encode()))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := w.HTTP.Do(request)
	if err != nil {
		return unwrapURL(err)
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body) // so that the connection can be used again
	if response.StatusCode != http.StatusOK && response.StatusCode != http.StatusNoContent {
		return fmt.Errorf("the app answered %d", response.StatusCode)
	}
	return nil
}

// unwrapURL leaves out the URL, which the app's administrator knows.
func unwrapURL(err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}
