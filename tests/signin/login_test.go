package signin_test

import (
	"bufio"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/carillon-id/carillon/tests/world"
)

// hand is somebody who goes through pages without scripts: it follows what a page, or
// an answer, leads to.
type hand struct {
	http.Client
	at string // the address of the page
	on string // what the page holds
}

func newHand(tb testing.TB) *hand {
	tb.Helper()
	return &hand{Client: http.Client{Jar: world.Must(cookiejar.New(nil))(tb)}}
}

func (h *hand) do(tb testing.TB, req *http.Request) {
	tb.Helper()
	resp, err := h.Do(req)
	if err != nil {
		tb.Fatal(err)
	}
	defer resp.Body.Close()
	h.at, h.on = resp.Request.URL.String(), string(world.Must(io.ReadAll(resp.Body))(tb))
	if found := regexp.MustCompile(`<meta http-equiv="refresh" content="0; url=([^"]*)">`).FindStringSubmatch(h.on); found != nil {
		h.open(tb, world.Must(resp.Request.URL.Parse(html.UnescapeString(found[1])))(tb).String())
	}
}

func (h *hand) open(tb testing.TB, address string) {
	tb.Helper()
	h.do(tb, world.Must(http.NewRequestWithContext(tb.Context(), http.MethodGet, address, http.NoBody))(tb))
}

var (
	formAction  = regexp.MustCompile(`<form method="post" action="([^"]+)"`)
	hiddenInput = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)
)

// fill sends the first form of the page, with its hidden values and these.
func (h *hand) fill(tb testing.TB, name, value string) {
	tb.Helper()
	action := formAction.FindStringSubmatch(h.on)
	if action == nil {
		tb.Fatalf("there is no form at %s: %s", h.at, h.on)
	}
	form := url.Values{name: {value}}
	for _, input := range hiddenInput.FindAllStringSubmatch(h.on, -1) {
		form.Set(input[1], html.UnescapeString(input[2]))
	}
	to := world.Must(world.Must(url.Parse(h.at))(tb).Parse(html.UnescapeString(action[1])))(tb)
	req := world.Must(http.NewRequestWithContext(tb.Context(), http.MethodPost, to.String(), strings.NewReader(form.Encode())))(tb)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", to.Scheme+"://"+to.Host)
	h.do(tb, req)
}

const savedAdministrator = `{"Accounts": [{"AwsAccountId": "111122223333", "AccountId": "lwa", "Name": "Example", "AccountType": "EnterpriseLWA"}],
 "Users": [{"AccountId": "lwa", "UserId": "ann", "PrimaryEmail": "ann@example.com", "DisplayName": "Ann", "UserRegistrationStatus": "Registered"}]}`

// login runs carillon login while the hand answers, and returns how that ended.
func login(tb testing.TB, s *world.Server, home string, h *hand, answer string) error {
	tb.Helper()
	cmd := world.CommandOf(tb, home, "carillon", "login", "--no-browser", "--endpoint", s.URL, "--profile", "work")
	stderr := world.Must(cmd.StderrPipe())(tb)
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	lines := bufio.NewScanner(stderr)
	var address string
	for address == "" && lines.Scan() {
		address = regexp.MustCompile(`http://\S+`).FindString(lines.Text())
	}
	h.open(tb, address)
	if strings.Contains(h.at, "/signin?") {
		h.fill(tb, "email", "ann@example.com")
		h.fill(tb, "code", s.MailInFolder(tb).Code(tb))
	}
	if !strings.Contains(h.on, "act as you?") {
		tb.Fatalf("got %s at %s, want to be asked", h.on, h.at)
	}
	h.fill(tb, "answer", answer)
	if !strings.Contains(h.on, "You can close this page") {
		tb.Errorf("the answer of the command line: got %q at %s", h.on, h.at)
	}
	for lines.Scan() { // to its end
		tb.Log(lines.Text())
	}
	return cmd.Wait()
}

// TestCommandLineLogin: an administrator signs in for the AWS CLI, which then gets its
// credentials from carillon login; a suspension ends that at the next call.
func TestCommandLineLogin(t *testing.T) {
	s := world.StartServer(t, "http://localhost:"+world.FreePort(t), "")
	s.Command(t, nil, "import", s.File(t, "saved.json", json.RawMessage(savedAdministrator)))
	s.Command(t, nil, "admins", "grant", "ann@example.com", "--account", "lwa", "--policy", "AmazonChimeFullAccess")
	home, h := t.TempDir(), newHand(t)
	if err := login(t, s, home, h, "no"); err == nil {
		t.Error("carillon login succeeded after a no")
	}
	if err := login(t, s, home, h, "yes"); err != nil {
		t.Fatalf("carillon login: %v", err)
	}
	for _, file := range []string{".config/carillon/login-default.json", ".aws/config"} {
		info := world.Must(os.Stat(filepath.Join(home, file)))(t)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s: got the mode %v, want 0600", file, info.Mode())
		}
	}
	var printed struct {
		Version                                                int
		AccessKeyID, SecretAccessKey, SessionToken, Expiration string
	}
	world.Run(t, world.CommandOf(t, home, "carillon", "login", "--credential-process"), &printed)
	if printed.Version != 1 || !strings.HasPrefix(printed.AccessKeyID, "ASIA") || printed.SessionToken == "" || printed.Expiration == "" {
		t.Errorf("the credential_process: got %+v", printed)
	}
	var listed struct{ Accounts []world.Account }
	world.Run(t, world.CommandOf(t, home, "aws", "--profile", "work", "chime", "list-accounts"), &listed)
	if len(listed.Accounts) != 1 || listed.Accounts[0].AccountID != "lwa" {
		t.Errorf("the AWS CLI lists %+v, want the one account", listed)
	}
	var answer struct{ UserErrors []any }
	s.AWS(t, &answer, "batch-suspend-user", "--account-id", "lwa", "--user-id-list", "ann")
	if out, err := world.CommandOf(t, home, "aws", "--profile", "work", "chime", "list-accounts").CombinedOutput(); err == nil || !strings.Contains(string(out), "ExpiredTokenException") {
		t.Errorf("the AWS CLI after the suspension: got %s (%v), want ExpiredTokenException", out, err)
	}
	login := filepath.Join(home, ".config/carillon/login-default.json")
	stored := map[string]any{}
	if err := json.Unmarshal(world.Must(os.ReadFile(login))(t), &stored); err != nil {
		t.Fatal(err)
	}
	stored["Credentials"] = map[string]any{"Expiration": "2020-01-01T00:00:00Z"} // so that others are asked for
	if err := os.WriteFile(login, world.Must(json.Marshal(stored))(t), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := world.CommandOf(t, home, "carillon", "login", "--credential-process").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "your sign-in has ended: run carillon login again") {
		t.Errorf("renewing after the suspension: got %s (%v)", out, err)
	}
}
