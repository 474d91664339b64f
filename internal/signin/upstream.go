package signin

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/oauth2"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/session"
	"github.com/carillon-id/carillon/internal/upstream"
)

// attempt is a sign-in elsewhere that this browser is in the middle of. It travels
// sealed in a cookie, so that nobody brings back what they did not begin.
type attempt struct {
	upstream.Attempt
	Login   chime.LoginID   `json:"login"`
	Account chime.AccountID `json:"account"` // whose provider; "" for Login with Amazon
	Expires time.Time       `json:"expires"`
}

// attemptCookie is the cookie's name without its prefix.
const attemptCookie = "carillon-attempt"

// attemptLifetime is how long a sign-in elsewhere may take.
const attemptLifetime = 20 * time.Minute

const (
	amazonCallback   = "/signin/amazon/callback"
	providerCallback = "/signin/provider/callback"
	backchannelPath  = "/backchannel/"
)

var errNoAmazon = &problem{http.StatusNotFound, "There is nothing here", "Login with Amazon is not set up here."}

func (s *Site) beginAmazon(w http.ResponseWriter, r *http.Request) error {
	if s.Amazon == nil {
		return errNoAmazon
	}
	v, err := s.visit(r)
	if err != nil {
		return err
	}
	return s.beginAt(w, r, v, s.Amazon, attempt{Attempt: upstream.Attempt{RedirectURI: s.PublicURL + amazonCallback}}, "")
}

func (s *Site) beginProvider(w http.ResponseWriter, r *http.Request, v visit, p chime.Provider, address string) error {
	provider, err := s.provider(p)
	if err != nil {
		return err
	}
	return s.beginAt(w, r, v, provider, attempt{Account: p.Account, Attempt: upstream.Attempt{RedirectURI: s.PublicURL + providerCallback}}, address)
}

// ProviderAddresses returns what the OpenID provider of an account has to be told of
// Carillon: where sign-ins return to, and where its back-channel logouts go.
func (s *Site) ProviderAddresses(account chime.AccountID) (callback, backchannelLogout string) {
	return s.PublicURL + providerCallback, s.PublicURL + backchannelPath + url.PathEscape(string(account))
}

func (s *Site) registration(p chime.Provider) (upstream.Registration, error) {
	secret, err := s.Directory.ClientSecret(p)
	if err != nil {
		return upstream.Registration{}, fmt.Errorf("opening the client secret of account %s: %w", p.Account, err)
	}
	return upstream.Registration{Issuer: p.Issuer, ClientID: p.ClientID, ClientSecret: secret, GroupsClaim: p.GroupsClaim}, nil
}

func (s *Site) provider(p chime.Provider) (upstream.Provider, error) {
	registration, err := s.registration(p)
	if err != nil {
		return nil, err
	}
	return s.OpenID.At(registration), nil
}

// beginAt sends the browser to the provider.
func (s *Site) beginAt(w http.ResponseWriter, r *http.Request, v visit, provider upstream.Provider, a attempt, hint string) error {
	a.Login, a.Expires = v.ID, s.Now().Add(attemptLifetime)
	a.State, a.Nonce, a.Verifier = rand.Text(), rand.Text(), oauth2.GenerateVerifier()
	to, err := provider.Begin(r.Context(), a.Attempt, hint)
	if err != nil {
		return s.upstreamProblem(err)
	}
	if err := s.setAttempt(w, a); err != nil {
		return err
	}
	// Not a redirect: browsers hold those after a form to the page's form-action.
	return s.show(w, http.StatusOK, "leaving", page{Title: "One moment", Refresh: to, Content: host(to)})
}

func host(address string) string {
	if u, err := url.Parse(address); err == nil {
		return u.Host
	}
	return ""
}

func (s *Site) setAttempt(w http.ResponseWriter, a attempt) error {
	text, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("encoding an attempt: %w", err)
	}
	s.setSealed(w, attemptCookie, text)
	return nil
}

// setSealed gives the browser a cookie that it cannot read, until it is closed.
func (s *Site) setSealed(w http.ResponseWriter, name string, text []byte) {
	http.SetCookie(w, s.cookie(name, base64.RawURLEncoding.EncodeToString(s.Attempts.Seal(text, name))))
}

func (s *Site) cookie(name, value string) *http.Cookie {
	c := &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.Cookies.Secure}
	if s.Cookies.Secure {
		c.Name = "__Host-" + name
	}
	return c
}

// takeSealed returns what such a cookie holds, and takes it from the browser.
func (s *Site) takeSealed(w http.ResponseWriter, r *http.Request, name string) ([]byte, error) {
	cookie, err := r.Cookie(s.cookie(name, "").Name)
	if err != nil {
		return nil, session.ErrDead
	}
	gone := s.cookie(name, "")
	gone.MaxAge = -1
	http.SetCookie(w, gone)
	sealed, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	if err != nil {
		return nil, session.ErrDead
	}
	text, err := s.Attempts.Open(sealed, name)
	if err != nil {
		return nil, session.ErrDead
	}
	return text, nil
}

