package iam_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
)

// allows is a policy of one statement.
func allows(action, resource string) string {
	return doc(`"Effect":"Allow","Action":` + action + `,"Resource":` + resource)
}

func TestNobodyGrantsWhatTheyDoNotHold(t *testing.T) {
	const (
		every      = `"*"`
		one        = `"arn:aws:chime::111122223333:account/one"`
		ours       = `"arn:aws:chime::111122223333:account/*"`
		letters    = `"arn:aws:chime::111122223333:account/???"`
		chimeIAM   = `["chime:*","iam:*"]`
		fromHome   = `,"Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`
		fromNearby = `,"Condition":{"IpAddress":{"aws:SourceIp":"10.1.0.0/16"}}`
	)
	denies := doc(`"Effect":"Deny","Action":"chime:DeleteAccount","Resource":"*"`)
	readOnly, full, admin := managed(t, "AmazonChimeReadOnly"), managed(t, "AmazonChimeFullAccess"), managed(t, iam.AdministratorPolicy)
	for _, tt := range []struct {
		name          string
		held, granted []string
		want          bool
	}{
		{"the same", []string{full}, []string{full}, true},
		{"nothing", nil, nil, true},
		{"something by nobody", nil, []string{readOnly}, false},
		{"less", []string{full}, []string{readOnly}, true},
		{"more", []string{readOnly}, []string{full}, false},
		{"iam by chime", []string{full}, []string{admin}, false},
		{"iam by everything of chime", []string{allows(every, every)}, []string{admin}, false},
		{"chime by everything", []string{allows(every, every)}, []string{full}, true},
		{"everything by chime", []string{full}, []string{allows(every, every)}, true},
		{"all of it", []string{admin}, []string{admin, full, readOnly}, true},
		{"of two policies", []string{allows(`"chime:Get*"`, every), allows(`"chime:List*"`, every)}, []string{allows(`["chime:GetUser","chime:ListUsers"]`, one)}, true},
		{"another service, which never matches", []string{readOnly}, []string{allows(`"s3:*"`, every)}, true},

		{"by its alias", []string{allows(`"chime:SuspendUsers"`, every)}, []string{allows(`"chime:BatchSuspendUser"`, every)}, true},
		{"a wildcard by a wider one", []string{allows(`"chime:Get*"`, every)}, []string{allows(`"chime:Get*Settings"`, every)}, true},
		{"a wildcard by a narrower one", []string{allows(`"chime:Get*Settings"`, every)}, []string{allows(`"chime:Get*"`, every)}, false},
		{"a star by a question mark", []string{allows(`"chime:GetUse?"`, every)}, []string{allows(`"chime:GetUse*"`, every)}, false},
		{"a letter by a question mark", []string{allows(`"chime:GetUse?"`, every)}, []string{allows(`"chime:GetUser"`, every)}, true},

		{"one account by all", []string{allows(chimeIAM, ours)}, []string{allows(`"chime:*"`, one)}, true},
		{"all by one account", []string{allows(chimeIAM, one)}, []string{allows(`"chime:*"`, ours)}, false},
		{"everything by all accounts", []string{allows(chimeIAM, ours)}, []string{allows(`"chime:*"`, every)}, false},
		{"all accounts by everything", []string{allows(chimeIAM, every)}, []string{allows(`"chime:*"`, `"arn:aws:chime:*"`)}, true},
		{"all accounts by some", []string{allows(chimeIAM, letters)}, []string{allows(`"chime:*"`, ours)}, false},
		{"a short pattern by a long one", []string{allows(chimeIAM, ours)}, []string{allows(`"chime:*"`, `"arn:aws:chime:*"`)}, false},
		{"a long pattern by a short one", []string{allows(chimeIAM, `"arn:aws:chime:*"`)}, []string{allows(`"chime:*"`, ours)}, true},

		{"without the condition", []string{allows(`"chime:*"`, every+fromHome)}, []string{full}, false},
		{"under the condition", []string{allows(`"chime:*"`, every+fromHome)}, []string{allows(`"chime:GetUser"`, every+fromHome)}, true},
		{"under another condition", []string{allows(`"chime:*"`, every+fromHome)}, []string{allows(`"chime:GetUser"`, every+fromNearby)}, false},
		{"under a condition of its own", []string{full}, []string{allows(`"chime:GetUser"`, every+fromNearby)}, true},

		{"without the denial", []string{full, denies}, []string{readOnly}, false},
		{"with the denial", []string{full, denies}, []string{full, denies}, true},
		{"a denial alone", nil, []string{denies}, true},

		{"all but", []string{full}, []string{doc(`"Effect":"Allow","NotAction":"chime:GetUser","Resource":"*"`)}, true},
		{"all but, by less", []string{readOnly}, []string{doc(`"Effect":"Allow","NotAction":"chime:GetUser","Resource":"*"`)}, false},
		{"by all but", []string{doc(`"Effect":"Allow","NotAction":"chime:GetUser","Resource":"*"`)}, []string{allows(`"chime:ListUsers"`, every)}, false},
		{"what cannot be read", []string{admin}, []string{`{"Statement":[]}`}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var granted []chime.PrincipalPolicy
			for _, document := range tt.granted {
				granted = append(granted, chime.PrincipalPolicy{Name: "own", Document: document})
			}
			if got := user(t, tt.held...).Covers(granted); got != tt.want {
				t.Errorf("%v grants %v: got %t, want %t", tt.held, tt.granted, got, tt.want)
			}
		})
	}
}

