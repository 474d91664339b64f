package signin_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/secret"
	"github.com/carillon-id/carillon/internal/session"
	"github.com/carillon-id/carillon/internal/signin"
	"github.com/carillon-id/carillon/internal/sqlstore/sqlite"
	"github.com/carillon-id/carillon/internal/upstream"
	"github.com/carillon-id/carillon/internal/web"
)

// world is a site over an empty store, with a clock that stands still, Login with
// Amazon played by a server of the test, and mail that the test reads.
type world struct {
	*signin.Site
	server *httptest.Server
	amazon *amazon
	store  *store

	mu    sync.Mutex
	clock time.Time
	codes map[string]string // the newest, by address
	log   bytes.Buffer
}

func newWorld(t *testing.T) *world {
	t.Helper()
	opened, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "signin.db"))
	if err != nil {
		t.Fatal(err)
	}
	store := &store{Store: opened}
	t.Cleanup(func() { _ = store.Close() })
	w := &world{store: store, clock: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC), codes: map[string]string{}, amazon: newAmazon(t)}
	mux := http.NewServeMux()
	logger := slog.New(slog.NewTextHandler(w, nil))
	w.server = httptest.NewServer(web.Chain(web.Options{
		Logger:     slog.New(slog.DiscardHandler),
		WriteError: func(w http.ResponseWriter, _ *http.Request, err error) { http.Error(w, err.Error(), http.StatusTeapot) },
	}, mux))
	t.Cleanup(w.server.Close)
	w.server.URL = strings.Replace(w.server.URL, "127.0.0.1", "localhost", 1) // an address has no passkeys
	keys := secret.NewKeyring(secret.NewMasterKey(), nil)
	recorder := audit.NewRecorder(store, w.now, slog.New(slog.DiscardHandler))
	t.Cleanup(recorder.Close)
	dir := directory.New(directory.Config{
		Store: store, Tokens: keys, Recorder: recorder, Secrets: keys.For(secret.ProviderSecret), Now: w.now, InvitationLifetime: directory.DefaultInvitationLifetime,
	})
	sessions := session.New(session.Config{Store: store, Directory: dir, CodeKey: keys.For(secret.MailedCode), Keys: keys.For(secret.TemporaryKey), Now: w.now, MailLimit: 200, ClientLimit: clientLimit})
	w.Site, err = signin.New(signin.Config{
		PublicURL: w.server.URL, Store: store, Sessions: sessions, Directory: dir, Apps: apps{}, Codes: w,
		Amazon: upstream.NewAmazon(http.DefaultClient, w.amazon.config()), OpenID: upstream.NewOpenID(http.DefaultClient, w.now),
		Attempts: keys.For(secret.Attempt), Tokens: keys.For(secret.ProviderToken), Logger: logger, Now: w.now,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Register(mux)
	return w
}

// clientLimit is how many codes a client gets.
const clientLimit = 40

// store is a store that can go away.
type store struct {
	chime.Store
	gone atomic.Bool
}

var errGone = chime.Errorf(chime.ServiceUnavailable, "the store is gone")

func (s *store) View(ctx context.Context, fn func(chime.Tx) error) error {
	if s.gone.Load() {
		return errGone
	}
	return s.Store.View(ctx, fn)
}

func (s *store) Peek(ctx context.Context, fn func(chime.Tx) error) error { return s.View(ctx, fn) }

func (s *store) Update(ctx context.Context, fn func(chime.Tx) error) error {
	if s.gone.Load() {
		return errGone
	}
	return s.Store.Update(ctx, fn)
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.clock
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock = w.clock.Add(d)
}

// Code implements signin.Codes.
func (w *world) Code(_ context.Context, to, code string, _ time.Duration) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.codes[to] = code
	return nil
}

// Write takes what is logged.
func (w *world) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(line)
}

// code takes the code that was mailed to the address.
func (w *world) code(t *testing.T, address string) string {
	t.Helper()
	for range 5000 {
		w.mu.Lock()
		code := w.codes[address]
		delete(w.codes, address)
		w.mu.Unlock()
		if code != "" {
			return code
		}
		time.Sleep(time.Millisecond) // it is mailed in the background
	}
	t.Fatalf("no code was mailed to %s", address)
	return ""
}

// apps are whom a login may be for: its request names them.
type apps struct{}

func (apps) Purpose(request []byte) (app, hint, scheme string, err error) {
	return string(request), "", "", nil
}

func (apps) Continue(w http.ResponseWriter, _ *http.Request, signed *session.Signed, request []byte) {
	fmt.Fprintf(w, "%s is at %s", signed.Subject.DisplayName, request)
}

