package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/iam"
)

func (e Env) restore() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "restore FILE | --in-place",
		Short: "Put a backup in the place of a SQLite database, or declare that a database was restored",
		Long: `Puts a backup in the place of the database, after making sure that it is one, whole,
and no newer than this program. No server may run on it. --overwrite replaces a
database that is there. If anything fails, what was there before stays.

Everybody is signed out, so that no sign-in revives that was ended since the backup
was made, and apps are told. Suspensions are those of that time: whoever was suspended since can sign in
again. So can access keys that were deleted or disabled since: those that came back are
printed. The audit of each tenant gets a record of it.

The master key must be that of the time of the backup, beside the database or in
CARILLON_MASTER_KEY.

--in-place, without FILE, does the same for a database that was put back by other
means: PostgreSQL's after pg_restore, or a file system's snapshot. Run it before
the servers start:

    carillon restore --in-place --database postgres://carillon@db.example.com/carillon`,
	}
	database, out := databaseFlag(cmd), outputFlag(cmd)
	overwrite := cmd.Flags().Bool("overwrite", false, "replace the database that is there")
	inPlace := cmd.Flags().Bool("in-place", false, "the database itself is what was restored")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) > 1 || (len(args) == 1) == *inPlace {
			return fmt.Errorf("say: %s", cmd.UseLine())
		}
		bar := newBar(e.Stderr, e.Now)
		defer bar.clear()
		var restored directory.Restored
		backup := ""
		declare := func(ctx context.Context, in *Installation) (err error) {
			restored, err = in.Directory.DeclareRestored(e.asRootTenant(ctx, in), backup, func(done, total int64) { bar.show("signing out", done, total) })
			return err
		}
		if *inPlace {
			backup = "in place"
			if err := e.run(cmd, *database, allTenants, declare); err != nil {
				return err
			}
			return e.printRestored(restored, bar, out)
		}
		backup = args[0]
		ctx := iam.WithCaller(cmd.Context(), iam.LocalCaller(allTenants, e.OSUser))
		err := e.Restore(ctx, backup, *database, *overwrite, func(done, total int64) { bar.show("copying", done, total) }, declare)
		if errors.Is(err, context.Canceled) {
			err = errors.New("the restoration was stopped; nothing has changed")
		}
		if err != nil {
			return err
		}
		return e.printRestored(restored, bar, out)
	}
	return cmd
}

// restoredKey is an access key that came back.
type restoredKey struct {
	listedKey
	// UserStatus is the principal's, without whom the key does not work either.
	UserStatus string
}

// printRestored prints whom a restoration signed out, and the keys that came back.
func (e Env) printRestored(r directory.Restored, bar *bar, out *output) error {
	bar.clear()
	type name struct {
		tenant chime.TenantID
		name   string
	}
	disabled := make(map[name]bool, len(r.Principals))
	for _, p := range r.Principals {
		disabled[name{p.Tenant, p.Name}] = p.Disabled
	}
	keys := make([]restoredKey, 0, len(r.Keys))
	rows := make([][]string, 0, len(r.Keys))
	for i, k := range listedKeys(r.Keys) {
		key := restoredKey{k, activity(disabled[name{r.Keys[i].Tenant, r.Keys[i].Principal}])}
		keys = append(keys, key)
		rows = append(rows, []string{k.AccessKeyID, k.AwsAccountID, k.UserName, k.Status, key.UserStatus, k.CreateDate})
	}
	if out.json() {
		return printJSON(e.Stdout, map[string]any{
			"MembersSignedOut": r.Members, "PeopleSignedOut": r.People, "Tenants": r.Tenants, "AccessKeys": keys,
			"Administrators": describeAdministrators(r.Administrators),
		})
	}
	fmt.Fprintf(e.Stdout, "Restored, and everybody is signed out: %d people, %d of them in accounts.\n", r.People, r.Members)
	if len(keys) > 0 {
		fmt.Fprint(e.Stdout, "These access keys came back. Those that must not work: carillon keys disable ID, or delete ID.\n\n")
		if err := printTable(e.Stdout, "ACCESS-KEY TENANT USER STATUS USER-STATUS CREATED", rows); err != nil {
			return err
		}
	}
	if len(r.Administrators) == 0 {
		return nil
	}
	fmt.Fprint(e.Stdout, "\nThese administrators came back. Those who must not be one: carillon admins revoke USER --account ID.\n\n")
	return e.printAdministrators(r.Administrators)
}
