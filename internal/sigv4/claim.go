package sigv4

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	algorithm  = "AWS4-HMAC-SHA256"
	terminator = "aws4_request"

	// basicISO is the one form of a date that is signed.
	basicISO = "20060102T150405Z"
	// longestLifetime of a presigned request, a week, is IAM's.
	longestLifetime = 604800
)

// claim is what a request says of its own signature, read but not yet believed.
type claim struct {
	keyID         string
	scope         scope
	date          time.Time
	lifetime      time.Duration // of a presigned request, else 0
	signedHeaders []string
	mustSign      []string // headers that the signature has to cover
	signature     string
	token         string
}

// readClaim reads the claim from the Authorization header or, for a presigned
// request, from the query.
func readClaim(r *http.Request, query url.Values) (*claim, error) {
	if err := refuseRepeated(r.Header, query); err != nil {
		return nil, err
	}
	header := r.Header.Get("Authorization")
	param := presignedBy(query)
	switch {
	case header == "" && param == "":
		return nil, missingToken()
	case header != "" && param != "":
		return nil, invalid("Found both '%s' as a query-string param and 'Authorization' as HTTP header.", param)
	case param != "":
		return claimOfQuery(r, query)
	default:
		return claimOfHeader(r.Header, header)
	}
}

// refuseRepeated refuses what could be read in two ways.
func refuseRepeated(h http.Header, query url.Values) error {
	for name, values := range h {
		if len(values) > 1 && (name == "Authorization" || name == "Date" || isAmz(name)) {
			return invalid("Found the header '%s' more than once.", excerpt(name))
		}
	}
	seen := make(map[string]bool)
	for name, values := range query {
		if !isAmz(name) {
			continue
		}
		if lower := strings.ToLower(name); len(values) == 1 && !seen[lower] {
			seen[lower] = true
			continue
		}
		return invalid("Found the query-string param '%s' more than once.", excerpt(name))
	}
	return nil
}

func isAmz(name string) bool {
	const prefix = "x-amz-"
	return len(name) >= len(prefix) && strings.EqualFold(name[:len(prefix)], prefix)
}

// presignedBy answers the parameter that makes the request a presigned one, or "".
func presignedBy(query url.Values) string {
	for _, name := range []string{"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-SignedHeaders", "X-Amz-Signature"} {
		if query.Has(name) {
			return name
		}
	}
	return ""
}

func claimOfHeader(h http.Header, header string) (*claim, error) {
	scheme, rest, _ := strings.Cut(header, " ")
	parts, err := splitParts(header, rest)
	if err != nil {
		return nil, err
	}
	if scheme != algorithm {
		return nil, unsupported(scheme)
	}
	dateHeader := dateHeaderOf(h)
	if missing := missingParts(parts, dateHeader); missing != "" {
		return nil, incomplete("%s%s", missing, hashedAuthorization(header))
	}
	c := &claim{signature: parts["Signature"], token: h.Get("X-Amz-Security-Token")}
	if c.date, err = parseDate(h.Get(dateHeader), dateHeader); err != nil {
		return nil, err
	}
	c.signedHeaders = strings.Split(parts["SignedHeaders"], ";")
	c.mustSign = []string{"Host", dateHeader}
	if c.token != "" {
		c.mustSign = append(c.mustSign, "X-Amz-Security-Token")
	}
	c.keyID, c.scope, err = parseCredential(parts["Credential"])
	return c, err
}

// splitParts reads "Name=value, Name=value". A name that has no meaning here is
// passed over, a repeated one refused.
func splitParts(header, rest string) (map[string]string, error) {
	parts := make(map[string]string, 3)
	for i, part := range strings.Split(rest, ",") {
		part = strings.Trim(part, " \t")
		if part == "" {
			continue
		}
		name, value, found := strings.Cut(part, "=")
		if !found {
			return nil, incomplete("Element %d not a valid key=value pair (missing equal-sign) in Authorization header "+
				"(hashed with SHA-256 and encoded with Base64): '%s'.", i+1, digest(header))
		}
		if _, repeated := parts[name]; repeated {
			return nil, incomplete("Element %d of the Authorization header repeats another one. %s", i+1, hashedAuthorization(header))
		}
		parts[name] = value
	}
	return parts, nil
}

