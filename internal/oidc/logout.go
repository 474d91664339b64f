package oidc

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/session"
)

// ending is a request to sign out that was found right.
type ending struct {
	hint  *hint
	token string     // the hint, as it was sent
	app   *chime.App // nil when the request does not say
	// back is where the browser goes afterwards; its uri is "" for a page of ours.
	back target
}

// logout is the end session endpoint (OpenID Connect RP-Initiated Logout 1.0). An
// app that brings an ID token of the session that is in this browser, or of any
// session when the browser has none, ends that session. Else the person is asked:
// the request may come from anywhere.
func (p *Provider) logout(w http.ResponseWriter, r *http.Request) error {
	form, err := parse(r.URL.RawQuery)
	if r.Method == http.MethodPost {
		form, err = readForm(w, r)
	}
	if err != nil {
		return err
	}
	e, err := p.readEnding(r.Context(), form)
	if err != nil {
		return err
	}
	if r.Method == http.MethodPost && e.hint == nil && p.Cookies.Session(r) == "" {
		// With a form of another site no cookie comes, and with a GET it does.
		seeOther(w, pathLogout+"?"+form.Encode())
		return nil
	}
	signed, err := p.signedIn(r)
	switch {
	case err != nil:
		return err
	case signed != nil && !e.hint.of(signed):
		p.writePage(w, http.StatusOK, confirmPage(e, signed))
		return nil
	}
	if err := p.endHinted(r.Context(), e); err != nil {
		return err
	}
	p.signedOut(w, r, e)
	return nil
}

// endHinted ends the session that the hint is of, if the app is part of it.
func (p *Provider) endHinted(ctx context.Context, e *ending) error {
	if e.hint == nil {
		return nil
	}
	return p.Sessions.EndByHint(ctx, e.hint.Subject, e.hint.Session, e.hint.Audience)
}

// confirmLogout ends the session in this browser, as the person confirmed, and that
// which the app meant, if it is another. Forms of other sites are refused.
func (p *Provider) confirmLogout(w http.ResponseWriter, r *http.Request) error {
	if err := p.sameOrigin.Check(r); err != nil {
		return refuse(http.StatusForbidden, accessDenied, "this was sent by another site")
	}
	form, err := readForm(w, r)
	if err != nil {
		return err
	}
	e, err := p.readEnding(r.Context(), form)
	if err != nil {
		return err
	}
	signed, err := p.signedIn(r)
	if err != nil {
		return err
	}
	if signed != nil {
		err := p.Sessions.End(r.Context(), signed, signed.Session.ID)
		if err != nil && !errors.Is(err, session.ErrDead) { // dead: by somebody else, just now
			return err
		}
	}
	if err := p.endHinted(r.Context(), e); err != nil {
		return err
	}
	p.signedOut(w, r, e)
	return nil
}

// signedOut takes the cookie, which is worth nothing now, and sends the browser back.
// A browser that sent none may have one: of a session that goes on.
func (p *Provider) signedOut(w http.ResponseWriter, r *http.Request, e *ending) {
	if p.Cookies.Session(r) != "" {
		p.Cookies.ClearSession(w)
	}
	if e.back.uri == "" {
		p.writePage(w, http.StatusOK, signedOutPage())
		return
	}
	p.leave(w, r, e.back)
}

// readEnding makes sure of what an app says. It refuses the whole request rather
// than to do a part of it.
func (p *Provider) readEnding(ctx context.Context, form parameters) (*ending, error) {
	if err := form.once("id_token_hint", "client_id", "post_logout_redirect_uri", "state"); err != nil {
		return nil, err
	}
	var e ending
	client := chime.ClientID(form.get("client_id"))
	if token := form.get("id_token_hint"); token != "" {
		h, err := p.openHint(ctx, token)
		if err != nil {
			return nil, err
		}
		if client != "" && client != h.Audience {
			return nil, badRequest(invalidRequest, "client_id is not the app that the id_token_hint was issued to")
		}
		e.hint, e.token, client = h, token, h.Audience
	}
	return &e, p.readBack(ctx, &e, client, form)
}

// readBack reads where the browser wants to go, which has to be registered by the
// app, byte for byte.
func (p *Provider) readBack(ctx context.Context, e *ending, client chime.ClientID, form parameters) error {
	uri := form.get("post_logout_redirect_uri")
	if client == "" {
		if uri != "" {
			return badRequest(invalidRequest, "post_logout_redirect_uri needs a client_id or an id_token_hint")
		}
		return nil
	}
	app, err := p.app(ctx, client)
	switch {
	case err != nil:
		return err
	case app == nil:
		return badRequest(invalidClient, "no app is registered with this client_id")
	case uri != "" && !slices.Contains(app.PostLogoutRedirectURIs, uri):
		return badRequest(invalidRequest, "post_logout_redirect_uri is not one that the app registered; they are compared byte for byte")
	}
	e.app = app
	if uri != "" {
		e.back = target{uri, form.get("state")}
	}
	return nil
}

// of reports whether the hint is of this very session.
func (h *hint) of(signed *session.Signed) bool {
	return h != nil && h.Session == signed.Session.ID && h.Subject == signed.Subject.ID
}
