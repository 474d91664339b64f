package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

func (e Env) invitations() *cobra.Command {
	return group("invitations", "List the invitations of a Team account that nobody has accepted yet, and cancel them",
		e.invitationsList(), e.invitationsCancel())
}

// printedInvitation is an invitation as the commands print it.
type printedInvitation struct {
	UserID       chime.UserID           `json:"UserId"`
	InviteID     string                 `json:"InviteId"`
	EmailAddress string                 `json:"EmailAddress"`
	Status       chime.InvitationStatus `json:"Status"`
	EmailStatus  chime.EmailStatus      `json:"EmailStatus"`
	Invited      string                 `json:"InvitedTimestamp"`
	Expires      string                 `json:"ExpiresTimestamp"`
}

func (e Env) invitationsList() *cobra.Command {
	cmd := &cobra.Command{Use: "list --account ID", Args: cobra.NoArgs, Short: "List the invitations that nobody has accepted yet"}
	database, tenant, out := databaseFlag(cmd), tenantFlag(cmd), outputFlag(cmd)
	account := accountFlag(cmd)
	lifetime := cmd.Flags().Duration("invitation-lifetime", directory.DefaultInvitationLifetime, "how long an invitation can be accepted, as carillon serve is told")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *account == "" {
			return errNoAccount
		}
		return e.runOnAccount(cmd, *database, *tenant, *account, func(ctx context.Context, in *Installation, id chime.AccountID) error {
			in.Directory.InvitationLifetime = *lifetime
			list, err := allInvitations(ctx, in.Directory, id)
			if err != nil {
				return err
			}
			return e.printInvitations(list, out)
		})
	}
	return cmd
}

func allInvitations(ctx context.Context, d *directory.Directory, id chime.AccountID) ([]printedInvitation, error) {
	list := []printedInvitation{}
	for page := (directory.Page{Limit: directory.MaxPage}); ; {
		some, next, err := d.ListInvitations(ctx, id, page)
		if err != nil {
			return nil, err
		}
		for _, i := range some {
			list = append(list, printedInvitation{i.User, i.ID, i.Email, i.Status, i.EmailStatus, when(i.Invited), when(i.Expires)})
		}
		if page.Token = next; next == "" {
			return list, nil
		}
	}
}

func (e Env) printInvitations(list []printedInvitation, out *output) error {
	if out.json() {
		return printJSON(e.Stdout, map[string]any{"Invitations": list})
	}
	rows := make([][]string, 0, len(list))
	for _, i := range list {
		rows = append(rows, []string{string(i.UserID), i.EmailAddress, string(i.Status), string(i.EmailStatus), i.Invited, i.Expires})
	}
	return printTable(e.Stdout, "USER ADDRESS STATUS MAIL INVITED EXPIRES", rows)
}

func (e Env) invitationsCancel() *cobra.Command {
	cmd := &cobra.Command{Use: "cancel --account ID --user ID", Args: cobra.NoArgs, Short: "Take an invitation back: its link is dead at once"}
	database, tenant := databaseFlag(cmd), tenantFlag(cmd)
	account := accountFlag(cmd)
	user := cmd.Flags().String("user", "", "the id of the invited user, as invitations list shows it (required)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *account == "" {
			return errNoAccount
		}
		if *user == "" {
			return errors.New("name the invited user with --user ID (carillon invitations list shows them)")
		}
		return e.runOnAccount(cmd, *database, *tenant, *account, func(ctx context.Context, in *Installation, id chime.AccountID) error {
			err := in.Directory.CancelInvitation(ctx, id, chime.UserID(*user))
			if err == nil {
				fmt.Fprintf(e.Stdout, "Canceled the invitation of user %s.\n", printable(*user))
			}
			return err
		})
	}
	return cmd
}
