package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
)

// concurrentCase is a promise to callers who meet each other. Its stores are on
// one database: one, or two as two processes have them.
type concurrentCase struct {
	name string
	run  func(t *testing.T, stores []chime.Store)
}

// RunConcurrent holds stores to what the contract promises to callers who meet
// each other. Each case gets stores of its own from open, all of them on one empty
// database, and closes them.
func RunConcurrent(t *testing.T, open func(testing.TB) []chime.Store) {
	t.Helper()
	for _, c := range []concurrentCase{
		{"ConcurrentUpdatesLoseNothing", concurrentUpdatesLoseNothing},
		{"ConcurrentUpdatesInPlaceLoseNothing", concurrentUpdatesInPlaceLoseNothing},
		{"ConcurrentUnsyncedUpdatesLoseNothing", concurrentUnsyncedUpdatesLoseNothing},
		{"ConcurrentViewsAreSnapshots", concurrentViewsAreSnapshots},
		{"ConcurrentClaimsHaveOneWinner", concurrentClaimsHaveOneWinner},
		{"ConcurrentResolutionsAgree", concurrentResolutionsAgree},
		{"ConcurrentSetsInAnyOrder", concurrentSetsInAnyOrder},
		{"ConcurrentDecisionsHold", concurrentDecisionsHold},
		{"ConcurrentRedemptionsHaveOneWinner", concurrentRedemptionsHaveOneWinner},
		{"ConcurrentTakersHaveOneWinner", concurrentTakersHaveOneWinner},
		{"DeletedMeanwhileIsGone", deletedMeanwhileIsGone},
		{"DeletedMeanwhileStaysDeleted", deletedMeanwhileStaysDeleted},
		{"KeysAndAccountsStayDeleted", keysAndAccountsStayDeleted},
		{"AcknowledgedIsSeenByAll", acknowledgedIsSeenByAll},
		{"WaitingEndsWithTheContext", waitingEndsWithTheContext},
	} {
		t.Run(c.name, func(t *testing.T) {
			stores := open(t)
			for _, s := range stores {
				t.Cleanup(func() { closeStore(t, s) })
			}
			c.run(t, stores)
		})
	}
}

const (
	workers = 8
	rounds  = 20
)

// together runs fn in as many goroutines as there are workers, on the stores in
// turn.
func together(stores []chime.Store, fn func(worker int, s chime.Store)) {
	var group sync.WaitGroup
	for worker := range workers {
		group.Go(func() { fn(worker, stores[worker/2%len(stores)]) })
	}
	group.Wait()
}

func concurrentUpdatesLoseNothing(t *testing.T, stores []chime.Store) {
	loseNothing(t, stores, chime.Store.Update)
}

func concurrentUpdatesInPlaceLoseNothing(t *testing.T, stores []chime.Store) {
	loseNothing(t, stores, chime.Store.UpdateInPlace)
}

func concurrentUnsyncedUpdatesLoseNothing(t *testing.T, stores []chime.Store) {
	loseNothing(t, stores, chime.Store.UpdateUnsynced)
}

type updater = func(s chime.Store, ctx context.Context, fn func(chime.Tx) error) error

// loseNothing counts one person's epoch up from all sides.
func loseNothing(t *testing.T, stores []chime.Store, raise updater) {
	update(t, stores[0], func(ctx context.Context, tx chime.Tx) error { return tx.PutPeople(ctx, chime.Person{ID: "u"}) })
	ctx := t.Context()
	together(stores, func(_ int, s chime.Store) {
		for range rounds {
			err := raise(s, ctx, func(tx chime.Tx) error {
				people, err := tx.People(ctx, []chime.UserID{"u"})
				if err != nil {
					return err
				}
				people[0].Signout = people[0].Signout.Raise(at(1))
				return tx.PutPeople(ctx, people...)
			})
			if err != nil {
				t.Errorf("Update: %v", err)
			}
		}
	})
	if got := readPeople(t, stores[0], "u")["u"].Signout.Epoch; got != workers*rounds {
		t.Errorf("the epoch: got %d, want %d", got, workers*rounds)
	}
}

