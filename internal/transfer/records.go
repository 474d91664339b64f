package transfer

import (
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

// importAccount is the account that a document describes. A tenant, when set,
// takes the place of the document's.
func (d document) importAccount(tenant chime.TenantID) (directory.ImportAccount, error) {
	v := d.values
	if tenant == "" {
		tenant = chime.TenantID(v[awsAccountID])
	}
	account := directory.ImportAccount{
		Account: chime.Account{
			ID:             chime.AccountID(v[accountID]),
			Tenant:         tenant,
			Name:           v[name],
			Type:           chime.AccountType(v[accountType]),
			Status:         chime.AccountStatus(v[accountStatus]),
			Created:        instant(v[createdTimestamp]),
			DefaultLicense: chime.License(v[defaultLicense]),
			Deleted:        instant(v[deletedOn]),
		},
		Settings: directory.SettingsChange{
			DisableRemoteControl: flag(v[disableRemoteControl]), EnableDialOut: flag(v[enableDialOut]),
		},
	}
	var err error
	if account.SupportedLicenses, err = list[chime.License](v[supportedLicenses]); err != nil {
		return account, err
	}
	account.SigninDelegateGroups, err = list[string](v[signinDelegateGroups])
	return account, err
}

// importUser is the record that a document describes.
func (d document) importUser() directory.ImportUser {
	v := d.values
	return directory.ImportUser{
		Member: chime.Member{
			Account: chime.AccountID(d.place()),
			User:    chime.UserID(v[userID]),
			Standing: chime.Standing{
				Status:  chime.RegistrationStatus(v[registrationStatus]),
				License: chime.License(v[licenseType]),
				Signout: chime.Signout{Epoch: number(v[signoutEpoch]), At: instant(v[signedOutOn])},
			},
			Profile: chime.Profile{
				Email:       v[primaryEmail],
				DisplayName: v[displayName],
				PIN:         d.pin(),
				Type:        chime.UserType(v[userType]),
				Registered:  instant(v[registeredOn]),
				Invitation:  chime.InvitationStatus(v[invitationStatus]),
				InviteID:    v[inviteID],
				EmailStatus: chime.EmailStatus(v[emailStatus]),
				Invited:     instant(v[invitedOn]),
				Alexa:       chime.Alexa{Enabled: v[alexaEnabled] == "true", RoomARN: v[alexaRoomARN]},
				Telephony: chime.Telephony{
					InboundCalling: v[inboundCalling] == "true", OutboundCalling: v[outboundCalling] == "true", SMS: v[sms] == "true",
				},
			},
		},
		Former:       v[formerAccountID] != "",
		Removed:      instant(v[removedOn]),
		HasAlexa:     v[alexaEnabled] != "" || v[alexaRoomARN] != "",
		HasTelephony: v[inboundCalling] != "" || v[outboundCalling] != "" || v[sms] != "",
		WithoutPIN:   v[withoutPIN] == "true",
	}
}

// unfit is why a merged document cannot be imported; "" when it can.
func (d document) unfit() string {
	if d.kind == ofUser && d.rank() == invitation && d.values[primaryEmail] == "" {
		return "user " + d.owner() + " is invited (Unregistered), but has no PrimaryEmail"
	}
	return ""
}
