package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/carillon-id/carillon/internal/chime"
)

func (e Env) migrate() *cobra.Command {
	return group("migrate", "Look at the schema of a database, and bring it up to date", e.migrateStatus(), e.migrateUp())
}

// schemaStatus is a schema as migrate status prints it.
type schemaStatus struct {
	Database int64
	Program  int64
	State    chime.SchemaState
	Pending  []string
}

func (e Env) migrateStatus() *cobra.Command {
	cmd := &cobra.Command{
		Use: "status", Args: cobra.NoArgs,
		Short: "Print which schema the database has, which one this program is made for, and what is pending",
		Long: `Prints the number of the database's schema, that of this program's, and the
migrations that are pending. The state is one of

    missing   there is no Carillon in it yet
    older     serve, or migrate up, brings it up to date
    current
    newer     by one release at most: this program runs on it
    too new   this program does not run on it

A schema's number is that of its last migration: a hundred times the number of the
release, and then some. It needs no master key and changes nothing.`,
	}
	database, out := databaseFlag(cmd), outputFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		s, err := e.Schema(cmd.Context(), *database)
		if err != nil {
			return err
		}
		status := schemaStatus{s.Database, s.Program, s.State(), append([]string{}, s.Pending...)}
		if out.json() {
			return printJSON(e.Stdout, status)
		}
		pending := strings.Join(status.Pending, ", ")
		if pending == "" {
			pending = "-"
		}
		return printTable(e.Stdout, "DATABASE PROGRAM STATE PENDING", [][]string{
			{fmt.Sprint(status.Database), fmt.Sprint(status.Program), string(status.State), pending},
		})
	}
	return cmd
}

func (e Env) migrateUp() *cobra.Command {
	cmd := &cobra.Command{
		Use: "up", Args: cobra.NoArgs,
		Short: "Bring the schema of the database up to date",
		Long: `Applies the migrations that are pending. carillon serve does so too when it starts;
this is for those who do it as another user of the database, or at another time. The
release before this one goes on working meanwhile and afterwards.`,
	}
	database := databaseFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		before, after, err := e.Migrate(cmd.Context(), *database)
		if err != nil {
			return err
		}
		if before.Database == after.Database {
			_, err = fmt.Fprintf(e.Stdout, "Nothing is pending: the schema is %d.\n", after.Database)
			return err
		}
		_, err = fmt.Fprintf(e.Stdout, "Migrated the schema from %d to %d.\n", before.Database, after.Database)
		return err
	}
	return cmd
}
