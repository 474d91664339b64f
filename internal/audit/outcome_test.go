package audit_test

import (
	"testing"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
)

func TestOutcome(t *testing.T) {
	e := event()
	e.Response = audit.Values{"userErrors": []audit.Values{{"userId": "ann", "errorCode": chime.NotFound}, {"userId": "bob", "errorCode": chime.Conflict}}}
	batch, err := audit.New(t.Context(), now(), e)
	if err != nil {
		t.Fatal(err)
	}
	e.Err = chime.Errorf(chime.Forbidden, "no")
	denied, err := audit.New(t.Context(), now(), e)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ document, user, call, ofUser string }{
		{string(batch.Document), "ann", "", "NotFound"},
		{string(batch.Document), "bob", "", "Conflict"},
		{string(batch.Document), "cyd", "", ""},
		{string(denied.Document), "ann", "ForbiddenException", ""},
		{`{"responseElements":{"account":{}}}`, "ann", "", ""},
		{`{"responseElements":null}`, "ann", "", ""},
		{`{`, "ann", "", ""},
	} {
		if call, ofUser := audit.Outcome([]byte(tt.document), tt.user); call != tt.call || ofUser != tt.ofUser {
			t.Errorf("%s in %s: got %q and %q, want %q and %q", tt.user, tt.document, call, ofUser, tt.call, tt.ofUser)
		}
	}
}
