package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"text/template"
	"time"
)

// tally counts what a phase of the crash test did and looked at.
type tally struct {
	acknowledged map[string]int // requests, by operation
	unanswered   int            // not acknowledged, and done all the same
	undone       int            // nor done
	unavailable  int64          // requests that were answered by 503

	imports, importsInPart, importsUndone int

	records, rows int // compared
	findings      []string
}

// count counts a request that has a record.
func (t *tally) count(r *crashRequest) {
	if r.answer == "" {
		t.unanswered++
		return
	}
	if t.acknowledged == nil {
		t.acknowledged = map[string]int{}
	}
	t.acknowledged[r.operation]++
}

// crashReport is what the crash test did.
type crashReport struct {
	began  time.Time
	phases []*crashPhase
}

// reportTemplate is the report, in Markdown.
const reportTemplate = `# Crash test

` + "`make crash`" + ` wrote this report. It kills the server, imports that run beside it, and the processes of
PostgreSQL, by SIGKILL and at random moments, while 16 clients work: 14 make batches of up to 50 suspensions,
ends of suspensions and invitations, and two run ` + "`carillon import --overwrite`" + ` of 1,200 users, which is killed now
and then by itself. After each kill and restart the database checks itself (SQLite: integrity and foreign keys;
PostgreSQL: amcheck), and then everything in the directory is compared with what the audit records say, replayed
from the beginning, and each record with its request and, if there was one, its answer:

- each acknowledged request has one record, and there is no record of what nobody asked for;
- the accounts, members, former members, people and addresses are those that the records lead to, no more and
  no less, so that nothing is there by half;
- each PIN is held by the person who has it;
- ListUsers of the restarted server says the same.

A kill is one of a process, not of the machine: what the system was given to write is written. PostgreSQL runs
with fsync off here, as for all tests, which makes no difference to that.

{{.Machine}}

| |{{range .Phases}} {{.Killed}} |{{end}}
|---|{{range .Phases}}---|{{end}}
{{range .Rows}}| {{.Name}} |{{range .Values}} {{.}} |{{end}}
{{end}}
## Findings

{{range .Findings}}- {{.}}
{{else}}None.
{{end -}}
`

// reportRow is a row of the report's table.
type reportRow struct {
	Name   string
	Values []string
}

func (r crashReport) rows() (rows []reportRow) {
	add := func(name string, value func(*crashPhase) any) {
		row := reportRow{Name: name}
		for _, p := range r.phases {
			row.Values = append(row.Values, fmt.Sprint(value(p)))
		}
		rows = append(rows, row)
	}
	addCounts := func(name string, counts func(*crashPhase) map[string]int) {
		kinds := map[string]bool{}
		for _, p := range r.phases {
			for kind := range counts(p) {
				kinds[kind] = true
			}
		}
		for _, kind := range slices.Sorted(maps.Keys(kinds)) {
			add(name+", "+kind, func(p *crashPhase) any { return counts(p)[kind] })
		}
	}
	add("database", func(p *crashPhase) any { return p.database })
	addCounts("kills", func(p *crashPhase) map[string]int { return p.kills })
	addCounts("acknowledged requests", func(p *crashPhase) map[string]int { return p.tally.acknowledged })
	add("requests not acknowledged, and done", func(p *crashPhase) any { return p.tally.unanswered })
	add("requests not acknowledged, and not done", func(p *crashPhase) any { return p.tally.undone })
	add("of these two, answered by 503", func(p *crashPhase) any { return p.tally.unavailable })
	add("imports that ended well", func(p *crashPhase) any { return p.tally.imports })
	add("imports that were cut off, in part done", func(p *crashPhase) any { return p.tally.importsInPart })
	add("imports that were cut off, not begun", func(p *crashPhase) any { return p.tally.importsUndone })
	add("audit records compared", func(p *crashPhase) any { return p.tally.records })
	add("rows compared", func(p *crashPhase) any { return p.tally.rows })
	add("time", func(p *crashPhase) any { return p.took.Round(time.Second) })
	return rows
}

func (r crashReport) log(tb testing.TB) {
	tb.Helper()
	for _, row := range r.rows() {
		tb.Logf("%s: %s", row.Name, strings.Join(row.Values, "; "))
	}
}

func (r crashReport) write(file string) error {
	var findings []string
	type phase struct{ Killed string }
	var phases []phase
	for _, p := range r.phases {
		phases = append(phases, phase{p.killed})
		for _, finding := range p.tally.findings {
			findings = append(findings, p.killed+", "+finding)
		}
	}
	var text bytes.Buffer
	err := template.Must(template.New("report").Parse(reportTemplate)).Execute(&text, map[string]any{
		"Machine": r.machine(), "Phases": phases, "Rows": r.rows(), "Findings": findings,
	})
	if err != nil {
		return err
	}
	return os.WriteFile(file, text.Bytes(), 0o644)
}

// machine says when and where the test ran.
func (r crashReport) machine() string {
	system := func(file, name string) string {
		text, err := os.ReadFile(file)
		if err != nil {
			return "unknown"
		}
		for line := range strings.Lines(string(text)) {
			if value, ok := strings.CutPrefix(line, name); ok {
				return strings.TrimSpace(strings.TrimLeft(value, "\t :"))
			}
		}
		return "unknown"
	}
	return fmt.Sprintf("%s, version %s: %d processors (%s), %s of memory, Linux %s, %s. It took %v.",
		r.began.UTC().Format(time.DateOnly), os.Getenv("CARILLON_CRASH_VERSION"), runtime.NumCPU(), system("/proc/cpuinfo", "model name"),
		system("/proc/meminfo", "MemTotal"), system("/proc/sys/kernel/osrelease", ""), runtime.Version(), time.Since(r.began).Round(time.Second))
}
