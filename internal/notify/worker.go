package notify

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
)

const (
	// GiveUp is how long a delivery is tried.
	GiveUp = 24 * time.Hour
	// lease is how long whoever took an event has it for themselves, unless they renew
	// it; so long an event waits whose process was killed.
	lease      = 20 * time.Second
	renewEvery = lease / 2
	// pollEvery is how often events are looked for that nobody was told of: those of
	// the command line, or of a process that was killed.
	pollEvery = 5 * time.Second
	// maxEvents is how many events are worked on at a time.
	maxEvents = 64
	// maxWaking bounds the events that wait to be worked on; what is above it is found
	// by looking.
	maxWaking = 1024
	// firstRetry is doubled by each failure, up to lastRetry.
	firstRetry = time.Second
	lastRetry  = 15 * time.Minute
)

// Signer makes the logout tokens (package signing).
type Signer interface {
	// Sign returns a JWT of the claims, with the type in its header.
	Sign(ctx context.Context, typ string, claims any) (string, error)
}

// Config is what a Worker works with.
type Config struct {
	Store  chime.Store
	Signer Signer
	// Issuer is the public URL that apps know the server by.
	Issuer string
	// HTTP makes the calls to apps (package outbound).
	HTTP        *http.Client
	Invitations Invitations
	Logger      *slog.Logger
	Now         func() time.Time
	// Confirmed, when set, is told how long after its commit an app has confirmed.
	Confirmed func(time.Duration)
}

// Worker delivers the outbox.
type Worker struct {
	Config
	waking   chan chime.Event
	silent   chan eventKey // events with nobody to tell
	breakers breakers
	calls    gates
}

// New returns a worker.
func New(c Config) *Worker {
	return &Worker{Config: c, waking: make(chan chime.Event, maxWaking), silent: make(chan eventKey, maxSilent)}
}

// Wake has an event delivered that was just committed. It does not block.
func (w *Worker) Wake(event chime.Event) {
	select {
	case w.waking <- event:
	default: // it will be found
	}
}

// Run delivers until the context ends, and returns when what is under way is done.
func (w *Worker) Run(ctx context.Context) {
	var working sync.WaitGroup
	defer working.Wait()
	slots := make(chan struct{}, maxEvents)
	working.Go(func() { w.finish(ctx) })
	start := func(event chime.Event) {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return
		}
		working.Go(func() {
			defer func() { <-slots }()
			w.work(ctx, event)
		})
	}
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	w.look(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case event := <-w.waking:
			for _, loud := range w.sift(ctx, gather(event, w.waking)) {
				start(loud)
			}
		case <-ticker.C:
			w.look(ctx)
		}
	}
}

// look finds events that are due.
func (w *Worker) look(ctx context.Context) {
	var due []chime.Event
	err := w.Store.View(ctx, func(tx chime.Tx) error {
		accounts, err := tx.DueAccounts(ctx, w.Now(), maxWaking)
		if err != nil {
			return err
		}
		for _, account := range accounts {
			events, err := tx.DueEvents(ctx, account, w.Now(), maxWaking-len(due))
			if err != nil {
				return err
			}
			if due = append(due, events...); len(due) >= maxWaking {
				break
			}
		}
		return nil
	})
	if err != nil && ctx.Err() == nil {
		w.Logger.Error("looking for what to deliver", "error", err)
	}
	for _, event := range due {
		w.Wake(event)
	}
}

// work takes an event and delivers what is due of it.
func (w *Worker) work(ctx context.Context, woken chime.Event) {
	event, err := w.take(ctx, woken)
	if err == nil && event != nil {
		err = w.deliver(ctx, event)
	}
	if err != nil && ctx.Err() == nil {
		w.Logger.Error("delivering", "event", string(woken.ID), "error", err)
	}
}

// take takes the event for this process; nil when it is another's, or not due.
func (w *Worker) take(ctx context.Context, woken chime.Event) (event *chime.Event, err error) {
	err = w.Store.UpdateInPlace(ctx, func(tx chime.Tx) error {
		if event, err = tx.Event(ctx, woken.Account, woken.ID); err != nil || event == nil {
			return err
		}
		if now := w.Now(); event.Due.IsZero() || event.Due.After(now) {
			event = nil
			return nil
		}
		event.Due = w.Now().Add(lease)
		return tx.PutEvent(ctx, *event)
	})
	return event, err
}

