package signing

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
)

// Rotate makes the first keys, and changes keys whose time has come: the active
// one retires, the next becomes active, and a new one is next; a retired one is
// forgotten once no token of it can be of use. It reports whether it changed
// anything. Every server calls it at start and now and then: one of them changes
// the keys, and the others find nothing left to do.
func (k *Keys) Rotate(ctx context.Context) (bool, error) {
	changed, err := k.rotate(ctx)
	if err != nil {
		return false, fmt.Errorf("rotating the signing keys: %w", err)
	}
	return changed, nil
}

func (k *Keys) rotate(ctx context.Context) (bool, error) {
	spares, err := k.spares(ctx)
	if err != nil || spares == nil {
		return false, err
	}
	var changed bool
	err = k.Store.Update(ctx, func(tx chime.Tx) error {
		if err := k.Verify(ctx, tx); err != nil {
			return err
		}
		current, err := k.read(ctx, tx)
		if err != nil {
			return err
		}
		var r *ring
		if r, changed = current.turned(k.Now(), k.Period, spares); !changed {
			return nil
		}
		sealed, err := seal(k.Sealer, r)
		if err != nil {
			return err
		}
		return tx.PutSetting(ctx, setting, sealed)
	})
	return changed && err == nil, err
}

// spares makes the new keys that a rotation now needs, before it holds the
// database's write lock: that takes a while. It returns nil when nothing is due.
func (k *Keys) spares(ctx context.Context) ([]*key, error) {
	var current *ring
	err := k.Store.View(ctx, func(tx chime.Tx) (err error) {
		current, err = k.read(ctx, tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	blanks := []*key{{}, {}}
	if _, due := current.turned(k.Now(), k.Period, blanks); !due {
		return nil, nil
	}
	spares := make([]*key, len(blanks))
	for i := range spares {
		if spares[i], err = newKey(); err != nil {
			return nil, err
		}
	}
	return spares, nil
}

// turned returns the ring as it is to be at the time now, with new keys of the
// two spares, and whether that is another than it was.
func (r *ring) turned(now time.Time, period time.Duration, spares []*key) (*ring, bool) {
	next := ring{Next: r.Next, Active: r.Active}
	for _, old := range r.Retired {
		if now.Before(old.Retired.Add(Keep)) {
			next.Retired = append(next.Retired, old)
		}
	}
	switch {
	case r.Active == nil:
		next.Active, next.Next = activated(spares[0], now), spares[1]
	case !now.Before(r.Active.Activated.Add(period)):
		old := *r.Active
		old.Retired = now
		next.Retired = append(slices.Clip(next.Retired), old)
		next.Active, next.Next = activated(r.Next, now), spares[0]
	default:
		return &next, len(next.Retired) != len(r.Retired)
	}
	return &next, true
}

func activated(k *key, now time.Time) *key {
	active := *k
	active.Activated = now
	return &active
}

// Reseal seals the keys with another master key, within the transaction that
// rotates it.
func Reseal(ctx context.Context, tx chime.Tx, former, next Sealer) error {
	sealed, err := tx.Setting(ctx, setting)
	if err != nil || sealed == nil {
		return err
	}
	r, err := open(former, sealed)
	if err != nil {
		return err
	}
	if sealed, err = seal(next, r); err != nil {
		return err
	}
	return tx.PutSetting(ctx, setting, sealed)
}
