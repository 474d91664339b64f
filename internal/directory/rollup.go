package directory

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
)

const (
	rollupJob = "rollup"
	// rollupPage is how many members, sessions or records one read of the rollup is about.
	rollupPage = 5000
	// rollupLease is how long a server is taken to be at work that does not say so again.
	rollupLease = time.Minute
	// RollupPeriod is how old what was counted is, at least, when it is counted again.
	RollupPeriod = 5 * time.Minute
)

// Rollup counts, in the background, what summaries show. Of several servers one does
// it at a time. It reads in pages, each a transaction of its own: what it counted is
// not of one moment.
type Rollup struct {
	Directory *Directory
	// Holder names this process, unlike any other.
	Holder string
	// Pause is how long it rests after each page, so that requests go before it.
	Pause time.Duration
}

// rollupState is where the rollup stands. Each place is advanced in the transaction
// that adds what was read up to it, so that nothing counts twice.
type rollupState struct {
	Finished time.Time // the last time
	Record   string    // the last record of the audit
	Session  chime.Session
	Delivery chime.Delivery
}

// rollupRun is one run of a Rollup, which holds the job.
type rollupRun struct {
	Rollup
	d     *Directory
	state rollupState
	held  time.Time // when it said last that it is at work
}

// errNotHeld says that another server is at it.
var errNotHeld = errors.New("another server does the rollup")

// Run counts everything, unless another server is at it or did so within RollupPeriod,
// and returns of how many accounts.
func (r Rollup) Run(ctx context.Context) (accounts int, err error) {
	run := &rollupRun{Rollup: r, d: r.Directory}
	due, err := run.begin(ctx)
	if err == nil && due {
		accounts, err = run.all(ctx)
	}
	if errors.Is(err, errNotHeld) { // or this one was slow, and another has taken over
		return accounts, nil
	}
	return accounts, err
}

// begin takes the job, if it is due and nobody is at it.
func (r *rollupRun) begin(ctx context.Context) (due bool, err error) {
	err = r.d.Store.Update(ctx, func(tx chime.Tx) error {
		due = false
		job, err := tx.Job(ctx, rollupJob)
		if err != nil {
			return err
		}
		now := r.d.Now()
		r.state = rollupState{}
		if job != nil {
			if job.Holder != r.Holder && now.Before(job.Until) {
				return errNotHeld
			}
			if err := json.Unmarshal(job.State, &r.state); err != nil {
				return fmt.Errorf("reading where the rollup stands: %w", err)
			}
		}
		if due = now.Sub(r.state.Finished) >= RollupPeriod; !due {
			return nil
		}
		return r.hold(ctx, tx, now, r.state)
	})
	return due, err
}

func (r *rollupRun) all(ctx context.Context) (accounts int, err error) {
	if accounts, err = r.countMembers(ctx); err != nil {
		return accounts, err
	}
	for what, add := range map[string]addPage{
		"suspensions": r.suspensions, "sign-ins": r.signIns, "confirmations": r.confirmations,
	} {
		if err := r.addPages(ctx, add); err != nil {
			return accounts, fmt.Errorf("adding up %s: %w", what, err)
		}
	}
	done := r.state
	done.Finished = r.d.Now()
	return accounts, r.update(ctx, done, func(chime.Tx) error { return nil })
}

// update runs fn in the transaction in which the run reaches the state next.
func (r *rollupRun) update(ctx context.Context, next rollupState, fn func(chime.Tx) error) error {
	err := r.d.Store.Update(ctx, func(tx chime.Tx) error {
		job, err := tx.Job(ctx, rollupJob)
		if err != nil {
			return err
		}
		if job == nil || job.Holder != r.Holder {
			return errNotHeld
		}
		if err := fn(tx); err != nil {
			return err
		}
		return r.hold(ctx, tx, r.d.Now(), next)
	})
	if err == nil {
		r.state = next
	}
	return err
}

// hold says that this process is at work, and how far it is.
func (r *rollupRun) hold(ctx context.Context, tx chime.Tx, now time.Time, state rollupState) error {
	text, err := json.Marshal(state)
	if err != nil {
		return fmt.Errorf("writing where the rollup stands: %w", err)
	}
	r.held = now
	return tx.PutJob(ctx, chime.Job{Name: rollupJob, Holder: r.Holder, Until: now.Add(rollupLease), State: text})
}

