package storetest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
)

func concurrentCases() []testCase {
	return []testCase{
		{"ConcurrentUpdatesLoseNothing", concurrentUpdatesLoseNothing},
		{"ConcurrentViewsAreSnapshots", concurrentViewsAreSnapshots},
		{"ConcurrentClaimsHaveOneWinner", concurrentClaimsHaveOneWinner},
		{"WaitingEndsWithTheContext", waitingEndsWithTheContext},
	}
}

const (
	workers = 8
	rounds  = 20
)

// together runs fn in as many goroutines as there are workers.
func together(fn func(worker int)) {
	var group sync.WaitGroup
	for worker := range workers {
		group.Go(func() { fn(worker) })
	}
	group.Wait()
}

func concurrentUpdatesLoseNothing(t *testing.T, s chime.Store) {
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.PutPeople(ctx, chime.Person{ID: "u"}) })
	ctx := t.Context()
	together(func(int) {
		for range rounds {
			err := s.Update(ctx, func(tx chime.Tx) error {
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
	if got := readPeople(t, s, "u")["u"].Signout.Epoch; got != workers*rounds {
		t.Errorf("the epoch: got %d, want %d", got, workers*rounds)
	}
}

// concurrentViewsAreSnapshots moves a person between two accounts while readers
// look into one account after the other: the person is always in one of them.
func concurrentViewsAreSnapshots(t *testing.T, s chime.Store) {
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.PutMembers(ctx, newMember("a", "u", 1)) })
	ctx := t.Context()
	move := func() error {
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
	look := func() error {
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
	together(func(worker int) {
		for range rounds {
			act := look
			if worker%2 == 0 {
				act = move
			}
			if err := act(); err != nil {
				t.Error(err)
			}
		}
	})
}

func concurrentClaimsHaveOneWinner(t *testing.T, s chime.Store) {
	ctx := t.Context()
	var mu sync.Mutex
	winners := make(map[string][]chime.UserID)
	together(func(worker int) {
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
		view(t, s, func(ctx context.Context, tx chime.Tx) error {
			holders, err := tx.AddressHolders(ctx, []string{address})
			equal(t, "who was told that they hold "+address, winners[address], []chime.UserID{holders[address]})
			return err
		})
	}
}

// waitingEndsWithTheContext has an Update wait for another that does not end.
func waitingEndsWithTheContext(t *testing.T, s chime.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	update(t, s, func(context.Context, chime.Tx) error {
		waiting := make(chan error)
		go func() { waiting <- s.Update(ctx, func(tx chime.Tx) error { return writeEverywhere(ctx, tx, "a") }) }()
		cancel()
		if err := <-waiting; err == nil {
			t.Errorf("an Update whose context ended while it waited: got no error")
		}
		return nil
	})
	equal(t, "the store afterwards", countEverywhere(t, s, "a"), counts{})
}
