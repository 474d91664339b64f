package iam_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
)

const (
	tenant = chime.TenantID("111122223333")
	allow  = iam.Allowed
	none   = iam.ImplicitDeny
	deny   = iam.ExplicitDeny
)

var (
	account = iam.AccountARN(tenant, "abc")
	facts   = iam.Conditions{
		SourceIP:        netip.MustParseAddr("203.0.113.7"),
		Time:            time.Date(2027, 1, 31, 12, 0, 0, 999, time.UTC),
		SecureTransport: true,
		UserAgent:       "aws-cli/2.9",
	}
)

// user returns a caller with these policies.
func user(t testing.TB, documents ...string) iam.Caller {
	t.Helper()
	var policies []*iam.Policy
	for _, d := range documents {
		p, err := iam.ParsePolicy(d)
		if err != nil {
			t.Fatalf("parsing %s: %v", d, err)
		}
		policies = append(policies, p)
	}
	return iam.NewCaller(chime.Principal{Tenant: tenant, Name: "alice", ID: "AIDAEXAMPLE"}, "AKIAEXAMPLE", policies)
}

// doc returns a policy of these statements, which are written without braces.
func doc(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[{` + strings.Join(statements, "},{") + `}]}`
}

// when returns a policy that allows everything under the condition.
func when(condition string) string {
	return doc(`"Effect":"Allow","Action":"*","Resource":"*","Condition":{` + condition + `}`)
}

type decisionTest struct {
	name, document, action, resource string
	want                             iam.Decision
}

func runDecisions(t *testing.T, tests []decisionTest) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := user(t, tt.document).Decide(tt.action, tt.resource, facts); got != tt.want {
				t.Errorf("%s: got decision %v for %s on %s, want %v", tt.document, got, tt.action, tt.resource, tt.want)
			}
		})
	}
}

func TestActions(t *testing.T) {
	on := func(element string) string { return doc(`"Effect":"Allow",` + element + `,"Resource":"*"`) }
	runDecisions(t, []decisionTest{
		{"by name", on(`"Action":"chime:GetUser"`), "chime:GetUser", account, allow},
		{"another name", on(`"Action":"chime:GetUser"`), "chime:GetUsers", account, none},
		{"in any case", on(`"Action":"CHIME:getuser"`), "chime:GetUser", account, allow},
		{"asked in any case", on(`"Action":"chime:GetUser"`), "Chime:GETUSER", account, allow},
		{"one of many", on(`"Action":["chime:GetUser","chime:ListUsers"]`), "chime:ListUsers", account, allow},
		{"star at the end", on(`"Action":"chime:Get*"`), "chime:GetUser", account, allow},
		{"star within", on(`"Action":"chime:*User"`), "chime:GetUser", account, allow},
		{"star that does not fit", on(`"Action":"chime:*User"`), "chime:GetUserSettings", account, none},
		{"question mark", on(`"Action":"chime:?etUser"`), "chime:GetUser", account, allow},
		{"question mark is one character", on(`"Action":"chime:GetUser?"`), "chime:GetUser", account, none},
		{"everything of chime", on(`"Action":"chime:*"`), "chime:DeleteAccount", account, allow},
		{"everything", on(`"Action":"*"`), "chime:DeleteAccount", account, allow},
		{"everything is chime's alone", on(`"Action":"*"`), "iam:CreateUser", "*", none},
		{"chime is not iam", on(`"Action":"chime:*"`), "iam:CreateUser", "*", none},
		{"iam by its name", on(`"Action":"iam:CreateUser"`), "iam:CreateUser", "*", allow},
		{"all of iam", on(`"Action":["chime:*","IAM:*"]`), "iam:CreateUser", "*", allow},
		{"iam is not chime", on(`"Action":"iam:*"`), "chime:CreateUser", "*", none},
		{"all but something is not iam", on(`"NotAction":"chime:GetUser"`), "iam:CreateUser", "*", none},
		{"all but something of iam is not iam", on(`"NotAction":"iam:DeleteUser"`), "iam:CreateUser", "*", none},
		{"iam denied by everything", doc(`"Effect":"Allow","Action":"iam:*","Resource":"*"`, `"Effect":"Deny","Action":"*","Resource":"*"`), "iam:CreateUser", "*", deny},
		{"iam denied by all but chime", doc(`"Effect":"Allow","Action":"iam:*","Resource":"*"`, `"Effect":"Deny","NotAction":"chime:*","Resource":"*"`), "iam:CreateUser", "*", deny},
		{"nothing asked", on(`"Action":"*"`), "", account, none},
		{"another service", on(`"Action":"s3:*"`), "chime:GetUser", account, none},
		{"another service, like named", on(`"Action":"chimera:*"`), "chime:GetUser", account, none},
		{"all but", on(`"NotAction":"chime:Delete*"`), "chime:GetUser", account, allow},
		{"all but this", on(`"NotAction":"chime:Delete*"`), "chime:DeleteAccount", account, none},
		{"all but two", on(`"NotAction":["chime:GetUser","chime:ListUsers"]`), "chime:ListUsers", account, none},
		{"all but everything", on(`"NotAction":"*"`), "chime:GetUser", account, none},
		{"all but another service", on(`"NotAction":"s3:*"`), "chime:GetUser", account, allow},
	})
}

func TestAliases(t *testing.T) {
	pairs := map[string]string{
		"BatchSuspendUser": "SuspendUsers", "BatchUnsuspendUser": "ActivateUsers",
		"BatchUpdateUser": "UpdateUserLicenses", "UpdateAccount": "RenameAccount",
	}
	for operation, alias := range pairs {
		for _, written := range []string{operation, alias, strings.ToLower(alias), alias[:len(alias)-3] + "*"} {
			for _, asked := range []string{operation, alias} {
				c := user(t, doc(`"Effect":"Allow","Action":"chime:*","Resource":"*"`),
					doc(`"Effect":"Deny","Action":"chime:`+written+`","Resource":"*"`))
				if got := c.Decide("chime:"+asked, account, facts); got != deny {
					t.Errorf("%s denied, %s asked: got %v, want a denial", written, asked, got)
				}
				c = user(t, doc(`"Effect":"Allow","NotAction":"chime:`+written+`","Resource":"*"`))
				if got := c.Decide("chime:"+asked, account, facts); got != none {
					t.Errorf("all but %s allowed, %s asked: got %v, want a denial", written, asked, got)
				}
			}
		}
		err := user(t, doc(`"Effect":"Allow","Action":"chime:GetUser","Resource":"*"`)).Authorize("chime:"+alias, account, facts)
		if err == nil || !strings.Contains(err.Error(), "chime:"+operation+" on") {
			t.Errorf("%s: got %v, want a denial that names %s", alias, err, operation)
		}
	}
}

func TestResources(t *testing.T) {
	on := func(resource string) string {
		return doc(`"Effect":"Allow","Action":"*","Resource":` + resource)
	}
	arn := func(id string) string { return iam.AccountARN(tenant, chime.AccountID(id)) }
	runDecisions(t, []decisionTest{
		{"everything", on(`"*"`), "chime:GetUser", account, allow},
		{"the account", on(`"` + account + `"`), "chime:GetUser", account, allow},
		{"another account", on(`"` + account + `d"`), "chime:GetUser", account, none},
		{"case-sensitive", on(`"` + account + `"`), "chime:GetUser", arn("ABC"), none},
		{"one of two", on(`["` + arn("x") + `","` + account + `"]`), "chime:GetUser", account, allow},
		{"every account", on(`"` + arn("*") + `"`), "chime:GetUser", account, allow},
		{"accounts by prefix", on(`"` + arn("a*") + `"`), "chime:GetUser", account, allow},
		{"accounts by another prefix", on(`"` + arn("b*") + `"`), "chime:GetUser", account, none},
		{"one character", on(`"` + arn("a?c") + `"`), "chime:GetUser", account, allow},
		{"one character of two bytes", on(`"` + arn("a?c") + `"`), "chime:GetUser", arn("aéc"), allow},
		{"every tenant", on(`"arn:aws:chime::*:account/abc"`), "chime:GetUser", account, allow},
		{"all of chime", on(`"arn:aws:chime:*"`), "chime:GetUser", account, allow},
		{"another service", on(`"arn:aws:s3:::*"`), "chime:GetUser", account, none},
		{"another tenant", on(`"arn:aws:chime::444455556666:account/*"`), "chime:GetUser", account, none},

		{"no account: everything", on(`"*"`), "chime:CreateAccount", "*", allow},
		{"no account: every account", on(`"` + arn("*") + `"`), "chime:CreateAccount", "*", none},
		{"no account: all of chime", on(`"arn:aws:chime:*"`), "chime:ListAccounts", "*", none},

		{"id with a star", on(`"` + arn("a*") + `"`), "chime:GetUser", arn("a*"), allow},
		{"a star in an id is no wildcard", on(`"` + arn("abc") + `"`), "chime:GetUser", arn("a*"), none},
		{"id with a slash", on(`"` + arn("a/b") + `"`), "chime:GetUser", arn("a/b"), allow},
		{"a star reaches over a slash", on(`"` + arn("a*c") + `"`), "chime:GetUser", arn("a/b/c"), allow},
		{"id with colons", on(`"` + arn("a:b:c") + `"`), "chime:GetUser", arn("a:b:c"), allow},
		{"a star in the tenant stays there", on(`"arn:aws:chime::*:account/abc"`), "chime:GetUser", arn("x:account/abc"), none},
		{"id with a line end", on(`"` + arn("*") + `"`), "chime:GetUser", arn("a\nb"), allow},

		{"no resource", on(`"*"`), "chime:GetUser", "", none},
		{"not a resource", on(`"*"`), "chime:GetUser", "account/abc", none},
		{"other tenant's account", on(`"*"`), "chime:GetUser", iam.AccountARN("444455556666", "abc"), none},
	})
}

func TestEffects(t *testing.T) {
	get := `"Action":"chime:GetUser","Resource":"*"`
	runDecisions(t, []decisionTest{
		{"deny beside allow", doc(`"Effect":"Allow",`+get, `"Effect":"Deny",`+get), "chime:GetUser", account, deny},
		{"deny before allow", doc(`"Effect":"Deny",`+get, `"Effect":"Allow",`+get), "chime:GetUser", account, deny},
		{"deny of something else", doc(`"Effect":"Allow","Action":"*","Resource":"*"`, `"Effect":"Deny",`+get), "chime:ListUsers", account, allow},
		{"deny of another account", doc(`"Effect":"Allow",`+get, `"Effect":"Deny","Action":"*","Resource":"`+account+`x"`), "chime:GetUser", account, allow},
		{"deny alone", doc(`"Effect":"Deny",` + get), "chime:ListUsers", account, none},
		{"one statement without array", `{"Statement":{"Effect":"Allow",` + get + `}}`, "chime:GetUser", account, allow},
	})
	for _, about := range []string{`"Action":"*"`, `"NotAction":"chime:GetUser"`, `"Action":"iam:*"`} {
		c := user(t, doc(`"Effect":"Allow","Action":"iam:*","Resource":"*"`, `"Effect":"Deny",`+about+`,"Resource":"*"`))
		if got := c.Decide("iam:CreateUser", "*", facts); got != deny {
			t.Errorf("%s denied: got %v for iam:CreateUser, want a denial", about, got)
		}
	}
	if got := user(t).Decide("chime:GetUser", account, facts); got != none {
		t.Errorf("no policy: got %v, want a denial", got)
	}
	two := user(t, doc(`"Effect":"Allow",`+get), doc(`"Effect":"Deny",`+get))
	if got := two.Decide("chime:GetUser", account, facts); got != deny {
		t.Errorf("deny in another policy: got %v, want a denial", got)
	}
}

func TestConditions(t *testing.T) {
	tests := []struct {
		condition string
		want      bool
	}{
		{``, true},
		{`"StringEquals":{"aws:username":"alice"}`, true},
		{`"StringEquals":{"AWS:UserName":"alice"}`, true},
		{`"StringEquals":{"aws:username":"Alice"}`, false},
		{`"StringEquals":{"aws:username":["bob","alice"]}`, true},
		{`"StringEquals":{"aws:username":"al*"}`, false},
		{`"StringEquals":{"aws:username":"alice","aws:userid":"AIDAOTHER"}`, false},
		{`"StringEquals":{"aws:username":"alice"},"Bool":{"aws:SecureTransport":"false"}`, false},
		{`"StringEquals":{"aws:userid":"AIDAEXAMPLE","aws:PrincipalType":"User","aws:PrincipalAccount":"111122223333"}`, true},
		{`"StringNotEquals":{"aws:username":"alice"}`, false},
		{`"StringNotEquals":{"aws:username":["bob","alice"]}`, false},
		{`"StringNotEquals":{"aws:username":["bob","carol"]}`, true},
		{`"StringEqualsIgnoreCase":{"aws:username":"ALICE"}`, true},
		{`"StringNotEqualsIgnoreCase":{"aws:username":"ALICE"}`, false},
		{`"StringLike":{"aws:UserAgent":"aws-cli/*"}`, true},
		{`"StringLike":{"aws:UserAgent":"AWS-cli/*"}`, false},
		{`"StringNotLike":{"aws:UserAgent":"aws-?li/*"}`, false},

		{`"Bool":{"aws:SecureTransport":"true"}`, true},
		{`"Bool":{"aws:SecureTransport":true}`, true},
		{`"Bool":{"aws:SecureTransport":"False"}`, false},
		{`"Bool":{"aws:MultiFactorAuthPresent":"true"}`, false},
		{`"Bool":{"aws:MultiFactorAuthPresent":"false"}`, false},
		{`"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}`, true},

		{`"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}`, true},
		{`"IpAddress":{"aws:SourceIp":"203.0.113.99/24"}`, true},
		{`"IpAddress":{"aws:SourceIp":"203.0.113.7"}`, true},
		{`"IpAddress":{"aws:SourceIp":["198.51.100.0/24","2001:db8::/32"]}`, false},
		{`"IpAddress":{"aws:SourceIp":"::/0"}`, false},
		{`"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}`, false},
		{`"NotIpAddress":{"aws:SourceIp":"198.51.100.0/24"}`, true},

		{`"DateGreaterThan":{"aws:CurrentTime":"2027-01-31T11:59:59Z"}`, true},
		{`"DateGreaterThan":{"aws:CurrentTime":"2027-01-31T12:00:00Z"}`, false},
		{`"DateGreaterThanEquals":{"aws:CurrentTime":"2027-01-31T13:00:00+01:00"}`, true},
		{`"DateLessThan":{"aws:CurrentTime":"2027-02"}`, true},
		{`"DateLessThan":{"aws:CurrentTime":"2027-01-31"}`, false},
		{`"DateLessThan":{"aws:CurrentTime":"2028"}`, true},
		{`"DateLessThanEquals":{"aws:CurrentTime":"2027-01-31T12:00Z"}`, true},
		{`"DateEquals":{"aws:CurrentTime":"2027-01-31T12:00:00Z"}`, true},
		{`"DateNotEquals":{"aws:CurrentTime":"2027-01-31T12:00:00Z"}`, false},
		{`"DateEquals":{"aws:CurrentTime":1801396800}`, true},
		{`"DateEquals":{"aws:EpochTime":"2027-01-31T12:00:00Z"}`, true},
		{`"NumericEquals":{"aws:EpochTime":1801396800}`, true},
		{`"NumericNotEquals":{"aws:EpochTime":"1801396800"}`, false},
		{`"NumericLessThan":{"aws:EpochTime":1801396800}`, false},
		{`"NumericLessThanEquals":{"aws:EpochTime":1801396800}`, true},
		{`"NumericGreaterThan":{"aws:EpochTime":"1801396799.5"}`, true},
		{`"NumericGreaterThanEquals":{"aws:EpochTime":1801396801}`, false},

		{`"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:user/alice"}`, true},
		{`"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:user/*"}`, true},
		{`"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/al?ce"}`, true},
		{`"ArnLike":{"aws:PrincipalArn":"arn:aws:*:x:111122223333:user/alice"}`, false},
		{`"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:user/*"}`, false},
		{`"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:user/bob"}`, true},

		{`"Null":{"aws:MultiFactorAuthPresent":"true"}`, true},
		{`"Null":{"aws:MultiFactorAuthPresent":"false"}`, false},
		{`"Null":{"aws:SourceIp":"false"}`, true},
		{`"Null":{"aws:SourceIp":true}`, false},

		// A key that is absent.
		{`"StringEquals":{"aws:PrincipalTag/team":"red"}`, false},
		{`"StringLike":{"aws:PrincipalTag/team":"*"}`, false},
		{`"StringNotEquals":{"aws:PrincipalTag/team":"red"}`, true},
		{`"StringNotLike":{"aws:PrincipalTag/team":"*"}`, true},
		{`"StringEqualsIfExists":{"aws:PrincipalTag/team":"red"}`, true},
		{`"StringNotEqualsIfExists":{"aws:PrincipalTag/team":"red"}`, true},
		{`"NotIpAddress":{"aws:VpcSourceIp":"10.0.0.0/8"}`, true},
		{`"IpAddress":{"aws:VpcSourceIp":"10.0.0.0/8"}`, false},
		{`"DateNotEquals":{"aws:TokenIssueTime":"2027-01-31"}`, true},
		{`"DateLessThan":{"aws:TokenIssueTime":"2027-01-31"}`, false},
		{`"NumericNotEquals":{"aws:MultiFactorAuthAge":5}`, true},
		{`"NumericLessThan":{"aws:MultiFactorAuthAge":5}`, false},
		{`"NumericLessThanIfExists":{"aws:MultiFactorAuthAge":5}`, true},
		{`"ArnNotLike":{"aws:SourceArn":"arn:aws:s3:::*"}`, true},
		{`"ArnLike":{"aws:SourceArn":"arn:aws:s3:::*"}`, false},
		// IfExists on a key that is present changes nothing.
		{`"StringEqualsIfExists":{"aws:username":"bob"}`, false},
		{`"IpAddressIfExists":{"aws:SourceIp":"203.0.113.0/24"}`, true},
	}
	for _, tt := range tests {
		want := none
		if tt.want {
			want = allow
		}
		if got := user(t, when(tt.condition)).Decide("chime:GetUser", account, facts); got != want {
			t.Errorf("%s: got %v, want %v", tt.condition, got, want)
		}
	}
}

