package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
)

// The load of TestNoWindow.
const (
	windowClients  = 16
	windowAccounts = 3
	windowPeople   = 200 // an account
	windowBatch    = 50
	windowAll      = windowAccounts * windowPeople
	// usesBetween is how many uses there are before and after each suspension.
	usesBetween = 400
	// insistence is how often at most a client uses the same thing without a pause: most
	// are at it when the suspension comes, which is what shows a window.
	insistence = 100
)

// TestNoWindow: while people are suspended, 16 clients use their sessions and tokens
// without pause. No use that began after the 200 was sent is accepted, on any
// server, whatever its clock says.
func TestNoWindow(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		testNoWindow(t, startServer(t, "--rate-limit", "0", "--code-limit", "0", "--mail-dir", t.TempDir()))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		database, variables := newPostgres(t)
		variables["CARILLON_RATE_LIMIT"] = "0"
		ahead := func() time.Time { return time.Now().Add(time.Minute) }
		testNoWindow(t, startServerWith(t, database, variables), startServerAt(t, ahead, database, variables))
	})
}

func testNoWindow(t *testing.T, servers ...*server) {
	t.Helper()
	ways := windowUses()
	w := &window{
		servers: servers, app: servers[0].createApp(t, "Wiki"),
		ways: ways, before: make([]atomic.Int64, len(ways)), after: make([]atomic.Int64, len(ways)),
	}
	store, closeStore := openStore(t, servers[0].database)
	for i := range windowAccounts {
		w.people = append(w.people, putSignedIn(t, store, windowAccount(i), windowPeople, w.app.ClientID, w.app.ClientID)...)
	}
	closeStore()
	for i, p := range w.people {
		w.rotating[i].token = p.refresh[1]
	}
	ctx, stop := context.WithCancel(t.Context())
	var using sync.WaitGroup
	for range windowClients {
		using.Go(func() { w.use(ctx, t) })
	}
	for i := range windowAll / windowBatch {
		w.turn.Store(int64(i * windowBatch))
		w.await(t, usesBetween)
		w.suspend(t, servers[i%len(servers)], i*windowBatch)
		w.await(t, usesBetween)
	}
	stop()
	using.Wait()
	for n, way := range w.ways {
		before, after := w.before[n].Load(), w.after[n].Load()
		t.Logf("%s was accepted %d times before a suspension, and refused %d times after one", way.name, before, after)
		if before == 0 || after == 0 {
			t.Errorf("%s: that shows nothing", way.name)
		}
	}
}

func windowAccount(i int) chime.AccountID { return chime.AccountID(fmt.Sprintf("office-%d", i)) }

// window is the people of the test, and what is known of them.
type window struct {
	servers   []*server
	app       registered
	people    []signedIn
	suspended [windowAll]atomic.Bool // and the answer is out
	rotating  [windowAll]rotating

	turn          atomic.Int64 // the first of the batch that is suspended next
	ways          []windowUse
	uses          atomic.Int64
	before, after []atomic.Int64 // a way each: uses that were accepted, and that were refused to the suspended
}

// rotating is a refresh token that clients exchange for the next one, one at a time.
type rotating struct {
	sync.Mutex
	token string
}

// await waits until there were so many more uses.
func (w *window) await(tb testing.TB, more int64) {
	tb.Helper()
	enough := w.uses.Load() + more
	eventually(tb, "sessions and tokens are used", func() bool { return w.uses.Load() >= enough || tb.Failed() })
}

// suspend suspends a batch, and notes it at the first byte of the answer.
func (w *window) suspend(tb testing.TB, s *server, first int) {
	tb.Helper()
	var users []chime.UserID
	for _, p := range w.people[first : first+windowBatch] {
		users = append(users, p.user)
	}
	answered := func() {
		for i := range windowBatch {
			w.suspended[first+i].Store(true)
		}
	}
	ctx := httptrace.WithClientTrace(tb.Context(), &httptrace.ClientTrace{GotFirstResponseByte: answered})
	req, err := sign(ctx, root, "POST", s.endpoint+"/accounts/"+string(windowAccount(first/windowPeople))+"/users?operation=suspend", batch(users...))
	if err != nil {
		tb.Fatal(err)
	}
	got, err := send(http.DefaultClient, req)
	if err != nil || got.status != http.StatusOK || got.body != `{"UserErrors":[]}` {
		tb.Fatalf("suspending: got %d %s, %v", got.status, got.body, err)
	}
}

