package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/carillon-id/carillon/internal/postgrestest"
)

// TestMain makes the test binary the program too: scripts, and tests that need a
// process to kill, run it by the name carillon.
func TestMain(m *testing.M) {
	// Most of these tests wait, for a timeout or for another process.
	if err := flag.Set("test.parallel", "6"); err != nil {
		panic(err)
	}
	testscript.Main(tests{m}, map[string]func(){"carillon": main, onDisk: becomeOnDisk})
}

// clusters are the PostgreSQL servers of these tests.
var clusters postgrestest.Clusters

// tests are these tests, after which their servers end.
type tests struct{ *testing.M }

func (t tests) Run() int {
	code := t.M.Run()
	if err := clusters.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// patience bounds every wait of these tests. Nothing is asserted about how long
// something took: the machine may be busy.
const patience = 60 * time.Second

const tenant = "111122223333"

// credentials are an access key.
type credentials struct {
	AccessKeyID     string `json:"AccessKeyId"`
	SecretAccessKey string
}

// root is the root key that servers of these tests are given.
var root = credentials{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}

// environment returns the variables of a program whose root key is known.
func environment() map[string]string {
	return map[string]string{
		"CARILLON_ROOT_ACCESS_KEY_ID":     root.AccessKeyID,
		"CARILLON_ROOT_SECRET_ACCESS_KEY": root.SecretAccessKey,
		"CARILLON_ROOT_ACCOUNT_ID":        tenant,
	}
}

func getter(variables map[string]string) func(string) string {
	return func(name string) string { return variables[name] }
}

// output collects what a running program writes.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// tail returns the last of it: a server that much was asked of writes megabytes.
func (o *output) tail() string {
	text := o.String()
	return text[max(0, len(text)-64<<10):]
}

// logLine is a line of the server's log.
type logLine map[string]any

// log returns the lines with the message.
func (o *output) log(tb testing.TB, message string) []logLine {
	tb.Helper()
	var lines []logLine
	for text := range strings.Lines(o.String()) {
		if !strings.HasSuffix(text, "\n") {
			break // it is being written
		}
		var line logLine
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			tb.Fatalf("the log has a line that is no JSON object: %q", text)
		}
		if line["msg"] == message {
			lines = append(lines, line)
		}
	}
	return lines
}

// eventually waits until what is so.
func eventually(tb testing.TB, what string, so func() bool) {
	tb.Helper()
	for deadline := time.Now().Add(patience); !so(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			tb.Fatalf("after %v, still not: %s", patience, what)
		}
	}
}

// server is a running `carillon serve`, in this process or one of its own.
type server struct {
	endpoint string
	database string // as --database takes it
	// variables are those of the server, and of the commands beside it.
	variables map[string]string
	process   *os.Process
	stderr    output
	cancel    func() // asks it to finish
	done      chan struct{}
	err       error // how it ended, when done is closed
}

// newDatabase names a database that does not exist yet.
func newDatabase(tb testing.TB) string {
	tb.Helper()
	return "sqlite:" + filepath.Join(tb.TempDir(), "carillon.db")
}

// startServer starts a server in this process, with a database of its own.
func startServer(tb testing.TB, args ...string) *server {
	tb.Helper()
	return startServerOn(tb, newDatabase(tb), args...)
}

func startServerOn(tb testing.TB, database string, args ...string) *server {
	tb.Helper()
	return startServerWith(tb, database, environment(), args...)
}

// startServerWith starts a server in this process with these variables.
func startServerWith(tb testing.TB, database string, variables map[string]string, args ...string) *server {
	tb.Helper()
	return startServerAt(tb, time.Now, database, variables, args...)
}

// startServerAt starts a server in this process by a clock of its own.
func startServerAt(tb testing.TB, now func() time.Time, database string, variables map[string]string, args ...string) *server {
	tb.Helper()
	ctx, cancel := context.WithCancel(tb.Context())
	s := &server{database: database, variables: variables, cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(s.done)
		s.err = runAt(ctx, now, s.arguments(args), getter(variables), strings.NewReader(""), io.Discard, &s.stderr)
	}()
	s.awaitStart(tb)
	return s
}

// startProcess starts a server in a process of its own, on a database that has a
// root key, or is to be given one by the variables.
func startProcess(tb testing.TB, database string, variables map[string]string, attributes *syscall.SysProcAttr) *server {
	tb.Helper()
	s := launchProcess(tb, database, variables, attributes)
	s.awaitStart(tb)
	return s
}

// launchProcess is startProcess for whoever does not wait until it listens.
func launchProcess(tb testing.TB, database string, variables map[string]string, attributes *syscall.SysProcAttr) *server {
	tb.Helper()
	s := &server{database: database, variables: variables, done: make(chan struct{})}
	s.launch(tb, exec.Command("carillon", s.arguments(nil)...), variables, attributes, func() {})
	return s
}

// start starts the server by the command, and waits until it listens; started is
// called once the command runs.
func (s *server) start(tb testing.TB, cmd *exec.Cmd, variables map[string]string, attributes *syscall.SysProcAttr, started func()) {
	tb.Helper()
	s.launch(tb, cmd, variables, attributes, started)
	s.awaitStart(tb)
}

func (s *server) launch(tb testing.TB, cmd *exec.Cmd, variables map[string]string, attributes *syscall.SysProcAttr, started func()) {
	tb.Helper()
	cmd.Env, cmd.Stderr, cmd.SysProcAttr = processEnvironment(variables), &s.stderr, attributes
	err := cmd.Start()
	started()
	if err != nil {
		tb.Fatal(err)
	}
	s.process = cmd.Process
	s.cancel = func() { _ = s.process.Signal(syscall.SIGTERM) } // it may be over by itself
	go func() {
		defer close(s.done)
		s.err = cmd.Wait()
	}()
}

