package console_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/carillon-id/carillon/tests/world"
)

// TestAway is a server that goes away while somebody works, and comes back.
func TestAway(t *testing.T) {
	t.Parallel()
	a, documents := enterprise(21, "Away", "away.example", 3)
	c := plain(t, documents)
	p := c.enter(t, "/accounts/"+a.AccountID+"/settings")
	p.Tolerate("Failed to load resource: net::ERR_CONNECTION_REFUSED")
	p.Press("Edit account")
	d := p.in("Edit account").fill("Name", "Typed before")
	c.Stop()
	d.ask("Save")
	p.See("The server cannot be reached")
	d.see("It is not known whether this was done")
	p.Accessible(false)
	c.Start(t)
	p.reached()
	d.press("Save") // what was typed is there
	p.Heading("Typed before")
	p.tab("Users")
	p.row("user000001@away.example")

	// A screen that was not loaded before waits too.
	c.Stop()
	p.Press("Read the list anew")
	p.See("The server cannot be reached")
	c.Start(t)
	p.reached()
	p.section("Audit")
	p.row("UpdateAccount")
}

// reached waits until the notice is gone that the server is away.
func (p page) reached() {
	p.Helper()
	p.Call(world.Step("getByText", "The server cannot be reached", map[string]any{"exact": true}), world.Step("waitFor", map[string]any{"state": "hidden"}))
}

// TestHeaders is what limits the console in the browser.
func TestHeaders(t *testing.T) {
	t.Parallel()
	c := plain(t, []any{map[string]any{"Accounts": []account{{id(22, 0), "Headers", "Team"}}}})
	for _, path := range []string{"/admin/", "/admin/accounts/" + id(22, 0), "/admin/nowhere"} {
		response, err := c.Client().Get(c.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		policy := response.Header.Get("Content-Security-Policy")
		if response.StatusCode != http.StatusOK || !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "script-src 'self';") ||
			strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") || strings.Contains(policy, "http") {
			t.Errorf("%s: got %d with the policy %q, want one without exceptions", path, response.StatusCode, policy)
		}
	}
	p := c.enter(t, "/accounts")
	p.row("Headers")
	var inline int
	if err := json.Unmarshal(p.Call(world.Step("evaluate", `[...document.scripts].filter((s) => !s.src).length + document.querySelectorAll("style").length`)), &inline); err != nil || inline > 0 {
		t.Errorf("got %d inline scripts and styles (%v), want none", inline, err)
	}
	p.Tolerate("Evaluating a string as JavaScript violates")
	const program = `new Promise((done) => setTimeout(() => { try { done(new Function("return 'run'")()); } catch { done("refused"); } }))`
	if got := p.Text(world.Step("evaluate", program)); got != "refused" {
		t.Errorf("a text as a program: got it %s, want it refused", got)
	}
}

// mostBytes is how much the first load of the console may transfer.
const mostBytes = 600_000

// largest is how many users the large account has; CARILLON_CONSOLE_USERS says
// another number.
func largest(t *testing.T) int {
	t.Helper()
	if text := os.Getenv("CARILLON_CONSOLE_USERS"); text != "" {
		return world.Must(strconv.Atoi(text))(t)
	}
	return 100_000
}

// TestLarge is a directory of 10,000 accounts, one of which is large. It prints how
// much the console loads, and how long it takes from the click to the users.
func TestLarge(t *testing.T) {
	users := largest(t)
	_, documents := enterprise(23, "A large account", "large.example", users)
	const accounts = 10_000
	for from := 0; from < accounts; from += 1000 {
		var some []account
		for i := range 1000 {
			some = append(some, account{id(1000+from+i, 0), fmt.Sprintf("Account %05d", from+i), "Team"})
		}
		documents = append(documents, map[string]any{"Accounts": some})
	}
	c := plain(t, documents, "--rate-limit", "0")
	p := c.open(t, "/")
	p.useKey(root)
	p.Heading("Dashboard")
	var transferred int
	p.Read(&transferred, "bytes", nil)
	t.Logf("the first load of the console: %d bytes are transferred", transferred)
	if transferred > mostBytes || transferred < mostBytes/10 {
		t.Errorf("the first load: got %d bytes, want at most %d", transferred, mostBytes)
	}

	p.section("Accounts")
	p.row("A large account")
	p.Read(&transferred, "bytes", nil)
	t.Logf("with the list of accounts: %d bytes", transferred)

	// The list goes on page by page, and is searched.
	p.row("Account 00010")
	p.Press("Next page")
	p.row("Account 00060")
	p.Call(world.Step("getByLabel", search), world.Step("last"), world.Step("fill", "Account 09999"))
	p.row("Account 09999")
	p.examine("")
	p.Call(world.Step("getByLabel", search), world.Step("last"), world.Step("fill", "A large"))
	p.row("A large account")

	// The first click loads the screen's program; then the time is that of the users.
	for i := range 4 {
		var took float64
		p.Read(&took, "timed", map[string]any{"calls": [][]any{world.Named("link", "A large account"), world.Step("click")}, "shown": "user000001@large.example"})
		t.Logf("click %d on an account of %d users: its first page is shown after %.0f ms", i+1, users, took)
		p.Call(world.Step("goBack"))
		p.row("A large account")
	}
	p.Call(world.Named("link", "A large account"), world.Step("click"))
	p.Call(world.Step("getByLabel", "Search users by address"), world.Step("last"), world.Step("fill", fmt.Sprintf("user%06d", users)))
	p.row(fmt.Sprintf("user%06d@large.example", users))
	p.Press("Clear filters")
	p.pick("Status", "Suspended") // nobody is: it looks in bounded steps
	p.See("None of the users that were looked through so far match.")
	p.first("Look further")
	p.examine("")
	p.section("Dashboard")
	p.See(", last at ")
	p.Call(world.Step("getByText", "10,001", map[string]any{"exact": true}), world.Step("waitFor")) // accounts
	p.examine("dashboard")
}
