package notify

import (
	"context"
	"fmt"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
)

const (
	// Keep is how long an event is kept, with what became of its deliveries.
	Keep = 90 * 24 * time.Hour
	// purgePage is how many events one transaction looks at. An event may be about a
	// thousand people.
	purgePage = 100
	// afterEvents is greater than the id of any event.
	afterEvents = chime.EventID("~")
)

// Purge removes events older than Keep that are done with, of every account, of
// accounts that were purged too, and returns how many. A job's.
func (w *Worker) Purge(ctx context.Context) (purged int, err error) {
	before := w.Now().Add(-Keep)
	for last := (chime.Event{}); ; {
		account, err := w.nextAccount(ctx, last)
		if err != nil || account == nil {
			return purged, err
		}
		n, err := w.purgeAccount(ctx, *account, before)
		purged += n
		if err != nil {
			return purged, err
		}
		last = chime.Event{Account: *account, ID: afterEvents}
	}
}

// nextAccount returns the account of the first event after the given one, or nil.
func (w *Worker) nextAccount(ctx context.Context, last chime.Event) (account *chime.AccountID, err error) {
	err = w.Store.View(ctx, func(tx chime.Tx) error {
		page, err := tx.ScanEvents(ctx, last, 1)
		if err != nil {
			return fmt.Errorf("looking for events to remove: %w", err)
		}
		account = nil
		if len(page) > 0 {
			account = &page[0].Account
		}
		return nil
	})
	return account, err
}

func (w *Worker) purgeAccount(ctx context.Context, account chime.AccountID, before time.Time) (purged int, err error) {
	for {
		n := 0
		err := w.Store.Update(ctx, func(tx chime.Tx) (err error) {
			n, err = tx.DeleteEvents(ctx, account, before, purgePage)
			return err
		})
		if err != nil {
			return purged, fmt.Errorf("removing events: %w", err)
		}
		purged += n
		if n == 0 {
			return purged, nil
		}
	}
}
