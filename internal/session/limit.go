package session

import (
	"cmp"
	"encoding/binary"
	"sync"
	"time"
)

// Within each MailWindow, DefaultMailLimit codes are mailed to an address, and in a
// login.
const (
	DefaultMailLimit = 5
	MailWindow       = 15 * time.Minute
)

// The size of a limiter's memory: rows of counters.
const (
	limiterRows  = 4
	limiterWidth = 1 << 16
)

// limiter bounds how many codes are mailed. It counts in a fixed memory, whatever
// the number of addresses (a count-min sketch, keyed so that nobody can aim at
// another's counters): it never counts too few, and too many only while tens of
// thousands of addresses are in use.
type limiter struct {
	key   MACKey
	now   func() time.Time
	limit uint8

	mu       sync.Mutex
	counters [limiterRows][limiterWidth]uint8
	began    time.Time
}

func newLimiter(key MACKey, now func() time.Time, limit uint8) *limiter {
	return &limiter{key: key, now: now, limit: cmp.Or(limit, DefaultMailLimit)}
}

// take counts a mail of the login to the address, and reports whether it may be
// sent. One that may not does not count.
func (l *limiter) take(login, address string) bool {
	places := [][]byte{l.key.MAC("mails of a login", login), l.key.MAC("mails to an address", address)}
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if since := now.Sub(l.began); since >= MailWindow || since < 0 {
		l.counters, l.began = [limiterRows][limiterWidth]uint8{}, now
	}
	for _, place := range places {
		if l.count(place) >= l.limit {
			return false
		}
	}
	for _, place := range places {
		l.add(place)
	}
	return true
}

// count is the least of a place's counters: those of others may have been added to
// some, but hardly to all.
func (l *limiter) count(place []byte) uint8 {
	least := l.limit
	for row := range l.counters {
		least = min(least, l.counters[row][column(place, row)])
	}
	return least
}

func (l *limiter) add(place []byte) {
	for row := range l.counters {
		if c := &l.counters[row][column(place, row)]; *c < l.limit {
			*c++
		}
	}
}

func column(place []byte, row int) uint16 { return binary.BigEndian.Uint16(place[2*row:]) }
