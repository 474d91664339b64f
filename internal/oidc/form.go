package oidc

import (
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/carillon-id/carillon/internal/web"
)

// maxForm is the greatest length of the parameters of a request, in bytes.
const maxForm = 16 << 10

// parameters are those of a request, decoded.
type parameters struct{ url.Values }

// get returns a parameter; one without a value is one that was not sent (RFC 6749,
// section 3.1).
func (p parameters) get(name string) string { return p.Values.Get(name) }

// parse decodes parameters.
func parse(encoded string) (parameters, error) {
	if len(encoded) > maxForm {
		return parameters{}, badRequest(invalidRequest, "the parameters are too long")
	}
	values, err := url.ParseQuery(encoded)
	if err != nil {
		return parameters{}, badRequest(invalidRequest, "the parameters are not form-encoded")
	}
	return parameters{values}, nil
}

// once refuses parameters that were sent twice, which two readers could take for
// two things, and those that are not text.
func (p parameters) once(names ...string) error {
	for _, name := range names {
		values := p.Values[name]
		if len(values) > 1 {
			return badRequest(invalidRequest, "the parameter "+name+" was sent more than once")
		}
		if len(values) == 1 && !isText(values[0]) {
			return badRequest(invalidRequest, "the parameter "+name+" is not UTF-8 text")
		}
	}
	return nil
}

// isText reports whether the store can keep the text.
func isText(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }

// readForm returns the parameters that a request has in its body, which is where
// what is secret has to be; those in the query do not count.
func readForm(w http.ResponseWriter, r *http.Request) (parameters, error) {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/x-www-form-urlencoded" {
		return parameters{}, badRequest(invalidRequest, "the body must be application/x-www-form-urlencoded")
	}
	body, err := web.ReadBody(w, r)
	if err != nil {
		return parameters{}, err
	}
	return parse(string(body))
}
