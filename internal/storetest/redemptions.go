package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
)

// atOnce has all workers do the same thing at the same moment, some by Update and
// some in place, in so many rounds. Of each round one MUST succeed, and the others
// MUST be refused.
func atOnce(t *testing.T, stores []chime.Store, what string, act func(ctx context.Context, tx chime.Tx, round, worker int) error) {
	t.Helper()
	ctx := t.Context()
	for round := range rounds {
		var winners atomic.Int32
		together(stores, func(worker int, s chime.Store) {
			write := []updater{chime.Store.Update, chime.Store.UpdateInPlace, chime.Store.UpdateInPlace}[(worker+round)%3]
			switch err := write(s, ctx, func(tx chime.Tx) error { return act(ctx, tx, round, worker) }); {
			case err == nil:
				winners.Add(1)
			case !errors.Is(err, errRefused):
				t.Errorf("%s: %v", what, err)
			}
		})
		if n := winners.Load(); n != 1 {
			t.Errorf("round %d: got %d who %s, want 1", round, n, what)
		}
	}
}

// concurrentRedemptionsHaveOneWinner has all workers redeem one code for a token of
// their own.
func concurrentRedemptionsHaveOneWinner(t *testing.T, stores []chime.Store) {
	in := newSignedIn()
	update(t, stores[0], func(ctx context.Context, tx chime.Tx) error {
		err := in.write(ctx, tx)
		for round := range rounds {
			code := in.credential
			code.Hash, code.Used = fmt.Sprint("code ", round), time.Time{}
			err = errors.Join(err, tx.PutCredentials(ctx, code))
		}
		return err
	})
	atOnce(t, stores, "redeem a code", func(ctx context.Context, tx chime.Tx, round, worker int) error {
		b, err := tx.Bearer(ctx, fmt.Sprint("code ", round))
		if err != nil {
			return err
		}
		if b == nil || !b.Credential.Used.IsZero() {
			return errRefused
		}
		b.Credential.Used = at(worker + 1)
		return tx.PutCredentials(ctx, token(fmt.Sprintf("token %d of %d", round, worker)), b.Credential)
	})
	for round := range rounds {
		for worker := range workers {
			used := bearer(t, stores[0], fmt.Sprint("code ", round)).Credential.Used
			got := bearer(t, stores[0], fmt.Sprintf("token %d of %d", round, worker))
			if (got != nil) != used.Equal(at(worker+1)) {
				t.Errorf("round %d: worker %d has the token %v, and the code was used at %s", round, worker, got, used)
			}
		}
	}
}

// concurrentTakersHaveOneWinner has all workers take an event that is due, and add
// its deliveries, as the processes that deliver do.
func concurrentTakersHaveOneWinner(t *testing.T, stores []chime.Store) {
	id := func(round int) chime.EventID { return chime.EventID(fmt.Sprintf("event-%02d", round)) }
	update(t, stores[0], func(ctx context.Context, tx chime.Tx) (err error) {
		for round := range rounds {
			event := newEvent("account", id(round), 1)
			event.Due = at(round)
			err = errors.Join(err, tx.AppendEvent(ctx, event))
		}
		return err
	})
	atOnce(t, stores, "take an event", func(ctx context.Context, tx chime.Tx, round, worker int) error {
		due, err := tx.DueEvents(ctx, "account", at(round), 1)
		if err != nil {
			return err
		}
		if len(due) == 0 {
			return errRefused
		}
		due[0].Due = at(1000)
		return errors.Join(tx.PutEvent(ctx, due[0]), tx.AddDeliveries(ctx, newDelivery("u", due[0].ID, "client", "", worker),
			newDelivery("v", due[0].ID, "client", "", worker)))
	})
	for round := range rounds {
		got := read(t, stores[0], func(ctx context.Context, tx chime.Tx) ([]chime.Delivery, error) {
			return tx.EventDeliveries(ctx, id(round), []chime.UserID{"u", "v"})
		})
		if len(got) != 2 || got[0].Attempts != got[1].Attempts {
			t.Errorf("the deliveries of round %d: got %v, want two of one worker", round, got)
		}
	}
}

// deletedMeanwhileIsGone has one worker delete an app, a passkey and a provider
// while the others change what they find of them.
func deletedMeanwhileIsGone(t *testing.T, stores []chime.Store) {
	ctx := t.Context()
	change := func(tx chime.Tx, worker int) error {
		app, err1 := tx.App(ctx, "client")
		keys, err2 := tx.Passkeys(ctx, "user")
		provider, err3 := tx.Provider(ctx, "account")
		err := errors.Join(err1, err2, err3)
		if app != nil {
			err = errors.Join(err, tx.PutApp(ctx, newApp("client", tenantOne)))
		}
		if len(keys) > 0 {
			err = errors.Join(err, tx.PutPasskey(ctx, newPasskey("user", "key", worker)))
		}
		if provider != nil {
			err = errors.Join(err, tx.PutProvider(ctx, newProvider("account", worker)))
		}
		return err
	}
	for round := range rounds {
		update(t, stores[0], func(ctx context.Context, tx chime.Tx) error {
			return errors.Join(tx.PutApp(ctx, newApp("client", tenantOne)), tx.PutPasskey(ctx, newPasskey("user", "key", 9)),
				tx.PutProvider(ctx, newProvider("account", 9)))
		})
		together(stores, func(worker int, s chime.Store) {
			err := s.Update(ctx, func(tx chime.Tx) error {
				if worker != round%workers {
					return change(tx, worker)
				}
				return errors.Join(tx.DeleteApp(ctx, tenantOne, "client"), tx.DeletePasskey(ctx, "user", "key"), tx.DeleteProvider(ctx, "account"))
			})
			if err != nil {
				t.Errorf("Update: %v", err)
			}
		})
		view(t, stores[0], func(ctx context.Context, tx chime.Tx) error {
			app, err1 := tx.App(ctx, "client")
			keys, err2 := tx.Passkeys(ctx, "user")
			provider, err3 := tx.Provider(ctx, "account")
			if app != nil || len(keys) > 0 || provider != nil {
				t.Errorf("round %d: got the app %v, the passkeys %v and the provider %v, after they were deleted", round, app, keys, provider)
			}
			return errors.Join(err1, err2, err3)
		})
	}
}
