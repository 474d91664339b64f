package directory

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
)

// maxAccountName is the longest account name, in characters (shape AccountName).
const maxAccountName = 100

// CreateAccount makes a Team account of the caller's tenant. Every other type
// comes into being otherwise (decision 3).
func (d *Directory) CreateAccount(ctx context.Context, name string) (chime.Account, error) {
	if err := validAccountName(name); err != nil {
		return chime.Account{}, err
	}
	var account chime.Account
	c := call{operation: "CreateAccount", params: audit.Values{"name": name}}
	err := d.write(ctx, c, func(caller iam.Caller, tx chime.Tx, c *call) error {
		account = chime.Account{
			ID:                chime.AccountID(uuid.NewString()),
			Tenant:            caller.Tenant,
			Name:              name,
			Type:              chime.Team,
			Status:            chime.AccountActive,
			Created:           d.Now(),
			DefaultLicense:    chime.Pro,
			SupportedLicenses: []chime.License{chime.Basic, chime.Pro},
		}
		c.account = account.ID
		c.response = audit.Values{"account": audit.Values{"accountId": account.ID}}
		return tx.PutAccounts(ctx, account)
	})
	return account, err
}

// GetAccount returns an account.
func (d *Directory) GetAccount(ctx context.Context, id chime.AccountID) (account chime.Account, err error) {
	err = d.read(ctx, on("GetAccount", id).readingOnce(), func(caller iam.Caller, tx chime.Tx) error {
		account, err = d.account(ctx, caller, tx, id)
		return err
	})
	return account, err
}

// ListAccounts returns a page of the tenant's accounts, ordered by id, and the
// token of the next page, "" after the last.
func (d *Directory) ListAccounts(ctx context.Context, f AccountFilter, p Page) (accounts []chime.Account, next string, err error) {
	c := call{operation: "ListAccounts", params: audit.Values{}}
	if f.NamePrefix != "" {
		c.with("name", f.NamePrefix)
	}
	if f.Email != "" {
		c.with("userEmail", f.Email)
	}
	err = d.read(ctx, c, func(caller iam.Caller, tx chime.Tx) error {
		bound := bindToken("ListAccounts", string(caller.Tenant), f.NamePrefix, chime.EmailKey(f.Email))
		after, limit, err := d.position(bound, p)
		if err != nil {
			return err
		}
		if f.Email != "" {
			accounts, err = d.accountOf(ctx, caller, tx, f)
			return err
		}
		accounts, err = tx.ListAccounts(ctx, chime.AccountQuery{
			Tenant: caller.Tenant, Status: chime.AccountActive, NamePrefix: f.NamePrefix,
			After: chime.AccountID(after), Limit: limit + 1,
		})
		accounts, next = cutPage(d, bound, accounts, limit, accountID)
		return err
	})
	return accounts, next, err
}

func accountID(a chime.Account) chime.AccountID { return a.ID }

// accountOf returns the account that the person with the address belongs to. An
// invitation is not belonging.
func (d *Directory) accountOf(ctx context.Context, caller iam.Caller, tx chime.Tx, f AccountFilter) ([]chime.Account, error) {
	key := chime.EmailKey(f.Email)
	holders, err := tx.AddressHolders(ctx, []string{key})
	if err != nil || holders[key] == "" {
		return nil, err
	}
	people, err := tx.People(ctx, []chime.UserID{holders[key]})
	if err != nil || len(people) == 0 || people[0].Free() {
		return nil, err
	}
	account, err := tx.Account(ctx, people[0].Account)
	if err != nil || visible(caller, people[0].Account, account) != nil || !strings.HasPrefix(account.Name, f.NamePrefix) {
		return nil, err
	}
	return []chime.Account{*account}, nil
}

// UpdateAccount changes an account's name and default license. The license is
// for members to come; present ones keep theirs.
func (d *Directory) UpdateAccount(ctx context.Context, id chime.AccountID, change AccountChange) (account chime.Account, err error) {
	c := on("UpdateAccount", id)
	if change.Name != nil {
		if err := validAccountName(*change.Name); err != nil {
			return account, err
		}
		c.with("name", *change.Name)
	}
	if change.DefaultLicense != nil {
		c.with("defaultLicense", *change.DefaultLicense)
	}
	err = d.write(ctx, c, func(caller iam.Caller, tx chime.Tx, _ *call) error {
		account, err = d.account(ctx, caller, tx, id)
		if err != nil {
			return err
		}
		if change.Name != nil {
			account.Name = *change.Name
		}
		if change.DefaultLicense != nil {
			if !account.Supports(*change.DefaultLicense) {
				return unsupported(account, *change.DefaultLicense)
			}
			account.DefaultLicense = *change.DefaultLicense
		}
		return tx.PutAccounts(ctx, account)
	})
	return account, err
}

// DeleteAccount deletes an account without members and without verified domains.
// It can be restored for Retention; the records of former members go at once.
// People who were suspended in a domain that was released since do not count: they
// stay blocked until the account is purged.
func (d *Directory) DeleteAccount(ctx context.Context, id chime.AccountID) error {
	return d.write(ctx, on(opDeleteAccount, id), func(caller iam.Caller, tx chime.Tx, c *call) error {
		account, err := d.account(ctx, caller, tx, id)
		if err != nil {
			return err
		}
		if err := deletable(ctx, tx, account); err != nil {
			return err
		}
		account.Status, account.Deleted = chime.AccountSuspended, c.now
		if err := tx.PutAccounts(ctx, account); err != nil {
			return err
		}
		return tx.DeleteFormerMembers(ctx, id, nil)
	})
}

