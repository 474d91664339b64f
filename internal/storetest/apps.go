package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
)

func appCases() []testCase {
	return []testCase{
		{"AppsComeBackAsTheyWere", appsComeBackAsTheyWere},
		{"AppsAreListedByTenantAndID", appsAreListedByTenantAndID},
		{"AppsAreReadBySet", appsAreReadBySet},
		{"AppsAreDeletedByTheirTenant", appsAreDeletedByTheirTenant},
	}
}

func readApp(t *testing.T, s chime.Store, id chime.ClientID) *chime.App {
	t.Helper()
	return read(t, s, func(ctx context.Context, tx chime.Tx) (*chime.App, error) { return tx.App(ctx, id) })
}

func appsComeBackAsTheyWere(t *testing.T, s chime.Store) {
	full, bare := newApp("full", tenantOne), chime.App{ID: "bare", Tenant: tenantTwo}
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.PutApp(ctx, newApp("bare", tenantTwo)), tx.PutApp(ctx, full))
	})
	equal(t, "an app that will be changed", readApp(t, s, "bare").Name, "Name of bare")
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.PutApp(ctx, bare) })
	for id, want := range map[chime.ClientID]*chime.App{"full": &full, "bare": &bare, "Full": nil, "": nil, "\xff": nil} {
		for range 2 {
			equal(t, fmt.Sprintf("app %q", id), readApp(t, s, id), want)
		}
	}
	if got := readApp(t, s, "bare"); !got.Public() {
		t.Errorf("an app without a secret: got %v, want a public one", got)
	}
}

func listApps(t *testing.T, s chime.Store, tenant chime.TenantID) []chime.App {
	t.Helper()
	return pages(t, s, func(a chime.App) chime.ClientID { return a.ID }, func(ctx context.Context, tx chime.Tx, after chime.ClientID, limit int) ([]chime.App, error) {
		return tx.ListApps(ctx, tenant, after, limit)
	})
}

func appsAreListedByTenantAndID(t *testing.T, s chime.Store) {
	want := map[chime.TenantID][]chime.App{"1": nil}
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		for i, id := range []chime.ClientID{"-", "B", "a", "a1", "b", "ä"} {
			app := newApp(id, []chime.TenantID{tenantOne, tenantTwo}[i%2])
			want[app.Tenant] = append(want[app.Tenant], app)
		}
		for _, app := range slices.Backward(slices.Concat(want[tenantOne], want[tenantTwo])) {
			if err := errors.Join(tx.PutApp(ctx, newApp(app.ID, app.Tenant)), tx.PutApp(ctx, app)); err != nil {
				return err
			}
		}
		return nil
	})
	for tenant, apps := range want {
		equal(t, "the apps of "+string(tenant), listApps(t, s, tenant), apps)
	}
}

func appsAreReadBySet(t *testing.T, s chime.Store) {
	var ids []chime.ClientID
	var want []chime.App
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		for i := range 130 {
			app := newApp(chime.ClientID(fmt.Sprintf("client-%03d", i)), tenantOne)
			ids, want = append(ids, app.ID, app.ID+" or none"), append(want, app)
			if err := tx.PutApp(ctx, app); err != nil {
				return err
			}
		}
		return tx.PutApp(ctx, newApp("another", tenantOne))
	})
	got := read(t, s, func(ctx context.Context, tx chime.Tx) ([]chime.App, error) { return tx.AppSet(ctx, ids) })
	slices.SortFunc(got, func(a, b chime.App) int { return slices.Compare([]byte(a.ID), []byte(b.ID)) })
	equal(t, "the apps", got, want)
}

func appsAreDeletedByTheirTenant(t *testing.T, s chime.Store) {
	app, other := newApp("client", tenantOne), newApp("other", tenantOne)
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.PutApp(ctx, app), tx.PutApp(ctx, other))
	})
	for _, c := range []struct {
		tenant chime.TenantID
		want   *chime.App
		list   []chime.App
	}{{tenantTwo, &app, []chime.App{app, other}}, {tenantOne, nil, []chime.App{other}}, {tenantOne, nil, []chime.App{other}}} {
		update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.DeleteApp(ctx, c.tenant, "client") })
		equal(t, "the app after its deletion by "+string(c.tenant), readApp(t, s, "client"), c.want)
		equal(t, "the list after its deletion by "+string(c.tenant), listApps(t, s, tenantOne), c.list)
	}
}
