package sqlstore

import (
	"context"
	"strings"

	"github.com/carillon-id/carillon/internal/chime"
)

// tables are all tables.
func tables() []table {
	return []table{
		accountsTable, tenantAccountsTable, membersTable, profilesTable, formerTable, peopleTable, addressesTable, pinsTable,
		principalsTable, accessKeysTable, accountAuditTable, tenantAuditTable, settingsTable,
	}
}

// Counts implements chime.Contents.
func (t tx) Counts(ctx context.Context) (map[string]int64, error) {
	var counts []string
	for _, of := range tables() {
		counts = append(counts, "SELECT '"+of.name+"', count(*) FROM "+of.name)
	}
	counted := make(map[string]int64, len(counts))
	err := t.conn.Query(ctx, strings.Join(counts, " UNION ALL "), nil, func(r Row) error {
		counted[r.Text(0)] = r.Int(1)
		return nil
	})
	return counted, err
}

// scan reads rows in the order of their keys, of which there are one or two.
func scan[T any](ctx context.Context, t tx, columns, from string, keys []string, after []any, limit int, read func(Row) T) ([]T, error) {
	key, place := strings.Join(keys, ", "), "$1"
	if len(keys) > 1 {
		place = "$1, $2"
	}
	args := append(after, int64(limit))
	var list []T
	err := t.conn.Query(ctx, "SELECT "+columns+" FROM "+from+" WHERE ("+key+") > ("+place+") ORDER BY "+key+
		" LIMIT "+placeholder(len(args)), args, func(r Row) error {
		list = append(list, read(r))
		return nil
	})
	return list, err
}

// ScanMembers implements chime.Contents.
func (t tx) ScanMembers(ctx context.Context, after chime.MemberKey, limit int) ([]chime.Member, error) {
	return scan(ctx, t, memberColumns, `members m JOIN member_profiles p ON p.account_id = m.account_id AND p.user_id = m.user_id`,
		[]string{"m.account_id", "m.user_id"}, []any{string(after.Account), string(after.User)}, limit,
		func(r Row) chime.Member { return scanMember(r, 0) })
}

// ScanFormerMembers implements chime.Contents.
func (t tx) ScanFormerMembers(ctx context.Context, after chime.MemberKey, limit int) ([]chime.FormerMember, error) {
	return scan(ctx, t, formerColumns, "former_members", []string{"account_id", "user_id"},
		[]any{string(after.Account), string(after.User)}, limit, scanFormer)
}

// ScanPeople implements chime.Contents.
func (t tx) ScanPeople(ctx context.Context, after chime.UserID, limit int) ([]chime.Person, error) {
	return scan(ctx, t, peopleColumns, "people", []string{"user_id"}, []any{string(after)}, limit, scanPerson)
}

// ScanAddresses implements chime.Contents.
func (t tx) ScanAddresses(ctx context.Context, after string, limit int) ([]chime.Holding, error) {
	return scan(ctx, t, "email_key, user_id", "addresses", []string{"email_key"}, []any{after}, limit, scanHolding)
}

// ScanPINs implements chime.Contents.
func (t tx) ScanPINs(ctx context.Context, after string, limit int) ([]chime.Holding, error) {
	return scan(ctx, t, "pin, user_id", "pins", []string{"pin"}, []any{after}, limit, scanHolding)
}

func scanHolding(r Row) chime.Holding {
	return chime.Holding{Key: r.Text(0), User: chime.UserID(r.Text(1))}
}

// ScanSettings implements chime.Contents.
func (t tx) ScanSettings(ctx context.Context, after string, limit int) ([]chime.StoredSetting, error) {
	return scan(ctx, t, "name, value", "settings", []string{"name"}, []any{after}, limit, func(r Row) chime.StoredSetting {
		return chime.StoredSetting{Key: r.Text(0), Value: r.Bytes(1)}
	})
}
