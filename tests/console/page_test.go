package console_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/chime"

	"github.com/carillon-id/carillon/tests/world"
)

// console is the web console of a world.
type console struct{ *world.World }

// key is an access key.
type key struct {
	ID     string `json:"AccessKeyId"`
	Secret string `json:"SecretAccessKey"`
}

var root = key{world.RootKeyID, world.RootSecret}

// api calls the server as a program does, beside the console.
func (c console) api() *chime.Client {
	return chime.New(chime.Options{
		BaseEndpoint: aws.String(c.URL), Region: "us-east-1", HTTPClient: c.Client(),
		Credentials: credentials.NewStaticCredentialsProvider(root.ID, root.Secret, ""),
		Retryer: retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts, o.MaxBackoff, o.RateLimiter = 60, time.Second, ratelimit.None // the console may use the rate up
			o.Retryables = append(o.Retryables, retry.RetryableHTTPStatusCode{Codes: map[int]struct{}{http.StatusTooManyRequests: {}}})
		}),
	})
}

// page is a page of the console, as an administrator has it before them.
type page struct {
	*world.Tab
	c console
}

// window is the size of a usual one.
var window = world.Options{"width": 1280, "height": 900}

// browser is how the console is looked at: without movements, whose colors on the way are nobody's choice.
var browser = world.Options{"viewport": window, "reducedMotion": "reduce"}

// open opens a path of the console in a new browser.
func (c console) open(tb testing.TB, path string) page {
	tb.Helper()
	p := page{c.Open(tb, browser), c}
	p.at(path)
	return p
}

// enter opens a path of the console with the root's access key.
func (c console) enter(tb testing.TB, path string) page {
	tb.Helper()
	return c.enterBy(tb, path, root)
}

func (c console) enterBy(tb testing.TB, path string, k key) page {
	tb.Helper()
	p := c.open(tb, path)
	p.useKey(k)
	return p
}

func (p page) useKey(k key) {
	p.Helper()
	p.Heading("Carillon console")
	p.Fill("Access key ID", k.ID)
	p.Fill("Secret access key", k.Secret)
	p.Press("Use the key")
	p.settled()
}

// at loads an address of the console; whoever has typed an access key has to do so
// again.
func (p page) at(path string) { p.Helper(); p.GoTo(p.c.URL + "/admin" + path) }

// section follows a link of the console's navigation.
func (p page) section(name string) {
	p.Helper()
	p.Call(world.Step("locator", "nav"), world.Named("link", name), world.Step("last"), world.Step("click"))
	p.settled()
}

// navigable opens the navigation, which a small window has closed.
func (p page) navigable() {
	p.Helper()
	toggle := [][]any{world.Named("button", "Open side navigation"), world.Step("first")}
	if string(p.Call(append(toggle, world.Step("isVisible"))...)) == "true" {
		p.Call(append(toggle, world.Step("click"))...)
	}
}

// settled waits until nothing is being loaded.
func (p page) settled() {
	p.Helper()
	p.Call(world.Step("locator", "main h1, h1"), world.Step("first"), world.Step("waitFor"))
	p.gone("Loading")
}

// gone waits until a text is not shown any more.
func (p page) gone(text string) {
	p.Helper()
	p.Call(world.Step("getByText", text), world.Step("first"), world.Step("waitFor", map[string]any{"state": "hidden"}))
}

// in is a dialog, by its title.
func (p page) in(title string) dialog { return dialog{p, title} }

type dialog struct {
	p     page
	title string
}

func (d dialog) steps(steps ...[]any) [][]any {
	return append([][]any{world.Named("dialog", d.title)}, steps...)
}

func (d dialog) call(steps ...[]any) dialog { d.p.Helper(); d.p.Call(d.steps(steps...)...); return d }

func (d dialog) fill(label, text string) dialog {
	d.p.Helper()
	return d.call(world.Step("getByLabel", label, map[string]any{"exact": true}), world.Step("fill", text))
}

func (d dialog) see(text string) dialog {
	d.p.Helper()
	return d.call(world.Step("getByText", text), world.Step("first"), world.Step("waitFor"))
}

// blocked waits until the dialog cannot be submitted, for a reason.
func (d dialog) blocked(reason string) dialog {
	d.p.Helper()
	return d.call(world.Step("getByText", reason), world.Step("first"), world.Step("waitFor", map[string]any{"state": "attached"}))
}

func (d dialog) tick(label string) dialog {
	d.p.Helper()
	return d.call(world.Step("getByRole", "checkbox", map[string]any{"name": label}), world.Step("check"))
}

func (d dialog) choose(label string) dialog {
	d.p.Helper()
	return d.call(world.Step("getByRole", "radio", map[string]any{"name": label}), world.Step("check"))
}

// press presses a button of the dialog, and waits until the dialog is gone.
func (d dialog) press(button string) {
	d.p.Helper()
	d.ask(button)
	d.p.Call(d.steps(world.Step("waitFor", map[string]any{"state": "hidden"}))...)
}

// ask presses a button of the dialog, which may stay.
func (d dialog) ask(button string) {
	d.p.Helper()
	d.call(world.Named("button", button), world.Step("last"), world.Step("click")) // the first may be the one in the corner
}

// menu chooses an item of a menu.
func (p page) menu(button, item string) {
	p.Helper()
	p.Press(button)
	p.Call(world.Step("getByRole", "menuitem", map[string]any{"name": item, "exact": true}), world.Step("click"))
}

// pick chooses an option of a select, by its label.
func (p page) pick(label, option string) {
	p.Helper()
	p.Call(world.Step("getByRole", "button", map[string]any{"name": label}), world.Step("first"), world.Step("click"))
	p.Call(world.Step("getByRole", "option", map[string]any{"name": option}), world.Step("first"), world.Step("click"))
}

