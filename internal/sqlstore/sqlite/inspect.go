package sqlite

import (
	"context"
	"fmt"

	"github.com/carillon-id/carillon/internal/sqlstore"
)

// Inspect implements sqlstore.Inspector, by SQLite's own checks of pages, indexes
// and foreign keys.
func (c *conn) Inspect(ctx context.Context, report func(problem string) error) error {
	err := c.Query(ctx, "PRAGMA integrity_check", nil, func(r sqlstore.Row) error {
		if r.Text(0) == "ok" {
			return nil
		}
		return report(r.Text(0))
	})
	if err != nil {
		return err
	}
	return c.Query(ctx, "PRAGMA foreign_key_check", nil, func(r sqlstore.Row) error {
		return report(fmt.Sprintf("a row of %s refers to none of %s", r.Text(0), r.Text(2)))
	})
}