// processEnvironment is the environment of a process with these variables.
func processEnvironment(variables map[string]string) []string {
	list := []string{"HOME=/no-home"}
	for name, value := range variables {
		list = append(list, name+"="+value)
	}
	return list
}

func (s *server) arguments(more []string) []string {
	return append([]string{"serve", "--listen", "127.0.0.1:0", "--database", s.database}, more...)
}

// awaitStart waits until the server listens, and has it stopped at the end of the
// test.
func (s *server) awaitStart(tb testing.TB) {
	tb.Helper()
	tb.Cleanup(func() {
		s.stop(tb)
		if tb.Failed() {
			tb.Logf("the end of the server's log:\n%s", s.stderr.tail())
		}
	})
	eventually(tb, "the server listens", func() bool {
		select {
		case <-s.done:
			tb.Fatalf("the server ended with: %v\n%s", s.err, s.stderr.String())
		default:
		}
		return strings.Contains(s.stderr.String(), `"msg":"listening"`)
	})
	address, _ := s.stderr.log(tb, "listening")[0]["address"].(string)
	s.endpoint = "http://" + address
}

// stop asks the server to finish and waits until it has.
func (s *server) stop(tb testing.TB) {
	tb.Helper()
	s.cancel()
	<-s.done
	if s.err != nil {
		tb.Errorf("the server ended with: %v", s.err)
	}
}

// kill ends the server's process in the middle of whatever it does.
func (s *server) kill(tb testing.TB) {
	tb.Helper()
	if err := s.process.Kill(); err != nil {
		tb.Errorf("killing the server: %v", err)
	}
	<-s.done
	s.err = nil // that it was killed
}

// command runs another command on the server's database.
func (s *server) command(tb testing.TB, args ...string) string {
	tb.Helper()
	return command(tb, s.variables, append(args, "--database", s.database)...)
}

func command(tb testing.TB, variables map[string]string, args ...string) string {
	tb.Helper()
	var stdout, stderr bytes.Buffer
	if err := run(tb.Context(), args, getter(variables), strings.NewReader(""), &stdout, &stderr); err != nil {
		tb.Fatalf("carillon %s: %v", strings.Join(args, " "), err)
	}
	return stdout.String()
}

// createKey makes an access key as the flags say.
func (s *server) createKey(tb testing.TB, flags ...string) credentials {
	tb.Helper()
	var key credentials
	out := s.command(tb, append([]string{"keys", "create", "--output", "json"}, flags...)...)
	if err := json.Unmarshal([]byte(out), &key); err != nil {
		tb.Fatalf("keys create printed what is no JSON: %v", err)
	}
	return key
}

// answer is what the server answered.
type answer struct {
	status int
	header http.Header
	body   string
}

// exception is the name of the error that the answer is; "" for none.
func (a answer) exception() string { return a.header.Get("X-Amzn-Errortype") }

// member returns a member of a JSON answer by the names that lead to it.
func (a answer) member(tb testing.TB, names ...string) any {
	tb.Helper()
	var value any
	if err := json.Unmarshal([]byte(a.body), &value); err != nil {
		tb.Fatalf("the answer is no JSON: %v: %s", err, a.body)
	}
	for _, name := range names {
		object, _ := value.(map[string]any)
		value = object[name]
	}
	return value
}

// sign makes a request that is signed as AWS's own clients do.
func sign(ctx context.Context, key credentials, method, url, body string) (*http.Request, error) {
	return signStream(ctx, key, method, url, body, strings.NewReader(body), time.Now())
}

// signStream is sign for a body that the stream will give; of which kind it is
// decides whether the request tells its length.
func signStream(ctx context.Context, key credentials, method, url, body string, stream io.Reader, at time.Time) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, stream)
	if err != nil {
		return nil, err
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	hash := sha256.Sum256([]byte(body))
	signer := aws.Credentials{AccessKeyID: key.AccessKeyID, SecretAccessKey: key.SecretAccessKey}
	return req, v4.NewSigner().SignHTTP(ctx, signer, req, hex.EncodeToString(hash[:]), "chime", "us-east-1", at)
}

// send sends a request and reads the whole answer.
func send(client *http.Client, req *http.Request) (answer, error) {
	resp, err := client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(body)}, err
}

// call makes a signed request.
func (s *server) call(tb testing.TB, key credentials, method, path, body string) answer {
	tb.Helper()
	req, err := sign(tb.Context(), key, method, s.endpoint+path, body)
	if err != nil {
		tb.Fatal(err)
	}
	got, err := send(http.DefaultClient, req)
	if err != nil {
		tb.Fatalf("%s %s: %v", method, path, err)
	}
	return got
}

// mustCall is call for what has to succeed.
func (s *server) mustCall(tb testing.TB, method, path, body string) answer {
	tb.Helper()
	got := s.call(tb, root, method, path, body)
	if got.status/100 != 2 {
		tb.Fatalf("%s %s: got %d %s", method, path, got.status, got.body)
	}
	return got
}

// createAccount makes a Team account of the root's and returns its id.
func (s *server) createAccount(tb testing.TB, name string) string {
	tb.Helper()
	id, _ := s.mustCall(tb, "POST", "/accounts", `{"Name":"`+name+`"}`).member(tb, "Account", "AccountId").(string)
	return id
}

// wantAnswer checks the status and the exception of an answer.
func wantAnswer(tb testing.TB, what string, got answer, status int, exception string) {
	tb.Helper()
	if got.status != status || got.exception() != exception {
		tb.Errorf("%s: got %d %q, want %d %q; the body: %s", what, got.status, got.exception(), status, exception, got.body)
	}
}
