package clients_test

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/chime"
	"github.com/aws/aws-sdk-go-v2/service/chime/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var tenDigits = regexp.MustCompile(`^[0-9]{10}$`)

// goScenario is the scenario of README.md through aws-sdk-go-v2.
type goScenario struct {
	*testing.T
	world
	chime *chime.Client
}

func TestScenarioGo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := goScenario{T: t, world: w, chime: w.goClient(accessKey{rootKeyID, rootSecret})}
	created := s.createAccount()
	s.listAccounts(created)
	s.updateAccount(created)
	members := s.listUsers()
	s.updateUsers(members)
	s.suspend(members)
	s.unsuspend(members)
	s.suspendTeam()
	s.logoutAndReset(members[0])
	s.userSettings(members[0])
	s.directory()
	s.permissions()
	s.deleteAccounts(created)
}

func TestThrottledByClass(t *testing.T) {
	t.Parallel()
	srv := startServer(t, "--rate-limit", "1")
	client := srv.goClient(accessKey{rootKeyID, rootSecret})
	// The burst is twice the rate: of ten calls in a row some must be refused.
	for range 10 {
		_, err := client.ListAccounts(t.Context(), &chime.ListAccountsInput{})
		if _, ok := errors.AsType[*types.ThrottledClientException](err); ok {
			return
		}
		if err != nil {
			t.Fatalf("ListAccounts: got %v, want an answer or a ThrottledClientException", err)
		}
	}
	t.Error("ten calls in a row: got ten answers, want a ThrottledClientException")
}

func (s *server) goClient(key accessKey) *chime.Client {
	return chime.New(chime.Options{
		BaseEndpoint: aws.String(s.endpoint),
		Region:       "us-east-1",
		Credentials:  credentials.NewStaticCredentialsProvider(key.AccessKeyID, key.SecretAccessKey, ""),
		Retryer:      aws.NopRetryer{},
	})
}

// operation is a method of the client.
type operation[In, Out any] func(context.Context, *In, ...func(*chime.Options)) (*Out, error)

// call calls the operation, which must succeed.
func call[In, Out any](s goScenario, f operation[In, Out], in *In) *Out {
	s.Helper()
	out, err := f(s.Context(), in)
	if err != nil {
		s.Fatalf("%T: %v", in, err)
	}
	return out
}

// refused calls the operation, which must be refused with the exception E.
func refused[E error, In, Out any](s goScenario, f operation[In, Out], in *In) {
	s.Helper()
	_, err := f(s.Context(), in)
	if _, ok := errors.AsType[E](err); !ok {
		s.Errorf("%T: got error %v, want %T", in, err, *new(E))
	}
}

func (s goScenario) same(what string, got, want any) {
	s.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		s.Fatalf("%s: -want +got\n%s", what, diff)
	}
}

func outcomes(userErrors []types.UserError) []string {
	out := []string{}
	for _, e := range userErrors {
		out = append(out, aws.ToString(e.UserId)+" "+string(e.ErrorCode))
	}
	return out
}

func userIDs(users []types.User) []string {
	out := make([]string, len(users))
	for i, u := range users {
		out[i] = aws.ToString(u.UserId)
	}
	return out
}

func accountIDs(accounts []types.Account) []string {
	out := make([]string, len(accounts))
	for i, a := range accounts {
		out[i] = aws.ToString(a.AccountId)
	}
	return out
}

func (s goScenario) ascending(what string, ids []string) {
	s.Helper()
	sorted := slices.Compact(slices.Sorted(slices.Values(ids)))
	s.same(what+" in order of their ids", ids, sorted)
}

// pages follows the paginator of ListUsers.
func (s goScenario) pages(account string, size int32) [][]types.User {
	s.Helper()
	var pages [][]types.User
	in := &chime.ListUsersInput{AccountId: aws.String(account), MaxResults: aws.Int32(size)}
	for p := chime.NewListUsersPaginator(s.chime, in); p.HasMorePages(); {
		page, err := p.NextPage(s.Context())
		if err != nil {
			s.Fatalf("page %d of ListUsers: %v", len(pages)+1, err)
		}
		pages = append(pages, page.Users)
	}
	return pages
}

