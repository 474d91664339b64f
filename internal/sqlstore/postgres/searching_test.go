package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

// searches are requests that look for users, accounts and records.
func (in *installation) searches() []step {
	return []step{
		{"ListUsersByFilter", func(ctx context.Context) (err error) {
			for _, s := range []directory.UserSearch{{}, {EmailPrefix: "person"}, {EmailPrefix: "lwa", Status: chime.Registered}, {License: chime.Pro}} {
				_, next, err1 := in.ListUsersByFilter(ctx, "lwa", s, directory.Page{Limit: 1})
				err = errors.Join(err, err1)
				if next != "" {
					_, _, err1 = in.ListUsersByFilter(ctx, "lwa", s, directory.Page{Limit: 1, Token: next})
					err = errors.Join(err, err1)
				}
			}
			return err
		}},
		{"GetUserByEmail", func(ctx context.Context) error { return first(in.GetUserByEmail(ctx, "lwa-000@example.com")) }},
		{"GetUsersByEntries", func(ctx context.Context) error {
			entries := []string{"lwa-000@example.com", "team-001", "nobody"}
			return errors.Join(first(in.GetUsersByEntries(ctx, "lwa", entries)), first(in.GetUsersByEntries(ctx, "team", entries)))
		}},
		{"RestoreAccount", func(ctx context.Context) error {
			deleted, _, err := in.ListDeletedAccounts(ctx, "", directory.Page{})
			if err == nil && len(deleted) == 0 {
				err = errors.New("no account was deleted")
			}
			if err != nil {
				return err
			}
			return errors.Join(first(in.RestoreAccount(ctx, deleted[0].ID)), in.DeleteAccount(ctx, deleted[0].ID))
		}},
		{"ListAuditRecords", func(ctx context.Context) error {
			entries, _, err := in.ListAuditRecords(ctx, directory.AuditFilter{}, directory.Page{Limit: 2})
			_, _, err2 := in.ListAuditRecords(ctx, directory.AuditFilter{Account: "team", Since: time.Unix(1, 0)}, directory.Page{Limit: 2})
			if len(entries) != 2 {
				err = errors.Join(err, fmt.Errorf("got %d records, want 2", len(entries)))
			}
			return errors.Join(err, err2)
		}},
		{"GetAuditRecord", func(ctx context.Context) error {
			entries, _, err := in.ListAuditRecords(ctx, directory.AuditFilter{Operation: "GetUser"}, directory.Page{Limit: 1})
			if err != nil || len(entries) == 0 {
				return err
			}
			return first(in.GetAuditRecord(ctx, entries[0].ID))
		}},
	}
}
