package secret

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"log/slog"
	"strings"
)

// MasterKey is the 32 random bytes that all sealing keys are derived from. It
// prints as a placeholder, so that no log or error can hold one by accident.
type MasterKey [32]byte

// KeyID names a master key without telling anything of it: the beginning of the
// SHA-256 of a label and the key.
type KeyID [8]byte

// NewMasterKey returns a new random master key.
func NewMasterKey() MasterKey {
	var k MasterKey
	_, _ = rand.Read(k[:]) // never fails, see crypto/rand
	return k
}

// ParseMasterKey reads a master key as CARILLON_MASTER_KEY and the key file hold
// it: 32 bytes in standard base64, white space around it ignored. The error does
// not hold the text.
func ParseMasterKey(text string) (MasterKey, error) {
	raw, err := base64.StdEncoding.Strict().DecodeString(strings.TrimSpace(text))
	if err != nil || len(raw) != len(MasterKey{}) {
		return MasterKey{}, errors.New("a master key is 32 bytes in base64, 44 characters (`openssl rand -base64 32` makes one)")
	}
	return MasterKey(raw), nil
}

// Encode returns the form that ParseMasterKey reads.
func (k MasterKey) Encode() string { return base64.StdEncoding.EncodeToString(k[:]) }

// ID returns the name of the key.
func (k MasterKey) ID() KeyID {
	sum := sha256.Sum256(append([]byte("carillon master key id\x00"), k[:]...))
	return KeyID(sum[:len(KeyID{})])
}

const redacted = "[master key]"

// String hides the key.
func (MasterKey) String() string { return redacted }

// GoString hides the key.
func (MasterKey) GoString() string { return redacted }

// LogValue hides the key.
func (MasterKey) LogValue() slog.Value { return slog.StringValue(redacted) }
