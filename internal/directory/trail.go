package directory

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
)

// AuditFilter narrows ListAuditRecords. Zero values do not filter.
type AuditFilter struct {
	Operation string // such as BatchSuspendUser
	Principal string // an ARN, or another name that records have (chime.AuditRecord)
	Account   chime.AccountID
	// Since and Until bound the time of the call, both included.
	Since, Until time.Time
}

func (f AuditFilter) matches(tenant chime.TenantID, r chime.AuditRecord) bool {
	return r.Tenant == tenant &&
		(f.Operation == "" || f.Operation == r.Operation) &&
		(f.Principal == "" || f.Principal == r.Principal) &&
		!r.Time.Before(f.Since) && (f.Until.IsZero() || !r.Time.After(f.Until))
}

// AuditEntry is a record of the audit. Its Document has the Repeats, too.
type AuditEntry struct {
	chime.AuditRecord
	ErrorCode string // "" for a call that succeeded
}

// ListAuditRecords returns a page of the tenant's audit, newest first, and the token
// of the next page, "" after the last. It looks through at most maxScan records, so
// that a page may be short, or empty, and not the last.
func (d *Directory) ListAuditRecords(ctx context.Context, f AuditFilter, p Page) (entries []AuditEntry, next string, err error) {
	c := call{operation: "ListAuditRecords", account: f.Account, params: audit.Values{}}
	bounds := []string{f.Operation, f.Principal, string(f.Account), timeParam(f.Since), timeParam(f.Until)}
	for i, name := range []string{"operation", "principal", "accountId", "since", "until"} {
		if bounds[i] != "" {
			c.with(name, bounds[i])
		}
	}
	err = d.read(ctx, c, func(caller iam.Caller, tx chime.Tx) error {
		bound := bindToken(append([]string{"ListAuditRecords", string(caller.Tenant)}, bounds...)...)
		before, limit, err := d.position(bound, p)
		if err != nil {
			return err
		}
		q := chime.AuditScan{Tenant: caller.Tenant, Account: f.Account, Before: before, Newest: true, Limit: maxScan}
		if !f.Since.IsZero() {
			q.After = audit.IDBefore(f.Since.Add(-audit.Settled))
		}
		if before == "" && !f.Until.IsZero() {
			q.Before = audit.IDBefore(f.Until.Add(audit.Settled))
		}
		if f.Operation == "" && f.Principal == "" && f.Account == "" && f.Since.IsZero() && f.Until.IsZero() {
			q.Limit = limit + 1 // all of them match
		}
		scanned, err := tx.ScanAudit(ctx, q)
		if err != nil {
			return err
		}
		ids, last := f.pick(caller.Tenant, scanned, limit, len(scanned) == q.Limit)
		if last != "" {
			next = d.Tokens.SealToken(bound, last)
		}
		entries, err = auditEntries(ctx, tx, caller.Tenant, f.Account, ids)
		return err
	})
	return entries, next, err
}

func timeParam(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// pick returns the ids of those of the records that match, at most limit of them, and
// of the last that was looked at; "" when none come after the records.
func (f AuditFilter) pick(tenant chime.TenantID, records []chime.AuditRecord, limit int, more bool) (ids []string, last string) {
	for _, r := range records {
		if len(ids) == limit {
			return ids, last
		}
		if f.matches(tenant, r) {
			ids = append(ids, r.ID)
		}
		last = r.ID
	}
	if !more {
		return ids, ""
	}
	return ids, last
}

// auditEntries reads records whole, newest first.
func auditEntries(ctx context.Context, tx chime.Tx, tenant chime.TenantID, account chime.AccountID, ids []string) ([]AuditEntry, error) {
	records, err := tx.AuditRecordsOf(ctx, tenant, account, ids)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(records, func(a, b chime.AuditRecord) int { return strings.Compare(b.ID, a.ID) })
	entries := make([]AuditEntry, 0, len(records))
	for _, r := range records {
		var outcome struct{ ErrorCode string }
		if err := json.Unmarshal(r.Document, &outcome); err != nil {
			return nil, fmt.Errorf("reading audit record %s: %w", r.ID, err)
		}
		r.Document = audit.CloudTrail(r)
		entries = append(entries, AuditEntry{r, outcome.ErrorCode})
	}
	return entries, nil
}

// GetAuditRecord returns a record of the tenant's audit.
func (d *Directory) GetAuditRecord(ctx context.Context, id string) (entry AuditEntry, err error) {
	c := call{operation: "GetAuditRecord", params: audit.Values{"eventId": id}}
	err = d.read(ctx, c, func(caller iam.Caller, tx chime.Tx) error {
		entries, err := auditEntries(ctx, tx, caller.Tenant, "", []string{id})
		if err != nil {
			return err
		}
		if len(entries) == 0 {
			return chime.Errorf(chime.NotFound, "There is no audit record %s.", id)
		}
		entry = entries[0]
		return nil
	})
	return entry, err
}
