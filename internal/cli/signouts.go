package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

// signoutsPoll is how often --wait looks again.
const signoutsPoll = 200 * time.Millisecond

func (e Env) signouts() *cobra.Command {
	cmd := &cobra.Command{
		Use: "signouts --user ID", Args: cobra.NoArgs,
		Short: "Show which apps were told of the sign-outs of a user, and when they confirmed",
	}
	database, tenant, out := databaseFlag(cmd), tenantFlag(cmd), outputFlag(cmd)
	user := cmd.Flags().String("user", "", "the user's id (required)")
	wait := cmd.Flags().Bool("wait", false, "wait until no app is pending any more")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *user == "" {
			return errors.New("name the user with --user ID")
		}
		return e.run(cmd, *database, *tenant, func(ctx context.Context, in *Installation) error {
			for {
				list, err := in.Directory.ListSignouts(ctx, "", chime.UserID(*user))
				if err != nil {
					return err
				}
				if !*wait || !pending(list) {
					return e.printSignouts(list, out)
				}
				select {
				case <-ctx.Done():
					return context.Cause(ctx)
				case <-time.After(signoutsPoll):
				}
			}
		})
	}
	return cmd
}

func pending(list []directory.Signout) bool {
	for _, s := range list {
		if s.Status == chime.DeliveryPending {
			return true
		}
	}
	return false
}

// printedSignout is what became of a sign-out at an app.
type printedSignout struct {
	EventID   chime.EventID        `json:"EventId"`
	ClientID  chime.ClientID       `json:"ClientId"`
	App       string               `json:"App"`
	SessionID chime.SessionID      `json:"SessionId,omitempty"` // when one session alone ended
	Status    chime.DeliveryStatus `json:"Status"`
	Attempts  int64                `json:"Attempts"`
	SignedOut string               `json:"SignedOutTimestamp"`
	Confirmed string               `json:"ConfirmedTimestamp,omitempty"`
	NextTry   string               `json:"NextTryTimestamp,omitempty"`
	Reason    string               `json:"Reason,omitempty"`
}

func (e Env) printSignouts(list []directory.Signout, out *output) error {
	printed, rows := []printedSignout{}, [][]string{}
	for _, s := range list {
		p := printedSignout{
			EventID: s.Event, ClientID: s.Client, App: s.App, SessionID: s.Session, Status: s.Status,
			Attempts: s.Attempts, SignedOut: when(s.Created), Reason: s.Reason,
		}
		outcome := s.Reason
		switch s.Status {
		case chime.DeliveryConfirmed:
			p.Confirmed = when(s.Settled)
			outcome = fmt.Sprintf("at %s, after %v", p.Confirmed, s.Settled.Sub(s.Created).Round(time.Millisecond))
		case chime.DeliveryPending:
			p.NextTry = when(s.Due)
			if s.Client == "" {
				outcome = "the server has not begun to tell the apps"
			}
		}
		printed = append(printed, p)
		rows = append(rows, []string{p.SignedOut, p.App, string(p.Status), strconv.FormatInt(p.Attempts, 10), outcome})
	}
	if out.json() {
		return printJSON(e.Stdout, map[string]any{"Signouts": printed})
	}
	return printTable(e.Stdout, "SIGNED-OUT APP STATUS ATTEMPTS OUTCOME", rows)
}
