package world

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The root key that every server of these tests is started with. It is the example
// of AWS's own documents.
const (
	Tenant     = "111122223333"
	RootKeyID  = "AKIAIOSFODNN7EXAMPLE"
	RootSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" // #nosec G101 -- the documents' example
)

// Server is a running `carillon serve` with a database of its own.
type Server struct {
	// URL is where people reach it.
	URL      string
	dir      string
	database string
	trust    string // the file with the certificate authority
	ops      string
	args     []string
	stop     func()
}

// StartServer starts a server that people reach at the address, and waits until it
// is ready. It is stopped at the end of the test, which fails if that was not
// clean.
func StartServer(tb testing.TB, url string, trust string, flags ...string) *Server {
	tb.Helper()
	s := Prepare(tb, url, trust, flags...)
	s.Start(tb)
	return s
}

// Prepare is StartServer without starting it: what the server finds in its database
// can be written before, with its commands.
func Prepare(tb testing.TB, url string, trust string, flags ...string) *Server {
	tb.Helper()
	dir := tb.TempDir()
	s := &Server{dir: dir, database: "sqlite:" + filepath.Join(dir, "carillon.db"), URL: url, trust: trust, ops: freeAddress(tb)}
	_, port, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(url, "https://"), "http://"), ":")
	s.args = append([]string{
		"serve", "--public-url", url, "--listen", "127.0.0.1:" + port, "--ops-listen", s.ops, "--database", s.database,
	}, flags...)
	return s
}

// Start starts the server, for the first time or again, and waits until it is
// ready.
func (s *Server) Start(tb testing.TB) {
	tb.Helper()
	cmd := exec.Command(carillon, s.args...)
	cmd.Dir = s.dir
	cmd.Env = append(cleanEnviron(), "SSL_CERT_FILE="+s.trust,
		"CARILLON_ROOT_ACCESS_KEY_ID="+RootKeyID, "CARILLON_ROOT_SECRET_ACCESS_KEY="+RootSecret, "CARILLON_ROOT_ACCOUNT_ID="+Tenant)
	s.stop = start(tb, "the server", cmd, func() { _ = cmd.Process.Signal(syscall.SIGTERM) })
	Eventually(tb, "the server is ready", func() bool {
		resp, err := http.Get("http://" + s.ops + "/readyz")
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
}

// Stop stops the server, and waits until it has ended.
func (s *Server) Stop() { s.stop() }

// start starts a process, and returns what asks it to stop and waits for its end.
// That is done at the end of the test at the latest, which shows what the process
// wrote if it failed.
func start(tb testing.TB, what string, cmd *exec.Cmd, ask func()) (stop func()) {
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
	stop = sync.OnceFunc(func() {
		ask()
		select {
		case err := <-exited:
			if err != nil {
				tb.Errorf("%s did not end cleanly: %v", what, err)
			}
		case <-time.After(Patience):
			_ = cmd.Process.Kill()
			tb.Errorf("%s did not end within %v, and was killed: %v", what, Patience, <-exited)
		}
	})
	tb.Cleanup(func() {
		stop()
		if tb.Failed() {
			tb.Logf("what %s wrote:\n%s", what, log.String())
		}
	})
	return stop
}

// Eventually waits until something is so.
func Eventually(tb testing.TB, what string, so func() bool) {
	tb.Helper()
	for deadline := time.Now().Add(Patience); !so(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			tb.Fatalf("it is not so that %s within %v", what, Patience)
		}
	}
}

// Command runs a carillon command on the server's database, and reads its JSON into
// out, unless that is nil.
func (s *Server) Command(tb testing.TB, out any, args ...string) {
	tb.Helper()
	s.CommandWith(tb, nil, out, args...)
}

// CommandWith is Command with more variables of the environment.
func (s *Server) CommandWith(tb testing.TB, environ []string, out any, args ...string) {
	tb.Helper()
	args = append(args, "--database", s.database)
	if out != nil {
		args = append(args, "--output", "json")
	}
	cmd := command(tb, carillon, args...)
	cmd.Dir, cmd.Env = s.dir, append(cleanEnviron(), environ...)
	Run(tb, cmd, out)
}

// AWS runs a command of the AWS CLI's service chime against the server, and reads
// its JSON into out, unless that is nil.
func (s *Server) AWS(tb testing.TB, out any, args ...string) {
	tb.Helper()
	cmd := command(tb, "aws", append([]string{"--endpoint-url", s.URL, "--output", "json", "chime"}, args...)...)
	cmd.Env = append(cleanEnviron(),
		"AWS_ACCESS_KEY_ID="+RootKeyID, "AWS_SECRET_ACCESS_KEY="+RootSecret, "AWS_REGION=us-east-1", "AWS_DEFAULT_REGION=us-east-1",
		"AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull, "AWS_EC2_METADATA_DISABLED=true",
		"AWS_MAX_ATTEMPTS=1", "AWS_PAGER=")
	if s.trust != "" {
		cmd.Env = append(cmd.Env, "AWS_CA_BUNDLE="+s.trust)
	}
	Run(tb, cmd, out)
}

// MailInFolder waits for a mail in the folder of a server without a mail server,
// and takes it.
func (s *Server) MailInFolder(tb testing.TB) (l Letter) {
	tb.Helper()
	Eventually(tb, "a mail is in the folder", func() bool {
		files, err := filepath.Glob(filepath.Join(s.dir, "carillon-mail", "*.eml"))
		if err != nil || len(files) == 0 {
			return false
		}
		l = Must(readLetter(Must(os.ReadFile(files[0]))(tb)))(tb)
		return os.Remove(files[0]) == nil
	})
	return l
}

// CommandOf is a command of somebody who has a home folder, and none of a server's
// files: an AWS CLI without settings, or carillon, which is the binary under test.
func CommandOf(tb testing.TB, home, name string, args ...string) *exec.Cmd {
	tb.Helper()
	if name == "carillon" {
		name = carillon
	}
	cmd := command(tb, name, args...)
	cmd.Env = append(cleanEnviron(), "HOME="+home, "XDG_CONFIG_HOME=", "AWS_MAX_ATTEMPTS=1", "AWS_PAGER=", "AWS_EC2_METADATA_DISABLED=true")
	return cmd
}

// command is one that has to end in good time.
func command(tb testing.TB, name string, args ...string) *exec.Cmd {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), 4*Patience)
	tb.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.WaitDelay = time.Second
	return cmd
}

