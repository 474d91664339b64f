package directory_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/iam"
	"github.com/carillon-id/carillon/internal/reqctx"
	"github.com/carillon-id/carillon/internal/secret"
)

// audited is what the tests compare of a record.
type audited struct {
	Operation string
	Principal string
	Tenant    chime.TenantID
	Account   chime.AccountID
	ReadOnly  bool
	Params    string
	Response  string
	ErrorCode string
	Repeats   int64
}

var anyUUID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// trail returns the records after the first n.
func (f *fixture) trail(t *testing.T, n int) (trail []audited) {
	t.Helper()
	records := f.records(t)
	for _, r := range records[min(n, len(records)):] {
		var doc struct {
			RequestParameters, ResponseElements json.RawMessage
			ReadOnly                            bool
			ErrorCode                           string
		}
		if err := json.Unmarshal(r.Document, &doc); err != nil {
			t.Fatal(err)
		}
		response := anyUUID.ReplaceAllString(string(doc.ResponseElements), "<uuid>")
		if response == "null" {
			response = ""
		}
		trail = append(trail, audited{
			r.Operation, r.Principal, r.Tenant, r.Account, doc.ReadOnly, string(doc.RequestParameters), response, doc.ErrorCode, r.Repeats,
		})
	}
	return trail
}

// TestWritesAreRecorded calls every operation: a write leaves one record at once,
// in its own transaction, a read none.
func TestWritesAreRecorded(t *testing.T) {
	f := newCompany(t)
	for _, o := range f.operations() {
		before := len(f.trail(t, 0))
		checkCode(t, o.action, o.call(asRoot(t)), "")
		got := f.trail(t, before)
		if o.readOnly {
			check(t, "the records of "+o.action, got, []audited(nil))
			continue
		}
		want := audited{
			Operation: o.action, Principal: "arn:aws:iam::111122223333:root", Tenant: tenantOne, Account: o.account, Params: o.params, Response: o.response,
		}
		if len(got) == 1 && o.action == "CreateAccount" && got[0].Account != "" {
			want.Account = got[0].Account // the new one's
		}
		check(t, "the records of "+o.action, got, []audited{want})
	}
}

// TestReadsAreRecordedOnDemand has reads recorded, and only those that succeed.
func TestReadsAreRecordedOnDemand(t *testing.T) {
	f := newCompany(t)
	f.AuditReads = true
	var want []audited
	for _, o := range f.operations() {
		if !o.readOnly {
			continue
		}
		checkCode(t, o.action, o.call(user(t, allow("chime:*", "*"))), "")
		want = append(want, audited{
			Operation: o.action, Principal: "arn:aws:iam::111122223333:user/alice", Tenant: tenantOne, Account: o.account, ReadOnly: true, Params: o.params,
		})
	}
	_, err := f.GetAccount(asRoot(t), "unknown")
	checkCode(t, "GetAccount of nothing", err, chime.NotFound)
	f.closeRecorder()
	check(t, "the records of reads", f.trail(t, 0), want)
}

// TestDenialsAreRecorded has a user without a policy call every operation,
// thrice: one record each, which counts the repeats.
func TestDenialsAreRecorded(t *testing.T) {
	f := newCompany(t)
	var want []audited
	for _, o := range f.operations() {
		for range 3 {
			checkCode(t, o.action, o.call(user(t)), chime.Forbidden)
		}
		want = append(want, audited{
			Operation: o.action, Principal: "arn:aws:iam::111122223333:user/alice", Tenant: tenantOne, Account: o.account, ReadOnly: o.readOnly,
			Params: o.params, ErrorCode: "ForbiddenException", Repeats: 2,
		})
	}
	f.closeRecorder()
	check(t, "the records of denials", f.trail(t, 0), want)
}

// TestRefusalsAreNotRecorded makes calls that are refused for other reasons than
// a policy.
func TestRefusalsAreNotRecorded(t *testing.T) {
	f := newCompany(t)
	ctx := asRoot(t)
	_, err := f.SuspendUsers(ctx, "unknown", []chime.UserID{"ann"})
	checkCode(t, "an unknown account", err, chime.NotFound)
	_, err = f.SuspendUsers(ctx, "corp", []chime.UserID{"ann"})
	checkCode(t, "an account of the wrong type", err, chime.Forbidden)
	_, err = f.SuspendUsers(ctx, "lwa", ids(51))
	checkCode(t, "too many users", err, chime.BadRequest)
	checkCode(t, "an account with members", f.DeleteAccount(ctx, "lwa"), chime.Unprocessable)
	f.closeRecorder()
	check(t, "the records", f.trail(t, 0), []audited(nil))
}

