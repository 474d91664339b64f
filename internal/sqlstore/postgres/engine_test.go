package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/iam"
	"github.com/carillon-id/carillon/internal/postgrestest"
	"github.com/carillon-id/carillon/internal/secret"
	"github.com/carillon-id/carillon/internal/sqlstore"
	"github.com/carillon-id/carillon/internal/sqlstore/postgres"
)

const tenant = chime.TenantID("111122223333")

// with returns the URL with one more parameter.
func with(tb testing.TB, database, name, value string) string {
	tb.Helper()
	u := mustParse(tb, database)
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = strings.ReplaceAll(q.Encode(), "+", "%20")
	return u.String()
}

func mustParse(tb testing.TB, database string) *url.URL {
	tb.Helper()
	u, err := url.Parse(database)
	if err != nil {
		tb.Fatal(err)
	}
	return u
}

func opened(tb testing.TB, database string) chime.Store {
	tb.Helper()
	s := open(tb, database)
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

// openEngine opens an engine and closes it at the end of the test.
func openEngine(tb testing.TB, database string) sqlstore.Engine {
	tb.Helper()
	e, err := postgres.OpenEngine(tb.Context(), database)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := e.Close(); err != nil {
			tb.Error(err)
		}
	})
	return e
}

// newDirectory returns a directory over the store, and a context in which the
// tenant's root calls.
func newDirectory(tb testing.TB, s chime.Store) (*directory.Directory, context.Context) {
	tb.Helper()
	recorder := audit.NewRecorder(s, time.Now, slog.New(slog.DiscardHandler))
	tb.Cleanup(recorder.Close)
	d := directory.New(directory.Config{
		Store: s, Tokens: secret.NewKeyring(secret.MasterKey{1}, nil), Recorder: recorder, Now: time.Now,
	})
	return d, iam.WithCaller(tb.Context(), iam.NewCaller(chime.Principal{Tenant: tenant, Name: chime.RootName, ID: string(tenant)}, "AKIA", nil))
}

func put(tb testing.TB, s chime.Store, fn func(ctx context.Context, tx chime.Tx) error) {
	tb.Helper()
	if err := s.Update(tb.Context(), func(tx chime.Tx) error { return fn(tb.Context(), tx) }); err != nil {
		tb.Fatal(err)
	}
}

// people puts an account with n Registered people into the store.
func people(tb testing.TB, s chime.Store, account chime.AccountID, accountType chime.AccountType, n int) (ids []chime.UserID) {
	tb.Helper()
	put(tb, s, func(ctx context.Context, tx chime.Tx) error {
		var members []chime.Member
		for i := range n {
			id := chime.UserID(fmt.Sprintf("%s-%03d", account, i))
			ids = append(ids, id)
			members = append(members, chime.Member{
				Account: account, User: id, Standing: chime.Standing{Status: chime.Registered, License: chime.Pro},
				Profile: chime.Profile{Email: string(id) + "@example.com", PIN: fmt.Sprintf("%03d%07d", len(account), i), Type: chime.PrivateUser},
			})
		}
		return errors.Join(tx.PutMembers(ctx, members...), tx.PutAccounts(ctx, chime.Account{
			ID: account, Tenant: tenant, Name: string(account), Type: accountType, Status: chime.AccountActive,
			DefaultLicense: chime.Pro, SupportedLicenses: []chime.License{chime.Basic, chime.Pro},
		}))
	})
	return ids
}

