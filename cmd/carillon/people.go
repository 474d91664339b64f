package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/spf13/pflag"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/console"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/mail"
	"github.com/carillon-id/carillon/internal/notify"
	"github.com/carillon-id/carillon/internal/oidc"
	"github.com/carillon-id/carillon/internal/outbound"
	"github.com/carillon-id/carillon/internal/secret"
	"github.com/carillon-id/carillon/internal/session"
	"github.com/carillon-id/carillon/internal/signin"
	"github.com/carillon-id/carillon/internal/signing"
	"github.com/carillon-id/carillon/internal/upstream"
)

const (
	// askEvery is how often sessions are looked for that a provider has to confirm.
	askEvery = 15 * time.Second
	// askAtOnce is how many are asked about at a time.
	askAtOnce = 100
	// rotateEvery is how often the keys of tokens are looked at, which is one read. A
	// new database that took no writes at the start has none, and apps wait for them.
	rotateEvery = time.Minute
	// purgeEvery is how often what has expired is removed.
	purgeEvery = time.Hour
)

// peopleConfig is what serve is told about people who sign in.
type peopleConfig struct {
	publicURL          string
	amazon             upstream.AmazonConfig
	smtpURL            string
	mailDir            string
	mailFrom           string
	invitationLifetime time.Duration
	codeLimit          uint16
	signingKeyPeriod   time.Duration
	allowPrivate       bool
}

func (c *peopleConfig) flags(f *pflag.FlagSet) {
	f.StringVar(&c.publicURL, "public-url", "http://localhost:8420", "where people and apps reach the server: the issuer of tokens, and the domain of passkeys")
	f.StringVar(&c.amazon.ClientID, "lwa-client-id", "", "the client id of Login with Amazon (default: none, and no such button)")
	f.StringVar(&c.amazon.ClientSecret, "lwa-client-secret", "", "its client secret; rather set CARILLON_LWA_CLIENT_SECRET")
	f.StringVar(&c.amazon.AuthURL, "lwa-auth-url", "", "another authorization endpoint than Amazon's")
	f.StringVar(&c.amazon.TokenURL, "lwa-token-url", "", "another token endpoint than Amazon's")
	f.StringVar(&c.amazon.ProfileURL, "lwa-profile-url", "", "another profile endpoint than Amazon's")
	f.StringVar(&c.smtpURL, "smtp-url", "", "the mail server, as smtp://USER:PASSWORD@HOST:PORT or smtps://...; rather set CARILLON_SMTP_URL (default: mail goes to --mail-dir)")
	f.StringVar(&c.mailDir, "mail-dir", "", "the folder that gets .eml files when there is no --smtp-url (default: carillon-mail beside the database)")
	f.StringVar(&c.mailFrom, "mail-from", "", "the sender's address (default: carillon@ the host of --public-url)")
	f.DurationVar(&c.invitationLifetime, "invitation-lifetime", directory.DefaultInvitationLifetime, "how long an invitation can be accepted")
	f.Uint16Var(&c.codeLimit, "code-limit", session.DefaultClientLimit, "codes that are mailed an hour at the wish of one client address; 0 for no limit")
	f.DurationVar(&c.signingKeyPeriod, "signing-key-period", signing.DefaultPeriod, "how long a key signs tokens, before the next one does; 24h or longer")
	f.BoolVar(&c.allowPrivate, "allow-private-callbacks", false, "let the server call apps and providers at private addresses")
}

