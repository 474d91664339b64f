package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/carillon-id/carillon/internal/reqctx"
	"github.com/carillon-id/carillon/internal/web"
)

// The policy of errors. A refusal is shown as the specifications have it: as JSON,
// by redirect, or as a page of ours where no redirect is proven to be the app's.
// Everything else is the store's, or another failure of ours: it is answered by
// 503, and its text goes to the log. It never looks like a decision about a code
// or a token.

// code is an error code of OAuth 2.0 or OpenID Connect.
type code string

// The codes, by the specification that has them.
const (
	// RFC 6749, sections 4.1.2.1 and 5.2.
	invalidRequest          code = "invalid_request"
	invalidClient           code = "invalid_client"
	invalidGrant            code = "invalid_grant"
	invalidScope            code = "invalid_scope"
	accessDenied            code = "access_denied"
	unsupportedGrantType    code = "unsupported_grant_type"
	unsupportedResponseType code = "unsupported_response_type"
	temporarilyUnavailable  code = "temporarily_unavailable"
	// RFC 6750, section 3.1.
	invalidToken      code = "invalid_token"
	insufficientScope code = "insufficient_scope"
	// OpenID Connect Core 1.0, section 3.1.2.6.
	loginRequired            code = "login_required"
	requestNotSupported      code = "request_not_supported"
	requestURINotSupported   code = "request_uri_not_supported"
	registrationNotSupported code = "registration_not_supported"
)

// refusal is what a request is refused for. Nothing in it comes from the request,
// so that no log and no header holds what somebody else wrote.
type refusal struct {
	status      int
	code        code
	description string // for the app's developer, in printable ASCII without quotes
	challenge   string // WWW-Authenticate; "" for none
}

func (r *refusal) Error() string { return string(r.code) + ": " + r.description }

func refuse(status int, c code, description string) *refusal {
	return &refusal{status: status, code: c, description: description}
}

func badRequest(c code, description string) *refusal {
	return refuse(http.StatusBadRequest, c, description)
}

// redirected is a refusal that the app is told by the person's browser.
type redirected struct {
	*refusal
	to target
}

// Unwrap gives the refusal.
func (r *redirected) Unwrap() error { return r.refusal }

const (
	// statusClientGone is logged, and sent to nobody, for a client that left.
	statusClientGone = 499
	// retryAfter is when to come again after a 503.
	retryAfter = time.Second
)

// refusalOf returns how an error is shown, or nil for a client that is gone. What
// is shown to nobody is logged.
func (p *Provider) refusalOf(r *http.Request, err error) *refusal {
	var shown *refusal
	switch {
	case errors.As(err, &shown):
		return shown
	case errors.Is(err, web.ErrBodyTooLarge):
		return refuse(http.StatusRequestEntityTooLarge, invalidRequest, "the body is too large")
	case errors.Is(err, web.ErrBodyTooSlow):
		return refuse(http.StatusRequestTimeout, invalidRequest, "the body arrived too slowly")
	case errors.Is(r.Context().Err(), context.Canceled):
		return nil
	case errors.Is(err, web.ErrBodyIncomplete):
		return badRequest(invalidRequest, "the body is incomplete")
	}
	req := reqctx.From(r.Context())
	p.Logger.LogAttrs(r.Context(), slog.LevelError, "request failed",
		slog.String("request_id", req.ID), slog.String("operation", req.Operation), slog.Any("error", err))
	return refuse(http.StatusServiceUnavailable, temporarilyUnavailable, "try again in a moment")
}

// writeError answers an app with an error as JSON (RFC 6749, section 5.2).
func (p *Provider) writeError(w http.ResponseWriter, r *http.Request, err error) {
	shown := p.refusalOf(r, err)
	if shown == nil {
		w.WriteHeader(statusClientGone)
		return
	}
	shown.writeHeader(w.Header())
	writeJSON(w, shown.status, struct {
		Error       code   `json:"error"`
		Description string `json:"error_description"`
	}{shown.code, shown.description})
}

// writeErrorPage answers a browser with an error: by a redirect to the app where
// that is proven to be safe, and else with a page.
func (p *Provider) writeErrorPage(w http.ResponseWriter, r *http.Request, err error) {
	var told *redirected
	if errors.As(err, &told) {
		p.redirect(w, r, told.to, "error", string(told.code), "error_description", told.description)
		return
	}
	shown := p.refusalOf(r, err)
	if shown == nil {
		w.WriteHeader(statusClientGone)
		return
	}
	shown.writeHeader(w.Header())
	p.writePage(w, shown.status, errorPage(shown))
}

func (r *refusal) writeHeader(h http.Header) {
	if r.challenge != "" {
		h.Set("WWW-Authenticate", r.challenge)
	}
	if r.status == http.StatusServiceUnavailable {
		h.Set("Retry-After", strconv.Itoa(int(retryAfter.Seconds())))
	}
}

// writeJSON answers with what no cache may keep (RFC 6749, section 5.1).
func writeJSON(w http.ResponseWriter, status int, body any) {
	encoded, err := json.Marshal(body)
	if err != nil {
		panic(err) // only for types that JSON does not have
	}
	noStore(w.Header())
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(encoded)
}

func noStore(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache")
}
