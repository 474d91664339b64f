package awsapi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-id/carillon/internal/awsapi"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
)

const otherTenant = chime.TenantID("444455556666")

// may is a policy document of one statement.
func may(effect, actions, resource string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"` + effect + `","Action":` + actions + `,"Resource":"` + resource + `"}]}`
}

// put is the body of iam:PutUserPolicy.
func put(document string) string {
	body, _ := json.Marshal(map[string]string{"PolicyDocument": document}) // strings always marshal
	return string(body)
}

// state is all that is stored of the principals and keys of a tenant, "" for all.
func (s *server) state(t *testing.T, of chime.TenantID) string {
	t.Helper()
	principals, err := s.admin.ListPrincipals(t.Context(), of)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := s.admin.ListKeys(t.Context(), of)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%+v\n%+v", principals, keys)
}

// checkAccess sends requests one after the other.
func checkAccess(t *testing.T, s *server, key iam.NewKey, tests []accessTest) {
	t.Helper()
	for _, tt := range tests {
		got := s.call(t, key, tt.request, tt.body)
		if got.status != tt.status || !regexp.MustCompile(`^`+tt.want+`$`).MatchString(got.body) {
			t.Errorf("%s %s: got %d %s, want %d %s", tt.request, tt.body, got.status, got.body, tt.status, tt.want)
		}
	}
}

type accessTest struct {
	request, body string
	status        int
	want          string // a regular expression
}

func TestAdministrationOnTheWire(t *testing.T) {
	s := newServer(t, 0)
	admin := s.key(t, tenant, "admin", iam.AdministratorPolicy)
	const at = `"CreateTimestamp":"2019-01-08T18:30:05.042Z"`
	bob := func(status, policies string) string {
		return `{"User":{"Arn":"arn:aws:iam::111122223333:user/bob",` + at + `,"PolicyNames":\[` + policies + `\],"Root":false,` +
			`"Status":"` + status + `","UserId":"AIDA[A-Z2-7]{17}","UserName":"bob"}}`
	}
	document := may("Allow", `"chime:GetUser"`, "*")
	quoted, _ := json.Marshal(document)
	checkAccess(t, s, admin, []accessTest{
		{"POST /iam/users", `{"UserName":"bob"}`, 201, bob("Active", "")},
		{"POST /iam/users", `{"UserName":"bob"}`, 409, `{"Code":"Conflict","Message":"User with name bob already exists."}`},
		{"PUT /iam/users/bob/policies/AmazonChimeReadOnly?operation=attach", "", 200, bob("Active", `"AmazonChimeReadOnly"`)},
		{"PUT /iam/users/bob/policies/mine", put(document), 200, bob("Active", `"AmazonChimeReadOnly","mine"`)},
		{"GET /iam/users/bob/policies", "", 200, `{"Policies":\[{"Arn":"arn:aws:iam::aws:policy/AmazonChimeReadOnly","Managed":true,"PolicyDocument":".+",` +
			`"PolicyName":"AmazonChimeReadOnly"},{"Arn":null,"Managed":false,"PolicyDocument":` + regexp.QuoteMeta(string(quoted)) + `,"PolicyName":"mine"}\]}`},
		{"GET /iam/policies", "", 200, `{"Policies":\[.*"PolicyName":"AmazonChimeReadOnly","UserNames":\["bob"\]}.*"PolicyName":"CarillonAdministrator",` +
			`"UserNames":\["admin"\]},{"Arn":null,"Description":null,"Managed":false,.*"PolicyName":"mine","UserNames":\["bob"\]}\]}`},
		{"DELETE /iam/users/bob/policies/mine?operation=detach", "", 404, `{"Code":"NotFound",.*}`},
		{"DELETE /iam/users/bob/policies/AmazonChimeReadOnly", "", 404, `{"Code":"NotFound",.*}`},
		{"DELETE /iam/users/bob/policies/AmazonChimeReadOnly?operation=detach", "", 200, bob("Active", `"mine"`)},
		{"DELETE /iam/users/bob/policies/mine", "", 200, bob("Active", "")},
		{"POST /iam/users/bob", `{"Status":"Inactive"}`, 200, bob("Inactive", "")},
		{"POST /iam/users/bob", `{"Status":"Active"}`, 200, bob("Active", "")},
		{"POST /iam/users/bob", `{"Status":"active"}`, 400, `{"Code":"BadRequest","Message":"Status must be one of Active, Inactive"}`},
		{"POST /iam/users", `{"UserName":"a b"}`, 400, `{"Code":"BadRequest",.*"Message":".*user name.*"}`},
		{"POST /iam/users", `{"UserName":"Root"}`, 400, `{"Code":"BadRequest",.*}`},
		{"POST /iam/users/nobody", `{"Status":"Active"}`, 404, `{"Code":"NotFound","Message":"The user with name nobody cannot be found."}`},
		{"GET /iam/users/nobody/access-keys", "", 404, `{"Code":"NotFound",.*}`},
		{"POST /iam/users/nobody/access-keys", "", 404, `{"Code":"NotFound",.*}`},
		{"PUT /iam/users/nobody/policies/mine", put(document), 404, `{"Code":"NotFound",.*}`},
		{"PUT /iam/users/bob/policies/Nothing?operation=attach", "", 404, `{"Code":"NotFound","Message":"There is no managed policy Nothing"}`},
		{"DELETE /iam/users/bob", "", 204, ``},
		{"DELETE /iam/users/bob", "", 404, `{"Code":"NotFound",.*}`},
		{"GET /iam/users", "", 200, `{"Users":\[{"Arn":"arn:aws:iam::111122223333:user/admin",.*"UserName":"admin"},` +
			`{"Arn":"arn:aws:iam::111122223333:root",.*"Root":true,"Status":"Active","UserId":"111122223333","UserName":"root"}\]}`},
	})
}

// createAccessKey makes a key over the API.
func (s *server) createAccessKey(t *testing.T, by iam.NewKey, user string) iam.NewKey {
	t.Helper()
	made := s.call(t, by, "POST /iam/users/"+user+"/access-keys", "")
	var created struct {
		AccessKey struct{ AccessKeyID, SecretAccessKey string }
	}
	if err := json.Unmarshal([]byte(made.body), &created); err != nil || made.status != http.StatusCreated || created.AccessKey.SecretAccessKey == "" {
		t.Fatalf("CreateAccessKey: got %d %s (%v)", made.status, made.body, err)
	}
	return iam.NewKey{AccessKeyID: created.AccessKey.AccessKeyID, SecretAccessKey: created.AccessKey.SecretAccessKey}
}

// TestAccessKeysOnTheWire makes a key, uses it, and sees it disabled and deleted.
func TestAccessKeysOnTheWire(t *testing.T) {
	s := newServer(t, 0)
	bob := s.key(t, tenant, "bob", "AmazonChimeReadOnly")
	other := s.key(t, tenant, "carol")
	key := s.createAccessKey(t, s.root, "bob")
	status := func(want int) {
		t.Helper()
		if got := s.call(t, key, "GET /accounts", ""); got.status != want {
			t.Errorf("a call with the key: got %d %s, want %d", got.status, got.body, want)
		}
	}
	status(200)
	path := " /iam/users/bob/access-keys/" + key.AccessKeyID
	wire := func(status string) string {
		return `{"AccessKeyId":"` + key.AccessKeyID + `","CreateTimestamp":"2019-01-08T18:30:05.042Z","Status":"` + status + `","UserName":"bob"}`
	}
	checkAccess(t, s, s.root, []accessTest{{"POST" + path, `{"Status":"Inactive"}`, 200, `{"AccessKey":` + wire("Inactive") + `}`}})
	status(403)
	checkAccess(t, s, s.root, []accessTest{
		{"GET /iam/users/bob/access-keys", "", 200, `{"AccessKeys":\[.*` + wire("Inactive") + `.*\]}`},
		{"POST" + path, `{"Status":"Active"}`, 200, `{"AccessKey":` + wire("Active") + `}`},
	})
	status(200)
	checkAccess(t, s, s.root, []accessTest{
		{"DELETE /iam/users/bob/access-keys/" + other.AccessKeyID, "", 404, `{"Code":"NotFound","Message":"User bob has no access key ` + other.AccessKeyID + `"}`},
		{"POST /iam/users/carol/access-keys/" + key.AccessKeyID, `{"Status":"Inactive"}`, 404, `{"Code":"NotFound",.*}`},
		{"DELETE" + path, "", 204, ``},
		{"DELETE" + path, "", 404, `{"Code":"NotFound",.*}`},
		{"GET /iam/users/bob/access-keys", "", 200, `{"AccessKeys":\[{"AccessKeyId":"` + bob.AccessKeyID + `",.*"UserName":"bob"}\]}`},
	})
	status(403)
}

// administrationRequests are one request for each route on principals, about a user.
func administrationRequests(user, keyID string) map[string][2]string {
	at := " /iam/users/" + user
	return map[string][2]string{
		"iam:AttachUserPolicy":        {"PUT" + at + "/policies/AmazonChimeReadOnly?operation=attach", ""},
		"iam:CreateAccessKey":         {"POST" + at + "/access-keys", ""},
		"iam:CreateUser":              {"POST /iam/users", `{"UserName":"` + user + `"}`},
		"iam:DeleteAccessKey":         {"DELETE" + at + "/access-keys/" + keyID, ""},
		"iam:DeleteUser":              {"DELETE" + at, ""},
		"iam:DeleteUserPolicy":        {"DELETE" + at + "/policies/own0", ""},
		"iam:DetachUserPolicy":        {"DELETE" + at + "/policies/AmazonChimeReadOnly?operation=detach", ""},
		"iam:ListAccessKeys":          {"GET" + at + "/access-keys", ""},
		"iam:ListPolicies":            {"GET /iam/policies", ""},
		"iam:ListUserPolicies":        {"GET" + at + "/policies", ""},
		"iam:ListUsers":               {"GET /iam/users", ""},
		"iam:PutUserPolicy":           {"PUT" + at + "/policies/own0", put(may("Allow", `"chime:GetUser"`, "*"))},
		"iam:SimulatePrincipalPolicy": {"POST /iam/simulate", `{"Principal":"` + user + `","Action":"chime:GetUser"}`},
		"iam:UpdateAccessKey":         {"POST" + at + "/access-keys/" + keyID, `{"Status":"Inactive"}`},
		"iam:UpdateUser":              {"POST" + at, `{"Status":"Inactive"}`},
	}
}

// TestAdministrationTakesItsOwnActions: no chime policy reaches principals, each
// route takes the action of its name, on the user that it is about, and who may do
// all but that may not do it.
func TestAdministrationTakesItsOwnActions(t *testing.T) {
	s := newServer(t, 0)
	bob := s.key(t, tenant, "bob", "AmazonChimeReadOnly", may("Allow", `"chime:GetUser"`, "*"))
	chimeOnly := s.key(t, tenant, "chime-only", "AmazonChimeFullAccess", "AmazonChimeUserManagement", may("Allow", `["*","chime:*"]`, "*"))
	requests := administrationRequests("bob", bob.AccessKeyID)
	requests["iam:GrantAdministrator"] = [2]string{"PUT /iam/administrators/account/user", `{"Policies":["AmazonChimeReadOnly"]}`}
	requests["iam:ListAdministrators"] = [2]string{"GET /iam/administrators", ""}
	requests["iam:RevokeAdministrator"] = [2]string{"DELETE /iam/administrators/account/user", ""}
	before := s.state(t, tenant)
	var actions []string
	for _, r := range awsapi.Extensions() {
		action := r.Action()
		if !strings.HasPrefix(action, "iam:") {
			continue
		}
		actions = append(actions, action)
		name := strings.TrimPrefix(action, "iam:")
		request := requests[action]
		allBut := s.key(t, otherTenant, "all-but-"+name, iam.AdministratorPolicy, may("Deny", `"`+action+`"`, "*"))
		elsewhere := s.key(t, otherTenant, "elsewhere-"+name, may("Allow", `"iam:*"`, "arn:aws:iam::444455556666:user/x*"))
		only := s.key(t, otherTenant, "only-"+name, may("Allow", `"`+action+`"`, "*"))
		for _, key := range []iam.NewKey{chimeOnly, allBut, elsewhere} {
			got := s.call(t, key, request[0], request[1])
			if got.exception() != "ForbiddenException" || !strings.Contains(got.body, "is not authorized to perform: "+action+" on resource: ") {
				t.Errorf("%s by %s: got %d %s, want it denied by its name", action, key.User, got.status, got.body)
			}
		}
		if got := s.call(t, only, request[0], request[1]); got.exception() == "ForbiddenException" && !strings.Contains(got.body, "may not grant") {
			t.Errorf("%s by its action alone: got %d %s, want it not denied", action, got.status, got.body)
		}
	}
	if diff := cmp.Diff(len(requests), len(actions)); diff != "" {
		t.Errorf("the routes %v (-want +got):\n%s", actions, diff)
	}
	if diff := cmp.Diff(before, s.state(t, tenant)); diff != "" {
		t.Errorf("something changed (-before +after):\n%s", diff)
	}
}

// TestOtherTenantsPrincipalsAreInvisible: an administrator of one tenant finds
// nothing of another's, whatever they name, and changes nothing there.
func TestOtherTenantsPrincipalsAreInvisible(t *testing.T) {
	s := newServer(t, 0)
	theirs := s.key(t, otherTenant, "bob", "AmazonChimeReadOnly", may("Allow", `"chime:GetUser"`, "*"))
	s.key(t, tenant, "ann")
	before := s.state(t, "")
	for action, request := range administrationRequests("bob", theirs.AccessKeyID) {
		got := s.call(t, s.root, request[0], request[1])
		switch action {
		case "iam:ListUsers", "iam:ListPolicies":
			if got.status != 200 || strings.Contains(got.body, "bob") || strings.Contains(got.body, string(otherTenant)) {
				t.Errorf("%s: got %d %s, want nothing of the other tenant", action, got.status, got.body)
			}
		case "iam:CreateUser": // a namesake, which is not there
		default:
			if got.exception() != "NotFoundException" {
				t.Errorf("%s: got %d %s, want NotFound", action, got.status, got.body)
			}
		}
		if action == "iam:CreateUser" {
			if err := s.admin.DeletePrincipal(t.Context(), tenant, "bob"); err != nil {
				t.Error(err)
			}
		}
	}
	for _, request := range [][2]string{
		{"POST /iam/simulate", `{"Principal":"arn:aws:iam::444455556666:user/bob","Action":"chime:GetUser"}`},
		{"DELETE /iam/users/ann/access-keys/" + theirs.AccessKeyID, ""},
		{"POST /iam/users/ann/access-keys/" + theirs.AccessKeyID, `{"Status":"Inactive"}`},
	} {
		if got := s.call(t, s.root, request[0], request[1]); got.exception() != "NotFoundException" {
			t.Errorf("%s: got %d %s, want NotFound", request[0], got.status, got.body)
		}
	}
	if diff := cmp.Diff(before, s.state(t, "")); diff != "" {
		t.Errorf("something changed (-before +after):\n%s", diff)
	}
}

// TestNobodyGrantsWhatTheyDoNotHold lets an administrator whose own powers are
// bounded try to get beyond them by way of themselves and others.
func TestNobodyGrantsWhatTheyDoNotHold(t *testing.T) {
	const office = `,"Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}]}`
	under := func(document string) string { return strings.TrimSuffix(document, "}]}") + office }
	tests := []struct {
		name          string
		request, body string
		want          int
	}{
		{"to oneself, everything", "PUT /iam/users/deputy/policies/more", put(may("Allow", `["chime:*","iam:*"]`, "*")), 403},
		{"to oneself, a managed policy", "PUT /iam/users/deputy/policies/CarillonAdministrator?operation=attach", "", 403},
		{"to another, everything of chime", "PUT /iam/users/weak/policies/AmazonChimeFullAccess?operation=attach", "", 403},
		{"to another, what I am denied", "PUT /iam/users/weak/policies/more", put(may("Allow", `"chime:DeleteAccount"`, "*")), 403},
		{"to another, a wildcard that takes it in", "PUT /iam/users/weak/policies/more", put(may("Allow", `"chime:*Account"`, "*")), 403},
		{"to another, all but something", "PUT /iam/users/weak/policies/more", put(strings.Replace(may("Allow", `"chime:DeleteAccount"`, "*"), "Action", "NotAction", 1)), 403},
		{"to another, what I hold from the office only", "PUT /iam/users/weak/policies/more", put(may("Allow", `"chime:InviteUsers"`, "*")), 403},
		{"to another, that from the office", "PUT /iam/users/weak/policies/more", put(under(may("Allow", `"chime:InviteUsers"`, "*"))), 200},
		{"to another, what I hold under my name", "PUT /iam/users/weak/policies/more", put(may("Allow", `"chime:LogoutUser"`, "*")), 200},
		{"to another, what somebody else holds under theirs", "PUT /iam/users/weak/policies/more", put(may("Allow", `"chime:ResetPersonalPIN"`, "*")), 403},
		{"to another, that under their name", "PUT /iam/users/weak/policies/more", put(strings.Replace(
			may("Allow", `"chime:ResetPersonalPIN"`, "*"), "}]}", `,"Condition":{"StringEquals":{"aws:username":"weak"}}}]}`, 1)), 403},
		{"to another, what I hold", "PUT /iam/users/weak/policies/more", put(may("Allow", `["chime:GetUser","iam:ListUsers"]`, "*")), 200},
		{"to another, a denial", "PUT /iam/users/weak/policies/more", put(may("Deny", `"*"`, "*")), 200},
		{"to somebody strong, what I hold", "PUT /iam/users/strong/policies/more", put(may("Allow", `"chime:GetUser"`, "*")), 200},
		{"to somebody strong, their denial replaced", "PUT /iam/users/strong/policies/own1", put(may("Allow", `"chime:GetUser"`, "*")), 403},
		{"from somebody strong, their denial", "DELETE /iam/users/strong/policies/own1", "", 403},
		{"from somebody strong, a permission", "DELETE /iam/users/strong/policies/AmazonChimeFullAccess?operation=detach", "", 200},
		{"from oneself, the denial", "DELETE /iam/users/deputy/policies/own1", "", 403},
		{"from oneself, the denial replaced", "PUT /iam/users/deputy/policies/own1", put(may("Allow", `"chime:GetUser"`, "*")), 403},
		{"from another, a denial of what I hold", "DELETE /iam/users/gagged/policies/own1", "", 200},
		{"a key for somebody strong", "POST /iam/users/strong/access-keys", "", 403},
		{"a key for an administrator", "POST /iam/users/boss/access-keys", "", 403},
		{"a key for somebody weak", "POST /iam/users/weak/access-keys", "", 201},
		{"a key for oneself", "POST /iam/users/deputy/access-keys", "", 201},
		{"a key for the root", "POST /iam/users/root/access-keys", "", 403},
		{"a key of somebody strong enabled", "POST /iam/users/strong/access-keys/{strong}", `{"Status":"Active"}`, 403},
		{"a key of somebody strong disabled", "POST /iam/users/strong/access-keys/{strong}", `{"Status":"Inactive"}`, 200},
		{"a key of somebody weak enabled", "POST /iam/users/weak/access-keys/{weak}", `{"Status":"Active"}`, 200},
		{"somebody strong enabled", "POST /iam/users/strong", `{"Status":"Active"}`, 403},
		{"somebody strong disabled", "POST /iam/users/strong", `{"Status":"Inactive"}`, 200},
		{"somebody weak enabled", "POST /iam/users/weak", `{"Status":"Active"}`, 200},
		{"a policy on the root", "PUT /iam/users/root/policies/AmazonChimeReadOnly?operation=attach", "", 403},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(t, 0)
			deputy := s.key(t, tenant, "deputy",
				may("Allow", `["iam:*","chime:Get*","chime:List*","chime:*Account"]`, "*"), may("Deny", `"chime:Delete*"`, "*"),
				under(may("Allow", `"chime:InviteUsers"`, "*")),
				strings.Replace(may("Allow", `"chime:LogoutUser"`, "*"), "}]}", `,"Condition":{"StringEquals":{"aws:username":"deputy"}}}]}`, 1),
				strings.Replace(may("Allow", `"chime:ResetPersonalPIN"`, "*"), "}]}", `,"Condition":{"StringEquals":{"aws:username":"weak"}}}]}`, 1))
			weak := s.key(t, tenant, "weak", may("Allow", `"chime:ListUsers"`, "*"))
			strong := s.key(t, tenant, "strong", "AmazonChimeFullAccess", may("Deny", `"chime:GetUser"`, "*"))
			s.key(t, tenant, "gagged", may("Allow", `"chime:GetUser"`, "*"), may("Deny", `"chime:GetUser"`, "*"))
			s.key(t, tenant, "boss", iam.AdministratorPolicy)
			before := s.state(t, "")
			request := strings.NewReplacer("{strong}", strong.AccessKeyID, "{weak}", weak.AccessKeyID).Replace(tt.request)
			got := s.call(t, deputy, request, tt.body)
			if got.status != tt.want {
				t.Errorf("got %d %s, want %d", got.status, got.body, tt.want)
			}
			if tt.want == 403 && (got.exception() != "ForbiddenException" || before != s.state(t, "")) {
				t.Errorf("got %s, and changed %t, want a refusal that changes nothing", got.body, before != s.state(t, ""))
			}
		})
	}
}

