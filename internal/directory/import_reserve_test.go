package directory_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

// TestReservations: what somebody has stays theirs, and the rest waits for the
// user whom the import will make.
func TestReservations(t *testing.T) {
	f := importFixture(t)
	f.join(t, "team", "u")
	u, v := record("u", "team", ""), record("v", "lwa", "")
	checked, err := f.CheckImport(asOperator(t), directory.ImportBatch{Users: []directory.ImportUser{u, v}})
	if err != nil {
		t.Fatal(err)
	}
	check(t, "what the import would take", checked.Addresses, map[string]chime.UserID{"v@example.com": "v"})
	invited := f.invite(t, "team", "taken@example.com")
	for range 2 { // a repeated run reserves the same
		err := f.ReserveImport(asOperator(t), map[string]chime.UserID{"v@example.com": "v", "taken@example.com": "w", "u@example.com": "w"})
		if err != nil {
			t.Fatal(err)
		}
		f.update(t, func(ctx context.Context, tx chime.Tx) error {
			holders, err := tx.AddressHolders(ctx, []string{"v@example.com", "taken@example.com", "u@example.com"})
			check(t, "the holders", holders, map[string]chime.UserID{"v@example.com": "v", "taken@example.com": invited, "u@example.com": "u"})
			return err
		})
	}
	check(t, "where v is before the import", f.where(t, "v"), "nobody")
	if got := f.invite(t, "team", "v@example.com"); got != "v" {
		t.Errorf("who is invited by a reserved address: got %s, want v", got)
	}
	check(t, "the result", f.mustImport(t, directory.ImportBatch{Users: []directory.ImportUser{v}}), directory.ImportResult{UsersAdded: 1})
	check(t, "where v is", f.where(t, "v"), "team Unregistered, lwa Registered 0")
}

func TestReservationsAreTheOperatorsAndBounded(t *testing.T) {
	f := importFixture(t)
	checkCode(t, "a principal", f.ReserveImport(asRoot(t), nil), chime.Forbidden)
	many := make(map[string]chime.UserID)
	for i := range directory.MaxReservations + 1 {
		many[fmt.Sprint(i)] = "u"
	}
	checkCode(t, "many addresses", f.ReserveImport(asOperator(t), many), chime.BadRequest)
}

// TestPINsOfAStretch: the PINs that a batch makes are from its stretch.
func TestPINsOfAStretch(t *testing.T) {
	for _, c := range []struct {
		from        directory.Stretch
		first, last string
	}{
		{directory.Stretch{}, "0000000000", "9999999999"},
		{directory.Stretch{Part: 0, Of: 10}, "0000000000", "0999999999"},
		{directory.Stretch{Part: 7, Of: 10}, "7000000000", "7999999999"},
		{directory.Stretch{Part: 17, Of: 10}, "7000000000", "7999999999"},
		{directory.Stretch{Part: 9_999, Of: 10_000}, "9999000000", "9999999999"},
		{directory.Stretch{Part: 7, Of: 10_000_000_000}, "0000000000", "9999999999"}, // too narrow
	} {
		f := importFixture(t)
		b := directory.ImportBatch{PINs: c.from}
		for i := range 20 {
			b.Users = append(b.Users, record(chime.UserID(fmt.Sprint("user", i)), "lwa", ""))
		}
		f.mustImport(t, b)
		seen := make(map[string]bool)
		f.update(t, func(ctx context.Context, tx chime.Tx) error {
			members, err := tx.ListMembers(ctx, chime.MemberQuery{Account: "lwa", Limit: 100})
			for _, m := range members {
				if m.PIN < c.first || m.PIN > c.last || len(m.PIN) != len(c.first) || seen[m.PIN] {
					t.Errorf("%+v: got the PIN %s, want another between %s and %s", c.from, m.PIN, c.first, c.last)
				}
				seen[m.PIN] = true
			}
			return err
		})
		if len(seen) != 20 {
			t.Errorf("%+v: got %d PINs, want 20", c.from, len(seen))
		}
	}
}
