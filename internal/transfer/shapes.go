package transfer

import (
	"errors"
	"fmt"

	"github.com/carillon-id/carillon/internal/chime"
)

// The values that are kept of an account's document.
const (
	awsAccountID = iota
	accountID
	name
	accountType
	createdTimestamp
	defaultLicense
	supportedLicenses
	accountStatus
	signinDelegateGroups
	disableRemoteControl
	enableDialOut
	deletedOn
	accountValues // how many there are
)

// The values that are kept of a user's document.
const (
	userID = iota
	userAccountID
	primaryEmail
	displayName
	licenseType
	userType
	registrationStatus
	invitationStatus
	registeredOn
	invitedOn
	alexaEnabled
	alexaRoomARN
	personalPIN
	signoutEpoch
	signedOutOn
	inviteID
	emailStatus
	inboundCalling
	outboundCalling
	sms
	withoutPIN
	formerAccountID
	removedOn
	userValues // how many there are
)

// ignored marks a member whose value is checked and not kept.
const ignored = -1

// shape says how the members of an object are read.
type shape map[string]member

// member is either a value, kept at a place, or an object with values.
type member struct {
	place  int
	read   func(*scanner) (string, error)
	object shape
}

// ids are opaque.
func id(place int) member { return member{place: place, read: checked("not blank", notBlank)} }

func accountShape() shape {
	license := checked("a license", isLicense)
	return shape{
		"AwsAccountId":         {place: awsAccountID, read: checked("an AWS account id of 12 digits", tenantForm.MatchString)},
		"AccountId":            id(accountID),
		"Name":                 {place: name, read: checked("1 to 100 characters, one of them not blank", accountName)},
		"AccountType":          {place: accountType, read: oneOf(chime.AccountTypes()...)},
		"CreatedTimestamp":     {place: createdTimestamp, read: timestamp},
		"DefaultLicense":       {place: defaultLicense, read: license},
		"SupportedLicenses":    {place: supportedLicenses, read: listOf("a list of licenses", license)},
		"AccountStatus":        {place: accountStatus, read: oneOf(chime.AccountActive, chime.AccountSuspended)},
		"SigninDelegateGroups": {place: signinDelegateGroups, read: listOf("a list of groups", delegateGroup)},
		"Carillon": {object: shape{
			"AccountSettings": {object: shape{
				"DisableRemoteControl": {place: disableRemoteControl, read: boolean},
				"EnableDialOut":        {place: enableDialOut, read: boolean},
			}},
			"DeletedOn": {place: deletedOn, read: timestamp},
		}},
	}
}

func userShape() shape {
	return shape{
		"UserId":                   id(userID),
		"AccountId":                id(userAccountID),
		"PrimaryEmail":             {place: primaryEmail, read: checked("an e-mail address", email)},
		"PrimaryProvisionedNumber": {place: ignored, read: text},
		"DisplayName":              {place: displayName, read: text},
		"LicenseType":              {place: licenseType, read: checked("a license", isLicense)},
		"UserType":                 {place: userType, read: oneOf(chime.PrivateUser, chime.SharedDevice)},
		"UserRegistrationStatus":   {place: registrationStatus, read: oneOf(chime.Unregistered, chime.Registered, chime.Suspended)},
		"UserInvitationStatus": {
			place: invitationStatus, read: oneOf(chime.InvitationPending, chime.InvitationAccepted, chime.InvitationFailed),
		},
		"RegisteredOn": {place: registeredOn, read: timestamp},
		"InvitedOn":    {place: invitedOn, read: timestamp},
		"AlexaForBusinessMetadata": {object: shape{
			"IsAlexaForBusinessEnabled": {place: alexaEnabled, read: boolean},
			"AlexaForBusinessRoomArn":   {place: alexaRoomARN, read: text},
		}},
		"PersonalPIN": {place: personalPIN, read: checked("10 digits", pinForm.MatchString)},
		"Carillon": {object: shape{
			"SignoutEpoch": {place: signoutEpoch, read: count},
			"SignedOutOn":  {place: signedOutOn, read: timestamp},
			"InviteId":     {place: inviteID, read: text},
			"EmailStatus":  {place: emailStatus, read: oneOf(chime.EmailNotSent, chime.EmailSent, chime.EmailFailed)},
			"Telephony": {object: shape{
				"InboundCalling":  {place: inboundCalling, read: boolean},
				"OutboundCalling": {place: outboundCalling, read: boolean},
				"SMS":             {place: sms, read: boolean},
			}},
			"WithoutPIN":      {place: withoutPIN, read: boolean},
			"FormerAccountId": id(formerAccountID),
			"RemovedOn":       {place: removedOn, read: timestamp},
		}},
	}
}

// nameOf returns the name of the member that is kept at a place.
func (sh shape) nameOf(place int) string {
	for name, m := range sh {
		if m.object != nil {
			if inner := m.object.nameOf(place); inner != "" {
				return name + "." + inner
			}
		} else if m.place == place {
			return name
		}
	}
	return ""
}

// values reads an object of the shape.
func (s *scanner) values(sh shape, into []string) error {
	if c, err := s.within(); err != nil || c != '{' {
		return orElse(err, s.errorf("there should be an object"))
	}
	return s.object(func(name []byte) error {
		m, known := sh[string(name)]
		if !known {
			return s.skip()
		}
		c, err := s.within()
		switch {
		case err != nil:
			return err
		case c == 'n':
			return s.word()
		case m.object != nil:
			return s.values(m.object, into)
		}
		at := s.position()
		v, err := m.read(s)
		if err != nil {
			return named(sh, m, at, err)
		}
		if m.place != ignored {
			into[m.place] = v
		}
		return nil
	})
}

// named says which member and where, when a value is of the wrong type.
func named(sh shape, m member, at Position, err error) error {
	var wrong wrongTypeError
	if errors.As(err, &wrong) {
		return &DocumentError{at, fmt.Sprintf("%s %s", sh.nameOf(m.place), wrong)}
	}
	return err
}
