package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/sqlstore"
	"github.com/carillon-id/carillon/internal/sqlstore/sqlite"
)

// counter is an engine that counts the statements within Write.
type counter struct {
	sqlstore.Engine
	statements int
}

func (c *counter) Write(ctx context.Context, fn func(sqlstore.Conn) error) error {
	return c.Engine.Write(ctx, func(conn sqlstore.Conn) error { return fn(countedConn{conn, c}) })
}

type countedConn struct {
	sqlstore.Conn
	counter *counter
}

func (c countedConn) Exec(ctx context.Context, sql string, args ...any) error {
	c.counter.statements++
	return c.Conn.Exec(ctx, sql, args...)
}

func (c countedConn) Query(ctx context.Context, sql string, args []any, each func(sqlstore.Row) error) error {
	c.counter.statements++
	return c.Conn.Query(ctx, sql, args, each)
}

// TestStatementsOfASignin: what a request of an app, or of a browser, reads and
// writes is a fixed number of statements, and so is what is told about 50 people.
func TestStatementsOfASignin(t *testing.T) {
	engine, err := sqlite.OpenEngine(t.Context(), sqlite.Memory)
	if err != nil {
		t.Fatal(err)
	}
	c := &counter{Engine: engine}
	s := sqlstore.New(c)
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	ctx := t.Context()
	var users []chime.UserID
	var clients []chime.ClientID
	var domains []string
	for i := range 50 {
		users, clients = append(users, chime.UserID(fmt.Sprint("u", i))), append(clients, chime.ClientID(fmt.Sprint("c", i)))
		domains = append(domains, fmt.Sprint("d", i))
	}
	for _, step := range []struct {
		name string
		want int
		run  func(tx chime.Tx) error
	}{
		// What each write of a session, a grant and a token is, whatever their number.
		{"a sign-in", 3, func(tx chime.Tx) error {
			var sessions []chime.Session
			var grants []chime.Grant
			var tokens []chime.Credential
			for _, user := range users {
				sessions = append(sessions, chime.Session{User: user, ID: "s"})
				grants = append(grants, chime.Grant{User: user, ID: "g", Session: "s", Client: "c0"})
				tokens = append(tokens, chime.Credential{Hash: "of " + string(user), User: user, Session: "s", Grant: "g", Client: "c0"})
			}
			return errors.Join(tx.PutSessions(ctx, sessions...), tx.PutGrants(ctx, grants...), tx.PutCredentials(ctx, tokens...))
		}},
		{"a person, an account and an app", 6, func(tx chime.Tx) error {
			return errors.Join(tx.PutPeople(ctx, chime.Person{ID: "u0", Account: "a"}, chime.Person{ID: "u1"}),
				tx.PutAccounts(ctx, chime.Account{ID: "a"}), tx.PutStandings(ctx, chime.Member{Account: "a", User: "u0"}),
				tx.PutApp(ctx, chime.App{ID: "c0"}))
		}},
		// Credential, session, grant, app, person; the account with the member.
		{"Bearer", 6, func(tx chime.Tx) error { return first(tx.Bearer(ctx, "of u0")) }},
		{"Bearer of a free person", 5, func(tx chime.Tx) error { return first(tx.Bearer(ctx, "of u1")) }},
		{"Bearer of an unknown token", 1, func(tx chime.Tx) error { return first(tx.Bearer(ctx, "unknown")) }},
		{"BriefBearer", 6, func(tx chime.Tx) error { return first(tx.BriefBearer(ctx, "of u0")) }},
		{"SessionAndSubject", 3, func(tx chime.Tx) error {
			_, _, err := tx.SessionAndSubject(ctx, "u0", "s", "a")
			return err
		}},
		{"Subject", 2, func(tx chime.Tx) error { return first(tx.Subject(ctx, "u0", "another")) }},
		{"Sessions", 1, func(tx chime.Tx) error { return first(tx.Sessions(ctx, "u0")) }},
		{"Grants of 50", 1, func(tx chime.Tx) error { return first(tx.Grants(ctx, users)) }},
		{"AppSet of 50", 1, func(tx chime.Tx) error { return first(tx.AppSet(ctx, clients)) }},
		{"ListApps", 2, func(tx chime.Tx) error { return first(tx.ListApps(ctx, "", "", 50)) }},
		{"Claims of 50", 1, func(tx chime.Tx) error { return first(tx.Claims(ctx, domains)) }},
		{"an event about 50, and its deliveries", 3, func(tx chime.Tx) error {
			event := chime.Event{Account: "a", ID: "e"}
			var deliveries []chime.Delivery
			for _, user := range users {
				event.People = append(event.People, chime.EventPerson{User: user})
				deliveries = append(deliveries, chime.Delivery{User: user, Event: "e", Client: "c0"})
			}
			return errors.Join(tx.AppendEvent(ctx, event), tx.AddDeliveries(ctx, deliveries...), tx.PutEvent(ctx, event))
		}},
		{"EventDeliveries of 50", 1, func(tx chime.Tx) error { return first(tx.EventDeliveries(ctx, "e", users)) }},
	} {
		before := c.statements
		if err := s.Update(ctx, step.run); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if got := c.statements - before; got != step.want {
			t.Errorf("%s: got %d statements, want %d", step.name, got, step.want)
		}
	}
}
