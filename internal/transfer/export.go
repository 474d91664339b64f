package transfer

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

// Export writes the directory, or the accounts of one tenant and their users, as
// documents, one a line: accounts by id, each followed by its users by id, and
// then the people who belong to no account. Directory.Export says which. The
// same directory gives the same bytes, also after an import into another one.
//
// The documents hold meeting PINs. Progress, which may be nil, is told of how
// many were written. The context's caller MUST be local.
func Export(ctx context.Context, d *directory.Directory, tenant chime.TenantID, w io.Writer, progress func(done int64)) error {
	if tenant != "" && !tenantForm.MatchString(string(tenant)) {
		return fmt.Errorf("the tenant %q is no AWS account id: it must have 12 digits", tenant)
	}
	buffered := bufio.NewWriterSize(w, 64<<10)
	x := exporter{encoder: json.NewEncoder(buffered), progress: progress}
	x.encoder.SetEscapeHTML(false)
	if err := d.Export(ctx, tenant, &x); err != nil {
		return fmt.Errorf("exporting: %w", err)
	}
	if err := buffered.Flush(); err != nil {
		return fmt.Errorf("exporting: %w", err)
	}
	return nil
}

// exporter writes records as documents.
type exporter struct {
	encoder  *json.Encoder
	progress func(int64)
	done     int64
}

func (x *exporter) write(document any) error {
	x.done++
	if x.progress != nil && x.done%directory.MaxImport == 0 {
		x.progress(x.done)
	}
	return x.encoder.Encode(document)
}

// wireAccount is an account's document. What is absent is null, as AWS has it.
type wireAccount struct {
	AwsAccountID         chime.TenantID      `json:"AwsAccountId"`
	AccountID            chime.AccountID     `json:"AccountId"`
	Name                 string              `json:"Name"`
	AccountType          chime.AccountType   `json:"AccountType"`
	CreatedTimestamp     *string             `json:"CreatedTimestamp"`
	DefaultLicense       chime.License       `json:"DefaultLicense"`
	SupportedLicenses    []chime.License     `json:"SupportedLicenses"`
	AccountStatus        chime.AccountStatus `json:"AccountStatus"`
	SigninDelegateGroups []wireGroup         `json:"SigninDelegateGroups"`
	Carillon             accountExtras       `json:"Carillon"`
}

type wireGroup struct {
	GroupName string `json:"GroupName"`
}

// accountExtras is what AWS has no member of an account for.
type accountExtras struct {
	AccountSettings wireSettings `json:"AccountSettings"`
	DeletedOn       *string      `json:"DeletedOn,omitempty"`
}

type wireSettings struct {
	DisableRemoteControl bool `json:"DisableRemoteControl"`
	EnableDialOut        bool `json:"EnableDialOut"`
}

// wireUser is a user's document.
type wireUser struct {
	UserID                   chime.UserID `json:"UserId"`
	AccountID                *string      `json:"AccountId"`
	PrimaryEmail             *string      `json:"PrimaryEmail"`
	PrimaryProvisionedNumber *string      `json:"PrimaryProvisionedNumber"`
	DisplayName              *string      `json:"DisplayName"`
	LicenseType              *string      `json:"LicenseType"`
	UserType                 *string      `json:"UserType"`
	RegistrationStatus       *string      `json:"UserRegistrationStatus"`
	InvitationStatus         *string      `json:"UserInvitationStatus"`
	RegisteredOn             *string      `json:"RegisteredOn"`
	InvitedOn                *string      `json:"InvitedOn"`
	Alexa                    *wireAlexa   `json:"AlexaForBusinessMetadata"`
	PersonalPIN              *string      `json:"PersonalPIN"`
	Carillon                 *userExtras  `json:"Carillon,omitempty"`
}

type wireAlexa struct {
	Enabled bool    `json:"IsAlexaForBusinessEnabled"`
	RoomARN *string `json:"AlexaForBusinessRoomArn"`
}

// userExtras is what AWS has no member of a user for.
type userExtras struct {
	SignoutEpoch    int64             `json:"SignoutEpoch,omitempty"`
	SignedOutOn     *string           `json:"SignedOutOn,omitempty"`
	InviteID        string            `json:"InviteId,omitempty"`
	EmailStatus     chime.EmailStatus `json:"EmailStatus,omitempty"`
	Telephony       *wireTelephony    `json:"Telephony,omitempty"`
	WithoutPIN      bool              `json:"WithoutPIN,omitempty"`
	FormerAccountID chime.AccountID   `json:"FormerAccountId,omitempty"`
	RemovedOn       *string           `json:"RemovedOn,omitempty"`
}

