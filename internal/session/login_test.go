package session_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/session"
)

func TestSignInByMail(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	cookie := f.begin(t)
	code, err := f.MailCode(ctx, cookie, "Ann@Example.com")
	noError(t, "MailCode", err)
	if len(code) != 8 || strings.Trim(code, "0123456789") != "" {
		t.Errorf("the code: got %q, want 8 digits", code)
	}
	noError(t, "ProveCode, as people write codes", f.ProveCode(ctx, cookie, " "+code[:4]+"-"+code[4:]))
	_, err = f.Finish(ctx, cookie, " ", "Firefox")
	refused(t, "Finish without a name", err, directory.NameMissing)
	finished, err := f.Finish(ctx, cookie, " Ann ", "Firefox\r\non Linux")
	noError(t, "Finish", err)

	check(t, "the request", string(finished.Request), "the request")
	person := finished.Subject.Person
	if person.ID == "" || len(person.PIN) != 10 {
		t.Errorf("the person: got %+v, want an id and a PIN", person)
	}
	person.ID, person.PIN = "", ""
	check(t, "the person", person, chime.Person{Email: "Ann@Example.com", DisplayName: "Ann", Registered: f.clock})
	signed, err := f.Check(ctx, finished.Cookie)
	noError(t, "Check", err)
	check(t, "who is signed in", *signed, finished.Signed)
	check(t, "the device", signed.Session.Device, "Firefoxon Linux")
	check(t, "the method", signed.Session.Method, chime.ByMail)
	check(t, "the end of the session", signed.Session.Expires, f.clock.Add(session.SessionLifetime))

	_, err = f.Resume(ctx, cookie)
	isDead(t, "resuming a finished login", err)
	_, err = f.Finish(ctx, cookie, "Ann", "Firefox")
	isDead(t, "finishing it again", err)
	again := f.signIn(t, "ann@example.com")
	check(t, "who signed in the second time", again.Subject.Person, finished.Subject.Person)
	if again.Session.ID == finished.Session.ID {
		t.Errorf("the second session: got the id of the first")
	}
}

func TestLoginIsOfItsBrowser(t *testing.T) {
	f := newFixture(t)
	mine, other := f.begin(t), f.begin(t)
	id, secret, _ := strings.Cut(mine, ".")
	_, another, _ := strings.Cut(other, ".")
	for _, cookie := range []string{"", ".", id, id + ".", id + "." + another, id + "." + secret + ".", "x." + secret, strings.Repeat("a", 5000) + ".x", "\x00.\xff"} {
		_, err := f.Resume(t.Context(), cookie)
		isDead(t, "Resume by "+cookie[:min(len(cookie), 20)], err)
		_, err = f.MailCode(t.Context(), cookie, "ann@example.com")
		isDead(t, "MailCode", err)
		isDead(t, "ProveCode", f.ProveCode(t.Context(), cookie, "12345678"))
		isDead(t, "Prove", f.Prove(t.Context(), cookie, chime.Proof{Method: chime.ByPasskey}))
		_, err = f.Finish(t.Context(), cookie, "Ann", "")
		isDead(t, "Finish", err)
	}
	code, err := f.MailCode(t.Context(), mine, "ann@example.com")
	noError(t, "MailCode", err)
	refused(t, "the code in another browser", f.ProveCode(t.Context(), other, code), directory.CodeExpired)
	_, err = f.MailCode(t.Context(), other, "ann@example.com")
	noError(t, "MailCode in another browser", err)
	refused(t, "the code in another login for the address", f.ProveCode(t.Context(), other, code), directory.CodeWrong)
	noError(t, "the code in its own", f.ProveCode(t.Context(), mine, code))
}

func TestLoginExpires(t *testing.T) {
	f := newFixture(t)
	cookie := f.begin(t)
	f.pass(session.LoginLifetime - time.Microsecond)
	_, err := f.Resume(t.Context(), cookie)
	noError(t, "Resume", err)
	f.pass(time.Microsecond)
	_, err = f.Resume(t.Context(), cookie)
	isDead(t, "Resume", err)
}

