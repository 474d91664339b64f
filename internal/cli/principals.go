package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
)

func (e Env) principals() *cobra.Command {
	return group("principals", "List, disable and delete principals",
		e.principalsList(),
		e.principalsChange("disable", "Refuse all keys of a principal from the next request on", "Disabled",
			func(ctx context.Context, a *iam.Admin, tenant chime.TenantID, name string) error {
				return a.SetPrincipalDisabled(ctx, tenant, name, true)
			}),
		e.principalsChange("enable", "Enable a disabled principal", "Enabled",
			func(ctx context.Context, a *iam.Admin, tenant chime.TenantID, name string) error {
				return a.SetPrincipalDisabled(ctx, tenant, name, false)
			}),
		e.principalsChange("delete", "Delete a principal with its keys and policies for good", "Deleted",
			func(ctx context.Context, a *iam.Admin, tenant chime.TenantID, name string) error {
				return a.DeletePrincipal(ctx, tenant, name)
			}),
	)
}

// listedPrincipal is a principal under the names of AWS's ListUsers of IAM.
type listedPrincipal struct {
	UserName     string   `json:"UserName"`
	UserID       string   `json:"UserId"`
	Arn          string   `json:"Arn"`
	AwsAccountID string   `json:"AwsAccountId"`
	Status       string   `json:"Status"`
	Policies     []string `json:"Policies"`
	CreateDate   string   `json:"CreateDate"`
}

func (e Env) principalsList() *cobra.Command {
	cmd := &cobra.Command{Use: "list", Args: cobra.NoArgs, Short: "List principals and their policies"}
	database, out := databaseFlag(cmd), outputFlag(cmd)
	tenant := cmd.Flags().String("tenant", "", "only this tenant's (default: every tenant's)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return e.run(cmd, *database, allTenants, func(ctx context.Context, in *Installation) error {
			principals, err := in.Admin.ListPrincipals(ctx, chime.TenantID(*tenant))
			if err != nil {
				return err
			}
			listed := make([]listedPrincipal, 0, len(principals))
			rows := make([][]string, 0, len(principals))
			for _, p := range principals {
				l := describePrincipal(p)
				listed = append(listed, l)
				rows = append(rows, []string{l.UserName, l.AwsAccountID, l.Status, strings.Join(l.Policies, ","), l.CreateDate})
			}
			if out.json() {
				return printJSON(e.Stdout, map[string]any{"Principals": listed})
			}
			return printTable(e.Stdout, "NAME TENANT STATUS POLICIES CREATED", rows)
		})
	}
	return cmd
}

func describePrincipal(p chime.Principal) listedPrincipal {
	names := make([]string, 0, len(p.Policies))
	for _, policy := range p.Policies {
		names = append(names, policy.Name)
	}
	return listedPrincipal{
		UserName: p.Name, UserID: p.ID, Arn: iam.PrincipalARN(p.Tenant, p.Name), AwsAccountID: string(p.Tenant),
		Status: activity(p.Disabled), Policies: names, CreateDate: when(p.Created),
	}
}

func (e Env) principalsChange(verb, short, done string, change func(context.Context, *iam.Admin, chime.TenantID, string) error) *cobra.Command {
	cmd := &cobra.Command{Use: verb + " NAME", Args: oneArgument, Short: short}
	database, tenant := databaseFlag(cmd), tenantFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return e.run(cmd, *database, *tenant, func(ctx context.Context, in *Installation) error {
			caller, _ := iam.CallerFrom(ctx)
			if err := change(ctx, in.Admin, caller.Tenant, args[0]); err != nil {
				return err
			}
			_, err := fmt.Fprintf(e.Stdout, "%s principal %s.\n", done, args[0])
			return err
		})
	}
	return cmd
}