// first presses the first of several buttons of that name, which do the same.
func (p page) first(button string) {
	p.Helper()
	p.Call(world.Named("button", button), world.Step("first"), world.Step("click"))
}

// tab shows another tab of the screen.
func (p page) tab(name string) {
	p.Helper()
	p.Call(world.Named("tab", name), world.Step("click"))
	p.settled()
}

// selected selects rows of the table, by what they are called.
func (p page) selected(names ...string) {
	p.Helper()
	for _, name := range names {
		p.Call(world.Step("locator", fmt.Sprintf("input[aria-label=%q]", "Select "+name)), world.Step("check", map[string]any{"force": true}))
	}
}

// row waits for a row of a table that holds all of the texts.
func (p page) row(texts ...string) {
	p.Helper()
	steps := [][]any{world.Step("locator", "tbody tr:visible")}
	for _, text := range texts {
		steps = append(steps, world.Step("filter", map[string]any{"hasText": text}))
	}
	p.Call(append(steps, world.Step("first"), world.Step("waitFor"))...)
}

// noRow waits until no row of a table holds the text.
func (p page) noRow(text string) {
	p.Helper()
	p.Call(world.Step("locator", "tbody tr:visible"), world.Step("filter", map[string]any{"hasText": text}), world.Step("first"),
		world.Step("waitFor", map[string]any{"state": "hidden"}))
}

// kept has the browser keep a file, and returns it.
func (p page) kept(steps ...[]any) (name, text string) {
	p.Helper()
	var file struct{ Name, Text string }
	p.Read(&file, "download", map[string]any{"calls": steps})
	return file.Name, file.Text
}

// complained reports whether the browser has complained of an answer's status.
func (p page) complained(status string) bool {
	p.Helper()
	var found []struct{ Text string }
	p.Read(&found, "complaints", nil)
	return slices.ContainsFunc(found, func(c struct{ Text string }) bool { return strings.Contains(c.Text, "a status of "+status) })
}

// unreachable lists what can be pressed or filled and takes no focus from the keyboard.
// Of a tab list, a row of segments or the like one member takes it, and arrow keys reach
// the rest; the button of a file is in front of the input that takes it.
const unreachable = `[...document.querySelectorAll("a[href], button, input, select, textarea, [role=button]")]
	.filter((e) => e.tabIndex < 0 && !e.matches(":disabled, [aria-disabled=true]") && e.checkVisibility({ visibilityProperty: true })
		&& !e.closest("[role=tablist], [role=menu], [role=listbox], [role=radiogroup], [role=grid], [role=application], [aria-hidden=true], [inert]")
		&& !(e.matches("[aria-pressed]") && e.parentElement.querySelector("[aria-pressed][tabindex='0']"))
		&& !e.parentElement.querySelector("input[type=file]"))
	.map((e) => e.outerHTML.slice(0, 200))`

// examine examines a screen: for accessibility, by keyboard too, on a phone, and for
// requests to others. name is that of its picture; "" for none.
func (p page) examine(name string) {
	p.Helper()
	p.settled()
	if name != "" {
		p.Picture("console/"+name, false)
	}
	p.Accessible(false)
	for _, control := range decode[[]string](p, string(p.Call(world.Step("evaluate", unreachable)))) {
		p.Errorf("%s: no key reaches %s", p.URL(), control)
	}
	p.Size(world.Phone)
	p.Fits()
	p.Size(window)
	p.navigable()
	var asked []string
	p.Read(&asked, "asked", nil)
	for _, host := range asked {
		if !strings.HasSuffix(p.c.URL, "//"+host) {
			p.Errorf("the page %s has sent a request to %s", p.URL(), host)
		}
	}
}

// load brings accounts and users into the directory, as administrators who leave
// Amazon Chime do.
func (c console) load(tb testing.TB, documents ...any) {
	tb.Helper()
	c.Command(tb, nil, "import", "--tenant", world.Tenant, c.File(tb, strings.ReplaceAll(tb.Name(), "/", " ")+".json", documents...))
}

// account is one as the AWS CLI prints it.
type account struct {
	AccountID   string `json:"AccountId"`
	Name        string
	AccountType string
}

type user struct {
	AccountID              string `json:"AccountId"`
	UserID                 string `json:"UserId"`
	PrimaryEmail           string
	DisplayName            string
	UserRegistrationStatus string
	LicenseType            string `json:",omitempty"`
}

// enterprise returns an account with that many registered users, as saved.
func enterprise(number int, name, domain string, users int) (a account, documents []any) {
	a = account{id(number, 0), name, "EnterpriseLWA"}
	documents = append(documents, map[string]any{"Accounts": []account{a}})
	for from := 1; from <= users; from += 1000 {
		var some []user
		for i := from; i < from+1000 && i <= users; i++ {
			some = append(some, user{a.AccountID, id(number, i), fmt.Sprintf("user%06d@%s", i, domain), fmt.Sprintf("User %d", i), "Registered", "Pro"})
		}
		documents = append(documents, map[string]any{"Users": some})
	}
	return a, documents
}

// id is that of a user of an account, or of the account when i is 0.
func id(number, i int) string {
	return fmt.Sprintf("%08x-0000-4000-8000-%012x", number, i)
}

// shown reads what the page shows by a selector.
func (p page) shown(selector string) string {
	p.Helper()
	return p.Text(world.Step("locator", selector), world.Step("first"), world.Step("innerText"))
}

func decode[T any](tb testing.TB, text string) (value T) {
	tb.Helper()
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		tb.Fatalf("%.200s: %v", text, err)
	}
	return value
}
