package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/carillon-id/carillon/internal/chime"
)

var (
	principalsTable = newTable("principals", 2, "tenant_id name principal_id disabled created policies")
	accessKeysTable = newTable("access_keys", 1, "access_key_id tenant_id principal sealed_secret disabled created")
)

const (
	principalColumns = "tenant_id, name, principal_id, disabled, created, policies"
	accessKeyColumns = "access_key_id, tenant_id, principal, sealed_secret, disabled, created"
)

func scanPrincipal(r Row) (chime.Principal, error) {
	p := chime.Principal{
		Tenant:   chime.TenantID(r.Text(0)),
		Name:     r.Text(1),
		ID:       r.Text(2),
		Disabled: r.Int(3) != 0,
		Created:  fromMicros(r.Int(4)),
	}
	if err := json.Unmarshal([]byte(r.Text(5)), &p.Policies); err != nil {
		return p, fmt.Errorf("reading the policies of principal %q: %w", p.Name, err)
	}
	return p, nil
}

func scanAccessKey(r Row) chime.AccessKey {
	return chime.AccessKey{
		ID:           r.Text(0),
		Tenant:       chime.TenantID(r.Text(1)),
		Principal:    r.Text(2),
		SealedSecret: r.Bytes(3),
		Disabled:     r.Int(4) != 0,
		Created:      fromMicros(r.Int(5)),
	}
}

// AccessKey implements chime.Principals.
func (t tx) AccessKey(ctx context.Context, id string) (*chime.AccessKey, error) {
	var found *chime.AccessKey
	err := t.conn.Query(ctx, `SELECT `+accessKeyColumns+` FROM access_keys WHERE access_key_id = $1`, []any{id}, func(r Row) error {
		k := scanAccessKey(r)
		found = &k
		return nil
	})
	return found, err
}

// KeyAndPrincipal implements chime.Principals. It is two look-ups by key, so
// that each names the one row that it wants.
func (t tx) KeyAndPrincipal(ctx context.Context, id string) (*chime.AccessKey, *chime.Principal, error) {
	key, err := t.AccessKey(ctx, id)
	if key == nil || err != nil {
		return nil, nil, err
	}
	principal, err := t.Principal(ctx, key.Tenant, key.Principal)
	if principal == nil || err != nil {
		return nil, nil, err
	}
	return key, principal, nil
}

// ListAccessKeys implements chime.Principals.
func (t tx) ListAccessKeys(ctx context.Context, tenant chime.TenantID) ([]chime.AccessKey, error) {
	var keys []chime.AccessKey
	err := t.conn.Query(ctx, `SELECT `+accessKeyColumns+` FROM access_keys WHERE tenant_id = $1 OR $1 = ''
		ORDER BY access_key_id`, []any{string(tenant)}, func(r Row) error {
		keys = append(keys, scanAccessKey(r))
		return nil
	})
	return keys, err
}

// PutAccessKeys implements chime.Principals.
func (t tx) PutAccessKeys(ctx context.Context, keys ...chime.AccessKey) error {
	rows := make([][]any, 0, len(keys))
	for _, k := range keys {
		rows = append(rows, []any{k.ID, string(k.Tenant), k.Principal, k.SealedSecret, k.Disabled, micros(k.Created)})
	}
	return t.upsert(ctx, accessKeysTable, rows)
}

// DeleteAccessKey implements chime.Principals.
func (t tx) DeleteAccessKey(ctx context.Context, id string) error {
	return t.conn.Exec(ctx, "DELETE FROM access_keys WHERE access_key_id = $1", id)
}

// Principal implements chime.Principals.
func (t tx) Principal(ctx context.Context, tenant chime.TenantID, name string) (*chime.Principal, error) {
	var found *chime.Principal
	err := t.conn.Query(ctx, `SELECT `+principalColumns+` FROM principals WHERE tenant_id = $1 AND name = $2`,
		[]any{string(tenant), name}, func(r Row) error {
			p, err := scanPrincipal(r)
			found = &p
			return err
		})
	return found, err
}

// ListPrincipals implements chime.Principals.
func (t tx) ListPrincipals(ctx context.Context, tenant chime.TenantID) ([]chime.Principal, error) {
	var principals []chime.Principal
	err := t.conn.Query(ctx, `SELECT `+principalColumns+` FROM principals WHERE tenant_id = $1 OR $1 = ''
		ORDER BY tenant_id, name`, []any{string(tenant)}, func(r Row) error {
		p, err := scanPrincipal(r)
		principals = append(principals, p)
		return err
	})
	return principals, err
}

// PutPrincipal implements chime.Principals.
func (t tx) PutPrincipal(ctx context.Context, p chime.Principal) error {
	policies, err := json.Marshal(p.Policies)
	if err != nil {
		return fmt.Errorf("writing the policies of principal %q: %w", p.Name, err)
	}
	return t.upsert(ctx, principalsTable, [][]any{{
		string(p.Tenant), p.Name, p.ID, p.Disabled, micros(p.Created), string(policies),
	}})
}

// DeletePrincipal implements chime.Principals.
func (t tx) DeletePrincipal(ctx context.Context, tenant chime.TenantID, name string) error {
	if err := t.conn.Exec(ctx, "DELETE FROM access_keys WHERE tenant_id = $1 AND principal = $2", string(tenant), name); err != nil {
		return err
	}
	return t.conn.Exec(ctx, "DELETE FROM principals WHERE tenant_id = $1 AND name = $2", string(tenant), name)
}
