package clients_test

import (
	"bytes"
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

// The root key that every server of these tests is started with, and the tenant
// that it belongs to. They are the examples of AWS's own documents.
const (
	tenant      = "111122223333"
	rootKeyID   = "AKIAIOSFODNN7EXAMPLE"
	rootSecret  = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	otherTenant = "444455556666"
)

// startTimeout bounds the wait for a server, generously: the machine may be
// building something else at the same time.
const startTimeout = 60 * time.Second

// server is a running `carillon serve` with a database of its own.
type server struct {
	dir      string
	database string // as --database takes it
	endpoint string // the API's address: http://127.0.0.1:port
}

// accessKey is what `carillon keys create --output json` prints.
type accessKey struct {
	AccessKeyID     string `json:"AccessKeyId"`
	SecretAccessKey string `json:"SecretAccessKey"`
}

// newDirectory returns a server that was not started: commands may be run on
// its database first.
func newDirectory(tb testing.TB) *server {
	tb.Helper()
	dir := tb.TempDir()
	return &server{dir: dir, database: "sqlite:" + filepath.Join(dir, "carillon.db")}
}

// startServer starts a server on a new database and waits until it is ready.
// It is stopped at the end of the test, which fails if that was not clean.
func startServer(tb testing.TB, flags ...string) *server {
	tb.Helper()
	s := newDirectory(tb)
	s.start(tb, flags...)
	return s
}

func (s *server) start(tb testing.TB, flags ...string) {
	tb.Helper()
	api, ops := freeAddress(tb), freeAddress(tb)
	s.endpoint = "http://" + api
	args := append([]string{"serve", "--listen", api, "--ops-listen", ops, "--database", s.database}, flags...)

	var logs bytes.Buffer
	cmd := exec.Command(carillon, args...)
	cmd.Dir = s.dir
	cmd.Env = append(cleanEnviron(),
		"CARILLON_ROOT_ACCESS_KEY_ID="+rootKeyID,
		"CARILLON_ROOT_SECRET_ACCESS_KEY="+rootSecret,
		"CARILLON_ROOT_ACCOUNT_ID="+tenant)
	cmd.Stdout, cmd.Stderr = &logs, &logs
	if err := cmd.Start(); err != nil {
		tb.Fatalf("starting the server: %v", err)
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	tb.Cleanup(func() {
		stopServer(tb, cmd, exited)
		if tb.Failed() {
			tb.Logf("the server's log:\n%s", logs.String())
		}
	})
	waitReady(tb, "http://"+ops+"/readyz", exited)
}

// waitReady returns when url answers 200, and fails the test when the server
// ends instead.
func waitReady(tb testing.TB, url string, exited chan error) {
	tb.Helper()
	deadline := time.After(startTimeout)
	for {
		if resp, err := http.Get(url); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case err := <-exited:
			exited <- err
			tb.Fatalf("the server ended before it was ready: %v", err)
		case <-deadline:
			tb.Fatalf("%s does not answer 200 after %v", url, startTimeout)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func stopServer(tb testing.TB, cmd *exec.Cmd, exited chan error) {
	tb.Helper()
	// The process may have ended by itself; then Wait has the reason.
	_ = cmd.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-exited:
		if err != nil {
			tb.Errorf("the server did not shut down cleanly: %v", err)
		}
	case <-time.After(startTimeout):
		_ = cmd.Process.Kill()
		tb.Errorf("the server did not shut down within %v, and was killed: %v", startTimeout, <-exited)
	}
}

// run runs a carillon command on the server's database and returns what it
// wrote to standard output.
func (s *server) run(tb testing.TB, args ...string) []byte {
	tb.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(carillon, append(args, "--database", s.database)...)
	cmd.Dir = s.dir
	cmd.Env = cleanEnviron()
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		tb.Fatalf("carillon %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return stdout.Bytes()
}

// createKey makes a key for the principal, and the principal if need be.
func (s *server) createKey(tb testing.TB, flags ...string) accessKey {
	tb.Helper()
	out := s.run(tb, append([]string{"keys", "create", "--output", "json"}, flags...)...)
	var key accessKey
	if err := json.Unmarshal(out, &key); err != nil {
		tb.Fatalf("reading the answer of keys create: %v", err)
	}
	if key.AccessKeyID == "" || key.SecretAccessKey == "" {
		tb.Fatal("keys create printed no AccessKeyId or no SecretAccessKey")
	}
	return key
}

// freeAddress returns a loopback address with a port that nothing listens on.
func freeAddress(tb testing.TB) string {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// cleanEnviron returns the environment without what would configure an AWS
// client, a proxy or Carillon itself.
func cleanEnviron() []string {
	var env []string
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		upper := strings.ToUpper(name)
		if strings.HasPrefix(upper, "AWS_") || strings.HasPrefix(upper, "CARILLON_") || strings.HasSuffix(upper, "_PROXY") {
			continue
		}
		env = append(env, kv)
	}
	return env
}
