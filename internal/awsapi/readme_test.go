package awsapi_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-id/carillon/internal/awsapi"
)

// The README tells which of the contract's operations are served.
func TestReadmeNamesEveryOperation(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) == 4 && (strings.TrimSpace(cells[2]) == "yes" || strings.TrimSpace(cells[2]) == "no") {
			got[strings.TrimSpace(cells[1])] = strings.TrimSpace(cells[2])
		}
	}
	want := map[string]string{}
	for _, o := range awsapi.Operations() {
		want[o.Name] = "no"
	}
	for _, r := range awsapi.Routes() {
		want[r.Operation] = "yes"
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the operations in README.md (-want +got):\n%s", diff)
	}
}
