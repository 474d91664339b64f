package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/sqlstore"
	"github.com/carillon-id/carillon/internal/sqlstore/sqlite"
)

// openFile returns a store over a file, its engine, and the file's path.
func openFile(t *testing.T) (chime.Store, sqlstore.Engine, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "carillon.db")
	engine, err := sqlite.OpenEngine(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := engine.Close(); err != nil {
			t.Errorf("closing the engine: %v", err)
		}
	})
	return sqlstore.New(engine), engine, path
}

// pragma sets something on the connection that writes.
func pragma(t *testing.T, engine sqlstore.Engine, setting string) {
	t.Helper()
	err := engine.Write(t.Context(), func(c sqlstore.Conn) error {
		return c.Query(t.Context(), "PRAGMA "+setting, nil, func(sqlstore.Row) error { return nil })
	})
	if err != nil {
		t.Fatalf("PRAGMA %s: %v", setting, err)
	}
}

// invite writes n members, each with a row in several tables, in one Update.
func invite(ctx context.Context, s chime.Store, account chime.AccountID, n int) error {
	return s.Update(ctx, func(tx chime.Tx) error {
		if err := tx.PutAccounts(ctx, chime.Account{ID: account, Tenant: "111122223333", Status: chime.AccountActive}); err != nil {
			return err
		}
		for i := range n {
			user := chime.UserID(fmt.Sprint("user-", i))
			member := chime.Member{Account: account, User: user, Profile: chime.Profile{DisplayName: strings.Repeat("name", 500)}}
			if err := tx.PutMembers(ctx, member); err != nil {
				return err
			}
		}
		return nil
	})
}

// members returns how many members the account has; -1 without the account.
func members(t *testing.T, s chime.Store, account chime.AccountID) int {
	t.Helper()
	n := -1
	err := s.View(t.Context(), func(tx chime.Tx) error {
		found, err := tx.Account(t.Context(), account)
		if err != nil || found == nil {
			return err
		}
		list, err := tx.ListMembers(t.Context(), chime.MemberQuery{Account: account, Limit: 9999})
		n = len(list)
		return err
	})
	if err != nil {
		t.Errorf("reading %s: %v", account, err)
	}
	return n
}

// TestFull has the database grow to its limit in the middle of an Update, as a
// disk that is full does.
func TestFull(t *testing.T) {
	s, engine, _ := openFile(t)
	if err := invite(t.Context(), s, "before", 5); err != nil {
		t.Fatal(err)
	}
	pragma(t, engine, "max_page_count = 60")
	for range 3 {
		checkUnavailable(t, invite(t.Context(), s, "refused", 200))
	}
	if got := members(t, s, "refused"); got != -1 {
		t.Errorf("members written by a refused Update: got %d, want none and no account", got)
	}
	if got := members(t, s, "before"); got != 5 {
		t.Errorf("members from before: got %d, want 5", got)
	}
	pragma(t, engine, "max_page_count = 100000")
	if err := invite(t.Context(), s, "after", 200); err != nil {
		t.Errorf("an Update once there is room: %v", err)
	}
	if got := members(t, s, "after"); got != 200 {
		t.Errorf("members written afterwards: got %d, want 200", got)
	}
}

// TestReadOnly has the database turn read-only in the middle of a transaction.
func TestReadOnly(t *testing.T) {
	s, engine, _ := openFile(t)
	const insert = "INSERT INTO settings (name, value) VALUES ($1, $2)"
	ctx := t.Context()
	for range 3 {
		err := engine.Write(ctx, func(c sqlstore.Conn) error {
			if err := c.Exec(ctx, insert, "first", []byte("x")); err != nil {
				return err
			}
			if err := c.Exec(ctx, "PRAGMA query_only = ON"); err != nil {
				return err
			}
			defer func() { _ = c.Exec(ctx, "PRAGMA query_only = OFF") }()
			return c.Exec(ctx, insert, "second", []byte("x"))
		})
		checkUnavailable(t, err)
	}
	err := s.Update(ctx, func(tx chime.Tx) error {
		value, err := tx.Setting(ctx, "first")
		if value != nil {
			t.Errorf("what was written before the failure: got %q, want nothing", value)
		}
		return errors.Join(err, tx.PutSetting(ctx, "first", nil))
	})
	if err != nil {
		t.Errorf("an Update once the database can be written: %v", err)
	}
}

func checkUnavailable(t *testing.T, err error) {
	t.Helper()
	if got := chime.CodeOf(err); got != chime.ServiceUnavailable {
		t.Errorf("the error: got %v with the code %q, want the code %s", err, got, chime.ServiceUnavailable)
	}
	var coded *chime.Error
	if errors.As(err, &coded) && strings.Contains(strings.ToLower(coded.Message), "sqlite") {
		t.Errorf("what the caller is told: got %q, which is the operator's business", coded.Message)
	}
}

// TestLocked holds the write lock from another connection, as another process
// would.
func TestLocked(t *testing.T) {
	s, engine, path := openFile(t)
	if err := invite(t.Context(), s, "before", 5); err != nil {
		t.Fatal(err)
	}
	sqlite.SetPatience(engine, 20*time.Millisecond)
	unlock := lock(t, path)
	for range 3 {
		checkUnavailable(t, invite(t.Context(), s, "refused", 1))
	}
	if got := members(t, s, "before"); got != 5 {
		t.Errorf("members read while another writes: got %d, want 5", got)
	}
	unlock()
	if got := members(t, s, "refused"); got != -1 {
		t.Errorf("members written by a refused Update: got %d, want none and no account", got)
	}
	if err := invite(t.Context(), s, "after", 1); err != nil {
		t.Errorf("an Update once the lock is free: %v", err)
	}
}

