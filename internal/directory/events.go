package directory

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/carillon-id/carillon/internal/chime"
)

// Outbox is told of an event after its commit, so that it is delivered at once.
// It MUST NOT block.
type Outbox interface {
	Wake(account chime.AccountID, event chime.EventID)
}

// Wake tells the outbox of events that were committed. The zero event is none.
func (d *Directory) Wake(events ...chime.Event) {
	for _, e := range events {
		if d.Outbox != nil && e.ID != "" {
			d.Outbox.Wake(e.Account, e.ID)
		}
	}
}

// signedOut adds to the outbox that these epochs of people ended. Without people
// there is no event, and the zero one is returned.
func (d *Directory) signedOut(ctx context.Context, tx chime.Tx, account chime.AccountID, people []chime.EventPerson) (chime.Event, error) {
	if len(people) == 0 {
		return chime.Event{}, nil
	}
	return d.append(ctx, tx, chime.Event{Account: account, Kind: chime.SignedOut, People: people})
}

// append adds an event, due at once, to the outbox.
func (d *Directory) append(ctx context.Context, tx chime.Tx, e chime.Event) (chime.Event, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return chime.Event{}, fmt.Errorf("making an event's id: %w", err)
	}
	e.ID, e.Created = chime.EventID(id.String()), d.Now()
	e.Due = e.Created
	return e, tx.AppendEvent(ctx, e)
}

// tell adds to the outbox what a call has to tell.
func (d *Directory) tell(ctx context.Context, tx chime.Tx, c call) ([]chime.Event, error) {
	ended, err := d.signedOut(ctx, tx, c.account, c.signedOut)
	if err != nil || len(c.invited) == 0 {
		return []chime.Event{ended}, err
	}
	invited, err := d.append(ctx, tx, chime.Event{Account: c.account, Kind: chime.Invited, People: c.invited})
	return []chime.Event{ended, invited}, err
}
