package signing_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/secret"
	"github.com/carillon-id/carillon/internal/signing"
	"github.com/carillon-id/carillon/internal/sqlstore/sqlite"
)

// setting is where the keys are.
const setting = "signing-keys"

// installation is a database with its keys and a clock.
type installation struct {
	*signing.Keys
	store chime.Store
	now   time.Time
}

func sealerOf(key secret.MasterKey) signing.Sealer {
	return secret.NewKeyring(key, nil).For(secret.SigningKeys)
}

func verified(context.Context, chime.Tx) error { return nil }

func install(t *testing.T) *installation {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "signing.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	in := &installation{store: store, now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)}
	in.Keys = in.process(t, sealerOf(secret.NewMasterKey()))
	return in
}

// process returns the keys as another process on the database has them.
func (in *installation) process(t *testing.T, sealer signing.Sealer) *signing.Keys {
	t.Helper()
	keys, err := signing.New(signing.Config{
		Store: in.store, Sealer: sealer, Verify: verified, Now: func() time.Time { return in.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// rotate rotates and returns whether that changed anything.
func rotate(t *testing.T, keys *signing.Keys) bool {
	t.Helper()
	changed, err := keys.Rotate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

// published returns the ids of the published keys.
func published(t *testing.T, keys *signing.Keys) []string {
	t.Helper()
	set, err := keys.PublicKeys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, key := range set.Keys {
		if !key.IsPublic() || key.Algorithm != "RS256" || key.Use != "sig" {
			t.Errorf("got key %s public %v for %s, %s, want a public one for RS256, sig", key.KeyID, key.IsPublic(), key.Algorithm, key.Use)
		}
		ids = append(ids, key.KeyID)
	}
	return ids
}

type said struct {
	Subject string `json:"sub"`
}

func sign(t *testing.T, keys *signing.Keys, subject string) string {
	t.Helper()
	token, err := keys.Sign(t.Context(), signing.IDToken, said{subject})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// signer returns the id of the key that signed the token.
func signer(t *testing.T, token string) string {
	t.Helper()
	parsed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Signatures[0].Protected.KeyID
}

func (in *installation) opens(t *testing.T, token, subject string) {
	t.Helper()
	var got said
	if err := in.Open(t.Context(), signing.IDToken, token, &got); err != nil || got.Subject != subject {
		t.Errorf("got %q, %v, want %q", got.Subject, err, subject)
	}
}

func (in *installation) sealed(t *testing.T) []byte {
	t.Helper()
	var value []byte
	err := in.store.View(t.Context(), func(tx chime.Tx) (err error) {
		value, err = tx.Setting(t.Context(), setting)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestRotation(t *testing.T) {
	in := install(t)
	if _, err := in.PublicKeys(t.Context()); err == nil {
		t.Error("before the first rotation: got a key set, want an error")
	}
	if !rotate(t, in.Keys) || rotate(t, in.Keys) {
		t.Fatal("got no keys by the first rotation, or others by the second")
	}
	first := published(t, in.Keys)
	if len(first) != 2 {
		t.Fatalf("got the keys %v, want an active one and the next", first)
	}
	old := sign(t, in.Keys, "ada")
	if got := signer(t, old); got != first[0] {
		t.Errorf("got signed by %s, want the active key %s", got, first[0])
	}

	in.now = in.now.Add(signing.DefaultPeriod - time.Second)
	if rotate(t, in.Keys) {
		t.Error("before the period is over: got other keys")
	}
	in.now = in.now.Add(time.Second)
	if !rotate(t, in.Keys) || rotate(t, in.Keys) {
		t.Fatal("got no change when the period was over, or two")
	}
	second := published(t, in.Keys)
	if want := []string{first[1], second[1], first[0]}; !cmp.Equal(second, want) {
		t.Errorf("got the keys %v, want the former next, a new one, and the former active one, retired: %v", second, want)
	}
	if got := signer(t, sign(t, in.Keys, "ada")); got != first[1] {
		t.Errorf("got signed by %s, want what was published a period ahead, %s", got, first[1])
	}
	in.opens(t, old, "ada")

	in.now = in.now.Add(signing.Keep - time.Second)
	if rotate(t, in.Keys) {
		t.Error("while tokens of the retired key may come back: got other keys")
	}
	in.opens(t, old, "ada")
	in.now = in.now.Add(time.Second)
	if !rotate(t, in.Keys) {
		t.Error("got the retired key kept for ever")
	}
	if diff := cmp.Diff(second[:2], published(t, in.Keys)); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
	if err := in.Open(t.Context(), signing.IDToken, old, &said{}); !errors.Is(err, signing.ErrNotOurs) {
		t.Errorf("token of a forgotten key: got %v, want ErrNotOurs", err)
	}
}

// Whichever of several processes is first changes the keys, and all have the same.
func TestProcessesAgree(t *testing.T) {
	in := install(t)
	sealer := in.Sealer
	for _, step := range []string{"first keys", "a period later"} {
		var changed atomic.Int32
		var group sync.WaitGroup
		processes := make([]*signing.Keys, 4)
		for i := range processes {
			processes[i] = in.process(t, sealer)
			group.Go(func() {
				turned, err := processes[i].Rotate(t.Context())
				if err != nil {
					t.Error(err)
				}
				if turned {
					changed.Add(1)
				}
			})
		}
		group.Wait()
		if got := changed.Load(); got != 1 {
			t.Errorf("%s: got %d processes that changed the keys, want 1", step, got)
		}
		want := published(t, processes[0])
		for _, process := range processes {
			if diff := cmp.Diff(want, published(t, process)); diff != "" {
				t.Errorf("%s: two processes publish other keys:\n%s", step, diff)
			}
			in.opens(t, sign(t, process, "grace"), "grace")
		}
		in.now = in.now.Add(signing.DefaultPeriod)
	}
}

func TestSealed(t *testing.T) {
	in := install(t)
	rotate(t, in.Keys)
	sealed := in.sealed(t)
	for _, plain := range []string{published(t, in.Keys)[0], "kid", "pkcs8"} {
		if bytes.Contains(sealed, []byte(plain)) {
			t.Errorf("got %q in the database, want it sealed", plain)
		}
	}
	sealed[len(sealed)-1] ^= 1
	err := in.store.Update(t.Context(), func(tx chime.Tx) error { return tx.PutSetting(t.Context(), setting, sealed) })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := in.Sign(t.Context(), signing.IDToken, said{"ada"}); !errors.Is(err, secret.ErrTampered) {
		t.Errorf("signing with keys that somebody wrote to the database: got %v, want ErrTampered", err)
	}
	if _, err := in.Rotate(t.Context()); !errors.Is(err, secret.ErrTampered) {
		t.Errorf("rotating them: got %v, want ErrTampered", err)
	}
}

func TestReseal(t *testing.T) {
	in := install(t)
	former, next := in.Sealer, sealerOf(secret.NewMasterKey())
	reseal := func(from signing.Sealer) error {
		return in.store.Update(t.Context(), func(tx chime.Tx) error { return signing.Reseal(t.Context(), tx, from, next) })
	}
	if err := reseal(former); err != nil || in.sealed(t) != nil {
		t.Errorf("no keys yet: got %v and a value %v, want neither", err, in.sealed(t) != nil)
	}
	rotate(t, in.Keys)
	token := sign(t, in.Keys, "ada")
	before := published(t, in.Keys)
	if err := reseal(former); err != nil {
		t.Fatal(err)
	}
	in.Keys = in.process(t, former)
	if _, err := in.PublicKeys(t.Context()); !errors.Is(err, secret.ErrWrongKey) {
		t.Errorf("with the former master key: got %v, want ErrWrongKey", err)
	}
	in.Keys = in.process(t, next)
	in.opens(t, token, "ada")
	if diff := cmp.Diff(before, published(t, in.Keys)); diff != "" {
		t.Errorf("keys after the rotation of the master key (-want +got):\n%s", diff)
	}
	if err := reseal(former); !errors.Is(err, secret.ErrWrongKey) {
		t.Errorf("resealing what another master key sealed: got %v, want ErrWrongKey", err)
	}
}

// A process whose master key is no longer the database's makes no keys with it.
func TestRotationVerifiesTheMasterKey(t *testing.T) {
	in := install(t)
	in.Verify = func(context.Context, chime.Tx) error { return secret.ErrWrongKey }
	if changed, err := in.Rotate(t.Context()); changed || !errors.Is(err, secret.ErrWrongKey) || in.sealed(t) != nil {
		t.Errorf("got %v, %v, and keys: %v, want ErrWrongKey and none", changed, err, in.sealed(t) != nil)
	}
}

func TestPeriod(t *testing.T) {
	for period, ok := range map[time.Duration]bool{
		0: true, signing.MinPeriod: true, signing.MinPeriod - 1: false, -signing.MinPeriod: false,
	} {
		if _, err := signing.New(signing.Config{Period: period}); (err == nil) != ok {
			t.Errorf("period %v: got %v, want accepted: %v", period, err, ok)
		}
	}
}

// forge returns a token of the given header and claims, signed by the key.
func forge(t *testing.T, algorithm jose.SignatureAlgorithm, key any, id, typ string) string {
	t.Helper()
	options := new(jose.SignerOptions).WithType(jose.ContentType(typ)).WithHeader("kid", id)
	made, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, options)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := made.Sign([]byte(`{"sub":"mallory"}`))
	if err != nil {
		t.Fatal(err)
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func encode(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

func TestOpenRefuses(t *testing.T) {
	in := install(t)
	rotate(t, in.Keys)
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	set, err := in.PublicKeys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	public, err := json.Marshal(set.Keys[0])
	if err != nil {
		t.Fatal(err)
	}
	id, good := set.Keys[0].KeyID, sign(t, in.Keys, "ada")
	parts := strings.Split(good, ".")
	logout, err := in.Sign(t.Context(), signing.LogoutToken, said{"ada"})
	if err != nil {
		t.Fatal(err)
	}
	list, err := in.Sign(t.Context(), signing.IDToken, []string{"ada"})
	if err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]string{
		"nothing":               "",
		"no token":              "ada",
		"another type":          logout,
		"claims of another":     parts[0] + "." + encode(`{"sub":"mallory"}`) + "." + parts[2],
		"cut":                   parts[0] + "." + parts[1] + ".",
		"not an object":         list,
		"a stranger's key":      forge(t, jose.RS256, stranger, id, signing.IDToken),
		"an unknown key":        forge(t, jose.RS256, stranger, "unknown", signing.IDToken),
		"another algorithm":     forge(t, jose.PS256, stranger, id, signing.IDToken),
		"the public key as MAC": forge(t, jose.HS256, public, id, signing.IDToken),
		"no algorithm":          encode(`{"alg":"none","typ":"JWT","kid":"`+id+`"}`) + "." + parts[1] + ".",
		"JSON":                  `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`,
	} {
		if err := in.Open(t.Context(), signing.IDToken, token, &said{}); !errors.Is(err, signing.ErrNotOurs) {
			t.Errorf("%s: got %v, want ErrNotOurs", name, err)
		}
	}
	in.opens(t, good, "ada")
	var ended said
	if err := in.Open(t.Context(), signing.LogoutToken, logout, &ended); err != nil || ended.Subject != "ada" {
		t.Errorf("logout token: got %q, %v, want ada's", ended.Subject, err)
	}
}

// A store that fails never makes a token look like somebody else's.
func TestStoreFails(t *testing.T) {
	in := install(t)
	rotate(t, in.Keys)
	token := sign(t, in.Keys, "ada")
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // so that every read fails
	if err := in.Open(ctx, signing.IDToken, token, &said{}); err == nil || errors.Is(err, signing.ErrNotOurs) {
		t.Errorf("opening: got %v, want the store's error", err)
	}
	if _, err := in.Sign(ctx, signing.IDToken, said{"ada"}); err == nil {
		t.Error("signing: got a token, want the store's error")
	}
	if _, err := in.Rotate(ctx); err == nil {
		t.Error("rotating: got no error, want the store's")
	}
}
