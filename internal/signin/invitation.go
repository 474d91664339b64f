package signin

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/session"
)

// invitation is the page behind the link of an invitation. Opening it changes
// nothing: mail scanners do. The form accepts.
type invitation struct {
	Token   string
	Account string
	Email   string
	Expires string
	// Leaves names the account that accepting takes the person out of; "" for none.
	Leaves string
	// Stays names the account that the person is in and that they cannot leave; "" for
	// none.
	Stays string
	// Other is somebody else who is signed in in this browser; "" for nobody.
	Other string
}

func invitationPath(token string) string {
	return "/invitations?" + url.Values{"token": {token}}.Encode()
}

// read opens an invitation for whoever is signed in in this browser, or nobody.
func (s *Site) read(ctx context.Context, token string, signed *session.Signed) (directory.Invitation, invitation, error) {
	opened, err := s.Directory.OpenInvitation(token)
	if err != nil {
		return opened, invitation{}, err
	}
	shown, err := s.Directory.ShowInvitation(ctx, opened)
	if err != nil {
		return opened, invitation{}, err
	}
	page := invitation{Token: token, Account: shown.AccountName, Email: shown.Email, Expires: shown.Expires.UTC().Format("2 January 2006")}
	switch {
	case signed == nil:
	case signed.Subject.ID != opened.User:
		page.Other = signed.Subject.Email
	case signed.Subject.Account != nil && signed.Subject.Account.Type != chime.Team:
		page.Stays = signed.Subject.Account.Name
	case signed.Subject.Account != nil:
		page.Leaves = signed.Subject.Account.Name
	}
	return opened, page, nil
}

func (s *Site) maybeSigned(r *http.Request) (*session.Signed, error) {
	signed, err := s.Sessions.Check(r.Context(), s.Cookies.Session(r))
	if errors.Is(err, session.ErrDead) {
		return nil, nil
	}
	return signed, err
}

func (s *Site) invitationPage(w http.ResponseWriter, r *http.Request) error {
	signed, err := s.maybeSigned(r)
	if err != nil {
		return err
	}
	_, content, err := s.read(r.Context(), r.URL.Query().Get("token"), signed)
	if err != nil {
		return err
	}
	return s.show(w, http.StatusOK, "invitation", page{Title: "Invitation", Content: content})
}

// acceptInvitation accepts for who is signed in, or has the person sign in first.
func (s *Site) acceptInvitation(w http.ResponseWriter, r *http.Request) error {
	token := r.PostFormValue("token")
	signed, err := s.maybeSigned(r)
	if err != nil {
		return err
	}
	opened, content, err := s.read(r.Context(), token, signed)
	switch {
	case err != nil:
		return err
	case content.Other != "", content.Stays != "", content.Leaves != "" && r.PostFormValue("leaves") != content.Leaves: // they have to be told first
		return redirect(w, invitationPath(token))
	case signed == nil:
		v, err := s.begin(w, r, []byte(invitationPrefix+token))
		if err != nil {
			return err
		}
		return redirect(w, v.at(Path))
	}
	return s.join(w, r, signed, opened)
}

// accept goes on with an invitation that was accepted before the sign-in: whoever
// would leave an account by it is asked again.
func (s *Site) accept(w http.ResponseWriter, r *http.Request, signed *session.Signed, token string) error {
	opened, content, err := s.read(r.Context(), token, signed)
	if err != nil {
		return err
	}
	if content.Other != "" || content.Stays != "" || content.Leaves != "" {
		return redirect(w, invitationPath(token))
	}
	return s.join(w, r, signed, opened)
}

func (s *Site) join(w http.ResponseWriter, r *http.Request, signed *session.Signed, opened directory.Invitation) error {
	cookie, now, err := s.Sessions.Accept(r.Context(), signed, opened)
	if chime.CodeOf(err) == chime.Forbidden {
		return &problem{http.StatusForbidden, "You cannot join", "The account that you belong to does not let you leave it. Ask its administrator."}
	}
	if err != nil {
		return err
	}
	if cookie != "" {
		s.Cookies.SetSession(w, cookie, now.Session.Expires)
	}
	return redirect(w, "/me?done=accepted")
}
