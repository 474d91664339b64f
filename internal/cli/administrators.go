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

func (e Env) administrators() *cobra.Command {
	return group("admins", "Say which people administer the directory, by signing in",
		e.adminsGrant(), e.adminsRevoke(), e.adminsList())
}

// listedAdministrator is an administrator as the commands print them.
type listedAdministrator struct {
	AwsAccountID string   `json:"AwsAccountId"`
	AccountID    string   `json:"AccountId"`
	UserID       string   `json:"UserId"`
	EmailAddress string   `json:"EmailAddress"`
	DisplayName  string   `json:"DisplayName"`
	Policies     []string `json:"Policies"`
	Granted      string   `json:"GrantedTimestamp"`
}

func describeAdministrators(list []directory.Administrator) []listedAdministrator {
	described := make([]listedAdministrator, 0, len(list))
	for _, a := range list {
		names := make([]string, 0, len(a.Policies))
		for _, p := range a.Policies {
			names = append(names, p.Name)
		}
		described = append(described, listedAdministrator{
			string(a.Tenant), string(a.Account), string(a.User), a.Email, a.DisplayName, names, when(a.Granted),
		})
	}
	return described
}

func (e Env) printAdministrators(list []directory.Administrator) error {
	rows := make([][]string, 0, len(list))
	for _, a := range describeAdministrators(list) {
		rows = append(rows, []string{a.UserID, a.EmailAddress, a.AccountID, a.AwsAccountID, strings.Join(a.Policies, ","), a.Granted})
	}
	return printTable(e.Stdout, "USER ADDRESS ACCOUNT TENANT POLICIES GRANTED", rows)
}

func (e Env) adminsGrant() *cobra.Command {
	cmd := &cobra.Command{
		Use: "grant USER --account ID", Args: oneArgument,
		Short: "Make a member of an account an administrator, or give them other policies",
		Long: `Makes a member of an account, by their user id or mail address, an administrator:
when they sign in, at /admin/ or with carillon login, they get credentials for an hour
that may do what the policies allow.

--policy is a managed policy's name (carillon policies list) or a policy document in a
.json file; it can be repeated. Without it they may do everything: CarillonAdministrator.
The role ends when they are suspended, leave the account or are moved.`,
	}
	policies := cmd.Flags().StringArray("policy", nil, "a managed policy's name, or a policy document in a .json file; can be repeated")
	out := outputFlag(cmd)
	return e.onMember(cmd, func(ctx context.Context, d *directory.Directory, account chime.AccountID, user chime.UserID) error {
		given, err := readPolicies(*policies)
		if err != nil {
			return err
		}
		granted, err := d.GrantAdministrator(ctx, account, user, given)
		if err != nil {
			return err
		}
		list := []directory.Administrator{granted}
		if out.json() {
			return printJSON(e.Stdout, describeAdministrators(list)[0])
		}
		return e.printAdministrators(list)
	})
}

func (e Env) adminsRevoke() *cobra.Command {
	cmd := &cobra.Command{
		Use: "revoke USER --account ID", Args: oneArgument,
		Short: "Take the role from an administrator: what they have is refused from the next request on",
	}
	return e.onMember(cmd, func(ctx context.Context, d *directory.Directory, account chime.AccountID, user chime.UserID) error {
		if err := d.RevokeAdministrator(ctx, account, user); err != nil {
			return err
		}
		_, err := fmt.Fprintf(e.Stdout, "User %s is no administrator any more.\n", printable(string(user)))
		return err
	})
}

// onMember has the command work on the member whom its argument names, by their id
// or their mail address, of the account of --account.
func (e Env) onMember(cmd *cobra.Command, fn func(context.Context, *directory.Directory, chime.AccountID, chime.UserID) error) *cobra.Command {
	database, tenant := databaseFlag(cmd), tenantFlag(cmd)
	account := cmd.Flags().String("account", "", "the account that they are a member of (required)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *account == "" {
			return errors.New("name the account with --account ID: carillon accounts list prints them")
		}
		return e.runOnAccount(cmd, *database, *tenant, *account, func(ctx context.Context, in *Installation, id chime.AccountID) error {
			user, err := memberNamed(ctx, in.Directory, id, args[0])
			if err != nil {
				return err
			}
			return fn(ctx, in.Directory, id, user)
		})
	}
	return cmd
}

// memberNamed returns the id of the user whom a text names, by the id or by the
// address.
func memberNamed(ctx context.Context, d *directory.Directory, account chime.AccountID, name string) (chime.UserID, error) {
	if !strings.Contains(name, "@") {
		return chime.UserID(name), nil
	}
	users, _, err := d.ListUsers(ctx, account, directory.UserFilter{Email: name}, directory.Page{})
	switch {
	case err != nil:
		return "", err
	case len(users) == 0:
		return "", chime.Errorf(chime.NotFound, "nobody in account %s has the address %s", account, name)
	}
	return users[0].ID, nil
}

func (e Env) adminsList() *cobra.Command {
	cmd := &cobra.Command{Use: "list", Args: cobra.NoArgs, Short: "List the administrators of a tenant"}
	database, tenant, out := databaseFlag(cmd), tenantFlag(cmd), outputFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return e.run(cmd, *database, *tenant, func(ctx context.Context, in *Installation) error {
			var list []directory.Administrator
			for page := (directory.Page{Limit: directory.MaxPage}); ; {
				some, next, err := in.Directory.ListAdministrators(ctx, page)
				if err != nil {
					return err
				}
				list = append(list, some...)
				if page.Token = next; next == "" {
					break
				}
			}
			if out.json() {
				return printJSON(e.Stdout, map[string]any{"Administrators": describeAdministrators(list)})
			}
			return e.printAdministrators(list)
		})
	}
	return cmd
}