func TestMailedCode(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	cookie := f.begin(t)
	_, err := f.Finish(ctx, cookie, "Ann", "")
	refused(t, "Finish before anything is proven", err, directory.LoginOver)
	refused(t, "a code that nobody asked for", f.ProveCode(ctx, cookie, "12345678"), directory.CodeExpired)

	old, err := f.MailCode(ctx, cookie, "ann@example.com")
	noError(t, "MailCode", err)
	code, err := f.MailCode(ctx, cookie, "ann@example.com")
	noError(t, "MailCode", err)
	refused(t, "the code before the newer one", f.ProveCode(ctx, cookie, old), directory.CodeWrong)
	f.pass(session.MailedCodeLifetime - time.Microsecond)
	noError(t, "the newer one", f.ProveCode(ctx, cookie, code))
	refused(t, "a second use", f.ProveCode(ctx, cookie, code), directory.CodeExpired)

	late := f.begin(t)
	code, err = f.MailCode(ctx, late, "ann@example.com")
	noError(t, "MailCode", err)
	f.pass(session.MailedCodeLifetime)
	refused(t, "a code too late", f.ProveCode(ctx, late, code), directory.CodeExpired)

	other := f.proveAddress(t, "ann@example.com")
	_, err = f.MailCode(ctx, other, "bob@example.com")
	noError(t, "MailCode to another address", err)
	_, err = f.Finish(ctx, other, "Ann", "")
	refused(t, "Finish after a new code was asked for", err, directory.LoginOver)
}

func TestAttempts(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	cookie := f.begin(t)
	code, err := f.MailCode(ctx, cookie, "ann@example.com")
	noError(t, "MailCode", err)
	for range session.MaxAttempts - 1 {
		refused(t, "a wrong code", f.ProveCode(ctx, cookie, "wrong"), directory.CodeWrong)
	}
	refused(t, "the last wrong code", f.ProveCode(ctx, cookie, "wrong"), directory.TooManyAttempts)
	refused(t, "the right one after that", f.ProveCode(ctx, cookie, code), directory.TooManyAttempts)
	f.complete(t, cookie, "ann@example.com")
}

func TestMailLimit(t *testing.T) {
	f := newFixture(t)
	f.Service = session.New(session.Config{Store: f.store, Directory: f.dir, CodeKey: f.CodeKey, Now: f.now})
	mails := func(cookie, address string) (n int) {
		for range 3 * session.DefaultMailLimit {
			code, err := f.MailCode(t.Context(), cookie, address)
			noError(t, "MailCode", err)
			if code != "" {
				n++
			}
		}
		return n
	}
	cookie := f.begin(t)
	check(t, "mails to an address", mails(cookie, "ann@example.com"), session.DefaultMailLimit)
	check(t, "mails to another in the login", mails(cookie, "bob@example.com"), 0)
	check(t, "mails to it in another login", mails(f.begin(t), "ANN@example.com"), 0)
	check(t, "mails to another in another login", mails(f.begin(t), "bob@example.com"), session.DefaultMailLimit)
	// Nobody sees it: the login asks for a code that is mailed to nobody.
	another := f.begin(t)
	check(t, "mails to it in yet another login", mails(another, "ann@example.com"), 0)
	login, err := f.Resume(t.Context(), another)
	noError(t, "Resume", err)
	check(t, "the address of the code that is asked for", login.Code.Email, "ann@example.com")
	f.pass(session.MailWindow)
	late := f.begin(t)
	code, err := f.MailCode(t.Context(), late, "ann@example.com")
	noError(t, "MailCode after a while", err)
	check(t, "mails in another login after a while", mails(f.begin(t), "ann@example.com"), session.DefaultMailLimit-1)
	check(t, "mails when that is too many", mails(late, "Ann@example.com"), 0)
	noError(t, "the code before them", f.ProveCode(t.Context(), late, code))
}

