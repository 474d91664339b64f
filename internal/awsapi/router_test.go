package awsapi_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-id/carillon/internal/awsapi"
)

const unknown = "UnknownOperationException: No operation that is served here has this method, path and operation parameter."

func TestMatch(t *testing.T) {
	tests := []struct {
		request, want string // the operation, or the refusal
		labels        map[string]string
	}{
		{"POST /accounts", "CreateAccount", map[string]string{}},
		{"GET /accounts", "ListAccounts", map[string]string{}},
		{"GET /accounts?name=x&operation_=y", "ListAccounts", map[string]string{}},
		{"POST /accounts/a", "UpdateAccount", map[string]string{"accountId": "a"}},
		{"POST /accounts/a?operation=associate-signin-delegate-groups", "AssociateSigninDelegateGroupsWithAccount", map[string]string{"accountId": "a"}},
		{"POST /accounts/a/users", "BatchUpdateUser", map[string]string{"accountId": "a"}},
		{"POST /accounts/a/users?operation=suspend", "BatchSuspendUser", map[string]string{"accountId": "a"}},
		{"POST /accounts/a/users?operation=susp%65nd", "BatchSuspendUser", map[string]string{"accountId": "a"}},
		{"POST /accounts/a/users/u", "UpdateUser", map[string]string{"accountId": "a", "userId": "u"}},
		{"POST /accounts/a/users/u?operation=logout", "LogoutUser", map[string]string{"accountId": "a", "userId": "u"}},
		{"PUT /accounts/a/users/u/settings", "UpdateUserSettings", map[string]string{"accountId": "a", "userId": "u"}},
		{"PUT /accounts/a/settings", "UpdateAccountSettings", map[string]string{"accountId": "a"}},
		{"POST /console/accounts/a/users?operation=suspend", "BatchSuspendUser", map[string]string{"accountId": "a"}},
		{"GET /accounts/a%2Fusers", "GetAccount", map[string]string{"accountId": "a%2Fusers"}},
		{"GET /accounts/users", "GetAccount", map[string]string{"accountId": "users"}},
		{"GET /accounts/%7BaccountId%7D/settings", "GetAccountSettings", map[string]string{"accountId": "%7BaccountId%7D"}},
		{"GET /accounts/console/users/settings", "GetUser", map[string]string{"accountId": "console", "userId": "settings"}},

		{"GET /accounts/", unknown, nil},
		{"GET /accounts//users", unknown, nil},
		{"POST /accounts//users?operation=suspend", unknown, nil},
		{"GET /", unknown, nil},
		{"GET /console", unknown, nil},
		{"GET /console/console/accounts", unknown, nil},
		{"GET /users", unknown, nil},
		{"GET /Accounts", unknown, nil},
		{"GET /%61ccounts", unknown, nil},
		{"GET /accounts/a/users/u/settings/x", unknown, nil},
		{"GET /accounts/a/rooms", unknown, nil},
		{"GET /phone-numbers", unknown, nil},
		{"DELETE /accounts", unknown, map[string]string{}},
		{"HEAD /accounts", unknown, map[string]string{}},
		{"PATCH /accounts/a/users?operation=suspend", unknown, map[string]string{"accountId": "a"}},
		{"GET /accounts/a/users?operation=suspend", unknown, map[string]string{"accountId": "a"}},
		{"GET /accounts?operation=list", unknown, map[string]string{}},
		{"POST /accounts/a/users?operation=Suspend", unknown, map[string]string{"accountId": "a"}},
		{"POST /accounts/a/users?operation=", unknown, map[string]string{"accountId": "a"}},
		{"POST /accounts/a/users?operation", unknown, map[string]string{"accountId": "a"}},
		{"POST /accounts/a/users?operation=suspend&operation=suspend", "BadRequest: The parameter operation must be given once only.", map[string]string{"accountId": "a"}},
		{"POST /accounts/a/users?operation=suspend&%6fperation=add", "BadRequest: The parameter operation must be given once only.", map[string]string{"accountId": "a"}},
		{"POST /accounts/a/users?operation=suspend;x", "BadRequest: The query string is malformed.", nil},
		{"POST /accounts/a/users?operation=%zz", "BadRequest: The query string is malformed.", nil},
	}
	for _, tt := range tests {
		t.Run(tt.request, func(t *testing.T) {
			method, target, _ := strings.Cut(tt.request, " ")
			got, labels, err := awsapi.Match(httptest.NewRequest(method, target, http.NoBody))
			if err != nil {
				got = refusal(err)
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if diff := cmp.Diff(tt.labels, labels); diff != "" {
				t.Errorf("labels (-want +got):\n%s", diff)
			}
		})
	}
}