// Run runs a command to its end, and reads its JSON into out, unless that is nil.
func Run(tb testing.TB, cmd *exec.Cmd, out any) {
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
	l := Must(net.Listen("tcp", "127.0.0.1:0"))(tb)
	defer l.Close()
	return l.Addr().String()
}

// FreePort returns a port of this machine that nothing listens on.
func FreePort(tb testing.TB) string {
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

// node is the program that runs the scripts: the one that package.json pins, on
// machines for which there is one, and else the machine's.
func node(tb testing.TB) string {
	tb.Helper()
	pinned := Must(filepath.Glob(filepath.Join(programs, "node_modules/node-*/bin/node")))(tb)
	if len(pinned) == 0 {
		return "node"
	}
	return Must(filepath.Abs(pinned[0]))(tb)
}

// File writes documents of JSON to a file of the server's folder, and returns its
// path.
func (s *Server) File(tb testing.TB, name string, documents ...any) string {
	tb.Helper()
	path := filepath.Join(s.dir, name)
	file := Must(os.Create(path))(tb)
	out := bufio.NewWriter(file)
	for _, d := range documents {
		if err := json.NewEncoder(out).Encode(d); err != nil {
			tb.Fatal(err)
		}
	}
	if err := errors.Join(out.Flush(), file.Close()); err != nil {
		tb.Fatal(err)
	}
	return path
}

// Text writes a text to a file of the server's folder, and returns its path.
func (s *Server) Text(tb testing.TB, name, text string) string {
	tb.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}
