package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"
)

// result is what a run over a directory of one size found.
type result struct {
	engine   string
	users    int
	imported imported
	series   []*series

	memory, databaseMemory int64 // bytes, after the load over 64 connections
	logSize                int64 // bytes, at the most
	mixedReads             sample
	mixedWrites            sample
	starts                 []time.Duration
}

func median[T int64 | float64 | time.Duration](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n == 0 {
		return 0
	}
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

func (s *series) rates() []float64 {
	rates := make([]float64, len(s.samples))
	for i, sample := range s.samples {
		rates[i] = sample.rate
	}
	return rates
}

func (s *series) latency(of func(sample) time.Duration) time.Duration {
	latencies := make([]time.Duration, len(s.samples))
	for i, sample := range s.samples {
		latencies[i] = of(sample)
	}
	return median(latencies)
}

// processor is the server's processor time for an operation; "" when there is none.
func (s *series) processor() string {
	d := s.latency(func(s sample) time.Duration { return s.cpu })
	if d == 0 {
		return ""
	}
	return fmt.Sprintf("%d µs", d.Microseconds())
}

func p50(s sample) time.Duration { return s.p50 }
func p99(s sample) time.Duration { return s.p99 }

// print writes the result as text that is Markdown too.
func (r *result) print(w io.Writer) {
	fmt.Fprintf(w, "\n### %s, %s users\n\n", engineName(r.engine), thousands(float64(r.users)))
	if len(r.series) > 0 {
		r.printSeries(w)
	}
	r.printFigures(w)
}

// printSeries prints what was measured in rounds.
func (r *result) printSeries(w io.Writer) {
	fmt.Fprintf(w, "Medians of %d rounds.\n\n", len(r.series[0].samples))
	t := newTable(w, "operation", "by", "connections", "a second", "lowest", "highest", "p50", "p99", "processor")
	for _, s := range ordered(r.series) {
		rates := s.rates()
		t.row(s.what, s.by, strconv.Itoa(s.connections), thousands(median(rates)), thousands(slices.Min(rates)), thousands(slices.Max(rates)),
			inMillis(s.latency(p50)), inMillis(s.latency(p99)), s.processor())
	}
	t.end()
	t = newTable(w, "ratio", "median", "lowest", "highest", "target")
	for _, q := range r.ratios() {
		t.row(q.name, fmt.Sprintf("%.2f", median(q.values)), fmt.Sprintf("%.2f", slices.Min(q.values)), fmt.Sprintf("%.2f", slices.Max(q.values)), q.verdict())
	}
	t.end()
}

// printFigures prints what was measured once.
func (r *result) printFigures(w io.Writer) {
	t := newTable(w, "figure", "value", "target")
	t.row("memory after 64 connections (PSS)", megabytes(r.memory), r.only("sqlite", r.memory <= 60*megabyte, "60 MiB at most"))
	if r.databaseMemory > 0 {
		t.row("the same with the database's processes", megabytes(r.memory+r.databaseMemory), "")
	}
	t.row(fmt.Sprintf("start to the first answer, median of %d", len(r.starts)), inMillis(median(r.starts)), verdict(median(r.starts) <= 50*time.Millisecond, "50 ms at most"))
	if r.logSize > 0 {
		t.row("write-ahead log at its longest", megabytes(r.logSize), verdict(r.logSize <= 64*megabyte, "64 MiB at most"))
	}
	t.row("32 connections get-user while 32 suspend-50: get-user a second", thousands(r.mixedReads.rate), "")
	t.row("the same: suspend-50 a second", thousands(r.mixedWrites.rate), "")
	t.row("the same: p99 of get-user", inMillis(r.mixedReads.p99), "")
	r.printImport(t)
	t.end()
}

func (r *result) printImport(t table) {
	i, target := r.imported, ""
	if r.users >= 1_000_000 {
		target = r.only("sqlite", i.took.Seconds()*1e6/float64(r.users) <= 60, "60 s a million at most")
	}
	t.row("carillon import of "+thousands(float64(r.users))+" users", fmt.Sprintf("%.1f s", i.took.Seconds()), target)
	t.row("the same: its memory at the most (RSS)", megabytes(i.memory), "")
	for _, of := range []struct {
		what string
		delays
	}{{"reads", i.reads}, {"writes", i.writes}} {
		t.row(fmt.Sprintf("meanwhile %s %s by another client: p99", thousands(float64(of.count)), of.what), inMillis(of.p99), "")
		t.row("the same: the longest", inMillis(of.greatest), verdict(of.greatest <= time.Second, "1 s at most"))
	}
}

// only is a verdict on one engine, and "" on the other.
func (r *result) only(engine string, met bool, target string) string {
	if r.engine != engine {
		return ""
	}
	return verdict(met, target)
}

func engineName(engine string) string {
	if engine == "sqlite" {
		return "SQLite"
	}
	return "PostgreSQL"
}

// ordered puts the series of one operation together.
func ordered(all []*series) []*series {
	rank := func(list ...string) func(string) int {
		return func(s string) int { return slices.Index(list, s) }
	}
	what, by := rank(suspend, getUser, list, firstPage, lastPage, introspect, userinfo), rank(byServer, byRaw, byNaive, byCanned)
	return slices.SortedStableFunc(slices.Values(all), func(a, b *series) int {
		return (what(a.what)-what(b.what))*1_000_000 + (by(a.by)-by(b.by))*1000 + a.connections - b.connections
	})
}

// ratio compares two series round by round.
type ratio struct {
	name   string
	values []float64
	target float64 // 0 for none
}

func (q ratio) verdict() string {
	if q.target == 0 {
		return ""
	}
	return verdict(median(q.values) >= q.target, fmt.Sprintf("%.1f at least", q.target))
}

func verdict(met bool, target string) string {
	if met {
		return target + ": met"
	}
	return target + ": **missed**"
}

// targets are those of an engine.
type targets struct{ rawAt1, rawAt16, naiveAt16, getUser, list, apps float64 }

func (r *result) targets() targets {
	if r.engine == "sqlite" {
		return targets{rawAt1: 0.7, rawAt16: 1, naiveAt16: 5, getUser: 0.6, list: 0.5, apps: 0.5}
	}
	return targets{rawAt16: 0.8, getUser: 0.3, list: 0.2}
}

func (r *result) ratios() []ratio {
	var all []ratio
	add := func(name string, target float64, a, b *series) {
		if a == nil || b == nil {
			return
		}
		q := ratio{name: name, target: target}
		for i := range a.samples {
			q.values = append(q.values, a.samples[i].rate/b.samples[i].rate)
		}
		all = append(all, q)
	}
	goal := r.targets()
	server := func(what string, n int) *series { return find(r.series, what, byServer, n) }
	// Where the engine has one writer, more raw connections would only wait for it.
	rawAt16 := find(r.series, suspend, byRaw, 16)
	if rawAt16 == nil {
		rawAt16 = find(r.series, suspend, byRaw, 1)
	}
	add("suspend-50, 1 connection / raw driver", goal.rawAt1, server(suspend, 1), find(r.series, suspend, byRaw, 1))
	add("suspend-50, 16 connections / raw driver", goal.rawAt16, server(suspend, 16), rawAt16)
	add("suspend-50, 64 connections / raw driver", 0, server(suspend, 64), rawAt16)
	add("suspend-50, 16 connections / naive layout", goal.naiveAt16, server(suspend, 16), find(r.series, suspend, byNaive, 1))
	for _, n := range connectionCounts() {
		over := ", " + counted(n, "connection") + " / canned answer"
		add(getUser+over, goal.getUser, server(getUser, n), find(r.series, getUser, byCanned, n))
		add(list+over, goal.list, server(list, n), find(r.series, list, byCanned, n))
	}
	for _, what := range []string{introspect, userinfo} {
		over := ", " + counted(appConnections, "connection") + " / canned answer"
		add(what+over, goal.apps, server(what, appConnections), find(r.series, what, byCanned, appConnections))
	}
	add("last page / first page", 0, server(lastPage, 1), server(firstPage, 1))
	return all
}

// compareSizes says how the largest directory fares beside the smallest.
func compareSizes(w io.Writer, results []*result) {
	small, large := results[0], results[len(results)-1]
	fmt.Fprintf(w, "\n### %s users like %s\n\n", thousands(float64(large.users)), thousands(float64(small.users)))
	t := newTable(w, "operation", "connections", "ratio of medians", "lowest / highest", "highest / lowest")
	for _, s := range ordered(large.series) {
		other := find(small.series, s.what, s.by, s.connections)
		if s.by != byServer || other == nil {
			continue
		}
		a, b := s.rates(), other.rates()
		t.row(s.what, strconv.Itoa(s.connections), fmt.Sprintf("%.2f", median(a)/median(b)),
			fmt.Sprintf("%.2f", slices.Min(a)/slices.Max(b)), fmt.Sprintf("%.2f", slices.Max(a)/slices.Min(b)))
	}
	t.end()
}
