package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/carillon-id/carillon/internal/session"
)

// TestGridIsWhole: every kind of what lets somebody in has a column, in which
// something lives and something dies. A new kind fails here until it has one.
func TestGridIsWhole(t *testing.T) {
	t.Parallel()
	columns := map[session.Kind]bool{}
	for _, kind := range gridKinds() {
		columns[kind.kind] = true
		outcomes := map[bool]int{}
		for _, r := range rows() {
			if base := bases()[r.base]; possible(kind.kind, base) {
				outcomes[lives(kind.kind, base, r.end())]++
			}
		}
		t.Logf("%s: lives in %d rows, and not in %d", kind.kind, outcomes[true], outcomes[false])
		if outcomes[true] == 0 || outcomes[false] == 0 {
			t.Errorf("the column %s shows nothing", kind.kind)
		}
	}
	for _, kind := range declaredKinds(t) {
		if !columns[kind] || !slices.Contains(session.Kinds(), kind) {
			t.Errorf("%s has no column, or is not among session.Kinds", kind)
		}
	}
	// What holds an epoch, an identity or a secret is a kind too, or a part of one, or
	// lets nobody in.
	want := map[string][]session.Kind{
		"Session": {session.SessionCookie}, "Login": {session.LoginInProgress}, "Proof": {session.LoginInProgress},
		"MailedCode": {session.MailedCode}, "Passkey": {passkeyKind}, "Link": {linkKind}, "Profile": {invitationKind},
		"Credential":   {session.AuthorizationCode, session.AccessToken, session.RefreshToken, session.AdministratorKey, session.CommandLineCode, session.CommandLine},
		"TemporaryKey": {session.AdministratorKey}, "Grant": {session.AccessToken}, "CodeRequest": {session.AuthorizationCode},
		"Person": nil, "Signout": nil, "EventPerson": nil, // whose they are
		"App": nil, "AccessKey": nil, "Provider": nil, "Upstream": nil, "Domain": nil, // of apps, administrators and providers
	}
	for _, name := range holders(t) {
		kinds, known := want[name]
		if !known || slices.ContainsFunc(kinds, func(k session.Kind) bool { return !columns[k] }) {
			t.Errorf("chime.%s holds an epoch, an identity or a secret, and has no column", name)
		}
		delete(want, name)
	}
	if len(want) > 0 {
		t.Errorf("there are no such holders of an epoch, an identity or a secret: %v", slices.Sorted(maps.Keys(want)))
	}
}

// declaredKinds are the constants of session.Kind, and of chime.CredentialKind, in
// the source: nobody can forget to list one.
func declaredKinds(tb testing.TB) (kinds []session.Kind) {
	tb.Helper()
	for folder, name := range map[string]string{"session": "Kind", "chime": "CredentialKind"} {
		inspect(tb, "../../internal/"+folder, func(n ast.Node) {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return
			}
			of, _ := spec.Type.(*ast.Ident)
			value, _ := spec.Values[0].(*ast.BasicLit)
			if call, ok := spec.Values[0].(*ast.CallExpr); ok && len(call.Args) == 1 { // a conversion
				of, _ = call.Fun.(*ast.Ident)
				value, _ = call.Args[0].(*ast.BasicLit)
			}
			if of == nil || of.Name != name || value == nil {
				return // those of session that are chime's are among those of chime
			}
			text, err := strconv.Unquote(value.Value)
			if err != nil {
				tb.Fatal(err)
			}
			kinds = append(kinds, session.Kind(text))
		})
	}
	if len(kinds) < len(session.Kinds()) {
		tb.Errorf("found the kinds %v alone, want at least %v", kinds, session.Kinds())
	}
	return kinds
}

// inspect shows all nodes of a package's source, tests aside.
func inspect(tb testing.TB, folder string, show func(ast.Node)) {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		tb.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			tb.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			show(n)
			return true
		})
	}
}

// holders are the types of package chime that have an epoch, an identity, or what
// proves something.
func holders(tb testing.TB) (names []string) {
	tb.Helper()
	telling := regexp.MustCompile(`^(Epoch|Identity|InviteID)$|Hash|MAC|Secret|Token$|Challenge`)
	inspect(tb, "../../internal/chime", func(n ast.Node) {
		spec, ok := n.(*ast.TypeSpec)
		if !ok {
			return
		}
		body, ok := spec.Type.(*ast.StructType)
		tells := func(n *ast.Ident) bool { return telling.MatchString(n.Name) }
		if ok && slices.ContainsFunc(body.Fields.List, func(f *ast.Field) bool { return slices.ContainsFunc(f.Names, tells) }) {
			names = append(names, spec.Name.Name)
		}
	})
	return names
}
