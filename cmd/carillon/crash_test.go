package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
)

// The load that the server is killed under.
const (
	crashConnections = 4
	crashBatches     = 5 // a connection
	crashBatchSize   = 50
)

// batchState is one batch of people, suspended and unsuspended in turn by one
// connection, and what is known of it.
type batchState struct {
	account   chime.AccountID
	users     []chime.UserID
	suspended bool // by the last acknowledged request
	// suspensions counts the acknowledged ones.
	suspensions int
	// inFlight says that a request was sent, for the opposite, whose answer never came.
	inFlight bool
}

// TestCrash kills the server in the middle of a stream of suspensions, again and
// again: whatever it acknowledged is there after the restart, no batch is half
// there, the audit agrees, and the database is sound.
//
// CARILLON_CRASH_ROUNDS says how often; the default is 5.
func TestCrash(t *testing.T) {
	t.Parallel()
	rounds := crashRounds(t)
	database := newDatabase(t)
	batches := makeBatches(t, database)
	variables := environment()
	variables["CARILLON_RATE_LIMIT"] = "0"
	for round := range rounds {
		s := startProcess(t, database, variables, nil)
		acknowledged := s.killUnderLoad(t, batches)
		t.Logf("round %d: killed after %d acknowledged requests", round+1, acknowledged)
		after := startProcess(t, database, variables, nil)
		wantSound(t, database)
		checkBatches(t, database, batches, after.listStatuses(t))
		after.stop(t)
		if t.Failed() {
			return
		}
	}
}

// checkBatches compares the batches with what the server and the database say.
func checkBatches(tb testing.TB, database string, batches [][]batchState, statuses map[chime.UserID]string) {
	tb.Helper()
	// It is closed before the next round: after that crash, the server alone has to
	// recover the database.
	store, closeStore := openStore(tb, database)
	defer closeStore()
	audited := suspensionsOnRecord(tb, store)
	for _, list := range batches {
		for i := range list {
			list[i].check(tb, statuses, audited, epochs(tb, store, list[i]))
		}
	}
}

// makeBatches puts an account a connection into the database and returns the
// batches of each.
func makeBatches(tb testing.TB, database string) [][]batchState {
	tb.Helper()
	store, closeStore := openStore(tb, database)
	defer closeStore()
	batches := make([][]batchState, crashConnections)
	for c := range batches {
		account := chime.AccountID(fmt.Sprintf("account-%d", c))
		ids := putAccount(tb, store, lwa(account), crashBatches*crashBatchSize)
		for len(ids) > 0 {
			batches[c] = append(batches[c], batchState{account: account, users: ids[:crashBatchSize]})
			ids = ids[crashBatchSize:]
		}
	}
	return batches
}

// killUnderLoad has every connection work on its batches and kills the server at
// some moment, in the middle of it. It returns how many requests the server
// acknowledged.
func (s *server) killUnderLoad(tb testing.TB, batches [][]batchState) int64 {
	tb.Helper()
	var wg sync.WaitGroup
	var acknowledged atomic.Int64
	for _, list := range batches {
		wg.Go(func() {
			client := &http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			for i := 0; s.work(tb, client, &list[i%len(list)]); i++ {
				acknowledged.Add(1)
			}
		})
	}
	enough := 1 + rand.Int64N(300)
	eventually(tb, "the server works", func() bool { return acknowledged.Load() >= enough })
	time.Sleep(rand.N(5 * time.Millisecond))
	s.kill(tb)
	wg.Wait()
	return acknowledged.Load()
}

