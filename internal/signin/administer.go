package signin

import (
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/reqctx"
	"github.com/carillon-id/carillon/internal/session"
)

// How administrators come by the short-lived credentials with which they call the
// API: the console for the session of its browser, and the command line by way of a
// browser (RFC 8252). The tokens of apps are of no use here.

// commandLinePath is where the command line sends a browser.
const commandLinePath = "/me/command-line"

// refusal is an answer to a program, in the form of the API's errors.
type refusal struct {
	status        int
	name          string // as in x-amzn-ErrorType
	Code, Message string
}

func (r *refusal) Error() string { return r.Code + ": " + r.Message }

var (
	errSignedOut = &refusal{
		http.StatusUnauthorized, "UnauthorizedClientException", string(chime.Unauthorized),
		"You are not signed in, or no longer. Sign in again.",
	}
	errNoRole = &refusal{
		http.StatusForbidden, "ForbiddenException", string(chime.Forbidden),
		"You are signed in, and you are no administrator. Ask somebody who is to make you one: carillon admins grant.",
	}
	errLoginOver = &refusal{
		http.StatusBadRequest, "BadRequestException", string(chime.BadRequest),
		"The code is not good, or no longer: it works once, within a minute. Begin again with carillon login.",
	}
)

// issued are credentials as AWS's STS answers them.
type issued struct {
	AccessKeyID     string `json:"AccessKeyId"`
	SecretAccessKey string
	SessionToken    string
	Expiration      string
}

// forProgram tells a program what went wrong.
func (s *Site) forProgram(handle func(http.ResponseWriter, *http.Request) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		private(w.Header())
		err := handle(w, r)
		var told *refusal
		switch {
		case err == nil:
			return nil
		case errors.As(err, &told):
		case errors.Is(err, session.ErrDead):
			told = errSignedOut
		case errors.Is(err, session.ErrNoRole):
			told = errNoRole
		default:
			s.Logger.Error("answering a program", "request_id", reqctx.From(r.Context()).ID, "error", err)
			told = &refusal{
				http.StatusServiceUnavailable, "ServiceUnavailableException", string(chime.ServiceUnavailable), "Try again in a moment.",
			}
			w.Header().Set("Retry-After", "5")
		}
		w.Header().Set("x-amzn-ErrorType", told.name)
		return answerJSON(w, told.status, told)
	}
}

// issueCredentials gives whoever is signed in, in this browser or by the command line,
// credentials for an hour.
func (s *Site) issueCredentials(w http.ResponseWriter, r *http.Request) error {
	if r.Header.Get("Authorization") == "" && s.Cookies.Session(r) == "" {
		w.WriteHeader(http.StatusNoContent) // nobody has signed in to this browser, which is no mistake
		return nil
	}
	signed, err := s.administrator(r)
	if err != nil {
		return err
	}
	key, err := s.Sessions.IssueKey(r.Context(), signed)
	if err != nil {
		return err
	}
	return answerJSON(w, http.StatusOK, issued{key.ID, key.Secret, key.Token, key.Expires.UTC().Format(time.RFC3339)})
}

// administrator returns who asks for credentials.
func (s *Site) administrator(r *http.Request) (*session.Signed, error) {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return s.Sessions.CheckCommandLine(r.Context(), token)
	}
	return s.Sessions.Check(r.Context(), s.Cookies.Session(r))
}

// commandLine is a command line that waits for a code.
type commandLine struct {
	RedirectURI, State, Challenge string
	Name, Account                 string
}

// loopbackForm is where a command line waits: on this machine, at a port of its own.
var loopbackForm = regexp.MustCompile(`^http://127\.0\.0\.1:[0-9]{1,5}/callback$`)

// commandLineOf reads the request of a command line: the code may go to this machine
// alone, and is bound to what the command line keeps for itself (PKCE).
func commandLineOf(values url.Values) (commandLine, error) {
	c := commandLine{RedirectURI: values.Get("redirect_uri"), State: values.Get("state"), Challenge: values.Get("code_challenge")}
	if !loopbackForm.MatchString(c.RedirectURI) || values.Get("code_challenge_method") != "S256" || len(c.Challenge) != 43 ||
		c.State == "" || len(c.State) > 128 {
		return c, &problem{http.StatusBadRequest, "This did not work", "This address was not made by carillon login. Begin again there."}
	}
	return c, nil
}

