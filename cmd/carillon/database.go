package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/cli"
	"github.com/carillon-id/carillon/internal/iam"
	"github.com/carillon-id/carillon/internal/secret"
	"github.com/carillon-id/carillon/internal/sqlstore/postgres"
	"github.com/carillon-id/carillon/internal/sqlstore/sqlite"
)

// location is a database and the files that stand beside it.
type location struct {
	path string // of SQLite's file
	url  string // of PostgreSQL; "" for SQLite
	// beside is what the names of the files begin with.
	beside string
}

var schemeForm = regexp.MustCompile(`^[a-z]*:`)

// locate reads what --database says.
func locate(database string) (location, error) {
	path, embedded := strings.CutPrefix(database, "sqlite:")
	switch {
	case strings.HasPrefix(database, "postgres://") || strings.HasPrefix(database, "postgresql://"):
		return location{url: database, beside: "carillon"}, nil
	case !embedded || path == "":
		// Anything but a scheme may hold a password.
		return location{}, fmt.Errorf("%q names no database: say sqlite:PATH, such as %s, or postgres://USER@HOST/NAME",
			schemeForm.FindString(database), cli.DefaultDatabase)
	case path == sqlite.Memory:
		return location{path: path, beside: "carillon"}, nil
	}
	return location{path: path, beside: path}, nil
}

// shared reports a database that servers on several machines may have, so that no
// file can stand beside it for all of them.
func (l location) shared() bool { return l.url != "" }

func (l location) keyFile() secret.KeyFile { return secret.KeyFile{Path: l.beside + ".master-key"} }
func (l location) rootKeyFile() string     { return l.beside + ".root-key" }

// open opens the store; only with create may it be missing, or have an older schema.
func (l location) open(ctx context.Context, create bool) (chime.Store, error) {
	if !create {
		if err := l.exists(); err != nil {
			return nil, err
		}
	}
	switch {
	case l.shared() && create:
		return postgres.Open(ctx, l.url)
	case l.shared():
		return postgres.OpenExisting(ctx, l.url)
	case create:
		return sqlite.Open(ctx, l.path)
	}
	return sqlite.OpenExisting(ctx, l.path)
}

// exists refuses a SQLite database that is not there for a command to work on.
func (l location) exists() error {
	switch {
	case l.shared():
		return nil
	case l.path == sqlite.Memory:
		return errors.New("a database in memory is its server's alone: name another with --database")
	}
	if _, err := os.Stat(l.path); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no database at %s: start `carillon serve` or run `carillon import` to make one, or name another with --database", l.path)
	}
	return nil
}

// schema looks at the schema of a database that exists.
func schema(ctx context.Context, database string) (chime.Schema, error) {
	at, err := locate(database)
	if err != nil {
		return chime.Schema{}, err
	}
	if err := at.exists(); err != nil {
		return chime.Schema{}, err
	}
	if at.shared() {
		return postgres.Schema(ctx, at.url)
	}
	return sqlite.Schema(ctx, at.path)
}

// migrate brings the schema of a database that exists up to date.
func migrate(ctx context.Context, database string) (before, after chime.Schema, err error) {
	if before, err = schema(ctx, database); err != nil {
		return before, after, err
	}
	at, err := locate(database)
	if err != nil {
		return before, after, err
	}
	store, err := at.open(ctx, true)
	if err != nil {
		return before, after, err
	}
	if err := store.Close(); err != nil {
		return before, after, err
	}
	after, err = schema(ctx, database)
	return before, after, err
}

// openToRead opens the store of a database that exists, and changes nothing.
func openToRead(ctx context.Context, database string) (chime.Store, error) {
	at, err := locate(database)
	if err != nil {
		return nil, err
	}
	if at.shared() {
		return at.open(ctx, false)
	}
	if err := at.exists(); err != nil {
		return nil, err
	}
	return sqlite.OpenReadOnly(ctx, at.path)
}

// openCopy opens the database that a copy is to go to. The master key that the
// secrets in it are sealed with goes along: it is in the environment for both, or
// its file is copied.
func (p *program) openCopy(ctx context.Context, from, to string) (chime.Store, error) {
	source, err := locate(from)
	if err != nil {
		return nil, err
	}
	target, err := locate(to)
	if err != nil {
		return nil, err
	}
	inEnvironment := p.getenv(masterKeyVariable) != ""
	switch {
	case target == source:
		return nil, errors.New("--from and --to name the same database")
	case target.path == sqlite.Memory:
		return nil, errors.New("a database in memory would be gone at the end: name another with --to")
	case target.shared() && !inEnvironment:
		return nil, errNoMasterKey
	}
	store, err := target.open(ctx, true)
	if err != nil || inEnvironment {
		return store, err
	}
	// One that has a master key is not empty, and the copy will be refused.
	check, err := iam.CheckValue(ctx, store)
	if err == nil && check == nil {
		err = copyKeyFile(source.keyFile().Path, target.keyFile().Path)
	}
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return store, nil
}

// copyKeyFile puts a copy of the master key beside the other database, where only
// the same key may be.
func copyKeyFile(from, to string) (err error) {
	key, err := os.ReadFile(from) // #nosec G304 -- beside the operator's database
	if err != nil {
		return fmt.Errorf("reading the master key: %w", err)
	}
	there, err := os.ReadFile(to) // #nosec G304 -- as above
	switch {
	case err == nil && string(there) == string(key):
		return nil
	case err == nil:
		return fmt.Errorf("%s holds another master key than %s: move it away, or copy to another database", to, from)
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("reading the master key of the copy: %w", err)
	}
	file, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // #nosec G304 -- as above
	if err != nil {
		return fmt.Errorf("copying the master key: %w", err)
	}
	_, err = file.Write(key)
	return errors.Join(err, file.Close())
}
