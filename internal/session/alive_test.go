package session_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/session"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// aliveEvidence is what makes everything of the kind alive at noon: of a member
// whose membership has the epoch 3, and whose own row has another.
func aliveEvidence(kind session.Kind) session.Evidence {
	later, earlier := noon.Add(time.Microsecond), noon.Add(-time.Minute)
	credential := chime.CredentialKind(kind)
	return session.Evidence{
		Login: &chime.Login{
			ID: "login", Created: earlier, Expires: later, User: "ann", Epoch: 3,
			Code:  chime.MailedCode{Email: "ann@example.com", MAC: []byte{1}, Expires: later, Attempts: session.MaxAttempts - 1},
			Proof: chime.Proof{Method: chime.ByMail, At: earlier, Email: "ann@example.com"},
		},
		Credential: &chime.Credential{
			Kind: credential, User: "ann", Session: "session", Grant: "grant", Client: "app", Account: "lwa", Epoch: 3,
			Issued: earlier, Expires: later,
		},
		Grant: &chime.Grant{User: "ann", ID: "grant", Session: "session", Client: "app", Epoch: 3},
		Session: &chime.Session{
			User: "ann", ID: "session", Epoch: 3, Created: earlier, Expires: later, Method: chime.ByAmazon,
			Upstream: &chime.Upstream{Confirmed: later.Add(-session.UpstreamLifetime)},
		},
		App: &chime.App{ID: "app"},
		Subject: &chime.Subject{
			Person:  chime.Person{ID: "ann", Account: "lwa", Signout: chime.Signout{Epoch: 9}},
			Account: &chime.Account{ID: "lwa", Type: chime.EnterpriseLWA, Status: chime.AccountActive},
			Member: &chime.Member{
				Account: "lwa", User: "ann", Standing: chime.Standing{Status: chime.Registered, Signout: chime.Signout{Epoch: 3}, Role: "grant"},
			},
		},
	}
}

// The kinds that a change of the evidence concerns.
var (
	logins      = []session.Kind{session.LoginInProgress, session.MailedCode}
	code        = []session.Kind{session.MailedCode}
	ofApps      = []session.Kind{session.AuthorizationCode, session.AccessToken, session.RefreshToken}
	ofRoles     = []session.Kind{session.AdministratorKey, session.CommandLineCode, session.CommandLine}
	credentials = slices.Concat(ofApps, ofRoles)
	sessions    = append([]session.Kind{session.SessionCookie}, credentials...)
)

