package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"sync/atomic"
)

// The reasons for which a sealed value cannot be opened.
var (
	// ErrWrongKey says that the value was sealed by another master key.
	ErrWrongKey = errors.New("sealed by another master key")
	// ErrTampered says that the value was altered, cut, or sealed for another
	// purpose or with other additional data.
	ErrTampered = errors.New("sealed value was altered or belongs elsewhere")
)

// Purpose keeps values of different kinds apart: each purpose has keys of its
// own, so that a value sealed for one never opens for another.
type Purpose string

// The purposes in use.
const (
	AccessKeySecret Purpose = "access-key-secret"
	SigningKeys     Purpose = "signing-keys"
	ProviderSecret  Purpose = "provider-secret" // the client secret of an account's OpenID provider
	ProviderToken   Purpose = "provider-token"  // the refresh token that a provider gave
	Attempt         Purpose = "attempt"         // what a browser carries through a sign-in elsewhere
	TemporaryKey    Purpose = "temporary-key"   // the secret of an administrator's access key, in their session token
	pageToken       Purpose = "page-token"
	check           Purpose = "check"
)

// A sealed value is a version byte, the id of the master key, a salt, and what
// AES-256-GCM made: a random nonce of 96 bits, the ciphertext and the tag. The
// salt gives each value a key of its own (HKDF-SHA256, RFC 5869, the purpose as
// info), which lifts the bound of 2^32 values a key that random nonces have.
const (
	version    = 1
	idEnd      = 1 + len(KeyID{})
	saltSize   = 16
	headerSize = idEnd + saltSize
)

// Keyring seals and opens with a master key. It is safe for concurrent use.
type Keyring struct {
	current atomic.Pointer[MasterKey]
	reload  func(KeyID) (MasterKey, error)
}

// NewKeyring returns a keyring for the master key.
//
// When a value turns out to be sealed by another master key, the keyring asks
// reload (which may be nil) once for the key of that id, and goes on with that
// key if it opens the value. This is how a running server survives a rotation
// done by another process. Reload MUST return ErrWrongKey when it has no such key.
func NewKeyring(key MasterKey, reload func(KeyID) (MasterKey, error)) *Keyring {
	k := &Keyring{reload: reload}
	k.current.Store(&key)
	return k
}

// CheckValue returns a value that only the current master key can Verify. It is
// kept in the database, to refuse a wrong master key at start.
func (k *Keyring) CheckValue() []byte { return k.current.Load().seal(check, nil, nil) }

// Verify reports, by a nil error, that the check value was made with the current
// master key, or with one that reload found. Otherwise the error is ErrWrongKey
// or ErrTampered.
func (k *Keyring) Verify(checkValue []byte) error {
	_, err := k.open(check, checkValue, nil)
	return err
}

// For returns what seals for the purpose.
func (k *Keyring) For(p Purpose) *Box { return &Box{Keyring: k, purpose: p} }

// Box seals values of one purpose with a keyring.
type Box struct {
	*Keyring
	purpose Purpose
}

// Seal encrypts the plaintext and binds it to the additional data, whose parts
// are told apart ("a","b" is not "ab").
func (b *Box) Seal(plaintext []byte, additionalData ...string) []byte {
	return b.current.Load().seal(b.purpose, plaintext, additionalData)
}

// Open returns the plaintext of a value sealed for the same purpose with the
// same additional data. The error is ErrWrongKey, ErrTampered, or that of reload.
func (b *Box) Open(sealed []byte, additionalData ...string) ([]byte, error) {
	return b.open(b.purpose, sealed, additionalData)
}

func (k *Keyring) open(p Purpose, sealed []byte, additionalData []string) ([]byte, error) {
	if len(sealed) < headerSize || sealed[0] != version {
		return nil, ErrTampered
	}
	id := KeyID(sealed[1:idEnd])
	key := k.current.Load()
	if key.ID() == id {
		return key.open(p, sealed, additionalData)
	}
	if k.reload == nil {
		return nil, ErrWrongKey
	}
	found, err := k.reload(id)
	if err != nil {
		return nil, err
	}
	plaintext, err := found.open(p, sealed, additionalData)
	if err == nil {
		k.current.Store(&found)
	}
	return plaintext, err
}

func (k *MasterKey) seal(p Purpose, plaintext []byte, additionalData []string) []byte {
	id := k.ID()
	header := append([]byte{version}, id[:]...)
	header = append(header, make([]byte, saltSize)...)
	_, _ = rand.Read(header[idEnd:]) // never fails, see crypto/rand
	return k.aead(p, header[idEnd:]).Seal(header, nil, plaintext, bind(header, additionalData))
}

func (k *MasterKey) open(p Purpose, sealed []byte, additionalData []string) ([]byte, error) {
	if k.ID() != KeyID(sealed[1:idEnd]) {
		return nil, ErrWrongKey
	}
	header := sealed[:headerSize]
	plaintext, err := k.aead(p, header[idEnd:]).Open(nil, nil, sealed[headerSize:], bind(header, additionalData))
	if err != nil {
		return nil, ErrTampered
	}
	return plaintext, nil
}

func (k *MasterKey) aead(p Purpose, salt []byte) cipher.AEAD {
	key, err := hkdf.Key(sha256.New, k[:], salt, "carillon "+string(p), 32)
	if err != nil {
		panic(err) // only for lengths that HKDF cannot give
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // only for a key size that AES does not have
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // only for a cipher that is not AES
	}
	return aead
}

// bind returns the additional data as one string of bytes, each part preceded by
// its length, so that no two lists are the same string.
func bind(header []byte, parts []string) []byte {
	out := append([]byte(nil), header...)
	for _, p := range parts {
		out = binary.BigEndian.AppendUint64(out, uint64(len(p)))
		out = append(out, p...)
	}
	return out
}