func (c *peopleConfig) validate() error {
	public, err := parsePublicURL(c.publicURL)
	if err != nil {
		return err
	}
	c.publicURL = public.Scheme + "://" + public.Host
	if c.mailFrom == "" {
		c.mailFrom = "carillon@" + public.Hostname()
	}
	if !chime.ValidEmail(c.mailFrom) && c.mailFrom != "carillon@localhost" {
		return fmt.Errorf("--mail-from %q is no mail address", c.mailFrom)
	}
	if c.invitationLifetime <= 0 {
		return fmt.Errorf("--invitation-lifetime %v must be longer than nothing", c.invitationLifetime)
	}
	if c.codeLimit > session.MaxClientLimit {
		return fmt.Errorf("--code-limit %d: at most %d, or 0 for no limit", c.codeLimit, session.MaxClientLimit)
	}
	if c.signingKeyPeriod < signing.MinPeriod {
		return fmt.Errorf("--signing-key-period %v: the least is %v", c.signingKeyPeriod, signing.MinPeriod)
	}
	return nil
}

func parsePublicURL(text string) (*url.URL, error) {
	public, err := url.Parse(text)
	if err != nil || public.Host == "" || strings.Trim(public.Path, "/") != "" || public.RawQuery != "" || public.Scheme != "http" && public.Scheme != "https" {
		return nil, fmt.Errorf("--public-url %q: say scheme and host alone, such as https://id.example.com", text)
	}
	return public, nil
}

// consoleURL is where administrators find the web console.
func (c *peopleConfig) consoleURL() string { return c.publicURL + "/admin/" }

func (c *peopleConfig) secure() bool { return strings.HasPrefix(c.publicURL, "https:") }

// people is what people and their apps meet.
type people struct {
	mux      *http.ServeMux
	sessions *session.Service
	site     *signin.Site
	keys     *signing.Keys
	worker   *notify.Worker
}

// newPeople puts together what people meet, and has the directory tell it what it
// changes.
func (p *program) newPeople(ctx context.Context, c peopleConfig, in *installation, at location, ops *ops) (*people, error) {
	client := outbound.NewClient(c.allowPrivate)
	sender, err := p.newSender(c, at)
	if err != nil {
		return nil, err
	}
	dir := in.Directory
	dir.SendsMail, dir.InvitationLifetime = sender.Real(), c.invitationLifetime
	keys, err := signing.New(signing.Config{
		Store: in.Store, Sealer: in.keyring.For(secret.SigningKeys), Verify: in.Admin.VerifyMasterKey, Now: p.now,
		Period: c.signingKeyPeriod,
	})
	if err != nil {
		return nil, err
	}
	if _, err := keys.Rotate(ctx); err != nil {
		if chime.CodeOf(err) != chime.ServiceUnavailable {
			return nil, err
		}
		p.log.Warn("the keys of tokens cannot be looked at now", "error", err)
	}
	all := &people{mux: http.NewServeMux(), keys: keys}
	all.sessions = session.New(session.Config{
		Store: in.Store, Directory: dir, CodeKey: in.keyring.For(secret.MailedCode), Keys: in.keyring.For(secret.TemporaryKey), Now: p.now, ClientLimit: c.codeLimit,
	})
	provider, err := oidc.New(oidc.Config{
		Issuer: c.publicURL, SigninPath: signin.Path, Store: in.Store, Sessions: all.sessions,
		Cookies: session.Cookies{Secure: c.secure()}, Keys: keys, Logger: p.log, Now: p.now,
	})
	if err != nil {
		return nil, err
	}
	site := signin.Config{
		PublicURL: c.publicURL, Store: in.Store, Sessions: all.sessions, Directory: dir, Cookies: session.Cookies{Secure: c.secure()},
		Apps: provider, Codes: sender, MailFolder: !sender.Real(), OpenID: upstream.NewOpenID(client, p.now),
		Attempts: in.keyring.For(secret.Attempt), Tokens: in.keyring.For(secret.ProviderToken), Logger: p.log, Now: p.now,
	}
	if c.amazon.ClientID != "" {
		site.Amazon = upstream.NewAmazon(client, c.amazon)
	}
	if all.site, err = signin.New(site); err != nil {
		return nil, err
	}
	all.worker = notify.New(notify.Config{
		Store: in.Store, Signer: keys, Issuer: c.publicURL, HTTP: client, Logger: p.log, Now: p.now, Confirmed: ops.confirmed,
		Invitations: notify.Invitations{Directory: dir, Mail: sender},
	})
	dir.Outbox = all.worker
	provider.Register(all.mux)
	all.site.Register(all.mux)
	return all, all.registerConsole()
}

