package signin

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/reqctx"
	"github.com/carillon-id/carillon/internal/session"
)

// purpose is what a login is for, as its pages tell it.
type purpose struct {
	App    string // "" when the person came by themselves
	Hint   string // the address that is expected
	scheme string // of a native app in which it ends
}

// visit is a request to a page of a login: the login, which is alive and of this
// browser, and what it is for.
type visit struct {
	*chime.Login
	purpose
	cookie string
}

// at returns the address of a page of the same login.
func (v visit) at(path string) string { return session.LoginAddress(path, v.cookie) }

// problemParam is the parameter with what was wrong with the form that was sent. The
// answer to a form is always another page's address: going back to an answer would
// have the browser ask whether to send the form again.
const problemParam = "problem"

// wrong goes back to a page, which says what was wrong.
func (v visit) wrong(w http.ResponseWriter, path string, reason directory.Reason, more ...string) error {
	query := url.Values{problemParam: {string(reason)}}
	for i := 0; i+1 < len(more); i += 2 {
		query.Set(more[i], more[i+1])
	}
	return redirect(w, v.at(path)+"&"+query.Encode())
}

// problemOf returns the words for what was wrong, of the reasons that the page knows.
func problemOf(r *http.Request, known ...directory.Reason) string {
	if reason := directory.Reason(r.URL.Query().Get(problemParam)); slices.Contains(known, reason) {
		return words(reason)
	}
	return ""
}

func (v visit) page(title string) page { return page{Title: title, visit: v} }

// visit returns the login of the request. It returns session.ErrDead for one that is
// over, or another browser's.
func (s *Site) visit(r *http.Request) (visit, error) {
	return s.resume(r.Context(), s.Cookies.Login(r))
}

func (s *Site) resume(ctx context.Context, cookie string) (visit, error) {
	login, err := s.Sessions.Resume(ctx, cookie)
	if err != nil {
		return visit{}, err
	}
	why, err := s.purposeOf(ctx, login.Request)
	return visit{login, why, cookie}, err
}

// begin begins a login in this browser.
func (s *Site) begin(w http.ResponseWriter, r *http.Request, request []byte) (visit, error) {
	cookie, err := s.Sessions.Begin(r.Context(), request)
	if err != nil {
		return visit{}, err
	}
	s.Cookies.SetLogin(w, r, cookie)
	return s.resume(r.Context(), cookie)
}

// invitationPrefix begins the request of a login that an invitation began: no JSON
// does. Its token follows.
const invitationPrefix = "invitation:"

func (s *Site) purposeOf(ctx context.Context, request []byte) (purpose, error) {
	if len(request) == 0 {
		return purpose{}, nil
	}
	if token, ok := strings.CutPrefix(string(request), invitationPrefix); ok {
		invitation, err := s.Directory.OpenInvitation(token)
		if err != nil {
			return purpose{}, err
		}
		shown, err := s.Directory.ShowInvitation(ctx, invitation)
		if err != nil {
			return purpose{}, err
		}
		return purpose{App: shown.AccountName, Hint: shown.Email}, nil
	}
	if next, ok := strings.CutPrefix(string(request), nextPrefix); ok {
		if strings.HasPrefix(next, "/admin/") {
			return purpose{App: "the console"}, nil
		}
		return purpose{}, nil
	}
	app, hint, scheme, err := s.Apps.Purpose(request)
	return purpose{app, hint, scheme}, err
}

// addressForm is the first page.
type addressForm struct {
	purpose
	Email string
	// Others says that there are other ways than an address; Amazon, that Login with
	// Amazon is one.
	Others, Amazon bool
}

// addressPage asks for an address: in the login that the request names, or in a new
// one for whoever comes by themselves.
func (s *Site) addressPage(w http.ResponseWriter, r *http.Request) error {
	if !r.URL.Query().Has(session.LoginParam) {
		return s.comesAlone(w, r)
	}
	v, err := s.visit(r)
	if err != nil {
		return err
	}
	return s.showAddress(w, v, cmp.Or(r.URL.Query().Get("email"), v.Hint), problemOf(r, directory.AddressInvalid, directory.NoMethod, directory.TooManyHere))
}

