package sigv4_test

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-id/carillon/internal/sigv4"
)

const (
	mismatch = "The request signature we calculated does not match the signature you provided. " +
		"Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
	noPayload = "The provided 'x-amz-content-sha256' header does not match what was computed. " +
		"It must be the SHA-256 of the payload: unsigned and streaming payloads are not accepted."
	noHost  = "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
	notList = "The 'SignedHeaders' must be lower-case, sorted and without duplicates."
)

// A refusal is a request with some text replaced, and what is said of it.
type refusal struct {
	name    string
	edit    []string      // pairs of old and new text
	after   time.Duration // how long after its date the request arrives
	error   string        // the exception without its suffix
	message string        // {auth} and {credential} stand for their digests
}

func testRefusals(t *testing.T, wire string, key *sigv4.Key, tests []refusal) {
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sent := edit(t, wire, tt.edit...)
			r, _ := receive(t, sent)
			auth := r.Header.Get("Authorization")
			_, credential, _ := strings.Cut(auth, "Credential=")
			credential, _, _ = strings.Cut(credential, ",")
			if auth == "" {
				credential = r.URL.Query().Get("X-Amz-Credential")
			}
			want := &sigv4.Error{
				Name:    tt.error + "Exception",
				Status:  http.StatusForbidden,
				Message: strings.NewReplacer("{auth}", digest(auth), "{credential}", digest(credential)).Replace(tt.message),
			}
			var got *sigv4.Error
			if err := verify(t, verifierAt(when.Add(tt.after)), sent, key); !errors.As(err, &got) {
				t.Fatalf("got %v, want %v", err, want)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("wrong refusal (-want +got):\n%s", diff)
			}
			for _, private := range []string{keyID, secret, token, "d97d78e80baa", "d64378e34153"} {
				if strings.Contains(got.Error(), private) {
					t.Errorf("%v holds %q", got, private)
				}
			}
		})
	}
}

// TestRefusedAuthorization has what cannot be read.
func TestRefusedAuthorization(t *testing.T) {
	const scoped = "AKIDEXAMPLE/20190108/eu-west-1/chime/aws4_request"
	testRefusals(t, suspend, permanent(), []refusal{
		{"no credentials", []string{"Authorization:", "X-Other:"}, 0, "MissingAuthenticationToken", "Missing Authentication Token"},
		{
			"no Credential",
			[]string{"Credential=", "C="},
			0, "IncompleteSignature",
			"Authorization header requires 'Credential' parameter. (Hashed with SHA-256 and encoded with Base64) Authorization={auth}",
		},
		{
			"no Signature",
			[]string{", Signature=", ", S="},
			0, "IncompleteSignature",
			"Authorization header requires 'Signature' parameter. (Hashed with SHA-256 and encoded with Base64) Authorization={auth}",
		},
		{
			"no SignedHeaders",
			[]string{"SignedHeaders=", "S="},
			0, "IncompleteSignature",
			"Authorization header requires 'SignedHeaders' parameter. (Hashed with SHA-256 and encoded with Base64) Authorization={auth}",
		},
		{
			"no date",
			[]string{"X-Amz-Date:", "X-Other:"},
			0, "IncompleteSignature",
			"Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. (Hashed with SHA-256 and encoded with Base64) Authorization={auth}",
		},
		{
			"nothing at all",
			[]string{"X-Amz-Date:", "X-Other:", "Credential=", "C=", "SignedHeaders=", "H=", "Signature=", "S="},
			0, "IncompleteSignature",
			"Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. " +
				"Authorization header requires 'SignedHeaders' parameter. " +
				"Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. (Hashed with SHA-256 and encoded with Base64) Authorization={auth}",
		},
		{
			"no equal-sign",
			[]string{"SignedHeaders=", "SignedHeaders:"},
			0, "IncompleteSignature",
			"Element 2 not a valid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '{auth}'.",
		},
		{
			"another scheme",
			[]string{"AWS4-HMAC-SHA256 Credential=" + scoped + ", SignedHeaders=content-type;host;x-amz-date, Signature=", "Bearer "},
			0, "IncompleteSignature",
			"Element 1 not a valid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '{auth}'.",
		},
		{
			"another algorithm",
			[]string{"AWS4-HMAC-SHA256 ", "AWS4-ECDSA-P256-SHA256 "},
			0, "IncompleteSignature",
			"Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256' (only AWS4-HMAC-SHA256 for now).",
		},
		{
			"a credential for an algorithm",
			[]string{"AWS4-HMAC-SHA256 ", keyID + " "},
			0, "IncompleteSignature",
			"Unsupported AWS 'algorithm' (only AWS4-HMAC-SHA256 for now).",
		},
		{
			"a part twice",
			[]string{", SignedHeaders", ", Credential=x, SignedHeaders"},
			0, "IncompleteSignature",
			"Element 2 of the Authorization header repeats another one. (Hashed with SHA-256 and encoded with Base64) Authorization={auth}",
		},
		{
			"two Authorization headers",
			[]string{"Authorization:", "Authorization: AWS4-HMAC-SHA256 x=y\nAuthorization:"},
			0, "InvalidSignature",
			"Found the header 'Authorization' more than once.",
		},
		{
			"two dates",
			[]string{"X-Amz-Date:", "x-amz-date: 20190108T183005Z\nX-Amz-Date:"},
			0, "InvalidSignature",
			"Found the header 'X-Amz-Date' more than once.",
		},
		{
			"both forms",
			[]string{"?operation=suspend", "?operation=suspend&X-Amz-Signature=x"},
			0, "InvalidSignature",
			"Found both 'X-Amz-Signature' as a query-string param and 'Authorization' as HTTP header.",
		},
	})
}

