package notify

import (
	"context"
	"errors"
	"net/url"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/mail"
)

// Invitations sends the mails of invitations.
type Invitations struct {
	Directory *directory.Directory
	Mail      *mail.Sender
}

// invite sends the mail of an invitation that still stands. When it cannot arrive,
// or a day of trying is over, the invitation says so.
func (w *Worker) invite(ctx context.Context, event *chime.Event, d chime.Delivery) error {
	invitation := directory.Invitation{Account: d.Account, User: d.User}
	for _, p := range event.People {
		if p.User == d.User {
			invitation.ID = p.Invite
		}
	}
	err := w.Invitations.send(ctx, invitation)
	refused := errors.Is(err, mail.ErrRefused)
	if err == nil || !refused && w.Now().Sub(d.Created) < GiveUp {
		return err
	}
	if failed := w.Invitations.Directory.InvitationFailed(ctx, invitation); failed != nil {
		return failed // it is tried again, and says so then
	}
	return &finalError{err}
}

// send sends the mail. An invitation that does not stand any more needs none.
func (i Invitations) send(ctx context.Context, invitation directory.Invitation) error {
	shown, err := i.Directory.ShowInvitation(ctx, invitation)
	if directory.InvitationOver(err) {
		return nil
	}
	if err != nil {
		return err
	}
	link := i.Mail.PublicURL + "/invitations?" + url.Values{"token": {i.Directory.InvitationToken(invitation)}}.Encode()
	return i.Mail.Invite(ctx, mail.Invitation{To: shown.Email, Account: shown.AccountName, Link: link, Expires: shown.Expires})
}
