package secret_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/carillon-id/carillon/internal/secret"
)

func TestParseMasterKey(t *testing.T) {
	key := secret.NewMasterKey()
	text := key.Encode()
	tests := []struct {
		name, text string
		ok         bool
	}{
		{"as encoded", text, true},
		{"with white space around", " " + text + "\n", true},
		{"empty", "", false},
		{"not base64", strings.Repeat("!", 44), false},
		{"too short", text[:40], false},
		{"too long", "AAAA" + text, false},
		{"without padding", strings.TrimRight(text, "="), false},
		{"line end within", text[:10] + "\n" + text[10:], true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := secret.ParseMasterKey(tt.text)
			if (err == nil) != tt.ok {
				t.Fatalf("got error %v, want success %v", err, tt.ok)
			}
			if tt.ok && got != key {
				t.Errorf("got another key than was encoded")
			}
			if err != nil && len(tt.text) > 8 && strings.Contains(err.Error(), tt.text[:8]) {
				t.Errorf("got error %q, want one without the text", err)
			}
		})
	}
}

func TestMasterKeyPrintsNothing(t *testing.T) {
	key := secret.NewMasterKey()
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("start", "key", key)
	prints := map[string]string{"json log": log.String()}
	for _, verb := range []string{"%v", "%+v", "%s", "%#v"} {
		prints[verb] = fmt.Sprintf(verb, key)
	}
	for how, got := range prints {
		if !strings.Contains(got, "[master key]") || len(got) > 120 {
			t.Errorf("%s: got %q, want the placeholder alone", how, got)
		}
	}
}

func TestSealOpen(t *testing.T) {
	ring := secret.NewKeyring(secret.NewMasterKey(), nil)
	box := ring.For(secret.AccessKeySecret)
	sealed := box.Seal([]byte("wJalr"), "111122223333", "AKIA1")

	got, err := box.Open(sealed, "111122223333", "AKIA1")
	if err != nil || string(got) != "wJalr" {
		t.Fatalf("got %q, %v, want the plaintext", got, err)
	}
	if bytes.Contains(sealed, []byte("wJalr")) {
		t.Error("got the plaintext within the sealed value")
	}
	if again := box.Seal([]byte("wJalr"), "111122223333", "AKIA1"); bytes.Equal(again, sealed) {
		t.Error("got the same sealed value twice, want a fresh nonce each time")
	}

	others := map[string]struct {
		box *secret.Box
		aad []string
	}{
		"another purpose":     {ring.For("other"), []string{"111122223333", "AKIA1"}},
		"another key id":      {box, []string{"111122223333", "AKIA2"}},
		"parts joined":        {box, []string{"111122223333AKIA1"}},
		"parts cut elsewhere": {box, []string{"111122223333A", "KIA1"}},
		"no additional data":  {box, nil},
	}
	for name, o := range others {
		if _, err := o.box.Open(sealed, o.aad...); !errors.Is(err, secret.ErrTampered) {
			t.Errorf("%s: got error %v, want ErrTampered", name, err)
		}
	}
	if _, err := secret.NewKeyring(secret.NewMasterKey(), nil).For(secret.AccessKeySecret).Open(sealed, "111122223333", "AKIA1"); !errors.Is(err, secret.ErrWrongKey) {
		t.Errorf("another master key: got error %v, want ErrWrongKey", err)
	}
}

func TestOpenRefusesEveryAlteration(t *testing.T) {
	box := secret.NewKeyring(secret.NewMasterKey(), nil).For(secret.AccessKeySecret)
	sealed := box.Seal([]byte("secret"), "a")
	for i := range sealed {
		altered := bytes.Clone(sealed)
		altered[i] ^= 1
		if got, err := box.Open(altered, "a"); err == nil {
			t.Errorf("byte %d altered: got %q, want an error", i, got)
		}
		if got, err := box.Open(sealed[:i], "a"); err == nil {
			t.Errorf("cut to %d bytes: got %q, want an error", i, got)
		}
	}
	if _, err := box.Open(append(sealed, 0), "a"); !errors.Is(err, secret.ErrTampered) {
		t.Errorf("a byte added: got error %v, want ErrTampered", err)
	}
}

func TestCheckValue(t *testing.T) {
	key := secret.NewMasterKey()
	check := secret.NewKeyring(key, nil).CheckValue()
	if err := secret.NewKeyring(key, nil).Verify(check); err != nil {
		t.Errorf("same master key: got error %v, want none", err)
	}
	if err := secret.NewKeyring(secret.NewMasterKey(), nil).Verify(check); !errors.Is(err, secret.ErrWrongKey) {
		t.Errorf("another master key: got error %v, want ErrWrongKey", err)
	}
	box := secret.NewKeyring(key, nil).For(secret.AccessKeySecret)
	if err := box.Verify(box.Seal(nil)); !errors.Is(err, secret.ErrTampered) {
		t.Errorf("a value of another purpose: got error %v, want ErrTampered", err)
	}
}

