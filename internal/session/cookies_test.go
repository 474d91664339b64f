package session_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-id/carillon/internal/session"
)

func TestCookies(t *testing.T) {
	expires := time.Date(2026, 12, 20, 12, 0, 0, 0, time.UTC)
	for secure, want := range map[bool][]string{
		true: {
			"__Host-carillon-session=s; Path=/; Expires=Sun, 20 Dec 2026 12:00:00 GMT; HttpOnly; Secure; SameSite=Lax",
			"__Host-carillon-login-id=id.l; Path=/; Max-Age=1800; HttpOnly; Secure; SameSite=Lax",
			"__Host-carillon-session=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax",
			"__Host-carillon-login-id=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax",
		},
		false: {
			"carillon-session=s; Path=/; Expires=Sun, 20 Dec 2026 12:00:00 GMT; HttpOnly; SameSite=Lax",
			"carillon-login-id=id.l; Path=/; Max-Age=1800; HttpOnly; SameSite=Lax",
			"carillon-session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax",
			"carillon-login-id=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax",
		},
	} {
		cookies, rec := session.Cookies{Secure: secure}, httptest.NewRecorder()
		cookies.SetSession(rec, "s", expires)
		cookies.SetLogin(rec, httptest.NewRequest(http.MethodGet, "/", nil), "id.l")
		cookies.ClearSession(rec)
		cookies.ClearLogin(rec, "id")
		if diff := cmp.Diff(want, rec.Header().Values("Set-Cookie")); diff != "" {
			t.Errorf("secure %v: cookies (-want +got):\n%s", secure, diff)
		}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		if got := cookies.Session(r) + cookies.Login(r); got != "" {
			t.Errorf("secure %v: got %q without cookies, want nothing", secure, got)
		}
		for _, cookie := range rec.Result().Cookies()[:2] {
			r.AddCookie(cookie)
		}
		if got := cookies.Session(r) + cookies.Login(r); got != "sid.l" {
			t.Errorf("secure %v: got %q back, want both values", secure, got)
		}
		// Cookies that anybody on an unencrypted connection could set do not count under https.
		other := session.Cookies{Secure: !secure}
		if got := other.Session(r) + other.Login(r); got != "" {
			t.Errorf("secure %v: got %q of cookies by other names, want nothing", !secure, got)
		}
	}
}

// Each tab has its own login. A browser keeps the newest ten.
func TestLoginsOfTabs(t *testing.T) {
	cookies, jar := session.Cookies{}, []*http.Cookie{}
	request := func(path string) *http.Request {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		for _, cookie := range jar {
			r.AddCookie(cookie)
		}
		return r
	}
	for i := range 12 {
		rec := httptest.NewRecorder()
		cookies.SetLogin(rec, request("/"), fmt.Sprintf("login%d.secret%d", i, i))
		for _, cookie := range rec.Result().Cookies() {
			jar = slices.DeleteFunc(jar, func(old *http.Cookie) bool { return old.Name == cookie.Name })
			if cookie.MaxAge > 0 {
				jar = append(jar, cookie)
			}
		}
	}
	if len(jar) != 10 {
		t.Errorf("got %d cookies, want 10", len(jar))
	}
	for address, want := range map[string]string{
		"/signin": "login11.secret11", // the newest
		session.LoginAddress("/signin", "login5.secret5"):   "login5.secret5",
		session.LoginAddress("/signin", "login0.secret0"):   "", // the oldest
		session.LoginAddress("/signin", "unknown.anything"): "",
	} {
		if got := cookies.Login(request(address)); got != want {
			t.Errorf("%s: got the login %q, want %q", address, got, want)
		}
	}
}
