package awsapi

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// The bounds of a limiter's memory, and of what keeping it bounded costs.
const (
	sweepFrom  = 1 << 10     // buckets; fewer are never swept
	sweepEvery = time.Second // at most
	maxBuckets = 1 << 16
)

// limiter bounds the rate of requests of each of any number of sources: perSecond
// in the long run, twice that at once. A source that has been idle long enough
// to have its whole burst back is forgotten. When very many are active at once,
// the newest of them share one bucket, so that memory has a bound.
type limiter struct {
	perSecond int // 0 is no limit
	now       func() time.Time

	mu      sync.Mutex
	buckets map[string]*rate.Limiter
	swept   time.Time
	shared  *rate.Limiter
}

func newLimiter(perSecond int, now func() time.Time) *limiter {
	l := &limiter{perSecond: perSecond, now: now, buckets: map[string]*rate.Limiter{}}
	l.shared = l.bucket()
	return l
}

func (l *limiter) bucket() *rate.Limiter {
	return rate.NewLimiter(rate.Limit(l.perSecond), 2*l.perSecond)
}

// take counts one request of the source. It returns a *throttled when the source
// must wait first.
func (l *limiter) take(source string) error {
	if l.perSecond == 0 {
		return nil
	}
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.of(source, now)
	if b.AllowN(now, 1) {
		return nil
	}
	wait := (1 - b.TokensAt(now)) / float64(l.perSecond)
	return &throttled{after: time.Duration(wait * float64(time.Second))}
}

// of returns the bucket of the source.
func (l *limiter) of(source string, now time.Time) *rate.Limiter {
	if b, ok := l.buckets[source]; ok {
		return b
	}
	if len(l.buckets) >= sweepFrom && now.Sub(l.swept) >= sweepEvery {
		l.forget(now)
	}
	if len(l.buckets) >= maxBuckets {
		return l.shared
	}
	b := l.bucket()
	l.buckets[source] = b
	return b
}

// forget drops the sources that have their whole burst, which a new bucket has
// too.
func (l *limiter) forget(now time.Time) {
	l.swept = now
	for source, b := range l.buckets {
		if b.TokensAt(now) >= float64(b.Burst()) {
			delete(l.buckets, source)
		}
	}
}
