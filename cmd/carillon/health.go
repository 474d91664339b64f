package main

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/carillon-id/carillon/internal/chime"
)

// health is a store that knows whether it can serve all that is asked of it.
type health struct {
	chime.Store
	refusing atomic.Bool // the last write was refused for the state of the database
}

// Update implements chime.Store.
func (h *health) Update(ctx context.Context, fn func(chime.Tx) error) error {
	return h.note(h.Store.Update(ctx, fn))
}

// UpdateInPlace implements chime.Store.
func (h *health) UpdateInPlace(ctx context.Context, fn func(chime.Tx) error) error {
	return h.note(h.Store.UpdateInPlace(ctx, fn))
}

func (h *health) note(err error) error {
	switch {
	case err == nil:
		h.refusing.Store(false)
	case chime.CodeOf(err) == chime.ServiceUnavailable, errors.Is(err, context.DeadlineExceeded):
		h.refusing.Store(true)
	}
	return err
}

// readySetting is read, and after a refused write written, to see whether that
// can be done.
const readySetting = "ready"

// check returns why the database cannot serve, if it cannot. After a write was
// refused only another one shows that they are taken again: reads may have been
// served all the time.
func (h *health) check(ctx context.Context) error {
	if h.refusing.Load() {
		return h.UpdateInPlace(ctx, func(tx chime.Tx) error { return tx.PutSetting(ctx, readySetting, nil) })
	}
	return h.View(ctx, func(tx chime.Tx) error {
		_, err := tx.Setting(ctx, readySetting)
		return err
	})
}
