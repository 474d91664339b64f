package chime

import "context"

// Store keeps the directory. It is safe for concurrent use.
//
// What it promises: an Update that returned nil survives a crash of the process
// and, with the default settings of the engine, of the machine; an Update that
// returned an error changed nothing; a View or Update that begins after an
// Update returned sees what that one wrote, also through another Store on the
// same database. The one error that leaves open what became of an Update is that
// the database went away, or the context ended, while it committed: it is there
// whole, or not at all.
//
// What it keeps: text MUST be UTF-8 and MUST NOT hold U+0000; a write of other
// text is refused and a read finds nothing by it. Bytes may be any; none and empty
// ones are the same. Times are moments, to the microsecond; the zero time is none,
// and so is 1970-01-01T00:00:00Z.
type Store interface {
	// View runs fn over one consistent snapshot. fn MUST NOT write.
	View(ctx context.Context, fn func(tx Tx) error) error
	// Peek is View for a single read: of what fn reads by several methods, or by one
	// for many keys, each may be of another moment, none before the call. An engine
	// then saves what a transaction costs.
	Peek(ctx context.Context, fn func(tx Tx) error) error
	// Snapshot runs fn, and where that costs less than a transaction for each, every
	// View and Peek with the context that fn is given is one of the same snapshot.
	// The context MUST NOT be used after fn returned, nor by two goroutines at a time.
	Snapshot(ctx context.Context, fn func(ctx context.Context) error) error
	// Update runs fn in one transaction and commits it when fn returns nil: as if
	// there were no other at the same time. fn may run again, so it MUST NOT have
	// effects outside tx, and it MUST leave with any error that a method of tx gave
	// it.
	Update(ctx context.Context, fn func(tx Tx) error) error
	// UpdateInPlace is Update for changes of members who are there: fn writes, or
	// deletes, every member whom it read, those too whom it leaves as they are. They
	// are as fn read them when it commits, or it runs again; the account, and who is
	// no member, may have changed meanwhile. Callers of it in great number do not
	// hinder one another.
	//
	// An Update that writes anything writes every member whom it read, too: an
	// UpdateInPlace that changes one of them, and did not see what the Update writes,
	// runs again.
	UpdateInPlace(ctx context.Context, fn func(tx Tx) error) error
	// UpdateUnsynced is Update that does not wait for the disk: what it wrote survives
	// a crash of this process, and one of the machine or of the database's server when
	// an Update that began later, and wrote something, has returned too. Until then the
	// last of what was written may be lost, never anything before something that is not.
	UpdateUnsynced(ctx context.Context, fn func(tx Tx) error) error
	Close() error
}

// Tx is a transaction. Reads and writes take sets, so that a batch is a fixed
// number of statements. What is not there is not in the answer; it is no error.
// Any error a Tx returns is the engine's, never a *chime.Error, but for one that
// reports a database that is locked, full, read-only or gone, which carries
// ServiceUnavailable.
type Tx interface {
	Accounts
	Members
	People
	Principals
	Administrators
	AuditLog
	Settings
	Bulk
	Contents
	SigninTx
	Summaries
}

// Accounts keeps accounts.
type Accounts interface {
	// Account returns the account, deleted ones included; nil when there is none.
	Account(ctx context.Context, id AccountID) (*Account, error)
	// AccountMembers returns the account, or nil, and those of the users who are
	// its members, in one read. The members come in no particular order.
	AccountMembers(ctx context.Context, id AccountID, users []UserID) (*Account, []Member, error)
	// AccountRoll returns, in one read, the account, or nil, and those of the users
	// who are its members, whose Profile is empty; of an account of the type full
	// the Profile too, and those of the users who are its former members.
	AccountRoll(ctx context.Context, id AccountID, users []UserID, full AccountType) (*Account, []Member, []FormerMember, error)
	// AccountInvitees resolves addresses as ResolveAddresses does, and finds, in one
	// read, what else inviting them needs; domains are those of the addresses.
	AccountInvitees(ctx context.Context, id AccountID, claims map[string]UserID, domains []string) (Invitees, error)
	ListAccounts(ctx context.Context, q AccountQuery) ([]Account, error)
	// ListTenants returns the tenants that have accounts, ordered.
	ListTenants(ctx context.Context) ([]TenantID, error)
	PutAccounts(ctx context.Context, accounts ...Account) error
	// PurgeAccount removes the account and all that it still holds, but its audit and
	// its events, of which somebody may have to be told yet.
	PurgeAccount(ctx context.Context, tenant TenantID, id AccountID) error
}

