package transfer_test

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/carillon-id/carillon/internal/transfer"
)

// TestBadDocuments: a bad document is named by file and position, nothing is
// applied, although good ones stand before it.
func TestBadDocuments(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 65)
	for _, c := range []struct{ document, want string }{
		// JSON that is none.
		{`{"Account": {"AccountId": "a"}`, "2.json:1:31: the document ends too early"},
		{`{"Users": [{"UserId": "u`, "2.json:1:25: the document ends too early"},
		{`{"Account" {}}`, "2.json:1:12: there should be a colon"},
		{`{Account: {}}`, "2.json:1:2: there should be the name of a member"},
		{`{"Users": [] "a": 1}`, `2.json:1:14: there should be a comma or a '}'`},
		{`{"Users": [],}`, "2.json:1:14: there is a comma too many"},
		{`{"Users": [{"UserId": "u"},]}`, "2.json:1:28: there is a comma too many"},
		{`{"a": tru, "User": {}}`, "2.json:1:7: there is no JSON value"},
		{`{"a": 01, "User": {}}`, "2.json:1:7: there is no JSON value"},
		{`{"a": }`, "2.json:1:7: there is no JSON value"},
		{"{\"a\": \"\x01\"}", "2.json:1:8: there is a control character"},
		{`{"a": "\x"}`, "2.json:1:9: there is an unknown escape"},
		{`{"a": "\u12g4"}`, "2.json:1:12: there is an escape without four hexadecimal digits"},
		{`{"a": "\ud800"}`, "2.json:1:14: there is half a surrogate pair"},
		{`{"a": "\ud800\u0041"}`, "2.json:1:20: there is half a surrogate pair"},
		{"{\"a\": \"\xff\"}", "2.json:1:9: the string before is not UTF-8"},
		{"{\n  \"Users\": [],\n  \"Users\": []}", `2.json:3:3: the object names the member "Users" twice`},
		{`{"x": {"a": 1, "b": 2, "\u0061": 3}}`, `2.json:1:24: the object names the member "a" twice`},
		{deep, "2.json:1:321: the document nests deeper than 64 levels"},
		{`{"User": {"UserId": "` + strings.Repeat("u", 1<<20) + `u"}}`, "the string is longer than"},
		// Documents of another kind.
		{`[]`, "2.json:1:1: the document is none of"},
		{`"Users"`, "2.json:1:1: the document is none of"},
		{"\n {}", "2.json:2:2: the document is none of"},
		{`{"Invites": []}`, "2.json:1:1: the document is none of"},
		{`{"User": null}`, "2.json:1:10: there should be an object"},
		{`{"Users": {}}`, `2.json:1:11: there should be a '['`},
		{`{"Users": [[]]}`, "2.json:1:12: there should be an object"},
		// Members of another type or value.
		{`{"User": {}}`, "2.json:1:10: the user has no UserId"},
		{`{"User": {"UserId": null}}`, "2.json:1:10: the user has no UserId"},
		{`{"Account": {"Name": "x"}}`, "2.json:1:13: the account has no AccountId"},
		{`{"User": {"UserId": 7}}`, "2.json:1:21: UserId must be a string"},
		{`{"User": {"UserId": " \t\n"}}`, "2.json:1:21: UserId must be not blank"},
		{`{"User": {"UserId": "u", "AccountId": ""}}`, "2.json:1:39: AccountId must be not blank"},
		{`{"User": {"UserId": "u", "PrimaryEmail": "nobody"}}`, "PrimaryEmail must be an e-mail address"},
		{`{"User": {"UserId": "u", "PrimaryProvisionedNumber": 1}}`, "must be a string"},
		{`{"User": {"UserId": "u", "LicenseType": "Gold"}}`, "LicenseType must be a license"},
		{`{"User": {"UserId": "u", "UserType": "Robot"}}`, "UserType must be one of"},
		{`{"User": {"UserId": "u", "UserRegistrationStatus": "registered"}}`, "UserRegistrationStatus must be one of"},
		{`{"User": {"UserId": "u", "UserInvitationStatus": "Sent"}}`, "UserInvitationStatus must be one of"},
		{`{"User": {"UserId": "u", "RegisteredOn": "yesterday"}}`, "RegisteredOn must be a time"},
		{`{"User": {"UserId": "u", "InvitedOn": true}}`, "InvitedOn must be a time"},
		{`{"User": {"UserId": "u", "InvitedOn": 1e300}}`, "InvitedOn must be a time"},
		{`{"User": {"UserId": "u", "AlexaForBusinessMetadata": []}}`, "there should be an object"},
		{`{"User": {"UserId": "u", "AlexaForBusinessMetadata": {"IsAlexaForBusinessEnabled": "yes"}}}`, "IsAlexaForBusinessEnabled must be true or false"},
		{`{"User": {"UserId": "u", "PersonalPIN": "123456789"}}`, "2.json:1:41: PersonalPIN must be 10 digits"},
		{`{"User": {"UserId": "u", "PersonalPIN": "12345678901"}}`, "PersonalPIN must be 10 digits"},
		{`{"User": {"UserId": "u", "PersonalPIN": "١٢٣٤٥٦٧٨٩٠"}}`, "PersonalPIN must be 10 digits"},
		{`{"User": {"UserId": "u", "PersonalPIN": 1234567890}}`, "PersonalPIN must be a string"},
		{`{"User": {"UserId": "u", "Carillon": {"SignoutEpoch": -1}}}`, "SignoutEpoch must be a whole number"},
		{`{"User": {"UserId": "u", "Carillon": {"SignoutEpoch": 1.5}}}`, "SignoutEpoch must be a whole number"},
		{`{"User": {"UserId": "u", "Carillon": {"SignoutEpoch": 9223372036854775807}}}`, "SignoutEpoch must be a whole number"},
		{`{"User": {"UserId": "u", "Carillon": {"EmailStatus": "Lost"}}}`, "EmailStatus must be one of"},
		{`{"User": {"UserId": "u", "Carillon": {"Telephony": {"SMS": 1}}}}`, "SMS must be true or false"},
		{`{"Account": {"AccountId": "a", "AwsAccountId": "12345"}}`, "AwsAccountId must be an AWS account id of 12 digits"},
		{`{"Account": {"AccountId": "a", "Name": "` + strings.Repeat("é", 101) + `"}}`, "Name must be 1 to 100 characters"},
		{`{"Account": {"AccountId": "a", "Name": " "}}`, "Name must be 1 to 100 characters"},
		{`{"Account": {"AccountId": "a", "AccountType": "Family"}}`, "AccountType must be one of"},
		{`{"Account": {"AccountId": "a", "AccountStatus": "Gone"}}`, "AccountStatus must be one of"},
		{`{"Account": {"AccountId": "a", "DefaultLicense": "Gold"}}`, "DefaultLicense must be a license"},
		{`{"Account": {"AccountId": "a", "SupportedLicenses": "Pro"}}`, "SupportedLicenses must be a list of licenses"},
		{`{"Account": {"AccountId": "a", "SupportedLicenses": ["Pro", "Gold"]}}`, "SupportedLicenses must be a license"},
		{`{"Account": {"AccountId": "a", "SigninDelegateGroups": ["x"]}}`, `SigninDelegateGroups must be a list of {"GroupName": "..."}`},
		{`{"Account": {"AccountId": "a", "SigninDelegateGroups": [{}]}}`, `SigninDelegateGroups must be a list of {"GroupName": "..."}`},
		{`{"Account": {"AccountId": "a", "CreatedTimestamp": "2019-13-01T00:00:00Z"}}`, "CreatedTimestamp must be a time"},
		// Users who cannot be.
		{`{"User": {"UserId": "u", "UserRegistrationStatus": "Unregistered"}}`, "2.json:1:10: an Unregistered user is invited to an account"},
		{`{"User": {"UserId": "u", "AccountId": "team", "Carillon": {"FormerAccountId": "team"}}}`, "cannot be that of a former member"},
		{
			`{"User": {"UserId": "u", "UserRegistrationStatus": "Registered", "Carillon": {"FormerAccountId": "team"}}}`,
			"a former member has the UserRegistrationStatus Suspended",
		},
		{`{"User": {"UserId": "u", "Carillon": {"RemovedOn": "2019-01-04T17:11:22Z"}}}`, "only a former member has a RemovedOn"},
		{
			`{"User": {"UserId": "u", "AccountId": "team", "UserRegistrationStatus": "Unregistered"}}`,
			"2.json:1:10: user u is invited (Unregistered), but has no PrimaryEmail",
		},
	} {
		f := newFixture(t)
		result, err := f.run(team, c.document)
		checkError(t, "the document "+short(c.document), err, c.want)
		var at *transfer.DocumentError
		if !errors.As(err, &at) || at.Source != "2.json" {
			t.Errorf("the document %s: got %#v, want a DocumentError of 2.json", short(c.document), err)
		}
		check(t, "the result of "+short(c.document), result, transfer.Result{})
		f.untouched(t)
	}
}

