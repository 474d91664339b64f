package directory

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
)

// restorePage is how many people are signed out at a time.
const restorePage = 1000

// Restored is what came back with a backup.
type Restored struct {
	// Members and People are how many were signed out. Everybody in an account counts
	// as both.
	Members, People int64
	Tenants         []chime.TenantID
	// Keys, by id and without their secrets, are what may work again that was deleted
	// or disabled since the backup was made; so are Principals, by tenant and name.
	Keys       []chime.AccessKey
	Principals []chime.Principal
	// Administrators, by tenant, account and user, are those who have their role again.
	Administrators []Administrator
}

// DeclareRestored is told that the database is that of a backup. It signs everybody
// out, by the epoch, so that no sign-in revives that was ended since: what people
// were issued afterwards is not known here, and what they were issued before must
// not live on. Logins in progress are over, and apps are told of the sign-outs of
// those who had sessions. It records that in every tenant, with the keys that came
// back. All of it is one transaction; repeating it signs everybody out again.
//
// It takes a bounded amount of memory, but for keys and principals. Progress, which
// may be nil, is told how many of all were signed out. Only the command line may.
func (d *Directory) DeclareRestored(ctx context.Context, backup string, progress func(done, total int64)) (r Restored, err error) {
	caller, ok := iam.CallerFrom(ctx)
	if !ok || !caller.Local {
		return r, chime.Errorf(chime.Forbidden, "Only the command line may restore the directory.")
	}
	var events []chime.Event
	err = d.Store.UpdateInPlace(ctx, func(tx chime.Tx) error {
		attempt := restoration{
			tx: tx, now: d.Now(), caller: caller, progress: progress,
			records: make(map[chime.TenantID]string), members: make(map[chime.TenantID]int64),
		}
		err := attempt.run(ctx, backup)
		r, events = attempt.Restored, attempt.events
		return err
	})
	if err == nil {
		d.Wake(events...)
	}
	return r, err
}

// restoration is one attempt to declare a directory restored.
type restoration struct {
	Restored

	tx       chime.Tx
	now      time.Time
	caller   iam.Caller
	progress func(done, total int64)
	done     int64
	total    int64
	home     chime.TenantID            // in whose record people are
	records  map[chime.TenantID]string // the ids of the tenants' records
	members  map[chime.TenantID]int64  // that were signed out
	events   []chime.Event
}

func (r *restoration) run(ctx context.Context, backup string) error {
	counts, err := r.tx.Counts(ctx)
	if err != nil {
		return fmt.Errorf("counting whom to sign out: %w", err)
	}
	r.total = counts["members"] + counts["people"]
	if err := r.findTenants(ctx); err != nil {
		return fmt.Errorf("looking for the tenants: %w", err)
	}
	if err := r.signOutMembers(ctx); err != nil {
		return fmt.Errorf("signing members out: %w", err)
	}
	if err := r.signOutPeople(ctx); err != nil {
		return fmt.Errorf("signing people out: %w", err)
	}
	if err := r.endLogins(ctx); err != nil {
		return fmt.Errorf("ending logins: %w", err)
	}
	return r.record(ctx, backup)
}

// findAdministrators finds the roles that count, which are few.
func (r *restoration) findAdministrators(ctx context.Context) error {
	var after chime.Administrator
	for {
		page, err := r.tx.ScanAdministrators(ctx, after, restorePage)
		if err != nil || len(page) == 0 {
			return err
		}
		held, err := roleHolders(ctx, r.tx, page)
		if err != nil {
			return err
		}
		r.Administrators, after = append(r.Administrators, held...), page[len(page)-1]
	}
}

// findTenants finds tenants, principals and keys, and gives each tenant the id of a
// record. People, who are of no tenant, are recorded in the caller's, if it is one.
func (r *restoration) findTenants(ctx context.Context) (err error) {
	if r.Tenants, err = r.tx.ListTenants(ctx); err != nil {
		return err
	}
	if r.Principals, err = r.tx.ListPrincipals(ctx, ""); err != nil {
		return err
	}
	for _, p := range r.Principals {
		r.Tenants = append(r.Tenants, p.Tenant)
	}
	slices.Sort(r.Tenants)
	r.Tenants = slices.Compact(r.Tenants)
	if r.home = r.caller.Tenant; !slices.Contains(r.Tenants, r.home) && len(r.Tenants) > 0 {
		r.home = r.Tenants[0]
	}
	for _, tenant := range append([]chime.TenantID{r.home}, r.Tenants...) {
		if r.records[tenant], err = audit.NewID(); err != nil {
			return err
		}
	}
	if err := r.findAdministrators(ctx); err != nil {
		return err
	}
	r.Keys, err = r.tx.ListAccessKeys(ctx, "")
	for i := range r.Keys {
		r.Keys[i].SealedSecret = nil
	}
	return err
}

