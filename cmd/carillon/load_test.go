package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
)

// The load under which something happens to the database.
const (
	loadAccount = "load"
	loadWriters = 6
	loadBatch   = 20 // users
)

// load has a server work: writers suspend and unsuspend a batch each, a reader
// reads, and somebody is denied. Every answer is what a client may see of a fault.
type load struct {
	*server
	ops     string // the address for operators
	writers []*writer
	reads   atomic.Int64 // that were answered
	denials atomic.Int64

	ending chan struct{}
	group  sync.WaitGroup
}

// writer suspends and unsuspends its batch in turn, and repeats what was refused,
// as an SDK does, until it is acknowledged.
type writer struct {
	users                 []chime.UserID
	acknowledged, refused atomic.Int64

	mu          sync.Mutex
	outcomes    map[string]string // of each request, by its id: the operation, or "" for a refusal
	suspended   bool
	suspensions int64 // acknowledged
}

// loaded are the variables of a server for a load.
func loaded(variables map[string]string) map[string]string {
	variables["CARILLON_RATE_LIMIT"] = "0"
	variables["CARILLON_OPS_LISTEN"] = "127.0.0.1:0"
	variables["CARILLON_AUDIT_READS"] = "true"
	return variables
}

// operators is where a server listens for them.
func (s *server) operators(tb testing.TB) string {
	tb.Helper()
	lines := s.stderr.log(tb, "listening for operators")
	if len(lines) == 0 {
		tb.Fatal("the server does not listen for operators")
	}
	address, _ := lines[0]["address"].(string)
	return "http://" + address
}

// putLoad puts the people of a load into a database.
func putLoad(tb testing.TB, store chime.Store) {
	tb.Helper()
	putAccount(tb, store, lwa(loadAccount), loadWriters*loadBatch)
}

// startLoad has the server work from now on.
func startLoad(tb testing.TB, s *server) *load {
	tb.Helper()
	l := &load{server: s, ops: s.operators(tb), ending: make(chan struct{})}
	for w := range loadWriters {
		wr := &writer{outcomes: map[string]string{}}
		for i := range loadBatch {
			wr.users = append(wr.users, chime.UserID(fmt.Sprintf("%s-%06d", loadAccount, w*loadBatch+i)))
		}
		l.writers = append(l.writers, wr)
	}
	denied := s.createKey(tb, "--user", "denied")
	client := func(run func(client *http.Client)) {
		l.group.Go(func() {
			c := &http.Client{Transport: &http.Transport{}, Timeout: patience}
			defer c.CloseIdleConnections()
			run(c)
		})
	}
	for _, w := range l.writers {
		client(func(c *http.Client) { l.write(tb, c, w) })
	}
	client(func(c *http.Client) {
		l.repeat(tb, c, root, 200, func() (path string) { return "/accounts/" + loadAccount + "/users?max-results=5" }, &l.reads)
	})
	client(func(c *http.Client) {
		n := 0 // each denial is of an account of its own, and so is its record
		l.repeat(tb, c, denied, 403, func() (path string) { n++; return fmt.Sprint("/accounts/denied-", n) }, &l.denials)
	})
	tb.Cleanup(l.end)
	return l
}

// end has the writers finish what they are at.
func (l *load) end() {
	select {
	case <-l.ending:
	default:
		close(l.ending)
	}
	l.group.Wait()
}

// pause is what clients do between requests. It reports whether there are to be
// more.
func (l *load) pause(d time.Duration) bool {
	select {
	case <-l.ending:
		return false
	case <-time.After(d):
		return true
	}
}

// write has the writer work until the end, and then until nothing is left open.
func (l *load) write(tb testing.TB, c *http.Client, w *writer) {
	for more := true; more; {
		operation := "suspend"
		if w.suspended {
			operation = "unsuspend"
		}
		got, ok := l.ask(tb, c, root, "POST", "/accounts/"+loadAccount+"/users?operation="+operation, batch(w.users...))
		if !ok {
			return
		}
		id := got.header.Get("X-Amzn-Requestid")
		if got.status == http.StatusServiceUnavailable {
			w.note(id, "")
			w.refused.Add(1)
			if !l.pause(20*time.Millisecond) && tb.Failed() {
				return // nobody ends the fault any more
			}
			continue
		}
		if got.status != http.StatusOK || got.body != `{"UserErrors":[]}` {
			tb.Errorf("%s: got %d %s", operation, got.status, got.body)
			return
		}
		w.note(id, operation)
		w.acknowledged.Add(1)
		more = l.pause(5 * time.Millisecond)
	}
}

