package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

// providerSecretVariable holds the client secret, which has no place on a command line.
const providerSecretVariable = "CARILLON_PROVIDER_CLIENT_SECRET" // #nosec G101 -- a name

func (e Env) providers() *cobra.Command {
	return group("providers", "Connect an account to the OpenID provider of its people",
		e.providersSet(), e.providersShow(), e.providersRemove())
}

// printedProvider is a provider as the commands print it.
type printedProvider struct {
	AccountID   chime.AccountID `json:"AccountId"`
	Issuer      string          `json:"Issuer"`
	ClientID    string          `json:"ClientId"`
	HasSecret   bool            `json:"HasClientSecret"`
	GroupsClaim string          `json:"GroupsClaim"`
	BasicGroups []string        `json:"BasicGroups"`
	ProGroups   []string        `json:"ProGroups"`
	Created     string          `json:"CreatedTimestamp"`
}

func (e Env) printProvider(p chime.Provider, out *output) error {
	printed := printedProvider{
		AccountID: p.Account, Issuer: p.Issuer, ClientID: p.ClientID, HasSecret: len(p.SealedSecret) > 0,
		GroupsClaim: p.GroupsClaim, BasicGroups: noNil(p.BasicGroups), ProGroups: noNil(p.ProGroups), Created: when(p.Created),
	}
	if out.json() {
		return printJSON(e.Stdout, printed)
	}
	return printTable(e.Stdout, "", [][]string{
		{"Account", string(p.Account)},
		{"Issuer", p.Issuer},
		{"Client id", p.ClientID},
		{"Groups claim", p.GroupsClaim},
		{"Groups with Basic", strings.Join(p.BasicGroups, " ")},
		{"Groups with Pro", strings.Join(p.ProGroups, " ")},
	})
}

func (e Env) providersSet() *cobra.Command {
	cmd := &cobra.Command{
		Use: "set --account ID --issuer URL --client-id ID", Args: cobra.NoArgs,
		Short: "Have an OpenID provider answer for the people of an account, which becomes EnterpriseOIDC",
		Long: `Connects an account that has a verified domain to an OpenID provider, which alone
its people sign in with from then on. The client secret is read from
` + providerSecretVariable + `; without it, Carillon is a public client there.

Who is in a --pro-group has the license Pro, else who is in a --basic-group has
Basic, and nobody else can sign in. Without any groups, everybody has the account's
default license.`,
	}
	database, tenant, out := databaseFlag(cmd), tenantFlag(cmd), outputFlag(cmd)
	account := accountFlag(cmd)
	var p directory.NewProvider
	f := cmd.Flags()
	f.StringVar(&p.Issuer, "issuer", "", "the provider's issuer URL (required)")
	f.StringVar(&p.ClientID, "client-id", "", "the client id that the provider knows Carillon by (required)")
	f.StringVar(&p.GroupsClaim, "groups-claim", "groups", "the claim that lists a person's groups")
	f.StringArrayVar(&p.BasicGroups, "basic-group", nil, "a group whose members have Basic; can be repeated")
	f.StringArrayVar(&p.ProGroups, "pro-group", nil, "a group whose members have Pro; can be repeated")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *account == "" {
			return errNoAccount
		}
		p.ClientSecret = new(e.Getenv(providerSecretVariable))
		return e.runOnAccount(cmd, *database, *tenant, *account, func(ctx context.Context, in *Installation, id chime.AccountID) error {
			provider, err := in.Directory.SetProvider(ctx, id, p)
			if err != nil {
				return err
			}
			return e.printProvider(provider, out)
		})
	}
	return cmd
}

func (e Env) providersShow() *cobra.Command {
	cmd := &cobra.Command{Use: "show --account ID", Args: cobra.NoArgs, Short: "Show the provider of an account"}
	database, tenant, out := databaseFlag(cmd), tenantFlag(cmd), outputFlag(cmd)
	account := accountFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *account == "" {
			return errNoAccount
		}
		return e.runOnAccount(cmd, *database, *tenant, *account, func(ctx context.Context, in *Installation, id chime.AccountID) error {
			provider, err := in.Directory.GetProvider(ctx, id)
			if err != nil {
				return err
			}
			if provider == nil {
				return fmt.Errorf("account %s has no OpenID provider", printable(*account))
			}
			return e.printProvider(*provider, out)
		})
	}
	return cmd
}

func (e Env) providersRemove() *cobra.Command {
	cmd := &cobra.Command{Use: "remove --account ID", Args: cobra.NoArgs, Short: "Disconnect an account from its provider; it becomes EnterpriseLWA"}
	database, tenant := databaseFlag(cmd), tenantFlag(cmd)
	account := accountFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *account == "" {
			return errNoAccount
		}
		return e.runOnAccount(cmd, *database, *tenant, *account, func(ctx context.Context, in *Installation, id chime.AccountID) error {
			err := in.Directory.DeleteProvider(ctx, id)
			if err == nil {
				fmt.Fprintf(e.Stdout, "Account %s has no provider any more.\n", printable(*account))
			}
			return err
		})
	}
	return cmd
}