// concurrentViewsAreSnapshots moves a person between two accounts while readers
// look into one account after the other: the person is always in one of them.
func concurrentViewsAreSnapshots(t *testing.T, stores []chime.Store) {
	update(t, stores[0], func(ctx context.Context, tx chime.Tx) error { return tx.PutMembers(ctx, newMember("a", "u", 1)) })
	ctx := t.Context()
	move := func(s chime.Store) error {
		return s.Update(ctx, func(tx chime.Tx) error {
			from, to := chime.AccountID("a"), chime.AccountID("b")
			in, err := tx.ListMembers(ctx, chime.MemberQuery{Account: from, Limit: 1})
			if err != nil {
				return err
			}
			if len(in) == 0 {
				from, to = to, from
			}
			if err := tx.DeleteMembers(ctx, from, []chime.UserID{"u"}); err != nil {
				return err
			}
			return tx.PutMembers(ctx, newMember(to, "u", 1))
		})
	}
	look := func(s chime.Store) error {
		return s.View(ctx, func(tx chime.Tx) error {
			var in []chime.AccountID
			for _, account := range []chime.AccountID{"a", "b", "a", "b"} {
				members, err := tx.ListMembers(ctx, chime.MemberQuery{Account: account, Limit: 1})
				if err != nil {
					return err
				}
				if len(members) > 0 {
					in = append(in, account)
				}
			}
			if len(in) != 2 || in[0] != in[1] {
				return fmt.Errorf("the person was in %v, want twice the same", in)
			}
			return nil
		})
	}
	together(stores, func(worker int, s chime.Store) {
		for range rounds {
			act := look
			if worker%2 == 0 {
				act = move
			}
			if err := act(s); err != nil {
				t.Error(err)
			}
		}
	})
}

func concurrentClaimsHaveOneWinner(t *testing.T, stores []chime.Store) {
	ctx := t.Context()
	var mu sync.Mutex
	winners := make(map[string][]chime.UserID)
	together(stores, func(worker int, s chime.Store) {
		user := chime.UserID(fmt.Sprint("u", worker))
		for round := range rounds {
			address := fmt.Sprintf("address%d@example.com", round)
			err := s.Update(ctx, func(tx chime.Tx) error { return tx.ClaimAddresses(ctx, map[string]chime.UserID{address: user}) })
			if err == nil {
				mu.Lock()
				winners[address] = append(winners[address], user)
				mu.Unlock()
			}
		}
	})
	for round := range rounds {
		address := fmt.Sprintf("address%d@example.com", round)
		view(t, stores[0], func(ctx context.Context, tx chime.Tx) error {
			holders, err := tx.AddressHolders(ctx, []string{address})
			equal(t, "who was told that they hold "+address, winners[address], []chime.UserID{holders[address]})
			return err
		})
	}
}

// concurrentResolutionsAgree has all workers ask, at the same time, who holds
// addresses that nobody held before.
func concurrentResolutionsAgree(t *testing.T, stores []chime.Store) {
	ctx := t.Context()
	told := make([]map[string]chime.UserID, workers)
	together(stores, func(worker int, s chime.Store) {
		told[worker] = map[string]chime.UserID{}
		for round := range rounds {
			claims := map[string]chime.UserID{}
			for i := range 5 {
				claims[fmt.Sprintf("address%d@example.com", round+i)] = chime.UserID(fmt.Sprint("u", worker))
			}
			var holders map[string]chime.UserID
			err := s.Update(ctx, func(tx chime.Tx) (err error) {
				holders, err = tx.ResolveAddresses(ctx, claims)
				return err
			})
			if err != nil {
				t.Errorf("Update: %v", err)
			}
			for address, user := range holders {
				if known := told[worker][address]; known != "" && known != user {
					t.Errorf("%s: got %s after %s", address, user, known)
				}
				told[worker][address] = user
			}
		}
	})
	for worker := 1; worker < workers; worker++ {
		equal(t, fmt.Sprintf("what worker %d was told", worker), told[worker], told[0])
	}
}

// concurrentSetsInAnyOrder has workers write the same set in opposite orders,
// which is how databases come to a dead lock.
func concurrentSetsInAnyOrder(t *testing.T, stores []chime.Store) {
	ctx := t.Context()
	ids := userIDs(50)
	together(stores, func(worker int, s chime.Store) {
		write := []updater{chime.Store.Update, chime.Store.UpdateInPlace, chime.Store.UpdateUnsynced}[worker/2%3]
		var people []chime.Person
		for _, id := range ids {
			people = append(people, newPerson(id, "", worker))
		}
		if worker%2 == 0 {
			slices.Reverse(people)
		}
		for range rounds {
			if err := write(s, ctx, func(tx chime.Tx) error { return tx.PutPeople(ctx, people...) }); err != nil {
				t.Errorf("Update: %v", err)
			}
		}
	})
	found := readPeople(t, stores[0], ids...)
	for _, id := range ids {
		if found[id].PIN != found[ids[0]].PIN {
			t.Errorf("people %s and %s are as different workers wrote them", id, ids[0])
		}
	}
}