// TestTheRootIsOutOfReach: nobody changes the root or its keys over the API, not
// even the root, so that nobody is locked out of all.
func TestTheRootIsOutOfReach(t *testing.T) {
	s := newServer(t, 0)
	admin := s.key(t, tenant, "admin", iam.AdministratorPolicy)
	for _, key := range []iam.NewKey{admin, s.root} {
		before := s.state(t, "")
		for action, request := range administrationRequests("root", s.root.AccessKeyID) {
			if strings.HasPrefix(action, "iam:List") || strings.HasPrefix(action, "iam:Simulate") {
				continue
			}
			if got := s.call(t, key, request[0], request[1]); got.status != 403 && got.exception() != "ConflictException" {
				t.Errorf("%s by %s: got %d %s, want it refused", action, key.User, got.status, got.body)
			}
		}
		if diff := cmp.Diff(before, s.state(t, "")); diff != "" {
			t.Errorf("something changed (-before +after):\n%s", diff)
		}
		got := s.call(t, key, "GET /iam/users/root/access-keys", "")
		if got.status != 200 || !strings.Contains(got.body, s.root.AccessKeyID) || strings.Contains(got.body, "Secret") {
			t.Errorf("the root's keys: got %d %s, want them without secrets", got.status, got.body)
		}
	}
}

