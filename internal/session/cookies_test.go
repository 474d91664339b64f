package session_test

import (
	"net/http"
	"net/http/httptest"
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
			"__Host-carillon-login=l; Path=/; HttpOnly; Secure; SameSite=Lax",
			"__Host-carillon-session=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax",
			"__Host-carillon-login=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax",
		},
		false: {
			"carillon-session=s; Path=/; Expires=Sun, 20 Dec 2026 12:00:00 GMT; HttpOnly; SameSite=Lax",
			"carillon-login=l; Path=/; HttpOnly; SameSite=Lax",
			"carillon-session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax",
			"carillon-login=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax",
		},
	} {
		cookies, rec := session.Cookies{Secure: secure}, httptest.NewRecorder()
		cookies.SetSession(rec, "s", expires)
		cookies.SetLogin(rec, "l")
		cookies.ClearSession(rec)
		cookies.ClearLogin(rec)
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
		if got := cookies.Session(r) + cookies.Login(r); got != "sl" {
			t.Errorf("secure %v: got %q back, want both values", secure, got)
		}
		// Cookies that anybody on an unencrypted connection could set do not count under https.
		other := session.Cookies{Secure: !secure}
		if got := other.Session(r) + other.Login(r); got != "" {
			t.Errorf("secure %v: got %q of cookies by other names, want nothing", !secure, got)
		}
	}
}