// TestRefusedClaim has what is refused whoever signed it.
func TestRefusedClaim(t *testing.T) {
	const scoped = "AKIDEXAMPLE/20190108/eu-west-1/chime/aws4_request"
	testRefusals(t, suspend, permanent(), []refusal{
		{
			"no such date",
			[]string{"X-Amz-Date: 20190108T183005Z", "X-Amz-Date: Tue, 08 Jan 2019 18:30:05 GMT"},
			0, "IncompleteSignature",
			"Date must be in ISO-8601 'basic format'. Got 'Tue, 08 Jan 2019 18:30:05 GMT'. See http://en.wikipedia.org/wiki/ISO_8601",
		},
		{
			"a fraction of a second",
			[]string{"T183005Z", "T183005.5Z"},
			0, "IncompleteSignature",
			"Date must be in ISO-8601 'basic format'. Got '20190108T183005.5Z'. See http://en.wikipedia.org/wiki/ISO_8601",
		},
		{
			"too old", nil, 15*time.Minute + time.Second, "InvalidSignature",
			"Signature expired: 20190108T183005Z is now earlier than 20190108T183006Z (20190108T184506Z - 15 min.)",
		},
		{
			"too new", nil, -15*time.Minute - time.Second, "InvalidSignature",
			"Signature not yet current: 20190108T183005Z is still later than 20190108T183004Z (20190108T181504Z + 15 min.)",
		},
		{"host not signed", []string{"content-type;host;", "content-type;"}, 0, "InvalidSignature", noHost},
		{
			"date not signed",
			[]string{"host;x-amz-date", "host"},
			0, "InvalidSignature",
			"'X-Amz-Date' must be a 'SignedHeader' in the AWS Authorization.",
		},
		{
			"the wrong date signed",
			[]string{"host;x-amz-date", "date;host", "X-Amz-Date:", "Date: Tue, 08 Jan 2019 18:30:05 GMT\nX-Amz-Date:"},
			0, "InvalidSignature",
			"'X-Amz-Date' must be a 'SignedHeader' in the AWS Authorization.",
		},
		{
			"session token not signed",
			[]string{"X-Amz-Date:", "X-Amz-Security-Token: t\nX-Amz-Date:"},
			0, "InvalidSignature",
			"'X-Amz-Security-Token' must be a 'SignedHeader' in the AWS Authorization.",
		},
		{"signed headers not sorted", []string{"content-type;host;", "host;content-type;"}, 0, "InvalidSignature", notList},
		{"a signed header twice", []string{"content-type;host;", "content-type;host;host;"}, 0, "InvalidSignature", notList},
		{"a signed header in capitals", []string{"content-type;host;", "Content-Type;host;"}, 0, "InvalidSignature", notList},
		{"an empty signed header", []string{"content-type;host;", ";host;"}, 0, "InvalidSignature", notList},
		{
			"a signed header not sent",
			[]string{"Content-Type: application/json\n", ""},
			0, "InvalidSignature",
			"The 'SignedHeader' 'content-type' is not in the request.",
		},
		{
			"scope short of a part",
			[]string{scoped, keyID + "/20190108/chime/aws4_request"},
			0, "IncompleteSignature",
			"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got (hashed with SHA-256 and encoded with Base64): '{credential}'",
		},
		{
			"scope of another day",
			[]string{"/20190108/", "/20190107/"},
			0, "InvalidSignature",
			"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20190107' != '20190108', from '20190108T183005Z'.",
		},
		{
			"scope of no region",
			[]string{"/eu-west-1/", "/eu_west/"},
			0, "InvalidSignature",
			"Credential should be scoped to a valid Region, not 'eu_west'.",
		},
		{
			"scope of an overlong region",
			[]string{"/eu-west-1/", "/" + strings.Repeat("a", 70) + "/"},
			0, "InvalidSignature",
			"Credential should be scoped to a valid Region, not '" + strings.Repeat("a", 64) + "...'.",
		},
		{
			"scope of a numeric region",
			[]string{"/eu-west-1/", "/1234/"},
			0, "InvalidSignature",
			"Credential should be scoped to a valid Region, not '1234'.",
		},
		{
			"scope of a region in quotes",
			[]string{"/eu-west-1/", "/'é\"/"},
			0, "InvalidSignature",
			"Credential should be scoped to a valid Region, not '??\"'.",
		},
		{
			"scope of another service",
			[]string{"/chime/", "/iam/"},
			0, "InvalidSignature",
			"Credential should be scoped to correct service: 'chime'.",
		},
		{
			"scope with another end",
			[]string{"aws4_request", "aws3_request"},
			0, "InvalidSignature",
			"Credential should be scoped with a valid terminator: 'aws4_request', not 'aws3_request'.",
		},
		{
			"scope wrong throughout",
			[]string{"20190108/eu-west-1/chime/aws4_request", "a/-/b/c"},
			0, "InvalidSignature",
			"Credential should be scoped to a valid Region, not '-'. Credential should be scoped to correct service: 'chime'. " +
				"Credential should be scoped with a valid terminator: 'aws4_request', not 'c'. " +
				"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: 'a' != '20190108', from '20190108T183005Z'.",
		},
		{"another payload", []string{"X-Amz-Date:", "X-Amz-Content-Sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\nX-Amz-Date:"}, 0, "InvalidSignature", noPayload},
		{"unsigned payload", []string{"X-Amz-Date:", "X-Amz-Content-Sha256: UNSIGNED-PAYLOAD\nX-Amz-Date:"}, 0, "InvalidSignature", noPayload},
		{"streaming payload", []string{"X-Amz-Date:", "X-Amz-Content-Sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD\nX-Amz-Date:"}, 0, "InvalidSignature", noPayload},
		{
			"malformed query",
			[]string{"?operation=suspend", "?operation=suspend%zz"},
			0, "InvalidSignature",
			"The query-string is malformed, so that its signature cannot be verified.",
		},
		{
			"semicolon in the query",
			[]string{"?operation=suspend", "?operation=suspend;x"},
			0, "InvalidSignature",
			"The query-string is malformed, so that its signature cannot be verified.",
		},
	})
}