func (s goScenario) members(account string) []types.User {
	s.Helper()
	return slices.Concat(s.pages(account, 200)...)
}

func (s goScenario) user(account, id string) types.User {
	s.Helper()
	in := &chime.GetUserInput{AccountId: aws.String(account), UserId: aws.String(id)}
	return *call(s, s.chime.GetUser, in).User
}

// 1, 2

func (s goScenario) createAccount() string {
	a := call(s, s.chime.CreateAccount, &chime.CreateAccountInput{Name: aws.String("Scenario")}).Account
	want := &types.Account{
		AwsAccountId: aws.String(tenant), AccountId: a.AccountId, Name: aws.String("Scenario"),
		AccountType: types.AccountTypeTeam, AccountStatus: types.AccountStatusActive, CreatedTimestamp: a.CreatedTimestamp,
		DefaultLicense: types.LicensePro, SupportedLicenses: []types.License{types.LicenseBasic, types.LicensePro},
		SigninDelegateGroups: a.SigninDelegateGroups,
	}
	slices.Sort(a.SupportedLicenses)
	if diff := cmp.Diff(want, a, cmpopts.IgnoreUnexported(types.Account{})); diff != "" {
		s.Fatalf("the new account: -want +got\n%s", diff)
	}
	if a.AccountId == nil || a.CreatedTimestamp == nil || len(a.SigninDelegateGroups) > 0 {
		s.Fatalf("the new account: got %+v, want an id, a time, and no delegate groups", *a)
	}
	refused[*types.BadRequestException](s, s.chime.CreateAccount, &chime.CreateAccountInput{Name: aws.String(" ")})
	got := call(s, s.chime.GetAccount, &chime.GetAccountInput{AccountId: a.AccountId}).Account
	s.same("the account read again", aws.ToString(got.Name), "Scenario")
	return aws.ToString(a.AccountId)
}

// 3, 4

func (s goScenario) listAccounts(created string) {
	var ids []string
	for p := chime.NewListAccountsPaginator(s.chime, &chime.ListAccountsInput{MaxResults: aws.Int32(1)}); p.HasMorePages(); {
		page, err := p.NextPage(s.Context())
		if err != nil {
			s.Fatalf("page %d of ListAccounts: %v", len(ids)+1, err)
		}
		s.same("accounts of a page of 1", len(page.Accounts), 1)
		ids = append(ids, accountIDs(page.Accounts)...)
	}
	s.same("all accounts", len(ids), 4)
	s.ascending("accounts", ids)

	named := call(s, s.chime.ListAccounts, &chime.ListAccountsInput{Name: aws.String("Scen")})
	s.same("accounts named Scen...", accountIDs(named.Accounts), []string{created})
	address := call(s, s.chime.ListAccounts, &chime.ListAccountsInput{UserEmail: aws.String("lwa-001@example.com")})
	s.same("the account of an address", accountIDs(address.Accounts), []string{lwaAccount})
}

// 5, 6

func (s goScenario) updateAccount(created string) {
	id := aws.String(created)
	updated := call(s, s.chime.UpdateAccount, &chime.UpdateAccountInput{
		AccountId: id, Name: aws.String("Renamed"), DefaultLicense: types.LicenseBasic,
	}).Account
	s.same("the new name", aws.ToString(updated.Name), "Renamed")
	s.same("the new default license", updated.DefaultLicense, types.LicenseBasic)

	settings := func() [2]bool {
		got := call(s, s.chime.GetAccountSettings, &chime.GetAccountSettingsInput{AccountId: id}).AccountSettings
		return [2]bool{aws.ToBool(got.DisableRemoteControl), aws.ToBool(got.EnableDialOut)}
	}
	s.same("new account settings", settings(), [2]bool{false, false})
	call(s, s.chime.UpdateAccountSettings, &chime.UpdateAccountSettingsInput{
		AccountId: id, AccountSettings: &types.AccountSettings{DisableRemoteControl: aws.Bool(true)},
	})
	s.same("changed account settings", settings(), [2]bool{true, false})
}

// 7

