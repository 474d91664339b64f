package chime

import (
	"slices"
	"time"
)

// TenantID names an AWS account, 12 decimal digits. Tenants never see each
// other's accounts, people, principals or audit.
type TenantID string

// AccountID names a Chime account. It is opaque: any string with a non-blank
// character. Those that Carillon makes are lower-case UUIDs.
type AccountID string

// AccountType decides what the operations on an account's people do.
type AccountType string

// The account types of the contract.
const (
	Team                AccountType = "Team"
	EnterpriseDirectory AccountType = "EnterpriseDirectory"
	EnterpriseLWA       AccountType = "EnterpriseLWA"
	EnterpriseOIDC      AccountType = "EnterpriseOIDC"
)

// AccountTypes lists every account type.
func AccountTypes() []AccountType {
	return []AccountType{Team, EnterpriseDirectory, EnterpriseLWA, EnterpriseOIDC}
}

// Managed reports whether an outside directory decides who is in the account
// and with which license, so that the API must not.
func (t AccountType) Managed() bool {
	return t == EnterpriseDirectory || t == EnterpriseOIDC
}

// AccountStatus is Active, or Suspended for a deleted account that can still be
// restored.
type AccountStatus string

// The account statuses of the contract.
const (
	AccountActive    AccountStatus = "Active"
	AccountSuspended AccountStatus = "Suspended"
)

// License is what a person may do in meetings.
type License string

// The licenses of the contract. Plus was retired, and ProTrial is never
// assigned by an administrator; both may stand in imported data.
const (
	Basic    License = "Basic"
	Plus     License = "Plus"
	Pro      License = "Pro"
	ProTrial License = "ProTrial"
)

// AccountSettings are the meeting policies of an account.
type AccountSettings struct {
	DisableRemoteControl bool
	EnableDialOut        bool
}

// Account is a Chime account of a tenant.
type Account struct {
	ID                   AccountID
	Tenant               TenantID
	Name                 string
	Type                 AccountType
	Status               AccountStatus
	Created              time.Time
	DefaultLicense       License
	SupportedLicenses    []License
	SigninDelegateGroups []string
	Settings             AccountSettings
	// ReleasedDomains are the mail domains that the account has verified once and
	// given up. Like the Settings, lists of a tenant's accounts leave them out.
	ReleasedDomains []string
	// Deleted is when the account was deleted; zero while it is Active.
	Deleted time.Time
	// Record is the id of the audit record of the call that wrote the account last.
	// Like the Settings, lists of a tenant's accounts leave it out.
	Record string
}

// Supports reports whether a member of the account may hold the license.
func (a Account) Supports(l License) bool { return slices.Contains(a.SupportedLicenses, l) }

// AccountQuery selects accounts of one tenant, ordered by id.
type AccountQuery struct {
	Tenant TenantID
	Status AccountStatus
	// NamePrefix keeps accounts whose name begins with it, case-sensitively.
	NamePrefix string
	// After is the keyset position: only accounts with a greater id.
	After AccountID
	Limit int
}
