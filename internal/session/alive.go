package session

import (
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

// Kind is a kind of what a sign-in issues.
type Kind string

// The kinds.
const (
	LoginInProgress   Kind = "LoginInProgress"
	MailedCode        Kind = "MailedCode"
	SessionCookie     Kind = "SessionCookie"
	AuthorizationCode      = Kind(chime.AuthorizationCode)
	AccessToken            = Kind(chime.AccessToken)
	RefreshToken           = Kind(chime.RefreshToken)
	AdministratorKey       = Kind(chime.AdministratorKey)
	CommandLineCode        = Kind(chime.CommandLineCode)
	CommandLine            = Kind(chime.CommandLine)
)

// Kinds lists every kind.
func Kinds() []Kind {
	return []Kind{
		LoginInProgress, MailedCode, SessionCookie, AuthorizationCode, AccessToken, RefreshToken,
		AdministratorKey, CommandLineCode, CommandLine,
	}
}

// Evidence is all that decides whether something is alive, as one read found it.
// What is not there is nil.
type Evidence struct {
	Login      *chime.Login // of a login in progress and a mailed code
	Credential *chime.Credential
	Grant      *chime.Grant
	Session    *chime.Session
	App        *chime.App
	Subject    *chime.Subject
}

// Alive is the rule: it returns nil when the thing of that kind is alive at the
// moment, and ErrDead when it is not.
//
// It is alive when its own row is there, and is not used, ended or expired; when
// what it hangs on is there and has not ended: the grant and the app of a
// credential, the session of a credential or cookie, the very role of what an
// administrator was given; when the provider that
// vouches for that session confirmed it less than UpstreamLifetime ago; and when
// the person may sign in, by the method by which they did, and has not been signed
// out since. A login, and its code,
// has to be still of whom it was; whether they may sign in is what it asks in the
// end, of directory.Admit.
func Alive(kind Kind, e Evidence, now time.Time) error {
	if !e.own(kind, now) || !e.roots(kind, now) || !e.person(kind) {
		return ErrDead
	}
	return nil
}

// own judges the thing's own row.
func (e Evidence) own(kind Kind, now time.Time) bool {
	switch kind {
	case LoginInProgress:
		return aliveLogin(e.Login, now)
	case MailedCode:
		return aliveLogin(e.Login, now) && aliveCode(e.Login.Code, now)
	case SessionCookie:
		return e.Session != nil
	case AuthorizationCode, AccessToken, RefreshToken, AdministratorKey, CommandLineCode, CommandLine:
		return e.Credential != nil && Kind(e.Credential.Kind) == kind && aliveCredential(*e.Credential, now)
	default:
		return false
	}
}

func aliveLogin(l *chime.Login, now time.Time) bool {
	return l != nil && l.Finished.IsZero() && now.Before(l.Expires)
}

func aliveCode(c chime.MailedCode, now time.Time) bool {
	return len(c.MAC) > 0 && c.Used.IsZero() && c.Attempts < MaxAttempts && now.Before(c.Expires)
}

func aliveCredential(c chime.Credential, now time.Time) bool {
	return c.Used.IsZero() && c.Ended.IsZero() && now.Before(c.Expires)
}

// roots judges what the thing hangs on.
func (e Evidence) roots(kind Kind, now time.Time) bool {
	switch kind {
	case LoginInProgress, MailedCode:
		return true
	case SessionCookie:
		return aliveSession(e.Session, now)
	case AdministratorKey, CommandLineCode, CommandLine:
		return e.ofSession(now)
	default:
		c := e.Credential
		return e.App != nil && e.App.ID == c.Client &&
			e.Grant != nil && e.Grant.ID == c.Grant && e.Grant.Client == c.Client && e.Grant.Session == c.Session && e.Grant.Ended.IsZero() &&
			e.ofSession(now)
	}
}

// ofSession judges the session of a credential.
func (e Evidence) ofSession(now time.Time) bool {
	return e.Session != nil && e.Session.ID == e.Credential.Session && aliveSession(e.Session, now)
}

func aliveSession(s *chime.Session, now time.Time) bool {
	return s.Ended.IsZero() && now.Before(s.Expires) &&
		(s.Upstream == nil || now.Before(s.Upstream.Confirmed.Add(UpstreamLifetime)))
}

// person judges the person and their epoch.
func (e Evidence) person(kind Kind) bool {
	switch kind {
	case LoginInProgress:
		// Before anything is proven, a login is nobody's.
		return e.Login.Proof.At.IsZero() || sameHolder(e.Login, e.Subject)
	case MailedCode:
		return sameHolder(e.Login, e.Subject)
	case SessionCookie:
		return signedIn(e.Subject, e.Session.User, e.Session.Epoch) && directory.MayGoOn(*e.Subject, *e.Session) == nil
	case AdministratorKey, CommandLineCode, CommandLine:
		return e.bearer() && hasRole(*e.Subject, chime.RoleID(e.Credential.Grant))
	default:
		c := e.Credential
		return e.Grant.User == c.User && e.Grant.Epoch == c.Epoch && e.bearer()
	}
}

// bearer judges the person and the epoch of a credential.
func (e Evidence) bearer() bool {
	c := e.Credential
	return e.Session.User == c.User && e.Session.Epoch == c.Epoch &&
		signedIn(e.Subject, c.User, c.Epoch) && directory.MayGoOn(*e.Subject, *e.Session) == nil
}

// hasRole reports whether the person has that very role.
func hasRole(subject chime.Subject, role chime.RoleID) bool {
	return role != "" && subject.Member != nil && subject.Member.Role == role
}

// sameHolder reports whether a login is still of whom it was: of the same person,
// with the same epoch, or of an address that is nobody's.
func sameHolder(login *chime.Login, subject *chime.Subject) bool {
	if login.User == "" {
		return subject == nil
	}
	return same(subject, login.User, login.Epoch)
}

func signedIn(subject *chime.Subject, user chime.UserID, epoch int64) bool {
	return same(subject, user, epoch) && directory.MaySignIn(*subject) == nil
}

func same(subject *chime.Subject, user chime.UserID, epoch int64) bool {
	return subject != nil && subject.ID == user && subject.CurrentSignout().Epoch == epoch
}
