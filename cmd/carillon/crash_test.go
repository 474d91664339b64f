package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/postgrestest"
)

// TestCrash kills, again and again, the server, imports beside it, and the
// processes of its database, in the middle of suspensions, ends of suspensions,
// invitations and imports. Afterwards the database is sound, whatever was
// acknowledged is there, nothing is there by half, and the audit has one record of
// each change and no other: all that is there is what the records say.
//
// CARILLON_CRASH_KILLS says how often: of the server on SQLite, of the server on
// PostgreSQL, and of PostgreSQL. CARILLON_CRASH_REPORT names a file for a report.
func TestCrash(t *testing.T) {
	t.Parallel()
	kills, longest := [3]int{5, 5, 2}, 500*time.Millisecond
	if text := os.Getenv("CARILLON_CRASH_KILLS"); text != "" {
		longest = 2 * time.Second
		if _, err := fmt.Sscanf(text, "%d,%d,%d", &kills[0], &kills[1], &kills[2]); err != nil {
			t.Fatalf("CARILLON_CRASH_KILLS is %q, want three numbers: %v", text, err)
		}
	}
	report := crashReport{began: time.Now()}
	for i, c := range []struct {
		killed string
		run    func(t *testing.T, p *crashPhase)
	}{
		{"the server on SQLite", killServerOnSQLite},
		{"the server on PostgreSQL", killServerOnPostgres},
		{"PostgreSQL", killPostgres},
	} {
		p := &crashPhase{killed: c.killed, rounds: kills[i], longest: longest, crashDirectory: &crashDirectory{}}
		began := time.Now()
		if !t.Run(strings.ReplaceAll(c.killed, " ", "_"), func(t *testing.T) { c.run(t, p) }) && len(p.tally.findings) == 0 {
			p.tally.findings = append(p.tally.findings, "the test could not go on")
		}
		p.took = time.Since(began)
		report.phases = append(report.phases, p)
	}
	report.log(t)
	if file := os.Getenv("CARILLON_CRASH_REPORT"); file != "" {
		if err := report.write(file); err != nil {
			t.Errorf("writing the report: %v", err)
		}
	}
}

// crashPhase is a number of kills of one thing, on one directory.
type crashPhase struct {
	killed   string
	rounds   int
	longest  time.Duration // of the load before a kill
	database string        // which engine, and its version
	took     time.Duration
	kills    map[string]int // done so far, of each kind
	*crashDirectory
}

// crashDirectory is a directory under load, and what is known of it.
type crashDirectory struct {
	location  string // as --database takes it
	variables map[string]string
	clients   []*crashClient
	importers []*importer

	want       directoryState
	lastRecord string // the newest that was looked at
	records    int64  // that there are to be
	reserved   int    // addresses, by imports, whose users may not be there yet
	tally      tally
	// quiet waits until nothing that was killed is under way in the database.
	quiet func(testing.TB)
	// sound has the database check itself.
	sound func(testing.TB, *findings)
}

// newCrashDirectory puts the accounts and users of the load into an empty database,
// by an import.
func newCrashDirectory(tb testing.TB, location string, variables map[string]string) *crashDirectory {
	tb.Helper()
	d := &crashDirectory{location: location, variables: variables}
	var documents importDocuments
	for n := range crashAccounts {
		documents.account(lwaAccount(n), chime.EnterpriseLWA)
		documents.account(teamAccount(n), chime.Team)
	}
	for n := range apiClients {
		c := &crashClient{number: n}
		for i := range crashUsers {
			user, member := chime.UserID(fmt.Sprintf("user-%d-%d", n, i)), chime.UserID(fmt.Sprintf("client-%d-member-%d", n, i))
			documents.user(lwaAccount(n), user, "User")
			documents.user(teamAccount(n), member, "Member")
			c.users, c.invited = append(c.users, user), append(c.invited, member)
			c.addresses = append(c.addresses, string(member)+"@example.com", fmt.Sprintf("client-%d-guest-%d@example.com", n, i))
		}
		d.clients = append(d.clients, c)
	}
	for n := range importClients {
		d.importers = append(d.importers, newImporter(tb, n, location, variables))
	}
	file := filepath.Join(tb.TempDir(), "crash.json")
	if err := documents.write(file); err != nil {
		tb.Fatal(err)
	}
	s := startServerWith(tb, location, variables) // brings the root key in
	s.command(tb, "import", "--tenant", tenant, file)
	s.stop(tb)
	store, closeStore := openStore(tb, location)
	defer closeStore()
	var f findings
	d.want = readState(tb, &f, store)
	for _, r := range newRecords(tb, store, "") {
		d.lastRecord = r.id
	}
	d.records = countRecords(tb, store)
	if len(d.want.people) != 2*apiClients*crashUsers || len(f.list) > 0 {
		tb.Fatalf("the load begins with %d people, and %v", len(d.want.people), f.list)
	}
	return d
}

