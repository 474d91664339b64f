package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/postgrestest"
	"github.com/carillon-id/carillon/internal/sqlstore/postgres"
)

// urlPassword is in the URLs of these tests, and nowhere else. The servers of the
// tests trust everybody.
const urlPassword = "hunter2"

// executeSQL runs statements, each in a transaction of its own.
func executeSQL(tb testing.TB, url string, statements ...string) {
	tb.Helper()
	conn, err := pgx.Connect(tb.Context(), url)
	if err != nil {
		tb.Fatal(err)
	}
	defer conn.Close(context.Background())
	for _, sql := range statements {
		if _, err := conn.Exec(tb.Context(), sql); err != nil {
			tb.Errorf("%s: %v", sql, err)
		}
	}
}

// openPostgres is openStore for PostgreSQL.
func openPostgres(tb testing.TB, database string) (store chime.Store, closeStore func()) {
	tb.Helper()
	store, err := postgres.Open(tb.Context(), database)
	if err != nil {
		tb.Fatal(err)
	}
	return store, func() {
		if err := store.Close(); err != nil {
			tb.Error(err)
		}
	}
}

// loadedPostgres makes a database with the people of a load, which belongs to a
// user of its own of the same name, and returns how that user and the superuser
// reach it, and the variables of a server on it.
func loadedPostgres(tb testing.TB, cluster *postgrestest.Cluster) (database, super string, variables map[string]string) {
	tb.Helper()
	super = cluster.NewDatabase(tb, "template0")
	u, err := url.Parse(super)
	if err != nil {
		tb.Fatal(err)
	}
	name := nameOf(tb, super)
	executeSQL(tb, super, fmt.Sprintf("CREATE ROLE %s LOGIN; ALTER DATABASE %s OWNER TO %s", name, name, name))
	u.User = url.UserPassword(name, urlPassword)
	database = u.String()
	store, closeStore := openPostgres(tb, database)
	putLoad(tb, store)
	closeStore()
	variables = loaded(postgresVariables(tb))
	variables["CARILLON_REQUEST_TIMEOUT"] = "1s"
	return database, super, variables
}

func nameOf(tb testing.TB, database string) string {
	tb.Helper()
	u, err := url.Parse(database)
	if err != nil {
		tb.Fatal(err)
	}
	return strings.TrimPrefix(u.Path, "/")
}

// checkPostgres is check, after which the password is looked for.
func (l *load) checkPostgres(tb testing.TB) {
	tb.Helper()
	l.check(tb, openPostgres)
	l.stop(tb)
	if log := l.stderr.String(); strings.Contains(log, urlPassword) {
		tb.Errorf("the password of the URL is in the log:\n%s", log)
	}
}

// wantRefused has serve refuse to start: it says what to do, and not the password.
func wantRefused(tb testing.TB, database string, variables map[string]string, want string) {
	tb.Helper()
	got := fails(tb, variables, "serve", "--listen", "127.0.0.1:0", "--database", database)
	if !strings.Contains(got, want) || strings.Contains(got, urlPassword) {
		tb.Errorf("a start: got %q, want %q and no password", got, want)
	}
}

// TestPostgresGoes has the server of the database end, in good order and as by a
// crash, under load, and while no Carillon has started.
func TestPostgresGoes(t *testing.T) {
	t.Parallel()
	cluster := postgrestest.New(t, postgrestest.Distribution())
	database, super, variables := loadedPostgres(t, cluster)
	session, err := pgx.Connect(t.Context(), super)
	if err != nil {
		t.Fatal(err)
	}
	if err := cluster.Retire(); err != nil { // it ends when the session does
		t.Fatal(err)
	}
	eventually(t, "PostgreSQL takes no more connections", func() bool {
		return strings.Contains(fails(t, variables, "keys", "list", "--database", database), "57P03")
	})
	wantRefused(t, database, variables, "start again when it is up")
	if err := session.Close(t.Context()); err != nil {
		t.Error(err)
	}
	eventually(t, "PostgreSQL has ended", func() bool { return !cluster.Running() })
	wantRefused(t, database, variables, "see to it that PostgreSQL runs and listens there, or correct the URL")
	restart := func() {
		t.Helper()
		if err := cluster.Restart(); err != nil {
			t.Fatal(err)
		}
	}
	restart()
	l := startLoad(t, startServerWith(t, database, variables))
	for _, end := range []func() error{cluster.Shutdown, cluster.Kill} {
		l.through(t, func() {
			if err := end(); err != nil {
				t.Error(err)
			}
		}, restart)
	}
	wantRefused(t, database, postgresVariables(t), masterKeyVariable+" is not the master key of this database")
	l.checkPostgres(t)

	// A server without its database can be stopped too.
	s := startServerWith(t, database, variables)
	if err := cluster.Shutdown(); err != nil {
		t.Error(err)
	}
	wantUnavailable(t, s.call(t, root, "GET", "/accounts", ""))
	s.stop(t)
}

