package oidc_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
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
	"sync/atomic"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/oidc"
	"github.com/carillon-id/carillon/internal/secret"
	"github.com/carillon-id/carillon/internal/session"
	"github.com/carillon-id/carillon/internal/signing"
	"github.com/carillon-id/carillon/internal/sqlstore"
	"github.com/carillon-id/carillon/internal/sqlstore/sqlite"
	"github.com/carillon-id/carillon/internal/web"
)

// What the apps of the tests have. The secret holds what form-encoding changes.
const (
	appSecret = "s+e c%r:e/t"
	callback  = "https://app.example/cb"
	withQuery = "https://app.example/cb?tenant=1"
	goodbye   = "https://app.example/bye"
	verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" // of RFC 7636, appendix B
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

// world is a provider on a database, behind the chain, with a page to sign in on.
type world struct {
	server   *httptest.Server
	folder   string // of the database
	store    chime.Store
	faults   *faults
	sessions *session.Service
	keys     *signing.Keys
	log      *logged
	clock    atomic.Int64 // microseconds

	app, other, public chime.ClientID
	people             int // who were made up
	// meanwhile, when set, is called between sign-in and the app.
	meanwhile func()
}

func (w *world) now() time.Time          { return time.UnixMicro(w.clock.Load()).UTC() }
func (w *world) advance(d time.Duration) { w.clock.Add(d.Microseconds()) }

// somebody returns the address of somebody new: only so many codes are mailed to one.
func (w *world) somebody() string {
	w.people++
	return fmt.Sprintf("person%d@example.com", w.people)
}

// codeKey is a session.MACKey.
type codeKey struct{}

func (codeKey) MAC(data ...string) []byte {
	mac := hmac.New(sha256.New, []byte("key"))
	mac.Write([]byte(strings.Join(data, "\x00")))
	return mac.Sum(nil)
}

// logged is what was logged.
type logged struct{ lines chan string }

func (l *logged) Write(line []byte) (int, error) {
	select {
	case l.lines <- string(line):
	default:
	}
	return len(line), nil
}

// text returns what was logged so far.
func (l *logged) text() string {
	var b strings.Builder
	for {
		select {
		case line := <-l.lines:
			b.WriteString(line)
		default:
			return b.String()
		}
	}
}

func newWorld(t *testing.T) *world {
	t.Helper()
	folder := t.TempDir()
	engine, err := sqlite.OpenEngine(t.Context(), filepath.Join(folder, "oidc.db"))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{folder: folder, faults: &faults{Engine: engine}, log: &logged{make(chan string, 10_000)}}
	w.faults.heal()
	w.store = sqlstore.New(w.faults)
	t.Cleanup(func() { _ = w.store.Close() })
	w.clock.Store(time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC).UnixMicro())
	keyring := secret.NewKeyring(secret.NewMasterKey(), nil)
	w.keys, err = signing.New(signing.Config{
		Store: w.store, Sealer: keyring.For(secret.SigningKeys), Now: w.now,
		Verify: func(context.Context, chime.Tx) error { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.keys.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	dir := directory.New(directory.Config{Store: w.store, Tokens: keyring, Now: w.now})
	w.sessions = session.New(session.Config{Store: w.store, Directory: dir, CodeKey: codeKey{}, Now: w.now})
	w.serve(t)
	w.register(t)
	return w
}

// serve starts the server. Its limits are those of the real one.
func (w *world) serve(t *testing.T) {
	t.Helper()
	mux := http.NewServeMux()
	logger := slog.New(slog.NewTextHandler(w.log, nil))
	w.server = httptest.NewServer(web.Chain(web.Options{
		Logger:     logger,
		WriteError: func(w http.ResponseWriter, _ *http.Request, err error) { http.Error(w, err.Error(), http.StatusTeapot) },
	}, mux))
	t.Cleanup(w.server.Close)
	provider, err := oidc.New(oidc.Config{
		Issuer: w.server.URL, SigninPath: "/signin", Store: w.store, Sessions: w.sessions, Keys: w.keys,
		Logger: logger, Now: w.now,
	})
	if err != nil {
		t.Fatal(err)
	}
	provider.Register(mux)
	mux.HandleFunc("GET /signin", func(rw http.ResponseWriter, r *http.Request) {
		login, err := w.sessions.Resume(r.Context(), session.Cookies{}.Login(r))
		if err != nil {
			http.Error(rw, err.Error(), http.StatusBadRequest)
			return
		}
		app, hint, scheme, err := provider.Purpose(login.Request)
		if err != nil {
			http.Error(rw, err.Error(), http.StatusBadRequest)
			return
		}
		rw.Write([]byte(strings.Join([]string{app, hint, scheme}, "|")))
	})
	mux.HandleFunc("POST /signin", func(rw http.ResponseWriter, r *http.Request) {
		finished, err := w.finish(r)
		if err != nil {
			http.Error(rw, err.Error(), http.StatusBadRequest)
			return
		}
		session.Cookies{}.SetSession(rw, finished.Cookie, finished.Session.Expires)
		id, _, _ := strings.Cut(session.Cookies{}.Login(r), ".")
		session.Cookies{}.ClearLogin(rw, chime.LoginID(id))
		if w.meanwhile != nil {
			w.meanwhile()
		}
		provider.Continue(rw, r, &finished.Signed, finished.Request)
	})
}

// finish signs in whoever has the address, as the real pages do by a mailed code.
func (w *world) finish(r *http.Request) (*session.Finished, error) {
	ctx, cookie := r.Context(), session.Cookies{}.Login(r)
	code, err := w.sessions.MailCode(ctx, cookie, r.FormValue("email"))
	if err != nil {
		return nil, err
	}
	if err := w.sessions.ProveCode(ctx, cookie, code); err != nil {
		return nil, err
	}
	return w.sessions.Finish(ctx, cookie, "Ada Lovelace", r.UserAgent())
}

// register registers the apps, and an account whose one member is Grace.
func (w *world) register(t *testing.T) {
	t.Helper()
	w.app, w.other, w.public = "11111111-0000-4000-8000-000000000001", "11111111-0000-4000-8000-000000000002", "11111111-0000-4000-8000-000000000003"
	hash := sha256.Sum256([]byte(appSecret))
	app := chime.App{
		ID: w.app, Tenant: "111122223333", Name: "Ledger <b>", SecretHash: hash[:], Created: w.now(),
		RedirectURIs: []string{callback, withQuery, "com.example.app:/cb"}, PostLogoutRedirectURIs: []string{goodbye},
	}
	other, public := app, app
	other.ID, other.Name = w.other, "Other"
	public.ID, public.Name, public.SecretHash = w.public, "Public", nil
	account := chime.Account{
		ID: "22222222-0000-4000-8000-000000000001", Tenant: "111122223333", Name: "Team", Type: chime.Team,
		Status: chime.AccountActive, Created: w.now(), DefaultLicense: chime.Pro, SupportedLicenses: []chime.License{chime.Pro, chime.Basic},
	}
	grace := chime.Person{
		ID: "33333333-0000-4000-8000-000000000001", Account: account.ID, Email: "grace@example.com",
		DisplayName: "Grace Hopper", PIN: "1234567890", Registered: w.now(),
	}
	member := chime.Member{
		Account: account.ID, User: grace.ID, Standing: chime.Standing{Status: chime.Registered, License: chime.Pro},
		Profile: chime.Profile{Email: grace.Email, DisplayName: grace.DisplayName, PIN: grace.PIN, Type: chime.PrivateUser, Registered: w.now()},
	}
	w.update(t, func(ctx context.Context, tx chime.Tx) error {
		for _, a := range []chime.App{app, other, public} {
			if err := tx.PutApp(ctx, a); err != nil {
				return err
			}
		}
		if err := tx.PutAccounts(ctx, account); err != nil {
			return err
		}
		if err := tx.PutPeople(ctx, grace); err != nil {
			return err
		}
		if err := tx.ClaimAddresses(ctx, map[string]chime.UserID{chime.EmailKey(grace.Email): grace.ID}); err != nil {
			return err
		}
		return tx.PutMembers(ctx, member)
	})
}

func (w *world) update(t *testing.T, fn func(context.Context, chime.Tx) error) {
	t.Helper()
	err := w.store.Update(t.Context(), func(tx chime.Tx) error { return fn(t.Context(), tx) })
	if err != nil {
		t.Fatal(err)
	}
}

// readApp returns the app as it is stored.
func (w *world) readApp(t *testing.T) chime.App {
	t.Helper()
	var app *chime.App
	err := w.store.View(t.Context(), func(tx chime.Tx) (err error) {
		app, err = tx.App(t.Context(), w.app)
		return err
	})
	if err != nil || app == nil {
		t.Fatalf("got %v, %v, want the app", app, err)
	}
	return *app
}

// changeGrace changes the one member, and her account.
func (w *world) changeGrace(t *testing.T, change func(*chime.Account, *chime.Member)) {
	t.Helper()
	w.update(t, func(ctx context.Context, tx chime.Tx) error {
		account, members, err := tx.AccountMembers(ctx, "22222222-0000-4000-8000-000000000001", []chime.UserID{"33333333-0000-4000-8000-000000000001"})
		if err != nil {
			return err
		}
		change(account, &members[0])
		if err := tx.PutAccounts(ctx, *account); err != nil {
			return err
		}
		return tx.PutMembers(ctx, members[0])
	})
}

// suspendGrace does to the rows what BatchSuspendUser does.
func (w *world) suspendGrace(t *testing.T) {
	t.Helper()
	w.changeGrace(t, func(a *chime.Account, m *chime.Member) {
		a.Type = chime.EnterpriseLWA
		m.Status, m.Signout = chime.Suspended, m.Signout.Raise(w.now())
	})
}

// browser is a browser: it has cookies, and shows each redirect.
type browser struct {
	world *world
	http.Client
}

func (w *world) browser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{w, http.Client{
		Jar:           jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// answer is an answer of the server.
type answer struct {
	status   int
	header   http.Header
	body     string
	goes     string   // where the browser goes on to, by a redirect or by a page; "" for nowhere
	location *url.URL // the same; empty for nowhere
}

var refreshPattern = regexp.MustCompile(`<meta http-equiv="refresh" content="0; url=([^"]*)">`)

func (a answer) json(t *testing.T) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		t.Fatalf("got %d with %q, want JSON: %v", a.status, a.body, err)
	}
	return v
}

func (b *browser) send(t *testing.T, r *http.Request) answer {
	t.Helper()
	response, err := b.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	got := answer{status: response.StatusCode, header: response.Header, body: string(body), goes: response.Header.Get("Location")}
	if found := refreshPattern.FindStringSubmatch(got.body); found != nil {
		got.goes = html.UnescapeString(found[1])
	}
	if got.location, err = r.URL.Parse(got.goes); err != nil || got.goes == "" {
		got.location = &url.URL{}
	}
	return got
}

func (b *browser) get(t *testing.T, path string) answer {
	t.Helper()
	return b.send(t, b.world.newRequest(t, http.MethodGet, path, nil))
}

func (b *browser) post(t *testing.T, path string, form url.Values, header ...string) answer {
	t.Helper()
	return b.send(t, b.world.newRequest(t, http.MethodPost, path, form, header...))
}

// newRequest returns a request; with a form, one that has it as its body.
func (w *world) newRequest(t *testing.T, method, path string, form url.Values, header ...string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, w.server.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	return r
}

// values returns a form of names and values; a value of "-" takes the name out.
func values(base url.Values, pairs ...string) url.Values {
	form := url.Values{}
	for name, value := range base {
		form[name] = value
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
		if pairs[i+1] == "-" {
			form.Del(pairs[i])
		}
	}
	return form
}

// request returns an authorization request that is right, but for the changes.
func (w *world) request(pairs ...string) string {
	return "/oauth2/authorize?" + values(url.Values{
		"client_id": {string(w.app)}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {"openid profile email"},
		"state": {"a state&=+ü"}, "nonce": {"n-0S6_WzA2Mj"}, "code_challenge": {challenge}, "code_challenge_method": {"S256"},
	}, pairs...).Encode()
}

// signIn answers a request for which somebody has to sign in.
func (b *browser) signIn(t *testing.T, email string) answer {
	t.Helper()
	return b.post(t, "/signin", url.Values{"email": {email}})
}

// code signs in to the app and returns its code.
func (b *browser) code(t *testing.T, email string, pairs ...string) string {
	t.Helper()
	got := b.get(t, b.world.request(pairs...))
	if got.location.Path == "/signin" {
		got = b.signIn(t, email)
	}
	code := got.location.Query().Get("code")
	if code == "" {
		t.Fatalf("got %d to %q with %q, want a code", got.status, got.location, got.body)
	}
	return code
}

// authorization is the Basic credentials of an app, form-encoded.
func authorization(id chime.ClientID, secret string) string {
	pair := url.QueryEscape(string(id)) + ":" + url.QueryEscape(secret)
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(pair))
}

// call sends a form as an app with its secret does.
func (w *world) call(t *testing.T, path string, form url.Values) answer {
	t.Helper()
	return w.browser(t).post(t, path, form, "Authorization", authorization(w.app, appSecret))
}

// codeForm is the form that redeems a code.
func codeForm(code string, pairs ...string) url.Values {
	return values(url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier},
	}, pairs...)
}

