package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// report is what a run prints, and keeps for a document.
type report struct {
	io.Writer
	kept *bytes.Buffer
}

func newReport(w io.Writer) report {
	kept := new(bytes.Buffer)
	return report{io.MultiWriter(w, kept), kept}
}

// into puts the report into a document, between the lines <!-- NAME --> and
// <!-- end of NAME -->.
func (r report) into(document, name string) error {
	text, err := os.ReadFile(document) // #nosec G304 -- the user's choice
	if err != nil {
		return fmt.Errorf("keeping the report: %w", err)
	}
	begin, end := "<!-- "+name+" -->\n", "<!-- end of "+name+" -->\n"
	before, rest, found := strings.Cut(string(text), begin)
	_, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		return fmt.Errorf("keeping the report: %s has no lines %sand %s", document, begin, end)
	}
	if err := os.WriteFile(document, []byte(before+begin+r.kept.String()+end+after), 0o644); err != nil { // #nosec G306 -- for everybody
		return fmt.Errorf("keeping the report: %w", err)
	}
	return nil
}

// table is a Markdown table whose columns are aligned for terminals too.
type table struct {
	w       *tabwriter.Writer
	columns int
}

func newTable(w io.Writer, columns ...string) table {
	t := table{w: tabwriter.NewWriter(w, 0, 0, 1, ' ', 0), columns: len(columns)}
	t.row(columns...)
	rule := make([]string, len(columns))
	for i, c := range columns {
		rule[i] = strings.Repeat("-", len(c))
	}
	t.row(rule...)
	return t
}

func (t table) row(cells ...string) {
	fmt.Fprintln(t.w, "| "+strings.Join(cells, "\t| ")+"\t|") // the writer keeps its error for the end
}

func (t table) end() {
	fmt.Fprintln(t.w)
	_ = t.w.Flush() // what cannot be printed cannot be told either
}

// thousands writes a number with commas; of a small one also a decimal.
func thousands(v float64) string {
	if v < 100 && v != float64(int(v)) {
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	text := strconv.FormatFloat(v, 'f', 0, 64)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

func inMillis(d time.Duration) string {
	return strconv.FormatFloat(float64(d.Microseconds())/1000, 'f', 2, 64) + " ms"
}

// megabyte is one of memory, as the system counts it.
const megabyte = 1 << 20

func megabytes(n int64) string {
	return strconv.FormatFloat(float64(n)/megabyte, 'f', 1, 64) + " MiB"
}
