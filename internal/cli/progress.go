package cli

import (
	"fmt"
	"io"
	"strings"
	"time"
)

const (
	// barEvery is how often a progress bar moves.
	barEvery = 100 * time.Millisecond
	barWidth = 30
	// clearLine goes back to the beginning of the line and empties it (ECMA-48 EL).
	clearLine = "\r\x1b[K"
)

// bar is a progress bar on a terminal. Elsewhere it shows nothing.
type bar struct {
	w        io.Writer
	now      func() time.Time
	terminal bool
	step     string
	shown    time.Time
}

func newBar(w io.Writer, now func() time.Time) *bar {
	return &bar{w: w, now: now, terminal: IsTerminal(w)}
}

// show shows how far a step is; a total of 0 is not known yet.
func (b *bar) show(step string, done, total int64) {
	now := b.now()
	if !b.terminal || step == b.step && done != total && now.Sub(b.shown) < barEvery {
		return
	}
	b.step, b.shown = step, now
	fmt.Fprint(b.w, clearLine+progressLine(step, done, total))
}

func progressLine(step string, done, total int64) string {
	if total == 0 {
		return fmt.Sprintf("%-9s %d", step, done)
	}
	full := int(barWidth * done / total)
	return fmt.Sprintf("%-9s [%s%s] %3d%% %d of %d", step, strings.Repeat("#", full), strings.Repeat(".", barWidth-full),
		100*done/total, done, total)
}

// print prints a line above the bar.
func (b *bar) print(text string) {
	b.clear()
	fmt.Fprintln(b.w, text)
}

func (b *bar) clear() {
	if b.terminal {
		fmt.Fprint(b.w, clearLine)
	}
	b.step = ""
}
