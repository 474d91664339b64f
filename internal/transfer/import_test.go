package transfer_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/iam"
	"github.com/carillon-id/carillon/internal/transfer"
)

// line returns the line of the export that holds all the parts.
func line(t testing.TB, export string, parts ...string) string {
	t.Helper()
	for l := range strings.Lines(export) {
		holds := true
		for _, part := range parts {
			holds = holds && strings.Contains(l, part)
		}
		if holds {
			return l
		}
	}
	t.Errorf("got no line with %q in\n%s", parts, export)
	return ""
}

func checkLine(t testing.TB, l string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(l, part) {
			t.Errorf("got the line %swant %s in it", l, part)
		}
	}
}

func TestMerging(t *testing.T) {
	for what, c := range map[string]struct {
		documents []string
		want      []string // parts of the line of u
	}{
		"a value wins over null and over absence": {
			[]string{
				team, `{"User": {"UserId": "u", "AccountId": "team", "DisplayName": null}}`,
				`{"User": {"UserId": "u", "AccountId": "team", "DisplayName": "U", "PersonalPIN": null}}`,
				`{"User": {"UserId": "u", "AccountId": "team", "PersonalPIN": "0000000001", "Carillon": {"SignoutEpoch": 3}}}`,
			},
			[]string{`"DisplayName":"U"`, `"PersonalPIN":"0000000001"`, `"SignoutEpoch":3`},
		},
		"a time in another form is the same": {
			[]string{
				team, `{"User": {"UserId": "u", "AccountId": "team", "RegisteredOn": "2019-01-04T17:11:22.003Z"}}`,
				`{"User": {"UserId": "u", "AccountId": "team", "RegisteredOn": "2019-01-04T18:11:22.003000+01:00"}}`,
				`{"User": {"UserId": "u", "AccountId": "team", "RegisteredOn": 1546621882.003}}`,
			},
			[]string{`"RegisteredOn":"2019-01-04T17:11:22.003Z"`},
		},
		"no account merges into the account that the person is in": {
			[]string{
				`{"User": {"UserId": "u", "DisplayName": "U"}}`, lwa,
				`{"User": {"UserId": "u", "AccountId": "lwa", "UserRegistrationStatus": "Suspended"}}`,
			},
			[]string{`"AccountId":"lwa"`, `"DisplayName":"U"`, `"UserRegistrationStatus":"Suspended"`},
		},
		"no account stays beside an invitation": {
			[]string{
				team, `{"User": {"UserId": "u", "DisplayName": "U", "PrimaryEmail": "u@example.com"}}`,
				`{"User": {"UserId": "u", "AccountId": "team", "UserRegistrationStatus": "Unregistered", "PrimaryEmail": "u@example.com"}}`,
			},
			[]string{`"AccountId":null`, `"DisplayName":"U"`},
		},
	} {
		f := newFixture(t)
		t.Log(what)
		f.mustRun(t, c.documents...)
		checkLine(t, line(t, f.export(t, ""), `"UserId":"u"`, c.want[0]), c.want...)
	}
}

