package sqlite

import (
	"time"

	"github.com/carillon-id/carillon/internal/sqlstore"
)

// SetPatience sets how long a write waits for another process.
func SetPatience(of sqlstore.Engine, d time.Duration) {
	e := of.(*engine) //nolint:errcheck // a test's own engine
	c := <-e.writer
	c.patience = d
	e.writer <- c
}
