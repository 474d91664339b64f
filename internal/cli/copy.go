package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/carillon-id/carillon/internal/transfer"
)

func (e Env) copying() *cobra.Command {
	cmd := &cobra.Command{
		Use: "copy --from DATABASE --to DATABASE", Args: cobra.NoArgs,
		Short: "Move a whole directory to another database, such as from SQLite to PostgreSQL",
		Long: `Copies everything that a database holds into another, which must be empty: accounts,
users, suspensions and how often everybody was signed out, principals and access
keys, settings and the audit. The copy is there whole, or not at all.

Stop the servers first: what is written while it runs is not copied. Access keys go on
working, because the copy has the same master key. For PostgreSQL that is in
CARILLON_MASTER_KEY:

    export CARILLON_MASTER_KEY=$(cat carillon.db.master-key)
    carillon copy --from sqlite:carillon.db --to postgres://carillon@db.example.com/carillon`,
	}
	const form = "sqlite:PATH or postgres://USER@HOST/NAME"
	from := cmd.Flags().String("from", "", "the database to copy, as "+form)
	to := cmd.Flags().String("to", "", "the empty database that the copy goes to, as "+form)
	out := outputFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *from == "" || *to == "" {
			return fmt.Errorf("say: %s", cmd.UseLine())
		}
		return e.run(cmd, *from, allTenants, func(ctx context.Context, in *Installation) (err error) {
			target, err := e.OpenCopy(ctx, *from, *to)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, target.Close()) }()
			bar := newBar(e.Stderr, e.Now)
			counts, err := transfer.Copy(ctx, in.Store, target, func(done, total int64) { bar.show("copying", done, total) })
			bar.clear()
			if err != nil {
				return fmt.Errorf("nothing was copied: %w", err)
			}
			return e.printCopy(counts, out)
		})
	}
	return cmd
}

// printCopy prints how many rows of each kind both databases have.
func (e Env) printCopy(counts map[string]int64, out *output) error {
	if out.json() {
		return printJSON(e.Stdout, counts)
	}
	var rows [][]string
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		rows = append(rows, []string{kind, fmt.Sprint(counts[kind])})
	}
	return printTable(e.Stdout, "TABLE ROWS", rows)
}
