package awsapi_test

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-id/carillon/internal/awsapi"
	"github.com/carillon-id/carillon/internal/chime"
)

// refusal is what binding says of an input: the exception and the message.
func refusal(err error) string {
	var fault *awsapi.Fault
	var refused *chime.Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &fault):
		return fault.Name + ": " + fault.Message
	case errors.As(err, &refused):
		return string(refused.Code) + ": " + refused.Message
	default:
		return err.Error()
	}
}

// jsonList is a JSON list of n copies of item.
func jsonList(n int, item string) string {
	return "[" + strings.TrimSuffix(strings.Repeat(item+",", n), ",") + "]"
}

func nested(levels int) string {
	return strings.Repeat("[", levels) + strings.Repeat("]", levels)
}

func TestBindBody(t *testing.T) {
	account := map[string]string{"accountId": "a"}
	suspend := func(body string) error {
		_, err := awsapi.Bind[awsapi.BatchSuspendUserRequest](account, nil, []byte(body))
		return err
	}
	create := func(body string) error {
		_, err := awsapi.Bind[awsapi.CreateAccountRequest](nil, nil, []byte(body))
		return err
	}
	update := func(body string) error {
		_, err := awsapi.Bind[awsapi.BatchUpdateUserRequest](account, nil, []byte(body))
		return err
	}
	invite := func(body string) error {
		_, err := awsapi.Bind[awsapi.InviteUsersRequest](account, nil, []byte(body))
		return err
	}
	settings := func(body string) error {
		_, err := awsapi.Bind[awsapi.UpdateUserSettingsRequest](map[string]string{"accountId": "a", "userId": "u"}, nil, []byte(body))
		return err
	}
	groups := func(body string) error {
		_, err := awsapi.Bind[awsapi.DisassociateSigninDelegateGroupsFromAccountRequest](account, nil, []byte(body))
		return err
	}
	tests := []struct {
		name string
		bind func(string) error
		body string
		want string // "" for an input that is accepted; else how the refusal begins
	}{
		{"not JSON", suspend, `{"UserIdList":`, "SerializationException: the body is not a JSON document"},
		{"white space only", suspend, ` `, "SerializationException: the body is not a JSON document"},
		{"trailing data", suspend, `{"UserIdList":[]} {}`, "SerializationException: the body is not a JSON document"},
		{"a byte order mark", suspend, "\ufeff{}", "SerializationException: the body is not a JSON document"},
		{"invalid UTF-8", suspend, "{\"UserIdList\":[\"\xff\"]}", "SerializationException: the body is not UTF-8"},
		{"a member twice", suspend, `{"UserIdList":[],"UserIdList":["a"]}`, "SerializationException: the body holds an object that names a member twice"},
		{"a member twice, once escaped", suspend, `{"UserIdList":[],"\u0055serIdList":[]}`, "SerializationException: the body holds an object that names"},
		{"an unknown member's member twice", suspend, `{"UserIdList":[],"X":[{"a":1,"a":2}]}`, "SerializationException: the body holds an object that names"},
		{"64 levels", suspend, `{"UserIdList":[],"X":` + nested(63) + `}`, ""},
		{"65 levels", suspend, `{"UserIdList":[],"X":` + nested(64) + `}`, "SerializationException: the body nests deeper than 64 levels"},
		{"very many levels", suspend, strings.Repeat("[", 100_000), "SerializationException: the body is not a JSON document"},
		{"a list instead of an object", suspend, `[]`, "SerializationException: the body is not a JSON object"},
		{"null instead of an object", suspend, `null`, "SerializationException: the body is not a JSON object"},
		{"a string instead of a list", suspend, `{"UserIdList":"a"}`, "SerializationException: UserIdList is not a list"},
		{"an object instead of a list", suspend, `{"UserIdList":{}}`, "SerializationException: UserIdList is not a list"},
		{"a number in a list of strings", suspend, `{"UserIdList":["a",1]}`, "SerializationException: UserIdList[1] is not a string"},
		{"a string instead of an object", settings, `{"UserSettings":"a"}`, "SerializationException: UserSettings is not an object"},
		{"a string instead of a boolean", settings, `{"UserSettings":{"Telephony":{"InboundCalling":"true"}}}`, "SerializationException: UserSettings.Telephony.InboundCalling is not a boolean"},

		{"no body", suspend, ``, "BadRequest: UserIdList is required"},
		{"a required member missing", suspend, `{}`, "BadRequest: UserIdList is required"},
		{"a required member null", suspend, `{"UserIdList":null}`, "BadRequest: UserIdList is required"},
		{"a member's name in another case", suspend, `{"userIdList":[]}`, "BadRequest: UserIdList is required"},
		{"a nested required member missing", settings, `{"UserSettings":{"Telephony":{"InboundCalling":true,"OutboundCalling":true}}}`, "BadRequest: UserSettings.Telephony.SMS is required"},
		{"an item's required member missing", update, `{"UpdateUserRequestItems":[{"UserId":"a"},{"LicenseType":"Pro"}]}`, "BadRequest: UpdateUserRequestItems[1].UserId is required"},
		{"null in a list", suspend, `{"UserIdList":["a",null]}`, "BadRequest: UserIdList[1] is required"},
		{"a null object in a list", update, `{"UpdateUserRequestItems":[null]}`, "BadRequest: UpdateUserRequestItems[0] is required"},
		{"unknown members", suspend, `{"UserIdList":["a"],"X":{"y":1e999}}`, ""},

		{"no users", suspend, `{"UserIdList":[]}`, ""},
		{"50 users", suspend, `{"UserIdList":` + jsonList(50, `"a"`) + `}`, ""},
		{"51 users", suspend, `{"UserIdList":` + jsonList(51, `"a"`) + `}`, "BadRequest: UserIdList must hold at most 50 items"},
		{"a blank id", suspend, `{"UserIdList":["a"," \t\n"]}`, "BadRequest: UserIdList[1] must hold a non-blank character"},
		{"an empty id", suspend, `{"UserIdList":[""]}`, "BadRequest: UserIdList[0] must hold a non-blank character"},
		{"an id over several lines", suspend, `{"UserIdList":["\n a \n"]}`, ""},
		{"a null character", suspend, `{"UserIdList":["a\u0000"]}`, "BadRequest: UserIdList[0] must not hold a null character"},
		{"20 updates", update, `{"UpdateUserRequestItems":` + jsonList(20, `{"UserId":"a"}`) + `}`, ""},
		{"21 updates", update, `{"UpdateUserRequestItems":` + jsonList(21, `{"UserId":"a"}`) + `}`, "BadRequest: UpdateUserRequestItems must hold at most 20 items"},
		{"50 addresses", invite, `{"UserEmailList":` + jsonList(50, `"a@b.c"`) + `}`, ""},
		{"51 addresses", invite, `{"UserEmailList":` + jsonList(51, `"a@b.c"`) + `}`, "BadRequest: UserEmailList must hold at most 50 items"},
		{"an address without a dot", invite, `{"UserEmailList":["secret@b"]}`, `BadRequest: UserEmailList[0] must match the pattern ^(?:.+@.+\..+)$`},
		{"an address over two lines", invite, `{"UserEmailList":["a@b.c\n"]}`, "BadRequest: UserEmailList[0] must match the pattern"},
		{"one group", groups, `{"GroupNames":["g"]}`, ""},
		{"no groups", groups, `{"GroupNames":[]}`, "BadRequest: GroupNames must hold at least 1 item(s)"},
		{"a license", update, `{"UpdateUserRequestItems":[{"UserId":"a","LicenseType":"ProTrial"}]}`, ""},
		{"no license of that name", update, `{"UpdateUserRequestItems":[{"UserId":"a","LicenseType":"pro"}]}`, "BadRequest: UpdateUserRequestItems[0].LicenseType must be one of Basic, Plus, Pro, ProTrial"},
		{"no user type of that name", invite, `{"UserEmailList":[],"UserType":"Robot"}`, "BadRequest: UserType must be one of PrivateUser, SharedDevice"},

		{"a name of 1", create, `{"Name":"a"}`, ""},
		{"an empty name", create, `{"Name":""}`, "BadRequest: Name must be at least 1 character(s) long"},
		{"a blank name", create, `{"Name":"  "}`, "BadRequest: Name must hold a non-blank character"},
		{"a name of 100 characters of 4 bytes", create, `{"Name":"` + strings.Repeat("🔔", 100) + `"}`, ""},
		{"a name of 101", create, `{"Name":"` + strings.Repeat("a", 101) + `"}`, "BadRequest: Name must be at most 100 characters long"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := refusal(tt.bind(tt.body))
			if tt.want == "" && got != "" || !strings.HasPrefix(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if strings.Contains(got, "secret") {
				t.Errorf("the message %q repeats a sensitive value", got)
			}
		})
	}
}