// TestDocumentsThatDisagree: two different values are refused, with both
// positions, the member and the id.
func TestDocumentsThatDisagree(t *testing.T) {
	for what, c := range map[string]struct {
		documents []string
		want      []string
	}{
		"a user's member": {
			[]string{
				team, `{"User": {"UserId": "u", "AccountId": "team", "DisplayName": "U"}}`,
				`{"Users": [ {"UserId": "u", "AccountId": "team", "DisplayName": "V"}]}`,
			},
			[]string{"3.json:1:13", "DisplayName of u", "2.json:1:10"},
		},
		"a value that came from a third document": {
			[]string{
				team, `{"User": {"UserId": "u", "AccountId": "team"}}`, `{"User": {"UserId": "u", "AccountId": "team", "LicenseType": "Pro"}}`,
				`{"User": {"UserId": "u", "AccountId": "team", "LicenseType": "Basic"}}`,
			},
			[]string{"4.json:1:10", "LicenseType of u", "3.json:1:10"},
		},
		"a PIN": {
			[]string{
				team, `{"User": {"UserId": "u", "AccountId": "team", "PersonalPIN": "0000000001"}}`,
				`{"User": {"UserId": "u", "AccountId": "team", "PersonalPIN": "0000000002"}}`,
			},
			[]string{"3.json:1:10", "PersonalPIN of u", "2.json:1:10"},
		},
		"what AWS has no member for": {
			[]string{
				`{"User": {"UserId": "u", "Carillon": {"Telephony": {"SMS": true}}}}`,
				`{"User": {"UserId": "u", "Carillon": {"Telephony": {"SMS": false}}}}`,
			},
			[]string{"2.json:1:10", "Carillon.Telephony.SMS of u", "1.json:1:10"},
		},
		"an account's member": {
			[]string{team, `{"Accounts": [{"AccountId": "team", "AccountType": "EnterpriseLWA"}]}`, `{"Account": {"AccountId": "team", "AccountType": "Team"}}`},
			[]string{"3.json:1:13", "AccountType of team", "2.json:1:15"},
		},
		"two accounts at once": {
			[]string{team, lwa, `{"Users": [{"UserId": "u", "AccountId": "team"}, {"UserId": "u", "AccountId": "lwa"}]}`},
			[]string{"user u is in account team, but in account lwa", "3.json:1:12", "3.json:1:50"},
		},
		"in an account and a former member of it": {
			[]string{
				team, `{"User": {"UserId": "u", "AccountId": "team", "UserRegistrationStatus": "Registered"}}`,
				`{"User": {"UserId": "u", "Carillon": {"FormerAccountId": "team"}}}`,
			},
			[]string{"3.json:1:10", "2.json:1:10", "cannot be that of a former member"},
		},
		"an address of two people": {
			[]string{
				team, `{"Users": [{"UserId": "u", "AccountId": "team", "PrimaryEmail": "a@example.com"}]}`,
				`{"Users": [{"UserId": "v", "AccountId": "team", "PrimaryEmail": "A@EXAMPLE.com"}]}`,
			},
			[]string{"3.json:1:12", "the address of user v is that of user u", "2.json:1:12"},
		},
		"a PIN of two people": {
			[]string{
				lwa, `{"Users": [{"UserId": "u", "AccountId": "lwa", "PersonalPIN": "0000000003"}, {"UserId": "v", "PersonalPIN": "0000000003"}]}`,
			},
			[]string{"2.json:1:78", "the PIN of user v is that of user u", "2.json:1:12"},
		},
	} {
		f := newFixture(t)
		_, err := f.run(c.documents...)
		checkError(t, what, err, c.want...)
		if err != nil && (strings.Contains(err.Error(), "000000000") || strings.Contains(err.Error(), "@")) {
			t.Errorf("%s: got %v, want neither a PIN nor an address in it", what, err)
		}
		f.untouched(t)
	}
}

// TestRefusalsAreCollected: whoever has a hundred bad records wants to know of
// more than one.
func TestRefusalsAreCollected(t *testing.T) {
	f := newFixture(t)
	var users []string
	for i := range 30 {
		users = append(users, fmt.Sprintf(`{"UserId": "u%02d", "AccountId": "nowhere"}`, i))
	}
	_, err := f.run(`{"Users": [` + strings.Join(users, ",\n") + `]}`)
	checkError(t, "unknown accounts", err, "1.json:1:12: user u00 is in account nowhere, which neither", "1.json:20:1: user u19")
	if n := strings.Count(err.Error(), "nowhere"); n != 20 {
		t.Errorf("got %d refusals, want 20", n)
	}
	f.untouched(t)
}

