package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
)

// followEvery is how often --follow looks for new records.
const followEvery = 500 * time.Millisecond

func (e Env) audit() *cobra.Command {
	cmd := &cobra.Command{
		Use: "audit", Args: cobra.NoArgs,
		Short: "Print the record of administrative calls, oldest first",
		Long: `Prints the record of administrative calls, oldest first.

--output json prints CloudTrail records, one a line. Equal denials of one minute
are one record; how many more there were is its additionalEventData.repeats.`,
	}
	database, out := databaseFlag(cmd), outputFlag(cmd)
	tenant := cmd.Flags().String("tenant", "", "only this tenant's (default: every tenant's)")
	user := cmd.Flags().String("user", "", "only calls that name this user, by id or address")
	principal := cmd.Flags().String("principal", "", "only calls of this principal: its name, its ARN, local:NAME for the command line, or user:ID for a person")
	operation := cmd.Flags().String("operation", "", "only this operation, such as BatchSuspendUser")
	since := cmd.Flags().String("since", "", "only calls from then on: a time (2026-01-31T12:00:00Z), a date, or how long ago (90m, 7d)")
	follow := cmd.Flags().Bool("follow", false, "go on with new records as they come")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		from, err := parseSince(*since, e.Now())
		if err != nil {
			return err
		}
		actor := cmp.Or(*tenant, allTenants)
		if *principal != "" && !strings.Contains(*principal, ":") {
			actor = *tenant // a name means one tenant's
		}
		return e.run(cmd, *database, actor, func(ctx context.Context, in *Installation) error {
			caller, _ := iam.CallerFrom(ctx)
			trail := audit.Trail{
				Store: in.Store,
				Query: chime.AuditQuery{
					Tenant: chime.TenantID(*tenant), Operation: *operation, Since: from,
					Principal: principalName(caller.Tenant, *principal),
				},
				User:    *user,
				Waiting: func(err error) { fmt.Fprintf(e.Stderr, "carillon: waiting for the database: %v\n", err) },
			}
			show := func(r chime.AuditRecord) error { return e.printRecord(r, out) }
			if *follow {
				return trail.Follow(ctx, e.Now, followEvery, show)
			}
			return trail.Each(ctx, show)
		})
	}
	return cmd
}

// principalName turns what --principal was given into what records have.
func principalName(tenant chime.TenantID, given string) string {
	if given == "" || strings.Contains(given, ":") {
		return given
	}
	return iam.PrincipalARN(tenant, given)
}

// parseSince reads a time, a date, or how long ago.
func parseSince(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	if days, isDays := strings.CutSuffix(text, "d"); isDays {
		if n, err := strconv.Atoi(days); err == nil && n >= 0 {
			return now.AddDate(0, 0, -n), nil
		}
	}
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return now.Add(-ago), nil
	}
	return time.Time{}, fmt.Errorf("--since %q is no time: say 2026-01-31T12:00:00Z, 2026-01-31, 90m or 7d", text)
}

// printedRecord is what a line of text tells of a record.
type printedRecord struct {
	EventTime        string         `json:"eventTime"`
	EventName        string         `json:"eventName"`
	SourceIPAddress  string         `json:"sourceIPAddress"`
	ErrorCode        string         `json:"errorCode"`
	ResponseElements map[string]any `json:"responseElements"`
}

func (e Env) printRecord(r chime.AuditRecord, out *output) error {
	if out.json() {
		_, err := fmt.Fprintf(e.Stdout, "%s\n", audit.CloudTrail(r))
		return err
	}
	var p printedRecord
	if err := json.Unmarshal(r.Document, &p); err != nil {
		return fmt.Errorf("reading audit record %s: %w", r.ID, err)
	}
	account := printable(string(r.Account))
	if account == "" {
		account = "-"
	}
	_, err := fmt.Fprintf(e.Stdout, "%s  %s  %s  %s  %s  %s\n", p.EventTime, r.Principal, p.EventName, account, p.outcome(r.Repeats), p.SourceIPAddress)
	return err
}

func (p printedRecord) outcome(repeats int64) string {
	switch failed, _ := p.ResponseElements["userErrors"].([]any); {
	case p.ErrorCode != "" && repeats > 0:
		return fmt.Sprintf("%s (%d more)", p.ErrorCode, repeats)
	case p.ErrorCode != "":
		return p.ErrorCode
	case len(failed) > 0:
		return fmt.Sprintf("ok (%d failed)", len(failed))
	}
	return "ok"
}
