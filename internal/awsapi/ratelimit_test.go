package awsapi_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/awsapi"
)

func TestLimiterAllowsTheRateAndTwiceItAtOnce(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	l := awsapi.NewLimiter(10, func() time.Time { return now })
	taken := func() (n int) {
		for l.Take("key") == nil {
			n++
		}
		return n
	}
	if got := taken(); got != 20 {
		t.Errorf("at once: got %d requests, want 20", got)
	}
	if got, want := awsapi.RetryAfter(l.Take("key")), 100*time.Millisecond; got != want {
		t.Errorf("retry after: got %v, want %v", got, want)
	}
	if err := l.Take("another key"); err != nil {
		t.Errorf("another source: got %v, want it let through", err)
	}
	now = now.Add(time.Second)
	if got := taken(); got != 10 {
		t.Errorf("a second later: got %d requests, want 10", got)
	}
}

func TestLimiterOff(t *testing.T) {
	l := awsapi.NewLimiter(0, time.Now)
	for range 1000 {
		if err := l.Take("key"); err != nil {
			t.Fatalf("got %v, want no limit", err)
		}
	}
	if got := l.Remembered(); got != 0 {
		t.Errorf("got %d sources remembered, want 0", got)
	}
}

func TestLimiterForgetsIdleSources(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	l := awsapi.NewLimiter(1, func() time.Time { return now })
	for i := range 5000 {
		if err := l.Take(strconv.Itoa(i)); err != nil {
			t.Fatal(err)
		}
	}
	now = now.Add(3 * time.Second)
	if err := l.Take("new"); err != nil {
		t.Fatal(err)
	}
	if got := l.Remembered(); got != 1 {
		t.Errorf("got %d sources remembered, want 1", got)
	}
}

func TestLimiterHasBoundedMemory(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	l := awsapi.NewLimiter(1, func() time.Time { return now })
	refused := 0
	for i := range 70_000 {
		if l.Take(strconv.Itoa(i)) != nil {
			refused++
		}
	}
	if got, want := l.Remembered(), 1<<16; got != want {
		t.Errorf("got %d sources remembered, want %d", got, want)
	}
	if want := 70_000 - 1<<16 - 2; refused != want {
		t.Errorf("got %d refused, want %d: all beyond the bound but the shared burst", refused, want)
	}
}
