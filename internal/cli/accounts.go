package cli

import (
	"cmp"
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/iam"
)

func (e Env) accounts() *cobra.Command {
	return group("accounts", "List accounts, restore and purge deleted ones",
		e.accountsList(), e.accountsRestore(), e.accountsPurge())
}

// listedAccount is an account as accounts list prints it.
type listedAccount struct {
	AccountID     chime.AccountID     `json:"AccountId"`
	AwsAccountID  chime.TenantID      `json:"AwsAccountId"`
	Name          string              `json:"Name"`
	AccountType   chime.AccountType   `json:"AccountType"`
	AccountStatus chime.AccountStatus `json:"AccountStatus"`
	Created       string              `json:"CreatedTimestamp"`
	Deleted       string              `json:"DeletedTimestamp,omitempty"`
	PurgedAfter   string              `json:"PurgedAfter,omitempty"`
}

func (e Env) accountsList() *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Args: cobra.NoArgs,
		Short: "List accounts, or with --disabled those that were deleted and can be restored",
	}
	database, tenant, out := databaseFlag(cmd), tenantFlag(cmd), outputFlag(cmd)
	disabled := cmd.Flags().Bool("disabled", false, "list deleted accounts")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return e.run(cmd, *database, *tenant, func(ctx context.Context, in *Installation) error {
			list := activeAccounts
			if *disabled {
				list = deletedAccounts
			}
			accounts, err := list(ctx, in.Directory)
			if err != nil {
				return err
			}
			return e.printAccounts(accounts, out, *disabled)
		})
	}
	return cmd
}

func (e Env) printAccounts(accounts []listedAccount, out *output, disabled bool) error {
	if out.json() {
		return printJSON(e.Stdout, map[string]any{"Accounts": accounts})
	}
	header := "ACCOUNT NAME TYPE CREATED"
	if disabled {
		header += " DELETED PURGED-AFTER"
	}
	rows := make([][]string, 0, len(accounts))
	for _, a := range accounts {
		row := []string{string(a.AccountID), a.Name, string(a.AccountType), a.Created}
		if disabled {
			row = append(row, a.Deleted, a.PurgedAfter)
		}
		rows = append(rows, row)
	}
	return printTable(e.Stdout, header, rows)
}

func activeAccounts(ctx context.Context, d *directory.Directory) ([]listedAccount, error) {
	return allAccounts(func(page directory.Page) ([]chime.Account, string, error) {
		return d.ListAccounts(ctx, directory.AccountFilter{}, page)
	})
}

func deletedAccounts(ctx context.Context, d *directory.Directory) ([]listedAccount, error) {
	return allAccounts(func(page directory.Page) ([]chime.Account, string, error) {
		return d.ListDeletedAccounts(ctx, "", page)
	})
}

// allAccounts reads a list to its end.
func allAccounts(list func(directory.Page) ([]chime.Account, string, error)) ([]listedAccount, error) {
	listed := []listedAccount{}
	for page := (directory.Page{Limit: directory.MaxPage}); ; {
		accounts, next, err := list(page)
		if err != nil {
			return nil, err
		}
		for _, a := range accounts {
			listed = append(listed, describe(a))
		}
		if page.Token = next; next == "" {
			return listed, nil
		}
	}
}

func describe(a chime.Account) listedAccount {
	l := listedAccount{
		AccountID: a.ID, AwsAccountID: a.Tenant, Name: a.Name, AccountType: a.Type, AccountStatus: a.Status,
		Created: when(a.Created),
	}
	if !a.Deleted.IsZero() {
		l.Deleted, l.PurgedAfter = when(a.Deleted), when(a.Deleted.Add(directory.Retention))
	}
	return l
}

func (e Env) accountsRestore() *cobra.Command {
	cmd := &cobra.Command{Use: "restore ID", Args: oneArgument, Short: "Make a deleted account active again"}
	database, tenant := databaseFlag(cmd), tenantFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return e.runOnAccount(cmd, *database, *tenant, args[0], func(ctx context.Context, in *Installation, id chime.AccountID) error {
			account, err := in.Directory.RestoreAccount(ctx, id)
			if err == nil {
				fmt.Fprintf(e.Stdout, "Restored account %s (%s).\n", printable(args[0]), printable(account.Name))
			}
			return err
		})
	}
	return cmd
}

func (e Env) accountsPurge() *cobra.Command {
	cmd := &cobra.Command{Use: "purge ID", Args: oneArgument, Short: "Remove a deleted account for good, before its 90 days are over"}
	database, tenant := databaseFlag(cmd), tenantFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return e.runOnAccount(cmd, *database, *tenant, args[0], func(ctx context.Context, in *Installation, id chime.AccountID) error {
			err := in.Directory.PurgeAccount(ctx, id)
			if err == nil {
				fmt.Fprintf(e.Stdout, "Purged account %s.\n", printable(args[0]))
			}
			return err
		})
	}
	return cmd
}

// runOnAccount runs fn for the tenant that the account belongs to, when none is named.
func (e Env) runOnAccount(cmd *cobra.Command, database, tenant, account string, fn func(context.Context, *Installation, chime.AccountID) error) error {
	return e.run(cmd, database, cmp.Or(tenant, allTenants), func(ctx context.Context, in *Installation) error {
		id := chime.AccountID(account)
		if tenant == "" {
			owner, err := in.Directory.TenantOf(ctx, id)
			if err != nil {
				return err
			}
			ctx = iam.WithCaller(ctx, iam.LocalCaller(owner, e.OSUser))
		}
		return fn(ctx, in, id)
	})
}
