package signing

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// algorithm is RS256, which every OpenID provider must have and every client
// takes (OpenID Connect Core 1.0, section 15.1).
const (
	algorithm = jose.RS256
	bits      = 2048
)

// ring is the keys by their state. Its JSON is what is sealed.
type ring struct {
	// Next is published and signs nothing yet.
	Next *key `json:"next,omitempty"`
	// Active signs; nil before the first Rotate.
	Active *key `json:"active,omitempty"`
	// Retired verify what they signed, the newest last.
	Retired []key `json:"retired,omitempty"`
}

// key is one key pair.
type key struct {
	// ID is the thumbprint of the public key (RFC 7638).
	ID        string    `json:"kid"`
	PKCS8     []byte    `json:"pkcs8"`
	Activated time.Time `json:"activated,omitzero"`
	Retired   time.Time `json:"retired,omitzero"`

	private *rsa.PrivateKey
}

func newKey() (*key, error) {
	private, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		return nil, fmt.Errorf("making a signing key: %w", err)
	}
	return keyOf(private)
}

func keyOf(private *rsa.PrivateKey) (*key, error) {
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, fmt.Errorf("encoding a signing key: %w", err)
	}
	thumbprint, err := (&jose.JSONWebKey{Key: private.Public()}).Thumbprint(crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("naming a signing key: %w", err)
	}
	return &key{ID: base64.RawURLEncoding.EncodeToString(thumbprint), PKCS8: encoded, private: private}, nil
}

// parse makes the private key of its encoding.
func (k *key) parse() error {
	parsed, err := x509.ParsePKCS8PrivateKey(k.PKCS8)
	if err != nil {
		return fmt.Errorf("reading signing key %s: %w", k.ID, err)
	}
	private, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return fmt.Errorf("signing key %s is not for %s", k.ID, algorithm)
	}
	k.private = private
	return nil
}

func (k *key) public() jose.JSONWebKey {
	return jose.JSONWebKey{Key: k.private.Public(), KeyID: k.ID, Algorithm: string(algorithm), Use: "sig"}
}

// all returns the keys, the active one first.
func (r *ring) all() []*key {
	var keys []*key
	for _, k := range []*key{r.Active, r.Next} {
		if k != nil {
			keys = append(keys, k)
		}
	}
	for i := range r.Retired {
		keys = append(keys, &r.Retired[i])
	}
	return keys
}

// find returns the key of that id, or nil.
func (r *ring) find(id string) *key {
	keys := r.all()
	i := slices.IndexFunc(keys, func(k *key) bool { return k.ID == id })
	if i < 0 {
		return nil
	}
	return keys[i]
}

// seal and open make one sealed value of a ring, so that whoever can write to the
// database can neither add a key nor change the state of one.
func seal(s Sealer, r *ring) ([]byte, error) {
	plaintext, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encoding the signing keys: %w", err)
	}
	return s.Seal(plaintext), nil
}

func open(s Sealer, sealed []byte) (*ring, error) {
	plaintext, err := s.Open(sealed)
	if err != nil {
		return nil, fmt.Errorf("opening the signing keys: %w", err)
	}
	var r ring
	if err := json.Unmarshal(plaintext, &r); err != nil {
		return nil, errors.New("reading the signing keys: not what this version writes") // the error's text could hold a key
	}
	for _, k := range r.all() {
		if err := k.parse(); err != nil {
			return nil, err
		}
	}
	return &r, nil
}
