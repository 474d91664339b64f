package sqlite_test

import (
	"errors"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/sqlstore/sqlite"
)

// TestKeysAreReadAnew has keys change in every way, through the store and through
// another one on the same file: what every request is authenticated with is never
// older than the last commit.
func TestKeysAreReadAnew(t *testing.T) {
	s, _, path := openFile(t)
	other, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := other.Close(); err != nil {
			t.Error(err)
		}
	}()
	key := chime.AccessKey{ID: "AKIA", Tenant: "111122223333", Principal: "ada", SealedSecret: []byte("first")}
	principal := chime.Principal{Tenant: "111122223333", Name: "ada", ID: "AIDA"}
	check := func(when, secret string, keyDisabled, principalDisabled bool) {
		t.Helper()
		for range 3 {
			err := s.View(t.Context(), func(tx chime.Tx) error {
				k, p, err := tx.KeyAndPrincipal(t.Context(), "AKIA")
				switch {
				case err != nil:
				case secret == "" && k != nil:
					t.Errorf("%s: got the key %v, want none", when, k)
				case secret == "":
				case k == nil || string(k.SealedSecret) != secret || k.Disabled != keyDisabled || p.Disabled != principalDisabled:
					t.Errorf("%s: got %v and %v, want the secret %s, disabled %t and %t", when, k, p, secret, keyDisabled, principalDisabled)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		}
	}
	write := func(store chime.Store, fn func(tx chime.Tx) error) {
		t.Helper()
		if err := store.Update(t.Context(), fn); err != nil {
			t.Fatal(err)
		}
	}
	put := func(tx chime.Tx) error {
		return errors.Join(tx.PutPrincipal(t.Context(), principal), tx.PutAccessKeys(t.Context(), key))
	}
	check("before there is a key", "", false, false)
	write(s, put)
	check("once it was made", "first", false, false)
	key.SealedSecret = []byte("second")
	write(other, put)
	check("once another store gave it another secret", "second", false, false)
	key.Disabled = true
	write(s, put)
	check("once it was disabled", "second", true, false)
	key.Disabled, principal.Disabled = false, true
	write(other, put)
	check("once another store disabled the principal", "second", false, true)
	write(other, func(tx chime.Tx) error { return tx.DeleteAccessKey(t.Context(), "AKIA") })
	check("once another store deleted it", "", false, false)
}

// TestKnownKeyIsACopy changes what a read returned: nobody else must see it.
func TestKnownKeyIsACopy(t *testing.T) {
	s, _, _ := openFile(t)
	err := s.Update(t.Context(), func(tx chime.Tx) error {
		return errors.Join(tx.PutPrincipal(t.Context(), chime.Principal{Tenant: "111122223333", Name: "ada"}),
			tx.PutAccessKeys(t.Context(), chime.AccessKey{ID: "AKIA", Tenant: "111122223333", Principal: "ada"}))
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		err := s.View(t.Context(), func(tx chime.Tx) error {
			key, principal, err := tx.KeyAndPrincipal(t.Context(), "AKIA")
			if err != nil {
				return err
			}
			if key.Disabled || principal.Disabled {
				t.Errorf("got %v and %v, want what was written", key, principal)
			}
			key.Disabled, principal.Disabled = true, true
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}
