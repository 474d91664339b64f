package session_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"testing"

	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/reqctx"
	"github.com/carillon-id/carillon/internal/session"
)

// from is a request of a client.
func from(t *testing.T, client string) context.Context {
	t.Helper()
	return reqctx.With(t.Context(), &reqctx.Request{ClientAddr: netip.MustParseAddr(client)})
}

// limited is a fixture whose clients get so many codes an hour.
func limited(t *testing.T, codes uint16) *fixture {
	t.Helper()
	f := newFixture(t)
	f.Service = session.New(session.Config{Store: f.store, Directory: f.dir, CodeKey: f.CodeKey, Now: f.now, ClientLimit: codes})
	return f
}

// ask has a client ask for a code, for somebody new, in a login of its own.
func (f *fixture) ask(ctx context.Context, t *testing.T, n int) error {
	t.Helper()
	_, err := f.MailCode(ctx, f.begin(t), fmt.Sprintf("person%d@example.com", n))
	return err
}

func TestCodesOfAClient(t *testing.T) {
	const codes = 7
	f := limited(t, codes)
	n := 0
	for _, c := range []struct {
		client string
		left   int
	}{
		{"192.0.2.1", codes},
		{"192.0.2.1", 0},
		{"::ffff:192.0.2.1", 0},
		{"192.0.2.2", codes},
		{"2001:db8:0:1::1", codes},
		{"2001:db8:0:1:ffff::2", 0},
		{"fe80::1%eth0", codes},
		{"fe80::2%eth1", 0},
		{"2001:db8:0:2::1", codes},
	} {
		for range c.left {
			n++
			noError(t, c.client, f.ask(from(t, c.client), t, n))
		}
		n++
		refused(t, c.client+", once too often", f.ask(from(t, c.client), t, n), directory.TooManyHere)
	}
	for range 2 * codes { // by no network
		n++
		noError(t, "MailCode", f.ask(t.Context(), t, n))
	}
	f.pass(session.ClientWindow)
	noError(t, "MailCode an hour later", f.ask(from(t, "192.0.2.1"), t, n+1))

	open := limited(t, 0)
	for i := range 2 * codes {
		noError(t, "MailCode without a limit", open.ask(from(t, "192.0.2.1"), t, i))
	}
}

// TestClientsHaveTheirOwn: who asks for too many uses up nobody's but their own.
func TestClientsHaveTheirOwn(t *testing.T) {
	f := limited(t, 2)
	there := from(t, "192.0.2.1")
	for i := range 2 {
		noError(t, "MailCode", f.ask(there, t, i))
	}
	for range 2 * session.DefaultMailLimit {
		_, err := f.MailCode(there, f.begin(t), "victim@example.com")
		refused(t, "MailCode, too often", err, directory.TooManyHere)
	}
	code, err := f.MailCode(from(t, "192.0.2.2"), f.begin(t), "victim@example.com")
	if err != nil || code == "" {
		t.Errorf("MailCode for another: got %q and %v, want a code", code, err)
	}
}

func TestTriesOfAClient(t *testing.T) {
	const codes = 2
	f := limited(t, codes)
	there := from(t, "192.0.2.1")
	cookie := f.begin(t)
	code, err := f.MailCode(t.Context(), cookie, "ann@example.com")
	noError(t, "MailCode", err)
	for range codes * session.TriesPerCode {
		var refusal *session.Refusal
		if err := f.ProveCode(there, f.begin(t), "00000000"); !errors.As(err, &refusal) || refusal.Reason == directory.TooManyHere {
			t.Fatalf("a wrong code: got %v, want it refused for itself", err)
		}
	}
	refused(t, "the right code, after too many wrong ones", f.ProveCode(there, cookie, code), directory.TooManyHere)
	noError(t, "the right code, from elsewhere", f.ProveCode(from(t, "192.0.2.2"), cookie, code))
}
