package sqlstore

import (
	"context"
	"strings"

	"github.com/carillon-id/carillon/internal/chime"
)

// fullAccountColumns are accountColumns and the settings.
const fullAccountColumns = accountColumns + ", a.disable_remote_control, a.enable_dial_out"

func scanFullAccount(r Row) (chime.Account, error) {
	a, err := scanAccount(r)
	a.Settings = chime.AccountSettings{
		DisableRemoteControl: r.Int(accountColumnCount) != 0, EnableDialOut: r.Int(accountColumnCount+1) != 0,
	}
	return a, err
}

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

// ScanAccounts implements chime.Bulk.
func (t tx) ScanAccounts(ctx context.Context, tenant chime.TenantID, after chime.AccountID, limit int) ([]chime.Account, error) {
	from, args := "accounts a WHERE a.account_id > $1 ORDER BY a.account_id", []any{string(after), int64(limit)}
	if tenant != "" {
		from = `tenant_accounts t JOIN accounts a ON a.account_id = t.account_id
			WHERE t.tenant_id = $3 AND t.account_id > $1 ORDER BY t.account_id`
		args = append(args, string(tenant))
	}
	var accounts []chime.Account
	err := t.conn.Query(ctx, "SELECT "+fullAccountColumns+" FROM "+from+" LIMIT $2", args, func(r Row) error {
		a, err := scanFullAccount(r)
		accounts = append(accounts, a)
		return err
	})
	return accounts, err
}

// MembersAt implements chime.Bulk.
func (t tx) MembersAt(ctx context.Context, keys []chime.MemberKey) ([]chime.Member, error) {
	var members []chime.Member
	err := chunks(keys, func(some []chime.MemberKey) error {
		list, args := pairs(some)
		return t.conn.Query(ctx, `SELECT `+memberColumns+` FROM `+list+` AS keys
			JOIN members m ON m.account_id = keys.column1 AND m.user_id = keys.column2
			JOIN member_profiles p ON p.account_id = m.account_id AND p.user_id = m.user_id`, args, func(r Row) error {
			members = append(members, scanMember(r, 0))
			return nil
		})
	})
	return members, err
}

// FormerMembersAt implements chime.Bulk.
func (t tx) FormerMembersAt(ctx context.Context, keys []chime.MemberKey) ([]chime.FormerMember, error) {
	var former []chime.FormerMember
	err := chunks(keys, func(some []chime.MemberKey) error {
		list, args := pairs(some)
		return t.conn.Query(ctx, `SELECT `+formerColumns+` FROM former_members WHERE (account_id, user_id) IN `+among(list), args,
			func(r Row) error {
				former = append(former, scanFormer(r))
				return nil
			})
	})
	return former, err
}

// DeleteMembersAt implements chime.Bulk.
func (t tx) DeleteMembersAt(ctx context.Context, keys []chime.MemberKey) error {
	return chunks(keys, func(some []chime.MemberKey) error {
		list, args := pairs(some)
		return t.conn.Exec(ctx, "DELETE FROM members WHERE (account_id, user_id) IN "+among(list), args...)
	})
}

// pairs returns "(VALUES ..)" with the columns column1 and column2 for keys of an
// account's tables. It is padded as in is, by the key of nobody.
func pairs(keys []chime.MemberKey) (string, []any) {
	size := paddedSize(len(keys))
	args := make([]any, 0, 2*size)
	var b strings.Builder
	b.WriteString("(VALUES ")
	for i := range size {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('(')
		writePlaceholders(&b, 2*i+1, 2)
		b.WriteByte(')')
		var key chime.MemberKey
		if i < len(keys) {
			key = keys[i]
		}
		args = append(args, string(key.Account), string(key.User))
	}
	b.WriteByte(')')
	return b.String(), args
}

// among is the list of pairs for IN. SQLite looks it up in the index only when
// it comes from a SELECT.
func among(pairs string) string { return "(SELECT column1, column2 FROM " + pairs + " AS keys)" }