// signOutMembers raises the epoch of all who registered. An invitation has none that
// counts.
func (r *restoration) signOutMembers(ctx context.Context) error {
	var after chime.MemberKey
	for {
		page, err := r.tx.ScanMembers(ctx, after, restorePage)
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1].Key()
		ids := make([]chime.AccountID, 0, len(page))
		for _, m := range page {
			ids = append(ids, m.Account)
		}
		accounts, err := r.tx.Accounts(ctx, distinct(ids))
		if err != nil {
			return err
		}
		tenants := make(map[chime.AccountID]chime.TenantID, len(accounts))
		for _, a := range accounts {
			tenants[a.ID] = a.Tenant
		}
		r.tell(int64(len(page)))
		page = slices.DeleteFunc(page, func(m chime.Member) bool { return m.Status == chime.Unregistered })
		ended := make([]signedOut, 0, len(page))
		for i, m := range page {
			ended = append(ended, signedOut{m.Account, chime.EventPerson{User: m.User, Epoch: m.Signout.Epoch}})
			tenant := cmp.Or(tenants[m.Account], r.home)
			page[i].Signout, page[i].Record = m.Signout.Raise(r.now), r.records[tenant]
			r.members[tenant]++
		}
		if err := r.tx.PutStandings(ctx, page...); err != nil {
			return err
		}
		if err := r.tellApps(ctx, ended); err != nil {
			return err
		}
		r.Members += int64(len(page))
	}
}

// signOutPeople raises the epoch of everybody: while they are in an account the
// membership's counts, and if that should be missing, theirs has to.
func (r *restoration) signOutPeople(ctx context.Context) error {
	var after chime.UserID
	for {
		page, err := r.tx.ScanPeople(ctx, after, restorePage)
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1].ID
		var ended []signedOut
		for i, p := range page {
			if p.Free() {
				ended = append(ended, signedOut{"", chime.EventPerson{User: p.ID, Epoch: p.Signout.Epoch}})
			}
			page[i].Signout, page[i].Record = p.Signout.Raise(r.now), r.records[r.home]
		}
		if err := r.tx.PutPeople(ctx, page...); err != nil {
			return err
		}
		if err := r.tellApps(ctx, ended); err != nil {
			return err
		}
		r.People += int64(len(page))
		r.tell(int64(len(page)))
	}
}

// signedOut is somebody who was signed out, and where.
type signedOut struct {
	account chime.AccountID
	person  chime.EventPerson
}

// tellApps adds to the outbox those who had part of a session, which few of all have:
// an event for each account of the page, which is in the order of accounts.
func (r *restoration) tellApps(ctx context.Context, page []signedOut) error {
	users := make([]chime.UserID, 0, len(page))
	for _, s := range page {
		users = append(users, s.person.User)
	}
	grants, err := r.tx.Grants(ctx, users)
	if err != nil {
		return err
	}
	had := make(map[chime.EventPerson]bool, len(grants))
	for _, g := range grants {
		had[chime.EventPerson{User: g.User, Epoch: g.Epoch}] = true
	}
	page = slices.DeleteFunc(page, func(s signedOut) bool { return !had[s.person] })
	for len(page) > 0 {
		var people []chime.EventPerson
		account := page[0].account
		for len(page) > 0 && page[0].account == account {
			people, page = append(people, page[0].person), page[1:]
		}
		if err := appendEvent(ctx, r.tx, &r.events, chime.SignedOut, account, r.now, people); err != nil {
			return err
		}
	}
	return nil
}

// endLogins ends logins in progress: one that was finished since would go on.
func (r *restoration) endLogins(ctx context.Context) error {
	for after := (chime.Login{}); ; {
		page, err := r.tx.ScanLogins(ctx, after, restorePage)
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1]
		for _, login := range page {
			if !login.Finished.IsZero() || !r.now.Before(login.Expires) {
				continue
			}
			login.Finished = r.now
			if err := r.tx.PutLogin(ctx, login); err != nil {
				return err
			}
		}
	}
}

func (r *restoration) tell(more int64) {
	r.done += more
	if r.progress != nil {
		r.progress(min(r.done, r.total), r.total)
	}
}

// record records the restoration in every tenant.
func (r *restoration) record(ctx context.Context, backup string) error {
	keys := make(map[chime.TenantID][]audit.Values)
	for _, k := range r.Keys {
		status := "Active"
		if k.Disabled {
			status = "Inactive"
		}
		keys[k.Tenant] = append(keys[k.Tenant], audit.Values{"accessKeyId": k.ID, "userName": k.Principal, "status": status})
	}
	for tenant, id := range r.records {
		err := appendRecord(ctx, r.tx, r.now, audit.Event{
			ID: id, Operation: opRestoreDirectory, Identity: identity(iam.LocalCaller(tenant, r.caller.Name)), Tenant: tenant,
			Params:   audit.Values{"backup": backup},
			Response: audit.Values{"membersSignedOut": r.members[tenant], "accessKeys": noLess(keys[tenant])},
		})
		if err != nil {
			return err
		}
	}
	return nil
}
