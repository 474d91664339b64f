package iam_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
	"github.com/carillon-id/carillon/internal/secret"
)

func sealerOf(key secret.MasterKey) iam.Sealer {
	return secret.NewKeyring(key, nil).For(secret.AccessKeySecret)
}

func TestAdoptMasterKey(t *testing.T) {
	in := empty(t)
	ctx := t.Context()
	if check, err := iam.CheckValue(ctx, in.store); err != nil || check != nil {
		t.Fatalf("new database: got check value %v, %v, want none", check, err)
	}
	if _, err := in.CreateKey(ctx, tenant, "alice", nil); err == nil {
		t.Error("before a master key was adopted: got a key made, want an error")
	}
	for _, start := range []string{"first", "second"} {
		if err := in.AdoptMasterKey(ctx, in.file.Settle); err != nil {
			t.Fatalf("%s start: %v", start, err)
		}
	}
	check, err := iam.CheckValue(ctx, in.store)
	if err != nil {
		t.Fatal(err)
	}
	wrong := &iam.Admin{Store: in.store, Sealer: sealerOf(secret.NewMasterKey()), Record: in.record, Now: in.Now}
	if err := wrong.AdoptMasterKey(ctx, nil); !errors.Is(err, secret.ErrWrongKey) {
		t.Errorf("another master key: got %v, want ErrWrongKey", err)
	}
	if _, err := wrong.CreateKey(ctx, tenant, "alice", nil); !errors.Is(err, secret.ErrWrongKey) {
		t.Errorf("creating a key with another master key: got %v, want ErrWrongKey", err)
	}
	if got, err := iam.CheckValue(ctx, in.store); err != nil || string(got) != string(check) {
		t.Errorf("got another check value, %v, want it unchanged", err)
	}
	broken := errors.New("read-only file system")
	if err := in.AdoptMasterKey(ctx, func([]byte) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("got %v, want the error of settle", err)
	}
}

// rotate does what the command does; stop names the moment at which it is killed.
func (in *installation) rotate(t *testing.T, stop string) {
	t.Helper()
	next := secret.NewMasterKey()
	killed := errors.New("killed")
	n, err := in.admin(t).RotateMasterKey(t.Context(), sealerOf(next), func(check []byte) error {
		if err := in.file.Stage(check, next); err != nil {
			return err
		}
		if stop == "before commit" {
			return killed
		}
		return nil
	})
	switch {
	case stop == "before commit":
		if !errors.Is(err, killed) {
			t.Fatalf("got %v, want the error of stage", err)
		}
		return
	case err != nil || n != len(in.keyIDs(t, "")):
		t.Fatalf("rotating: got %d keys, %v, want all", n, err)
	case stop == "after commit":
		return
	}
	if err := in.admin(t).AdoptMasterKey(t.Context(), in.file.Settle); err != nil {
		t.Fatalf("settling: %v", err)
	}
}

func TestRotateMasterKey(t *testing.T) {
	in := install(t)
	alice, root := in.create(t, tenant, "alice", readOnly), in.create(t, other, chime.RootName)
	// in.Admin is the running server: it was started before any rotation.
	for _, stop := range []string{"", "before commit", "after commit", "", "after commit", "before commit", ""} {
		in.rotate(t, stop)
		for _, key := range []iam.NewKey{alice, root} {
			if got := in.lookup(t, key.AccessKeyID); got == nil || got.Secret != key.SecretAccessKey {
				t.Fatalf("rotation stopped %q: got %+v for %s, want its secret", stop, got, key.AccessKeyID)
			}
		}
		// Another process starts, and the running server makes a key.
		if err := in.admin(t).AdoptMasterKey(t.Context(), in.file.Settle); err != nil {
			t.Fatalf("rotation stopped %q: starting: %v", stop, err)
		}
		in.create(t, tenant, "bob")
	}
	for _, id := range in.keyIDs(t, "") {
		if in.lookup(t, id) == nil {
			t.Errorf("got %s lost, want it alive after the rotations", id)
		}
	}
}

// A key made by a process that did not notice the rotation is sealed with the
// new master key all the same.
func TestKeyMadeAcrossARotation(t *testing.T) {
	in := install(t)
	in.rotate(t, "")
	key := in.create(t, tenant, "alice")
	in.Admin = in.admin(t)
	if got := in.lookup(t, key.AccessKeyID); got == nil || got.Secret != key.SecretAccessKey {
		t.Errorf("got %+v, want the key to open with the new master key", got)
	}
	in.rotate(t, "")
	stale := &iam.Admin{Store: in.store, Sealer: sealerOf(secret.NewMasterKey()), Record: in.record, Now: in.Now}
	n, err := stale.RotateMasterKey(t.Context(), sealerOf(secret.NewMasterKey()), func([]byte) error { return nil })
	if n != 0 || !errors.Is(err, secret.ErrWrongKey) {
		t.Errorf("rotating with a wrong master key: got %d, %v, want ErrWrongKey", n, err)
	}
}

