package transfer_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/transfer"
)

// anAccount is an account of a type with somebody in each state.
func anAccount(kind chime.AccountType) string {
	users := `{"UserId": "registered", "AccountId": "a", "PrimaryEmail": "registered@example.com", "LicenseType": "Basic", "UserRegistrationStatus": "Registered"},
		{"UserId": "invited", "AccountId": "a", "PrimaryEmail": "invited@example.com", "UserRegistrationStatus": "Unregistered", "UserInvitationStatus": "Pending"},
		{"UserId": "suspended", "AccountId": "a", "PrimaryEmail": "suspended@example.com", "LicenseType": "Basic", "UserRegistrationStatus": "Suspended"}`
	if kind == chime.Team {
		users += `, {"UserId": "former", "PrimaryEmail": "former@example.com", "UserRegistrationStatus": "Suspended",
			"Carillon": {"FormerAccountId": "a", "RemovedOn": "2026-01-01T00:00:00Z"}}`
	}
	return fmt.Sprintf(`{"Account": {"AccountId": "a", "Name": "An account", "AccountType": %q, "DefaultLicense": "Pro", "SupportedLicenses": ["Basic", "Pro"]}}
		{"Users": [%s]}`, kind, users)
}

// entryOf is an entry that means who is in a state.
func entryOf(state string) string {
	if state == "Absent" {
		return "absent@example.com"
	}
	return strings.ToLower(state)
}

// The table of effects says what the directory does.
func TestEffectsAreTheDirectorys(t *testing.T) {
	text, err := os.ReadFile("effects.json")
	if err != nil {
		t.Fatal(err)
	}
	var table map[transfer.BulkAction]struct {
		Limit   int
		Refusal string
		Types   map[chime.AccountType]map[string]transfer.Effect
	}
	if err := json.Unmarshal(text, &table); err != nil {
		t.Fatal(err)
	}
	for action, effects := range table {
		limit := directory.MaxBatch
		if action == transfer.BulkUpdate {
			limit = directory.MaxUpdates
		}
		check(t, fmt.Sprintf("the limit of %s", action), effects.Limit, limit)
		for _, kind := range chime.AccountTypes() {
			what := fmt.Sprintf("%s in an account of type %s", action, kind)
			f := newFixture(t)
			f.mustRun(t, anAccount(kind))
			if states, can := effects.Types[kind]; !can {
				_, err := f.direct(action, "registered")
				if got := chime.CodeOf(err); got != chime.Forbidden || effects.Refusal == "" {
					t.Errorf("%s: got %q, want Forbidden, and a reason in the table", what, got)
				}
			} else {
				for state, effect := range states {
					f := newFixture(t)
					f.mustRun(t, anAccount(kind))
					f.suspendInPlace(t)
					want := effect.Kind
					if action == transfer.BulkInvite && state == "Invited" {
						want = transfer.Changes // unless asked, a bulk run does not mail again
					}
					check(t, what+" to who is "+state, f.effect(t, action, entryOf(state)), want)
				}
			}
		}
	}
}