// commandLinePage asks whether the command line may act for the person.
func (s *Site) commandLinePage(w http.ResponseWriter, r *http.Request) error {
	c, err := commandLineOf(r.URL.Query())
	if err != nil {
		return err
	}
	signed, err := s.maybeSigned(r)
	if err != nil {
		return err
	}
	if signed == nil {
		return redirect(w, Path+"?"+url.Values{nextParam: {r.URL.RequestURI()}}.Encode())
	}
	if signed.Subject.Member == nil || signed.Subject.Member.Role == "" {
		return &problem{http.StatusForbidden, "You are no administrator", errNoRole.Message}
	}
	c.Name, c.Account = signed.Subject.Email, signed.Subject.Account.Name
	return s.show(w, http.StatusOK, "commandline", page{Title: "Sign in on the command line", Content: c, visit: visit{purpose: purpose{scheme: c.origin()}}})
}

// origin is where the code goes, for the policy of the page.
func (c commandLine) origin() string {
	origin, _ := strings.CutSuffix(c.RedirectURI, "/callback")
	return origin
}

// confirmCommandLine sends the code to the command line. The form is same-origin, so
// that nobody but the person can send it.
func (s *Site) confirmCommandLine(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return &problem{http.StatusBadRequest, "This did not work", "The form could not be read."}
	}
	c, err := commandLineOf(r.PostForm)
	if err != nil {
		return err
	}
	answer := url.Values{"state": {c.State}, "error": {"access_denied"}}
	if r.PostForm.Get("answer") == "yes" {
		signed, err := s.signed(r)
		if err != nil {
			return err
		}
		code, err := s.Sessions.IssueCommandLineCode(r.Context(), signed, chime.CodeRequest{RedirectURI: c.RedirectURI, Challenge: c.Challenge})
		if errors.Is(err, session.ErrNoRole) {
			return &problem{http.StatusForbidden, "You are no administrator", errNoRole.Message}
		}
		if err != nil {
			return err
		}
		answer = url.Values{"state": {c.State}, "code": {code}}
	}
	return redirect(w, c.RedirectURI+"?"+answer.Encode())
}

// redeemCommandLine gives the command line, for its code, what it asks for credentials
// with while the session lives.
func (s *Site) redeemCommandLine(w http.ResponseWriter, r *http.Request) error {
	token, err := s.Sessions.RedeemCommandLine(r.Context(), r.PostFormValue("code"), r.PostFormValue("redirect_uri"), r.PostFormValue("code_verifier"))
	if errors.Is(err, session.ErrDead) {
		return errLoginOver
	}
	if err != nil {
		return err
	}
	return answerJSON(w, http.StatusOK, map[string]string{"Token": token})
}

// nextParam is the parameter of the first page that says where somebody is to come
// back to when they are signed in.
const nextParam = "next"

// nextPrefix begins the request of a login that is to end on a page of this site: no
// JSON does.
const nextPrefix = "next:"

// nextForm is the address of a page of the console, or of one's own pages: printable
// ASCII without what browsers take for a slash or cut off.
var nextForm = regexp.MustCompile(`^/(admin/|me$|me[/?])[!-\[\]-~]*$`)

// dotSegment is a segment with which a browser would go up to other pages.
var dotSegment = regexp.MustCompile(`(?i)/(\.|%2e){1,2}(/|$)`)

// localNext returns the address of a page of the console or of one's own pages; "" for
// any other, so that nobody is led elsewhere from here.
func localNext(next string) string {
	const longest = 2000
	path := next
	if end := strings.IndexAny(next, "?#"); end >= 0 {
		path = next[:end]
	}
	if len(next) > longest || !nextForm.MatchString(next) || dotSegment.MatchString(path) {
		return ""
	}
	return next
}
