package iam_test

import (
	"strings"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
)

func TestParsePolicyRefuses(t *testing.T) {
	const effect, action, resource = `"Effect":"Allow"`, `"Action":"chime:GetUser"`, `"Resource":"*"`
	st := func(elements ...string) string { return doc(strings.Join(elements, ",")) }
	cond := func(c string) string { return st(effect, action, resource, `"Condition":`+c) }
	tests := []struct{ name, document, want string }{
		{"nothing", ``, "not JSON"},
		{"not JSON", `{"Statement":[}`, "not JSON"},
		{"more than one document", st(effect, action, resource) + `{}`, "not JSON"},
		{"not an object", `[]`, "must be a JSON object"},
		{"not UTF-8", "{\"Statement\":\"\xff\"}", "UTF-8"},
		{"unknown version", `{"Version":"2012-10-18","Statement":[]}`, "2012-10-17"},
		{"version not a string", `{"Version":2012,"Statement":[]}`, "Version"},
		{"no statement", `{"Version":"2012-10-17"}`, "no Statement"},
		{"empty statement", `{"Statement":[]}`, "Statement is empty"},
		{"statement null", `{"Statement":null}`, "statement 1 must be"},
		{"statement not an object", `{"Statement":["x"]}`, "statement 1 must be"},
		{"statement without elements", `{"Statement":[{}]}`, "Effect is missing"},
		{"unknown top element", `{"Statements":[]}`, `"Statements"`},
		{"id", `{"Id":"x","Statement":[]}`, "Id belongs"},
		{"unknown element", st(effect, action, resource, `"Actions":[]`), "Actions is unknown"},
		{"element in another case", st(`"effect":"Allow"`, action, resource), "effect is unknown"},
		{"second statement", doc(effect+`,`+action+`,`+resource, effect), "statement 2"},

		{"duplicate top element", `{"Version":"2012-10-17","Version":"2012-10-17","Statement":[]}`, "twice"},
		{"duplicate element", st(effect, effect, action, resource), "twice"},
		{"duplicate, escaped", st(effect, `"\u0045ffect":"Deny"`, action, resource), "twice"},
		{"duplicate operator", cond(`{"Bool":{"aws:SecureTransport":"true"},"Bool":{"aws:SecureTransport":"false"}}`), "twice"},
		{"duplicate key", cond(`{"Bool":{"aws:SecureTransport":"true","aws:SecureTransport":"false"}}`), "twice"},
		{"duplicate key in another case", cond(`{"Bool":{"aws:SecureTransport":"true","AWS:securetransport":"false"}}`), "twice"},

		{"no effect", st(action, resource), "Effect is missing"},
		{"bad effect", st(`"Effect":"allow"`, action, resource), `"Allow" or "Deny"`},
		{"effect null", st(`"Effect":null`, action, resource), `"Allow" or "Deny"`},
		{"sid not a string", st(`"Sid":1`, effect, action, resource), "Sid must be a string"},

		{"no action", st(effect, resource), "Action is missing"},
		{"both actions", st(effect, action, `"NotAction":"chime:GetUser"`, resource), "one of them"},
		{"both actions, the other order", st(effect, `"NotAction":"chime:GetUser"`, action, resource), "one of them"},
		{"no action in the array", st(effect, `"Action":[]`, resource), "Action is empty"},
		{"action null", st(effect, `"Action":null`, resource), "Action holds null"},
		{"action not a string", st(effect, `"Action":[1]`, resource), "Action holds 1"},
		{"action nested", st(effect, `"Action":[["chime:GetUser"]]`, resource), "Action holds"},
		{"action without service", st(effect, `"Action":"GetUser"`, resource), "service:name"},
		{"action without name", st(effect, `"Action":"chime:"`, resource), "service:name"},
		{"action with a space", st(effect, `"Action":"chime:Get User"`, resource), "service:name"},
		{"action of two colons", st(effect, `"Action":"chime:Get:User"`, resource), "service:name"},
		{"action with a variable", st(effect, `"Action":"chime:${x}"`, resource), "service:name"},
		{"action with a letter like another", st(effect, `"Action":"chime:Loo\u212A"`, resource), "service:name"},
		{"wildcard service", st(effect, `"Action":"*:GetUser"`, resource), "service:name"},
		{"wildcard in service", st(effect, `"Action":"i*:*"`, resource), "service:name"},
		{"wildcards all over", st(effect, `"Action":"**"`, resource), "service:name"},

		{"no resource", st(effect, action), "Resource is missing"},
		{"no resource in the array", st(effect, action, `"Resource":[]`), "Resource is empty"},
		{"resource not a string", st(effect, action, `"Resource":{}`), "Resource holds"},
		{"resource not an ARN", st(effect, action, `"Resource":"account/abc"`), "Resource holds"},
		{"resource of one character", st(effect, action, `"Resource":"?"`), "Resource holds"},
		{"resource too short", st(effect, action, `"Resource":"arn:aws:chime::111122223333"`), "Resource holds"},
		{"resource of a wild partition", st(effect, action, `"Resource":"arn:*:chime:*"`), "Resource holds"},
		{"resource of a wild service", st(effect, action, `"Resource":"arn:aws:*"`), "Resource holds"},
		{"resource with a variable", st(effect, action, `"Resource":"arn:aws:chime:::account/${aws:username}"`), "policy variables"},
		{"resource with a variable, old version", `{"Version":"2008-10-17","Statement":{` + effect + `,` + action + `,"Resource":"arn:aws:chime:::account/${*}"}}`, "policy variables"},
		{"not resource", st(effect, action, `"NotResource":"*"`), "statement 1 NotResource is not supported"},
		{"principal", st(effect, `"Principal":"*"`, action, resource), "Principal is not supported"},
		{"not principal", st(effect, `"NotPrincipal":"*"`, action, resource), "NotPrincipal is not supported"},

		{"condition not an object", cond(`[]`), "Condition must be"},
		{"operator not an object", cond(`{"Bool":"true"}`), "must be a JSON object"},
		{"operator without keys", cond(`{"Bool":{}}`), "without a key"},
		{"unknown operator", cond(`{"StringMatches":{"aws:username":"x"}}`), `unknown operator "StringMatches"`},
		{"operator in another case", cond(`{"stringEquals":{"aws:username":"x"}}`), "unknown operator"},
		{"operator of bytes", cond(`{"BinaryEquals":{"aws:username":"eA=="}}`), "unknown operator"},
		{"null if exists", cond(`{"NullIfExists":{"aws:username":"true"}}`), "unknown operator"},
		{"if exists alone", cond(`{"IfExists":{"aws:username":"true"}}`), "unknown operator"},
		{"if exists twice", cond(`{"BoolIfExistsIfExists":{"aws:username":"true"}}`), "unknown operator"},
		{"for all values", cond(`{"ForAllValues:StringEquals":{"aws:username":"x"}}`), "set operators"},
		{"for any value", cond(`{"ForAnyValue:StringLike":{"aws:username":"x"}}`), "set operators"},
		{"malformed key", cond(`{"StringEquals":{"username":"x"}}`), "malformed key"},
		{"key with a variable", cond(`{"StringEquals":{"aws:${x}":"x"}}`), "malformed key"},
		{"no value", cond(`{"StringEquals":{"aws:username":[]}}`), "no value"},
		{"value null", cond(`{"StringEquals":{"aws:username":null}}`), "a string, a number or a boolean"},
		{"value object", cond(`{"StringEquals":{"aws:username":{}}}`), "a string, a number or a boolean"},
		{"value with a variable", cond(`{"StringEquals":{"aws:username":"${aws:userid}"}}`), "policy variables"},
		{"boolean", cond(`{"Bool":{"aws:SecureTransport":"yes"}}`), `"true" or "false"`},
		{"null", cond(`{"Null":{"aws:SourceIp":"0"}}`), `"true" or "false"`},
		{"address", cond(`{"IpAddress":{"aws:SourceIp":"10.0.0"}}`), "an address or a network"},
		{"network", cond(`{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/33"}}`), "an address or a network"},
		{"address with a zone", cond(`{"IpAddress":{"aws:SourceIp":"fe80::1%eth0"}}`), "an address or a network"},
		{"IPv4 as IPv6", cond(`{"IpAddress":{"aws:SourceIp":"::ffff:10.0.0.0/104"}}`), "an address or a network"},
		{"one good, one bad address", cond(`{"IpAddress":{"aws:SourceIp":["10.0.0.0/8","x"]}}`), "an address or a network"},
		{"date", cond(`{"DateLessThan":{"aws:CurrentTime":"31.1.2027"}}`), "must be a date"},
		{"date without zone", cond(`{"DateLessThan":{"aws:CurrentTime":"2027-01-31T12:00:00"}}`), "must be a date"},
		{"number", cond(`{"NumericEquals":{"aws:EpochTime":"NaN"}}`), "must be a number"},
		{"number with an exponent", cond(`{"NumericEquals":{"aws:EpochTime":1e9}}`), "must be a number"},
		{"ARN", cond(`{"ArnLike":{"aws:PrincipalArn":"*"}}`), "six parts"},
		{"wrong operator for an address", cond(`{"StringLike":{"aws:SourceIp":"10.*"}}`), "never matches"},
		{"wrong operator for a time", cond(`{"NumericLessThan":{"aws:CurrentTime":1}}`), "never matches"},
		{"wrong operator for a name", cond(`{"ArnLike":{"aws:username":"arn:aws:iam::1:user/x"}}`), "never matches"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			policy, err := iam.ParsePolicy(tt.document)
			if policy != nil || chime.CodeOf(err) != chime.BadRequest || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s: got %v, %v, want a BadRequest with %q", tt.document, policy, err, tt.want)
			}
		})
	}
}

