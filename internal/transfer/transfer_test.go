package transfer_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/iam"
	"github.com/carillon-id/carillon/internal/secret"
	"github.com/carillon-id/carillon/internal/sqlstore/sqlite"
	"github.com/carillon-id/carillon/internal/transfer"
)

const tenant = chime.TenantID("111122223333")

// fixture is an empty directory.
type fixture struct {
	*directory.Directory
	store chime.Store
	temp  string // for staging
	ctx   context.Context
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	store, err := sqlite.Open(t.Context(), sqlite.Memory)
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 678_901_000, time.UTC) }
	recorder := audit.NewRecorder(store, now, slog.New(slog.DiscardHandler))
	t.Cleanup(func() {
		recorder.Close()
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return &fixture{
		Directory: directory.New(directory.Config{
			Store: store, Tokens: secret.NewKeyring(secret.MasterKey{1}, nil), Recorder: recorder, Now: now,
		}),
		store: store, temp: t.TempDir(), ctx: iam.WithCaller(t.Context(), iam.LocalCaller(tenant, "operator")),
	}
}

// sources are documents named 1.json, 2.json and so on.
func sources(documents ...string) []transfer.Source {
	list := make([]transfer.Source, 0, len(documents))
	for i, text := range documents {
		list = append(list, transfer.Source{
			Name: string(rune('1'+i)) + ".json",
			Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil },
		})
	}
	return list
}

// run imports everything into the tenant.
func (f *fixture) run(documents ...string) (transfer.Result, error) {
	i := transfer.Importer{Directory: f.Directory, Tenant: tenant, TempDir: f.temp}
	return i.Run(f.ctx, sources(documents...))
}

// mustRun is run for documents that are fine.
func (f *fixture) mustRun(t testing.TB, documents ...string) transfer.Result {
	t.Helper()
	result, err := f.run(documents...)
	if err != nil {
		t.Fatalf("importing: %v", err)
	}
	return result
}

func (f *fixture) export(t testing.TB, of chime.TenantID) string {
	t.Helper()
	var out bytes.Buffer
	if err := transfer.Export(f.ctx, f.Directory, of, &out, nil); err != nil {
		t.Fatalf("exporting: %v", err)
	}
	return out.String()
}

func (f *fixture) audit(t testing.TB) (records []chime.AuditRecord) {
	t.Helper()
	err := f.store.View(t.Context(), func(tx chime.Tx) (err error) {
		records, err = tx.ListAudit(t.Context(), chime.AuditQuery{Limit: 1000})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return records
}

// untouched sees to it that a refused run left nothing behind.
func (f *fixture) untouched(t testing.TB) {
	t.Helper()
	if got := f.export(t, ""); got != "" {
		t.Errorf("the directory after a refused import: got\n%s want nothing", got)
	}
	if got := f.audit(t); len(got) > 0 {
		t.Errorf("the audit after a refused import: got %v, want none", got)
	}
	f.cleanedUp(t)
}

func (f *fixture) cleanedUp(t testing.TB) {
	t.Helper()
	left, err := os.ReadDir(f.temp)
	if err != nil || len(left) > 0 {
		t.Errorf("the folder for staging: got %v (%v), want it empty", left, err)
	}
}

func checkError(t testing.TB, what string, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: got no error, want one with %q", what, parts)
		return
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%s: got the error %q, want %q in it", what, err, part)
		}
	}
}

func check(t testing.TB, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: got (+) want (-):\n%s", what, diff)
	}
}

// The accounts of most tests.
const (
	team = `{"Account": {"AccountId": "team", "Name": "A team"}}`
	lwa  = `{"Account": {"AccountId": "lwa", "Name": "A company", "AccountType": "EnterpriseLWA"}}`
)

// asPrinted is what the AWS command line prints of each kind, in no useful order.
const asPrinted = `
{"Users": [
  {"UserId": "u1", "AccountId": "a1", "PrimaryEmail": "Ada@example.com", "PrimaryProvisionedNumber": null, "DisplayName": "Ada",
   "LicenseType": "Basic", "UserType": "PrivateUser", "UserRegistrationStatus": "Registered", "UserInvitationStatus": "Accepted",
   "RegisteredOn": "2018-12-20T18:45:25.231Z", "InvitedOn": "2018-12-20T18:45:25.231000+00:00",
   "AlexaForBusinessMetadata": {"IsAlexaForBusinessEnabled": false, "AlexaForBusinessRoomArn": "null"}, "PersonalPIN": null},
  {"UserId": "u2", "AccountId": "a1", "PrimaryEmail": "grace@example.com", "UserRegistrationStatus": "Unregistered",
   "UserInvitationStatus": "Pending", "InvitedOn": 1546622482.003}
 ], "NextToken": "opaque", "ResponseMetadata": {"RequestId": "x", "HTTPHeaders": {"a": [1, -2.5e3, true, null, {}]}}}
{"User": {"UserId": "u1", "AccountId": "a1", "PersonalPIN": "0123456789"}}
{"Account": {"AccountId": "a1", "DefaultLicense": "Basic"}}
{"Accounts": [
  {"AwsAccountId": "111122223333", "AccountId": "a1", "Name": "Médecins \"sans\" frontières \ud83c\udf0d", "AccountType": "Team",
   "CreatedTimestamp": "2019-01-04T17:11:22.003Z", "SupportedLicenses": ["Basic", "Pro"], "AccountStatus": "Active",
   "SigninDelegateGroups": [{"GroupName": "Front desk"}]}
]}{"Users": []}
`

