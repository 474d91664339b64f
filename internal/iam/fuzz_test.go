package iam_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
)

// FuzzPolicy gives the parser any document. What it accepts can be evaluated,
// and means at most what a policy may mean.
func FuzzPolicy(f *testing.F) {
	for _, m := range iam.ManagedPolicies() {
		f.Add(m.Document)
	}
	f.Add(doc(`"Effect":"Deny","NotAction":["chime:Get*","s3:*"],"Resource":["` + account + `","*"]`))
	f.Add(when(`"IpAddress":{"aws:SourceIp":["10.0.0.0/8","::1"]},"DateLessThan":{"aws:CurrentTime":"2030-01-01"}`))
	f.Add(when(`"StringLikeIfExists":{"aws:UserAgent":"*cli*"},"Null":{"aws:username":"false"}`))
	f.Add(when(`"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/?"},"NumericLessThan":{"aws:EpochTime":5}`))
	f.Add(`{"Statement":[{"Effect":"Allow","Effect":"Deny"}]}`)
	f.Fuzz(func(t *testing.T, document string) {
		policy, err := iam.ParsePolicy(document)
		if err != nil {
			if policy != nil || chime.CodeOf(err) != chime.BadRequest {
				t.Fatalf("got %v, %v, want a BadRequest alone", policy, err)
			}
			return
		}
		for _, action := range []string{"chime:GetUser", "chime:BatchSuspendUser", "chime:CreateAccount"} {
			for _, resource := range []string{"*", account} {
				checkDecisions(t, document, action, resource)
			}
		}
		if got := user(t, document).Decide("chime:GetUser", iam.AccountARN("444455556666", "abc"), facts); got == allow {
			t.Error("got another tenant's account allowed, want it beyond every policy")
		}
		// "\u0069am:*" names it, too.
		names := strings.Contains(strings.ToLower(document), "iam:") || strings.Contains(document, `\u`)
		if got := user(t, document).Decide("iam:CreateUser", "*", facts); got == allow && !names {
			t.Error("got iam:CreateUser allowed, want it beyond every policy that does not name iam")
		}
	})
}

func checkDecisions(t *testing.T, document, action, resource string) {
	t.Helper()
	denyAll := doc(`"Effect":"Deny","Action":"*","Resource":"*"`)
	if got := user(t, document).Decide(action, resource, facts); !slices.Contains([]iam.Decision{allow, none, deny}, got) {
		t.Errorf("got %v for a readable policy", got)
	}
	if got := user(t, document, denyAll).Decide(action, resource, facts); got != deny {
		t.Errorf("beside a deny-all policy: got %v, want an explicit denial", got)
	}
	if longer := withStatement(t, document, denyAll); longer != "" {
		if got := user(t, longer).Decide(action, resource, facts); got != deny {
			t.Errorf("with a deny-all statement: got %v, want an explicit denial", got)
		}
	}
}

// withStatement returns the document with the statement of another added, or ""
// when that makes it too long.
func withStatement(t *testing.T, document, other string) string {
	t.Helper()
	var a, b map[string]json.RawMessage
	for text, into := range map[string]*map[string]json.RawMessage{document: &a, other: &b} {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			t.Fatalf("reading an accepted policy: %v", err)
		}
	}
	statements := strings.TrimSpace(string(a["Statement"]))
	if statements[0] == '[' {
		statements = statements[1 : len(statements)-1]
	}
	a["Statement"] = json.RawMessage("[" + statements + "," + string(b["Statement"])[1:])
	out, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	if utf8.RuneCount(out) > iam.MaxPolicySize {
		return ""
	}
	return string(out)
}

// FuzzWildcard compares the wildcards of a resource with a regular expression.
func FuzzWildcard(f *testing.F) {
	for _, seed := range [][2]string{
		{"a*b?c", "axxbxc"}, {"*", ""}, {"**?", "é"}, {"*??", "日"}, {"?", "日"}, {"*a*a*a", "aaaaab"}, {"a:*", "a:b:c"}, {"x\ny*", "x\nyz"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, id string) {
		resource, err := json.Marshal("arn:aws:chime::" + string(tenant) + ":account/" + pattern)
		if err != nil {
			t.Fatal(err)
		}
		policy, err := iam.ParsePolicy(doc(`"Effect":"Allow","Action":"*","Resource":` + string(resource)))
		if err != nil || !utf8.ValidString(pattern) || strings.Contains(pattern, "\uFFFD") {
			return
		}
		c := iam.NewCaller(chime.Principal{Tenant: tenant, Name: "alice"}, "", []*iam.Policy{policy})
		got := c.Decide("chime:GetUser", iam.AccountARN(tenant, chime.AccountID(id)), facts) == allow
		quoted := strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(regexp.QuoteMeta(pattern))
		if want := regexp.MustCompile(`(?s)\A` + quoted + `\z`).MatchString(id); got != want {
			t.Errorf("pattern %q, id %q: got %v, want %v", pattern, id, got, want)
		}
	})
}

