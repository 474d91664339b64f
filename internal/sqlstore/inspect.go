package sqlstore

import (
	"context"
	"fmt"
	"reflect"

	"github.com/carillon-id/carillon/internal/chime"
)

// What an operator can do about what is found here.
const (
	fromBackup = "Make a copy of the database as it is, look into the disk and the memory of the machine, and restore the last backup in which `carillon check` finds nothing."
	rebuild    = "Restore the last backup in which `carillon check` finds nothing; or write the directory out with `carillon export` and import that into an empty database, which makes such rows anew."
)

// Inspect implements chime.Contents: what the engine finds, and what this package
// keeps in two places.
func (t tx) Inspect(ctx context.Context, report func(chime.Finding) error) error {
	if i, ok := t.conn.Conn.(Inspector); ok {
		err := i.Inspect(ctx, func(problem string) error {
			return report(chime.Finding{Kind: chime.FoundDamage, Object: "the database", Problem: problem, Remedy: fromBackup})
		})
		if err != nil {
			return err
		}
	}
	for _, part := range []func(context.Context, func(chime.Finding) error) error{
		t.inspectHalves, t.inspectAccounts, t.inspectTenantAccounts,
	} {
		if err := part(ctx, report); err != nil {
			return err
		}
	}
	return nil
}

// inspectHalves looks for members of whom only one half is there.
func (t tx) inspectHalves(ctx context.Context, report func(chime.Finding) error) error {
	for _, half := range []struct{ has, lacks, problem string }{
		{"members", "member_profiles", "it has a standing and no profile"},
		{"member_profiles", "members", "it has a profile and no standing"},
	} {
		err := t.conn.Query(ctx, `SELECT h.account_id, h.user_id FROM `+half.has+` h WHERE NOT EXISTS
			(SELECT 1 FROM `+half.lacks+` o WHERE o.account_id = h.account_id AND o.user_id = h.user_id)`, nil, func(r Row) error {
			return report(chime.Finding{
				Kind: chime.FoundOrphan, Object: fmt.Sprintf("member %s of account %s", r.Text(1), r.Text(0)), Problem: half.problem, Remedy: rebuild,
			})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// inspectAccounts looks for accounts that their tenant lists otherwise, or not.
func (t tx) inspectAccounts(ctx context.Context, report func(chime.Finding) error) error {
	var after chime.AccountID
	for {
		page, err := t.ScanAccounts(ctx, "", after, scanPage)
		if err != nil || len(page) == 0 {
			return err
		}
		listed, err := t.listed(ctx, page)
		if err != nil {
			return err
		}
		for _, a := range page {
			after = a.ID
			as, ok := listed[a.ID]
			if a.Settings, a.ReleasedDomains, a.Record = (chime.AccountSettings{}), nil, ""; ok && reflect.DeepEqual(a, as) {
				continue
			}
			problem := "it is not in the list of tenant " + string(a.Tenant)
			if ok {
				problem = "the list of tenant " + string(a.Tenant) + " tells something else of it"
			}
			if err := report(chime.Finding{
				Kind: chime.FoundConstraint, Object: "account " + string(a.ID), Problem: problem,
				Remedy: "Write it anew: give it the name that it has, with `aws chime update-account`.",
			}); err != nil {
				return err
			}
		}
	}
}

// scanPage is how many rows are read at a time.
const scanPage = 1000

// listed returns those of the accounts that their tenants list, as they list them.
func (t tx) listed(ctx context.Context, accounts []chime.Account) (map[chime.AccountID]chime.Account, error) {
	byTenant := make(map[chime.TenantID][]chime.AccountID)
	for _, a := range accounts {
		byTenant[a.Tenant] = append(byTenant[a.Tenant], a.ID)
	}
	listed := make(map[chime.AccountID]chime.Account, len(accounts))
	for tenant, ids := range byTenant {
		err := chunks(ids, func(some []chime.AccountID) error {
			list, args := in(2, some, []any{string(tenant)})
			return t.conn.Query(ctx, "SELECT "+accountColumns+" FROM tenant_accounts a WHERE a.tenant_id = $1 AND a.account_id IN "+list, args,
				func(r Row) error {
					a, err := scanAccount(r)
					listed[a.ID] = a
					return err
				})
		})
		if err != nil {
			return nil, err
		}
	}
	return listed, nil
}

// inspectTenantAccounts looks for accounts that a tenant lists and that are not, or
// are another's.
func (t tx) inspectTenantAccounts(ctx context.Context, report func(chime.Finding) error) error {
	var tenant chime.TenantID
	var account chime.AccountID
	for {
		list, err := scan(ctx, t, accountColumns, "tenant_accounts a", []string{"a.tenant_id", "a.account_id"},
			[]any{string(tenant), string(account)}, scanPage, func(r Row) (chime.Account, error) {
				return chime.Account{ID: chime.AccountID(r.Text(0)), Tenant: chime.TenantID(r.Text(1))}, nil
			})
		if err != nil || len(list) == 0 {
			return err
		}
		ids := make([]chime.AccountID, 0, len(list))
		for _, a := range list {
			ids = append(ids, a.ID)
		}
		accounts, err := t.Accounts(ctx, ids)
		if err != nil {
			return err
		}
		owner := make(map[chime.AccountID]chime.TenantID, len(accounts))
		for _, a := range accounts {
			owner[a.ID] = a.Tenant
		}
		for _, a := range list {
			tenant, account = a.Tenant, a.ID
			if owner[a.ID] == a.Tenant {
				continue
			}
			if err := report(chime.Finding{
				Kind: chime.FoundOrphan, Object: "account " + string(a.ID), Remedy: rebuild,
				Problem: "tenant " + string(a.Tenant) + " lists it, and it is not there, or another's",
			}); err != nil {
				return err
			}
		}
	}
}
