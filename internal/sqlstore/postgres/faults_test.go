package postgres_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/postgrestest"
	"github.com/carillon-id/carillon/internal/sqlstore"
	"github.com/carillon-id/carillon/internal/sqlstore/postgres"
)

func write(ctx context.Context, s chime.Store, value string) error {
	return s.Update(ctx, func(tx chime.Tx) error {
		if _, err := tx.Setting(ctx, "value"); err != nil {
			return err
		}
		return tx.PutSetting(ctx, "value", []byte(value))
	})
}

func readValue(ctx context.Context, s chime.Store) (value string, err error) {
	err = s.View(ctx, func(tx chime.Tx) error {
		b, err := tx.Setting(ctx, "value")
		value = string(b)
		return err
	})
	return value, err
}

func wantValue(tb testing.TB, s chime.Store, want string) {
	tb.Helper()
	got, err := readValue(tb.Context(), s)
	if err != nil || got != want {
		tb.Errorf("the value: got %q (%v), want %q", got, err, want)
	}
}

func wantUnavailable(tb testing.TB, what string, err error) {
	tb.Helper()
	if chime.CodeOf(err) != chime.ServiceUnavailable {
		tb.Errorf("%s: got the error %v, want %s", what, err, chime.ServiceUnavailable)
	}
}

// execute runs a statement as somebody else than the store.
func execute(tb testing.TB, url, sql string) {
	tb.Helper()
	ctx := tb.Context()
	c, err := pgx.Connect(ctx, url)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := c.Exec(ctx, sql); err != nil {
		tb.Errorf("%s: %v", sql, err)
	}
	if err := c.Close(ctx); err != nil {
		tb.Error(err)
	}
}

// patience bounds what a test waits for.
const patience = 30 * time.Second

// fill has every connection of the pool in use at the same time, so that all of
// them are there.
func fill(tb testing.TB, s chime.Store, connections int) {
	tb.Helper()
	var all, group sync.WaitGroup
	all.Add(connections)
	for range connections {
		group.Go(func() {
			err := s.View(tb.Context(), func(tx chime.Tx) error {
				_, err := tx.Setting(tb.Context(), "value")
				all.Done()
				all.Wait()
				return err
			})
			if err != nil {
				tb.Errorf("View: %v", err)
			}
		})
	}
	group.Wait()
}

// TestRestartedServer: while the server is down, everything is refused as
// unavailable; once it is up, the first that comes is served, although all
// connections of the pool are dead.
func TestRestartedServer(t *testing.T) {
	cluster := postgrestest.New(t, postgrestest.Distribution())
	ctx := t.Context()
	s := opened(t, with(t, cluster.URL("postgres"), "pool_max_conns", "8"))
	if err := write(ctx, s, "before"); err != nil {
		t.Fatal(err)
	}
	for _, end := range []func() error{cluster.Shutdown, cluster.Kill} {
		fill(t, s, 8)
		// In the middle of a transaction, nothing of it stays.
		err := s.Update(ctx, func(tx chime.Tx) error {
			err := tx.PutSetting(ctx, "value", []byte("half"))
			_, err2 := tx.Setting(ctx, "value")
			return errors.Join(err, err2, end(), tx.PutSetting(ctx, "value", []byte("half")))
		})
		wantUnavailable(t, "an Update whose server ended", err)
		wantUnavailable(t, "an Update without a server", write(ctx, s, "none"))
		_, err = readValue(ctx, s)
		wantUnavailable(t, "a View without a server", err)
		if err := cluster.Restart(); err != nil {
			t.Fatal(err)
		}
		wantValue(t, s, "before")
		if err := write(ctx, s, "before"); err != nil {
			t.Errorf("an Update after the restart: %v", err)
		}
		fill(t, s, 8)
		// The server ends and comes back while nobody asks.
		if err := errors.Join(end(), cluster.Restart(), write(ctx, s, "before")); err != nil {
			t.Errorf("an Update after another restart: %v", err)
		}
	}
	wantValue(t, s, "before")
}

// TestFrozenServer: a server that does not answer holds nobody up for longer than
// they want to wait, and a while.
func TestFrozenServer(t *testing.T) {
	cluster := postgrestest.New(t, postgrestest.Distribution())
	s := opened(t, with(t, cluster.URL("postgres"), "pool_max_conns", "2"))
	if err := write(t.Context(), s, "before"); err != nil {
		t.Fatal(err)
	}
	if err := cluster.Freeze(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := write(ctx, s, "frozen"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("an Update of a frozen server: got the error %v, want %v", err, context.DeadlineExceeded)
	}
	if _, err := readValue(ctx, s); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a View of a frozen server: got the error %v, want %v", err, context.DeadlineExceeded)
	}
	if err := cluster.Thaw(); err != nil {
		t.Fatal(err)
	}
	wantValue(t, s, "before")
	if err := write(t.Context(), s, "after"); err != nil {
		t.Error(err)
	}
	wantValue(t, s, "after")
}

