package iam_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
)

// own returns the documents as policies of somebody's own.
func own(documents ...string) (policies []chime.PrincipalPolicy) {
	for i, d := range documents {
		policies = append(policies, chime.PrincipalPolicy{Name: fmt.Sprintf("own%d", i), Document: d})
	}
	return policies
}

// Statements for what is held and granted below.
const (
	everything = `"Effect":"Allow","Action":["*","iam:*"],"Resource":"*"`
	chimeAll   = `"Effect":"Allow","Action":"chime:*","Resource":"*"`
	noDelete   = `"Effect":"Deny","Action":"chime:Delete*","Resource":"*"`
	office     = `"Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`
)

func TestCovers(t *testing.T) {
	action := func(a string) string { return `"Effect":"Allow","Action":"` + a + `","Resource":"*"` }
	on := func(r string) string { return `"Effect":"Allow","Action":"chime:*","Resource":"` + r + `"` }
	under := func(statement, condition string) string { return statement + `,"Condition":{` + condition + `}` }
	tests := []struct {
		name, held, granted string
		want                bool
	}{
		{"the same", doc(chimeAll), doc(chimeAll), true},
		{"one of all", doc(chimeAll), doc(action("chime:GetUser")), true},
		{"all for one", doc(action("chime:GetUser")), doc(chimeAll), false},
		{"everything for chime's", doc(chimeAll), doc(action("*")), true},
		{"iam beside chime", doc(chimeAll), doc(action("iam:CreateUser")), false},
		{"iam of everything", doc(everything), doc(action("iam:*")), true},
		{"another service, which never matches", doc(chimeAll), doc(action("s3:*")), true},
		{"a pattern in a pattern", doc(action("chime:*User")), doc(action("chime:Get*User")), true},
		{"a pattern beyond", doc(action("chime:Get*User")), doc(action("chime:*User")), false},
		{"a question mark for one", doc(action("chime:Get?ser")), doc(action("chime:GetUser")), true},
		{"one for a question mark", doc(action("chime:GetUser")), doc(action("chime:Get?ser")), false},
		{"a star for a question mark", doc(action("chime:Get?ser")), doc(action("chime:Get*ser")), false},
		{"two of three", doc(action("chime:Get*"), action("chime:List*")), doc(`"Effect":"Allow","Action":["chime:ListUsers","chime:GetUser"],"Resource":"*"`), true},
		{"two and another", doc(action("chime:Get*"), action("chime:List*")), doc(`"Effect":"Allow","Action":["chime:ListUsers","chime:LogoutUser"],"Resource":"*"`), false},
		{"by its alias", doc(action("chime:SuspendUsers")), doc(action("chime:BatchSuspendUser")), true},
		{"in any case", doc(action("chime:getuser")), doc(action("CHIME:GetUser")), true},
		{"all but some", doc(chimeAll), doc(`"Effect":"Allow","NotAction":"chime:GetUser","Resource":"*"`), true},
		{"some for all but some", doc(action("chime:Get*")), doc(`"Effect":"Allow","NotAction":"chime:Delete*","Resource":"*"`), false},
		{"all but more", doc(`"Effect":"Allow","NotAction":"chime:Delete*","Resource":"*"`), doc(`"Effect":"Allow","NotAction":["chime:D*","chime:GetUser"],"Resource":"*"`), true},
		{"all but less", doc(`"Effect":"Allow","NotAction":"chime:D*","Resource":"*"`), doc(`"Effect":"Allow","NotAction":"chime:Delete*","Resource":"*"`), false},
		{"what all but some has", doc(`"Effect":"Allow","NotAction":"chime:Delete*","Resource":"*"`), doc(action("chime:GetUser")), true},
		{"what all but some lacks", doc(`"Effect":"Allow","NotAction":"chime:Delete*","Resource":"*"`), doc(action("chime:DeleteAccount")), false},
		{"the alias of what all but some lacks", doc(`"Effect":"Allow","NotAction":"chime:SuspendUsers","Resource":"*"`), doc(action("chime:BatchSuspendUser")), false},
		{"what all but some may lack", doc(`"Effect":"Allow","NotAction":"chime:Delete*","Resource":"*"`), doc(action("chime:*Account")), false},

		{"one account of all", doc(on("*")), doc(on(account)), true},
		{"all accounts for one", doc(on(account)), doc(on("*")), false},
		{"accounts by prefix", doc(on(iam.AccountARN(tenant, "a*"))), doc(on(account)), true},
		{"every account is not no account", doc(on(iam.AccountARN(tenant, "*"))), doc(on("*")), false},
		{"a short pattern", doc(on("arn:aws:chime:*")), doc(on(account)), true},
		{"a short pattern in a long", doc(on(iam.AccountARN(tenant, "*"))), doc(on("arn:aws:chime:*")), false},
		{"a short pattern in one of stars", doc(on("arn:aws:chime:*:*:*")), doc(on("arn:aws:chime:*")), false},
		{"a short pattern in one that is shorter by one", doc(on("arn:aws:chime:*:*")), doc(on("arn:aws:chime:*")), false},
		{"action and resource of two statements", doc(action("chime:GetUser"), on(account)), doc(action("chime:DeleteAccount")), false},

		{"without my condition", doc(chimeAll + "," + office), doc(chimeAll), false},
		{"under my condition", doc(chimeAll + "," + office), doc(chimeAll + "," + office), true},
		{"under my condition and more", doc(chimeAll + "," + office), doc(under(chimeAll, `"Bool":{"aws:SecureTransport":true},"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}`)), true},
		{"under another condition", doc(chimeAll + "," + office), doc(under(chimeAll, `"IpAddress":{"aws:SourceIp":"203.0.113.0/16"}`)), false},
		{"under a condition more", doc(chimeAll), doc(chimeAll + "," + office), true},
		{"my name", doc(under(chimeAll, `"StringEquals":{"aws:username":"alice"}`)), doc(chimeAll), true},
		{"another's name", doc(under(chimeAll, `"StringEquals":{"aws:username":"bob"}`)), doc(under(chimeAll, `"StringEquals":{"aws:username":"bob"}`)), false},
		{"anybody but me", doc(under(chimeAll, `"StringNotEquals":{"aws:username":"alice"}`)), doc(under(chimeAll, `"StringNotEquals":{"aws:username":"alice"}`)), false},

		{"what I am denied", doc(chimeAll, noDelete), doc(chimeAll), false},
		{"what I am denied, denied", doc(chimeAll, noDelete), doc(chimeAll, noDelete), true},
		{"what I am denied, denied more", doc(chimeAll, noDelete), doc(chimeAll, `"Effect":"Deny","Action":["chime:D*","chime:LogoutUser"],"Resource":"*"`), true},
		{"what I am denied, denied at times", doc(chimeAll, noDelete), doc(chimeAll, noDelete+","+office), false},
		{"what I am denied, denied in one account", doc(chimeAll, noDelete), doc(chimeAll, `"Effect":"Deny","Action":"chime:Delete*","Resource":"`+account+`"`), false},
		{"beside what I am denied", doc(chimeAll, noDelete), doc(action("chime:GetUser")), true},
		{"in another account", doc(chimeAll, `"Effect":"Deny","Action":"*","Resource":"`+account+`"`), doc(on(iam.AccountARN(tenant, "x"))), true},
		{"in an account that may be it", doc(chimeAll, `"Effect":"Deny","Action":"*","Resource":"`+account+`"`), doc(on(iam.AccountARN(tenant, "a*"))), false},
		{"the alias of what I am denied", doc(chimeAll, `"Effect":"Deny","Action":"chime:SuspendUsers","Resource":"*"`), doc(action("chime:BatchSuspendUser")), false},
		{"what I am denied at times", doc(chimeAll, noDelete+","+office), doc(chimeAll), false},
		{"what another is denied", doc(chimeAll, under(noDelete, `"StringEquals":{"aws:username":"bob"}`)), doc(chimeAll), true},
		{"what I am denied but some", doc(chimeAll, `"Effect":"Deny","NotAction":"chime:Get*","Resource":"*"`), doc(action("chime:GetUser")), true},
		{"what I am denied but others", doc(chimeAll, `"Effect":"Deny","NotAction":"chime:Get*","Resource":"*"`), doc(action("chime:ListUsers")), false},
		{"all but what I am denied", doc(chimeAll, noDelete), doc(`"Effect":"Allow","NotAction":"chime:D*","Resource":"*"`), true},

		{"a denial", doc(action("chime:GetUser")), doc(noDelete), true},
		{"a managed policy", doc(chimeAll), managed(t, "AmazonChimeUserManagement"), true},
		{"a managed policy by its like", managed(t, "AmazonChimeUserManagement"), managed(t, "AmazonChimeUserManagement"), true},
		{"reading by managing", managed(t, "AmazonChimeUserManagement"), managed(t, "AmazonChimeReadOnly"), false},
		{"administration by full access", managed(t, "AmazonChimeFullAccess"), managed(t, "CarillonAdministrator"), false},
		{"full access by administration", managed(t, "CarillonAdministrator"), managed(t, "AmazonChimeFullAccess"), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := user(t, tt.held).Covers(own(tt.granted)) == nil; got != tt.want {
				t.Errorf("held %s, granted %s: got %t, want %t", tt.held, tt.granted, got, tt.want)
			}
		})
	}
}

