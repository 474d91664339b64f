package directory

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/carillon-id/carillon/internal/chime"
)

// makeTenant sees to it that the tenant is known: that it has a root, who has no
// key yet.
func (p *importPlan) makeTenant(tenant chime.TenantID) {
	p.newTenant = !p.tenants[tenant]
	p.tenants[tenant] = true
}

func (p *importPlan) refuseAccount(id chime.AccountID, format string, args ...any) {
	p.refusals = append(p.refusals, ImportRefusal{Account: id, Reason: fmt.Sprintf(format, args...)})
}

func (p *importPlan) addAccount(a ImportAccount) {
	known, exists := p.accounts[a.ID]
	if !exists {
		p.addNewAccount(a)
		return
	}
	switch {
	case a.Tenant != "" && a.Tenant != known.Tenant:
		p.refuseAccount(a.ID, "account %s belongs to another tenant", a.ID)
	case !p.overwrite || known.Status == chime.AccountSuspended:
		p.result.AccountsKept++
	case known.Type != chime.Team && a.Type == chime.Team:
		p.refuseAccount(a.ID, "account %s has the type %s: importing does not make a Team account of it", a.ID, known.Type)
	default:
		p.result.AccountsReplaced++
		p.putAccount(known, a)
	}
}

func (p *importPlan) addNewAccount(a ImportAccount) {
	switch {
	case a.Tenant == "":
		p.refuseAccount(a.ID, "account %s has no AwsAccountId: put everything into one tenant with --tenant ID", a.ID)
	case !p.tenants[a.Tenant]:
		p.refuseAccount(a.ID, "the AwsAccountId %s of account %s is no known tenant: put everything into one with --tenant ID", a.Tenant, a.ID)
	case a.Name == "":
		p.refuseAccount(a.ID, "account %s has no Name", a.ID)
	default:
		p.result.AccountsAdded++
		p.putAccount(p.newAccount(a), a)
	}
}

// newAccount is a new account before its document is looked at.
func (p *importPlan) newAccount(a ImportAccount) chime.Account {
	account := chime.Account{
		ID:                a.ID,
		Tenant:            a.Tenant,
		Type:              chime.Team,
		Status:            cmp.Or(a.Status, chime.AccountActive),
		Created:           p.now,
		DefaultLicense:    chime.Pro,
		SupportedLicenses: []chime.License{chime.Basic, chime.Pro},
	}
	if account.Status == chime.AccountSuspended {
		account.Deleted = cmp.Or(a.Deleted, p.now)
	}
	return account
}

// putAccount changes an account to what its document says. Whether it is deleted
// is no document's to change.
func (p *importPlan) putAccount(account chime.Account, a ImportAccount) {
	account.Name = cmp.Or(a.Name, account.Name)
	account.Type = cmp.Or(a.Type, account.Type)
	account.Created = cmp.Or(a.Created, account.Created)
	account.DefaultLicense = cmp.Or(a.DefaultLicense, account.DefaultLicense)
	if len(a.SupportedLicenses) > 0 {
		account.SupportedLicenses = slices.Clone(a.SupportedLicenses)
	}
	if a.SigninDelegateGroups != nil {
		account.SigninDelegateGroups = slices.Clone(a.SigninDelegateGroups)
	}
	if v := a.Settings.DisableRemoteControl; v != nil {
		account.Settings.DisableRemoteControl = *v
	}
	if v := a.Settings.EnableDialOut; v != nil {
		account.Settings.EnableDialOut = *v
	}
	p.accounts[account.ID] = account
	p.changedAccounts = append(p.changedAccounts, account.ID)
	p.writtenAccounts = append(p.writtenAccounts, account.ID)
}
