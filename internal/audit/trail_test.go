package audit_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
)

// put writes a record of an operation that was made at the time then.
func (r recording) put(t *testing.T, record chime.AuditRecord) {
	t.Helper()
	if err := r.store.Update(t.Context(), func(tx chime.Tx) error { return tx.AppendAudit(t.Context(), record) }); err != nil {
		t.Fatal(err)
	}
}

func newRecord(t *testing.T, operation string, users ...chime.UserID) chime.AuditRecord {
	t.Helper()
	e := event()
	e.Operation = operation
	e.Params["userIdList"] = users
	record, err := audit.New(t.Context(), now(), e)
	if err != nil {
		t.Fatal(err)
	}
	return record
}

func TestTrailEach(t *testing.T) {
	record(t, func(t *testing.T, r recording) {
		var all, ofBob []string
		for i := range 1001 { // more than a page
			operation, user := fmt.Sprint("Operation", i), chime.UserID("alice")
			if i%100 == 0 {
				user = `bob "<>" @example.com`
				ofBob = append(ofBob, operation)
			}
			all = append(all, operation)
			r.put(t, newRecord(t, operation, user, "bobby"))
		}
		for user, want := range map[string][]string{"": all, "bobby": all, `bob "<>" @example.com`: ofBob, "bob": nil} {
			var got []string
			trail := audit.Trail{Store: r.store, User: user}
			err := trail.Each(t.Context(), func(r chime.AuditRecord) error {
				got = append(got, r.Operation)
				return nil
			})
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("records that name %q (%v): got (+) want (-):\n%s", user, err, diff)
			}
		}
	})
}

// Somebody who asks for a user by one name wants what was done under the other.
func TestTrailKnowsAllNamesOfAUser(t *testing.T) {
	record(t, func(t *testing.T, r recording) {
		err := r.store.Update(t.Context(), func(tx chime.Tx) error {
			if err := tx.ClaimAddresses(t.Context(), map[string]chime.UserID{"ada@example.com": "ada"}); err != nil {
				return err
			}
			return tx.PutPeople(t.Context(), chime.Person{ID: "ada", Email: "ada@example.com"})
		})
		if err != nil {
			t.Fatal(err)
		}
		r.put(t, newRecord(t, "Invite", "ada@example.com"))
		r.put(t, newRecord(t, "Suspend", "ada"))
		r.put(t, newRecord(t, "Other", "eva"))
		for _, user := range []string{"ada", "ada@example.com", "Ada@Example.com"} {
			var got []string
			trail := audit.Trail{Store: r.store, User: user}
			err := trail.Each(t.Context(), func(r chime.AuditRecord) error {
				got = append(got, r.Operation)
				return nil
			})
			if diff := cmp.Diff([]string{"Invite", "Suspend"}, got); diff != "" || err != nil {
				t.Errorf("records of %q (%v): got (+) want (-):\n%s", user, err, diff)
			}
		}
	})
}

func TestTrailFollow(t *testing.T) {
	record(t, func(t *testing.T, r recording) {
		r.put(t, newRecord(t, "first"))
		ctx, cancel := context.WithCancel(t.Context())
		var got []string
		done := make(chan error)
		go func() {
			trail := audit.Trail{Store: r.store}
			done <- trail.Follow(ctx, time.Now, time.Second, func(r chime.AuditRecord) error {
				got = append(got, r.Operation)
				return nil
			})
		}()
		check := func(when string, want ...string) {
			t.Helper()
			synctest.Wait()
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: got (+) want (-):\n%s", when, diff)
			}
		}
		check("at once", "first")
		// A denial has its id before it is written: what is written in between has a
		// greater one.
		late := newRecord(t, "late")
		r.put(t, newRecord(t, "second"))
		wait(2 * time.Second)
		check("what came", "first", "second")
		r.put(t, late)
		wait(2 * time.Second)
		check("what came late", "first", "second", "late")
		wait(time.Minute)
		r.put(t, newRecord(t, "last"))
		wait(time.Minute)
		check("each of them once", "first", "second", "late", "last")
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the end of the context: got the error %v, want none", err)
		}
	})
}

// TestTrailFollowThroughAFault: a follower goes on where it was when the store was
// unavailable for a while, and tells so once; any other error ends it.
func TestTrailFollowThroughAFault(t *testing.T) {
	record(t, func(t *testing.T, r recording) {
		r.put(t, newRecord(t, "before"))
		var got []string
		told := 0
		done := make(chan error)
		go func() {
			trail := audit.Trail{Store: r.store, Waiting: func(error) { told++ }}
			done <- trail.Follow(t.Context(), time.Now, time.Second, func(r chime.AuditRecord) error {
				got = append(got, r.Operation)
				return nil
			})
		}()
		wait(2 * time.Second)
		r.store.unreadable.Store(chime.Errorf(chime.ServiceUnavailable, "gone"))
		r.put(t, newRecord(t, "meanwhile"))
		wait(2 * time.Minute)
		r.store.unreadable.Store(nil)
		r.put(t, newRecord(t, "after"))
		wait(2 * time.Second)
		if diff := cmp.Diff([]string{"before", "meanwhile", "after"}, got); diff != "" || told != 1 {
			t.Errorf("told %d times that it waits, want once; records: got (+) want (-):\n%s", told, diff)
		}
		r.store.unreadable.Store(chime.Errorf(chime.ServiceFailure, "a bug"))
		if err := <-done; chime.CodeOf(err) != chime.ServiceFailure {
			t.Errorf("after another error: got the end %v, want that error", err)
		}
		r.store.unreadable.Store(nil)
	})
}
