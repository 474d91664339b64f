package awsapi_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
)

func TestSessionsAndSignoutsOnTheWire(t *testing.T) {
	s := newServer(t, 0)
	id := s.createAccount(t)
	reader := s.key(t, tenant, "reader", "AmazonChimeReadOnly")
	elsewhere := s.key(t, tenant, "elsewhere", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"chime:*","Resource":"arn:aws:chime::111122223333:account/other"}]}`)
	other := s.key(t, otherTenant, chime.RootName)
	s.put(t, func(ctx context.Context, tx chime.Tx) error {
		account := chime.AccountID(id)
		session := chime.Session{User: "ann", ID: "s 1/2", Method: chime.ByPasskey, Device: `<b>"Firefox"</b>`, Created: s.now, Expires: s.now.Add(time.Hour)}
		two := session
		two.ID = "two"
		delivery := chime.Delivery{User: "ann", Event: "e1", Client: "wiki", Account: account, Status: chime.DeliveryConfirmed, Attempts: 2, Created: s.now, Settled: s.now.Add(time.Second)}
		failed, pending := delivery, delivery
		failed.Client, failed.Session, failed.Status, failed.Reason = "gone", "s0", chime.DeliveryFailed, "the app answered 500"
		pending.Event, pending.Status, pending.Settled, pending.Due = "e0", chime.DeliveryPending, time.Time{}, s.now.Add(time.Minute)
		return errors.Join(
			tx.PutPeople(ctx, chime.Person{ID: "ann", Account: account, Email: "ann@example.com"}),
			tx.PutMembers(ctx, chime.Member{Account: account, User: "ann", Standing: chime.Standing{Status: chime.Registered}, Profile: chime.Profile{Email: "ann@example.com"}}),
			tx.PutSessions(ctx, session, two), tx.PutApp(ctx, chime.App{ID: "wiki", Tenant: tenant, Name: "Wiki"}),
			tx.PutGrants(ctx, chime.Grant{User: "ann", ID: "g", Session: "s 1/2", Client: "wiki"}), tx.AddDeliveries(ctx, delivery, failed, pending))
	})
	user := "/accounts/" + id + "/users/ann"
	const when = `"2019-01-08T18:30:05.042Z"`
	s.answers(t, reader, "GET "+user+"/sessions", "", 200, `^{"Sessions":\[{"Apps":\["Wiki"],"CreatedTimestamp":`+when+
		`,"Device":"<b>\\"Firefox\\"</b>","Method":"Passkey","SessionId":"s 1/2"},{"Apps":\[],.*"SessionId":"two"}]}$`)
	s.answers(t, reader, "GET "+user+"/signouts", "", 200, `^{"Signouts":\[`+
		`{"AppName":"Wiki","Attempts":2,"ClientId":"wiki","ConfirmedTimestamp":"2019-01-08T18:30:06.042Z","CreatedTimestamp":`+when+
		`,"Error":null,"EventId":"e1","FailedTimestamp":null,"Kind":"SignedOut","NextTryTimestamp":null,"SessionId":null,"Status":"Confirmed"},`+
		`{"AppName":null,"Attempts":2,"ClientId":"gone","ConfirmedTimestamp":null,"CreatedTimestamp":`+when+
		`,"Error":"the app answered 500","EventId":"e1","FailedTimestamp":"2019-01-08T18:30:06.042Z","Kind":"SessionEnded","NextTryTimestamp":null,"SessionId":"s0","Status":"Failed"},`+
		`{.*"EventId":"e0",.*"NextTryTimestamp":"2019-01-08T18:31:05.042Z",.*"Status":"Pending"}]}$`)
	end := "DELETE " + user + "/sessions/s%201%2F2"
	for _, request := range []string{"GET " + user + "/sessions", "GET " + user + "/signouts", end} {
		s.answers(t, elsewhere, request, "", 403, forbidden)
		s.answers(t, other, request, "", 404, notFound)
		s.answers(t, s.root, strings.Replace(request, id, "unknown", 1), "", 404, notFound)
	}
	s.answers(t, reader, end, "", 403, forbidden)
	s.answers(t, s.root, "DELETE "+user+"/sessions/%00", "", 400, badRequest)
	s.answers(t, s.root, end, "", 204, `^$`)
	s.answers(t, s.root, end, "", 204, `^$`)
	s.answers(t, reader, "GET "+user+"/sessions", "", 200, `^{"Sessions":\[{[^{}]*"SessionId":"two"}]}$`)
	s.answers(t, reader, "GET "+user+"/signouts", "", 200, `^{"Signouts":\[{"AppName":null,"Attempts":0,"ClientId":null,.*"Kind":"SessionEnded",.*"SessionId":"s 1/2","Status":"Pending"},{`)
}
