package transfer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/carillon-id/carillon/internal/chime"
)

// copyPage is how many rows a copy reads and writes at a time.
const copyPage = 1000

// ErrNotEmpty says that a copy was to go to a store that holds something.
var ErrNotEmpty = errors.New("is not empty")

// Copy copies everything that one store holds into another, which MUST be empty:
// accounts, members and former members, people, addresses and PINs, principals
// and access keys with their sealed secrets, the audit, settings, apps, and all
// that signing in keeps, so that whoever is signed in stays so. It returns how
// many rows there are of each kind.
//
// It is a copy of one moment: what is written to the first store meanwhile is not
// in it. It is one transaction of the second store, so that it is there whole, or
// not at all, and it takes a bounded amount of memory. Progress, which may be
// nil, is told how many of all rows are there. Before it commits, Copy compares
// what both stores hold, kind by kind.
func Copy(ctx context.Context, from, to chime.Store, progress func(done, total int64)) (counts map[string]int64, err error) {
	err = from.View(ctx, func(source chime.Tx) error {
		if counts, err = source.Counts(ctx); err != nil {
			return fmt.Errorf("counting what there is to copy: %w", err)
		}
		return to.Update(ctx, func(target chime.Tx) error {
			c := copying{from: source, to: target, progress: progress}
			for _, n := range counts {
				c.total += n
			}
			return c.run(ctx, counts)
		})
	})
	return counts, err
}

// copying is one attempt at a Copy.
type copying struct {
	from, to    chime.Tx
	progress    func(done, total int64)
	done, total int64
}

func (c *copying) run(ctx context.Context, want map[string]int64) error {
	there, err := c.to.Counts(ctx)
	if err != nil {
		return fmt.Errorf("looking whether the other database is empty: %w", err)
	}
	for _, kind := range slices.Sorted(maps.Keys(there)) {
		if there[kind] > 0 {
			return fmt.Errorf("the database to copy to %w: it has %d rows in %s", ErrNotEmpty, there[kind], kind)
		}
	}
	for _, part := range []func(context.Context) error{
		c.accounts, c.members, c.formerMembers, c.people, c.addresses, c.pins, c.principals, c.administrators, c.audit, c.settings,
		c.apps, c.signedIn, c.identities, c.domains, c.outbox,
	} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	got, err := c.to.Counts(ctx)
	if err != nil {
		return fmt.Errorf("counting what was copied: %w", err)
	}
	if !maps.Equal(got, want) {
		return fmt.Errorf("the copy differs: it has %v rows, of %v", got, want)
	}
	return nil
}

// pages copies a list page by page. Each row of it is so many rows of the store.
func pages[T any](c *copying, what string, rows int64, read func(last *T) ([]T, error), write func([]T) error) error {
	var last *T
	for {
		page, err := read(last)
		if err != nil {
			return fmt.Errorf("reading %s: %w", what, err)
		}
		if len(page) == 0 {
			return nil
		}
		if err := write(page); err != nil {
			return fmt.Errorf("writing %s: %w", what, err)
		}
		c.done += rows * int64(len(page))
		if c.progress != nil {
			c.progress(min(c.done, c.total), c.total)
		}
		last = &page[len(page)-1]
	}
}

func (c *copying) accounts(ctx context.Context) error {
	return pages(c, "accounts", 2, func(last *chime.Account) ([]chime.Account, error) {
		var after chime.AccountID
		if last != nil {
			after = last.ID
		}
		return c.from.ScanAccounts(ctx, "", after, copyPage)
	}, func(page []chime.Account) error { return c.to.PutAccounts(ctx, page...) })
}

func (c *copying) members(ctx context.Context) error {
	return pages(c, "members", 2, func(last *chime.Member) ([]chime.Member, error) {
		var after chime.MemberKey
		if last != nil {
			after = last.Key()
		}
		return c.from.ScanMembers(ctx, after, copyPage)
	}, func(page []chime.Member) error { return c.to.PutMembers(ctx, page...) })
}

