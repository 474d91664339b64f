package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/carillon-id/carillon/internal/sqlstore/postgres"
)

// citusCommand is the command of those who spread PostgreSQL over several
// machines.
func (p *program) citusCommand() *cobra.Command {
	distribute := &cobra.Command{
		Use: "distribute", Args: cobra.NoArgs,
		Short: "Declare to Citus how the tables are spread over its nodes",
		Long: `Declares to Citus, the extension of PostgreSQL, how the tables are spread over its
nodes: what belongs to an account by the account, and what is looked up across
accounts by what it is looked up by. It makes the tables when there are none. Tables
that are distributed already are left as they are; rows of others are moved. Stop the
servers first.`,
	}
	// It is not DefaultDatabase, which is no PostgreSQL.
	database := distribute.Flags().String("database", "", "the database on the coordinator, as postgres://USER@HOST/NAME")
	distribute.RunE = func(cmd *cobra.Command, _ []string) error {
		at, err := locate(*database)
		if err != nil {
			return err
		}
		if !at.shared() {
			return errors.New("only PostgreSQL can be distributed: name its database with --database")
		}
		tables, err := postgres.Distribute(cmd.Context(), at.url)
		for _, table := range tables {
			fmt.Fprintln(p.stdout, "distributed", table)
		}
		if err == nil && len(tables) == 0 {
			fmt.Fprintln(p.stdout, "everything was distributed already")
		}
		return err
	}
	citus := &cobra.Command{Use: "citus", Short: "Spread a PostgreSQL database over several machines with Citus"}
	citus.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return fmt.Errorf("unknown command %q for %q", args[0], cmd.CommandPath())
		}
		return cmd.Help()
	}
	citus.AddCommand(distribute)
	return citus
}
