package sigv4_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/sigv4"
)

const (
	keyID  = "AKIDEXAMPLE"
	secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" // of AWS's own examples
	token  = "AQoDYXdzEPT//wEXAMPLE+tok="
)

// when is the date of the requests in this package, but for those of clients
// whose clock cannot be set.
var when = time.Date(2019, time.January, 8, 18, 30, 5, 0, time.UTC)

// receive reads a request as a server does. The wire is written with plain line
// ends, as in a Go literal.
func receive(t testing.TB, wire string) (*http.Request, [sha256.Size]byte) {
	t.Helper()
	head, body, _ := strings.Cut(wire, "\n\n")
	wire = strings.ReplaceAll(head, "\n", "\r\n") + "\r\n\r\n" + body
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(wire)))
	if err != nil {
		t.Fatalf("reading the request: %v", err)
	}
	sent, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatalf("reading the body: %v", err)
	}
	return r, sha256.Sum256(sent)
}

func verifierAt(now time.Time) *sigv4.Verifier {
	return &sigv4.Verifier{Service: "chime", Now: func() time.Time { return now }}
}

// only is a Lookup that knows one key.
func only(key *sigv4.Key) sigv4.Lookup {
	return func(_ context.Context, id, _ string) (*sigv4.Key, error) {
		if id != keyID {
			return nil, nil
		}
		return key, nil
	}
}

// permanent is the key of the requests without a session token, session that of
// those with one.
func permanent() *sigv4.Key { return &sigv4.Key{Secret: secret} }
func session() *sigv4.Key   { return &sigv4.Key{Secret: secret, SessionToken: token} }

func verify(t testing.TB, v *sigv4.Verifier, wire string, key *sigv4.Key) error {
	t.Helper()
	r, hash := receive(t, wire)
	id, err := v.Verify(t.Context(), r, hash, only(key))
	if err == nil && id != keyID {
		t.Errorf("got the access key %q, want %q", id, keyID)
	}
	if err != nil && id != "" {
		t.Errorf("got the access key %q with the error %v, want none", id, err)
	}
	return err
}

// edit replaces pairs of text, each of which must occur.
func edit(t testing.TB, wire string, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(wire, pairs[i]) {
			t.Fatalf("%q is not in the request", pairs[i])
		}
		wire = strings.ReplaceAll(wire, pairs[i], pairs[i+1])
	}
	return wire
}

// TestSameRequest has what a sender or a proxy may do to a request without
// making it another one.
func TestSameRequest(t *testing.T) {
	tests := []struct {
		name string
		wire string
		edit []string
		late time.Duration
	}{
		{"as it was", suspend, nil, 0},
		{"the oldest", suspend, nil, 15 * time.Minute},
		{"the newest", suspend, nil, -15 * time.Minute},
		{"no blanks after commas", suspend, []string{", SignedHeaders", ",SignedHeaders", ", Signature", ",Signature"}, 0},
		{"an unknown part", suspend, []string{", SignedHeaders", ", Other=x, SignedHeaders"}, 0},
		{"parts in another order", suspend, []string{"Credential=AKIDEXAMPLE/20190108/eu-west-1/chime/aws4_request, SignedHeaders=content-type;host;x-amz-date", "SignedHeaders=content-type;host;x-amz-date, Credential=AKIDEXAMPLE/20190108/eu-west-1/chime/aws4_request"}, 0},
		{"absolute form", suspend, []string{"POST /", "POST http://127.0.0.1:8420/"}, 0},
		{"absolute form without a path", root, []string{"GET / ", "GET http://127.0.0.1:8420 "}, 0},
		{"a comma at the end", root, []string{"\n\n", ",\n\n"}, 0},
		{"an unsigned header", suspend, []string{"X-Amz-Date:", "X-Amz-User-Agent: x\nX-Forwarded-For: ::1\nX-Amz-Date:"}, 0},
		{"blanks in a signed header", suspend, []string{"Content-Type: application/json", "Content-Type:  \tapplication/json \t"}, 0},
		{"a Date beside X-Amz-Date", suspend, []string{"X-Amz-Date:", "Date: Mon, 07 Jan 2019 00:00:00 GMT\nX-Amz-Date:"}, 0},
		{"the true payload", suspend, []string{"X-Amz-Date:", "X-Amz-Content-Sha256: b05b59e56fc608d03b87f19fe2164a79c7438b268149760ec73d1c362654b524\nX-Amz-Date:"}, 0},
		{"parameters reordered", withQuery, []string{"?b=2&a=2&a-b=1&a=1&flag=", "?a=1&flag=&a-b=1&b=2&a=2"}, 0},
		{"a parameter without a value", withQuery, []string{"&flag=", "&flag"}, 0},
		{"empty parameters", withQuery, []string{"&flag=", "&&flag=&"}, 0},
		{"escapes of another case", presigned, []string{"%2B", "%2b"}, 0},
		{"plus for a blank", presigned, []string{"a%20b", "a+b"}, 0},
		{"needless escapes", presigned, []string{"=host", "=%68ost"}, 0},
		{"presigned, at its end", presigned, nil, 900 * time.Second},
		{"presigned, the newest", presigned, nil, -15 * time.Minute},
		{"presigned, with headers", presigned, []string{"Host:", "X-Amz-Date: x\nAccept: */*\nHost:"}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := verify(t, verifierAt(when.Add(tt.late)), edit(t, tt.wire, tt.edit...), permanent()); err != nil {
				t.Errorf("got %v, want the request accepted", err)
			}
		})
	}
}

