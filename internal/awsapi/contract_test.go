package awsapi_test

import (
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-id/carillon/internal/awsapi"
	"github.com/carillon-id/carillon/internal/chime"
)

// contract is the project's own copy of the API contract, which the shapes are
// generated from.
type contract struct {
	Operations map[string]contractOperation
	Shapes     map[string]contractShape
}

type contractOperation struct {
	Method, URI   string
	Status        int
	Input, Output string
	Errors        []string
}

type contractShape struct {
	Type            string
	Members         map[string]contractMember
	Item            string
	Min, Max        int
	Pattern         string
	Enum            []string
	Sensitive       bool
	TimestampFormat string
	HTTPStatus      int
}

type contractMember struct {
	Shape        string
	Required     bool
	Location     string
	LocationName string
}

func loadContract(t *testing.T) contract {
	t.Helper()
	var c contract
	loadJSON(t, "shapesgen/contract.json", &c)
	return c
}

func loadJSON(t *testing.T, path string, into any) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// servedOperations are the operations of accounts and users.
func servedOperations() []string {
	return strings.Fields(`AssociateSigninDelegateGroupsWithAccount BatchSuspendUser BatchUnsuspendUser
		BatchUpdateUser CreateAccount CreateUser DeleteAccount DisassociateSigninDelegateGroupsFromAccount
		GetAccount GetAccountSettings GetUser GetUserSettings InviteUsers ListAccounts ListUsers LogoutUser
		ResetPersonalPIN UpdateAccount UpdateAccountSettings UpdateUser UpdateUserSettings`)
}

func TestRouteTableIsTheContracts(t *testing.T) {
	type line struct {
		Operation, Pattern string
		Status             int
	}
	c := loadContract(t)
	var want, got []line
	for _, name := range servedOperations() {
		o := c.Operations[name]
		want = append(want, line{name, o.Method + " " + o.URI, o.Status})
	}
	for _, r := range awsapi.Routes() {
		got = append(got, line{r.Operation, r.Pattern, r.Status})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the route table differs from the contract (-want +got):\n%s", diff)
	}
}

func TestOperationsAreTheContracts(t *testing.T) {
	c := loadContract(t)
	got := map[string]contractOperation{}
	for _, o := range awsapi.Operations() {
		got[o.Name] = contractOperation{
			Method: o.Method, URI: o.URI, Status: o.Status, Errors: o.Errors,
			Input: c.Operations[o.Name].Input, Output: c.Operations[o.Name].Output,
		}
	}
	if diff := cmp.Diff(c.Operations, got); diff != "" {
		t.Errorf("Operations differs from the contract (-want +got):\n%s", diff)
	}
	if len(got) != 62 {
		t.Errorf("got %d operations, want 62", len(got))
	}
}

func TestRoots(t *testing.T) {
	want := []string{"accounts", "phone-numbers", "meetings", "phone-number-orders", "settings", "phone-number-countries", "search"}
	roots := awsapi.Roots()
	if diff := cmp.Diff(want, roots[:len(want)]); diff != "" {
		t.Errorf("Roots (-want +got):\n%s", diff)
	}
	for _, r := range awsapi.Extensions() {
		if root := regexp.MustCompile(`^[A-Z]+ /([^/?]+)`).FindStringSubmatch(r.Pattern); root == nil || !slices.Contains(roots, root[1]) {
			t.Errorf("the root of %s is not among %v", r.Pattern, roots)
		}
	}
}

