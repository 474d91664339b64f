package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
)

// failsOn runs a command as a process that is to end with the exit status 1, and
// returns what it says on standard error.
func failsOn(tb testing.TB, cmd *exec.Cmd, variables ...string) string {
	tb.Helper()
	var stdout, stderr bytes.Buffer
	cmd.Env, cmd.Stdout, cmd.Stderr = append(cmd.Environ(), variables...), &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || stdout.Len() > 0 {
		tb.Errorf("%v: got %v with %q on standard output, want the exit status 1 and nothing; standard error: %s", cmd.Args, err, stdout.String(), stderr.String())
	}
	return stderr.String()
}

// wantSaid checks what somebody is told.
func wantSaid(tb testing.TB, got, want string) {
	tb.Helper()
	if !regexp.MustCompile(want).MatchString(got) {
		tb.Errorf("got %q, want %s", got, want)
	}
}

// savedUsers writes what an import of so many users takes, and returns the file.
func savedUsers(tb testing.TB, users, padding int) string {
	tb.Helper()
	var text strings.Builder
	text.WriteString(`{"Accounts":[{"AccountId":"saved","Name":"Saved","AccountType":"EnterpriseLWA"}]}` + "\n" + `{"Users":[`)
	for i := range users {
		if i > 0 {
			text.WriteByte(',')
		}
		fmt.Fprintf(&text, `{"AccountId":"saved","UserId":"user-%06d%s","PrimaryEmail":"user-%d@example.com","UserRegistrationStatus":"Registered"}`,
			i, strings.Repeat("x", padding), i)
	}
	text.WriteString("]}")
	path := filepath.Join(tb.TempDir(), "saved.json")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// exported counts the users that a database has.
func exported(tb testing.TB, database string) int {
	tb.Helper()
	return strings.Count(command(tb, nil, "export", "--database", database), `"UserId"`)
}

// What a full disk is called; for who is not root, a file may be no longer.
const full = `(database or disk is full|disk I/O error)`

// TestImportOntoFullDisk: what was imported before is there whole, and the next run
// completes it.
func TestImportOntoFullDisk(t *testing.T) {
	t.Parallel()
	const users = 4000
	d := newSmallDisk(t, 1<<10)
	database := "sqlite:" + d.dir + "/carillon.db"
	args := []string{"import", "--tenant", tenant, "--database", database, savedUsers(t, users, 0)}
	said := failsOn(t, d.command(args...))
	wantSaid(t, said, `(?m)^carillon: importing: .*`+full+` \(1 accounts and \d+ users were imported before: to go on, import again\)$`)
	var before int
	if match := regexp.MustCompile(`and (\d+) users`).FindStringSubmatch(said); match != nil {
		_, _ = fmt.Sscan(match[1], &before)
	}
	if got := exported(t, database); got != before || got >= users {
		t.Errorf("after the import failed: got %d users, want the %d that it counts", got, before)
	}
	wantSound(t, database)
	d.grow(t, 64<<10)
	if out, err := d.command(args...).CombinedOutput(); err != nil {
		t.Errorf("the import again: %v: %s", err, out)
	}
	if got := exported(t, database); got != users {
		t.Errorf("after the import again: got %d users, want %d", got, users)
	}
}

// TestImportWithFullTemp: an import that cannot put down what it reads has changed
// nothing, and leaves nothing behind.
func TestImportWithFullTemp(t *testing.T) {
	t.Parallel()
	d, database := newSmallDisk(t, 1<<10), newDatabase(t)
	cmd := d.command("import", "--tenant", tenant, "--database", database, savedUsers(t, 25000, 700))
	wantSaid(t, failsOn(t, cmd, "TMPDIR="+d.dir), `(?m)^carillon: staging the import in `+d.dir+` \(TMPDIR says where\): .*`+full+`$`)
	if got := exported(t, database); got != 0 {
		t.Errorf("after the import failed: got %d users, want none", got)
	}
	left, err := os.ReadDir(d.dir)
	if err != nil || len(left) > 0 {
		t.Errorf("got %v left behind (%v), want nothing", left, err)
	}
}

// TestCopyOntoFullDisk: a copy is there whole or not at all, and the next one into
// the same place succeeds.
func TestCopyOntoFullDisk(t *testing.T) {
	t.Parallel()
	from, d := newDatabase(t), newSmallDisk(t, 512)
	putAccounts(t, from, 4000, lwa("copied"))
	startServerOn(t, from).stop(t) // makes the keys
	to := "sqlite:" + d.dir + "/carillon.db"
	args := []string{"copy", "--from", from, "--to", to}
	wantSaid(t, failsOn(t, d.command(args...)), `(?m)^carillon: nothing was copied: .*`+full+`$`)
	store, closeStore := openStore(t, to)
	err := store.View(t.Context(), func(tx chime.Tx) error {
		counts, err := tx.Counts(t.Context())
		for kind, n := range counts {
			if n > 0 {
				t.Errorf("after the copy failed: got %d rows in %s, want none", n, kind)
			}
		}
		return err
	})
	closeStore()
	if err != nil {
		t.Error(err)
	}
	wantSound(t, to)
	d.grow(t, 64<<10)
	if out, err := d.command(args...).CombinedOutput(); err != nil {
		t.Errorf("the copy again: %v: %s", err, out)
	}
	wantSame(t, nil, from, to)
}

// TestCommandsOnBrokenDatabases: a command that cannot do its work says why, and
// does nothing else.
func TestCommandsOnBrokenDatabases(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.stop(t)
	other, closeOther := openSQL(t, s.database)
	defer closeOther()
	execute(t, other, "BEGIN IMMEDIATE")
	wantSaid(t, fails(t, nil, "keys", "create", "--user", "alice", "--database", s.database), `^creating an access key for alice: .*database is locked`)
	execute(t, other, "ROLLBACK")
	if keys := command(t, nil, "keys", "list", "--database", s.database); strings.Contains(keys, "alice") {
		t.Errorf("got the keys %s, want none of alice", keys)
	}
}