func managed(t testing.TB, name string) string {
	t.Helper()
	m, ok := iam.ManagedPolicy(name)
	if !ok {
		t.Fatalf("there is no managed policy %s", name)
	}
	return m.Document
}

func TestCoversOfCallers(t *testing.T) {
	everyone := []chime.PrincipalPolicy{{Name: iam.AdministratorPolicy}}
	readable, err := iam.ParsePolicy(doc(everything))
	if err != nil {
		t.Fatal(err)
	}
	unreadable := iam.NewCaller(chime.Principal{Tenant: tenant, Name: "alice", ID: "AIDA"}, "", []*iam.Policy{readable, nil})
	tests := []struct {
		name    string
		caller  iam.Caller
		granted []chime.PrincipalPolicy
		want    bool
	}{
		{"the root", iam.NewCaller(chime.Principal{Tenant: tenant, Name: chime.RootName}, "", nil), everyone, true},
		{"the operator", iam.LocalCaller(tenant, "ops"), everyone, true},
		{"nobody", iam.Caller{}, everyone, false},
		{"no policy", user(t), everyone, false},
		{"nothing, without a policy", user(t), nil, true},
		{"all of it", user(t, managed(t, iam.AdministratorPolicy)), append(own(doc(chimeAll)), everyone...), true},
		{"of two policies", user(t, doc(everything), doc(noDelete)), everyone, false},
		{"a policy of mine that cannot be read", unreadable, own(doc(chimeAll)), false},
		{"a policy granted that cannot be read", user(t, doc(everything)), own(`{"Statement":[]}`), false},
		{"a managed policy that there is not", user(t, doc(everything)), []chime.PrincipalPolicy{{Name: "NoSuchPolicy"}}, false},
	}
	for _, tt := range tests {
		if got := tt.caller.Covers(tt.granted) == nil; got != tt.want {
			t.Errorf("%s: got %t, want %t", tt.name, got, tt.want)
		}
	}
}

