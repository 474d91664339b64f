package cli

import (
	"cmp"
	"context"

	"github.com/spf13/cobra"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/transfer"
)

func (e Env) export() *cobra.Command {
	cmd := &cobra.Command{
		Use: "export", Args: cobra.NoArgs,
		Short: "Print all accounts and users as JSON documents that import reads",
		Long: `Prints all accounts and users as JSON documents, one a line and ordered by id, as
carillon import reads them: an import into an empty database, exported, gives the
same bytes. They hold everybody's meeting PIN, and no access keys.

People who are in no account belong to no tenant: with --tenant they are printed
where they are former members of one of its accounts.`,
	}
	database := databaseFlag(cmd)
	tenant := cmd.Flags().String("tenant", "", "only this tenant's (default: every tenant's)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return e.run(cmd, *database, cmp.Or(*tenant, allTenants), func(ctx context.Context, in *Installation) error {
			var progress func(int64)
			if !IsTerminal(e.Stdout) {
				bar := newBar(e.Stderr, e.Now)
				defer bar.clear()
				progress = func(done int64) { bar.show("exporting", done, 0) }
			}
			return transfer.Export(ctx, in.Directory, chime.TenantID(*tenant), e.Stdout, progress)
		})
	}
	return cmd
}