func TestRecordSaysWhoAndFromWhere(t *testing.T) {
	f := newCompany(t)
	request := &reqctx.Request{ID: "request-1", ClientAddr: netip.MustParseAddr("192.0.2.7"), UserAgent: "aws-cli/2"}
	for _, c := range []struct {
		ctx  context.Context
		want string
	}{
		{
			reqctx.With(user(t, allow("chime:*", "*")), request),
			`{"identity":{"type":"IAMUser","principalId":"AIDAALICE","arn":"arn:aws:iam::111122223333:user/alice","accountId":"111122223333",` +
				`"accessKeyId":"AKIAALICE","userName":"alice"},"address":"192.0.2.7","agent":"aws-cli/2","request":"request-1"}`,
		},
		{
			asRoot(t),
			`{"identity":{"type":"Root","principalId":"111122223333","arn":"arn:aws:iam::111122223333:root","accountId":"111122223333",` +
				`"accessKeyId":"AKIAROOT111122223333"},"address":"local","agent":"carillon","request":""}`,
		},
		{
			iam.WithCaller(t.Context(), iam.LocalCaller(tenantOne, "operator")),
			`{"identity":{"type":"Local","principalId":"","arn":"local:operator","accountId":"111122223333"},"address":"local",` +
				`"agent":"carillon","request":""}`,
		},
	} {
		checkCode(t, "LogoutUser", f.LogoutUser(c.ctx, "lwa", "ann"), "")
		records := f.records(t)
		var doc struct {
			UserIdentity               json.RawMessage
			SourceIPAddress, RequestID string
			UserAgent, EventTime       string
		}
		if err := json.Unmarshal(records[len(records)-1].Document, &doc); err != nil {
			t.Fatal(err)
		}
		got := fmt.Sprintf(`{"identity":%s,"address":%q,"agent":%q,"request":%q}`, doc.UserIdentity, doc.SourceIPAddress, doc.UserAgent, doc.RequestID)
		check(t, "who called", got, c.want)
		check(t, "when", doc.EventTime, f.clock.Format(time.RFC3339))
	}
	if request.Operation != "LogoutUser" || request.Account != "lwa" {
		t.Errorf("what the request turned out to be: got %q of %q, want LogoutUser of lwa", request.Operation, request.Account)
	}
}

func (f *fixture) records(t *testing.T) (records []chime.AuditRecord) {
	t.Helper()
	err := f.store.View(t.Context(), func(tx chime.Tx) (err error) {
		records, err = tx.ListAudit(t.Context(), chime.AuditQuery{Limit: 1000})
		return err
	})
	checkCode(t, "ListAudit", err, "")
	return records
}

// TestRecordNeverHoldsAPIN looks for the PINs that were given and taken.
func TestRecordNeverHoldsAPIN(t *testing.T) {
	f := newCompany(t)
	old := f.getUser(t, "lwa", "ann").PIN
	reset, err := f.ResetPersonalPIN(asRoot(t), "lwa", "ann")
	checkCode(t, "ResetPersonalPIN", err, "")
	created, err := f.CreateUser(asRoot(t), "corp", directory.NewUser{Username: "x"})
	checkCode(t, "CreateUser", err, "")
	for _, r := range f.records(t) {
		for _, pin := range []string{old, reset.PIN, created.PIN} {
			if regexp.MustCompile(regexp.QuoteMeta(pin)).Match(r.Document) {
				t.Errorf("the record of %s: got %s, which holds the PIN %s", r.Operation, r.Document, pin)
			}
		}
	}
}

// TestPurgeExpiredIsRecorded has the job purge: it acts for the operator.
func TestPurgeExpiredIsRecorded(t *testing.T) {
	f := newCompany(t)
	f.pass(directory.Retention)
	f.checkPurged(t, 1)
	check(t, "the records", f.trail(t, 0), []audited{{
		Operation: "PurgeAccount", Principal: "local:carillon", Tenant: tenantOne, Account: "gone", Params: `{"accountId":"gone"}`,
	}})
}

