package sqlstore

import (
	"context"
	"slices"
	"strings"

	"github.com/carillon-id/carillon/internal/chime"
)

var (
	accountAuditTable = newTable("account_audit", 2, "account_id record_id time tenant_id operation principal repeats document")
	tenantAuditTable  = newTable("tenant_audit", 2, "tenant_id record_id time operation principal repeats document")
)

// AppendAudit implements chime.AuditLog.
func (t tx) AppendAudit(ctx context.Context, records ...chime.AuditRecord) error {
	var ofAccounts, ofTenants [][]any
	for _, r := range records {
		if r.Account != "" {
			ofAccounts = append(ofAccounts, []any{
				string(r.Account), r.ID, micros(r.Time), string(r.Tenant), r.Operation, r.Principal, r.Repeats, string(r.Document),
			})
			continue
		}
		ofTenants = append(ofTenants, []any{
			string(r.Tenant), r.ID, micros(r.Time), r.Operation, r.Principal, r.Repeats, string(r.Document),
		})
	}
	if err := t.insert(ctx, accountAuditTable, ofAccounts, " ON CONFLICT (account_id, record_id) DO NOTHING"); err != nil {
		return err
	}
	return t.insert(ctx, tenantAuditTable, ofTenants, " ON CONFLICT (tenant_id, record_id) DO NOTHING")
}

// CountRepeats implements chime.AuditLog.
func (t tx) CountRepeats(ctx context.Context, record chime.AuditRecord, n int64) error {
	if record.Account != "" {
		return t.conn.Exec(ctx, "UPDATE account_audit SET repeats = repeats + $1 WHERE account_id = $2 AND record_id = $3",
			n, string(record.Account), record.ID)
	}
	return t.conn.Exec(ctx, "UPDATE tenant_audit SET repeats = repeats + $1 WHERE tenant_id = $2 AND record_id = $3",
		n, string(record.Tenant), record.ID)
}

// ListAudit implements chime.AuditLog. Account and tenant records are two
// keyset scans by id, merged.
func (t tx) ListAudit(ctx context.Context, q chime.AuditQuery) ([]chime.AuditRecord, error) {
	where, args := []string{"record_id > $1"}, []any{q.AfterID, int64(q.Limit)}
	add := func(condition string, value any) {
		args = append(args, value)
		where = append(where, condition+placeholder(len(args)))
	}
	if q.Tenant != "" {
		add("tenant_id = ", string(q.Tenant))
	}
	if q.Operation != "" {
		add("operation = ", q.Operation)
	}
	if q.Principal != "" {
		add("principal = ", q.Principal)
	}
	if !q.Since.IsZero() {
		add("time >= ", micros(q.Since))
	}
	scan := func(account, from string) string {
		return `SELECT * FROM (SELECT record_id, time, tenant_id, ` + account + ` AS account_id, operation, principal, repeats, document
			FROM ` + from + ` WHERE ` + strings.Join(where, " AND ") + ` ORDER BY record_id LIMIT $2) AS ` + from + `_page`
	}
	var records []chime.AuditRecord
	err := t.conn.Query(ctx, scan("account_id", "account_audit")+" UNION ALL "+scan("''", "tenant_audit")+
		" ORDER BY record_id LIMIT $2", args, func(r Row) error {
		records = append(records, scanRecord(r))
		return nil
	})
	return records, err
}

func scanRecord(r Row) chime.AuditRecord {
	return chime.AuditRecord{
		ID:        r.Text(0),
		Time:      fromMicros(r.Int(1)),
		Tenant:    chime.TenantID(r.Text(2)),
		Account:   chime.AccountID(r.Text(3)),
		Operation: r.Text(4),
		Principal: r.Text(5),
		Repeats:   r.Int(6),
		Document:  []byte(r.Text(7)),
	}
}

// AuditRecords implements chime.AuditLog.
func (t tx) AuditRecords(ctx context.Context, ids []string) ([]chime.AuditRecord, error) {
	var records []chime.AuditRecord
	err := chunks(ids, func(some []string) error {
		var queries []Query
		for _, from := range []string{"account_id, operation, principal, repeats, document FROM account_audit", "'', operation, principal, repeats, document FROM tenant_audit"} {
			list, args := in(1, some, nil)
			queries = append(queries, Query{
				`SELECT record_id, time, tenant_id, ` + from + ` WHERE record_id IN ` + list, args,
				func(r Row) error {
					records = append(records, scanRecord(r))
					return nil
				},
			})
		}
		return t.conn.QueryAll(ctx, queries...)
	})
	return records, err
}

// afterRecords is greater than the id of any record.
const afterRecords = "~"

// ScanAudit implements chime.AuditLog.
func (t tx) ScanAudit(ctx context.Context, q chime.AuditScan) ([]chime.AuditRecord, error) {
	before := q.Before
	if before == "" {
		before = afterRecords
	}
	order, sign := "", 1
	if q.Newest {
		order, sign = " DESC", -1
	}
	document := "''"
	if q.Whole {
		document = "document"
	}
	var records []chime.AuditRecord
	scan := func(account, from, owner string, keys ...any) Query {
		where := owner + "record_id > " + placeholder(len(keys)+1) + " AND record_id < " + placeholder(len(keys)+2)
		return Query{
			"SELECT record_id, time, tenant_id, " + account + ", operation, principal, repeats, " + document + " FROM " + from + " WHERE " + where +
				" ORDER BY record_id" + order + " LIMIT " + placeholder(len(keys)+3),
			append(keys, q.After, before, int64(q.Limit)),
			func(r Row) error {
				records = append(records, scanRecord(r))
				return nil
			},
		}
	}
	var queries []Query
	switch {
	case q.Account != "":
		queries = []Query{scan("account_id", "account_audit", "account_id = $1 AND ", string(q.Account))}
	case q.Tenant != "":
		queries = []Query{
			scan("account_id", "account_audit", "tenant_id = $1 AND ", string(q.Tenant)),
			scan("''", "tenant_audit", "tenant_id = $1 AND ", string(q.Tenant)),
		}
	default:
		queries = []Query{scan("account_id", "account_audit", ""), scan("''", "tenant_audit", "")}
	}
	err := t.conn.QueryAll(ctx, queries...)
	slices.SortFunc(records, func(a, b chime.AuditRecord) int { return sign * strings.Compare(a.ID, b.ID) })
	return records[:min(len(records), q.Limit)], err
}

// AuditRecordsOf implements chime.AuditLog.
func (t tx) AuditRecordsOf(ctx context.Context, tenant chime.TenantID, account chime.AccountID, ids []string) ([]chime.AuditRecord, error) {
	var records []chime.AuditRecord
	read := func(some []string, columns, from string, keys ...any) Query {
		where := " WHERE tenant_id = $1 AND record_id IN "
		if len(keys) > 1 {
			where = " WHERE account_id = $2 AND tenant_id = $1 AND record_id IN "
		}
		list, args := in(len(keys)+1, some, keys)
		return Query{"SELECT record_id, time, tenant_id, " + columns + ", document FROM " + from + where + list, args, func(r Row) error {
			records = append(records, scanRecord(r))
			return nil
		}}
	}
	err := chunks(ids, func(some []string) error {
		const columns = "operation, principal, repeats"
		if account != "" {
			return t.conn.QueryAll(ctx, read(some, "account_id, "+columns, "account_audit", string(tenant), string(account)))
		}
		return t.conn.QueryAll(ctx, read(some, "account_id, "+columns, "account_audit", string(tenant)),
			read(some, "'', "+columns, "tenant_audit", string(tenant)))
	})
	return records, err
}
