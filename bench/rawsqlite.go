package main

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	engine "github.com/carillon-id/carillon/internal/sqlstore/sqlite"
)

// rawSQLite is the driver itself, with the settings and the page cache of the
// product's connections, and every statement prepared.
type rawSQLite struct {
	conn                 *sqlite.Conn
	begin, write, commit *sqlite.Stmt
	scripts              map[*script][]rawStatement
	of                   *scripts
}

type rawStatement struct {
	stmt *sqlite.Stmt
	args []any
	bindings
}

func openSQLite(path string) (*sqlite.Conn, error) {
	conn, err := sqlite.OpenConn(path, sqlite.OpenReadWrite|sqlite.OpenCreate)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	conn.SetBusyTimeout(time.Minute)
	// The product checkpoints beside its writer; a lone connection does it by itself.
	for _, setting := range append(engine.Settings(), "wal_autocheckpoint = 4000") {
		if err := sqlitex.ExecuteTransient(conn, "PRAGMA "+setting, nil); err != nil {
			return nil, errors.Join(fmt.Errorf("opening %s: %w", path, err), conn.Close())
		}
	}
	return conn, nil
}

func openRawSQLite(path string, s *scripts, users []string) (*rawSQLite, error) {
	conn, err := openSQLite(path)
	if err != nil {
		return nil, err
	}
	r := &rawSQLite{
		conn: conn, begin: conn.Prep("BEGIN"), write: conn.Prep("BEGIN IMMEDIATE"), commit: conn.Prep("COMMIT"),
		scripts: make(map[*script][]rawStatement), of: s,
	}
	for _, script := range []*script{&s.suspend, &s.unsuspend, &s.getUser, &s.list} {
		for i, b := range script.bind(users) {
			st := script.statements[i]
			prepared, err := conn.Prepare(engine.Dialect(st.sql)) // the one that it prepared before, if it did
			if err != nil {
				return nil, errors.Join(fmt.Errorf("preparing the product's statements: %w", err), conn.Close())
			}
			r.scripts[script] = append(r.scripts[script], rawStatement{stmt: prepared, args: slices.Clone(st.args), bindings: b})
		}
	}
	return r, nil
}

func (r *rawSQLite) close() error { return r.conn.Close() }

func (r *rawSQLite) suspend(users []string) error {
	return r.transaction(r.write, &r.of.suspend, users)
}

func (r *rawSQLite) unsuspend(users []string) error {
	return r.transaction(r.write, &r.of.unsuspend, users)
}

func (r *rawSQLite) getUser(user string) error {
	return r.transaction(r.begin, &r.of.getUser, []string{user})
}

func (r *rawSQLite) list(after string) error {
	return r.transaction(r.begin, &r.of.list, []string{after})
}

func (r *rawSQLite) transaction(begin *sqlite.Stmt, s *script, users []string) error {
	if err := finish(begin); err != nil {
		return err
	}
	for _, st := range r.scripts[s] {
		if err := st.run(users); err != nil {
			return err
		}
	}
	return finish(r.commit)
}

func finish(stmt *sqlite.Stmt) error {
	_, err := stmt.Step()
	if resetErr := stmt.Reset(); err == nil {
		err = resetErr
	}
	return err
}

// run runs the statement and looks at every column of every row.
func (st rawStatement) run(users []string) error {
	if err := st.fill(st.args, users); err != nil {
		return err
	}
	for i, arg := range st.args {
		switch v := arg.(type) {
		case string:
			st.stmt.BindText(i+1, v)
		case int64:
			st.stmt.BindInt64(i+1, v)
		case bool:
			st.stmt.BindBool(i+1, v)
		default:
			return fmt.Errorf("argument %d has the type %T", i+1, arg)
		}
	}
	for {
		more, err := st.stmt.Step()
		if err != nil {
			return err
		}
		if !more {
			return st.stmt.Reset()
		}
		for column := range st.stmt.ColumnCount() {
			if st.stmt.ColumnType(column) == sqlite.TypeText {
				_ = st.stmt.ColumnText(column)
			} else {
				_ = st.stmt.ColumnInt64(column)
			}
		}
	}
}
