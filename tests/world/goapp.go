package world

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"html/template"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// goApp is an app made with go-oidc and x/oauth2. Like some real ones, it takes the
// answer of a sign-in at one origin, and shows its page at another.
type goApp struct {
	url      string // of its page
	host     string // which its cookies are for
	client   *http.Client
	provider *oidc.Provider
	verifier *oidc.IDTokenVerifier
	config   oauth2.Config

	mu       sync.Mutex
	sessions map[string]*goSession // by the value of the cookie
}

type goSession struct {
	state, nonce, pkce string
	claims             *goClaims // nil while nobody is signed in
}

type goClaims struct {
	Subject string `json:"sub"`
	SID     string `json:"sid"`
	Name    string `json:"name"`
	Email   string `json:"email"`
	Account string `json:"carillon/account_type"`
	License string `json:"carillon/license"`
}

func (w *World) goApp(tb testing.TB, host, name, library string) App {
	tb.Helper()
	listener := Must(tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{w.certificate.tls}, MinVersion: tls.VersionTLS12}))(tb)
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		tb.Fatal(err)
	}
	base := "https://signin." + host + ".test:" + port
	r := w.register(tb, name, base, port)
	a := &goApp{url: "https://" + host + ".test:" + port + "/", host: host + ".test", sessions: map[string]*goSession{}}
	a.client = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: w.certificate.pool, MinVersion: tls.VersionTLS12}}}
	a.provider = Must(oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(tb.Context()), a.client), w.URL))(tb)
	a.verifier = a.provider.Verifier(&oidc.Config{ClientID: r.ClientID})
	a.config = oauth2.Config{
		ClientID: r.ClientID, ClientSecret: r.ClientSecret, Endpoint: a.provider.Endpoint(), RedirectURL: base + "/callback",
		Scopes: []string{oidc.ScopeOpenID, "profile", "email"},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", a.page)
	mux.HandleFunc("GET /callback", a.callback)
	mux.HandleFunc("POST /backchannel-logout", a.loggedOut)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()
	tb.Cleanup(func() { _ = server.Close() })
	return App{Name: name, Library: library, URL: a.url, Domain: host + ".example", ClientID: r.ClientID}
}

// session returns the browser's session, a new one if it has none.
func (a *goApp) session(w http.ResponseWriter, r *http.Request) *goSession {
	a.mu.Lock()
	defer a.mu.Unlock()
	if cookie, err := r.Cookie("app"); err == nil && a.sessions[cookie.Value] != nil {
		return a.sessions[cookie.Value]
	}
	id := rand.Text()
	a.sessions[id] = &goSession{}
	http.SetCookie(w, &http.Cookie{Name: "app", Value: id, Path: "/", Domain: a.host, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	return a.sessions[id]
}

var goPage = template.Must(template.New("page").Parse(`<!doctype html><html lang="en"><head><title>App</title><link rel="icon" href="data:,"></head>
<body><h1>App</h1><p>Hello, {{.Name}} &lt;{{.Email}}&gt;</p><p>Account: {{.Account}}, {{.License}}</p></body></html>`))

func (a *goApp) page(w http.ResponseWriter, r *http.Request) {
	s := a.session(w, r)
	a.mu.Lock()
	claims := s.claims
	a.mu.Unlock()
	if claims != nil {
		_ = goPage.Execute(w, claims)
		return
	}
	s.state, s.nonce, s.pkce = rand.Text(), rand.Text(), oauth2.GenerateVerifier()
	http.Redirect(w, r, a.config.AuthCodeURL(s.state, oidc.Nonce(s.nonce), oauth2.S256ChallengeOption(s.pkce)), http.StatusFound)
}

func (a *goApp) callback(w http.ResponseWriter, r *http.Request) {
	s := a.session(w, r)
	claims, err := a.redeem(oidc.ClientContext(r.Context(), a.client), s, r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	a.mu.Lock()
	s.claims = claims
	a.mu.Unlock()
	http.Redirect(w, r, a.url, http.StatusFound)
}

func (a *goApp) redeem(ctx context.Context, s *goSession, r *http.Request) (*goClaims, error) {
	query := r.URL.Query()
	if query.Get("state") != s.state || query.Get("error") != "" {
		return nil, fmt.Errorf("the answer %v is not one to what was asked", query)
	}
	token, err := a.config.Exchange(ctx, query.Get("code"), oauth2.VerifierOption(s.pkce))
	if err != nil {
		return nil, err
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := a.verifier.Verify(ctx, raw)
	if err != nil {
		return nil, err
	}
	if id.Nonce != s.nonce {
		return nil, fmt.Errorf("got the nonce %q, want %q", id.Nonce, s.nonce)
	}
	var claims goClaims
	return &claims, id.Claims(&claims)
}

// loggedOut is where Carillon says that somebody was signed out.
func (a *goApp) loggedOut(w http.ResponseWriter, r *http.Request) {
	token, err := a.verifier.VerifyLogout(oidc.ClientContext(r.Context(), a.client), r.PostFormValue("logout_token"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, s := range a.sessions {
		if s.claims != nil && s.claims.Subject == token.Subject && (token.SessionID == "" || token.SessionID == s.claims.SID) {
			s.claims = nil
		}
	}
}
