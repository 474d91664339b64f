package transfer_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/sqlstore/sqlite"
	"github.com/carillon-id/carillon/internal/transfer"
)

// copied is a store in a file that has something of every kind in it, more than a
// page of some.
func copied(t *testing.T) chime.Store {
	t.Helper()
	s := emptyFile(t)
	write(t, s, func(ctx context.Context, tx chime.Tx) error {
		account := func(id chime.AccountID, status chime.AccountStatus) chime.Account {
			return chime.Account{
				ID: id, Tenant: tenant, Name: "Name", Type: chime.Team, Status: status, DefaultLicense: chime.Pro,
				SupportedLicenses: []chime.License{chime.Pro}, SigninDelegateGroups: []string{"group"},
				Settings: chime.AccountSettings{EnableDialOut: true},
			}
		}
		var members []chime.Member
		var records []chime.AuditRecord
		addresses, pins := map[string]chime.UserID{}, map[string]chime.UserID{}
		for i := range 1500 {
			user := chime.UserID(fmt.Sprintf("user-%04d", i))
			members = append(members, chime.Member{
				Account: chime.AccountID(fmt.Sprint("a", i%2)), User: user,
				Standing: chime.Standing{Status: chime.Suspended, License: chime.Pro, Signout: chime.Signout{Epoch: int64(i), At: time.UnixMicro(1).UTC()}},
				Profile:  chime.Profile{Email: string(user) + "@example.com", PIN: string(user), Type: chime.PrivateUser},
			})
			addresses[string(user)+"@example.com"], pins[string(user)] = user, user
			records = append(records, chime.AuditRecord{
				ID: fmt.Sprintf("%04d", (i*7)%1500), Tenant: tenant, Account: []chime.AccountID{"", "a0", "purged"}[i%3],
				Operation: "GetUser", Repeats: int64(i), Document: []byte("{}"),
			})
		}
		return errors.Join(
			tx.PutAccounts(ctx, account("a0", chime.AccountActive), account("a1", chime.AccountSuspended)),
			tx.PutMembers(ctx, members...), tx.ClaimAddresses(ctx, addresses), tx.ClaimPINs(ctx, pins),
			tx.PutFormerMembers(ctx, chime.FormerMember{Account: "a0", User: "left", Removed: time.UnixMicro(5).UTC()}),
			tx.PutPeople(ctx, chime.Person{ID: "left", Signout: chime.Signout{Epoch: 9}}, chime.Person{ID: "user-0000", Account: "a0"}),
			tx.PutPrincipal(ctx, chime.Principal{Tenant: tenant, Name: "alice", ID: "AIDA", Disabled: true}),
			tx.PutAdministrator(ctx, chime.Administrator{Tenant: tenant, Account: "a0", User: "user-0000", ID: "role"}),
			tx.PutAccessKeys(ctx, chime.AccessKey{ID: "AKIA", Tenant: tenant, Principal: "alice", SealedSecret: []byte{0, 0xff}}),
			tx.AppendAudit(ctx, records...), tx.PutSetting(ctx, "name", []byte{0}), tx.PutSetting(ctx, "empty", nil))
	})
	return s
}

// emptyFile returns an empty store in a file.
func emptyFile(t *testing.T) chime.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "carillon.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func write(t *testing.T, s chime.Store, fn func(ctx context.Context, tx chime.Tx) error) {
	t.Helper()
	if err := s.Update(t.Context(), func(tx chime.Tx) error { return fn(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

// contents is all that a store holds.
func contents(t *testing.T, s chime.Store) (all []any) {
	t.Helper()
	const enough = 10_000
	ctx := t.Context()
	err := s.View(ctx, func(tx chime.Tx) error {
		accounts, err1 := tx.ScanAccounts(ctx, "", "", enough)
		members, err2 := tx.ScanMembers(ctx, chime.MemberKey{}, enough)
		former, err3 := tx.ScanFormerMembers(ctx, chime.MemberKey{}, enough)
		people, err4 := tx.ScanPeople(ctx, "", enough)
		addresses, err5 := tx.ScanAddresses(ctx, "", enough)
		pins, err6 := tx.ScanPINs(ctx, "", enough)
		principals, err7 := tx.ListPrincipals(ctx, "")
		keys, err8 := tx.ListAccessKeys(ctx, "")
		records, err9 := tx.ListAudit(ctx, chime.AuditQuery{Limit: enough})
		settings, err10 := tx.ScanSettings(ctx, "", enough)
		administrators, err11 := tx.ScanAdministrators(ctx, chime.Administrator{}, enough)
		all = []any{accounts, members, former, people, addresses, pins, principals, keys, records, settings, administrators}
		return errors.Join(err1, err2, err3, err4, err5, err6, err7, err8, err9, err10, err11)
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestCopyIsWhole compares all that there is, although somebody writes to the first
// store while it is copied.
func TestCopyIsWhole(t *testing.T) {
	from, to := copied(t), emptyFile(t)
	want := contents(t, from)
	var calls, last, total int64
	counts, err := transfer.Copy(t.Context(), from, to, func(done, of int64) {
		if calls++; done < last || done > of {
			t.Errorf("progress: got %d of %d after %d", done, of, last)
		}
		last, total = done, of
		write(t, from, func(ctx context.Context, tx chime.Tx) error {
			return errors.Join(tx.PutPeople(ctx, chime.Person{ID: "zzz"}), tx.PutSetting(ctx, "zzz", nil),
				tx.DeleteFormerMembers(ctx, "a0", nil), tx.DeleteAccessKey(ctx, "AKIA"))
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, contents(t, to)); diff != "" {
		t.Errorf("the copy: got (+) want (-):\n%s", diff)
	}
	if counts["members"] != 1500 || counts["people"] != 2 || calls < 10 || last != total {
		t.Errorf("got %v, and progress to %d of %d in %d steps", counts, last, total, calls)
	}
}

// TestCopyGoesToNothing: what is there is not touched.
func TestCopyGoesToNothing(t *testing.T) {
	from, to := copied(t), emptyFile(t)
	write(t, to, func(ctx context.Context, tx chime.Tx) error { return tx.PutSetting(ctx, "there", nil) })
	want := contents(t, to)
	_, err := transfer.Copy(t.Context(), from, to, nil)
	if !errors.Is(err, transfer.ErrNotEmpty) || !strings.Contains(err.Error(), "settings") {
		t.Errorf("a copy to a store with a setting: got the error %v, want %v and what is there", err, transfer.ErrNotEmpty)
	}
	if diff := cmp.Diff(want, contents(t, to)); diff != "" {
		t.Errorf("the store that was not empty: got (+) want (-):\n%s", diff)
	}
}

// TestInterruptedCopyLeavesNothing ends the context half way.
func TestInterruptedCopyLeavesNothing(t *testing.T) {
	from, to := copied(t), emptyFile(t)
	want := contents(t, to)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := transfer.Copy(ctx, from, to, func(done, total int64) {
		if 2*done > total {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a copy whose context ends: got the error %v, want %v", err, context.Canceled)
	}
	if diff := cmp.Diff(want, contents(t, to)); diff != "" {
		t.Errorf("the store that it was to go to: got (+) want (-):\n%s", diff)
	}
	if _, err := transfer.Copy(t.Context(), from, to, nil); err != nil {
		t.Errorf("the next copy: %v", err)
	}
}
