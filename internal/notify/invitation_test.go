package notify_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	gomail "github.com/wneessen/go-mail"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/mail"
	"github.com/carillon-id/carillon/internal/notify"
)

// server is a mail server that answers each message with what answer says, given
// how many there were, and notes how many it had at a time.
type server struct {
	answer func(n int) error

	mu           sync.Mutex
	sent         int
	atOnce, most int
}

func (*server) Real() bool { return true }

func (s *server) Send(context.Context, *gomail.Msg) error {
	s.mu.Lock()
	s.sent++
	n := s.sent
	s.atOnce++
	s.most = max(s.most, s.atOnce)
	s.mu.Unlock()
	err := s.answer(n)
	s.mu.Lock()
	s.atOnce--
	s.mu.Unlock()
	return err
}

func (s *server) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sent
}

// invite makes a Team account and invites the addresses.
func (f *fixture) invite(t *testing.T, addresses ...string) chime.AccountID {
	t.Helper()
	account, err := f.CreateAccount(root(t), "Team")
	if err != nil {
		t.Fatal(err)
	}
	invites, err := f.InviteUsers(root(t), account.ID, addresses, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range invites {
		if i.Status != chime.InvitationPending || i.EmailStatus != chime.EmailSent {
			t.Errorf("the answer about %s: got %s and %s, want %s and %s", i.Email, i.Status, i.EmailStatus, chime.InvitationPending, chime.EmailSent)
		}
	}
	return account.ID
}

// done waits until nothing is due of the account any more.
func (f *fixture) done(t *testing.T, account chime.AccountID) {
	t.Helper()
	eventually(t, "nothing is due", func() bool {
		for _, e := range f.events(t, account) {
			if !e.Due.IsZero() {
				return false
			}
		}
		return true
	})
}

// status returns what the account's first invitation says.
func (f *fixture) status(t *testing.T, account chime.AccountID) (chime.InvitationStatus, chime.EmailStatus) {
	t.Helper()
	list, _, err := f.ListInvitations(root(t), account, directory.Page{})
	if err != nil || len(list) == 0 {
		t.Fatalf("got the invitations %v and %v, want one", list, err)
	}
	return list[0].Status, list[0].EmailStatus
}

func TestAMailThatIsRefused(t *testing.T) {
	s := &server{answer: func(int) error { return fmt.Errorf("no such user: %w", mail.ErrRefused) }}
	f := newFixture(t, s)
	run(t, f.worker)
	account := f.invite(t, "ann@example.com")
	f.done(t, account)
	if invitation, sent := f.status(t, account); invitation != chime.InvitationFailed || sent != chime.EmailFailed || s.count() != 1 {
		t.Errorf("got %s and %s after %d mails, want %s and %s after one", invitation, sent, s.count(), chime.InvitationFailed, chime.EmailFailed)
	}
}

func TestAMailServerThatIsDown(t *testing.T) {
	s := &server{answer: func(n int) error {
		if n == 1 {
			return errors.New("later")
		}
		return nil
	}}
	f := newFixture(t, s)
	run(t, f.worker)
	account := f.invite(t, "ann@example.com")
	f.done(t, account)
	if invitation, sent := f.status(t, account); invitation != chime.InvitationPending || sent != chime.EmailSent || s.count() != 2 {
		t.Errorf("got %s and %s after %d mails, want %s and %s after two", invitation, sent, s.count(), chime.InvitationPending, chime.EmailSent)
	}
}

func TestAMailServerThatStaysDown(t *testing.T) {
	s := &server{answer: func(int) error { return errors.New("later") }}
	f := newFixture(t, s)
	account := f.invite(t, "ann@example.com")
	f.pass(notify.GiveUp)
	run(t, f.worker)
	f.done(t, account)
	if invitation, sent := f.status(t, account); invitation != chime.InvitationFailed || sent != chime.EmailFailed {
		t.Errorf("after a day: got %s and %s, want %s and %s", invitation, sent, chime.InvitationFailed, chime.EmailFailed)
	}
}

// A whole batch does not come over the mail server at once.
func TestMailsAtOnce(t *testing.T) {
	const batch, most = 50, 16
	full := make(chan struct{})
	s := &server{answer: func(n int) error {
		if n == most {
			close(full)
		}
		<-full
		return nil
	}}
	f := newFixture(t, s)
	run(t, f.worker)
	var addresses []string
	for i := range batch {
		addresses = append(addresses, fmt.Sprintf("%d@example.com", i))
	}
	f.done(t, f.invite(t, addresses...))
	if s.count() != batch || s.most > most {
		t.Errorf("got %d mails, %d at a time; want %d, and %d at most", s.count(), s.most, batch, most)
	}
}

// Whoever cannot accept gets no mail: their domain has an account of its own by now.
func TestNoMailForAClaimedDomain(t *testing.T) {
	s := &server{answer: func(int) error { return nil }}
	f := newFixture(t, s)
	account := f.invite(t, "ann@example.com", "bob@example.org")
	f.populate(t, "a", 0)
	f.update(t, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.Claim(ctx, "example.com", "a"), tx.PutDomain(ctx, chime.Domain{
			Account: "a", Name: "example.com", Status: chime.DomainVerified, Challenge: "c", Added: f.now(), Verified: f.now(),
		}))
	})
	run(t, f.worker)
	f.done(t, account)
	if s.count() != 1 {
		t.Errorf("got %d mails, want one, to bob", s.count())
	}
}