// Invitees is what AccountInvitees finds.
type Invitees struct {
	Account *Account // nil for none
	// Members are those of the holders of the addresses who are the account's members.
	Members []Member
	Holders map[string]UserID // of the addresses, by EmailKey
	// Claimed has the account that verified each of the domains.
	Claimed map[string]AccountID
}

// Members keeps memberships, invitations and the records of former members.
type Members interface {
	ListMembers(ctx context.Context, q MemberQuery) ([]Member, error)
	// MembersByAddress returns members of an account in the order of their
	// AddressOrder, then of their ids, from the one after the given on, as
	// MemberQuery.Brief has them. Who has no address is not among them.
	MembersByAddress(ctx context.Context, account AccountID, after AddressPosition, limit int) ([]Member, error)
	// PutMembers writes whole members, new or known.
	PutMembers(ctx context.Context, members ...Member) error
	// PutStandings writes the Standing of known members and leaves the rest of them.
	// Who is no member stays none.
	PutStandings(ctx context.Context, members ...Member) error
	// DeleteMembers removes memberships, pending ones included.
	DeleteMembers(ctx context.Context, account AccountID, users []UserID) error

	FormerMembers(ctx context.Context, account AccountID, users []UserID) ([]FormerMember, error)
	ListFormerMembers(ctx context.Context, account AccountID, after UserID, limit int) ([]FormerMember, error)
	PutFormerMembers(ctx context.Context, former ...FormerMember) error
	// DeleteFormerMembers removes those of the users, all of them for nil.
	DeleteFormerMembers(ctx context.Context, account AccountID, users []UserID) error
}

// People keeps people, and who holds which address and PIN. An address is
// looked up by its EmailKey.
type People interface {
	People(ctx context.Context, ids []UserID) ([]Person, error)
	// PutPeople writes people, new or known.
	PutPeople(ctx context.Context, people ...Person) error
	// PutLeavers writes people who leave their account by what the account knows of
	// them: all but the Identity, which stays what it is.
	PutLeavers(ctx context.Context, people ...Person) error
	// ListFreePeople returns people who belong to no account, ordered by id.
	ListFreePeople(ctx context.Context, after UserID, limit int) ([]Person, error)

	// AddressHolders returns who holds each of the addresses, by EmailKey.
	AddressHolders(ctx context.Context, keys []string) (map[string]UserID, error)
	// ClaimAddresses gives each address (by EmailKey) to its user. An address that
	// somebody holds MUST be released first; the store then refuses.
	ClaimAddresses(ctx context.Context, holders map[string]UserID) error
	// ResolveAddresses returns who holds each of the addresses, by EmailKey. One
	// that nobody holds goes to the user given with it.
	ResolveAddresses(ctx context.Context, claims map[string]UserID) (map[string]UserID, error)
	ReleaseAddresses(ctx context.Context, keys []string) error
	PINHolders(ctx context.Context, pins []string) (map[string]UserID, error)
	ClaimPINs(ctx context.Context, holders map[string]UserID) error
	ReleasePINs(ctx context.Context, pins []string) error
}

// Principals keeps principals and access keys.
type Principals interface {
	AccessKey(ctx context.Context, id string) (*AccessKey, error)
	// KeyAndPrincipal returns the key and its principal, or nils: what each
	// request is authenticated with.
	KeyAndPrincipal(ctx context.Context, id string) (*AccessKey, *Principal, error)
	// ListAccessKeys returns the keys of a tenant ("" for all), ordered by id.
	ListAccessKeys(ctx context.Context, tenant TenantID) ([]AccessKey, error)
	PutAccessKeys(ctx context.Context, keys ...AccessKey) error
	DeleteAccessKey(ctx context.Context, id string) error

	Principal(ctx context.Context, tenant TenantID, name string) (*Principal, error)
	// ListPrincipals returns the principals of a tenant ("" for all), by tenant and name.
	ListPrincipals(ctx context.Context, tenant TenantID) ([]Principal, error)
	PutPrincipal(ctx context.Context, p Principal) error
	// DeletePrincipal removes the principal and its keys.
	DeletePrincipal(ctx context.Context, tenant TenantID, name string) error
}

