package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
)

// The load that is killed: 16 clients, each with users and addresses of its own,
// which are in accounts that it shares with others.
const (
	apiClients    = 14
	importClients = 2
	crashAccounts = 4 // of each type
	// crashUsers is how many users a client has in either account, and how many
	// addresses it has beside theirs.
	crashUsers = 60
	// importUsers is how many users a run of an import brings: two transactions.
	importUsers = 1200
	importBatch = 1000 // directory.MaxImport
	// importVersions is how often the same users are imported, each time with other
	// names, before others are.
	importVersions = 60
)

// crashRequest is a request of the load, and what became of it.
type crashRequest struct {
	tag       string // its User-Agent, by which its record is known
	operation string // of its record
	account   chime.AccountID
	users     []chime.UserID // of a suspension, or the end of one
	addresses []string       // of an invitation
	answer    string         // "" unless it was acknowledged
}

// crashClient makes requests, one after the other.
type crashClient struct {
	number    int
	users     []chime.UserID // of its EnterpriseLWA account
	addresses []string       // of its Team account
	invited   []chime.UserID // those of the addresses that are known to have an id
	requests  []*crashRequest
	steps     int
}

func lwaAccount(n int) chime.AccountID {
	return chime.AccountID(fmt.Sprintf("lwa-%d", n%crashAccounts))
}

func teamAccount(n int) chime.AccountID {
	return chime.AccountID(fmt.Sprintf("team-%d", n%crashAccounts))
}

// some returns one to 50 of the items, in any order.
func some[T any](items []T) []T {
	chosen := make([]T, 0, 50)
	for _, i := range rand.Perm(len(items))[:1+rand.IntN(min(len(items), 50))] {
		chosen = append(chosen, items[i])
	}
	return chosen
}

// next chooses the client's next request.
func (c *crashClient) next() *crashRequest {
	c.steps++
	r := &crashRequest{tag: fmt.Sprintf("crash/%d/%d", c.number, c.steps), account: lwaAccount(c.number)}
	switch dice := rand.IntN(10); {
	case dice < 3:
		r.operation, r.users = "BatchSuspendUser", some(c.users)
	case dice < 6:
		r.operation, r.users = "BatchUnsuspendUser", some(c.users)
	case dice < 8:
		r.operation, r.account, r.users = "BatchSuspendUser", teamAccount(c.number), some(c.invited)
	default:
		r.operation, r.account, r.addresses = "InviteUsers", teamAccount(c.number), some(c.addresses)
	}
	if len(r.users) > 0 && rand.IntN(4) == 0 {
		r.users[rand.IntN(len(r.users))] = chime.UserID(fmt.Sprintf("nobody-%d", c.number))
	}
	c.requests = append(c.requests, r)
	return r
}

// body is the request's query and body on the wire.
func (r *crashRequest) body() (operation, body string) {
	if r.operation == "InviteUsers" {
		text, err := json.Marshal(map[string]any{"UserEmailList": r.addresses})
		if err != nil {
			panic(err) // it is a list of strings
		}
		return "add", string(text)
	}
	return strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(r.operation, "Batch"), "User")), batch(r.users...)
}

// crashLoad is the work of all clients from its start until a kill, or a stop.
type crashLoad struct {
	server    *server
	directory *crashDirectory
	// outages says that the database may be away: then 503 is an answer, and an
	// import may fail.
	outages bool

	acknowledged, unavailable atomic.Int64
	stopped                   chan struct{} // closed when the clients are to stop
	clients                   sync.WaitGroup

	mu       sync.Mutex
	findings findings
}

func (l *crashLoad) find(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.findings.add(format, args...)
}

// startCrashLoad has all clients of the directory work.
func startCrashLoad(tb testing.TB, d *crashDirectory, s *server, outages bool) *crashLoad {
	tb.Helper()
	l := &crashLoad{server: s, directory: d, outages: outages, stopped: make(chan struct{})}
	for _, c := range d.clients {
		l.clients.Go(func() {
			client := &http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			for l.goesOn() && l.request(tb, client, c.next()) {
			}
		})
	}
	for _, i := range d.importers {
		l.clients.Go(func() {
			for l.goesOn() {
				l.runImport(tb, i)
			}
		})
	}
	return l
}

func (l *crashLoad) goesOn() bool {
	select {
	case <-l.stopped:
		return false
	default:
		return true
	}
}

// stop has the clients stop, after what they are at, and waits for them.
func (l *crashLoad) stop() {
	close(l.stopped)
	l.clients.Wait()
}

// request makes a request and reports whether the server lives.
func (l *crashLoad) request(tb testing.TB, client *http.Client, r *crashRequest) bool {
	operation, body := r.body()
	url := l.server.endpoint + "/accounts/" + string(r.account) + "/users?operation=" + operation
	req, err := sign(tb.Context(), root, "POST", url, body)
	if err != nil {
		l.find("%s: %v", r.tag, err)
		return false
	}
	req.Header.Set("User-Agent", r.tag)
	got, err := send(client, req)
	switch {
	case err != nil && l.goesOn():
		l.find("%s got no answer, while the server lived: %v", r.tag, err)
		return false
	case err != nil:
		return false
	case got.status/100 == 2:
		r.answer = got.body
		l.acknowledged.Add(1)
	case got.status == http.StatusServiceUnavailable && l.outages:
		l.unavailable.Add(1)
		time.Sleep(10 * time.Millisecond)
	default:
		l.find("%s: %s got %d %s", r.tag, r.operation, got.status, got.body)
	}
	return true
}