// TestRefusedSignature has what the signature does not cover.
func TestRefusedSignature(t *testing.T) {
	testRefusals(t, suspend, permanent(), []refusal{
		{"unknown key", []string{keyID, "AKIDUNKNOWN"}, 0, "UnrecognizedClient", "The security token included in the request is invalid."},
		{"empty key", []string{keyID, ""}, 0, "UnrecognizedClient", "The security token included in the request is invalid."},
		{"signature", []string{"84faab80", "84faab81"}, 0, "InvalidSignature", mismatch},
		{"signature cut", []string{"84faab80", "84faab8"}, 0, "InvalidSignature", mismatch},
		{"signature in capitals", []string{"d97d78e80baa", "D97D78E80BAA"}, 0, "InvalidSignature", mismatch},
		{"method", []string{"POST ", "PUT "}, 0, "InvalidSignature", mismatch},
		{"path", []string{"/users?", "/users/?"}, 0, "InvalidSignature", mismatch},
		{"path encoded otherwise", []string{"12a3456b-", "12a3456b%2D"}, 0, "InvalidSignature", mismatch},
		{"query", []string{"=suspend", "=unsuspend"}, 0, "InvalidSignature", mismatch},
		{"another parameter", []string{"=suspend", "=suspend&x"}, 0, "InvalidSignature", mismatch},
		{"body", []string{`"u2"`, `"u3"`}, 0, "InvalidSignature", mismatch},
		{"host", []string{"127.0.0.1:8420", "127.0.0.1:8421"}, 0, "InvalidSignature", mismatch},
		{"signed header", []string{"application/json", "text/plain"}, 0, "InvalidSignature", mismatch},
		{"date", []string{"T183005Z", "T183006Z"}, 0, "InvalidSignature", mismatch},
		{"region", []string{"eu-west-1", "us-east-1"}, 0, "InvalidSignature", mismatch},
	})
}