type wireTelephony struct {
	InboundCalling  bool `json:"InboundCalling"`
	OutboundCalling bool `json:"OutboundCalling"`
	SMS             bool `json:"SMS"`
}

type accountDocument struct {
	Account wireAccount `json:"Account"`
}

type userDocument struct {
	User wireUser `json:"User"`
}

// Account implements directory.Exporter.
func (x *exporter) Account(a chime.Account) error {
	groups := make([]wireGroup, 0, len(a.SigninDelegateGroups))
	for _, group := range a.SigninDelegateGroups {
		groups = append(groups, wireGroup{group})
	}
	return x.write(accountDocument{wireAccount{
		AwsAccountID:         a.Tenant,
		AccountID:            a.ID,
		Name:                 a.Name,
		AccountType:          a.Type,
		CreatedTimestamp:     iso8601(a.Created),
		DefaultLicense:       a.DefaultLicense,
		SupportedLicenses:    a.SupportedLicenses,
		AccountStatus:        a.Status,
		SigninDelegateGroups: groups,
		Carillon: accountExtras{
			AccountSettings: wireSettings{a.Settings.DisableRemoteControl, a.Settings.EnableDialOut},
			DeletedOn:       iso8601(a.Deleted),
		},
	}})
}

// Member implements directory.Exporter.
func (x *exporter) Member(m chime.Member) error {
	extras := userExtras{
		SignoutEpoch: m.Signout.Epoch, SignedOutOn: iso8601(m.Signout.At), InviteID: m.InviteID, EmailStatus: m.EmailStatus,
		WithoutPIN: m.PIN == "" && m.Type != chime.SharedDevice && m.Status != chime.Unregistered,
	}
	if t := m.Telephony; t != (chime.Telephony{}) {
		extras.Telephony = &wireTelephony{t.InboundCalling, t.OutboundCalling, t.SMS}
	}
	return x.user(wireUser{
		UserID:             m.User,
		AccountID:          said(m.Account),
		PrimaryEmail:       said(m.Email),
		DisplayName:        said(m.DisplayName),
		LicenseType:        said(m.License),
		UserType:           said(m.Type),
		RegistrationStatus: said(m.Status),
		InvitationStatus:   said(m.Invitation),
		RegisteredOn:       iso8601(m.Registered),
		InvitedOn:          iso8601(m.Invited),
		Alexa:              &wireAlexa{m.Alexa.Enabled, said(m.Alexa.RoomARN)},
		PersonalPIN:        said(m.PIN),
	}, extras)
}

// FormerMember implements directory.Exporter: as GetUser shows them, and of which
// account.
func (x *exporter) FormerMember(f chime.FormerMember) error {
	return x.user(wireUser{
		UserID:             f.User,
		PrimaryEmail:       said(f.Email),
		DisplayName:        said(f.DisplayName),
		LicenseType:        said(chime.Basic),
		UserType:           said(f.Type),
		RegistrationStatus: said(chime.Suspended),
		InvitationStatus:   said(f.Invitation),
		RegisteredOn:       iso8601(f.Registered),
		InvitedOn:          iso8601(f.Invited),
	}, userExtras{FormerAccountID: f.Account, RemovedOn: iso8601(f.Removed)})
}

// FreePerson implements directory.Exporter.
func (x *exporter) FreePerson(p chime.Person) error {
	return x.user(wireUser{
		UserID:             p.ID,
		PrimaryEmail:       said(p.Email),
		DisplayName:        said(p.DisplayName),
		LicenseType:        said(chime.Basic),
		RegistrationStatus: said(chime.Registered),
		RegisteredOn:       iso8601(p.Registered),
		PersonalPIN:        said(p.PIN),
	}, userExtras{SignoutEpoch: p.Signout.Epoch, SignedOutOn: iso8601(p.Signout.At), WithoutPIN: p.PIN == ""})
}

func (x *exporter) user(u wireUser, extras userExtras) error {
	if extras != (userExtras{}) {
		u.Carillon = &extras
	}
	return x.write(userDocument{u})
}

// said is null for what is absent.
func said[S ~string](v S) *string {
	if v == "" {
		return nil
	}
	text := string(v)
	return &text
}

// iso8601 is a time to the microsecond, with as many digits as AWS writes where
// that is exact; null for none.
func iso8601(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	layout := "2006-01-02T15:04:05.000Z"
	if t.Nanosecond()%int(time.Millisecond) != 0 {
		layout = "2006-01-02T15:04:05.000000Z"
	}
	return said(t.UTC().Format(layout))
}
