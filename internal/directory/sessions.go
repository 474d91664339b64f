package directory

import (
	"context"
	"slices"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
)

// UserSession is a session of a person, for people to read.
type UserSession struct {
	Session chime.SessionID
	Device  string
	Method  chime.Method
	Since   time.Time
	// Apps are the names of the apps that were signed in to with it, ordered.
	Apps []string
}

// SessionRule says whether a session of a person is alive (session.Service.Living
// does).
type SessionRule func(chime.Session, chime.Subject) bool

// LivingSessions returns those of a person's sessions that are alive, newest first, with
// those of their apps that may be shown.
func LivingSessions(ctx context.Context, tx chime.Tx, subject chime.Subject, alive SessionRule, shown func(chime.App) bool) ([]UserSession, error) {
	sessions, err := tx.Sessions(ctx, subject.ID)
	if err != nil {
		return nil, err
	}
	apps, err := appNames(ctx, tx, subject.ID, shown)
	if err != nil {
		return nil, err
	}
	var devices []UserSession
	for _, s := range sessions {
		if alive(s, subject) {
			devices = append(devices, UserSession{Session: s.ID, Device: s.Device, Method: s.Method, Since: s.Created, Apps: apps[s.ID]})
		}
	}
	return devices, nil
}

// appNames returns the names of the apps that have part in each of the person's
// sessions and may be shown.
func appNames(ctx context.Context, tx chime.Tx, user chime.UserID, shown func(chime.App) bool) (map[chime.SessionID][]string, error) {
	grants, err := tx.Grants(ctx, []chime.UserID{user})
	if err != nil {
		return nil, err
	}
	clients := make([]chime.ClientID, 0, len(grants))
	for _, g := range grants {
		clients = append(clients, g.Client)
	}
	slices.Sort(clients)
	apps, err := tx.AppSet(ctx, slices.Compact(clients))
	names := make(map[chime.ClientID]string, len(apps))
	for _, app := range apps {
		if shown(app) {
			names[app.ID] = app.Name
		}
	}
	of := make(map[chime.SessionID][]string)
	for _, g := range grants {
		name := names[g.Client]
		if at, known := slices.BinarySearch(of[g.Session], name); g.Ended.IsZero() && name != "" && !known {
			of[g.Session] = slices.Insert(of[g.Session], at, name)
		}
	}
	return of, err
}

// ListUserSessions returns the sessions of a user that are alive, newest first. Of
// their apps it names those of the caller's tenant. Who is only invited, or was
// removed, has none: whatever they have is not this account's.
func (d *Directory) ListUserSessions(ctx context.Context, id chime.AccountID, user chime.UserID, alive SessionRule) (devices []UserSession, err error) {
	err = d.read(ctx, on("ListUserSessions", id).with("userId", user), func(caller iam.Caller, tx chime.Tx) error {
		if _, err := d.seen(ctx, caller, tx, id, user); err != nil {
			return err
		}
		subject, err := tx.Subject(ctx, user, id)
		if err != nil || subject == nil || subject.Person.Account != id {
			return err
		}
		devices, err = LivingSessions(ctx, tx, *subject, alive, func(app chime.App) bool { return app.Tenant == caller.Tenant })
		return err
	})
	return devices, err
}

// seen returns a user as the account sees them, former members of a Team too.
func (d *Directory) seen(ctx context.Context, caller iam.Caller, tx chime.Tx, id chime.AccountID, user chime.UserID) (User, error) {
	account, member, err := d.member(ctx, caller, tx, id, user)
	switch {
	case err != nil:
		return User{}, err
	case member != nil:
		return view(member), nil
	}
	former, err := formerMembers(ctx, tx, account, []chime.UserID{user})
	if err != nil {
		return User{}, err
	}
	f, ok := former[user]
	if !ok {
		return User{}, notFoundUser(user)
	}
	return formerView(f), nil
}

// EndUserSession ends one session of a user who is in the account, and has its apps
// told. One that is over already stays as it is. The error is NotFound for a session
// that is not theirs.
func (d *Directory) EndUserSession(ctx context.Context, id chime.AccountID, user chime.UserID, session chime.SessionID) error {
	c := on("EndUserSession", id).with("userId", user).with("sessionId", session)
	return d.write(ctx, c, func(caller iam.Caller, tx chime.Tx, c *call) error {
		if _, err := d.account(ctx, caller, tx, id); err != nil {
			return err
		}
		found, subject, err := tx.SessionAndSubject(ctx, user, session, id)
		if err == nil && (found == nil || subject.Person.Account != id) {
			err = chime.Errorf(chime.NotFound, "User %s has no session %s in this account.", user, session)
		}
		if err != nil {
			return err
		}
		c.told, err = d.EndSessions(ctx, tx, *subject, *found)
		return err
	})
}
