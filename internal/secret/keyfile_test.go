package secret_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/carillon-id/carillon/internal/secret"
)

func newKeyFile(t *testing.T) secret.KeyFile {
	t.Helper()
	return secret.KeyFile{Path: filepath.Join(t.TempDir(), "master.key")}
}

func mustOpen(t *testing.T, f secret.KeyFile, check []byte) secret.MasterKey {
	t.Helper()
	key, _, err := f.Open(check)
	if err != nil {
		t.Fatalf("opening the key file: %v", err)
	}
	return key
}

func checkOf(key secret.MasterKey) []byte { return secret.NewKeyring(key, nil).CheckValue() }

func TestKeyFileIsMadeOnce(t *testing.T) {
	f := newKeyFile(t)
	key, created, err := f.Open(nil)
	if err != nil || !created {
		t.Fatalf("first start: got created %v, %v, want a new key", created, err)
	}
	info, err := os.Stat(f.Path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got mode %v, %v, want 0600", info.Mode(), err)
	}
	again, created, err := f.Open(nil)
	if err != nil || created || again != key {
		t.Errorf("second start: got created %v, %v, want the key of the first", created, err)
	}
	assertFolder(t, f, "master.key")
}

func TestKeyFileMadeByManyAtOnce(t *testing.T) {
	f := newKeyFile(t)
	keys := make([]secret.MasterKey, 8)
	makers := make([]bool, len(keys))
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() {
			var err error
			if keys[i], makers[i], err = f.Open(nil); err != nil {
				t.Errorf("got error %v, want none", err)
			}
		})
	}
	wg.Wait()
	var made int
	for i := range keys {
		if keys[i] != keys[0] {
			t.Error("got two different keys, want one")
		}
		if makers[i] {
			made++
		}
	}
	if made != 1 {
		t.Errorf("got %d makers, want 1", made)
	}
}

func TestKeyFileRefused(t *testing.T) {
	valid := secret.NewMasterKey().Encode()
	tests := []struct {
		name, content string
		mode          fs.FileMode
		want          string
	}{
		{"readable by the group", valid, 0o640, "mode 0600"},
		{"readable by others", valid, 0o604, "mode 0600"},
		{"empty", "", 0o600, "32 bytes"},
		{"cut", valid[:20], 0o600, "32 bytes"},
		{"endless", strings.Repeat(valid, 100), 0o600, "32 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newKeyFile(t)
			if err := os.WriteFile(f.Path, []byte(tt.content), tt.mode); err != nil {
				t.Fatal(err)
			}
			_, created, err := f.Open(nil)
			if err == nil || created || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), f.Path) {
				t.Errorf("got %v, want an error with %q and the path", err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), valid[:16]) {
				t.Errorf("got %q, want an error without the key", err)
			}
		})
	}
	t.Run("a folder", func(t *testing.T) {
		if _, _, err := (secret.KeyFile{Path: t.TempDir()}).Open(nil); err == nil {
			t.Error("got no error, want one")
		}
	})
	t.Run("no such folder", func(t *testing.T) {
		f := secret.KeyFile{Path: filepath.Join(t.TempDir(), "none", "master.key")}
		if _, _, err := f.Open(nil); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("got %v, want fs.ErrNotExist", err)
		}
	})
}

// With a check value no key is ever made: the database was sealed with one.
func TestKeyFileOfAKnownDatabase(t *testing.T) {
	f := newKeyFile(t)
	other := checkOf(secret.NewMasterKey())
	if _, _, err := f.Open(other); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("file missing: got %v, want fs.ErrNotExist", err)
	}
	assertFolder(t, f)
	key := mustOpen(t, f, nil)
	if got := mustOpen(t, f, checkOf(key)); got != key {
		t.Error("got another key, want the file's")
	}
	if _, _, err := f.Open(other); !errors.Is(err, secret.ErrWrongKey) {
		t.Errorf("another database: got %v, want ErrWrongKey", err)
	}
	if _, _, err := f.Open([]byte("x")); !errors.Is(err, secret.ErrTampered) {
		t.Errorf("check value cut: got %v, want ErrTampered", err)
	}
	forged := append([]byte{1}, checkOf(key)[1:20]...)
	if _, _, err := f.Open(append(forged, make([]byte, 60)...)); !errors.Is(err, secret.ErrTampered) {
		t.Errorf("check value forged: got %v, want ErrTampered", err)
	}
}

