package sqlite

import (
	"context"
	"errors"

	"zombiezen.com/go/sqlite"

	"github.com/carillon-id/carillon/internal/sqlstore"
)

// maxRecalls bounds what a connection remembers. When it is full, it starts anew.
const maxRecalls = 1000

// reader is a connection that never writes. It knows of each snapshot whether it is
// the one before.
type reader struct {
	*conn
	version *sqlite.Stmt // PRAGMA data_version

	of      int64          // the version of what is known
	recalls map[string]any // what is known
}

func openReader(uri string) (*reader, error) {
	c, err := openConn(uri, 0)
	if err != nil {
		return nil, err
	}
	return newReader(c)
}

func newReader(c *conn) (*reader, error) {
	if err := c.run("PRAGMA query_only = ON"); err != nil {
		return nil, errors.Join(err, c.close())
	}
	version, _, err := c.raw.PrepareTransient("PRAGMA data_version")
	if err != nil {
		return nil, errors.Join(translate(err), c.close())
	}
	return &reader{conn: c, version: version, recalls: make(map[string]any)}, nil
}

// snapshot runs fn over one snapshot. SQLite keeps it for as long as a statement is
// under way: the one that asks for the version is ended last. The version is another
// after each commit, whoever made it, on a connection that makes none itself.
func (r *reader) snapshot(ctx context.Context, fn func(sqlstore.Conn) error) (err error) {
	defer func() {
		if resetErr := r.version.Reset(); err == nil && resetErr != nil {
			err = translate(resetErr)
		}
	}()
	if _, err := r.version.Step(); err != nil {
		return translate(err)
	}
	if version := r.version.ColumnInt64(0); version != r.of {
		clear(r.recalls)
		r.of = version
	}
	if err := fn(r); err != nil {
		return err
	}
	return context.Cause(ctx)
}

// Recall implements sqlstore.Recaller.
func (r *reader) Recall(name string, load func() (any, error)) (any, error) {
	if value, known := r.recalls[name]; known {
		return value, nil
	}
	value, err := load()
	if err != nil {
		return nil, err
	}
	if len(r.recalls) >= maxRecalls {
		clear(r.recalls)
	}
	r.recalls[name] = value
	return value, nil
}

func (r *reader) close() error {
	_ = r.version.Finalize() // reports the error of the last step again
	return r.conn.close()
}
