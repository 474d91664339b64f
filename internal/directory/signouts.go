package directory

import (
	"context"
	"slices"
	"time"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
)

// maxSignouts is how many deliveries ListSignouts returns.
const maxSignouts = 200

// Signout is the message of one sign-out to one app. Without a Client it stands for
// all messages of a sign-out that happened just now: which apps there are to tell is
// not known yet.
type Signout struct {
	chime.Delivery
	App string // its name; "" for one that was deleted, and for another tenant's
}

// ListSignouts returns which apps were told, and when, of the latest sign-outs of
// a person, newest first: of those that happened in the account, or for "" in any of
// the caller's tenant. Whoever was removed by one is in the account no more, and yet
// it is there. Of another tenant's app it tells whether it was told, and no more.
func (d *Directory) ListSignouts(ctx context.Context, id chime.AccountID, user chime.UserID) (list []Signout, err error) {
	c := call{operation: "ListSignouts", account: id, params: audit.Values{"userId": user}}
	if id != "" {
		c.with("accountId", id)
	}
	err = d.read(ctx, c, func(caller iam.Caller, tx chime.Tx) error {
		if id != "" {
			if _, err := d.account(ctx, caller, tx, id); err != nil {
				return err
			}
		}
		list, err = d.notBegun(ctx, caller, tx, id, user) // first, as it turns into what is read next
		if err != nil {
			return err
		}
		deliveries, err := tx.ListDeliveries(ctx, user, maxSignouts)
		if err != nil {
			return err
		}
		mine, err := d.ownAccounts(ctx, caller, tx, deliveries)
		if err != nil {
			return err
		}
		deliveries = slices.DeleteFunc(deliveries, func(delivery chime.Delivery) bool {
			return !mine[delivery.Account] || id != "" && delivery.Account != id || delivery.Client == "" // a mail has no app
		})
		told, err := d.told(ctx, caller, tx, deliveries)
		list = append(list, told...)
		return err
	})
	return list, err
}

// told names the apps of deliveries.
func (d *Directory) told(ctx context.Context, caller iam.Caller, tx chime.Tx, deliveries []chime.Delivery) (list []Signout, err error) {
	clients := make([]chime.ClientID, 0, len(deliveries))
	for _, delivery := range deliveries {
		clients = append(clients, delivery.Client)
	}
	slices.Sort(clients)
	found, err := tx.AppSet(ctx, slices.Compact(clients))
	apps := make(map[chime.ClientID]chime.App, len(found))
	for _, app := range found {
		apps[app.ID] = app
	}
	for _, delivery := range deliveries {
		app, known := apps[delivery.Client]
		if known && app.Tenant != caller.Tenant {
			app.Name, delivery.Reason = "", ""
		}
		list = append(list, Signout{delivery, app.Name})
	}
	return list, err
}

// notBegunWithin is when an event is due at the latest that nobody has begun with.
const notBegunWithin = time.Minute

// notBegun are the sign-outs of a person, in the account, or for "" in the one that
// they are in, that nobody has begun to tell of.
func (d *Directory) notBegun(ctx context.Context, caller iam.Caller, tx chime.Tx, id chime.AccountID, user chime.UserID) (list []Signout, err error) {
	if id == "" {
		subject, err := tx.Subject(ctx, user, "")
		if err != nil || subject == nil || subject.Account == nil || subject.Account.Tenant != caller.Tenant {
			return nil, err
		}
		id = subject.Account.ID
	}
	events, err := tx.DueEvents(ctx, id, d.Now().Add(notBegunWithin), maxSignouts)
	for _, e := range events {
		about := slices.ContainsFunc(e.People, func(p chime.EventPerson) bool { return p.User == user })
		if about && !e.Spread && e.Kind != chime.Invited {
			list = append(list, Signout{Delivery: chime.Delivery{
				User: user, Event: e.ID, Session: e.Session, Account: e.Account, Status: chime.DeliveryPending, Created: e.Created, Due: e.Created,
			}})
		}
	}
	return list, err
}

// ownAccounts are those accounts of the deliveries that are the caller's tenant's.
func (d *Directory) ownAccounts(ctx context.Context, caller iam.Caller, tx chime.Tx, deliveries []chime.Delivery) (map[chime.AccountID]bool, error) {
	mine := map[chime.AccountID]bool{}
	var ids []chime.AccountID
	for _, delivery := range deliveries {
		if _, seen := mine[delivery.Account]; !seen {
			mine[delivery.Account] = false
			ids = append(ids, delivery.Account)
		}
	}
	if len(ids) == 0 {
		return mine, nil
	}
	accounts, err := tx.Accounts(ctx, ids)
	for _, account := range accounts {
		mine[account.ID] = account.Tenant == caller.Tenant
	}
	return mine, err
}
