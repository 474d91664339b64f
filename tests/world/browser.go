package world

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

// Options are those of a browser context, as Playwright has them.
type Options map[string]any

func newBrowser(tb testing.TB, pin string) *browser {
	tb.Helper()
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		tb.Fatalf("%v: run tests/install.sh", err)
	}
	b := &browser{waiting: map[int]chan reply{}}
	cmd := exec.Command(node(tb), filepath.Join(programs, "driver.mjs"))
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
	in := Must(cmd.StdinPipe())(tb)
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
	case <-time.After(2 * Patience):
		tb.Fatalf("%s is not ready within %v", what, 2*Patience)
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
	case <-time.After(2 * Patience):
		return nil, fmt.Errorf("no answer to %s within %v", line, 2*Patience)
	}
}

// Tab is a page of the browser, as a person has it before them.
type Tab struct {
	testing.TB
	w         *World
	id        int
	tolerated []string
}

// Tolerate names complaints of the browser that belong to the test: by how they
// begin, or by the path that they are about.
func (p *Tab) Tolerate(complaint string) { p.tolerated = append(p.tolerated, complaint) }

// Open opens a browser that nobody has used yet. What it complains about while it
// is at Carillon fails the test in the end.
func (w *World) Open(tb testing.TB, o Options) *Tab {
	tb.Helper()
	p := &Tab{TB: tb, w: w}
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
		p.Do("close", nil)
	})
	return p
}

// Another opens another tab of the same browser.
func (p *Tab) Another() *Tab {
	p.Helper()
	q := &Tab{TB: p.TB, w: p.w}
	p.Read(&q.id, "tab", nil)
	return q
}

func (p *Tab) complaints() (texts []string) {
	p.Helper()
	var found []struct{ URL, Text string }
	p.Read(&found, "complaints", nil)
	for _, c := range found {
		tolerated := slices.ContainsFunc(p.tolerated, func(t string) bool { return strings.HasPrefix(c.Text, t) || strings.HasPrefix(c.URL, p.w.URL+t) })
		if strings.HasPrefix(c.URL, p.w.URL) && !tolerated {
			texts = append(texts, c.URL+": "+c.Text)
		}
	}
	return texts
}

