package sqlite

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/sqlstore"
)

// readOnly is a sqlstore.Engine that changes nothing: neither what the database
// holds, nor how it keeps it.
type readOnly struct {
	reader chan *reader // holds the connection, unless somebody uses it
	schema chime.Schema
}

// errReadOnly is what a write gets.
var errReadOnly = errors.New("the database was opened for reading only")

// OpenReadOnly opens a database that is there, as OpenExisting does, for reading only:
// a backup, say, which stays as it is.
func OpenReadOnly(ctx context.Context, path string) (*sqlstore.Store, error) {
	e, err := openReadOnly(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("opening the database %s: %w", path, err)
	}
	return sqlstore.New(e), nil
}

func openReadOnly(ctx context.Context, path string) (*readOnly, error) {
	shareCache()
	c, err := openAsIs(path)
	if err != nil {
		return nil, err
	}
	schema, err := prepare(ctx, c, "", false, sqlstore.ProgramMigrations())
	if err == nil {
		err = c.run("PRAGMA cache_size = " + strconv.Itoa(cachePages))
	}
	if err != nil {
		return nil, errors.Join(translate(err), c.close())
	}
	r, err := newReader(c)
	if err != nil {
		return nil, err
	}
	e := &readOnly{make(chan *reader, 1), schema}
	e.reader <- r
	return e, nil
}

// Schema returns what was found of the schema when the database was opened.
func (e *readOnly) Schema() chime.Schema { return e.schema }

// Read implements sqlstore.Engine.
func (e *readOnly) Read(ctx context.Context, fn func(sqlstore.Conn) error) error {
	select {
	case r := <-e.reader:
		defer func() { e.reader <- r }()
		return r.snapshot(ctx, fn)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Write implements sqlstore.Engine.
func (e *readOnly) Write(context.Context, func(sqlstore.Conn) error) error { return errReadOnly }

// Close implements sqlstore.Engine.
func (e *readOnly) Close() error { return (<-e.reader).close() }
