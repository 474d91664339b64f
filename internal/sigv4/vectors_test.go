package sigv4_test

import (
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/sigv4"
)

// suite is AWS's published test suite for Signature Version 4, as the npm
// package @smithy/signature-v4 2.0.0 carries it.
type suite struct {
	Region      string
	Service     string
	SigningDate time.Time
	Credentials struct{ AccessKeyID, SecretAccessKey string }
	Requests    []vector
}

type vector struct {
	Name    string
	Request struct {
		Method  string
		Path    string
		Query   map[string]string
		Headers map[string]string
		Body    string
	}
	Authorization string
}

// loadSuite reads the suite from where the client tests install it. It is a
// program, so node turns it into JSON.
func loadSuite(t *testing.T) suite {
	t.Helper()
	file, err := filepath.Abs("../../tests/clients/node_modules/sigv4-vectors/dist-cjs/suite.fixture.js")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(file); err != nil {
		t.Fatalf("AWS's vectors are not installed (%v): run `make test`, which installs them", err)
	}
	const script = "process.stdout.write(JSON.stringify(require(process.argv[1])))"
	out, err := exec.CommandContext(t.Context(), "node", "-e", script, file).Output()
	if err != nil {
		t.Fatalf("reading AWS's vectors with node: %v", err)
	}
	var s suite
	if err := json.Unmarshal(out, &s); err != nil {
		t.Fatalf("reading AWS's vectors: %v", err)
	}
	return s
}

// received is the request as a server sees it. It does not go over a wire,
// because some vectors hold a path that no line of HTTP can.
func (v vector) received() (*http.Request, [sha256.Size]byte) {
	query := make(url.Values)
	for name, value := range v.Request.Query {
		query.Set(name, value)
	}
	r := &http.Request{
		Method:        v.Request.Method,
		RequestURI:    v.Request.Path + "?" + query.Encode(),
		Header:        http.Header{"Authorization": {v.Authorization}},
		ContentLength: int64(len(v.Request.Body)),
	}
	for name, value := range v.Request.Headers {
		if name == "host" {
			r.Host = value
			continue
		}
		r.Header.Set(name, value)
	}
	return r, sha256.Sum256([]byte(v.Request.Body))
}

func TestVectors(t *testing.T) {
	s := loadSuite(t)
	if got, want := len(s.Requests), 24; got != want {
		t.Fatalf("got %d vectors, want all %d of version 2.0.0", got, want)
	}
	verifier := &sigv4.Verifier{Service: s.Service, Now: func() time.Time { return s.SigningDate }}
	for _, v := range s.Requests {
		t.Run(v.Name, func(t *testing.T) {
			key := &sigv4.Key{Secret: s.Credentials.SecretAccessKey, SessionToken: v.Request.Headers["x-amz-security-token"]}
			r, hash := v.received()
			id, err := verifier.Verify(t.Context(), r, hash, only(key))
			if err != nil || id != s.Credentials.AccessKeyID {
				t.Errorf("got %q, %v, want %q", id, err, s.Credentials.AccessKeyID)
			}
			r.Header.Set("Authorization", altered(v.Authorization))
			if _, err := verifier.Verify(t.Context(), r, hash, only(key)); err == nil {
				t.Error("an altered signature was accepted")
			}
		})
	}
}

// altered changes the last digit of a signature.
func altered(authorization string) string {
	last := "0"
	if strings.HasSuffix(authorization, last) {
		last = "1"
	}
	return authorization[:len(authorization)-1] + last
}