// missingParts names all that is missing, each in a sentence, or answers "".
func missingParts(parts map[string]string, dateHeader string) string {
	var missing strings.Builder
	for _, name := range []string{"Credential", "Signature", "SignedHeaders"} {
		if parts[name] == "" {
			missing.WriteString("Authorization header requires '" + name + "' parameter. ")
		}
	}
	if dateHeader == "" {
		missing.WriteString("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ")
	}
	return missing.String()
}

// dateHeaderOf answers which header dates the request: X-Amz-Date wins over
// Date. It answers "" when there is neither.
func dateHeaderOf(h http.Header) string {
	for _, name := range []string{"X-Amz-Date", "Date"} {
		if len(h.Values(name)) > 0 {
			return name
		}
	}
	return ""
}

// parseDate reads a date in basic ISO form; the Date header may also hold it as
// HTTP writes it, or as RFC 5322 does with a numeric zone, which botocore sends.
func parseDate(value, name string) (time.Time, error) {
	// Parse takes fractions of a second too, which the signed form cannot hold.
	if t, err := time.Parse(basicISO, value); err == nil && t.Format(basicISO) == value {
		return t, nil
	}
	if name == "Date" {
		for _, layout := range []string{http.TimeFormat, time.RFC1123Z} {
			if t, err := time.Parse(layout, value); err == nil {
				return t.UTC(), nil
			}
		}
	}
	return time.Time{}, incomplete("Date must be in ISO-8601 'basic format'. Got '%s'. See http://en.wikipedia.org/wiki/ISO_8601", excerpt(value))
}

func claimOfQuery(r *http.Request, query url.Values) (*claim, error) {
	if r.Method != http.MethodGet {
		return nil, invalid("A request with the signature in its query-string must be a GET.")
	}
	if missing := missingParams(query); missing != "" {
		return nil, incomplete("%sRe-examine the query-string parameters.", missing)
	}
	if query.Get("X-Amz-Algorithm") != algorithm {
		return nil, unsupported(query.Get("X-Amz-Algorithm"))
	}
	c := &claim{signature: query.Get("X-Amz-Signature"), token: query.Get("X-Amz-Security-Token")}
	var err error
	if c.date, err = parseDate(query.Get("X-Amz-Date"), "X-Amz-Date"); err != nil {
		return nil, err
	}
	if c.lifetime, err = parseLifetime(query.Get("X-Amz-Expires")); err != nil {
		return nil, err
	}
	c.signedHeaders = strings.Split(query.Get("X-Amz-SignedHeaders"), ";")
	c.mustSign = []string{"Host"}
	if inHeader := r.Header.Get("X-Amz-Security-Token"); inHeader != "" {
		if c.token != "" {
			return nil, invalid("Found 'X-Amz-Security-Token' both as a query-string param and as HTTP header.")
		}
		c.token = inHeader
		c.mustSign = append(c.mustSign, "X-Amz-Security-Token")
	}
	c.keyID, c.scope, err = parseCredential(query.Get("X-Amz-Credential"))
	return c, err
}

// missingParams names all that is missing, each in a sentence, or answers "".
func missingParams(query url.Values) string {
	var missing strings.Builder
	for _, name := range []string{
		"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date", "X-Amz-Expires",
	} {
		if query.Get(name) == "" {
			missing.WriteString("AWS query-string parameters must include '" + name + "'. ")
		}
	}
	return missing.String()
}

func parseLifetime(value string) (time.Duration, error) {
	seconds, err := strconv.ParseUint(value, 10, 32)
	if err != nil || seconds < 1 || seconds > longestLifetime {
		return 0, invalid("'X-Amz-Expires' must be a number of seconds from 1 to %d.", longestLifetime)
	}
	return time.Duration(seconds) * time.Second, nil
}

// checkSignedHeaders refuses a list that is not in canonical form, which no
// client sends, and one that leaves out what must be signed. Not every x-amz-*
// header must: clients differ in what they sign of those that say nothing.
func checkSignedHeaders(c *claim) error {
	for i, name := range c.signedHeaders {
		if name == "" || name != strings.ToLower(name) || i > 0 && c.signedHeaders[i-1] >= name {
			return invalid("The 'SignedHeaders' must be lower-case, sorted and without duplicates.")
		}
	}
	for _, name := range c.mustSign {
		if slices.Contains(c.signedHeaders, strings.ToLower(name)) {
			continue
		}
		if name == "Host" {
			name = "Host' or ':authority"
		}
		return invalid("'%s' must be a 'SignedHeader' in the AWS Authorization.", name)
	}
	return nil
}
