package sqlite_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/sqlstore/sqlite"
)

func TestTMP(t *testing.T) {
	for _, p := range []string{sqlite.Memory, filepath.Join(t.TempDir(), "a b?c#.db")} {
		s, err := sqlite.Open(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		ctx := context.Background()
		err = s.Update(ctx, func(tx chime.Tx) error {
			if err := tx.PutAccounts(ctx, chime.Account{ID: "a", Tenant: "111122223333", Name: "x", Type: chime.Team, Status: chime.AccountActive, DefaultLicense: chime.Pro}); err != nil {
				return err
			}
			return tx.PutMembers(ctx, chime.Member{Account: "a", User: "u"})
		})
		if err != nil {
			t.Fatal(err)
		}
		err = s.View(ctx, func(tx chime.Tx) error {
			a, m, err := tx.AccountMembers(ctx, "a", []chime.UserID{"u", "v"})
			t.Log(a, m, err)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
