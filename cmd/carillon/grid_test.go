package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
)

// The sample of the grid that every run tests.
const (
	gridSeed   = 4
	gridSample = 16 // rows, beside those of a single step, and of suspensions that are lifted
)

// house is a server with all that people, apps and providers are.
type house struct {
	s        *server
	now      func() time.Time
	flags    []string
	zone     *dnsZone
	mail     *mailbox
	upstream *upstreamProvider
	app      registered

	rows, cells, uses atomic.Int64 // so far
}

func newHouse(tb testing.TB, database string, variables map[string]string) *house {
	tb.Helper()
	// Its clock is slow, so that nothing expires however busy the machine is.
	start := time.Now()
	h := &house{zone: &dnsZone{records: map[string][]string{}}, mail: newMailbox(tb)}
	h.now = func() time.Time { return start.Add(time.Since(start) / 20) }
	h.upstream = newUpstreamProvider(tb, h.now)
	resolver, err := h.zone.serve()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(h.zone.close)
	amazon := h.upstream.server.URL
	h.flags = []string{
		"--rate-limit", "0", "--code-limit", "0", "--signature-window", "2h", "--dns-resolver", resolver, "--mail-dir", h.mail.dir,
		"--allow-private-callbacks", "--public-url", publicURL, "--lwa-client-id", upstreamClient, "--lwa-client-secret", "secret",
		"--lwa-auth-url", amazon + "/authorize", "--lwa-token-url", amazon + "/token", "--lwa-profile-url", amazon + "/profile",
	}
	h.s = startServerAt(tb, h.now, database, variables, h.flags...)
	h.app = h.s.createApp(tb, "Wiki")
	return h
}

// summarize says what was tested, where the whole grid was, and nothing else would.
func (h *house) summarize(tb testing.TB) {
	tb.Helper()
	text := fmt.Sprintf("%s: %d rows, %d cells, %d uses", tb.Name(), h.rows.Load(), h.cells.Load(), h.uses.Load())
	tb.Log(text)
	if wholeGrid() {
		fmt.Println(text)
	}
}

func wholeGrid() bool { return os.Getenv("CARILLON_GRID") == "whole" }

// TestGrid: each kind of what lets somebody in lives after a row of steps exactly
// when the rule says so. Each cell of the grid has a person of its own.
//
// CARILLON_GRID=whole tests all rows instead of a sample.
func TestGrid(t *testing.T) {
	t.Parallel()
	sample := sampleRows(t)
	onEngines(t, func(t *testing.T, database string, variables map[string]string) {
		testGrid(t, newHouse(t, database, variables), sample)
	})
}

// onEngines runs the test on both engines.
func onEngines(t *testing.T, test func(t *testing.T, database string, variables map[string]string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, newDatabase(t), environment())
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		database, variables := newPostgres(t)
		test(t, database, variables)
	})
}

// sampleRows are the rows that are tested.
func sampleRows(tb testing.TB) (sample []plannedRow) {
	tb.Helper()
	all := rows()
	if wholeGrid() {
		return all
	}
	var others []plannedRow
	for _, r := range all {
		if len(r.steps) < 2 || r.lifted() {
			sample = append(sample, r)
		} else {
			others = append(others, r)
		}
	}
	random := rand.New(rand.NewPCG(gridSeed, 0))
	for _, i := range random.Perm(len(others))[:gridSample] {
		sample = append(sample, others[i])
	}
	tb.Logf("%d of %d rows; the seed is %d", len(sample), len(all), gridSeed)
	return sample
}

// lifted reports a row of a suspension that is lifted.
func (r plannedRow) lifted() bool {
	return len(r.steps) == 2 && r.steps[0].cuts && r.steps[0].lets && r.steps[1].name == "unsuspended by the API"
}

func testGrid(t *testing.T, h *house, sample []plannedRow) {
	t.Helper()
	t.Cleanup(func() { h.summarize(t) })
	for i, of := range sample {
		t.Run(of.String(), func(t *testing.T) {
			t.Parallel()
			r := h.newRow(t, of.base, i)
			r.issue(t)
			r.do(t, of.steps...)
			r.check(t)
		})
	}
}

