package transfer_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/transfer"
)

// everything is a directory with everything in it, as an export writes it:
// accounts of all types and a deleted one; members in all states, with and
// without invitations, settings, PINs and sign-outs; a shared device; former
// members who are free, in another account, and invited to another; free people.
const everything = `{"Account":{"AwsAccountId":"111122223333","AccountId":"deleted","Name":"Gone","AccountType":"EnterpriseLWA","CreatedTimestamp":"2019-01-04T17:11:22.003Z","DefaultLicense":"Pro","SupportedLicenses":["Basic","Pro"],"AccountStatus":"Suspended","SigninDelegateGroups":[],"Carillon":{"AccountSettings":{"DisableRemoteControl":false,"EnableDialOut":false},"DeletedOn":"2025-12-24T18:00:00.000001Z"}}}
{"Account":{"AwsAccountId":"111122223333","AccountId":"directory","Name":"<Rooms> & more","AccountType":"EnterpriseDirectory","CreatedTimestamp":"2019-01-04T17:11:22.003Z","DefaultLicense":"Basic","SupportedLicenses":["Basic"],"AccountStatus":"Active","SigninDelegateGroups":[{"GroupName":"Front \"desk\""},{"GroupName":"B"}],"Carillon":{"AccountSettings":{"DisableRemoteControl":true,"EnableDialOut":false}}}}
{"User":{"UserId":"d-device","AccountId":"directory","PrimaryEmail":null,"PrimaryProvisionedNumber":null,"DisplayName":"Lobby","LicenseType":"Pro","UserType":"SharedDevice","UserRegistrationStatus":"Registered","UserInvitationStatus":null,"RegisteredOn":"2019-01-04T17:11:22.003Z","InvitedOn":null,"AlexaForBusinessMetadata":{"IsAlexaForBusinessEnabled":true,"AlexaForBusinessRoomArn":"arn:aws:a4b:room"},"PersonalPIN":null}}
{"User":{"UserId":"d-was-device","AccountId":"directory","PrimaryEmail":null,"PrimaryProvisionedNumber":null,"DisplayName":"Den","LicenseType":"Pro","UserType":"PrivateUser","UserRegistrationStatus":"Suspended","UserInvitationStatus":null,"RegisteredOn":null,"InvitedOn":null,"AlexaForBusinessMetadata":{"IsAlexaForBusinessEnabled":false,"AlexaForBusinessRoomArn":null},"PersonalPIN":null,"Carillon":{"WithoutPIN":true}}}
{"Account":{"AwsAccountId":"111122223333","AccountId":"lwa","Name":"Company","AccountType":"EnterpriseLWA","CreatedTimestamp":"2019-01-04T17:11:22.000Z","DefaultLicense":"Pro","SupportedLicenses":["Pro","Basic","Plus"],"AccountStatus":"Active","SigninDelegateGroups":[],"Carillon":{"AccountSettings":{"DisableRemoteControl":false,"EnableDialOut":true}}}}
{"User":{"UserId":"l-member","AccountId":"lwa","PrimaryEmail":"Member@Example.com","PrimaryProvisionedNumber":null,"DisplayName":"Élodie \u2028","LicenseType":"Plus","UserType":"PrivateUser","UserRegistrationStatus":"Registered","UserInvitationStatus":null,"RegisteredOn":"2019-01-04T17:11:22.003Z","InvitedOn":null,"AlexaForBusinessMetadata":{"IsAlexaForBusinessEnabled":false,"AlexaForBusinessRoomArn":null},"PersonalPIN":"0000000001","Carillon":{"SignoutEpoch":7,"SignedOutOn":"2026-01-01T00:00:00.000Z","Telephony":{"InboundCalling":true,"OutboundCalling":false,"SMS":true}}}}
{"User":{"UserId":"l-suspended","AccountId":"lwa","PrimaryEmail":"suspended@example.com","PrimaryProvisionedNumber":null,"DisplayName":null,"LicenseType":"ProTrial","UserType":"PrivateUser","UserRegistrationStatus":"Suspended","UserInvitationStatus":null,"RegisteredOn":"2019-01-04T17:11:22.003Z","InvitedOn":null,"AlexaForBusinessMetadata":{"IsAlexaForBusinessEnabled":false,"AlexaForBusinessRoomArn":null},"PersonalPIN":"0000000002","Carillon":{"SignoutEpoch":1}}}
{"Account":{"AwsAccountId":"111122223333","AccountId":"oidc","Name":"Okta","AccountType":"EnterpriseOIDC","CreatedTimestamp":"2019-01-04T17:11:22.000Z","DefaultLicense":"Pro","SupportedLicenses":["Basic","Pro"],"AccountStatus":"Active","SigninDelegateGroups":[],"Carillon":{"AccountSettings":{"DisableRemoteControl":false,"EnableDialOut":false}}}}
{"Account":{"AwsAccountId":"111122223333","AccountId":"team-1","Name":"Team 1","AccountType":"Team","CreatedTimestamp":"2019-01-04T17:11:22.000Z","DefaultLicense":"Pro","SupportedLicenses":["Basic","Pro"],"AccountStatus":"Active","SigninDelegateGroups":[],"Carillon":{"AccountSettings":{"DisableRemoteControl":false,"EnableDialOut":false}}}}
{"User":{"UserId":"f-free","AccountId":null,"PrimaryEmail":"free@example.com","PrimaryProvisionedNumber":null,"DisplayName":"Free then","LicenseType":"Basic","UserType":"PrivateUser","UserRegistrationStatus":"Suspended","UserInvitationStatus":"Accepted","RegisteredOn":"2019-01-04T17:11:22.003Z","InvitedOn":"2019-01-03T17:11:22.003Z","AlexaForBusinessMetadata":null,"PersonalPIN":null,"Carillon":{"FormerAccountId":"team-1","RemovedOn":"2025-12-25T00:00:00.000Z"}}}
{"User":{"UserId":"f-moved","AccountId":null,"PrimaryEmail":"moved@example.com","PrimaryProvisionedNumber":null,"DisplayName":null,"LicenseType":"Basic","UserType":"PrivateUser","UserRegistrationStatus":"Suspended","UserInvitationStatus":"Accepted","RegisteredOn":"2019-01-04T17:11:22.003Z","InvitedOn":null,"AlexaForBusinessMetadata":null,"PersonalPIN":null,"Carillon":{"FormerAccountId":"team-1","RemovedOn":"2025-12-25T00:00:00.000Z"}}}
{"User":{"UserId":"l-member","AccountId":"team-1","PrimaryEmail":"member@example.com","PrimaryProvisionedNumber":null,"DisplayName":null,"LicenseType":null,"UserType":"PrivateUser","UserRegistrationStatus":"Unregistered","UserInvitationStatus":"Pending","RegisteredOn":null,"InvitedOn":"2025-12-25T00:00:00.000Z","AlexaForBusinessMetadata":{"IsAlexaForBusinessEnabled":false,"AlexaForBusinessRoomArn":null},"PersonalPIN":null,"Carillon":{"InviteId":"i-1","EmailStatus":"NotSent"}}}
{"User":{"UserId":"t-invited","AccountId":"team-1","PrimaryEmail":"invited@example.com","PrimaryProvisionedNumber":null,"DisplayName":null,"LicenseType":"Basic","UserType":"SharedDevice","UserRegistrationStatus":"Unregistered","UserInvitationStatus":"Failed","RegisteredOn":null,"InvitedOn":"2025-12-25T00:00:00.000Z","AlexaForBusinessMetadata":{"IsAlexaForBusinessEnabled":false,"AlexaForBusinessRoomArn":null},"PersonalPIN":null,"Carillon":{"InviteId":"i-2","EmailStatus":"Failed"}}}
{"Account":{"AwsAccountId":"111122223333","AccountId":"team-2","Name":"Team 2","AccountType":"Team","CreatedTimestamp":"2019-01-04T17:11:22.000Z","DefaultLicense":"Pro","SupportedLicenses":["Basic","Pro"],"AccountStatus":"Active","SigninDelegateGroups":[],"Carillon":{"AccountSettings":{"DisableRemoteControl":false,"EnableDialOut":false}}}}
{"User":{"UserId":"f-free","AccountId":"team-2","PrimaryEmail":"free@example.com","PrimaryProvisionedNumber":null,"DisplayName":null,"LicenseType":null,"UserType":"PrivateUser","UserRegistrationStatus":"Unregistered","UserInvitationStatus":"Pending","RegisteredOn":null,"InvitedOn":"2025-12-26T00:00:00.000Z","AlexaForBusinessMetadata":{"IsAlexaForBusinessEnabled":false,"AlexaForBusinessRoomArn":null},"PersonalPIN":null}}
{"User":{"UserId":"f-moved","AccountId":"team-2","PrimaryEmail":"moved@example.com","PrimaryProvisionedNumber":null,"DisplayName":"Moved","LicenseType":"Pro","UserType":"PrivateUser","UserRegistrationStatus":"Registered","UserInvitationStatus":"Accepted","RegisteredOn":"2019-01-04T17:11:22.003Z","InvitedOn":"2025-12-26T00:00:00.000Z","AlexaForBusinessMetadata":{"IsAlexaForBusinessEnabled":false,"AlexaForBusinessRoomArn":null},"PersonalPIN":"0000000003","Carillon":{"SignoutEpoch":2,"SignedOutOn":"2025-12-26T10:00:00.123456Z","InviteId":"i-3","EmailStatus":"Sent"}}}
{"User":{"UserId":"f-free","AccountId":null,"PrimaryEmail":"free@example.com","PrimaryProvisionedNumber":null,"DisplayName":"Free now","LicenseType":"Basic","UserType":null,"UserRegistrationStatus":"Registered","UserInvitationStatus":null,"RegisteredOn":"2019-01-04T17:11:22.003Z","InvitedOn":null,"AlexaForBusinessMetadata":null,"PersonalPIN":"0000000004","Carillon":{"SignoutEpoch":5,"SignedOutOn":"2025-12-25T00:00:00.000Z"}}}
{"User":{"UserId":"z-free","AccountId":null,"PrimaryEmail":null,"PrimaryProvisionedNumber":null,"DisplayName":"Room, freed","LicenseType":"Basic","UserType":null,"UserRegistrationStatus":"Registered","UserInvitationStatus":null,"RegisteredOn":null,"InvitedOn":null,"AlexaForBusinessMetadata":null,"PersonalPIN":null,"Carillon":{"WithoutPIN":true}}}
`

