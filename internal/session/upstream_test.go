package session_test

import (
	"context"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/session"
)

// corporate is a fixture whose EnterpriseOIDC account has a provider and the
// domain corp.example.
func corporate(t *testing.T) *fixture {
	f := newFixture(t)
	f.claim(t, "EnterpriseOIDC", "corp.example")
	f.update(t, func(ctx context.Context, tx chime.Tx) error { return tx.PutProvider(ctx, corpProvider()) })
	return f
}

// byProvider signs somebody in by the account's provider.
func (f *fixture) byProvider(t testing.TB, subject, sid string) *session.Finished {
	t.Helper()
	cookie := f.begin(t)
	noError(t, "Prove", f.Prove(t.Context(), cookie, chime.Proof{
		Method: chime.ByProvider, Email: subject + "@corp.example", Name: "Name of " + subject, Groups: []string{"staff"},
		Upstream: &chime.Upstream{
			Issuer: provider, Subject: subject, SID: sid, Account: "EnterpriseOIDC", SealedToken: []byte("token 1 of " + sid),
		},
	}))
	finished, err := f.Finish(t.Context(), cookie, "", "Firefox")
	noError(t, "Finish", err)
	return finished
}

func takeDue(t *testing.T, f *fixture) []chime.Session {
	t.Helper()
	taken, err := f.TakeDue(t.Context(), 10)
	noError(t, "TakeDue", err)
	return taken
}

// use uses a session, and reports whether it is alive.
func (f *fixture) use(t *testing.T, cookie string) error {
	t.Helper()
	_, err := f.Check(t.Context(), cookie)
	return err
}

func TestUpstreamIsConfirmedWhileUsed(t *testing.T) {
	f := corporate(t)
	ctx := t.Context()
	ann := f.byProvider(t, "ann", "one")
	noError(t, "Check", f.use(t, ann.Cookie))
	f.pass(session.RefreshAfter - time.Microsecond)
	check(t, "what is due before its time", len(takeDue(t, f)), 0)
	f.pass(time.Microsecond)
	taken := takeDue(t, f)
	if len(taken) != 1 || taken[0].ID != ann.Session.ID || string(taken[0].Upstream.SealedToken) != "token 1 of one" {
		t.Fatalf("what is due: got %+v, want the session", taken)
	}
	check(t, "what is due after it was taken", len(takeDue(t, f)), 0)
	other := session.New(f.Config) // another process
	_, err := other.Check(ctx, ann.Cookie)
	noError(t, "Check by another process", err)
	again, err := other.TakeDue(ctx, 10)
	noError(t, "TakeDue", err)
	check(t, "what is due for another process", len(again), 0)

	f.pass(time.Minute)
	again = takeDue(t, f)
	check(t, "what is due when nobody got it confirmed", len(again), 1)
	noError(t, "Confirm", f.Confirm(ctx, again[0], []byte("token 2")))
	noError(t, "Refuse of the token before", f.Refuse(ctx, taken[0]))
	noError(t, "Confirm by the token before", f.Confirm(ctx, taken[0], []byte("token 3")))
	f.pass(session.UpstreamLifetime - time.Microsecond)
	signed, err := f.Check(ctx, ann.Cookie)
	noError(t, "Check long after", err)
	check(t, "the token", string(signed.Session.Upstream.SealedToken), "token 2")

	taken = takeDue(t, f)
	check(t, "what is due again", len(taken), 1)
	noError(t, "Refuse", f.Refuse(ctx, taken[0]))
	isDead(t, "Check after a refusal", f.use(t, ann.Cookie))
	check(t, "what is due after it", len(takeDue(t, f)), 0)
	check(t, "the events", f.events(t, "EnterpriseOIDC"), []chime.Event{{
		Account: "EnterpriseOIDC", Kind: chime.SessionEnded, Session: ann.Session.ID, People: []chime.EventPerson{{User: ann.Subject.ID}},
	}})
}

func TestUpstreamIsSilent(t *testing.T) {
	f := corporate(t)
	ann := f.byProvider(t, "ann", "one")
	tokens := f.tokens(t, &ann.Signed)
	f.pass(session.UpstreamLifetime - time.Microsecond)
	_, err := f.Access(t.Context(), tokens.Access)
	noError(t, "Access just before", err)
	f.pass(time.Microsecond)
	isDead(t, "Check", f.use(t, ann.Cookie))
	_, err = f.Access(t.Context(), tokens.Access)
	isDead(t, "Access", err)
	check(t, "what is due when it is over", len(takeDue(t, f)), 0)
	check(t, "the number of events", len(f.events(t, "EnterpriseOIDC")), 1)
	check(t, "what is due after it", len(takeDue(t, f)), 0)
	check(t, "the number of events after it", len(f.events(t, "EnterpriseOIDC")), 1)
}

