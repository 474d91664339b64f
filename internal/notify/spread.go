package notify

import (
	"context"

	"github.com/carillon-id/carillon/internal/chime"
)

// spread returns the deliveries of an event, which it makes the first time: to each
// app where each person has a session, or a mail to each who was invited. What a
// delivery is keyed by is fixed, so that making them twice makes none twice.
func (w *Worker) spread(ctx context.Context, event *chime.Event) (deliveries []chime.Delivery, err error) {
	users := make([]chime.UserID, 0, len(event.People))
	for _, p := range event.People {
		users = append(users, p.User)
	}
	if event.Spread {
		err = w.Store.View(ctx, func(tx chime.Tx) error {
			deliveries, err = tx.EventDeliveries(ctx, event.ID, users)
			return err
		})
		return deliveries, err
	}
	err = w.Store.Update(ctx, func(tx chime.Tx) error {
		if event.Kind == chime.Invited {
			deliveries = mails(event)
		} else if deliveries, err = logouts(ctx, tx, event, users); err != nil {
			return err
		}
		if err := tx.AddDeliveries(ctx, deliveries...); err != nil {
			return err
		}
		spread := *event
		spread.Spread = true
		return tx.PutEvent(ctx, spread)
	})
	event.Spread = err == nil
	return deliveries, err
}

func mails(event *chime.Event) []chime.Delivery {
	list := make([]chime.Delivery, 0, len(event.People))
	for _, p := range event.People {
		list = append(list, newDelivery(event, p.User, ""))
	}
	return list
}

func newDelivery(event *chime.Event, user chime.UserID, client chime.ClientID) chime.Delivery {
	return chime.Delivery{
		User: user, Event: event.ID, Client: client, Session: event.Session, Account: event.Account,
		Status: chime.DeliveryPending, Created: event.Created, Due: event.Created,
	}
}

// logouts are the deliveries to those apps that want to be told, and where a person
// has part of a session that the event ended.
func logouts(ctx context.Context, tx chime.Tx, event *chime.Event, users []chime.UserID) ([]chime.Delivery, error) {
	grants, err := tx.Grants(ctx, users)
	if err != nil {
		return nil, err
	}
	told, err := listening(ctx, tx, grants)
	if err != nil {
		return nil, err
	}
	ended := make(map[chime.UserID]int64, len(event.People))
	for _, p := range event.People {
		ended[p.User] = p.Epoch
	}
	seen := map[chime.Delivery]bool{}
	var list []chime.Delivery
	for _, g := range grants {
		if g.Epoch != ended[g.User] || !told[g.Client] || event.Kind == chime.SessionEnded && g.Session != event.Session {
			continue
		}
		if d := newDelivery(event, g.User, g.Client); !seen[keyOf(d)] {
			seen[keyOf(d)] = true
			list = append(list, d)
		}
	}
	return list, nil
}

// listening are those apps of the grants that have a back-channel logout URI.
func listening(ctx context.Context, tx chime.Tx, grants []chime.Grant) (map[chime.ClientID]bool, error) {
	asked := map[chime.ClientID]bool{}
	var ids []chime.ClientID
	for _, g := range grants {
		if !asked[g.Client] {
			asked[g.Client] = true
			ids = append(ids, g.Client)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	apps, err := tx.AppSet(ctx, ids)
	told := make(map[chime.ClientID]bool, len(apps))
	for _, app := range apps {
		told[app.ID] = app.BackchannelLogoutURI != ""
	}
	return told, err
}
