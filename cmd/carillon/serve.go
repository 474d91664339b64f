package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/carillon-id/carillon/internal/awsapi"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/cli"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/iam"
	"github.com/carillon-id/carillon/internal/sigv4"
	"github.com/carillon-id/carillon/internal/web"
)

const (
	// grace is how much longer than --request-timeout an answer may take: whoever
	// answers late (a disk that hangs, a client that reads slowly) is cut off then.
	grace = 30 * time.Second
	// jobsEvery is how often accounts whose retention is over, and releases of domains
	// that were interrupted, are looked for.
	jobsEvery = time.Hour
	// rollupEvery is how often it is looked whether summaries are old, which is one
	// read, and rollupPause how long counting rests after each page.
	rollupEvery = time.Minute
	rollupPause = 20 * time.Millisecond
)

// serveConfig is what serve is told by its flags. Its zero value is not usable;
// serveCommand has the defaults.
type serveConfig struct {
	listen, database string
	tlsCert, tlsKey  string
	opsListen        string
	trustedProxies   []string
	rateLimit        int
	window, timeout  time.Duration
	auditReads       bool
	dnsResolver      string
	people           peopleConfig

	proxies []netip.Prefix     // of trustedProxies, by validate
	dns     directory.Resolver // of dnsResolver
}