func TestPoliciesAreRefusedWithTheirPlace(t *testing.T) {
	s := newServer(t, 0)
	s.key(t, tenant, "bob")
	before := s.state(t, "")
	good := may("Allow", `"chime:GetUser"`, "*")
	tests := []struct{ name, body, want string }{
		{"mine", put(`{"Statement":[`), "policy document: it is not JSON: "},
		{"mine", put(strings.Replace(good, "Resource", "NotResource", 1)), "policy document: statement 1 NotResource is not supported: "},
		{"mine", put(`{"Statement":[` + good[len(`{"Version":"2012-10-17","Statement":[`):len(good)-2] + `,{"Effect":"Maybe"}]}`), "policy document: statement 2 Effect is "},
		{"mine", put(may("Allow", `"GetUser"`, "*")), "policy document: statement 1 Action holds "},
		{"mine", put(strings.Repeat(" ", 140_000) + good), "policy document: it is longer than 6144 characters"},
		{"AmazonChimeReadOnly", put(good), "cannot have the name of the managed policy"},
		{"my%20policy", put(good), "is not a policy name"},
		{"mine", `{}`, "PolicyDocument is required"},
		{"mine", `{"PolicyDocument":{"Version":"2012-10-17"}}`, "PolicyDocument is not a string"},
	}
	for _, tt := range tests {
		got := s.call(t, s.root, "PUT /iam/users/bob/policies/"+tt.name, tt.body)
		if got.status != 400 || !strings.Contains(got.body, tt.want) {
			t.Errorf("%s %.100s: got %d %s, want 400 with %q", tt.name, tt.body, got.status, got.body, tt.want)
		}
	}
	if diff := cmp.Diff(before, s.state(t, "")); diff != "" {
		t.Errorf("something changed (-before +after):\n%s", diff)
	}
	for i := range 21 {
		got := s.call(t, s.root, fmt.Sprintf("PUT /iam/users/bob/policies/p%d", i), put(good))
		if want := map[bool]int{true: 200, false: 422}[i < 20]; got.status != want {
			t.Errorf("policy %d: got %d %s, want %d", i+1, got.status, got.body, want)
		}
	}
}