func TestRefusedDateHeader(t *testing.T) {
	testRefusals(t, withDate, permanent(), []refusal{
		{
			"no such date",
			[]string{"Tue, 08 Jan 2019", "8 January 2019"},
			0, "IncompleteSignature",
			"Date must be in ISO-8601 'basic format'. Got '8 January 2019 18:30:05 GMT'. See http://en.wikipedia.org/wiki/ISO_8601",
		},
		{
			"another zone by name",
			[]string{"GMT", "PST"},
			0, "IncompleteSignature",
			"Date must be in ISO-8601 'basic format'. Got 'Tue, 08 Jan 2019 18:30:05 PST'. See http://en.wikipedia.org/wiki/ISO_8601",
		},
		{
			"another day in UTC",
			[]string{"18:30:05 GMT", "23:30:05 -0800"},
			13 * time.Hour, "InvalidSignature",
			"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20190108' != '20190109', from '20190109T073005Z'.",
		},
		{
			"not signed",
			[]string{"=date;host", "=host"},
			0, "InvalidSignature",
			"'Date' must be a 'SignedHeader' in the AWS Authorization.",
		},
		{
			"twice",
			[]string{"Host:", "Date: Tue, 08 Jan 2019 18:30:05 GMT\nHost:"},
			0, "InvalidSignature",
			"Found the header 'Date' more than once.",
		},
		{"date", []string{"18:30:05", "18:30:06"}, 0, "InvalidSignature", mismatch},
	})
}

