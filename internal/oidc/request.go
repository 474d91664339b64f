package oidc

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/session"
	"github.com/carillon-id/carillon/internal/signing"
)

// The values of prompt. There is no page on which a person consents, or chooses
// among accounts: signing in anew, on a page that names the app, is both.
const (
	promptNone          = "none"
	promptLogin         = "login"
	promptConsent       = "consent"
	promptSelectAccount = "select_account"
)

// authorizeParameters are those that are read. Others are ignored (RFC 6749,
// section 3.1), among them those that OpenID Connect lets a provider ignore.
var authorizeParameters = []string{
	"response_type", "response_mode", "scope", "state", "nonce", "code_challenge", "code_challenge_method",
	"prompt", "max_age", "login_hint", "id_token_hint", "request", "request_uri", "registration",
}

// request is an authorization request that was found right. Its JSON is what a
// login in progress is for.
type request struct {
	Client      chime.ClientID `json:"client"`
	App         string         `json:"app"` // its name, for people
	RedirectURI string         `json:"redirect_uri"`
	Scope       string         `json:"scope"`
	State       string         `json:"state,omitempty"`
	Nonce       string         `json:"nonce,omitempty"`
	Challenge   string         `json:"code_challenge"`
	LoginHint   string         `json:"login_hint,omitempty"`
	// Subject is who has to sign in, by the id_token_hint; "" for anybody.
	Subject chime.UserID `json:"subject,omitempty"`

	// The rest decides whether there has to be a login at all.
	prompts []string
	maxAge  time.Duration
	aged    bool // max_age was sent
}

func (q *request) target() target { return target{q.RedirectURI, q.State} }

// refusal tells the app by redirect.
func (q *request) refusal(c code, description string) error {
	return &redirected{badRequest(c, description), q.target()}
}

// readRequest makes a request of the parameters. Until the app and the redirect
// URI are proven right, the person is told of what is wrong (a *refusal), and
// afterwards the app is (a *redirected).
func (p *Provider) readRequest(ctx context.Context, form parameters) (*request, error) {
	q, err := p.readTarget(ctx, form)
	if err != nil {
		return nil, err
	}
	if len(form.Values["state"]) == 1 {
		q.State = form.get("state")
	}
	for _, read := range []func(parameters) error{q.readOnce, q.readFlow, q.readScope, q.readPrompt} {
		if err := read(form); err != nil {
			return nil, q.told(err)
		}
	}
	q.Nonce, q.LoginHint = form.get("nonce"), form.get("login_hint")
	if err := p.readHint(ctx, q, form.get("id_token_hint")); err != nil {
		return nil, q.told(err)
	}
	return q, nil
}

// told makes of a refusal one that the app is told by redirect.
func (q *request) told(err error) error {
	var r *refusal
	if errors.As(err, &r) {
		return &redirected{r, q.target()}
	}
	return err
}

// readTarget proves that the redirect URI is one of the app's.
func (p *Provider) readTarget(ctx context.Context, form parameters) (*request, error) {
	if err := form.once("client_id", "redirect_uri"); err != nil {
		return nil, err
	}
	if form.get("client_id") == "" {
		return nil, badRequest(invalidRequest, "client_id is missing")
	}
	app, err := p.app(ctx, chime.ClientID(form.get("client_id")))
	switch {
	case err != nil:
		return nil, err
	case app == nil:
		return nil, badRequest(invalidClient, "no app is registered with this client_id")
	case form.get("redirect_uri") == "":
		return nil, badRequest(invalidRequest, "redirect_uri is missing")
	case !slices.Contains(app.RedirectURIs, form.get("redirect_uri")):
		return nil, badRequest(invalidRequest, "redirect_uri is not one that the app registered; they are compared byte for byte")
	}
	return &request{Client: app.ID, App: app.Name, RedirectURI: form.get("redirect_uri")}, nil
}

func (q *request) readOnce(form parameters) error { return form.once(authorizeParameters...) }

