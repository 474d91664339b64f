package signin_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// browser is headless Chromium, behind driver.mjs.
type browser struct {
	in io.Writer

	mu      sync.Mutex
	last    int
	waiting map[int]chan reply
}

type reply struct {
	ID    int
	Value json.RawMessage
	Error string
}

// options are those of a browser context, as Playwright has them.
type options map[string]any

func newBrowser(tb testing.TB, pin string) *browser {
	tb.Helper()
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		tb.Fatalf("%v: run tests/install.sh", err)
	}
	b := &browser{waiting: map[int]chan reply{}}
	cmd := exec.Command(node(tb), "driver.mjs")
	cmd.Env = append(cleanEnviron(), "CHROMIUM="+chromium, "TRUSTED_KEY="+pin)
	out, in := startLines(tb, "the browser's driver", cmd)
	b.in = in
	go func() {
		for out.Scan() {
			var r reply
			if json.Unmarshal(out.Bytes(), &r) != nil {
				continue
			}
			b.mu.Lock()
			if c := b.waiting[r.ID]; c != nil {
				c <- r
				delete(b.waiting, r.ID)
			}
			b.mu.Unlock()
		}
	}()
	return b
}

// startLines starts a Node program that says "ready" in its first line, and ends
// when its standard input does.
func startLines(tb testing.TB, what string, cmd *exec.Cmd) (*bufio.Scanner, io.Writer) {
	tb.Helper()
	in := must(cmd.StdinPipe())(tb)
	reader, writer, err := os.Pipe()
	if err != nil {
		tb.Fatal(err)
	}
	cmd.Stdout = writer
	start(tb, what, cmd, func() { _ = in.Close() })
	_ = writer.Close()
	tb.Cleanup(func() { _ = reader.Close() })
	lines := bufio.NewScanner(reader)
	lines.Buffer(nil, 16<<20)
	ready := make(chan bool, 1)
	go func() { ready <- lines.Scan() && lines.Text() == "ready" }()
	select {
	case ok := <-ready:
		if !ok {
			tb.Fatalf("%s ended before it was ready, or said %q", what, lines.Text())
		}
	case <-time.After(2 * patience):
		tb.Fatalf("%s is not ready within %v", what, 2*patience)
	}
	return lines, in
}

// do has the driver do something.
func (b *browser) do(command map[string]any) (json.RawMessage, error) {
	answer := make(chan reply, 1)
	b.mu.Lock()
	b.last++
	command["id"] = b.last
	b.waiting[b.last] = answer
	line, err := json.Marshal(command)
	if err == nil {
		_, err = b.in.Write(append(line, '\n'))
	}
	b.mu.Unlock()
	if err != nil {
		return nil, err
	}
	select {
	case r := <-answer:
		if r.Error != "" {
			return nil, fmt.Errorf("%s", r.Error)
		}
		return r.Value, nil
	case <-time.After(2 * patience):
		return nil, fmt.Errorf("no answer to %s within %v", line, 2*patience)
	}
}

// tab is a page of the browser, as a person has it before them.
type tab struct {
	testing.TB
	w         *world
	id        int
	tolerated []string
}

// tolerate names a complaint of the browser that belongs to the test.
func (p *tab) tolerate(complaint string) { p.tolerated = append(p.tolerated, complaint) }

// open opens a browser that nobody has used yet. What it complains about while it
// is at Carillon fails the test in the end.
func (w *world) open(tb testing.TB, o options) *tab {
	tb.Helper()
	p := &tab{TB: tb, w: w}
	value, err := w.browser.do(map[string]any{"operation": "open", "options": o})
	if err == nil {
		err = json.Unmarshal(value, &p.id)
	}
	if err != nil {
		tb.Fatalf("opening a page: %v", err)
	}
	tb.Cleanup(func() {
		for _, c := range p.complaints() {
			tb.Errorf("the browser complains: %s", c)
		}
		p.do("close", nil)
	})
	return p
}

// another opens another tab of the same browser.
func (p *tab) another() *tab {
	p.Helper()
	q := &tab{TB: p.TB, w: p.w}
	p.read(&q.id, "tab", nil)
	return q
}

func (p *tab) complaints() (texts []string) {
	p.Helper()
	var found []struct{ URL, Text string }
	p.read(&found, "complaints", nil)
	for _, c := range found {
		tolerated := slices.ContainsFunc(p.tolerated, func(t string) bool { return strings.HasPrefix(c.Text, t) })
		if strings.HasPrefix(c.URL, p.w.url) && !tolerated {
			texts = append(texts, c.URL+": "+c.Text)
		}
	}
	return texts
}

