package signin_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The root key that every server of these tests is started with. It is the example
// of AWS's own documents.
const (
	tenant     = "111122223333"
	rootKeyID  = "AKIAIOSFODNN7EXAMPLE"
	rootSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" // #nosec G101 -- the documents' example
)

// server is a running `carillon serve` with a database of its own.
type server struct {
	dir      string
	database string
	url      string // the public URL
	trust    string // the file with the certificate authority
}

// startServer starts a server that people reach at the address, and waits until it
// is ready. It is stopped at the end of the test, which fails if that was not
// clean.
func startServer(tb testing.TB, url string, trust string, flags ...string) *server {
	tb.Helper()
	dir := tb.TempDir()
	s := &server{dir: dir, database: "sqlite:" + filepath.Join(dir, "carillon.db"), url: url, trust: trust}
	ops := freeAddress(tb)
	_, port, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(url, "https://"), "http://"), ":")
	args := append([]string{
		"serve", "--public-url", url, "--listen", "127.0.0.1:" + port, "--ops-listen", ops, "--database", s.database,
	}, flags...)
	cmd := exec.Command(carillon, args...)
	cmd.Dir = dir
	cmd.Env = append(cleanEnviron(), "SSL_CERT_FILE="+trust,
		"CARILLON_ROOT_ACCESS_KEY_ID="+rootKeyID, "CARILLON_ROOT_SECRET_ACCESS_KEY="+rootSecret, "CARILLON_ROOT_ACCOUNT_ID="+tenant)
	start(tb, "the server", cmd, func() { _ = cmd.Process.Signal(syscall.SIGTERM) })
	eventually(tb, "the server is ready", func() bool {
		resp, err := http.Get("http://" + ops + "/readyz")
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
	return s
}

// node is the program that runs the tests' scripts: the one that package.json pins,
// on machines for which there is one, and else the machine's.
func node(tb testing.TB) string {
	tb.Helper()
	pinned := must(filepath.Glob("node_modules/node-*/bin/node"))(tb)
	if len(pinned) == 0 {
		return "node"
	}
	return must(filepath.Abs(pinned[0]))(tb)
}

// start starts a process. At the end of the test it is asked to stop, and shows
// what it wrote if the test failed.
func start(tb testing.TB, what string, cmd *exec.Cmd, stop func()) {
	tb.Helper()
	var log bytes.Buffer
	if cmd.Stdout == nil {
		cmd.Stdout = &log
	}
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		tb.Fatalf("starting %s: %v", what, err)
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	tb.Cleanup(func() {
		stop()
		select {
		case err := <-exited:
			if err != nil {
				tb.Errorf("%s did not end cleanly: %v", what, err)
			}
		case <-time.After(patience):
			_ = cmd.Process.Kill()
			tb.Errorf("%s did not end within %v, and was killed: %v", what, patience, <-exited)
		}
		if tb.Failed() {
			tb.Logf("what %s wrote:\n%s", what, log.String())
		}
	})
}

// eventually waits until something is so.
func eventually(tb testing.TB, what string, so func() bool) {
	tb.Helper()
	for deadline := time.Now().Add(patience); !so(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			tb.Fatalf("it is not so that %s within %v", what, patience)
		}
	}
}

// admin runs a carillon command on the server's database, and reads its JSON into
// out, unless that is nil.
func (s *server) admin(tb testing.TB, out any, args ...string) {
	tb.Helper()
	s.adminWith(tb, nil, out, args...)
}

// adminWith is admin with more variables of the environment.
func (s *server) adminWith(tb testing.TB, environ []string, out any, args ...string) {
	tb.Helper()
	args = append(args, "--database", s.database)
	if out != nil {
		args = append(args, "--output", "json")
	}
	cmd := command(tb, carillon, args...)
	cmd.Dir, cmd.Env = s.dir, append(cleanEnviron(), environ...)
	run(tb, cmd, out)
}

// aws runs a command of the AWS CLI's service chime against the server, and reads
// its JSON into out, unless that is nil.
func (s *server) aws(tb testing.TB, out any, args ...string) {
	tb.Helper()
	cmd := command(tb, "aws", append([]string{"--endpoint-url", s.url, "--output", "json", "chime"}, args...)...)
	cmd.Env = append(cleanEnviron(),
		"AWS_ACCESS_KEY_ID="+rootKeyID, "AWS_SECRET_ACCESS_KEY="+rootSecret, "AWS_REGION=us-east-1", "AWS_DEFAULT_REGION=us-east-1",
		"AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull, "AWS_EC2_METADATA_DISABLED=true",
		"AWS_MAX_ATTEMPTS=1", "AWS_PAGER=")
	if s.trust != "" {
		cmd.Env = append(cmd.Env, "AWS_CA_BUNDLE="+s.trust)
	}
	run(tb, cmd, out)
}

// command is one that has to end in good time.
func command(tb testing.TB, name string, args ...string) *exec.Cmd {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), 4*patience)
	tb.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.WaitDelay = time.Second
	return cmd
}

