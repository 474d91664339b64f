package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// readyTimeout is how long the database may take to show that it is ready.
const readyTimeout = 2 * time.Second

// ops is what operators watch: whether the server lives, whether it is ready,
// and its metrics.
type ops struct {
	health   *health
	ready    atomic.Bool
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	signouts prometheus.Histogram
}

func newOps(h *health) *ops {
	o := &ops{
		health:   h,
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "carillon_request_duration_seconds",
			Help:    "How long requests took, by operation (empty when none was named) and status.",
			Buckets: prometheus.ExponentialBuckets(0.0001, 3, 10),
		}, []string{"operation", "status"}),
		signouts: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "carillon_signout_confirmation_seconds",
			Help:    "How long after the commit of a sign-out an app confirmed that it was told.",
			Buckets: prometheus.ExponentialBuckets(0.001, 4, 12),
		}),
	}
	o.registry.MustRegister(o.requests, o.signouts, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return o
}

// observe is told of every finished request.
func (o *ops) observe(operation string, status int, duration time.Duration) {
	o.requests.WithLabelValues(operation, strconv.Itoa(status)).Observe(duration.Seconds())
}

// confirmed is told of every sign-out that an app confirmed.
func (o *ops) confirmed(after time.Duration) { o.signouts.Observe(after.Seconds()) }

func (o *ops) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", o.readyz)
	mux.Handle("GET /metrics", promhttp.HandlerFor(o.registry, promhttp.HandlerOpts{}))
	return mux
}

// readyz answers 200 while the server listens and its database serves reads and
// writes.
func (o *ops) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
	defer cancel()
	err := o.health.check(ctx)
	switch {
	case !o.ready.Load():
		http.Error(w, "not listening", http.StatusServiceUnavailable)
	case err != nil:
		http.Error(w, "the database does not answer, or takes no writes", http.StatusServiceUnavailable)
	default:
		fmt.Fprintln(w, "ok")
	}
}

// listenOps serves o on an address of its own; none for "".
func (p *program) listenOps(ctx context.Context, address string, o *ops) (*http.Server, error) {
	server := &http.Server{Handler: o.handler(), ReadHeaderTimeout: 10 * time.Second}
	if address == "" {
		return server, nil
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listening for operators: %w", err)
	}
	p.log.Info("listening for operators", "address", listener.Addr().String())
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			p.log.Error("serving operators", "error", err)
		}
	}()
	return server, nil
}
