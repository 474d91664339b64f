package awsapi

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/reqctx"
	"github.com/carillon-id/carillon/internal/web"
)

// Config is what the API is made of.
type Config struct {
	Directory     *directory.Directory
	Authenticator Authenticator
	// DNS is where the proofs of domains are looked up.
	DNS directory.Resolver
	// ProviderAddresses returns what the OpenID provider of an account has to be told of
	// Carillon: where sign-ins return to, and where its back-channel logouts go.
	ProviderAddresses func(chime.AccountID) (callback, backchannelLogout string)
	// SessionAlive is the rule of which sessions users have.
	SessionAlive directory.SessionRule
	// Logger gets what callers are not shown.
	Logger *slog.Logger
}

// api holds what the operations work with.
type api struct {
	dir               *directory.Directory
	dns               directory.Resolver
	providerAddresses func(chime.AccountID) (callback, backchannelLogout string)
	sessionAlive      directory.SessionRule
	actions           []string // of all routes, that a caller may be allowed
}

// Handler serves the API. It answers every path, those that are not the API's
// with UnknownOperationException, and expects to be within a web.Chain.
func Handler(c Config) http.Handler {
	a := &api{dir: c.Directory, dns: c.DNS, providerAddresses: c.ProviderAddresses, sessionAlive: c.SessionAlive}
	all := append(a.routes(), a.extensions()...)
	a.actions = actions(all)
	routes := newRouter(all)
	return web.Adapt(func(w http.ResponseWriter, r *http.Request) error {
		return serve(w, r, routes, c)
	}, ErrorWriter(c.Logger))
}

// serve answers one request. The order of the refusals: what cannot be read at
// all, the signature, the operation, its input; then the directory decides what
// the caller may and what exists. The route is looked for first, though, so that
// the log names the operation of a request that is refused.
func serve(w http.ResponseWriter, r *http.Request, routes *router, c Config) error {
	body, err := web.ReadBody(w, r)
	if err != nil {
		return err
	}
	route, req, unroutable := routes.match(r)
	req.body = body
	reqctx.From(r.Context()).Operation = route.Operation
	var out any
	call := func(ctx context.Context) error {
		ctx, err := c.Authenticator.Authenticate(ctx, r, body)
		if err != nil {
			return err
		}
		if unroutable != nil {
			return unroutable
		}
		out, err = route.invoke(ctx, req)
		return err
	}
	if r.Method == http.MethodGet { // it only reads, the key and the rest
		err = c.Directory.Store.Snapshot(r.Context(), call)
	} else {
		err = call(r.Context())
	}
	if err != nil {
		return err
	}
	return Answer(w, route.Status, out)
}