// A statement as the model below has it: written anew, and as plainly as can be.
type plainStatement struct {
	Effect    string   `json:"Effect"`
	Action    []string `json:"Action,omitempty"`
	NotAction []string `json:"NotAction,omitempty"`
	Resource  []string `json:"Resource"`
}

// TestEvaluationAgainstModel compares random policies with a naive evaluator.
func TestEvaluationAgainstModel(t *testing.T) {
	alias := map[string]string{
		"BatchSuspendUser": "SuspendUsers", "BatchUnsuspendUser": "ActivateUsers",
		"BatchUpdateUser": "UpdateUserLicenses", "UpdateAccount": "RenameAccount",
	}
	operations := []string{"BatchSuspendUser", "BatchUpdateUser", "UpdateAccount", "UpdateUser", "GetUser", "CreateAccount"}
	action := rapid.SampledFrom([]string{
		"*", "chime:*", "chime:GetUser", "chime:BatchSuspendUser", "chime:SuspendUsers", "chime:Update*", "chime:Batch*", "chime:??dateUser",
		"chime:renameaccount", "chime:*User", "chime:*Account*", "s3:*", "s3:GetUser",
	})
	resource := rapid.SampledFrom([]string{
		"*", account, iam.AccountARN(tenant, "*"), iam.AccountARN(tenant, "x?"), "arn:aws:chime:*", "arn:aws:s3:::*", "arn:aws:chime::444455556666:account/*",
	})
	rapid.Check(t, func(t *rapid.T) {
		var statements []plainStatement
		for range rapid.IntRange(1, 4).Draw(t, "statements") {
			st := plainStatement{
				Effect:   rapid.SampledFrom([]string{"Allow", "Allow", "Deny"}).Draw(t, "effect"),
				Resource: rapid.SliceOfN(resource, 1, 3).Draw(t, "resources"),
			}
			if actions := rapid.SliceOfN(action, 1, 3).Draw(t, "actions"); rapid.Bool().Draw(t, "not") {
				st.NotAction = actions
			} else {
				st.Action = actions
			}
			statements = append(statements, st)
		}
		document, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": statements})
		if err != nil {
			t.Fatal(err)
		}
		policy, err := iam.ParsePolicy(string(document))
		if err != nil {
			t.Fatalf("parsing %s: %v", document, err)
		}
		c := iam.NewCaller(chime.Principal{Tenant: tenant, Name: "alice"}, "", []*iam.Policy{policy})
		for _, operation := range operations {
			for _, on := range []string{"*", account, iam.AccountARN(tenant, "xy")} {
				names := []string{operation}
				if a := alias[operation]; a != "" {
					names = append(names, a)
				}
				want := plainDecision(statements, names, on)
				if got := c.Decide("chime:"+operation, on, facts); got != want {
					t.Errorf("%s: got %v for %s on %s, want %v", document, got, operation, on, want)
				}
			}
		}
	})
}

func plainDecision(statements []plainStatement, names []string, resource string) iam.Decision {
	covers := func(st plainStatement, effect string) bool {
		about := func(actions []string) bool {
			return slices.ContainsFunc(actions, func(a string) bool {
				return slices.ContainsFunc(names, func(n string) bool {
					return a == "*" || plainMatch("(?i)", a, "chime:"+n)
				})
			})
		}
		onIt := slices.ContainsFunc(st.Resource, func(r string) bool { return plainMatch("", r, resource) })
		named := about(st.Action)
		if st.NotAction != nil {
			named = !about(st.NotAction)
		}
		return st.Effect == effect && named && onIt
	}
	has := func(effect string) bool {
		return slices.ContainsFunc(statements, func(st plainStatement) bool { return covers(st, effect) })
	}
	switch {
	case has("Deny"):
		return deny
	case has("Allow"):
		return allow
	default:
		return none
	}
}

func plainMatch(flags, pattern, s string) bool {
	quoted := strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(regexp.QuoteMeta(pattern))
	return regexp.MustCompile(flags + `\A` + quoted + `\z`).MatchString(s)
}