// TestShapesAreTheContracts compares the Go types with the contract, member by
// member. Limits are compared by their effect, in bind_test.go.
func TestShapesAreTheContracts(t *testing.T) {
	c := loadContract(t)
	for name, typ := range map[string]reflect.Type{
		"Account":                  reflect.TypeFor[awsapi.Account](),
		"AccountSettings":          reflect.TypeFor[awsapi.AccountSettings](),
		"AlexaForBusinessMetadata": reflect.TypeFor[awsapi.AlexaForBusinessMetadata](),
		"BatchUpdateUserRequest":   reflect.TypeFor[awsapi.BatchUpdateUserRequest](),
		"BatchSuspendUserResponse": reflect.TypeFor[awsapi.BatchSuspendUserResponse](),
		"CreateUserRequest":        reflect.TypeFor[awsapi.CreateUserRequest](),
		"Invite":                   reflect.TypeFor[awsapi.Invite](),
		"ListAccountsResponse":     reflect.TypeFor[awsapi.ListAccountsResponse](),
		"ListUsersRequest":         reflect.TypeFor[awsapi.ListUsersRequest](),
		"SigninDelegateGroup":      reflect.TypeFor[awsapi.SigninDelegateGroup](),
		"TelephonySettings":        reflect.TypeFor[awsapi.TelephonySettings](),
		"UpdateUserRequestItem":    reflect.TypeFor[awsapi.UpdateUserRequestItem](),
		"User":                     reflect.TypeFor[awsapi.User](),
		"UserError":                reflect.TypeFor[awsapi.UserError](),
		"UserSettings":             reflect.TypeFor[awsapi.UserSettings](),
	} {
		want, got := map[string]bool{}, map[string]bool{}
		for member, m := range c.Shapes[name].Members {
			if m.Location == "" {
				want[member] = m.Required || c.Shapes[m.Shape].Type == "list"
			}
		}
		var keys []string
		for i := range typ.NumField() {
			f := typ.Field(i)
			key := f.Tag.Get("json")
			if key != "-" {
				keys = append(keys, key)
				got[key] = f.Type.Kind() != reflect.Pointer
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: members, and whether they are always there (-want +got):\n%s", name, diff)
		}
		if !slices.IsSorted(keys) {
			t.Errorf("%s: the members %v are not in alphabetical order", name, keys)
		}
	}
}

// TestDomainSpeaksTheContract compares the values of the domain's types with the
// contract's enumerations.
func TestDomainSpeaksTheContract(t *testing.T) {
	c := loadContract(t)
	for shape, values := range map[string][]string{
		"AccountType":        texts(chime.AccountTypes()...),
		"AccountStatus":      texts(chime.AccountActive, chime.AccountSuspended),
		"License":            texts(chime.Basic, chime.Plus, chime.Pro, chime.ProTrial),
		"RegistrationStatus": texts(chime.Unregistered, chime.Registered, chime.Suspended),
		"InviteStatus":       texts(chime.InvitationPending, chime.InvitationAccepted, chime.InvitationFailed),
		"EmailStatus":        texts(chime.EmailNotSent, chime.EmailSent, chime.EmailFailed),
		"UserType":           texts(chime.PrivateUser, chime.SharedDevice),
	} {
		want := slices.Sorted(slices.Values(c.Shapes[shape].Enum))
		if diff := cmp.Diff(want, slices.Sorted(slices.Values(values))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", shape, diff)
		}
	}
	codes := texts(chime.BadRequest, chime.Unauthorized, chime.Forbidden, chime.NotFound, chime.Conflict,
		chime.Unprocessable, chime.Throttled, chime.ServiceFailure, chime.ServiceUnavailable)
	for _, code := range codes {
		if !slices.Contains(c.Shapes["ErrorCode"].Enum, code) {
			t.Errorf("the contract's ErrorCode has no %s", code)
		}
	}
}

func texts[T ~string](values ...T) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}

// TestContractPatternsAreKnown guards the one pattern that is read by its
// meaning rather than as a regular expression.
func TestContractPatternsAreKnown(t *testing.T) {
	for name, s := range loadContract(t).Shapes {
		if strings.Contains(s.Pattern, `\S`) && s.Pattern != `.*\S.*` {
			t.Errorf("%s: the pattern %s needs a reading of its own", name, s.Pattern)
		}
		if _, err := regexp.Compile(s.Pattern); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
