package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/carillon-id/carillon/internal/iam"
)

func (e Env) policies() *cobra.Command {
	return group("policies", "List and show the managed policies", e.policiesList(), e.policiesShow())
}

func (e Env) policiesList() *cobra.Command {
	cmd := &cobra.Command{Use: "list", Args: cobra.NoArgs, Short: "List the managed policies"}
	out := outputFlag(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		type listed struct{ PolicyName, Arn, Description string }
		var policies []listed
		var rows [][]string
		for _, p := range iam.ManagedPolicies() {
			policies = append(policies, listed{p.Name, p.ARN(), p.Description})
			rows = append(rows, []string{p.Name, p.Description})
		}
		if out.json() {
			return printJSON(e.Stdout, map[string]any{"Policies": policies})
		}
		return printTable(e.Stdout, "NAME DESCRIPTION", rows)
	}
	return cmd
}

func (e Env) policiesShow() *cobra.Command {
	return &cobra.Command{
		Use: "show NAME", Args: oneArgument, Short: "Print the document of a managed policy",
		RunE: func(_ *cobra.Command, args []string) error {
			policy, ok := iam.ManagedPolicy(args[0])
			if !ok {
				return fmt.Errorf("there is no managed policy %s: `carillon policies list` prints them", args[0])
			}
			_, err := fmt.Fprintln(e.Stdout, policy.Document)
			return err
		},
	}
}