func (p *tab) do(operation string, arguments map[string]any) json.RawMessage {
	p.Helper()
	command := map[string]any{"operation": operation, "page": p.id}
	for name, value := range arguments {
		command[name] = value
	}
	value, err := p.w.browser.do(command)
	if err != nil {
		p.Fatalf("%s %v: %v\nThe browser shows %s", operation, arguments, err, p.show())
	}
	return value
}

func (p *tab) read(out any, operation string, arguments map[string]any) {
	p.Helper()
	if err := json.Unmarshal(p.do(operation, arguments), out); err != nil {
		p.Fatalf("the answer to %s: %v", operation, err)
	}
}

// show is what is before the person, for a failed test.
func (p *tab) show() string {
	shown := ""
	for _, calls := range [][]any{{[]any{"url"}}, {[]any{"locator", "body"}, []any{"innerText", map[string]any{"timeout": 1000}}}} {
		value, err := p.w.browser.do(map[string]any{"operation": "call", "page": p.id, "calls": calls})
		shown += fmt.Sprintf("%s %v\n", value, err)
	}
	return strings.ReplaceAll(shown, `\n`, "\n\t")
}

// call is a method of Playwright with its arguments.
func call(method string, arguments ...any) []any { return append([]any{method}, arguments...) }

func (p *tab) call(calls ...[]any) json.RawMessage {
	p.Helper()
	return p.do("call", map[string]any{"calls": calls})
}

func (p *tab) text(calls ...[]any) string {
	p.Helper()
	var text string
	if err := json.Unmarshal(p.call(calls...), &text); err != nil {
		p.Fatalf("%v: %v", calls, err)
	}
	return text
}

// named finds by the exact name that assistive technology has for it.
func named(role, name string) []any {
	return call("getByRole", role, map[string]any{"name": name, "exact": true})
}

// goTo opens an address and returns the status of the answer.
func (p *tab) goTo(url string) (status int) {
	p.Helper()
	p.read(&status, "goto", map[string]any{"url": url})
	return status
}

func (p *tab) fill(label, text string) {
	p.Helper()
	p.call(call("getByLabel", label, map[string]any{"exact": true}), call("fill", text))
}

func (p *tab) press(button string) { p.Helper(); p.call(named("button", button), call("click")) }
func (p *tab) follow(link string)  { p.Helper(); p.call(named("link", link), call("click")) }
func (p *tab) url() string         { p.Helper(); return p.text(call("url")) }
func (p *tab) see(text string) {
	p.Helper()
	p.call(call("getByText", text), call("first"), call("waitFor"))
}
func (p *tab) heading(title string) { p.Helper(); p.call(named("heading", title), call("waitFor")) }
func (p *tab) title() string        { p.Helper(); return p.text(call("locator", "h1"), call("innerText")) }

// screenshots is whether the pages of the documents are to be made anew.
var screenshots = os.Getenv("UPDATE_SCREENSHOTS") == "1"

// The screens that the pages are looked at on.
var (
	desktop = options{"width": 1024, "height": 720}
	phone   = options{"width": 390, "height": 760}
	narrow  = options{"width": 320, "height": 568}
)

// look examines the page that is shown: for accessibility, and on a small phone.
// name is that of its picture; "" for none.
func (p *tab) look(name string) {
	p.Helper()
	var violations []string
	p.read(&violations, "violations", nil)
	for _, v := range violations {
		p.Errorf("the page %s %q: %s", p.url(), p.title(), v)
	}
	p.call(call("setViewportSize", narrow))
	const excess = "document.documentElement.scrollWidth - window.innerWidth"
	var over int
	if err := json.Unmarshal(p.call(call("evaluate", excess)), &over); err != nil || over > 0 {
		p.Errorf("the page %q is %d pixels too wide for a small phone (%v)", p.title(), over, err)
	}
	if screenshots && name != "" {
		for suffix, size := range map[string]options{"phone": phone, "desktop": desktop} {
			p.call(call("setViewportSize", size))
			file := filepath.Join("..", "..", "docs", "images", name+"-"+suffix+".png")
			p.call(call("screenshot", map[string]any{"path": file, "fullPage": true}))
		}
	}
	p.call(call("setViewportSize", desktop))
}
