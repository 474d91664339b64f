package notify

import (
	"context"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
)

const (
	// finishEvery is how long silent events are gathered.
	finishEvery = 500 * time.Millisecond
	// maxSilent bounds them; what is above it is found by looking.
	maxSilent = 4096
)

type eventKey struct {
	account chime.AccountID
	id      chime.EventID
}

// sift returns those of the events that somebody may have to be told of; the others
// it passes to finish. Most sign-outs are of people without any app, and each of
// those by itself would cost as much as the commit that it is of: so many of them
// are one read and one commit. What is not known for sure is taken for one to tell.
func (w *Worker) sift(ctx context.Context, events []chime.Event) (loud []chime.Event) {
	users := make([]chime.UserID, 0, len(events))
	for _, e := range events {
		if maySilent(e) {
			for _, p := range e.People {
				users = append(users, p.User)
			}
		}
	}
	if len(users) == 0 {
		return events
	}
	var grants []chime.Grant
	err := w.Store.Peek(ctx, func(tx chime.Tx) (err error) {
		grants, err = tx.Grants(ctx, users)
		return err
	})
	if err != nil {
		return events
	}
	known := make(map[chime.UserID]bool, len(grants))
	for _, g := range grants {
		known[g.User] = true
	}
	for _, e := range events {
		if maySilent(e) && !anyKnown(e.People, known) {
			select {
			case w.silent <- eventKey{e.Account, e.ID}:
			default: // it will be found
			}
			continue
		}
		loud = append(loud, e)
	}
	return loud
}

// maySilent reports an event of which nobody was told yet, and that is no mail.
func maySilent(e chime.Event) bool { return !e.Spread && e.Kind != chime.Invited }

func anyKnown(people []chime.EventPerson, known map[chime.UserID]bool) bool {
	for _, p := range people {
		if known[p.User] {
			return true
		}
	}
	return false
}

// finish notes that silent events are over, until the context ends. Nobody waits for
// that: it is done for many at a time, and is not waited for on the disk. What is
// lost of it is found and done again.
func (w *Worker) finish(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case key := <-w.silent:
			select {
			case <-ctx.Done():
				return
			case <-time.After(finishEvery):
			}
			w.finishAll(ctx, gather(key, w.silent))
		}
	}
}

// finishAll is a commit for each account.
func (w *Worker) finishAll(ctx context.Context, keys []eventKey) {
	byAccount := map[chime.AccountID][]chime.EventID{}
	for _, k := range keys {
		byAccount[k.account] = append(byAccount[k.account], k.id)
	}
	for account, ids := range byAccount {
		err := w.Store.UpdateUnsynced(ctx, func(tx chime.Tx) error { return tx.FinishEvents(ctx, account, ids) })
		if err != nil && ctx.Err() == nil {
			w.Logger.Error("finishing events", "account", string(account), "error", err)
		}
	}
}