// suspendInPlace makes the user suspended a suspended member: of a Team account,
// only the release of a domain does.
func (f *fixture) suspendInPlace(t *testing.T) {
	t.Helper()
	err := f.store.Update(f.ctx, func(tx chime.Tx) error {
		_, members, err := tx.AccountMembers(f.ctx, "a", []chime.UserID{"registered"})
		if err != nil {
			return err
		}
		m := members[0]
		m.User, m.Email, m.PIN, m.Status = "suspended", "suspended@example.com", "", chime.Suspended
		if err := tx.DeleteFormerMembers(f.ctx, "a", []chime.UserID{m.User}); err != nil {
			return err
		}
		return tx.PutMembers(f.ctx, m)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// effect finds out by doing what an action does to somebody.
func (f *fixture) effect(t *testing.T, action transfer.BulkAction, entry string) transfer.EffectKind {
	t.Helper()
	before := f.export(t, "")
	refused, err := f.direct(action, entry)
	switch {
	case err != nil:
		t.Errorf("%s %s: got %v", action, entry, err)
		return ""
	case refused:
		return transfer.Refuses
	case f.export(t, "") == before:
		return transfer.Nothing
	}
	return transfer.Changes
}

// direct does something to one user by the directory alone.
func (f *fixture) direct(action transfer.BulkAction, entry string) (refused bool, err error) {
	user, pro := chime.UserID(entry), chime.Pro
	var refusals []directory.UserError
	switch action {
	case transfer.BulkSuspend:
		refusals, err = f.SuspendUsers(f.ctx, "a", []chime.UserID{user})
	case transfer.BulkUnsuspend:
		refusals, err = f.UnsuspendUsers(f.ctx, "a", []chime.UserID{user})
	case transfer.BulkUpdate:
		refusals, err = f.UpdateUsers(f.ctx, "a", []directory.UserChange{{User: user, License: &pro}})
	case transfer.BulkInvite:
		email := strings.TrimSuffix(entry, "@example.com") + "@example.com"
		var invites []directory.Invite
		if invites, err = f.InviteUsers(f.ctx, "a", []string{email}, ""); err == nil {
			return invites[0].Status == chime.InvitationFailed, nil
		}
	case transfer.BulkLogout:
		if err = f.LogoutUser(f.ctx, "a", user); chime.CodeOf(err) == chime.NotFound {
			return true, nil
		}
	}
	return len(refusals) > 0, err
}

// people are a company's n registered users, u000 and so on.
func people(n int) (document string, entries []string) {
	var users []string
	for i := range n {
		id := fmt.Sprintf("u%03d", i)
		users = append(users, fmt.Sprintf(
			`{"UserId": %q, "AccountId": "lwa", "PrimaryEmail": "%s@example.com", "LicenseType": "Pro", "UserRegistrationStatus": "Registered"}`, id, id))
		entries = append(entries, id)
	}
	return lwa + `{"Users": [` + strings.Join(users, ",") + `]}`, entries
}

func (f *fixture) bulk(action transfer.BulkAction) *transfer.Bulk {
	return &transfer.Bulk{
		Directory: f.Directory, Account: "lwa", Action: action, License: chime.Basic, Now: f.Now,
		Wait: func(context.Context, time.Duration) error { return nil },
	}
}

// runBulk previews and does all.
func runBulk(ctx context.Context, b *transfer.Bulk, report *transfer.Report, entries []string) (outcomes []transfer.Outcome, err error) {
	targets, err := b.Preview(ctx, entries, report)
	if err != nil {
		return nil, err
	}
	err = b.Run(ctx, targets, func(some []transfer.Outcome) error {
		outcomes = append(outcomes, some...)
		if report == nil {
			return nil
		}
		return report.Append(some)
	})
	return outcomes, err
}

func kinds(outcomes []transfer.Outcome) map[transfer.OutcomeKind]int {
	counts := make(map[transfer.OutcomeKind]int)
	for _, o := range outcomes {
		counts[o.Kind]++
	}
	return counts
}

func TestBulkGoesOnWhereItsReportEnds(t *testing.T) {
	document, entries := people(230)
	for _, action := range []transfer.BulkAction{transfer.BulkSuspend, transfer.BulkUpdate, transfer.BulkLogout} {
		f := newFixture(t)
		f.mustRun(t, document)
		path := filepath.Join(t.TempDir(), "report.csv")
		report := openReport(t, path, string(action))
		b := f.bulk(action)
		ctx, cancel := context.WithCancelCause(f.ctx)
		stop := errors.New("the operator's wish")
		b.Progress = func(step transfer.Step, done, _ int64) {
			if step == transfer.Applying && done >= 100 {
				cancel(stop)
			}
		}
		first, err := runBulk(ctx, b, report, entries)
		if !errors.Is(err, stop) || len(first) != 100 {
			t.Fatalf("%s, stopped after 100: got %d outcomes and %v, want 100 and %v", action, len(first), err, stop)
		}
		closeReport(t, report)
		appendText(t, path, `lwa,`+string(action)+`,u099,u0`) // a crash cuts a row

		report = openReport(t, path, string(action))
		left := slices.DeleteFunc(slices.Clone(entries), report.Settled)
		check(t, fmt.Sprintf("what is left of %s", action), left, entries[100:])
		second, err := runBulk(f.ctx, f.bulk(action), report, left)
		if err != nil {
			t.Fatal(err)
		}
		check(t, fmt.Sprintf("the rest of %s", action), kinds(second), map[transfer.OutcomeKind]int{transfer.Done: 130})
		closeReport(t, report)
		report = openReport(t, path, string(action))
		if left := slices.DeleteFunc(slices.Clone(entries), report.Settled); len(left) > 0 {
			t.Errorf("after all of %s: got %d left, want none", action, len(left))
		}
		closeReport(t, report)
		if strings.Contains(f.export(t, ""), `"SignoutEpoch":2`) {
			t.Errorf("%s: got somebody signed out twice, want each once at most", action)
		}
	}
}

func openReport(t *testing.T, path, action string) *transfer.Report {
	t.Helper()
	report, err := transfer.OpenReport(path, "lwa", action)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func closeReport(t *testing.T, report *transfer.Report) {
	t.Helper()
	if err := report.Close(); err != nil {
		t.Fatal(err)
	}
}

func appendText(t *testing.T, path, text string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestReportsKeepWhatTheyAreTold(t *testing.T) {
	entries := []string{"=cmd|' /C calc'!A0", "+1", "-1", "@sum", "'=odd", "'plain", `a "quoted", entry`, "new\nline"}
	path := filepath.Join(t.TempDir(), "report.csv")
	report := openReport(t, path, "suspend")
	var outcomes []transfer.Outcome
	for _, entry := range entries {
		outcomes = append(outcomes, transfer.Outcome{Entry: entry, Kind: transfer.Unchanged, Time: time.Unix(1, 0)})
	}
	if err := report.Append(outcomes); err != nil {
		t.Fatal(err)
	}
	closeReport(t, report)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, cell := range []string{`lwa,suspend,'=cmd|' /C calc'!A0,`, `lwa,suspend,'+1,`, `lwa,suspend,'-1,`, `lwa,suspend,'@sum,`} {
		if !strings.Contains(string(text), cell) {
			t.Errorf("got the report %q, want %q in it", text, cell)
		}
	}
	report = openReport(t, path, "suspend")
	for _, entry := range entries[:len(entries)-1] { // no entry that was read has a new line in it
		if !report.Settled(entry) {
			t.Errorf("got %q as not done, want it done", entry)
		}
	}
	closeReport(t, report)
}

func TestReportsOfOthersStayAsTheyAre(t *testing.T) {
	for what, tt := range map[string]struct{ text, want string }{
		"of another account": {"AccountId,Action,Entry,UserId,EmailAddress,Outcome,ErrorCode,Detail,Timestamp\nteam,suspend,u,u,,Done,,,\n", "another run (suspend, account team)"},
		"of another action":  {"AccountId,Action,Entry,UserId,EmailAddress,Outcome,ErrorCode,Detail,Timestamp\nlwa,logout,u,u,,Done,,,\n", "another run (logout, account lwa)"},
		"no report":          {"my notes", "no report"},
		"another table":      {"a,b\n1,2\n", "no report"},
		"no table":           {"a,\"b\n\n", "report.csv"},
	} {
		path := filepath.Join(t.TempDir(), "report.csv")
		if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := transfer.OpenReport(path, "lwa", "suspend")
		checkError(t, what, err, tt.want)
		after, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		check(t, what, string(after), tt.text)
	}
}

// busyStore is a store that is away for some calls.
type busyStore struct {
	chime.Store
	away int
}

func (s *busyStore) UpdateInPlace(ctx context.Context, fn func(chime.Tx) error) error {
	if s.away > 0 {
		s.away--
		return chime.Errorf(chime.ServiceUnavailable, "The directory is away.")
	}
	return s.Store.UpdateInPlace(ctx, fn)
}

func TestBulkWaitsForADirectoryThatIsBusy(t *testing.T) {
	document, entries := people(60)
	for _, tt := range []struct {
		away int
		want map[transfer.OutcomeKind]int
		code chime.Code
	}{
		{8, map[transfer.OutcomeKind]int{transfer.Done: 60}, ""},
		{9, map[transfer.OutcomeKind]int{}, chime.ServiceUnavailable},
	} {
		f := newFixture(t)
		f.mustRun(t, document)
		f.Directory.Store = &busyStore{f.store, tt.away}
		var pauses time.Duration
		b := f.bulk(transfer.BulkSuspend)
		b.Wait = func(_ context.Context, d time.Duration) error { pauses += d; return nil }
		outcomes, err := runBulk(f.ctx, b, nil, entries)
		if got := chime.CodeOf(err); got != tt.code {
			t.Errorf("away %d times: got %v, want %q", tt.away, err, tt.code)
		}
		check(t, fmt.Sprintf("the outcomes when it was away %d times", tt.away), kinds(outcomes), tt.want)
		check(t, "how long it waited", pauses, 63750*time.Millisecond)
	}
}

func TestBulkStopsWaitingWhenAsked(t *testing.T) {
	document, entries := people(1)
	f := newFixture(t)
	f.mustRun(t, document)
	f.Directory.Store = &busyStore{f.store, 100}
	ctx, cancel := context.WithCancel(f.ctx)
	b := f.bulk(transfer.BulkLogout)
	b.Wait = nil
	b.Progress = func(transfer.Step, int64, int64) { cancel() }
	if _, err := runBulk(ctx, b, nil, entries); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

func TestBulkSaysWhoIsMeantTwice(t *testing.T) {
	document, _ := people(2)
	f := newFixture(t)
	f.mustRun(t, document)
	outcomes, err := runBulk(f.ctx, f.bulk(transfer.BulkUpdate), nil, []string{"u000", "U000@example.com", "nobody", "u001@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range outcomes {
		got = append(got, fmt.Sprintf("%s %s %s %s", o.Entry, o.Kind, o.Code, o.Detail))
	}
	check(t, "the outcomes", got, []string{
		"u000 Done  gets the license",
		"U000@example.com Repeated  is the same person as u000",
		"nobody Refused NotFound is not in the account",
		"u001@example.com Done  gets the license",
	})
}
