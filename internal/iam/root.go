package iam

import (
	"context"
	"fmt"
	"regexp"

	"github.com/carillon-id/carillon/internal/chime"
)

// Of each tenant whose root key was made by a start of the server, a setting
// holds that key's id: it is this key that a start with other credentials
// replaces. Keys that were made for the root by CreateKey are not touched.
const (
	rootTenantSetting    = "root-tenant"
	rootKeySettingPrefix = "root-key/"
)

func rootKeySetting(tenant chime.TenantID) string { return rootKeySettingPrefix + string(tenant) }

// RootTenant returns the tenant that commands mean by default: that of the root
// key which a start of the server made or was given last. Before the first start
// it is NotFound.
func (a *Admin) RootTenant(ctx context.Context) (chime.TenantID, error) {
	var tenant []byte
	err := a.Store.View(ctx, func(tx chime.Tx) (err error) {
		tenant, err = tx.Setting(ctx, rootTenantSetting)
		return err
	})
	switch {
	case err != nil:
		return "", fmt.Errorf("reading the root's tenant: %w", err)
	case tenant == nil:
		return "", chime.Errorf(chime.NotFound, "this database has no root yet: start `carillon serve` on it once, or name an AWS account with --tenant")
	}
	return chime.TenantID(tenant), nil
}

// FirstRoot makes the root key of the first start, in the tenant. On a database
// that had its first start it changes nothing and returns false.
func (a *Admin) FirstRoot(ctx context.Context, tenant chime.TenantID) (NewKey, bool, error) {
	if err := checkTenant(tenant); err != nil {
		return NewKey{}, false, err
	}
	key := generate(tenant, chime.RootName)
	var made bool
	err := a.Store.Update(ctx, func(tx chime.Tx) error {
		known, err := tx.Setting(ctx, rootTenantSetting)
		if made = known == nil; err != nil || !made {
			return err
		}
		return a.setRoot(ctx, tx, key)
	})
	if err != nil || !made {
		return NewKey{}, false, wrapRoot(tenant, err)
	}
	return key, true, nil
}

var keyIDForm = regexp.MustCompile(`^\w{16,128}$`)

// EnsureRoot sees to it that the access key is a root key of the tenant: what a
// start of the server with credentials of its operator's does. The key that a
// former start gave or made for the same tenant is deleted when it is another, or
// replaced when its secret is; the same credentials again change nothing, so a
// key that was disabled stays so. A root key of another tenant becomes one of this
// tenant; else other tenants keep what they have, and nothing in them moves. A key
// id that belongs to another principal is a Conflict.
func (a *Admin) EnsureRoot(ctx context.Context, tenant chime.TenantID, accessKeyID, secret string) error {
	if err := checkTenant(tenant); err != nil {
		return err
	}
	switch {
	case !keyIDForm.MatchString(accessKeyID):
		return chime.Errorf(chime.BadRequest, "%q is not an access key id: it must be 16 to 128 letters and digits", accessKeyID)
	case secret == "":
		return chime.Errorf(chime.BadRequest, "the secret access key of %s is empty", accessKeyID)
	}
	key := NewKey{Tenant: tenant, User: chime.RootName, AccessKeyID: accessKeyID, SecretAccessKey: secret}
	// When there is nothing to write the database may be read-only, or locked.
	if is, err := a.isRoot(ctx, key); is || err != nil {
		return wrapRoot(tenant, err)
	}
	return wrapRoot(tenant, a.Store.Update(ctx, func(tx chime.Tx) error { return a.setRoot(ctx, tx, key) }))
}

// isRoot reports whether setRoot would change nothing.
func (a *Admin) isRoot(ctx context.Context, key NewKey) (is bool, err error) {
	err = a.Store.View(ctx, func(tx chime.Tx) error {
		known, err := tx.AccessKey(ctx, key.AccessKeyID)
		if err != nil || known == nil || known.Tenant != key.Tenant || known.Principal != chime.RootName {
			return err
		}
		secret, err := openSecret(a.Sealer, *known)
		if err != nil {
			return err
		}
		given, err := tx.Setting(ctx, rootKeySetting(key.Tenant))
		if err != nil {
			return err
		}
		tenant, err := tx.Setting(ctx, rootTenantSetting)
		is = secret == key.SecretAccessKey && string(given) == key.AccessKeyID && string(tenant) == string(key.Tenant)
		return err
	})
	return is, err
}

func wrapRoot(tenant chime.TenantID, err error) error {
	if err != nil {
		return fmt.Errorf("setting the root key of AWS account %s: %w", tenant, err)
	}
	return nil
}

func (a *Admin) setRoot(ctx context.Context, tx chime.Tx, key NewKey) error {
	known, err := tx.AccessKey(ctx, key.AccessKeyID)
	switch {
	case err != nil:
		return err
	case known != nil && known.Principal != chime.RootName:
		return chime.Errorf(chime.Conflict, "access key %s belongs to %s: take another access key id for the root of AWS account %s",
			key.AccessKeyID, PrincipalARN(known.Tenant, known.Principal), key.Tenant)
	}
	if err := a.dropFormerRootKey(ctx, tx, key); err != nil {
		return err
	}
	if err := a.keepRootKey(ctx, tx, key, known); err != nil {
		return err
	}
	if err := putChanged(ctx, tx, rootKeySetting(key.Tenant), key.AccessKeyID); err != nil {
		return err
	}
	return putChanged(ctx, tx, rootTenantSetting, string(key.Tenant))
}

// dropFormerRootKey deletes the key that a former start set, if it is another.
func (a *Admin) dropFormerRootKey(ctx context.Context, tx chime.Tx, key NewKey) error {
	id, err := tx.Setting(ctx, rootKeySetting(key.Tenant))
	if err != nil || id == nil || string(id) == key.AccessKeyID {
		return err
	}
	former, err := tx.AccessKey(ctx, string(id))
	if err != nil || former == nil || former.Tenant != key.Tenant { // or it went to another tenant
		return err
	}
	return a.deleteKey(ctx, tx, *former)
}

// keepRootKey stores the key unless it is known with the same secret.
func (a *Admin) keepRootKey(ctx context.Context, tx chime.Tx, key NewKey, known *chime.AccessKey) error {
	if known != nil {
		secret, err := openSecret(a.Sealer, *known)
		if err != nil || known.Tenant == key.Tenant && secret == key.SecretAccessKey {
			return err
		}
		if err := a.deleteKey(ctx, tx, *known); err != nil {
			return err
		}
	}
	_, err := a.ensurePrincipal(ctx, tx, chime.Principal{Tenant: key.Tenant, Name: chime.RootName, ID: string(key.Tenant)})
	if err != nil {
		return err
	}
	return a.putKey(ctx, tx, &key)
}

// putChanged writes a setting unless it has the value.
func putChanged(ctx context.Context, tx chime.Tx, setting, value string) error {
	known, err := tx.Setting(ctx, setting)
	if err != nil || string(known) == value {
		return err
	}
	return tx.PutSetting(ctx, setting, []byte(value))
}
