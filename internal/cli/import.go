package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
	"github.com/carillon-id/carillon/internal/transfer"
)

func (e Env) importing() *cobra.Command {
	cmd := &cobra.Command{
		Use: "import FILE...", Args: cobra.MinimumNArgs(1),
		Short: "Bring accounts and users over from Amazon Chime, or from an export",
		Long: `Brings accounts and users over from the saved output of

    aws chime list-accounts    aws chime get-account
    aws chime list-users       aws chime get-user

or of carillon export: JSON documents in any order, in any number of files. The
file - is the standard input. Documents about the same account or user are merged.
Everything is checked before anything is applied. What exists is kept, so an
import that was stopped is completed by repeating it.

Accounts belong to the AwsAccountId of their documents, which must be known
here. --tenant puts everything into one tenant instead, which is made when it is
new: carillon keys create --tenant makes a key for it.

--overwrite replaces what exists with what the documents say. It never lifts a
suspension.`,
	}
	database, out := databaseFlag(cmd), outputFlag(cmd)
	tenant := cmd.Flags().String("tenant", "", "put everything into this tenant, an AWS account id of 12 digits (default: each account's AwsAccountId)")
	overwrite := cmd.Flags().Bool("overwrite", false, "replace what exists")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *database == memoryDatabase {
			return fmt.Errorf("a database in memory would be forgotten at once: name another than %s with --database", *database)
		}
		sources, err := e.sources(args)
		if err != nil {
			return err
		}
		return e.runOn(cmd, *database, true, cmp.Or(*tenant, allTenants), func(ctx context.Context, in *Installation) error {
			if *tenant == "" {
				ctx = e.asRootTenant(ctx, in)
			}
			bar := newBar(e.Stderr, e.Now)
			importer := transfer.Importer{
				Directory: in.Directory, Tenant: chime.TenantID(*tenant), Overwrite: *overwrite,
				Progress: func(step transfer.Step, done, total int64) { bar.show(string(step), done, total) },
				Report:   func(text string) { bar.print(printable(text)) },
			}
			result, err := importer.Run(ctx, sources)
			bar.clear()
			return e.printImport(result, err, out)
		})
	}
	return cmd
}

// asRootTenant has people who are in no account recorded in the root's tenant,
// once there is one.
func (e Env) asRootTenant(ctx context.Context, in *Installation) context.Context {
	root, err := in.Admin.RootTenant(ctx)
	if err != nil {
		return ctx
	}
	return iam.WithCaller(ctx, iam.LocalCaller(root, e.OSUser))
}

// sources are the files, all of which exist.
func (e Env) sources(files []string) ([]transfer.Source, error) {
	sources := make([]transfer.Source, 0, len(files))
	for _, file := range files {
		if file == "-" {
			sources = append(sources, transfer.Source{
				Name: "standard input", Open: func() (io.ReadCloser, error) { return io.NopCloser(e.Stdin), nil },
			})
			continue
		}
		if _, err := os.Stat(file); err != nil {
			return nil, fmt.Errorf("reading what to import: %w", err)
		}
		sources = append(sources, transfer.Source{
			Name: file, Open: func() (io.ReadCloser, error) { return os.Open(file) }, // #nosec G304 -- the operator's choice
		})
	}
	return sources, nil
}

// printImport prints what an import did, or did before its error.
func (e Env) printImport(r transfer.Result, err error, out *output) error {
	if err != nil {
		if errors.Is(err, context.Canceled) {
			err = errors.New("the import was stopped")
		}
		if r != (transfer.Result{}) {
			err = fmt.Errorf("%w (%d accounts and %d users were imported before: to go on, import again)",
				err, r.AccountsAdded+r.AccountsReplaced, r.UsersAdded+r.UsersReplaced)
		}
		return err
	}
	if out.json() {
		return printJSON(e.Stdout, r)
	}
	_, err = fmt.Fprintf(e.Stdout, "Accounts: %d added, %d replaced, %d kept.\nUsers: %d added, %d replaced, %d kept, %d skipped.\n",
		r.AccountsAdded, r.AccountsReplaced, r.AccountsKept, r.UsersAdded, r.UsersReplaced, r.UsersKept, r.UsersSkipped)
	return err
}