// TestUpdateWithoutItsRecordIsNone has the audit fail: nothing is changed that
// is not on record.
func TestUpdateWithoutItsRecordIsNone(t *testing.T) {
	f := newCompany(t)
	broken := directory.New(directory.Config{
		Store: unrecorded{f.store}, Tokens: secret.NewKeyring(secret.MasterKey{}, nil), Now: f.now,
		Recorder: audit.NewRecorder(f.store, f.now, slog.New(slog.DiscardHandler)),
	})
	defer broken.Recorder.Close()
	before := f.everything(t, "lwa", "corp", "team", "empty", "gone")
	for _, o := range (&fixture{Directory: broken}).operations() {
		if o.readOnly || o.action == "RestoreAccount" { // nothing is deleted here
			continue
		}
		checkCode(t, o.action, o.call(asRoot(t)), chime.ServiceFailure)
		check(t, "the accounts after "+o.action, f.everything(t, "lwa", "corp", "team", "empty", "gone"), before)
	}
}

// unrecorded is a store that takes no record.
type unrecorded struct{ chime.Store }

func (s unrecorded) Update(ctx context.Context, fn func(chime.Tx) error) error {
	return s.Store.Update(ctx, func(tx chime.Tx) error { return fn(unrecordedTx{tx}) })
}

func (s unrecorded) UpdateInPlace(ctx context.Context, fn func(chime.Tx) error) error {
	return s.Store.UpdateInPlace(ctx, func(tx chime.Tx) error { return fn(unrecordedTx{tx}) })
}

type unrecordedTx struct{ chime.Tx }

func (unrecordedTx) AppendAudit(context.Context, ...chime.AuditRecord) error { return errFailing }

// TestAdministrationIsRecorded records a change of principals, which is IAM's.
func TestAdministrationIsRecorded(t *testing.T) {
	f := newFixture(t)
	operator := iam.WithCaller(t.Context(), iam.LocalCaller(tenantOne, "operator"))
	var id string
	f.update(t, func(_ context.Context, tx chime.Tx) (err error) {
		id, err = f.RecordAdministration(operator, tx, "CreateUser", tenantTwo, map[string]any{"userName": "alice"})
		return err
	})
	check(t, "the records", f.trail(t, 0), []audited{{
		Operation: "CreateUser", Principal: "local:operator", Tenant: tenantTwo, Params: `{"userName":"alice"}`,
	}})
	if got := f.records(t)[0].ID; got != id {
		t.Errorf("the record: got the id %s, and was told %s", got, id)
	}
	if document := string(f.records(t)[0].Document); !strings.Contains(document, `"eventSource":"iam.amazonaws.com"`) {
		t.Errorf("the record: got %s, want one of iam.amazonaws.com", document)
	}
}

// TestOwnActsAreRecorded: what a person does themselves is recorded in the account
// that they join, and in the one that they leave, each for its own tenant.
func TestOwnActsAreRecorded(t *testing.T) {
	f := newFixture(t)
	f.account(t, "first", chime.Team)
	f.accountOf(t, tenantTwo, "second", chime.Team)
	user := f.invite(t, "first", "ann@example.com")
	f.accept(t, "first", user)
	if _, err := f.InviteUsers(root(t.Context(), tenantTwo), "second", []string{"ann@example.com"}, ""); err != nil {
		t.Fatal(err)
	}
	before := len(f.records(t))
	f.accept(t, "second", user)
	invite := f.subject(t, user).Member.InviteID
	principal := "user:" + string(user)
	check(t, "the records", f.trail(t, before), []audited{
		{Operation: "AcceptInvitation", Principal: principal, Tenant: tenantTwo, Account: "second", Params: `{"accountId":"second","inviteId":"` + invite + `","licenseType":"Pro","userId":"` + string(user) + `"}`},
		{Operation: "LeaveAccount", Principal: principal, Tenant: tenantOne, Account: "first", Params: `{"accountId":"first","userId":"` + string(user) + `"}`},
	})
}