func TestKeys(t *testing.T) {
	forged := edit(t, createWithToken, "Signature=7b912d48", "Signature=00000000")
	const (
		unrecognized = "UnrecognizedClientException: The security token included in the request is invalid."
		expired      = "ExpiredTokenException: The security token included in the request is expired"
	)
	tests := []struct {
		name string
		wire string
		key  *sigv4.Key
		want string // "" for accepted
	}{
		{"long-term key", suspend, permanent(), ""},
		{"session", createWithToken, session(), ""},
		{"session that lasts", createWithToken, &sigv4.Key{Secret: secret, SessionToken: token, Expires: when.Add(time.Second)}, ""},
		{"session that ends now", createWithToken, &sigv4.Key{Secret: secret, SessionToken: token, Expires: when}, expired},
		{"presigned session that ended", presignedWithToken, &sigv4.Key{Secret: secret, SessionToken: token, Expires: when.Add(-time.Hour)}, expired},
		{"session without its token", suspend, session(), unrecognized},
		{"session with another token", createWithToken, &sigv4.Key{Secret: secret, SessionToken: "other"}, unrecognized},
		{"long-term key with a token", createWithToken, permanent(), unrecognized},
		{"presigned with a needless token", presignedWithToken, permanent(), unrecognized},
		{"other token, session ended", createWithToken, &sigv4.Key{Secret: secret, SessionToken: "other", Expires: when}, unrecognized},
		{"forged, session ended", forged, &sigv4.Key{Secret: secret, SessionToken: token, Expires: when}, "InvalidSignatureException: " + mismatch},
		{"forged, other token", forged, permanent(), "InvalidSignatureException: " + mismatch},
		{"forged, unknown key", forged, nil, unrecognized},
		{"wrong secret", suspend, &sigv4.Key{Secret: "x"}, "InvalidSignatureException: " + mismatch},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			if err := verify(t, verifierAt(when), tt.wire, tt.key); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestLookupFails(t *testing.T) {
	r, hash := receive(t, suspend)
	down := errors.New("the database is away")
	_, err := verifierAt(when).Verify(t.Context(), r, hash, func(context.Context, string, string) (*sigv4.Key, error) {
		return nil, down
	})
	var refused *sigv4.Error
	if !errors.Is(err, down) || errors.As(err, &refused) {
		t.Errorf("got %v, want the lookup's own error", err)
	}
}

// TestUnfitKeyID checks that text which is no key id does not reach a store.
func TestUnfitKeyID(t *testing.T) {
	for _, id := range []string{"", "%00", "a%20b", "%C3%A9", "%FF", strings.Repeat("A", 129)} {
		r, hash := receive(t, edit(t, presigned, keyID, id))
		_, err := verifierAt(when).Verify(t.Context(), r, hash, func(_ context.Context, got, _ string) (*sigv4.Key, error) {
			t.Errorf("the key %q was looked up", got)
			return nil, nil
		})
		var refused *sigv4.Error
		if !errors.As(err, &refused) || refused.Name != "UnrecognizedClientException" {
			t.Errorf("%q: got %v, want an UnrecognizedClientException", id, err)
		}
	}
}

func TestWindow(t *testing.T) {
	tests := []struct {
		window, late time.Duration
		want         string
	}{
		{5 * time.Minute, 5 * time.Minute, ""},
		{5 * time.Minute, 301 * time.Second, "Signature expired: 20190108T183005Z is now earlier than 20190108T183006Z (20190108T183506Z - 5 min.)"},
		{5 * time.Minute, -301 * time.Second, "Signature not yet current: 20190108T183005Z is still later than 20190108T183004Z (20190108T182504Z + 5 min.)"},
		{90 * time.Second, 91 * time.Second, "Signature expired: 20190108T183005Z is now earlier than 20190108T183006Z (20190108T183136Z - 90 sec.)"},
		{time.Hour, time.Hour + 900*time.Millisecond, ""}, // a date has whole seconds
	}
	for _, tt := range tests {
		v := verifierAt(when.Add(tt.late))
		v.Window = tt.window
		got := ""
		var refused *sigv4.Error
		if err := verify(t, v, suspend, permanent()); errors.As(err, &refused) {
			got = refused.Message
		}
		if got != tt.want {
			t.Errorf("window %v, %v late: got %q, want %q", tt.window, tt.late, got, tt.want)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	for _, bench := range []struct {
		name string
		wire string
		key  *sigv4.Key
	}{
		{"known", suspend, permanent()},
		{"unknown", suspend, nil},
		{"presigned", presigned, permanent()},
	} {
		b.Run(bench.name, func(b *testing.B) {
			r, hash := receive(b, bench.wire)
			v, lookup := verifierAt(when), only(bench.key)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := v.Verify(b.Context(), r, hash, lookup); (err == nil) != (bench.key != nil) {
					b.Fatal(err)
				}
			}
		})
	}
}
