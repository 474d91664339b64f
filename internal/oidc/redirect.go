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

// scheme returns what a Content-Security-Policy calls a native app; "" for others.
func (t target) scheme() string {
	u, err := url.Parse(t.uri)
	if err != nil || u.Host != "" || u.Scheme == "" {
		return ""
	}
	return u.Scheme + ":"
}

// redirect answers an authorization request at the app, and says who answers (RFC
// 9207), so that no app takes our answer for another provider's.
func (p *Provider) redirect(w http.ResponseWriter, r *http.Request, to target, pairs ...string) {
	p.leave(w, r, to, append(pairs, "iss", p.Issuer)...)
}

// leave sends the browser to the app. Chromium and Safari hold all redirects after a
// form to the form-action of its page, the app's own redirects too, which nobody
// knows: after a form a page has the browser begin anew. Not for a native app, which
// does not redirect, and which some browsers call only right after somebody's click.
func (p *Provider) leave(w http.ResponseWriter, r *http.Request, to target, pairs ...string) {
	location := to.location(pairs...)
	if r.Method == http.MethodPost && to.scheme() == "" {
		p.writePage(w, http.StatusOK, leavingPage(location))
		return
	}
	seeOther(w, location)
}

// seeOther sends the browser on, by GET (RFC 9700, section 4.12), and keeps what
// stands in the address from caches and from the Referer of whatever comes next.
func seeOther(w http.ResponseWriter, location string) {
	noStore(w.Header())
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Location", location)
	w.WriteHeader(http.StatusSeeOther)
}
