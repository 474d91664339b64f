package awsapi_test

import (
	"regexp"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
)

func TestHistoryOnTheWire(t *testing.T) {
	s := newServer(t, 0)
	id := s.createAccount(t)
	reader := s.key(t, tenant, "reader", "AmazonChimeReadOnly")
	powerless := s.key(t, tenant, "powerless")
	other := s.key(t, otherTenant, chime.RootName)
	s.answers(t, s.root, "POST /accounts/"+id+"/users?operation=add", `{"UserEmailList":["ann@example.com"]}`, 201, ``)
	users := s.answers(t, s.root, "GET /accounts/"+id+"/users", "", 200, ``)
	user := regexp.MustCompile(`"UserId":"([^"]+)"`).FindStringSubmatch(users)[1]
	s.answers(t, s.root, "POST /accounts/"+id+"/users", `{"UpdateUserRequestItems":[{"UserId":"`+user+`","LicenseType":"Plus"}]}`, 200, `"ErrorCode"`)

	history := "GET /accounts/" + id + "/users/" + user + "/history"
	const rest = `,"EventTime":"2019-01-08T18:30:05.042Z","Principal":"arn:aws:iam::111122223333:root","Repeats":0,"UserErrorCode":`
	updated := `{"ErrorCode":null,"EventId":"[0-9a-f-]{36}","EventName":"BatchUpdateUser"` + rest + `"\w+"}`
	invited := `{"ErrorCode":null,"EventId":"[0-9a-f-]{36}","EventName":"InviteUsers"` + rest + `null}`
	s.answers(t, reader, history, "", 200, `^{"NextToken":null,"Records":\[`+updated+`,`+invited+`]}$`)
	first := s.answers(t, reader, history+"?max-results=1", "", 200, `^{"NextToken":"[^"]+","Records":\[`+updated+`]}$`)
	token := members(t, first, "NextToken")[0]
	s.answers(t, reader, history+"?max-results=1&next-token="+token, "", 200, `^{"NextToken":"[^"]+","Records":\[`+invited+`]}$`) // CreateAccount is older
	s.answers(t, reader, "GET /accounts/"+id+"/users/another/history?next-token="+token, "", 400, badRequest)
	s.answers(t, reader, history+"?max-results=all", "", 400, badRequest)
	s.answers(t, powerless, history, "", 403, forbidden)
	s.answers(t, other, history, "", 404, notFound)
	s.answers(t, reader, "GET /accounts/"+id+"/users/another/history", "", 200, `^{"NextToken":null,"Records":\[]}$`)
}
