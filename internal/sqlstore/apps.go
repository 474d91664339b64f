package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/carillon-id/carillon/internal/chime"
)

var (
	apps = newKind(newTable("apps", 1, "client_id tenant_id name secret_hash redirect_uris post_logout_uris backchannel_uri created"),
		appRow, readApp)
	tenantAppsTable = newTable("tenant_apps", 2, "tenant_id client_id")
)

func appRow(a chime.App) ([]any, error) {
	redirects, err := encodeList(fmt.Sprintf("the redirect URIs of app %q", a.ID), a.RedirectURIs)
	if err != nil {
		return nil, err
	}
	logouts, err := encodeList(fmt.Sprintf("the post-logout redirect URIs of app %q", a.ID), a.PostLogoutRedirectURIs)
	return []any{
		string(a.ID), string(a.Tenant), a.Name, a.SecretHash, redirects, logouts, a.BackchannelLogoutURI, micros(a.Created),
	}, err
}

func readApp(r Row) (a chime.App, err error) {
	a = chime.App{
		ID:                   chime.ClientID(r.Text(0)),
		Tenant:               chime.TenantID(r.Text(1)),
		Name:                 r.Text(2),
		SecretHash:           optional(r.Bytes(3)),
		BackchannelLogoutURI: r.Text(6),
		Created:              fromMicros(r.Int(7)),
	}
	if a.RedirectURIs, err = decodeList(fmt.Sprintf("the redirect URIs of app %q", a.ID), r.Text(4)); err != nil {
		return a, err
	}
	a.PostLogoutRedirectURIs, err = decodeList(fmt.Sprintf("the post-logout redirect URIs of app %q", a.ID), r.Text(5))
	return a, err
}

// App implements chime.Apps. Whoever uses a token or a session asks for it.
func (t tx) App(ctx context.Context, id chime.ClientID) (*chime.App, error) {
	return recall(t, "app "+string(id), func() (*chime.App, error) { return apps.get(ctx, t, string(id)) })
}

// AppSet implements chime.Apps.
func (t tx) AppSet(ctx context.Context, ids []chime.ClientID) (found []chime.App, err error) {
	err = chunks(ids, func(some []chime.ClientID) error {
		list, args := in(1, some, nil)
		page, err := apps.list(ctx, t, "WHERE client_id IN "+list, args...)
		found = append(found, page...)
		return err
	})
	return found, err
}

// ListApps implements chime.Apps. The apps of a tenant are listed by the tenant and
// then looked up by their ids, each in its own shard.
func (t tx) ListApps(ctx context.Context, tenant chime.TenantID, after chime.ClientID, limit int) ([]chime.App, error) {
	var ids []chime.ClientID
	err := t.conn.Query(ctx, `SELECT client_id FROM tenant_apps WHERE tenant_id = $1 AND client_id > $2
		ORDER BY client_id LIMIT $3`, []any{string(tenant), string(after), int64(limit)}, func(r Row) error {
		ids = append(ids, chime.ClientID(r.Text(0)))
		return nil
	})
	if err != nil {
		return nil, err
	}
	list, err := t.AppSet(ctx, ids)
	slices.SortFunc(list, func(a, b chime.App) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return list, err
}

// PutApp implements chime.Apps.
func (t tx) PutApp(ctx context.Context, app chime.App) error {
	if err := apps.put(ctx, t, app); err != nil {
		return err
	}
	return t.insert(ctx, tenantAppsTable, [][]any{{string(app.Tenant), string(app.ID)}}, " ON CONFLICT (tenant_id, client_id) DO NOTHING")
}

// DeleteApp implements chime.Apps.
func (t tx) DeleteApp(ctx context.Context, tenant chime.TenantID, id chime.ClientID) error {
	if err := t.conn.Exec(ctx, "DELETE FROM apps WHERE client_id = $1 AND tenant_id = $2", string(id), string(tenant)); err != nil {
		return err
	}
	return t.remove(ctx, tenantAppsTable, string(tenant), string(id))
}
