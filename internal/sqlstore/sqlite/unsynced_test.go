package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/carillon-id/carillon/internal/sqlstore"
)

// The levels of PRAGMA synchronous.
const (
	normal = 1
	full   = 2
)

// level returns the level of a transaction. SQLite answers when the statement is
// prepared, so each must have a text of its own.
func level(ctx context.Context, c sqlstore.Conn, n int) (level int64, err error) {
	err = c.Query(ctx, fmt.Sprintf("PRAGMA synchronous -- %d", n), nil, func(r sqlstore.Row) error {
		level = r.Int(0)
		return nil
	})
	return level, err
}

// TestUnsynced has writes of both kinds come at the same time, some of which fail.
// None that is to wait for the disk is in a group that does not.
func TestUnsynced(t *testing.T) {
	_, engine, _ := openFile(t)
	unsynced, ok := engine.(sqlstore.UnsyncedWriter)
	if !ok {
		t.Fatalf("got a %T, want an UnsyncedWriter", engine)
	}
	errAsked := errors.New("asked to fail")
	var group sync.WaitGroup
	for i := range 120 {
		write, fails := engine.Write, i%3 == 0
		if i%2 == 0 {
			write = unsynced.WriteUnsynced
		}
		group.Go(func() {
			err := write(t.Context(), func(c sqlstore.Conn) error {
				got, err := level(t.Context(), c, i)
				if i%2 == 1 && got != full {
					t.Errorf("a write that waits for the disk: got the level %d, want %d", got, full)
				}
				if fails {
					err = errors.Join(err, errAsked)
				}
				return err
			})
			if errors.Is(err, errAsked) != fails {
				t.Errorf("write %d: got the error %v", i, err)
			}
		})
	}
	group.Wait()
	err := unsynced.WriteUnsynced(t.Context(), func(c sqlstore.Conn) error {
		got, err := level(t.Context(), c, -1)
		if got != normal {
			t.Errorf("a write alone that does not wait for the disk: got the level %d, want %d", got, normal)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