// A request of which little is known has few keys.
func TestConditionsOfAbsentFacts(t *testing.T) {
	for _, key := range []string{"aws:SourceIp", "aws:CurrentTime", "aws:EpochTime", "aws:UserAgent"} {
		if got := user(t, when(`"Null":{"`+key+`":"true"}`)).Decide("chime:GetUser", account, iam.Conditions{}); got != allow {
			t.Errorf("%s: got %v, want it to be absent", key, got)
		}
	}
	if got := user(t, when(`"Bool":{"aws:SecureTransport":"false"}`)).Decide("chime:GetUser", account, iam.Conditions{}); got != allow {
		t.Errorf("aws:SecureTransport: got %v, want it to be present and false", got)
	}
}

func TestSourceAddressForms(t *testing.T) {
	tests := []struct {
		address, network string
		want             iam.Decision
	}{
		{"::ffff:203.0.113.7", "203.0.113.0/24", allow},
		{"fe80::1%eth0", "fe80::/10", allow},
		{"2001:db8::7", "2001:db8::/32", allow},
		{"2001:db9::7", "2001:db8::/32", none},
	}
	for _, tt := range tests {
		c := user(t, when(`"IpAddress":{"aws:SourceIp":"`+tt.network+`"}`))
		if got := c.Decide("chime:GetUser", account, iam.Conditions{SourceIP: netip.MustParseAddr(tt.address)}); got != tt.want {
			t.Errorf("%s in %s: got %v, want %v", tt.address, tt.network, got, tt.want)
		}
	}
}