func (c *copying) formerMembers(ctx context.Context) error {
	return pages(c, "former members", 1, func(last *chime.FormerMember) ([]chime.FormerMember, error) {
		var after chime.MemberKey
		if last != nil {
			after = last.Key()
		}
		return c.from.ScanFormerMembers(ctx, after, copyPage)
	}, func(page []chime.FormerMember) error { return c.to.PutFormerMembers(ctx, page...) })
}

func (c *copying) people(ctx context.Context) error {
	return pages(c, "people", 1, func(last *chime.Person) ([]chime.Person, error) {
		var after chime.UserID
		if last != nil {
			after = last.ID
		}
		return c.from.ScanPeople(ctx, after, copyPage)
	}, func(page []chime.Person) error { return c.to.PutPeople(ctx, page...) })
}

func (c *copying) addresses(ctx context.Context) error {
	return c.holdings("addresses",
		func(after string) ([]chime.Holding, error) { return c.from.ScanAddresses(ctx, after, copyPage) },
		func(holders map[string]chime.UserID) error { return c.to.ClaimAddresses(ctx, holders) })
}

func (c *copying) pins(ctx context.Context) error {
	return c.holdings("PINs",
		func(after string) ([]chime.Holding, error) { return c.from.ScanPINs(ctx, after, copyPage) },
		func(holders map[string]chime.UserID) error { return c.to.ClaimPINs(ctx, holders) })
}

func (c *copying) holdings(what string, scan func(after string) ([]chime.Holding, error), claim func(map[string]chime.UserID) error) error {
	return pages(c, what, 1, func(last *chime.Holding) ([]chime.Holding, error) {
		if last == nil {
			return scan("")
		}
		return scan(last.Key)
	}, func(page []chime.Holding) error {
		holders := make(map[string]chime.UserID, len(page))
		for _, h := range page {
			holders[h.Key] = h.User
		}
		return claim(holders)
	})
}

// principals copies principals and their keys, which are few.
func (c *copying) principals(ctx context.Context) error {
	principals, err := c.from.ListPrincipals(ctx, "")
	if err != nil {
		return fmt.Errorf("reading principals: %w", err)
	}
	for _, p := range principals {
		if err := c.to.PutPrincipal(ctx, p); err != nil {
			return fmt.Errorf("writing principals: %w", err)
		}
	}
	keys, err := c.from.ListAccessKeys(ctx, "")
	if err != nil {
		return fmt.Errorf("reading access keys: %w", err)
	}
	if err := c.to.PutAccessKeys(ctx, keys...); err != nil {
		return fmt.Errorf("writing access keys: %w", err)
	}
	c.done += int64(len(principals) + len(keys))
	return nil
}

func (c *copying) administrators(ctx context.Context) error {
	return pages(c, "administrators", 1, func(last *chime.Administrator) ([]chime.Administrator, error) {
		var after chime.Administrator
		if last != nil {
			after = *last
		}
		return c.from.ScanAdministrators(ctx, after, copyPage)
	}, func(page []chime.Administrator) error {
		for _, a := range page {
			if err := c.to.PutAdministrator(ctx, a); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *copying) audit(ctx context.Context) error {
	return pages(c, "the audit", 1, func(last *chime.AuditRecord) ([]chime.AuditRecord, error) {
		q := chime.AuditQuery{Limit: copyPage}
		if last != nil {
			q.AfterID = last.ID
		}
		return c.from.ListAudit(ctx, q)
	}, func(page []chime.AuditRecord) error { return c.to.AppendAudit(ctx, page...) })
}

func (c *copying) settings(ctx context.Context) error {
	return pages(c, "settings", 1, func(last *chime.StoredSetting) ([]chime.StoredSetting, error) {
		var after string
		if last != nil {
			after = last.Key
		}
		return c.from.ScanSettings(ctx, after, copyPage)
	}, func(page []chime.StoredSetting) error {
		for _, s := range page {
			if err := c.to.PutSetting(ctx, s.Key, s.Value); err != nil {
				return err
			}
		}
		return nil
	})
}