func TestInvitationsToSomebodyElsesAddress(t *testing.T) {
	f := newFixture(t)
	var reports []string
	i := transfer.Importer{
		Directory: f.Directory, Tenant: tenant, TempDir: f.temp, Report: func(text string) { reports = append(reports, text) },
	}
	result, err := i.Run(f.ctx, sources(team, lwa, `{"Users": [
		{"UserId": "i1", "AccountId": "team", "UserRegistrationStatus": "Unregistered", "PrimaryEmail": "A@example.com"},
		{"UserId": "p", "AccountId": "lwa", "PrimaryEmail": "a@example.com"},
		{"UserId": "i3", "AccountId": "team", "UserRegistrationStatus": "Unregistered", "PrimaryEmail": "b@example.com"},
		{"UserId": "i2", "AccountId": "lwa", "UserRegistrationStatus": "Unregistered", "PrimaryEmail": "B@example.com"},
		{"UserId": "p", "AccountId": "team", "UserRegistrationStatus": "Unregistered", "PrimaryEmail": "a@example.com"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	check(t, "the result", result, transfer.Result{AccountsAdded: 2, UsersAdded: 3, UsersSkipped: 2})
	check(t, "the reports", reports, []string{
		"skipped user i1, who is invited to account team with the address of user p",
		"skipped user i3, who is invited to account team with the address of user i2",
	})
	checkLine(t, line(t, f.export(t, ""), `"UserId":"p","AccountId":"team"`), `"Unregistered"`)
}

func TestTenants(t *testing.T) {
	const other = chime.TenantID("444455556666")
	account := func(tenant chime.TenantID) string {
		return fmt.Sprintf(`{"Account": {"AwsAccountId": "%s", "AccountId": "a", "Name": "A"}}`, tenant)
	}
	run := func(f *fixture, into chime.TenantID, documents ...string) error {
		_, err := (&transfer.Importer{Directory: f.Directory, Tenant: into, TempDir: f.temp}).Run(f.ctx, sources(documents...))
		return err
	}

	f := newFixture(t)
	checkError(t, "an unknown tenant", run(f, "", account(other)), "1.json:1:13", string(other), "no known tenant", "--tenant ID")
	checkError(t, "no tenant", run(f, "", team), "1.json:1:13", "no AwsAccountId", "--tenant ID")
	checkError(t, "a tenant that is none", run(f, "12345", team), "12 digits")
	f.untouched(t)

	if err := run(f, tenant, account(other), `{"User": {"UserId": "u", "AccountId": "a"}}`); err != nil {
		t.Fatalf("into a new tenant: %v", err)
	}
	checkLine(t, line(t, f.export(t, ""), `"Account"`), `"AwsAccountId":"`+string(tenant)+`"`)
	var root *chime.Principal
	err := f.store.View(f.ctx, func(tx chime.Tx) (err error) {
		root, err = tx.Principal(f.ctx, tenant, chime.RootName)
		return err
	})
	if err != nil || root == nil || root.ID != string(tenant) {
		t.Errorf("the new tenant's root: got %v, %v", root, err)
	}

	if err := run(f, "", fmt.Sprintf(`{"Account": {"AwsAccountId": "%s", "AccountId": "b", "Name": "B"}}`, tenant)); err != nil {
		t.Errorf("into a known tenant: %v", err)
	}
	checkError(t, "another tenant's account", run(f, other, account(other)), "account a belongs to another tenant")
	checkError(t, "another tenant's account", run(f, "", account(other)), "account a belongs to another tenant")
	checkError(t, "a user of another tenant's account", run(f, other, `{"User": {"UserId": "v", "AccountId": "a"}}`),
		"user v is in account a, which belongs to another tenant")
	if err := run(f, "", `{"User": {"UserId": "w", "AccountId": "a"}}`); err != nil {
		t.Errorf("a user of an account that the directory knows: %v", err)
	}
}

// many is a Team account with n users, whose ids are in no order.
func many(n int) string {
	var b strings.Builder
	b.WriteString(team + `{"Users": [`)
	for i := range n {
		if i > 0 {
			b.WriteString(",\n")
		}
		fmt.Fprintf(&b, `{"UserId": "%04d", "AccountId": "team", "PrimaryEmail": "u%d@example.com"}`, i*7919%n, i)
	}
	b.WriteString(`]}`)
	return b.String()
}

func TestTransactionsOfAThousand(t *testing.T) {
	f := newFixture(t)
	steps := make(map[transfer.Step][2]int64)
	i := transfer.Importer{
		Directory: f.Directory, Tenant: tenant, TempDir: f.temp,
		Progress: func(step transfer.Step, done, total int64) {
			if done < steps[step][0] {
				t.Errorf("%s: got %d done after %d", step, done, steps[step][0])
			}
			steps[step] = [2]int64{done, total}
		},
	}
	result, err := i.Run(f.ctx, sources(many(2500)))
	if err != nil {
		t.Fatal(err)
	}
	check(t, "the result", result, transfer.Result{AccountsAdded: 1, UsersAdded: 2500})
	check(t, "the progress", steps, map[transfer.Step][2]int64{
		transfer.Reading: {2501, 2501}, transfer.Checking: {2500, 2500}, transfer.Reserving: {2500, 2500}, transfer.Importing: {2500, 2500},
	})
	var added []string
	for _, r := range f.audit(t) {
		if r.Operation != "Import" || r.Principal != "local:operator" || r.Tenant != tenant {
			t.Errorf("got the record %+v, want an Import by local:operator", r)
		}
		var document struct {
			RequestParameters struct {
				AccountIds []string
				Users      []struct{ UserIds []string }
			}
			ResponseElements struct{ AccountsAdded, UsersAdded, AddressesReserved int }
		}
		if err := json.Unmarshal(r.Document, &document); err != nil {
			t.Fatal(err)
		}
		users := 0
		for _, of := range document.RequestParameters.Users {
			users += len(of.UserIds)
		}
		if n := document.ResponseElements.AddressesReserved; n > 0 {
			added = append(added, fmt.Sprintf("addresses %d", n))
			continue
		}
		added = append(added, fmt.Sprintf("accounts %d %v, users %d %d", document.ResponseElements.AccountsAdded,
			document.RequestParameters.AccountIds, document.ResponseElements.UsersAdded, users))
	}
	check(t, "the audit", added, []string{
		"addresses 2500", "accounts 1 [team], users 0 0", "accounts 0 [], users 1000 1000", "accounts 0 [], users 1000 1000", "accounts 0 [], users 500 500",
	})
}

// writes is a store that keeps which of its writes waited for the disk.
type writes struct {
	chime.Store
	synced []bool
}

func (w *writes) Update(ctx context.Context, fn func(chime.Tx) error) error {
	w.synced = append(w.synced, true)
	return w.Store.Update(ctx, fn)
}

func (w *writes) UpdateUnsynced(ctx context.Context, fn func(chime.Tx) error) error {
	w.synced = append(w.synced, false)
	return w.Store.UpdateUnsynced(ctx, fn)
}

// TestARunWaitsForTheDiskAtItsEnd: so does each transaction that replaces something.
func TestARunWaitsForTheDiskAtItsEnd(t *testing.T) {
	for _, c := range []struct {
		users     int
		overwrite bool
		want      []bool
	}{
		{0, false, []bool{true}},                                // the account
		{1000, false, []bool{false, true}},                      // and its users
		{2500, false, []bool{false, false, false, false, true}}, // reservations, the account, and users
		{2500, true, []bool{false, true, true, true, true}},
	} {
		f := newFixture(t)
		w := &writes{Store: f.store}
		f.Store = w
		i := transfer.Importer{Directory: f.Directory, Tenant: tenant, TempDir: f.temp, Overwrite: c.overwrite}
		if _, err := i.Run(f.ctx, sources(many(c.users))); err != nil {
			t.Fatal(err)
		}
		check(t, fmt.Sprintf("which writes of %d users waited (overwrite %t)", c.users, c.overwrite), w.synced, c.want)
	}
}

// TestAKilledRunIsCompletedByRepeatingIt: each transaction stands for itself.
func TestAKilledRunIsCompletedByRepeatingIt(t *testing.T) {
	f := newFixture(t)
	stop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(f.ctx)
	i := transfer.Importer{
		Directory: f.Directory, Tenant: tenant, TempDir: f.temp,
		Progress: func(step transfer.Step, done, _ int64) {
			if step == transfer.Importing && done == 1000 {
				cancel(stop)
			}
		},
	}
	result, err := i.Run(ctx, sources(many(2500)))
	if !errors.Is(err, stop) || result.UsersAdded != 1000 {
		t.Fatalf("the run that was stopped: got %v, %v, want 1000 users and %v", result, err, stop)
	}
	f.cleanedUp(t)
	check(t, "the run again", f.mustRun(t, many(2500)), transfer.Result{AccountsKept: 1, UsersAdded: 1500, UsersKept: 1000})
	check(t, "the run once more", f.mustRun(t, many(2500)), transfer.Result{AccountsKept: 1, UsersKept: 2500})
	if n := strings.Count(f.export(t, ""), "\n"); n != 2501 {
		t.Errorf("got %d documents, want 2501", n)
	}
}

// TestARunThatEndsBeforeItApplies: an end of the context while reading or
// checking leaves nothing behind.
func TestARunThatEndsBeforeItApplies(t *testing.T) {
	for _, at := range []transfer.Step{transfer.Reading, transfer.Checking} {
		f := newFixture(t)
		ctx, cancel := context.WithCancel(f.ctx)
		i := transfer.Importer{
			Directory: f.Directory, Tenant: tenant, TempDir: f.temp,
			Progress: func(step transfer.Step, _, _ int64) {
				if step == at {
					cancel()
				}
			},
		}
		if _, err := i.Run(ctx, sources(many(3000))); !errors.Is(err, context.Canceled) {
			t.Errorf("stopped while %s: got %v, want %v", at, err, context.Canceled)
		}
		f.untouched(t)
	}
}

// TestMadePINs: whoever needs a PIN gets one of their own, which no document of
// the run names.
func TestMadePINs(t *testing.T) {
	f := newFixture(t)
	f.mustRun(t, many(1200), lwa, `{"Users": [
		{"UserId": "device", "AccountId": "lwa", "UserType": "SharedDevice"},
		{"UserId": "without", "AccountId": "lwa", "Carillon": {"WithoutPIN": true}},
		{"UserId": "invited", "AccountId": "lwa", "UserRegistrationStatus": "Unregistered", "PrimaryEmail": "i@example.com", "PersonalPIN": "0000000009"},
		{"UserId": "named", "AccountId": "lwa", "PersonalPIN": "0000000007"},
		{"UserId": "free"}]}`)
	pins := make(map[string]bool)
	for l := range strings.Lines(f.export(t, "")) {
		_, pin, isUser := strings.Cut(l, `"PersonalPIN":`)
		pin = pin[:min(len(pin), 12)]
		without := strings.Contains(l, `"device"`) || strings.Contains(l, `"without"`) || strings.Contains(l, `"invited"`)
		switch {
		case !isUser:
		case without != strings.HasPrefix(pin, "null"):
			t.Errorf("got the line %s", l)
		case !without && (pins[pin] || len(strings.Trim(pin, `"`)) != 10):
			t.Errorf("got the PIN %s, want 10 digits of one's own", pin)
		default:
			pins[pin] = true
		}
	}
	if !pins[`"0000000007"`] {
		t.Error("the PIN that was named is gone")
	}
}