func TestParsePolicyAccepts(t *testing.T) {
	const statement = `"Effect":"Allow","Action":"chime:GetUser","Resource":"*"`
	accepted := map[string]string{
		"without version":         `{"Statement":[{` + statement + `}]}`,
		"old version":             `{"Version":"2008-10-17","Statement":[{` + statement + `}]}`,
		"statement without array": `{"Version":"2012-10-17","Statement":{` + statement + `}}`,
		"statement first":         `{"Statement":{` + statement + `},"Version":"2012-10-17"}`,
		"with a Sid":              doc(`"Sid":"Read1",` + statement),
		"with an empty condition": doc(statement + `,"Condition":{}`),
		"other services":          doc(`"Effect":"Allow","Action":["s3:Get*","elastic-inference:Connect","kafka-cluster:*"],"Resource":"arn:aws:s3:::bucket/*"`),
		"administration":          doc(`"Effect":"Allow","Action":["iam:*","IAM:createuser"],"Resource":"arn:aws:iam::111122223333:user/*"`),
		"all but administration":  doc(`"Effect":"Deny","NotAction":"iam:*","Resource":"*"`),
		"with white space":        " \n" + doc(statement) + "\t",
	}
	for name, document := range accepted {
		if _, err := iam.ParsePolicy(document); err != nil {
			t.Errorf("%s: got error %v, want none", name, err)
		}
	}
}

func TestPolicySize(t *testing.T) {
	sized := func(n int) string {
		base := doc(`"Sid":"","Effect":"Allow","Action":"*","Resource":"*"`)
		return strings.Replace(base, `"Sid":"`, `"Sid":"`+strings.Repeat("é", n-len(base)), 1)
	}
	if _, err := iam.ParsePolicy(sized(iam.MaxPolicySize)); err != nil {
		t.Errorf("at the limit: got error %v, want none", err)
	}
	if _, err := iam.ParsePolicy(sized(iam.MaxPolicySize) + strings.Repeat(" ", 10_000)); err != nil {
		t.Errorf("white space beyond: got error %v, want none", err)
	}
	for name, document := range map[string]string{
		"one beyond":           sized(iam.MaxPolicySize + 1),
		"white space no bound": sized(iam.MaxPolicySize) + strings.Repeat(" ", 131_072),
	} {
		if _, err := iam.ParsePolicy(document); chime.CodeOf(err) != chime.BadRequest || !strings.Contains(err.Error(), "6144") {
			t.Errorf("%s: got %v, want a BadRequest that names the limit", name, err)
		}
	}
}