func (p *program) serveCommand() *cobra.Command {
	var c serveConfig
	cmd := &cobra.Command{
		Use: "serve", Args: cobra.NoArgs,
		Short: "Serve the API",
		Long: `Serves the Amazon Chime administration API.

The first start makes the database, the master key that seals its secrets, and the
root access key, which it shows once on a terminal and else writes to a file beside
the database. To bring a root key of your own, set CARILLON_ROOT_ACCESS_KEY_ID,
CARILLON_ROOT_SECRET_ACCESS_KEY and CARILLON_ROOT_ACCOUNT_ID.

Every flag equals a variable: --rate-limit is CARILLON_RATE_LIMIT.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := c.validate(); err != nil {
				return err
			}
			return p.serve(cmd.Context(), c)
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.listen, "listen", cli.DefaultListen, "the address to listen on")
	f.StringVar(&c.database, "database", cli.DefaultDatabase, "the database, as sqlite:PATH or postgres://USER@HOST/NAME; sqlite::memory: forgets everything at the end")
	f.StringVar(&c.tlsCert, "tls-cert", "", "a PEM file with the certificate, and its chain, to serve https")
	f.StringVar(&c.tlsKey, "tls-key", "", "a PEM file with the certificate's key")
	f.StringVar(&c.opsListen, "ops-listen", "", "an address for /healthz, /readyz and /metrics (default: none)")
	f.StringSliceVar(&c.trustedProxies, "trusted-proxies", nil, "networks (CIDR) whose X-Forwarded-For counts")
	f.IntVar(&c.rateLimit, "rate-limit", 100, "requests a second and access key, twice that at once; 0 for no limit")
	f.DurationVar(&c.timeout, "request-timeout", web.DefaultTimeout, "how long a request may take, before the answer is 503")
	f.DurationVar(&c.window, "signature-window", sigv4.DefaultWindow, "how far the time of a signature may be off")
	f.StringVar(&c.dnsResolver, "dns-resolver", "", "the DNS server that domains are verified with, as HOST:PORT (default: the machine's)")
	f.BoolVar(&c.auditReads, "audit-reads", false, "record successful reads too")
	c.people.flags(f)
	return cmd
}

func (c *serveConfig) validate() error {
	if (c.tlsCert == "") != (c.tlsKey == "") {
		return errors.New("--tls-cert and --tls-key go together")
	}
	if c.rateLimit < 0 {
		return fmt.Errorf("--rate-limit %d: say 0 for no limit", c.rateLimit)
	}
	if c.window <= 0 {
		return fmt.Errorf("--signature-window %v must be longer than nothing", c.window)
	}
	var err error
	if c.dns, err = newDNS(c.dnsResolver); err != nil {
		return err
	}
	if err := c.people.validate(); err != nil {
		return err
	}
	if c.timeout <= 0 {
		return fmt.Errorf("--request-timeout %v must be longer than nothing", c.timeout)
	}
	for _, text := range c.trustedProxies {
		prefix, err := parsePrefix(strings.TrimSpace(text))
		if err != nil {
			return fmt.Errorf("--trusted-proxies: %q is no network such as 10.0.0.0/8", text)
		}
		c.proxies = append(c.proxies, prefix)
	}
	return nil
}

// parsePrefix reads a network, or an address as the network of it alone.
func parsePrefix(text string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(text); err == nil {
		return addr.Prefix(addr.BitLen())
	}
	prefix, err := netip.ParsePrefix(text)
	return prefix.Masked(), err
}

// serve runs the server until the context ends and what is in flight is done.
func (p *program) serve(ctx context.Context, c serveConfig) (err error) {
	tlsConfig, err := c.loadTLS()
	if err != nil {
		return err
	}
	in, err := p.open(ctx, c.database, true, c.auditReads)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	p.warnOfNewerSchema(in.health.Store)
	ops := newOps(in.health)
	opsServer, err := p.listenOps(ctx, c.opsListen, ops)
	if err != nil {
		return err
	}
	defer opsServer.Close()
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", c.listen)
	if err != nil {
		return fmt.Errorf("listening: %w", err)
	}
	if err := p.prepareRoot(ctx, in, reach{listener.Addr().String(), tlsConfig != nil, c.people.consoleURL()}); err != nil {
		return errors.Join(err, listener.Close())
	}
	people, err := p.newPeople(ctx, c.people, in, in.at, ops)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	server := p.newServer(c, in, people, ops)
	server.TLSConfig = tlsConfig
	if tlsConfig == nil && !isLoopback(listener.Addr()) {
		p.log.Warn("listening beyond this machine without TLS: signatures protect requests, but nothing hides them; set --tls-cert and --tls-key, or put a proxy that speaks https in front")
	}
	var jobs sync.WaitGroup
	jobsContext, stopJobs := context.WithCancel(ctx)
	defer jobs.Wait()
	defer stopJobs()
	jobs.Go(func() { p.runJobs(jobsContext, in) })
	jobs.Go(func() { p.runRollup(jobsContext, in) })
	jobs.Go(func() { people.run(jobsContext, p) })
	return p.serveUntilDone(ctx, c, server, listener, ops)
}

// warnOfNewerSchema says that another server has migrated the database.
func (p *program) warnOfNewerSchema(store chime.Store) {
	known, ok := store.(interface{ Schema() chime.Schema })
	if !ok {
		return
	}
	if s := known.Schema(); s.State() == chime.SchemaNewer {
		p.log.Warn("the database's schema is one release newer than this program's: it is served, and the release after that will not be; upgrade this server too",
			"schema", s.Database, "program", s.Program)
	}
}

// loadTLS returns nil when the server is to speak plain http.
func (c *serveConfig) loadTLS() (*tls.Config, error) {
	if c.tlsCert == "" {
		return nil, nil
	}
	certificate, err := tls.LoadX509KeyPair(c.tlsCert, c.tlsKey)
	if err != nil {
		return nil, fmt.Errorf("loading the certificate: %w", err)
	}
	return &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}, nil
}

func (p *program) newServer(c serveConfig, in *installation, people *people, ops *ops) *http.Server {
	authenticator := iam.NewAuthenticator(in.Store, in.Admin.Sealer)
	authenticator.Temporary = people.sessions.TemporaryKey
	api := awsapi.Handler(awsapi.Config{
		Directory:         in.Directory,
		DNS:               c.dns,
		ProviderAddresses: people.site.ProviderAddresses,
		SessionAlive:      people.sessions.Living,
		Admin:             in.Admin,
		Authenticator: awsapi.NewSignatures(awsapi.SignatureConfig{
			Keys: authenticator, Window: c.window, RateLimit: c.rateLimit, Now: p.now,
		}),
		Logger: p.log,
	})
	return &http.Server{
		Handler: web.Chain(web.Options{
			Logger: p.log, WriteError: awsapi.ErrorWriter(p.log), TrustedProxies: c.proxies,
			StrictRoots: awsapi.Roots(), Timeout: c.timeout, Observe: ops.observe, Now: p.now,
		}, people.front(api)),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       c.timeout,
		WriteTimeout:      c.timeout + grace,
		IdleTimeout:       120 * time.Second,
		ErrorLog:          slog.NewLogLogger(p.log.Handler(), slog.LevelWarn),
	}
}

// serveUntilDone serves, and when the context ends, lets requests in flight
// finish.
func (p *program) serveUntilDone(ctx context.Context, c serveConfig, server *http.Server, listener net.Listener, ops *ops) error {
	failed := make(chan error, 1)
	encrypted := server.TLSConfig != nil // asked once: Serve gives the server a configuration of its own
	go func() {
		if encrypted {
			failed <- server.ServeTLS(listener, "", "")
			return
		}
		failed <- server.Serve(listener)
	}()
	ops.ready.Store(true)
	p.log.Info("listening", "address", listener.Addr().String(), "tls", encrypted, "console", c.people.consoleURL(), "version", buildVersion())
	select {
	case err := <-failed:
		return fmt.Errorf("serving: %w", err)
	case <-ctx.Done():
	}
	ops.ready.Store(false)
	p.log.Info("shutting down")
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.timeout+grace)
	defer cancel()
	if err := server.Shutdown(within); err != nil {
		return fmt.Errorf("shutting down: %w", err)
	}
	return nil
}

// job is what the server does now and then by itself.
type job struct {
	done string // for the log, when it did something; "" for nothing to say
	run  func(context.Context) (int, error)
}

// runJobs purges deleted accounts whose retention is over, and finishes releases
// of domains that were interrupted, now and then.
func (p *program) runJobs(ctx context.Context, in *installation) {
	p.every(ctx, jobsEvery, job{"purged deleted accounts", in.Directory.PurgeExpired}, job{"released domains", in.Directory.ReleaseDomains})
}

// runRollup counts what summaries show: soon after the start, and whenever what is
// there is old.
func (p *program) runRollup(ctx context.Context, in *installation) {
	rollup := directory.Rollup{Directory: in.Directory, Holder: rand.Text(), Pause: rollupPause}
	p.every(ctx, rollupEvery, job{"", rollup.Run})
}

// every runs jobs at once, and again at an interval, until the context ends.
func (p *program) every(ctx context.Context, interval time.Duration, jobs ...job) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		for _, job := range jobs {
			count, err := job.run(ctx)
			if count > 0 && job.done != "" {
				p.log.Info(job.done, "count", count)
			}
			if err != nil && ctx.Err() == nil {
				p.log.Error("a background job failed", "after", cmp.Or(job.done, "counting for summaries"), "count", count, "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func isLoopback(addr net.Addr) bool {
	tcp, ok := addr.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}
