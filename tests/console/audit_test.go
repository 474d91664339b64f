package console_test

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/carillon-id/carillon/tests/world"
)

// audit is about who did what.
func (c console) audit(t *testing.T) {
	a := c.CreateAccount(t, "Audited")
	for _, name := range []string{"Once", "Twice", "=1+1"} {
		c.AWS(t, nil, "update-account", "--account-id", a.AccountID, "--name", name)
	}
	p := c.enter(t, "/audit?account-id="+a.AccountID)
	p.row("UpdateAccount", "Done", "root", a.AccountID)
	p.examine("audit")
	p.Fill("Operation", "CreateAccount")
	p.Do("key", map[string]any{"key": "Escape"})
	p.Press("Search")
	p.noRow("UpdateAccount")
	p.row("CreateAccount")
	p.Call(world.Named("link", "CreateAccount"), world.Step("click"))
	p.Heading("CreateAccount")
	p.examine("record")
	if shown := decode[map[string]any](t, p.shown("pre.document")); shown["eventName"] != "CreateAccount" || shown["eventSource"] != "chime.amazonaws.com" {
		t.Errorf("the record: got %v, want one of CloudTrail's form", shown)
	}
	p.Call(world.Step("goBack"))
	p.row("CreateAccount")
	p.Fill("Operation", "UpdateAccount")
	p.Do("key", map[string]any{"key": "Escape"})
	p.Press("Search")
	p.row("UpdateAccount")

	p.Press("Export")
	name, text := p.kept(world.Named("menuitem", "CloudTrail JSON"), world.Step("click"))
	exported := decode[struct{ Records []map[string]any }](t, text)
	if len(exported.Records) != 3 || !strings.HasSuffix(name, ".json") {
		t.Errorf("the export %s: got %d records, want 3", name, len(exported.Records))
	}
	for _, r := range exported.Records {
		if r["eventName"] != "UpdateAccount" || r["eventTime"] == nil || r["userIdentity"] == nil {
			t.Errorf("got the record %v, want UpdateAccount in CloudTrail's form", r)
		}
	}
	p.See("3 exported")
	p.Accessible(false)
	p.in("Export as CloudTrail JSON").press("Close")
	p.Press("Export")
	_, text = p.kept(world.Named("menuitem", "CSV"), world.Step("click"))
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(rows) != 4 || rows[0][1] != "EventName" || rows[3][1] != "UpdateAccount" {
		t.Errorf("the export: got %q (%v), want a heading and 3 records", rows, err)
	}
	p.in("Export as CSV").press("Close")

	denied := c.enter(t, "/audit?operation=Nothing")
	denied.See("Nothing matches")
	denied.examine("")
}

// dashboard is about what is counted.
func (c console) dashboard(t *testing.T) {
	p := c.enter(t, "/")
	p.Heading("Dashboard")
	p.Call(world.Named("navigation", "Quick links"), world.Named("link", "See who did what"), world.Step("waitFor"))
	p.examine("")
	p.Press("Dark colors")
	p.Press("Light colors")
	p.Press("root")
	p.Call(world.Named("menuitem", "Leave the console"), world.Step("click"))
	p.Heading("Carillon console")
	p.Accessible(false)
	p.Size(world.Phone)
	p.Fits()
	p.Size(window)
	p.Picture("console/signin", false)
	p.Fill("Access key ID", root.ID)
	p.Fill("Secret access key", "wrong")
	p.Tolerate("Failed to load resource: the server responded with a status of 403")
	p.Press("Use the key")
	p.See("That did not work")
}
