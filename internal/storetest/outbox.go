package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
)

func outboxCases() []testCase {
	return []testCase{
		{"EventsComeBackAsTheyWere", eventsComeBackAsTheyWere},
		{"EventsAreFinishedInSets", eventsAreFinishedInSets},
		{"EventsAreFoundWhenTheyAreDue", eventsAreFoundWhenTheyAreDue},
		{"DeliveriesComeBackAsTheyWere", deliveriesComeBackAsTheyWere},
		{"DeliveriesOfAnEventAreReadBySet", deliveriesOfAnEventAreReadBySet},
		{"DeliveriesAreListedNewestFirst", deliveriesAreListedNewestFirst},
		{"SettledEventsAreDeleted", settledEventsAreDeleted},
	}
}

func readEvent(t *testing.T, s chime.Store, account chime.AccountID, id chime.EventID) *chime.Event {
	t.Helper()
	return read(t, s, func(ctx context.Context, tx chime.Tx) (*chime.Event, error) { return tx.Event(ctx, account, id) })
}

func eventsComeBackAsTheyWere(t *testing.T, s chime.Store) {
	full, bare := newEvent("account", "full", 1), chime.Event{ID: "bare"}
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.AppendEvent(ctx, full), tx.AppendEvent(ctx, bare))
	})
	again := newEvent("account", "full", 2)
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.AppendEvent(ctx, again) })
	equal(t, "an event, and once more", readEvent(t, s, "account", "full"), &full)
	equal(t, "an event without anything", readEvent(t, s, "", "bare"), &bare)
	equal(t, "an event of another account", readEvent(t, s, "other", "full"), (*chime.Event)(nil))
	again.Due, again.Spread = time.Time{}, false
	unknown := newEvent("account", "unknown", 3)
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.PutEvent(ctx, again), tx.PutEvent(ctx, unknown))
	})
	full.Due, full.Spread = time.Time{}, false
	equal(t, "an event after PutEvent", readEvent(t, s, "account", "full"), &full)
	equal(t, "an unknown event after PutEvent", readEvent(t, s, "account", "unknown"), (*chime.Event)(nil))
}

func eventsAreFinishedInSets(t *testing.T, s chime.Store) {
	spread, fresh, other, left := newEvent("a", "1", 1), newEvent("a", "2", 2), newEvent("b", "2", 3), newEvent("a", "3", 4)
	spread.Spread, fresh.Spread, other.Spread, left.Spread = true, false, false, false
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.AppendEvent(ctx, spread), tx.AppendEvent(ctx, fresh), tx.AppendEvent(ctx, other), tx.AppendEvent(ctx, left))
	})
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.FinishEvents(ctx, "a", []chime.EventID{"1", "2", "unknown"}), tx.FinishEvents(ctx, "a", nil))
	})
	fresh.Spread, fresh.Due = true, time.Time{}
	for _, want := range []chime.Event{spread, fresh, other, left} {
		equal(t, "event "+string(want.ID)+" of account "+string(want.Account), readEvent(t, s, want.Account, want.ID), &want)
	}
}

func eventsAreFoundWhenTheyAreDue(t *testing.T, s chime.Store) {
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		for _, e := range []struct {
			account chime.AccountID
			id      chime.EventID
			due     time.Time
		}{
			{"a", "5", at(1)},
			{"a", "4", at(2)},
			{"a", "3", at(2)},
			{"a", "2", at(3).Add(time.Microsecond)},
			{"a", "1", time.Time{}},
			{"b", "6", at(4)},
			{"c", "7", time.Time{}},
			{"", "8", at(3)},
		} {
			event := newEvent(e.account, e.id, 1)
			event.Due = e.due
			if err := tx.AppendEvent(ctx, event); err != nil {
				return err
			}
		}
		return nil
	})
	for _, c := range []struct {
		account chime.AccountID
		at      time.Time
		limit   int
		want    string
	}{
		{"a", at(3), 9, "5 3 4"},
		{"a", at(3), 2, "5 3"},
		{"a", at(9), 9, "5 3 4 2"},
		{"a", at(0), 9, ""},
		{"b", at(3), 9, ""},
		{"c", at(9), 9, ""},
		{"", at(9), 9, "8"},
	} {
		var ids []string
		for _, e := range read(t, s, func(ctx context.Context, tx chime.Tx) ([]chime.Event, error) {
			return tx.DueEvents(ctx, c.account, c.at, c.limit)
		}) {
			ids = append(ids, string(e.ID))
			equal(t, "the people of an event", e.People, newEvent("", "", 1).People)
		}
		equal(t, fmt.Sprintf("at most %d events of %q that are due at %s", c.limit, c.account, c.at), strings.Join(ids, " "), c.want)
	}
	for _, c := range []struct {
		at    time.Time
		limit int
		want  []chime.AccountID
	}{{at(9), 9, []chime.AccountID{"", "a", "b"}}, {at(9), 2, []chime.AccountID{"", "a"}}, {at(2), 9, []chime.AccountID{"a"}}, {at(0), 9, nil}} {
		equal(t, fmt.Sprintf("at most %d accounts with events that are due at %s", c.limit, c.at),
			read(t, s, func(ctx context.Context, tx chime.Tx) ([]chime.AccountID, error) {
				return tx.DueAccounts(ctx, c.at, c.limit)
			}), c.want)
	}
}

