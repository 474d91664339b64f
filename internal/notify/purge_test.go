package notify_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/mail"
	"github.com/carillon-id/carillon/internal/notify"
)

// TestPurge: what is done with goes after 90 days, with its deliveries, in every
// account and page by page; what is younger, or still due, stays.
func TestPurge(t *testing.T) {
	f := newFixture(t, mail.Folder{Path: t.TempDir()})
	old := f.now()
	young := old.Add(time.Hour)
	put := func(id chime.EventID, account chime.AccountID, created, due time.Time) {
		f.update(t, func(ctx context.Context, tx chime.Tx) error {
			return errors.Join(
				tx.AppendEvent(ctx, chime.Event{Account: account, ID: id, Kind: chime.SignedOut, Created: created, Due: due, People: []chime.EventPerson{{User: "ann"}}}),
				tx.AddDeliveries(ctx, chime.Delivery{User: "ann", Event: id, Client: "app", Account: account, Status: chime.DeliveryConfirmed, Created: created}),
			)
		})
	}
	for _, account := range []chime.AccountID{"", "gone", "z"} {
		for i := range 120 { // more than a page
			put(chime.EventID(fmt.Sprintf("0-%03d-%s", i, account)), account, old, time.Time{})
		}
		put(chime.EventID("00-due-"+account), account, old, young)
		put(chime.EventID("1-young-"+account), account, young, time.Time{})
	}
	f.pass(notify.Keep - 30*time.Minute)
	if n, err := f.worker.Purge(t.Context()); err != nil || n != 0 {
		t.Errorf("before the events are 90 days old: got %d and %v, want none removed yet", n, err)
	}
	f.pass(time.Hour)
	if n, err := f.worker.Purge(t.Context()); err != nil || n != 360 {
		t.Errorf("got %d and %v, want all removed that were done with", n, err)
	}
	want := []chime.EventID{"00-due-", "00-due-gone", "00-due-z", "1-young-", "1-young-gone", "1-young-z"}
	f.update(t, func(ctx context.Context, tx chime.Tx) error {
		events, err := tx.ScanEvents(ctx, chime.Event{}, 1000)
		var left, told []chime.EventID
		for _, e := range events {
			left = append(left, e.ID)
		}
		deliveries, err2 := tx.ListDeliveries(ctx, "ann", 1000)
		for _, d := range deliveries {
			told = append(told, d.Event)
		}
		slices.Sort(left)
		slices.Sort(told)
		if !slices.Equal(left, want) || !slices.Equal(told, want) {
			t.Errorf("got the events %v and the deliveries of %v, want %v", left, told, want)
		}
		return errors.Join(err, err2)
	})
	if n, err := f.worker.Purge(t.Context()); err != nil || n != 0 {
		t.Errorf("again: got %d and %v, want nothing to remove", n, err)
	}
}
