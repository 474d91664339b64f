package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
)

func summaryCases() []testCase {
	return []testCase{
		{"MembersAreOrderedByAddress", membersAreOrderedByAddress},
		{"AuditScansGoBothWays", auditScansGoBothWays},
		{"RecordsOfATenantAreItsOwn", recordsOfATenantAreItsOwn},
		{"MembersAreCountedByPages", membersAreCountedByPages},
		{"SessionsAreListedByExpiry", sessionsAreListedByExpiry},
		{"SettledDeliveriesAreListed", settledDeliveriesAreListed},
		{"SummariesComeBackAsTheyWere", summariesComeBackAsTheyWere},
		{"JobsComeBackAsTheyWere", jobsComeBackAsTheyWere},
	}
}

// membersAreOrderedByAddress reads by pages of two what differs in case, script and
// position, beside devices that have no address.
func membersAreOrderedByAddress(t *testing.T, s chime.Store) {
	addresses := []string{"", "ada@b.example", "Ada@example.com", "ADA@example.com", "bea@example.com", "Éva@example.com", "éva@example.com", ""}
	users := []chime.UserID{"u9", "u3", "u1", "u4", "u2", "u7", "u6", "u8"}
	var members, want []chime.Member
	for i, address := range addresses {
		m := newMember("a", users[i], i)
		m.Email = address
		members = append(members, m)
		if address != "" {
			want = append(want, m)
		}
	}
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.PutMembers(ctx, members...), tx.PutMembers(ctx, newMember("b", "u1", 1)))
	})
	var got []chime.Member
	for after := (chime.AddressPosition{}); ; {
		var page []chime.Member
		view(t, s, func(ctx context.Context, tx chime.Tx) (err error) {
			page, err = tx.MembersByAddress(ctx, "a", after, 2)
			return err
		})
		if len(page) == 0 {
			break
		}
		got = append(got, page...)
		last := page[len(page)-1]
		after = chime.AddressPosition{Order: chime.AddressOrder(last.Email), User: last.User}
	}
	equal(t, "the users by address", memberIDs(got), memberIDs(want))
	for i, m := range got {
		equal(t, "the address of "+string(m.User), m.Email+string(m.Status), want[i].Email+string(want[i].Status))
	}
	view(t, s, func(ctx context.Context, tx chime.Tx) error {
		page, err := tx.MembersByAddress(ctx, "a", chime.AddressPosition{Order: "ada@e"}, 3)
		equal(t, "from the middle of an address on", memberIDs(page), []chime.UserID{"u1", "u4", "u2"})
		return err
	})
}

func auditScansGoBothWays(t *testing.T, s chime.Store) {
	var records []chime.AuditRecord
	for i := range 12 {
		records = append(records, newRecord(fmt.Sprintf("r%02d", i), []chime.TenantID{tenantOne, tenantTwo}[i%2], []chime.AccountID{"", "b", "a"}[i%3]))
	}
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.AppendAudit(ctx, records...) })
	scan := func(q chime.AuditScan) []chime.AuditRecord {
		var found []chime.AuditRecord
		view(t, s, func(ctx context.Context, tx chime.Tx) (err error) {
			found, err = tx.ScanAudit(ctx, q)
			return err
		})
		return found
	}
	for _, c := range []struct {
		query chime.AuditScan
		want  []string
	}{
		{chime.AuditScan{Limit: 3}, []string{"r00", "r01", "r02"}},
		{chime.AuditScan{After: "r02", Limit: 3}, []string{"r03", "r04", "r05"}},
		{chime.AuditScan{After: "r02", Before: "r05", Limit: 9}, []string{"r03", "r04"}},
		{chime.AuditScan{Newest: true, Limit: 3}, []string{"r11", "r10", "r09"}},
		{chime.AuditScan{Tenant: tenantOne, Newest: true, Limit: 9}, []string{"r10", "r08", "r06", "r04", "r02", "r00"}},
		{chime.AuditScan{Tenant: tenantOne, Newest: true, Before: "r06", Limit: 2}, []string{"r04", "r02"}},
		{chime.AuditScan{Tenant: tenantOne, Limit: 2}, []string{"r00", "r02"}},
		{chime.AuditScan{Tenant: tenantTwo, Account: "a", Newest: true, Limit: 9}, []string{"r11", "r08", "r05", "r02"}},
		{chime.AuditScan{Tenant: tenantTwo, Account: "a", After: "r02", Limit: 2}, []string{"r05", "r08"}},
		{chime.AuditScan{Tenant: "1", Limit: 9}, []string{}},
	} {
		equal(t, fmt.Sprintf("records by %+v", c.query), recordIDs(scan(c.query)), c.want)
	}
	bare := records[4]
	bare.Document = nil
	got := scan(chime.AuditScan{After: "r03", Limit: 1})[0]
	if len(got.Document) == 0 {
		got.Document = nil
	}
	equal(t, "a record that was scanned", got, bare)
	equal(t, "records that were scanned whole", scan(chime.AuditScan{Account: "b", Newest: true, Whole: true, Limit: 2}), []chime.AuditRecord{records[10], records[7]})
}