func TestSimulate(t *testing.T) {
	s := newServer(t, 0)
	document := `{"Version":"2012-10-17","Statement":[
		{"Sid":"Office","Effect":"Allow","Action":"chime:*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"},"Bool":{"aws:SecureTransport":"true"}}},
		{"Effect":"Deny","Action":"chime:Delete*","Resource":"arn:aws:chime::111122223333:account/kept"},
		{"Sid":"Past","Effect":"Allow","Action":"chime:LogoutUser","Resource":"*","Condition":{"DateLessThan":{"aws:CurrentTime":"2020-01-01"},"StringLike":{"aws:UserAgent":"cli*"}}}]}`
	s.key(t, tenant, "bob", "AmazonChimeReadOnly", document)
	const (
		office    = `,"Context":{"aws:SourceIp":"10.1.2.3","aws:SecureTransport":"true"}`
		condition = `{"Effect":"Allow","Number":1,"PolicyName":"own1","Sid":"Office"}`
		managed   = `{"Effect":"Allow","Number":1,"PolicyName":"AmazonChimeReadOnly","Sid":null}`
	)
	answer := func(decision string, matched ...string) string {
		return regexp.QuoteMeta(`{"Decision":"` + decision + `","MatchedStatements":[` + strings.Join(matched, ",") + `],"Status":"Active"}`)
	}
	ask := func(principal, action, more string) string {
		return `{"Principal":"` + principal + `","Action":"` + action + `"` + more + `}`
	}
	const simulate = "POST /iam/simulate"
	checkAccess(t, s, s.root, []accessTest{
		{simulate, ask("bob", "chime:GetUser", ""), 200, answer("allowed", managed)},
		{simulate, ask("arn:aws:iam::111122223333:user/bob", "chime:GetUser", office), 200, answer("allowed", managed, condition)},
		{simulate, ask("bob", "chime:BatchSuspendUser", ""), 200, answer("implicitDeny")},
		{simulate, ask("bob", "chime:SuspendUsers", office), 200, answer("allowed", condition)},
		{simulate, ask("bob", "chime:DeleteAccount", `,"Resource":"arn:aws:chime::111122223333:account/kept"`+office), 200, answer("explicitDeny", `{"Effect":"Deny","Number":2,"PolicyName":"own1","Sid":null}`)},
		{simulate, ask("bob", "chime:DeleteAccount", `,"Resource":"arn:aws:chime::111122223333:account/other"`+office), 200, answer("allowed", condition)},
		{simulate, ask("bob", "chime:GetUser", `,"Resource":"arn:aws:chime::444455556666:account/a"`), 200, answer("implicitDeny")},
		{simulate, ask("bob", "chime:LogoutUser", `,"Context":{"aws:UserAgent":"cli/1"}`), 200, answer("allowed", `{"Effect":"Allow","Number":3,"PolicyName":"own1","Sid":"Past"}`)},
		{simulate, ask("bob", "chime:LogoutUser", `,"Context":{"aws:UserAgent":"cli/1","aws:CurrentTime":"2027-01-01T00:00:00Z"}`), 200, answer("implicitDeny")},
		{simulate, ask("bob", "iam:CreateUser", office), 200, answer("implicitDeny")},
		{simulate, ask("root", "iam:CreateUser", ""), 200, answer("allowed")},
		{simulate, ask("arn:aws:iam::111122223333:root", "chime:DeleteAccount", ""), 200, answer("allowed")},
		{simulate, ask("nobody", "chime:GetUser", ""), 404, `{"Code":"NotFound",.*}`},
		{simulate, ask("arn:aws:iam::111122223333:role/bob", "chime:GetUser", ""), 404, `{"Code":"NotFound",.*}`},
		{simulate, ask("bob", "chime:*", ""), 400, `{"Code":"BadRequest","Message":"Action must be .*"}`},
		{simulate, ask("bob", "GetUser", ""), 400, `{"Code":"BadRequest","Message":"Action must be .*"}`},
		{simulate, ask("bob", "chime:GetUser", `,"Context":{"aws:SourceIp":"10.0.0.0/8"}`), 400, `{"Code":"BadRequest","Message":"Context .*aws:SourceIp.*"}`},
		{simulate, ask("bob", "chime:GetUser", `,"Context":{"aws:SecureTransport":"yes"}`), 400, `{"Code":"BadRequest",.*}`},
		{simulate, ask("bob", "chime:GetUser", `,"Context":{"aws:username":"root"}`), 400, `{"Code":"BadRequest","Message":"Context holds .*"}`},
		{simulate, ask("bob", "chime:GetUser", `,"Context":{"aws:UserAgent":1}`), 400, `{"__type":"SerializationException",.*}`},
		{simulate, ask("bob", "chime:GetUser", `,"Context":[]`), 400, `{"__type":"SerializationException",.*}`},
		{simulate, `{"Principal":"bob"}`, 400, `{"Code":"BadRequest","Message":"Action is required"}`},
		{"POST /iam/users/bob", `{"Status":"Inactive"}`, 200, `.*`},
		{simulate, ask("bob", "chime:GetUser", ""), 200, `{"Decision":"allowed",.*"Status":"Inactive"}`},
	})
}

