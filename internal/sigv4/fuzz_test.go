package sigv4_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/carillon-id/carillon/internal/sigv4"
)

// arrival is a signed request as it arrived.
type arrival struct {
	r    *http.Request
	hash [sha256.Size]byte
}

func (in arrival) clone() arrival {
	return arrival{in.r.Clone(context.Background()), in.hash}
}

// FuzzAgainstAWSSigner signs any request with AWS's own signer, sends it over
// the wire, and wants it accepted, and refused with anything about it changed.
func FuzzAgainstAWSSigner(f *testing.F) {
	f.Add(byte(0), "12a3456b", false, "max-results", "10", "x", []byte(nil), "", secret, uint16(7), byte('x'))
	f.Add(byte(1), "a/b c+é%~*'(;)", false, "operation", "suspend", " two  blanks ", []byte(`{"UserIdList":["u1"]}`), "", secret, uint16(3), byte('%'))
	f.Add(byte(0), "a/b c+é%~*'(;)/..//.", true, "user email", "a+b c&d=é;%2B", "é, \"x\"", []byte(nil), token, "s", uint16(20), byte('/'))
	f.Add(byte(6), "%2F%252f", true, "name", "", "", []byte(nil), "", secret, uint16(30), byte('&'))
	f.Add(byte(13), "\x00\xff?#", true, "X-Amz-Date", "\x00\xff", "\x00\xff", []byte(nil), token, "\x00\xff", uint16(999), byte('='))
	f.Add(byte(2), "", false, "", "", "", []byte("\x00\xff"), token, "", uint16(0), byte('+'))
	f.Fuzz(func(t *testing.T, how byte, path string, asIs bool, name, value, header string, body []byte, token, secret string, at uint16, char byte) {
		methods := []string{"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"}
		presign := how >= 6 && how%2 == 0 // with GET, the only method for it
		method := methods[int(how)%len(methods)]
		if presign {
			method, body = http.MethodGet, nil
		}
		credentials := aws.Credentials{AccessKeyID: keyID, SecretAccessKey: secret, SessionToken: unblanked(token)}
		out := request(t, method, path, asIs, name, value, header, body)
		in := send(t, sign(t, out, presign, credentials, body), body)

		check := checker(credentials)
		if err := check(t, in); err != nil {
			t.Fatalf("%s %s: got %v, want it accepted", in.r.Method, in.r.RequestURI, err)
		}
		for what, change := range changes(presign, len(body) > 0) {
			other := in.clone()
			change(&other)
			wantRefused(t, check, other, what)
		}
		typo := in.clone()
		typo.r.RequestURI = insert(in.r.RequestURI, int(at), char)
		if !sameTarget(in.r.RequestURI, typo.r.RequestURI) {
			wantRefused(t, check, typo, "the target "+typo.r.RequestURI)
		}
	})
}

// request is an unsigned request. Names and values that repeat have a prefix
// that orders them, because AWS's signer for Go sorts them before it encodes
// them, where the specification says after.
func request(t *testing.T, method, path string, asIs bool, name, value, header string, body []byte) *http.Request {
	t.Helper()
	query := url.Values{"0" + name: {"0" + value, "1" + value, "1" + value}, "1": {value}}
	u := &url.URL{Scheme: "http", Host: "127.0.0.1:8420", Path: "/accounts/" + path, RawQuery: query.Encode()}
	if !asIs { // as the SDKs encode a label of the path; else as package url does a path
		u.RawPath = "/accounts/" + strings.ReplaceAll(url.QueryEscape(path), "+", "%20")
	}
	r := &http.Request{
		Method: method, URL: u, Host: u.Host, Header: make(http.Header),
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}
	// What counts as a blank inside of a value is where the signers differ:
	// only for a plain one all agree.
	header = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsControl(r) {
			return ' '
		}
		return r
	}, header)
	r.Header["X-Note"] = []string{"-" + header, "  " + header + "-  "}
	r.Header.Set("X-Amz-Meta-Note", "-"+header)
	r.Header.Set("Content-Type", "application/json")
	return r
}

// unblanked makes a session token that a header can hold.
func unblanked(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsControl(r) {
			return -1
		}
		return r
	}, s)
}

