package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"
)

// progress is a line on a terminal that says what is being done.
type progress struct {
	w        io.Writer
	terminal bool
	began    time.Time
	what     string
	shown    time.Time
}

func newProgress(w io.Writer) *progress {
	f, isFile := w.(*os.File)
	return &progress{w: w, terminal: isFile && term.IsTerminal(int(f.Fd())), began: time.Now()}
}

// show says what is being done, and how much of how much; a total of 0 is unknown.
func (p *progress) show(what string, done, total int) {
	now := time.Now()
	if !p.terminal || (what == p.what && now.Sub(p.shown) < 100*time.Millisecond) {
		return
	}
	p.what, p.shown = what, now
	line := what
	if total > 0 {
		line += fmt.Sprintf(" (%d of %d)", done, total)
	}
	fmt.Fprintf(p.w, "\r\x1b[K%v  %s", now.Sub(p.began).Round(time.Second), line)
}

// clear removes the line.
func (p *progress) clear() {
	if p.terminal {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
