package sqlite_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/carillon-id/carillon/internal/chime"
)

// readSetting is a View of the least.
func readSetting(ctx context.Context, s chime.Store) error {
	return s.View(ctx, func(tx chime.Tx) error {
		_, err := tx.Setting(ctx, "name")
		return err
	})
}

// hold has n readers under way until release is called.
func hold(t *testing.T, s chime.Store, n int) (release func()) {
	t.Helper()
	var held, done sync.WaitGroup
	released := make(chan struct{})
	held.Add(n)
	for range n {
		done.Go(func() {
			err := s.View(t.Context(), func(chime.Tx) error {
				held.Done()
				<-released
				return nil
			})
			if err != nil {
				t.Errorf("View: %v", err)
			}
		})
	}
	held.Wait()
	return func() {
		close(released)
		done.Wait()
	}
}

// TestAllReadersBusy: who finds all connections in use waits until one is free, or
// until their deadline.
func TestAllReadersBusy(t *testing.T) {
	s, _, _ := openFile(t)
	release := hold(t, s, max(4, runtime.GOMAXPROCS(0)))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := readSetting(ctx, s); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a View while all connections are in use: got the error %v, want %v", err, context.DeadlineExceeded)
	}
	if err := invite(t.Context(), s, "meanwhile", 1); err != nil {
		t.Errorf("an Update meanwhile: %v", err)
	}
	release()
	if err := readSetting(t.Context(), s); err != nil {
		t.Errorf("a View once they are free: %v", err)
	}
}

// TestOutOfFiles: when the process may open no more files, no further connection
// can be opened, and those that are open go on.
func TestOutOfFiles(t *testing.T) {
	s, _, _ := openFile(t)
	if err := invite(t.Context(), s, "before", 1); err != nil {
		t.Fatal(err)
	}
	release := hold(t, s, 1)
	var before unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	limit := func(files uint64) {
		t.Helper()
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: files, Max: before.Max}); err != nil {
			t.Fatal(err)
		}
	}
	limit(1)
	err := readSetting(t.Context(), s)
	writeErr := invite(t.Context(), s, "meanwhile", 1)
	limit(before.Cur)
	checkUnavailable(t, err)
	if writeErr != nil {
		t.Errorf("an Update meanwhile: %v", writeErr)
	}
	if err := readSetting(t.Context(), s); err != nil {
		t.Errorf("a View once files can be opened: %v", err)
	}
	release()
}