// TestBatchIsTwoJourneys has batches go through a proxy that lets two of them
// pass: one that begins and reads, one that writes and commits.
func TestBatchIsTwoJourneys(t *testing.T) {
	p, behind := newProxy(t, migrated(t, postgrestest.Distribution()))
	s := opened(t, with(t, behind, "pool_max_conns", "1"))
	team, lwa := people(t, s, "team", chime.Team, 150), people(t, s, "lwa", chime.EnterpriseLWA, 100)
	d, ctx := newDirectory(t, s)
	license := chime.Basic
	var addresses [3][]string
	for i := range addresses {
		for j := range 50 {
			addresses[i] = append(addresses[i], fmt.Sprintf("invited-%d-%d@example.com", i, j))
		}
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for _, batch := range []struct {
		name     string
		journeys int
		run      func(n int) error
	}{
		{"SuspendUsers", 2, func(n int) error {
			_, err := d.SuspendUsers(ctx, "lwa", lwa[n*50:n*50+50])
			return err
		}},
		{"UnsuspendUsers", 2, func(n int) error {
			_, err := d.UnsuspendUsers(ctx, "lwa", lwa[n*50:n*50+50])
			return err
		}},
		// Of a Team account, people who are suspended already and unknown ones among them.
		{"SuspendUsers of a Team", 2, func(n int) error {
			users := append([]chime.UserID{"unknown"}, team[n*40:n*40+49]...)
			_, err := d.SuspendUsers(ctx, "team", users)
			return err
		}},
		{"UpdateUsers", 2, func(n int) error {
			var changes []directory.UserChange
			for _, user := range lwa[n*20 : n*20+20] {
				changes = append(changes, directory.UserChange{User: user, License: &license})
			}
			_, err := d.UpdateUsers(ctx, "lwa", changes)
			return err
		}},
		{"InviteUsers", 2, func(n int) error {
			_, err := d.InviteUsers(ctx, "team", addresses[n], "")
			return err
		}},
		{"InviteUsers again", 2, func(n int) error {
			_, err := d.InviteUsers(ctx, "team", addresses[n], "")
			return err
		}},
		// The caller does not wait for the end of a transaction that only reads.
		{"GetUser", 1, func(n int) error {
			_, err := d.GetUser(ctx, "lwa", lwa[n])
			return err
		}},
	} {
		for n := range 2 { // the first prepares statements on the way
			settle(t, s)
			p.allow(batch.journeys)
			if err := batch.run(n); err != nil {
				t.Fatalf("%s, with %d journeys at most: %v", batch.name, batch.journeys, err)
			}
			p.allow(0)
		}
	}
}

// TestSignatureIsOneJourney looks a known access key up with its principal.
func TestSignatureIsOneJourney(t *testing.T) {
	p, behind := newProxy(t, migrated(t, postgrestest.Distribution()))
	s := opened(t, with(t, behind, "pool_max_conns", "1"))
	put(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.PutPrincipal(ctx, chime.Principal{Tenant: tenant, Name: "alice"}),
			tx.PutAccessKeys(ctx, chime.AccessKey{ID: "AKIA", Tenant: tenant, Principal: "alice"}))
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for _, journeys := range []int{2, 1, 1} { // the first finds out whose the key is
		settle(t, s)
		p.allow(journeys)
		err := s.View(ctx, func(tx chime.Tx) error {
			key, principal, err := tx.KeyAndPrincipal(ctx, "AKIA")
			if err == nil && (key == nil || principal == nil || principal.Name != "alice") {
				t.Errorf("got %v and %v, want the key and alice", key, principal)
			}
			return err
		})
		if err != nil {
			t.Fatalf("a look-up, with %d journeys at most: %v", journeys, err)
		}
		p.allow(0)
	}
}

// settle waits until the pool's one connection is back, with all that nobody
// waited for.
func settle(tb testing.TB, s chime.Store) {
	tb.Helper()
	put(tb, s, func(ctx context.Context, tx chime.Tx) error { return tx.PutSetting(ctx, "settle", nil) })
}

// TestPreparedStatementsAreBounded runs more texts than a connection keeps.
func TestPreparedStatementsAreBounded(t *testing.T) {
	e := openEngine(t, with(t, migrated(t, postgrestest.Distribution()), "pool_max_conns", "1"))
	ctx := t.Context()
	count := func(c sqlstore.Conn) (n int64) {
		if err := c.Query(ctx, "SELECT count(*) FROM pg_prepared_statements", nil, func(r sqlstore.Row) error {
			n = r.Int(0)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for i := range 400 {
		err := e.Read(ctx, func(c sqlstore.Conn) error {
			// One of them fails, and the rest is as good as before.
			if i%50 == 0 {
				return c.Query(ctx, fmt.Sprintf("SELECT %d / 0", i), nil, func(sqlstore.Row) error { return nil })
			}
			return c.Query(ctx, fmt.Sprintf("SELECT CAST($1 AS bigint) + %d", i), []any{int64(1)}, func(r sqlstore.Row) error {
				if r.Int(0) != int64(i+1) {
					t.Errorf("1 + %d: got %d", i, r.Int(0))
				}
				return nil
			})
		})
		if (err != nil) != (i%50 == 0) {
			t.Errorf("statement %d: got the error %v", i, err)
		}
	}
	if err := e.Read(ctx, func(c sqlstore.Conn) error {
		if n := count(c); n < 200 || n > 260 {
			t.Errorf("got %d prepared statements, want about 256", n)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

// TestSchemaChangeUnderway changes a table that a connection has statements for.
func TestSchemaChangeUnderway(t *testing.T) {
	e := openEngine(t, with(t, migrated(t, postgrestest.Distribution()), "pool_max_conns", "1"))
	ctx := t.Context()
	look := func() error {
		return e.Read(ctx, func(c sqlstore.Conn) error {
			return c.Query(ctx, "SELECT * FROM settings", nil, func(sqlstore.Row) error { return nil })
		})
	}
	if err := look(); err != nil {
		t.Fatal(err)
	}
	if err := e.Write(ctx, func(c sqlstore.Conn) error { return c.Exec(ctx, "ALTER TABLE settings ADD COLUMN more BIGINT") }); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(look(), look()); err != nil && chime.CodeOf(err) != chime.ServiceUnavailable {
		t.Errorf("a statement after its table was changed: %v", err)
	}
	if err := look(); err != nil {
		t.Errorf("the next one: %v", err)
	}
}

func TestUnsynced(t *testing.T) {
	engine := openEngine(t, migrated(t, postgrestest.Distribution()))
	unsynced, ok := engine.(sqlstore.UnsyncedWriter)
	if !ok {
		t.Fatalf("got a %T, want an UnsyncedWriter", engine)
	}
	for _, c := range []struct {
		want  string
		write func(context.Context, func(sqlstore.Conn) error) error
	}{{"off", unsynced.WriteUnsynced}, {"on", engine.Write}} {
		err := c.write(t.Context(), func(conn sqlstore.Conn) error {
			return conn.Query(t.Context(), "SHOW synchronous_commit", nil, func(r sqlstore.Row) error {
				if got := r.Text(0); got != c.want {
					t.Errorf("synchronous_commit: got %s, want %s", got, c.want)
				}
				return nil
			})
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// TestDeadLocksAreRunAgain has two transactions write the same two rows in
// opposite orders, each the second one only when the other has written its first.
func TestDeadLocksAreRunAgain(t *testing.T) {
	s := opened(t, with(t, migrated(t, postgrestest.Distribution()), "options", "-c deadlock_timeout=20ms"))
	ctx := t.Context()
	names := []string{"first", "second"}
	arrived := []chan struct{}{make(chan struct{}), make(chan struct{})}
	done := make(chan error)
	for i := range names {
		go func() {
			attempts := 0
			done <- s.Update(ctx, func(tx chime.Tx) error {
				attempts++
				for step, name := range []string{names[i], names[1-i]} {
					if err := tx.PutSetting(ctx, name, []byte(names[i])); err != nil {
						return err
					}
					if _, err := tx.Setting(ctx, "other"); err != nil { // sends it
						return err
					}
					if step == 0 && attempts == 1 {
						close(arrived[i])
						<-arrived[1-i]
					}
				}
				return nil
			})
		}()
	}
	for range names {
		if err := <-done; err != nil {
			t.Errorf("Update: %v", err)
		}
	}
}

// TestTextIsOrderedByBytes: no column has the order of the cluster's locale.
func TestTextIsOrderedByBytes(t *testing.T) {
	e := openEngine(t, migrated(t, postgrestest.Distribution()))
	ctx := t.Context()
	columns := 0
	err := e.Read(ctx, func(c sqlstore.Conn) error {
		err := c.Query(ctx, "SELECT datlocprovider FROM pg_database WHERE datname = current_database()", nil, func(r sqlstore.Row) error {
			if r.Text(0) != "i" {
				t.Errorf("the cluster's locale provider is %q, want ICU: else this proves nothing", r.Text(0))
			}
			return nil
		})
		if err != nil {
			return err
		}
		return c.Query(ctx, `SELECT a.attrelid::regclass::text, a.attname, l.collname FROM pg_attribute a
			JOIN pg_class c ON c.oid = a.attrelid JOIN pg_collation l ON l.oid = a.attcollation
			WHERE c.relnamespace = 'public'::regnamespace AND c.relname NOT LIKE 'goose%'`, nil, func(r sqlstore.Row) error {
			columns++
			if r.Text(2) != "C" {
				t.Errorf("%s.%s is ordered by %s, want C", r.Text(0), r.Text(1), r.Text(2))
			}
			return nil
		})
	})
	if err != nil || columns < 50 {
		t.Errorf("looked at %d columns (%v), want all of the schema", columns, err)
	}
}

// TestStatisticsFollowGrowth: a table that grows is analyzed on the way, without
// waiting for the server's own turn, which these tests' server never takes.
func TestStatisticsFollowGrowth(t *testing.T) {
	url := migrated(t, postgrestest.Distribution())
	s := opened(t, url)
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	analyzed := func() (rows float64) {
		err := conn.QueryRow(t.Context(), "SELECT reltuples FROM pg_class WHERE oid = 'members'::regclass").Scan(&rows)
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	for i := range 4 {
		people(t, s, chime.AccountID(fmt.Sprint("account", i)), chime.EnterpriseLWA, 1000)
	}
	for wait := patience; analyzed() < 1000; wait -= time.Millisecond {
		if wait <= 0 {
			t.Fatalf("the statistics know of %v rows, long after 4000 were written", analyzed())
		}
		time.Sleep(time.Millisecond)
	}
}

// TestDeletedMembersStayDeleted: a member whom another transaction deleted since this
// one read them does not come back, wherever the row would come to stand. A
// reference to the member finds the row that was deleted, or a new one if that
// stands before it, so it is no help.
func TestDeletedMembersStayDeleted(t *testing.T) {
	url := migrated(t, postgrestest.Distribution())
	s := opened(t, url)
	ctx := t.Context()
	for _, write := range []func(s chime.Store, ctx context.Context, fn func(chime.Tx) error) error{chime.Store.Update, chime.Store.UpdateInPlace} {
		people(t, s, "filler", chime.Team, 50)
		ids := people(t, s, "team", chime.Team, 2)
		put(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.PurgeAccount(ctx, tenant, "filler") })
		execute(t, url, "VACUUM members") // there is room before the rows of the team
		attempts := 0
		err := write(s, ctx, func(tx chime.Tx) error {
			_, members, err := tx.AccountMembers(ctx, "team", ids)
			if attempts++; err != nil || attempts > 1 {
				return err
			}
			err = s.UpdateInPlace(ctx, func(tx chime.Tx) error { return tx.DeleteMembers(ctx, "team", ids) })
			return errors.Join(err, tx.PutMembers(ctx, members...))
		})
		var left int64
		if err := errors.Join(err, s.View(ctx, func(tx chime.Tx) error {
			counts, err := tx.Counts(ctx)
			left = counts["members"] + counts["member_profiles"]
			return err
		})); err != nil {
			t.Fatal(err)
		}
		if left != 0 || attempts != 2 {
			t.Errorf("got %d rows of members after %d attempts, want none after 2", left, attempts)
		}
	}
}
