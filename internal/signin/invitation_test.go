package signin_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/iam"
)

// invite has a Team account invite the address, and returns the link's path.
func (w *world) invite(t *testing.T, account chime.AccountID, address string) string {
	t.Helper()
	root := chime.Principal{Tenant: "111122223333", Name: chime.RootName, ID: "111122223333"}
	ctx := iam.WithCaller(t.Context(), iam.NewCaller(root, "AKIAROOT", nil))
	invites, err := w.Directory.InviteUsers(ctx, account, []string{address}, "")
	if err != nil {
		t.Fatal(err)
	}
	users, _, err := w.Directory.ListUsers(ctx, account, directory.UserFilter{Email: address}, directory.Page{})
	if err != nil || len(users) != 1 {
		t.Fatalf("got %v and %v, want who was invited", users, err)
	}
	token := w.Directory.InvitationToken(directory.Invitation{Account: account, User: users[0].ID, ID: invites[0].ID})
	return "/invitations?" + url.Values{"token": {token}}.Encode()
}

// accept sends the form of the invitation.
func (b *browser) accept(t *testing.T, link string, pairs ...string) answer {
	t.Helper()
	query, err := url.ParseQuery(strings.TrimPrefix(link, "/invitations?"))
	if err != nil {
		t.Fatal(err)
	}
	return b.post(t, "/invitations", append(pairs, "token", query.Get("token"))...)
}

// team makes a Team account whose name has markup.
func (w *world) team(t *testing.T, id chime.AccountID) {
	t.Helper()
	w.account(t, id, chime.Team, string(id)+".example")
	ctx := t.Context()
	err := w.Store.Update(ctx, func(tx chime.Tx) error {
		account, err := tx.Account(ctx, id)
		if err != nil {
			return err
		}
		account.Name = `<b onclick="x">` + string(id) + `</b>`
		return tx.PutAccounts(ctx, *account)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestInvitation: opening it changes nothing, however often; accepting it has the
// person sign in, and join.
func TestInvitation(t *testing.T) {
	w := newWorld(t)
	w.team(t, "first")
	link := w.invite(t, "first", "ann@example.com")
	b := w.browser(t)
	for range 3 {
		got := b.get(t, link)
		if got.status != http.StatusOK || got.header.Get("Set-Cookie") != "" || !strings.Contains(got.body, "&lt;b onclick=&#34;x&#34;&gt;first") || strings.Contains(got.body, "<b ") {
			t.Fatalf("opening it: got %d with %q", got.status, got.body)
		}
	}
	got := b.accept(t, link)
	if !strings.HasPrefix(got.goes, "/signin?login=") {
		t.Fatalf("accepting it: got %d to %q, want to sign in", got.status, got.goes)
	}
	if page := b.get(t, got.goes); !strings.Contains(page.body, `value="ann@example.com"`) || strings.Contains(page.body, "<b ") {
		t.Errorf("got %q, want the address in it", page.body)
	}
	got = b.post(t, got.goes, "email", "ann@example.com")
	got = b.post(t, got.goes, "code", w.code(t, "ann@example.com"))
	got = b.post(t, got.goes, "name", `<b onclick="x">Ann</b>`)
	if got.goes != "/me?done=accepted" {
		t.Fatalf("signed in: got %d to %q with %q", got.status, got.goes, got.body)
	}
	if page := b.get(t, got.goes); !strings.Contains(page.body, "You have joined the account.") || strings.Contains(page.body, "<b ") || !strings.Contains(page.body, "&gt;Ann&lt;") {
		t.Errorf("got %q, want to have joined", page.body)
	}
	for _, got := range []answer{b.get(t, link), b.accept(t, link), w.browser(t).get(t, link)} {
		if got.status != http.StatusNotFound || !strings.Contains(got.body, "The invitation does not exist any more.") {
			t.Errorf("accepted already: got %d with %q", got.status, got.body)
		}
	}
	for _, token := range []string{"", "x", "%00", url.QueryEscape("<b>"), link[len("/invitations?token="):] + "x"} {
		if got := b.get(t, "/invitations?token="+token); got.status != http.StatusNotFound || strings.Contains(got.body, "<b>") {
			t.Errorf("the token %s: got %d with %q", token, got.status, got.body)
		}
	}
}

// TestInvitationIsForOnePerson: whoever else is signed in, or signs in by it, does
// not get it; who leaves an account by it is told first.
func TestInvitationIsForOnePerson(t *testing.T) {
	w := newWorld(t)
	w.team(t, "first")
	w.team(t, "second")
	eve, ann := w.browser(t), w.browser(t)
	w.signIn(t, eve, "app", "eve@example.com", "Eve")
	link := w.invite(t, "first", "ann@example.com")
	if got := eve.get(t, link); !strings.Contains(got.body, "You are signed in as <bdi>eve@example.com</bdi>") || strings.Contains(got.body, "Accept</button>") {
		t.Errorf("somebody else: got %q", got.body)
	}
	if got := eve.accept(t, link); got.goes != link {
		t.Errorf("somebody else accepts: got %d to %q", got.status, got.goes)
	}
	if got := eve.post(t, "/me/sign-out", "invitation", link[len("/invitations?token="):]); !strings.HasPrefix(got.goes, "/invitations?token=") {
		t.Errorf("signing out: got %d to %q", got.status, got.goes)
	}
	got := eve.accept(t, link)
	got = eve.post(t, got.goes, "email", "eve@example.com")
	got = eve.post(t, got.goes, "code", w.code(t, "eve@example.com"))
	if got.goes != link {
		t.Errorf("signing in as somebody else: got %d to %q, want to be told", got.status, got.goes)
	}

	w.signIn(t, ann, "app", "ann@example.com", "Ann")
	if got := ann.accept(t, link); got.goes != "/me?done=accepted" {
		t.Fatalf("accepting: got %d to %q with %q", got.status, got.goes, got.body)
	}
	next := w.invite(t, "second", "ann@example.com")
	if got := ann.accept(t, next); got.goes != next {
		t.Errorf("accepting without being told: got %d to %q", got.status, got.goes)
	}
	if got := ann.accept(t, next, "leaves", "another"); got.goes != next {
		t.Errorf("accepting when told something else: got %d to %q", got.status, got.goes)
	}
	before := ann.cookie("carillon-session")
	if got := ann.accept(t, next, "leaves", `<b onclick="x">first</b>`); got.goes != "/me?done=accepted" || ann.cookie("carillon-session") == before {
		t.Errorf("accepting: got %d to %q, and the cookie changed: %v", got.status, got.goes, ann.cookie("carillon-session") != before)
	}
	if page := ann.get(t, "/me"); !strings.Contains(page.body, "second") {
		t.Errorf("got %q, want the other account", page.body)
	}
}