// drawPolicy is a random policy of few words, so that two of them often meet.
func drawPolicy(t *rapid.T, name string) string {
	action := rapid.SampledFrom([]string{
		"*", "chime:*", "iam:*", "chime:Get*", "chime:*User", "chime:?etUser", "chime:GetUser", "chime:BatchSuspendUser", "chime:SuspendUsers",
		"chime:*Suspend*", "chime:Delete*", "chime:DeleteAccount", "iam:CreateUser", "iam:*User", "s3:*",
	})
	resource := rapid.SampledFrom([]string{
		"*", "*", account, iam.AccountARN(tenant, "*"), iam.AccountARN(tenant, "a?c"), iam.AccountARN(tenant, "x*"), "arn:aws:chime:*",
		"arn:aws:chime::*:account/*c", "arn:aws:iam::111122223333:user/*", "arn:aws:iam::111122223333:user/bob",
	})
	condition := rapid.SampledFrom([]string{
		`{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`, `{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`,
		`{"Bool":{"aws:SecureTransport":"true"}}`, `{"StringEquals":{"aws:username":"alice"}}`, `{"StringNotEquals":{"aws:username":"alice"}}`,
		`{"StringEqualsIfExists":{"aws:UserAgent":"x"}}`, `{"Null":{"aws:UserAgent":"true"}}`,
		`{"DateLessThan":{"aws:CurrentTime":"2027-01-31"},"Bool":{"aws:SecureTransport":"true"}}`,
	})
	var statements []map[string]any
	for range rapid.IntRange(1, 3).Draw(t, name) {
		st := map[string]any{
			"Effect":   rapid.SampledFrom([]string{"Allow", "Allow", "Allow", "Deny"}).Draw(t, "effect"),
			"Resource": rapid.SliceOfN(resource, 1, 2).Draw(t, "resources"),
		}
		st[rapid.SampledFrom([]string{"Action", "Action", "NotAction"}).Draw(t, "element")] = rapid.SliceOfN(action, 1, 3).Draw(t, "actions")
		if rapid.IntRange(0, 2).Draw(t, "conditional") == 0 {
			st["Condition"] = json.RawMessage(condition.Draw(t, "condition"))
		}
		statements = append(statements, st)
	}
	document, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": statements})
	if err != nil {
		t.Fatal(err)
	}
	return string(document)
}

