package sqlite_test

import (
	"context"
	"strings"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/sqlstore"
	"github.com/carillon-id/carillon/internal/sqlstore/sqlite"
)

// TestBadDocumentsAreErrors: what no store wrote is never read as if nothing were
// there.
func TestBadDocumentsAreErrors(t *testing.T) {
	engine, err := sqlite.OpenEngine(t.Context(), sqlite.Memory)
	if err != nil {
		t.Fatal(err)
	}
	s := sqlstore.New(engine)
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	ctx := t.Context()
	for _, c := range []struct {
		table, column string
		write         func(tx chime.Tx) error
		read          func(tx chime.Tx) error
	}{
		{
			"apps", "redirect_uris", func(tx chime.Tx) error { return tx.PutApp(ctx, chime.App{ID: "a"}) },
			func(tx chime.Tx) error { return first(tx.App(ctx, "a")) },
		},
		{
			"apps", "post_logout_uris", func(tx chime.Tx) error { return tx.PutApp(ctx, chime.App{ID: "a"}) },
			func(tx chime.Tx) error { return first(tx.AppSet(ctx, []chime.ClientID{"a"})) },
		},
		{
			"sessions", "upstream", func(tx chime.Tx) error {
				return tx.PutSessions(ctx, chime.Session{User: "u", ID: "a", Upstream: &chime.Upstream{Issuer: "i"}})
			},
			func(tx chime.Tx) error { return first(tx.Sessions(ctx, "u")) },
		},
		{
			"credentials", "request", func(tx chime.Tx) error {
				return tx.PutCredentials(ctx, chime.Credential{Hash: "a", Request: chime.CodeRequest{Challenge: "c"}})
			},
			func(tx chime.Tx) error { return first(tx.Bearer(ctx, "a")) },
		},
		{
			"logins", "proof", func(tx chime.Tx) error { return tx.PutLogin(ctx, chime.Login{ID: "a"}) },
			func(tx chime.Tx) error { return first(tx.Login(ctx, "a")) },
		},
		{
			"providers", "basic_groups", func(tx chime.Tx) error { return tx.PutProvider(ctx, chime.Provider{Account: "a"}) },
			func(tx chime.Tx) error { return first(tx.Provider(ctx, "a")) },
		},
		{
			"providers", "pro_groups", func(tx chime.Tx) error { return tx.PutProvider(ctx, chime.Provider{Account: "a"}) },
			func(tx chime.Tx) error { return first(tx.Provider(ctx, "a")) },
		},
		{
			"outbox", "people", func(tx chime.Tx) error { return tx.AppendEvent(ctx, chime.Event{ID: "a"}) },
			func(tx chime.Tx) error { return first(tx.ScanEvents(ctx, chime.Event{}, 1)) },
		},
	} {
		if err := s.Update(ctx, c.write); err != nil {
			t.Fatal(err)
		}
		if err := s.View(ctx, c.read); err != nil {
			t.Errorf("%s.%s as it was written: %v", c.table, c.column, err)
		}
		var good string
		for _, bad := range []string{"null", "{", "[", "1", `"text"`, "}", `{"people": []} {}`, `[{"user": 1, "epoch": ""}]`, `[1]`, `{"auth_time": "now", "confirmed": {}, "at": []}`} {
			err := engine.Write(ctx, func(conn sqlstore.Conn) error {
				return replace(ctx, conn, c.table, c.column, bad, &good)
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.View(ctx, c.read); err == nil || !strings.HasPrefix(err.Error(), "reading the ") || chime.CodeOf(err) == chime.ServiceUnavailable {
				t.Errorf("%s.%s = %s: got the error %v, want one that says what could not be read", c.table, c.column, bad, err)
			}
		}
		if err := engine.Write(ctx, func(conn sqlstore.Conn) error { return replace(ctx, conn, c.table, c.column, good, new(string)) }); err != nil {
			t.Fatal(err)
		}
		if err := s.View(ctx, c.read); err != nil {
			t.Errorf("%s.%s as it was, again: %v", c.table, c.column, err)
		}
	}
}

// first returns the error alone.
func first[T any](_ T, err error) error { return err }

// replace writes a column of all rows, and keeps what was there first.
func replace(ctx context.Context, conn sqlstore.Conn, table, column, text string, was *string) error {
	if *was == "" {
		if err := conn.Query(ctx, "SELECT "+column+" FROM "+table, nil, func(r sqlstore.Row) error {
			*was = r.Text(0)
			return nil
		}); err != nil {
			return err
		}
	}
	return conn.Exec(ctx, "UPDATE "+table+" SET "+column+" = $1", text)
}