func TestAddresses(t *testing.T) {
	f := newFixture(t)
	f.claim(t, "EnterpriseLWA", "lwa.example")
	f.claim(t, "EnterpriseOIDC", "xn--bcher-kva.example")
	f.claim(t, "EnterpriseDirectory", "directory.example")
	f.update(t, func(ctx context.Context, tx chime.Tx) error { return tx.PutProvider(ctx, corpProvider()) })
	corp := corpProvider()
	free := session.Methods{Mail: true, Passkey: true, Amazon: true}
	tests := []struct {
		address string
		want    session.Methods
		refusal directory.Reason // of Methods
		mail    directory.Reason // of MailCode
	}{
		{address: "ann@example.com", want: free},
		{address: "ann@sub.lwa.example", want: free},
		{address: "ann@lwa.example", want: free},
		{address: "ann@LWA.Example", want: free},
		{address: "ann@xn--bcher-kva.example", want: session.Methods{Provider: &corp}, mail: directory.UseProvider},
		{address: "ann@BÜCHER.example", want: session.Methods{Provider: &corp}, mail: directory.UseProvider},
		{address: "ann@directory.example", mail: directory.NoMethod},
		{address: "", refusal: directory.AddressInvalid},
		{address: "ann", refusal: directory.AddressInvalid},
		{address: "ann@lwa.example.", refusal: directory.AddressInvalid},
		{address: "ann@ｌｗａ.example", refusal: directory.AddressInvalid},
		{address: "ann@lwa。example", refusal: directory.AddressInvalid},
		{address: "ann@\u200blwa.example", refusal: directory.AddressInvalid},
		{address: "ann@[127.0.0.1]", refusal: directory.AddressInvalid},
		{address: "ann@127.0.0.1", refusal: directory.AddressInvalid},
		{address: "ann@gmail.example@lwa.example", refusal: directory.AddressInvalid},
		{address: "ann\n@lwa.example", refusal: directory.AddressInvalid},
		{address: "ann\xff@lwa.example", refusal: directory.AddressInvalid},
		{address: strings.Repeat("a", 400) + "@lwa.example", refusal: directory.AddressInvalid},
	}
	for _, tt := range tests {
		got, err := f.Methods(t.Context(), tt.address)
		code, mailErr := f.MailCode(t.Context(), f.begin(t), tt.address)
		if tt.refusal != "" {
			refused(t, "Methods of "+tt.address, err, tt.refusal)
			refused(t, "MailCode to "+tt.address, mailErr, tt.refusal)
			continue
		}
		noError(t, "Methods of "+tt.address, err)
		check(t, "the methods of "+tt.address, got, tt.want)
		if tt.mail != "" {
			refused(t, "MailCode to "+tt.address, mailErr, tt.mail)
			continue
		}
		if mailErr != nil || code == "" {
			t.Errorf("MailCode to %s: got %q, %v, want a code", tt.address, code, mailErr)
		}
	}
}

func corpProvider() chime.Provider {
	return chime.Provider{
		Account: "EnterpriseOIDC", Issuer: provider, ClientID: "carillon", GroupsClaim: "groups",
		BasicGroups: []string{"staff"}, ProGroups: []string{"hosts"}, Created: noon,
	}
}

// TestSuspendedLearnsLate says nothing of a suspension to who did not prove the
// address, and says it to who did.
func TestSuspendedLearnsLate(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	f.claim(t, "EnterpriseLWA", "lwa.example")
	user := f.signIn(t, "ann@lwa.example").Subject.ID
	before, asked := f.proveAddress(t, "ann@lwa.example"), f.begin(t)
	code, err := f.MailCode(ctx, asked, "ann@lwa.example")
	noError(t, "MailCode", err)
	f.suspend(t, user)

	_, err = f.Resume(ctx, before)
	isDead(t, "a login that had proven the address before", err)
	_, err = f.Resume(ctx, asked)
	noError(t, "a login that had proven nothing", err)
	refused(t, "the wrong code from before", f.ProveCode(ctx, asked, "wrong"), directory.CodeWrong)
	refused(t, "the right code from before", f.ProveCode(ctx, asked, code), directory.Suspended)
	_, err = f.Finish(ctx, asked, "", "")
	refused(t, "Finish with it", err, directory.LoginOver)

	_, err = f.Finish(ctx, f.proveAddress(t, "ann@lwa.example"), "", "")
	refused(t, "signing in while suspended", err, directory.Suspended)
	between := f.proveAddress(t, "ann@lwa.example")
	asked = f.begin(t)
	code, err = f.MailCode(ctx, asked, "ann@lwa.example")
	noError(t, "MailCode", err)
	f.unsuspend(t, user)
	noError(t, "LogoutUser", f.dir.LogoutUser(asRoot(t), "EnterpriseLWA", user))
	_, err = f.Finish(ctx, between, "", "")
	isDead(t, "a login from before a sign-out", err)
	refused(t, "a code from before a sign-out", f.ProveCode(ctx, asked, code), directory.LoginOver)
	check(t, "who signs in again", f.signIn(t, "ann@lwa.example").Subject.ID, user)
}

