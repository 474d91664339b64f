package signing

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/carillon-id/carillon/internal/chime"
)

const (
	// DefaultPeriod is how long a key signs.
	DefaultPeriod = 90 * 24 * time.Hour
	// MinPeriod is the shortest period: the next key must have reached all who cache
	// the key set before it signs.
	MinPeriod = 24 * time.Hour
	// Keep is how long a retired key is held: the 30 days that a session lives, for
	// whose end a token may be the hint, and a day more.
	Keep = 31 * 24 * time.Hour
)

// setting is where the keys are kept.
const setting = "signing-keys"

// Sealer keeps the keys from whoever reads the database.
type Sealer interface {
	// Seal encrypts the plaintext.
	Seal(plaintext []byte, additionalData ...string) []byte
	// Open returns the plaintext of what Seal made.
	Open(sealed []byte, additionalData ...string) ([]byte, error)
}

// Config is what Keys work with. All but Period is required.
type Config struct {
	Store  chime.Store
	Sealer Sealer
	// Verify reports an error unless the Sealer's master key is the database's, which
	// another process may have rotated.
	Verify func(ctx context.Context, tx chime.Tx) error
	Now    func() time.Time
	// Period is how long a key signs; 0 means DefaultPeriod.
	Period time.Duration
}

// Keys signs and verifies. It is safe for concurrent use.
type Keys struct {
	Config
	memo atomic.Pointer[memo]
}

// memo is how a sealed ring opened. It goes by the whole value, which is read
// anew each time, so that it cannot be out of date.
type memo struct {
	sealed []byte
	ring   *ring
}

// New returns the keys of the database. The error is for a Period that is too short.
func New(c Config) (*Keys, error) {
	if c.Period == 0 {
		c.Period = DefaultPeriod
	}
	if c.Period < MinPeriod {
		return nil, fmt.Errorf("signing keys cannot change every %v: the least is %v", c.Period, MinPeriod)
	}
	return &Keys{Config: c}, nil
}

// errNoKeys says that Rotate never ran on this database.
var errNoKeys = errors.New("the database has no signing keys yet")

// PublicKeys returns the key set that verifies what Sign signs and signed (RFC 7517).
func (k *Keys) PublicKeys(ctx context.Context) (jose.JSONWebKeySet, error) {
	r, err := k.load(ctx)
	if err != nil {
		return jose.JSONWebKeySet{}, fmt.Errorf("publishing the signing keys: %w", err)
	}
	var set jose.JSONWebKeySet
	for _, key := range r.all() {
		set.Keys = append(set.Keys, key.public())
	}
	return set, nil
}

// load reads the keys.
func (k *Keys) load(ctx context.Context) (*ring, error) {
	var r *ring
	err := k.Store.View(ctx, func(tx chime.Tx) (err error) {
		r, err = k.read(ctx, tx)
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case r.Active == nil:
		return nil, errNoKeys
	}
	return r, nil
}

// read returns the keys of the database, an empty ring for one that has none. The
// ring MUST NOT be changed.
func (k *Keys) read(ctx context.Context, tx chime.Tx) (*ring, error) {
	sealed, err := tx.Setting(ctx, setting)
	if err != nil || sealed == nil {
		return &ring{}, err
	}
	if m := k.memo.Load(); m != nil && bytes.Equal(m.sealed, sealed) {
		return m.ring, nil
	}
	r, err := open(k.Sealer, sealed)
	if err != nil {
		return nil, err
	}
	k.memo.Store(&memo{sealed, r})
	return r, nil
}
