// Package signin is what people see: the pages on which they sign in, accept an
// invitation, and look after their own sessions. It owns these pages and the
// browser's part of each way to sign in, and no rule: what a proof is worth, and
// what is alive, packages directory and session decide.
//
// The pages need no JavaScript, but for passkeys, which are made of it.
package signin

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/reqctx"
	"github.com/carillon-id/carillon/internal/session"
	"github.com/carillon-id/carillon/internal/upstream"
	"github.com/carillon-id/carillon/internal/web"
)

// Path is where a browser is sent to sign in, with the cookie of a login.
const Path = "/signin"

// Apps goes on with the request of an app once somebody is signed in (package oidc).
type Apps interface {
	// Purpose reads what a login was begun for; scheme is that of a native app.
	Purpose(request []byte) (app, loginHint, scheme string, err error)
	// Continue answers the app's request.
	Continue(w http.ResponseWriter, r *http.Request, signed *session.Signed, request []byte)
}

// Codes sends one-time codes.
type Codes interface {
	Code(ctx context.Context, to, code string, lifetime time.Duration) error
}

// Sealer keeps from browsers what they have to carry, and from the database what
// must be given to others again.
type Sealer interface {
	Seal(plaintext []byte, additionalData ...string) []byte
	Open(sealed []byte, additionalData ...string) ([]byte, error)
}

// Config is what the pages work with. All is required but Amazon.
type Config struct {
	// PublicURL is where people reach the installation, without a closing slash.
	PublicURL string
	Store     chime.Store
	Sessions  *session.Service
	Directory *directory.Directory
	Cookies   session.Cookies
	Apps      Apps
	Codes     Codes
	// MailFolder says that mail goes into a folder of the server's, which the page that
	// asks for a code then says.
	MailFolder bool
	// Amazon is Login with Amazon; nil when it is not configured.
	Amazon upstream.Provider
	OpenID *upstream.OpenID
	// Attempts seals what a browser carries through a sign-in elsewhere, and Tokens the
	// refresh tokens of providers.
	Attempts, Tokens Sealer
	Logger           *slog.Logger
	Now              func() time.Time
}

// Site is the set of pages. It is safe for concurrent use.
type Site struct {
	Config
	passkeys   *webauthn.WebAuthn
	sameOrigin *http.CrossOriginProtection
	mails      chan struct{} // holds a token for each code that is being sent
}

// maxMails bounds the codes that are sent at a time.
const maxMails = 64

// New returns the pages. The error is for a PublicURL that is not that of an origin.
func New(c Config) (*Site, error) {
	public, err := url.Parse(c.PublicURL)
	if err != nil || public.Host == "" || public.Path != "" || public.Scheme != "https" && public.Scheme != "http" {
		return nil, fmt.Errorf("the public URL %q is not that of an origin, such as https://id.example.com", c.PublicURL)
	}
	s := &Site{Config: c, sameOrigin: http.NewCrossOriginProtection(), mails: make(chan struct{}, maxMails)}
	if err := s.sameOrigin.AddTrustedOrigin(public.Scheme + "://" + public.Host); err != nil {
		return nil, fmt.Errorf("the public URL %q: %w", c.PublicURL, err)
	}
	s.passkeys, err = webauthn.New(&webauthn.Config{
		RPID: public.Hostname(), RPDisplayName: "Carillon", RPOrigins: []string{public.Scheme + "://" + public.Host},
	})
	if err != nil {
		return nil, fmt.Errorf("the public URL %q cannot have passkeys: %w", c.PublicURL, err)
	}
	return s, nil
}

// route is a page, or what its forms are sent to.
type route struct {
	pattern   string
	operation string // for the access log and the metrics
	handle    web.Handler
}

func (s *Site) routes() []route {
	return []route{
		{"GET /signin", "SignInPage", s.addressPage},
		{"POST /signin", "SignInAddress", s.takeAddress},
		{"GET /signin/code", "SignInCodePage", s.codePage},
		{"POST /signin/code", "SignInCode", s.takeCode},
		{"GET /signin/code/again", "SignInCodeAgainPage", s.codeAgainPage},
		{"POST /signin/code/again", "SignInCodeAgain", s.mailAgain},
		{"GET /signin/name", "SignInNamePage", s.namePage},
		{"POST /signin/name", "SignInName", s.takeName},
		{"POST /signin/amazon", "SignInAmazon", s.beginAmazon},
		{"GET " + amazonCallback, "SignInAmazonCallback", s.finishAmazon},
		{"GET " + providerCallback, "SignInProviderCallback", s.finishProvider},
		{"POST /signin/passkey/begin", "SignInPasskeyBegin", s.forScript(s.beginPasskey)},
		{"POST /signin/passkey", "SignInPasskey", s.forScript(s.takePasskey)},
		{"GET /signin/refused", "SignInRefusedPage", s.refusedPage},
		{"POST /signin/finish", "SignInFinish", s.finishProven},
		{"GET /invitations", "InvitationPage", s.invitationPage},
		{"POST /invitations", "AcceptInvitation", s.acceptInvitation},
		{"GET /me", "MySignInsPage", s.mePage},
		{"GET /me/signed-out", "SignedOutPage", s.signedOutPage},
		{"POST /me/end", "EndSession", s.endSession},
		{"POST /me/end-all", "EndAllSessions", s.endAll},
		{"POST /me/sign-out", "SignOutHere", s.signOutHere},
		{"POST /me/passkeys/begin", "AddPasskeyBegin", s.forScript(s.beginNewPasskey)},
		{"POST /me/passkeys", "AddPasskey", s.forScript(s.addPasskey)},
		{"POST /me/passkeys/delete", "DeletePasskey", s.deletePasskey},
		{"POST /admin/credentials", "IssueCredentials", s.forProgram(s.issueCredentials)},
		{"GET " + commandLinePath, "CommandLinePage", s.commandLinePage},
		{"POST " + commandLinePath, "ConfirmCommandLine", s.confirmCommandLine},
		{"POST " + commandLinePath + "/token", "RedeemCommandLine", s.forProgram(s.redeemCommandLine)},
		{"POST " + backchannelPath + "{account}", "UpstreamLogout", s.upstreamLogout},
		{"GET /signin/static/{file}", "SignInStatic", s.static},
		{"/signin/", "SignInNothing", s.nothing},
		{"/me/", "MySignInsNothing", s.nothing},
		{"/invitations/", "InvitationNothing", s.nothing},
	}
}

// Register adds the pages to the mux.
func (s *Site) Register(mux *http.ServeMux) {
	for _, r := range s.routes() {
		handle := web.Adapt(s.guard(r), s.writeError)
		mux.HandleFunc(r.pattern, func(w http.ResponseWriter, request *http.Request) {
			reqctx.From(request.Context()).Operation = r.operation
			handle.ServeHTTP(w, request)
		})
	}
}

// guard refuses forms that other sites send, but for what providers send.
func (s *Site) guard(r route) web.Handler {
	if r.operation == "UpstreamLogout" {
		return r.handle
	}
	return func(w http.ResponseWriter, request *http.Request) error {
		if err := s.sameOrigin.Check(request); err != nil {
			return &problem{http.StatusForbidden, "Nothing was done", "Another site asked for this in your name."}
		}
		return r.handle(w, request)
	}
}
