package audit_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/sqlstore/sqlite"
)

// fragile is a store whose Updates, or Views, can be made to fail.
type fragile struct {
	chime.Store
	broken     atomic.Bool
	unreadable atomic.Pointer[chime.Error]
}

func (f *fragile) View(ctx context.Context, fn func(chime.Tx) error) error {
	if err := f.unreadable.Load(); err != nil {
		return err
	}
	return f.Store.View(ctx, fn)
}

var errBroken = errors.New("the store is broken")

func (f *fragile) Update(ctx context.Context, fn func(chime.Tx) error) error {
	return f.Store.Update(ctx, func(tx chime.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		if f.broken.Load() {
			return errBroken
		}
		return nil
	})
}

// recording is a recorder in a bubble of testing/synctest, whose clock stands
// still while anything runs.
type recording struct {
	*audit.Recorder
	store *fragile
	log   *bytes.Buffer
}

// record runs the test with a recorder of its own.
func record(t *testing.T, test func(t *testing.T, r recording)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s, err := sqlite.Open(t.Context(), sqlite.Memory)
		if err != nil {
			t.Fatal(err)
		}
		r := recording{store: &fragile{Store: s}, log: new(bytes.Buffer)}
		r.Recorder = audit.NewRecorder(r.store, time.Now, slog.New(slog.NewTextHandler(r.log, nil)))
		test(t, r)
		r.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

// wait lets the bubble's clock go on.
func wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// line is what the tests compare of a record.
type line struct {
	Operation string
	Account   chime.AccountID
	Key       string
	Repeats   int64
	ErrorCode string
}

func (r recording) lines(t *testing.T) []line {
	t.Helper()
	var records []chime.AuditRecord
	err := r.store.View(t.Context(), func(tx chime.Tx) (err error) {
		records, err = tx.ListAudit(t.Context(), chime.AuditQuery{Limit: 100_000})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var lines []line
	for _, record := range records {
		var doc struct {
			ErrorCode    string
			UserIdentity struct{ AccessKeyID string }
		}
		if err := json.Unmarshal(record.Document, &doc); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line{record.Operation, record.Account, doc.UserIdentity.AccessKeyID, record.Repeats, doc.ErrorCode})
	}
	return lines
}

func (r recording) check(t *testing.T, when string, want ...line) {
	t.Helper()
	if diff := cmp.Diff(want, r.lines(t)); diff != "" {
		t.Errorf("records %s: got (+) want (-):\n%s", when, diff)
	}
}

func denial(key, operation string, account chime.AccountID) audit.Event {
	e := event()
	e.Identity.AccessKeyID, e.Operation, e.Account = key, operation, account
	e.Err = chime.Errorf(chime.Forbidden, "not authorized")
	return e
}

func denied(key, operation string, account chime.AccountID, repeats int64) line {
	return line{operation, account, key, repeats, "ForbiddenException"}
}

func TestDenialIsOnRecordWithinASecond(t *testing.T) {
	record(t, func(t *testing.T, r recording) {
		r.Denied(t.Context(), denial("K1", "GetUser", "a"))
		wait(time.Second)
		r.check(t, "a second later", denied("K1", "GetUser", "a", 0))
	})
}

func TestRepeatsAreCountedOnTheFirst(t *testing.T) {
	record(t, func(t *testing.T, r recording) {
		for range 1000 { // at once
			r.Denied(t.Context(), denial("K1", "GetUser", "a"))
		}
		wait(time.Second)
		r.check(t, "after a thousand at once", denied("K1", "GetUser", "a", 999))
		for range 58 {
			r.Denied(t.Context(), denial("K1", "GetUser", "a"))
			wait(time.Second)
		}
		r.check(t, "within the minute", denied("K1", "GetUser", "a", 999+58))
		wait(time.Second)
		r.Denied(t.Context(), denial("K1", "GetUser", "a"))
		wait(time.Second)
		r.check(t, "after the minute", denied("K1", "GetUser", "a", 999+58), denied("K1", "GetUser", "a", 0))
	})
}

func TestDenialsOfAnotherKind(t *testing.T) {
	record(t, func(t *testing.T, r recording) {
		var want []line
		for _, d := range []struct {
			key, operation string
			account        chime.AccountID
		}{
			{"K1", "GetUser", "a"}, {"K2", "GetUser", "a"}, {"K1", "ListUsers", "a"}, {"K1", "GetUser", "b"}, {"K1", "ListAccounts", ""},
		} {
			r.Denied(t.Context(), denial(d.key, d.operation, d.account))
			r.Denied(t.Context(), denial(d.key, d.operation, d.account))
			want = append(want, denied(d.key, d.operation, d.account, 1))
		}
		wait(time.Second)
		r.check(t, "of five kinds", want...)
	})
}

// TestRepeatsAtTheEndOfTheMinute has a denial begin a new minute before the
// repeats of the last one were written.
func TestRepeatsAtTheEndOfTheMinute(t *testing.T) {
	record(t, func(t *testing.T, r recording) {
		wait(100 * time.Millisecond) // between two flushes
		r.Denied(t.Context(), denial("K1", "GetUser", "a"))
		wait(time.Minute - time.Millisecond)
		r.Denied(t.Context(), denial("K1", "GetUser", "a"))
		r.Denied(t.Context(), denial("K1", "GetUser", "a"))
		wait(time.Millisecond)
		r.Denied(t.Context(), denial("K1", "GetUser", "a"))
		wait(time.Second)
		r.check(t, "across two minutes", denied("K1", "GetUser", "a", 2), denied("K1", "GetUser", "a", 0))
	})
}

func TestReadsAreRecordedOneByOne(t *testing.T) {
	record(t, func(t *testing.T, r recording) {
		read := event()
		read.Operation, read.ReadOnly, read.Response = "GetUser", true, nil
		r.Read(t.Context(), read)
		r.Read(t.Context(), read)
		wait(time.Second)
		r.check(t, "of two reads", line{"GetUser", "account-1", "AKIA1", 0, ""}, line{"GetUser", "account-1", "AKIA1", 0, ""})
	})
}

func TestCloseWritesWhatWaits(t *testing.T) {
	record(t, func(t *testing.T, r recording) {
		second := audit.NewRecorder(r.store, time.Now, slog.New(slog.DiscardHandler))
		second.Denied(t.Context(), denial("K1", "GetUser", "a"))
		second.Denied(t.Context(), denial("K1", "GetUser", "a"))
		second.Close()
		r.check(t, "after Close", denied("K1", "GetUser", "a", 1))
	})
}

// TestBrokenStore has the store refuse for longer than a minute: nothing is
// lost, neither a first denial nor a count.
func TestBrokenStore(t *testing.T) {
	record(t, func(t *testing.T, r recording) {
		r.Denied(t.Context(), denial("K1", "GetUser", "a"))
		wait(time.Second)
		r.store.broken.Store(true)
		for range 3 {
			r.Denied(t.Context(), denial("K1", "GetUser", "a"))
			wait(time.Second)
		}
		r.Denied(t.Context(), denial("K1", "GetUser", "b"))
		wait(2 * time.Minute)
		r.Denied(t.Context(), denial("K1", "GetUser", "a"))
		wait(time.Second)
		r.check(t, "while the store is broken", denied("K1", "GetUser", "a", 0))
		if log := r.log.String(); strings.Count(log, "not written yet") != 3 || !strings.Contains(log, errBroken.Error()) {
			t.Errorf("the log of a store that was broken for two minutes: got %q, want what it said, once and each minute", log)
		}
		r.store.broken.Store(false)
		wait(time.Second)
		if log := r.log.String(); strings.Count(log, "written after all") != 1 {
			t.Errorf("the log once it works: got %q, want that once", log)
		}
		r.check(t, "once it works", denied("K1", "GetUser", "a", 3), denied("K1", "GetUser", "b", 0), denied("K1", "GetUser", "a", 0))
	})
}

// TestBrokenUntilTheEnd: what can never be written is not lost in silence.
func TestBrokenUntilTheEnd(t *testing.T) {
	record(t, func(t *testing.T, r recording) {
		var log bytes.Buffer
		second := audit.NewRecorder(r.store, time.Now, slog.New(slog.NewTextHandler(&log, nil)))
		r.store.broken.Store(true)
		second.Denied(t.Context(), denial("K1", "GetUser", "a"))
		second.Denied(t.Context(), denial("K1", "GetUser", "b"))
		second.Close()
		if want := "the program ends\" count=2"; !strings.Contains(log.String(), want) {
			t.Errorf("the log: got %q, want %s", log.String(), want)
		}
	})
}

// flush is how often the recorder writes.
const flush = 250 * time.Millisecond

// TestLongRecords: while nothing can be written, records wait in a bounded amount
// of memory, however long they are, and nobody waits for them.
func TestLongRecords(t *testing.T) {
	record(t, func(t *testing.T, r recording) {
		r.store.broken.Store(true)
		long := denial("K1", "BatchSuspendUser", "a")
		long.Params = audit.Values{"userIdList": strings.Repeat("x", 64<<10)}
		const sent, kept = 300, 256 // of 64 KiB in 16 MiB, and a little
		for i := range sent {
			long.Identity.AccessKeyID = fmt.Sprint("K", i)
			r.Denied(t.Context(), long)
		}
		wait(flush)
		r.store.broken.Store(false)
		wait(time.Second)
		if got := len(r.lines(t)); got > kept || got < kept*9/10 {
			t.Errorf("records of %d long denials: got %d, want about %d", sent, got, kept)
		}
	})
}

// TestTooManyAtOnce has more wait than the recorder keeps: it says so, and goes
// on.
func TestTooManyAtOnce(t *testing.T) {
	record(t, func(t *testing.T, r recording) {
		const kept, sent = 8192, 8200
		for range sent {
			r.Read(t.Context(), event())
		}
		r.Denied(t.Context(), denial("K1", "GetUser", "a"))
		wait(time.Second)
		if got := len(r.lines(t)); got != kept {
			t.Errorf("records of %d reads at once: got %d, want %d", sent, got, kept)
		}
		if want := "count=9"; !strings.Contains(r.log.String(), want) {
			t.Errorf("the log: got %q, want %s", r.log.String(), want)
		}
		r.Denied(t.Context(), denial("K1", "GetUser", "a"))
		wait(time.Second)
		if got := r.lines(t); len(got) != kept+1 || got[kept] != denied("K1", "GetUser", "a", 0) {
			t.Errorf("records after a denial: got %d, want %d and the denial last", len(got), kept+1)
		}
	})
}