// TestPostgresSilent: at the address of the database somebody listens, and never
// says a word.
func TestPostgresSilent(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	database := "postgres://carillon:" + urlPassword + "@" + listener.Addr().String() + "/carillon?connect_timeout=1"
	wantRefused(t, database, postgresVariables(t), "see to it that PostgreSQL runs and listens there, or correct the URL")
}

// TestPostgresFaults has things happen to a database of a server that lives.
func TestPostgresFaults(t *testing.T) {
	t.Parallel()
	const cutOff = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{}'"
	for _, c := range []struct {
		name       string
		begin, end []string // what the superuser does
		reads      bool     // are served meanwhile
	}{
		{"no connections", []string{"ALTER ROLE {} CONNECTION LIMIT 0", cutOff}, []string{"ALTER ROLE {} CONNECTION LIMIT -1"}, false},
		{"no log-in", []string{"ALTER ROLE {} NOLOGIN", cutOff}, []string{"ALTER ROLE {} LOGIN"}, false},
		{
			"read-only",
			[]string{"ALTER DATABASE {} SET default_transaction_read_only = on", cutOff},
			[]string{"SET default_transaction_read_only = off", "ALTER DATABASE {} RESET default_transaction_read_only", cutOff},
			true,
		},
		{
			"no right to write",
			[]string{"ALTER TABLE members OWNER TO postgres", "ALTER TABLE settings OWNER TO postgres", "GRANT SELECT ON members, settings TO {}"},
			[]string{"ALTER TABLE members OWNER TO {}", "ALTER TABLE settings OWNER TO {}"},
			true,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			database, super, variables := loadedPostgres(t, clusters.Start(t, postgrestest.Distribution()))
			l := startLoad(t, startServerWith(t, database, variables))
			do := func(statements []string) {
				t.Helper()
				for i := range statements {
					statements[i] = strings.ReplaceAll(statements[i], "{}", nameOf(t, database))
				}
				executeSQL(t, super, statements...)
			}
			l.through(t, func() { do(c.begin) }, func() {
				if c.reads {
					l.servesReads(t)
				}
				do(c.end)
			})
			l.checkPostgres(t)
		})
	}
}

// TestPostgresLocked has somebody lock tables for longer than anybody waits. Reads
// are served as long as there are connections; when all of them wait for the lock,
// everybody else waits for one until their deadline.
func TestPostgresLocked(t *testing.T) {
	t.Parallel()
	for name, connections := range map[string]string{"with connections to spare": "16", "with all of them waiting": "3"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database, super, variables := loadedPostgres(t, clusters.Start(t, postgrestest.Distribution()))
			l := startLoad(t, startServerWith(t, database+"&pool_max_conns="+connections, variables))
			other, err := pgx.Connect(t.Context(), super)
			if err != nil {
				t.Fatal(err)
			}
			defer other.Close(context.Background())
			do := func(sql string) {
				t.Helper()
				if _, err := other.Exec(t.Context(), sql); err != nil {
					t.Error(err)
				}
			}
			l.through(t, func() { do("BEGIN; LOCK TABLE members, settings, account_audit IN EXCLUSIVE MODE") }, func() {
				if connections == "16" {
					l.servesReads(t)
				}
				do("ROLLBACK")
			})
			l.checkPostgres(t)
		})
	}
}

// TestPostgresSlow has all answers of the database come later than anybody waits,
// and then a server that hangs.
func TestPostgresSlow(t *testing.T) {
	t.Parallel()
	cluster := postgrestest.New(t, postgrestest.Distribution())
	database, _, variables := loadedPostgres(t, cluster)
	p, behind := newSlowProxy(t, database)
	l := startLoad(t, startServerWith(t, behind, variables))
	l.through(t, func() { p.delay.Store(int64(2 * time.Second)) }, func() { p.delay.Store(0) })
	l.through(t, func() {
		if err := cluster.Freeze(); err != nil {
			t.Error(err)
		}
	}, func() {
		if err := cluster.Thaw(); err != nil {
			t.Error(err)
		}
	})
	l.checkPostgres(t)
}

// slowProxy stands between a server and its database, and passes the database's
// answers on with a delay.
type slowProxy struct {
	delay atomic.Int64 // nanoseconds
}

func newSlowProxy(tb testing.TB, database string) (p *slowProxy, behind string) {
	tb.Helper()
	u, err := url.Parse(database)
	if err != nil {
		tb.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	server := u.Host
	p = &slowProxy{}
	var group sync.WaitGroup
	group.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return // closed
			}
			group.Go(func() { p.serve(client, server) })
		}
	})
	tb.Cleanup(func() {
		listener.Close()
		group.Wait()
	})
	u.Host = listener.Addr().String()
	return p, u.String()
}

