package oidc

import (
	"net/http"
	"net/url"
	"strings"
)

// target is where an app wants a browser back, which was compared with what is
// registered, byte for byte.
type target struct {
	uri   string
	state string
}

// location returns the URI with the parameters, given as names and values; the
// bytes that the app registered stay as they are.
func (t target) location(pairs ...string) string {
	if t.state != "" {
		pairs = append(pairs, "state", t.state)
	}
	var b strings.Builder
	b.WriteString(t.uri)
	separator := "?"
	if _, query, ok := strings.Cut(t.uri, "?"); ok {
		if separator = "&"; query == "" {
			separator = ""
		}
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		b.WriteString(separator + url.QueryEscape(pairs[i]) + "=" + url.QueryEscape(pairs[i+1]))
		separator = "&"
	}
	return b.String()
}

// origin returns what a Content-Security-Policy calls where the target is: an
// origin, or the scheme of a native app.
func (t target) origin() string {
	u, err := url.Parse(t.uri)
	switch {
	case err != nil || t.uri == "" || strings.ContainsAny(u.Host, ";,"):
		return "" // or it would be read as more than a source
	case u.Host == "":
		return u.Scheme + ":"
	}
	return u.Scheme + "://" + u.Host
}

// redirect answers an authorization request at the app, and says who answers (RFC
// 9207), so that no app takes our answer for another provider's.
func (p *Provider) redirect(w http.ResponseWriter, to target, pairs ...string) {
	seeOther(w, to.location(append(pairs, "iss", p.Issuer)...))
}

// seeOther sends the browser on, by GET (RFC 9700, section 4.12), and keeps what
// stands in the address from caches and from the Referer of whatever comes next.
func seeOther(w http.ResponseWriter, location string) {
	noStore(w.Header())
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Location", location)
	w.WriteHeader(http.StatusSeeOther)
}
