package sqlstore

import (
	"context"
	"fmt"

	"github.com/carillon-id/carillon/internal/chime"
)

var (
	accountSummaries = newKind(newTable("account_summaries", 1, "account_id computed document"), accountSummaryRow, readAccountSummary)
	tenantSummaries  = newKind(newTable("tenant_summaries", 1, "tenant_id computed document"), tenantSummaryRow, readTenantSummary)
	jobs             = newKind(newTable("jobs", 1, "name holder held_until state"), jobRow, sure(readJob))
)

// tenantDocument is the part of a tenant's summary that is stored as a document.
type tenantDocument struct {
	Accounts int64
	Counts   []chime.MemberCount
	Days     []chime.DaySummary
}

func accountSummaryRow(s chime.AccountSummary) ([]any, error) {
	counts := s.Counts
	if counts == nil {
		counts = []chime.MemberCount{}
	}
	document, err := encode(fmt.Sprintf("the summary of account %q", s.Account), counts)
	return []any{string(s.Account), micros(s.Computed), document}, err
}

func readAccountSummary(r Row) (chime.AccountSummary, error) {
	s := chime.AccountSummary{Account: chime.AccountID(r.Text(0)), Computed: fromMicros(r.Int(1))}
	err := decode(fmt.Sprintf("the summary of account %q", s.Account), r.Text(2), &s.Counts)
	return s, err
}

func tenantSummaryRow(s chime.TenantSummary) ([]any, error) {
	document, err := encode(fmt.Sprintf("the summary of tenant %q", s.Tenant), tenantDocument{s.Accounts, s.Counts, s.Days})
	return []any{string(s.Tenant), micros(s.Computed), document}, err
}

func readTenantSummary(r Row) (chime.TenantSummary, error) {
	s := chime.TenantSummary{Tenant: chime.TenantID(r.Text(0)), Computed: fromMicros(r.Int(1))}
	var d tenantDocument
	err := decode(fmt.Sprintf("the summary of tenant %q", s.Tenant), r.Text(2), &d)
	s.Accounts, s.Counts, s.Days = d.Accounts, d.Counts, d.Days
	return s, err
}

func jobRow(j chime.Job) ([]any, error) {
	state := j.State
	if state == nil {
		state = []byte{}
	}
	return []any{j.Name, j.Holder, micros(j.Until), state}, nil
}

func readJob(r Row) chime.Job {
	return chime.Job{Name: r.Text(0), Holder: r.Text(1), Until: fromMicros(r.Int(2)), State: optional(r.Bytes(3))}
}

// CountMembers implements chime.Summaries.
func (t tx) CountMembers(ctx context.Context, account chime.AccountID, after chime.UserID, limit int) (
	counts []chime.MemberCount, last chime.UserID, read int, err error,
) {
	err = t.conn.Query(ctx, `SELECT status, license, count(*), max(user_id) FROM (SELECT status, license, user_id FROM members
		WHERE account_id = $1 AND user_id > $2 ORDER BY user_id LIMIT $3) AS members_page GROUP BY status, license`,
		[]any{string(account), string(after), int64(limit)}, func(r Row) error {
			c := chime.MemberCount{Status: chime.RegistrationStatus(r.Text(0)), License: chime.License(r.Text(1)), Users: r.Int(2)}
			counts, read, last = append(counts, c), read+int(c.Users), max(last, chime.UserID(r.Text(3)))
			return nil
		})
	return counts, last, read, err
}

// SessionsByExpiry implements chime.Summaries.
func (t tx) SessionsByExpiry(ctx context.Context, after chime.Session, limit int) ([]chime.Session, error) {
	return sessions.list(ctx, t, "WHERE (expires, user_id, session_id) > ($1, $2, $3) ORDER BY expires, user_id, session_id LIMIT $4",
		micros(after.Expires), string(after.User), string(after.ID), int64(limit))
}

// SettledDeliveries implements chime.Summaries. SQLite begins where the first condition
// says; the last one tells it that the index has all such rows.
func (t tx) SettledDeliveries(ctx context.Context, after chime.Delivery, limit int) ([]chime.Delivery, error) {
	return deliveries.list(ctx, t, `WHERE settled >= $1
		AND (settled, user_id, event_id, client_id, session_id) > ($1, $2, $3, $4, $5) AND settled > 0
		ORDER BY settled, user_id, event_id, client_id, session_id LIMIT $6`,
		micros(after.Settled), string(after.User), string(after.Event), string(after.Client), string(after.Session), int64(limit))
}

// AccountSummary implements chime.Summaries.
func (t tx) AccountSummary(ctx context.Context, id chime.AccountID) (*chime.AccountSummary, error) {
	return accountSummaries.get(ctx, t, string(id))
}

// PutAccountSummaries implements chime.Summaries.
func (t tx) PutAccountSummaries(ctx context.Context, list ...chime.AccountSummary) error {
	return accountSummaries.put(ctx, t, list...)
}

// TenantSummary implements chime.Summaries.
func (t tx) TenantSummary(ctx context.Context, id chime.TenantID) (*chime.TenantSummary, error) {
	return tenantSummaries.get(ctx, t, string(id))
}

// PutTenantSummaries implements chime.Summaries.
func (t tx) PutTenantSummaries(ctx context.Context, list ...chime.TenantSummary) error {
	return tenantSummaries.put(ctx, t, list...)
}

// Job implements chime.Summaries.
func (t tx) Job(ctx context.Context, name string) (*chime.Job, error) { return jobs.get(ctx, t, name) }

// PutJob implements chime.Summaries.
func (t tx) PutJob(ctx context.Context, job chime.Job) error { return jobs.put(ctx, t, job) }
