package awsapi_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/iam"
)

// invited invites addresses to an account and returns their ids.
func (s *server) invited(t *testing.T, account string, addresses ...string) (ids []string) {
	t.Helper()
	list, err := json.Marshal(map[string]any{"UserEmailList": addresses})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.call(t, s.root, "POST /accounts/"+account+"/users?operation=add", string(list)); got.status != 201 {
		t.Fatalf("InviteUsers: got %d %s", got.status, got.body)
	}
	for _, address := range addresses {
		a := s.call(t, s.root, "GET /accounts/"+account+"/users?user-email="+url.QueryEscape(address), "")
		id := regexp.MustCompile(`"UserId":"([^"]+)"`).FindStringSubmatch(a.body)
		if id == nil {
			t.Fatalf("the user with the address %s: got %s", address, a.body)
		}
		ids = append(ids, id[1])
	}
	return ids
}

// foreigner returns the root key of another tenant.
func (s *server) foreigner(t *testing.T) iam.NewKey {
	t.Helper()
	key, _, err := s.admin.FirstRoot(t.Context(), "444455556666")
	if err != nil || key.AccessKeyID == "" {
		key, err = s.admin.CreateKey(t.Context(), "444455556666", "foreigner", []chime.PrincipalPolicy{{Name: "AmazonChimeFullAccess"}})
	}
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestSearchesOnTheWire(t *testing.T) {
	s := newServer(t, 0)
	id := s.createAccount(t)
	users := s.invited(t, id, "ada@example.com", "Adam@example.com", "bea@example.com")
	account := "/accounts/" + id
	for _, tt := range []struct {
		request, body string
		status        int
		want          string // a regular expression
	}{
		{"GET " + account + "/search?email-prefix=AD", "", 200, `^{"NextToken":null,"Users":\[{.*"PrimaryEmail":"ada@example.com".*},{.*"PrimaryEmail":"Adam@example.com".*}]}$`},
		{"GET " + account + "/search?email-prefix=ad&max-results=1", "", 200, `^{"NextToken":"[^"]+","Users":\[{[^}]*"PrimaryEmail":"ada@example.com"[^}]*}]}$`},
		{"GET " + account + "/search?status=Registered", "", 200, `^{"NextToken":null,"Users":\[]}$`},
		{"GET " + account + "/search?status=Unregistered&user-type=PrivateUser", "", 200, `bea@example.com`},
		{"GET " + account + "/search?status=registered", "", 400, `"Status must be one of Unregistered, Registered, Suspended"`},
		{"GET " + account + "/search?license=Gold", "", 400, `License must be one of`},
		{"GET " + account + "/search?max-results=0", "", 400, `MaxResults must be`},
		{"GET " + account + "/search?next-token=x", "", 400, `next token`},
		{"GET " + account + "/search?email-prefix=" + strings.Repeat("a", 321), "", 400, `EmailPrefix must be at most 320`},
		{"GET /accounts/unknown/search", "", 404, `"Code":"NotFound"`},
		{"GET /users?email=ada@example.com", "", 200, `^{"Users":\[]}$`}, // an invitation is not belonging
		{"GET /users", "", 400, `Email is required`},
		{"GET /users?email=nobody", "", 400, `Email must match`},
		{
			"POST " + account + "/users?operation=resolve", `{"Entries":["BEA@example.com","` + users[0] + `","nobody"]}`, 200,
			`^{"Results":\[{"Entry":"BEA@example.com","User":{.*"UserId":"` + users[2] + `".*}},{"Entry":"` + users[0] + `","User":{.*}},{"Entry":"nobody","User":null}]}$`,
		},
		{"POST " + account + "/users?operation=resolve", `{"Entries":[]}`, 400, `Entries must hold at least 1`},
		{"POST " + account + "/users?operation=resolve", `{"Entries":["` + strings.Repeat(`a","`, 100) + `a"]}`, 400, `Entries must hold at most 100`},
		{"POST " + account + "/users?operation=resolve", `{"Entries":[" "]}`, 400, `Entries\[0] must hold`},
		{"POST " + account + "/users?operation=resolve", `{}`, 400, `Entries is required`},
		{"POST /accounts/unknown/users?operation=resolve", `{"Entries":["a"]}`, 404, `"Code":"NotFound"`},
	} {
		got := s.call(t, s.root, tt.request, tt.body)
		if got.status != tt.status || !regexp.MustCompile(tt.want).MatchString(got.body) {
			t.Errorf("%s: got %d %s, want %d %s", tt.request, got.status, got.body, tt.status, tt.want)
		}
	}
}

func TestDeletedAccountsOnTheWire(t *testing.T) {
	s := newServer(t, 0)
	first, second := s.createAccount(t), s.createAccount(t)
	for _, id := range []string{first, second} {
		if got := s.call(t, s.root, "DELETE /accounts/"+id, ""); got.status != 204 {
			t.Fatalf("DeleteAccount: got %d %s", got.status, got.body)
		}
	}
	want := `"AccountStatus":"Suspended","AccountType":"Team".*"DeletedTimestamp":"2019-01-08T18:30:05.042Z","PurgedTimestamp":"2019-04-08T18:30:05.042Z"`
	list := s.call(t, s.root, "GET /deleted-accounts?name=Exam&max-results=1", "")
	if list.status != 200 || !regexp.MustCompile(want).MatchString(list.body) {
		t.Errorf("ListDeletedAccounts: got %d %s, want 200 %s", list.status, list.body, want)
	}
	token := regexp.MustCompile(`"NextToken":"([^"]+)"`).FindStringSubmatch(list.body)
	if token == nil {
		t.Fatalf("ListDeletedAccounts: got %s, want a token", list.body)
	}
	rest := s.call(t, s.root, "GET /deleted-accounts?name=Exam&max-results=1&next-token="+url.QueryEscape(token[1]), "")
	if got := []bool{strings.Contains(list.body, first), strings.Contains(rest.body, first)}; got[0] == got[1] || !strings.Contains(rest.body, `"NextToken":null`) {
		t.Errorf("the second page: got %s after %s", rest.body, list.body)
	}
	for _, tt := range []struct {
		key     iam.NewKey
		request string
		status  int
	}{
		{s.root, "GET /deleted-accounts?name=", 400},
		{s.root, "GET /deleted-accounts?name=x", 200},
		{s.foreigner(t), "POST /accounts/" + first + "?operation=restore", 404},
		{s.root, "POST /accounts/unknown?operation=restore", 404},
		{s.root, "POST /accounts/" + first + "?operation=restore", 200},
		{s.root, "POST /accounts/" + first + "?operation=restore", 422},
		{s.root, "GET /accounts/" + first, 200},
	} {
		if got := s.call(t, tt.key, tt.request, ""); got.status != tt.status {
			t.Errorf("%s: got %d %s, want %d", tt.request, got.status, got.body, tt.status)
		}
	}
	err := s.store.Update(t.Context(), func(tx chime.Tx) error {
		account, err := tx.Account(t.Context(), chime.AccountID(second))
		if err != nil {
			return err
		}
		account.Deleted = s.now.Add(-90 * 24 * time.Hour)
		return tx.PutAccounts(t.Context(), *account)
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.call(t, s.root, "POST /accounts/"+second+"?operation=restore", ""); got.status != 422 {
		t.Errorf("RestoreAccount after 90 days: got %d %s, want 422", got.status, got.body)
	}
}

// auditPage is what ListAuditRecords answers.
type auditPage struct {
	NextToken *string
	Records   []struct {
		EventId, EventName, Principal, AccountId, ErrorCode string //nolint:staticcheck // the wire's spelling
		Document                                            struct {
			EventID, EventName string
			RequestParameters  map[string]any
		}
	}
}

func (s *server) audit(t *testing.T, key iam.NewKey, query string) (page auditPage) {
	t.Helper()
	a := s.call(t, key, "GET /audit?"+query, "")
	if err := json.Unmarshal([]byte(a.body), &page); err != nil || a.status != 200 {
		t.Fatalf("ListAuditRecords by %s: got %d %s (%v)", query, a.status, a.body, err)
	}
	return page
}

func TestAuditOnTheWire(t *testing.T) {
	s := newServer(t, 0)
	id := s.createAccount(t)
	s.invited(t, id, "ada@example.com")
	var names []string
	for token := ""; ; {
		page := s.audit(t, s.root, "max-results=1&next-token="+url.QueryEscape(token))
		for _, r := range page.Records {
			names = append(names, r.EventName)
			if r.Document.EventID != r.EventId || r.Document.EventName != r.EventName || r.Principal != "" && r.AccountId != id {
				t.Errorf("a record: got %+v, want its own document", r)
			}
		}
		if page.NextToken == nil {
			break
		}
		token = *page.NextToken
	}
	// The root and its key were made by the server itself, before anybody called.
	if want := []string{"InviteUsers", "CreateAccount", "CreateAccessKey", "CreateUser"}; !slices.Equal(names, want) {
		t.Errorf("the records: got %v, want %v", names, want)
	}
	for query, want := range map[string]int{
		"operation=InviteUsers": 1, "operation=GetUser": 0, "account-id=" + id: 2, "account-id=other": 0,
		"principal=" + url.QueryEscape("arn:aws:iam::111122223333:root"): 2, "principal=x": 0,
		"since=2019-01-08T18:30:05Z": 4, "since=2019-01-08T18:30:06Z": 0, "until=2019-01-08T18:30:05Z": 0,
		"until=" + url.QueryEscape("2100-01-01T00:00:00+01:00"): 4,
	} {
		if got := len(s.audit(t, s.root, query).Records); got != want {
			t.Errorf("records by %s: got %d, want %d", query, got, want)
		}
	}
	record := s.audit(t, s.root, "operation=InviteUsers").Records[0].EventId
	foreigner := s.foreigner(t)
	for _, tt := range []struct {
		key     iam.NewKey
		request string
		status  int
	}{
		{s.root, "GET /audit/" + record, 200},
		{s.root, "GET /audit/unknown", 404},
		{foreigner, "GET /audit/" + record, 404},
		{s.root, "GET /audit?since=yesterday", 400},
		{s.root, "GET /audit?operation=", 404},
		{s.root, "GET /audit?operation=a&operation=b", 400},
		{s.root, "GET /audit?max-results=201", 400},
		{s.root, "GET /audit?next-token=x", 400},
		{s.root, "POST /audit", 404},
	} {
		if got := s.call(t, tt.key, tt.request, ""); got.status != tt.status {
			t.Errorf("%s: got %d %s, want %d", tt.request, got.status, got.body, tt.status)
		}
	}
	if got := len(s.audit(t, foreigner, "account-id="+id).Records); got != 0 {
		t.Errorf("another tenant's view of the account: got %d records, want none", got)
	}
}

func TestSummariesOnTheWire(t *testing.T) {
	s := newServer(t, 0)
	id := s.createAccount(t)
	s.invited(t, id, "ada@example.com", "bea@example.com")
	expect := func(when, request, want string) {
		t.Helper()
		if got := s.call(t, s.root, request, ""); got.status != 200 || !regexp.MustCompile(want).MatchString(got.body) {
			t.Errorf("%s, %s: got %d %s, want 200 %s", when, request, got.status, got.body, want)
		}
	}
	expect("at first", "GET /summary", `^{"Summary":null}$`)
	expect("at first", "GET /accounts/"+id+"/summary", `^{"Summary":null}$`)
	if _, err := (directory.Rollup{Directory: s.dir, Holder: "a server"}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	members := `"Basic":0,"Plus":0,"Pro":0,"ProTrial":0,"Registered":0,"Suspended":0,"Unregistered":2`
	expect("then", "GET /summary", `^{"Summary":{"Accounts":1,"ComputedTimestamp":"2019-01-08T18:30:05.042Z","Days":\[],`+members+`}}$`)
	expect("then", "GET /accounts/"+id+"/summary", `^{"Summary":{"ComputedTimestamp":"2019-01-08T18:30:05.042Z",`+members+`}}$`)
	foreigner := s.foreigner(t)
	if got := s.call(t, foreigner, "GET /summary", ""); got.body != `{"Summary":null}` {
		t.Errorf("another tenant's summary: got %s, want none", got.body)
	}
	if got := s.call(t, foreigner, "GET /accounts/"+id+"/summary", ""); got.status != 404 {
		t.Errorf("another tenant's account: got %d %s, want 404", got.status, got.body)
	}
}

// TestExtensionsAreAuthorized calls each route as a principal who may do everything
// but that, and as one who may do that alone.
func TestExtensionsAreAuthorized(t *testing.T) {
	s := newServer(t, 0)
	id := s.createAccount(t)
	for operation, request := range map[string]string{
		"GetUserByEmail":      "GET /users?email=ada@example.com",
		"ListUsersByFilter":   "GET /accounts/" + id + "/search",
		"GetUsersByEntries":   "POST /accounts/" + id + "/users?operation=resolve",
		"ListDeletedAccounts": "GET /deleted-accounts",
		"ListAuditRecords":    "GET /audit",
		"GetSummary":          "GET /summary",
		"GetAccountSummary":   "GET /accounts/" + id + "/summary",
	} {
		for element, want := range map[string]int{"Action": 200, "NotAction": 403} {
			document := fmt.Sprintf(`{"Version":"2012-10-17","Statement":{"Effect":"Allow",%q:"chime:%s","Resource":"*"}}`, element, operation)
			key, err := s.admin.CreateKey(t.Context(), tenant, operation+element, []chime.PrincipalPolicy{{Name: "p", Document: document}})
			if err != nil {
				t.Fatal(err)
			}
			if got := s.call(t, key, request, `{"Entries":["ada"]}`); got.status != want {
				t.Errorf("%s with %s: got %d %s, want %d", operation, element, got.status, got.body, want)
			}
		}
	}
}
