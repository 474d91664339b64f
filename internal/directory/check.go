package directory

import (
	"context"
	"fmt"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
)

// checkPage is how many records a check reads at a time.
const checkPage = 1000

// What an operator can do about what a check finds.
const (
	fromBackup = "Restore the last backup in which `carillon check` finds nothing."
	rebuild    = "Restore the last backup in which `carillon check` finds nothing; or write the directory out with `carillon export` and import that into an empty database, which gives addresses and PINs out anew."
	askWho     = "Find out what else than carillon writes to the database, or take it for tampered with. "
)

// Check looks at everything in the directory, in one snapshot, and reports what is
// not as it must be: values that no operation leaves, things that belong to what
// is not there, and states that the audit does not account for, whether because
// there is no record of the transaction that made them, or because that record
// says something else. An error of report ends the check.
//
// It takes a bounded amount of memory. Progress, which may be nil, is told how many
// of all rows were looked at. It returns how many there are of each kind (chime.
// Contents). Only the command line may check.
func (d *Directory) Check(ctx context.Context, progress func(done, total int64), report func(chime.Finding) error) (checked map[string]int64, err error) {
	if caller, ok := iam.CallerFrom(ctx); !ok || !caller.Local {
		return nil, chime.Errorf(chime.Forbidden, "Only the command line may check the directory.")
	}
	err = d.Store.View(ctx, func(tx chime.Tx) error {
		c := checking{tx: tx, progress: progress, report: report}
		err := c.run(ctx)
		checked = c.counts
		return err
	})
	return checked, err
}

// checking is a check in progress.
type checking struct {
	tx       chime.Tx
	progress func(done, total int64)
	report   func(chime.Finding) error

	counts      map[string]int64
	done, total int64
	// homes are members who are where their person is, settled people who are in an
	// account, and held PINs that are their person's. When there are as many homes as
	// settled people, nobody need be looked for from the other side; nor a PIN.
	homes, settled, held int64
}

func (c *checking) run(ctx context.Context) error {
	var err error
	if c.counts, err = c.tx.Counts(ctx); err != nil {
		return fmt.Errorf("counting what there is to check: %w", err)
	}
	for _, kind := range []string{"accounts", "members", "former_members", "people", "addresses", "pins", "administrators"} {
		c.total += c.counts[kind]
	}
	if err := c.tx.Inspect(ctx, c.report); err != nil {
		return fmt.Errorf("inspecting the database: %w", err)
	}
	for _, part := range []func(context.Context) error{
		c.accounts, c.members, c.formerMembers, c.people, c.addresses, c.pins, c.administrators, c.administration,
	} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}

// checkPages checks a list page by page.
func checkPages[T any](ctx context.Context, c *checking, what string, read func(last *T) ([]T, error), check func(context.Context, []T) ([]chime.Finding, error)) error {
	var last *T
	for {
		page, err := read(last)
		if err != nil {
			return fmt.Errorf("reading %s: %w", what, err)
		}
		if len(page) == 0 {
			return nil
		}
		findings, err := check(ctx, page)
		if err != nil {
			return fmt.Errorf("checking %s: %w", what, err)
		}
		for _, f := range findings {
			if err := c.report(f); err != nil {
				return err
			}
		}
		c.done += int64(len(page))
		if c.progress != nil {
			c.progress(min(c.done, c.total), c.total)
		}
		last = &page[len(page)-1]
	}
}

func (c *checking) accounts(ctx context.Context) error {
	return checkPages(ctx, c, "accounts", func(last *chime.Account) ([]chime.Account, error) {
		var after chime.AccountID
		if last != nil {
			after = last.ID
		}
		return c.tx.ScanAccounts(ctx, "", after, checkPage)
	}, c.checkAccounts)
}

func (c *checking) members(ctx context.Context) error {
	return checkPages(ctx, c, "members", func(last *chime.Member) ([]chime.Member, error) {
		var after chime.MemberKey
		if last != nil {
			after = last.Key()
		}
		return c.tx.ScanMembers(ctx, after, checkPage)
	}, c.checkMembers)
}

func (c *checking) formerMembers(ctx context.Context) error {
	return checkPages(ctx, c, "former members", func(last *chime.FormerMember) ([]chime.FormerMember, error) {
		var after chime.MemberKey
		if last != nil {
			after = last.Key()
		}
		return c.tx.ScanFormerMembers(ctx, after, checkPage)
	}, c.checkFormerMembers)
}

func (c *checking) people(ctx context.Context) error {
	read := func(last *chime.Person) ([]chime.Person, error) {
		var after chime.UserID
		if last != nil {
			after = last.ID
		}
		return c.tx.ScanPeople(ctx, after, checkPage)
	}
	if err := checkPages(ctx, c, "people", read, c.checkPeople); err != nil || c.homes == c.settled {
		return err
	}
	return checkPages(ctx, c, "people", read, c.checkHomes)
}

func (c *checking) addresses(ctx context.Context) error {
	return checkPages(ctx, c, "addresses", func(last *chime.Holding) ([]chime.Holding, error) {
		return c.tx.ScanAddresses(ctx, keyOf(last), checkPage)
	}, c.checkAddresses)
}

func (c *checking) pins(ctx context.Context) error {
	if c.held == c.counts["pins"] {
		return nil
	}
	return checkPages(ctx, c, "PINs", func(last *chime.Holding) ([]chime.Holding, error) {
		return c.tx.ScanPINs(ctx, keyOf(last), checkPage)
	}, c.checkPINs)
}

func keyOf(h *chime.Holding) string {
	if h == nil {
		return ""
	}
	return h.Key
}
