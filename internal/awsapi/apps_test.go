package awsapi_test

import (
	"context"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
)

// key returns a key of a principal with the policies; a tenant's root for none.
func (s *server) key(t *testing.T, of chime.TenantID, name string, policies ...string) iam.NewKey {
	t.Helper()
	var list []chime.PrincipalPolicy
	for _, policy := range policies {
		if strings.HasPrefix(policy, "{") {
			list = append(list, chime.PrincipalPolicy{Name: "own", Document: policy})
		} else {
			list = append(list, chime.PrincipalPolicy{Name: policy})
		}
	}
	key, err := s.admin.CreateKey(t.Context(), of, name, list)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// answers sends a request and holds the answer to a status and a regular expression.
func (s *server) answers(t *testing.T, key iam.NewKey, request, body string, status int, want string) string {
	t.Helper()
	got := s.call(t, key, request, body)
	if got.status != status || !regexp.MustCompile(want).MatchString(got.body) {
		t.Errorf("%s: got %d %s, want %d %s", request, got.status, got.body, status, want)
	}
	return got.body
}

// members reads texts out of an answer: "App.ClientId".
func members(t *testing.T, body string, paths ...string) (texts []string) {
	t.Helper()
	for _, path := range paths {
		var at any
		if err := json.Unmarshal([]byte(body), &at); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		for name := range strings.SplitSeq(path, ".") {
			object, ok := at.(map[string]any)
			if !ok {
				t.Fatalf("%s: no %s", body, path)
			}
			at = object[name]
		}
		text, _ := at.(string)
		texts = append(texts, text)
	}
	return texts
}

// recorded are the documents of the whole audit, together.
func (s *server) recorded(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	err := s.store.Store.View(t.Context(), func(tx chime.Tx) error {
		records, err := tx.ListAudit(t.Context(), chime.AuditQuery{Limit: 1000})
		for _, r := range records {
			all.Write(r.Document)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// put writes to the store what no route does.
func (s *server) put(t *testing.T, fn func(ctx context.Context, tx chime.Tx) error) {
	t.Helper()
	if err := s.store.Update(t.Context(), func(tx chime.Tx) error { return fn(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

const (
	otherTenant = chime.TenantID("444455556666")
	forbidden   = `"Code":"Forbidden"`
	notFound    = `"Code":"NotFound"`
	badRequest  = `"Code":"BadRequest"`
)

func TestAppsOnTheWire(t *testing.T) {
	s := newServer(t, 0)
	reader := s.key(t, tenant, "reader", "AmazonChimeReadOnly")
	other := s.key(t, otherTenant, chime.RootName)
	const wiki = `{"Name":"Wiki","RedirectUris":["https://wiki.example/cb"],"BackchannelLogoutUri":"https://wiki.example/out"}`
	s.answers(t, reader, "POST /apps", wiki, 403, forbidden)
	body := s.answers(t, s.root, "POST /apps", wiki, 201,
		`^{"App":{"BackchannelLogoutUri":"https://wiki.example/out","ClientId":"[0-9a-f-]{36}","CreatedTimestamp":"2019-01-08T18:30:05.042Z","Name":"Wiki",`+
			`"PostLogoutRedirectUris":\[],"Public":false,"RedirectUris":\["https://wiki.example/cb"]},"ClientSecret":"[\w-]{43}"}$`)
	made := members(t, body, "App.ClientId", "ClientSecret")
	app := " /apps/" + made[0]
	s.answers(t, s.root, "POST /apps", `{"Name":"SPA","RedirectUris":["http://localhost/"],"Public":true}`, 201, `"Public":true.*"ClientSecret":null}$`)

	for _, bad := range []string{
		"", `{"Name":"x"}`, `{"Name":"x","RedirectUris":[]}`, `{"RedirectUris":["https://x.example/"]}`,
		`{"Name":"x","RedirectUris":["javascript:x"]}`, `{"Name":"x","RedirectUris":["https://x.example/"],"BackchannelLogoutUri":"ftp://x"}`,
	} {
		s.answers(t, s.root, "POST /apps", bad, 400, badRequest)
	}
	s.answers(t, s.root, "POST /apps", `{"Name":"x","RedirectUris":"https://x.example/"}`, 400, `SerializationException`)
	s.answers(t, s.root, "POST"+app, `{"RedirectUris":[]}`, 400, badRequest)
	s.answers(t, s.root, "POST"+app, `{"RotateSecret":"yes"}`, 400, `SerializationException`)

	s.answers(t, reader, "GET"+app, "", 200, `^{"App":{.*"Name":"Wiki".*}}$`)
	for what, status := range map[string]int{"GET" + app: 404, "POST" + app: 404, "DELETE" + app: 404} {
		s.answers(t, other, what, `{"Name":"Mine","RotateSecret":true}`, status, notFound)
	}
	s.answers(t, other, "GET /apps", "", 200, `^{"Apps":\[],"NextToken":null}$`)
	s.answers(t, reader, "POST"+app, `{"RotateSecret":true}`, 403, forbidden)
	s.answers(t, reader, "DELETE"+app, "", 403, forbidden)

	s.answers(t, s.root, "POST"+app, `{"Name":"Wiki 2","BackchannelLogoutUri":""}`, 200, `^{"App":{"BackchannelLogoutUri":null,.*"Name":"Wiki 2".*},"ClientSecret":null}$`)
	rotated := members(t, s.answers(t, s.root, "POST"+app, `{"RotateSecret":true}`, 200, `"ClientSecret":"[\w-]{43}"}$`), "ClientSecret")
	if rotated[0] == made[1] {
		t.Error("the rotation answered the secret that was there")
	}
	if audit := s.recorded(t); strings.Contains(audit, rotated[0]) || strings.Contains(audit, made[1]) || !strings.Contains(audit, `"clientSecret":"HIDDEN`) {
		t.Errorf("the audit shows a secret, or that there was none:\n%s", audit)
	}

	first := s.answers(t, reader, "GET /apps?max-results=1", "", 200, `^{"Apps":\[{[^{}]*}],"NextToken":"[^"]+"}$`)
	token := members(t, first, "NextToken")[0]
	s.answers(t, reader, "GET /apps?max-results=1&next-token="+token, "", 200, `^{"Apps":\[{[^{}]*}],"NextToken":null}$`)
	s.answers(t, other, "GET /apps?next-token="+token, "", 400, badRequest)
	s.answers(t, reader, "GET /apps?max-results=201", "", 400, badRequest)

	s.answers(t, s.root, "DELETE"+app, "", 204, `^$`)
	s.answers(t, s.root, "DELETE"+app, "", 404, notFound)
	s.answers(t, s.root, "GET"+app, "", 404, notFound)
}
