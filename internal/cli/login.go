package cli

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

const (
	// loginPatience is how long a browser has to come back with an answer.
	loginPatience = 15 * time.Minute
	// renewBefore is how long before their end credentials are renewed.
	renewBefore = 5 * time.Minute
	// serverPatience is how long the server has for an answer, of maxAnswer at most.
	serverPatience = 30 * time.Second
	maxAnswer      = 64 << 10
)

func (e Env) login() *cobra.Command {
	cmd := &cobra.Command{
		Use: "login", Args: cobra.NoArgs,
		Short: "Sign in by way of a browser, as an administrator, for the AWS CLI and SDKs",
		Long: `Opens a browser in which you sign in, and say that the command line may act as you
(RFC 8252). What it gets is kept in a file that you alone can read, and works until you
sign out. With --profile a profile is added to the configuration of the AWS CLI, which
then asks this command for credentials that live for an hour:

  carillon login --endpoint https://id.example.com --profile carillon
  aws --profile carillon chime list-accounts`,
	}
	f := cmd.Flags()
	endpoint := f.String("endpoint", "http://localhost:8420", "where the server is, as in its --public-url")
	name := f.String("name", "default", "what the login is called, if you have several")
	profile := f.String("profile", "", "add a profile of this name to the configuration of the AWS CLI")
	noBrowser := f.Bool("no-browser", false, "only print the address; open it on this computer")
	process := f.Bool("credential-process", false, "print credentials, as the AWS CLI and SDKs ask a credential_process for them")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		store, err := e.loginStore(*name)
		if err != nil {
			return err
		}
		if *process {
			return e.credentialProcess(cmd.Context(), store)
		}
		at, err := parseEndpoint(*endpoint)
		if err != nil {
			return err
		}
		config, err := e.awsProfile(*profile, *name, at)
		if err != nil {
			return err
		}
		if err := e.signIn(cmd.Context(), at, store, *noBrowser); err != nil {
			return err
		}
		return e.printLogin(*profile, config)
	}
	return cmd
}

func parseEndpoint(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", fmt.Errorf("--endpoint %q: say scheme and host alone, such as https://id.example.com", text)
	}
	return u.Scheme + "://" + u.Host, nil
}

// printLogin says what was done, and what to do with it.
func (e Env) printLogin(profile string, config *awsProfile) error {
	if config == nil {
		_, err := fmt.Fprintln(e.Stdout, "Signed in. For the AWS CLI and SDKs: carillon login --profile NAME, or credential_process = carillon login --credential-process")
		return err
	}
	if err := config.write(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(e.Stdout, "Signed in. The profile is in %s: aws --profile %s chime list-accounts\n", config.file, profile)
	return err
}

// signIn has the person sign in in a browser, and keeps what comes of it.
func (e Env) signIn(ctx context.Context, endpoint string, store loginStore, noBrowser bool) error {
	ctx, cancel := context.WithTimeout(ctx, loginPatience)
	defer cancel()
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("waiting for the browser: %w", err)
	}
	attempt := newAttempt(endpoint, listener.Addr().String())
	server := &http.Server{Handler: attempt, ReadHeaderTimeout: serverPatience}
	go func() { _ = server.Serve(listener) }() // until it is closed
	defer func() { _ = server.Shutdown(context.WithoutCancel(ctx)) }()
	fmt.Fprintf(e.Stderr, "Sign in with a browser on this computer, at:\n\n  %s\n\n", attempt.address())
	if !noBrowser && e.OpenBrowser != nil {
		if err := e.OpenBrowser(context.WithoutCancel(ctx), attempt.address()); err != nil {
			fmt.Fprintln(e.Stderr, "No browser could be opened: open the address yourself.")
		}
	}
	code, err := attempt.wait(ctx)
	if err != nil {
		return err
	}
	var redeemed struct{ Token string }
	form := url.Values{"code": {code}, "redirect_uri": {attempt.redirectURI}, "code_verifier": {attempt.verifier}}
	if err := e.ask(ctx, endpoint+"/me/command-line/token", "", form, &redeemed); err != nil {
		return err
	}
	login := storedLogin{Endpoint: endpoint, Token: redeemed.Token}
	if err := e.renew(ctx, &login); err != nil {
		return err
	}
	return store.write(login)
}

