package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
)

func principalCases() []testCase {
	return []testCase{
		{"PrincipalsComeBackAsTheyWere", principalsComeBackAsTheyWere},
		{"PrincipalsAreListedByTenantAndName", principalsAreListedByTenantAndName},
		{"AccessKeysComeBackAsTheyWere", accessKeysComeBackAsTheyWere},
		{"AccessKeysAreListedByID", accessKeysAreListedByID},
		{"KeyWithoutPrincipalIsNobody", keyWithoutPrincipalIsNobody},
		{"KeysFollowTheirPrincipal", keysFollowTheirPrincipal},
		{"DeletedPrincipalsTakeTheirKeysAlong", deletedPrincipalsTakeTheirKeysAlong},
		{"SettingsComeBackAsTheyWere", settingsComeBackAsTheyWere},
	}
}

func newPrincipal(tenant chime.TenantID, name string) chime.Principal {
	return chime.Principal{
		Tenant: tenant, Name: name, ID: "AIDA" + name, Disabled: true, Created: at(3),
		Policies: []chime.PrincipalPolicy{{Name: "AmazonChimeReadOnly"}, {Name: "own", Document: `{"Statement": "<ü>"}`}},
		Record:   "record of " + name,
	}
}

func newKey(id string, tenant chime.TenantID, principal string) chime.AccessKey {
	return chime.AccessKey{
		ID: id, Tenant: tenant, Principal: principal, SealedSecret: []byte{0, 1, 0xff, 0, '\''}, Disabled: true, Created: at(4),
		Record: "record of " + id,
	}
}

func principalsComeBackAsTheyWere(t *testing.T, s chime.Store) {
	want := newPrincipal(tenantOne, "alice")
	bare := chime.Principal{Tenant: tenantOne, Name: "bob"}
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.PutPrincipal(ctx, chime.Principal{Tenant: tenantOne, Name: "alice"}), tx.PutPrincipal(ctx, want),
			tx.PutPrincipal(ctx, bare))
	})
	view(t, s, func(ctx context.Context, tx chime.Tx) error {
		got, err1 := tx.Principal(ctx, tenantOne, "alice")
		equal(t, "a principal", got, &want)
		gotBare, err2 := tx.Principal(ctx, tenantOne, "bob")
		equal(t, "a principal without policies", gotBare, &bare)
		foreign, err3 := tx.Principal(ctx, tenantTwo, "alice")
		if foreign != nil {
			t.Errorf("another tenant's principal: got %v, want nil", foreign)
		}
		return errors.Join(err1, err2, err3)
	})
}

func principalsAreListedByTenantAndName(t *testing.T, s chime.Store) {
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.PutPrincipal(ctx, newPrincipal(tenantTwo, "a")), tx.PutPrincipal(ctx, newPrincipal(tenantOne, "c")),
			tx.PutPrincipal(ctx, newPrincipal(tenantOne, "b")))
	})
	for tenant, want := range map[chime.TenantID][]chime.Principal{
		"":        {newPrincipal(tenantOne, "b"), newPrincipal(tenantOne, "c"), newPrincipal(tenantTwo, "a")},
		tenantOne: {newPrincipal(tenantOne, "b"), newPrincipal(tenantOne, "c")},
		"1":       nil,
	} {
		view(t, s, func(ctx context.Context, tx chime.Tx) error {
			got, err := tx.ListPrincipals(ctx, tenant)
			equal(t, "the principals of "+string(tenant), got, want)
			return err
		})
	}
}

func accessKeysComeBackAsTheyWere(t *testing.T, s chime.Store) {
	first, second := newKey("AKIA1", tenantOne, "alice"), newKey("AKIA2", tenantTwo, "bob")
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return tx.PutAccessKeys(ctx, newKey("AKIA1", tenantTwo, "x"), second)
	})
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.PutAccessKeys(ctx, first) })
	view(t, s, func(ctx context.Context, tx chime.Tx) error {
		got, err1 := tx.AccessKey(ctx, "AKIA1")
		equal(t, "a key that was replaced", got, &first)
		unknown, err2 := tx.AccessKey(ctx, "akia1")
		if unknown != nil {
			t.Errorf("a key id in another case: got %v, want nil", unknown)
		}
		return errors.Join(err1, err2)
	})
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.DeleteAccessKey(ctx, "AKIA1"), tx.DeleteAccessKey(ctx, "unknown"))
	})
	view(t, s, func(ctx context.Context, tx chime.Tx) error {
		got, err := tx.ListAccessKeys(ctx, "")
		equal(t, "the keys that are left", got, []chime.AccessKey{second})
		return err
	})
}

func accessKeysAreListedByID(t *testing.T, s chime.Store) {
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return tx.PutAccessKeys(ctx, newKey("K3", tenantOne, "a"), newKey("K1", tenantOne, "b"), newKey("K2", tenantTwo, "a"))
	})
	for tenant, want := range map[chime.TenantID][]string{"": {"K1", "K2", "K3"}, tenantOne: {"K1", "K3"}, "1": {}} {
		view(t, s, func(ctx context.Context, tx chime.Tx) error {
			keys, err := tx.ListAccessKeys(ctx, tenant)
			got := []string{}
			for _, k := range keys {
				got = append(got, k.ID)
			}
			equal(t, "the keys of "+string(tenant), got, want)
			return err
		})
	}
}

