package sqlstore

import (
	"context"
	"strings"

	"github.com/carillon-id/carillon/internal/chime"
)

// tables are all tables, but those of Summaries, which are counted anew.
func tables() []table {
	return []table{
		accountsTable, tenantAccountsTable, membersTable, profilesTable, formerTable, peopleTable, addressesTable, pinsTable,
		principalsTable, accessKeysTable, administrators.table, accountAuditTable, tenantAuditTable, settingsTable,
		apps.table, tenantAppsTable, sessions.table, upstreamSessionsTable, grants.table, credentials.table, logins.table, passkeys.table, links.table,
		claims.table, accountDomains.table, providers.table, events.table, deliveries.table,
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

// scan reads rows in the order of their keys.
func scan[T any](
	ctx context.Context, t tx, columns, from string, keys []string, after []any, limit int, read func(Row) (T, error),
) (list []T, err error) {
	var places strings.Builder
	writePlaceholders(&places, 1, len(keys))
	key, args := strings.Join(keys, ", "), append(after, int64(limit))
	err = t.conn.Query(ctx, "SELECT "+columns+" FROM "+from+" WHERE ("+key+") > ("+places.String()+") ORDER BY "+key+
		" LIMIT "+placeholder(len(args)), args, func(r Row) error {
		value, err := read(r)
		list = append(list, value)
		return err
	})
	return list, err
}

// ScanMembers implements chime.Contents.
func (t tx) ScanMembers(ctx context.Context, after chime.MemberKey, limit int) ([]chime.Member, error) {
	return scan(ctx, t, memberColumns, `members m JOIN member_profiles p ON p.account_id = m.account_id AND p.user_id = m.user_id`,
		[]string{"m.account_id", "m.user_id"}, []any{string(after.Account), string(after.User)}, limit,
		sure(func(r Row) chime.Member { return scanMember(r, 0) }))
}

// ScanFormerMembers implements chime.Contents.
func (t tx) ScanFormerMembers(ctx context.Context, after chime.MemberKey, limit int) ([]chime.FormerMember, error) {
	return scan(ctx, t, formerColumns, "former_members", []string{"account_id", "user_id"},
		[]any{string(after.Account), string(after.User)}, limit, sure(scanFormer))
}

// ScanPeople implements chime.Contents.
func (t tx) ScanPeople(ctx context.Context, after chime.UserID, limit int) ([]chime.Person, error) {
	return scan(ctx, t, peopleColumns, "people", []string{"user_id"}, []any{string(after)}, limit, sure(scanPerson))
}

// ScanAddresses implements chime.Contents.
func (t tx) ScanAddresses(ctx context.Context, after string, limit int) ([]chime.Holding, error) {
	return scan(ctx, t, "email_key, user_id", "addresses", []string{"email_key"}, []any{after}, limit, sure(scanHolding))
}

// ScanPINs implements chime.Contents.
func (t tx) ScanPINs(ctx context.Context, after string, limit int) ([]chime.Holding, error) {
	return scan(ctx, t, "pin, user_id", "pins", []string{"pin"}, []any{after}, limit, sure(scanHolding))
}

func scanHolding(r Row) chime.Holding {
	return chime.Holding{Key: r.Text(0), User: chime.UserID(r.Text(1))}
}

// ScanSettings implements chime.Contents.
func (t tx) ScanSettings(ctx context.Context, after string, limit int) ([]chime.StoredSetting, error) {
	return scan(ctx, t, "name, value", "settings", []string{"name"}, []any{after}, limit, sure(func(r Row) chime.StoredSetting {
		return chime.StoredSetting{Key: r.Text(0), Value: r.Bytes(1)}
	}))
}

// ScanAdministrators implements chime.Contents.
func (t tx) ScanAdministrators(ctx context.Context, after chime.Administrator, limit int) ([]chime.Administrator, error) {
	return administrators.after(ctx, t, after, limit)
}

// ScanApps implements chime.Contents.
func (t tx) ScanApps(ctx context.Context, after chime.App, limit int) ([]chime.App, error) {
	return apps.after(ctx, t, after, limit)
}

// ScanSessions implements chime.Contents.
func (t tx) ScanSessions(ctx context.Context, after chime.Session, limit int) ([]chime.Session, error) {
	return sessions.after(ctx, t, after, limit)
}

// ScanGrants implements chime.Contents.
func (t tx) ScanGrants(ctx context.Context, after chime.Grant, limit int) ([]chime.Grant, error) {
	return grants.after(ctx, t, after, limit)
}

// ScanCredentials implements chime.Contents.
func (t tx) ScanCredentials(ctx context.Context, after chime.Credential, limit int) ([]chime.Credential, error) {
	return credentials.after(ctx, t, after, limit)
}

// ScanLogins implements chime.Contents.
func (t tx) ScanLogins(ctx context.Context, after chime.Login, limit int) ([]chime.Login, error) {
	return logins.after(ctx, t, after, limit)
}

// ScanPasskeys implements chime.Contents.
func (t tx) ScanPasskeys(ctx context.Context, after chime.Passkey, limit int) ([]chime.Passkey, error) {
	return passkeys.after(ctx, t, after, limit)
}

// ScanLinks implements chime.Contents.
func (t tx) ScanLinks(ctx context.Context, after chime.Link, limit int) ([]chime.Link, error) {
	return links.after(ctx, t, after, limit)
}

// ScanClaims implements chime.Contents.
func (t tx) ScanClaims(ctx context.Context, after chime.DomainClaim, limit int) ([]chime.DomainClaim, error) {
	return claims.after(ctx, t, after, limit)
}

// ScanDomains implements chime.Contents.
func (t tx) ScanDomains(ctx context.Context, after chime.Domain, limit int) ([]chime.Domain, error) {
	return accountDomains.after(ctx, t, after, limit)
}

// ScanProviders implements chime.Contents.
func (t tx) ScanProviders(ctx context.Context, after chime.Provider, limit int) ([]chime.Provider, error) {
	return providers.after(ctx, t, after, limit)
}

// ScanEvents implements chime.Contents.
func (t tx) ScanEvents(ctx context.Context, after chime.Event, limit int) ([]chime.Event, error) {
	return events.after(ctx, t, after, limit)
}

// ScanDeliveries implements chime.Contents.
func (t tx) ScanDeliveries(ctx context.Context, after chime.Delivery, limit int) ([]chime.Delivery, error) {
	return deliveries.after(ctx, t, after, limit)
}