func (s *Site) finishAmazon(w http.ResponseWriter, r *http.Request) error {
	if s.Amazon == nil {
		return errNoAmazon
	}
	a, v, err := s.takeAttempt(w, r, amazonCallback)
	if err != nil {
		return err
	}
	return s.finishAt(w, r, v, s.Amazon, a, chime.ByAmazon)
}

func (s *Site) finishProvider(w http.ResponseWriter, r *http.Request) error {
	a, v, err := s.takeAttempt(w, r, providerCallback)
	if err != nil {
		return err
	}
	var p *chime.Provider
	err = s.Store.View(r.Context(), func(tx chime.Tx) error {
		p, err = tx.Provider(r.Context(), a.Account)
		return err
	})
	if err != nil {
		return err
	}
	if p == nil {
		return session.ErrDead
	}
	provider, err := s.provider(*p)
	if err != nil {
		return err
	}
	return s.finishAt(w, r, v, provider, a, chime.ByProvider)
}

// takeAttempt returns the attempt that the browser comes back from, and its login:
// begun by this browser, not long ago, and named by the state that comes back.
func (s *Site) takeAttempt(w http.ResponseWriter, r *http.Request, callback string) (a attempt, v visit, err error) {
	text, err := s.takeSealed(w, r, attemptCookie)
	if err != nil {
		return a, v, err
	}
	if err := json.Unmarshal(text, &a); err != nil {
		return a, v, fmt.Errorf("decoding an attempt: %w", err)
	}
	state := r.URL.Query().Get("state")
	if !s.Now().Before(a.Expires) || a.RedirectURI != s.PublicURL+callback || subtle.ConstantTimeCompare([]byte(state), []byte(a.State)) != 1 {
		return a, v, session.ErrDead
	}
	v, err = s.resume(r.Context(), s.Cookies.LoginOf(r, a.Login))
	return a, v, err
}

// finishAt takes what the provider vouches for as the proof of the login.
func (s *Site) finishAt(w http.ResponseWriter, r *http.Request, v visit, provider upstream.Provider, a attempt, method chime.Method) error {
	query := r.URL.Query()
	if query.Get("code") == "" {
		return &problem{http.StatusForbidden, "You were not signed in", "The sign-in page that you came from did not let you in, or you left it. Begin again where you came from."}
	}
	identity, err := provider.Finish(r.Context(), a.Attempt, query.Get("code"), query.Get("iss"))
	if err != nil {
		return s.upstreamProblem(err)
	}
	proof := chime.Proof{
		Method: method, Email: identity.Email, Name: identity.Name, Groups: identity.Groups,
		Upstream: &chime.Upstream{
			Issuer: identity.Issuer, Subject: identity.Subject, SID: identity.SID, Account: a.Account,
			SealedToken: s.sealToken(identity.Issuer, identity.Subject, identity.Token),
		},
	}
	if err := s.Sessions.Prove(r.Context(), v.cookie, proof); err != nil {
		return err
	}
	return s.finish(w, r, v, "")
}

func (s *Site) sealToken(issuer, subject, token string) []byte {
	if token == "" {
		return nil
	}
	return s.Tokens.Seal([]byte(token), issuer, subject)
}

// upstreamProblem tells the person what the provider did, and the operator why.
func (s *Site) upstreamProblem(err error) error {
	s.Logger.Warn("signing somebody in elsewhere", "error", err)
	if errors.Is(err, upstream.ErrRefused) {
		return &problem{http.StatusForbidden, "You were not signed in", "Your organization's sign-in page did not vouch for you. Begin again, or ask your administrator."}
	}
	return &problem{http.StatusBadGateway, "The other sign-in page does not answer", "Please try again in a moment, or ask your administrator."}
}

// upstreamLogout is where the OpenID provider of an account says that somebody was
// signed out there (OpenID Connect Back-Channel Logout 1.0, section 2.5).
func (s *Site) upstreamLogout(w http.ResponseWriter, r *http.Request) error {
	account, err := url.PathUnescape(r.PathValue("account"))
	if err != nil {
		return badLogout(w)
	}
	var p *chime.Provider
	err = s.Store.View(r.Context(), func(tx chime.Tx) error {
		p, err = tx.Provider(r.Context(), chime.AccountID(account))
		return err
	})
	if err != nil {
		return err
	}
	if p == nil {
		return badLogout(w)
	}
	registration, err := s.registration(*p)
	if err != nil {
		return err
	}
	err = s.OpenID.LoggedOut(r.Context(), registration, r.PostFormValue("logout_token"), func(subject, sid string) error {
		_, err := s.Sessions.EndUpstream(r.Context(), p.Issuer, subject, sid)
		return err
	})
	if errors.Is(err, upstream.ErrRefused) {
		s.Logger.Warn("a logout token was refused", "account", account, "error", err)
		return badLogout(w)
	}
	if err != nil { // it tries again
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	return nil
}

func badLogout(w http.ResponseWriter) error {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusBadRequest)
	_, _ = w.Write([]byte(`{"error":"invalid_request"}`))
	return nil
}
