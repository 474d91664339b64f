package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"time"

	"github.com/carillon-id/carillon/internal/reqctx"
)

// The limits that zero Options mean.
const (
	DefaultMaxBody = 1 << 20 // bytes
	DefaultTimeout = 30 * time.Second
)

// HeaderRequestID names the response header that carries the request id,
// spelled as the real service spells it.
const HeaderRequestID = "x-amzn-RequestId"

// Options says what a Chain does.
type Options struct {
	// Logger gets one line a request. It is required.
	Logger *slog.Logger
	// WriteError answers what the chain itself refuses, and panics. It is required.
	WriteError ErrorWriter
	// TrustedProxies are the peers whose X-Forwarded-For counts.
	TrustedProxies []netip.Prefix
	// StrictRoots are the first path segments, behind an optional /console, under
	// which no segment may be empty, not even the last.
	StrictRoots []string
	// MaxBody is the greatest length of a body in bytes; 0 means DefaultMaxBody.
	MaxBody int64
	// Timeout bounds a request from its header to its answer; 0 means
	// DefaultTimeout.
	Timeout time.Duration
	// Observe, when set, is told of every finished request. The operation is ""
	// for a request that named none.
	Observe func(operation string, status int, duration time.Duration)
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Chain puts around next what every request goes through, outermost first:
// request id, access log, recovery of panics, path guard, body limit, deadline.
func Chain(o Options, next http.Handler) http.Handler {
	if o.MaxBody == 0 {
		o.MaxBody = DefaultMaxBody
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	next = limit(next, o.MaxBody, o.Timeout)
	next = guardPath(next, o.StrictRoots, o.WriteError)
	next = recoverPanic(next, o)
	next = logAccess(next, o)
	return identify(next, o.TrustedProxies)
}

// identify gives the request its id and puts what the connection tells of it
// into the context.
func identify(next http.Handler, trusted []netip.Prefix) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		req := &reqctx.Request{
			ID:         newRequestID(),
			ClientAddr: clientAddr(r, trusted),
			UserAgent:  r.UserAgent(),
			TLS:        r.TLS != nil,
		}
		w.Header()[HeaderRequestID] = []string{req.ID}
		next.ServeHTTP(w, r.WithContext(reqctx.With(r.Context(), req)))
	})
}

// logAccess writes the access log and feeds the metrics. The line names the
// operation rather than the path, because a path may hold anything, and never
// the query.
func logAccess(next http.Handler, o Options) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := o.Now()
		rec := &recorder{ResponseWriter: w}
		defer func() {
			took := o.Now().Sub(start)
			req := reqctx.From(r.Context())
			o.Logger.LogAttrs(r.Context(), slog.LevelInfo, "request",
				slog.String("request_id", req.ID),
				slog.String("method", r.Method),
				slog.String("operation", req.Operation),
				slog.String("account", req.Account),
				slog.String("principal", req.Principal),
				slog.String("client", addrText(req.ClientAddr)),
				slog.Int("status", rec.code()),
				slog.Float64("duration_ms", float64(took.Microseconds())/1000),
			)
			if o.Observe != nil {
				o.Observe(req.Operation, rec.code(), took)
			}
		}()
		next.ServeHTTP(rec, r)
	})
}

// recoverPanic turns a panic into an error with its stack. When an answer has
// begun, it cannot be taken back: the connection is cut, so that the client
// does not take half an answer for a whole one.
func recoverPanic(next http.Handler, o Options) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(p)
			}
			err := fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			if rec, ok := w.(*recorder); ok && rec.status != 0 {
				o.Logger.LogAttrs(r.Context(), slog.LevelError, "answer cut off",
					slog.String("request_id", reqctx.From(r.Context()).ID), slog.Any("error", err))
				panic(http.ErrAbortHandler)
			}
			o.WriteError(w, r, err)
		}()
		next.ServeHTTP(w, r)
	})
}

// limit bounds the body's length and the request's time.
func limit(next http.Handler, maxBody int64, timeout time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), timeout)
		defer cancel()
		r = r.WithContext(ctx)
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r)
	})
}

// recorder remembers the status that was sent.
type recorder struct {
	http.ResponseWriter
	status int
}

func (rec *recorder) WriteHeader(status int) {
	if rec.status == 0 && status >= http.StatusOK {
		rec.status = status
	}
	rec.ResponseWriter.WriteHeader(status)
}

func (rec *recorder) Write(b []byte) (int, error) {
	if rec.status == 0 {
		rec.status = http.StatusOK
	}
	return rec.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (rec *recorder) Unwrap() http.ResponseWriter { return rec.ResponseWriter }

// code is the status that the client gets: net/http sends 200 for a handler
// that wrote nothing.
func (rec *recorder) code() int {
	if rec.status == 0 {
		return http.StatusOK
	}
	return rec.status
}
