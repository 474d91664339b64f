package oidc

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/reqctx"
	"github.com/carillon-id/carillon/internal/session"
	"github.com/carillon-id/carillon/internal/signing"
	"github.com/carillon-id/carillon/internal/web"
)

// The paths of the endpoints. Discovery tells them to apps.
const (
	pathDiscovery  = "/.well-known/openid-configuration"
	pathJWKS       = "/oauth2/jwks"
	pathAuthorize  = "/oauth2/authorize"
	pathToken      = "/oauth2/token"
	pathUserinfo   = "/oauth2/userinfo"
	pathIntrospect = "/oauth2/introspect"
	pathRevoke     = "/oauth2/revoke"
	pathLogout     = "/oauth2/logout"
	pathConfirm    = "/oauth2/logout/confirm"
)

// IDTokenLifetime is how long an ID token says that it is valid. As a hint of whom
// to sign out it serves longer.
const IDTokenLifetime = time.Hour

// Config is what a Provider works with. All fields are required.
type Config struct {
	// Issuer is the public URL of the installation, without a closing slash.
	Issuer string
	// SigninPath is where a browser is sent to sign in, with the login's cookie.
	SigninPath string
	Store      chime.Store // apps are read from it
	Sessions   *session.Service
	Cookies    session.Cookies
	Keys       *signing.Keys
	Logger     *slog.Logger
	Now        func() time.Time
}

// Provider is the OpenID provider. It is safe for concurrent use.
type Provider struct {
	Config
	sameOrigin *http.CrossOriginProtection
}

// New returns the provider. The error is for an Issuer that is not the URL of an
// origin.
func New(c Config) (*Provider, error) {
	p := &Provider{Config: c, sameOrigin: http.NewCrossOriginProtection()}
	if err := p.sameOrigin.AddTrustedOrigin(c.Issuer); err != nil {
		return nil, fmt.Errorf("the public URL %q: %w", c.Issuer, err)
	}
	return p, nil
}

// route is one endpoint.
type route struct {
	path      string
	operation string // for the access log and the metrics
	methods   []string
	// anyOrigin lets scripts of any origin read the answers. They bring what proves
	// who they are themselves: no answer depends on a cookie.
	anyOrigin bool
	handle    web.Handler
	fail      web.ErrorWriter
}

func (p *Provider) routes() []route {
	get, post := []string{http.MethodGet, http.MethodHead}, []string{http.MethodPost}
	// A page is not made by HEAD: it could issue a code that nobody gets.
	visit := []string{http.MethodGet, http.MethodPost}
	return []route{
		{pathDiscovery, "Discovery", get, true, p.discovery, p.writeError},
		{pathJWKS, "JWKS", get, true, p.jwks, p.writeError},
		{pathAuthorize, "Authorize", visit, false, p.authorize, p.writeErrorPage},
		{pathToken, "Token", post, true, p.token, p.writeError},
		{pathUserinfo, "Userinfo", slices.Concat(get, post), true, p.userinfo, p.writeError},
		{pathIntrospect, "Introspect", post, false, p.introspect, p.writeError},
		{pathRevoke, "Revoke", post, true, p.revoke, p.writeError},
		{pathLogout, "Logout", visit, false, p.logout, p.writeErrorPage},
		{pathConfirm, "ConfirmLogout", post, false, p.confirmLogout, p.writeErrorPage},
	}
}

// Register adds the endpoints to the mux.
func (p *Provider) Register(mux *http.ServeMux) {
	for _, r := range p.routes() {
		mux.Handle(r.path, r.handler())
	}
}

// handler answers what all endpoints have in common: the methods that there are
// not, and what browsers ask before they send a request of another origin.
func (e route) handler() http.Handler {
	handle := web.Adapt(e.handle, e.fail)
	allow := strings.Join(slices.Concat(e.methods, []string{http.MethodOptions}), ", ")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reqctx.From(r.Context()).Operation = e.operation
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if e.anyOrigin {
			allowAnyOrigin(w.Header())
		}
		switch {
		case r.Method == http.MethodOptions:
			w.Header().Set("Allow", allow)
			if e.anyOrigin {
				w.Header().Set("Access-Control-Allow-Methods", strings.Join(e.methods, ", "))
			}
			w.WriteHeader(http.StatusNoContent)
		case !slices.Contains(e.methods, r.Method):
			w.Header().Set("Allow", allow)
			e.fail(w, r, refuse(http.StatusMethodNotAllowed, invalidRequest, "this endpoint does not have the method; the Allow header names those that it has"))
		default:
			handle.ServeHTTP(w, r)
		}
	})
}

// allowAnyOrigin says, as the Fetch standard wants it, that scripts may read the
// answer, and send what the endpoints read; never with cookies.
func allowAnyOrigin(h http.Header) {
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type")
	h.Set("Access-Control-Expose-Headers", "WWW-Authenticate, Retry-After")
	h.Set("Access-Control-Max-Age", "3600")
}

// app returns the app, or nil.
func (p *Provider) app(ctx context.Context, id chime.ClientID) (*chime.App, error) {
	var app *chime.App
	err := p.Store.View(ctx, func(tx chime.Tx) (err error) {
		app, err = tx.App(ctx, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading an app: %w", err)
	}
	return app, nil
}
