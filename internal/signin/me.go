package signin

import (
	"errors"
	"net/http"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/session"
)

// signed returns who is signed in in this browser.
func (s *Site) signed(r *http.Request) (*session.Signed, error) {
	signed, err := s.Sessions.Check(r.Context(), s.Cookies.Session(r))
	if errors.Is(err, session.ErrDead) {
		return nil, &problem{http.StatusForbidden, "You are not signed in", "You were signed out. Sign in again to go on."}
	}
	return signed, err
}

// me is the page of a person's own sign-ins.
type me struct {
	Name, Email, PIN string
	Account          string
	License          string
	Devices          []listed
	Passkeys         []chime.Passkey
}

// listed is a session as the page shows it.
type listed struct {
	session.Device
	When string
	How  string
}

func (s *Site) mePage(w http.ResponseWriter, r *http.Request) error {
	signed, err := s.Sessions.Check(r.Context(), s.Cookies.Session(r))
	if errors.Is(err, session.ErrDead) {
		return redirect(w, Path)
	}
	if err != nil {
		return err
	}
	devices, err := s.Sessions.List(r.Context(), signed)
	if errors.Is(err, session.ErrDead) { // they were signed out just now
		return redirect(w, Path)
	}
	if err != nil {
		return err
	}
	owner, err := s.owner(r.Context(), signed.Subject.ID)
	if err != nil {
		return err
	}
	content := me{Name: signed.Subject.DisplayName, Email: signed.Subject.Email, PIN: spaced(signed.Subject.PIN), Passkeys: owner.keys}
	if signed.Subject.Account != nil && signed.Subject.Member != nil {
		content.Account, content.License = signed.Subject.Account.Name, string(signed.Subject.Member.License)
	}
	for _, d := range devices {
		content.Devices = append(content.Devices, listed{d, moment(d.Since), how(d.Method)})
	}
	return s.show(w, http.StatusOK, "me", page{Title: "My sign-ins", Notice: notices[r.URL.Query().Get("done")], Scripts: []string{"passkeys.js"}, Content: content})
}

// notices are what the page says about what was just done.
var notices = map[string]string{
	"ended":    "That session is over.",
	"accepted": "You have joined the account.",
}

func moment(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") }

func how(m chime.Method) string {
	switch m {
	case chime.ByMail:
		return "a mailed code"
	case chime.ByPasskey:
		return "a passkey"
	case chime.ByAmazon:
		return "Login with Amazon"
	}
	return "your organization's sign-in page"
}

// spaced is a PIN as people read it out.
func spaced(pin string) string {
	if len(pin) != 10 {
		return pin
	}
	return pin[:3] + " " + pin[3:6] + " " + pin[6:]
}

func (s *Site) endSession(w http.ResponseWriter, r *http.Request) error {
	signed, err := s.signed(r)
	if err != nil {
		return err
	}
	if err := s.Sessions.End(r.Context(), signed, chime.SessionID(r.PostFormValue("session"))); err != nil {
		return err
	}
	return redirect(w, "/me?done=ended")
}

func (s *Site) endAll(w http.ResponseWriter, r *http.Request) error {
	signed, err := s.signed(r)
	if err != nil {
		return err
	}
	if err := s.Sessions.EndAll(r.Context(), signed); err != nil {
		return err
	}
	s.Cookies.ClearSession(w)
	return redirect(w, "/me/signed-out?everywhere")
}

func (s *Site) signOutHere(w http.ResponseWriter, r *http.Request) error {
	signed, err := s.signed(r)
	if err != nil {
		return err
	}
	if err := s.Sessions.End(r.Context(), signed, signed.Session.ID); err != nil {
		return err
	}
	s.Cookies.ClearSession(w)
	if next := r.PostFormValue("invitation"); next != "" {
		return redirect(w, invitationPath(next))
	}
	return redirect(w, "/me/signed-out")
}

func (s *Site) signedOutPage(w http.ResponseWriter, r *http.Request) error {
	text := "You were signed out in this browser."
	if r.URL.Query().Has("everywhere") {
		text = "You were signed out everywhere."
	}
	return s.show(w, http.StatusOK, "problem", page{Title: "Signed out", Content: over{Text: text}})
}
