package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// TestScripts runs the scripts that specify the command line. Each has a folder
// and two addresses of its own: CARILLON_LISTEN, to which AWS_ENDPOINT_URL_CHIME
// points, and CARILLON_OPS_LISTEN.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setUpScript,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"await":       await,
			"capture":     capture,
			"certificate": writeCertificate,
			"chime":       chimeRequest,
			"credentials": useCredentials,
			"dns":         publish,
			"mode":        checkMode,
			"sql":         runSQL,
			"until":       until,
		},
	})
}

func setUpScript(env *testscript.Env) error {
	listen, err := freeAddress()
	if err != nil {
		return err
	}
	ops, err := freeAddress()
	if err != nil {
		return err
	}
	zone := &dnsZone{records: map[string][]string{}}
	resolver, err := zone.serve()
	if err != nil {
		return err
	}
	env.Values[dnsZoneKey{}] = zone
	env.Defer(zone.close)
	env.Vars = append(
		env.Vars, "CARILLON_DNS_RESOLVER="+resolver,
		"CARILLON_LISTEN="+listen, "CARILLON_OPS_LISTEN="+ops, "AWS_ENDPOINT_URL_CHIME=http://"+listen,
	)
	return nil
}

// freeAddress returns a loopback address that nothing listens on.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// await waits until the script's server is ready: `await`.
func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: await")
	}
	url := "http://" + ts.Getenv("CARILLON_OPS_LISTEN") + "/readyz"
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		resp, err := http.Get(url)
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		if time.Now().After(deadline) {
			ts.Fatalf("the server is not ready after %v: %v", patience, err)
		}
	}
}

// until runs a command again and again until it prints what matches:
// `until PATTERN COMMAND...`.
func until(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: until PATTERN COMMAND...")
	}
	pattern, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		ts.Check(ts.Exec(args[1], args[2:]...))
		if pattern.MatchString(ts.ReadFile("stdout")) {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("after %v, %s does not print %s", patience, strings.Join(args[1:], " "), pattern)
		}
	}
}

// capture puts the first group of the pattern into a variable:
// `capture VARIABLE PATTERN [FILE]`, by default from what was printed last.
func capture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 && len(args) != 3 {
		ts.Fatalf("usage: capture VARIABLE PATTERN [FILE]")
	}
	file := "stdout"
	if len(args) == 3 {
		file = args[2]
	}
	pattern, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	match := pattern.FindStringSubmatch(ts.ReadFile(file))
	if len(match) < 2 {
		ts.Fatalf("%s has no %s", file, pattern)
	}
	ts.Setenv(args[0], match[1])
}

// useCredentials has chime sign with an access key that was printed, as export
// lines or as JSON: `credentials [FILE]`.
func useCredentials(ts *testscript.TestScript, neg bool, args []string) {
	capture(ts, neg, append([]string{"AWS_ACCESS_KEY_ID", `(?:AccessKeyId": "|AWS_ACCESS_KEY_ID=)(\w+)`}, args...))
	capture(ts, neg, append([]string{"AWS_SECRET_ACCESS_KEY", `(?:SecretAccessKey": "|AWS_SECRET_ACCESS_KEY=)([\w+/]+)`}, args...))
}

// runSQL runs a statement on a database, as somebody's own tool does:
// `sql FILE STATEMENT`.
func runSQL(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: sql FILE STATEMENT")
	}
	conn, err := sqlite.OpenConn(ts.MkAbs(args[0]), sqlite.OpenReadWrite)
	ts.Check(err)
	ts.Check(sqlitex.ExecuteScript(conn, args[1], nil))
	ts.Check(conn.Close())
}

// checkMode checks the permissions of a file: `mode 0600 FILE`.
func checkMode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mode OCTAL FILE")
	}
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := fmt.Sprintf("%04o", info.Mode().Perm()); got != args[0] {
		ts.Fatalf("%s has mode %s, want %s", args[1], got, args[0])
	}
}

// chimeRequest makes a signed request with the credentials of the script's
// variables and prints the answer, its head too: `chime METHOD PATH [BODY]`. The
// variable FORWARDED_FOR, when set, becomes the X-Forwarded-For.
func chimeRequest(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 && len(args) != 3 {
		ts.Fatalf("usage: chime METHOD PATH [BODY]")
	}
	key := credentials{ts.Getenv("AWS_ACCESS_KEY_ID"), ts.Getenv("AWS_SECRET_ACCESS_KEY")}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	req, err := sign(ctx, key, args[0], ts.Getenv("AWS_ENDPOINT_URL_CHIME")+args[1], strings.Join(args[2:], ""))
	ts.Check(err)
	if forwarded := ts.Getenv("FORWARDED_FOR"); forwarded != "" {
		req.Header.Set("X-Forwarded-For", forwarded)
	}
	got, err := send(scriptClient(), req)
	ts.Check(err)
	w := ts.Stdout()
	fmt.Fprintln(w, got.status, http.StatusText(got.status))
	ts.Check(got.header.Write(w))
	fmt.Fprintf(w, "\n%s\n", got.body)
}

// scriptClient trusts any certificate: which one it is, the script has said.
func scriptClient() *http.Client {
	return &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		ForceAttemptHTTP2: true,
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true},
	}}
}

// writeCertificate makes a certificate for itself: `certificate CERT KEY`.
func writeCertificate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: certificate CERT KEY")
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ts.Check(err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	ts.Check(err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	ts.Check(err)
	writePEM(ts, args[0], "CERTIFICATE", certificate)
	writePEM(ts, args[1], "PRIVATE KEY", private)
}

func writePEM(ts *testscript.TestScript, path, kind string, der []byte) {
	ts.Check(os.WriteFile(ts.MkAbs(path), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
}