// Administrators keeps the roles of administrators. That a role is here says nothing
// unless the member has it: who ends a membership need not know of it.
type Administrators interface {
	// Administrator returns the role, or nil.
	Administrator(ctx context.Context, tenant TenantID, key MemberKey) (*Administrator, error)
	// ListAdministrators returns roles of a tenant, ordered by account and user, after
	// the given one.
	ListAdministrators(ctx context.Context, tenant TenantID, after MemberKey, limit int) ([]Administrator, error)
	// PutAdministrator and DeleteAdministrator MUST be within an Update that read the
	// member and writes them.
	PutAdministrator(ctx context.Context, a Administrator) error
	DeleteAdministrator(ctx context.Context, tenant TenantID, key MemberKey) error
}

// AuditLog keeps the record of calls.
type AuditLog interface {
	// AppendAudit adds records. One whose id is known is that record again, and
	// changes nothing.
	AppendAudit(ctx context.Context, records ...AuditRecord) error
	// CountRepeats adds n to the Repeats of a record.
	CountRepeats(ctx context.Context, record AuditRecord, n int64) error
	ListAudit(ctx context.Context, q AuditQuery) ([]AuditRecord, error)
	// AuditRecords returns those of the records that there are, of any tenant and
	// account, in no particular order. It is for jobs.
	AuditRecords(ctx context.Context, ids []string) ([]AuditRecord, error)
	// ScanAudit returns records in the order of their ids. It reads at most the Limit of
	// each of the two tables that there may be.
	ScanAudit(ctx context.Context, q AuditScan) ([]AuditRecord, error)
	// AuditRecordsOf returns those of the records that are the tenant's, and are about
	// the account unless that is "", in no particular order.
	AuditRecordsOf(ctx context.Context, tenant TenantID, account AccountID, ids []string) ([]AuditRecord, error)
}

// Settings keeps small facts about the installation itself.
type Settings interface {
	// Setting returns the value, or nil.
	Setting(ctx context.Context, key string) ([]byte, error)
	PutSetting(ctx context.Context, key string, value []byte) error
}

// Bulk reads and writes sets that span accounts, as an import needs them.
type Bulk interface {
	// Accounts returns those of the accounts that exist, deleted ones included.
	Accounts(ctx context.Context, ids []AccountID) ([]Account, error)
	// ScanAccounts returns accounts of a tenant ("" for all), deleted ones
	// included, ordered by id, after the given one.
	ScanAccounts(ctx context.Context, tenant TenantID, after AccountID, limit int) ([]Account, error)
	MembersAt(ctx context.Context, keys []MemberKey) ([]Member, error)
	FormerMembersAt(ctx context.Context, keys []MemberKey) ([]FormerMember, error)
	DeleteMembersAt(ctx context.Context, keys []MemberKey) error
}

// Contents reads, with the lists of the others, all that a store holds, so that it
// can be copied. Each scan is ordered by key and goes on after the given one.
type Contents interface {
	// Counts returns how many rows there are of each kind; kinds without any are
	// there with 0. Two stores that hold the same have the same counts.
	Counts(ctx context.Context) (map[string]int64, error)
	ScanMembers(ctx context.Context, after MemberKey, limit int) ([]Member, error)
	ScanFormerMembers(ctx context.Context, after MemberKey, limit int) ([]FormerMember, error)
	ScanPeople(ctx context.Context, after UserID, limit int) ([]Person, error)
	ScanAddresses(ctx context.Context, after string, limit int) ([]Holding, error)
	ScanPINs(ctx context.Context, after string, limit int) ([]Holding, error)
	ScanAdministrators(ctx context.Context, after Administrator, limit int) ([]Administrator, error)
	ScanSettings(ctx context.Context, after string, limit int) ([]StoredSetting, error)
	SigninContents
	// Inspect reports whatever in the store cannot have been written through it: damage
	// that the engine finds, and parts of one thing that do not agree. An error of
	// report ends it. It reads everything.
	Inspect(ctx context.Context, report func(Finding) error) error
}

// Holding says who holds an address, by its EmailKey, or a PIN.
type Holding struct {
	Key  string
	User UserID
}

// StoredSetting is a setting with its value.
type StoredSetting struct {
	Key   string
	Value []byte
}
