package iam_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
)

const (
	keyA  = "AKIAAAAAAAAAAAAAAAAA"
	keyB  = "AKIABBBBBBBBBBBBBBBB"
	other = chime.TenantID("444455556666")
)

func (in *installation) ensureRoot(t *testing.T, of chime.TenantID, key, secret string) {
	t.Helper()
	if err := in.EnsureRoot(t.Context(), of, key, secret); err != nil {
		t.Fatalf("ensuring the root: %v", err)
	}
}

func (in *installation) wantSecret(t *testing.T, of chime.TenantID, key, secret string) {
	t.Helper()
	identity := in.lookup(t, key)
	if identity == nil || identity.Secret != secret || identity.Caller.Tenant != of || !identity.Caller.Root {
		t.Errorf("got %+v for %s, want a root key of %s with the secret %q", identity, key, of, secret)
	}
}

func (in *installation) wantKeys(t *testing.T, of chime.TenantID, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, in.keyIDs(t, of)); diff != "" {
		t.Errorf("keys of %q (-want +got):\n%s", of, diff)
	}
}

func (in *installation) firstRoot(t *testing.T) iam.NewKey {
	t.Helper()
	key, made, err := in.FirstRoot(t.Context(), tenant)
	if err != nil || !made {
		t.Fatalf("first start: got %v, %v, want a root key", made, err)
	}
	return key
}

func TestFirstRoot(t *testing.T) {
	in := install(t)
	if _, err := in.RootTenant(t.Context()); chime.CodeOf(err) != chime.NotFound {
		t.Errorf("before the first start: got %v, want NotFound", err)
	}
	if _, _, err := in.FirstRoot(t.Context(), "1"); chime.CodeOf(err) != chime.BadRequest {
		t.Errorf("bad tenant: got %v, want BadRequest", err)
	}
	key := in.firstRoot(t)
	in.wantSecret(t, tenant, key.AccessKeyID, key.SecretAccessKey)
	if got, err := in.RootTenant(t.Context()); err != nil || got != tenant {
		t.Errorf("got root tenant %q, %v, want %s", got, err, tenant)
	}
}

func TestFirstRootIsMadeOnce(t *testing.T) {
	in := install(t)
	key := in.firstRoot(t)
	since := in.records
	for _, of := range []chime.TenantID{tenant, other} {
		if again, made, err := in.FirstRoot(t.Context(), of); err != nil || made || again.SecretAccessKey != "" {
			t.Errorf("second start: got %+v, %v, %v, want nothing made", again, made, err)
		}
	}
	if got := in.recorded(t, since); len(got) != 0 {
		t.Errorf("second start: got records %q, want none", got)
	}
	// Even when every key was deleted: a start does not undo that.
	if err := in.DeleteKey(t.Context(), key.AccessKeyID); err != nil {
		t.Fatal(err)
	}
	if _, made, err := in.FirstRoot(t.Context(), tenant); err != nil || made {
		t.Errorf("after the key was deleted: got %v, %v, want nothing made", made, err)
	}
}

func TestEnsureRootReplacesTheFormerKey(t *testing.T) {
	in := install(t)
	first := in.firstRoot(t)
	further := in.create(t, tenant, chime.RootName)

	in.ensureRoot(t, tenant, keyA, "one")
	in.wantSecret(t, tenant, keyA, "one")
	if in.lookup(t, first.AccessKeyID) != nil {
		t.Error("got the key of the first start alive, want it deleted")
	}
	in.ensureRoot(t, tenant, keyB, "two")
	in.wantSecret(t, tenant, keyB, "two")
	if in.lookup(t, keyA) != nil {
		t.Error("got the former key alive, want it deleted")
	}
	in.wantSecret(t, tenant, further.AccessKeyID, further.SecretAccessKey) // made by hand: stays

	since := in.records
	in.ensureRoot(t, tenant, keyB, "three")
	in.wantSecret(t, tenant, keyB, "three")
	want := []string{
		`DeleteAccessKey 111122223333 {"accessKeyId":"` + keyB + `","userName":"root"}`,
		`CreateAccessKey 111122223333 {"accessKeyId":"` + keyB + `","userName":"root"}`,
	}
	if diff := cmp.Diff(want, in.recorded(t, since)); diff != "" {
		t.Errorf("another secret: records (-want +got):\n%s", diff)
	}
}