// TestFirstSignInTwice has two browsers register the same address.
func TestFirstSignInTwice(t *testing.T) {
	f := newFixture(t)
	one, two, three := f.proveAddress(t, "ann@example.com"), f.proveAddress(t, "ann@example.com"), f.begin(t)
	code, err := f.MailCode(t.Context(), three, "ann@example.com")
	noError(t, "MailCode", err)
	_, err = f.Finish(t.Context(), one, "Ann", "")
	noError(t, "Finish", err)
	_, err = f.Finish(t.Context(), two, "Another", "")
	isDead(t, "registering the address again", err)
	refused(t, "the code from when it was nobody's", f.ProveCode(t.Context(), three, code), directory.LoginOver)
}

// TestProofsAreTidied lets no method prove more than it does.
func TestProofsAreTidied(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	ann := f.signIn(t, "ann@example.com").Subject
	upstream := &chime.Upstream{Issuer: amazon, Subject: "amzn1"}
	cookie := f.begin(t)
	noError(t, "Prove", f.Prove(ctx, cookie, chime.Proof{
		Method: chime.ByAmazon, Upstream: upstream, Email: "ann@example.com", User: ann.ID, Identity: ann.Identity, At: f.clock,
	}))
	_, err := f.Finish(ctx, cookie, "", "")
	refused(t, "an address that Amazon says", err, directory.AddressMissing)
	for name, proof := range map[string]chime.Proof{
		"mail": {Method: chime.ByMail, Email: "ann@example.com"}, "nothing": {}, "an Amazon without a subject": {Method: chime.ByAmazon},
		"a provider without a subject": {Method: chime.ByProvider, Email: "ann@example.com"},
	} {
		if err := f.Prove(ctx, f.begin(t), proof); err == nil || errors.Is(err, session.ErrDead) {
			t.Errorf("Prove by %s: got %v, want an error", name, err)
		}
	}
	upstream.Subject = "two\nlines"
	refused(t, "a subject of two lines", f.Prove(ctx, f.begin(t), chime.Proof{Method: chime.ByAmazon, Upstream: upstream}), directory.NotAllowed)
}

func TestPasskey(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	ann := f.signIn(t, "ann@example.com").Subject
	passkey := func(user chime.UserID, identity int64) (string, error) {
		cookie := f.begin(t)
		noError(t, "Prove", f.Prove(ctx, cookie, chime.Proof{Method: chime.ByPasskey, User: user, Identity: identity}))
		finished, err := f.Finish(ctx, cookie, "", "")
		if err != nil {
			return "", err
		}
		check(t, "who signed in", finished.Subject.ID, ann.ID)
		check(t, "the method", finished.Session.Method, chime.ByPasskey)
		return finished.Cookie, nil
	}
	_, err := passkey(ann.ID, 0)
	noError(t, "a passkey", err)
	_, err = passkey(ann.ID, 1)
	refused(t, "a passkey of another identity", err, directory.NotAllowed)
	_, err = passkey("nobody", 0)
	refused(t, "a passkey of nobody", err, directory.NotAllowed)

	waiting := f.begin(t)
	noError(t, "Prove", f.Prove(ctx, waiting, chime.Proof{Method: chime.ByPasskey, User: ann.ID}))
	signed, err := f.Check(ctx, f.signIn(t, "ann@example.com").Cookie)
	noError(t, "Check", err)
	noError(t, "EndAll", f.EndAll(ctx, signed))
	_, err = f.Finish(ctx, waiting, "", "")
	isDead(t, "a login from before a sign-out", err)
	_, err = passkey(ann.ID, 0)
	noError(t, "a passkey after a sign-out", err)

	f.claim(t, "EnterpriseLWA", "example.com")
	_, err = passkey(ann.ID, 0)
	refused(t, "a passkey for an address that an account has claimed", err, directory.NotAllowed)
	f.signIn(t, "ann@example.com") // joins
	_, err = passkey(ann.ID, 0)
	refused(t, "a passkey from before joining", err, directory.NotAllowed)
}
