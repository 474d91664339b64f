package sqlite_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
)

// logLimit is how long the write-ahead log's file may stay.
const logLimit = 64 << 20

// TestLogIsBounded writes more than twice the limit into the log. A reader of an old
// state lets it grow; once that one is gone, it is as short as before.
func TestLogIsBounded(t *testing.T) {
	s, _, path := openFile(t)
	write := func(what string, bounded bool) {
		t.Helper()
		for round := range 70 {
			var members []chime.Member
			name := strings.Repeat(strconv.Itoa(round%10), 20_000) // no page stays as it was
			for i := range 50 {
				members = append(members, chime.Member{
					Account: "a", User: chime.UserID(fmt.Sprint("user-", i)), Profile: chime.Profile{DisplayName: name},
				})
			}
			if err := s.Update(t.Context(), func(tx chime.Tx) error { return tx.PutMembers(t.Context(), members...) }); err != nil {
				t.Fatal(err)
			}
			info, err := os.Stat(path + "-wal")
			if err != nil {
				t.Fatal(err)
			}
			if bounded && info.Size() > logLimit {
				t.Fatalf("%s: after %d Updates of a megabyte the log has %d bytes, want at most %d", what, round+1, info.Size(), logLimit)
			}
		}
	}
	write("without readers", true)
	write("without readers", true)
	err := s.View(t.Context(), func(tx chime.Tx) error {
		list := func() (string, error) {
			members, err := tx.ListMembers(t.Context(), chime.MemberQuery{Account: "a", Limit: 1})
			if err != nil || len(members) != 1 {
				return "", fmt.Errorf("got %d members: %w", len(members), err)
			}
			return members[0].DisplayName, nil
		}
		before, err := list()
		if err != nil {
			return err
		}
		write("with a reader", false)
		if info, err := os.Stat(path + "-wal"); err != nil || info.Size() <= logLimit {
			t.Errorf("beside a reader the log has %d bytes (%v), want more than the limit: else this proves nothing", info.Size(), err)
		}
		if after, err := list(); err != nil || after != before {
			t.Errorf("the reader's own state changed (%v)", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	write("right after the reader", false) // the log begins anew somewhere here
	write("after the reader", true)
}