// TestLockedRow: whoever waits for a lock does so until their deadline, and what
// they wanted to write is not written afterwards.
func TestLockedRow(t *testing.T) {
	url := migrated(t, postgrestest.Distribution())
	s := opened(t, with(t, url, "pool_max_conns", "2"))
	if err := write(t.Context(), s, "before"); err != nil {
		t.Fatal(err)
	}
	other, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close(t.Context())
	lock, err := other.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lock.Exec(t.Context(), "SELECT * FROM settings FOR UPDATE"); err != nil {
		t.Fatal(err)
	}
	for range 5 { // more often than the pool has connections
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		if err := write(ctx, s, "late"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("an Update of a locked row: got the error %v, want %v", err, context.DeadlineExceeded)
		}
		cancel()
		wantValue(t, s, "before")
	}
	if err := lock.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantValue(t, s, "before")
	if err := write(t.Context(), s, "after"); err != nil {
		t.Error(err)
	}
}

// withTwo calls fn while two connections of the store are in use.
func withTwo(tb testing.TB, s chime.Store, fn func()) error {
	use := func(fn func() error) error {
		return s.View(tb.Context(), func(tx chime.Tx) error {
			if _, err := tx.Setting(tb.Context(), "value"); err != nil {
				return err
			}
			return fn()
		})
	}
	return use(func() error {
		return use(func() error {
			fn()
			return nil
		})
	})
}

// succeeds tries until it works, as it has to in the end.
func succeeds(tb testing.TB, what string, try func() error) {
	tb.Helper()
	for wait := patience; ; wait -= time.Millisecond {
		err := try()
		if err == nil {
			return
		}
		if wait <= 0 {
			tb.Fatalf("%s, long after there were connections again: %v", what, err)
		}
		time.Sleep(time.Millisecond)
	}
}

