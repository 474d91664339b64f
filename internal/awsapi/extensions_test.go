package awsapi_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/carillon-id/carillon/internal/awsapi"
)

// The document of the extensions names routes that there are.
func TestDocumentedExtensionsAreServed(t *testing.T) {
	text, err := os.ReadFile("../../docs/api-extensions.md")
	if err != nil {
		t.Fatal(err)
	}
	served := map[string]string{}
	for _, r := range awsapi.Extensions() {
		served[r.Operation] = r.Pattern
	}
	long := strings.NewReplacer(" U/", " /accounts/{accountId}/users/{userId}/", " A/", " /accounts/{accountId}/", " A?", " /accounts/{accountId}?")
	rows := regexp.MustCompile("(?m)^\\| ([\\w:]+) \\| `([^`]+)` \\|").FindAllStringSubmatch(string(text), -1)
	for _, row := range rows {
		if got := long.Replace(row[2]); got != served[row[1]] {
			t.Errorf("%s: the document has %q, want %q", row[1], got, served[row[1]])
		}
	}
	if len(rows) < 19 {
		t.Errorf("the document has %d routes, want those of domains, providers, apps and users at least", len(rows))
	}
}
