package sqlite_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	zombiezen "zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/carillon-id/carillon/internal/chime"
)

// TestInspectFindsDamage: what SQLite itself finds is reported as damage.
func TestInspectFindsDamage(t *testing.T) {
	for _, c := range []struct{ name, sql, want string }{
		{"a broken index", `PRAGMA writable_schema = ON;
			UPDATE sqlite_master SET sql = 'CREATE INDEX member_profiles_of_devices ON member_profiles (account_id, user_id)'
			WHERE name = 'member_profiles_of_devices'`, "member_profiles_of_devices"},
		{"a broken reference", "DELETE FROM members", "a row of member_profiles refers to none of members"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "carillon.db")
			s := open(t, path)
			err := s.Update(t.Context(), func(tx chime.Tx) error {
				return tx.PutMembers(t.Context(), chime.Member{Account: "a", User: "u", Profile: chime.Profile{Email: "u@example.com", DisplayName: "U"}})
			})
			if err = errors.Join(err, s.Close()); err != nil {
				t.Fatal(err)
			}
			conn, err := zombiezen.OpenConn(path, zombiezen.OpenReadWrite)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(sqlitex.ExecuteScript(conn, c.sql, nil), conn.Close()); err != nil {
				t.Fatal(err)
			}
			damage := inspect(t, open(t, path))
			if !strings.Contains(strings.Join(damage, "\n"), c.want) {
				t.Errorf("got the damage %q, want %q", damage, c.want)
			}
		})
	}
}

// inspect returns the damage to the store, and closes it.
func inspect(t *testing.T, s chime.Store) (damage []string) {
	t.Helper()
	err := s.View(t.Context(), func(tx chime.Tx) error {
		return tx.Inspect(context.WithoutCancel(t.Context()), func(f chime.Finding) error {
			if f.Kind == chime.FoundDamage {
				damage = append(damage, f.Problem)
			}
			return nil
		})
	})
	if err = errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	return damage
}
