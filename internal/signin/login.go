package signin

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/session"
)

// purpose is what a login is for, as its pages tell it.
type purpose struct {
	App    string // "" when the person came by themselves
	Hint   string // the address that is expected
	origin string // where it ends
}

// login returns the login in this browser and what it is for. Whoever comes
// without one begins one.
func (s *Site) login(w http.ResponseWriter, r *http.Request) (*chime.Login, purpose, error) {
	cookie := s.Cookies.Login(r)
	login, err := s.Sessions.Resume(r.Context(), cookie)
	if errors.Is(err, session.ErrDead) && r.Method == http.MethodGet && r.URL.Path == Path && (cookie == "" || r.URL.Query().Has("new")) {
		return s.begin(w, r, nil)
	}
	if err != nil {
		return nil, purpose{}, err
	}
	why, err := s.purposeOf(login.Request)
	return login, why, err
}

// begin begins a login in this browser.
func (s *Site) begin(w http.ResponseWriter, r *http.Request, request []byte) (*chime.Login, purpose, error) {
	cookie, err := s.Sessions.Begin(r.Context(), request)
	if err != nil {
		return nil, purpose{}, err
	}
	s.Cookies.SetLogin(w, cookie)
	why, err := s.purposeOf(request)
	return &chime.Login{Request: request}, why, err
}

// invitationPrefix begins the request of a login that an invitation began: no JSON
// does. Its token follows.
const invitationPrefix = "invitation:"

func (s *Site) purposeOf(request []byte) (purpose, error) {
	if len(request) == 0 {
		return purpose{}, nil
	}
	if token, ok := strings.CutPrefix(string(request), invitationPrefix); ok {
		invitation, err := s.Directory.OpenInvitation(token)
		if err != nil {
			return purpose{}, err
		}
		shown, err := s.Directory.ShowInvitation(context.Background(), invitation)
		if err != nil {
			return purpose{}, err
		}
		return purpose{App: shown.AccountName, Hint: shown.Email}, nil
	}
	app, hint, origin, err := s.Apps.Purpose(request)
	return purpose{app, hint, origin}, err
}

// addressForm is the first page.
type addressForm struct {
	purpose
	Email  string
	Amazon bool
}

func (s *Site) addressPage(w http.ResponseWriter, r *http.Request) error {
	_, why, err := s.login(w, r)
	if errors.Is(err, session.ErrDead) { // an old cookie
		_, why, err = s.begin(w, r, nil)
	}
	if err != nil {
		return err
	}
	return s.showAddress(w, http.StatusOK, why, why.Hint, "")
}

func (s *Site) showAddress(w http.ResponseWriter, status int, why purpose, email, problem string) error {
	return s.show(w, status, "address", page{
		Title: "Sign in", Problem: problem, Scripts: []string{"passkeys.js"}, origin: why.origin,
		Content: addressForm{purpose: why, Email: email, Amazon: s.Amazon != nil},
	})
}

// takeAddress goes on by what counts for the address: the provider of its account,
// or a code by mail.
func (s *Site) takeAddress(w http.ResponseWriter, r *http.Request) error {
	_, why, err := s.login(w, r)
	if err != nil {
		return err
	}
	address := strings.TrimSpace(r.PostFormValue("email"))
	methods, err := s.Sessions.Methods(r.Context(), address)
	var refused *session.Refusal
	switch {
	case errors.As(err, &refused):
		return s.showAddress(w, http.StatusBadRequest, why, address, words(refused.Reason))
	case err != nil:
		return err
	case methods.Provider != nil:
		return s.beginProvider(w, r, *methods.Provider, address)
	case !methods.Mail:
		return s.showAddress(w, http.StatusForbidden, why, address, words(directory.NoMethod))
	}
	return s.mail(w, r, address)
}

// mail sends a code to the address, and asks for it. Nobody can tell from the
// answer, nor from the time that it takes, whether anything was sent.
func (s *Site) mail(w http.ResponseWriter, r *http.Request, address string) error {
	code, err := s.Sessions.MailCode(r.Context(), s.Cookies.Login(r), address)
	if err != nil {
		return err
	}
	if code != "" {
		s.sendCode(context.WithoutCancel(r.Context()), address, code)
	}
	return redirect(w, Path+"/code")
}

// sendCodeTimeout bounds the sending of a code.
const sendCodeTimeout = time.Minute

// sendCode sends a code in the background. When too many are on their way already,
// it is lost; the person asks for another.
func (s *Site) sendCode(ctx context.Context, address, code string) {
	select {
	case s.mails <- struct{}{}:
	default:
		s.Logger.Warn("too many codes are being mailed: one was dropped")
		return
	}
	go func() {
		defer func() { <-s.mails }()
		ctx, cancel := context.WithTimeout(ctx, sendCodeTimeout)
		defer cancel()
		if err := s.Codes.Code(ctx, address, code, session.MailedCodeLifetime); err != nil {
			s.Logger.Error("mailing a code", "error", err)
		}
	}()
}