func (w *writer) note(id, operation string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.outcomes[id] = operation
	switch operation {
	case "suspend":
		w.suspended = true
		w.suspensions++
	case "unsuspend":
		w.suspended = false
	}
}

// repeat asks for paths until the end, and counts the answers of the status.
func (l *load) repeat(tb testing.TB, c *http.Client, key credentials, status int, path func() string, count *atomic.Int64) {
	for more := true; more; more = l.pause(20 * time.Millisecond) {
		p := path()
		got, ok := l.ask(tb, c, key, "GET", p, "")
		switch {
		case !ok:
			return
		case got.status == status:
			count.Add(1)
		case got.status != http.StatusServiceUnavailable:
			tb.Errorf("GET %s: got %d %s, want %d or 503", p, got.status, got.body, status)
		}
	}
}

// ask makes a request. It reports false when there was no answer, which is a
// failure: whatever happens to the database, somebody answers.
func (l *load) ask(tb testing.TB, c *http.Client, key credentials, method, path, body string) (answer, bool) {
	req, err := sign(context.Background(), key, method, l.endpoint+path, body)
	if err != nil {
		tb.Error(err)
		return answer{}, false
	}
	got, err := send(c, req)
	if err != nil {
		tb.Errorf("%s %s: got no answer: %v", method, path, err)
		return answer{}, false
	}
	if got.status == http.StatusServiceUnavailable {
		wantUnavailable(tb, got)
	}
	return got, true
}

// wantUnavailable checks a 503: it is the contract's, says when to come again, and
// tells nothing of the database.
func wantUnavailable(tb testing.TB, got answer) {
	tb.Helper()
	var body struct{ Code, Message string }
	err := json.Unmarshal([]byte(got.body), &body)
	if err != nil || got.exception() != "ServiceUnavailableException" || body.Code != "ServiceUnavailable" ||
		got.header.Get("Retry-After") != "1" || got.header.Get("X-Amz-Retry-After") != "1000" {
		tb.Errorf("a 503: got %v %s (%v), want a ServiceUnavailableException with Retry-After", got.header, got.body, err)
	}
	for _, word := range []string{"sql", "postgres", "connect", "disk", "lock"} {
		if strings.Contains(strings.ToLower(body.Message), word) {
			tb.Errorf("a 503 says %q, which is the operator's business", body.Message)
		}
	}
}

// status asks the address for operators.
func (l *load) status(tb testing.TB, path string) int {
	tb.Helper()
	resp, err := http.Get(l.ops + path)
	if err != nil {
		tb.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		tb.Error(err)
	}
	return resp.StatusCode
}

// each waits until the count of every writer has grown by n.
func (l *load) each(tb testing.TB, what string, n int64, count func(*writer) *atomic.Int64) {
	tb.Helper()
	var enough []int64
	for _, w := range l.writers {
		enough = append(enough, count(w).Load()+n)
	}
	for i, w := range l.writers {
		eventually(tb, fmt.Sprintf("writer %d is %s", i, what), func() bool { return tb.Failed() || count(w).Load() >= enough[i] })
	}
	if tb.Failed() {
		tb.FailNow()
	}
}

func (l *load) awaitAcknowledged(tb testing.TB) {
	tb.Helper()
	l.each(tb, "acknowledged", 3, func(w *writer) *atomic.Int64 { return &w.acknowledged })
}

func (l *load) awaitRefused(tb testing.TB) {
	tb.Helper()
	l.each(tb, "refused", 1, func(w *writer) *atomic.Int64 { return &w.refused })
}