// registerConsole adds the web console, for administrators.
func (a *people) registerConsole() error {
	build, err := console.Built()
	if err != nil {
		return err
	}
	handler, err := console.Handler(build)
	if err != nil {
		return err
	}
	a.mux.Handle(console.Path, handler)
	return nil
}

// newSender sends mail over SMTP, or into a folder.
func (p *program) newSender(c peopleConfig, at location) (*mail.Sender, error) {
	sender := &mail.Sender{From: c.mailFrom, PublicURL: c.publicURL, Now: p.now}
	if c.smtpURL != "" {
		transport, err := mail.NewSMTP(c.smtpURL)
		sender.Transport = transport
		return sender, err
	}
	folder := mail.Folder{Path: c.mailDir}
	if folder.Path == "" {
		folder.Path = filepath.Join(filepath.Dir(at.beside), "carillon-mail")
	}
	p.log.Info("there is no mail server (--smtp-url): mail goes into a folder", "folder", folder.Path)
	sender.Transport = folder
	return sender, nil
}

// run does the work that nobody asks for, until the context ends.
func (a *people) run(ctx context.Context, p *program) {
	var jobs sync.WaitGroup
	defer jobs.Wait()
	jobs.Go(func() { a.worker.Run(ctx) })
	every := func(interval time.Duration, doing string, job func(context.Context) error) {
		jobs.Go(func() {
			for {
				if err := job(ctx); err != nil && ctx.Err() == nil {
					p.log.Error(doing, "error", err)
				}
				select {
				case <-ctx.Done():
					return
				case <-time.After(outOfStep(interval)):
				}
			}
		})
	}
	every(askEvery, "asking providers about sessions", a.askProviders)
	every(rotateEvery, "looking at the keys of tokens", func(ctx context.Context) error {
		_, err := a.keys.Rotate(ctx)
		return err
	})
	every(purgeEvery, "removing what has expired", func(ctx context.Context) error {
		_, err := a.sessions.Purge(ctx)
		return err
	})
	every(purgeEvery, "removing what was told", func(ctx context.Context) error {
		_, err := a.worker.Purge(ctx)
		return err
	})
}

// outOfStep is somewhat less than the interval: other servers do the same work.
func outOfStep(interval time.Duration) time.Duration {
	return interval - rand.N(interval/10) // #nosec G404 -- nothing hangs on it
}

// askProviders has providers confirm the sessions that are due.
func (a *people) askProviders(ctx context.Context) error {
	for {
		taken, err := a.sessions.TakeDue(ctx, askAtOnce)
		if err != nil || len(taken) == 0 {
			return err
		}
		errs := make([]error, len(taken))
		var asking sync.WaitGroup
		for i, s := range taken {
			asking.Go(func() { errs[i] = a.site.Ask(ctx, s) })
		}
		asking.Wait()
		if err := errors.Join(errs...); err != nil {
			return err
		}
	}
}

// front sends a request to whom it is for: people's pages and apps' endpoints have
// paths of their own, and all others are the API's. A path is compared as it was
// sent, because the API's ids may hold anything.
func (a *people) front(api http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		root, _, _ := strings.Cut(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
		switch root {
		case "admin", "oauth2", ".well-known", "signin", "invitations", "me", "backchannel":
			a.mux.ServeHTTP(w, r)
		case "":
			if strings.Contains(r.Header.Get("Accept"), "text/html") { // somebody typed the host's name
				http.Redirect(w, r, "/me", http.StatusSeeOther)
				return
			}
			fallthrough
		default:
			api.ServeHTTP(w, r)
		}
	})
}