// TestAdministrationIsRecorded: changes and refusals are IAM's in the audit, and no
// record and no line of the log holds a secret.
func TestAdministrationIsRecorded(t *testing.T) {
	s := newServer(t, 0)
	admin := s.key(t, tenant, "admin", iam.AdministratorPolicy, may("Deny", `"iam:DeleteUser"`, "*"))
	s.call(t, admin, "POST /iam/users", `{"UserName":"bob"}`)
	created := s.createAccessKey(t, admin, "bob")
	s.call(t, admin, "PUT /iam/users/bob/policies/AmazonChimeReadOnly?operation=attach", "")
	s.call(t, admin, "DELETE /iam/users/bob/policies/AmazonChimeReadOnly?operation=detach", "")
	s.call(t, admin, "DELETE /iam/users/bob", "")
	s.call(t, admin, "PUT /iam/users/bob/policies/AmazonChimeFullAccess?operation=attach", "") // held, but for the denial of iam:DeleteUser
	s.call(t, admin, "POST /iam/users/root/access-keys", "")
	s.call(t, admin, "GET /iam/users", "")
	s.flush()
	var got []string
	err := s.store.View(t.Context(), func(tx chime.Tx) error {
		records, err := tx.ListAudit(t.Context(), chime.AuditQuery{Limit: 100})
		for _, r := range records {
			if r.Principal != "arn:aws:iam::111122223333:user/admin" {
				continue
			}
			var d struct {
				EventSource, EventName, ErrorCode string
				RequestParameters                 struct{ UserName, PolicyArn, AccessKeyID string }
			}
			if err := json.Unmarshal(r.Document, &d); err != nil {
				return err
			}
			p := d.RequestParameters
			got = append(got, strings.TrimSpace(strings.Join([]string{d.EventSource, d.EventName, p.UserName, p.PolicyArn, p.AccessKeyID, d.ErrorCode}, " ")))
			if strings.Contains(string(r.Document), created.SecretAccessKey) {
				t.Errorf("%s holds the secret", r.Document)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	const source = "iam.amazonaws.com "
	want := []string{
		source + "AttachUserPolicy bob arn:aws:iam::aws:policy/AmazonChimeFullAccess",
		source + "AttachUserPolicy bob arn:aws:iam::aws:policy/AmazonChimeReadOnly",
		source + "CreateAccessKey bob  " + created.AccessKeyID,
		source + "CreateAccessKey root   ForbiddenException",
		source + "CreateUser bob",
		source + "DeleteUser bob   ForbiddenException",
		source + "DetachUserPolicy bob arn:aws:iam::aws:policy/AmazonChimeReadOnly",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	if strings.Contains(s.log.String(), created.SecretAccessKey) {
		t.Error("the log holds the secret")
	}
}
