package awsapi

import (
	"log/slog"
	"net/http"

	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/reqctx"
	"github.com/carillon-id/carillon/internal/web"
)

// Config is what the API is made of.
type Config struct {
	Directory     *directory.Directory
	Authenticator Authenticator
	// Logger gets what callers are not shown.
	Logger *slog.Logger
}

// api holds what the operations work with.
type api struct {
	dir *directory.Directory
}

// Handler serves the API. It answers every path, those that are not the API's
// with UnknownOperationException, and expects to be within a web.Chain.
func Handler(c Config) http.Handler {
	routes := newRouter((&api{dir: c.Directory}).routes())
	return web.Adapt(func(w http.ResponseWriter, r *http.Request) error {
		return serve(w, r, routes, c.Authenticator)
	}, ErrorWriter(c.Logger))
}

// serve answers one request. The order of the refusals: what cannot be read at
// all, the signature, the operation, its input; then the directory decides what
// the caller may and what exists. The route is looked for first, though, so that
// the log names the operation of a request that is refused.
func serve(w http.ResponseWriter, r *http.Request, routes *router, auth Authenticator) error {
	body, err := web.ReadBody(w, r)
	if err != nil {
		return err
	}
	route, req, unroutable := routes.match(r)
	reqctx.From(r.Context()).Operation = route.Operation
	ctx, err := auth.Authenticate(r.Context(), r, body)
	if err != nil {
		return err
	}
	if unroutable != nil {
		return unroutable
	}
	req.body = body
	out, err := route.invoke(ctx, req)
	if err != nil {
		return err
	}
	return answer(w, route.Status, out)
}