// TestCoversIsSound draws policies that are held and granted. Where the granted are
// covered, bob, who has them, may do nothing that alice, who has those that are
// held, may not do in the same request.
func TestCoversIsSound(t *testing.T) {
	covered, passed := 0, 0
	requests := everyRequest()
	rapid.Check(t, func(t *rapid.T) {
		caller := func(name string, documents ...string) iam.Caller {
			var all []*iam.Policy
			for _, d := range documents {
				p, err := iam.ParsePolicy(d)
				if err != nil {
					t.Fatalf("parsing %s: %v", d, err)
				}
				all = append(all, p)
			}
			return iam.NewCaller(chime.Principal{Tenant: tenant, Name: name, ID: "AIDA" + name}, "", all)
		}
		held := []string{drawPolicy(t, "held"), drawPolicy(t, "held too")}
		granted := []string{drawPolicy(t, "granted")}
		// Most pairs that are drawn apart have nothing to do with one another.
		if rapid.Bool().Draw(t, "of the held") {
			granted = append(granted, held[rapid.IntRange(0, 1).Draw(t, "which")])
		}
		alice, bob := caller("alice", held...), caller("bob", granted...)
		if alice.Covers(own(granted...)) != nil {
			return
		}
		covered++
		for _, r := range requests {
			if bob.Decide(r.action, r.resource, r.facts) != allow {
				continue
			}
			passed++
			if got := alice.Decide(r.action, r.resource, r.facts); got != allow {
				t.Errorf("held %s\ngranted %s\nis covered, yet %s on %s under %+v: got %v for the holder", held, granted, r.action, r.resource, r.facts, got)
			}
		}
	})
	if covered == 0 || passed == 0 {
		t.Errorf("got %d pairs that are covered, with %d requests allowed, want some", covered, passed)
	}
}

type anyRequest struct {
	action, resource string
	facts            iam.Conditions
}

func everyRequest() (all []anyRequest) {
	for _, facts := range []iam.Conditions{
		{},
		{SourceIP: netip.MustParseAddr("203.0.113.7"), SecureTransport: true, UserAgent: "x", Time: time.Unix(0, 0)},
		{SourceIP: netip.MustParseAddr("198.51.100.7"), SecureTransport: true, UserAgent: "y", Time: time.Unix(2_000_000_000, 0)},
		{SourceIP: netip.MustParseAddr("203.0.113.8"), Time: time.Unix(1, 0)},
	} {
		for _, action := range []string{"chime:GetUser", "chime:SetUser", "chime:BatchSuspendUser", "chime:DeleteAccount", "iam:CreateUser", "iam:ListPolicies"} {
			for _, resource := range []string{"*", account, iam.AccountARN(tenant, "xc"), "arn:aws:iam::111122223333:user/bob"} {
				all = append(all, anyRequest{action, resource, facts})
			}
		}
	}
	return all
}