// importRun is a run of `carillon import`.
type importRun struct {
	account chime.AccountID
	marker  chime.AccountID // an account by which its records are known
	version string          // the name that it gives to everybody
	ended   bool            // by itself, with success

	begun bool // its accounts are on record
	done  int  // so many of its users are
}

// importedUsers are the ids of those whom runs bring to the account, in order.
func importedUsers(account chime.AccountID) []chime.UserID {
	users := make([]chime.UserID, 0, importUsers)
	for i := range importUsers {
		users = append(users, chime.UserID(fmt.Sprintf("%s-%05d", account, i)))
	}
	return users
}

// importer runs imports, one after the other.
type importer struct {
	number, steps int
	database      string
	environment   []string
	file          string
	runs          []*importRun
	running       *importRun // whose records are being looked at
}

func newImporter(tb testing.TB, number int, database string, variables map[string]string) *importer {
	tb.Helper()
	environment := append(processEnvironment(variables), "TMPDIR="+tb.TempDir())
	return &importer{number: number, database: database, environment: environment, file: filepath.Join(tb.TempDir(), "import.json")}
}

// next writes the file of the next run.
func (i *importer) next() (*importRun, error) {
	r := &importRun{
		account: chime.AccountID(fmt.Sprintf("imported-%d-%d", i.number, i.steps/importVersions)),
		marker:  chime.AccountID(fmt.Sprintf("marker-%d-%06d", i.number, i.steps)),
		version: fmt.Sprintf("version %06d", i.steps),
	}
	i.steps++
	i.runs = append(i.runs, r)
	documents := importDocuments{}
	documents.account(r.account, chime.EnterpriseLWA)
	documents.account(r.marker, chime.Team)
	for _, user := range importedUsers(r.account) {
		documents.user(r.account, user, r.version)
	}
	return r, documents.write(i.file)
}

// importDocuments are accounts and users as they are saved from Amazon Chime.
type importDocuments struct{ Accounts, Users []map[string]any }

func (d *importDocuments) account(id chime.AccountID, of chime.AccountType) {
	d.Accounts = append(d.Accounts, map[string]any{"AwsAccountId": tenant, "AccountId": id, "Name": id, "AccountType": of})
}

func (d *importDocuments) user(account chime.AccountID, id chime.UserID, name string) {
	d.Users = append(d.Users, map[string]any{
		"AccountId": account, "UserId": id, "PrimaryEmail": string(id) + "@example.com", "DisplayName": name, "UserRegistrationStatus": "Registered",
	})
}

func (d *importDocuments) write(file string) error {
	text, err := json.Marshal(d)
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o600)
}

// runImport runs an import, which is killed now and then: at some moment of its
// own, or with the server.
func (l *crashLoad) runImport(tb testing.TB, i *importer) {
	run, err := i.next()
	if err != nil {
		l.find("writing what to import: %v", err)
		return
	}
	cmd := exec.CommandContext(tb.Context(), "carillon", "import", "--overwrite", "--output", "json", "--tenant", tenant, "--database", i.database, i.file)
	var stdout, stderr bytes.Buffer
	cmd.Env, cmd.Stdout, cmd.Stderr = i.environment, &stdout, &stderr
	if err := cmd.Start(); err != nil {
		l.find("starting an import: %v", err)
		return
	}
	ended := make(chan struct{})
	killed := l.killImport(cmd.Process, ended)
	err = cmd.Wait()
	close(ended)
	switch {
	case err == nil:
		run.ended = true
		var result struct{ UsersAdded, UsersReplaced int }
		if err := json.Unmarshal(stdout.Bytes(), &result); err != nil || result.UsersAdded+result.UsersReplaced != importUsers {
			l.find("%s ended with %s (%v), want %d users", run.marker, stdout.String(), err, importUsers)
		}
	case l.outages:
		time.Sleep(50 * time.Millisecond)
	case !killed.Load():
		l.find("%s ended with %v: %s", run.marker, err, stderr.String())
	}
}

// killImport kills the process at some moment of its own, or with the server, or
// when it goes on without that for too long, and tells whether it did.
func (l *crashLoad) killImport(process *os.Process, ended chan struct{}) *atomic.Bool {
	killed := &atomic.Bool{}
	alone, after := time.Duration(1<<62), time.Duration(0)
	if rand.IntN(3) == 0 {
		alone = rand.N(time.Second)
	}
	if rand.IntN(2) == 0 {
		after = rand.N(2 * time.Second)
	}
	go func() {
		select {
		case <-ended:
			return
		case <-time.After(alone):
		case <-l.stopped:
			select {
			case <-ended:
				return
			case <-time.After(after):
			}
		}
		killed.Store(true)
		_ = process.Kill() // it may have ended just now
	}()
	return killed
}
