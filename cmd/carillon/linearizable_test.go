package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/carillon-id/carillon/internal/chime"
)

// The load whose history is checked: clients that all work on the same users.
const (
	historyClients  = 16
	historyRequests = 30 // a client
	historyUsers    = 8
)

// access is what a request does to one user: it sets their status, or reads it.
type access struct {
	user chime.UserID
	sets string // "" for a read, whose output is the status
}

// statusModel says how the status of each user behaves when one request comes
// after the other. A batch is an access of each of its users: that it is one
// transaction for all of them is not what is asked here.
func statusModel() porcupine.Model {
	return porcupine.Model{
		Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
			users := map[chime.UserID][]porcupine.Operation{}
			for _, operation := range history {
				in, _ := operation.Input.(access)
				users[in.user] = append(users[in.user], operation)
			}
			return slices.Collect(maps.Values(users))
		},
		Init: func() any { return "Registered" },
		Step: func(state, input, output any) (bool, any) {
			if in, _ := input.(access); in.sets != "" {
				return true, in.sets
			}
			return state == output, state
		},
	}
}

func checkHistory(history []porcupine.Operation) porcupine.CheckResult {
	return porcupine.CheckOperationsTimeout(statusModel(), history, patience)
}

// history is what clients asked and were answered, and when.
type history struct {
	began time.Time

	mu         sync.Mutex
	operations []porcupine.Operation
	writes     int // requests
}

func (h *history) now() int64 { return int64(time.Since(h.began)) }

// add adds what a request between two moments did to users: set their status, or
// read what outputs says.
func (h *history) add(client int, call, returned int64, users []chime.UserID, sets string, outputs map[chime.UserID]string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if sets != "" {
		h.writes++
	}
	for _, user := range users {
		h.operations = append(h.operations, porcupine.Operation{
			ClientId: client, Input: access{user, sets}, Output: outputs[user], Call: call, Return: returned,
		})
	}
}

// historian is a client whose requests are on a history.
type historian struct {
	*history
	number int
	server *server
	client *http.Client
}

// ask makes a request, which has to be answered by 200, and tells when.
func (c historian) ask(tb testing.TB, method, path, body string) (got answer, call, returned int64) {
	req, err := sign(tb.Context(), root, method, c.server.endpoint+"/accounts/shared/users"+path, body)
	if err != nil {
		tb.Error(err)
		return answer{body: "{}"}, 0, 0
	}
	call = c.now()
	got, err = send(c.client, req)
	returned = c.now()
	if err != nil || got.status != http.StatusOK {
		tb.Errorf("%s %s: got %d %s (%v), want 200", method, path, got.status, got.body, err)
		got.body = "{}"
	}
	return got, call, returned
}

func (c historian) set(tb testing.TB, operation string, users []chime.UserID) {
	got, call, returned := c.ask(tb, "POST", "?operation="+operation, batch(users...))
	if got.body != `{"UserErrors":[]}` {
		tb.Errorf("%s: got %s, want no errors", operation, got.body)
	}
	sets := map[string]string{"suspend": "Suspended", "unsuspend": "Registered"}[operation]
	c.add(c.number, call, returned, users, sets, nil)
}

func (c historian) get(tb testing.TB, user chime.UserID) {
	got, call, returned := c.ask(tb, "GET", "/"+string(user), "")
	status, _ := got.member(tb, "User", "UserRegistrationStatus").(string)
	c.add(c.number, call, returned, []chime.UserID{user}, "", map[chime.UserID]string{user: status})
}

func (c historian) list(tb testing.TB) {
	got, call, returned := c.ask(tb, "GET", "", "")
	outputs := map[chime.UserID]string{}
	users, _ := got.member(tb, "Users").([]any)
	for _, listed := range users {
		user, _ := listed.(map[string]any)
		id, _ := user["UserId"].(string)
		outputs[chime.UserID(id)], _ = user["UserRegistrationStatus"].(string)
	}
	c.add(c.number, call, returned, slices.Collect(maps.Keys(outputs)), "", outputs)
}

// act makes some request on some of the users.
func (c historian) act(tb testing.TB, users []chime.UserID) {
	some := slices.Clone(users)
	rand.Shuffle(len(some), func(i, j int) { some[i], some[j] = some[j], some[i] })
	some = some[:1+rand.IntN(len(some))]
	switch dice := rand.IntN(10); {
	case dice < 3:
		c.set(tb, "suspend", some)
	case dice < 6:
		c.set(tb, "unsuspend", some)
	case dice < 9:
		c.get(tb, some[0])
	default:
		c.list(tb)
	}
}

