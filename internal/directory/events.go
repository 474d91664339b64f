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
type Outbox interface{ Wake(event chime.Event) }

// Wake tells the outbox of events that were committed.
func (d *Directory) Wake(events ...chime.Event) {
	if d.Outbox == nil {
		return
	}
	for _, e := range events {
		d.Outbox.Wake(e)
	}
}

// appendEvent adds an event about the people, if there are any, to the outbox and
// to the list. It is due at once.
func appendEvent(ctx context.Context, tx chime.Tx, list *[]chime.Event, kind chime.EventKind, account chime.AccountID, now time.Time, people []chime.EventPerson) error {
	if len(people) == 0 {
		return nil
	}
	return putEvent(ctx, tx, list, now, chime.Event{Account: account, Kind: kind, People: people})
}

func putEvent(ctx context.Context, tx chime.Tx, list *[]chime.Event, now time.Time, e chime.Event) error {
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("making an event's id: %w", err)
	}
	e.ID, e.Created, e.Due = chime.EventID(id.String()), now, now
	*list = append(*list, e)
	return tx.AppendEvent(ctx, e)
}

// tell adds to the outbox what a call has to tell, and returns all that it told.
func (d *Directory) tell(ctx context.Context, tx chime.Tx, c call) (events []chime.Event, err error) {
	events = c.told
	if err := appendEvent(ctx, tx, &events, chime.SignedOut, c.account, d.Now(), c.signedOut); err != nil {
		return nil, err
	}
	err = appendEvent(ctx, tx, &events, chime.Invited, c.account, d.Now(), c.invited)
	return events, err
}
