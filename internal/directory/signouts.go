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
	App string // its name; "" for one that was deleted
}

// ListSignouts returns which apps were told, and when, of the latest sign-outs of
// a person, newest first: of those that happened in accounts of the caller's tenant.
func (d *Directory) ListSignouts(ctx context.Context, user chime.UserID) (list []Signout, err error) {
	c := call{operation: "ListSignouts", params: audit.Values{"userId": user}}
	err = d.read(ctx, c, func(caller iam.Caller, tx chime.Tx) error {
		list, err = d.notBegun(ctx, caller, tx, user) // first, as it turns into what is read next
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
		names := map[chime.ClientID]string{}
		for _, delivery := range deliveries {
			if !mine[delivery.Account] || delivery.Client == "" { // a mail of an invitation has no app
				continue
			}
			name, known := names[delivery.Client]
			if !known {
				app, err := tx.App(ctx, delivery.Client)
				if err != nil {
					return err
				}
				if app != nil {
					name = app.Name
				}
				names[delivery.Client] = name
			}
			list = append(list, Signout{delivery, name})
		}
		return nil
	})
	return list, err
}

// notBegunWithin is when an event is due at the latest that nobody has begun with.
const notBegunWithin = time.Minute

// notBegun are the sign-outs of a person, in the account that they are in, that
// nobody has begun to tell of.
func (d *Directory) notBegun(ctx context.Context, caller iam.Caller, tx chime.Tx, user chime.UserID) (list []Signout, err error) {
	subject, err := tx.Subject(ctx, user, "")
	if err != nil || subject == nil || subject.Account == nil || subject.Account.Tenant != caller.Tenant {
		return nil, err
	}
	events, err := tx.DueEvents(ctx, subject.Account.ID, d.Now().Add(notBegunWithin), maxSignouts)
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