func (s goScenario) listUsers() []string {
	var sizes []int
	pages := s.pages(lwaAccount, 50)
	for _, p := range pages {
		sizes = append(sizes, len(p))
	}
	s.same("sizes of the pages", sizes, []int{50, 50, fixtureMembers - 100})
	ids := userIDs(slices.Concat(pages...))
	s.ascending("members", ids)

	first := call(s, s.chime.ListUsers, &chime.ListUsersInput{AccountId: aws.String(lwaAccount), MaxResults: aws.Int32(50)})
	refused[*types.BadRequestException](s, s.chime.ListUsers, &chime.ListUsersInput{
		AccountId: aws.String(teamAccount), MaxResults: aws.Int32(50), NextToken: first.NextToken,
	})
	refused[*types.BadRequestException](s, s.chime.ListUsers, &chime.ListUsersInput{
		AccountId: aws.String(lwaAccount), MaxResults: aws.Int32(201),
	})
	found := call(s, s.chime.ListUsers, &chime.ListUsersInput{
		AccountId: aws.String(lwaAccount), UserEmail: aws.String("LWA-001@Example.com"),
	}).Users
	if len(found) != 1 || aws.ToString(found[0].PrimaryEmail) != "lwa-001@example.com" {
		s.Fatalf("people of an address: got %v, want lwa-001@example.com alone", userIDs(found))
	}
	return ids
}

// 8, 9

func (s goScenario) updateUsers(members []string) {
	u := s.user(lwaAccount, members[0])
	s.same("a member's account", aws.ToString(u.AccountId), lwaAccount)
	s.same("a member's status", u.UserRegistrationStatus, types.RegistrationStatusRegistered)
	s.same("a member's license", u.LicenseType, types.LicensePro)
	if !tenDigits.MatchString(aws.ToString(u.PersonalPIN)) {
		s.Fatal("a member's PIN is not of ten digits")
	}

	answer := call(s, s.chime.UpdateUser, &chime.UpdateUserInput{
		AccountId: aws.String(lwaAccount), UserId: aws.String(members[0]), LicenseType: types.LicenseBasic,
	}).User
	s.same("the UserId that UpdateUser answers", aws.ToString(answer.UserId), members[0])
	s.same("the license that UpdateUser answers", answer.LicenseType, types.License(""))

	items := []types.UpdateUserRequestItem{}
	for _, id := range []string{members[1], "unknown", members[2]} {
		items = append(items, types.UpdateUserRequestItem{UserId: aws.String(id), LicenseType: types.LicenseBasic})
	}
	batch := call(s, s.chime.BatchUpdateUser, &chime.BatchUpdateUserInput{AccountId: aws.String(lwaAccount), UpdateUserRequestItems: items})
	s.same("the errors of BatchUpdateUser", outcomes(batch.UserErrors), []string{"unknown NotFound"})
	for i, want := range []types.License{types.LicenseBasic, types.LicenseBasic, types.LicenseBasic, types.LicensePro} {
		s.same("a license", s.user(lwaAccount, members[i]).LicenseType, want)
	}
}

func (s goScenario) suspended() []string {
	s.Helper()
	return userIDs(slices.DeleteFunc(s.members(lwaAccount), func(u types.User) bool {
		return u.UserRegistrationStatus != types.RegistrationStatusSuspended
	}))
}

// batchSuspend suspends and returns the outcomes.
func (s goScenario) batchSuspend(account string, ids ...string) []string {
	s.Helper()
	in := &chime.BatchSuspendUserInput{AccountId: aws.String(account), UserIdList: ids}
	return outcomes(call(s, s.chime.BatchSuspendUser, in).UserErrors)
}

// 10

func (s goScenario) suspend(members []string) {
	other := aws.ToString(s.members(teamAccount)[0].UserId)
	s.same("the errors of suspending 50", s.batchSuspend(lwaAccount, members[:50]...), []string{})
	s.same("the errors of suspending", s.batchSuspend(lwaAccount, members[0], "unknown", other),
		[]string{"unknown NotFound", other + " NotFound"})
	refused[*types.BadRequestException](s, s.chime.BatchSuspendUser, &chime.BatchSuspendUserInput{
		AccountId: aws.String(lwaAccount), UserIdList: members[:51],
	})
	s.same("suspended members", s.suspended(), members[:50])
	refused[*types.ForbiddenException](s, s.chime.BatchSuspendUser, &chime.BatchSuspendUserInput{
		AccountId: aws.String(directoryAccount), UserIdList: []string{"anybody"},
	})
}

