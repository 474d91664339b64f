package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/user"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/cli"
)

// version is set by the linker (make build).
var version string

// program is what all commands share.
type program struct {
	getenv         func(string) string
	stdout, stderr io.Writer
	now            func() time.Time
	osUser         string
	log            *slog.Logger
}

// run is the program: the arguments without its name, its environment and its
// streams in, an error for the exit status out.
func run(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) error {
	return runAt(ctx, time.Now, args, getenv, stdin, stdout, stderr)
}

// runAt is run by another clock.
func runAt(
	ctx context.Context, now func() time.Time, args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer,
) error {
	p := &program{
		getenv: getenv, stdout: stdout, stderr: stderr,
		now: now, osUser: osUser(), log: newLogger(stderr),
	}
	root := cli.New(cli.Env{
		Stdin: stdin, Stdout: stdout, Stderr: stderr, Getenv: getenv, Now: p.now,
		OSUser: p.osUser, Version: buildVersion(), Executable: executable(), OpenBrowser: openBrowser,
		Open: func(ctx context.Context, database string, create bool) (*cli.Installation, error) {
			in, err := p.open(ctx, database, create, false)
			if err != nil {
				return nil, err
			}
			return &in.Installation, nil
		},
		Resolver: newDNS,
		OpenCopy: p.openCopy, OpenToRead: openToRead, Backup: backup, Restore: p.restore, Schema: schema, Migrate: migrate,
	}, p.serveCommand(), p.citusCommand())
	root.SetArgs(args)
	return root.ExecuteContext(ctx)
}

// explain is the error in words for an operator, to whom the API's codes say
// nothing.
func explain(err error) string {
	var refused *chime.Error
	if errors.As(err, &refused) {
		return strings.Replace(err.Error(), refused.Error(), refused.Message, 1)
	}
	return err.Error()
}

// newLogger writes JSON, or text on a terminal.
func newLogger(w io.Writer) *slog.Logger {
	if cli.IsTerminal(w) {
		return slog.New(slog.NewTextHandler(w, nil))
	}
	return slog.New(slog.NewJSONHandler(w, nil))
}

// executable is the path of this program.
func executable() string {
	path, err := os.Executable()
	if err != nil {
		return "carillon"
	}
	return path
}

// openBrowser opens an address of ours as the desktop does.
func openBrowser(ctx context.Context, address string) error {
	name, args := "xdg-open", []string{address}
	switch runtime.GOOS {
	case "darwin":
		name = "open"
	case "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", address}
	}
	cmd := exec.CommandContext(ctx, name, args...) // #nosec G204 -- one of three programs, with an address that login made
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("opening a browser: %w", err)
	}
	go func() { _ = cmd.Wait() }()
	return nil
}

func osUser() string {
	u, err := user.Current()
	if err != nil {
		return "unknown"
	}
	return u.Username
}

func buildVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
