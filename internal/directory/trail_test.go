package directory_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

// record writes a record of a call, made at the fixture's time, and returns its id.
func (f *fixture) record(t *testing.T, tenant chime.TenantID, account chime.AccountID, operation, principal string, failure error) string {
	t.Helper()
	now := f.now()
	r, err := audit.New(t.Context(), now, audit.Event{
		ID: audit.IDBefore(now)[:24] + fmt.Sprintf("%012x", f.serial()), Operation: operation, Identity: audit.Identity{ARN: principal},
		Tenant: tenant, Account: account, Err: failure,
	})
	if err != nil {
		t.Fatal(err)
	}
	f.update(t, func(ctx context.Context, tx chime.Tx) error { return tx.AppendAudit(ctx, r) })
	return r.ID
}

// serial numbers what a fixture makes.
func (f *fixture) serial() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.made++
	return f.made
}

// audited reads a list of the audit to its end.
func (f *fixture) auditOf(t *testing.T, ctx context.Context, filter directory.AuditFilter, limit int) (ids []string, pages int) {
	t.Helper()
	for page := (directory.Page{Limit: limit}); ; {
		entries, next, err := f.ListAuditRecords(ctx, filter, page)
		checkCode(t, "ListAuditRecords", err, "")
		for _, e := range entries {
			ids = append(ids, e.ID)
		}
		pages++
		if page.Token = next; next == "" {
			return ids, pages
		}
	}
}

func TestAuditIsListedNewestFirst(t *testing.T) {
	f := newFixture(t)
	start := f.now()
	denied := chime.Errorf(chime.Forbidden, "No.")
	get := f.record(t, tenantOne, "a", "GetUser", "alice", nil)
	f.pass(time.Minute)
	list := f.record(t, tenantOne, "", "ListAccounts", "bob", denied)
	foreign := f.record(t, tenantTwo, "a", "GetUser", "alice", denied) // somebody else asked for a
	f.pass(time.Minute)
	suspend := f.record(t, tenantOne, "b", "BatchSuspendUser", "alice", nil)
	f.pass(time.Minute)
	again := f.record(t, tenantOne, "a", "GetUser", "bob", nil)
	for _, c := range []struct {
		filter directory.AuditFilter
		want   []string
	}{
		{directory.AuditFilter{}, []string{again, suspend, list, get}},
		{directory.AuditFilter{Operation: "GetUser"}, []string{again, get}},
		{directory.AuditFilter{Principal: "alice"}, []string{suspend, get}},
		{directory.AuditFilter{Account: "a"}, []string{again, get}},
		{directory.AuditFilter{Account: "a", Principal: "bob"}, []string{again}},
		{directory.AuditFilter{Since: start.Add(time.Minute)}, []string{again, suspend, list}},
		{directory.AuditFilter{Until: start.Add(time.Minute)}, []string{list, get}},
		{directory.AuditFilter{Since: start.Add(time.Second), Until: start.Add(2 * time.Minute)}, []string{suspend, list}},
		{directory.AuditFilter{Operation: "getuser"}, nil},
	} {
		for _, limit := range []int{1, 3, 100} {
			if got, _ := f.auditOf(t, asRoot(t), c.filter, limit); !slices.Equal(got, c.want) {
				t.Errorf("%+v by pages of %d: got %v, want %v", c.filter, limit, got, c.want)
			}
		}
	}
	two := root(t.Context(), tenantTwo)
	got, _ := f.auditOf(t, two, directory.AuditFilter{Account: "a"}, 10)
	check(t, "what another tenant finds of the account", got, []string{foreign})
	_, err := f.GetAuditRecord(two, get)
	checkCode(t, "GetAuditRecord of another tenant's", err, chime.NotFound)
	entry, err := f.GetAuditRecord(asRoot(t), list)
	checkCode(t, "GetAuditRecord", err, "")
	check(t, "the error code", entry.ErrorCode, "ForbiddenException")
}

func TestAuditDocumentsHaveTheirRepeats(t *testing.T) {
	f := newFixture(t)
	id := f.record(t, tenantOne, "a", "GetUser", "alice", chime.Errorf(chime.Forbidden, "No."))
	f.update(t, func(ctx context.Context, tx chime.Tx) error {
		return tx.CountRepeats(ctx, chime.AuditRecord{ID: id, Account: "a"}, 7)
	})
	entry, err := f.GetAuditRecord(asRoot(t), id)
	checkCode(t, "GetAuditRecord", err, "")
	var doc struct {
		EventName           string
		AdditionalEventData struct{ Repeats int }
	}
	err = errors.Join(err, json.Unmarshal(entry.Document, &doc))
	if doc.EventName != "GetUser" || doc.AdditionalEventData.Repeats != 7 || entry.Repeats != 7 || err != nil {
		t.Errorf("got %s with %d repeats (%v), want GetUser with 7", entry.Document, entry.Repeats, err)
	}
}

// TestAuditPagesLookThroughSoMany: what matches seldom is found in pages, some of
// which are empty.
func TestAuditPagesLookThroughSoMany(t *testing.T) {
	f := newFixture(t)
	rare := f.record(t, tenantOne, "a", "GetUser", "alice", nil)
	f.update(t, func(ctx context.Context, tx chime.Tx) error {
		var records []chime.AuditRecord
		for i := range 4500 {
			records = append(records, chime.AuditRecord{
				ID: audit.IDBefore(f.clock)[:24] + fmt.Sprintf("%012x", 1000+i), Time: f.clock, Tenant: tenantOne, Account: "a",
				Operation: "ListUsers", Document: []byte("{}"),
			})
		}
		return tx.AppendAudit(ctx, records...)
	})
	for _, account := range []chime.AccountID{"", "a"} {
		ids, pages := f.auditOf(t, asRoot(t), directory.AuditFilter{Operation: "GetUser", Account: account}, 10)
		if diff := cmp.Diff([]string{rare}, ids); diff != "" || pages != 3 {
			t.Errorf("in account %q: got %d pages, want 3; got (+) want (-):\n%s", account, pages, diff)
		}
	}
}
