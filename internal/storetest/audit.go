package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
)

func auditCases() []testCase {
	return []testCase{
		{"AuditComesBackAsItWas", auditComesBackAsItWas},
		{"AuditIsOneListByID", auditIsOneListByID},
		{"AuditListsFilter", auditListsFilter},
		{"RepeatsAreAdded", repeatsAreAdded},
		{"AuditOutlivesTheAccount", auditOutlivesTheAccount},
		{"RecordsAreFoundByID", recordsAreFoundByID},
	}
}

func newRecord(id string, tenant chime.TenantID, account chime.AccountID) chime.AuditRecord {
	return chime.AuditRecord{
		ID: id, Time: at(1), Tenant: tenant, Account: account, Operation: "GetUser", Principal: "arn:aws:iam::1:root",
		Document: []byte(`{"eventID":"` + id + `"}`),
	}
}

func listAudit(t *testing.T, s chime.Store, q chime.AuditQuery) []chime.AuditRecord {
	t.Helper()
	var records []chime.AuditRecord
	view(t, s, func(ctx context.Context, tx chime.Tx) (err error) {
		records, err = tx.ListAudit(ctx, q)
		return err
	})
	return records
}

func recordIDs(records []chime.AuditRecord) []string {
	ids := []string{}
	for _, r := range records {
		ids = append(ids, r.ID)
	}
	return ids
}

func auditComesBackAsItWas(t *testing.T, s chime.Store) {
	ofAccount, ofTenant := newRecord("r1", tenantOne, "a"), newRecord("r2", tenantTwo, "")
	ofAccount.Document = []byte("{\"name\":\"'; -- \\u0000 \u00fc \\\" %s $1\"}")
	ofTenant.Repeats = 3
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.AppendAudit(ctx, ofAccount, ofTenant) })
	equal(t, "ListAudit", listAudit(t, s, chime.AuditQuery{Limit: 9}), []chime.AuditRecord{ofAccount, ofTenant})
	// A writer who was not told of a commit writes its records again.
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return tx.AppendAudit(ctx, newRecord("r1", tenantOne, "a"), newRecord("r2", tenantTwo, ""))
	})
	equal(t, "ListAudit after writing the records again", listAudit(t, s, chime.AuditQuery{Limit: 9}), []chime.AuditRecord{ofAccount, ofTenant})
}

// auditIsOneListByID writes records of tenants and accounts in turn, not in
// their order, and reads them by pages.
func auditIsOneListByID(t *testing.T, s chime.Store) {
	var want []string
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		var err error
		for i := 19; i >= 0; i-- {
			account := []chime.AccountID{"", "b", "a"}[i%3]
			err = errors.Join(err, tx.AppendAudit(ctx, newRecord(fmt.Sprintf("r%02d", i), []chime.TenantID{tenantOne, tenantTwo}[i%2], account)))
		}
		return err
	})
	for i := range 20 {
		want = append(want, fmt.Sprintf("r%02d", i))
	}
	var got []string
	q := chime.AuditQuery{Limit: 3}
	for {
		page := recordIDs(listAudit(t, s, q))
		if len(page) == 0 {
			break
		}
		if len(page) > q.Limit {
			t.Fatalf("a page after %q: got %v, want at most %d", q.AfterID, page, q.Limit)
		}
		got = append(got, page...)
		q.AfterID = page[len(page)-1]
	}
	equal(t, "all pages", got, want)
}

func auditListsFilter(t *testing.T, s chime.Store) {
	suspension := newRecord("r3", tenantOne, "b")
	suspension.Operation, suspension.Time = "BatchSuspendUser", at(3)
	byAlice := newRecord("r4", tenantOne, "")
	byAlice.Principal, byAlice.Time = "local:alice", at(4)
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return tx.AppendAudit(ctx, newRecord("r1", tenantOne, "a"), newRecord("r2", tenantTwo, ""), suspension, byAlice)
	})
	for _, c := range []struct {
		query chime.AuditQuery
		want  []string
	}{
		{chime.AuditQuery{}, []string{"r1", "r2", "r3", "r4"}},
		{chime.AuditQuery{Tenant: tenantOne}, []string{"r1", "r3", "r4"}},
		{chime.AuditQuery{Tenant: tenantTwo}, []string{"r2"}},
		{chime.AuditQuery{Tenant: "1"}, []string{}},
		{chime.AuditQuery{Operation: "BatchSuspendUser"}, []string{"r3"}},
		{chime.AuditQuery{Operation: "batchsuspenduser"}, []string{}},
		{chime.AuditQuery{Principal: "local:alice"}, []string{"r4"}},
		{chime.AuditQuery{Since: at(3)}, []string{"r3", "r4"}},
		{chime.AuditQuery{Since: at(3), AfterID: "r3"}, []string{"r4"}},
		{chime.AuditQuery{Tenant: tenantOne, Operation: "GetUser", Principal: "local:alice", Since: at(4)}, []string{"r4"}},
		{chime.AuditQuery{Tenant: tenantTwo, Operation: "GetUser", Principal: "local:alice"}, []string{}},
	} {
		q := c.query
		q.Limit = 9
		equal(t, fmt.Sprintf("records by %+v", c.query), recordIDs(listAudit(t, s, q)), c.want)
	}
}

func repeatsAreAdded(t *testing.T, s chime.Store) {
	ofAccount, ofTenant := newRecord("r1", tenantOne, "a"), newRecord("r2", tenantOne, "")
	other := newRecord("r3", tenantOne, "a")
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.AppendAudit(ctx, ofAccount, ofTenant, other),
			tx.CountRepeats(ctx, ofAccount, 2), tx.CountRepeats(ctx, ofTenant, 5), tx.CountRepeats(ctx, ofTenant, 1),
			tx.CountRepeats(ctx, newRecord("unknown", tenantOne, "a"), 1))
	})
	ofAccount.Repeats, ofTenant.Repeats = 2, 6
	equal(t, "ListAudit", listAudit(t, s, chime.AuditQuery{Limit: 9}), []chime.AuditRecord{ofAccount, ofTenant, other})
}

func auditOutlivesTheAccount(t *testing.T, s chime.Store) {
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.PutAccounts(ctx, newAccount("a", tenantOne)), tx.AppendAudit(ctx, newRecord("r1", tenantOne, "a")))
	})
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.PurgeAccount(ctx, tenantOne, "a") })
	equal(t, "ListAudit", recordIDs(listAudit(t, s, chime.AuditQuery{Tenant: tenantOne, Limit: 9})), []string{"r1"})
}

func recordsAreFoundByID(t *testing.T, s chime.Store) {
	var records []chime.AuditRecord
	var ids []string
	for i := range 250 {
		records = append(records, newRecord(fmt.Sprintf("r%03d", i), tenantOne, []chime.AccountID{"", "a", "b"}[i%3]))
		ids = append(ids, records[i].ID)
	}
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.AppendAudit(ctx, records...) })
	find := func(ids ...string) (found []chime.AuditRecord) {
		view(t, s, func(ctx context.Context, tx chime.Tx) (err error) {
			found, err = tx.AuditRecords(ctx, ids)
			return err
		})
		slices.SortFunc(found, func(a, b chime.AuditRecord) int { return strings.Compare(a.ID, b.ID) })
		return found
	}
	equal(t, "all records by their ids", find(append(ids, "unknown")...), records)
	equal(t, "two records, one of them known", find("r007", "unknown"), records[7:8])
	equal(t, "records by no id", find(), []chime.AuditRecord(nil))
}
