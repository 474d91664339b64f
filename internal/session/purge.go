package session

import (
	"context"
	"fmt"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
)

const (
	// purgeAfter is how long what expired is kept: so long, a code that was used is
	// known when it comes again.
	purgeAfter = 24 * time.Hour
	// purgePage is how much of each kind one transaction removes.
	purgePage = 1000
)

// Purge removes what expired a day ago, and returns how many. A job's.
func (s *Service) Purge(ctx context.Context) (purged int, err error) {
	before := s.Now().Add(-purgeAfter)
	for {
		n := 0
		err := s.Store.Update(ctx, func(tx chime.Tx) (err error) {
			n, err = tx.DeleteExpired(ctx, before, purgePage)
			return err
		})
		purged += n
		if err != nil {
			return purged, fmt.Errorf("removing what expired: %w", err)
		}
		if n == 0 {
			return purged, nil
		}
	}
}
