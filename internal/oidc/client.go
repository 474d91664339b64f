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

// client authenticates the app that sent the request.
func (p *Provider) client(r *http.Request, form parameters) (*chime.App, error) {
	id, secret, err := credentials(r, form)
	if err != nil {
		return nil, err
	}
	app, err := p.Sessions.Client(r.Context(), id, secret)
	if err != nil {
		return nil, clientError(err)
	}
	reqctx.From(r.Context()).Principal = principal(id)
	return app, nil
}

// clientError shows what keeps an app from being authenticated.
func clientError(err error) error {
	if errors.Is(err, session.ErrClient) {
		return unknownClient("unknown client, or wrong secret")
	}
	return err
}

// principal is what the access log calls an app.
func principal(id chime.ClientID) string { return "app/" + string(id) }

// credentials returns what the app says that it is: by HTTP Basic, or by its id and
// secret in the body, or a public app by its id alone (RFC 6749, section 2.3).
func credentials(r *http.Request, form parameters) (id chime.ClientID, secret string, err error) {
	if err := form.once(clientParameters...); err != nil {
		return "", "", err
	}
	id, secret = chime.ClientID(form.get("client_id")), form.get("client_secret")
	if header := r.Header.Values("Authorization"); len(header) > 0 {
		user, password, err := basic(header)
		switch {
		case err != nil:
			return "", "", err
		case secret != "":
			return "", "", badRequest(invalidRequest, "authenticate by the Authorization header or by client_secret, not by both")
		case id != "" && id != user:
			return "", "", badRequest(invalidRequest, "client_id is not the app of the Authorization header")
		}
		id, secret = user, password
	}
	switch {
	case form.get("client_assertion") != "" || form.get("client_assertion_type") != "":
		return "", "", unknownClient("client assertions are not supported; use client_secret_basic or client_secret_post")
	case id == "":
		return "", "", unknownClient("the request does not say which app sends it")
	}
	return id, secret, nil
}

// basic reads HTTP Basic credentials, both parts of which are form-encoded (RFC
// 6749, section 2.3.1).
func basic(header []string) (id chime.ClientID, secret string, err error) {
	unreadable := unknownClient("the Authorization header is not one of HTTP Basic with form-encoded id and secret")
	scheme, encoded, _ := strings.Cut(header[0], " ")
	if len(header) > 1 || !strings.EqualFold(scheme, "Basic") {
		return "", "", unreadable
	}
	decoded, err := base64.StdEncoding.DecodeString(strings.TrimLeft(encoded, " "))
	if err != nil {
		return "", "", unreadable
	}
	user, password, ok := strings.Cut(string(decoded), ":")
	if !ok {
		return "", "", unreadable
	}
	if user, err = url.QueryUnescape(user); err == nil {
		password, err = url.QueryUnescape(password)
	}
	if err != nil || !isText(user) {
		return "", "", unreadable
	}
	return chime.ClientID(user), password, nil
}