// 11

func (s goScenario) unsuspend(members []string) {
	in := &chime.BatchUnsuspendUserInput{AccountId: aws.String(lwaAccount), UserIdList: members[:50]}
	s.same("the errors of unsuspending 50", outcomes(call(s, s.chime.BatchUnsuspendUser, in).UserErrors), []string{})
	s.same("suspended members", s.suspended(), []string{})
	s.same("an unsuspended member", s.user(lwaAccount, members[0]).UserRegistrationStatus, types.RegistrationStatusRegistered)
	refused[*types.ForbiddenException](s, s.chime.BatchUnsuspendUser, &chime.BatchUnsuspendUserInput{
		AccountId: aws.String(teamAccount), UserIdList: []string{"anybody"},
	})
}

// 12, 13

func (s goScenario) suspendTeam() {
	members := userIDs(s.members(teamAccount))
	gone := members[0]
	s.same("the errors of suspending 50 of a Team", s.batchSuspend(teamAccount, members[:50]...), []string{})
	s.same("who is left in the Team", userIDs(s.members(teamAccount)), members[50:])
	u := s.user(teamAccount, gone)
	s.same("its status", u.UserRegistrationStatus, types.RegistrationStatusSuspended)
	s.same("its account", u.AccountId, (*string)(nil))
	s.same("its license", u.LicenseType, types.LicenseBasic)
	refused[*types.NotFoundException](s, s.chime.UpdateUser, &chime.UpdateUserInput{
		AccountId: aws.String(teamAccount), UserId: aws.String(gone), LicenseType: types.LicensePro,
	})

	invites := call(s, s.chime.InviteUsers, &chime.InviteUsersInput{
		AccountId: aws.String(teamAccount), UserEmailList: []string{aws.ToString(u.PrimaryEmail)},
	}).Invites
	s.same("invitations", len(invites), 1)
	s.same("its address", aws.ToString(invites[0].EmailAddress), aws.ToString(u.PrimaryEmail))
	s.same("its status", invites[0].Status, types.InviteStatusPending)
	s.same("its mail", invites[0].EmailStatus, types.EmailStatusNotSent)
	again := s.user(teamAccount, gone)
	s.same("the invited one's status", again.UserRegistrationStatus, types.RegistrationStatusUnregistered)
	s.same("the invited one's invitation", again.UserInvitationStatus, types.InviteStatusPending)
	refused[*types.ForbiddenException](s, s.chime.InviteUsers, &chime.InviteUsersInput{
		AccountId: aws.String(lwaAccount), UserEmailList: []string{"somebody@example.com"},
	})
}

// 14, 15

func (s goScenario) logoutAndReset(id string) {
	account, user := aws.String(lwaAccount), aws.String(id)
	call(s, s.chime.LogoutUser, &chime.LogoutUserInput{AccountId: account, UserId: user})
	refused[*types.NotFoundException](s, s.chime.LogoutUser, &chime.LogoutUserInput{AccountId: account, UserId: aws.String("unknown")})

	before := aws.ToString(s.user(lwaAccount, id).PersonalPIN)
	reset := call(s, s.chime.ResetPersonalPIN, &chime.ResetPersonalPINInput{AccountId: account, UserId: user}).User
	after := aws.ToString(reset.PersonalPIN)
	if !tenDigits.MatchString(after) || after == before {
		s.Error("ResetPersonalPIN: want another PIN of ten digits")
	}
	if aws.ToString(s.user(lwaAccount, id).PersonalPIN) != after {
		s.Error("GetUser after ResetPersonalPIN: want the new PIN")
	}
}

// 16

func (s goScenario) userSettings(id string) {
	account, user := aws.String(lwaAccount), aws.String(id)
	settings := func() [3]bool {
		t := call(s, s.chime.GetUserSettings, &chime.GetUserSettingsInput{AccountId: account, UserId: user}).UserSettings.Telephony
		return [3]bool{aws.ToBool(t.InboundCalling), aws.ToBool(t.OutboundCalling), aws.ToBool(t.SMS)}
	}
	s.same("new user settings", settings(), [3]bool{false, false, false})
	call(s, s.chime.UpdateUserSettings, &chime.UpdateUserSettingsInput{
		AccountId: account, UserId: user,
		UserSettings: &types.UserSettings{Telephony: &types.TelephonySettings{
			InboundCalling: aws.Bool(true), OutboundCalling: aws.Bool(true), SMS: aws.Bool(false),
		}},
	})
	s.same("changed user settings", settings(), [3]bool{true, true, false})
}