// TestTransactionLost has the engine end a transaction by itself, as SQLite
// does after some errors: what follows must not be written on its own, nor be
// reported as done.
func TestTransactionLost(t *testing.T) {
	s, engine, _ := openFile(t)
	err := engine.Write(t.Context(), func(c sqlstore.Conn) error {
		if err := c.Exec(t.Context(), "INSERT INTO settings (name, value) VALUES ('lost', $1)", []byte("x")); err != nil {
			return err
		}
		return c.Exec(t.Context(), "ROLLBACK")
	})
	checkUnavailable(t, err)
	err = s.View(t.Context(), func(tx chime.Tx) error {
		value, err := tx.Setting(t.Context(), "lost")
		if value != nil {
			t.Errorf("what the lost transaction wrote: got %q, want nothing", value)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if err := invite(t.Context(), s, "after", 1); err != nil {
		t.Errorf("the next Update: %v", err)
	}
}

func TestReopen(t *testing.T) {
	for _, name := range []string{"carillon.db", "a b?c#d%41&mode=memory.db", "ü;'.db"} {
		path := filepath.Join(t.TempDir(), name)
		s := open(t, path)
		if err := invite(t.Context(), s, "a", 5); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(path); err != nil {
			t.Errorf("the file of the database: %v", err)
		}
		s = open(t, path)
		if got := members(t, s, "a"); got != 5 {
			t.Errorf("members in %s opened again: got %d, want 5", name, got)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestUnclosed opens a database that another engine has open and never closed,
// as after a crash: its log holds all that was acknowledged.
func TestUnclosed(t *testing.T) {
	s, _, path := openFile(t)
	if err := invite(t.Context(), s, "a", 5); err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "copied.db")
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(copied+suffix, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	after := open(t, copied)
	if got := members(t, after, "a"); got != 5 {
		t.Errorf("members after a crash: got %d, want 5", got)
	}
	if err := after.Close(); err != nil {
		t.Error(err)
	}
}

// TestOpenErrors: an error names the database and says what to do.
func TestOpenErrors(t *testing.T) {
	folder := t.TempDir()
	garbage := filepath.Join(folder, "garbage.db")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	locked := filepath.Join(folder, "locked.db")
	lock(t, locked)
	for path, want := range map[string]string{
		garbage: "another kind of file",
		folder:  "is a directory",
		locked:  "another process works on it",
		filepath.Join(folder, "missing", "carillon.db"): "make its folder",
	} {
		s, err := sqlite.Open(t.Context(), path)
		if err == nil {
			t.Errorf("opening %s: got no error", path)
			_ = s.Close()
			continue
		}
		if !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), want) {
			t.Errorf("opening %s: got the error %q, want one that names the path and says %q", path, err, want)
		}
	}
}

// TestRefusedForWhatIsTakenBack has a write refused for what another one of its
// group wrote, and then the commit of the group fail. What it was refused for
// never was, so it must not hear of that.
func TestRefusedForWhatIsTakenBack(t *testing.T) {
	_, engine, _ := openFile(t)
	errTaken := errors.New("it is taken")
	found := func(c sqlstore.Conn) (n int) {
		err := c.Query(t.Context(), "SELECT value FROM settings WHERE name = 'taken'", nil, func(sqlstore.Row) error {
			n++
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		return n
	}
	var first, second error
	for met := false; !met; { // until the second comes while the first is at it
		writing, waiting, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
		go func() {
			defer close(done)
			<-writing
			time.AfterFunc(time.Millisecond, func() { close(waiting) })
			second = engine.Write(t.Context(), func(c sqlstore.Conn) error {
				if met = found(c) > 0; met {
					return errTaken
				}
				return nil
			})
		}()
		first = engine.Write(t.Context(), func(c sqlstore.Conn) error {
			defer func() {
				close(writing)
				<-waiting
			}()
			return errors.Join(
				c.Exec(t.Context(), "INSERT INTO settings (name, value) VALUES ('taken', $1)", []byte("x")),
				// A profile of nobody, which is found at the COMMIT.
				c.Exec(t.Context(), "PRAGMA defer_foreign_keys = ON"),
				c.Exec(t.Context(), `INSERT INTO member_profiles (account_id, user_id, email, display_name, pin, user_type, registered,
					invitation, invite_id, email_status, invited, alexa_enabled, alexa_room_arn, inbound_calling, outbound_calling, sms)
					VALUES ('a', 'u', '', '', '', '', 0, '', '', '', 0, 0, '', 0, 0, 0)`))
		})
		<-done
	}
	if first == nil || second == nil || second.Error() != first.Error() || errors.Is(second, errTaken) {
		t.Errorf("got %v and %v, want twice why the commit failed", first, second)
	}
	if err := engine.Write(t.Context(), func(c sqlstore.Conn) error {
		if n := found(c); n != 0 {
			t.Errorf("after the failed commit: got %d rows, want none", n)
		}
		return nil
	}); err != nil {
		t.Errorf("the next write: %v", err)
	}
}