func (s *Site) comesAlone(w http.ResponseWriter, r *http.Request) error {
	signed, err := s.maybeSigned(r)
	if err != nil {
		return err
	}
	next := localNext(r.URL.Query().Get(nextParam))
	if signed != nil {
		return redirect(w, cmp.Or(next, "/me"))
	}
	var request []byte
	if next != "" {
		request = []byte(nextPrefix + next)
	}
	v, err := s.begin(w, r, request)
	if err != nil {
		return err
	}
	return s.showAddress(w, v, "", "")
}

func (s *Site) showAddress(w http.ResponseWriter, v visit, email, problem string) error {
	p := v.page("Sign in")
	p.Problem, p.Scripts = problem, []string{"passkeys.js"}
	form := addressForm{purpose: v.purpose, Email: email, Others: true, Amazon: s.Amazon != nil}
	if v.Proof.Method == chime.ByAmazon && v.Proof.At.IsZero() { // who it is, a code will say
		p.Title, form.Others = "Your e-mail address", false
		p.Notice = "This is your first time here with Login with Amazon. Tell us your e-mail address; we will send you a code to make sure that it is yours."
	}
	p.Content = form
	return s.show(w, http.StatusOK, "address", p)
}

// takeAddress goes on by what counts for the address: the provider of its account,
// or a code by mail.
func (s *Site) takeAddress(w http.ResponseWriter, r *http.Request) error {
	v, err := s.visit(r)
	if err != nil {
		return err
	}
	address := strings.TrimSpace(r.PostFormValue("email"))
	methods, err := s.Sessions.Methods(r.Context(), address)
	var refused *session.Refusal
	switch {
	case errors.As(err, &refused):
		return v.wrong(w, Path, refused.Reason, "email", address)
	case err != nil:
		return err
	case methods.Provider != nil:
		return s.beginProvider(w, r, v, *methods.Provider, address)
	case !methods.Mail:
		return v.wrong(w, Path, directory.NoMethod, "email", address)
	}
	return s.mail(w, r, v, address, "/code", "")
}

// mail sends a code to the address, and goes on to the page that asks for it, or
// back. Nobody can tell from the answer, nor from the time that it takes, whether
// anything was sent.
func (s *Site) mail(w http.ResponseWriter, r *http.Request, v visit, address, next, back string) error {
	code, err := s.Sessions.MailCode(r.Context(), v.cookie, address)
	var refused *session.Refusal
	if errors.As(err, &refused) && refused.Reason == directory.TooManyHere {
		s.tooMany(r)
		return v.wrong(w, Path+back, refused.Reason, "email", address)
	}
	if err != nil {
		return err
	}
	if code != "" {
		s.sendCode(context.WithoutCancel(r.Context()), address, code)
	}
	return redirect(w, v.at(Path+next))
}

// tooMany tells the operator, who may have a proxy that has to be trusted.
func (s *Site) tooMany(r *http.Request) {
	s.Logger.Warn("too many codes from one client; if that is a proxy of yours, name it in --trusted-proxies",
		"client", reqctx.From(r.Context()).ClientAddr)
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
	Email   string
	Minutes int
	Folder  bool // the mail is in a folder of the server's
}

func (s *Site) codePage(w http.ResponseWriter, r *http.Request) error {
	return s.showCode(w, r, "")
}

// codeAgainPage is the same page after another code was mailed.
func (s *Site) codeAgainPage(w http.ResponseWriter, r *http.Request) error {
	return s.showCode(w, r, "We have sent another code. Only the newest is good.")
}

