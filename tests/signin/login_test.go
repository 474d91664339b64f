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
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
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
	return &hand{Client: http.Client{Jar: must(cookiejar.New(nil))(tb)}}
}

func (h *hand) do(tb testing.TB, req *http.Request) {
	tb.Helper()
	resp, err := h.Do(req)
	if err != nil {
		tb.Fatal(err)
	}
	defer resp.Body.Close()
	h.at, h.on = resp.Request.URL.String(), string(must(io.ReadAll(resp.Body))(tb))
	if found := regexp.MustCompile(`<meta http-equiv="refresh" content="0; url=([^"]*)">`).FindStringSubmatch(h.on); found != nil {
		h.open(tb, must(resp.Request.URL.Parse(html.UnescapeString(found[1])))(tb).String())
	}
}

func (h *hand) open(tb testing.TB, address string) {
	tb.Helper()
	h.do(tb, must(http.NewRequestWithContext(tb.Context(), http.MethodGet, address, http.NoBody))(tb))
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
	to := must(must(url.Parse(h.at))(tb).Parse(html.UnescapeString(action[1])))(tb)
	req := must(http.NewRequestWithContext(tb.Context(), http.MethodPost, to.String(), strings.NewReader(form.Encode())))(tb)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", to.Scheme+"://"+to.Host)
	h.do(tb, req)
}

const savedAdministrator = `{"Accounts": [{"AwsAccountId": "111122223333", "AccountId": "lwa", "Name": "Example", "AccountType": "EnterpriseLWA"}],
 "Users": [{"AccountId": "lwa", "UserId": "ann", "PrimaryEmail": "ann@example.com", "DisplayName": "Ann", "UserRegistrationStatus": "Registered"}]}`

// desk is the folder of somebody who works at a command line.
type desk struct {
	home   string
	server *server
}

// command is a command of theirs.
func (d desk) command(tb testing.TB, name string, args ...string) *exec.Cmd {
	tb.Helper()
	cmd := command(tb, name, args...)
	cmd.Env = append(cleanEnviron(), "HOME="+d.home, "XDG_CONFIG_HOME=", "AWS_MAX_ATTEMPTS=1", "AWS_PAGER=", "AWS_EC2_METADATA_DISABLED=true")
	return cmd
}

// login runs carillon login while the hand answers, and returns how that ended.
func (d desk) login(tb testing.TB, h *hand, post *postOffice, answer string) error {
	tb.Helper()
	cmd := d.command(tb, carillon, "login", "--no-browser", "--endpoint", d.server.url, "--profile", "work")
	stderr := must(cmd.StderrPipe())(tb)
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
		h.fill(tb, "code", post.next(tb, "ann@example.com").code(tb))
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
	post := newPostOffice(t)
	s := startServer(t, "http://localhost:"+freePort(t), "", "--smtp-url", "smtp://"+post.address+"?starttls=never")
	saved := filepath.Join(s.dir, "saved.json")
	if err := os.WriteFile(saved, []byte(savedAdministrator), 0o600); err != nil {
		t.Fatal(err)
	}
	s.admin(t, nil, "import", saved)
	s.admin(t, nil, "admins", "grant", "ann@example.com", "--account", "lwa", "--policy", "AmazonChimeFullAccess")
	d, h := desk{t.TempDir(), s}, newHand(t)
	if err := d.login(t, h, post, "no"); err == nil {
		t.Error("carillon login succeeded after a no")
	}
	if err := d.login(t, h, post, "yes"); err != nil {
		t.Fatalf("carillon login: %v", err)
	}
	for _, file := range []string{".config/carillon/login-default.json", ".aws/config"} {
		info := must(os.Stat(filepath.Join(d.home, file)))(t)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s: got the mode %v, want 0600", file, info.Mode())
		}
	}
	var printed struct {
		Version                                                int
		AccessKeyID, SecretAccessKey, SessionToken, Expiration string
	}
	run(t, d.command(t, carillon, "login", "--credential-process"), &printed)
	if printed.Version != 1 || !strings.HasPrefix(printed.AccessKeyID, "ASIA") || printed.SessionToken == "" || printed.Expiration == "" {
		t.Errorf("the credential_process: got %+v", printed)
	}
	var listed struct{ Accounts []account }
	run(t, d.command(t, "aws", "--profile", "work", "chime", "list-accounts"), &listed)
	if len(listed.Accounts) != 1 || listed.Accounts[0].AccountID != "lwa" {
		t.Errorf("the AWS CLI lists %+v, want the one account", listed)
	}
	var answer struct{ UserErrors []any }
	s.aws(t, &answer, "batch-suspend-user", "--account-id", "lwa", "--user-id-list", "ann")
	if out, err := d.command(t, "aws", "--profile", "work", "chime", "list-accounts").CombinedOutput(); err == nil || !strings.Contains(string(out), "ExpiredTokenException") {
		t.Errorf("the AWS CLI after the suspension: got %s (%v), want ExpiredTokenException", out, err)
	}
	login := filepath.Join(d.home, ".config/carillon/login-default.json")
	stored := map[string]any{}
	if err := json.Unmarshal(must(os.ReadFile(login))(t), &stored); err != nil {
		t.Fatal(err)
	}
	stored["Credentials"] = map[string]any{"Expiration": "2020-01-01T00:00:00Z"} // so that others are asked for
	if err := os.WriteFile(login, must(json.Marshal(stored))(t), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := d.command(t, carillon, "login", "--credential-process").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "your sign-in has ended: run carillon login again") {
		t.Errorf("renewing after the suspension: got %s (%v)", out, err)
	}
}
