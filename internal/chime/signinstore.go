package chime

import (
	"context"
	"time"
)

// SigninTx is the part of a transaction that signing in works with: apps, what a
// sign-in issues, what proves who somebody is, domains, and the outbox.
//
// Of those who redeem one credential at the same time, or take one event, each
// within an Update or an UpdateInPlace that reads it, decides by it and writes it,
// one does. So it is with sessions, grants and logins: nobody deletes them while
// they may be alive. What may be deleted at any time (apps, passkeys, domains,
// claims, providers) MUST be written and deleted by Update alone: written in
// place, it could come back.
type SigninTx interface {
	Apps
	Credentials
	Sessions
	Logins
	Identities
	Domains
	Providers
	Outbox
}

// Apps keeps relying parties.
type Apps interface {
	// App returns the app, or nil.
	App(ctx context.Context, id ClientID) (*App, error)
	// AppSet returns those of the apps that exist.
	AppSet(ctx context.Context, ids []ClientID) ([]App, error)
	// ListApps returns the apps of a tenant, ordered by id, after the given one.
	ListApps(ctx context.Context, tenant TenantID, after ClientID, limit int) ([]App, error)
	// PutApp writes an app, new or known. Its Tenant MUST stay the same.
	PutApp(ctx context.Context, app App) error
	DeleteApp(ctx context.Context, tenant TenantID, id ClientID) error
}

// Credentials keeps codes and tokens, and reads with them what decides whether
// they are alive.
type Credentials interface {
	// Subject returns the person and where they stand, or nil. guess is the account
	// that they are probably in, "" for none; a wrong one costs a journey more.
	Subject(ctx context.Context, user UserID, guess AccountID) (*Subject, error)
	// Bearer returns the credential of that hash with all that decides whether it is
	// alive, in one read; nil when there is none.
	Bearer(ctx context.Context, hash string) (*Bearer, error)
	// BriefBearer is Bearer without what decides nothing: of a member's Person, only the ID
	// and the Account need be there. It takes whoever is a member of an account, and not an
	// Unregistered one, for somebody who is in that account.
	BriefBearer(ctx context.Context, hash string) (*Bearer, error)
	PutCredentials(ctx context.Context, credentials ...Credential) error
	// DeleteExpired removes at most limit credentials, logins, and sessions with their
	// grants, of each kind, that expired before the moment, and returns how many. What
	// has no Expires stays. A job's.
	DeleteExpired(ctx context.Context, before time.Time, limit int) (int, error)
}

// Sessions keeps the sessions of people, and what apps have of them.
type Sessions interface {
	// SessionAndSubject returns a session and its person, or nils, in one read. guess is as
	// in Subject.
	SessionAndSubject(ctx context.Context, user UserID, id SessionID, guess AccountID) (*Session, *Subject, error)
	// Sessions returns the sessions of a person, dead ones included, newest first.
	Sessions(ctx context.Context, user UserID) ([]Session, error)
	// UpstreamSessions returns the sessions for which the issuer's session of that sid
	// vouches, dead ones included, ordered by user and id.
	UpstreamSessions(ctx context.Context, issuer, sid string) ([]Session, error)
	// PutSessions writes sessions, new or known. The Issuer and SID of a known one's
	// Upstream MUST stay the same.
	PutSessions(ctx context.Context, sessions ...Session) error
	// Grants returns the grants of people, dead ones included.
	Grants(ctx context.Context, users []UserID) ([]Grant, error)
	PutGrants(ctx context.Context, grants ...Grant) error
}

// Logins keeps logins in progress.
type Logins interface {
	Login(ctx context.Context, id LoginID) (*Login, error)
	PutLogin(ctx context.Context, login Login) error
}

// Identities keeps what proves who somebody is.
type Identities interface {
	Passkeys(ctx context.Context, user UserID) ([]Passkey, error)
	PutPasskey(ctx context.Context, key Passkey) error
	DeletePasskey(ctx context.Context, user UserID, id string) error
	Link(ctx context.Context, issuer, subject string) (*Link, error)
	PutLink(ctx context.Context, link Link) error
}

