package main

import (
	"context"
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
	windowClients = 16
	windowPeople  = 200
	windowBatch   = 50
	// usesBetween is how many uses there are before, between and after the suspensions.
	usesBetween = 300
	// insistence is how often at most a client uses the same thing without a pause.
	insistence = 20
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
		variables["CARILLON_RATE_LIMIT"], variables["CARILLON_MAIL_DIR"] = "0", t.TempDir()
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
	w.people = putSignedIn(t, store, "office", windowPeople, w.app.ClientID)
	closeStore()
	ctx, stop := context.WithCancel(t.Context())
	var using sync.WaitGroup
	for range windowClients {
		using.Go(func() { w.use(ctx, t) })
	}
	for i := range windowPeople / windowBatch {
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

// window is the people of the test, and what is known of them.
type window struct {
	servers   []*server
	app       registered
	people    []signedIn
	suspended [windowPeople]atomic.Bool // and the answer is out

	turn          atomic.Int64 // the first of the batch that is suspended next
	ways          []windowUse
	uses          atomic.Int64
	before, after []atomic.Int64 // a way each: uses that were accepted, and that were refused to the suspended
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
	req, err := sign(ctx, root, "POST", s.endpoint+"/accounts/office/users?operation=suspend", batch(users...))
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
		accepted, err := w.ways[n].try(ctx, client, s, w.app, w.people[i])
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
		}
		w.uses.Add(1)
	}
}

// choose returns somebody, mostly one of those whose turn it is: what is in use at the
// moment of the suspension is what shows a window.
func (w *window) choose() int {
	if rand.IntN(4) == 0 {
		return rand.IntN(windowPeople)
	}
	return int(w.turn.Load()) + rand.IntN(windowBatch)
}

// windowUse is a way to use something that somebody holds.
type windowUse struct {
	name    string
	request func(context.Context, *server, registered, signedIn) (*http.Request, error)
	// yes and no are the statuses of what is accepted and refused. Where they are the
	// same, the body says which it is.
	yes, no int
}

func windowUses() []windowUse {
	introspect := func(ctx context.Context, s *server, app registered, token string) (*http.Request, error) {
		return s.appRequest(ctx, app, "/oauth2/introspect", url.Values{"token": {token}})
	}
	return []windowUse{
		{"the session", func(ctx context.Context, s *server, _ registered, p signedIn) (*http.Request, error) {
			return s.meRequest(ctx, p.cookie)
		}, http.StatusOK, http.StatusSeeOther},
		{"the access token, at userinfo,", func(ctx context.Context, s *server, _ registered, p signedIn) (*http.Request, error) {
			return s.userinfoRequest(ctx, p.access[0])
		}, http.StatusOK, http.StatusUnauthorized},
		{"the access token, introspected,", func(ctx context.Context, s *server, app registered, p signedIn) (*http.Request, error) {
			return introspect(ctx, s, app, p.access[0])
		}, http.StatusOK, http.StatusOK},
		{"the refresh token, introspected,", func(ctx context.Context, s *server, app registered, p signedIn) (*http.Request, error) {
			return introspect(ctx, s, app, p.refresh[0])
		}, http.StatusOK, http.StatusOK},
	}
}

// try uses it, and reports whether the server accepted that.
func (u windowUse) try(ctx context.Context, client *http.Client, s *server, app registered, p signedIn) (accepted bool, err error) {
	req, err := u.request(ctx, s, app, p)
	if err != nil {
		return false, err
	}
	got, err := send(client, req)
	switch {
	case err != nil:
		return false, err
	case got.status != u.yes && got.status != u.no:
		return false, fmt.Errorf("using %s: got %d %s", u.name, got.status, got.body)
	case u.yes == u.no:
		return strings.Contains(got.body, `"active":true`), nil
	}
	return got.status == u.yes, nil
}