// 17, 18

func (s goScenario) directory() {
	device := func(account string) *chime.CreateUserInput {
		return &chime.CreateUserInput{AccountId: aws.String(account), Email: aws.String("room@example.com"), UserType: types.UserTypeSharedDevice}
	}
	refused[*types.BadRequestException](s, s.chime.CreateUser, device(teamAccount))
	u := call(s, s.chime.CreateUser, device(directoryAccount)).User
	s.same("the device's type", u.UserType, types.UserTypeSharedDevice)
	s.same("the device's status", u.UserRegistrationStatus, types.RegistrationStatusRegistered)
	s.same("the device's license", u.LicenseType, types.LicensePro)
	refused[*types.ConflictException](s, s.chime.CreateUser, device(directoryAccount))

	id := aws.String(directoryAccount)
	groups := func() []string {
		names := []string{}
		for _, g := range call(s, s.chime.GetAccount, &chime.GetAccountInput{AccountId: id}).Account.SigninDelegateGroups {
			names = append(names, aws.ToString(g.GroupName))
		}
		return names
	}
	call(s, s.chime.AssociateSigninDelegateGroupsWithAccount, &chime.AssociateSigninDelegateGroupsWithAccountInput{
		AccountId: id, SigninDelegateGroups: []types.SigninDelegateGroup{{GroupName: aws.String("delegates")}},
	})
	s.same("delegate groups", groups(), []string{"delegates"})
	call(s, s.chime.DisassociateSigninDelegateGroupsFromAccount, &chime.DisassociateSigninDelegateGroupsFromAccountInput{
		AccountId: id, GroupNames: []string{"delegates"},
	})
	s.same("delegate groups", groups(), []string{})
}

// 19 to 21

func (s goScenario) permissions() {
	all := &chime.ListAccountsInput{}
	reader, leaver, stranger := s.goClient(s.reader), s.goClient(s.leaver), s.goClient(s.stranger)
	s.same("accounts that a reader sees", len(call(s, reader.ListAccounts, all).Accounts), 4)
	refused[*types.ForbiddenException](s, reader.CreateAccount, &chime.CreateAccountInput{Name: aws.String("Forbidden")})
	refused[*types.UnauthorizedClientException](s, leaver.ListAccounts, all)
	s.same("accounts that a stranger sees", len(call(s, stranger.ListAccounts, all).Accounts), 0)
	refused[*types.NotFoundException](s, stranger.GetAccount, &chime.GetAccountInput{AccountId: aws.String(lwaAccount)})
}

// 22

func (s goScenario) deleteAccounts(created string) {
	id := aws.String(created)
	refused[*types.UnprocessableEntityException](s, s.chime.DeleteAccount, &chime.DeleteAccountInput{AccountId: aws.String(lwaAccount)})
	call(s, s.chime.InviteUsers, &chime.InviteUsersInput{AccountId: id, UserEmailList: []string{"new@example.com"}})
	refused[*types.UnprocessableEntityException](s, s.chime.DeleteAccount, &chime.DeleteAccountInput{AccountId: id})
	invited := userIDs(s.members(created))
	s.same("who is in the new account", len(invited), 1)
	s.same("the errors of suspending the invited one", s.batchSuspend(created, invited...), []string{})
	refused[*types.NotFoundException](s, s.chime.GetUser, &chime.GetUserInput{AccountId: id, UserId: aws.String(invited[0])})
	call(s, s.chime.DeleteAccount, &chime.DeleteAccountInput{AccountId: id})
	refused[*types.NotFoundException](s, s.chime.GetAccount, &chime.GetAccountInput{AccountId: id})
	refused[*types.NotFoundException](s, s.chime.DeleteAccount, &chime.DeleteAccountInput{AccountId: id})
}