func TestEnsureRootAgainChangesNothing(t *testing.T) {
	in := install(t)
	in.ensureRoot(t, tenant, keyA, "one")
	if err := in.SetKeyDisabled(t.Context(), keyA, true); err != nil {
		t.Fatal(err)
	}
	since := in.records
	in.ensureRoot(t, tenant, keyA, "one")
	if in.lookup(t, keyA) != nil {
		t.Error("got the disabled key alive, want it to stay disabled")
	}
	if got := in.recorded(t, since); len(got) != 0 {
		t.Errorf("got records %q, want none", got)
	}
	in.ensureRoot(t, tenant, keyA, "two")
	in.wantSecret(t, tenant, keyA, "two")

	if err := in.DeleteKey(t.Context(), keyA); err != nil {
		t.Fatal(err)
	}
	in.ensureRoot(t, tenant, keyB, "one") // the former key is gone already
	in.wantKeys(t, tenant, keyB)
}

func TestEnsureRootOfAnotherTenant(t *testing.T) {
	in := install(t)
	in.ensureRoot(t, tenant, keyA, "one")
	in.create(t, other, "alice", readOnly)
	in.ensureRoot(t, other, keyB, "two")
	in.wantSecret(t, tenant, keyA, "one") // nothing moved
	in.wantSecret(t, other, keyB, "two")
	if in.principal(t, other, "alice") == nil {
		t.Error("got alice gone, want the tenant taken with who is in it")
	}
	if got, err := in.RootTenant(t.Context()); err != nil || got != other {
		t.Errorf("got root tenant %q, %v, want that of the last start", got, err)
	}
	in.ensureRoot(t, tenant, "AKIACCCCCCCCCCCCCCCC", "three")
	in.wantKeys(t, tenant, "AKIACCCCCCCCCCCCCCCC")
	in.wantSecret(t, other, keyB, "two")
}

func TestEnsureRootAdoptsAKeyMadeByHand(t *testing.T) {
	in := install(t)
	key := in.create(t, tenant, chime.RootName)
	since := in.records
	in.ensureRoot(t, tenant, key.AccessKeyID, key.SecretAccessKey)
	if got := in.recorded(t, since); len(got) != 0 {
		t.Errorf("got records %q, want none: it is known", got)
	}
	in.ensureRoot(t, tenant, keyA, "one")
	in.wantKeys(t, tenant, keyA)
}

func TestEnsureRootRefused(t *testing.T) {
	in := install(t)
	alice := in.create(t, tenant, "alice")
	in.ensureRoot(t, tenant, keyA, "one")
	tests := []struct {
		name        string
		tenant      chime.TenantID
		key, secret string
		code        chime.Code
		want        string
	}{
		{"tenant", "1111222233334", keyB, "x", chime.BadRequest, "12 digits"},
		{"no tenant", "", keyB, "x", chime.BadRequest, "12 digits"},
		{"short key id", tenant, "AKIA12345678901", "x", chime.BadRequest, "16 to 128"},
		{"long key id", tenant, strings.Repeat("A", 129), "x", chime.BadRequest, "16 to 128"},
		{"key id with a slash", tenant, "AKIA/AAAAAAAAAAAAAAA", "x", chime.BadRequest, "16 to 128"},
		{"no secret", tenant, keyB, "", chime.BadRequest, "secret access key"},
		{"alice's key", tenant, alice.AccessKeyID, alice.SecretAccessKey, chime.Conflict, "user/alice"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := in.EnsureRoot(t.Context(), tt.tenant, tt.key, tt.secret)
			if chime.CodeOf(err) != tt.code || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s with %q", err, tt.code, tt.want)
			}
		})
	}
	in.wantSecret(t, tenant, keyA, "one")
	if in.principal(t, other, chime.RootName) != nil {
		t.Error("got a root of the other tenant, want none made")
	}
}

// An operator who changes the account id alone brings the same key to it.
func TestEnsureRootTakesItsKeyToAnotherTenant(t *testing.T) {
	in := install(t)
	in.ensureRoot(t, tenant, keyA, "one")
	in.ensureRoot(t, other, keyA, "one")
	in.wantSecret(t, other, keyA, "one")
	in.wantKeys(t, tenant)
	in.ensureRoot(t, tenant, keyB, "two") // does not take from the other what was once its own
	in.wantSecret(t, tenant, keyB, "two")
	in.wantSecret(t, other, keyA, "one")
}
