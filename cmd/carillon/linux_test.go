package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestReadOnlyDatabase: a database that cannot be written to is served as far as
// it can be, and works again when it can.
func TestReadOnlyDatabase(t *testing.T) {
	t.Parallel()
	dir, attributes := unprivileged(t)
	file := filepath.Join(dir, "carillon.db")
	database := "sqlite:" + file
	first := startProcess(t, database, environment(), attributes)
	first.createAccount(t, "Before")
	first.stop(t)

	if err := os.Chmod(file, 0o400); err != nil {
		t.Fatal(err)
	}
	// It starts whether the root key is a stored one or given again.
	for _, variables := range []map[string]string{{}, environment()} {
		second := startProcess(t, database, loaded(variables), attributes)
		for range 2 { // it lives on
			got := second.call(t, root, "POST", "/accounts", `{"Name":"Meanwhile"}`)
			wantAnswer(t, "a write of a read-only database", got, 503, "ServiceUnavailableException")
			wantUnavailable(t, got)
			second.mustCall(t, "GET", "/accounts", "")
		}
		l := &load{server: second, ops: second.operators(t)}
		if ready, lives := l.status(t, "/readyz"), l.status(t, "/healthz"); ready != 503 || lives != 200 {
			t.Errorf("of a read-only database: got %d for /readyz and %d for /healthz, want 503 and 200", ready, lives)
		}
		second.stop(t)
	}

	for _, suffix := range []string{"", "-wal", "-shm"} { // the log was made as read-only as the database
		if err := os.Chmod(file+suffix, 0o600); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	third := startProcess(t, database, nil, attributes)
	third.createAccount(t, "After")
	third.wantNames(t, "Before", "After")
	wantSound(t, database)
}

// TestRefusedStarts: a database whose files the user who runs the server may not
// read and write, or that has no folder, is refused with what to do.
func TestRefusedStarts(t *testing.T) {
	t.Parallel()
	dir, attributes := unprivileged(t)
	closed, unreadable := filepath.Join(dir, "closed"), filepath.Join(dir, "unreadable.db")
	if err := errors.Join(os.Mkdir(closed, 0o555), os.WriteFile(unreadable, nil, 0)); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(closed, "carillon.db"):         "it and its folder must be the user's who runs carillon, to read and to write",
		unreadable:                                   "it and its folder must be the user's who runs carillon, to read and to write",
		filepath.Join(dir, "missing", "carillon.db"): "make its folder, or name another with --database",
	} {
		cmd := exec.Command("carillon", "serve", "--listen", "127.0.0.1:0", "--database", "sqlite:"+path)
		cmd.SysProcAttr = attributes
		wantSaid(t, failsOn(t, cmd), `^carillon: opening the database `+path+`: .*: `+want+`\n$`)
	}
}

// TestFirstStartOnFullDisk is refused, and succeeds once there is room.
func TestFirstStartOnFullDisk(t *testing.T) {
	t.Parallel()
	d := newSmallDisk(t, 64)
	database := "sqlite:" + d.dir + "/carillon.db"
	cmd := d.command("serve", "--listen", "127.0.0.1:0", "--database", database)
	wantSaid(t, failsOn(t, cmd), `^carillon: opening the database `+d.dir+`/carillon.db: .*: (free space on its disk, then start again|see to its disk, which fails or is full)\n$`)
	d.grow(t, 4<<10)
	startProcess(t, database, environment(), nil).createAccount(t, "After")
}

// unprivileged returns a folder, and how to start processes that it belongs to but
// that no file permission is ignored for.
func unprivileged(tb testing.TB) (dir string, attributes *syscall.SysProcAttr) {
	tb.Helper()
	dir = tb.TempDir()
	if os.Geteuid() != 0 {
		return dir, nil
	}
	const nobody = 65534
	program, err := exec.LookPath("carillon")
	if err != nil {
		tb.Fatal(err)
	}
	for _, closed := range []string{filepath.Dir(dir), filepath.Dir(filepath.Dir(program))} {
		if err := os.Chmod(closed, 0o755); err != nil {
			tb.Fatal(err)
		}
	}
	if err := os.Chown(dir, nobody, nobody); err != nil {
		tb.Fatal(err)
	}
	return dir, &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
}

// openTerminal returns both ends of a pseudo-terminal: what a program has, and
// what its user sees.
func openTerminal(tb testing.TB) (program, user *os.File) {
	tb.Helper()
	user, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { user.Close() })
	fd := int(user.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		tb.Fatal(err)
	}
	number, err := unix.IoctlGetUint32(fd, unix.TIOCGPTN)
	if err != nil {
		tb.Fatal(err)
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { program.Close() })
	return program, user
}

// TestTerminal: a first start on a terminal shows the root key once, with what to
// do with it, and leaves it nowhere else.
func TestTerminal(t *testing.T) {
	t.Parallel()
	database := newDatabase(t)
	s, shown := startOnTerminal(t, database)
	var key credentials
	for _, want := range []string{
		`(?m)^export AWS_ENDPOINT_URL_CHIME=http://127\.0\.0\.1:\d+$`,
		`(?m)^export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1$`,
		`(?m)^export AWS_ACCESS_KEY_ID=AKIA\w{16}$`,
		`(?m)^export AWS_SECRET_ACCESS_KEY=[\w+/]{40}$`,
		`(?m)^ACCOUNT=\$\(aws chime create-account .*\)$`,
		`(?m)^aws chime invite-users `,
		`(?m)^aws chime list-users `,
		`(?m)^aws chime batch-suspend-user `,
	} {
		if got := len(regexp.MustCompile(want).FindAllString(shown, -1)); got != 1 {
			t.Errorf("%s is shown %d times, want once", want, got)
		}
	}
	if _, err := os.Stat(strings.TrimPrefix(database, "sqlite:") + ".root-key"); !os.IsNotExist(err) {
		t.Errorf("the root key is in a file too: %v", err)
	}
	if match := regexp.MustCompile(`_ID=(\w+)\n.*_KEY=(.*)\n`).FindStringSubmatch(shown); match != nil {
		key = credentials{match[1], match[2]}
	}
	wantAnswer(t, "a call with the key that is shown", s.call(t, key, "GET", "/accounts", ""), 200, "")
	s.stop(t)
	if _, again := startOnTerminal(t, database); again != "" {
		t.Errorf("a second start shows:\n%s", again)
	}
}

// startOnTerminal starts a server and returns what its terminal shows.
func startOnTerminal(tb testing.TB, database string) (*server, string) {
	tb.Helper()
	program, user := openTerminal(tb)
	ctx, cancel := context.WithCancel(tb.Context())
	s := &server{database: database, cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(s.done)
		s.err = run(ctx, s.arguments(nil), getter(nil), strings.NewReader(""), program, &s.stderr)
	}()
	s.awaitStart(tb)
	const end = "the end"
	if _, err := fmt.Fprint(program, end); err != nil {
		tb.Fatal(err)
	}
	var shown bytes.Buffer
	for part := make([]byte, 4096); !strings.HasSuffix(shown.String(), end); {
		n, err := user.Read(part)
		if err != nil {
			tb.Fatal(err)
		}
		shown.Write(part[:n])
	}
	return s, strings.TrimSuffix(strings.ReplaceAll(shown.String(), "\r\n", "\n"), end)
}
