package directory

import (
	"context"
	"slices"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
)

// releasePage is how many members one transaction of a release looks at.
const releasePage = 200

// DeleteDomain removes an account's domain. Nobody joins by it any more from the
// moment of the commit; then those of its members who are Registered with an
// address in it are released, page by page: signed out everywhere, and free to
// register anew. Who is Suspended stays so. With its last domain an account is a
// Team again. An interrupted release goes on by itself (ReleaseDomains), or when
// the domain is deleted again.
func (d *Directory) DeleteDomain(ctx context.Context, id chime.AccountID, name string) error {
	name, err := DomainName(name)
	if err != nil {
		return err
	}
	var domain chime.Domain
	err = d.write(ctx, on("DeleteDomain", id).with("domainName", name), func(caller iam.Caller, tx chime.Tx, c *call) error {
		if domain, err = d.domain(ctx, caller, tx, id, name); err != nil {
			return err
		}
		switch domain.Status {
		case chime.DomainPending:
			return tx.DeleteDomain(ctx, id, name)
		case chime.DomainReleasing:
			return nil
		}
		domain.Status = chime.DomainReleasing
		if err := tx.Unclaim(ctx, name); err != nil {
			return err
		}
		if err := tx.PutDomain(ctx, domain); err != nil {
			return err
		}
		return d.withoutDomain(ctx, tx, domain, c)
	})
	if err != nil || domain.Status != chime.DomainReleasing {
		return err
	}
	return d.release(ctx, domain)
}

// withoutDomain notes that an account has given a domain up. With its last one it
// is a Team again.
func (d *Directory) withoutDomain(ctx context.Context, tx chime.Tx, domain chime.Domain, c *call) error {
	domains, err := tx.ListDomains(ctx, domain.Account)
	if err != nil {
		return err
	}
	account, err := tx.Account(ctx, domain.Account)
	if err != nil {
		return err
	}
	account.ReleasedDomains = append(otherDomains(*account, domain.Name), domain.Name)
	verified := func(other chime.Domain) bool { return other.Status == chime.DomainVerified }
	if !slices.ContainsFunc(domains, verified) {
		account.Type = chime.Team
		c.response = audit.Values{"account": audit.Values{"accountId": account.ID, "accountType": account.Type}}
		if err := tx.DeleteProvider(ctx, account.ID); err != nil {
			return err
		}
	}
	return tx.PutAccounts(ctx, *account)
}

// otherDomains are the domains that the account has given up, but for the one.
func otherDomains(account chime.Account, name string) []string {
	return slices.DeleteFunc(slices.Clone(account.ReleasedDomains), func(other string) bool { return other == name })
}

// beyondReach reports somebody whom the account suspended, and whose domain it has
// given up since: they are beyond its reach until it verifies the domain again.
func beyondReach(account chime.Account, m chime.Member) bool {
	return m.Status == chime.Suspended && slices.Contains(account.ReleasedDomains, domainOf(m.Email))
}

// release lets the members of a domain go, and then forgets the domain.
func (d *Directory) release(ctx context.Context, domain chime.Domain) error {
	for after, more := chime.UserID(""), true; more; {
		var err error
		if after, more, err = d.releaseSome(ctx, domain, after); err != nil {
			return err
		}
	}
	return d.Store.Update(ctx, func(tx chime.Tx) error {
		current, err := tx.Domain(ctx, domain.Account, domain.Name)
		if err != nil || current == nil || current.Status != chime.DomainReleasing {
			return err
		}
		return tx.DeleteDomain(ctx, domain.Account, domain.Name)
	})
}

// releaseSome releases those of a page of members whom the domain brought, and
// returns where the next page begins.
func (d *Directory) releaseSome(ctx context.Context, domain chime.Domain, after chime.UserID) (last chime.UserID, more bool, err error) {
	var events []chime.Event
	err = d.Store.Update(ctx, func(tx chime.Tx) error {
		events, more = nil, false
		members, err := tx.ListMembers(ctx, chime.MemberQuery{Account: domain.Account, After: after, Limit: releasePage})
		if err != nil || len(members) == 0 {
			return err
		}
		last, more = members[len(members)-1].User, len(members) == releasePage
		var out released
		for _, m := range members {
			if m.Status == chime.Registered && domainOf(m.Email) == domain.Name {
				out.add(m, d)
			}
		}
		if len(out.users) == 0 {
			return nil
		}
		events, err = d.recordRelease(ctx, tx, domain, out)
		return err
	})
	if err == nil {
		d.Wake(events...)
	}
	return last, more, err
}