func refreshForm(token string, pairs ...string) url.Values {
	return values(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}, pairs...)
}

// tokens is a successful answer of the token endpoint.
type tokens struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	ID      string `json:"id_token"`
	Scope   string `json:"scope"`
	Type    string `json:"token_type"`
	Expires int64  `json:"expires_in"`
}

func (a answer) tokens(t *testing.T) tokens {
	t.Helper()
	var got tokens
	if err := json.Unmarshal([]byte(a.body), &got); err != nil || a.status != http.StatusOK || got.Access == "" {
		t.Fatalf("got %d with %q, want tokens", a.status, a.body)
	}
	return got
}

// signedIn signs somebody in to the app, in a browser of their own.
func (w *world) signedIn(t *testing.T, email string, pairs ...string) (*browser, tokens) {
	t.Helper()
	b := w.browser(t)
	return b, w.call(t, "/oauth2/token", codeForm(b.code(t, email, pairs...))).tokens(t)
}

// wantError checks an error in JSON.
func wantError(t *testing.T, name string, got answer, status int, code string) {
	t.Helper()
	if got.status != status || got.json(t)["error"] != code {
		t.Errorf("%s: got %d with %s, want %d with %s", name, got.status, got.body, status, code)
	}
	if cache := got.header.Get("Cache-Control"); cache != "no-store" {
		t.Errorf("%s: got Cache-Control %q, want no-store", name, cache)
	}
}

// active asks, as the app, whether a token is alive.
func (w *world) active(t *testing.T, token string) bool {
	t.Helper()
	got := w.call(t, "/oauth2/introspect", url.Values{"token": {token}})
	alive, ok := got.json(t)["active"].(bool)
	if !ok || got.status != http.StatusOK {
		t.Fatalf("introspecting: got %d with %s", got.status, got.body)
	}
	return alive
}
