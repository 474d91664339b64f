package sigv4

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
)

// Error is a refusal of a request, named and worded as AWS does. Its text is
// for the client: it holds no secret, no signature and no access key id.
type Error struct {
	Name    string // the exception, as the x-amzn-ErrorType header spells it
	Status  int    // the HTTP status, 403 for every refusal of this package
	Message string
}

func (e *Error) Error() string { return e.Name + ": " + e.Message }

func refuse(name, format string, args ...any) error {
	return &Error{Name: name, Status: http.StatusForbidden, Message: fmt.Sprintf(format, args...)}
}

func missingToken() error {
	return refuse("MissingAuthenticationTokenException", "Missing Authentication Token")
}

func incomplete(format string, args ...any) error {
	return refuse("IncompleteSignatureException", format, args...)
}

func invalid(format string, args ...any) error {
	return refuse("InvalidSignatureException", format, args...)
}

// unsupported names the algorithm only when it is one of AWS's: what stands in
// its place may be a credential of another kind.
func unsupported(name string) error {
	if !strings.HasPrefix(name, "AWS4-") {
		return incomplete("Unsupported AWS 'algorithm' (only %s for now).", algorithm)
	}
	return incomplete("Unsupported AWS 'algorithm': '%s' (only %s for now).", excerpt(name), algorithm)
}

func mismatch() error {
	return invalid("The request signature we calculated does not match the signature you provided. " +
		"Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
}

func unrecognized() error {
	return refuse("UnrecognizedClientException", "The security token included in the request is invalid.")
}

func expiredToken() error {
	return refuse("ExpiredTokenException", "The security token included in the request is expired")
}

// digest stands in a message for text that may hold a credential, so that the
// sender can tell which text is meant and nobody else learns it.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// hashedAuthorization is how the current AWS services end a complaint about the
// Authorization header.
func hashedAuthorization(header string) string {
	return "(Hashed with SHA-256 and encoded with Base64) Authorization=" + digest(header)
}

// excerpt makes text of the client's fit for a message: printable ASCII without
// quotes, and short.
func excerpt(text string) string {
	const limit = 64
	clean := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '\'' {
			return '?'
		}
		return r
	}, text)
	if len(clean) > limit {
		return clean[:limit] + "..."
	}
	return clean
}