// through has the load go through a fault: before it all is served; from when it
// begins, writers are refused, the server lives, and says that it is not ready;
// once it has ended all is served again, by the same process.
func (l *load) through(tb testing.TB, begin, end func()) {
	tb.Helper()
	l.awaitAcknowledged(tb)
	if got := l.status(tb, "/readyz"); got != http.StatusOK {
		tb.Errorf("/readyz before: got %d", got)
	}
	begin()
	l.awaitRefused(tb)
	eventually(tb, "the server is not ready", func() bool { return l.status(tb, "/readyz") == http.StatusServiceUnavailable })
	if got := l.status(tb, "/healthz"); got != http.StatusOK {
		tb.Errorf("/healthz meanwhile: got %d", got)
	}
	end()
	l.awaitAcknowledged(tb)
	eventually(tb, "the server is ready again", func() bool { return l.status(tb, "/readyz") == http.StatusOK })
}

// servesReads waits until reads are answered that began after the call.
func (l *load) servesReads(tb testing.TB) {
	tb.Helper()
	for what, count := range map[string]*atomic.Int64{"a read": &l.reads, "a denied request": &l.denials} {
		enough := count.Load() + 2
		eventually(tb, what+" is answered", func() bool { return count.Load() >= enough })
	}
}

// check ends the load and compares what was answered with what is there: in each
// account, batch and record.
func (l *load) check(tb testing.TB, open func(testing.TB, string) (chime.Store, func())) {
	tb.Helper()
	l.end()
	store, closeStore := open(tb, l.database)
	defer closeStore()
	members := map[chime.UserID]chime.Member{}
	err := store.View(tb.Context(), func(tx chime.Tx) error {
		list, err := tx.ListMembers(tb.Context(), chime.MemberQuery{Account: loadAccount, Limit: loadWriters*loadBatch + 1})
		for _, m := range list {
			members[m.User] = m
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	outcomes := map[string]string{}
	for _, w := range l.writers {
		w.check(tb, members)
		for id, operation := range w.outcomes {
			outcomes[id] = operation
		}
	}
	l.checkRecords(tb, outcomes)
}

// check compares the state with what the writer was told last.
func (w *writer) check(tb testing.TB, members map[chime.UserID]chime.Member) {
	tb.Helper()
	want := chime.Registered
	if w.suspended {
		want = chime.Suspended
	}
	for _, user := range w.users {
		if m := members[user]; m.Status != want || m.Signout.Epoch != w.suspensions {
			tb.Errorf("%s is %s and was signed out %d times, and %s and %d were acknowledged",
				user, m.Status, m.Signout.Epoch, want, w.suspensions)
			return
		}
	}
}

// checkRecords compares the audit with the outcomes: whatever was acknowledged is
// on record, and what is on record was acknowledged or left open by a refusal.
func (l *load) checkRecords(tb testing.TB, outcomes map[string]string) {
	tb.Helper()
	names := map[string]string{"suspend": "BatchSuspendUser", "unsuspend": "BatchUnsuspendUser"}
	found := map[string]bool{}
	for _, name := range names {
		for _, r := range l.audit(tb, "--operation", name) {
			operation, known := outcomes[r.RequestID]
			if !known || found[r.RequestID] || operation != "" && names[operation] != name {
				tb.Errorf("the record %+v is of nothing that was asked, or a second one; acknowledged was %q", r, operation)
			}
			found[r.RequestID] = true
		}
	}
	acknowledged := 0
	for id, operation := range outcomes {
		if operation != "" {
			acknowledged++
			if !found[id] {
				tb.Errorf("request %s was acknowledged and is not on record", id)
			}
		}
	}
	// What is written in the background comes later; denials of other accounts are not
	// counted together.
	for operation, count := range map[string]*atomic.Int64{"GetAccount": &l.denials, "ListUsers": &l.reads} {
		eventually(tb, fmt.Sprintf("%d of %s are on record", count.Load(), operation), func() bool {
			return int64(len(l.audit(tb, "--operation", operation))) >= count.Load()
		})
	}
	tb.Logf("%d acknowledged, %d refused, %d on record; %d reads, %d denials",
		acknowledged, len(outcomes)-acknowledged, len(found), l.reads.Load(), l.denials.Load())
}
