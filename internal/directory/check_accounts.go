package directory

import (
	"context"
	"fmt"
	"slices"

	"github.com/carillon-id/carillon/internal/chime"
)

func (c *checking) checkAccounts(ctx context.Context, page []chime.Account) (findings []chime.Finding, err error) {
	claims := make([]claim, 0, len(page))
	for _, a := range page {
		object := "account " + string(a.ID)
		if problem := invalidAccount(a); problem != "" {
			findings = append(findings, chime.Finding{Kind: chime.FoundConstraint, Object: object, Problem: problem, Remedy: fromBackup})
		}
		claims = append(claims, accountClaim(object, a))
	}
	unrecorded, err := c.checkRecords(ctx, claims)
	return append(findings, unrecorded...), err
}

// invalidAccount says what of an account no operation would have written.
func invalidAccount(a chime.Account) string {
	switch {
	case a.Tenant == "":
		return "it has no tenant"
	case !slices.Contains(chime.AccountTypes(), a.Type):
		return fmt.Sprintf("%q is no account type", a.Type)
	case !oneOf(a.Status, chime.AccountActive, chime.AccountSuspended):
		return fmt.Sprintf("%q is no account status", a.Status)
	case (a.Status == chime.AccountSuspended) == a.Deleted.IsZero():
		return fmt.Sprintf("it is %s, and its time of deletion says otherwise", a.Status)
	}
	return ""
}

// administrators checks the roles that count.
func (c *checking) administrators(ctx context.Context) error {
	return checkPages(ctx, c, "administrators", func(last *chime.Administrator) ([]chime.Administrator, error) {
		var after chime.Administrator
		if last != nil {
			after = *last
		}
		return c.tx.ScanAdministrators(ctx, after, checkPage)
	}, func(ctx context.Context, page []chime.Administrator) ([]chime.Finding, error) {
		held, err := roleHolders(ctx, c.tx, page)
		claims := make([]claim, 0, len(held))
		for _, a := range held {
			claims = append(claims, administratorClaim(fmt.Sprintf("the role of member %s of account %s", a.User, a.Account), a.Administrator))
		}
		if err != nil {
			return nil, err
		}
		return c.checkRecords(ctx, claims)
	})
}

// administration checks principals and their keys, which are few.
func (c *checking) administration(ctx context.Context) error {
	principals, err := c.tx.ListPrincipals(ctx, "")
	if err != nil {
		return fmt.Errorf("reading principals: %w", err)
	}
	keys, err := c.tx.ListAccessKeys(ctx, "")
	if err != nil {
		return fmt.Errorf("reading access keys: %w", err)
	}
	type name struct {
		tenant chime.TenantID
		name   string
	}
	known := make(map[name]bool, len(principals))
	var findings []chime.Finding
	var claims []claim
	for _, p := range principals {
		known[name{p.Tenant, p.Name}] = true
		claims = append(claims, principalClaim(fmt.Sprintf("principal %s of tenant %s", p.Name, p.Tenant), p))
	}
	for _, k := range keys {
		object := "access key " + k.ID
		if !known[name{k.Tenant, k.Principal}] {
			findings = append(findings, chime.Finding{
				Kind: chime.FoundOrphan, Object: object, Problem: fmt.Sprintf("there is no principal %s in tenant %s", k.Principal, k.Tenant),
				Remedy: "Delete it: `carillon keys delete " + k.ID + "`.",
			})
		}
		claims = append(claims, keyClaim(object, k))
	}
	unrecorded, err := c.checkRecords(ctx, claims)
	if err != nil {
		return err
	}
	for _, f := range append(findings, unrecorded...) {
		if err := c.report(f); err != nil {
			return err
		}
	}
	return nil
}
