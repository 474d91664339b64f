package cli

import (
	"fmt"

	"github.com/spf13/cobra"
)

func (e Env) backup() *cobra.Command {
	cmd := &cobra.Command{
		Use: "backup FILE", Args: oneArgument,
		Short: "Copy a SQLite database into a file, while the server runs",
		Long: `Copies the database, as it is at one moment, into a new file that only its owner can
read. The server may run: nobody waits for it. The file has its name once it is whole
and on the disk.

It holds everything but the master key, which has to be kept elsewhere: without that
of the time of the backup, no access key in it works. carillon restore puts it back.

PostgreSQL is backed up with its own means:

    pg_dump --format custom --file FILE --dbname postgres://carillon@db.example.com/carillon`,
	}
	database := databaseFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		bar := newBar(e.Stderr, e.Now)
		err := e.Backup(cmd.Context(), *database, args[0], func(done, total int64) { bar.show("copying", done, total) })
		bar.clear()
		if err == nil {
			_, err = fmt.Fprintf(e.Stdout, "Backed up to %s. The master key is not in it: keep a copy of that too.\n", args[0])
		}
		return err
	}
	return cmd
}
