package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"
)

// maxRaw is how many connections of the raw driver there are at the most.
const maxRaw = 16

// connectionCounts are those that everything is measured over.
func connectionCounts() []int { return []int{1, 16, 64} }

// appConnections is over how many what apps ask is measured.
const appConnections = 16

// What is measured.
const (
	suspend    = "suspend-50"
	getUser    = "get-user"
	list       = "list-100"
	firstPage  = "list-100, first page"
	lastPage   = "list-100, last page"
	introspect = "introspect"
	userinfo   = "userinfo"
)

// By whom it is done.
const (
	byServer = "server"
	byRaw    = "raw driver"
	byNaive  = "naive layout"
	byCanned = "canned answer"
)

// series is one thing that is measured in every round.
type series struct {
	what, by    string
	connections int
	measure     func(window time.Duration) (sample, error)
	samples     []sample
}

func (s *series) String() string {
	return fmt.Sprintf("%s, %s, %s", s.what, s.by, counted(s.connections, "connection"))
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// withCPU also measures the processor time of a server.
func withCPU(p **process, measure func(time.Duration) (sample, error)) func(time.Duration) (sample, error) {
	return func(window time.Duration) (sample, error) {
		before, err := (*p).processorTime()
		if err != nil {
			return sample{}, err
		}
		s, err := measure(window)
		if err != nil {
			return sample{}, err
		}
		after, err := (*p).processorTime()
		s.cpu = time.Duration(float64(after-before) / float64(s.count))
		return s, err
	}
}

// planner puts together what is measured in a round.
type planner struct {
	*bench
	raw            []rawConn
	onRaw, onNaive *suspensions
	all            []*series
}

// plan returns what is measured in a round, in the order in which it is: whatever
// is compared stands together, so that it meets the machine in the same mood.
func (b *bench) plan(ctx context.Context) ([]*series, error) {
	raw, err := b.database.raw(ctx, maxRaw)
	if err != nil {
		return nil, err
	}
	for _, c := range raw {
		b.closers = append(b.closers, c.close)
	}
	users := b.population[0].users
	p := planner{bench: b, raw: raw, onRaw: newSuspensions(rawBatches(raw), users), onNaive: newSuspensions(b.database.naive(), users)}
	for _, n := range connectionCounts() {
		p.suspensions(n)
		p.overHTTP(getUser, n, b.getUsers)
		p.overHTTP(list, n, b.listPages(b.pages))
		p.overRaw(getUser, n, rawConn.getUser)
		p.overRaw(list, n, rawConn.list)
	}
	lastFull := max(0, len(b.pages)-2) // the last one may hold a few users only
	p.onServer(firstPage, 1, b.listPages(b.pages[:1]))
	p.onServer(lastPage, 1, b.listPages(b.pages[lastFull:lastFull+1]))
	p.overHTTP(introspect, appConnections, b.introspects)
	p.overHTTP(userinfo, appConnections, b.userinfos)
	return p.all, nil
}

func (p *planner) add(what, by string, connections int, measure func(time.Duration) (sample, error)) {
	switch by {
	case byServer:
		measure = withCPU(&p.server, measure)
	case byCanned:
		measure = withCPU(&p.canned, measure)
	}
	s := &series{what: what, by: by, connections: connections, measure: measure}
	if p.only.MatchString(s.String()) && find(p.all, what, by, connections) == nil {
		p.all = append(p.all, s)
	}
}

// suspensions are those over n connections. Where the engine has one writer, more
// raw connections would only wait for it.
func (p *planner) suspensions(n int) {
	if writers := min(n, p.database.rawWriters()); n <= len(p.raw) {
		p.add(suspend, byRaw, writers, func(window time.Duration) (sample, error) { return p.onRaw.measure(writers, window) })
	}
	p.add(suspend, byServer, n, func(window time.Duration) (sample, error) { return p.bench.suspensions.measure(n, window) })
	p.add(suspend, byNaive, 1, func(window time.Duration) (sample, error) { return p.onNaive.measure(1, window) })
}

func (p *planner) overHTTP(what string, n int, worker func(*client) work) {
	p.onServer(what, n, worker)
	p.add(what, byCanned, n, func(window time.Duration) (sample, error) {
		return overConnections(p.canned.address, n, window, worker)
	})
}

func (p *planner) onServer(what string, n int, worker func(*client) work) {
	p.add(what, byServer, n, func(window time.Duration) (sample, error) {
		return overConnections(p.server.address, n, window, worker)
	})
}

func (p *planner) overRaw(what string, n int, do func(c rawConn, user string) error) {
	if n > len(p.raw) {
		return
	}
	users := p.population[0].users
	p.add(what, byRaw, n, func(window time.Duration) (sample, error) {
		workers := make([]work, n)
		for i, c := range p.raw[:n] {
			workers[i] = func() error { return do(c, users[rand.IntN(len(users))]) }
		}
		return measure(workers, window)
	})
}

func find(all []*series, what, by string, connections int) *series {
	for _, s := range all {
		if s.what == what && s.by == by && s.connections == connections {
			return s
		}
	}
	return nil
}
