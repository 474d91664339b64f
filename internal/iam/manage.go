package iam

import (
	"context"
	"fmt"

	"github.com/carillon-id/carillon/internal/chime"
)

// ListKeys returns the access keys of a tenant ("" for all), by id, without
// their secrets.
func (a *Admin) ListKeys(ctx context.Context, tenant chime.TenantID) ([]chime.AccessKey, error) {
	var keys []chime.AccessKey
	err := a.Store.View(ctx, func(tx chime.Tx) (err error) {
		keys, err = tx.ListAccessKeys(ctx, tenant)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing access keys: %w", err)
	}
	for i := range keys {
		keys[i].SealedSecret = nil
	}
	return keys, nil
}

// SetKeyDisabled disables an access key, or enables it again. A running server
// goes by it from the next request on.
func (a *Admin) SetKeyDisabled(ctx context.Context, keyID string, disabled bool) error {
	return a.changeKey(ctx, keyID, "changing", func(tx chime.Tx, key chime.AccessKey) (err error) {
		key.Disabled = disabled
		if key.Record, err = a.Record(ctx, tx, opUpdateAccessKey, key.Tenant, map[string]any{
			"userName": key.Principal, "accessKeyId": key.ID, "status": status(disabled),
		}); err != nil {
			return err
		}
		return tx.PutAccessKeys(ctx, key)
	})
}

// DeleteKey deletes an access key for good.
func (a *Admin) DeleteKey(ctx context.Context, keyID string) error {
	return a.changeKey(ctx, keyID, "deleting", func(tx chime.Tx, key chime.AccessKey) error {
		return a.deleteKey(ctx, tx, key)
	})
}

func (a *Admin) changeKey(ctx context.Context, keyID, doing string, change func(chime.Tx, chime.AccessKey) error) error {
	err := a.Store.Update(ctx, func(tx chime.Tx) error {
		key, err := tx.AccessKey(ctx, keyID)
		switch {
		case err != nil:
			return err
		case key == nil:
			return chime.Errorf(chime.NotFound, "there is no access key %s: `carillon keys list` prints them", keyID)
		}
		return change(tx, *key)
	})
	if err != nil {
		return fmt.Errorf("%s access key %s: %w", doing, keyID, err)
	}
	return nil
}

func (a *Admin) deleteKey(ctx context.Context, tx chime.Tx, key chime.AccessKey) error {
	if err := tx.DeleteAccessKey(ctx, key.ID); err != nil {
		return err
	}
	_, err := a.Record(ctx, tx, opDeleteAccessKey, key.Tenant, map[string]any{"userName": key.Principal, "accessKeyId": key.ID})
	return err
}

// status is a key's in the words of AWS's IAM API.
func status(disabled bool) string {
	if disabled {
		return "Inactive"
	}
	return "Active"
}

// ListPrincipals returns the principals of a tenant ("" for all), by tenant and
// name.
func (a *Admin) ListPrincipals(ctx context.Context, tenant chime.TenantID) ([]chime.Principal, error) {
	var principals []chime.Principal
	err := a.Store.View(ctx, func(tx chime.Tx) (err error) {
		principals, err = tx.ListPrincipals(ctx, tenant)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing principals: %w", err)
	}
	return principals, nil
}

// SetPrincipalDisabled disables a principal with all its keys, or enables it
// again. The root cannot be disabled.
func (a *Admin) SetPrincipalDisabled(ctx context.Context, tenant chime.TenantID, name string, disabled bool) error {
	return a.changePrincipal(ctx, tenant, name, "changing", func(tx chime.Tx, p chime.Principal) (err error) {
		p.Disabled = disabled
		if p.Record, err = a.Record(ctx, tx, opUpdateUser, tenant, map[string]any{"userName": name, "status": status(disabled)}); err != nil {
			return err
		}
		return tx.PutPrincipal(ctx, p)
	})
}

// DeletePrincipal deletes a principal with its keys and policies for good. The
// root cannot be deleted.
func (a *Admin) DeletePrincipal(ctx context.Context, tenant chime.TenantID, name string) error {
	return a.changePrincipal(ctx, tenant, name, "deleting", func(tx chime.Tx, _ chime.Principal) error {
		if err := tx.DeletePrincipal(ctx, tenant, name); err != nil {
			return err
		}
		_, err := a.Record(ctx, tx, opDeleteUser, tenant, map[string]any{"userName": name})
		return err
	})
}

func (a *Admin) changePrincipal(ctx context.Context, tenant chime.TenantID, name, doing string, change func(chime.Tx, chime.Principal) error) error {
	if name == chime.RootName {
		return chime.Errorf(chime.BadRequest, "the root can be neither disabled nor deleted: disable or delete its keys")
	}
	err := a.Store.Update(ctx, func(tx chime.Tx) error {
		p, err := tx.Principal(ctx, tenant, name)
		switch {
		case err != nil:
			return err
		case p == nil:
			return chime.Errorf(chime.NotFound, "there is no principal %s in AWS account %s: `carillon principals list` prints them", name, tenant)
		}
		return change(tx, *p)
	})
	if err != nil {
		return fmt.Errorf("%s principal %s: %w", doing, name, err)
	}
	return nil
}
