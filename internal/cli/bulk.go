package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/transfer"
)

func (e Env) bulk() *cobra.Command {
	return group("bulk", "Suspend, update, invite or sign out up to 100,000 users of an account",
		e.bulkCommand(transfer.BulkSuspend, "Suspend users; of a Team account, they leave it"),
		e.bulkCommand(transfer.BulkUnsuspend, "Let suspended users of an EnterpriseLWA account sign in again"),
		e.bulkCommand(transfer.BulkUpdate, "Give users a license"),
		e.bulkCommand(transfer.BulkInvite, "Invite addresses to a Team account"),
		e.bulkCommand(transfer.BulkLogout, "Sign users out everywhere"))
}

// bulkFlags are the flags of a bulk command.
type bulkFlags struct {
	account, file, column, report *string
	dryRun                        *bool
	out                           *output
}

func (e Env) bulkCommand(action transfer.BulkAction, short string) *cobra.Command {
	cmd := &cobra.Command{
		Use: string(action) + " --account ID --file FILE", Args: cobra.NoArgs, Short: short,
		Long: short + `.

FILE (- for the standard input) says who: mail addresses and user ids, one a line
or separated by commas, semicolons or tabs; or CSV whose first line names a column
Entry, UserId, EmailAddress, PrimaryEmail or the like. Who is meant twice counts once.

All are looked up first; --dry-run ends with what would happen. What there is to do
is then done by 50 a transaction (20 for licenses). Whoever is suspended, invited
and so on already is left as they are, so a run that was stopped is completed by
repeating it. With --report, outcomes are added to a CSV file as they are known,
and a repeated run goes on where that file ends.`,
	}
	database, tenant := databaseFlag(cmd), tenantFlag(cmd)
	f := bulkFlags{
		account: accountFlag(cmd),
		file:    cmd.Flags().String("file", "", "who: a file of addresses or user ids, - for the standard input (required)"),
		column:  cmd.Flags().String("column", "", "the column of a CSV file that says who"),
		report:  cmd.Flags().String("report", "", "add the outcome of each to this CSV file, and leave out who is done in it"),
		dryRun:  cmd.Flags().Bool("dry-run", false, "only say what would happen"),
		out:     outputFlag(cmd),
	}
	license, again := new(string), new(bool)
	switch action {
	case transfer.BulkUpdate:
		license = cmd.Flags().String("license", "", "the license: Pro or Basic (required)")
	case transfer.BulkInvite:
		again = cmd.Flags().Bool("again", false, "mail those again who have not accepted yet; their former invitations are void")
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := f.check(action, *license); err != nil {
			return err
		}
		entries, repeated, err := e.readEntries(*f.file, *f.column)
		if err != nil {
			return err
		}
		return e.runOnAccount(cmd, *database, *tenant, *f.account, func(ctx context.Context, in *Installation, id chime.AccountID) error {
			return e.runBulk(ctx, f, entries, repeated, &transfer.Bulk{
				Directory: in.Directory, Account: id, Action: action, License: chime.License(*license), Again: *again, Now: e.Now,
			})
		})
	}
	return cmd
}

func (f bulkFlags) check(action transfer.BulkAction, license string) error {
	switch {
	case *f.account == "":
		return errNoAccount
	case *f.file == "":
		return errors.New("say who with --file FILE (- for the standard input)")
	case action == transfer.BulkUpdate && license == "":
		return errors.New("name the license with --license Pro or --license Basic")
	case *f.dryRun && *f.report != "":
		return errors.New("--dry-run does nothing that a --report could tell: leave out one of them")
	}
	return nil
}

func (e Env) readEntries(file, column string) (entries []string, repeated int, err error) {
	from := e.Stdin
	if file != "-" {
		f, err := os.Open(file) // #nosec G304 -- the operator's choice
		if err != nil {
			return nil, 0, fmt.Errorf("reading who is meant: %w", err)
		}
		defer f.Close()
		from = f
	}
	if entries, repeated, err = transfer.ReadEntries(from, column); err != nil {
		return nil, 0, fmt.Errorf("reading %s: %w", file, err)
	}
	return entries, repeated, nil
}

