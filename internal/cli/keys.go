package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
)

func (e Env) keys() *cobra.Command {
	return group("keys", "Make, list, disable and delete access keys; rotate the master key",
		e.keysCreate(), e.keysList(),
		e.keysChange("disable", "Disable an access key from the next request on", "Disabled", func(ctx context.Context, a *iam.Admin, id string) error {
			return a.SetKeyDisabled(ctx, id, true)
		}),
		e.keysChange("enable", "Enable a disabled access key", "Enabled", func(ctx context.Context, a *iam.Admin, id string) error {
			return a.SetKeyDisabled(ctx, id, false)
		}),
		e.keysChange("delete", "Delete an access key for good", "Deleted", func(ctx context.Context, a *iam.Admin, id string) error {
			return a.DeleteKey(ctx, id)
		}),
		e.keysRotateMaster(),
	)
}

func (e Env) keysCreate() *cobra.Command {
	cmd := &cobra.Command{
		Use: "create --user NAME", Args: cobra.NoArgs,
		Short: "Make an access key, with its user and tenant when they are new",
		Long: `Makes an access key and prints its secret, which nobody can see again.

The user and the tenant are made when they are new. --policy attaches a managed
policy by its name (carillon policies list) or, given a .json file, makes its
document a policy of the user's own; it can be repeated. Without --policy an
existing user just gets another key, and a new user may do nothing.
The user "root" may do everything in its tenant and takes no policy.`,
	}
	database, tenant, out := databaseFlag(cmd), tenantFlag(cmd), outputFlag(cmd)
	user := cmd.Flags().String("user", "", "whose key it is (required)")
	policies := cmd.Flags().StringArray("policy", nil, "a managed policy's name, or a policy document in a .json file; can be repeated")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *user == "" {
			return errors.New("name the user whose key it is to be with --user")
		}
		attached, err := readPolicies(*policies)
		if err != nil {
			return err
		}
		return e.run(cmd, *database, *tenant, func(ctx context.Context, in *Installation) error {
			caller, _ := iam.CallerFrom(ctx)
			key, err := in.Admin.CreateKey(ctx, caller.Tenant, *user, attached)
			if err != nil {
				return err
			}
			return e.printKey(key, out)
		})
	}
	return cmd
}

// readPolicies turns the values of --policy into policies: a file becomes a
// policy that is named for it.
func readPolicies(values []string) ([]chime.PrincipalPolicy, error) {
	policies := make([]chime.PrincipalPolicy, 0, len(values))
	for _, value := range values {
		if !strings.HasSuffix(value, ".json") {
			policies = append(policies, chime.PrincipalPolicy{Name: value})
			continue
		}
		document, err := os.ReadFile(value) // #nosec G304 -- the operator's choice
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("there is no policy file %s", value)
		}
		if err != nil {
			return nil, fmt.Errorf("reading a policy: %w", err)
		}
		name := strings.TrimSuffix(filepath.Base(value), ".json")
		policies = append(policies, chime.PrincipalPolicy{Name: name, Document: string(document)})
	}
	return policies, nil
}

func (e Env) printKey(key iam.NewKey, out *output) error {
	if key.NoPolicy {
		fmt.Fprintf(e.Stderr, "The user %s has no policy and may do nothing. Attach one: carillon keys create --user %s --policy AmazonChimeReadOnly\n", key.User, key.User)
	}
	if out.json() {
		return printJSON(e.Stdout, map[string]string{
			"AwsAccountId": string(key.Tenant), "UserName": key.User,
			"AccessKeyId": key.AccessKeyID, "SecretAccessKey": key.SecretAccessKey,
		})
	}
	_, err := fmt.Fprintf(e.Stdout, "# %s. The secret is shown this once.\nexport AWS_ACCESS_KEY_ID=%s\nexport AWS_SECRET_ACCESS_KEY=%s\n",
		iam.PrincipalARN(key.Tenant, key.User), key.AccessKeyID, key.SecretAccessKey)
	return err
}

