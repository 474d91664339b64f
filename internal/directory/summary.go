package directory

import (
	"context"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
)

// GetAccountSummary returns what was counted in an account, in the background; nil
// until it was.
func (d *Directory) GetAccountSummary(ctx context.Context, id chime.AccountID) (summary *chime.AccountSummary, err error) {
	err = d.read(ctx, on("GetAccountSummary", id), func(caller iam.Caller, tx chime.Tx) error {
		if _, err := d.account(ctx, caller, tx, id); err != nil {
			return err
		}
		summary, err = tx.AccountSummary(ctx, id)
		return err
	})
	return summary, err
}

// GetSummary returns what was counted in the caller's tenant, in the background; nil
// until it was.
func (d *Directory) GetSummary(ctx context.Context) (summary *chime.TenantSummary, err error) {
	err = d.read(ctx, call{operation: "GetSummary", params: audit.Values{}}, func(caller iam.Caller, tx chime.Tx) error {
		summary, err = tx.TenantSummary(ctx, caller.Tenant)
		if summary != nil && summary.Computed.IsZero() {
			summary = nil
		}
		return err
	})
	return summary, err
}
