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
	usesBetween = 400
)

// TestNoWindow: while people are suspended, 16 clients use their sessions and tokens
// without pause. No use that began after the 200 was sent is accepted, on any
// server, whatever its clock says.
func TestNoWindow(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		testNoWindow(t, startServer(t, "--rate-limit", "0", "--mail-dir", t.TempDir()))
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
	w := &window{servers: servers, app: servers[0].createApp(t, "Wiki")}
	store, closeStore := openStore(t, servers[0].database)
	w.people = putSignedIn(t, store, "office", windowPeople, w.app.ClientID)
	closeStore()
	ctx, stop := context.WithCancel(t.Context())
	var using sync.WaitGroup
	for range windowClients {
		using.Go(func() { w.use(ctx, t) })
	}
	w.await(t, usesBetween)
	for i := range windowPeople / windowBatch {
		w.suspend(t, servers[i%len(servers)], i*windowBatch)
		w.await(t, usesBetween)
	}
	stop()
	using.Wait()
	t.Logf("%d uses were accepted before a suspension, %d refused after one", w.before.Load(), w.after.Load())
	if w.before.Load() == 0 || w.after.Load() < usesBetween {
		t.Errorf("got %d and %d uses before and after suspensions: that shows nothing", w.before.Load(), w.after.Load())
	}
}

// window is the people of the test, and what is known of them.
type window struct {
	servers   []*server
	app       registered
	people    []signedIn
	suspended [windowPeople]atomic.Bool // and the answer is out

	uses, before, after atomic.Int64
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
	for ctx.Err() == nil {
		i, s := rand.IntN(windowPeople), w.servers[rand.IntN(len(w.servers))]
		suspended := w.suspended[i].Load()
		accepted, what, err := tryOne(ctx, client, s, w.app, w.people[i])
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			tb.Error(err)
			return
		case accepted && suspended:
			tb.Errorf("%s of %s was accepted after their suspension", what, w.people[i].user)
		case accepted:
			w.before.Add(1)
		case suspended:
			w.after.Add(1)
		}
		w.uses.Add(1)
	}
}

// tryOne uses one of the things that somebody holds, and reports whether the server
// accepted it.
func tryOne(ctx context.Context, client *http.Client, s *server, app registered, p signedIn) (accepted bool, what string, err error) {
	var req *http.Request
	yes, no := http.StatusOK, http.StatusUnauthorized
	switch rand.IntN(4) {
	case 0:
		what, no = "the session", http.StatusSeeOther
		req, err = s.meRequest(ctx, p.cookie)
	case 1:
		what = "the access token, at userinfo,"
		req, err = s.userinfoRequest(ctx, p.access[0])
	case 2:
		what, no = "the access token, introspected,", http.StatusOK
		req, err = s.appRequest(ctx, app, "/oauth2/introspect", url.Values{"token": p.access})
	case 3:
		what, no = "the refresh token, introspected,", http.StatusOK
		req, err = s.appRequest(ctx, app, "/oauth2/introspect", url.Values{"token": p.refresh})
	}
	if err != nil {
		return false, what, err
	}
	got, err := send(client, req)
	switch {
	case err != nil:
		return false, what, err
	case yes == no && got.status == yes:
		return strings.Contains(got.body, `"active":true`), what, nil
	case got.status != yes && got.status != no:
		err = fmt.Errorf("using %s: got %d %s", what, got.status, got.body)
	}
	return got.status == yes, what, err
}
