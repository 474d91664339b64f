package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestMain makes the test binary the server of canned answers too, as the bench is.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "canned" {
		main()
		return
	}
	os.Exit(m.Run())
}

// buildServer returns the program that is measured.
func buildServer(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "carillon")
	cmd := exec.Command("go", "build", "-o", program, "../cmd/carillon")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building the server: %v\n%s", err, out)
	}
	return program
}

// TestRun measures everything once, for a moment, over small directories.
func TestRun(t *testing.T) {
	server, dir := buildServer(t), t.TempDir()
	document, picture := filepath.Join(dir, "benchmarks.md"), filepath.Join(dir, "plot.svg")
	if err := os.WriteFile(document, []byte("Before.\n<!-- sqlite -->\nold\n<!-- end of sqlite -->\nAfter.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err := run(t.Context(), []string{
		"-server", server, "-users", "400,2000", "-rounds", "1", "-window", "20ms", "-dir", dir, "-plot", picture, "-document", document,
	}, &out, io.Discard)
	if err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, want := range []string{
		"Machine: ", "### SQLite, 400 users", "### SQLite, 2,000 users", "| suspend-50 ", "| raw driver ", "| naive layout ", "| canned answer ",
		"suspend-50, 16 connections / raw driver", "suspend-50, 16 connections / naive layout", "get-user, 64 connections / canned answer",
		"introspect, 16 connections / canned answer", "userinfo, 16 connections / canned answer", "last page / first page", "memory after 64 connections (PSS)", "start to the first answer", "write-ahead log at its longest",
		"carillon import of 2,000 users", "### 2,000 users like 400",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("got no %q in\n%s", want, out.String())
		}
	}
	kept, err := os.ReadFile(document)
	if want := "Before.\n<!-- sqlite -->\n" + out.String() + "<!-- end of sqlite -->\nAfter.\n"; err != nil || string(kept) != want {
		t.Errorf("the document: got %q (%v), want %q", kept, err, want)
	}
	checkPicture(t, picture)
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 2 {
		t.Errorf("what is left in the folder: got %v (%v), want the document and the picture", left, err)
	}
}

// checkPicture reads the picture as XML and looks for its curves.
func checkPicture(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := 0
	for d := xml.NewDecoder(bytes.NewReader(text)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("the picture: %v\n%s", err, text)
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "polyline" {
			lines++
		}
	}
	if lines != 10 {
		t.Errorf("curves in the picture: got %d, want 5 in each of 2 panels", lines)
	}
}

func TestFlags(t *testing.T) {
	for _, args := range [][]string{
		{"-engine", "mysql"}, {"-users", "199"}, {"-users", "many"}, {"-users", ""}, {"-rounds", "0"}, {"-only", "("}, {"-window", "soon"}, {"more"},
	} {
		if err := run(t.Context(), args, io.Discard, io.Discard); err == nil {
			t.Errorf("%v: got no error", args)
		}
	}
}

func TestPercentiles(t *testing.T) {
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[i] = time.Duration(i + 1)
	}
	for _, c := range []struct {
		of           []time.Duration
		percent      int
		want         time.Duration
		wantGreatest time.Duration
	}{
		{hundred, 50, 50, 100},
		{hundred, 99, 99, 100},
		{hundred[:50], 99, 50, 50},
		{hundred[:3], 50, 2, 3},
		{hundred[:4], 50, 2, 4},
		{hundred[:1], 99, 1, 1},
	} {
		if got := percentile(c.of, c.percent); got != c.want {
			t.Errorf("percentile %d of %d: got %d, want %d", c.percent, len(c.of), got, c.want)
		}
		unsorted := slices.Clone(c.of)
		slices.Reverse(unsorted)
		if d := newDelays(unsorted); d.greatest != c.wantGreatest || d.count != len(c.of) {
			t.Errorf("delays of %d: got %+v, want the greatest %d", len(c.of), d, c.wantGreatest)
		}
	}
	if d := newDelays(nil); d != (delays{}) {
		t.Errorf("delays of nothing: got %+v", d)
	}
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		of   []float64
		want float64
	}{{nil, 0}, {[]float64{3}, 3}, {[]float64{5, 1}, 3}, {[]float64{9, 1, 4}, 4}, {[]float64{1, 100, 2, 3}, 2.5}} {
		if got := median(c.of); got != c.want {
			t.Errorf("median of %v: got %v, want %v", c.of, got, c.want)
		}
	}
}

// rated is a series of these rates.
func rated(what, by string, connections int, rates ...float64) *series {
	s := &series{what: what, by: by, connections: connections}
	for _, rate := range rates {
		s.samples = append(s.samples, sample{rate: rate, p50: time.Millisecond})
	}
	return s
}

// TestRatios: each is of what was measured in the same round.
func TestRatios(t *testing.T) {
	r := &result{engine: "sqlite", users: 1000, series: []*series{
		rated(suspend, byServer, 16, 200, 300, 100), rated(suspend, byRaw, 1, 100, 300, 200), rated(suspend, byNaive, 1, 50, 50, 50),
		rated(getUser, byServer, 1, 10, 10, 10), rated(getUser, byCanned, 1, 20, 20, 16),
	}}
	want := map[string]struct {
		values  []float64
		verdict string
	}{
		"suspend-50, 16 connections / raw driver":   {[]float64{2, 1, 0.5}, "1.0 at least: met"},
		"suspend-50, 16 connections / naive layout": {[]float64{4, 6, 2}, "5.0 at least: **missed**"},
		"get-user, 1 connection / canned answer":    {[]float64{0.5, 0.5, 0.625}, "0.6 at least: **missed**"},
	}
	for _, got := range r.ratios() {
		w, ok := want[got.name]
		if !ok || !slices.Equal(got.values, w.values) || got.verdict() != w.verdict {
			t.Errorf("got the ratio %s %v (%s), want %v (%s)", got.name, got.values, got.verdict(), w.values, w.verdict)
		}
		delete(want, got.name)
	}
	for name := range want {
		t.Errorf("got no ratio %s", name)
	}
}

// TestPopulation: everybody and every address is there once, in the sizes wanted.
func TestPopulation(t *testing.T) {
	p, beside := newPopulation(20_000)
	if p.size() != 20_000 || len(p[0].users) != 10_000 || len(p) != 11 || len(beside.users) != batchSize {
		t.Errorf("got %d users, %d of them in the first of %d accounts", p.size(), len(p[0].users), len(p))
	}
	again, _ := newPopulation(20_000)
	seen := make(map[string]bool)
	for i, a := range append(p, beside) {
		if i < len(again) && !slices.Equal(a.users, again[i].users) {
			t.Errorf("account %d has other users in another run", i)
		}
		if !slices.IsSorted(a.users) {
			t.Errorf("the users of account %d are not sorted", i)
		}
		for _, user := range a.users {
			_, email := nameOf(user)
			if seen[user] || seen[email] {
				t.Errorf("%s or %s comes twice", user, email)
			}
			seen[user], seen[email] = true, true
		}
	}
}