func TestRefusedPresigned(t *testing.T) {
	const notLifetime = "'X-Amz-Expires' must be a number of seconds from 1 to 604800."
	testRefusals(t, presigned, permanent(), []refusal{
		{
			"not a GET",
			[]string{"GET ", "POST "},
			0, "InvalidSignature",
			"A request with the signature in its query-string must be a GET.",
		},
		{
			"only one parameter",
			[]string{"Algorithm=", "A=", "Credential=", "C=", "Amz-Date=", "Amz-D=", "Expires=", "E=", "SignedHeaders=", "H="},
			0, "IncompleteSignature",
			"AWS query-string parameters must include 'X-Amz-Algorithm'. AWS query-string parameters must include 'X-Amz-Credential'. " +
				"AWS query-string parameters must include 'X-Amz-SignedHeaders'. AWS query-string parameters must include 'X-Amz-Date'. " +
				"AWS query-string parameters must include 'X-Amz-Expires'. Re-examine the query-string parameters.",
		},
		{
			"no signature",
			[]string{"Signature=", "S="},
			0, "IncompleteSignature",
			"AWS query-string parameters must include 'X-Amz-Signature'. Re-examine the query-string parameters.",
		},
		{
			"another algorithm",
			[]string{"AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"},
			0, "IncompleteSignature",
			"Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA1' (only AWS4-HMAC-SHA256 for now).",
		},
		{
			"a parameter twice",
			[]string{"X-Amz-Expires=900", "X-Amz-Expires=900&X-Amz-Expires=900"},
			0, "InvalidSignature",
			"Found the query-string param 'X-Amz-Expires' more than once.",
		},
		{
			"no such date",
			[]string{"20190108T183005Z", "2019-01-08"},
			0, "IncompleteSignature",
			"Date must be in ISO-8601 'basic format'. Got '2019-01-08'. See http://en.wikipedia.org/wiki/ISO_8601",
		},
		{
			"line end in the date",
			[]string{"20190108T183005Z", "20190108T183005Z%0A'x"},
			0, "IncompleteSignature",
			"Date must be in ISO-8601 'basic format'. Got '20190108T183005Z??x'. See http://en.wikipedia.org/wiki/ISO_8601",
		},
		{"no lifetime", []string{"Expires=900", "Expires=0"}, 0, "InvalidSignature", notLifetime},
		{"negative lifetime", []string{"Expires=900", "Expires=-1"}, 0, "InvalidSignature", notLifetime},
		{"lifetime over a week", []string{"Expires=900", "Expires=604801"}, 0, "InvalidSignature", notLifetime},
		{"lifetime in words", []string{"Expires=900", "Expires=1h"}, 0, "InvalidSignature", notLifetime},
		{
			"expired", nil, 901 * time.Second, "InvalidSignature",
			"Signature expired: 20190108T183005Z is now earlier than 20190108T183006Z (20190108T184506Z - 15 min.)",
		},
		{
			"expired in seconds",
			[]string{"Expires=900", "Expires=90"},
			91 * time.Second, "InvalidSignature",
			"Signature expired: 20190108T183005Z is now earlier than 20190108T183006Z (20190108T183136Z - 90 sec.)",
		},
		{
			"too new", nil, -15*time.Minute - time.Second, "InvalidSignature",
			"Signature not yet current: 20190108T183005Z is still later than 20190108T183004Z (20190108T181504Z + 15 min.)",
		},
		{"lifetime changed", []string{"Expires=900", "Expires=901"}, 0, "InvalidSignature", mismatch},
		{"host not signed", []string{"SignedHeaders=host", "SignedHeaders=accept"}, 0, "InvalidSignature", noHost},
		{"token added in the query", []string{"&X-Amz-Signature", "&X-Amz-Security-Token=t&X-Amz-Signature"}, 0, "InvalidSignature", mismatch},
		{
			"token added in a header",
			[]string{"Host:", "X-Amz-Security-Token: t\nHost:"},
			0, "InvalidSignature",
			"'X-Amz-Security-Token' must be a 'SignedHeader' in the AWS Authorization.",
		},
		{
			"token in both places",
			[]string{"Host:", "X-Amz-Security-Token: t\nHost:", "&X-Amz-Signature", "&X-Amz-Security-Token=t&X-Amz-Signature"},
			0, "InvalidSignature",
			"Found 'X-Amz-Security-Token' both as a query-string param and as HTTP header.",
		},
		{
			"scope short of a part",
			[]string{"%2Feu-west-1", ""},
			0, "IncompleteSignature",
			"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got (hashed with SHA-256 and encoded with Base64): '{credential}'",
		},
		{"body", []string{"Host:", "Content-Length: 1\nHost:", "\n\n", "\n\nx"}, 0, "InvalidSignature", mismatch},
		{"query", []string{"%40example.com", "%40example.org"}, 0, "InvalidSignature", mismatch},
		{"unknown key", []string{keyID, "AKIDUNKNOWN"}, 0, "UnrecognizedClient", "The security token included in the request is invalid."},
	})
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.StdEncoding.EncodeToString(sum[:])
}
