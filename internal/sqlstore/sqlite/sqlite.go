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
	"errors"
	"fmt"
	"net/url"
	"os"
	"runtime"
	"strconv"
	"time"

	"zombiezen.com/go/sqlite"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/sqlstore"
)

// Memory is the path of a database that lives as long as the process.
const Memory = ":memory:"

// minReaders is how many requests may read at the same time on the smallest
// machine: one whose pages are not in memory must not keep the others waiting.
const minReaders = 4

// busyTimeout is how long a statement waits for another process's lock.
const busyTimeout = 5 * time.Second

// engine is a sqlstore.Engine. In memory, where a writer blocks readers, one
// connection does everything.
type engine struct {
	writer       chan *conn // holds the connection that writes, unless somebody uses it
	readers      *pool      // nil in memory
	checkpointer *checkpointer
	place        place // nil in memory

	writes  chan *write   // that wait to be run
	written chan struct{} // closed when there will be no more

	schema chime.Schema // when it was opened
}

// Open opens the database at path (or Memory), makes it when it is missing, and
// brings its schema up to date. One that is newer by a release is left as it is,
// and one that is newer still is an error.
func Open(ctx context.Context, path string) (*sqlstore.Store, error) {
	e, err := OpenEngine(ctx, path)
	if err != nil {
		return nil, err
	}
	return sqlstore.New(e), nil
}

// OpenExisting is Open for a database that is there and has the schema already;
// another is an error.
func OpenExisting(ctx context.Context, path string) (*sqlstore.Store, error) {
	e, err := open(ctx, path, false, sqlstore.ProgramMigrations())
	if err != nil {
		return nil, err
	}
	return sqlstore.New(e), nil
}

// OpenEngine is Open for whoever puts something between the engine and the
// store, such as a count of the statements.
func OpenEngine(ctx context.Context, path string) (sqlstore.Engine, error) {
	return open(ctx, path, true, sqlstore.ProgramMigrations())
}

func open(ctx context.Context, path string, create bool, migrations sqlstore.Migrations) (sqlstore.Engine, error) {
	e := &engine{}
	if err := e.openAll(ctx, path, create, migrations); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the database %s: %w", path, advise(err)), e.Close())
	}
	return e, nil
}

func (e *engine) openAll(ctx context.Context, path string, create bool, migrations sqlstore.Migrations) error {
	if create {
		if err := makePrivate(path); err != nil {
			return err
		}
	}
	shareCache()
	uri := fileURI(path)
	writer, err := openConn(uri, sqlite.OpenCreate) // it keeps a database in memory alive
	if err != nil {
		return err
	}
	e.writer = make(chan *conn, 1)
	e.writer <- writer
	if e.schema, err = prepare(ctx, writer, uri, create, migrations); err != nil {
		return translate(err)
	}
	writer.raw.SetBusyTimeout(0) // begin waits by itself
	if path != Memory {
		e.readers = newPool(max(minReaders, runtime.GOMAXPROCS(0)), func() (*reader, error) { return e.place.open(uri) })
		c, err := openConn(uri, 0)
		if err != nil {
			return err
		}
		e.checkpointer = newCheckpointer(c)
		if e.place, err = placeOf(path); err != nil {
			return err
		}
	}
	e.writes, e.written = make(chan *write, maxGroup), make(chan struct{})
	go e.commitGroups()
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

func openConn(uri string, flags sqlite.OpenFlags) (*conn, error) {
	raw, err := sqlite.OpenConn(uri, sqlite.OpenReadWrite|sqlite.OpenURI|flags)
	if err != nil {
		return nil, translate(err)
	}
	c := newConn(raw)
	raw.SetBusyTimeout(busyTimeout)
	for _, setting := range Settings() {
		if err := c.run("PRAGMA " + setting); err != nil {
			return nil, errors.Join(err, c.close())
		}
	}
	return c, nil
}

// Settings returns the PRAGMAs that each connection begins with.
func Settings() []string {
	return []string{
		"journal_mode = WAL",
		"synchronous = FULL",
		"foreign_keys = ON",
		"wal_autocheckpoint = 0", // see checkpointer
		"journal_size_limit = " + strconv.Itoa(logLimit),
		"temp_store = MEMORY",
		"cache_size = " + strconv.Itoa(cachePages),
	}
}

// Schema returns what was found of the schema when the database was opened, after
// migrating it.
func (e *engine) Schema() chime.Schema { return e.schema }

// Read implements sqlstore.Engine.
func (e *engine) Read(ctx context.Context, fn func(sqlstore.Conn) error) error {
	if e.readers == nil {
		select {
		case c := <-e.writer:
			defer func() { e.writer <- c }()
			return c.transaction(ctx, fn)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	r, err := e.readers.take(ctx)
	if err != nil {
		return err
	}
	defer e.readers.put(r)
	return r.snapshot(ctx, fn)
}

// Close implements sqlstore.Engine. It MUST NOT be called while a transaction
// runs.
func (e *engine) Close() error {
	if e.writes != nil {
		close(e.writes)
		<-e.written
		e.writes = nil
	}
	var errs []error
	if e.readers != nil {
		errs = append(errs, e.readers.close())
	}
	if e.checkpointer != nil {
		errs = append(errs, e.checkpointer.close())
	}
	if e.writer != nil {
		errs = append(errs, (<-e.writer).close())
	}
	return errors.Join(errs...)
}
