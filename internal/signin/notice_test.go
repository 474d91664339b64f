package signin_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

// TestMailFolder says where the code is, where no mail server is set up.
func TestMailFolder(t *testing.T) {
	for _, folder := range []bool{false, true} {
		w := newWorld(t)
		w.MailFolder = folder
		b := w.browser(t)
		page := b.get(t, b.post(t, w.begin(t, b, "app"), "email", "ann@example.com").goes)
		if got := strings.Contains(page.body, "carillon-mail"); page.status != http.StatusOK || got != folder {
			t.Errorf("mail into a folder: %v; got %d, and the page says so: %v", folder, page.status, got)
		}
	}
}

// TestInvitationOfSomebodyElsewhere tells whoever cannot leave their account so, and
// whoever's domain has an account of its own by now.
func TestInvitationOfSomebodyElsewhere(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.account(t, "lwa", chime.EnterpriseLWA, "example.com")
	b := w.browser(t)
	w.signIn(t, b, "app", "ann@example.com", "Ann")
	ann := w.user(t, "ann@example.com")
	err := w.Store.Update(ctx, func(tx chime.Tx) error {
		return errors.Join(
			tx.PutAccounts(ctx, chime.Account{ID: "team", Tenant: "111122223333", Name: "Team", Type: chime.Team, Status: chime.AccountActive}),
			tx.PutMembers(ctx, chime.Member{Account: "team", User: ann, Standing: chime.Standing{Status: chime.Unregistered}, Profile: chime.Profile{
				Email: "ann@example.com", Invitation: chime.InvitationPending, InviteID: "invite", Invited: w.now(),
			}}))
	})
	if err != nil {
		t.Fatal(err)
	}
	link := "/invitations?token=" + w.Directory.InvitationToken(directory.Invitation{Account: "team", User: ann, ID: "invite"})
	if got := b.get(t, link); got.status != http.StatusConflict || !strings.Contains(got.body, "belongs to another account by now") {
		t.Errorf("in a domain that another account has verified: got %d with %q", got.status, got.body)
	}
	if err := w.Store.Update(ctx, func(tx chime.Tx) error { return tx.Unclaim(ctx, "example.com") }); err != nil {
		t.Fatal(err)
	}
	got := b.get(t, link)
	if got.status != http.StatusOK || !strings.Contains(got.body, "does not let you leave") || strings.Contains(got.body, "<button>Accept") {
		t.Errorf("in an account that nobody leaves: got %d with %q", got.status, got.body)
	}
	if got := b.get(t, "/invitations/elsewhere"); got.status != http.StatusNotFound || !strings.Contains(got.body, "There is nothing here") {
		t.Errorf("where there is no page: got %d with %q", got.status, got.body)
	}
}