// codeForm is the page that asks for the mailed code.
type codeForm struct {
	purpose
	Email   string
	Minutes int
}

func (s *Site) codePage(w http.ResponseWriter, r *http.Request) error {
	return s.showCode(w, r, http.StatusOK, "")
}

func (s *Site) showCode(w http.ResponseWriter, r *http.Request, status int, problem string) error {
	login, why, err := s.login(w, r)
	if err != nil {
		return err
	}
	if login.Code.Email == "" {
		return redirect(w, Path)
	}
	return s.show(w, status, "code", page{
		Title: "Check your mail", Problem: problem, origin: why.origin,
		Content: codeForm{purpose: why, Email: login.Code.Email, Minutes: int(session.MailedCodeLifetime.Minutes())},
	})
}

func (s *Site) takeCode(w http.ResponseWriter, r *http.Request) error {
	err := s.Sessions.ProveCode(r.Context(), s.Cookies.Login(r), r.PostFormValue("code"))
	var refused *session.Refusal
	if errors.As(err, &refused) {
		switch refused.Reason {
		case directory.CodeWrong, directory.CodeExpired, directory.TooManyAttempts:
			return s.showCode(w, r, http.StatusBadRequest, words(refused.Reason))
		}
	}
	if err != nil {
		return err
	}
	return s.finish(w, r, "")
}

func (s *Site) mailAgain(w http.ResponseWriter, r *http.Request) error {
	login, _, err := s.login(w, r)
	if err != nil {
		return err
	}
	if login.Code.Email == "" {
		return redirect(w, Path)
	}
	return s.mail(w, r, login.Code.Email)
}

func (s *Site) namePage(w http.ResponseWriter, r *http.Request) error {
	return s.showName(w, r, http.StatusOK, "")
}

func (s *Site) showName(w http.ResponseWriter, r *http.Request, status int, problem string) error {
	_, why, err := s.login(w, r)
	if err != nil {
		return err
	}
	return s.show(w, status, "name", page{Title: "Welcome", Problem: problem, origin: why.origin, Content: why})
}

func (s *Site) takeName(w http.ResponseWriter, r *http.Request) error {
	name := strings.TrimSpace(r.PostFormValue("name"))
	if name == "" {
		return s.showName(w, r, http.StatusBadRequest, words(directory.NameMissing))
	}
	return s.finish(w, r, name)
}

// finish signs in whoever was proven, or asks for what is missing, and goes on with
// what the login is for.
func (s *Site) finish(w http.ResponseWriter, r *http.Request, name string) error {
	finished, err := s.Sessions.Finish(r.Context(), s.Cookies.Login(r), name, device(r.UserAgent()))
	var refused *session.Refusal
	if errors.As(err, &refused) {
		switch refused.Reason {
		case directory.NameMissing:
			if name != "" { // it was no name
				return s.showName(w, r, http.StatusBadRequest, words(directory.NameMissing))
			}
			return redirect(w, Path+"/name")
		case directory.AddressMissing:
			return s.askForAddress(w, r)
		}
	}
	if err != nil {
		return err
	}
	s.Cookies.ClearLogin(w)
	s.Cookies.SetSession(w, finished.Cookie, finished.Session.Expires)
	return s.goOn(w, r, &finished.Signed, finished.Request)
}

// askForAddress asks somebody whom Login with Amazon named for an address, which a
// code will prove.
func (s *Site) askForAddress(w http.ResponseWriter, r *http.Request) error {
	_, why, err := s.login(w, r)
	if err != nil {
		return err
	}
	return s.show(w, http.StatusOK, "address", page{
		Title: "Your e-mail address", origin: why.origin,
		Notice:  "This is your first time here with Login with Amazon. Tell us your e-mail address; we will send you a code to make sure that it is yours.",
		Content: addressForm{purpose: why},
	})
}

func (s *Site) goOn(w http.ResponseWriter, r *http.Request, signed *session.Signed, request []byte) error {
	token, invited := strings.CutPrefix(string(request), invitationPrefix)
	switch {
	case len(request) == 0:
		return redirect(w, "/me")
	case invited:
		return s.accept(w, r, signed, token)
	}
	s.Apps.Continue(w, r, signed, request)
	return nil
}

// device is the browser and system that a User-Agent header tells of, for people to
// recognize.
func device(userAgent string) string {
	find := func(otherwise string, names ...string) string {
		for i := 0; i < len(names); i += 2 {
			if strings.Contains(userAgent, names[i]) {
				return names[i+1]
			}
		}
		return otherwise
	}
	browser := find("A browser", "Edg/", "Edge", "OPR/", "Opera", "Firefox/", "Firefox", "Chrome/", "Chrome", "Safari/", "Safari", "curl/", "curl")
	system := find("", "Android", "Android", "iPhone", "iPhone", "iPad", "iPad", "CrOS", "ChromeOS", "Windows", "Windows", "Mac OS X", "macOS", "Linux", "Linux")
	if system == "" {
		return browser
	}
	return browser + " on " + system
}