// check looks at everything when nothing is under way, with a server that serves.
func (d *crashDirectory) check(tb testing.TB, f *findings, s *server) {
	tb.Helper()
	d.sound(tb, f)
	// It is closed before the next kill: then the server alone has to recover the
	// database.
	store, closeStore := openStore(tb, d.location)
	defer closeStore()
	found, records := readState(tb, f, store), newRecords(tb, store, d.lastRecord)
	d.tally.records += len(records)
	d.records += int64(len(records))
	if n := countRecords(tb, store); n != d.records {
		f.add("there are %d records, and were to be %d: older ones are gone, or came late", n, d.records)
	}
	d.replay(f, records, found)
	d.passReserved(f, found)
	d.tally.rows += d.want.compare(f, found)
	for n := range crashAccounts {
		for _, account := range []chime.AccountID{lwaAccount(n), teamAccount(n)} {
			want := map[chime.UserID]string{}
			for key, member := range d.want.members {
				if key.Account == account {
					want[key.User] = string(member.status)
				}
			}
			compare(f, "listed user", want, s.listStatuses(tb, account))
		}
	}
}

// passReserved takes from what was found the addresses that imports have reserved for
// users who did not come to be, if they are as many as the records say.
func (d *crashDirectory) passReserved(f *findings, found directoryState) {
	reserved := 0
	for address, user := range found.holders {
		if !strings.HasPrefix(string(user), "imported-") || address != string(user)+"@example.com" {
			continue
		}
		reserved++
		if _, ok := d.want.holders[address]; !ok {
			delete(found.holders, address)
		}
	}
	if reserved > d.reserved {
		f.add("%d addresses are held by users of imports, and %d were reserved", reserved, d.reserved)
	}
}

// round runs one round of a phase as a test of its own.
func (p *crashPhase) round(t *testing.T, n int, run func(t *testing.T, f *findings)) bool {
	t.Helper()
	return t.Run(fmt.Sprint(n+1), func(t *testing.T) {
		var f findings
		run(t, &f)
		for _, finding := range f.list {
			t.Error(finding)
			p.tally.findings = append(p.tally.findings, fmt.Sprintf("round %d: %s", n+1, finding))
		}
	})
}

// killServers kills a server a round, in the middle of its work; now and then also
// while it starts, and recovers, and with nothing to do.
func (p *crashPhase) killServers(t *testing.T) {
	p.kills = map[string]int{}
	for n := range p.rounds {
		if !p.round(t, n, func(t *testing.T, f *findings) {
			s := startProcess(t, p.location, p.variables, nil)
			l := startCrashLoad(t, p.crashDirectory, s, false)
			time.Sleep(rand.N(p.longest))
			eventually(t, "the server works", func() bool { return l.acknowledged.Load() > 0 })
			close(l.stopped)
			s.kill(t)
			l.clients.Wait()
			f.list = append(f.list, l.findings.list...)
			p.kills["of the server at work"]++
			if rand.IntN(4) == 0 {
				starting := launchProcess(t, p.location, p.variables, nil)
				time.Sleep(rand.N(60 * time.Millisecond))
				starting.kill(t)
				p.kills["of the server while it starts"]++
			}
			p.quiet(t)
			after := startProcess(t, p.location, p.variables, nil)
			p.check(t, f, after)
			if rand.IntN(2) == 0 {
				after.kill(t)
				p.kills["of the server with nothing to do"]++
			}
		}) {
			return
		}
	}
}

