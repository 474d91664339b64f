package sigv4

import (
	"fmt"
	"strings"
	"time"
)

// scope is the credential scope: where and on which day a signature is good.
type scope struct {
	day, region, service, terminator string
}

func (s scope) String() string {
	return s.day + "/" + s.region + "/" + s.service + "/" + s.terminator
}

func parseCredential(credential string) (keyID string, s scope, err error) {
	parts := strings.Split(credential, "/")
	if len(parts) != 5 {
		return "", scope{}, incomplete("Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "+
			"got (hashed with SHA-256 and encoded with Base64): '%s'", digest(credential))
	}
	return parts[0], scope{parts[1], parts[2], parts[3], parts[4]}, nil
}

// check names all that is wrong with the scope of a request of the date, each
// in a sentence. Any region will do: a client that was pointed here by an
// endpoint URL signs for whatever region it is configured with.
func (s scope) check(service string, date time.Time) error {
	var wrong []string
	if !isRegion(s.region) {
		wrong = append(wrong, fmt.Sprintf("Credential should be scoped to a valid Region, not '%s'.", excerpt(s.region)))
	}
	if s.service != service {
		wrong = append(wrong, fmt.Sprintf("Credential should be scoped to correct service: '%s'.", service))
	}
	if s.terminator != terminator {
		wrong = append(wrong, fmt.Sprintf("Credential should be scoped with a valid terminator: '%s', not '%s'.", terminator, excerpt(s.terminator)))
	}
	if day := date.Format("20060102"); s.day != day {
		wrong = append(wrong, fmt.Sprintf("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '%s' != '%s', from '%s'.",
			excerpt(s.day), day, date.Format(basicISO)))
	}
	if len(wrong) > 0 {
		return invalid("%s", strings.Join(wrong, " "))
	}
	return nil
}

// isRegion reports whether the name could be a region's: a host label that is
// not a number, as botocore has it.
func isRegion(name string) bool {
	letters := false
	for i := range len(name) {
		switch c := name[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
			letters = true
		case '0' <= c && c <= '9':
		case c == '-' && 0 < i && i < len(name)-1:
		default:
			return false
		}
	}
	return letters && len(name) <= 63
}
