package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/carillon-id/carillon/internal/chime"
)

var administrators = newKind(newTable("administrators", 3, "tenant_id account_id user_id role_id policies granted record_id"),
	administratorRow, readAdministrator)

func administratorRow(a chime.Administrator) ([]any, error) {
	policies, err := json.Marshal(a.Policies)
	if err != nil {
		return nil, fmt.Errorf("writing the policies of administrator %q: %w", a.User, err)
	}
	return []any{
		string(a.Tenant), string(a.Account), string(a.User), string(a.ID), string(policies), micros(a.Granted), a.Record,
	}, nil
}

func readAdministrator(r Row) (chime.Administrator, error) {
	a := chime.Administrator{
		Tenant:  chime.TenantID(r.Text(0)),
		Account: chime.AccountID(r.Text(1)),
		User:    chime.UserID(r.Text(2)),
		ID:      chime.RoleID(r.Text(3)),
		Granted: fromMicros(r.Int(5)),
		Record:  r.Text(6),
	}
	if err := json.Unmarshal([]byte(r.Text(4)), &a.Policies); err != nil {
		return a, fmt.Errorf("reading the policies of administrator %q: %w", a.User, err)
	}
	return a, nil
}

// Administrator implements chime.Administrators.
func (t tx) Administrator(ctx context.Context, tenant chime.TenantID, key chime.MemberKey) (*chime.Administrator, error) {
	return administrators.get(ctx, t, string(tenant), string(key.Account), string(key.User))
}

// ListAdministrators implements chime.Administrators.
func (t tx) ListAdministrators(ctx context.Context, tenant chime.TenantID, after chime.MemberKey, limit int) ([]chime.Administrator, error) {
	return administrators.list(ctx, t, `WHERE tenant_id = $1 AND (account_id, user_id) > ($2, $3)
		ORDER BY account_id, user_id LIMIT $4`, string(tenant), string(after.Account), string(after.User), int64(limit))
}

// PutAdministrator implements chime.Administrators.
func (t tx) PutAdministrator(ctx context.Context, a chime.Administrator) error {
	return administrators.put(ctx, t, a)
}

// DeleteAdministrator implements chime.Administrators.
func (t tx) DeleteAdministrator(ctx context.Context, tenant chime.TenantID, key chime.MemberKey) error {
	return t.remove(ctx, administrators.table, string(tenant), string(key.Account), string(key.User))
}