func killServerOnSQLite(t *testing.T, p *crashPhase) {
	variables := environment()
	variables["CARILLON_RATE_LIMIT"] = "0"
	p.crashDirectory = newCrashDirectory(t, newDatabase(t), variables)
	p.quiet = func(testing.TB) {}
	p.sound = func(tb testing.TB, f *findings) {
		conn, closeConn := openSQL(tb, p.location)
		defer closeConn()
		p.database = "SQLite " + execute(tb, conn, "SELECT sqlite_version()")
		for pragma, want := range map[string]string{"integrity_check": "ok", "foreign_key_check": ""} {
			if got := execute(tb, conn, "PRAGMA "+pragma); got != want {
				f.add("%s says %q, and was to say %q", pragma, got, want)
			}
		}
	}
	p.killServers(t)
}

// onPostgres has the phase on an empty database.
func (p *crashPhase) onPostgres(t *testing.T, cluster *postgrestest.Cluster) {
	variables := postgresVariables(t)
	variables["CARILLON_RATE_LIMIT"] = "0"
	p.crashDirectory = newCrashDirectory(t, cluster.NewDatabase(t, "template0"), variables)
	for _, i := range p.importers {
		i.database += "&application_name=" + importApplication
	}
	p.sound = func(tb testing.TB, f *findings) { p.database = "PostgreSQL " + wantSoundPostgres(tb, f, p.location) }
}

// importApplication is the name by which PostgreSQL knows imports.
const importApplication = "import"

// wantSoundPostgres has PostgreSQL check all tables and indexes, and returns its
// version.
func wantSoundPostgres(tb testing.TB, f *findings, location string) (version string) {
	tb.Helper()
	ctx := tb.Context()
	conn, err := pgx.Connect(ctx, location)
	if err != nil {
		tb.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, "CREATE EXTENSION IF NOT EXISTS amcheck"); err != nil {
		tb.Fatal(err)
	}
	relations := "FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relpersistence = 'p'"
	for _, check := range []string{
		"SELECT count(bt_index_check(c.oid, true)::text) " + relations + " AND c.relkind = 'i'",
		"SELECT count(v.msg) FROM (SELECT c.oid " + relations + " AND c.relkind = 'r') c, verify_heapam(c.oid) v",
	} {
		var wrong int
		if err := conn.QueryRow(ctx, check).Scan(&wrong); err != nil || strings.Contains(check, "heapam") && wrong > 0 {
			f.add("PostgreSQL finds %d faults in its tables (%v)", wrong, err)
		}
	}
	if err := conn.QueryRow(ctx, "SHOW server_version").Scan(&version); err != nil {
		tb.Fatal(err)
	}
	return version
}

func killServerOnPostgres(t *testing.T, p *crashPhase) {
	p.onPostgres(t, clusters.Start(t, postgrestest.Distribution()))
	p.quiet = func(tb testing.TB) { postgrestest.AwaitQuiet(tb, p.location, "") }
	p.killServers(t)
}

// killPostgres kills the database, or one of its processes, and has one server live
// through all of it.
func killPostgres(t *testing.T, p *crashPhase) {
	cluster := postgrestest.New(t, postgrestest.Distribution())
	p.onPostgres(t, cluster)
	// Of the server, all requests were answered.
	p.quiet = func(tb testing.TB) { postgrestest.AwaitQuiet(tb, p.location, importApplication) }
	s := startProcess(t, p.location, p.variables, nil)
	p.kills = map[string]int{}
	for n := range p.rounds {
		if !p.round(t, n, func(t *testing.T, f *findings) {
			l := startCrashLoad(t, p.crashDirectory, s, true)
			time.Sleep(rand.N(p.longest))
			if n%3 == 1 {
				cluster.CrashBackend(t, p.location)
				p.kills["of one process that serves a connection"]++
			} else {
				if err := cluster.Crash(); err != nil {
					t.Error(err)
				}
				time.Sleep(rand.N(100 * time.Millisecond))
				if err := cluster.Restart(); err != nil {
					t.Fatal(err)
				}
				p.kills["of all processes of PostgreSQL"]++
			}
			enough := l.acknowledged.Load() + 100
			eventually(t, "the server works again", func() bool { return l.acknowledged.Load() >= enough })
			l.stop()
			p.tally.unavailable += l.unavailable.Load()
			f.list = append(f.list, l.findings.list...)
			p.quiet(t)
			p.check(t, f, s)
		}) {
			return
		}
	}
}