// deaths are changes of the evidence, and what each is the death of. Everything
// else lives on.
func deaths() []struct {
	name   string
	of     []session.Kind
	change func(*session.Evidence)
} {
	return []struct {
		name   string
		of     []session.Kind
		change func(*session.Evidence)
	}{
		{"nothing", nil, func(*session.Evidence) {}},
		{"a free person with the epoch", ofRoles, func(e *session.Evidence) {
			e.Subject = &chime.Subject{Person: chime.Person{ID: "ann", Signout: chime.Signout{Epoch: 3}}}
		}},
		{"a session without a provider", nil, func(e *session.Evidence) { e.Session.Upstream = nil }},

		{"no login", logins, func(e *session.Evidence) { e.Login = nil }},
		{"the login is finished", logins, func(e *session.Evidence) { e.Login.Finished = noon }},
		{"the login expired", logins, func(e *session.Evidence) { e.Login.Expires = noon }},
		{"no code", code, func(e *session.Evidence) { e.Login.Code = chime.MailedCode{} }},
		{"the code was used", code, func(e *session.Evidence) { e.Login.Code.Used = noon }},
		{"the code expired", code, func(e *session.Evidence) { e.Login.Code.Expires = noon }},
		{"too many attempts", code, func(e *session.Evidence) { e.Login.Code.Attempts++ }},
		{"another's login", logins, func(e *session.Evidence) { e.Login.User = "bob" }},
		{"a login of an older epoch", logins, func(e *session.Evidence) { e.Login.Epoch-- }},
		{"a login of a newer epoch", logins, func(e *session.Evidence) { e.Login.Epoch++ }},
		{"an older epoch, with nothing proven yet", code, func(e *session.Evidence) { e.Login.Epoch, e.Login.Proof = 2, chime.Proof{} }},
		{"an address that was nobody's, and is somebody's", logins, func(e *session.Evidence) { e.Login.User = "" }},

		{"no credential", credentials, func(e *session.Evidence) { e.Credential = nil }},
		{"a credential of another kind", credentials, func(e *session.Evidence) { e.Credential.Kind = "Another" }},
		{"the credential was used", credentials, func(e *session.Evidence) { e.Credential.Used = noon }},
		{"the credential ended", credentials, func(e *session.Evidence) { e.Credential.Ended = noon }},
		{"the credential expired", credentials, func(e *session.Evidence) { e.Credential.Expires = noon }},
		{"a credential of an older epoch", credentials, func(e *session.Evidence) { e.Credential.Epoch-- }},
		{"a credential of a newer epoch", credentials, func(e *session.Evidence) { e.Credential.Epoch++ }},
		{"another's credential", credentials, func(e *session.Evidence) { e.Credential.User = "bob" }},

		{"no grant", ofApps, func(e *session.Evidence) { e.Grant = nil }},
		{"the grant ended", ofApps, func(e *session.Evidence) { e.Grant.Ended = noon }},
		{"another grant", ofApps, func(e *session.Evidence) { e.Grant.ID = "another" }},
		{"a grant of another app", ofApps, func(e *session.Evidence) { e.Grant.Client = "another" }},
		{"a grant of another session", ofApps, func(e *session.Evidence) { e.Grant.Session = "another" }},
		{"another's grant", ofApps, func(e *session.Evidence) { e.Grant.User = "bob" }},
		{"a grant of an older epoch", ofApps, func(e *session.Evidence) { e.Grant.Epoch-- }},
		{"no app", ofApps, func(e *session.Evidence) { e.App = nil }},
		{"another app", ofApps, func(e *session.Evidence) { e.App.ID = "another" }},

		{"no role", ofRoles, func(e *session.Evidence) { e.Subject.Member.Role = "" }},
		{"a role granted anew", ofRoles, func(e *session.Evidence) { e.Subject.Member.Role = "another" }},
		{"a credential of no role, and no role", ofRoles, func(e *session.Evidence) { e.Credential.Grant, e.Grant.ID, e.Subject.Member.Role = "", "", "" }},

		{"no session", sessions, func(e *session.Evidence) { e.Session = nil }},
		{"the session ended", sessions, func(e *session.Evidence) { e.Session.Ended = noon }},
		{"the session expired", sessions, func(e *session.Evidence) { e.Session.Expires = noon }},
		{"another session", credentials, func(e *session.Evidence) { e.Session.ID = "another" }},
		{"another's session", sessions, func(e *session.Evidence) { e.Session.User = "bob" }},
		{"a session of an older epoch", sessions, func(e *session.Evidence) { e.Session.Epoch-- }},
		{"the provider is silent for too long", sessions, func(e *session.Evidence) {
			e.Session.Upstream.Confirmed = noon.Add(-session.UpstreamLifetime)
		}},

		{"the account got a provider", sessions, func(e *session.Evidence) { e.Subject.Account.Type = chime.EnterpriseOIDC }},
		{"the account is a directory's", sessions, func(e *session.Evidence) { e.Subject.Account.Type = chime.EnterpriseDirectory }},
		{"a provider's session in an account without one", sessions, func(e *session.Evidence) {
			e.Session.Method, e.Session.Upstream.Account = chime.ByProvider, "lwa"
		}},
		{"a session of another account's provider", sessions, func(e *session.Evidence) {
			e.Subject.Account.Type, e.Session.Method, e.Session.Upstream.Account = chime.EnterpriseOIDC, chime.ByProvider, "another"
		}},
		{"a session of no known method", sessions, func(e *session.Evidence) { e.Session.Method = "" }},
		{"a session of the account's provider", nil, func(e *session.Evidence) {
			e.Subject.Account.Type, e.Session.Method, e.Session.Upstream.Account = chime.EnterpriseOIDC, chime.ByProvider, "lwa"
		}},

		{"no person", session.Kinds(), func(e *session.Evidence) { e.Subject = nil }},
		{"another person", session.Kinds(), func(e *session.Evidence) { e.Subject.ID = "bob" }},
		{"signed out since", session.Kinds(), func(e *session.Evidence) { e.Subject.Member.Signout.Epoch++ }},
		{"a free person whose epoch is another", session.Kinds(), func(e *session.Evidence) {
			e.Subject.Person.Account, e.Subject.Account, e.Subject.Member = "", nil, nil
		}},
		// Whether they may sign in is what a login asks in the end.
		{"suspended", sessions, func(e *session.Evidence) { e.Subject.Member.Status = chime.Suspended }},
		{"only invited", sessions, func(e *session.Evidence) { e.Subject.Member.Status = chime.Unregistered }},
		{"in no known state", sessions, func(e *session.Evidence) { e.Subject.Member.Status = "" }},
		{"the account is deleted", sessions, func(e *session.Evidence) { e.Subject.Account.Status = chime.AccountSuspended }},
		{"no account", sessions, func(e *session.Evidence) { e.Subject.Account = nil }},
		{"no membership of their account", session.Kinds(), func(e *session.Evidence) { e.Subject.Member = nil }},
	}
}

func TestAlive(t *testing.T) {
	for _, d := range deaths() {
		for _, kind := range session.Kinds() {
			e := aliveEvidence(kind)
			d.change(&e)
			err := session.Alive(kind, e, noon)
			if dead := errors.Is(err, session.ErrDead); dead != slices.Contains(d.of, kind) || !dead && err != nil {
				t.Errorf("%s with %s: got %v, want it dead: %v", kind, d.name, err, slices.Contains(d.of, kind))
			}
		}
	}
}

// TestAliveOfNobody is about addresses that are nobody's yet, and logins in which
// nothing is proven.
func TestAliveOfNobody(t *testing.T) {
	e := aliveEvidence(session.MailedCode)
	e.Login.User, e.Login.Epoch, e.Subject = "", 0, nil
	for _, kind := range logins {
		if err := session.Alive(kind, e, noon); err != nil {
			t.Errorf("%s of an address that is nobody's: got %v, want it alive", kind, err)
		}
	}
	if err := session.Alive(session.LoginInProgress, session.Evidence{Login: &chime.Login{Expires: noon.Add(1)}}, noon); err != nil {
		t.Errorf("a login in which nothing is proven: got %v, want it alive", err)
	}
}

// TestAliveOfUnknownKind has no kind live by being forgotten.
func TestAliveOfUnknownKind(t *testing.T) {
	for _, kind := range []session.Kind{"", "Passkey"} {
		if err := session.Alive(kind, aliveEvidence(kind), noon); !errors.Is(err, session.ErrDead) {
			t.Errorf("the kind %q: got %v, want %v", kind, err, session.ErrDead)
		}
	}
}
