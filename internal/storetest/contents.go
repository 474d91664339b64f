package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
)

func contentsCases() []testCase {
	return []testCase{
		{"CountsAreOfEverything", countsAreOfEverything},
		{"ScansFindEverything", scansFindEverything},
		{"InspectionsFindNothing", inspectionsFindNothing},
	}
}

func countsAreOfEverything(t *testing.T, s chime.Store) {
	total := func() (kinds int, rows int64) {
		view(t, s, func(ctx context.Context, tx chime.Tx) error {
			counts, err := tx.Counts(ctx)
			for _, n := range counts {
				rows += n
			}
			kinds = len(counts)
			return err
		})
		return kinds, rows
	}
	kinds, rows := total()
	if kinds < 10 || rows != 0 {
		t.Errorf("the counts of an empty store: got %d kinds and %d rows, want all kinds and no rows", kinds, rows)
	}
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(writeEverywhere(ctx, tx, "a"), writeEverywhere(ctx, tx, "b"))
	})
	all, two := total()
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return writeEverywhere(ctx, tx, "c") })
	if _, three := total(); all != kinds || two < int64(2*kinds) || 2*three != 3*two {
		t.Errorf("the counts: got %d rows of %d kinds after two writes everywhere, and %d after three", two, all, three)
	}
}

// pages reads a list to its end by pages of two.
func pages[T any, K comparable](t *testing.T, s chime.Store, key func(T) K, page func(ctx context.Context, tx chime.Tx, after K, limit int) ([]T, error)) (all []T) {
	t.Helper()
	var after K
	for {
		var some []T
		view(t, s, func(ctx context.Context, tx chime.Tx) (err error) {
			some, err = page(ctx, tx, after, 2)
			return err
		})
		all = append(all, some...)
		if len(some) < 2 {
			return all
		}
		after = key(some[1])
	}
}

func scansFindEverything(t *testing.T, s chime.Store) {
	var members []chime.Member
	var former []chime.FormerMember
	var people []chime.Person
	var addresses, pins []chime.Holding
	var settings []chime.StoredSetting
	// Each in the order of its key: "B" before "a", and no account at all.
	for i, key := range []string{"-", "B", "a", "a\n", "aa", "ä"} {
		account, user := chime.AccountID(fmt.Sprint("account", i/2)), chime.UserID(key)
		members = append(members, newMember(account, user, i))
		former = append(former, newFormer(account, user, i))
		people = append(people, newPerson(user, []chime.AccountID{"", "a"}[i%2], i))
		addresses = append(addresses, chime.Holding{Key: key, User: user})
		pins = append(pins, chime.Holding{Key: key, User: user + "!"})
		settings = append(settings, chime.StoredSetting{Key: key, Value: []byte{byte(i), 0, 0xff}})
	}
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		err := errors.Join(tx.PutMembers(ctx, members...), tx.PutFormerMembers(ctx, former...), tx.PutPeople(ctx, people...))
		for i := range settings {
			err = errors.Join(err, tx.PutSetting(ctx, settings[i].Key, settings[i].Value),
				tx.ClaimAddresses(ctx, map[string]chime.UserID{addresses[i].Key: addresses[i].User}),
				tx.ClaimPINs(ctx, map[string]chime.UserID{pins[i].Key: pins[i].User}))
		}
		return err
	})
	equal(t, "ScanMembers", pages(t, s, chime.Member.Key, func(ctx context.Context, tx chime.Tx, after chime.MemberKey, limit int) ([]chime.Member, error) {
		return tx.ScanMembers(ctx, after, limit)
	}), members)
	equal(t, "ScanFormerMembers", pages(t, s, chime.FormerMember.Key, func(ctx context.Context, tx chime.Tx, after chime.MemberKey, limit int) ([]chime.FormerMember, error) {
		return tx.ScanFormerMembers(ctx, after, limit)
	}), former)
	equal(t, "ScanPeople", pages(t, s, func(p chime.Person) chime.UserID { return p.ID }, func(ctx context.Context, tx chime.Tx, after chime.UserID, limit int) ([]chime.Person, error) {
		return tx.ScanPeople(ctx, after, limit)
	}), people)
	holding := func(h chime.Holding) string { return h.Key }
	equal(t, "ScanAddresses", pages(t, s, holding, func(ctx context.Context, tx chime.Tx, after string, limit int) ([]chime.Holding, error) {
		return tx.ScanAddresses(ctx, after, limit)
	}), addresses)
	equal(t, "ScanPINs", pages(t, s, holding, func(ctx context.Context, tx chime.Tx, after string, limit int) ([]chime.Holding, error) {
		return tx.ScanPINs(ctx, after, limit)
	}), pins)
	equal(t, "ScanSettings", pages(t, s, func(s chime.StoredSetting) string { return s.Key }, func(ctx context.Context, tx chime.Tx, after string, limit int) ([]chime.StoredSetting, error) {
		return tx.ScanSettings(ctx, after, limit)
	}), settings)
}

// inspectionsFindNothing inspects what a store has written, reading by set among
// more rows than it reads at a time. (What they find, each engine's tests plant.)
func inspectionsFindNothing(t *testing.T, s chime.Store) {
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		err := errors.Join(writeEverywhere(ctx, tx, "a"), writeEverywhere(ctx, tx, "b"))
		var accounts []chime.Account
		for i := range 1200 {
			accounts = append(accounts, newAccount(chime.AccountID(fmt.Sprintf("account-%04d", i)), []chime.TenantID{tenantOne, tenantTwo}[i%2]))
		}
		return errors.Join(err, tx.PutAccounts(ctx, accounts...))
	})
	view(t, s, func(ctx context.Context, tx chime.Tx) error {
		return tx.Inspect(ctx, func(found chime.Finding) error {
			t.Errorf("found %+v, want nothing", found)
			return nil
		})
	})
}
