package sqlstore

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/carillon-id/carillon/internal/chime"
)

// Accounts implements chime.Bulk.
func (t tx) Accounts(ctx context.Context, ids []chime.AccountID) ([]chime.Account, error) {
	var accounts []chime.Account
	err := chunks(ids, func(some []chime.AccountID) error {
		list, args := in(1, some, nil)
		return t.conn.Query(ctx, "SELECT "+fullAccountColumns+" FROM accounts a WHERE a.account_id IN "+list, args, func(r Row) error {
			a, err := scanFullAccount(r)
			accounts = append(accounts, a)
			return err
		})
	})
	return accounts, err
}

// ScanAccounts implements chime.Bulk. The accounts of a tenant are listed by the
// tenant and then looked up by their ids, each in its own shard.
func (t tx) ScanAccounts(ctx context.Context, tenant chime.TenantID, after chime.AccountID, limit int) ([]chime.Account, error) {
	if tenant != "" {
		return t.scanTenant(ctx, tenant, after, limit)
	}
	var accounts []chime.Account
	err := t.conn.Query(ctx, "SELECT "+fullAccountColumns+` FROM accounts a WHERE a.account_id > $1
		ORDER BY a.account_id LIMIT $2`, []any{string(after), int64(limit)}, func(r Row) error {
		a, err := scanFullAccount(r)
		accounts = append(accounts, a)
		return err
	})
	return accounts, err
}

func (t tx) scanTenant(ctx context.Context, tenant chime.TenantID, after chime.AccountID, limit int) ([]chime.Account, error) {
	var ids []chime.AccountID
	err := t.conn.Query(ctx, `SELECT account_id FROM tenant_accounts WHERE tenant_id = $1 AND account_id > $2
		ORDER BY account_id LIMIT $3`, []any{string(tenant), string(after), int64(limit)}, func(r Row) error {
		ids = append(ids, chime.AccountID(r.Text(0)))
		return nil
	})
	if err != nil {
		return nil, err
	}
	accounts, err := t.Accounts(ctx, ids)
	slices.SortFunc(accounts, func(a, b chime.Account) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return accounts, err
}

// MembersAt implements chime.Bulk.
func (t tx) MembersAt(ctx context.Context, keys []chime.MemberKey) ([]chime.Member, error) {
	var members []chime.Member
	var queries []Query
	atAccounts(keys, func(list string, args []any) {
		queries = append(queries, Query{
			`SELECT ` + memberColumns + ` FROM members m
				JOIN member_profiles p ON p.account_id = $1 AND p.user_id = m.user_id AND p.user_id IN ` + list + `
				WHERE m.account_id = $1 AND m.user_id IN ` + list, args,
			func(r Row) error {
				members = append(members, scanMember(r, 0))
				return nil
			},
		})
	})
	return members, t.conn.QueryAll(ctx, queries...)
}

// FormerMembersAt implements chime.Bulk.
func (t tx) FormerMembersAt(ctx context.Context, keys []chime.MemberKey) ([]chime.FormerMember, error) {
	var former []chime.FormerMember
	var queries []Query
	atAccounts(keys, func(list string, args []any) {
		queries = append(queries, Query{
			`SELECT ` + formerColumns + ` FROM former_members WHERE account_id = $1 AND user_id IN ` + list, args,
			func(r Row) error {
				former = append(former, scanFormer(r))
				return nil
			},
		})
	})
	return former, t.conn.QueryAll(ctx, queries...)
}

// DeleteMembersAt implements chime.Bulk.
func (t tx) DeleteMembersAt(ctx context.Context, keys []chime.MemberKey) (err error) {
	atAccounts(keys, func(list string, args []any) {
		if err == nil {
			err = t.conn.Exec(ctx, "DELETE FROM members WHERE account_id = $1 AND user_id IN "+list, args...)
		}
	})
	return err
}

// atAccounts calls fn for each account of the keys, or some of its users, with the
// list of users and the arguments, the account first. A statement that names one
// account finds its rows without a plan that depends on how many there are, and in
// one shard.
func atAccounts(keys []chime.MemberKey, fn func(list string, args []any)) {
	users := make(map[chime.AccountID][]chime.UserID)
	for _, key := range keys {
		users[key.Account] = append(users[key.Account], key.User)
	}
	for _, account := range slices.Sorted(maps.Keys(users)) {
		for some := range slices.Chunk(users[account], maxRows) {
			fn(in(2, some, []any{string(account)}))
		}
	}
}
