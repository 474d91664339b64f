package directory

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
)

const (
	// summaryDays is for how many days summaries tell what happened, today included.
	summaryDays = 30
	// dayPage is how many sessions, records or deliveries are added up at a time.
	dayPage = 1000
	// timeRatio is how much longer the durations of a class are at most than those of
	// the class before it.
	timeRatio = 1.1
)

// addPage reads a page from a state on, and moves that state behind it. It returns
// what the page adds, and whether there may be more.
type addPage func(ctx context.Context, tx chime.Tx, state *rollupState) (sum happened, more bool, err error)

// addPages adds up page after page. It reads each apart from the transaction that
// writes, which is short.
func (r *rollupRun) addPages(ctx context.Context, add addPage) error {
	for more := true; more; {
		next := r.state
		var sum happened
		err := r.d.Store.View(ctx, func(tx chime.Tx) (err error) {
			next = r.state
			sum, more, err = add(ctx, tx, &next)
			return err
		})
		if err == nil {
			err = r.update(ctx, next, func(tx chime.Tx) error { return r.put(ctx, tx, sum) })
		}
		if err == nil {
			err = r.rest(ctx)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// settled is a moment before which everything is committed that has an earlier time.
func (r *rollupRun) settled() time.Time { return r.d.Now().Add(-audit.Settled) }

// happened is what a page adds to the days of tenants.
type happened map[chime.TenantID]map[string]*chime.DaySummary

// on is the day of a moment in a tenant.
func (h happened) on(tenant chime.TenantID, at time.Time) *chime.DaySummary {
	name := at.UTC().Format(time.DateOnly)
	if h[tenant] == nil {
		h[tenant] = map[string]*chime.DaySummary{}
	}
	if h[tenant][name] == nil {
		h[tenant][name] = &chime.DaySummary{Day: name, Times: map[int]int64{}}
	}
	return h[tenant][name]
}

// put adds days to those that are there, and drops those that are too old.
func (r *rollupRun) put(ctx context.Context, tx chime.Tx, sum happened) error {
	first := r.d.Now().UTC().AddDate(0, 0, 1-summaryDays).Format(time.DateOnly)
	for tenant, more := range sum {
		s, err := summaryOf(ctx, tx, tenant)
		if err != nil {
			return err
		}
		days := maps.Clone(more)
		for _, day := range s.Days {
			days[day.Day] = addDays(day, more[day.Day])
		}
		s.Days = nil
		for name, day := range days {
			if name >= first {
				s.Days = append(s.Days, *day)
			}
		}
		slices.SortFunc(s.Days, func(a, b chime.DaySummary) int { return strings.Compare(a.Day, b.Day) })
		if err := tx.PutTenantSummaries(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// addDays is a day with what more of it happened; nil is nothing.
func addDays(day chime.DaySummary, more *chime.DaySummary) *chime.DaySummary {
	if more == nil {
		return &day
	}
	day.SignIns += more.SignIns
	day.Suspensions += more.Suspensions
	day.Confirmed += more.Confirmed
	day.Failed += more.Failed
	if day.Times == nil {
		day.Times = map[int]int64{}
	}
	for class, n := range more.Times {
		day.Times[class] += n
	}
	return &day
}

// suspensions adds up the users that the audit says were suspended.
func (r *rollupRun) suspensions(ctx context.Context, tx chime.Tx, state *rollupState) (happened, bool, error) {
	if state.Record == "" {
		state.Record = audit.IDBefore(r.d.Now().AddDate(0, 0, -summaryDays))
	}
	page, err := tx.ScanAudit(ctx, chime.AuditScan{After: state.Record, Before: audit.IDBefore(r.settled()), Limit: dayPage})
	if err != nil || len(page) == 0 {
		return nil, false, err
	}
	state.Record = page[len(page)-1].ID
	var ids []string
	for _, record := range page {
		if record.Operation == opSuspend {
			ids = append(ids, record.ID)
		}
	}
	records, err := tx.AuditRecords(ctx, ids)
	if err != nil {
		return nil, false, err
	}
	sum := happened{}
	for _, record := range records {
		n, err := suspendedBy(record)
		if err != nil {
			return nil, false, err
		}
		if n > 0 {
			sum.on(record.Tenant, record.Time).Suspensions += n
		}
	}
	return sum, len(page) == dayPage, nil
}

// suspendedBy returns how many users a call of BatchSuspendUser suspended.
func suspendedBy(record chime.AuditRecord) (int64, error) {
	var doc struct {
		ErrorCode         string
		RequestParameters struct{ UserIDList []string }
		ResponseElements  struct{ UserErrors []json.RawMessage }
	}
	if err := json.Unmarshal(record.Document, &doc); err != nil {
		return 0, fmt.Errorf("reading audit record %s: %w", record.ID, err)
	}
	if doc.ErrorCode != "" {
		return 0, nil
	}
	return int64(len(doc.RequestParameters.UserIDList) - len(doc.ResponseElements.UserErrors)), nil
}

// until cuts a page at the first that is too new to be all that there will be.
func until[T any](page []T, settled time.Time, at func(T) time.Time) (rest []T, more bool) {
	if i := slices.IndexFunc(page, func(v T) bool { return at(v).After(settled) }); i >= 0 {
		return page[:i], false
	}
	return page, len(page) == dayPage
}

// signIns adds up the sessions that began. All live equally long, so that the order of
// their ends is that of their beginnings. The sign-in of somebody who is in no account
// is no tenant's.
func (r *rollupRun) signIns(ctx context.Context, tx chime.Tx, state *rollupState) (happened, bool, error) {
	if state.Session.Expires.IsZero() {
		state.Session.Expires = r.d.Now()
	}
	page, err := tx.SessionsByExpiry(ctx, state.Session, dayPage)
	page, more := until(page, r.settled(), func(s chime.Session) time.Time { return s.Created })
	if err != nil || len(page) == 0 {
		return nil, false, err
	}
	last := page[len(page)-1]
	state.Session = chime.Session{User: last.User, ID: last.ID, Expires: last.Expires}
	users := newSet[chime.UserID](len(page))
	for _, s := range page {
		users.add(s.User)
	}
	people, err := tx.People(ctx, users.list)
	if err != nil {
		return nil, false, err
	}
	home := make(map[chime.UserID]chime.AccountID, len(people))
	for _, p := range people {
		home[p.ID] = p.Account
	}
	tenants, err := tenantsOf(ctx, tx, home)
	sum := happened{}
	for _, s := range page {
		if tenant, known := tenants[home[s.User]]; known {
			sum.on(tenant, s.Created).SignIns++
		}
	}
	return sum, more, err
}

// tenantsOf returns the tenants of the accounts that the map has.
func tenantsOf[K comparable](ctx context.Context, tx chime.Tx, accounts map[K]chime.AccountID) (map[chime.AccountID]chime.TenantID, error) {
	ids := newSet[chime.AccountID](len(accounts))
	for _, id := range accounts {
		if id != "" {
			ids.add(id)
		}
	}
	tenants := make(map[chime.AccountID]chime.TenantID, len(ids.list))
	found, err := tx.Accounts(ctx, ids.list)
	for _, a := range found {
		tenants[a.ID] = a.Tenant
	}
	return tenants, err
}

// confirmations adds up which messages of sign-outs apps confirmed, and how long after
// the sign-out.
func (r *rollupRun) confirmations(ctx context.Context, tx chime.Tx, state *rollupState) (happened, bool, error) {
	if state.Delivery.Settled.IsZero() {
		state.Delivery.Settled = r.d.Now().AddDate(0, 0, -summaryDays)
	}
	page, err := tx.SettledDeliveries(ctx, state.Delivery, dayPage)
	page, more := until(page, r.settled(), func(d chime.Delivery) time.Time { return d.Settled })
	if err != nil || len(page) == 0 {
		return nil, false, err
	}
	last := page[len(page)-1]
	state.Delivery = chime.Delivery{User: last.User, Event: last.Event, Client: last.Client, Session: last.Session, Settled: last.Settled}
	where := make(map[chime.EventID]chime.AccountID)
	for _, delivery := range page {
		where[delivery.Event] = delivery.Account
	}
	tenants, err := tenantsOf(ctx, tx, where)
	sum := happened{}
	for _, delivery := range page {
		tenant, known := tenants[delivery.Account]
		switch {
		case !known || delivery.Client == "": // a mail of an invitation has no app
		case delivery.Status == chime.DeliveryConfirmed:
			day := sum.on(tenant, delivery.Settled)
			day.Confirmed++
			day.Times[timeClass(delivery.Settled.Sub(delivery.Created))]++
		case delivery.Status == chime.DeliveryFailed:
			sum.on(tenant, delivery.Settled).Failed++
		}
	}
	return sum, more, err
}

// timeClass is the class of a duration, in milliseconds: class 0 is up to one.
func timeClass(d time.Duration) int {
	ms := float64(d) / float64(time.Millisecond)
	if ms <= 1 {
		return 0
	}
	return int(math.Ceil(math.Log(ms) / math.Log(timeRatio)))
}

// Quantile returns the duration that a part of the day's confirmations, from 0 to 1,
// did not exceed, to a tenth of it; false on a day without any.
func Quantile(day chime.DaySummary, part float64) (time.Duration, bool) {
	var total, seen int64
	classes := make([]int, 0, len(day.Times))
	for class, n := range day.Times {
		classes, total = append(classes, class), total+n
	}
	if total == 0 {
		return 0, false
	}
	slices.Sort(classes)
	for _, class := range classes {
		if seen += day.Times[class]; float64(seen) >= part*float64(total) {
			return time.Duration(math.Pow(timeRatio, float64(class)) * float64(time.Millisecond)), true
		}
	}
	return 0, false
}
