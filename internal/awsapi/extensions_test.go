package awsapi_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-id/carillon/internal/awsapi"
)

// TestExtensionsAreDocumented: the documents name each extension, with its route, and
// no other.
func TestExtensionsAreDocumented(t *testing.T) {
	long := strings.NewReplacer(" U/", " /accounts/{accountId}/users/{userId}/", " A/", " /accounts/{accountId}/", " A?", " /accounts/{accountId}?")
	documented := map[string]string{}
	for _, document := range []string{"../../docs/api-extensions.md", "../../docs/access.md"} {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range regexp.MustCompile("(?m)^\\| ([\\w:]+) \\| `((?:GET|POST|PUT|DELETE) [^`]+)` \\|").FindAllStringSubmatch(string(text), -1) {
			documented[row[1]] = long.Replace(row[2])
		}
	}
	served := map[string]string{}
	for _, r := range awsapi.Extensions() {
		served[r.Operation] = r.Pattern
	}
	if diff := cmp.Diff(served, documented); diff != "" {
		t.Errorf("the documents (-served +documented):\n%s", diff)
	}
}