// Domains keeps the mail domains of accounts.
type Domains interface {
	// Claims returns which account has verified each of the domains.
	Claims(ctx context.Context, names []string) (map[string]AccountID, error)
	// Claim gives a domain to the account that verified it. One that somebody holds
	// MUST be unclaimed first; the store then refuses.
	Claim(ctx context.Context, name string, account AccountID) error
	Unclaim(ctx context.Context, name string) error

	Domain(ctx context.Context, account AccountID, name string) (*Domain, error)
	// ListDomains returns the domains of an account, ordered by name.
	ListDomains(ctx context.Context, account AccountID) ([]Domain, error)
	PutDomain(ctx context.Context, domain Domain) error
	DeleteDomain(ctx context.Context, account AccountID, name string) error
}

// Providers keeps the OpenID providers of accounts.
type Providers interface {
	Provider(ctx context.Context, account AccountID) (*Provider, error)
	PutProvider(ctx context.Context, provider Provider) error
	DeleteProvider(ctx context.Context, account AccountID) error
}

// Outbox keeps what commits have to tell the world.
type Outbox interface {
	// AppendEvent adds an event. One whose id is known stays as it is.
	AppendEvent(ctx context.Context, event Event) error
	Event(ctx context.Context, account AccountID, id EventID) (*Event, error)
	// DueEvents returns events of the account that are due at the moment, those that
	// are due for longest first.
	DueEvents(ctx context.Context, account AccountID, at time.Time, limit int) ([]Event, error)
	// DueAccounts returns the accounts that have events which are due at the moment,
	// ordered, "" among them for those of free people. A job's.
	DueAccounts(ctx context.Context, at time.Time, limit int) ([]AccountID, error)
	// DeleteEvents looks at the oldest events of the account, at most limit of them, and
	// removes those that were created before the moment and are not Due any more, with
	// their deliveries. It returns how many. A job's.
	DeleteEvents(ctx context.Context, account AccountID, before time.Time, limit int) (int, error)
	// PutEvent writes Due and Spread of a known event.
	PutEvent(ctx context.Context, event Event) error
	// FinishEvents has those of the account's events that are not Spread be that, and
	// never be due again.
	FinishEvents(ctx context.Context, account AccountID, ids []EventID) error
	// AddDeliveries adds deliveries. One whose key is known stays as it is.
	AddDeliveries(ctx context.Context, deliveries ...Delivery) error
	PutDeliveries(ctx context.Context, deliveries ...Delivery) error
	// EventDeliveries returns the deliveries of an event about the people.
	EventDeliveries(ctx context.Context, event EventID, users []UserID) ([]Delivery, error)
	// ListDeliveries returns the deliveries about a person, newest events first.
	ListDeliveries(ctx context.Context, user UserID, limit int) ([]Delivery, error)
}

// SigninContents is the part of Contents that is about signing in. Each scan is
// ordered by key and goes on after the key of the given value; that of the zero
// value is before all.
type SigninContents interface {
	ScanApps(ctx context.Context, after App, limit int) ([]App, error)
	ScanSessions(ctx context.Context, after Session, limit int) ([]Session, error)
	ScanGrants(ctx context.Context, after Grant, limit int) ([]Grant, error)
	ScanCredentials(ctx context.Context, after Credential, limit int) ([]Credential, error)
	ScanLogins(ctx context.Context, after Login, limit int) ([]Login, error)
	ScanPasskeys(ctx context.Context, after Passkey, limit int) ([]Passkey, error)
	ScanLinks(ctx context.Context, after Link, limit int) ([]Link, error)
	ScanClaims(ctx context.Context, after DomainClaim, limit int) ([]DomainClaim, error)
	ScanDomains(ctx context.Context, after Domain, limit int) ([]Domain, error)
	ScanProviders(ctx context.Context, after Provider, limit int) ([]Provider, error)
	ScanEvents(ctx context.Context, after Event, limit int) ([]Event, error)
	ScanDeliveries(ctx context.Context, after Delivery, limit int) ([]Delivery, error)
}