func recordsOfATenantAreItsOwn(t *testing.T, s chime.Store) {
	ofAccount, ofTenant, denied := newRecord("r1", tenantOne, "a"), newRecord("r2", tenantOne, ""), newRecord("r3", tenantTwo, "a")
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.AppendAudit(ctx, ofAccount, ofTenant, denied) })
	of := func(tenant chime.TenantID, account chime.AccountID, ids ...string) (found []string) {
		view(t, s, func(ctx context.Context, tx chime.Tx) error {
			records, err := tx.AuditRecordsOf(ctx, tenant, account, ids)
			found = recordIDs(records)
			slices.Sort(found)
			for _, r := range records {
				equal(t, "the document of "+r.ID, string(r.Document), `{"eventID":"`+r.ID+`"}`)
			}
			return err
		})
		return found
	}
	equal(t, "a tenant's", of(tenantOne, "", "r1", "r2", "r3", "r4"), []string{"r1", "r2"})
	equal(t, "an account's", of(tenantOne, "a", "r1", "r2", "r3", "r4"), []string{"r1"})
	equal(t, "another tenant's about the account", of(tenantTwo, "a", "r1", "r2", "r3", "r4"), []string{"r3"})
	equal(t, "an account's, by no id", of(tenantOne, "a"), []string{})
}

func membersAreCountedByPages(t *testing.T, s chime.Store) {
	var members []chime.Member
	for i, id := range userIDs(7) {
		m := newMember("a", id, i)
		m.Status, m.License = []chime.RegistrationStatus{chime.Registered, chime.Suspended}[i/5], []chime.License{chime.Basic, chime.Pro}[i%2]
		members = append(members, m)
	}
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.PutMembers(ctx, members...), tx.PutMembers(ctx, newMember("b", "user-00000", 1)))
	})
	total := map[chime.MemberCount]int64{}
	var pages []int
	for after := chime.UserID(""); ; {
		read := 0
		view(t, s, func(ctx context.Context, tx chime.Tx) error {
			counts, last, n, err := tx.CountMembers(ctx, "a", after, 3)
			for _, c := range counts {
				total[chime.MemberCount{Status: c.Status, License: c.License}] += c.Users
			}
			after, read = last, n
			return err
		})
		if read == 0 {
			break
		}
		pages = append(pages, read)
	}
	equal(t, "the pages", pages, []int{3, 3, 1})
	equal(t, "the counts", total, map[chime.MemberCount]int64{
		{Status: chime.Registered, License: chime.Basic}: 3, {Status: chime.Registered, License: chime.Pro}: 2,
		{Status: chime.Suspended, License: chime.Basic}: 1, {Status: chime.Suspended, License: chime.Pro}: 1,
	})
}

func sessionsAreListedByExpiry(t *testing.T, s chime.Store) {
	var want []chime.Session
	for i, key := range []string{"b", "a", "a", "c"} {
		want = append(want, chime.Session{
			User: chime.UserID(key), ID: chime.SessionID(fmt.Sprint(i)), SecretHash: []byte{1}, Created: at(1 + i/3), Expires: at(10 + (i+2)/3),
		})
	}
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.PutSessions(ctx, slices.Clone(want)...) })
	var got []chime.SessionID
	for after := (chime.Session{}); ; {
		var page []chime.Session
		view(t, s, func(ctx context.Context, tx chime.Tx) (err error) {
			page, err = tx.SessionsByExpiry(ctx, after, 2)
			return err
		})
		if len(page) == 0 {
			break
		}
		for _, session := range page {
			got = append(got, session.ID)
		}
		after = page[len(page)-1]
	}
	equal(t, "the sessions", got, []chime.SessionID{"0", "1", "2", "3"})
}