// use uses what some of the people hold, one after the other, until the context ends.
func (w *window) use(ctx context.Context, tb testing.TB) {
	client := &http.Client{
		Transport:     &http.Transport{},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	defer client.CloseIdleConnections()
	var i, n int
	for again := 0; ctx.Err() == nil; again-- {
		if again <= 0 {
			i, n, again = w.choose(), rand.IntN(len(w.ways)), rand.IntN(insistence)
		}
		s := w.servers[rand.IntN(len(w.servers))]
		suspended := w.suspended[i].Load()
		accepted, err := w.ways[n].try(ctx, w, client, s, i)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			tb.Error(err)
			return
		case accepted && suspended:
			tb.Errorf("%s of %s was accepted after their suspension", w.ways[n].name, w.people[i].user)
		case accepted:
			w.before[n].Add(1)
		case suspended:
			w.after[n].Add(1)
			again = min(again, rand.IntN(3))
		}
		w.uses.Add(1)
	}
}

// choose returns somebody, mostly one of those whose turn it is: what is in use at the
// moment of the suspension is what shows a window.
func (w *window) choose() int {
	if rand.IntN(4) == 0 {
		return rand.IntN(windowAll)
	}
	return int(w.turn.Load()) + rand.IntN(windowBatch)
}

// windowUse is a way to use something that somebody holds.
type windowUse struct {
	name string
	// try uses it, and reports whether the server accepted that.
	try func(ctx context.Context, w *window, client *http.Client, s *server, person int) (accepted bool, err error)
}

func windowUses() []windowUse {
	return []windowUse{
		{"the session", func(ctx context.Context, w *window, client *http.Client, s *server, i int) (bool, error) {
			req, err := s.meRequest(ctx, w.people[i].cookie)
			_, accepted, err := choice(client, req, err, http.StatusOK, http.StatusSeeOther)
			return accepted, err
		}},
		{"the session, at an app,", useAtApp},
		{"the access token, at userinfo,", func(ctx context.Context, w *window, client *http.Client, s *server, i int) (bool, error) {
			req, err := s.userinfoRequest(ctx, w.people[i].access[0])
			_, accepted, err := choice(client, req, err, http.StatusOK, http.StatusUnauthorized)
			return accepted, err
		}},
		{"the access token, introspected,", func(ctx context.Context, w *window, client *http.Client, s *server, i int) (bool, error) {
			return w.introspect(ctx, client, s, w.people[i].access[0])
		}},
		{"the refresh token, introspected,", func(ctx context.Context, w *window, client *http.Client, s *server, i int) (bool, error) {
			return w.introspect(ctx, client, s, w.people[i].refresh[0])
		}},
		{"the refresh token, exchanged,", refreshInTurn},
	}
}

// choice sends the request, and reports whether it was answered by the one status,
// and not by the other.
func choice(client *http.Client, req *http.Request, err error, yes, no int) (got answer, accepted bool, _ error) {
	if err != nil {
		return got, false, err
	}
	got, err = send(client, req)
	if err == nil && got.status != yes && got.status != no {
		err = fmt.Errorf("%s: got %d %s", req.URL.Path, got.status, got.body)
	}
	return got, got.status == yes, err
}

// useAtApp has the app ask for a code, which whoever is signed in gives by being so.
func useAtApp(ctx context.Context, w *window, client *http.Client, s *server, i int) (bool, error) {
	req, err := s.meRequest(ctx, w.people[i].cookie)
	if err != nil {
		return false, err
	}
	req.URL.Path, req.URL.RawQuery = "/oauth2/authorize", url.Values{
		"client_id": {string(w.app.ClientID)}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {"openid"},
		"code_challenge": {codeChallenge}, "code_challenge_method": {"S256"}, "prompt": {"none"},
	}.Encode()
	got, err := send(client, req)
	if err != nil {
		return false, err
	}
	to, err := url.Parse(got.header.Get("Location"))
	if err != nil || !to.Query().Has("code") && to.Query().Get("error") != "login_required" {
		return false, fmt.Errorf("authorizing the app: got %d, to %q, %w", got.status, to, err)
	}
	return to.Query().Has("code"), nil
}

func (w *window) introspect(ctx context.Context, client *http.Client, s *server, token string) (bool, error) {
	req, err := s.appRequest(ctx, w.app, "/oauth2/introspect", url.Values{"token": {token}})
	got, _, err := choice(client, req, err, http.StatusOK, http.StatusOK)
	return strings.Contains(got.body, `"active":true`), err
}

// refreshInTurn exchanges a refresh token of the person's, and keeps the next one.
func refreshInTurn(ctx context.Context, w *window, client *http.Client, s *server, i int) (bool, error) {
	held := &w.rotating[i]
	held.Lock()
	defer held.Unlock()
	req, err := s.appRequest(ctx, w.app, "/oauth2/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {held.token}})
	got, accepted, err := choice(client, req, err, http.StatusOK, http.StatusBadRequest)
	if !accepted || err != nil {
		return false, err
	}
	var next struct {
		Token string `json:"refresh_token"`
	}
	if err := json.Unmarshal([]byte(got.body), &next); err != nil {
		return false, err
	}
	held.token = next.Token
	return true, nil
}
