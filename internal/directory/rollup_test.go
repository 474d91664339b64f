package directory_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

// rollup has a server count, and returns of how many accounts it did.
func (f *fixture) rollup(t *testing.T, holder string) int {
	t.Helper()
	accounts, err := directory.Rollup{Directory: f.Directory, Holder: holder}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return accounts
}

func (f *fixture) summary(t *testing.T, tenant chime.TenantID) *chime.TenantSummary {
	t.Helper()
	s, err := f.GetSummary(root(t.Context(), tenant))
	checkCode(t, "GetSummary", err, "")
	return s
}

func TestMembersAreCounted(t *testing.T) {
	f := newFixture(t)
	f.account(t, "team", chime.Team)
	f.account(t, "lwa", chime.EnterpriseLWA)
	f.account(t, "empty", chime.Team)
	f.accountOf(t, tenantTwo, "foreign", chime.Team)
	f.join(t, "team", "ann")
	f.invite(t, "team", "new@example.com")
	f.join(t, "lwa", numbered("lwa", 0, 5003)...) // more than a page
	f.suspend(t, "lwa", numbered("lwa", 5000, 3)...)
	check(t, "deleting", f.DeleteAccount(asRoot(t), "empty"), error(nil))
	if s, err := f.GetAccountSummary(asRoot(t), "team"); s != nil || err != nil {
		t.Errorf("a summary before anything was counted: got %v, %v, want nil", s, err)
	}
	if s := f.summary(t, tenantOne); s != nil {
		t.Errorf("a tenant's summary before anything was counted: got %v, want nil", s)
	}
	check(t, "the accounts that were counted", f.rollup(t, "a server"), 3)
	lwa := []chime.MemberCount{
		{Status: chime.Registered, License: chime.Pro, Users: 5000}, {Status: chime.Suspended, License: chime.Pro, Users: 3},
	}
	for id, want := range map[chime.AccountID][]chime.MemberCount{
		"lwa":  lwa,
		"team": {{Status: chime.Registered, License: chime.Pro, Users: 1}, {Status: chime.Unregistered, Users: 1}},
	} {
		s, err := f.GetAccountSummary(asRoot(t), id)
		checkCode(t, "GetAccountSummary", err, "")
		if diff := cmp.Diff(&chime.AccountSummary{Account: id, Computed: f.clock.Truncate(time.Microsecond), Counts: want}, s); diff != "" {
			t.Errorf("the summary of %s: got (+) want (-):\n%s", id, diff)
		}
	}
	one := f.summary(t, tenantOne)
	want := []chime.MemberCount{
		{Status: chime.Registered, License: chime.Pro, Users: 5001}, lwa[1], {Status: chime.Unregistered, Users: 1},
	}
	if diff := cmp.Diff(want, one.Counts); diff != "" || one.Accounts != 2 {
		t.Errorf("the tenant's: got %d accounts, want 2; got (+) want (-):\n%s", one.Accounts, diff)
	}
	check(t, "another tenant's accounts", f.summary(t, tenantTwo).Accounts, int64(1))
	_, err := f.GetAccountSummary(root(t.Context(), tenantTwo), "lwa")
	checkCode(t, "GetAccountSummary by another tenant", err, chime.NotFound)
}