// row is a row of the grid at a server: a person for each kind.
type row struct {
	*house
	index    int
	issued   state // in which what people hold was issued
	now      state
	domain   string
	accounts map[string]string // ids
	kinds    []gridKind
	people   []*person
}

// person is the person of a cell.
type person struct {
	id      chime.UserID
	email   string
	vouched vouched
	browser *browser // in which they are signed in
	newest  string   // link of an invitation

	// What the cell is about. Which of these there are, its kind says.
	other   *browser // with a login in progress
	login   string
	code    string
	token   string
	passkey *passkey
	key     temporary
}

// issue issues what the row is about.
func (r *row) issue(tb testing.TB) {
	tb.Helper()
	for i, kind := range r.kinds {
		kind.issue(tb, r, r.people[i])
	}
	r.issued = r.now
}

func (r *row) do(tb testing.TB, steps ...step) {
	tb.Helper()
	for _, step := range steps {
		step.do(tb, r)
		step.effect(&r.now)
	}
}

// check tries all that was issued.
func (r *row) check(tb testing.TB) {
	tb.Helper()
	for i, kind := range r.kinds {
		r.cells.Add(1)
		kind.try(tb, r, r.people[i], lives(kind.kind, r.issued, r.now))
	}
}

// newRow brings people into the state that the row begins with.
func (h *house) newRow(tb testing.TB, base string, index int) *row {
	tb.Helper()
	n := h.rows.Add(1)
	r := &row{house: h, index: index, now: bases()[base], domain: fmt.Sprintf("row%d.example", n), accounts: map[string]string{}}
	for _, kind := range gridKinds() {
		if !possible(kind.kind, r.now) {
			continue
		}
		r.kinds = append(r.kinds, kind)
		name := fmt.Sprintf("p%d", len(r.people))
		r.people = append(r.people, &person{
			email: name + "@" + r.domain, browser: newBrowser(tb, h.s, h.mail),
			vouched: vouched{subject: name + "-" + r.domain, sid: "session of " + name},
		})
	}
	r.account(tb, office)
	switch r.now.home {
	case "":
		r.invite(tb, team)
		if !r.now.unknown {
			r.signIn(tb)
		}
	case office:
		if r.now.claim == "" {
			r.invite(tb, office)
			for _, p := range r.people {
				if !p.browser.accept(tb, p.newest, p.email) {
					tb.Fatalf("%s could not accept the invitation", p.email)
				}
			}
			r.invite(tb, team)
			break
		}
		r.invite(tb, team)
		r.claim(tb, office, r.domain)
		if r.now.office == chime.EnterpriseOIDC {
			r.connect(tb)
		}
		r.signIn(tb)
	}
	r.readIDs(tb)
	return r
}

// account returns the id of an account, which is made when it is first needed.
func (r *row) account(tb testing.TB, name string) string {
	tb.Helper()
	if r.accounts[name] == "" {
		r.accounts[name] = r.s.createAccount(tb, name+" of "+r.domain)
	}
	return r.accounts[name]
}

// signIn signs everybody in, in their own browsers.
func (r *row) signIn(tb testing.TB) {
	tb.Helper()
	for _, p := range r.people {
		var signed bool
		if r.now.method == chime.ByProvider {
			with := p.vouched
			with.email = p.email
			signed = p.browser.signInByProvider(tb, r.upstream, p.email, with)
		} else {
			signed = p.browser.signInByMail(tb, p.email)
		}
		if !signed {
			tb.Fatalf("%s could not sign in", p.email)
		}
	}
}

// readIDs finds out the people's ids: the team sees those whom it invited.
func (r *row) readIDs(tb testing.TB) {
	tb.Helper()
	users, _ := r.s.mustCall(tb, "GET", "/accounts/"+r.accounts[team]+"/users", "").member(tb, "Users").([]any)
	for _, u := range users {
		user, _ := u.(map[string]any)
		for _, p := range r.people {
			if id, _ := user["UserId"].(string); user["PrimaryEmail"] == p.email {
				p.id = chime.UserID(id)
			}
		}
	}
}