func TestDocumentsAsPrinted(t *testing.T) {
	f := newFixture(t)
	check(t, "the result", f.mustRun(t, "\ufeff"+asPrinted), transfer.Result{AccountsAdded: 1, UsersAdded: 2})
	check(t, "the export", strings.Split(f.export(t, ""), "\n"), []string{
		`{"Account":{"AwsAccountId":"111122223333","AccountId":"a1","Name":"Médecins \"sans\" frontières 🌍","AccountType":"Team",` +
			`"CreatedTimestamp":"2019-01-04T17:11:22.003Z","DefaultLicense":"Basic","SupportedLicenses":["Basic","Pro"],"AccountStatus":"Active",` +
			`"SigninDelegateGroups":[{"GroupName":"Front desk"}],"Carillon":{"AccountSettings":{"DisableRemoteControl":false,"EnableDialOut":false}}}}`,
		`{"User":{"UserId":"u1","AccountId":"a1","PrimaryEmail":"Ada@example.com","PrimaryProvisionedNumber":null,"DisplayName":"Ada",` +
			`"LicenseType":"Basic","UserType":"PrivateUser","UserRegistrationStatus":"Registered","UserInvitationStatus":"Accepted",` +
			`"RegisteredOn":"2018-12-20T18:45:25.231Z","InvitedOn":"2018-12-20T18:45:25.231Z",` +
			`"AlexaForBusinessMetadata":{"IsAlexaForBusinessEnabled":false,"AlexaForBusinessRoomArn":"null"},"PersonalPIN":"0123456789"}}`,
		`{"User":{"UserId":"u2","AccountId":"a1","PrimaryEmail":"grace@example.com","PrimaryProvisionedNumber":null,"DisplayName":null,` +
			`"LicenseType":null,"UserType":"PrivateUser","UserRegistrationStatus":"Unregistered","UserInvitationStatus":"Pending",` +
			`"RegisteredOn":null,"InvitedOn":"2019-01-04T17:21:22.003Z",` +
			`"AlexaForBusinessMetadata":{"IsAlexaForBusinessEnabled":false,"AlexaForBusinessRoomArn":null},"PersonalPIN":null}}`,
		``,
	})
	f.cleanedUp(t)
}

func TestSourcesThatFail(t *testing.T) {
	f := newFixture(t)
	broken := errors.New("the disk is broken")
	for what, source := range map[string]transfer.Source{
		"opening": {Name: "f.json", Open: func() (io.ReadCloser, error) { return nil, broken }},
		"reading": {Name: "f.json", Open: func() (io.ReadCloser, error) {
			return io.NopCloser(io.MultiReader(strings.NewReader(team+`{"Users": [`), failing{broken})), nil
		}},
		"reading a string": {Name: "f.json", Open: func() (io.ReadCloser, error) {
			return io.NopCloser(io.MultiReader(strings.NewReader(`{"Account": {"AccountId": "te`), failing{broken})), nil
		}},
	} {
		i := transfer.Importer{Directory: f.Directory, Tenant: tenant, TempDir: f.temp}
		_, err := i.Run(f.ctx, []transfer.Source{source})
		checkError(t, what, err, "f.json")
		if !errors.Is(err, broken) {
			t.Errorf("%s: got %v, want %v in it", what, err, broken)
		}
		f.untouched(t)
	}
}

// failing is a reader that fails.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestOnlyTheCommandLineMayImportAndExport(t *testing.T) {
	f := newFixture(t)
	f.ctx = iam.WithCaller(t.Context(), iam.NewCaller(chime.Principal{Tenant: tenant, Name: chime.RootName, ID: string(tenant)}, "AKIA", nil))
	if _, err := f.run(team); chime.CodeOf(err) != chime.Forbidden {
		t.Errorf("importing as the root of the API: got %v, want Forbidden", err)
	}
	if err := transfer.Export(f.ctx, f.Directory, "", io.Discard, nil); chime.CodeOf(err) != chime.Forbidden {
		t.Errorf("exporting as the root of the API: got %v, want Forbidden", err)
	}
}