// TestLinearizable has many clients suspend, unsuspend and read the same users at
// the same time, through two servers on one PostgreSQL, or one on SQLite: there is
// an order of all requests, each of them between its call and its return, in which
// every read sees what was set last. Nobody is told that transactions collided.
func TestLinearizable(t *testing.T) {
	t.Parallel()
	for engine, start := range map[string]func(testing.TB) (string, []*server){
		"SQLite": func(tb testing.TB) (string, []*server) {
			database := newDatabase(tb)
			return database, []*server{startServerOn(tb, database, "--rate-limit", "0")}
		},
		"PostgreSQL": func(tb testing.TB) (string, []*server) {
			database, variables := newPostgres(tb)
			return database, []*server{
				startServerWith(tb, database, variables, "--rate-limit", "0"), startServerWith(tb, database, variables, "--rate-limit", "0"),
			}
		},
	} {
		t.Run(engine, func(t *testing.T) {
			database, servers := start(t)
			users := putAccounts(t, database, historyUsers, lwa("shared"))
			h := &history{began: time.Now()}
			var wg sync.WaitGroup
			for number := range historyClients {
				wg.Go(func() {
					c := historian{h, number, servers[number%len(servers)], &http.Client{Transport: &http.Transport{}}}
					defer c.client.CloseIdleConnections()
					for range historyRequests {
						c.act(t, users)
					}
				})
			}
			wg.Wait()
			last := historian{h, 0, servers[0], http.DefaultClient}
			last.set(t, "suspend", users)
			last.list(t)
			wantLinearizable(t, h.operations)
			records := len(servers[0].audit(t, "--operation", "BatchSuspendUser")) + len(servers[0].audit(t, "--operation", "BatchUnsuspendUser"))
			if records != h.writes {
				t.Errorf("got %d records of %d batches", records, h.writes)
			}
		})
	}
}

// wantLinearizable checks a history that ends with a read, and that the check would
// fail if that read had been another.
func wantLinearizable(t *testing.T, operations []porcupine.Operation) {
	t.Helper()
	if got := checkHistory(operations); got != porcupine.Ok {
		t.Errorf("the history of %d operations is %s, want %s", len(operations), got, porcupine.Ok)
	}
	read := map[any]int{}
	for _, operation := range operations {
		read[operation.Output]++
	}
	if read["Suspended"] <= historyUsers || read["Registered"] == 0 {
		t.Errorf("the outputs were %v, want some of each", read)
	}
	doctored := slices.Clone(operations)
	doctored[len(doctored)-1].Output = "Registered"
	if got := checkHistory(doctored); got != porcupine.Illegal {
		t.Errorf("the history with another last read is %s, want %s", got, porcupine.Illegal)
	}
}

// TestHistoryCheck: the check knows good histories from bad ones. A history is
// written with the moments of call and return: "a suspend 0-2" or "a Registered 1-3".
func TestHistoryCheck(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, history string
		want          porcupine.CheckResult
	}{
		{"one after the other", "a Registered 0-1, a suspend 2-3, a Suspended 4-5, a unsuspend 6-7, a Registered 8-9", porcupine.Ok},
		{"either, during a write", "a suspend 0-9, a Registered 1-2, a Suspended 3-4", porcupine.Ok},
		{"either, of two writes at once", "a suspend 0-5, a unsuspend 1-4, a Suspended 6-7", porcupine.Ok},
		{"each user by themselves", "a suspend 0-1, b Registered 2-3, b suspend 4-5, a Suspended 6-7, b Suspended 6-7", porcupine.Ok},
		{"a stale read", "a suspend 0-1, a Registered 2-3", porcupine.Illegal},
		{"a read of what nobody set", "a Suspended 0-1, a suspend 2-3", porcupine.Illegal},
		{"a read that goes back", "a suspend 0-9, a Suspended 1-2, a Registered 3-4", porcupine.Illegal},
		{"a lost write", "a suspend 0-1, a unsuspend 2-3, a Suspended 4-5", porcupine.Illegal},
		{"two readers who disagree on the last of two writes", "a suspend 0-5, a unsuspend 1-4, a Suspended 6-7, a Registered 8-9", porcupine.Illegal},
		{"a stale read among good ones", "a suspend 0-1, b suspend 0-1, a Suspended 2-3, b Registered 2-3", porcupine.Illegal},
	} {
		h := &history{}
		for line := range strings.SplitSeq(c.history, ", ") {
			var (
				user           chime.UserID
				what           string
				call, returned int64
			)
			if _, err := fmt.Sscanf(line, "%s %s %d-%d", &user, &what, &call, &returned); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			sets := map[string]string{"suspend": "Suspended", "unsuspend": "Registered"}[what]
			h.add(0, call, returned, []chime.UserID{user}, sets, map[chime.UserID]string{user: what})
		}
		if got := checkHistory(h.operations); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}