// attempt is a sign-in by way of a browser: it is the server to which the browser
// comes back, and answers once.
type attempt struct {
	endpoint, redirectURI, state, verifier string
	answers                                chan loginAnswer
}

type loginAnswer struct {
	code string
	err  error
}

func newAttempt(endpoint, listen string) *attempt {
	return &attempt{
		endpoint: endpoint, redirectURI: "http://" + listen + "/callback", state: randomText(), verifier: randomText(),
		answers: make(chan loginAnswer, 1),
	}
}

// randomText returns 256 random bits, in unpadded base64url.
func randomText() string {
	var bits [32]byte
	_, _ = rand.Read(bits[:]) // it never fails
	return base64.RawURLEncoding.EncodeToString(bits[:])
}

// address is where the browser begins.
func (a *attempt) address() string {
	sum := sha256.Sum256([]byte(a.verifier))
	return a.endpoint + "/me/command-line?" + url.Values{
		"redirect_uri": {a.redirectURI}, "state": {a.state}, "code_challenge_method": {"S256"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])},
	}.Encode()
}

// ServeHTTP takes the answer that the browser brings. Who does not know the state is
// somebody else, and changes nothing.
func (a *attempt) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if r.URL.Path != "/callback" || subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(a.state)) != 1 {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintln(w, "This is not the answer that carillon login waits for.")
		return
	}
	answer := loginAnswer{code: query.Get("code")}
	if answer.code == "" {
		answer.err = errors.New("you said no in the browser: nothing was done")
		fmt.Fprintln(w, "Nothing was done. You can close this page.")
	} else {
		fmt.Fprintln(w, "The command line goes on by itself. You can close this page.")
	}
	select {
	case a.answers <- answer:
	default: // it has its answer
	}
}

func (a *attempt) wait(ctx context.Context) (string, error) {
	select {
	case answer := <-a.answers:
		return answer.code, answer.err
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return "", fmt.Errorf("nobody signed in within %v: run carillon login again", loginPatience)
		}
		return "", ctx.Err()
	}
}

// temporaryCredentials are what the server answers, and a credential_process prints.
type temporaryCredentials struct {
	AccessKeyID     string `json:"AccessKeyId"`
	SecretAccessKey string
	SessionToken    string
	Expiration      time.Time
}

// renew asks for new credentials.
func (e Env) renew(ctx context.Context, login *storedLogin) error {
	return e.ask(ctx, login.Endpoint+"/admin/credentials", login.Token, nil, &login.Credentials)
}

// credentialProcess prints credentials that are good for some minutes at least.
func (e Env) credentialProcess(ctx context.Context, store loginStore) error {
	login, err := store.read()
	if err != nil {
		return err
	}
	if !e.Now().Before(login.Credentials.Expiration.Add(-renewBefore)) {
		if err := e.renew(ctx, &login); err != nil {
			return err
		}
		if err := store.write(login); err != nil {
			return err
		}
	}
	return printJSON(e.Stdout, struct {
		Version int
		temporaryCredentials
	}{1, login.Credentials})
}

// ask sends a form to the server, and reads its answer. What the server refuses, it
// says why.
func (e Env) ask(ctx context.Context, address, token string, form url.Values, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, serverPatience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return fmt.Errorf("asking the server: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("asking the server: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("reading the server's answer: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return refusedBy(resp.StatusCode, body)
	}
	if err := json.Unmarshal(body, answer); err != nil {
		return fmt.Errorf("reading the server's answer: %w", err)
	}
	return nil
}

func refusedBy(status int, body []byte) error {
	var told struct{ Message string }
	if err := json.Unmarshal(body, &told); err != nil || told.Message == "" {
		return fmt.Errorf("the server answered %d %s: is --endpoint a Carillon's?", status, http.StatusText(status))
	}
	if status == http.StatusUnauthorized {
		return errors.New("your sign-in has ended: run carillon login again")
	}
	return errors.New(told.Message)
}