func TestOverwrite(t *testing.T) {
	f := newFixture(t)
	before := `{"User": {"UserId": "u", "AccountId": "lwa", "DisplayName": "U", "PrimaryEmail": "u@example.com", "PersonalPIN": "0000000001"}}`
	after := `{"User": {"UserId": "u", "AccountId": "lwa", "DisplayName": "V", "UserRegistrationStatus": "Suspended"}}`
	f.mustRun(t, lwa, before)
	check(t, "without", f.mustRun(t, after), transfer.Result{UsersKept: 1})
	i := transfer.Importer{Directory: f.Directory, Tenant: tenant, TempDir: f.temp, Overwrite: true}
	for _, c := range []struct {
		document string
		name     string
	}{
		{after, `"DisplayName":"V"`},
		{after, `"DisplayName":"V"`},  // which changes no state, so raises no epoch
		{before, `"DisplayName":"U"`}, // which says Registered, and lifts no suspension
	} {
		result, err := i.Run(f.ctx, sources(c.document))
		if err != nil {
			t.Fatal(err)
		}
		check(t, "with "+c.document, result, transfer.Result{UsersReplaced: 1})
		checkLine(t, line(t, f.export(t, ""), `"UserId":"u"`), c.name, `"Suspended"`, `"u@example.com"`, `"0000000001"`, `"SignoutEpoch":1,`)
	}
}

// TestWritersInBetween: who takes an address between the check and the import
// has it, and the run says so.
func TestWritersInBetween(t *testing.T) {
	f := newFixture(t)
	f.mustRun(t, team)
	taken := false
	i := transfer.Importer{
		Directory: f.Directory, Tenant: tenant, TempDir: f.temp,
		Progress: func(step transfer.Step, _, _ int64) {
			if step != transfer.Checking || taken {
				return
			}
			taken = true
			ctx := iam.WithCaller(t.Context(), iam.LocalCaller(tenant, "somebody else"))
			if _, err := f.InviteUsers(ctx, "team", []string{"u@example.com"}, ""); err != nil {
				t.Error(err)
			}
		},
	}
	result, err := i.Run(f.ctx, sources(`{"Users": [{"UserId": "u", "AccountId": "team", "PrimaryEmail": "U@example.com"}]}`))
	checkError(t, "a taken address", err, "1.json:1:12", "the address of user u is that of user ")
	check(t, "the result", result, transfer.Result{})
	users, _, err := f.ListUsers(f.ctx, "team", directory.UserFilter{}, directory.Page{})
	if err != nil || len(users) != 1 {
		t.Errorf("the account's users: got %v (%v), want the invited one", users, err)
	}
}
