package archtest_test

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

// namedTest is a test as docs/security.md names it: by its package and function.
var namedTest = regexp.MustCompile("`([a-z0-9/]+)\\.((?:Test|Fuzz)\\w+)`")

// anyTest is what looks like one.
var anyTest = regexp.MustCompile(`\b(?:Test|Fuzz)[A-Z]\w*`)

// TestSecurityNamesTests: every test that docs/security.md has hold a measure is in
// the tree.
func TestSecurityNamesTests(t *testing.T) {
	root := os.DirFS("../..")
	document, err := fs.ReadFile(root, "docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	named := namedTest.FindAllSubmatch(document, -1)
	if all := len(anyTest.FindAll(document, -1)); len(named) == 0 || len(named) != all {
		t.Errorf("got %d of %d tests named as `package.TestName`, want all", len(named), all)
	}
	functions := map[string]string{}
	for _, found := range named {
		folder, name := string(found[1]), string(found[2])
		if _, known := functions[folder]; !known {
			functions[folder] = testsOf(t, root, folder)
		}
		if !strings.Contains(functions[folder], "\nfunc "+name+"(") {
			t.Errorf("docs/security.md names %s.%s, which is not there", folder, name)
		}
	}
}

// testsOf returns the test files of a package: of one in internal, whose name goes
// without that, or of another.
func testsOf(t *testing.T, root fs.FS, folder string) string {
	t.Helper()
	if _, err := fs.Stat(root, path.Join("internal", folder)); err == nil {
		folder = path.Join("internal", folder)
	}
	files, err := fs.Glob(root, folder+"/*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, file := range files {
		content, err := fs.ReadFile(root, file)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(content)
	}
	return text.String()
}
