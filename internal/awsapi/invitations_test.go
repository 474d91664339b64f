package awsapi_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
)

func TestInvitationsOnTheWire(t *testing.T) {
	s := newServer(t, 0)
	id := s.createAccount(t)
	reader := s.key(t, tenant, "reader", "AmazonChimeReadOnly")
	other := s.key(t, otherTenant, chime.RootName)
	list := "GET /accounts/" + id + "/invitations"
	s.answers(t, reader, list, "", 200, `^{"Invitations":\[],"NextToken":null}$`)
	s.answers(t, other, list, "", 404, notFound)
	s.answers(t, s.root, "POST /accounts/"+id+"/users?operation=add", `{"UserEmailList":["a@example.com","b@example.com","c@example.com"]}`, 201, ``)

	const one = `{"EmailAddress":"[abc]@example.com","EmailStatus":"NotSent","ExpiresTimestamp":"2019-02-07T18:30:05.042Z","InviteId":"[0-9a-f-]{36}",` +
		`"InvitedTimestamp":"2019-01-08T18:30:05.042Z","Status":"Pending","UserId":"([0-9a-f-]{36})"}`
	first := s.answers(t, reader, list+"?max-results=2", "", 200, `^{"Invitations":\[`+one+`,`+one+`],"NextToken":"[^"]+"}$`)
	token := members(t, first, "NextToken")[0]
	s.answers(t, reader, list+"?max-results=2&next-token="+token, "", 200, `^{"Invitations":\[`+one+`],"NextToken":null}$`)
	s.answers(t, reader, "GET /accounts/"+s.createAccount(t)+"/invitations?next-token="+token, "", 400, badRequest)
	s.answers(t, reader, list+"?max-results=0", "", 400, badRequest)

	user := regexp.MustCompile(`"UserId":"([^"]+)"`).FindStringSubmatch(first)[1]
	cancel := "DELETE /accounts/" + id + "/invitations/" + user
	s.answers(t, reader, cancel, "", 403, forbidden)
	s.answers(t, other, cancel, "", 404, notFound)
	s.answers(t, s.root, "DELETE /accounts/"+id+"/invitations/nobody", "", 404, notFound)
	s.answers(t, s.root, cancel, "", 204, `^$`)
	s.answers(t, s.root, cancel, "", 404, notFound)
	if left := s.answers(t, reader, list, "", 200, `"NextToken":null`); strings.Contains(left, user) || strings.Count(left, "UserId") != 2 {
		t.Errorf("after one was canceled: got %s, want the two others", left)
	}
}