// TestRoundTrip: an import into an empty directory keeps everything, so that an
// export gives the same bytes, whatever the order of the documents.
func TestRoundTrip(t *testing.T) {
	lines := strings.SplitAfter(strings.TrimSuffix(everything, "\n"), "\n")
	var reversed strings.Builder
	for i := range lines {
		reversed.WriteString(strings.TrimSuffix(lines[len(lines)-1-i], "\n") + " ")
	}
	for what, documents := range map[string]string{"in order": everything, "in reverse": reversed.String()} {
		f := newFixture(t)
		check(t, what, f.mustRun(t, documents), transfer.Result{AccountsAdded: 6, UsersAdded: 12})
		for _, of := range []chime.TenantID{"", tenant} {
			want := everything
			if of != "" { // people belong to no tenant
				want = withFreePeopleInline(lines)
			}
			if diff := cmp.Diff(want, f.export(t, of)); diff != "" {
				t.Errorf("%s: the export of %q: got (+) want (-):\n%s", what, of, diff)
			}
		}
		again := newFixture(t)
		again.mustRun(t, f.export(t, tenant))
		if got, want := again.export(t, tenant), f.export(t, tenant); got != want {
			t.Errorf("%s: the tenant's export, imported and exported: got\n%swant\n%s", what, got, want)
		}
		check(t, what+", again", f.mustRun(t, documents), transfer.Result{AccountsKept: 6, UsersKept: 12})
	}
}