// concurrentDecisionsHold has half of the workers delete accounts that have no
// member, and the other half join accounts that are not deleted. Each decides by
// what it reads and writes something else, and no account is both.
func concurrentDecisionsHold(t *testing.T, stores []chime.Store) {
	ctx := t.Context()
	id := func(round int) chime.AccountID { return chime.AccountID(fmt.Sprint("a", round)) }
	update(t, stores[0], func(ctx context.Context, tx chime.Tx) error {
		var err error
		for round := range rounds {
			err = errors.Join(err, tx.PutAccounts(ctx, newAccount(id(round), tenantOne)))
		}
		return err
	})
	together(stores, func(worker int, s chime.Store) {
		user := chime.UserID(fmt.Sprint("u", worker))
		for round := range rounds {
			err := s.Update(ctx, func(tx chime.Tx) error {
				account, err := tx.Account(ctx, id(round))
				if err != nil {
					return err
				}
				members, err := tx.ListMembers(ctx, chime.MemberQuery{Account: id(round), Limit: 1})
				switch {
				case err != nil:
					return err
				case worker%2 == 0 && account.Status == chime.AccountActive:
					return tx.PutMembers(ctx, newMember(id(round), user, worker))
				case worker%2 == 1 && len(members) == 0:
					account.Status, account.Deleted = chime.AccountSuspended, at(1)
					return tx.PutAccounts(ctx, *account)
				}
				return nil
			})
			if err != nil {
				t.Errorf("Update: %v", err)
			}
		}
	})
	for round := range rounds {
		account := readAccount(t, stores[0], id(round))
		members := listMembers(t, stores[0], chime.MemberQuery{Account: id(round), Limit: 9})
		if (account.Status == chime.AccountSuspended) != (len(members) == 0) {
			t.Errorf("account %s is %s and has %d members", account.ID, account.Status, len(members))
		}
	}
}

// acknowledgedIsSeenByAll writes through one store and reads through the other,
// in turn.
func acknowledgedIsSeenByAll(t *testing.T, stores []chime.Store) {
	for round := range rounds {
		writer, reader := stores[round%len(stores)], stores[(round+1)%len(stores)]
		id := fmt.Sprintf("round-%02d", round)
		update(t, writer, func(ctx context.Context, tx chime.Tx) error { return writeEverywhere(ctx, tx, id) })
		equal(t, "what the other store shows of "+id, countEverywhere(t, reader, id), everywhere())
		update(t, reader, func(ctx context.Context, tx chime.Tx) error {
			return tx.PurgeAccount(ctx, tenantOne, chime.AccountID(id))
		})
		if got := readAccount(t, writer, chime.AccountID(id)); got != nil {
			t.Errorf("account %s after the other store purged it: got it still", id)
		}
	}
}

// waitingEndsWithTheContext has an Update wait for another that does not end.
func waitingEndsWithTheContext(t *testing.T, stores []chime.Store) {
	write := func(ctx context.Context, tx chime.Tx, value string) error {
		if err := tx.PutSetting(ctx, "contended", []byte(value)); err != nil {
			return err
		}
		_, err := tx.Setting(ctx, "contended") // has an engine that collects writes send them
		return err
	}
	for _, s := range stores {
		ctx, cancel := context.WithCancel(t.Context())
		update(t, stores[0], func(outer context.Context, tx chime.Tx) error {
			if err := write(outer, tx, "first"); err != nil {
				return err
			}
			waiting := make(chan error)
			go func() { waiting <- s.Update(ctx, func(tx chime.Tx) error { return write(ctx, tx, "second") }) }()
			cancel()
			if err := <-waiting; err == nil {
				t.Errorf("an Update whose context ended while it waited: got no error")
			}
			return nil
		})
		view(t, s, func(ctx context.Context, tx chime.Tx) error {
			value, err := tx.Setting(ctx, "contended")
			equal(t, "the setting afterwards", string(value), "first")
			return err
		})
	}
}