func TestBindQuery(t *testing.T) {
	tests := []struct{ query, want string }{
		{"", ""},
		{"max-results=1", ""},
		{"max-results=200", ""},
		{"max-results=0", "BadRequest: MaxResults must be an integer between 1 and 200"},
		{"max-results=201", "BadRequest: MaxResults must be an integer between 1 and 200"},
		{"max-results=-1", "BadRequest: MaxResults must be an integer between 1 and 200"},
		{"max-results=ten", "BadRequest: MaxResults must be an integer between 1 and 200"},
		{"max-results=", "BadRequest: MaxResults must be an integer between 1 and 200"},
		{"max-results=1.0", "BadRequest: MaxResults must be an integer between 1 and 200"},
		{"max-results=99999999999999999999", "BadRequest: MaxResults must be an integer between 1 and 200"},
		{"max-results=1&max-results=1", "BadRequest: MaxResults must be given once only"},
		{"user-email=a%40b.c", ""},
		{"user-email=", "BadRequest: UserEmail must match the pattern"},
		{"user-email=a", "BadRequest: UserEmail must match the pattern"},
		{"user-email=a@b.c&user-email=d@e.f", "BadRequest: UserEmail must be given once only"},
		{"user-type=SharedDevice", ""},
		{"user-type=shared", "BadRequest: UserType must be one of PrivateUser, SharedDevice"},
		{"next-token=a&next-token=a", "BadRequest: NextToken must be given once only"},
		{"next-token=%ff", "BadRequest: NextToken must be UTF-8"},
		{"unknown=a&unknown=b", ""},
	}
	for _, tt := range tests {
		t.Run(tt.query, func(t *testing.T) {
			query, err := url.ParseQuery(tt.query)
			if err != nil {
				t.Fatal(err)
			}
			_, err = awsapi.Bind[awsapi.ListUsersRequest](map[string]string{"accountId": "a"}, query, nil)
			if got := refusal(err); tt.want == "" && got != "" || !strings.HasPrefix(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestBindAccountNameFilter(t *testing.T) {
	for name, want := range map[string]string{
		"a": "", "": "BadRequest: Name must be at least 1 character(s) long",
		strings.Repeat("é", 100): "", strings.Repeat("é", 101): "BadRequest: Name must be at most 100 characters long",
	} {
		_, err := awsapi.Bind[awsapi.ListAccountsRequest](nil, url.Values{"name": {name}}, nil)
		if got := refusal(err); got != want {
			t.Errorf("name %q: got %q, want %q", name, got, want)
		}
	}
}

func TestBindLabels(t *testing.T) {
	tests := []struct{ label, want, refusal string }{
		{"12a3456b-7c89-012d-3456-78901e23fg45", "12a3456b-7c89-012d-3456-78901e23fg45", ""},
		{"a%2Fb%2f..", "a/b/..", ""},
		{"a%20b+c", "a b+c", ""},
		{"%C3%A9\u00e9", "éé", ""},
		{"%20", "", "BadRequest: AccountId must hold a non-blank character"},
		{"%ff", "", "BadRequest: AccountId must be UTF-8"},
		{"a%00", "", "BadRequest: AccountId must not hold a null character"},
	}
	for _, tt := range tests {
		in, err := awsapi.Bind[awsapi.GetAccountRequest](map[string]string{"accountId": tt.label}, nil, nil)
		if got := refusal(err); got != tt.refusal || in.AccountID != tt.want {
			t.Errorf("%s: got id %q and refusal %q, want %q and %q", tt.label, in.AccountID, got, tt.want, tt.refusal)
		}
	}
}

func TestBindFillsTheInput(t *testing.T) {
	pro, device, arn, no := awsapi.License("Pro"), awsapi.UserType("SharedDevice"), "arn:x", false
	want := &awsapi.BatchUpdateUserRequest{AccountID: "a", UpdateUserRequestItems: []awsapi.UpdateUserRequestItem{
		{UserID: "u1", LicenseType: &pro, UserType: &device},
		{UserID: "u2", AlexaForBusinessMetadata: &awsapi.AlexaForBusinessMetadata{AlexaForBusinessRoomARN: &arn, IsAlexaForBusinessEnabled: &no}},
	}}
	got, err := awsapi.Bind[awsapi.BatchUpdateUserRequest](map[string]string{"accountId": "a"}, nil, []byte(`{"UpdateUserRequestItems":[
		{"UserId":"u1","LicenseType":"Pro","UserType":"SharedDevice","AlexaForBusinessMetadata":null},
		{"UserId":"u2","AlexaForBusinessMetadata":{"AlexaForBusinessRoomArn":"arn:x","IsAlexaForBusinessEnabled":false}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// FuzzBind feeds every kind of input: nothing panics, a refusal is one of the
// two that binding has, and an accepted input, written as JSON, is accepted
// again as the same.
func FuzzBind(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `{"UserIdList":["a","b"]}`, `{"UpdateUserRequestItems":[{"UserId":"a","LicenseType":"Pro"}]}`,
		`{"UserSettings":{"Telephony":{"InboundCalling":true,"OutboundCalling":false,"SMS":true}}}`,
		`{"Name":"é","DefaultLicense":"Basic"}`, `{"UserEmailList":["a@b.c"],"UserType":null}`, `{"Name":"\ud800"}`,
		`{"SigninDelegateGroups":[{"GroupName":"g"},{}]}`, `{"AccountSettings":{"EnableDialOut":true}}`, `[[[[`,
	} {
		f.Add("a%2Fb", "max-results=5&user-type=SharedDevice", []byte(seed))
	}
	f.Add("%zz", "max-results=&max-results=", []byte(`null`))
	f.Fuzz(func(t *testing.T, label, rawQuery string, body []byte) {
		query, err := url.ParseQuery(rawQuery)
		if err != nil {
			return
		}
		labels := map[string]string{"accountId": label, "userId": label}
		roundTrip[awsapi.AssociateSigninDelegateGroupsWithAccountRequest](t, labels, query, body)
		roundTrip[awsapi.BatchSuspendUserRequest](t, labels, query, body)
		roundTrip[awsapi.BatchUpdateUserRequest](t, labels, query, body)
		roundTrip[awsapi.CreateAccountRequest](t, labels, query, body)
		roundTrip[awsapi.CreateUserRequest](t, labels, query, body)
		roundTrip[awsapi.InviteUsersRequest](t, labels, query, body)
		roundTrip[awsapi.ListAccountsRequest](t, labels, query, body)
		roundTrip[awsapi.ListUsersRequest](t, labels, query, body)
		roundTrip[awsapi.UpdateAccountRequest](t, labels, query, body)
		roundTrip[awsapi.UpdateAccountSettingsRequest](t, labels, query, body)
		roundTrip[awsapi.UpdateUserRequest](t, labels, query, body)
		roundTrip[awsapi.UpdateUserSettingsRequest](t, labels, query, body)
	})
}

func roundTrip[In any, P awsapi.Input[In]](t *testing.T, labels map[string]string, query url.Values, body []byte) {
	t.Helper()
	in, err := awsapi.Bind[In, P](labels, query, body)
	if err != nil {
		if got := refusal(err); !strings.HasPrefix(got, "SerializationException: ") && !strings.HasPrefix(got, "BadRequest: ") {
			t.Fatalf("%T: an unexpected refusal: %s", in, got)
		}
		return
	}
	again, err := json.Marshal(in)
	if err != nil {
		t.Fatalf("%T: %v", in, err)
	}
	back, err := awsapi.Bind[In, P](labels, query, again)
	if err != nil {
		t.Fatalf("%T: %s is refused: %v", in, again, err)
	}
	if diff := cmp.Diff(in, back); diff != "" {
		t.Fatalf("%T: %s binds to something else (-first +again):\n%s", in, again, diff)
	}
}