func run(tb testing.TB, cmd *exec.Cmd, out any) {
	tb.Helper()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		tb.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, stderr.String())
	}
	if out == nil {
		return
	}
	if err := json.Unmarshal(stdout.Bytes(), out); err != nil {
		tb.Fatalf("%s: got %q: %v", strings.Join(cmd.Args, " "), stdout.String(), err)
	}
}

// freeAddress returns a loopback address with a port that nothing listens on.
func freeAddress(tb testing.TB) string {
	tb.Helper()
	l := must(net.Listen("tcp", "127.0.0.1:0"))(tb)
	defer l.Close()
	return l.Addr().String()
}

func freePort(tb testing.TB) string {
	tb.Helper()
	_, port, err := net.SplitHostPort(freeAddress(tb))
	if err != nil {
		tb.Fatal(err)
	}
	return port
}

// cleanEnviron returns the environment without what would configure an AWS client,
// a proxy or Carillon itself.
func cleanEnviron() []string {
	var env []string
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(strings.ToUpper(kv), "=")
		if strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "CARILLON_") || strings.HasSuffix(name, "_PROXY") {
			continue
		}
		env = append(env, kv)
	}
	return env
}

// world is all that people meet: Carillon, a mail server, a DNS server, apps,
// providers, and a browser.
type world struct {
	*server
	certificate certificate
	mail        *postOffice
	dns         *nameServer
	browser     *browser
	provider    string // the issuer
	apps        []app
}

// newWorld starts everything.
func newWorld(tb testing.TB) *world {
	tb.Helper()
	w := &world{certificate: newCertificate(tb), mail: newPostOffice(tb), dns: newNameServer(tb)}
	url := "https://localhost:" + freePort(tb)
	w.provider = "https://127.0.0.1:" + freePort(tb)
	w.server = startServer(tb, url, w.certificate.authority,
		"--tls-cert", w.certificate.cert, "--tls-key", w.certificate.key,
		"--smtp-url", "smtp://"+w.mail.address+"?starttls=never", "--dns-resolver", w.dns.address, "--allow-private-callbacks",
		"--lwa-client-id", "amazon", "--lwa-client-secret", "amazon-secret",
		"--lwa-auth-url", w.provider+"/auth", "--lwa-token-url", w.provider+"/token", "--lwa-profile-url", w.provider+"/amazon/profile")
	w.browser = newBrowser(tb, w.certificate.pin)
	w.startNode(tb, "provider.mjs", w.provider, "CARILLON="+url, "ISSUER="+w.provider)
	w.apps = []app{
		w.nodeApp(tb, "express", "Ledger", "express-openid-connect", "app_express_openid_connect.mjs"),
		w.nodeApp(tb, "client", "Wiki", "openid-client", "app_openid_client.mjs"),
		w.goApp(tb, "go", "Roster", "go-oidc"),
	}
	return w
}

// account is what the AWS CLI prints of an account.
type account struct {
	AccountID   string `json:"AccountId"`
	AccountType string
}

// createAccount makes a Team account, as an administrator does.
func (w *world) createAccount(tb testing.TB, name string) account {
	tb.Helper()
	var created struct{ Account account }
	w.aws(tb, &created, "create-account", "--name", name)
	return created.Account
}

// claim has the account claim and verify a domain, which makes it EnterpriseLWA.
func (w *world) claim(tb testing.TB, a account, domain string) {
	tb.Helper()
	var claimed struct{ RecordName, RecordValue, Status string }
	w.admin(tb, &claimed, "domains", "add", "--account", a.AccountID, domain)
	w.dns.set(claimed.RecordName, claimed.RecordValue)
	w.admin(tb, &claimed, "domains", "verify", "--account", a.AccountID, domain, "--dns-resolver", w.dns.address)
	if claimed.Status != "Verified" {
		tb.Fatalf("the domain %s: got the status %q, want Verified", domain, claimed.Status)
	}
}

// userID finds the person in the account.
func (w *world) userID(tb testing.TB, a account, address string) string {
	tb.Helper()
	var listed struct {
		Users []struct {
			UserID string `json:"UserId"`
		}
	}
	w.aws(tb, &listed, "list-users", "--account-id", a.AccountID, "--user-email", address)
	if len(listed.Users) != 1 {
		tb.Fatalf("got %d users with the address %s, want one", len(listed.Users), address)
	}
	return listed.Users[0].UserID
}

// change suspends or unsuspends somebody: batch-suspend-user, batch-unsuspend-user.
func (w *world) change(tb testing.TB, command string, a account, user string) {
	tb.Helper()
	var answer struct{ UserErrors []any }
	w.aws(tb, &answer, command, "--account-id", a.AccountID, "--user-id-list", user)
	if len(answer.UserErrors) > 0 {
		tb.Fatalf("%s: got the errors %v", command, answer.UserErrors)
	}
}
