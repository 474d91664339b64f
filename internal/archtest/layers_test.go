// Package archtest_test holds the house together: who may import whom. It
// reads import clauses, whatever their build tags, and nothing else.
package archtest_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/carillon-id/carillon/"

// domain is the vocabulary of all: accounts, people, the store's contract.
const domain = "internal/chime"

// layer is what a package of ours may import of ours. Every package is in the
// table; another arrow needs a reason, and stands here with it.
type layer struct {
	imports []string
	// standardOnly packages import nothing that is not ours or Go's, but for others.
	standardOnly bool
	others       []string
	// wiring packages may import the stores. All others see chime.Store.
	wiring bool
}

// layers is the graph of docs/design.md. It is not a cage: a better shape
// changes the table, with an ADR that says why.
func layers() map[string]layer {
	return map[string]layer{
		// The bottom: no package of ours, no module of others. Two addresses are the same
		// when their domains are, in whatever script, which the standard library does not know.
		domain:            {standardOnly: true, others: []string{"golang.org/x/net/idna"}},
		"internal/reqctx": {standardOnly: true},
		"internal/sigv4":  {standardOnly: true},
		"internal/web":    {standardOnly: true, imports: []string{"internal/reqctx"}},

		// Services around the domain. They read who is calling from reqctx.
		"internal/secret": {imports: []string{domain}},
		"internal/iam":    {imports: []string{domain, "internal/reqctx"}},
		"internal/audit":  {imports: []string{domain, "internal/reqctx"}},

		// The rules. Page tokens are sealed through an interface, so secret is not here.
		"internal/directory": {imports: []string{domain, "internal/iam", "internal/audit", "internal/reqctx"}},

		// What a sign-in issues, and whether it is alive.
		"internal/session": {imports: []string{domain, "internal/directory", "internal/reqctx"}},
		// What it seals goes through an interface, so secret is not here.
		"internal/signing": {imports: []string{domain}},

		// What goes out: calls to addresses that others chose, mail, the outbox.
		"internal/outbound": {standardOnly: true},
		"internal/upstream": {},
		"internal/mail":     {imports: []string{domain}},
		"internal/notify":   {imports: []string{domain, "internal/directory", "internal/mail", "internal/signing"}},

		// The front ends. None imports another; transfer is the bulk part of the command line.
		"internal/awsapi": {imports: []string{
			domain, "internal/directory", "internal/iam", "internal/sigv4", "internal/web", "internal/reqctx",
		}},
		"internal/awsapi/shapesgen": {standardOnly: true},
		"internal/console":          {imports: []string{"internal/web"}},
		"internal/oidc":             {imports: []string{domain, "internal/session", "internal/signing", "internal/web", "internal/reqctx"}},
		"internal/signin": {imports: []string{
			domain, "internal/directory", "internal/session", "internal/upstream", "internal/web", "internal/reqctx",
		}},
		"internal/transfer": {imports: []string{domain, "internal/directory", "internal/iam", "internal/audit"}},
		"internal/cli": {imports: []string{
			domain, "internal/directory", "internal/iam", "internal/audit", "internal/transfer",
		}},

		// The stores, and the suite that all engines pass.
		"internal/sqlstore":          {imports: []string{domain}},
		"internal/sqlstore/sqlite":   {imports: []string{domain, "internal/sqlstore"}, wiring: true},
		"internal/sqlstore/postgres": {imports: []string{domain, "internal/sqlstore"}, wiring: true},
		"internal/storetest":         {imports: []string{domain}},
		// It starts servers for the tests of others, and knows nothing of ours.
		"internal/postgrestest": {},

		// The program wires all of it.
		"cmd/carillon": {wiring: true, imports: []string{
			domain, "internal/cli", "internal/awsapi", "internal/console", "internal/signin", "internal/directory",
			"internal/iam", "internal/audit", "internal/mail", "internal/notify", "internal/oidc", "internal/outbound", "internal/secret",
			"internal/session", "internal/signing", "internal/sqlstore/sqlite", "internal/sqlstore/postgres", "internal/sigv4",
			"internal/upstream", "internal/web",
		}},

		// The benchmark runs the product's own parts beside the server.
		"bench": {wiring: true, imports: []string{
			domain, "internal/directory", "internal/iam", "internal/audit", "internal/awsapi", "internal/secret", "internal/web", "internal/reqctx",
			"internal/oidc", "internal/session", "internal/sqlstore", "internal/sqlstore/sqlite", "internal/sqlstore/postgres",
		}},

		// Only tests, which may import what they test.
		"internal/archtest": {},
		"tests/clients":     {},
		"tests/console":     {imports: []string{"tests/world"}},
		"tests/signin":      {imports: []string{"tests/world"}},
		// What tests with a browser share. It meets the product at its edges alone.
		"tests/world": {},
	}
}

