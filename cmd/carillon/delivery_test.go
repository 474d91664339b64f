package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/carillon-id/carillon/internal/chime"
)

// deliveryPeople are suspended by one request.
const deliveryPeople = 50

// listener is an app that is told of sign-outs.
type listener struct {
	registered
	server *httptest.Server
	mu     sync.Mutex
	tokens []string
	// deaf, when set, keeps the app from answering until it is closed.
	deaf chan struct{}
}

func newListener(tb testing.TB) *listener {
	tb.Helper()
	l := &listener{}
	l.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.mu.Lock()
		l.tokens = append(l.tokens, r.PostFormValue("logout_token"))
		deaf := l.deaf
		l.mu.Unlock()
		if deaf != nil {
			select {
			case <-deaf:
			case <-r.Context().Done():
			}
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	tb.Cleanup(l.server.Close)
	return l
}

// listen makes the app deaf, or hear again.
func (l *listener) listen(deaf chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.deaf = deaf
}

func (l *listener) got() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.tokens)
}

// logoutToken is what a logout token says.
type logoutToken struct {
	Issuer   string                     `json:"iss"`
	Subject  chime.UserID               `json:"sub"`
	Audience chime.ClientID             `json:"aud"`
	SID      string                     `json:"sid"`
	ID       string                     `json:"jti"`
	Expires  int64                      `json:"exp"`
	Events   map[string]json.RawMessage `json:"events"`
}

// told returns whom the app was told about, by tokens that it can verify with the
// server's published keys.
func (l *listener) told(tb testing.TB, s *server) map[chime.UserID]bool {
	tb.Helper()
	var keys jose.JSONWebKeySet
	resp, err := http.Get(s.endpoint + "/oauth2/jwks")
	if err != nil {
		tb.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&keys); err != nil {
		tb.Fatal(err)
	}
	people, ids := map[chime.UserID]bool{}, map[string]bool{}
	for _, text := range l.got() {
		token, err := readLogoutToken(keys, text)
		_, logout := token.Events["http://schemas.openid.net/event/backchannel-logout"]
		if err != nil || token.Audience != l.ClientID || token.Issuer != "http://localhost:8420" || token.SID != "" || !logout || ids[token.ID] {
			tb.Fatalf("the app %s got the logout token %+v, %v", l.ClientID, token, err)
		}
		people[token.Subject], ids[token.ID] = true, true
	}
	return people
}

func readLogoutToken(keys jose.JSONWebKeySet, text string) (token logoutToken, err error) {
	signed, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.RS256, jose.ES256})
	if err != nil {
		return token, err
	}
	if kind := signed.Signatures[0].Protected.ExtraHeaders[jose.HeaderType]; kind != "logout+jwt" {
		return token, fmt.Errorf("the token's type is %v", kind)
	}
	for _, key := range keys.Key(signed.Signatures[0].Protected.KeyID) {
		if payload, err := signed.Verify(key); err == nil {
			return token, json.Unmarshal(payload, &token)
		}
	}
	return token, errors.New("no published key verifies the token")
}

// crashRounds is how often tests kill a server: CARILLON_CRASH_ROUNDS times, or 5.
func crashRounds(tb testing.TB) int {
	tb.Helper()
	rounds := 5
	if text := os.Getenv("CARILLON_CRASH_ROUNDS"); text != "" {
		var err error
		if rounds, err = strconv.Atoi(text); err != nil || rounds < 1 {
			tb.Fatalf("CARILLON_CRASH_ROUNDS is %q, want a number", text)
		}
	}
	return rounds
}

// TestCrashBeforeDelivery kills the server right after it acknowledged a batch of
// suspensions, with another one on its way. After the restart every app is told
// about everybody who was suspended, and about nobody else.
func TestCrashBeforeDelivery(t *testing.T) {
	t.Parallel()
	database := newDatabase(t)
	variables := environment()
	variables["CARILLON_RATE_LIMIT"], variables["CARILLON_MAIL_DIR"], variables["CARILLON_ALLOW_PRIVATE_CALLBACKS"] = "0", t.TempDir(), "true"
	first := startProcess(t, database, variables, nil)
	first.variables = variables
	apps := []*listener{newListener(t), newListener(t)}
	for i, app := range apps {
		app.registered = first.createApp(t, fmt.Sprintf("App %d", i), "--backchannel-logout-uri", app.server.URL)
	}
	first.stop(t)
	want := map[chime.UserID]bool{} // whom apps are to be told about
	for round := range crashRounds(t) {
		r := crashRound{variables: variables, database: database, apps: apps, account: chime.AccountID(fmt.Sprintf("account-%d", round))}
		r.populate(t)
		r.killBeforeDelivery(t, round%2 == 0)
		r.check(t, want)
		if t.Failed() {
			return
		}
	}
}

