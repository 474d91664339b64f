package audit_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-id/carillon/internal/audit"
)

func TestMentions(t *testing.T) {
	long := strings.Repeat("long", 5000)
	e := event()
	e.Params = audit.Values{"userIdList": []string{"ann", `"quoted" \`, "<ö&>", "", long}, "accountId": "lwa", "n": 5}
	record, err := audit.New(t.Context(), now(), e)
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{"ann", "an", "nn", `"quoted" \`, "quoted", "<ö&>", "lwa", "5", long, long + "er", "n", "accountId", `ann","`}
	got := audit.Mentions(record.Document, texts...)
	want := map[string]bool{"ann": true, `"quoted" \`: true, "<ö&>": true, "lwa": true, long: true, "n": true, "accountId": true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("got (+) want (-):\n%s", diff)
	}
	for _, document := range []string{"", `"`, `"ann`, `"ann\`, `{"a":"\"ann\""}`} {
		if got := audit.Mentions([]byte(document), "ann"); len(got) > 0 && document != `"ann` {
			t.Errorf("%s: got %v, want nothing", document, got)
		}
	}
	if got := audit.Mentions([]byte(`{"a":"ann"}`)); len(got) > 0 {
		t.Errorf("no texts: got %v", got)
	}
}

// TestMentionsCutTexts: of a record that would be too long, the texts are cut, and
// count by what is left of them.
func TestMentionsCutTexts(t *testing.T) {
	e := event()
	var ids []string
	for i := range 50 {
		ids = append(ids, strings.Repeat(string(rune('a'+i%26)), 4000+i))
	}
	e.Params = audit.Values{"userIdList": ids}
	record, err := audit.New(t.Context(), now(), e)
	if err != nil {
		t.Fatal(err)
	}
	if got := audit.Mentions(record.Document, ids[7], strings.Repeat("?", 4000)); !got[ids[7]] || len(got) != 1 {
		t.Errorf("got %d texts, want the one that is cut", len(got))
	}
}

func TestParameter(t *testing.T) {
	document := []byte(`{"requestParameters":{"status":"Inactive","n":1,"policyName":"Active"},"status":"Active"}`)
	for name, want := range map[string]string{"status": "Inactive", "n": "", "unknown": ""} {
		if got := audit.Parameter(document, name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if got := audit.Parameter([]byte("no JSON"), "status"); got != "" {
		t.Errorf("no JSON: got %q", got)
	}
}