func managed(t *testing.T, name string) string {
	t.Helper()
	m, ok := iam.ManagedPolicy(name)
	if !ok {
		t.Fatalf("there is no managed policy %s", name)
	}
	return m.Document
}

func TestWhoGrantsAnything(t *testing.T) {
	admin := []chime.PrincipalPolicy{{Name: iam.AdministratorPolicy}}
	unreadable := iam.NewCaller(chime.Principal{Tenant: "111122223333", Name: "u"}, "AKIA", []*iam.Policy{nil})
	root := iam.NewCaller(chime.Principal{Tenant: "111122223333", Name: chime.RootName}, "AKIA", nil)
	for _, tt := range []struct {
		name   string
		caller iam.Caller
		want   bool
	}{
		{"the root", root, true},
		{"the command line", iam.LocalCaller("111122223333", "ada"), true},
		{"nobody", iam.Caller{}, false},
		{"somebody whose policy cannot be read", unreadable, false},
	} {
		if got := tt.caller.Covers(admin); got != tt.want {
			t.Errorf("%s: got %t, want %t", tt.name, got, tt.want)
		}
	}
	if user(t, managed(t, iam.AdministratorPolicy)).Covers([]chime.PrincipalPolicy{{Name: "NoSuchPolicy"}}) {
		t.Error("a managed policy that there is not: got true, want false")
	}
}

// TestCoversIsSound: whoever covers policies may do whatever these allow.
func TestCoversIsSound(t *testing.T) {
	actions := []string{"chime:GetUser", "chime:GetUserSettings", "chime:BatchSuspendUser", "chime:SuspendUsers", "iam:CreateUser"}
	resources := []string{"*", account, iam.AccountARN(tenant, "ab"), iam.AccountARN(tenant, "a:c")}
	statement := rapid.Custom(func(t *rapid.T) string {
		effect := rapid.SampledFrom([]string{"Allow", "Allow", "Allow", "Deny"}).Draw(t, "effect")
		element := rapid.SampledFrom([]string{"Action", "Action", "Action", "NotAction"}).Draw(t, "element")
		action := rapid.SampledFrom([]string{
			"*", "chime:*", "iam:*", "chime:Get*", "chime:GetUse?", "chime:GetUser*", "chime:GetUser", "chime:*Suspend*", "chime:SuspendUsers", "chime:?*",
		}).Draw(t, "action")
		resource := rapid.SampledFrom([]string{
			"*", "arn:aws:chime:*", "arn:aws:chime::111122223333:*", "arn:aws:chime::111122223333:account/*", "arn:aws:chime::111122223333:account/a?",
			"arn:aws:chime::111122223333:account/a?c", account,
		}).Draw(t, "resource")
		when := rapid.SampledFrom([]string{"", "", `,"Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`, `,"Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`}).Draw(t, "when")
		return `"Effect":"` + effect + `","` + element + `":"` + action + `","Resource":"` + resource + `"` + when
	})
	covered := 0
	rapid.Check(t, func(rt *rapid.T) {
		held := doc(rapid.SliceOfN(statement, 1, 3).Draw(rt, "held")...)
		granted := doc(rapid.SliceOfN(statement, 1, 2).Draw(rt, "granted")...)
		if !user(t, held).Covers([]chime.PrincipalPolicy{{Name: "own", Document: granted}}) {
			return
		}
		covered++
		for _, action := range actions {
			for _, resource := range resources {
				if user(t, granted).Decide(action, resource, facts) == allow && user(t, held).Decide(action, resource, facts) != allow {
					rt.Fatalf("%s covers %s, which allows %s on %s", held, granted, action, resource)
				}
			}
		}
	})
	if covered == 0 {
		t.Error("nothing covered anything: the test tells nothing")
	}
}
