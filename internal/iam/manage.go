package iam

import (
	"context"
	"fmt"
	"slices"

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

// keyRef names an access key. With a user it is that user's, or not found.
type keyRef struct {
	ID     string
	Tenant chime.TenantID
	User   string
}

func (r keyRef) is(key *chime.AccessKey) bool {
	return key != nil && (r.User == "" || key.Tenant == r.Tenant && key.Principal == r.User)
}

func (r keyRef) notFound() error {
	if r.User == "" {
		return chime.Errorf(chime.NotFound, "there is no access key %s: `carillon keys list` prints them", r.ID)
	}
	return chime.Errorf(chime.NotFound, "User %s has no access key %s", r.User, r.ID)
}

func notFoundPrincipal(ctx context.Context, tenant chime.TenantID, name string) error {
	if caller, ok := CallerFrom(ctx); ok && !caller.Local {
		return notFoundUser(name)
	}
	return chime.Errorf(chime.NotFound, "there is no principal %s in AWS account %s: `carillon principals list` prints them", name, tenant)
}

func notFoundUser(name string) error {
	return chime.Errorf(chime.NotFound, "The user with name %s cannot be found.", name)
}

// SetKeyDisabled disables an access key, or enables it again. A running server
// goes by it from the next request on.
func (a *Admin) SetKeyDisabled(ctx context.Context, keyID string, disabled bool) error {
	_, err := a.setKeyDisabled(ctx, keyRef{ID: keyID}, disabled)
	return err
}

func (a *Admin) setKeyDisabled(ctx context.Context, ref keyRef, disabled bool) (changed chime.AccessKey, err error) {
	err = a.changeKey(ctx, ref, "changing", func(tx chime.Tx, key chime.AccessKey) (err error) {
		if err := mayEnable(ctx, tx, key, disabled); err != nil {
			return err
		}
		key.Disabled = disabled
		if key.Record, err = a.Record(ctx, tx, opUpdateAccessKey, key.Tenant, map[string]any{
			"userName": key.Principal, "accessKeyId": key.ID, "status": status(disabled),
		}); err != nil {
			return err
		}
		changed = key
		return tx.PutAccessKeys(ctx, key)
	})
	return changed, err
}

// DeleteKey deletes an access key for good.
func (a *Admin) DeleteKey(ctx context.Context, keyID string) error {
	return a.deleteRef(ctx, keyRef{ID: keyID})
}

func (a *Admin) deleteRef(ctx context.Context, ref keyRef) error {
	return a.changeKey(ctx, ref, "deleting", func(tx chime.Tx, key chime.AccessKey) error {
		return a.deleteKey(ctx, tx, key)
	})
}

func (a *Admin) changeKey(ctx context.Context, ref keyRef, doing string, change func(chime.Tx, chime.AccessKey) error) error {
	err := a.Store.Update(ctx, func(tx chime.Tx) error {
		key, err := tx.AccessKey(ctx, ref.ID)
		if err != nil {
			return err
		}
		if !ref.is(key) {
			return ref.notFound()
		}
		if err := mayTouch(ctx, key.Principal); err != nil {
			return err
		}
		return change(tx, *key)
	})
	if err != nil {
		return fmt.Errorf("%s access key %s: %w", doing, ref.ID, err)
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

// principal returns a principal; the error is NotFound without one.
func (a *Admin) principal(ctx context.Context, tenant chime.TenantID, name string) (p chime.Principal, err error) {
	err = a.Store.View(ctx, func(tx chime.Tx) error {
		known, err := tx.Principal(ctx, tenant, name)
		if err == nil && known == nil {
			err = notFoundUser(name)
		}
		if err == nil {
			p = *known
		}
		return err
	})
	if err != nil {
		return p, fmt.Errorf("reading principal %s: %w", name, err)
	}
	return p, nil
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
	_, err := a.setPrincipalDisabled(ctx, tenant, name, disabled)
	return err
}

func (a *Admin) setPrincipalDisabled(ctx context.Context, tenant chime.TenantID, name string, disabled bool) (chime.Principal, error) {
	return a.changePrincipal(ctx, tenant, name, "changing", func(tx chime.Tx, p *chime.Principal) (err error) {
		if !disabled {
			if err := mayBecome(ctx, *p); err != nil {
				return err
			}
		}
		p.Disabled = disabled
		if p.Record, err = a.Record(ctx, tx, opUpdateUser, tenant, map[string]any{"userName": name, "status": status(disabled)}); err != nil {
			return err
		}
		return tx.PutPrincipal(ctx, *p)
	})
}

// DeletePrincipal deletes a principal with its keys and policies for good. The
// root cannot be deleted.
func (a *Admin) DeletePrincipal(ctx context.Context, tenant chime.TenantID, name string) error {
	_, err := a.changePrincipal(ctx, tenant, name, "deleting", func(tx chime.Tx, _ *chime.Principal) error {
		if err := tx.DeletePrincipal(ctx, tenant, name); err != nil {
			return err
		}
		_, err := a.Record(ctx, tx, opDeleteUser, tenant, map[string]any{"userName": name})
		return err
	})
	return err
}

// changePrincipal runs change on a principal that is not the root, and returns it
// as change left it.
func (a *Admin) changePrincipal(
	ctx context.Context, tenant chime.TenantID, name, doing string, change func(chime.Tx, *chime.Principal) error,
) (changed chime.Principal, err error) {
	if err := mayTouch(ctx, name); err != nil {
		return changed, err
	}
	if name == chime.RootName {
		return changed, chime.Errorf(chime.BadRequest, "the root can be neither disabled nor deleted: disable or delete its keys")
	}
	err = a.Store.Update(ctx, func(tx chime.Tx) error {
		p, err := tx.Principal(ctx, tenant, name)
		if err != nil {
			return err
		}
		if p == nil {
			return notFoundPrincipal(ctx, tenant, name)
		}
		err = change(tx, p)
		changed = *p
		return err
	})
	if err != nil {
		return changed, fmt.Errorf("%s principal %s: %w", doing, name, err)
	}
	return changed, nil
}

// removePolicy takes a policy from a principal: one of its own, or a managed one.
func (a *Admin) removePolicy(ctx context.Context, tenant chime.TenantID, name, policy string, managed bool) (chime.Principal, error) {
	return a.changePrincipal(ctx, tenant, name, "taking a policy from", func(tx chime.Tx, p *chime.Principal) (err error) {
		i := slices.IndexFunc(p.Policies, func(has chime.PrincipalPolicy) bool { return has.Name == policy && (has.Document == "") == managed })
		if i < 0 {
			return chime.Errorf(chime.NotFound, "User %s has no such policy %s", name, policy)
		}
		before := slices.Clone(p.Policies)
		p.Policies = slices.Delete(p.Policies, i, i+1)
		if err := mayChange(ctx, *p, before, p.Policies); err != nil {
			return err
		}
		operation, params := policyChange(name, before[i], opDeleteUserPolicy, opDetachUserPolicy)
		if p.Record, err = a.Record(ctx, tx, operation, tenant, params); err != nil {
			return err
		}
		return tx.PutPrincipal(ctx, *p)
	})
}

// mayTouch refuses whoever is not the operator what would change the root.
func mayTouch(ctx context.Context, name string) error {
	if caller, ok := CallerFrom(ctx); ok && !caller.Local && name == chime.RootName {
		return chime.Errorf(chime.Forbidden, "The root and its keys are administered on the command line only")
	}
	return nil
}

// mayBecome refuses a caller what would let them act as a principal that may do
// more than they.
func mayBecome(ctx context.Context, p chime.Principal) error {
	if err := mayTouch(ctx, p.Name); err != nil {
		return err
	}
	caller, ok := CallerFrom(ctx)
	if !ok || p.ID == caller.PrincipalID && p.Tenant == caller.Tenant {
		return nil
	}
	return caller.Covers(p.Policies)
}

// mayEnable refuses a caller to enable a key with which they could do more than
// they may.
func mayEnable(ctx context.Context, tx chime.Tx, key chime.AccessKey, disabled bool) error {
	if disabled {
		return nil
	}
	p, err := tx.Principal(ctx, key.Tenant, key.Principal)
	if err != nil || p == nil {
		return err
	}
	return mayBecome(ctx, *p)
}

// mayChange refuses a caller to give a principal more than they hold.
func mayChange(ctx context.Context, p chime.Principal, before, after []chime.PrincipalPolicy) error {
	if err := mayTouch(ctx, p.Name); err != nil {
		return err
	}
	if caller, ok := CallerFrom(ctx); ok {
		return caller.coversChange(before, after)
	}
	return nil
}