// Do has the driver do something with the page, and returns its answer.
func (p *Tab) Do(operation string, arguments map[string]any) json.RawMessage {
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

func (p *Tab) Read(out any, operation string, arguments map[string]any) {
	p.Helper()
	if err := json.Unmarshal(p.Do(operation, arguments), out); err != nil {
		p.Fatalf("the answer to %s: %v", operation, err)
	}
}

// show is what is before the person, for a failed test.
func (p *Tab) show() string {
	shown := ""
	for _, calls := range [][]any{{[]any{"url"}}, {[]any{"locator", "body"}, []any{"innerText", map[string]any{"timeout": 1000}}}} {
		value, err := p.w.browser.do(map[string]any{"operation": "call", "page": p.id, "calls": calls})
		shown += fmt.Sprintf("%s %v\n", value, err)
	}
	lines := strings.FieldsFunc(strings.NewReplacer(`\n`, "\n", `\t`, "\n").Replace(shown), func(r rune) bool { return r == '\n' })
	return strings.Join(lines, "\n\t")
}

// Step is a method of Playwright with its arguments.
func Step(method string, arguments ...any) []any { return append([]any{method}, arguments...) }

// Call calls methods of Playwright on the page, each on what the one before
// returned, and returns the last value.
func (p *Tab) Call(calls ...[]any) json.RawMessage {
	p.Helper()
	return p.Do("call", map[string]any{"calls": calls})
}

// Text is Call for a text.
func (p *Tab) Text(calls ...[]any) string {
	p.Helper()
	var text string
	if err := json.Unmarshal(p.Call(calls...), &text); err != nil {
		p.Fatalf("%v: %v", calls, err)
	}
	return text
}

// Named finds by the exact name that assistive technology has for it.
func Named(role, name string) []any {
	return Step("getByRole", role, map[string]any{"name": name, "exact": true})
}

// GoTo opens an address and returns the status of the answer.
func (p *Tab) GoTo(url string) (status int) {
	p.Helper()
	p.Read(&status, "goto", map[string]any{"url": url})
	return status
}

// Fill fills in the field that has the label.
func (p *Tab) Fill(label, text string) {
	p.Helper()
	p.Call(Step("getByLabel", label, map[string]any{"exact": true}), Step("fill", text))
}

// Press clicks a button.
func (p *Tab) Press(button string) { p.Helper(); p.Call(Named("button", button), Step("click")) }

// Follow clicks a link.
func (p *Tab) Follow(link string) { p.Helper(); p.Call(Named("link", link), Step("click")) }

// URL is the address of the page.
func (p *Tab) URL() string { p.Helper(); return p.Text(Step("url")) }

// See waits until the text is shown.
func (p *Tab) See(text string) {
	p.Helper()
	p.Call(Step("getByText", text), Step("first"), Step("waitFor"))
}

// Heading waits until there is a heading of that name.
func (p *Tab) Heading(title string) { p.Helper(); p.Call(Named("heading", title), Step("waitFor")) }

// Title is the text of the first heading.
func (p *Tab) Title() string { p.Helper(); return p.Text(Step("locator", "h1"), Step("innerText")) }

// screenshots is whether the pages of the documents are to be made anew.
var screenshots = os.Getenv("UPDATE_SCREENSHOTS") == "1"

// The screens that the pages are looked at on.
var (
	Desktop = Options{"width": 1024, "height": 720}
	Phone   = Options{"width": 390, "height": 760}
	Narrow  = Options{"width": 320, "height": 568}
)

// Look examines the page that is shown: for accessibility, and on a small phone.
// name is that of its picture; "" for none.
func (p *Tab) Look(name string) {
	p.Helper()
	p.Accessible(true)
	p.Size(Narrow)
	p.Fits()
	if screenshots && name != "" {
		for suffix, size := range map[string]Options{"phone": Phone, "desktop": Desktop} {
			p.Size(size)
			p.Picture(name+"-"+suffix, true)
		}
	}
	p.Size(Desktop)
}

// Size makes the window so large.
func (p *Tab) Size(size Options) { p.Helper(); p.Call(Step("setViewportSize", size)) }

// Accessible has axe look for what is wrong, in the light and in the dark; with
// unsure, for what it cannot decide too.
func (p *Tab) Accessible(unsure bool) {
	p.Helper()
	var violations []string
	p.Read(&violations, "violations", map[string]any{"unsure": unsure})
	for _, v := range violations {
		p.Errorf("the page %s %q: %s", p.URL(), p.Title(), v)
	}
}

// Fits makes sure that the page is not wider than the window, once it has taken the
// window's size in.
func (p *Tab) Fits() {
	p.Helper()
	// What stands out is named by its class and the beginning of its text.
	const excess = `(() => {
		if (document.documentElement.scrollWidth <= window.innerWidth) return [];
		const out = [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > window.innerWidth + 1);
		return ["it"].concat(out.slice(-5).map((e) => e.tagName + " " + e.className + ": " + e.textContent.slice(0, 60)));
	})()`
	var over []string
	for range 50 {
		if err := json.Unmarshal(p.Call(Step("evaluate", excess)), &over); err != nil {
			p.Fatal(err)
		}
		if len(over) == 0 {
			return
		}
		time.Sleep(40 * time.Millisecond)
	}
	p.Errorf("the page %s %q is too wide for the window: %q", p.URL(), p.Title(), over)
}

// Picture writes docs/images/name.png when the pictures are to be made anew: of the
// window, or of the full page.
func (p *Tab) Picture(name string, full bool) {
	p.Helper()
	if !screenshots {
		return
	}
	file := filepath.Join("..", "..", "docs", "images", filepath.FromSlash(name)+".png")
	p.Call(Step("screenshot", map[string]any{"path": file, "fullPage": full}))
}