// crashRound is a crash and what is known of it.
type crashRound struct {
	database  string
	variables map[string]string
	apps      []*listener
	account   chime.AccountID
	users     []chime.UserID
	// sent says that the second batch was sent before the crash.
	sent bool
}

// populate puts an account of three batches of people into the database: one to be
// suspended, one that is on its way, and one that stays.
func (r *crashRound) populate(tb testing.TB) {
	tb.Helper()
	store, closeStore := openStore(tb, r.database)
	defer closeStore()
	var ids []chime.ClientID
	for _, app := range r.apps {
		ids = append(ids, app.ClientID)
	}
	for _, p := range putSignedIn(tb, store, r.account, 3*deliveryPeople, ids...) {
		r.users = append(r.users, p.user)
	}
}

// killBeforeDelivery kills the server as soon as it has acknowledged a suspension.
// When the apps are deaf, none has confirmed anything by then.
func (r *crashRound) killBeforeDelivery(tb testing.TB, deaf bool) {
	tb.Helper()
	var closed chan struct{}
	if deaf {
		closed = make(chan struct{})
	}
	for _, app := range r.apps {
		app.listen(closed)
	}
	s := startProcess(tb, r.database, r.variables, nil)
	path := "/accounts/" + string(r.account) + "/users?operation=suspend"
	next, err := sign(context.Background(), root, "POST", s.endpoint+path, batch(r.users[deliveryPeople:2*deliveryPeople]...))
	if err != nil {
		tb.Fatal(err)
	}
	s.mustCall(tb, "POST", path, batch(r.users[:deliveryPeople]...))
	var sending sync.WaitGroup
	if r.sent = rand.IntN(3) > 0; r.sent {
		sending.Go(func() { _, _ = send(http.DefaultClient, next) }) // whether it was answered does not matter
		time.Sleep(rand.N(8 * time.Millisecond))
	}
	s.kill(tb)
	sending.Wait()
	for _, app := range r.apps {
		app.listen(nil)
	}
	if deaf {
		close(closed)
	}
}

// check starts the server again and waits until all is told. The clock of that
// server is ahead, so that what the dead one had taken is free again.
func (r *crashRound) check(tb testing.TB, want map[chime.UserID]bool) {
	tb.Helper()
	ahead := func() time.Time { return time.Now().Add(2 * time.Minute) }
	s := startServerAt(tb, ahead, r.database, r.variables)
	defer s.stop(tb)
	second := false
	for i, user := range r.users {
		got := s.mustCall(tb, "GET", "/accounts/"+string(r.account)+"/users/"+string(user), "").member(tb, "User", "UserRegistrationStatus")
		suspended := got == "Suspended"
		if suspended {
			want[user] = true
		}
		switch {
		case i < deliveryPeople && !suspended, i >= 2*deliveryPeople && suspended:
			tb.Errorf("%s is %v", user, got)
		case i == deliveryPeople:
			second = suspended
		case i > deliveryPeople && i < 2*deliveryPeople && suspended != second:
			tb.Errorf("the second batch is half done: %s is %v", user, got)
		}
	}
	for _, app := range r.apps {
		eventually(tb, "the app is told about everybody", func() bool { return len(app.told(tb, s)) >= len(want) })
		for user := range app.told(tb, s) {
			if !want[user] {
				tb.Errorf("app %s was told about %s, who was not signed out", app.ClientID, user)
			}
		}
	}
	for i, user := range []chime.UserID{r.users[0], r.users[deliveryPeople], r.users[2*deliveryPeople]} {
		r.checkList(tb, s, user, i == 0 || i == 1 && second)
	}
}

// checkList compares what operators and administrators see of a person's sign-outs
// and sessions.
func (r *crashRound) checkList(tb testing.TB, s *server, user chime.UserID, signedOut bool) {
	tb.Helper()
	wait := []string{"signouts", "--user", string(user), "--output", "json"}
	if signedOut {
		wait = append(wait, "--wait")
	}
	listed := strings.Count(s.command(tb, wait...), `"Confirmed"`)
	if want := map[bool]int{true: len(r.apps)}[signedOut]; listed != want {
		tb.Errorf("the list of the sign-outs of %s has %d confirmed deliveries, want %d", user, listed, want)
	}
	path := "/accounts/" + string(r.account) + "/users/" + string(user)
	if got := strings.Count(s.mustCall(tb, "GET", path+"/signouts", "").body, `"Confirmed"`); got != listed {
		tb.Errorf("ListSignouts of %s has %d confirmed deliveries, want the %d of the command", user, got, listed)
	}
	if sessions := s.mustCall(tb, "GET", path+"/sessions", "").body; strings.Contains(sessions, `"SessionId"`) == signedOut {
		tb.Errorf("ListUserSessions of %s, signed out: %v: got %s", user, signedOut, sessions)
	}
}