// deliver does what is due of an event that was taken, and gives it back.
func (w *Worker) deliver(ctx context.Context, event *chime.Event) error {
	deliveries, err := w.spread(ctx, event)
	if err != nil {
		return err
	}
	now := w.Now()
	results := make(chan chime.Delivery, len(deliveries))
	pending := 0
	for i := range deliveries {
		if d := deliveries[i]; d.Status == chime.DeliveryPending && !d.Due.After(now) {
			pending++
			go func() { results <- w.attempt(ctx, event, d) }()
		}
	}
	byKey := make(map[chime.Delivery]int, len(deliveries))
	for i, d := range deliveries {
		byKey[keyOf(d)] = i
	}
	renew := time.NewTicker(renewEvery)
	defer renew.Stop()
	for pending > 0 {
		var done []chime.Delivery
		select {
		case d := <-results:
			done = gather(d, results)
		case <-renew.C:
			event.Due = w.Now().Add(lease)
		}
		pending -= len(done)
		if ctx.Err() != nil {
			return context.Cause(ctx) // what was cut short is tried again
		}
		if err := w.settle(ctx, event, done); err != nil {
			return err
		}
		for _, d := range done {
			deliveries[byKey[keyOf(d)]] = d
			w.observe(d)
		}
	}
	return w.giveBack(ctx, event, deliveries)
}

// settle writes what became of deliveries, and for how long the event is taken.
func (w *Worker) settle(ctx context.Context, event *chime.Event, done []chime.Delivery) error {
	return w.Store.Update(ctx, func(tx chime.Tx) error {
		if err := tx.PutDeliveries(ctx, done...); err != nil {
			return err
		}
		return tx.PutEvent(ctx, *event)
	})
}

// keyOf is a delivery's key.
func keyOf(d chime.Delivery) chime.Delivery {
	return chime.Delivery{User: d.User, Event: d.Event, Client: d.Client, Session: d.Session}
}

// gather returns the first of a channel and all that is in it already: one read, or
// one commit, for all of them.
func gather[T any](first T, more <-chan T) []T {
	all := []T{first}
	for len(all) <= cap(more) {
		select {
		case one := <-more:
			all = append(all, one)
		default:
			return all
		}
	}
	return all
}

func (w *Worker) observe(d chime.Delivery) {
	switch {
	case d.Client == "":
	case d.Status == chime.DeliveryConfirmed && w.Confirmed != nil:
		w.Confirmed(d.Settled.Sub(d.Created))
	case d.Status == chime.DeliveryFailed:
		w.Logger.Warn("gave up telling an app of a sign-out", "event", string(d.Event), "app", string(d.Client), "user", string(d.User), "reason", d.Reason)
	}
}

// giveBack says when the event is due again: when the first of its deliveries is,
// or never.
func (w *Worker) giveBack(ctx context.Context, event *chime.Event, deliveries []chime.Delivery) error {
	event.Due = time.Time{}
	for _, d := range deliveries {
		if d.Status == chime.DeliveryPending && (event.Due.IsZero() || d.Due.Before(event.Due)) {
			event.Due = d.Due
		}
	}
	err := w.Store.Update(ctx, func(tx chime.Tx) error { return tx.PutEvent(ctx, *event) })
	if err == nil && !event.Due.IsZero() {
		again := *event
		time.AfterFunc(event.Due.Sub(w.Now()), func() { w.Wake(again) })
	}
	return err
}

// attempt makes one attempt at a delivery and returns what became of it.
func (w *Worker) attempt(ctx context.Context, event *chime.Event, d chime.Delivery) chime.Delivery {
	err := w.send(ctx, event, d)
	now := w.Now()
	d.Attempts++
	var final *finalError
	switch {
	case err == nil:
		d.Status, d.Settled, d.Due, d.Reason = chime.DeliveryConfirmed, now, time.Time{}, ""
	case errors.As(err, &final) || now.Sub(d.Created) >= GiveUp:
		d.Status, d.Settled, d.Due, d.Reason = chime.DeliveryFailed, now, time.Time{}, reason(err)
	default:
		d.Due, d.Reason = now.Add(backoff(d.Attempts)), reason(err)
	}
	return d
}

// send waits for a place among the calls to the app, or to the mail server.
func (w *Worker) send(ctx context.Context, event *chime.Event, d chime.Delivery) error {
	leave, err := w.calls.enter(ctx, d.Client)
	if err != nil {
		return err
	}
	defer leave()
	if event.Kind == chime.Invited {
		return w.invite(ctx, event, d)
	}
	return w.logout(ctx, d)
}

// backoff is how long to wait after so many failures: twice as long each time, and
// never in step with others.
func backoff(failures int64) time.Duration {
	wait := lastRetry
	if shift := failures - 1; shift < 20 {
		wait = min(firstRetry<<shift, lastRetry)
	}
	return wait/2 + rand.N(wait/2) // #nosec G404 -- nothing hangs on it
}

// finalError is a failure that trying again will not mend.
type finalError struct{ err error }

func (e *finalError) Error() string { return e.err.Error() }
func (e *finalError) Unwrap() error { return e.err }

// maxReason bounds what is kept of a failure, in bytes.
const maxReason = 200

func reason(err error) string {
	text := err.Error()
	if len(text) > maxReason {
		text = text[:maxReason]
	}
	return text
}