// runBulk previews a bulk run, and carries it out unless it is a dry one.
func (e Env) runBulk(ctx context.Context, f bulkFlags, entries []string, repeated int, b *transfer.Bulk) (err error) {
	bar := newBar(e.Stderr, e.Now)
	defer bar.clear()
	b.Progress = func(step transfer.Step, done, total int64) { bar.show(string(step), done, total) }
	var report *transfer.Report
	if *f.report != "" {
		report, err = transfer.OpenReport(*f.report, b.Account, strings.TrimSpace(string(b.Action)+" "+string(b.License)))
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, report.Close()) }()
	}
	all := len(entries)
	if report != nil {
		entries = slices.DeleteFunc(entries, report.Settled)
	}
	if before := all - len(entries); before > 0 {
		fmt.Fprintf(e.Stderr, "%d of %d entries were done before, as %s has it.\n", before, all, printable(*f.report))
	}
	if repeated > 0 {
		fmt.Fprintf(e.Stderr, "%d entries were there more than once.\n", repeated)
	}
	targets, err := b.Preview(ctx, entries, report)
	if err != nil {
		return stopped(err)
	}
	bar.clear()
	if *f.dryRun {
		return e.printPreview(targets, f.out)
	}
	if err := foresee(e.Stderr, targets); err != nil {
		return err
	}
	outcomes := make([]transfer.Outcome, 0, len(targets))
	err = b.Run(ctx, targets, func(some []transfer.Outcome) error {
		outcomes = append(outcomes, some...)
		if report == nil {
			return nil
		}
		return report.Append(some)
	})
	bar.clear()
	return e.printOutcomes(outcomes, len(targets), stopped(err), f.out)
}

func stopped(err error) error {
	if errors.Is(err, context.Canceled) {
		return errors.New("the run was stopped")
	}
	return err
}

// printedTarget is what a dry run prints of an entry as JSON.
type printedTarget struct {
	Entry  string
	UserID chime.UserID `json:"UserId,omitempty"`
	Email  string       `json:"EmailAddress,omitempty"`
	Effect transfer.EffectKind
	Detail string
}

func (e Env) printPreview(targets []transfer.Target, out *output) error {
	if !out.json() {
		return foresee(e.Stdout, targets)
	}
	printed := make([]printedTarget, 0, len(targets))
	for _, t := range targets {
		p := printedTarget{Entry: t.Entry, Effect: t.Effect.Kind, Detail: t.Effect.Text}
		if t.User != nil {
			p.UserID, p.Email = t.User.ID, t.User.Email
		}
		printed = append(printed, p)
	}
	return printJSON(e.Stdout, map[string]any{"Entries": printed})
}

// maxNamed is how many of those with whom something is wrong are named.
const maxNamed = 20

// foresee prints how many of whom there are, and who cannot be helped.
func foresee(w io.Writer, targets []transfer.Target) error {
	counts := make(map[transfer.Effect]int)
	var wrong []string
	for _, t := range targets {
		if t.Same != "" {
			t.Effect.Text = "is the same person as another entry"
		}
		counts[t.Effect]++
		if t.Effect.Kind == transfer.Refuses {
			wrong = append(wrong, printable(t.Entry))
		}
	}
	effects := make([]transfer.Effect, 0, len(counts))
	for effect := range counts {
		effects = append(effects, effect)
	}
	slices.SortFunc(effects, func(a, b transfer.Effect) int {
		return cmp.Or(strings.Compare(string(a.Kind), string(b.Kind)), counts[b]-counts[a], strings.Compare(a.Text, b.Text))
	})
	for _, effect := range effects {
		if _, err := fmt.Fprintf(w, "%7d  %-8s each %s\n", counts[effect], effect.Kind+":", effect.Text); err != nil {
			return err
		}
	}
	return printNamed(w, wrong)
}

func printNamed(w io.Writer, names []string) error {
	for _, name := range names[:min(maxNamed, len(names))] {
		if _, err := fmt.Fprintln(w, "        ", name); err != nil {
			return err
		}
	}
	if more := len(names) - maxNamed; more > 0 {
		_, err := fmt.Fprintln(w, "         and", more, "more")
		return err
	}
	return nil
}

// printOutcomes prints what a run did, or did before its error.
func (e Env) printOutcomes(outcomes []transfer.Outcome, total int, err error, out *output) error {
	counts := map[transfer.OutcomeKind]int{transfer.Done: 0, transfer.Unchanged: 0, transfer.Repeated: 0, transfer.Refused: 0}
	for _, o := range outcomes {
		counts[o.Kind]++
	}
	if printErr := e.printCounts(outcomes, counts, out); printErr != nil {
		return errors.Join(err, printErr)
	}
	if err != nil {
		return fmt.Errorf("%w (%d of %d entries were done: to go on, repeat the command)", err, len(outcomes), total)
	}
	if refused := counts[transfer.Refused]; refused > 0 {
		return fmt.Errorf("%d of %d entries were refused", refused, total)
	}
	return nil
}

func (e Env) printCounts(outcomes []transfer.Outcome, counts map[transfer.OutcomeKind]int, out *output) error {
	if out.json() {
		return printJSON(e.Stdout, map[string]any{"Counts": counts, "Outcomes": outcomes})
	}
	_, err := fmt.Fprintf(e.Stdout, "%d done, %d unchanged, %d repeated, %d refused.\n",
		counts[transfer.Done], counts[transfer.Unchanged], counts[transfer.Repeated], counts[transfer.Refused])
	if err != nil {
		return err
	}
	var wrong []string
	for _, o := range outcomes {
		if o.Kind == transfer.Refused {
			wrong = append(wrong, printable(o.Entry+": "+o.Detail))
		}
	}
	return printNamed(e.Stdout, wrong)
}
