// Package cli is the operators' command line: one file a noun, over the same
// directory methods that the API calls. It owns flags, what is printed and how,
// and no rule.
package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/iam"
)

// DefaultDatabase is the database of every command that is not told another.
const DefaultDatabase = "sqlite:carillon.db"

// memoryDatabase is forgotten with its process.
const memoryDatabase = "sqlite::memory:"

// DefaultListen is where the server listens when it is not told otherwise.
const DefaultListen = "127.0.0.1:8420"

// Env is the world as the commands see it.
type Env struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(string) string
	Now            func() time.Time
	// OSUser is who runs the command; the audit has it.
	OSUser  string
	Version string
	// Executable is the path of the program, and OpenBrowser opens an address in the
	// browser of whoever runs it.
	Executable  string
	OpenBrowser func(ctx context.Context, address string) error
	// Open opens the installation of a database. With create, a missing one is
	// made; otherwise it is an error that names the path.
	Open func(ctx context.Context, database string, create bool) (*Installation, error)
	// OpenCopy opens the store that a copy of another database is to go to, makes
	// it when it is missing, and sees to it that the master key goes along.
	OpenCopy func(ctx context.Context, from, to string) (chime.Store, error)
	// Resolver returns the DNS to look domains up in: the machine's for "", else that
	// at HOST:PORT.
	Resolver func(server string) (directory.Resolver, error)
	// OpenToRead opens the store of a database that is there, without its master key,
	// to be read only.
	OpenToRead func(ctx context.Context, database string) (chime.Store, error)
	// Backup copies a database into a file.
	Backup func(ctx context.Context, database, file string, progress func(done, total int64)) error
	// Restore puts a backup in the place of a database. Before it is there for anybody
	// else, fn works on it; when fn fails, nothing has changed.
	Restore func(ctx context.Context, file, database string, overwrite bool, progress func(done, total int64), fn func(context.Context, *Installation) error) error
	// Schema looks at the schema of a database, and Migrate brings it up to date.
	Schema  func(ctx context.Context, database string) (chime.Schema, error)
	Migrate func(ctx context.Context, database string) (before, after chime.Schema, err error)
}

// Installation is a database with all that works on it.
type Installation struct {
	Store     chime.Store
	Directory *directory.Directory
	Admin     *iam.Admin
	// RotateMaster re-seals every secret with a new master key and says where
	// that key is now.
	RotateMaster func(ctx context.Context) (where string, err error)
	// RootKeyFile is where a first start without a terminal leaves the root key.
	RootKeyFile string
	Close       func() error
}

// New returns the command carillon. The extra commands are those that need more
// of the program than this package may know.
func New(env Env, extra ...*cobra.Command) *cobra.Command {
	root := &cobra.Command{
		Use:           "carillon",
		Short:         "A self-hosted directory that speaks the Amazon Chime administration API",
		Long:          "Carillon keeps accounts and their users, speaks the Amazon Chime administration API\nto AWS clients, and enforces what it was told.",
		SilenceUsage:  true,
		SilenceErrors: true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return flagsFromEnvironment(cmd.Flags(), env.Getenv)
		},
	}
	root.SetIn(env.Stdin)
	root.SetOut(env.Stdout)
	root.SetErr(env.Stderr)
	root.AddCommand(extra...)
	root.AddCommand(
		env.accounts(), env.administrators(), env.apps(), env.audit(), env.backup(), env.bulk(), env.check(), env.copying(), env.domains(), env.environment(),
		env.export(), env.importing(), env.invitations(), env.keys(), env.login(), env.migrate(), env.policies(), env.principals(),
		env.providers(), env.restore(), env.signouts(), env.version(),
	)
	return root
}

// group makes a command of subcommands, which alone does nothing but help.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return fmt.Errorf("unknown command %q for %q", args[0], cmd.CommandPath())
		}
		return cmd.Help()
	}
	cmd.AddCommand(commands...)
	return cmd
}

// oneArgument refuses any other number of arguments, and shows how it should be.
func oneArgument(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("say: %s", cmd.UseLine())
	}
	return nil
}

// flagsFromEnvironment gives each flag that was not set the value of its
// variable: --rate-limit is CARILLON_RATE_LIMIT.
func flagsFromEnvironment(flags *pflag.FlagSet, getenv func(string) string) error {
	var err error
	flags.VisitAll(func(f *pflag.Flag) {
		name := Variable(f.Name)
		value := getenv(name)
		if err != nil || f.Changed || value == "" || f.Name == "help" {
			return
		}
		if setErr := flags.Set(f.Name, value); setErr != nil {
			err = fmt.Errorf("the variable %s: %w", name, setErr)
		}
	})
	return err
}

// Variable is the environment variable that equals a flag.
func Variable(flag string) string {
	return "CARILLON_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// databaseFlag adds --database.
func databaseFlag(cmd *cobra.Command) *string {
	return cmd.Flags().String("database", DefaultDatabase, "the database, as sqlite:PATH or postgres://USER@HOST/NAME")
}

// outputFlag adds --output.
func outputFlag(cmd *cobra.Command) *output {
	o := output("text")
	cmd.Flags().Var(&o, "output", "how to print: text or json")
	return &o
}

// output is how a command prints.
type output string

func (o *output) String() string { return string(*o) }
func (o *output) Type() string   { return "format" }

func (o *output) Set(value string) error {
	if value != "text" && value != "json" {
		return fmt.Errorf("must be text or json, not %q", value)
	}
	*o = output(value)
	return nil
}

func (o *output) json() bool { return *o == "json" }

// printJSON prints v as one indented document.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// printTable prints rows in columns, under a header unless it is "".
func printTable(w io.Writer, header string, rows [][]string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if header != "" {
		fmt.Fprintln(t, strings.ReplaceAll(header, " ", "\t"))
	}
	for _, row := range rows {
		for i := range row {
			row[i] = printable(row[i])
		}
		fmt.Fprintln(t, strings.Join(row, "\t"))
	}
	return t.Flush()
}

// printable is text that callers of the API chose, without what a terminal would
// obey.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}

// when prints a time as the API does, in UTC with milliseconds; "-" for none.
func when(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

// IsTerminal reports whether w is a terminal.
func IsTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// run opens the installation, runs fn with the operator as the caller, and
// closes it again. Without a tenant the operator works for the root's.
func (e Env) run(cmd *cobra.Command, database string, tenant string, fn func(context.Context, *Installation) error) error {
	return e.runOn(cmd, database, false, tenant, fn)
}

func (e Env) runOn(cmd *cobra.Command, database string, create bool, tenant string, fn func(context.Context, *Installation) error) (err error) {
	ctx := cmd.Context()
	in, err := e.Open(ctx, database, create)
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := in.Close(); err == nil {
			err = closeErr
		}
	}()
	id := chime.TenantID(tenant)
	if id == "" {
		if id, err = in.Admin.RootTenant(ctx); err != nil {
			return err
		}
	}
	return fn(iam.WithCaller(ctx, iam.LocalCaller(id, e.OSUser)), in)
}

// allTenants is the tenant of commands that concern no one tenant.
const allTenants = "-"

// tenantFlag adds --tenant.
func tenantFlag(cmd *cobra.Command) *string {
	return cmd.Flags().String("tenant", "", "the tenant, an AWS account id of 12 digits (default: the root's)")
}
