package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/iam"
)

// maxFindings bounds how many findings are printed.
const maxFindings = 1000

// checkResult is what a check found, as it prints it.
type checkResult struct {
	Checked  map[string]int64
	Findings []chime.Finding
	// More is how many findings there are beyond those that are printed.
	More int64
}

func (e Env) check() *cobra.Command {
	cmd := &cobra.Command{
		Use: "check", Args: cobra.NoArgs,
		Short: "Look for damage, orphans, and states that the audit does not account for",
		Long: `Reads the whole database, in one snapshot, and prints what is not as it must be, and
what to do about it:

    damage      what the database engine itself finds
    constraint  values that no operation leaves, or two that do not agree
    orphan      what belongs to something that is not there
    unrecorded  states that no audit record accounts for, or whose record says
                something else

The exit status is 1 when there is anything. The server may run meanwhile. It changes
nothing and needs no master key.`,
	}
	database, out := databaseFlag(cmd), outputFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) (err error) {
		store, err := e.OpenToRead(cmd.Context(), *database)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, store.Close()) }()
		d := directory.New(directory.Config{Store: store, Now: e.Now})
		ctx := iam.WithCaller(cmd.Context(), iam.LocalCaller(allTenants, e.OSUser))
		bar := newBar(e.Stderr, e.Now)
		result := checkResult{Findings: []chime.Finding{}}
		result.Checked, err = d.Check(ctx, func(done, total int64) { bar.show("checking", done, total) }, func(f chime.Finding) error {
			if len(result.Findings) < maxFindings {
				result.Findings = append(result.Findings, f)
			} else {
				result.More++
			}
			return nil
		})
		bar.clear()
		if err != nil {
			return fmt.Errorf("checking: %w", err)
		}
		return e.printCheck(result, out)
	}
	return cmd
}

// printCheck prints what a check found, which is an error.
func (e Env) printCheck(r checkResult, out *output) error {
	var err error
	if found := int64(len(r.Findings)) + r.More; found > 0 {
		err = fmt.Errorf("the check found %d things that are not as they must be", found)
	}
	if out.json() {
		return errors.Join(printJSON(e.Stdout, r), err)
	}
	for _, f := range r.Findings {
		fmt.Fprintf(e.Stdout, "%s: %s: %s\n    %s\n", f.Kind, printable(f.Object), printable(f.Problem), printable(f.Remedy))
	}
	if err == nil {
		fmt.Fprintf(e.Stdout, "Found nothing wrong in %d accounts, %d members, %d people and %d audit records.\n",
			r.Checked["accounts"], r.Checked["members"], r.Checked["people"], r.Checked["account_audit"]+r.Checked["tenant_audit"])
	}
	return err
}