// work suspends the batch, or unsuspends it when it is suspended, and reports
// whether the server acknowledged that.
func (s *server) work(tb testing.TB, client *http.Client, b *batchState) bool {
	operation := "suspend"
	if b.suspended {
		operation = "unsuspend"
	}
	url := s.endpoint + "/accounts/" + string(b.account) + "/users?operation=" + operation
	req, err := sign(context.Background(), root, "POST", url, batch(b.users...))
	if err != nil {
		tb.Error(err)
		return false
	}
	b.inFlight = true
	got, err := send(client, req)
	if err != nil {
		return false // killed
	}
	if got.status != http.StatusOK || got.body != `{"UserErrors":[]}` {
		tb.Errorf("%s: got %d %s", operation, got.status, got.body)
		return false
	}
	b.inFlight = false
	b.suspended = !b.suspended
	if b.suspended {
		b.suspensions++
	}
	return true
}

// listStatuses returns the status of everybody, as the API tells it.
func (s *server) listStatuses(tb testing.TB) map[chime.UserID]string {
	tb.Helper()
	statuses := map[chime.UserID]string{}
	for c := range crashConnections {
		path := fmt.Sprintf("/accounts/account-%d/users?max-results=200", c)
		for token := ""; ; {
			got := s.mustCall(tb, "GET", path+token, "")
			users, _ := got.member(tb, "Users").([]any)
			for _, u := range users {
				user, _ := u.(map[string]any)
				id, _ := user["UserId"].(string)
				statuses[chime.UserID(id)], _ = user["UserRegistrationStatus"].(string)
			}
			next, more := got.member(tb, "NextToken").(string)
			if !more {
				break
			}
			token = "&next-token=" + next
		}
	}
	return statuses
}

// suspensionsOnRecord counts, by the first of its people, the records of each
// batch's suspensions.
func suspensionsOnRecord(tb testing.TB, store chime.Store) map[chime.UserID]int {
	tb.Helper()
	ctx := tb.Context()
	found := map[chime.UserID]int{}
	for q := (chime.AuditQuery{Operation: "BatchSuspendUser", Limit: 500}); ; {
		var page []chime.AuditRecord
		err := store.View(ctx, func(tx chime.Tx) (err error) {
			page, err = tx.ListAudit(ctx, q)
			return err
		})
		if err != nil {
			tb.Fatal(err)
		}
		for _, r := range page {
			_, list, _ := strings.Cut(string(r.Document), `"userIdList":["`)
			first, _, _ := strings.Cut(list, `"`)
			found[chime.UserID(first)]++
			q.AfterID = r.ID
		}
		if len(page) < q.Limit {
			return found
		}
	}
}

// epochs returns how often each of the batch was signed out.
func epochs(tb testing.TB, store chime.Store, b batchState) map[chime.UserID]int64 {
	tb.Helper()
	found := map[chime.UserID]int64{}
	err := store.View(tb.Context(), func(tx chime.Tx) error {
		_, members, err := tx.AccountMembers(tb.Context(), b.account, b.users)
		for _, m := range members {
			found[m.User] = m.Signout.Epoch
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return found
}

// check compares the batch with what the server says after the restart, and goes
// on from there.
func (b *batchState) check(tb testing.TB, statuses map[chime.UserID]string, audited map[chime.UserID]int, epochs map[chime.UserID]int64) {
	tb.Helper()
	first := b.users[0]
	suspended := statuses[first] == "Suspended"
	if suspended != b.suspended && !b.inFlight {
		tb.Errorf("batch %s is %s, and was acknowledged otherwise", first, statuses[first])
	}
	suspensions := b.suspensions
	if b.inFlight && suspended && !b.suspended {
		suspensions++ // it was committed, and the acknowledgment was lost
	}
	for _, user := range b.users {
		if statuses[user] != statuses[first] || epochs[user] != int64(suspensions) {
			tb.Errorf("batch %s is half done: %s is %q and was signed out %d times, want %q and %d",
				first, user, statuses[user], epochs[user], statuses[first], suspensions)
			break
		}
	}
	if audited[first] != suspensions {
		tb.Errorf("batch %s has %d records of suspensions, want %d", first, audited[first], suspensions)
	}
	b.suspended, b.suspensions, b.inFlight = suspended, suspensions, false
}
