package directory

import (
	"time"

	"github.com/carillon-id/carillon/internal/chime"
)

// User is a person as one account sees them. Zero values are what that account
// does not get to see, or what does not exist.
type User struct {
	ID          chime.UserID
	Account     chime.AccountID
	Email       string
	DisplayName string
	PIN         string
	License     chime.License
	Type        chime.UserType
	Status      chime.RegistrationStatus
	Invitation  chime.InvitationStatus
	Registered  time.Time
	Invited     time.Time
	Alexa       *chime.Alexa
}

// UserError is why an operation on a set of users failed for one of them.
type UserError struct {
	User    chime.UserID
	Code    chime.Code
	Message string
}

// Invite is the answer to one invited address.
type Invite struct {
	ID          string
	Email       string
	Status      chime.InvitationStatus
	EmailStatus chime.EmailStatus
}

// Page asks for one page of a list.
type Page struct {
	// Token is "" for the first page, else what the page before it answered.
	Token string
	// Limit is the greatest number of items, 1 to MaxPage; 0 means DefaultPage.
	Limit int
}

// The page sizes of ListAccounts and ListUsers.
const (
	DefaultPage = 100
	MaxPage     = 200
)

// AccountFilter narrows ListAccounts. Zero values do not filter.
type AccountFilter struct {
	NamePrefix string
	// Email keeps the one account that the person with this address belongs to.
	Email string
}

// AccountChange is what UpdateAccount may change; nil leaves the value.
type AccountChange struct {
	Name           *string
	DefaultLicense *chime.License
}

// SettingsChange is what UpdateAccountSettings may change; nil leaves the value.
type SettingsChange struct {
	DisableRemoteControl *bool
	EnableDialOut        *bool
}

// NewUser is what CreateUser is given. At least one of Username and Email is
// set. Type "" means PrivateUser.
type NewUser struct {
	Username string
	Email    string
	Type     chime.UserType
}

// UserFilter narrows ListUsers. Zero values do not filter.
type UserFilter struct {
	Email string
	Type  chime.UserType
}

// UserChange is what UpdateUser and an item of UpdateUsers may change; nil
// leaves the value.
type UserChange struct {
	User    chime.UserID
	License *chime.License
	Type    *chime.UserType
	Alexa   *AlexaChange
}

// AlexaChange is a change of AlexaForBusinessMetadata; nil leaves the value.
type AlexaChange struct {
	Enabled *bool
	RoomARN *string
}

// view is the member as their account sees them; it shares their metadata. Of a pending invitation it
// shows the address, the ids and where it stands, because the rest is the
// person's own until they accept.
func view(m *chime.Member) User {
	u := User{
		ID:         m.User,
		Account:    m.Account,
		Email:      m.Email,
		Status:     m.Status,
		Invitation: m.Invitation,
		Invited:    m.Invited,
	}
	if m.Status == chime.Unregistered {
		return u
	}
	u.DisplayName, u.PIN = m.DisplayName, m.PIN
	u.License, u.Type = m.License, m.Type
	u.Registered = m.Registered
	u.Alexa = &m.Alexa
	return u
}

// formerView is what a Team account still sees of a Registered person whom it
// suspended (decision 1): a free user, as they were at that moment.
func formerView(f chime.FormerMember) User {
	return User{
		ID:          f.User,
		Email:       f.Email,
		DisplayName: f.DisplayName,
		License:     chime.Basic,
		Type:        f.Type,
		Status:      chime.Suspended,
		Invitation:  f.Invitation,
		Registered:  f.Registered,
		Invited:     f.Invited,
	}
}
