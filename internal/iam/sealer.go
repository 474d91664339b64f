package iam

import (
	"context"
	"errors"
	"fmt"

	"github.com/carillon-id/carillon/internal/chime"
)

// Sealer keeps the secrets of access keys from whoever reads the database, with
// a master key that is not in it.
type Sealer interface {
	// Seal encrypts the plaintext and binds it to the additional data.
	Seal(plaintext []byte, additionalData ...string) []byte
	// Open returns the plaintext, given the same additional data.
	Open(sealed []byte, additionalData ...string) ([]byte, error)
	// CheckValue returns what only the same master key can Verify.
	CheckValue() []byte
	Verify(checkValue []byte) error
}

// sealSecret and openSecret bind a secret to its key, so that nobody who can
// write to the database can give one key the secret of another.
func sealSecret(s Sealer, tenant chime.TenantID, keyID, secret string) []byte {
	return s.Seal([]byte(secret), string(tenant), keyID)
}

func openSecret(s Sealer, key chime.AccessKey) (string, error) {
	secret, err := s.Open(key.SealedSecret, string(key.Tenant), key.ID)
	if err != nil {
		return "", fmt.Errorf("opening the secret of access key %s: %w", key.ID, err)
	}
	return string(secret), nil
}

const checkSetting = "master-key-check"

// CheckValue returns the check value of the master key that the database's
// secrets are sealed with; nil for a database that holds none yet.
func CheckValue(ctx context.Context, store chime.Store) ([]byte, error) {
	var check []byte
	err := store.View(ctx, func(tx chime.Tx) (err error) {
		check, err = tx.Setting(ctx, checkSetting)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the master key's check value: %w", err)
	}
	return check, nil
}

// AdoptMasterKey makes sure, at start, that the Sealer's master key is the
// database's: it stores the check value of a new database and verifies that of
// a known one. Then, while it still holds the database's write lock, it calls
// settle (which may be nil) with the check value, to finish what a rotation that
// was interrupted left. Settle may be called more than once.
func (a *Admin) AdoptMasterKey(ctx context.Context, settle func(checkValue []byte) error) error {
	err := a.Store.Update(ctx, func(tx chime.Tx) error {
		check, err := tx.Setting(ctx, checkSetting)
		if err != nil {
			return err
		}
		if check == nil {
			check = a.Sealer.CheckValue()
		} else if err := a.Sealer.Verify(check); err != nil {
			return err
		}
		// Written even when it is known: the write takes the lock.
		if err := tx.PutSetting(ctx, checkSetting, check); err != nil || settle == nil {
			return err
		}
		return settle(check)
	})
	if err != nil {
		return fmt.Errorf("checking the master key against the database: %w", err)
	}
	return nil
}

// Reseal seals anew, with the next master key, what another package keeps sealed.
type Reseal func(ctx context.Context, tx chime.Tx) error

// RotateMasterKey re-seals the secret of every access key with next, which has
// another master key, and replaces the check value, in one transaction. Before
// that commits, and while it holds the database's write lock, it calls stage with
// the check value that still counts, to put the new master key where it
// will be found; stage may be called more than once. What else is sealed is sealed
// anew by the functions of reseal, in the same transaction. Afterwards the caller
// uses an Admin with next, first of all to AdoptMasterKey. It returns how many keys
// there are.
func (a *Admin) RotateMasterKey(ctx context.Context, next Sealer, stage func(checkValue []byte) error, reseal ...Reseal) (int, error) {
	var n int
	err := a.Store.Update(ctx, func(tx chime.Tx) error {
		former, err := a.verify(ctx, tx)
		if err != nil {
			return err
		}
		if err := tx.PutSetting(ctx, checkSetting, next.CheckValue()); err != nil {
			return err
		}
		if err := stage(former); err != nil {
			return err
		}
		keys, err := tx.ListAccessKeys(ctx, "")
		if err != nil {
			return err
		}
		for i, k := range keys {
			secret, err := openSecret(a.Sealer, k)
			if err != nil {
				return err
			}
			keys[i].SealedSecret = sealSecret(next, k.Tenant, k.ID, secret)
		}
		n = len(keys)
		if err := tx.PutAccessKeys(ctx, keys...); err != nil {
			return err
		}
		for _, reseal := range reseal {
			if err := reseal(ctx, tx); err != nil {
				return err
			}
		}
		tenant, err := tx.Setting(ctx, rootTenantSetting)
		if err != nil {
			return err
		}
		_, err = a.Record(ctx, tx, opRotateMasterKey, chime.TenantID(tenant), map[string]any{"accessKeys": n})
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("rotating the master key: %w", err)
	}
	return n, nil
}

// VerifyMasterKey makes sure, within a transaction that is to seal something, that
// the Sealer's master key is the database's, which another process may have rotated.
func (a *Admin) VerifyMasterKey(ctx context.Context, tx chime.Tx) error {
	_, err := a.verify(ctx, tx)
	return err
}

// verify is VerifyMasterKey, and returns the check value.
func (a *Admin) verify(ctx context.Context, tx chime.Tx) ([]byte, error) {
	check, err := tx.Setting(ctx, checkSetting)
	if err != nil {
		return nil, err
	}
	if check == nil {
		return nil, errors.New("the database has no master key yet")
	}
	return check, a.Sealer.Verify(check)
}
