package directory

import (
	"context"
	"time"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
)

// Retention is how long a deleted account can be restored (DeleteAccount).
const Retention = 90 * 24 * time.Hour

// jobPage is how many accounts a job reads at a time.
const jobPage = 200

// ListDeletedAccounts returns a page of the tenant's deleted accounts whose name
// begins with the prefix, ordered by id, and the token of the next page, "" after
// the last.
func (d *Directory) ListDeletedAccounts(ctx context.Context, namePrefix string, p Page) (accounts []chime.Account, next string, err error) {
	c := call{operation: "ListDeletedAccounts", params: audit.Values{}}
	if namePrefix != "" {
		c.with("name", namePrefix)
	}
	err = d.read(ctx, c, func(caller iam.Caller, tx chime.Tx) error {
		bound := bindToken("ListDeletedAccounts", string(caller.Tenant), namePrefix)
		after, limit, err := d.position(bound, p)
		if err != nil {
			return err
		}
		accounts, err = tx.ListAccounts(ctx, chime.AccountQuery{
			Tenant: caller.Tenant, Status: chime.AccountSuspended, NamePrefix: namePrefix, After: chime.AccountID(after), Limit: limit + 1,
		})
		accounts, next = cutPage(d, bound, accounts, limit, accountID)
		return err
	})
	return accounts, next, err
}

// RestoreAccount makes a deleted account active again, while its Retention lasts.
func (d *Directory) RestoreAccount(ctx context.Context, id chime.AccountID) (account chime.Account, err error) {
	err = d.write(ctx, on("RestoreAccount", id), func(caller iam.Caller, tx chime.Tx, c *call) error {
		account, err = d.deleted(ctx, caller, tx, id)
		if err != nil {
			return err
		}
		if retained := account.Deleted.Add(Retention); !c.now.Before(retained) {
			return chime.Errorf(chime.Unprocessable, "Account %s could be restored until %s.", id, retained.UTC().Format(time.RFC3339))
		}
		account.Status, account.Deleted = chime.AccountActive, time.Time{}
		return tx.PutAccounts(ctx, account)
	})
	return account, err
}

// PurgeAccount removes a deleted account for good. Its audit stays. Those who were
// suspended in a domain of it are blocked no longer; when they are many, that takes
// several transactions, with a record each.
func (d *Directory) PurgeAccount(ctx context.Context, id chime.AccountID) error {
	for more := true; more; {
		err := d.write(ctx, on("PurgeAccount", id), func(caller iam.Caller, tx chime.Tx, c *call) error {
			account, err := d.deleted(ctx, caller, tx, id)
			if err != nil {
				return err
			}
			if more, err = d.unblockSome(ctx, tx, c); more || err != nil {
				return err
			}
			return tx.PurgeAccount(ctx, account.Tenant, id)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// unblockSome frees some of those whom a deleted account still holds, and reports
// whether there are more. Whoever they were, they register anew.
func (d *Directory) unblockSome(ctx context.Context, tx chime.Tx, c *call) (more bool, err error) {
	members, err := tx.ListMembers(ctx, chime.MemberQuery{Account: c.account, Limit: releasePage})
	if err != nil || len(members) == 0 {
		return false, err
	}
	var out released
	for _, m := range members {
		out.add(m, d)
	}
	c.response, c.signedOut = out.response(), out.ended
	return len(members) == releasePage, putReleased(ctx, tx, c.account, out)
}

// deleted reads an account that was deleted and not purged.
func (d *Directory) deleted(ctx context.Context, caller iam.Caller, tx chime.Tx, id chime.AccountID) (chime.Account, error) {
	account, err := tx.Account(ctx, id)
	switch {
	case err != nil:
		return chime.Account{}, err
	case account == nil || account.Tenant != caller.Tenant:
		return chime.Account{}, notFoundAccount(id)
	case account.Status == chime.AccountActive:
		return chime.Account{}, chime.Errorf(chime.Unprocessable, "Account %s is not deleted.", id)
	}
	return *account, nil
}

// PurgeExpired purges the accounts of every tenant whose Retention is over, one
// transaction an account, and returns how many. The context's caller is not
// asked: the job acts for the operator, as local:carillon.
func (d *Directory) PurgeExpired(ctx context.Context) (purged int, err error) {
	var tenants []chime.TenantID
	err = d.Store.View(ctx, func(tx chime.Tx) error {
		tenants, err = tx.ListTenants(ctx)
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, tenant := range tenants {
		n, err := d.purgeExpired(iam.WithCaller(ctx, server(tenant)))
		purged += n
		if err != nil {
			return purged, err
		}
	}
	return purged, nil
}

func (d *Directory) purgeExpired(ctx context.Context) (purged int, err error) {
	for page := (Page{Limit: MaxPage}); ; {
		accounts, next, err := d.ListDeletedAccounts(ctx, "", page)
		if err != nil {
			return purged, err
		}
		for _, account := range accounts {
			if d.Now().Before(account.Deleted.Add(Retention)) {
				continue
			}
			switch err := d.PurgeAccount(ctx, account.ID); chime.CodeOf(err) {
			case "":
				purged++
			case chime.NotFound, chime.Unprocessable: // purged or restored by somebody else in between
			default:
				return purged, err
			}
		}
		if page.Token = next; next == "" {
			return purged, nil
		}
	}
}

// TenantOf returns the tenant that an account belongs to, deleted accounts
// included. Only the command line may ask: everybody else is in one tenant.
func (d *Directory) TenantOf(ctx context.Context, id chime.AccountID) (tenant chime.TenantID, err error) {
	if caller, _ := iam.CallerFrom(ctx); !caller.Local {
		return "", chime.Errorf(chime.Forbidden, "Only the command line may look across tenants.")
	}
	err = d.Store.View(ctx, func(tx chime.Tx) error {
		account, err := tx.Account(ctx, id)
		if err != nil {
			return err
		}
		if account == nil {
			return notFoundAccount(id)
		}
		tenant = account.Tenant
		return nil
	})
	return tenant, err
}