// Whoever can write to the database cannot make one key pass for another.
func TestSecretsAreBoundToTheirKeys(t *testing.T) {
	in := install(t)
	ctx := t.Context()
	alice, root := in.create(t, tenant, "alice"), in.create(t, tenant, chime.RootName)
	err := in.store.Update(ctx, func(tx chime.Tx) error {
		from, err := tx.AccessKey(ctx, alice.AccessKeyID)
		if err != nil {
			return err
		}
		to, err := tx.AccessKey(ctx, root.AccessKeyID)
		if err != nil {
			return err
		}
		if strings.Contains(string(from.SealedSecret), alice.SecretAccessKey) {
			t.Error("got the secret in the database, want it sealed")
		}
		to.SealedSecret = from.SealedSecret
		return tx.PutAccessKeys(ctx, *to)
	})
	if err != nil {
		t.Fatal(err)
	}
	_, ok, err := iam.NewAuthenticator(in.store, in.Sealer).Lookup(ctx, root.AccessKeyID, "")
	if ok || !errors.Is(err, secret.ErrTampered) {
		t.Errorf("got %v, %v, want ErrTampered", ok, err)
	}
}

// Lookup goes by the database of now, and by what it can read there.
func TestLookup(t *testing.T) {
	in := install(t)
	ctx := t.Context()
	key := in.create(t, tenant, "alice", readOnly, ownUsers)
	authenticator := iam.NewAuthenticator(in.store, in.Sealer)
	decide := func() iam.Decision {
		t.Helper()
		identity, ok, err := authenticator.Lookup(ctx, key.AccessKeyID, "")
		if err != nil || !ok {
			t.Fatalf("got %v, %v, want the key", ok, err)
		}
		return identity.Caller.Decide("chime:GetUser", account, facts)
	}
	put := func(policies ...chime.PrincipalPolicy) {
		t.Helper()
		alice := in.principal(t, tenant, "alice")
		alice.Policies = policies
		if err := in.store.Update(ctx, func(tx chime.Tx) error { return tx.PutPrincipal(ctx, *alice) }); err != nil {
			t.Fatal(err)
		}
	}
	steps := []struct {
		name     string
		policies []chime.PrincipalPolicy
		want     iam.Decision
	}{
		{"as created", []chime.PrincipalPolicy{readOnly, ownUsers}, allow},
		{"own policy of the same name changed", []chime.PrincipalPolicy{ownLists}, none},
		{"and changed back", []chime.PrincipalPolicy{ownUsers}, allow},
		{"a document that does not parse", []chime.PrincipalPolicy{ownUsers, {Name: "x", Document: "{"}}, iam.UnreadableDeny},
		{"the same again", []chime.PrincipalPolicy{ownUsers, {Name: "x", Document: "{"}}, iam.UnreadableDeny},
		{"a managed policy that is gone", []chime.PrincipalPolicy{readOnly, {Name: "AmazonChimeGone"}}, iam.UnreadableDeny},
		{"none", nil, none},
	}
	for _, s := range steps {
		put(s.policies...)
		if got := decide(); got != s.want {
			t.Errorf("%s: got %v, want %v", s.name, got, s.want)
		}
	}
	for i := range 600 { // more documents than are remembered
		put(chime.PrincipalPolicy{Name: "x", Document: ownUsers.Document + strings.Repeat(" ", i)})
		if got := decide(); got != allow {
			t.Fatalf("document %d: got %v, want it allowed", i, got)
		}
	}
	if _, ok, err := authenticator.Lookup(ctx, "AKIAUNKNOWN", ""); ok || err != nil {
		t.Errorf("unknown key: got %v, %v, want none", ok, err)
	}
}

// What others keep sealed is sealed anew in the same transaction, or nothing is.
func TestRotateMasterKeyReseals(t *testing.T) {
	in := install(t)
	ctx := t.Context()
	key := in.create(t, tenant, "alice")
	put := func(ctx context.Context, tx chime.Tx) error { return tx.PutSetting(ctx, "sealed", []byte("anew")) }
	broken := errors.New("cannot be opened")
	fail := func(context.Context, chime.Tx) error { return broken }
	stage := func([]byte) error { return nil }
	value := func() (got []byte) {
		err := in.store.View(ctx, func(tx chime.Tx) (err error) {
			got, err = tx.Setting(ctx, "sealed")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if _, err := in.RotateMasterKey(ctx, sealerOf(secret.NewMasterKey()), stage, put, fail); !errors.Is(err, broken) || value() != nil {
		t.Errorf("got %v and %q, want the error and nothing changed", err, value())
	}
	if got := in.lookup(t, key.AccessKeyID); got == nil || got.Secret != key.SecretAccessKey {
		t.Errorf("got %+v, want the key to open as before", got)
	}
	verify := func(admin *iam.Admin) error {
		return in.store.View(ctx, func(tx chime.Tx) error { return admin.VerifyMasterKey(ctx, tx) })
	}
	if err := verify(in.Admin); err != nil {
		t.Errorf("got %v, want the master key to be the database's", err)
	}
	next := sealerOf(secret.NewMasterKey())
	if _, err := in.RotateMasterKey(ctx, next, stage, put); err != nil || string(value()) != "anew" {
		t.Errorf("got %v and %q, want what is sealed sealed anew", err, value())
	}
	if err := verify(in.Admin); !errors.Is(err, secret.ErrWrongKey) {
		t.Errorf("after the rotation, with the former master key: got %v, want ErrWrongKey", err)
	}
	if err := verify(&iam.Admin{Store: in.store, Sealer: next}); err != nil {
		t.Errorf("after the rotation: got %v, want the next master key to be the database's", err)
	}
}
