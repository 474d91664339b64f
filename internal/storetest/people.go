package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
)

func peopleCases() []testCase {
	return []testCase{
		{"PeopleComeBackAsTheyWere", peopleComeBackAsTheyWere},
		{"LeaversKeepTheirIdentity", leaversKeepTheirIdentity},
		{"FreePeopleAreListedByKey", freePeopleAreListedByKey},
		{"AddressesHaveOneHolder", addressesHaveOneHolder},
		{"PINsHaveOneHolder", pinsHaveOneHolder},
	}
}

func readPeople(t *testing.T, s chime.Store, ids ...chime.UserID) map[chime.UserID]chime.Person {
	t.Helper()
	found := make(map[chime.UserID]chime.Person)
	view(t, s, func(ctx context.Context, tx chime.Tx) error {
		people, err := tx.People(ctx, ids)
		for _, p := range people {
			found[p.ID] = p
		}
		return err
	})
	return found
}

func peopleComeBackAsTheyWere(t *testing.T, s chime.Store) {
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return tx.PutPeople(ctx, newPerson("u1", "a", 1), newPerson("u2", "", 2), chime.Person{ID: "u3"})
	})
	equal(t, "People", readPeople(t, s, "u1", "u2", "u3", "nobody"),
		map[chime.UserID]chime.Person{"u1": newPerson("u1", "a", 1), "u2": newPerson("u2", "", 2), "u3": {ID: "u3"}})
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.PutPeople(ctx, newPerson("u1", "", 7)) })
	equal(t, "People after a change", readPeople(t, s, "u1"), map[chime.UserID]chime.Person{"u1": newPerson("u1", "", 7)})
}

func leaversKeepTheirIdentity(t *testing.T, s chime.Store) {
	known, stranger := newPerson("u1", "", 7), newPerson("u2", "", 2)
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.PutPeople(ctx, newPerson("u1", "a", 1)) })
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.PutLeavers(ctx, stranger, known) })
	known.Identity = newPerson("u1", "a", 1).Identity
	equal(t, "the leavers", readPeople(t, s, "u1", "u2"), map[chime.UserID]chime.Person{"u1": known, "u2": stranger})
}

func freePeopleAreListedByKey(t *testing.T, s chime.Store) {
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return tx.PutPeople(ctx, newPerson("u5", "", 5), newPerson("u2", "a", 2), newPerson("u1", "", 1), newPerson("u3", "", 3))
	})
	for _, c := range []struct {
		after chime.UserID
		limit int
		want  []chime.Person
	}{
		{"", 9, []chime.Person{newPerson("u1", "", 1), newPerson("u3", "", 3), newPerson("u5", "", 5)}},
		{"", 2, []chime.Person{newPerson("u1", "", 1), newPerson("u3", "", 3)}},
		{"u3", 2, []chime.Person{newPerson("u5", "", 5)}},
		{"u5", 2, nil},
	} {
		view(t, s, func(ctx context.Context, tx chime.Tx) error {
			got, err := tx.ListFreePeople(ctx, c.after, c.limit)
			equal(t, "free people after "+string(c.after), got, c.want)
			return err
		})
	}
}

// book is who holds what: addresses and PINs keep the same promises.
type book struct {
	holders func(tx chime.Tx, ctx context.Context, keys []string) (map[string]chime.UserID, error)
	claim   func(tx chime.Tx, ctx context.Context, holders map[string]chime.UserID) error
	release func(tx chime.Tx, ctx context.Context, keys []string) error
}

func addressesHaveOneHolder(t *testing.T, s chime.Store) {
	haveOneHolder(t, s, book{chime.Tx.AddressHolders, chime.Tx.ClaimAddresses, chime.Tx.ReleaseAddresses})
}

func pinsHaveOneHolder(t *testing.T, s chime.Store) {
	haveOneHolder(t, s, book{chime.Tx.PINHolders, chime.Tx.ClaimPINs, chime.Tx.ReleasePINs})
}

func haveOneHolder(t *testing.T, s chime.Store, b book) {
	all := []string{"k1", "k2", "k3", "K1"}
	read := func() (holders map[string]chime.UserID) {
		view(t, s, func(ctx context.Context, tx chime.Tx) (err error) {
			holders, err = b.holders(tx, ctx, all)
			return err
		})
		return holders
	}
	type held = map[string]chime.UserID
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return b.claim(tx, ctx, held{"k1": "u1", "k2": "u1"}) })
	equal(t, "after two claims of one user", read(), held{"k1": "u1", "k2": "u1"})

	for _, claimed := range []held{{"k1": "u2"}, {"k1": "u1"}, {"k2": "u2", "k3": "u3"}} {
		err := s.Update(t.Context(), func(tx chime.Tx) error { return b.claim(tx, t.Context(), claimed) })
		if err == nil {
			t.Errorf("claiming %v while k1 and k2 are held: got no error", claimed)
		}
	}
	equal(t, "after refused claims", read(), held{"k1": "u1", "k2": "u1"})

	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(b.release(tx, ctx, []string{"k1", "unknown"}), b.claim(tx, ctx, held{"k1": "u2", "K1": "u3"}))
	})
	equal(t, "after a release and new claims", read(), held{"k1": "u2", "k2": "u1", "K1": "u3"})
}