// withFreePeopleInline is the export of the tenant: the free person follows the
// record of the former member, and the one who was nowhere is left out.
func withFreePeopleInline(lines []string) string {
	free, rest := lines[len(lines)-2], lines[:len(lines)-2]
	var b strings.Builder
	for _, l := range rest {
		b.WriteString(l)
		if strings.Contains(l, `"f-free","AccountId":null`) {
			b.WriteString(free)
		}
	}
	return b.String()
}

// TestOverwriteWithItself: an export that is laid over its own directory changes
// nothing, epochs included.
func TestOverwriteWithItself(t *testing.T) {
	f := newFixture(t)
	f.mustRun(t, everything)
	i := transfer.Importer{Directory: f.Directory, Tenant: tenant, TempDir: f.temp, Overwrite: true}
	if _, err := i.Run(f.ctx, sources(everything)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(everything, f.export(t, "")); diff != "" {
		t.Errorf("the export: got (+) want (-):\n%s", diff)
	}
}

// accept has a person who is free accept their invitation.
func (f *fixture) accept(account chime.AccountID, user chime.UserID) error {
	return f.Store.Update(f.ctx, func(tx chime.Tx) error {
		who, err := tx.Subject(f.ctx, user, "")
		if err != nil {
			return err
		}
		_, members, err := tx.AccountMembers(f.ctx, account, []chime.UserID{user})
		if err != nil {
			return err
		}
		key := directory.Invitation{Account: account, User: user, ID: members[0].InviteID}
		_, err = f.AcceptInvitation(f.ctx, tx, *who, key)
		return err
	})
}

// TestRoundTripOfOperations is TestRoundTrip for what operations leave behind.
func TestRoundTripOfOperations(t *testing.T) {
	f := newFixture(t)
	f.mustRun(t, team, lwa, `{"Users": [
		{"UserId": "m1", "AccountId": "team", "PrimaryEmail": "m1@example.com"},
		{"UserId": "m2", "AccountId": "team", "PrimaryEmail": "m2@example.com", "UserType": "SharedDevice"},
		{"UserId": "l1", "AccountId": "lwa", "PrimaryEmail": "l1@example.com"},
		{"UserId": "l2", "AccountId": "lwa"}]}`)
	_, err1 := f.SuspendUsers(f.ctx, "team", []chime.UserID{"m1", "m2"})
	_, err2 := f.SuspendUsers(f.ctx, "lwa", []chime.UserID{"l1"})
	_, err3 := f.InviteUsers(f.ctx, "team", []string{"l1@example.com", "New@example.com", "m2@example.com"}, "")
	err4 := f.LogoutUser(f.ctx, "lwa", "l2")
	err5 := f.UpdateUserSettings(f.ctx, "lwa", "l2", chime.Telephony{SMS: true})
	err6 := f.accept("team", "m2")
	for _, err := range []error{err1, err2, err3, err4, err5, err6} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, of := range []chime.TenantID{"", tenant} {
		want := f.export(t, of)
		again := newFixture(t)
		again.mustRun(t, want)
		if diff := cmp.Diff(want, again.export(t, of)); diff != "" {
			t.Errorf("the export of %q: got (+) want (-):\n%s", of, diff)
		}
	}
}
