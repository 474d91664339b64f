package main

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
)

// health is a store that knows whether it can serve all that is asked of it.
type health struct {
	chime.Store
	now     func() time.Time
	refused atomic.Int64 // when the last write was, in Unix nanoseconds; 0 once one was taken
}

// Update implements chime.Store.
func (h *health) Update(ctx context.Context, fn func(chime.Tx) error) error {
	return h.note(h.Store.Update(ctx, fn))
}

// UpdateInPlace implements chime.Store.
func (h *health) UpdateInPlace(ctx context.Context, fn func(chime.Tx) error) error {
	return h.note(h.Store.UpdateInPlace(ctx, fn))
}

// UpdateUnsynced implements chime.Store.
func (h *health) UpdateUnsynced(ctx context.Context, fn func(chime.Tx) error) error {
	return h.note(h.Store.UpdateUnsynced(ctx, fn))
}

// note notes how a write ended, if that says anything of the database.
func (h *health) note(err error) error {
	switch {
	case err == nil:
		h.refused.Store(0)
	case chime.CodeOf(err) == chime.ServiceUnavailable, errors.Is(err, context.DeadlineExceeded):
		h.refused.Store(h.now().UnixNano())
	}
	return err
}

const (
	// readySetting is read, and after a refused write written, to see whether that
	// can be done.
	readySetting = "ready"
	// refusalCounts is how long a refused write counts for more than one small write
	// that is taken: a full disk still has room for that.
	refusalCounts = 5 * time.Second
)

var errWritesRefused = errors.New("the database takes no writes")

// check returns why the database cannot serve, if it cannot. After a write was
// refused only another one shows that they are taken again: reads may have been
// served all the time.
func (h *health) check(ctx context.Context) error {
	refused := h.refused.Load()
	switch {
	case refused == 0:
		return h.View(ctx, func(tx chime.Tx) error {
			_, err := tx.Setting(ctx, readySetting)
			return err
		})
	case h.now().Sub(time.Unix(0, refused)) < refusalCounts:
		return errWritesRefused
	}
	return h.UpdateInPlace(ctx, func(tx chime.Tx) error { return tx.PutSetting(ctx, readySetting, nil) })
}
