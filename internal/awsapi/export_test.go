package awsapi

import (
	"errors"
	"net/http"
	"net/url"
	"time"
)

// Bind reads an input as an operation does.
func Bind[In any, P input[In]](labels map[string]string, query url.Values, body []byte) (*In, error) {
	in := new(In)
	r := reader{request: request{labels: labels, query: query, body: body}}
	P(in).read(&r)
	return in, r.err
}

// ParseJSON reads a document as the bodies of requests are read.
func ParseJSON(doc []byte) (any, error) { return parseJSON(doc) }

// Match returns the operation that a request is for, and its labels as sent.
func Match(r *http.Request) (operation string, labels map[string]string, err error) {
	route, req, err := newRouter(Routes()).match(r)
	return route.Operation, req.labels, err
}

// Limiter bounds a rate; how many sources it remembers can be asked.
type Limiter struct{ l *limiter }

// NewLimiter returns a limiter on the clock.
func NewLimiter(perSecond int, now func() time.Time) Limiter {
	return Limiter{newLimiter(perSecond, now)}
}

// Take counts a request of the source.
func (l Limiter) Take(source string) error { return l.l.take(source) }

// Remembered is the number of sources that the limiter keeps.
func (l Limiter) Remembered() int { return len(l.l.buckets) }

// RetryAfter is how long a refused source must wait, 0 for one that was let
// through.
func RetryAfter(err error) time.Duration {
	var t *throttled
	if errors.As(err, &t) {
		return t.after
	}
	return 0
}

// Input is the constraint of Bind.
type Input[In any] interface{ input[In] }

// Extensions returns the routes beside the contract's.
func Extensions() []Route { return new(api).extensions() }
