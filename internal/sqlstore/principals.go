package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/carillon-id/carillon/internal/chime"
)

var (
	principalsTable = newTable("principals", 2, "tenant_id name principal_id disabled created policies record_id")
	accessKeysTable = newTable("access_keys", 1, "access_key_id tenant_id principal sealed_secret disabled created record_id")
)

const (
	principalColumns = "tenant_id, name, principal_id, disabled, created, policies, record_id"
	accessKeyColumns = "access_key_id, tenant_id, principal, sealed_secret, disabled, created, record_id"
)

func scanPrincipal(r Row) (chime.Principal, error) {
	p := chime.Principal{
		Tenant:   chime.TenantID(r.Text(0)),
		Name:     r.Text(1),
		ID:       r.Text(2),
		Disabled: r.Int(3) != 0,
		Created:  fromMicros(r.Int(4)),
		Record:   r.Text(6),
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
		Record:       r.Text(6),
	}
}

// AccessKey implements chime.Principals.
func (t tx) AccessKey(ctx context.Context, id string) (*chime.AccessKey, error) {
	var found *chime.AccessKey
	err := t.conn.QueryAll(ctx, accessKeyQuery(id, &found))
	return found, err
}

func accessKeyQuery(id string, found **chime.AccessKey) Query {
	return Query{
		"SELECT " + accessKeyColumns + " FROM access_keys WHERE access_key_id = $1",
		[]any{id},
		func(r Row) error {
			k := scanAccessKey(r)
			*found = &k
			return nil
		},
	}
}

// KeyAndPrincipal implements chime.Principals. Every request asks for it, so a
// connection that can tell that nothing was written since need not look again.
func (t tx) KeyAndPrincipal(ctx context.Context, id string) (*chime.AccessKey, *chime.Principal, error) {
	type pair struct {
		key       *chime.AccessKey
		principal *chime.Principal
	}
	c, ok := t.conn.Conn.(Recaller)
	if !ok {
		return t.keyAndPrincipal(ctx, id)
	}
	known, err := c.Recall("access key "+id, func() (any, error) {
		key, principal, err := t.keyAndPrincipal(ctx, id)
		return pair{key, principal}, err
	})
	found, _ := known.(pair)
	if err != nil || found.key == nil {
		return nil, nil, err
	}
	key, principal := *found.key, *found.principal
	return &key, &principal, nil
}

// keyAndPrincipal is two look-ups by key, so that each names the one row that it
// wants. Whose the key was the last time is asked for at the same time, and counts
// when it is so still.
func (t tx) keyAndPrincipal(ctx context.Context, id string) (*chime.AccessKey, *chime.Principal, error) {
	var key *chime.AccessKey
	var principal *chime.Principal
	queries := []Query{accessKeyQuery(id, &key)}
	guess, guessed := t.owners.last(id)
	if guessed {
		queries = append(queries, principalQuery(guess, &principal))
	}
	if err := t.conn.QueryAll(ctx, queries...); key == nil || err != nil {
		return nil, nil, err
	}
	if is := (owner{key.Tenant, key.Principal}); !guessed || is != guess {
		t.owners.remember(id, is)
		var err error
		if principal, err = t.Principal(ctx, key.Tenant, key.Principal); err != nil {
			return nil, nil, err
		}
	}
	if principal == nil {
		return nil, nil, nil
	}
	return key, principal, nil
}

// owner names a principal.
type owner struct {
	tenant chime.TenantID
	name   string
}

// maxOwners bounds what owners remembers. When it is full, it starts anew.
const maxOwners = 10_000

// owners remembers whose access keys were, so that a key and its principal can be
// looked up together. It is only ever a guess at what to ask for.
type owners struct {
	mu    sync.Mutex
	known map[string]owner
}

func (o *owners) last(keyID string) (owner, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	last, ok := o.known[keyID]
	return last, ok
}

func (o *owners) remember(keyID string, is owner) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.known == nil || len(o.known) >= maxOwners {
		o.known = make(map[string]owner)
	}
	o.known[keyID] = is
}

// ListAccessKeys implements chime.Principals.
func (t tx) ListAccessKeys(ctx context.Context, tenant chime.TenantID) ([]chime.AccessKey, error) {
	where, args := ofTenant(tenant)
	var keys []chime.AccessKey
	err := t.conn.Query(ctx, `SELECT `+accessKeyColumns+` FROM access_keys`+where+` ORDER BY access_key_id`, args, func(r Row) error {
		keys = append(keys, scanAccessKey(r))
		return nil
	})
	return keys, err
}

// ofTenant selects the rows of a tenant; all of them for "".
func ofTenant(tenant chime.TenantID) (where string, args []any) {
	if tenant == "" {
		return "", nil
	}
	return " WHERE tenant_id = $1", []any{string(tenant)}
}

// PutAccessKeys implements chime.Principals.
func (t tx) PutAccessKeys(ctx context.Context, keys ...chime.AccessKey) error {
	rows := make([][]any, 0, len(keys))
	for _, k := range keys {
		rows = append(rows, []any{k.ID, string(k.Tenant), k.Principal, k.SealedSecret, k.Disabled, micros(k.Created), k.Record})
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
	err := t.conn.QueryAll(ctx, principalQuery(owner{tenant, name}, &found))
	return found, err
}

func principalQuery(of owner, found **chime.Principal) Query {
	return Query{
		"SELECT " + principalColumns + " FROM principals WHERE tenant_id = $1 AND name = $2",
		[]any{string(of.tenant), of.name},
		func(r Row) error {
			p, err := scanPrincipal(r)
			*found = &p
			return err
		},
	}
}

// ListPrincipals implements chime.Principals.
func (t tx) ListPrincipals(ctx context.Context, tenant chime.TenantID) ([]chime.Principal, error) {
	where, args := ofTenant(tenant)
	var principals []chime.Principal
	err := t.conn.Query(ctx, `SELECT `+principalColumns+` FROM principals`+where+` ORDER BY tenant_id, name`, args, func(r Row) error {
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
		string(p.Tenant), p.Name, p.ID, p.Disabled, micros(p.Created), string(policies), p.Record,
	}})
}

// DeletePrincipal implements chime.Principals.
func (t tx) DeletePrincipal(ctx context.Context, tenant chime.TenantID, name string) error {
	if err := t.conn.Exec(ctx, "DELETE FROM principals WHERE tenant_id = $1 AND name = $2", string(tenant), name); err != nil {
		return err
	}
	return t.conn.Exec(ctx, "DELETE FROM access_keys WHERE tenant_id = $1 AND principal = $2", string(tenant), name)
}
