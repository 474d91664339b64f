package chime

import "time"

// UserID names a person for life, whatever account they are in. It is opaque
// like an AccountID.
type UserID string

// RegistrationStatus is where a member stands in an account.
type RegistrationStatus string

// The registration statuses of the contract.
const (
	Unregistered RegistrationStatus = "Unregistered"
	Registered   RegistrationStatus = "Registered"
	Suspended    RegistrationStatus = "Suspended"
)

// InvitationStatus is what became of an invitation. Members who were never
// invited have none.
type InvitationStatus string

// The invitation statuses of the contract.
const (
	InvitationPending  InvitationStatus = "Pending"
	InvitationAccepted InvitationStatus = "Accepted"
	InvitationFailed   InvitationStatus = "Failed"
)

// EmailStatus is what became of an invitation's mail.
type EmailStatus string

// The mail statuses of the contract.
const (
	EmailNotSent EmailStatus = "NotSent"
	EmailSent    EmailStatus = "Sent"
	EmailFailed  EmailStatus = "Failed"
)

// UserType tells people from shared devices.
type UserType string

// The user types of the contract.
const (
	PrivateUser  UserType = "PrivateUser"
	SharedDevice UserType = "SharedDevice"
)

// Alexa is the AlexaForBusinessMetadata of a member, kept as it was given.
type Alexa struct {
	Enabled bool
	RoomARN string
}

// Telephony is the set of a member's calling permissions.
type Telephony struct {
	InboundCalling  bool
	OutboundCalling bool
	SMS             bool
}

// Signout counts the times that a person was signed out everywhere. Whatever a
// sign-in issues stores the epoch that it was born with and is alive only while
// the two are equal: no clock decides. At is for people to read.
type Signout struct {
	Epoch int64
	At    time.Time
}

// Raise returns the next epoch, reached at the time now.
func (s Signout) Raise(now time.Time) Signout { return Signout{Epoch: s.Epoch + 1, At: now} }

// Person is somebody who registered at least once, in an account or free. An
// address that was only ever invited has a UserID, held in the addresses, and no
// Person yet.
//
// While Account is set, the membership there holds the person's Signout, so
// that a suspension is one narrow write in the account's own rows; the Signout
// here counts only while the person is free.
type Person struct {
	ID          UserID
	Account     AccountID // "" for a free user
	Email       string    // "" for a shared device without an address
	DisplayName string
	PIN         string // 10 digits; "" for shared devices
	Registered  time.Time
	Signout     Signout
	// Identity counts the times that what proves who the person is was voided:
	// passkeys and links to providers, which survive a sign-out, and hold the
	// number that they were made with.
	Identity int64
	// Record is the id of the audit record of the call that wrote the person last; ""
	// for what a free person did themselves, of which no tenant has a record.
	Record string
}

// Free reports whether the person belongs to no account.
func (p Person) Free() bool { return p.Account == "" }

// Member is a person's membership of an account, keyed by (Account, User).
//
// An Unregistered member is an invitation: it grants nothing over the person,
// who may be a member of another account. The profile fields are the account's
// own copy of the person's, so that listing an account reads the account's
// rows alone.
type Member struct {
	Account AccountID
	User    UserID
	Standing
	Profile
}

// MemberKey names a membership, or the record of a former one.
type MemberKey struct {
	Account AccountID
	User    UserID
}

// Key returns the member's key.
func (m Member) Key() MemberKey { return MemberKey{m.Account, m.User} }

// Standing is the narrow, often written part of a Member.
type Standing struct {
	Status  RegistrationStatus
	License License
	Signout Signout
	// Role is the member's role as an administrator; "" for none. It ends with the
	// membership, and with a suspension.
	Role RoleID
	// Record is the id of the audit record of the call that wrote the member last, in
	// the same transaction.
	Record string
}

// Profile is the wide, seldom written part of a Member.
type Profile struct {
	Email       string
	DisplayName string
	PIN         string
	Type        UserType
	Registered  time.Time
	Invitation  InvitationStatus // "" when never invited
	InviteID    string           // of the last invitation; inviting again replaces it
	EmailStatus EmailStatus      // of the last invitation's mail
	Invited     time.Time
	Alexa       Alexa
	Telephony   Telephony
}

// FormerMember is what a Team account still shows of a Registered person whom
// it suspended: the record as it was at that moment.
type FormerMember struct {
	Account     AccountID
	User        UserID
	Email       string
	DisplayName string
	Type        UserType
	Invitation  InvitationStatus
	Invited     time.Time
	Registered  time.Time
	Removed     time.Time
	// Record is the id of the audit record of the call that wrote this.
	Record string
}

// Key returns the key of the membership that was.
func (f FormerMember) Key() MemberKey { return MemberKey{f.Account, f.User} }

// MemberQuery selects members of one account, ordered by user id.
type MemberQuery struct {
	Account AccountID
	// Type, when set, keeps members of this type.
	Type  UserType
	After UserID
	Limit int
	// Brief says that what a list does not show is not needed: Signout, Role, Record, PIN,
	// InviteID, EmailStatus and Telephony of the members may be empty.
	Brief bool
}

// AddressPosition is a place in the order of an account's addresses.
type AddressPosition struct {
	Order string // an AddressOrder, or the beginning of one
	User  UserID // "" is before all who have that address
}
