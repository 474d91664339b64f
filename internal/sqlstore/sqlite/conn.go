package sqlite

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"zombiezen.com/go/sqlite"

	"github.com/carillon-id/carillon/internal/sqlstore"
)

// maxPrepared bounds the prepared statements that a connection keeps: a batch of
// each size has its own text.
const maxPrepared = 128

// conn is a connection and its prepared statements.
type conn struct {
	raw      *sqlite.Conn
	prepared map[string]*sqlite.Stmt
	patience time.Duration // how long begin waits
	unsynced bool          // commits do not wait for the disk
}

func newConn(raw *sqlite.Conn) *conn {
	return &conn{raw: raw, prepared: make(map[string]*sqlite.Stmt), patience: busyTimeout}
}

// transaction runs fn between BEGIN and COMMIT. A context that ends stops the work
// between two statements and never in the middle of one.
func (c *conn) transaction(ctx context.Context, fn func(sqlstore.Conn) error) (err error) {
	if err := c.run("BEGIN"); err != nil {
		return err
	}
	defer func() {
		// SQLite has rolled back by itself after some errors (disk full, out of memory).
		if !c.raw.AutocommitEnabled() {
			err = errors.Join(err, c.run("ROLLBACK"))
		}
	}()
	if err := fn(c); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return c.run("COMMIT")
}

func (c *conn) run(statement string) error {
	return c.Exec(context.Background(), statement)
}

// Exec implements sqlstore.Conn.
func (c *conn) Exec(ctx context.Context, sql string, args ...any) error {
	return c.Query(ctx, sql, args, func(sqlstore.Row) error { return nil })
}

// ExecEach implements sqlstore.Repeater. What a row has in common with the one before
// stays bound.
func (c *conn) ExecEach(ctx context.Context, sql string, rows [][]any) error {
	stmt, err := c.prepare(sql)
	if err != nil {
		return translate(err)
	}
	var bound []any
	for _, args := range rows {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := bind(stmt, args, bound); err != nil {
			return err
		}
		bound = args
		_, err := stmt.Step()
		if resetErr := stmt.Reset(); err == nil {
			err = resetErr
		}
		if err != nil {
			return translate(err)
		}
	}
	return nil
}

// Query implements sqlstore.Conn.
func (c *conn) Query(ctx context.Context, sql string, args []any, each func(sqlstore.Row) error) (err error) {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	stmt, err := c.prepare(sql)
	if err != nil {
		return translate(err)
	}
	defer func() {
		if resetErr := stmt.Reset(); err == nil && resetErr != nil {
			err = translate(resetErr)
		}
	}()
	if err := bind(stmt, args, nil); err != nil {
		return err
	}
	for {
		more, err := stmt.Step()
		if err != nil {
			return translate(err)
		}
		if !more {
			return nil
		}
		if err := each(row{stmt}); err != nil {
			return err
		}
	}
}

func (c *conn) prepare(sql string) (*sqlite.Stmt, error) {
	if stmt, ok := c.prepared[sql]; ok {
		return stmt, nil
	}
	if len(c.prepared) >= maxPrepared {
		for text, stmt := range c.prepared { // any one will do
			delete(c.prepared, text)
			if err := stmt.Finalize(); err != nil {
				return nil, err
			}
			break
		}
	}
	// Prepare, unlike PrepareTransient, has SQLite keep the statement out of the
	// connection's own small memory, which is then free for the values of a row. What
	// finds no room there goes through an allocator that all connections lock.
	stmt, err := c.raw.Prepare(Dialect(sql))
	if err != nil {
		return nil, err
	}
	c.prepared[sql] = stmt
	return stmt, nil
}

// Dialect is the SQL of a sqlstore statement as SQLite wants it. To SQLite $1 is a
// name, numbered by where it stands first; ?1 is a number. And a limit that is a
// mere parameter has SQLite plan the statement anew whenever it is bound.
func Dialect(sql string) string {
	return strings.ReplaceAll(strings.ReplaceAll(sql, "LIMIT $", "LIMIT 0 + $"), "$", "?")
}

func (c *conn) close() error {
	for _, stmt := range c.prepared {
		_ = stmt.Finalize() // reports the error of the last step again
	}
	return c.raw.Close()
}

// bind binds the arguments, but for those that are bound already.
func bind(stmt *sqlite.Stmt, args, bound []any) error {
	for i, arg := range args {
		if i < len(bound) && same(arg, bound[i]) {
			continue
		}
		switch v := arg.(type) {
		case nil:
			stmt.BindNull(i + 1)
		case string:
			stmt.BindText(i+1, v)
		case int64:
			stmt.BindInt64(i+1, v)
		case bool:
			stmt.BindBool(i+1, v)
		case []byte:
			stmt.BindBytes(i+1, v)
		default:
			return fmt.Errorf("argument $%d has the type %T", i+1, arg)
		}
	}
	return nil
}

// same reports whether two arguments are the same text or number.
func same(a, b any) bool {
	switch v := a.(type) {
	case string:
		w, ok := b.(string)
		return ok && v == w
	case int64:
		w, ok := b.(int64)
		return ok && v == w
	default:
		return false
	}
}

// row is the current row of a statement.
type row struct{ stmt *sqlite.Stmt }

func (r row) Text(column int) string { return r.stmt.ColumnText(column) }
func (r row) Int(column int) int64   { return r.stmt.ColumnInt64(column) }
func (r row) Null(column int) bool   { return r.stmt.ColumnIsNull(column) }

func (r row) Bytes(column int) []byte {
	b := make([]byte, r.stmt.ColumnLen(column))
	r.stmt.ColumnBytes(column, b)
	return b
}