// deletable reports an account that nobody is in and that holds no domain.
func deletable(ctx context.Context, tx chime.Tx, account chime.Account) error {
	domains, err := tx.ListDomains(ctx, account.ID)
	if err != nil {
		return err
	}
	for _, domain := range domains {
		if domain.Status != chime.DomainPending {
			return chime.Errorf(chime.Unprocessable, "Account %s still holds domain %s. Release its claimed domains first.", account.ID, domain.Name)
		}
	}
	for q := (chime.MemberQuery{Account: account.ID, Limit: releasePage}); ; {
		members, err := tx.ListMembers(ctx, q)
		if err != nil {
			return err
		}
		for _, m := range members {
			if account.Type != chime.Team || m.Status != chime.Suspended {
				return stillHasMembers(account)
			}
			q.After = m.User
		}
		if len(members) < releasePage {
			return nil
		}
	}
}

func stillHasMembers(account chime.Account) error {
	hint := "Release its claimed domains first."
	if account.Type == chime.Team {
		hint = "Suspend its users first, invited ones too."
	}
	return chime.Errorf(chime.Unprocessable, "Account %s still has users. %s", account.ID, hint)
}

// GetAccountSettings returns an account's meeting policies.
func (d *Directory) GetAccountSettings(ctx context.Context, id chime.AccountID) (settings chime.AccountSettings, err error) {
	err = d.read(ctx, on("GetAccountSettings", id).readingOnce(), func(caller iam.Caller, tx chime.Tx) error {
		account, err := d.account(ctx, caller, tx, id)
		settings = account.Settings
		return err
	})
	return settings, err
}

// UpdateAccountSettings changes an account's meeting policies.
func (d *Directory) UpdateAccountSettings(ctx context.Context, id chime.AccountID, change SettingsChange) error {
	settings := audit.Values{}
	c := on("UpdateAccountSettings", id).with("accountSettings", settings)
	if change.DisableRemoteControl != nil {
		settings["disableRemoteControl"] = *change.DisableRemoteControl
	}
	if change.EnableDialOut != nil {
		settings["enableDialOut"] = *change.EnableDialOut
	}
	return d.changeAccount(ctx, c, func(account *chime.Account) error {
		if change.DisableRemoteControl != nil {
			account.Settings.DisableRemoteControl = *change.DisableRemoteControl
		}
		if change.EnableDialOut != nil {
			account.Settings.EnableDialOut = *change.EnableDialOut
		}
		return nil
	})
}

// AssociateSigninDelegateGroups adds groups whose members may sign in on behalf
// of shared devices. Known groups stay as they are.
func (d *Directory) AssociateSigninDelegateGroups(ctx context.Context, id chime.AccountID, names []string) error {
	c := on("AssociateSigninDelegateGroupsWithAccount", id).with("signinDelegateGroups", names)
	return d.changeDelegateGroups(ctx, c, func(groups []string) []string {
		for _, name := range names {
			if !slices.Contains(groups, name) {
				groups = append(groups, name)
			}
		}
		return groups
	})
}

// DisassociateSigninDelegateGroups removes groups. Unknown groups are no error.
func (d *Directory) DisassociateSigninDelegateGroups(ctx context.Context, id chime.AccountID, names []string) error {
	c := on("DisassociateSigninDelegateGroupsFromAccount", id).with("groupNames", names)
	return d.changeDelegateGroups(ctx, c, func(groups []string) []string {
		return slices.DeleteFunc(groups, func(g string) bool { return slices.Contains(names, g) })
	})
}

func (d *Directory) changeDelegateGroups(ctx context.Context, c call, change func([]string) []string) error {
	return d.changeAccount(ctx, c, func(account *chime.Account) error {
		if account.Type != chime.EnterpriseDirectory {
			return wrongType(*account, "an EnterpriseDirectory")
		}
		account.SigninDelegateGroups = change(account.SigninDelegateGroups)
		return nil
	})
}

// changeAccount reads, changes and writes the call's account.
func (d *Directory) changeAccount(ctx context.Context, c call, change func(*chime.Account) error) error {
	return d.write(ctx, c, func(caller iam.Caller, tx chime.Tx, _ *call) error {
		account, err := d.account(ctx, caller, tx, c.account)
		if err != nil {
			return err
		}
		if err := change(&account); err != nil {
			return err
		}
		return tx.PutAccounts(ctx, account)
	})
}

func validAccountName(name string) error {
	if strings.TrimSpace(name) == "" || len([]rune(name)) > maxAccountName {
		return chime.Errorf(chime.BadRequest, "An account name has 1 to %d characters, one of them not blank.", maxAccountName)
	}
	return nil
}

func unsupported(account chime.Account, license chime.License) *chime.Error {
	return chime.Errorf(chime.BadRequest, "Account %s does not support the license %s, only %s.", account.ID, license, supported(account))
}

func supported(account chime.Account) string {
	names := make([]string, 0, len(account.SupportedLicenses))
	for _, l := range account.SupportedLicenses {
		names = append(names, string(l))
	}
	return strings.Join(names, ", ")
}
