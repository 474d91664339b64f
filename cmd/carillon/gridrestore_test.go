package main

import (
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/carillon-id/carillon/internal/postgrestest"
)

// restoredSample is how many rows of TestGridAfterRestore every run tests, beside
// those where all is used.
const restoredSample = 10

// restoredRow is a row in which the database is put back: what happened before the
// backup stays, and what happened since is undone, but nothing that a sign-in issued
// revives.
type restoredRow struct {
	base          string
	before, since []step
	used          bool // since the backup, and with that used up
	*row
}

func (r *restoredRow) String() string {
	name := plannedRow{r.base, r.before}.String() + ", backup"
	if r.used {
		name += ", all used"
	}
	return plannedRow{name, r.since}.String() + ", restore"
}

// TestGridAfterRestore: nothing that a sign-in issued lives after a restoration,
// whatever happened before or since the backup; what proves who somebody is, and
// invitations, are as they were then.
func TestGridAfterRestore(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, database string, variables map[string]string) {
		testRestored(t, newHouse(t, database, variables), restoredRows())
	})
}

// restoredRows puts a backup after and before each single step, and between a
// suspension and its end.
func restoredRows() (sample []*restoredRow) {
	var others []*restoredRow
	for _, r := range rows() {
		switch {
		case len(r.steps) == 0:
			sample = append(sample, &restoredRow{base: r.base, used: true})
		case len(r.steps) == 1:
			others = append(others, &restoredRow{base: r.base, before: r.steps}, &restoredRow{base: r.base, since: r.steps})
		case r.lifted():
			sample = append(sample, &restoredRow{base: r.base, before: r.steps[:1], since: r.steps[1:]})
		}
	}
	if wholeGrid() {
		return append(sample, others...)
	}
	random := rand.New(rand.NewPCG(gridSeed, 1))
	for _, i := range random.Perm(len(others))[:restoredSample] {
		sample = append(sample, others[i])
	}
	return sample
}

func testRestored(t *testing.T, h *house, sample []*restoredRow) {
	t.Helper()
	t.Cleanup(func() { h.summarize(t) })
	each := func(name string, do func(t *testing.T, i int, of *restoredRow)) {
		all := t.Run(name, func(t *testing.T) {
			for i, of := range sample {
				t.Run(of.String(), func(t *testing.T) {
					t.Parallel()
					do(t, i, of)
				})
			}
		})
		if !all {
			t.FailNow()
		}
	}
	each("before", func(t *testing.T, i int, of *restoredRow) {
		of.row = h.newRow(t, of.base, i)
		of.issue(t)
		of.do(t, of.before...)
	})
	restore := h.backup(t)
	each("since", func(t *testing.T, _ int, of *restoredRow) {
		of.follow()
		then := of.now
		of.do(t, of.since...)
		if of.used {
			copies := of.copyCookies(t)
			of.check(t)
			copies()
		}
		of.now = then
	})
	restore(t)
	each("after", func(t *testing.T, _ int, of *restoredRow) {
		of.follow()
		of.now.signedOut()
		of.check(t)
	})
}

// follow has people's browsers find the server that was started again.
func (r *row) follow() {
	for _, p := range r.people {
		p.browser.s = r.s
		if p.other != nil {
			p.other.s = r.s
		}
	}
}

// copyCookies copies all cookies, as whoever can read a browser's files does, and
// returns what puts them back.
func (r *row) copyCookies(tb testing.TB) (putBack func()) {
	tb.Helper()
	jars := map[*browser]http.CookieJar{}
	for _, p := range r.people {
		for _, b := range []*browser{p.browser, p.other} {
			if b != nil {
				jars[b] = b.copyJar(tb)
			}
		}
	}
	return func() {
		for b, jar := range jars {
			b.client.Jar = jar
		}
	}
}

func (b *browser) copyJar(tb testing.TB) http.CookieJar {
	tb.Helper()
	at, err := url.Parse(b.s.endpoint + "/signin/")
	if err != nil {
		tb.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		tb.Fatal(err)
	}
	for _, cookie := range b.client.Jar.Cookies(at) {
		jar.SetCookies(at, []*http.Cookie{{Name: cookie.Name, Value: cookie.Value, Path: "/"}})
	}
	return jar
}

// backup makes a copy of the database and returns how to put it back. After both,
// a server runs.
func (h *house) backup(tb testing.TB) (restore func(testing.TB)) {
	tb.Helper()
	if strings.HasPrefix(h.s.database, "sqlite:") {
		file := filepath.Join(tb.TempDir(), "backup.db")
		h.s.command(tb, "backup", file)
		return func(tb testing.TB) {
			tb.Helper()
			h.s.stop(tb)
			h.s.command(tb, "restore", file, "--overwrite")
			h.restart(tb, h.s.database)
		}
	}
	h.s.stop(tb)
	original, err := url.Parse(h.s.database)
	if err != nil {
		tb.Fatal(err)
	}
	copied := clusters.Start(tb, postgrestest.Distribution()).NewDatabase(tb, strings.TrimPrefix(original.Path, "/"))
	h.restart(tb, h.s.database)
	return func(tb testing.TB) {
		tb.Helper()
		h.s.stop(tb)
		command(tb, h.s.variables, "restore", "--in-place", "--database", copied)
		h.restart(tb, copied)
	}
}

// restart starts the server again, on another database maybe.
func (h *house) restart(tb testing.TB, database string) {
	tb.Helper()
	h.s = startServerAt(tb, h.now, database, h.s.variables, h.flags...)
}
