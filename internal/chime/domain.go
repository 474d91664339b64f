package chime

import "time"

// DomainStatus is where an account's claim of a mail domain stands.
type DomainStatus string

// The statuses of a domain.
const (
	DomainPending  DomainStatus = "Pending"  // its TXT record has not been seen yet
	DomainVerified DomainStatus = "Verified" // everybody who proves such an address joins
	// DomainReleasing is a domain that was removed and whose members are being
	// let go. It is nobody's.
	DomainReleasing DomainStatus = "Releasing"
)

// Domain is an account's claim of a mail domain. Many accounts may add a domain;
// one verifies it.
type Domain struct {
	Account AccountID
	// Name is in A-labels and lower case (RFC 5890).
	Name   string
	Status DomainStatus
	// Challenge is what the TXT record must hold: random, of this claim alone.
	Challenge string
	Added     time.Time
	Verified  time.Time
}

// DomainClaim says which account has verified a domain.
type DomainClaim struct {
	Name    string
	Account AccountID
}

// Provider is the OpenID provider that answers for the people of an
// EnterpriseOIDC account.
type Provider struct {
	Account      AccountID
	Issuer       string
	ClientID     string
	SealedSecret []byte // nil for a public client
	// GroupsClaim names the claim that lists a person's groups. Who is in one of
	// ProGroups has Pro, else who is in one of BasicGroups has Basic, and anybody
	// else cannot sign in. Without any groups everybody has the account's default.
	GroupsClaim string
	BasicGroups []string
	ProGroups   []string
	Created     time.Time
}