func TestEndUpstream(t *testing.T) {
	f := corporate(t)
	ctx := t.Context()
	one, two, bob := f.byProvider(t, "ann", "one"), f.byProvider(t, "ann", "two"), f.byProvider(t, "bob", "three")
	end := func(issuer, subject, sid string, want int) {
		t.Helper()
		n, err := f.EndUpstream(ctx, issuer, subject, sid)
		noError(t, "EndUpstream", err)
		check(t, "sessions that ended", n, want)
	}
	end(amazon, "ann", "", 0)
	end(provider, "ann", "three", 0)
	end(provider, "nobody", "", 0)
	end(provider, "ann", "one", 1)
	isDead(t, "Check of the session that ended", f.use(t, one.Cookie))
	noError(t, "Check of another", f.use(t, two.Cookie))
	three := f.byProvider(t, "ann", "four")
	end(provider, "ann", "", 2)
	isDead(t, "Check of a session when all ended", f.use(t, two.Cookie))
	isDead(t, "Check of another session", f.use(t, three.Cookie))
	noError(t, "Check of another person's", f.use(t, bob.Cookie))
	check(t, "the number of events", len(f.events(t, "EnterpriseOIDC")), 3)
	f.byProvider(t, "ann", "five")

	// By the provider's session alone, whoever is in it.
	ann, other, bob := f.byProvider(t, "ann", "six"), f.byProvider(t, "ann", "seven"), f.byProvider(t, "bob", "six")
	end(provider, "", "eight", 0)
	end(amazon, "", "six", 0)
	end(provider, "", "", 0)
	noError(t, "Check of a session that nobody named", f.use(t, ann.Cookie))
	end(provider, "", "six", 2)
	isDead(t, "Check of a session that was named", f.use(t, ann.Cookie))
	isDead(t, "Check of another person's in it", f.use(t, bob.Cookie))
	noError(t, "Check of one in another", f.use(t, other.Cookie))
	end(provider, "", "six", 0)

	// One of which the provider never said the name may be any.
	unnamed := f.byProvider(t, "bob", "")
	end(provider, "bob", "nine", 1)
	isDead(t, "Check of a session without a name", f.use(t, unnamed.Cookie))
}

// TestAmazon signs in with Login with Amazon: the first time it takes a mailed
// code as well.
func TestAmazon(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	begin := func(subject string) string {
		cookie := f.begin(t)
		noError(t, "Prove", f.Prove(ctx, cookie, chime.Proof{
			Method: chime.ByAmazon, Name: "Ann of Amazon", Upstream: &chime.Upstream{Issuer: amazon, Subject: subject},
		}))
		return cookie
	}
	cookie := begin("amzn1")
	_, err := f.Finish(ctx, cookie, "", "")
	refused(t, "Finish without an address", err, directory.AddressMissing)
	f.complete(t, cookie, "ann@example.com")
	late := begin("amzn1")
	f.complete(t, late, "ann@example.com")
	f.pass(session.UpstreamLifetime)
	_, err = f.Finish(ctx, late, "", "")
	refused(t, "Finish long after Amazon", err, directory.LoginOver)
	cookie = begin("amzn1")
	f.complete(t, cookie, "ann@example.com")
	ann, err := f.Finish(ctx, cookie, "", "")
	noError(t, "Finish", err)
	check(t, "the name", ann.Subject.DisplayName, "Ann of Amazon")
	check(t, "the method", ann.Session.Method, chime.ByAmazon)
	again, err := f.Finish(ctx, begin("amzn1"), "", "")
	noError(t, "Finish by the link", err)
	check(t, "who signed in by the link", again.Subject.ID, ann.Subject.ID)

	f.claim(t, "EnterpriseLWA", "example.com")
	cookie = begin("amzn1")
	_, err = f.Finish(ctx, cookie, "", "")
	refused(t, "Finish by the link, of a claimed address", err, directory.AddressMissing)
	f.complete(t, cookie, "another@example.org")
	_, err = f.Finish(ctx, cookie, "", "")
	refused(t, "Finish with another address", err, directory.AddressMissing)
	f.complete(t, cookie, "ann@example.com")
	joined, err := f.Finish(ctx, cookie, "", "")
	noError(t, "Finish with the address", err)
	check(t, "who joined", joined.Subject.ID, ann.Subject.ID)
	check(t, "the account", joined.Subject.Person.Account, chime.AccountID("EnterpriseLWA"))
	_, err = f.Finish(ctx, begin("amzn1"), "", "")
	noError(t, "Finish by the new link", err)
	_, err = f.Finish(ctx, begin("amzn2"), "", "")
	refused(t, "Finish by another Amazon", err, directory.AddressMissing)
}
