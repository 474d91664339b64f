package main

import (
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// sample is what one window of time showed.
type sample struct {
	count    int     // operations, those included whose time does not count
	rate     float64 // operations a second
	p50, p99 time.Duration
	// cpu is how much of a processor the server used for an operation; 0 when it
	// was not looked at.
	cpu time.Duration
}

// work is one operation of a worker: a request, or a transaction.
type work func() error

// errNoMore ends a worker before the window is over.
var errNoMore = errors.New("nothing left to do")

// tally collects latencies and the time that they took together.
type tally struct {
	took      time.Duration
	latencies []time.Duration
}

// run has all workers work until the time is over or there is no more to do.
func (t *tally) run(workers []work, window time.Duration) error {
	var (
		wait    sync.WaitGroup
		stopped atomic.Bool
		all     = make([][]time.Duration, len(workers))
		errs    = make([]error, len(workers))
	)
	start := time.Now()
	for i, do := range workers {
		wait.Go(func() {
			for began := time.Now(); !stopped.Load() && began.Sub(start) < window; {
				if errs[i] = do(); errs[i] != nil {
					if !errors.Is(errs[i], errNoMore) {
						stopped.Store(true)
					}
					return
				}
				now := time.Now()
				all[i] = append(all[i], now.Sub(began))
				began = now
			}
		})
	}
	wait.Wait()
	t.took += time.Since(start)
	t.latencies = append(t.latencies, slices.Concat(all...)...)
	for _, err := range errs {
		if err != nil && !errors.Is(err, errNoMore) {
			return err
		}
	}
	return nil
}

func (t *tally) sample() sample {
	if len(t.latencies) == 0 {
		return sample{}
	}
	slices.Sort(t.latencies)
	return sample{
		count: len(t.latencies), rate: float64(len(t.latencies)) / t.took.Seconds(),
		p50: percentile(t.latencies, 50), p99: percentile(t.latencies, 99),
	}
}

// percentile returns the least of the sorted times that so many of a hundred do not
// exceed.
func percentile(sorted []time.Duration, percent int) time.Duration {
	return sorted[max(0, (len(sorted)*percent+99)/100-1)]
}

// measure runs the workers for the window.
func measure(workers []work, window time.Duration) (sample, error) {
	var t tally
	err := t.run(workers, window)
	return t.sample(), err
}

// suspender is what batches are suspended in: the server, or a database.
type suspender interface {
	// open makes ready for n workers, and release ends that.
	open(n int) error
	release()
	// suspend and unsuspend do one batch; each worker has a connection of its own.
	suspend(worker int, users []string) error
	unsuspend(worker int, users []string) error
}

// suspensions hands out batches of random users, each user once, until all are
// suspended; then it lifts all of them again.
type suspensions struct {
	target suspender
	users  []string // shuffled
	next   atomic.Int64
}

func newSuspensions(target suspender, users []string) *suspensions {
	s := &suspensions{target: target, users: slices.Clone(users)}
	s.shuffle()
	return s
}

func (s *suspensions) shuffle() {
	rand.Shuffle(len(s.users), func(i, j int) { s.users[i], s.users[j] = s.users[j], s.users[i] })
	s.next.Store(0)
}

func (s *suspensions) batches() int64 { return int64(len(s.users) / batchSize) }

// each returns workers that do the batches before end, from a counter on.
func (s *suspensions) each(n int, next *atomic.Int64, end int64, do func(worker int, users []string) error) []work {
	workers := make([]work, n)
	for i := range workers {
		workers[i] = func() error {
			at := next.Add(1) - 1
			if at >= end {
				next.Add(-1)
				return errNoMore
			}
			return do(i, s.users[at*batchSize:][:batchSize])
		}
	}
	return workers
}

// measure suspends batches over n workers for the window. The time in which
// suspensions are lifted does not count.
func (s *suspensions) measure(n int, window time.Duration) (sample, error) {
	if err := s.target.open(n); err != nil {
		return sample{}, err
	}
	defer s.target.release()
	var t tally
	var lifted int
	for t.took < window {
		if s.next.Load() >= s.batches() {
			lifted += int(s.next.Load())
			if err := s.restore(n); err != nil {
				return sample{}, err
			}
		}
		if err := t.run(s.each(n, &s.next, s.batches(), s.target.suspend), window-t.took); err != nil {
			return sample{}, err
		}
	}
	result := t.sample()
	result.count += lifted
	return result, nil
}

func (s *suspensions) restore(n int) error {
	var lifted atomic.Int64
	var t tally
	err := t.run(s.each(n, &lifted, s.next.Load(), s.target.unsuspend), time.Hour)
	s.shuffle()
	return err
}
