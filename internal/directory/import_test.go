package directory_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/iam"
)

func asOperator(t testing.TB) context.Context {
	return iam.WithCaller(t.Context(), iam.LocalCaller(tenantOne, "operator"))
}

// importFixture is a fixture with the accounts team, team2 and lwa.
func importFixture(t testing.TB) *fixture {
	t.Helper()
	f := newFixture(t)
	f.account(t, "team", chime.Team)
	f.account(t, "team2", chime.Team)
	f.account(t, "lwa", chime.EnterpriseLWA)
	return f
}

// where says where a user is: their account and state, or free, with the epoch,
// and then what else accounts know of them.
func (f *fixture) where(t testing.TB, user chime.UserID) string {
	t.Helper()
	at, epoch := []string{"nobody"}, f.epoch(t, user)
	err := f.store.View(t.Context(), func(tx chime.Tx) error {
		ctx := t.Context()
		people, err := tx.People(ctx, []chime.UserID{user})
		if err != nil {
			return err
		}
		for _, p := range people {
			at = []string{fmt.Sprintf("free %d", epoch)}
			if !p.Free() {
				at = nil
			}
		}
		for _, account := range []chime.AccountID{"team", "team2", "lwa"} {
			_, members, err1 := tx.AccountMembers(ctx, account, []chime.UserID{user})
			former, err2 := tx.FormerMembers(ctx, account, []chime.UserID{user})
			for _, m := range members {
				state := fmt.Sprintf("%s %s", account, m.Status)
				if len(people) > 0 && people[0].Account == account {
					state += fmt.Sprintf(" %d", epoch)
				}
				at = append(at, state)
			}
			if len(former) > 0 {
				at = append(at, string(account)+" former")
			}
			if err := errors.Join(err1, err2); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(at, ", ")
}

// record is a document about a user, whose address is <id>@example.com.
func record(user chime.UserID, account chime.AccountID, status chime.RegistrationStatus) directory.ImportUser {
	u := directory.ImportUser{Member: chime.Member{Account: account, User: user}}
	u.Status, u.Email = status, string(user)+"@example.com"
	return u
}

func formerRecord(user chime.UserID, account chime.AccountID) directory.ImportUser {
	u := record(user, account, chime.Suspended)
	u.Former = true
	return u
}

// in has operations done before an import.
type in func(t *testing.T, f *fixture)

func registered(account chime.AccountID) in {
	return func(t *testing.T, f *fixture) { f.join(t, account, "u") }
}

func suspendedIn(account chime.AccountID) in {
	return func(t *testing.T, f *fixture) {
		if _, err := f.SuspendUsers(asRoot(t), account, []chime.UserID{"u"}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestImportUser: what becomes of a record, without and with Overwrite. The
// epoch of a person is the number after their state.
func TestImportUser(t *testing.T) {
	const kept = "" // nothing changes
	pending, member, suspended := chime.Unregistered, chime.Registered, chime.Suspended
	for _, c := range []struct {
		name      string
		before    []in
		record    directory.ImportUser
		want      string // without Overwrite
		overwrite string // with it
	}{
		{"a new member", nil, record("u", "lwa", member), "lwa Registered 0", "lwa Registered 0"},
		{"a new member, by default registered", nil, record("u", "team", ""), "team Registered 0", "team Registered 0"},
		{"a new suspended member", nil, record("u", "lwa", suspended), "lwa Suspended 0", "lwa Suspended 0"},
		{"a member whom a Team account suspended", nil, record("u", "team", suspended), "free 0, team former", "free 0, team former"},
		{"the record of a former member", nil, formerRecord("u", "team"), "nobody, team former", "nobody, team former"},
		{"a new invitation", nil, record("u", "team", pending), "nobody, team Unregistered", "nobody, team Unregistered"},
		{"a new free person", nil, record("u", "", member), "free 0", "free 0"},
		{"a free person whom somebody suspended", nil, record("u", "", suspended), "free 0", "free 0"},

		{"a member as they are", []in{registered("lwa")}, record("u", "lwa", member), kept, "lwa Registered 0"},
		{"a member, suspended since", []in{registered("lwa")}, record("u", "lwa", suspended), kept, "lwa Suspended 1"},
		{"a suspended member, registered then", []in{registered("lwa"), suspendedIn("lwa")}, record("u", "lwa", member), kept, "lwa Suspended 1"},
		{"a suspended member as they are", []in{registered("lwa"), suspendedIn("lwa")}, record("u", "lwa", suspended), kept, "lwa Suspended 1"},
		{"a member, invited then", []in{registered("team")}, record("u", "team", pending), kept, kept},
		{"a member, suspended by their Team account", []in{registered("team")}, record("u", "team", suspended), kept, "free 1, team former"},
		{"a member, in the records as a former one", []in{registered("team")}, formerRecord("u", "team"), kept, "free 1, team former"},
		{"a member, free since", []in{registered("team")}, record("u", "", member), kept, "free 1"},
		{"a suspended member, free then", []in{registered("lwa"), suspendedIn("lwa")}, record("u", "", member), kept, kept},

		{"a member of another account", []in{registered("team")}, record("u", "lwa", member), kept, "lwa Registered 1"},
		{"a member of another account, suspended here", []in{registered("team")}, record("u", "lwa", suspended), kept, "lwa Suspended 1"},
		{"somebody suspended in another account", []in{registered("lwa"), suspendedIn("lwa")}, record("u", "team", member), kept, kept},
		{"somebody suspended in both", []in{registered("lwa"), suspendedIn("lwa")}, record("u", "team", suspended), "lwa Suspended 1, team former", "lwa Suspended 1, team former"},
		{
			"an invitation of a member of another account",
			[]in{registered("team2")},
			record("u", "team", pending), "team Unregistered, team2 Registered 0", "team Unregistered, team2 Registered 0",
		},
		{
			"an invitation of somebody suspended in another account",
			[]in{registered("lwa"), suspendedIn("lwa")},
			record("u", "team", pending), "team Unregistered, lwa Suspended 1", "team Unregistered, lwa Suspended 1",
		},
		{
			"a record as a former member of another account",
			[]in{registered("team2")},
			formerRecord("u", "team"), "team former, team2 Registered 0", "team former, team2 Registered 0",
		},

		{"a former member, registered then", []in{registered("team"), suspendedIn("team")}, record("u", "team", member), kept, kept},
		{"a former member, invited then", []in{registered("team"), suspendedIn("team")}, record("u", "team", pending), kept, kept},
		{"a former member as they are", []in{registered("team"), suspendedIn("team")}, record("u", "team", suspended), kept, "free 0, team former"},
		{"a former member of another account", []in{registered("team"), suspendedIn("team")}, record("u", "lwa", member), kept, "lwa Registered 1, team former"},
		{"a free person as they are", []in{registered("team"), suspendedIn("team")}, record("u", "", member), kept, "free 0, team former"},
	} {
		for _, overwrite := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, overwrite %t", c.name, overwrite), func(t *testing.T) {
				f := importFixture(t)
				for _, before := range c.before {
					before(t, f)
				}
				want, existed := c.want, f.where(t, "u")
				if overwrite {
					want = c.overwrite
				}
				b := directory.ImportBatch{Overwrite: overwrite, Users: []directory.ImportUser{c.record}}
				result := f.mustImport(t, b)
				if keeps := result.UsersKept == 1; keeps != (want == kept) {
					t.Errorf("got the result %+v, want the user kept: %t", result, want == kept)
				}
				if want == kept {
					want = existed
				}
				check(t, "where the user is", sorted(f.where(t, "u")), sorted(want))
				epoch := f.epoch(t, "u")
				f.mustImport(t, b)
				check(t, "where the user is after doing it again", sorted(f.where(t, "u")), sorted(want))
				check(t, "the epoch after doing it again", f.epoch(t, "u"), epoch)
			})
		}
	}
}

// sorted has the person's own account first and the rest in one order.
func sorted(where string) map[string]bool {
	parts := make(map[string]bool)
	for part := range strings.SplitSeq(where, ", ") {
		parts[part] = true
	}
	return parts
}

// mustImport imports a batch that CheckImport has no objection to.
func (f *fixture) mustImport(t testing.TB, b directory.ImportBatch) directory.ImportResult {
	t.Helper()
	checked, err := f.CheckImport(asOperator(t), b)
	if err != nil || len(checked.Refusals) > 0 {
		t.Fatalf("checking the import: got %+v, %v", checked.Refusals, err)
	}
	result, err := f.Import(asOperator(t), b)
	if err != nil {
		t.Fatalf("importing: %v", err)
	}
	return result
}

// TestImportOfInvitedUsers: somebody whom an account invited and who never
// registered has no person yet.
func TestImportOfInvitedUsers(t *testing.T) {
	for _, c := range []struct {
		status    chime.RegistrationStatus
		former    bool
		unsaid    bool // the address, which the invitation knows
		overwrite string
	}{
		{status: chime.Registered, overwrite: "team Registered 0"},
		{status: chime.Registered, unsaid: true, overwrite: "team Registered 0"},
		{status: chime.Unregistered, unsaid: true, overwrite: "nobody, team Unregistered"},
		{status: chime.Unregistered, overwrite: "nobody, team Unregistered"},
		{status: chime.Suspended, overwrite: "free 0, team former"},
		{status: chime.Suspended, former: true, overwrite: "nobody, team former"},
	} {
		f := importFixture(t)
		user := f.invite(t, "team", "u@example.com")
		u := record(user, "team", c.status)
		if u.Email, u.Former = "u@example.com", c.former; c.unsaid {
			u.Email = ""
		}
		check(t, "without overwriting", f.mustImport(t, directory.ImportBatch{Users: []directory.ImportUser{u}}),
			directory.ImportResult{UsersKept: 1})
		f.mustImport(t, directory.ImportBatch{Overwrite: true, Users: []directory.ImportUser{u}})
		check(t, fmt.Sprintf("%s over an invitation", c.status), f.where(t, user), c.overwrite)
	}
}

// TestImportKeepsWhatIsNotSaid: overwriting with a list of users, which has no
// PINs, takes nobody's PIN.
func TestImportKeepsWhatIsNotSaid(t *testing.T) {
	f := importFixture(t)
	f.join(t, "lwa", "u")
	u := record("u", "lwa", "")
	u.Email, u.License, u.Signout.Epoch = "new@example.com", chime.Basic, 4
	f.mustImport(t, directory.ImportBatch{Overwrite: true, Users: []directory.ImportUser{u}})
	got, err := f.GetUser(asRoot(t), "lwa", "u")
	if err != nil {
		t.Fatal(err)
	}
	check(t, "the user", got, directory.User{
		ID: "u", Account: "lwa", Email: "new@example.com", DisplayName: "Name of u", PIN: "pin of u", License: chime.Basic,
		Type: chime.PrivateUser, Status: chime.Registered, Registered: f.clock, Alexa: &chime.Alexa{},
	})
	check(t, "the epoch", f.epoch(t, "u"), int64(4))
	u.Signout.Epoch = 2
	f.mustImport(t, directory.ImportBatch{Overwrite: true, Users: []directory.ImportUser{u}})
	check(t, "the epoch after a lower one", f.epoch(t, "u"), int64(4))

	// The former address is free again, the new one is not.
	f.invite(t, "team", "u@example.com")
	if got := f.invite(t, "team", "new@example.com"); got != "u" {
		t.Errorf("who has the new address: got %s, want u", got)
	}
}

func TestImportRefusesWhatIsAnothers(t *testing.T) {
	pin := func(u directory.ImportUser, pin string) directory.ImportUser {
		u.PIN, u.Email = pin, ""
		return u
	}
	for _, c := range []struct {
		what string
		user directory.ImportUser
		want string
	}{
		{"an address", withEmail(record("v", "team", ""), "U@example.com"), "the address of user v is that of user u"},
		{"a PIN", pin(record("v", "team", ""), "pin of u"), "the PIN of user v is that of user u"},
		{"a free person's address", withEmail(record("v", "", ""), "u@example.com"), "the address of user v is that of user u"},
		{"a suspended person's address", withEmail(record("v", "team", chime.Suspended), "u@example.com"), "the address of user v is that of user u"},
		{"an unknown account", record("v", "nowhere", ""), "user v is in account nowhere, which neither the documents nor the directory know"},
		{"a deleted account", record("v", "deleted", ""), "user v is in account deleted, which is deleted"},
		{"a former member of a deleted account", formerRecord("v", "deleted"), "user v is in account deleted, which is deleted"},
		{"another tenant's account", record("v", "foreign", ""), "user v is in account foreign, which belongs to another tenant"},
	} {
		f := importFixture(t)
		f.accountOf(t, tenantTwo, "foreign", chime.Team)
		f.account(t, "deleted", chime.Team)
		f.join(t, "lwa", "u")
		if err := f.DeleteAccount(asRoot(t), "deleted"); err != nil {
			t.Fatal(err)
		}
		for _, overwrite := range []bool{false, true} {
			b := directory.ImportBatch{
				Tenant: tenantOne, Overwrite: overwrite, Users: []directory.ImportUser{record("first", "team", ""), c.user},
			}
			checked, err := f.CheckImport(asOperator(t), b)
			if err != nil {
				t.Fatal(err)
			}
			check(t, c.what, checked.Refusals, []directory.ImportRefusal{{Account: c.user.Account, User: "v", Reason: c.want}})
			before := f.everything(t, "team", "lwa")
			_, err = f.Import(asOperator(t), b)
			var refused *directory.ImportRefusedError
			if !errors.As(err, &refused) || err.Error() != c.want {
				t.Errorf("importing %s: got %v, want %s", c.what, err, c.want)
			}
			check(t, "everything after a refusal", f.everything(t, "team", "lwa"), before)
		}
	}
}

func withEmail(u directory.ImportUser, email string) directory.ImportUser {
	u.Email = email
	return u
}

// TestImportOfInvitationsToAnothersAddress: they are skipped.
func TestImportOfInvitationsToAnothersAddress(t *testing.T) {
	f := importFixture(t)
	f.join(t, "lwa", "u")
	rival := record("w", "team", chime.Unregistered)
	rival.Rival = "x"
	users := []directory.ImportUser{
		withEmail(record("v", "team", chime.Unregistered), "U@example.com"),
		rival,
		record("x", "team", chime.Unregistered),
	}
	check(t, "the result", f.mustImport(t, directory.ImportBatch{Users: users}), directory.ImportResult{
		UsersAdded: 1,
		Skipped:    []directory.ImportSkip{{Account: "team", User: "v", Holder: "u"}, {Account: "team", User: "w", Holder: "x"}},
	})
	check(t, "where v is", f.where(t, "v"), "nobody")
	if got := f.invite(t, "team2", "x@example.com"); got != "x" {
		t.Errorf("who is invited by the address of x: got %s", got)
	}
}

// TestImportOverAnInvitation: inviting an address does not keep a person from
// owning it, when the operator says so.
func TestImportOverAnInvitation(t *testing.T) {
	f := importFixture(t)
	stranger := f.invite(t, "team", "u@example.com")
	b := directory.ImportBatch{Users: []directory.ImportUser{record("u", "team", "")}}
	checked, err := f.CheckImport(asOperator(t), b)
	if err != nil || len(checked.Refusals) != 1 {
		t.Errorf("without overwriting: got %+v (%v), want a refusal", checked.Refusals, err)
	}
	b.Overwrite = true
	f.mustImport(t, b)
	check(t, "where the person is", f.where(t, "u"), "team Registered 0")
	check(t, "where the invited one is", f.where(t, stranger), "nobody")
}

// TestFormerMembersComeBack: a former member of whom only the record is known
// comes back under the same id.
func TestFormerMembersComeBack(t *testing.T) {
	f := importFixture(t)
	f.mustImport(t, directory.ImportBatch{Users: []directory.ImportUser{formerRecord("u", "team")}})
	if got := f.invite(t, "team", "u@example.com"); got != "u" {
		t.Errorf("who is invited: got %s, want u", got)
	}
}

func TestImportMakesPINs(t *testing.T) {
	f := importFixture(t)
	device, without := record("d", "team", ""), record("w", "team", "")
	device.Type, without.WithoutPIN = chime.SharedDevice, true
	f.mustImport(t, directory.ImportBatch{Users: []directory.ImportUser{
		record("u", "team", ""), record("f", "", ""), record("s", "team", chime.Suspended), device, without, record("i", "team", chime.Unregistered),
	}})
	err := f.store.View(t.Context(), func(tx chime.Tx) error {
		people, err := tx.People(t.Context(), []chime.UserID{"u", "f", "s", "d", "w", "i"})
		for _, p := range people {
			holders, err := tx.PINHolders(t.Context(), []string{p.PIN})
			needs := p.ID == "u" || p.ID == "f" || p.ID == "s"
			if needs && (len(p.PIN) != 10 || holders[p.PIN] != p.ID) || !needs && p.PIN != "" || err != nil {
				t.Errorf("the PIN of %s: got %q, held by %q (%v)", p.ID, p.PIN, holders[p.PIN], err)
			}
		}
		if len(people) != 5 {
			t.Errorf("got %d people, want all but the invited one", len(people))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	user, err := f.GetUser(asRoot(t), "team", "u")
	if err != nil || len(user.PIN) != 10 {
		t.Errorf("the member: got %+v (%v), want the PIN there too", user, err)
	}
}

// TestImportOneUserInManyAccounts: records of one batch see each other.
func TestImportOneUserInManyAccounts(t *testing.T) {
	f := importFixture(t)
	f.join(t, "team", "u")
	f.mustImport(t, directory.ImportBatch{Overwrite: true, Users: []directory.ImportUser{
		record("u", "lwa", chime.Registered), formerRecord("u", "team"), record("u", "team2", chime.Unregistered),
	}})
	check(t, "where the user is", sorted(f.where(t, "u")), sorted("lwa Registered 1, team former, team2 Unregistered"))
}
