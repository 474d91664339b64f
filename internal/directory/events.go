package directory

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/carillon-id/carillon/internal/chime"
)

// Outbox is told of an event after its commit, so that it is delivered at once.
// It MUST NOT block.
type Outbox interface {
	Wake(account chime.AccountID, event chime.EventID)
}

// Wake tells the outbox of events that were committed.
func (d *Directory) Wake(events ...chime.Event) {
	if d.Outbox == nil {
		return
	}
	for _, e := range events {
		d.Outbox.Wake(e.Account, e.ID)
	}
}

// newEvent returns an event of the account that is due at once.
func newEvent(kind chime.EventKind, account chime.AccountID, now time.Time, people ...chime.EventPerson) (chime.Event, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return chime.Event{}, fmt.Errorf("making an event's id: %w", err)
	}
	return chime.Event{Account: account, ID: chime.EventID(id.String()), Kind: kind, People: people, Created: now, Due: now}, nil
}

// appendEvent adds an event with the people, if there are any, to the outbox, and
// to the list.
func appendEvent(ctx context.Context, tx chime.Tx, list *[]chime.Event, kind chime.EventKind, account chime.AccountID, now time.Time, people []chime.EventPerson) error {
	if len(people) == 0 {
		return nil
	}
	e, err := newEvent(kind, account, now, people...)
	if err != nil {
		return err
	}
	*list = append(*list, e)
	return tx.AppendEvent(ctx, e)
}