// begin begins a login for the app in the browser, and returns its first page.
func (w *world) begin(t *testing.T, b *browser, app string) string {
	t.Helper()
	cookie, err := w.Sessions.Begin(t.Context(), []byte(app))
	if err != nil {
		t.Fatal(err)
	}
	rec := httptest.NewRecorder()
	session.Cookies{}.SetLogin(rec, httptest.NewRequest(http.MethodGet, "/", nil), cookie)
	b.Jar.SetCookies(b.at, rec.Result().Cookies())
	return session.LoginAddress("/signin", cookie)
}

// browser is a browser: it has cookies, and shows each redirect.
type browser struct {
	http.Client
	at *url.URL
}

func (w *world) browser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	at, err := url.Parse(w.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &browser{http.Client{Jar: jar, CheckRedirect: stay}, at}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
	goes   string // where a redirect, or the page itself, leads
}

var refreshPattern = regexp.MustCompile(`<meta http-equiv="refresh" content="0; url=([^"]*)">`)

func (b *browser) send(t *testing.T, method, path string, form url.Values, header ...string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, b.at.String()+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := b.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	got := answer{response.StatusCode, response.Header, string(body), response.Header.Get("Location")}
	if found := refreshPattern.FindStringSubmatch(got.body); found != nil {
		got.goes = html.UnescapeString(found[1])
	}
	return got
}

func (b *browser) get(t *testing.T, path string) answer {
	t.Helper()
	return b.send(t, http.MethodGet, path, nil)
}

// post sends a form, of names and values.
func (b *browser) post(t *testing.T, path string, pairs ...string) answer {
	t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return b.send(t, http.MethodPost, path, form)
}

// signIn signs in to the app by a mailed code, and returns the last answer.
func (w *world) signIn(t *testing.T, b *browser, app, address, name string) answer {
	t.Helper()
	got := b.post(t, w.begin(t, b, app), "email", address)
	got = b.post(t, got.goes, "code", w.code(t, address))
	if strings.HasPrefix(got.goes, "/signin/name") {
		got = b.post(t, got.goes, "name", name)
	}
	return got
}

// amazon plays Login with Amazon.
type amazon struct {
	server *httptest.Server

	mu      sync.Mutex
	status  int    // of what the token endpoint answers
	failure string // its error
	user    string
	tokens  int
}

func newAmazon(t *testing.T) *amazon {
	t.Helper()
	a := &amazon{user: "amzn1.account.ADA"}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /token", a.token)
	mux.HandleFunc("GET /profile", func(w http.ResponseWriter, _ *http.Request) {
		a.mu.Lock()
		defer a.mu.Unlock()
		_ = json.NewEncoder(w).Encode(map[string]string{"user_id": a.user, "name": "Ada of Amazon", "email": "unverified@example.com"})
	})
	a.server = httptest.NewServer(mux)
	t.Cleanup(a.server.Close)
	return a
}

func (a *amazon) config() upstream.AmazonConfig {
	return upstream.AmazonConfig{
		ClientID: "carillon", ClientSecret: "hush", AuthURL: a.server.URL + "/auth", TokenURL: a.server.URL + "/token", ProfileURL: a.server.URL + "/profile",
	}
}

func (a *amazon) token(w http.ResponseWriter, _ *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if a.status != 0 {
		w.WriteHeader(a.status)
		_ = json.NewEncoder(w).Encode(map[string]string{"error": a.failure})
		return
	}
	a.tokens++
	_ = json.NewEncoder(w).Encode(map[string]any{
		"access_token": fmt.Sprintf("access %d", a.tokens), "refresh_token": fmt.Sprintf("refresh %d", a.tokens), "token_type": "bearer", "expires_in": 3600,
	})
}

// fail has the token endpoint fail from now on; a status of 0 ends that.
func (a *amazon) fail(status int, failure string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.status, a.failure = status, failure
}

// account makes an account that has verified the domain.
func (w *world) account(t *testing.T, id chime.AccountID, kind chime.AccountType, domain string) {
	t.Helper()
	ctx := t.Context()
	err := w.Store.Update(ctx, func(tx chime.Tx) error {
		return errors.Join(
			tx.PutAccounts(ctx, chime.Account{
				ID: id, Tenant: "111122223333", Name: "Account " + string(id), Type: kind, Status: chime.AccountActive,
				Created: w.now(), DefaultLicense: chime.Pro, SupportedLicenses: []chime.License{chime.Basic, chime.Pro},
			}),
			tx.Claim(ctx, domain, id),
			tx.PutDomain(ctx, chime.Domain{Account: id, Name: domain, Status: chime.DomainVerified, Challenge: "challenge", Added: w.now(), Verified: w.now()}))
	})
	if err != nil {
		t.Fatal(err)
	}
}
