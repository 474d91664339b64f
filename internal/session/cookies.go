package session

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
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
	cookie := c.cookie(c.name(sessionName), value)
	cookie.Expires = expires
	http.SetCookie(w, cookie)
}

// ClearSession takes the session's cookie from the browser.
func (c Cookies) ClearSession(w http.ResponseWriter) { c.clear(w, c.name(sessionName)) }

// LoginParam is the parameter, in the address of a page, that says which login the
// page is of: there is one for each tab in which somebody is about to sign in.
const LoginParam = "login"

// maxLogins is how many logins a browser has at a time; beyond, it loses the oldest.
const maxLogins = 10

// LoginAddress returns the address of a page of the login whose cookie has the value.
func LoginAddress(path, value string) string {
	id, _, _ := strings.Cut(value, ".")
	return path + "?" + url.Values{LoginParam: {id}}.Encode()
}

// Login returns the value of the cookie of a login in progress: the one that the
// request's address names, or the newest if it names none; "" when there is none.
func (c Cookies) Login(r *http.Request) string {
	if id := r.URL.Query().Get(LoginParam); id != "" {
		return c.LoginOf(r, chime.LoginID(id))
	}
	all := c.logins(r)
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1].Value
}

// LoginOf returns the value of the cookie of that login; "" for none.
func (c Cookies) LoginOf(r *http.Request, id chime.LoginID) string {
	return c.value(r, loginName+"-"+string(id))
}

// SetLogin gives the browser the cookie of a login in progress, for as long as that
// may take.
func (c Cookies) SetLogin(w http.ResponseWriter, r *http.Request, value string) {
	all := c.logins(r)
	for ; len(all) >= maxLogins; all = all[1:] {
		c.clear(w, all[0].Name)
	}
	id, _, _ := strings.Cut(value, ".")
	cookie := c.cookie(c.name(loginName+"-"+id), value)
	cookie.MaxAge = int(LoginLifetime.Seconds())
	http.SetCookie(w, cookie)
}

// ClearLogin takes the cookie of that login from the browser.
func (c Cookies) ClearLogin(w http.ResponseWriter, id chime.LoginID) {
	c.clear(w, c.name(loginName+"-"+string(id)))
}

// logins returns the cookies of all logins in progress. Browsers send the oldest
// first (RFC 6265, section 5.4).
func (c Cookies) logins(r *http.Request) (all []*http.Cookie) {
	for _, cookie := range r.Cookies() {
		if strings.HasPrefix(cookie.Name, c.name(loginName+"-")) {
			all = append(all, cookie)
		}
	}
	return all
}

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

func (c Cookies) cookie(name, value string) *http.Cookie {
	return &http.Cookie{
		Name: name, Value: value, Path: "/",
		Secure: c.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

func (c Cookies) clear(w http.ResponseWriter, name string) {
	cookie := c.cookie(name, "")
	cookie.MaxAge = -1
	http.SetCookie(w, cookie)
}
