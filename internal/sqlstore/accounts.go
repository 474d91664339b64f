package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/carillon-id/carillon/internal/chime"
)

var (
	accountsTable = newTable("accounts", 1, `account_id tenant_id name account_type status created default_license
		supported_licenses signin_delegate_groups deleted disable_remote_control enable_dial_out`)
	tenantAccountsTable = newTable("tenant_accounts", 2, `tenant_id account_id name account_type status created default_license
		supported_licenses signin_delegate_groups deleted`)
)

// accountColumns are the columns that scanAccount reads, of the alias a.
const accountColumns = `a.account_id, a.tenant_id, a.name, a.account_type, a.status, a.created, a.default_license,
	a.supported_licenses, a.signin_delegate_groups, a.deleted`

const accountColumnCount = 10

func scanAccount(r Row) (chime.Account, error) {
	a := chime.Account{
		ID:             chime.AccountID(r.Text(0)),
		Tenant:         chime.TenantID(r.Text(1)),
		Name:           r.Text(2),
		Type:           chime.AccountType(r.Text(3)),
		Status:         chime.AccountStatus(r.Text(4)),
		Created:        fromMicros(r.Int(5)),
		DefaultLicense: chime.License(r.Text(6)),
		Deleted:        fromMicros(r.Int(9)),
	}
	if err := json.Unmarshal([]byte(r.Text(7)), &a.SupportedLicenses); err != nil {
		return a, fmt.Errorf("reading the licenses of account %q: %w", a.ID, err)
	}
	if err := json.Unmarshal([]byte(r.Text(8)), &a.SigninDelegateGroups); err != nil {
		return a, fmt.Errorf("reading the delegate groups of account %q: %w", a.ID, err)
	}
	return a, nil
}

// Account implements chime.Accounts.
func (t tx) Account(ctx context.Context, id chime.AccountID) (*chime.Account, error) {
	var found *chime.Account
	err := t.conn.Query(ctx, `SELECT `+accountColumns+`, a.disable_remote_control, a.enable_dial_out
		FROM accounts a WHERE a.account_id = $1`, []any{string(id)}, func(r Row) error {
		a, err := scanAccount(r)
		a.Settings = chime.AccountSettings{DisableRemoteControl: r.Int(10) != 0, EnableDialOut: r.Int(11) != 0}
		found = &a
		return err
	})
	return found, err
}

// AccountMembers implements chime.Accounts. The account's columns repeat in
// each row and are read from the first.
func (t tx) AccountMembers(ctx context.Context, id chime.AccountID, users []chime.UserID) (*chime.Account, []chime.Member, error) {
	if len(users) == 0 {
		account, err := t.Account(ctx, id)
		return account, nil, err
	}
	var (
		found   *chime.Account
		members []chime.Member
	)
	err := chunks(users, func(some []chime.UserID) error {
		list, args := in(2, some, []any{string(id)})
		return t.conn.Query(ctx, `SELECT `+accountColumns+`, a.disable_remote_control, a.enable_dial_out, `+memberColumns+`
			FROM accounts a
			LEFT JOIN members m ON m.account_id = a.account_id AND m.user_id IN `+list+`
			LEFT JOIN member_profiles p ON p.account_id = m.account_id AND p.user_id = m.user_id
			WHERE a.account_id = $1`, args, func(r Row) error {
			if found == nil {
				a, err := scanAccount(r)
				if err != nil {
					return err
				}
				a.Settings = chime.AccountSettings{
					DisableRemoteControl: r.Int(accountColumnCount) != 0, EnableDialOut: r.Int(accountColumnCount+1) != 0,
				}
				found = &a
			}
			if !r.Null(accountColumnCount + 2) {
				members = append(members, scanMember(r, accountColumnCount+2))
			}
			return nil
		})
	})
	return found, members, err
}

// ListAccounts implements chime.Accounts.
func (t tx) ListAccounts(ctx context.Context, q chime.AccountQuery) ([]chime.Account, error) {
	where, args := "a.tenant_id = $1 AND a.account_id > $2 AND a.status = $3", []any{string(q.Tenant), string(q.After), string(q.Status)}
	if q.NamePrefix != "" {
		where += " AND substr(a.name, 1, length($5)) = $5"
	}
	args = append(args, int64(q.Limit))
	if q.NamePrefix != "" {
		args = append(args, q.NamePrefix)
	}
	var accounts []chime.Account
	err := t.conn.Query(ctx, `SELECT `+accountColumns+` FROM tenant_accounts a WHERE `+where+`
		ORDER BY a.account_id LIMIT $4`, args, func(r Row) error {
		a, err := scanAccount(r)
		accounts = append(accounts, a)
		return err
	})
	return accounts, err
}

// ListTenants implements chime.Accounts.
func (t tx) ListTenants(ctx context.Context) ([]chime.TenantID, error) {
	var tenants []chime.TenantID
	err := t.conn.Query(ctx, "SELECT DISTINCT tenant_id FROM tenant_accounts ORDER BY tenant_id", nil, func(r Row) error {
		tenants = append(tenants, chime.TenantID(r.Text(0)))
		return nil
	})
	return tenants, err
}

// PutAccounts implements chime.Accounts.
func (t tx) PutAccounts(ctx context.Context, accounts ...chime.Account) error {
	byID, byTenant := make([][]any, 0, len(accounts)), make([][]any, 0, len(accounts))
	for _, a := range accounts {
		licenses, groups := jsonList(a.SupportedLicenses), jsonList(a.SigninDelegateGroups)
		shared := []any{
			a.Name, string(a.Type), string(a.Status), micros(a.Created), string(a.DefaultLicense),
			licenses, groups, micros(a.Deleted),
		}
		byID = append(byID, slices.Concat([]any{string(a.ID), string(a.Tenant)}, shared,
			[]any{a.Settings.DisableRemoteControl, a.Settings.EnableDialOut}))
		byTenant = append(byTenant, slices.Concat([]any{string(a.Tenant), string(a.ID)}, shared))
	}
	if err := t.upsert(ctx, accountsTable, byID); err != nil {
		return err
	}
	return t.upsert(ctx, tenantAccountsTable, byTenant)
}

// PurgeAccount implements chime.Accounts.
func (t tx) PurgeAccount(ctx context.Context, tenant chime.TenantID, id chime.AccountID) error {
	for _, name := range []string{"members", "former_members", "accounts"} {
		if err := t.conn.Exec(ctx, "DELETE FROM "+name+" WHERE account_id = $1", string(id)); err != nil {
			return err
		}
	}
	return t.conn.Exec(ctx, "DELETE FROM tenant_accounts WHERE tenant_id = $1 AND account_id = $2", string(tenant), string(id))
}

// jsonList is a list of strings as JSON text; nil is an empty list.
func jsonList[S ~string](list []S) string {
	var b strings.Builder
	b.WriteByte('[')
	for i, s := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		quoted, _ := json.Marshal(string(s)) // a string always marshals
		b.Write(quoted)
	}
	b.WriteByte(']')
	return b.String()
}