// sign signs with a signer of its own: a shared one would keep the key of the
// first secret.
func sign(t *testing.T, r *http.Request, presign bool, credentials aws.Credentials, body []byte) *http.Request {
	t.Helper()
	hash := sha256.Sum256(body)
	payload := hex.EncodeToString(hash[:])
	if !presign {
		if err := v4.NewSigner().SignHTTP(t.Context(), credentials, r, payload, "chime", "us-east-1", when); err != nil {
			t.Fatalf("signing: %v", err)
		}
		return r
	}
	query := r.URL.Query()
	query.Set("X-Amz-Expires", "900")
	r.URL.RawQuery = query.Encode()
	signed, headers, err := v4.NewSigner().PresignHTTP(t.Context(), credentials, r, payload, "chime", "us-east-1", when)
	if err != nil {
		t.Fatalf("presigning: %v", err)
	}
	u, err := url.Parse(signed)
	if err != nil {
		t.Fatalf("the presigned URL: %v", err)
	}
	return &http.Request{Method: r.Method, URL: u, Host: r.Host, Header: headers}
}

// send takes the request over the wire.
func send(t *testing.T, r *http.Request, body []byte) arrival {
	t.Helper()
	var wire bytes.Buffer
	if err := r.Write(&wire); err != nil {
		t.Fatalf("sending: %v", err)
	}
	in, err := http.ReadRequest(bufio.NewReader(&wire))
	if err != nil {
		t.Fatalf("receiving: %v", err)
	}
	got, err := io.ReadAll(in.Body)
	if err != nil || !bytes.Equal(got, body) {
		t.Fatalf("receiving: got the body %q, %v, want %q", got, err, body)
	}
	return arrival{in, sha256.Sum256(got)}
}

func checker(credentials aws.Credentials) func(testing.TB, arrival) error {
	v := verifierAt(when.Add(time.Minute))
	lookup := only(&sigv4.Key{Secret: credentials.SecretAccessKey, SessionToken: credentials.SessionToken})
	return func(t testing.TB, in arrival) error {
		t.Helper()
		_, err := v.Verify(t.Context(), in.r, in.hash, lookup)
		return err
	}
}

func wantRefused(t *testing.T, check func(testing.TB, arrival) error, in arrival, what string) {
	t.Helper()
	var refused *sigv4.Error
	if err := check(t, in); !errors.As(err, &refused) {
		t.Errorf("with %s changed: got %v, want it refused", what, err)
	}
}

// changes is each thing about a request that a signature covers. AWS's signer
// covers the length of a body that is there.
func changes(presigned, body bool) map[string]func(*arrival) {
	header := func(name, value string) func(*arrival) {
		return func(in *arrival) { in.r.Header.Set(name, value) }
	}
	target := func(from, to string) func(*arrival) {
		return func(in *arrival) { in.r.RequestURI = strings.Replace(in.r.RequestURI, from, to, 1) }
	}
	all := map[string]func(*arrival){
		"the body":        func(in *arrival) { in.hash[0] ^= 1 },
		"the method":      func(in *arrival) { in.r.Method = "OPTIONS" },
		"the host":        func(in *arrival) { in.r.Host = "localhost:8420" },
		"the path's case": target("/accounts/", "/Accounts/"),
		"the path":        target("?", "/?"),
		"a value":         target("1=", "1=0"),
		"a parameter":     target("?", "?x&"),
		"a header":        header("X-Note", "other"),
	}
	if presigned {
		all["the date"] = target("20190108T183005Z", "20190108T183006Z")
		all["the lifetime"] = target("X-Amz-Expires=900", "X-Amz-Expires=901")
		all["the key"] = target(keyID, "AKIDUNKNOWN")
		return all
	}
	all["the date"] = header("X-Amz-Date", "20190108T183006Z")
	all["the media type"] = header("Content-Type", "text/plain")
	all["the token"] = header("X-Amz-Security-Token", "other")
	all["a header of AWS's"] = header("X-Amz-Meta-Note", "other")
	all["the absence of a header"] = func(in *arrival) { in.r.Header.Del("X-Note") }
	if body {
		all["the length"] = func(in *arrival) { in.r.ContentLength++ }
	}
	return all
}

func insert(s string, at int, char byte) string {
	at %= len(s) + 1
	return s[:at] + string([]byte{char}) + s[at:]
}

// sameTarget reports whether two targets are the same request: the path to the
// byte, the query by what it says.
func sameTarget(a, b string) bool {
	pathA, queryA, _ := strings.Cut(a, "?")
	pathB, queryB, _ := strings.Cut(b, "?")
	valuesA, errA := url.ParseQuery(queryA)
	valuesB, errB := url.ParseQuery(queryB)
	if pathA != pathB || errA != nil || errB != nil {
		return false
	}
	for _, values := range []url.Values{valuesA, valuesB} {
		for name := range values {
			slices.Sort(values[name])
		}
	}
	return cmp.Equal(valuesA, valuesB)
}
