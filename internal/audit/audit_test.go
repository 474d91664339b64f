package audit_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/reqctx"
)

const tenant = chime.TenantID("111122223333")

// event is a suspension by alice.
func event() audit.Event {
	return audit.Event{
		Operation: "BatchSuspendUser",
		Identity: audit.Identity{
			Type: "IAMUser", PrincipalID: "AIDA1", ARN: "arn:aws:iam::111122223333:user/alice", AccountID: tenant,
			AccessKeyID: "AKIA1", UserName: "alice",
		},
		Tenant: tenant, Account: "account-1",
		Params:   audit.Values{"accountId": "account-1", "userIdList": []chime.UserID{"u1", "u2"}},
		Response: audit.Values{"userErrors": []audit.Values{}},
	}
}

func now() time.Time {
	return time.Date(2026, 3, 4, 5, 6, 7, 890_000_000, time.FixedZone("", 3600))
}

// document returns a record of the event, read back from its JSON.
func document(ctx context.Context, t *testing.T, e audit.Event) map[string]any {
	t.Helper()
	record, err := audit.New(ctx, now(), e)
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(record.Document, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestNew(t *testing.T) {
	ctx := reqctx.With(t.Context(), &reqctx.Request{
		ID: "request-1", ClientAddr: netip.MustParseAddr("2001:db8::1"), UserAgent: "aws-cli/2",
	})
	record, err := audit.New(ctx, now(), event())
	if err != nil {
		t.Fatal(err)
	}
	id, err := uuid.Parse(record.ID)
	if err != nil || id.Version() != 7 {
		t.Errorf("the record's id: got %q (%v), want a UUIDv7", record.ID, err)
	}
	want := chime.AuditRecord{
		ID: record.ID, Time: now(), Tenant: tenant, Account: "account-1", Operation: "BatchSuspendUser",
		Principal: "arn:aws:iam::111122223333:user/alice", Document: record.Document,
	}
	if diff := cmp.Diff(want, record); diff != "" {
		t.Errorf("the record: got (+) want (-):\n%s", diff)
	}
	wantDocument := `{"eventVersion":"1.08",` +
		`"userIdentity":{"type":"IAMUser","principalId":"AIDA1","arn":"arn:aws:iam::111122223333:user/alice",` +
		`"accountId":"111122223333","accessKeyId":"AKIA1","userName":"alice"},` +
		`"eventTime":"2026-03-04T04:06:07Z","eventSource":"chime.amazonaws.com","eventName":"BatchSuspendUser",` +
		`"awsRegion":"us-east-1","sourceIPAddress":"2001:db8::1","userAgent":"aws-cli/2",` +
		`"requestParameters":{"accountId":"account-1","userIdList":["u1","u2"]},"responseElements":{"userErrors":[]},` +
		`"requestID":"request-1","eventID":"` + record.ID + `","readOnly":false,"eventType":"AwsApiCall",` +
		`"managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management"}`
	if got := string(record.Document); got != wantDocument {
		t.Errorf("the document:\ngot  %s\nwant %s", got, wantDocument)
	}
}

func TestNewWithoutRequest(t *testing.T) {
	doc := document(t.Context(), t, audit.Event{
		Source: audit.SourceIAM, Operation: "CreateAccessKey", ReadOnly: true, Tenant: tenant,
		Identity: audit.Identity{Type: "Local", ARN: "local:operator"},
	})
	for name, want := range map[string]any{
		"sourceIPAddress": "local", "userAgent": "carillon", "requestID": "", "eventSource": "iam.amazonaws.com",
		"requestParameters": nil, "responseElements": nil, "readOnly": true,
	} {
		if got, there := doc[name]; got != want || !there {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}

func TestNewOfAnError(t *testing.T) {
	for _, c := range []struct {
		err                   error
		wantCode, wantMessage any
		wantResponse          bool
	}{
		{chime.Errorf(chime.Forbidden, "not authorized"), "ForbiddenException", "not authorized", false},
		{fmt.Errorf("wrapped: %w", chime.Errorf(chime.NotFound, "no such account")), "NotFoundException", "no such account", false},
		{errors.New("disk /dev/sda1 is on fire"), "ServiceFailureException", nil, false},
		{nil, nil, nil, true},
	} {
		e := event()
		e.Err = c.err
		doc := document(t.Context(), t, e)
		if got := doc["errorCode"]; got != c.wantCode {
			t.Errorf("the code of %v: got %v, want %v", c.err, got, c.wantCode)
		}
		if got := doc["errorMessage"]; got != c.wantMessage {
			t.Errorf("the message of %v: got %v, want %v", c.err, got, c.wantMessage)
		}
		if got := doc["responseElements"] != nil; got != c.wantResponse {
			t.Errorf("response elements with %v: got %t, want %t", c.err, got, c.wantResponse)
		}
	}
}

func TestNewCutsLongTexts(t *testing.T) {
	const longest = 1024
	ctx := reqctx.With(t.Context(), &reqctx.Request{
		ClientAddr: netip.MustParseAddr("192.0.2.1"), UserAgent: strings.Repeat("a", longest+1),
	})
	e := event()
	e.Err = chime.Errorf(chime.Forbidden, "%s", strings.Repeat("m", longest+1))
	doc := document(ctx, t, e)
	if got, want := doc["userAgent"], strings.Repeat("a", longest); got != want {
		t.Errorf("a user agent of %d bytes: got %v, want its first %d", longest+1, got, longest)
	}
	if got, want := doc["errorMessage"], strings.Repeat("m", longest); got != want {
		t.Errorf("a message of %d bytes: got %v, want its first %d", longest+1, got, longest)
	}
}

// TestNewKeepsWhoWasSuspended pads a suspension with an id of a megabyte: the
// record stays small and still says whom else it was about.
func TestNewKeepsWhoWasSuspended(t *testing.T) {
	e := event()
	long := chime.UserID(strings.Repeat("x", 1<<20))
	given := []chime.UserID{"u1", long}
	e.Params["userIdList"] = given
	e.Response["userErrors"] = []audit.Values{{"userId": long, "errorCode": chime.NotFound}}
	record, err := audit.New(t.Context(), now(), e)
	if err != nil {
		t.Fatal(err)
	}
	if got := len(record.Document); got > 10_000 {
		t.Errorf("the length of the document: got %d, want it small", got)
	}
	var doc struct {
		EventName         string
		RequestParameters struct{ UserIDList []string }
		ResponseElements  struct {
			UserErrors []struct{ UserID, ErrorCode string }
		}
	}
	if err := json.Unmarshal(record.Document, &doc); err != nil {
		t.Fatal(err)
	}
	users, refused := doc.RequestParameters.UserIDList, doc.ResponseElements.UserErrors
	if len(users) != 2 || users[0] != "u1" || !strings.HasPrefix(string(long), users[1]) {
		t.Errorf("the users: got %.100q, want u1 and the beginning of the other", users)
	}
	if len(refused) != 1 || refused[0].ErrorCode != "NotFound" || doc.EventName != "BatchSuspendUser" {
		t.Errorf("the document: got %.300s, want the outcome and the event's name", record.Document)
	}
	if given[1] != long {
		t.Error("the event's own parameters were changed")
	}
}

func TestIDsAreOrdered(t *testing.T) {
	var last string
	for range 1000 {
		record, err := audit.New(t.Context(), now(), event())
		if err != nil {
			t.Fatal(err)
		}
		if record.ID <= last {
			t.Fatalf("the id after %s: got %s, want a greater one", last, record.ID)
		}
		last = record.ID
	}
}
