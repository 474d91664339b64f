package oidc

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/reqctx"
	"github.com/carillon-id/carillon/internal/session"
)

// The parameters by which an app says who it is.
var clientParameters = []string{"client_id", "client_secret", "client_assertion", "client_assertion_type"}

// unknownClient is the answer to whoever is not known to be an app: it does not
// tell an unknown app from a wrong secret.
func unknownClient(description string) *refusal {
	return &refusal{http.StatusUnauthorized, invalidClient, description, `Basic realm="carillon", charset="UTF-8"`}
}

// client authenticates the app that sent the request: by HTTP Basic, or by its id
// and secret in the body, or a public app by its id alone (RFC 6749, section 2.3).
func (p *Provider) client(r *http.Request, form parameters) (*chime.App, error) {
	if err := form.once(clientParameters...); err != nil {
		return nil, err
	}
	id, secret := form.get("client_id"), form.get("client_secret")
	if header := r.Header.Values("Authorization"); len(header) > 0 {
		user, password, err := basic(header)
		switch {
		case err != nil:
			return nil, err
		case secret != "":
			return nil, badRequest(invalidRequest, "authenticate by the Authorization header or by client_secret, not by both")
		case id != "" && id != user:
			return nil, badRequest(invalidRequest, "client_id is not the app of the Authorization header")
		}
		id, secret = user, password
	}
	switch {
	case form.get("client_assertion") != "" || form.get("client_assertion_type") != "":
		return nil, unknownClient("client assertions are not supported; use client_secret_basic or client_secret_post")
	case id == "":
		return nil, unknownClient("the request does not say which app sends it")
	}
	app, err := p.Sessions.Client(r.Context(), chime.ClientID(id), secret)
	if errors.Is(err, session.ErrClient) {
		return nil, unknownClient("unknown client, or wrong secret")
	}
	if err != nil {
		return nil, err
	}
	reqctx.From(r.Context()).Principal = "app/" + string(app.ID)
	return app, nil
}

// basic reads HTTP Basic credentials, both parts of which are form-encoded (RFC
// 6749, section 2.3.1).
func basic(header []string) (id, secret string, err error) {
	unreadable := unknownClient("the Authorization header is not one of HTTP Basic with form-encoded id and secret")
	scheme, encoded, _ := strings.Cut(header[0], " ")
	if len(header) > 1 || !strings.EqualFold(scheme, "Basic") {
		return "", "", unreadable
	}
	decoded, err := base64.StdEncoding.DecodeString(strings.TrimLeft(encoded, " "))
	if err != nil {
		return "", "", unreadable
	}
	id, secret, ok := strings.Cut(string(decoded), ":")
	if !ok {
		return "", "", unreadable
	}
	if id, err = url.QueryUnescape(id); err == nil {
		secret, err = url.QueryUnescape(secret)
	}
	if err != nil || !isText(id) {
		return "", "", unreadable
	}
	return id, secret, nil
}
