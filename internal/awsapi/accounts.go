package awsapi

import (
	"context"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

func (a *api) createAccount(ctx context.Context, in *CreateAccountRequest) (*CreateAccountResponse, error) {
	account, err := a.dir.CreateAccount(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	return &CreateAccountResponse{Account: new(wireAccount(account))}, nil
}

func (a *api) getAccount(ctx context.Context, in *GetAccountRequest) (*GetAccountResponse, error) {
	account, err := a.dir.GetAccount(ctx, chime.AccountID(in.AccountID))
	if err != nil {
		return nil, err
	}
	return &GetAccountResponse{Account: new(wireAccount(account))}, nil
}

func (a *api) listAccounts(ctx context.Context, in *ListAccountsRequest) (*ListAccountsResponse, error) {
	filter := directory.AccountFilter{NamePrefix: orZero(in.Name), Email: orZero(in.UserEmail)}
	accounts, next, err := a.dir.ListAccounts(ctx, filter, page(in.NextToken, in.MaxResults))
	if err != nil {
		return nil, err
	}
	return &ListAccountsResponse{Accounts: convert(accounts, wireAccount), NextToken: orNull(next)}, nil
}

func (a *api) updateAccount(ctx context.Context, in *UpdateAccountRequest) (*UpdateAccountResponse, error) {
	account, err := a.dir.UpdateAccount(ctx, chime.AccountID(in.AccountID), directory.AccountChange{
		Name:           in.Name,
		DefaultLicense: cast[chime.License](in.DefaultLicense),
	})
	if err != nil {
		return nil, err
	}
	return &UpdateAccountResponse{Account: new(wireAccount(account))}, nil
}

func (a *api) deleteAccount(ctx context.Context, in *DeleteAccountRequest) (*DeleteAccountResponse, error) {
	return &DeleteAccountResponse{}, a.dir.DeleteAccount(ctx, chime.AccountID(in.AccountID))
}

func (a *api) getAccountSettings(ctx context.Context, in *GetAccountSettingsRequest) (*GetAccountSettingsResponse, error) {
	settings, err := a.dir.GetAccountSettings(ctx, chime.AccountID(in.AccountID))
	if err != nil {
		return nil, err
	}
	return &GetAccountSettingsResponse{AccountSettings: &AccountSettings{
		DisableRemoteControl: &settings.DisableRemoteControl,
		EnableDialOut:        &settings.EnableDialOut,
	}}, nil
}

func (a *api) updateAccountSettings(ctx context.Context, in *UpdateAccountSettingsRequest) (*UpdateAccountSettingsResponse, error) {
	return &UpdateAccountSettingsResponse{}, a.dir.UpdateAccountSettings(ctx, chime.AccountID(in.AccountID), directory.SettingsChange{
		DisableRemoteControl: in.AccountSettings.DisableRemoteControl,
		EnableDialOut:        in.AccountSettings.EnableDialOut,
	})
}

func (a *api) associateSigninDelegateGroups(ctx context.Context, in *AssociateSigninDelegateGroupsWithAccountRequest) (*AssociateSigninDelegateGroupsWithAccountResponse, error) {
	names := make([]string, len(in.SigninDelegateGroups))
	for i, group := range in.SigninDelegateGroups {
		if group.GroupName == nil {
			return nil, chime.Errorf(chime.BadRequest, "SigninDelegateGroups[%d].GroupName is required", i)
		}
		names[i] = *group.GroupName
	}
	return &AssociateSigninDelegateGroupsWithAccountResponse{},
		a.dir.AssociateSigninDelegateGroups(ctx, chime.AccountID(in.AccountID), names)
}

func (a *api) disassociateSigninDelegateGroups(ctx context.Context, in *DisassociateSigninDelegateGroupsFromAccountRequest) (*DisassociateSigninDelegateGroupsFromAccountResponse, error) {
	return &DisassociateSigninDelegateGroupsFromAccountResponse{},
		a.dir.DisassociateSigninDelegateGroups(ctx, chime.AccountID(in.AccountID), in.GroupNames)
}

func wireAccount(a chime.Account) Account {
	return Account{
		AccountID:        string(a.ID),
		AccountStatus:    orNull(AccountStatus(a.Status)),
		AccountType:      orNull(AccountType(a.Type)),
		AWSAccountID:     string(a.Tenant),
		CreatedTimestamp: orNullTime(a.Created),
		DefaultLicense:   orNull(License(a.DefaultLicense)),
		Name:             a.Name,
		SigninDelegateGroups: convert(a.SigninDelegateGroups, func(name string) SigninDelegateGroup {
			return SigninDelegateGroup{GroupName: &name}
		}),
		SupportedLicenses: convert(a.SupportedLicenses, func(l chime.License) License { return License(l) }),
	}
}
