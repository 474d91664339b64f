// Package reqctx carries what is known of a request through its context: who
// sent it, from where, and what it turned out to ask for.
//
// The outermost middleware puts one Request into the context; the layers below
// fill in what they learn, and the access log and the audit read it.
package reqctx

import (
	"context"
	"net/netip"
)

// Request is what is known of one request.
type Request struct {
	ID         string     // x-amzn-RequestId
	ClientAddr netip.Addr // after trusted proxies were taken into account
	UserAgent  string
	TLS        bool

	// The following are empty until the layer that knows them has run.
	Operation string
	Principal string // the ARN
	Account   string
}

type key struct{}

// With returns a context that carries r.
func With(ctx context.Context, r *Request) context.Context {
	return context.WithValue(ctx, key{}, r)
}

// From returns the request that the context carries. Without one it returns an
// empty Request, so that callers need not ask.
func From(ctx context.Context) *Request {
	if r, ok := ctx.Value(key{}).(*Request); ok {
		return r
	}
	return &Request{}
}
