package chime

import "time"

// RootName is the name of the root principal that every tenant has. It may do
// everything in its tenant and takes no policy.
const RootName = "root"

// Principal is somebody who may call the API for a tenant: the root, or an
// administrator's or a program's identity with policies of its own.
type Principal struct {
	Tenant   TenantID
	Name     string
	ID       string // the stable unique id, "AIDA..."; the tenant's id for the root
	Disabled bool
	Created  time.Time
	Policies []PrincipalPolicy
	// Record is the id of the audit record of the change that wrote the principal last.
	Record string
}

// Root reports whether the principal is its tenant's root.
func (p Principal) Root() bool { return p.Name == RootName }

// PrincipalPolicy is a policy of a principal: a managed one by its name, or
// the principal's own with its document.
type PrincipalPolicy struct {
	Name     string `json:"name"`
	Document string `json:"document,omitempty"` // "" for a managed policy
}

// RoleID names the role of one administrator. Granting it anew, after it ended, gives
// another.
type RoleID string

// Administrator is the role of a member: what they may do with the short-lived
// credentials that they get for their sign-in. It counts while the member's Role is
// its ID.
type Administrator struct {
	Tenant   TenantID
	Account  AccountID
	User     UserID
	ID       RoleID
	Policies []PrincipalPolicy
	Granted  time.Time
	// Record is the id of the audit record of the change that wrote the role last.
	Record string
}

// Key returns the key of the membership that the role belongs to.
func (a Administrator) Key() MemberKey { return MemberKey{a.Account, a.User} }

// TemporaryKey is the short-lived access key of an administrator, as one read found
// it.
type TemporaryKey struct {
	ID, Secret string
	// Alive says that it counts; the rest is empty otherwise.
	Alive   bool
	Issued  time.Time
	Expires time.Time
	// Role is what the administrator may do, and Name what they are called.
	Role Administrator
	Name string
}

// AccessKey is a principal's key. Its secret is sealed: the store never sees it.
type AccessKey struct {
	ID           string
	Tenant       TenantID
	Principal    string
	SealedSecret []byte
	Disabled     bool
	Created      time.Time
	// Record is the id of the audit record of the change that made or disabled or
	// enabled the key last.
	Record string
}
