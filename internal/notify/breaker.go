package notify

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
)

const (
	// breakAfter is after how many failures in a row an app is left alone for a while.
	breakAfter = 3
	// firstRest is doubled by each further failure, up to lastRest.
	firstRest = time.Second
	lastRest  = time.Minute
	// callsAtOnce is how many calls an app, and the mail server, gets at a time.
	callsAtOnce = 16
)

var errResting = errors.New("the app did not answer the last few times and is left alone for a moment")

// breakers keep an app that does not answer from holding up what others are told.
type breakers struct {
	mu   sync.Mutex
	apps map[chime.ClientID]*breaker
}

type breaker struct {
	failures int
	until    time.Time
}

// allow returns an error while the app is left alone.
func (b *breakers) allow(app chime.ClientID, now time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if known := b.apps[app]; known != nil && now.Before(known.until) {
		return errResting
	}
	return nil
}

// report tells how a call ended.
func (b *breakers) report(app chime.ClientID, ok bool, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if ok {
		delete(b.apps, app)
		return
	}
	if b.apps == nil {
		b.apps = make(map[chime.ClientID]*breaker)
	}
	known := b.apps[app]
	if known == nil {
		known = &breaker{}
		b.apps[app] = known
	}
	known.failures++
	if over := known.failures - breakAfter; over >= 0 {
		known.until = now.Add(min(firstRest<<min(over, 10), lastRest))
	}
}

// gates bound the calls to each app, and those to the mail server, which has no id.
type gates struct {
	mu   sync.Mutex
	apps map[chime.ClientID]chan struct{}
}

// enter waits for a place among the calls to the app; leave gives it back.
func (g *gates) enter(ctx context.Context, app chime.ClientID) (leave func(), err error) {
	g.mu.Lock()
	if g.apps == nil {
		g.apps = make(map[chime.ClientID]chan struct{})
	}
	gate := g.apps[app]
	if gate == nil {
		gate = make(chan struct{}, callsAtOnce)
		g.apps[app] = gate
	}
	g.mu.Unlock()
	select {
	case gate <- struct{}{}:
		return func() { <-gate }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