func TestLayers(t *testing.T) {
	for name, imports := range packages(t) {
		l, known := layers()[name]
		if !known {
			t.Errorf("%s is in no layer: give it one in layers, with its reason", name)
			continue
		}
		for _, imported := range imports {
			checkImport(t, name, l, imported)
		}
	}
}

func checkImport(t *testing.T, name string, l layer, imported string) {
	t.Helper()
	own, isOwn := strings.CutPrefix(imported, module)
	switch {
	case !isOwn:
		if l.standardOnly && !standard(imported) && !slices.Contains(l.others, imported) {
			t.Errorf("%s imports %s, and may import the standard library only", name, imported)
		}
	case !slices.Contains(l.imports, own):
		t.Errorf("%s imports %s: no arrow of the design points there", name, own)
	}
}

// TestStoresAreWired keeps the table itself honest: whatever it is changed to,
// only the program and the engines may know a store.
func TestStoresAreWired(t *testing.T) {
	for name, l := range layers() {
		for _, imported := range l.imports {
			if strings.HasPrefix(imported, "internal/sqlstore") && !l.wiring {
				t.Errorf("%s may import %s: only cmd/carillon, the engines and tests may", name, imported)
			}
		}
	}
}

// TestNames refuses names that say nothing of what a package gives.
func TestNames(t *testing.T) {
	empty := []string{"pkg", "util", "utils", "common", "models", "types", "helpers", "mock", "mocks", "misc", "base", "shared", "lib"}
	for name := range packages(t) {
		for element := range strings.SplitSeq(name, "/") {
			if slices.Contains(empty, element) {
				t.Errorf("%s: the name %q does not say what the package gives", name, element)
			}
		}
	}
}

// standard reports whether a package is of the standard library: the first
// element of any other's path is a domain name.
func standard(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return !strings.Contains(first, ".")
}

// packages returns what each of the module's packages imports, tests aside:
// they may import what they test. A package is named by its folder.
func packages(t *testing.T) map[string][]string {
	t.Helper()
	imports := map[string]map[string]bool{}
	root := os.DirFS(path.Join("..", ".."))
	for _, top := range []string{"cmd", "internal", "tests"} {
		err := fs.WalkDir(root, top, func(file string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if entry.IsDir() && slices.Contains([]string{"testdata", "node_modules"}, entry.Name()) {
				return fs.SkipDir
			}
			if path.Ext(file) != ".go" {
				return nil
			}
			dir := path.Dir(file)
			if imports[dir] == nil {
				imports[dir] = map[string]bool{}
			}
			if strings.HasSuffix(file, "_test.go") {
				return nil
			}
			return addImports(root, file, imports[dir])
		})
		if err != nil {
			t.Fatalf("reading the packages of %s: %v", top, err)
		}
	}
	all := map[string][]string{}
	for dir, set := range imports {
		all[dir] = slices.Sorted(maps.Keys(set))
	}
	if len(all[domain]) == 0 {
		t.Fatalf("found no imports of %s: the test looks in the wrong place", domain)
	}
	return all
}

// addImports adds to the set what the file imports.
func addImports(root fs.FS, file string, set map[string]bool) error {
	source, err := fs.ReadFile(root, file)
	if err != nil {
		return err
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), file, source, parser.ImportsOnly)
	if err != nil {
		return err
	}
	for _, spec := range parsed.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return err
		}
		set[imported] = true
	}
	return nil
}