// A keyring whose master key was replaced by another process finds the new one.
func TestReload(t *testing.T) {
	before, after := secret.NewMasterKey(), secret.NewMasterKey()
	sealed := secret.NewKeyring(after, nil).For(secret.AccessKeySecret).Seal([]byte("s"), "a")
	var calls int
	var mu sync.Mutex
	ring := secret.NewKeyring(before, func(id secret.KeyID) (secret.MasterKey, error) {
		mu.Lock()
		defer mu.Unlock()
		calls++
		if id != after.ID() {
			return secret.MasterKey{}, secret.ErrWrongKey
		}
		return after, nil
	})
	box := ring.For(secret.AccessKeySecret)

	if _, err := box.Open(sealed, "b"); !errors.Is(err, secret.ErrTampered) {
		t.Errorf("value that does not open: got error %v, want ErrTampered", err)
	}
	if err := ring.Verify(secret.NewKeyring(before, nil).CheckValue()); err != nil {
		t.Errorf("got error %v, want the keyring to keep its key while nothing opened with another", err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if got, err := box.Open(sealed, "a"); err != nil || string(got) != "s" {
				t.Errorf("got %q, %v, want the plaintext", got, err)
			}
		})
	}
	wg.Wait()
	former := calls
	if _, err := box.Open(sealed, "a"); err != nil || calls != former {
		t.Errorf("got error %v and %d more calls of reload, want none: the key was taken over", err, calls-former)
	}
	if err := secret.NewKeyring(after, nil).Verify(ring.CheckValue()); err != nil {
		t.Errorf("got error %v, want the keyring to seal with the new key", err)
	}
	if _, err := box.Open(secret.NewKeyring(secret.NewMasterKey(), nil).For(secret.AccessKeySecret).Seal(nil)); !errors.Is(err, secret.ErrWrongKey) {
		t.Errorf("unknown master key: got error %v, want ErrWrongKey", err)
	}
}

func TestPageToken(t *testing.T) {
	ring := secret.NewKeyring(secret.NewMasterKey(), nil)
	token := ring.SealToken("tenant/account", "user-17")
	if got, err := ring.OpenToken("tenant/account", token); err != nil || got != "user-17" {
		t.Fatalf("got %q, %v, want the position", got, err)
	}
	if strings.ContainsAny(token, "+/=") {
		t.Errorf("got %q, want base64url without padding", token)
	}
	refused := map[string]struct{ bound, token string }{
		"another list":      {"tenant/other", token},
		"empty":             {"tenant/account", ""},
		"not base64":        {"tenant/account", "*" + token[1:]},
		"line end appended": {"tenant/account", token + "\n"},
		"padding appended":  {"tenant/account", token + "="},
		"another master key": {
			"tenant/account",
			secret.NewKeyring(secret.NewMasterKey(), nil).SealToken("tenant/account", "user-17"),
		},
	}
	for i := range token {
		other := byte('A')
		if token[i] == other {
			other = 'B'
		}
		refused[fmt.Sprintf("character %d altered", i)] = struct{ bound, token string }{
			"tenant/account", token[:i] + string(other) + token[i+1:],
		}
	}
	for name, r := range refused {
		if got, err := ring.OpenToken(r.bound, r.token); !errors.Is(err, secret.ErrToken) {
			t.Errorf("%s: got %q, %v, want ErrToken", name, got, err)
		}
	}
}

func TestPageTokenReportsReload(t *testing.T) {
	broken := errors.New("disk on fire")
	ring := secret.NewKeyring(secret.NewMasterKey(), func(secret.KeyID) (secret.MasterKey, error) {
		return secret.MasterKey{}, broken
	})
	token := secret.NewKeyring(secret.NewMasterKey(), nil).SealToken("list", "x")
	if _, err := ring.OpenToken("list", token); !errors.Is(err, broken) {
		t.Errorf("got error %v, want that of reload", err)
	}
}

// BenchmarkOpen is what each request pays to learn its access key's secret.
func BenchmarkOpen(b *testing.B) {
	box := secret.NewKeyring(secret.NewMasterKey(), nil).For(secret.AccessKeySecret)
	sealed := box.Seal(make([]byte, 40), "111122223333", "AKIAIOSFODNN7EXAMPLE")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := box.Open(sealed, "111122223333", "AKIAIOSFODNN7EXAMPLE"); err != nil {
			b.Fatal(err)
		}
	}
}