func settledDeliveriesAreListed(t *testing.T, s chime.Store) {
	var list []chime.Delivery
	for i, user := range []chime.UserID{"u2", "u1", "u3", "u1"} {
		list = append(list, chime.Delivery{
			User: user, Event: chime.EventID(fmt.Sprint(i)), Client: "app", Account: "a", Status: chime.DeliveryConfirmed, Created: at(1),
			Settled: at(5 - i/2),
		})
	}
	pending := chime.Delivery{User: "u0", Event: "9", Client: "app", Status: chime.DeliveryPending, Created: at(1), Due: at(2)}
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return tx.AddDeliveries(ctx, append(slices.Clone(list), pending)...)
	})
	var got []chime.Delivery
	for after := (chime.Delivery{}); ; {
		var page []chime.Delivery
		view(t, s, func(ctx context.Context, tx chime.Tx) (err error) {
			page, err = tx.SettledDeliveries(ctx, after, 2)
			return err
		})
		if len(page) == 0 {
			break
		}
		got = append(got, page...)
		after = page[len(page)-1]
	}
	equal(t, "the deliveries", got, []chime.Delivery{list[3], list[2], list[1], list[0]})
}

func summariesComeBackAsTheyWere(t *testing.T, s chime.Store) {
	account := chime.AccountSummary{
		Account: "a", Computed: at(1),
		Counts: []chime.MemberCount{{Status: chime.Registered, License: chime.Pro, Users: 3}},
	}
	tenant := chime.TenantSummary{
		Tenant: tenantOne, Computed: at(2), Accounts: 4, Counts: account.Counts,
		Days: []chime.DaySummary{{Day: "2026-01-02", SignIns: 1, Suspensions: 2, Confirmed: 3, Failed: 4, Times: map[int]int64{7: 3}}},
	}
	empty := chime.AccountSummary{Account: "b", Computed: at(3), Counts: []chime.MemberCount{}}
	bare := chime.TenantSummary{Tenant: tenantTwo}
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.PutAccounts(ctx, newAccount("a", tenantOne)), tx.PutAccountSummaries(ctx, chime.AccountSummary{Account: "a"}),
			tx.PutAccountSummaries(ctx, account, empty), tx.PutTenantSummaries(ctx, tenant, bare))
	})
	ofAccount := func(id chime.AccountID) *chime.AccountSummary {
		return read(t, s, func(ctx context.Context, tx chime.Tx) (*chime.AccountSummary, error) {
			return tx.AccountSummary(ctx, id)
		})
	}
	ofTenant := func(id chime.TenantID) *chime.TenantSummary {
		return read(t, s, func(ctx context.Context, tx chime.Tx) (*chime.TenantSummary, error) { return tx.TenantSummary(ctx, id) })
	}
	equal(t, "an account's", ofAccount("a"), &account)
	equal(t, "an empty account's", ofAccount("b"), &empty)
	equal(t, "an unknown account's", ofAccount("c"), (*chime.AccountSummary)(nil))
	equal(t, "a tenant's", ofTenant(tenantOne), &tenant)
	equal(t, "a tenant's without anything", ofTenant(tenantTwo), &bare)
	equal(t, "an unknown tenant's", ofTenant("1"), (*chime.TenantSummary)(nil))
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.PurgeAccount(ctx, tenantOne, "a") })
	equal(t, "a purged account's", ofAccount("a"), (*chime.AccountSummary)(nil))
}

func jobsComeBackAsTheyWere(t *testing.T, s chime.Store) {
	full := chime.Job{Name: "rollup", Holder: "somebody", Until: at(1), State: []byte(`{"a":1}`)}
	bare := chime.Job{Name: "other"}
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.PutJob(ctx, chime.Job{Name: "rollup", Until: time.Time{}}), tx.PutJob(ctx, full), tx.PutJob(ctx, bare))
	})
	job := func(name string) *chime.Job {
		return read(t, s, func(ctx context.Context, tx chime.Tx) (*chime.Job, error) { return tx.Job(ctx, name) })
	}
	equal(t, "a job", job("rollup"), &full)
	equal(t, "a job without anything", job("other"), &bare)
	equal(t, "an unknown job", job("unknown"), (*chime.Job)(nil))
}
