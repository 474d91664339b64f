package sqlstore

import (
	"context"
	"slices"

	"github.com/carillon-id/carillon/internal/chime"
)

var (
	claims = newKind(newTable("domains", 1, "domain account_id"), claimRow, sure(readClaim))

	accountDomains = newKind(newTable("account_domains", 2, "account_id domain status challenge added verified"),
		domainRow, sure(readDomain))
)

func claimRow(c chime.DomainClaim) ([]any, error) { return []any{c.Name, string(c.Account)}, nil }

func readClaim(r Row) chime.DomainClaim {
	return chime.DomainClaim{Name: r.Text(0), Account: chime.AccountID(r.Text(1))}
}

func domainRow(d chime.Domain) ([]any, error) {
	return []any{string(d.Account), d.Name, string(d.Status), d.Challenge, micros(d.Added), micros(d.Verified)}, nil
}

func readDomain(r Row) chime.Domain {
	return chime.Domain{
		Account: chime.AccountID(r.Text(0)), Name: r.Text(1), Status: chime.DomainStatus(r.Text(2)), Challenge: r.Text(3),
		Added: fromMicros(r.Int(4)), Verified: fromMicros(r.Int(5)),
	}
}

// Claims implements chime.Domains.
func (t tx) Claims(ctx context.Context, names []string) (map[string]chime.AccountID, error) {
	found := make(map[string]chime.AccountID, len(names))
	return found, t.conn.QueryAll(ctx, claimQueries(names, found)...)
}

// claimQueries find who has verified domains.
func claimQueries(names []string, found map[string]chime.AccountID) (queries []Query) {
	for some := range slices.Chunk(names, maxRows) {
		list, args := in(1, some, nil)
		queries = append(queries, Query{"SELECT domain, account_id FROM domains WHERE domain IN " + list, args, func(r Row) error {
			c := readClaim(r)
			found[c.Name] = c.Account
			return nil
		}})
	}
	return queries
}

// Claim implements chime.Domains.
func (t tx) Claim(ctx context.Context, name string, account chime.AccountID) error {
	return t.insert(ctx, claims.table, [][]any{{name, string(account)}}, "")
}

// Unclaim implements chime.Domains.
func (t tx) Unclaim(ctx context.Context, name string) error {
	return t.remove(ctx, claims.table, name)
}

// Domain implements chime.Domains.
func (t tx) Domain(ctx context.Context, account chime.AccountID, name string) (*chime.Domain, error) {
	return accountDomains.get(ctx, t, string(account), name)
}

// ListDomains implements chime.Domains.
func (t tx) ListDomains(ctx context.Context, account chime.AccountID) ([]chime.Domain, error) {
	return accountDomains.list(ctx, t, "WHERE account_id = $1 ORDER BY domain", string(account))
}

// PutDomain implements chime.Domains.
func (t tx) PutDomain(ctx context.Context, domain chime.Domain) error {
	return accountDomains.put(ctx, t, domain)
}

// DeleteDomain implements chime.Domains.
func (t tx) DeleteDomain(ctx context.Context, account chime.AccountID, name string) error {
	return t.remove(ctx, accountDomains.table, string(account), name)
}

// purgeDomains removes the domains of an account, and its claims.
func (t tx) purgeDomains(ctx context.Context, account chime.AccountID) error {
	domains, err := t.ListDomains(ctx, account)
	if err != nil {
		return err
	}
	for _, d := range domains {
		if err := t.conn.Exec(ctx, "DELETE FROM domains WHERE domain = $1 AND account_id = $2", d.Name, string(account)); err != nil {
			return err
		}
	}
	return t.conn.Exec(ctx, "DELETE FROM account_domains WHERE account_id = $1", string(account))
}
