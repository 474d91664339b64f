package sigv4

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// splitTarget splits the target of a request line into its path, as it was
// sent, and its query. The target may be in absolute form (RFC 9112, 3.2.2),
// where an empty path means "/".
func splitTarget(target string) (path string, query url.Values, err error) {
	path, raw, _ := strings.Cut(target, "?")
	if !strings.HasPrefix(path, "/") {
		if _, rest, absolute := strings.Cut(path, "://"); absolute {
			_, path, _ = strings.Cut(rest, "/")
			path = "/" + path
		}
	}
	query, err = url.ParseQuery(raw)
	if err != nil {
		return "", nil, invalid("The query-string is malformed, so that its signature cannot be verified.")
	}
	return path, query, nil
}

// canonicalRequest is the text whose hash is signed.
func canonicalRequest(r *http.Request, path string, query url.Values, c *claim, payload string) (string, error) {
	var b strings.Builder
	b.WriteString(r.Method + "\n" + canonicalPath(path) + "\n" + canonicalQuery(query) + "\n")
	for _, name := range c.signedHeaders {
		values := headerValues(r, name)
		if len(values) == 0 {
			return "", invalid("The 'SignedHeader' '%s' is not in the request.", excerpt(name))
		}
		b.WriteString(name)
		for i, value := range values {
			b.WriteByte(":,"[min(i, 1)])
			b.WriteString(collapse(value))
		}
		b.WriteByte('\n')
	}
	b.WriteString("\n" + strings.Join(c.signedHeaders, ";") + "\n" + payload)
	return b.String(), nil
}

func canonicalPath(path string) string {
	return strings.ReplaceAll(escape(path), "%2F", "/")
}

// canonicalQuery sorts by the encoded name, then by the encoded value. The
// signature itself is left out: only a presigned request has one here.
func canonicalQuery(query url.Values) string {
	type param struct{ name, value string }
	params := make([]param, 0, len(query))
	for name, values := range query {
		if name == "X-Amz-Signature" {
			continue
		}
		for _, value := range values {
			params = append(params, param{escape(name), escape(value)})
		}
	}
	slices.SortFunc(params, func(a, b param) int {
		return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.value, b.value))
	})
	pairs := make([]string, len(params))
	for i, p := range params {
		pairs[i] = p.name + "=" + p.value
	}
	return strings.Join(pairs, "&")
}

// escape encodes all but A-Z a-z 0-9 - _ . ~, a blank as %20.
func escape(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}

// headerValues answers a header's values, those included that the server keeps
// outside of Header.
func headerValues(r *http.Request, name string) []string {
	switch {
	case name == "host" && r.Host != "":
		return []string{r.Host}
	case name == "content-length" && r.ContentLength >= 0:
		return []string{strconv.FormatInt(r.ContentLength, 10)}
	}
	return r.Header.Values(name)
}

// collapse trims blanks and makes each run of them one, as botocore, the
// JavaScript and the Java SDK do. A tab counts as a blank.
func collapse(value string) string {
	return strings.Join(strings.FieldsFunc(value, func(r rune) bool { return r == ' ' || r == '\t' }), " ")
}