func keyWithoutPrincipalIsNobody(t *testing.T, s chime.Store) {
	key, principal := newKey("AKIA1", tenantOne, "alice"), newPrincipal(tenantOne, "alice")
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.PutPrincipal(ctx, principal), tx.PutPrincipal(ctx, newPrincipal(tenantTwo, "bob")),
			tx.PutAccessKeys(ctx, key, newKey("AKIA2", tenantOne, "bob")))
	})
	view(t, s, func(ctx context.Context, tx chime.Tx) error {
		gotKey, gotPrincipal, err := tx.KeyAndPrincipal(ctx, "AKIA1")
		equal(t, "the key", gotKey, &key)
		equal(t, "its principal", gotPrincipal, &principal)
		return err
	})
	for _, id := range []string{"unknown", "", "AKIA2"} {
		view(t, s, func(ctx context.Context, tx chime.Tx) error {
			gotKey, gotPrincipal, err := tx.KeyAndPrincipal(ctx, id)
			if gotKey != nil || gotPrincipal != nil {
				t.Errorf("KeyAndPrincipal of %q: got %v and %v, want nils", id, gotKey, gotPrincipal)
			}
			return err
		})
	}
}

// keysFollowTheirPrincipal changes whose a key is, and the principal, between one
// look-up of them and the next.
func keysFollowTheirPrincipal(t *testing.T, s chime.Store) {
	alice, bob := newPrincipal(tenantOne, "alice"), newPrincipal(tenantTwo, "bob")
	key := newKey("AKIA1", tenantOne, "alice")
	enabled := alice
	enabled.Disabled, enabled.Policies = false, nil
	moved := key
	moved.Tenant, moved.Principal = tenantTwo, "bob"
	for _, step := range []struct {
		what      string
		change    func(ctx context.Context, tx chime.Tx) error
		key       *chime.AccessKey
		principal *chime.Principal
	}{
		{"a new key", func(ctx context.Context, tx chime.Tx) error {
			return errors.Join(tx.PutPrincipal(ctx, alice), tx.PutPrincipal(ctx, bob), tx.PutAccessKeys(ctx, key))
		}, &key, &alice},
		{"a principal that was changed", func(ctx context.Context, tx chime.Tx) error { return tx.PutPrincipal(ctx, enabled) }, &key, &enabled},
		{"a key that went to another", func(ctx context.Context, tx chime.Tx) error { return tx.PutAccessKeys(ctx, moved) }, &moved, &bob},
		{"a principal that is gone", func(ctx context.Context, tx chime.Tx) error { return tx.DeletePrincipal(ctx, tenantTwo, "bob") }, nil, nil},
		{"both again", func(ctx context.Context, tx chime.Tx) error {
			return errors.Join(tx.PutPrincipal(ctx, bob), tx.PutAccessKeys(ctx, moved))
		}, &moved, &bob},
		{"a key that is gone", func(ctx context.Context, tx chime.Tx) error { return tx.DeleteAccessKey(ctx, "AKIA1") }, nil, nil},
	} {
		update(t, s, step.change)
		for range 2 {
			view(t, s, func(ctx context.Context, tx chime.Tx) error {
				gotKey, gotPrincipal, err := tx.KeyAndPrincipal(ctx, "AKIA1")
				equal(t, "the key of "+step.what, gotKey, step.key)
				equal(t, "the principal of "+step.what, gotPrincipal, step.principal)
				return err
			})
		}
	}
}

func deletedPrincipalsTakeTheirKeysAlong(t *testing.T, s chime.Store) {
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(
			tx.PutPrincipal(ctx, newPrincipal(tenantOne, "alice")), tx.PutPrincipal(ctx, newPrincipal(tenantTwo, "alice")),
			tx.PutAccessKeys(ctx, newKey("K1", tenantOne, "alice"), newKey("K2", tenantOne, "bob"), newKey("K3", tenantTwo, "alice")))
	})
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.DeletePrincipal(ctx, tenantOne, "alice") })
	view(t, s, func(ctx context.Context, tx chime.Tx) error {
		principals, err1 := tx.ListPrincipals(ctx, "")
		equal(t, "principals", principals, []chime.Principal{newPrincipal(tenantTwo, "alice")})
		keys, err2 := tx.ListAccessKeys(ctx, "")
		equal(t, "keys", keys, []chime.AccessKey{newKey("K2", tenantOne, "bob"), newKey("K3", tenantTwo, "alice")})
		return errors.Join(err1, err2)
	})
}

func settingsComeBackAsTheyWere(t *testing.T, s chime.Store) {
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.PutSetting(ctx, "binary", []byte("old")), tx.PutSetting(ctx, "binary", []byte{0, 0xff, 0}),
			tx.PutSetting(ctx, "empty", nil))
	})
	view(t, s, func(ctx context.Context, tx chime.Tx) error {
		binary, err1 := tx.Setting(ctx, "binary")
		equal(t, "a setting", binary, []byte{0, 0xff, 0})
		empty, err2 := tx.Setting(ctx, "empty")
		if empty == nil || len(empty) > 0 {
			t.Errorf("an empty setting: got %v, want one that is there and empty", empty)
		}
		unknown, err3 := tx.Setting(ctx, "unknown")
		if unknown != nil {
			t.Errorf("an unknown setting: got %v, want nil", unknown)
		}
		return errors.Join(err1, err2, err3)
	})
}