// challengeForm is that of SHA-256 in unpadded base64url (RFC 7636, section 4.2).
var challengeForm = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// readFlow reads what says how the app wants its answer: by the authorization code
// flow with PKCE, in the query.
func (q *request) readFlow(form parameters) error {
	mode, method := form.get("response_mode"), form.get("code_challenge_method")
	switch {
	case form.get("request") != "":
		return badRequest(requestNotSupported, "request objects are not supported: send the parameters")
	case form.get("request_uri") != "":
		return badRequest(requestURINotSupported, "request_uri is not supported: send the parameters")
	case form.get("registration") != "":
		return badRequest(registrationNotSupported, "registration is not supported")
	case form.get("response_type") == "":
		return badRequest(invalidRequest, "response_type is missing")
	case form.get("response_type") != "code":
		return badRequest(unsupportedResponseType, "the only response_type is code")
	case mode != "" && mode != "query":
		return badRequest(invalidRequest, "the only response_mode is query")
	case form.get("code_challenge") == "":
		return badRequest(invalidRequest, "code_challenge is missing: PKCE is required (RFC 7636)")
	case method != "S256":
		return badRequest(invalidRequest, "the only code_challenge_method is S256, and it must be said")
	case !challengeForm.MatchString(form.get("code_challenge")):
		return badRequest(invalidRequest, "code_challenge is not a SHA-256 hash in unpadded base64url")
	}
	q.Challenge = form.get("code_challenge")
	return nil
}

// readScope grants, of what is asked for, what there is (OpenID Connect Core 1.0,
// section 3.1.2.1, has unknown scopes ignored).
func (q *request) readScope(form parameters) error {
	var granted []string
	for scope := range strings.SplitSeq(form.get("scope"), " ") {
		if slices.Contains(supportedScopes(), scope) && !slices.Contains(granted, scope) {
			granted = append(granted, scope)
		}
	}
	if !slices.Contains(granted, scopeOpenID) {
		return badRequest(invalidScope, "the scope must have openid in it")
	}
	q.Scope = strings.Join(granted, " ")
	return nil
}

// readPrompt reads what says whether the person has to sign in anew.
func (q *request) readPrompt(form parameters) error {
	known := []string{promptNone, promptLogin, promptConsent, promptSelectAccount}
	q.prompts = strings.Fields(form.get("prompt"))
	for _, prompt := range q.prompts {
		if !slices.Contains(known, prompt) {
			return badRequest(invalidRequest, "prompt has a value that is not supported")
		}
	}
	if slices.Contains(q.prompts, promptNone) && len(q.prompts) > 1 {
		return badRequest(invalidRequest, "prompt cannot be none and something else")
	}
	age := form.get("max_age")
	if age == "" {
		return nil
	}
	seconds, err := strconv.ParseUint(age, 10, 31)
	if err != nil {
		return badRequest(invalidRequest, "max_age is not a number of seconds")
	}
	q.maxAge, q.aged = time.Duration(seconds)*time.Second, true
	return nil
}

// hint is what an ID token says of whom it was issued for.
type hint struct {
	Issuer   string          `json:"iss"`
	Subject  chime.UserID    `json:"sub"`
	Audience chime.ClientID  `json:"aud"`
	Session  chime.SessionID `json:"sid"`
}

// openHint reads an ID token of ours, expired or not, or returns the refusal.
func (p *Provider) openHint(ctx context.Context, token string) (*hint, error) {
	var h hint
	err := p.Keys.Open(ctx, signing.IDToken, token, &h)
	if errors.Is(err, signing.ErrNotOurs) || err == nil && h.Issuer != p.Issuer {
		return nil, badRequest(invalidRequest, "id_token_hint is not an ID token of this provider")
	}
	if err != nil {
		return nil, err
	}
	return &h, nil
}

// readHint reads who has to sign in.
func (p *Provider) readHint(ctx context.Context, q *request, token string) error {
	if token == "" {
		return nil
	}
	h, err := p.openHint(ctx, token)
	if err != nil {
		return err
	}
	if h.Audience != q.Client {
		return badRequest(invalidRequest, "id_token_hint was issued to another app")
	}
	q.Subject = h.Subject
	return nil
}

// satisfiedBy reports whether the request can be answered for who is signed in,
// without asking them anything.
func (q *request) satisfiedBy(signed *session.Signed, now time.Time) bool {
	if signed == nil || q.Subject != "" && q.Subject != signed.Subject.ID {
		return false
	}
	if q.aged && (q.maxAge == 0 || now.Sub(signed.Session.Created) > q.maxAge) {
		return false
	}
	return len(q.prompts) == 0 || slices.Equal(q.prompts, []string{promptNone})
}

// silent reports whether no page may be shown.
func (q *request) silent() bool { return slices.Contains(q.prompts, promptNone) }