// TestNoConnections: neither a pool that is used up nor a server that takes no
// more connections lasts.
func TestNoConnections(t *testing.T) {
	url := migrated(t, postgrestest.Distribution())
	execute(t, url, `DO $$ BEGIN CREATE ROLE limited LOGIN CONNECTION LIMIT 2; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
		GRANT ALL ON ALL TABLES IN SCHEMA public TO limited`)
	s := opened(t, with(t, strings.Replace(url, "postgres@", "limited@", 1), "pool_max_conns", "3"))
	// The server counts a connection for a while after it was closed, such as the one
	// that opened the database, and a View gives its own back after it is over.
	succeeds(t, "two Views", func() error {
		return withTwo(t, s, func() {
			_, err := readValue(t.Context(), s)
			wantUnavailable(t, "a connection more than the server takes", err)
		})
	})
	succeeds(t, "a View", func() error {
		_, err := readValue(t.Context(), s)
		return err
	})
	used := opened(t, with(t, url, "pool_max_conns", "1"))
	err := used.View(t.Context(), func(tx chime.Tx) error {
		if _, err := tx.Setting(t.Context(), "value"); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		if _, err := readValue(ctx, used); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a View while the pool is used up: got the error %v, want %v", err, context.DeadlineExceeded)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	wantValue(t, used, "")
}

// TestReadOnlyDatabase is one that failed over, or whose disk is nearly full: it
// serves what it can, also to a process that starts.
func TestReadOnlyDatabase(t *testing.T) {
	url := migrated(t, postgrestest.Distribution())
	readOnly := opened(t, with(t, url, "options", "-c default_transaction_read_only=on"))
	wantUnavailable(t, "an Update", write(t.Context(), readOnly, "after"))
	wantValue(t, readOnly, "")
	if err := write(t.Context(), opened(t, url), "after"); err != nil {
		t.Error(err)
	}
	wantValue(t, readOnly, "after")
}

// TestStates: of what the server may say, everything that a request is not to
// blame for is unavailable; a statement that is wrong is not.
func TestStates(t *testing.T) {
	e := openEngine(t, with(t, migrated(t, postgrestest.Distribution()), "pool_max_conns", "1"))
	for state, want := range map[string]chime.Code{
		"08006": chime.ServiceUnavailable, // the connection to another node
		"40003": chime.ServiceUnavailable, // nobody knows whether the statement was done
		"42501": chime.ServiceUnavailable, // a right was taken away, or the file system is read-only
		"53100": chime.ServiceUnavailable, // disk full
		"53200": chime.ServiceUnavailable, // out of memory
		"55P03": chime.ServiceUnavailable, // lock_timeout
		"57014": chime.ServiceUnavailable, // statement_timeout, or somebody canceled it
		"58030": chime.ServiceUnavailable, // input/output error
		"25006": chime.ServiceUnavailable, // read-only
		"25P03": chime.ServiceUnavailable, // idle_in_transaction_session_timeout
		"25P04": chime.ServiceUnavailable, // transaction_timeout
		"XX000": chime.ServiceUnavailable, // a file that cannot grow, and other failures of the server
		"22003": chime.ServiceFailure,
		"23514": chime.ServiceFailure,
		"42601": chime.ServiceFailure,
	} {
		err := e.Write(t.Context(), func(c sqlstore.Conn) error {
			return c.Exec(t.Context(), "DO $$ BEGIN RAISE SQLSTATE '"+state+"'; END $$")
		})
		if got := chime.CodeOf(err); got != want {
			t.Errorf("%s: got %s (%v), want %s", state, got, err, want)
		}
	}
	wantValue(t, sqlstore.New(e), "")
}

// TestRefusedAgain: a server that took the user's connections and now takes none
// is unavailable, whatever it says, and all is well once it does again.
func TestRefusedAgain(t *testing.T) {
	url := migrated(t, postgrestest.Distribution())
	name := strings.TrimPrefix(mustParse(t, url).Path, "/")
	execute(t, url, `DO $$ BEGIN CREATE ROLE refused LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
		GRANT ALL ON ALL TABLES IN SCHEMA public TO refused`)
	s := opened(t, with(t, strings.Replace(url, "postgres@", "refused@", 1), "pool_max_conns", "2"))
	postgresURL := clusters.Start(t, postgrestest.Distribution()).URL("postgres")
	for what, change := range map[string]struct{ begin, end string }{
		"a user who may not log in":    {"ALTER ROLE refused NOLOGIN", "ALTER ROLE refused LOGIN"},
		"a user with no connections":   {"ALTER ROLE refused CONNECTION LIMIT 0", "ALTER ROLE refused CONNECTION LIMIT -1"},
		"a database that is not there": {"ALTER DATABASE " + name + " RENAME TO elsewhere", "ALTER DATABASE elsewhere RENAME TO " + name},
	} {
		if err := write(t.Context(), s, what); err != nil {
			t.Errorf("before %s: %v", what, err)
		}
		execute(t, postgresURL, "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = 'refused'")
		execute(t, postgresURL, change.begin)
		wantUnavailable(t, what, write(t.Context(), s, "meanwhile"))
		_, err := readValue(t.Context(), s)
		wantUnavailable(t, what, err)
		execute(t, postgresURL, change.end)
		wantValue(t, s, what)
	}
}

// TestOpenRefusals: an error says what to do, and never the password.
func TestOpenRefusals(t *testing.T) {
	cluster := clusters.Start(t, postgrestest.Distribution())
	execute(t, cluster.URL("postgres"), "CREATE DATABASE latin TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C'")
	execute(t, cluster.URL("postgres"), "CREATE DATABASE owned TEMPLATE template0")
	execute(t, cluster.URL("postgres"), "CREATE ROLE guest LOGIN")
	execute(t, cluster.URL("postgres"), "CREATE ROLE single LOGIN CONNECTION LIMIT 0")
	secret := "hunter2"
	for what, c := range map[string]struct{ url, want string }{
		"no database":   {cluster.URL("absent"), "make it with createdb"},
		"no server":     {"postgres://postgres:" + secret + "@127.0.0.1:1/carillon", "see to it that PostgreSQL runs"},
		"no user":       {strings.Replace(cluster.URL("postgres"), "postgres@", "absent:"+secret+"@", 1), "check the user and password"},
		"no right":      {strings.Replace(cluster.URL("owned"), "postgres@", "guest@", 1), "the owner of the database"},
		"not in UTF-8":  {cluster.URL("latin"), "ENCODING 'UTF8'"},
		"no URL at all": {"postgres://user:" + secret + "@host:port/carillon", "reading the database's URL"},
		"no writes":     {with(t, cluster.NewDatabase(t, "template0"), "options", "-c default_transaction_read_only=on"), "name the primary"},
		"no connection": {strings.Replace(cluster.URL("postgres"), "postgres@", "single@", 1), "raise max_connections"},
	} {
		s, err := postgres.Open(t.Context(), c.url)
		if err == nil {
			t.Errorf("%s: got no error", what)
			_ = s.Close()
			continue
		}
		if !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: got the error %q, want one with %q and without the password", what, err, c.want)
		}
	}
}

// TestStartsAtOnce has several servers start on an empty database.
func TestStartsAtOnce(t *testing.T) {
	url := clusters.Start(t, postgrestest.Distribution()).NewDatabase(t, "template0")
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			s, err := postgres.Open(t.Context(), url)
			if err != nil {
				t.Error(err)
				return
			}
			if err := errors.Join(write(t.Context(), s, "value"), s.Close()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	wantValue(t, opened(t, url), "value")
}