// recordRelease writes a part of a release, with a record of its own: of whoever
// deleted the domain, or of the server that went on with it.
func (d *Directory) recordRelease(ctx context.Context, tx chime.Tx, domain chime.Domain, out released) (events []chime.Event, err error) {
	id, err := audit.NewID()
	if err != nil {
		return nil, err
	}
	if err := putReleased(ctx, recorded(tx, id), domain.Account, out); err != nil {
		return nil, err
	}
	now := d.Now()
	if err := appendEvent(ctx, tx, &events, chime.SignedOut, domain.Account, now, out.ended); err != nil {
		return nil, err
	}
	caller, _ := iam.CallerFrom(ctx)
	return events, appendRecord(ctx, tx, now, audit.Event{
		ID: id, Operation: "ReleaseDomain", Identity: identity(caller), Tenant: caller.Tenant, Account: domain.Account,
		Params: audit.Values{"accountId": domain.Account, "domainName": domain.Name}, Response: out.response(),
	})
}

// released collects what a release changes.
type released struct {
	users  []chime.UserID
	people []chime.Person
	pins   []string
	ended  []chime.EventPerson
}

// add takes the member's data from them: whoever was released registers anew.
func (r *released) add(m chime.Member, d *Directory) {
	r.users = append(r.users, m.User)
	r.people = append(r.people, chime.Person{ID: m.User, Email: m.Email, Signout: m.Signout.Raise(d.Now())})
	r.ended = append(r.ended, chime.EventPerson{User: m.User, Epoch: m.Signout.Epoch})
	if m.PIN != "" {
		r.pins = append(r.pins, m.PIN)
	}
}

// response names them in the record.
func (r *released) response() audit.Values { return audit.Values{"releasedUserIdList": r.users} }

// putReleased writes a release.
func putReleased(ctx context.Context, tx chime.Tx, account chime.AccountID, out released) error {
	if err := tx.DeleteMembers(ctx, account, out.users); err != nil {
		return err
	}
	if err := keepIdentities(ctx, tx, out.people); err != nil {
		return err
	}
	for i := range out.people {
		out.people[i].Identity++
	}
	if err := tx.PutPeople(ctx, out.people...); err != nil {
		return err
	}
	return tx.ReleasePINs(ctx, out.pins)
}

// keepIdentities completes people who are about to be written with the Identity
// that they have.
func keepIdentities(ctx context.Context, tx chime.Tx, people []chime.Person) error {
	ids := make([]chime.UserID, 0, len(people))
	for _, p := range people {
		ids = append(ids, p.ID)
	}
	known, err := tx.People(ctx, ids)
	identities := make(map[chime.UserID]int64, len(known))
	for _, p := range known {
		identities[p.ID] = p.Identity
	}
	for i := range people {
		people[i].Identity = identities[people[i].ID]
	}
	return err
}

// ReleaseDomains goes on with releases that were interrupted, of every tenant, and
// returns how many it finished. It is a job, and acts for the operator.
func (d *Directory) ReleaseDomains(ctx context.Context) (finished int, err error) {
	err = d.eachAccount(ctx, func(ctx context.Context, account chime.Account) error {
		var domains []chime.Domain
		err := d.Store.View(ctx, func(tx chime.Tx) (err error) {
			domains, err = tx.ListDomains(ctx, account.ID)
			return err
		})
		if err != nil {
			return err
		}
		for _, domain := range domains {
			if domain.Status != chime.DomainReleasing {
				continue
			}
			if err := d.release(ctx, domain); err != nil {
				return err
			}
			finished++
		}
		return nil
	})
	return finished, err
}

// eachAccount calls fn with every account, tenant by tenant.
func (d *Directory) eachAccount(ctx context.Context, fn func(context.Context, chime.Account) error) error {
	var tenants []chime.TenantID
	err := d.Store.View(ctx, func(tx chime.Tx) (err error) {
		tenants, err = tx.ListTenants(ctx)
		return err
	})
	for _, tenant := range tenants {
		for after, more := chime.AccountID(""), true; more && err == nil; {
			var accounts []chime.Account
			err = d.Store.View(ctx, func(tx chime.Tx) (err error) {
				accounts, err = tx.ScanAccounts(ctx, tenant, after, jobPage)
				return err
			})
			for _, account := range accounts {
				after = account.ID
				if err == nil {
					err = fn(iam.WithCaller(ctx, server(tenant)), account)
				}
			}
			more = len(accounts) == jobPage
		}
	}
	return err
}