// happen makes n of each thing that summaries tell by day, at the fixture's time.
func (f *fixture) happen(t *testing.T, account chime.AccountID, user chime.UserID, n int, took time.Duration) {
	t.Helper()
	now := f.now()
	f.update(t, func(ctx context.Context, tx chime.Tx) (err error) {
		for range n {
			id := fmt.Sprint(f.serial())
			d := chime.Delivery{
				User: user, Event: chime.EventID(id), Client: "app", Account: account, Status: chime.DeliveryConfirmed,
				Created: now.Add(-took), Settled: now,
			}
			failed, mail := d, d
			failed.Client, failed.Status = "other", chime.DeliveryFailed
			mail.Client = ""
			err = errors.Join(err, tx.AddDeliveries(ctx, d, failed, mail), tx.PutSessions(ctx, chime.Session{
				User: user, ID: chime.SessionID(id), SecretHash: []byte{1}, Created: now, Expires: now.Add(30 * 24 * time.Hour),
			}))
		}
		return err
	})
	ids := numbered("nobody", 0, n)
	r, err := audit.New(t.Context(), now, audit.Event{
		ID: audit.IDBefore(now)[:24] + fmt.Sprintf("%012x", f.serial()), Operation: "BatchSuspendUser", Tenant: tenantOne, Account: account,
		Params: audit.Values{"userIdList": append(ids, "refused")}, Response: audit.Values{"userErrors": []any{"refused"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	f.record(t, tenantOne, account, "BatchSuspendUser", "alice", chime.Errorf(chime.Forbidden, "No."))
	f.record(t, tenantOne, account, "GetUser", "alice", nil)
	f.update(t, func(ctx context.Context, tx chime.Tx) error { return tx.AppendAudit(ctx, r) })
}

// checkDays compares the days of the tenant, with their medians.
func (f *fixture) checkDays(t *testing.T, when string, want ...string) {
	t.Helper()
	got := []string{}
	for _, day := range f.summary(t, tenantOne).Days {
		median, _ := directory.Quantile(day, 0.5)
		got = append(got, fmt.Sprintf("%s: %d sign-ins, %d suspensions, %d confirmed in %v, %d failed",
			day.Day, day.SignIns, day.Suspensions, day.Confirmed, median.Round(time.Second), day.Failed))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the days %s: got (+) want (-):\n%s", when, diff)
	}
}

// TestDaysAreAddedUpOnce counts again and again, on one server and another, and has
// each thing count once.
func TestDaysAreAddedUpOnce(t *testing.T) {
	f := newFixture(t) // at 03:04:05
	f.account(t, "team", chime.Team)
	f.join(t, "team", "ann")
	f.update(t, func(ctx context.Context, tx chime.Tx) error {
		return tx.PutPeople(ctx, chime.Person{ID: "free"})
	})
	f.happen(t, "", "free", 4, time.Second) // no tenant's
	f.happen(t, "team", "ann", 3, 2*time.Second)
	f.rollup(t, "one")
	if days := f.summary(t, tenantOne).Days; len(days) > 0 {
		t.Errorf("what may not be committed yet: got %v, want nothing", days)
	}
	f.pass(directory.RollupPeriod)
	f.rollup(t, "two")
	first := "2026-01-02: 3 sign-ins, 7 suspensions, 3 confirmed in 2s, 3 failed"
	f.checkDays(t, "after the first", first)
	f.pass(directory.RollupPeriod)
	f.rollup(t, "one")
	f.checkDays(t, "after nothing", first)
	f.happen(t, "team", "ann", 1100, 20*time.Second) // more than a page
	f.pass(time.Hour)
	f.rollup(t, "two")
	f.checkDays(t, "after more", "2026-01-02: 1103 sign-ins, 1107 suspensions, 1103 confirmed in 20s, 1103 failed")
	f.pass(24 * time.Hour)
	f.happen(t, "team", "ann", 1, time.Second)
	f.pass(29 * 24 * time.Hour)
	f.rollup(t, "one")
	f.checkDays(t, "a month later", "2026-01-03: 1 sign-ins, 1 suspensions, 1 confirmed in 1s, 1 failed")
}

// TestOneServerCounts: who is at it, or was just now, keeps others from it.
func TestOneServerCounts(t *testing.T) {
	f := newFixture(t)
	f.account(t, "team", chime.Team)
	check(t, "the first server's accounts", f.rollup(t, "one"), 1)
	check(t, "the second's, just afterwards", f.rollup(t, "two"), 0)
	check(t, "its own, just afterwards", f.rollup(t, "one"), 0)
	f.pass(directory.RollupPeriod)
	f.update(t, func(ctx context.Context, tx chime.Tx) error {
		job, err := tx.Job(ctx, "rollup")
		job.Holder, job.Until = "one", f.clock.Add(time.Second)
		return errors.Join(err, tx.PutJob(ctx, *job))
	})
	check(t, "the second's, while the first is at it", f.rollup(t, "two"), 0)
	f.pass(time.Second)
	check(t, "the second's, when the first says nothing any more", f.rollup(t, "two"), 1)
}

func TestQuantiles(t *testing.T) {
	f := newFixture(t)
	f.account(t, "team", chime.Team)
	f.join(t, "team", "ann")
	for _, took := range []time.Duration{0, 10 * time.Millisecond, 100 * time.Millisecond, time.Second, time.Minute} {
		f.happen(t, "team", "ann", 2, took)
	}
	f.pass(time.Minute)
	f.rollup(t, "one")
	day := f.summary(t, tenantOne).Days[0]
	for part, want := range map[float64]time.Duration{0.2: time.Millisecond, 0.4: 10 * time.Millisecond, 0.5: 100 * time.Millisecond, 0.9: time.Minute} {
		got, known := directory.Quantile(day, part)
		if !known || got < want || got > want+want/10 {
			t.Errorf("the quantile %v: got %v, want %v or up to a tenth more", part, got, want)
		}
	}
	if _, known := directory.Quantile(chime.DaySummary{}, 0.5); known {
		t.Error("the median of nothing: got one")
	}
}
