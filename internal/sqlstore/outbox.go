package sqlstore

import (
	"context"
	"fmt"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
)

var (
	events     = newKind(newTable("outbox", 2, "account_id event_id kind people session_id created due spread"), eventRow, readEvent)
	deliveries = newKind(newTable("deliveries", 4, `user_id event_id client_id session_id account_id status attempts
		created due settled reason`), deliveryRow, sure(readDelivery))
)

// eventPerson is a chime.EventPerson as it is stored.
type eventPerson struct {
	User   text  `json:"user"`
	Epoch  int64 `json:"epoch"`
	Invite text  `json:"invite,omitempty"`
}

func eventRow(e chime.Event) ([]any, error) {
	stored := make([]eventPerson, 0, len(e.People))
	for _, p := range e.People {
		stored = append(stored, eventPerson{text(p.User), p.Epoch, text(p.Invite)})
	}
	people, err := encode(fmt.Sprintf("the people of event %q", e.ID), stored)
	return []any{
		string(e.Account), string(e.ID), string(e.Kind), people, string(e.Session), micros(e.Created), micros(e.Due), e.Spread,
	}, err
}

func readEvent(r Row) (chime.Event, error) {
	e := chime.Event{
		Account: chime.AccountID(r.Text(0)),
		ID:      chime.EventID(r.Text(1)),
		Kind:    chime.EventKind(r.Text(2)),
		Session: chime.SessionID(r.Text(4)),
		Created: fromMicros(r.Int(5)),
		Due:     fromMicros(r.Int(6)),
		Spread:  r.Int(7) != 0,
	}
	var stored []eventPerson
	err := decode(fmt.Sprintf("the people of event %q", e.ID), r.Text(3), &stored)
	for _, p := range stored {
		e.People = append(e.People, chime.EventPerson{User: chime.UserID(p.User), Epoch: p.Epoch, Invite: string(p.Invite)})
	}
	return e, err
}

func deliveryRow(d chime.Delivery) ([]any, error) {
	return []any{
		string(d.User), string(d.Event), string(d.Client), string(d.Session), string(d.Account), string(d.Status), d.Attempts,
		micros(d.Created), micros(d.Due), micros(d.Settled), d.Reason,
	}, nil
}

func readDelivery(r Row) chime.Delivery {
	return chime.Delivery{
		User:     chime.UserID(r.Text(0)),
		Event:    chime.EventID(r.Text(1)),
		Client:   chime.ClientID(r.Text(2)),
		Session:  chime.SessionID(r.Text(3)),
		Account:  chime.AccountID(r.Text(4)),
		Status:   chime.DeliveryStatus(r.Text(5)),
		Attempts: r.Int(6),
		Created:  fromMicros(r.Int(7)),
		Due:      fromMicros(r.Int(8)),
		Settled:  fromMicros(r.Int(9)),
		Reason:   r.Text(10),
	}
}

// AppendEvent implements chime.Outbox.
func (t tx) AppendEvent(ctx context.Context, event chime.Event) error {
	return events.add(ctx, t, event)
}

// Event implements chime.Outbox.
func (t tx) Event(ctx context.Context, account chime.AccountID, id chime.EventID) (*chime.Event, error) {
	return events.get(ctx, t, string(account), string(id))
}

// DueEvents implements chime.Outbox.
func (t tx) DueEvents(ctx context.Context, account chime.AccountID, at time.Time, limit int) ([]chime.Event, error) {
	return events.list(ctx, t, "WHERE account_id = $1 AND due > 0 AND due <= $2 ORDER BY due, event_id LIMIT $3",
		string(account), micros(at), int64(limit))
}

// DueAccounts implements chime.Outbox. It reads as much of the index as there are
// events to be delivered, whenever they are due.
func (t tx) DueAccounts(ctx context.Context, at time.Time, limit int) (accounts []chime.AccountID, err error) {
	err = t.conn.Query(ctx, "SELECT DISTINCT account_id FROM outbox WHERE due > 0 AND due <= $1 ORDER BY account_id LIMIT $2",
		[]any{micros(at), int64(limit)}, func(r Row) error {
			accounts = append(accounts, chime.AccountID(r.Text(0)))
			return nil
		})
	return accounts, err
}

// PutEvent implements chime.Outbox.
func (t tx) PutEvent(ctx context.Context, event chime.Event) error {
	return t.conn.Exec(ctx, "UPDATE outbox SET due = $1, spread = $2 WHERE account_id = $3 AND event_id = $4",
		micros(event.Due), event.Spread, string(event.Account), string(event.ID))
}

// FinishEvents implements chime.Outbox.
func (t tx) FinishEvents(ctx context.Context, account chime.AccountID, ids []chime.EventID) error {
	return chunks(ids, func(some []chime.EventID) error {
		list, args := in(2, some, []any{string(account)})
		return t.conn.Exec(ctx, "UPDATE outbox SET due = 0, spread = 1 WHERE account_id = $1 AND event_id IN "+list+" AND spread = 0", args...)
	})
}

// DeleteEvents implements chime.Outbox. Ids are in the order of time, so what is
// older than the moment stands first.
func (t tx) DeleteEvents(ctx context.Context, account chime.AccountID, before time.Time, limit int) (int, error) {
	oldest, err := events.list(ctx, t, "WHERE account_id = $1 ORDER BY event_id LIMIT $2", string(account), int64(limit))
	if err != nil {
		return 0, err
	}
	deleted := 0
	for _, e := range oldest {
		if !e.Created.Before(before) || !e.Due.IsZero() {
			continue
		}
		users := make([]chime.UserID, 0, len(e.People))
		for _, p := range e.People {
			users = append(users, p.User)
		}
		err := chunks(users, func(some []chime.UserID) error {
			list, args := in(2, some, []any{string(e.ID)})
			return t.conn.Exec(ctx, "DELETE FROM deliveries WHERE event_id = $1 AND user_id IN "+list, args...)
		})
		if err != nil {
			return 0, err
		}
		if err := t.remove(ctx, events.table, string(account), string(e.ID)); err != nil {
			return 0, err
		}
		deleted++
	}
	return deleted, nil
}

// AddDeliveries implements chime.Outbox.
func (t tx) AddDeliveries(ctx context.Context, list ...chime.Delivery) error {
	return deliveries.add(ctx, t, list...)
}

// PutDeliveries implements chime.Outbox.
func (t tx) PutDeliveries(ctx context.Context, list ...chime.Delivery) error {
	return deliveries.put(ctx, t, list...)
}

// EventDeliveries implements chime.Outbox.
func (t tx) EventDeliveries(ctx context.Context, event chime.EventID, users []chime.UserID) (found []chime.Delivery, err error) {
	err = chunks(users, func(some []chime.UserID) error {
		list, args := in(2, some, []any{string(event)})
		page, err := deliveries.list(ctx, t, "WHERE event_id = $1 AND user_id IN "+list, args...)
		found = append(found, page...)
		return err
	})
	return found, err
}

// ListDeliveries implements chime.Outbox.
func (t tx) ListDeliveries(ctx context.Context, user chime.UserID, limit int) ([]chime.Delivery, error) {
	return deliveries.list(ctx, t, "WHERE user_id = $1 ORDER BY event_id DESC, client_id DESC, session_id DESC LIMIT $2",
		string(user), int64(limit))
}