func listDeliveries(t *testing.T, s chime.Store, user chime.UserID, limit int) []chime.Delivery {
	t.Helper()
	return read(t, s, func(ctx context.Context, tx chime.Tx) ([]chime.Delivery, error) {
		return tx.ListDeliveries(ctx, user, limit)
	})
}

// deliveriesComeBackAsTheyWere tells deliveries apart by each part of their keys.
func deliveriesComeBackAsTheyWere(t *testing.T, s chime.Store) {
	first := newDelivery("user", "1", "client", "", 1)
	want := []chime.Delivery{
		newDelivery("user", "2", "client", "", 2), newDelivery("user", "1", "other client", "", 3), newDelivery("user", "1", "client", "session", 4), first,
	}
	bare := chime.Delivery{User: "other", Event: "1", Client: "client"}
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.AddDeliveries(ctx, append(want, bare)...), tx.AddDeliveries(ctx, newDelivery("user", "1", "client", "", 9)))
	})
	equal(t, "the deliveries, one of them added again", listDeliveries(t, s, "user", 9), want)
	want[3] = newDelivery("user", "1", "client", "", 9)
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.PutDeliveries(ctx, first, want[3]) })
	equal(t, "the deliveries, one of them changed", listDeliveries(t, s, "user", 9), want)
	equal(t, "somebody else's", listDeliveries(t, s, "other", 9), []chime.Delivery{bare})
}

func deliveriesOfAnEventAreReadBySet(t *testing.T, s chime.Store) {
	users := userIDs(130)
	var want, other []chime.Delivery
	for n, user := range users {
		want = append(want, newDelivery(user, "event", "client", "", n))
		other = append(other, newDelivery(user, "other", "client", "", n))
	}
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.AddDeliveries(ctx, slices.Concat(other, want)...), tx.AddDeliveries(ctx, newDelivery("another", "event", "client", "", 1)))
	})
	got := read(t, s, func(ctx context.Context, tx chime.Tx) ([]chime.Delivery, error) {
		return tx.EventDeliveries(ctx, "event", append(users, "unknown"))
	})
	slices.SortFunc(got, func(a, b chime.Delivery) int { return strings.Compare(string(a.User), string(b.User)) })
	equal(t, "the deliveries of the event", got, want)
}

func deliveriesAreListedNewestFirst(t *testing.T, s chime.Store) {
	var want []chime.Delivery
	for n := range 5 {
		want = append([]chime.Delivery{newDelivery("user", chime.EventID(fmt.Sprint(n)), "client", "", n)}, want...)
	}
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.AddDeliveries(ctx, want...) })
	for _, limit := range []int{1, 3, 5, 9} {
		equal(t, fmt.Sprintf("the newest %d deliveries", limit), listDeliveries(t, s, "user", limit), want[:min(limit, 5)])
	}
}

// settledEventsAreDeleted has events of one account, from the oldest on, and one of
// another, each about two people.
func settledEventsAreDeleted(t *testing.T, s chime.Store) {
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		for n, e := range []chime.Event{
			{Account: "a", ID: "0", Created: at(1)},
			{Account: "a", ID: "1", Created: at(1), Due: at(9)},
			{Account: "a", ID: "2", Created: at(2)},
			{Account: "a", ID: "3", Created: at(3)},
			{Account: "a", ID: "4", Created: at(4)},
			{Account: "b", ID: "5", Created: at(1)},
		} {
			e.People = []chime.EventPerson{{User: "u"}, {User: "v"}}
			if err := errors.Join(tx.AppendEvent(ctx, e), tx.AddDeliveries(ctx, newDelivery("u", e.ID, "client", "", n),
				newDelivery("v", e.ID, "client", "session", n), newDelivery("another", e.ID, "client", "", n))); err != nil {
				return err
			}
		}
		return nil
	})
	for _, step := range []struct {
		limit, deleted int
		left           string
	}{{2, 1, "5 4 3 2 1"}, {2, 1, "5 4 3 1"}, {9, 0, "5 4 3 1"}} {
		update(t, s, func(ctx context.Context, tx chime.Tx) error {
			deleted, err := tx.DeleteEvents(ctx, "a", at(3), step.limit)
			if deleted != step.deleted {
				t.Errorf("DeleteEvents: got %d, want %d", deleted, step.deleted)
			}
			return err
		})
		for _, user := range []chime.UserID{"u", "v"} {
			var got []string
			for _, d := range listDeliveries(t, s, user, 9) {
				got = append(got, string(d.Event))
				account := chime.AccountID("a")
				if d.Event == "5" {
					account = "b"
				}
				if readEvent(t, s, account, d.Event) == nil {
					t.Errorf("event %s is gone, and its deliveries are there", d.Event)
				}
			}
			equal(t, "the events with deliveries about "+string(user), strings.Join(got, " "), step.left)
		}
	}
}