func (s *Site) showCode(w http.ResponseWriter, r *http.Request, notice string) error {
	v, err := s.visit(r)
	if err != nil {
		return err
	}
	switch {
	case v.Code.Email == "":
		return redirect(w, v.at(Path))
	case !v.Code.Used.IsZero() && !v.Proof.At.IsZero(): // they came back from the next page
		return redirect(w, v.at(Path+"/name"))
	}
	p := v.page("Check your mail")
	p.Notice, p.Problem = notice, problemOf(r, directory.CodeWrong, directory.CodeExpired, directory.TooManyAttempts, directory.TooManyHere)
	p.Content = codeForm{v.Code.Email, int(session.MailedCodeLifetime.Minutes()), s.MailFolder}
	return s.show(w, http.StatusOK, "code", p)
}

func (s *Site) takeCode(w http.ResponseWriter, r *http.Request) error {
	v, err := s.visit(r)
	if err != nil {
		return err
	}
	if !v.Proof.At.IsZero() { // it was sent twice
		return s.finish(w, r, v, "")
	}
	err = s.Sessions.ProveCode(r.Context(), v.cookie, r.PostFormValue("code"))
	var refused *session.Refusal
	if errors.As(err, &refused) {
		switch refused.Reason {
		case directory.TooManyHere:
			s.tooMany(r)
			return v.wrong(w, Path+"/code", refused.Reason)
		case directory.CodeWrong, directory.CodeExpired, directory.TooManyAttempts:
			return v.wrong(w, Path+"/code", refused.Reason)
		}
	}
	if err != nil {
		return err
	}
	return s.finish(w, r, v, "")
}

func (s *Site) mailAgain(w http.ResponseWriter, r *http.Request) error {
	v, err := s.visit(r)
	if err != nil {
		return err
	}
	if v.Code.Email == "" {
		return redirect(w, v.at(Path))
	}
	return s.mail(w, r, v, v.Code.Email, "/code/again", "/code")
}

func (s *Site) namePage(w http.ResponseWriter, r *http.Request) error {
	v, err := s.visit(r)
	if err != nil {
		return err
	}
	if v.Proof.At.IsZero() {
		return redirect(w, v.at(Path))
	}
	p := v.page("Welcome")
	p.Problem = problemOf(r, directory.NameMissing, nameInvalid)
	return s.show(w, http.StatusOK, "name", p)
}

func (s *Site) takeName(w http.ResponseWriter, r *http.Request) error {
	v, err := s.visit(r)
	if err != nil {
		return err
	}
	name := strings.TrimSpace(r.PostFormValue("name"))
	if name == "" {
		return v.wrong(w, Path+"/name", directory.NameMissing)
	}
	return s.finish(w, r, v, name)
}

// finish signs in whoever was proven, or asks for what is missing, and goes on with
// what the login is for.
func (s *Site) finish(w http.ResponseWriter, r *http.Request, v visit, name string) error {
	finished, err := s.Sessions.Finish(r.Context(), v.cookie, name, device(r.UserAgent()))
	var refused *session.Refusal
	if errors.As(err, &refused) {
		switch refused.Reason {
		case directory.NameMissing:
			if name != "" { // it was no name
				return v.wrong(w, Path+"/name", nameInvalid)
			}
			return redirect(w, v.at(Path+"/name"))
		case directory.AddressMissing:
			return redirect(w, v.at(Path))
		}
	}
	if err != nil {
		return err
	}
	s.Cookies.ClearLogin(w, v.ID)
	s.Cookies.SetSession(w, finished.Cookie, finished.Session.Expires)
	if err := s.Sessions.Supersede(r.Context(), s.Cookies.Session(r), &finished.Signed); err != nil {
		return err
	}
	return s.goOn(w, r, &finished.Signed, finished.Request)
}

func (s *Site) goOn(w http.ResponseWriter, r *http.Request, signed *session.Signed, request []byte) error {
	token, invited := strings.CutPrefix(string(request), invitationPrefix)
	next, local := strings.CutPrefix(string(request), nextPrefix)
	switch {
	case local:
		return redirect(w, cmp.Or(localNext(next), "/me"))
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
