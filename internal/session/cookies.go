package session

import (
	"net/http"
	"time"
)

// Cookies keeps sessions and logins in browsers. Under https the cookies have the
// __Host- prefix (RFC 6265bis, section 4.1.3.2): no other host, and nobody on an
// unencrypted connection, can set them. Scripts cannot read them, and requests that
// other sites make do not carry them; following a link from another site does.
type Cookies struct {
	// Secure says that browsers reach the installation by https.
	Secure bool
}

const (
	sessionName = "carillon-session"
	loginName   = "carillon-login"
)

// Session returns the value of the session's cookie; "" for none.
func (c Cookies) Session(r *http.Request) string { return c.value(r, sessionName) }

// SetSession gives the browser a session's cookie, until the session expires.
func (c Cookies) SetSession(w http.ResponseWriter, value string, expires time.Time) {
	cookie := c.cookie(sessionName, value)
	cookie.Expires = expires
	http.SetCookie(w, cookie)
}

// ClearSession takes the session's cookie from the browser.
func (c Cookies) ClearSession(w http.ResponseWriter) { c.clear(w, sessionName) }

// Login returns the value of the cookie of a login in progress; "" for none.
func (c Cookies) Login(r *http.Request) string { return c.value(r, loginName) }

// SetLogin gives the browser the cookie of a login in progress. It goes when the
// browser is closed.
func (c Cookies) SetLogin(w http.ResponseWriter, value string) {
	http.SetCookie(w, c.cookie(loginName, value))
}

// ClearLogin takes the login's cookie from the browser.
func (c Cookies) ClearLogin(w http.ResponseWriter) { c.clear(w, loginName) }

func (c Cookies) name(base string) string {
	if c.Secure {
		return "__Host-" + base
	}
	return base
}

func (c Cookies) value(r *http.Request, base string) string {
	cookie, err := r.Cookie(c.name(base))
	if err != nil {
		return ""
	}
	return cookie.Value
}

func (c Cookies) cookie(base, value string) *http.Cookie {
	return &http.Cookie{
		Name: c.name(base), Value: value, Path: "/",
		Secure: c.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

func (c Cookies) clear(w http.ResponseWriter, base string) {
	cookie := c.cookie(base, "")
	cookie.MaxAge = -1
	http.SetCookie(w, cookie)
}
