// Package sqlite is the sqlstore.Engine on an embedded SQLite database, through
// the native driver.
//
// One connection writes, a few read. Readers see the last commit and never wait
// for the writer (write-ahead log). A commit is on the disk before it is
// acknowledged (synchronous=FULL).
package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the database/sql driver, for migrations only
	"zombiezen.com/go/sqlite"

	"github.com/carillon-id/carillon/internal/sqlstore"
)

// Memory is the path of a database that lives as long as the process.
const Memory = ":memory:"

// readers is how many requests may read at the same time: more only wait for
// the processor.
const readers = 8

// busyTimeout is how long a statement waits for another process's lock.
const busyTimeout = 5 * time.Second

// engine is a sqlstore.Engine. Its connections wait in channels for whoever
// needs one; in memory, where a writer blocks readers, one connection is both.
type engine struct {
	writer  chan *conn
	readers chan *conn
	all     []*conn
}

// Open opens the database at path (or Memory), makes it when it is missing, and
// brings its schema up to date.
func Open(ctx context.Context, path string) (*sqlstore.Store, error) {
	e, err := OpenEngine(ctx, path)
	if err != nil {
		return nil, err
	}
	return sqlstore.New(e), nil
}

// OpenEngine is Open for whoever puts something between the engine and the
// store, such as a count of the statements.
func OpenEngine(ctx context.Context, path string) (sqlstore.Engine, error) {
	e := &engine{}
	if err := e.openAll(ctx, path); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the database %s: %w", path, err), e.Close())
	}
	return e, nil
}

func (e *engine) openAll(ctx context.Context, path string) error {
	if err := makePrivate(path); err != nil {
		return err
	}
	uri := fileURI(path)
	first, err := e.open(uri)
	if err != nil {
		return err
	}
	if err := migrate(ctx, uri); err != nil {
		return translate(err)
	}
	e.writer = make(chan *conn, 1)
	e.writer <- first
	if path == Memory {
		e.readers = e.writer
		return nil
	}
	e.readers = make(chan *conn, readers)
	for range readers {
		c, err := e.open(uri)
		if err != nil {
			return err
		}
		if err := c.run("PRAGMA query_only = ON"); err != nil {
			return err
		}
		e.readers <- c
	}
	return nil
}

// makePrivate makes a missing database a file that its owner alone can read. What
// SQLite puts beside it takes over the mode.
func makePrivate(path string) error {
	if path == Memory {
		return nil
	}
	file, err := os.OpenFile(path, os.O_RDONLY|os.O_CREATE, 0o600) // #nosec G304 -- the operator's choice
	if err != nil {
		return err
	}
	return file.Close()
}

// fileURI escapes what a URI would read as something else. A database in memory
// gets a name of its own, under which migrations find it.
func fileURI(path string) string {
	if path == Memory {
		return "file:/carillon-" + rand.Text() + "?vfs=memdb"
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath()
}

func (e *engine) open(uri string) (*conn, error) {
	raw, err := sqlite.OpenConn(uri, sqlite.OpenReadWrite|sqlite.OpenCreate|sqlite.OpenURI)
	if err != nil {
		return nil, translate(err)
	}
	c := newConn(raw)
	e.all = append(e.all, c)
	raw.SetBusyTimeout(busyTimeout)
	for _, pragma := range []string{
		"journal_mode = WAL",
		"synchronous = FULL",
		"foreign_keys = ON",
		"wal_autocheckpoint = 4000",
		"journal_size_limit = 67108864",
		"temp_store = MEMORY",
	} {
		if err := c.run("PRAGMA " + pragma); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func migrate(ctx context.Context, uri string) error {
	separator := "?"
	if strings.Contains(uri, "?") {
		separator = "&"
	}
	db, err := sql.Open("sqlite", uri+separator+"_pragma=busy_timeout(5000)&_txlock=immediate")
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	return errors.Join(sqlstore.Migrate(ctx, db, goose.DialectSQLite3, rewrite), db.Close())
}

func rewrite(migration string) string {
	return strings.ReplaceAll(migration, "/* clustered */", "WITHOUT ROWID")
}

// Read implements sqlstore.Engine.
func (e *engine) Read(ctx context.Context, fn func(sqlstore.Conn) error) error {
	c, err := take(ctx, e.readers)
	if err != nil {
		return err
	}
	defer func() { e.readers <- c }()
	return c.transaction(ctx, "BEGIN", fn)
}

// Write implements sqlstore.Engine. The transaction takes the write lock at its
// beginning, so that it never has to be run again.
func (e *engine) Write(ctx context.Context, fn func(sqlstore.Conn) error) error {
	c, err := take(ctx, e.writer)
	if err != nil {
		return err
	}
	defer func() { e.writer <- c }()
	return c.transaction(ctx, "BEGIN IMMEDIATE", fn)
}

func take(ctx context.Context, from chan *conn) (*conn, error) {
	select {
	case c := <-from:
		return c, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// Close implements sqlstore.Engine. It MUST NOT be called while a transaction
// runs.
func (e *engine) Close() error {
	var errs []error
	for _, c := range e.all {
		errs = append(errs, c.close())
	}
	return errors.Join(errs...)
}
