package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

func (e Env) apps() *cobra.Command {
	return group("apps", "Register the apps that people sign in to, list, change and delete them",
		e.appsCreate(), e.appsList(), e.appsShow(), e.appsUpdate(), e.appsDelete())
}

// printedApp is an app as the commands print it.
type printedApp struct {
	ClientID               chime.ClientID `json:"ClientId"`
	ClientSecret           string         `json:"ClientSecret,omitempty"` // once
	AwsAccountID           chime.TenantID `json:"AwsAccountId"`
	Name                   string         `json:"Name"`
	Public                 bool           `json:"Public"`
	RedirectURIs           []string       `json:"RedirectUris"`
	PostLogoutRedirectURIs []string       `json:"PostLogoutRedirectUris"`
	BackchannelLogoutURI   string         `json:"BackchannelLogoutUri,omitempty"`
	Created                string         `json:"CreatedTimestamp"`
}

func describeApp(a chime.App, secret string) printedApp {
	return printedApp{
		ClientID: a.ID, ClientSecret: secret, AwsAccountID: a.Tenant, Name: a.Name, Public: a.Public(),
		RedirectURIs: noNil(a.RedirectURIs), PostLogoutRedirectURIs: noNil(a.PostLogoutRedirectURIs),
		BackchannelLogoutURI: a.BackchannelLogoutURI, Created: when(a.Created),
	}
}

// noNil prints as [] rather than null.
func noNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func (e Env) printApp(a printedApp, out *output) error {
	if out.json() {
		return printJSON(e.Stdout, a)
	}
	rows := [][]string{
		{"Client id", string(a.ClientID)},
		{"Name", a.Name},
		{"Redirect URIs", strings.Join(a.RedirectURIs, " ")},
		{"After a sign-out", strings.Join(a.PostLogoutRedirectURIs, " ")},
		{"Told of sign-outs at", a.BackchannelLogoutURI},
		{"Created", a.Created},
	}
	if a.Public {
		rows = append(rows, []string{"Client secret", "none: the app is public"})
	}
	if a.ClientSecret != "" {
		rows = append(rows, []string{"Client secret", a.ClientSecret + "   (nobody can see it again)"})
	}
	return printTable(e.Stdout, "", rows)
}

// appFlags are the flags that describe an app. What was not given stays nil.
func appFlags(cmd *cobra.Command) func() directory.AppChange {
	f := cmd.Flags()
	name := f.String("name", "", "what the app is called; people see it when they sign in")
	redirects := f.StringArray("redirect-uri", nil, "where a sign-in may return to; can be repeated")
	logouts := f.StringArray("post-logout-redirect-uri", nil, "where a sign-out may return to; can be repeated")
	backchannel := f.String("backchannel-logout-uri", "", "where the app is told of sign-outs")
	return func() directory.AppChange {
		var a directory.AppChange
		if f.Changed("name") {
			a.Name = name
		}
		if f.Changed("redirect-uri") {
			a.RedirectURIs = *redirects
		}
		if f.Changed("post-logout-redirect-uri") {
			a.PostLogoutRedirectURIs = *logouts
		}
		if f.Changed("backchannel-logout-uri") {
			a.BackchannelLogoutURI = backchannel
		}
		return a
	}
}

func (e Env) appsCreate() *cobra.Command {
	cmd := &cobra.Command{
		Use: "create --name NAME --redirect-uri URI...", Args: cobra.NoArgs,
		Short: "Register an app, and print its client id and secret",
		Long: `Registers an app that people sign in to by OpenID Connect, and prints its client
id and its secret, which nobody can see again. An app that cannot keep a secret, in a
browser or on a phone, is --public and has none.`,
	}
	database, tenant, out := databaseFlag(cmd), tenantFlag(cmd), outputFlag(cmd)
	described := appFlags(cmd)
	public := cmd.Flags().Bool("public", false, "the app cannot keep a secret")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		a := described()
		if a.Name == nil || len(a.RedirectURIs) == 0 {
			return errors.New("say at least: carillon apps create --name NAME --redirect-uri URI")
		}
		return e.run(cmd, *database, *tenant, func(ctx context.Context, in *Installation) error {
			app, secret, err := in.Directory.CreateApp(ctx, a, *public)
			if err != nil {
				return err
			}
			return e.printApp(describeApp(app, secret), out)
		})
	}
	return cmd
}

func (e Env) appsList() *cobra.Command {
	cmd := &cobra.Command{Use: "list", Args: cobra.NoArgs, Short: "List the apps of a tenant"}
	database, tenant, out := databaseFlag(cmd), tenantFlag(cmd), outputFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return e.run(cmd, *database, *tenant, func(ctx context.Context, in *Installation) error {
			apps := []printedApp{}
			for page := (directory.Page{Limit: directory.MaxPage}); ; {
				some, next, err := in.Directory.ListApps(ctx, page)
				if err != nil {
					return err
				}
				for _, app := range some {
					apps = append(apps, describeApp(app, ""))
				}
				if page.Token = next; next == "" {
					return e.printApps(apps, out)
				}
			}
		})
	}
	return cmd
}

func (e Env) printApps(apps []printedApp, out *output) error {
	if out.json() {
		return printJSON(e.Stdout, map[string]any{"Apps": apps})
	}
	rows := make([][]string, 0, len(apps))
	for _, a := range apps {
		rows = append(rows, []string{string(a.ClientID), a.Name, strings.Join(a.RedirectURIs, " "), a.Created})
	}
	return printTable(e.Stdout, "CLIENT-ID NAME REDIRECT-URIS CREATED", rows)
}

func (e Env) appsShow() *cobra.Command {
	cmd := &cobra.Command{Use: "show CLIENT-ID", Args: oneArgument, Short: "Show an app"}
	database, tenant, out := databaseFlag(cmd), tenantFlag(cmd), outputFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return e.run(cmd, *database, *tenant, func(ctx context.Context, in *Installation) error {
			app, err := in.Directory.GetApp(ctx, chime.ClientID(args[0]))
			if err != nil {
				return err
			}
			return e.printApp(describeApp(app, ""), out)
		})
	}
	return cmd
}

func (e Env) appsUpdate() *cobra.Command {
	cmd := &cobra.Command{
		Use: "update CLIENT-ID", Args: oneArgument,
		Short: "Change an app: what a flag gives replaces what was there",
	}
	database, tenant, out := databaseFlag(cmd), tenantFlag(cmd), outputFlag(cmd)
	described := appFlags(cmd)
	rotate := cmd.Flags().Bool("new-secret", false, "give the app a new secret; the old one is dead at once")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return e.run(cmd, *database, *tenant, func(ctx context.Context, in *Installation) error {
			app, secret, err := in.Directory.UpdateApp(ctx, chime.ClientID(args[0]), described(), *rotate)
			if err != nil {
				return err
			}
			return e.printApp(describeApp(app, secret), out)
		})
	}
	return cmd
}

func (e Env) appsDelete() *cobra.Command {
	cmd := &cobra.Command{Use: "delete CLIENT-ID", Args: oneArgument, Short: "Delete an app; its tokens are dead at once"}
	database, tenant := databaseFlag(cmd), tenantFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return e.run(cmd, *database, *tenant, func(ctx context.Context, in *Installation) error {
			err := in.Directory.DeleteApp(ctx, chime.ClientID(args[0]))
			if err == nil {
				fmt.Fprintf(e.Stdout, "Deleted app %s.\n", printable(args[0]))
			}
			return err
		})
	}
	return cmd
}