func (e Env) keysList() *cobra.Command {
	cmd := &cobra.Command{Use: "list", Args: cobra.NoArgs, Short: "List access keys, without their secrets"}
	database, out := databaseFlag(cmd), outputFlag(cmd)
	tenant := cmd.Flags().String("tenant", "", "only this tenant's (default: every tenant's)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return e.run(cmd, *database, allTenants, func(ctx context.Context, in *Installation) error {
			keys, err := in.Admin.ListKeys(ctx, chime.TenantID(*tenant))
			if err != nil {
				return err
			}
			if out.json() {
				return printJSON(e.Stdout, map[string]any{"AccessKeys": listedKeys(keys)})
			}
			rows := make([][]string, 0, len(keys))
			for _, k := range listedKeys(keys) {
				rows = append(rows, []string{k.AccessKeyID, k.AwsAccountID, k.UserName, k.Status, k.CreateDate})
			}
			return printTable(e.Stdout, "ACCESS-KEY TENANT USER STATUS CREATED", rows)
		})
	}
	return cmd
}

// listedKey is an access key under the names of AWS's ListAccessKeys.
type listedKey struct {
	AccessKeyID  string `json:"AccessKeyId"`
	AwsAccountID string `json:"AwsAccountId"`
	UserName     string `json:"UserName"`
	Status       string `json:"Status"`
	CreateDate   string `json:"CreateDate"`
}

func listedKeys(keys []chime.AccessKey) []listedKey {
	listed := make([]listedKey, 0, len(keys))
	for _, k := range keys {
		listed = append(listed, listedKey{k.ID, string(k.Tenant), k.Principal, activity(k.Disabled), when(k.Created)})
	}
	return listed
}

func activity(disabled bool) string {
	if disabled {
		return "Inactive"
	}
	return "Active"
}

func (e Env) keysChange(verb, short, done string, change func(context.Context, *iam.Admin, string) error) *cobra.Command {
	cmd := &cobra.Command{Use: verb + " ACCESS_KEY_ID", Args: oneArgument, Short: short}
	database := databaseFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return e.run(cmd, *database, allTenants, func(ctx context.Context, in *Installation) error {
			owner, err := ownerOf(ctx, in.Admin, args[0])
			if err != nil {
				return err
			}
			ctx = iam.WithCaller(ctx, iam.LocalCaller(owner, e.OSUser))
			if err := change(ctx, in.Admin, args[0]); err != nil {
				return err
			}
			_, err = fmt.Fprintf(e.Stdout, "%s access key %s.\n", done, args[0])
			return err
		})
	}
	return cmd
}

// ownerOf returns the tenant that an access key belongs to; "" for an unknown key.
func ownerOf(ctx context.Context, admin *iam.Admin, keyID string) (chime.TenantID, error) {
	keys, err := admin.ListKeys(ctx, "")
	if err != nil {
		return "", err
	}
	for _, k := range keys {
		if k.ID == keyID {
			return k.Tenant, nil
		}
	}
	return "", nil
}

func (e Env) keysRotateMaster() *cobra.Command {
	cmd := &cobra.Command{
		Use: "rotate-master", Args: cobra.NoArgs,
		Short: "Seal every secret anew with a new master key",
		Long: `Seals every secret in the database anew, with a new master key, in one transaction.

A master key that lives in a file is replaced there; running servers pick it up.
One that comes from CARILLON_MASTER_KEY is replaced by CARILLON_NEW_MASTER_KEY
(32 bytes, base64: openssl rand -base64 32), with which servers are started from then on.`,
	}
	database := databaseFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return e.run(cmd, *database, allTenants, func(ctx context.Context, in *Installation) error {
			where, err := in.RotateMaster(ctx)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(e.Stdout, "Every secret is sealed with a new master key: %s.\n", where)
			return err
		})
	}
	return cmd
}
