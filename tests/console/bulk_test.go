package console_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/chime"
	"github.com/aws/aws-sdk-go-v2/service/chime/types"

	"github.com/carillon-id/carillon/tests/world"
)

// plain starts a server without apps and mail, whose directory holds the documents
// from the beginning.
func plain(t *testing.T, documents []any, flags ...string) console {
	t.Helper()
	s := world.Prepare(t, "http://localhost:"+world.FreePort(t), "", flags...)
	s.Command(t, nil, "import", "--tenant", world.Tenant, s.File(t, "saved.json", documents...))
	s.Start(t)
	return console{world.Plain(t, s)}
}

// TestBulk suspends 5,000 users by a list, at a server that throttles, with a reload
// in the middle.
func TestBulk(t *testing.T) {
	t.Parallel()
	const number, listed, suspended = 20, 5000, 40
	a, documents := enterprise(number, "Example Retail", "bulk.example", listed+100)
	c := plain(t, documents, "--rate-limit", "25")
	// Some are suspended already, some are unknown, and one is there twice.
	var ids []string
	for i := range suspended {
		ids = append(ids, id(number, i+1))
	}
	answer, err := c.api().BatchSuspendUser(t.Context(), &chime.BatchSuspendUserInput{AccountId: &a.AccountID, UserIdList: ids})
	if err != nil || len(answer.UserErrors) > 0 {
		t.Fatalf("suspending some: %v %v", answer, err)
	}
	var list bytes.Buffer
	for i := range listed {
		fmt.Fprintf(&list, "user%06d@bulk.example\n", i+1)
	}
	list.WriteString("nobody@bulk.example\nUSER000007@bulk.example\n")

	p := c.enter(t, "/bulk")
	p.Tolerate("Failed to load resource: the server responded with a status of 429")
	p.examine("")
	p.first("New run")
	p.Heading("New run")
	p.Press("Account Choose an account")
	p.Call(world.Step("getByRole", "option", map[string]any{"name": "Example Retail"}), world.Step("click"))
	p.Call(world.Step("getByRole", "radio", map[string]any{"name": "Suspend"}), world.Step("first"), world.Step("check"))
	p.examine("")
	p.Call(world.Step("locator", "input[type=file]"), world.Step("setInputFiles", c.Text(t, "list.txt", list.String())))
	p.See("5,001 entries")
	p.Press("Look everybody up")
	p.Heading("Suspend: what will happen")
	p.See("4,960")
	p.examine("bulk-preview")
	p.Press("Suspend 4,960")
	p.in("Suspend 4,960 users?").press("Suspend")

	// Half way, the page is loaded anew. It says that the run is paused, and goes on.
	world.Eventually(t, "a fifth is done", func() bool {
		percent := decode[int](t, string(p.Call(world.Step("evaluate", `+(document.body.innerText.match(/(\d+)%/)?.[1] ?? 0)`))))
		return percent >= 20
	})
	p.Call(world.Step("reload"))
	p.useKey(root)
	p.See("Paused")
	p.examine("bulk-run")
	half := c.suspended(t, a.AccountID)
	if half <= suspended || half >= listed {
		t.Errorf("after the reload: got %d suspended, want more than %d and fewer than all", half, suspended)
	}
	p.Press("Resume")
	p.See("Finished")
	if got := c.suspended(t, a.AccountID); got != listed {
		t.Errorf("in the end: got %d suspended, want %d", got, listed)
	}
	p.examine("")
	_, report := p.kept(world.Named("button", "Download report"), world.Step("click"))
	checkReport(t, report, listed, suspended)
	if !p.complained("429") {
		t.Error("the server has throttled nothing: want it to have had to be slower")
	}
	p.section("Bulk work")
	p.row("Suspend", "Example Retail", "Finished")

	// To do it again does no harm.
	p.first("New run")
	p.Press("Account Choose an account")
	p.Call(world.Step("getByRole", "option", map[string]any{"name": "Example Retail"}), world.Step("click"))
	p.Call(world.Step("getByRole", "radio", map[string]any{"name": "Suspend"}), world.Step("first"), world.Step("check"))
	p.Fill("Addresses or user ids", "user000001@bulk.example; "+id(number, 2))
	p.Press("Look everybody up")
	p.Heading("Suspend: what will happen")
	p.disabled("Suspend 0", "There is nothing to do.")
}

// suspended asks the API how many are.
func (c console) suspended(t *testing.T, account string) (count int) {
	t.Helper()
	pages := chime.NewListUsersPaginator(c.api(), &chime.ListUsersInput{AccountId: &account, MaxResults: new(int32(200))})
	for pages.HasMorePages() {
		some, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range some.Users {
			if u.UserRegistrationStatus == types.RegistrationStatusSuspended {
				count++
			}
		}
	}
	return count
}

// checkReport makes sure that a report has the right outcome of each.
func checkReport(t *testing.T, report string, listed, suspended int) {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(report)).ReadAll()
	if err != nil || len(rows) != listed+2 {
		t.Fatalf("the report: got %d rows (%v), want a heading and %d", len(rows), err, listed+1)
	}
	outcomes := map[string]string{}
	counts := map[string]int{}
	for _, row := range rows[1:] {
		outcomes[row[2]] = row[5]
		counts[row[5]]++
	}
	for i := range listed {
		want := "Done"
		if i < suspended {
			want = "Unchanged"
		}
		entry := fmt.Sprintf("user%06d@bulk.example", i+1)
		if outcomes[entry] != want {
			t.Fatalf("%s: got the outcome %q, want %s (in all %v)", entry, outcomes[entry], want, counts)
		}
	}
	if outcomes["nobody@bulk.example"] != "Refused" {
		t.Errorf("nobody@bulk.example: got %q, want Refused", outcomes["nobody@bulk.example"])
	}
}
