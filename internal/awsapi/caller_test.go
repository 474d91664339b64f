package awsapi_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-id/carillon/internal/awsapi"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
)

// caller asks the server who the key's holder is.
func (s *server) caller(t *testing.T, key iam.NewKey, query string) (c awsapi.CallerResponse) {
	t.Helper()
	a := s.call(t, key, "GET /caller"+query, "")
	if err := json.Unmarshal([]byte(a.body), &c); err != nil || a.status != 200 {
		t.Fatalf("GET /caller%s: got %d %s (%v)", query, a.status, a.body, err)
	}
	return c
}

func TestCallerOfAKey(t *testing.T) {
	s := newServer(t, 0)
	scoped := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["chime:GetUser","chime:SuspendUsers","iam:ListAdministrators"],` +
		`"Resource":"arn:aws:chime::111122223333:account/mine"}]}`
	own, err := s.admin.CreateKey(t.Context(), tenant, "own", []chime.PrincipalPolicy{{Name: "scoped", Document: scoped}})
	if err != nil {
		t.Fatal(err)
	}
	none, err := s.admin.CreateKey(t.Context(), tenant, "none", nil)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		key   iam.NewKey
		query string
		want  awsapi.CallerResponse
	}{
		{"no policy", none, "", awsapi.CallerResponse{Arn: "arn:aws:iam::111122223333:user/none", Principal: "none", Tenant: "111122223333", AllowedActions: []string{}}},
		{"no account", own, "", awsapi.CallerResponse{Arn: "arn:aws:iam::111122223333:user/own", Principal: "own", Tenant: "111122223333", AllowedActions: []string{}}},
		{"the account of the policy, an alias by its operation, nothing of iam", own, "?account-id=mine", awsapi.CallerResponse{
			Arn: "arn:aws:iam::111122223333:user/own", Principal: "own", Tenant: "111122223333",
			AllowedActions: []string{"chime:BatchSuspendUser", "chime:GetUser"},
		}},
		{"another account", own, "?account-id=mine2", awsapi.CallerResponse{Arn: "arn:aws:iam::111122223333:user/own", Principal: "own", Tenant: "111122223333", AllowedActions: []string{}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, s.caller(t, tt.key, tt.query)); diff != "" {
				t.Errorf("the caller (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCallerTriesEveryRoute(t *testing.T) {
	s := newServer(t, 0)
	got := s.caller(t, s.root, "")
	if got.Arn != "arn:aws:iam::111122223333:root" || !slices.IsSorted(got.AllowedActions) {
		t.Errorf("got %+v, want the root, and its actions in order", got)
	}
	for _, r := range append(awsapi.Routes(), awsapi.Extensions()...) {
		want := !strings.HasPrefix(r.Action(), "sts:")
		if slices.Contains(got.AllowedActions, r.Action()) != want {
			t.Errorf("%s among what the root may do: got %t, want %t", r.Action(), !want, want)
		}
	}
}

func TestCallerTakesASignature(t *testing.T) {
	s := newServer(t, 0)
	wrong := s.root
	wrong.SecretAccessKey += "x"
	if a := s.call(t, wrong, "GET /caller", ""); a.status != 403 || a.exception() != "InvalidSignatureException" {
		t.Errorf("got %d %s, want 403 InvalidSignatureException", a.status, a.exception())
	}
	if a := s.call(t, s.root, "GET /caller?account-id=%20", ""); a.status != 400 {
		t.Errorf("a blank account: got %d %s, want 400", a.status, a.body)
	}
}