func (p *slowProxy) serve(client net.Conn, server string) {
	defer client.Close()
	conn, err := net.Dial("tcp", server)
	if err != nil {
		return
	}
	defer conn.Close()
	go func() {
		defer conn.Close()
		pass(conn, client, func() {})
	}()
	pass(client, conn, func() { time.Sleep(time.Duration(p.delay.Load())) })
}

func pass(to, from net.Conn, before func()) {
	buffer := make([]byte, 1<<16)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		before()
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// TestPostgresInterrupted has an operator cancel statements and end connections
// under load, again and again: some requests are refused, and all is well with the
// others.
func TestPostgresInterrupted(t *testing.T) {
	t.Parallel()
	database, super, variables := loadedPostgres(t, clusters.Start(t, postgrestest.Distribution()))
	l := startLoad(t, startServerWith(t, database, variables))
	conn, err := pgx.Connect(t.Context(), super)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for _, function := range []string{"pg_cancel_backend", "pg_terminate_backend"} {
		for range 100 {
			if _, err := conn.Exec(t.Context(), "SELECT "+function+"(pid) FROM pg_stat_activity WHERE usename = $1", nameOf(t, database)); err != nil {
				t.Fatal(err)
			}
			time.Sleep(3 * time.Millisecond)
		}
		l.awaitAcknowledged(t)
	}
	eventually(t, "the server is ready", func() bool { return l.status(t, "/readyz") == http.StatusOK })
	l.checkPostgres(t)
}

// TestPostgresFullDisk fills the disk of the tables, and that of the log, without
// which PostgreSQL itself ends. (It is root who can do the former.)
func TestPostgresFullDisk(t *testing.T) {
	t.Parallel()
	for _, what := range []string{"of the tables", "of everything"} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			d, installation := newSmallDisk(t, 160<<10), postgrestest.Distribution()
			tables := d.mounted && what == "of the tables"
			if !tables {
				installation.Folder = d.dir
			}
			cluster := postgrestest.New(t, installation)
			database, _, variables := loadedPostgres(t, cluster)
			if tables {
				cluster.Own(t, d.dir)
				executeSQL(t, cluster.URL("postgres"), "CREATE TABLESPACE small LOCATION '"+d.dir+"'",
					"ALTER DATABASE "+nameOf(t, database)+" SET TABLESPACE small")
			}
			l := startLoad(t, startServerWith(t, database, variables))
			l.through(t, func() { d.fill(t, processes(t, cluster)...) }, func() {
				if tables {
					l.servesReads(t)
				}
				d.free(t, processes(t, cluster)...)
				eventually(t, "PostgreSQL has recovered or ended", func() bool { return !cluster.Running() || cluster.Answers() })
				if !cluster.Running() {
					if err := cluster.Restart(); err != nil {
						t.Fatal(err)
					}
				}
			})
			l.checkPostgres(t)
		})
	}
}

// processes are those of the server, none once it has ended.
func processes(tb testing.TB, cluster *postgrestest.Cluster) []int {
	tb.Helper()
	pids, err := cluster.Processes()
	if err != nil && cluster.Running() {
		tb.Fatal(err)
	}
	return pids
}

// TestPostgresFailover has the primary end and its standby take its place: until
// that is promoted, it serves reads.
func TestPostgresFailover(t *testing.T) {
	t.Parallel()
	primary := postgrestest.New(t, postgrestest.Distribution())
	database, _, variables := loadedPostgres(t, primary)
	standby := primary.Standby(t)
	// Each commit waits for the standby, so that nothing acknowledged is lost.
	executeSQL(t, primary.URL("postgres"), "ALTER SYSTEM SET synchronous_standby_names = '*'")
	executeSQL(t, primary.URL("postgres"), "SELECT pg_reload_conf()")
	both, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	other, err := url.Parse(standby.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	both.Host += "," + other.Host
	l := startLoad(t, startServerWith(t, both.String(), variables))
	var late *server
	l.through(t, func() {
		if err := primary.Kill(); err != nil {
			t.Error(err)
		}
	}, func() {
		l.servesReads(t)
		// A server can start on a standby too.
		late = startServerWith(t, both.String(), variables)
		late.mustCall(t, "GET", "/accounts", "")
		wantUnavailable(t, late.call(t, root, "POST", "/accounts", `{"Name":"Meanwhile"}`))
		executeSQL(t, standby.URL("postgres"), "SELECT pg_promote()")
	})
	late.createAccount(t, "After")
	l.checkPostgres(t)
}