// rotation is a key file and the keys before and after a rotation of it.
type rotation struct {
	file     secret.KeyFile
	old, new secret.MasterKey
}

// staged returns a rotation whose new key is staged: what a crash leaves behind.
func staged(t *testing.T) rotation {
	t.Helper()
	f := newKeyFile(t)
	r := rotation{f, mustOpen(t, f, nil), secret.NewMasterKey()}
	if err := f.Stage(checkOf(r.old), r.new); err != nil {
		t.Fatalf("staging: %v", err)
	}
	return r
}

// settle checks that settling leaves one file, with the key.
func (r rotation) settle(t *testing.T, key secret.MasterKey) {
	t.Helper()
	for range 2 {
		if err := r.file.Settle(checkOf(key)); err != nil {
			t.Fatalf("settling: %v", err)
		}
	}
	assertFolder(t, r.file, "master.key")
	if got := mustOpen(t, r.file, checkOf(key)); got != key {
		t.Error("after settling: got another key than was settled")
	}
}

func TestRotationKilledBeforeTheCommit(t *testing.T) {
	r := staged(t)
	if got := mustOpen(t, r.file, checkOf(r.old)); got != r.old {
		t.Error("got another key, want the old one")
	}
	r.settle(t, r.old)
}

func TestRotationKilledAfterTheCommit(t *testing.T) {
	r := staged(t)
	if got := mustOpen(t, r.file, checkOf(r.new)); got != r.new {
		t.Error("got another key, want the new one")
	}
	r.settle(t, r.new)
	if _, _, err := r.file.Open(checkOf(r.old)); !errors.Is(err, secret.ErrWrongKey) {
		t.Errorf("got error %v for the old key, want ErrWrongKey: it is gone", err)
	}
}

func TestRotationWithoutTheOldFile(t *testing.T) {
	r := staged(t)
	if err := os.Remove(r.file.Path); err != nil {
		t.Fatal(err)
	}
	r.settle(t, r.new)
}

// A rotation that was committed and not settled must not lose its key to the next.
func TestRotationAfterAnUnsettledOne(t *testing.T) {
	r := staged(t)
	third := secret.NewMasterKey()
	if err := r.file.Stage(checkOf(r.new), third); err != nil {
		t.Fatalf("staging again: %v", err)
	}
	if got := mustOpen(t, r.file, checkOf(r.new)); got != r.new {
		t.Error("got another key, want the one in use")
	}
	r.settle(t, third)
}

func TestRunningServerFindsTheRotatedKey(t *testing.T) {
	r := staged(t)
	early, late := secret.NewKeyring(r.old, r.file.Find), secret.NewKeyring(r.old, r.file.Find)
	if err := early.Verify(checkOf(r.new)); err != nil {
		t.Errorf("committed, not settled: got error %v, want none", err)
	}
	r.settle(t, r.new)
	for name, ring := range map[string]*secret.Keyring{"early": early, "late": late} {
		if err := ring.Verify(checkOf(r.new)); err != nil {
			t.Errorf("%s, settled: got error %v, want none", name, err)
		}
	}
}

func TestRotationOfAForeignKeyFile(t *testing.T) {
	f := newKeyFile(t)
	mustOpen(t, f, nil)
	foreign := checkOf(secret.NewMasterKey())
	if err := f.Stage(foreign, secret.NewMasterKey()); !errors.Is(err, secret.ErrWrongKey) {
		t.Errorf("staging: got error %v, want ErrWrongKey", err)
	}
	if err := f.Settle(foreign); !errors.Is(err, secret.ErrWrongKey) {
		t.Errorf("settling: got error %v, want ErrWrongKey", err)
	}
	assertFolder(t, f, "master.key")
}

func TestStagedFileThatOthersCanRead(t *testing.T) {
	r := staged(t)
	if err := os.Chmod(r.file.Path+".next", 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.file.Open(checkOf(r.new)); err == nil || !strings.Contains(err.Error(), "mode 0600") {
		t.Errorf("got error %v, want one that says what is wrong with the staged file", err)
	}
	if got := mustOpen(t, r.file, checkOf(r.old)); got != r.old {
		t.Error("got another key, want the old one")
	}
}

// assertFolder checks that the key file's folder holds these files and no more.
func assertFolder(t *testing.T, f secret.KeyFile, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(f.Path))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("got files %q, want %q", got, want)
	}
}
