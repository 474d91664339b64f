package postgres_test

import (
	"context"
	"errors"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

// proofs is a DNS that has the proof of the domain.
type proofs struct{ domain chime.Domain }

func (p proofs) LookupTXT(context.Context, string) ([]string, error) {
	_, text := directory.ProofRecord(p.domain)
	return []string{text}, nil
}

func living(chime.Session, chime.Subject) bool { return true }

// administration is what administrators do with apps, domains, providers,
// invitations and sign-outs.
func (in *installation) administration() []step {
	const domain = "claimed.example"
	var app chime.App
	var claim chime.Domain
	var invited directory.Invitation
	name := "An app"
	change := directory.AppChange{Name: &name, RedirectURIs: []string{"https://app.example/"}}
	return []step{
		{"CreateApp", func(ctx context.Context) (err error) {
			app, _, err = in.CreateApp(ctx, change, false)
			return err
		}},
		{"GetApp", func(ctx context.Context) error { return first(in.GetApp(ctx, app.ID)) }},
		{"ListApps", func(ctx context.Context) error {
			_, _, err := in.ListApps(ctx, directory.Page{})
			return err
		}},
		{"UpdateApp", func(ctx context.Context) error {
			_, _, err := in.UpdateApp(ctx, app.ID, change, true)
			return err
		}},
		{"DeleteApp", func(ctx context.Context) error { return in.DeleteApp(ctx, app.ID) }},
		{"ListInvitations", func(ctx context.Context) error {
			_, err := in.InviteUsers(ctx, "team", []string{"link@example.com", "mail@example.com"}, "")
			list, _, err2 := in.ListInvitations(ctx, "team", directory.Page{})
			for _, pending := range list {
				if pending.Email == "link@example.com" {
					invited = pending.Invitation
				}
			}
			return errors.Join(err, err2)
		}},
		{"ShowInvitation", func(ctx context.Context) error { return first(in.ShowInvitation(ctx, invited)) }},
		{"InvitationFailed", func(ctx context.Context) error { return in.InvitationFailed(ctx, invited) }},
		{"CancelInvitation", func(ctx context.Context) error { return in.CancelInvitation(ctx, "team", invited.User) }},
		{"ListSignouts", func(ctx context.Context) error {
			return errors.Join(first(in.ListSignouts(ctx, "", "lwa-000")), first(in.ListSignouts(ctx, "lwa", "lwa-000")))
		}},
		{"ListUserSessions", func(ctx context.Context) error { return first(in.ListUserSessions(ctx, "lwa", "lwa-000", living)) }},
		{"ListUserHistory", func(ctx context.Context) error {
			_, next, err := in.ListUserHistory(ctx, "lwa", "lwa-000", directory.Page{Limit: 1})
			_, _, err2 := in.ListUserHistory(ctx, "lwa", "lwa-000", directory.Page{Token: next})
			_, _, err3 := in.ListUserHistory(ctx, "team", "nobody", directory.Page{})
			return errors.Join(err, err2, err3)
		}},
		{"EndUserSession", func(ctx context.Context) error {
			put := in.store.Update(ctx, func(tx chime.Tx) error { return tx.PutSessions(ctx, chime.Session{User: "lwa-000", ID: "session"}) })
			return errors.Join(put, in.EndUserSession(ctx, "lwa", "lwa-000", "session"))
		}},
		{"AddDomain", func(ctx context.Context) (err error) {
			claim, err = in.AddDomain(ctx, "lwa", domain)
			return err
		}},
		{"GetDomain", func(ctx context.Context) error { return first(in.GetDomain(ctx, "lwa", domain)) }},
		{"ListDomains", func(ctx context.Context) error { return first(in.ListDomains(ctx, "lwa")) }},
		{"VerifyDomain", func(ctx context.Context) error { return first(in.VerifyDomain(ctx, "lwa", domain, proofs{claim})) }},
		{"SetProvider", func(ctx context.Context) error {
			return first(in.SetProvider(ctx, "lwa", directory.NewProvider{Issuer: "https://login.example", ClientID: "carillon"}))
		}},
		{"GetProvider", func(ctx context.Context) error { return first(in.GetProvider(ctx, "lwa")) }},
		{"DeleteProvider", func(ctx context.Context) error { return in.DeleteProvider(ctx, "lwa") }},
		{"DeleteDomain", func(ctx context.Context) error { return in.DeleteDomain(ctx, "lwa", domain) }},
	}
}