func short(text string) string { return text[:min(len(text), 90)] }

func TestLimitsAtTheirEdge(t *testing.T) {
	for _, document := range []string{
		`{"Account": {"AccountId": "a", "Name": "` + strings.Repeat("é", 100) + `"}}`,
		`{"Users": [], "a": ` + strings.Repeat(`[`, 63) + strings.Repeat(`]`, 63) + `}`,
		`{"User": {"UserId": "u", "PrimaryEmail": "", "DisplayName": ""}}`,
		`{"User": {"UserId": "u", "Carillon": {"SignoutEpoch": 9007199254740992}}}`,
		``, ` `,
	} {
		if _, err := newFixture(t).run(document); err != nil {
			t.Errorf("the document %s: got %v, want no error", short(document), err)
		}
	}
}

// slow gives one byte at a time.
type slow struct{ rest []byte }

func (s *slow) Read(p []byte) (int, error) {
	if len(s.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p[:1], s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

// FuzzDocuments: whatever the bytes, reading them does not panic and says where
// it stopped; what it reads, encoding/json reads too; and where the source is cut
// into pieces does not matter.
func FuzzDocuments(f *testing.F) {
	for _, seed := range []string{
		asPrinted, team, "\ufeff" + lwa, `{"Users": [{"UserId": "\ud83c\udf0d\n"}]} {}`, `{"User":{"UserId":"u","RegisteredOn":1e9}}`,
		`{"Users":[],"a":{"a":1,"a":2}}`, `{"a":"\ud800"}`, "{\"a\":\"\xff\"}", "{\"\":\"\\u\n", `{"a":-0.1E+2,"b":[tru]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		n, err := transfer.Read("f", strings.NewReader(string(source)))
		slowN, slowErr := transfer.Read("f", &slow{source})
		if n != slowN || (err == nil) != (slowErr == nil) || err != nil && err.Error() != slowErr.Error() {
			t.Errorf("byte by byte: got %d documents and %v, want %d and %v", slowN, slowErr, n, err)
		}
		if err != nil {
			checkPosition(t, source, err)
			return
		}
		for d := json.NewDecoder(strings.NewReader(strings.TrimPrefix(string(source), "\ufeff"))); ; {
			var v any
			if err := d.Decode(&v); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("encoding/json refuses what was read: %v", err)
			}
		}
	})
}

func checkPosition(t *testing.T, source []byte, err error) {
	t.Helper()
	var at *transfer.DocumentError
	if !errors.As(err, &at) {
		t.Fatalf("got the error %v, want a DocumentError", err)
	}
	lines := strings.Split(string(source), "\n")
	if at.Line < 1 || at.Line > int64(len(lines)) || at.Column < 1 || at.Column > int64(len(lines[at.Line-1]))+1 {
		t.Errorf("got the position %v, want one in the source", at.Position)
	}
}
