package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	native "zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/sqlstore/sqlite"
)

// lock takes the database's write lock as another process does, and returns what
// gives it back.
func lock(t *testing.T, path string) (unlock func()) {
	t.Helper()
	other, err := native.OpenConn(path, native.OpenReadWrite|native.OpenCreate)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Close() })
	if err := sqlitex.ExecuteTransient(other, "BEGIN IMMEDIATE", nil); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := sqlitex.ExecuteTransient(other, "ROLLBACK", nil); err != nil {
			t.Error(err)
		}
	}
}

// TestLeavingALock: whoever waits for the lock of another process does so until
// their deadline, and what they wanted to write is not written afterwards.
func TestLeavingALock(t *testing.T) {
	s, engine, path := openFile(t)
	sqlite.SetPatience(engine, 10*time.Minute) // for longer than the test runs
	unlock := lock(t, path)
	var group sync.WaitGroup
	for i := range 3 { // the first waits for the lock, and the others for the first
		group.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			if err := invite(ctx, s, chime.AccountID(fmt.Sprint("late-", i)), 1); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("an Update of a locked database: got the error %v, want %v", err, context.DeadlineExceeded)
			}
		})
	}
	group.Wait()
	unlock()
	if err := invite(t.Context(), s, "after", 1); err != nil {
		t.Errorf("an Update once the lock is free: %v", err)
	}
	for i := range 3 {
		if got := members(t, s, chime.AccountID(fmt.Sprint("late-", i))); got != -1 {
			t.Errorf("members written after their caller left: got %d, want none and no account", got)
		}
	}
}

// TestWaitingTogether: many who wait for the lock of another process wait for it
// together, and not each for as long again as the one before.
func TestWaitingTogether(t *testing.T) {
	s, engine, path := openFile(t)
	const writers, wait = 30, 300 * time.Millisecond
	sqlite.SetPatience(engine, wait)
	unlock := lock(t, path)
	ctx, cancel := context.WithTimeout(t.Context(), writers*wait/2)
	defer cancel()
	var group sync.WaitGroup
	for i := range writers {
		group.Go(func() { checkUnavailable(t, invite(ctx, s, chime.AccountID(fmt.Sprint("refused-", i)), 1)) })
	}
	group.Wait()
	unlock()
	if err := invite(t.Context(), s, "after", 1); err != nil {
		t.Errorf("an Update once the lock is free: %v", err)
	}
}
