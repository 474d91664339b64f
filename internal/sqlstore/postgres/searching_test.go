package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/postgrestest"
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
		{"GetAccountSummary", func(ctx context.Context) error { return first(in.GetAccountSummary(ctx, "lwa")) }},
		{"GetSummary", func(ctx context.Context) error { return first(in.GetSummary(ctx)) }},
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

// TestPagesReadWhatTheyAnswer reads pages from the middle of long lists, before
// PostgreSQL has looked at its tables and afterwards: none begins at the beginning.
func TestPagesReadWhatTheyAnswer(t *testing.T) {
	const rows, limit = 3000, 20
	url := migrated(t, postgrestest.Distribution())
	j := newJournal()
	s := j.open(t, url)
	defer s.Close()
	people(t, s, "team", chime.Team, rows)
	when := func(n int) time.Time { return time.UnixMicro(int64(1_000_000 + n)) }
	put(t, s, func(ctx context.Context, tx chime.Tx) error {
		var records []chime.AuditRecord
		var settled []chime.Delivery
		var sessions []chime.Session
		for n := range rows {
			id := fmt.Sprintf("%04d", n)
			records = append(records, chime.AuditRecord{ID: id, Tenant: tenant, Account: chime.AccountID([]string{"team", "other"}[n%2]), Document: []byte("{}")})
			settled = append(settled, chime.Delivery{User: "u", Event: chime.EventID(id), Settled: when(n)})
			sessions = append(sessions, chime.Session{User: "u", ID: chime.SessionID(id), SecretHash: []byte{1}, Expires: when(n)})
		}
		return errors.Join(tx.AppendAudit(ctx, records...), tx.AddDeliveries(ctx, settled...), tx.PutSessions(ctx, sessions...))
	})
	j.statements = map[string]recorded{}
	err := s.View(t.Context(), func(tx chime.Tx) error {
		ctx := t.Context()
		_, _, _, counted := tx.CountMembers(ctx, "team", "team-150", limit)
		return errors.Join(counted,
			first(tx.MembersByAddress(ctx, "team", chime.AddressPosition{Order: "team-150"}, limit)),
			first(tx.ScanAudit(ctx, chime.AuditScan{Tenant: tenant, Before: "1500", Newest: true, Limit: limit})),
			first(tx.ScanAudit(ctx, chime.AuditScan{Account: "team", Before: "1500", Newest: true, Limit: limit})),
			first(tx.SettledDeliveries(ctx, chime.Delivery{Settled: when(1500)}, limit)),
			first(tx.SessionsByExpiry(ctx, chime.Session{Expires: when(1500)}, limit)))
	})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	for _, when := range []string{"before", "after"} {
		for _, r := range j.statements {
			if read := rowsRead(t, conn, r); read > 5*limit {
				t.Errorf("%s ANALYZE: got %d rows read, want about %d, by %s", when, read, limit, r.sql)
			}
		}
		if _, err := conn.Exec(t.Context(), "ANALYZE"); err != nil {
			t.Fatal(err)
		}
	}
	if len(j.statements) != 7 {
		t.Errorf("got %d statements, want one for each page and two for a tenant's audit", len(j.statements))
	}
}
