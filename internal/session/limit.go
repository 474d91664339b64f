package session

import (
	"context"
	"encoding/binary"
	"net/netip"
	"sync"
	"time"

	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/reqctx"
)

// Within each MailWindow, DefaultMailLimit codes are mailed to an address, and in a
// login.
const (
	DefaultMailLimit = 5
	MailWindow       = 15 * time.Minute
)

// Within each ClientWindow, DefaultClientLimit codes are asked for from where a
// client is, and TriesPerCode times as many are tried. People behind one router
// share one address, so these are many.
const (
	DefaultClientLimit = 100
	MaxClientLimit     = 10_000
	TriesPerCode       = 3
	ClientWindow       = time.Hour
)

// The size of a limiter's memory: rows of counters.
const (
	limiterRows  = 4
	limiterWidth = 1 << 16
)

// limiter bounds how often something is done within a window. It counts in a fixed
// memory, whatever the number of addresses (a count-min sketch, keyed so that
// nobody can aim at another's counters): it never counts too few, and too many only
// while tens of thousands of addresses are in use.
type limiter struct {
	key    MACKey
	now    func() time.Time
	window time.Duration

	mu       sync.Mutex
	counters *[limiterRows][limiterWidth]uint16 // nil until something is counted
	began    time.Time
}

func newLimiter(key MACKey, now func() time.Time, window time.Duration) *limiter {
	return &limiter{key: key, now: now, window: window}
}

// counted is what something is counted by: such an address, or such a login.
type counted struct{ kind, name string }

// take counts something, and reports whether it may be done, because none of what
// it is counted by has reached the limit. What may not be done does not count.
func (l *limiter) take(limit uint16, by ...counted) bool {
	places := make([][]byte, 0, len(by))
	for _, c := range by {
		places = append(places, l.key.MAC(c.kind, c.name))
	}
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if since := now.Sub(l.began); l.counters == nil || since >= l.window || since < 0 {
		l.counters, l.began = new([limiterRows][limiterWidth]uint16), now
	}
	for _, place := range places {
		if l.count(place, limit) >= limit {
			return false
		}
	}
	for _, place := range places {
		l.add(place, limit)
	}
	return true
}

// count is the least of a place's counters: those of others may have been added to
// some, but hardly to all.
func (l *limiter) count(place []byte, limit uint16) uint16 {
	least := limit
	for row := range l.counters {
		least = min(least, l.counters[row][column(place, row)])
	}
	return least
}

func (l *limiter) add(place []byte, limit uint16) {
	for row := range l.counters {
		if c := &l.counters[row][column(place, row)]; *c < limit {
			*c++
		}
	}
}

func column(place []byte, row int) uint16 { return binary.BigEndian.Uint16(place[2*row:]) }

// takeHere counts something that the client of the request does, and returns a
// *Refusal when it was done too often from there, whatever the address it is about.
// Who comes by no network is not counted.
func (s *Service) takeHere(ctx context.Context, kind string, times uint16) error {
	client := reqctx.From(ctx).ClientAddr
	if s.ClientLimit == 0 || !client.IsValid() {
		return nil
	}
	if !s.clients.take(s.ClientLimit*times, counted{kind, network(client)}) {
		return &Refusal{Reason: directory.TooManyHere}
	}
	return nil
}

// ipv6Site is the length of the prefix that a site has for itself, and whose
// addresses each of its machines may take at will (RFC 4291, section 2.5.4).
const ipv6Site = 64

// network is where a client is: its address, or for IPv6 the prefix of its site.
func network(client netip.Addr) string {
	client = client.Unmap().WithZone("")
	if client.Is6() {
		return netip.PrefixFrom(client, ipv6Site).Masked().String()
	}
	return client.String()
}
