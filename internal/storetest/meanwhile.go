package storetest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
)

// meanwhilePatience is how long a transaction that has read waits for another
// before it goes on. An engine that lets one write at a time has the other wait.
const meanwhilePatience = 50 * time.Millisecond

// meanwhile runs a transaction of the first store and, once it has read, one of the
// last. The first may run again; the other does not.
func meanwhile(t *testing.T, stores []chime.Store, first, other updater, fn func(tx chime.Tx, between func()) error, otherFn func(tx chime.Tx) error) {
	t.Helper()
	ctx := t.Context()
	done := make(chan struct{})
	between := sync.OnceFunc(func() {
		go func() {
			defer close(done)
			if err := other(stores[len(stores)-1], ctx, otherFn); err != nil {
				t.Errorf("the other transaction: %v", err)
			}
		}()
		select {
		case <-done:
		case <-time.After(meanwhilePatience):
		}
	})
	if err := first(stores[0], ctx, func(tx chime.Tx) error { return fn(tx, between) }); err != nil {
		t.Errorf("the first transaction: %v", err)
	}
	between() // had it not come so far, the other would never end
	<-done
}

// deletedMeanwhileStaysDeleted has a transaction change what it read, while another
// deletes that. Whichever comes first, nothing is left.
func deletedMeanwhileStaysDeleted(t *testing.T, stores []chime.Store) {
	ctx := t.Context()
	update(t, stores[0], func(ctx context.Context, tx chime.Tx) error { return tx.PutAccounts(ctx, newAccount("a", tenantOne)) })
	changes := map[string]func(tx chime.Tx, m chime.Member) error{
		"PutStandings": func(tx chime.Tx, m chime.Member) error { return tx.PutStandings(ctx, m) },
		"PutMembers":   func(tx chime.Tx, m chime.Member) error { return tx.PutMembers(ctx, m) },
	}
	updaters := map[string]updater{"Update": chime.Store.Update, "UpdateInPlace": chime.Store.UpdateInPlace}
	for change, write := range changes {
		for firstName, first := range updaters {
			for otherName, other := range updaters {
				update(t, stores[0], func(ctx context.Context, tx chime.Tx) error {
					return tx.PutMembers(ctx, newMember("a", "u", 1), newMember("a", "v", 2))
				})
				meanwhile(t, stores, first, other, func(tx chime.Tx, between func()) error {
					_, members, err := tx.AccountMembers(ctx, "a", []chime.UserID{"u"})
					if err != nil || len(members) == 0 {
						return err
					}
					between()
					members[0].Signout = members[0].Signout.Raise(at(1))
					return write(tx, members[0])
				}, func(tx chime.Tx) error {
					if _, _, err := tx.AccountMembers(ctx, "a", []chime.UserID{"u", "v"}); err != nil {
						return err
					}
					return tx.DeleteMembers(ctx, "a", []chime.UserID{"u", "v"})
				})
				if got := rowsOfMembers(t, stores[0]); got != 0 {
					t.Errorf("%s in an %s, while an %s deleted the member: got %d rows of members, want none",
						change, firstName, otherName, got)
				}
				update(t, stores[0], func(ctx context.Context, tx chime.Tx) error {
					return tx.DeleteMembers(ctx, "a", []chime.UserID{"u", "v"})
				})
			}
		}
	}
}

// keysAndAccountsStayDeleted is the same for access keys, principals and accounts.
func keysAndAccountsStayDeleted(t *testing.T, stores []chime.Store) {
	ctx := t.Context()
	update(t, stores[0], func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.PutAccounts(ctx, newAccount("a", tenantOne)), tx.PutPrincipal(ctx, newPrincipal(tenantOne, "alice")),
			tx.PutAccessKeys(ctx, newKey("AKIA", tenantOne, "alice")))
	})
	meanwhile(t, stores, chime.Store.Update, chime.Store.Update, func(tx chime.Tx, between func()) error {
		key, principal, err1 := tx.KeyAndPrincipal(ctx, "AKIA")
		account, err2 := tx.Account(ctx, "a")
		if key == nil || account == nil || err1 != nil || err2 != nil {
			return errors.Join(err1, err2)
		}
		between()
		return errors.Join(tx.PutAccounts(ctx, *account), tx.PutPrincipal(ctx, *principal), tx.PutAccessKeys(ctx, *key))
	}, func(tx chime.Tx) error {
		return errors.Join(tx.PurgeAccount(ctx, tenantOne, "a"), tx.DeletePrincipal(ctx, tenantOne, "alice"))
	})
	view(t, stores[0], func(ctx context.Context, tx chime.Tx) error {
		counts, err := tx.Counts(ctx)
		for _, table := range []string{"accounts", "tenant_accounts", "principals", "access_keys"} {
			if counts[table] != 0 {
				t.Errorf("%s: got %d rows, want none", table, counts[table])
			}
		}
		return err
	})
}

// rowsOfMembers counts all that there is of members, whole or not.
func rowsOfMembers(t *testing.T, s chime.Store) (n int64) {
	t.Helper()
	view(t, s, func(ctx context.Context, tx chime.Tx) error {
		counts, err := tx.Counts(ctx)
		n = counts["members"] + counts["member_profiles"]
		return err
	})
	return n
}