// rest lets requests go before, and says now and then that the run goes on.
func (r *rollupRun) rest(ctx context.Context) error {
	if r.d.Now().Sub(r.held) > rollupLease/4 {
		if err := r.update(ctx, r.state, func(chime.Tx) error { return nil }); err != nil {
			return err
		}
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(r.Pause):
		return nil
	}
}

// counted adds up members who stand alike.
type counted map[chime.MemberCount]int64

func (c counted) add(counts []chime.MemberCount) {
	for _, n := range counts {
		c[chime.MemberCount{Status: n.Status, License: n.License}] += n.Users
	}
}

func (c counted) list() []chime.MemberCount {
	list := make([]chime.MemberCount, 0, len(c))
	for key, users := range c {
		key.Users = users
		list = append(list, key)
	}
	slices.SortFunc(list, func(a, b chime.MemberCount) int {
		return cmp.Or(cmp.Compare(a.Status, b.Status), cmp.Compare(a.License, b.License))
	})
	return list
}

// tenantCount is what was counted of a tenant so far.
type tenantCount struct {
	accounts int64
	members  counted
}

// countMembers counts the members of all active accounts.
func (r *rollupRun) countMembers(ctx context.Context) (accounts int, err error) {
	tenants := map[chime.TenantID]*tenantCount{}
	for after := chime.AccountID(""); ; {
		var page []chime.Account
		err := r.d.Store.View(ctx, func(tx chime.Tx) (err error) {
			page, err = tx.ScanAccounts(ctx, "", after, jobPage)
			return err
		})
		if err != nil {
			return accounts, fmt.Errorf("looking for accounts to count: %w", err)
		}
		if len(page) == 0 {
			return accounts, r.putTenants(ctx, tenants)
		}
		after = page[len(page)-1].ID
		summaries := make([]chime.AccountSummary, 0, len(page))
		for _, account := range page {
			of := tenants[account.Tenant]
			if of == nil {
				of = &tenantCount{members: counted{}}
				tenants[account.Tenant] = of
			}
			if account.Status != chime.AccountActive {
				continue
			}
			s, err := r.countAccount(ctx, account.ID)
			if err != nil {
				return accounts, fmt.Errorf("counting the members of account %s: %w", account.ID, err)
			}
			of.accounts++
			of.members.add(s.Counts)
			summaries = append(summaries, s)
		}
		accounts += len(summaries)
		if err := r.putAccounts(ctx, summaries); err != nil {
			return accounts, err
		}
	}
}

// countAccount counts the members of an account.
func (r *rollupRun) countAccount(ctx context.Context, id chime.AccountID) (chime.AccountSummary, error) {
	members := counted{}
	for after, more := chime.UserID(""), true; more; {
		err := r.d.Store.Peek(ctx, func(tx chime.Tx) error {
			counts, last, read, err := tx.CountMembers(ctx, id, after, rollupPage)
			if err == nil {
				members.add(counts)
				after, more = last, read == rollupPage
			}
			return err
		})
		if err == nil && more {
			err = r.rest(ctx)
		}
		if err != nil {
			return chime.AccountSummary{}, err
		}
	}
	return chime.AccountSummary{Account: id, Computed: r.d.Now(), Counts: members.list()}, nil
}

func (r *rollupRun) putAccounts(ctx context.Context, summaries []chime.AccountSummary) error {
	err := r.update(ctx, r.state, func(tx chime.Tx) error { return tx.PutAccountSummaries(ctx, summaries...) })
	if err != nil {
		return fmt.Errorf("keeping what was counted in accounts: %w", err)
	}
	return r.rest(ctx)
}

// putTenants keeps what was counted of tenants.
func (r *rollupRun) putTenants(ctx context.Context, tenants map[chime.TenantID]*tenantCount) error {
	for some := range slices.Chunk(slices.Sorted(maps.Keys(tenants)), jobPage) {
		err := r.update(ctx, r.state, func(tx chime.Tx) error {
			for _, tenant := range some {
				s, err := summaryOf(ctx, tx, tenant)
				if err != nil {
					return err
				}
				n := tenants[tenant]
				s.Computed, s.Accounts, s.Counts = r.d.Now(), n.accounts, n.members.list()
				if err := tx.PutTenantSummaries(ctx, s); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("keeping what was counted in tenants: %w", err)
		}
	}
	return nil
}

func summaryOf(ctx context.Context, tx chime.Tx, tenant chime.TenantID) (chime.TenantSummary, error) {
	s, err := tx.TenantSummary(ctx, tenant)
	if err != nil || s == nil {
		return chime.TenantSummary{Tenant: tenant}, err
	}
	return *s, nil
}
