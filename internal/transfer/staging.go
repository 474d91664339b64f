package transfer

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// stagingSettings are those of a database that lives as long as the import and is
// nobody else's. Its one transaction never ends.
func stagingSettings() []string {
	return []string{
		"PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF", "PRAGMA locking_mode = EXCLUSIVE", "PRAGMA cache_size = -16384", "BEGIN",
	}
}

const stagingSchema = `
CREATE TABLE documents (
  id      INTEGER PRIMARY KEY,
  kind    INTEGER NOT NULL,
  owner   TEXT    NOT NULL,
  place   TEXT    NOT NULL,
  rank    INTEGER NOT NULL,
  address TEXT    NOT NULL,
  pin     TEXT    NOT NULL,
  late    INTEGER NOT NULL,
  source  INTEGER NOT NULL,
  line    INTEGER NOT NULL,
  col     INTEGER NOT NULL,
  body    BLOB    NOT NULL
);
CREATE TABLE rivals (id INTEGER PRIMARY KEY, rival TEXT NOT NULL);
CREATE TABLE tenants (account TEXT PRIMARY KEY, tenant TEXT NOT NULL) WITHOUT ROWID;
`

const documentColumns = "id, kind, source, line, col, body"

// staging keeps documents on disk while they are merged and checked, so that
// their number does not matter.
type staging struct {
	conn    *sqlite.Conn
	folder  string
	sources []string
	insert  *sqlite.Stmt
	body    []byte
}

// staged is a document that is kept.
type staged struct {
	document
	id    int64
	rival string
}

// openStaging makes a staging database in a folder of its own, which close
// removes. The work stops when ctx ends.
func openStaging(ctx context.Context, temp string) (*staging, error) {
	folder, err := os.MkdirTemp(temp, "carillon-import-")
	if err != nil {
		return nil, fmt.Errorf("making a folder for the import: %w", err)
	}
	s := &staging{folder: folder}
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(s.failed(err), s.close())
	}
	return s, nil
}

func (s *staging) prepare(ctx context.Context) (err error) {
	if s.conn, err = sqlite.OpenConn(filepath.Join(s.folder, "staging.db"), sqlite.OpenReadWrite|sqlite.OpenCreate); err != nil {
		return err
	}
	s.conn.SetInterrupt(ctx.Done())
	for _, setting := range stagingSettings() {
		if err := sqlitex.ExecuteTransient(s.conn, setting, nil); err != nil {
			return err
		}
	}
	if err := sqlitex.ExecuteScript(s.conn, stagingSchema, nil); err != nil {
		return err
	}
	s.insert, err = s.conn.Prepare(`INSERT INTO documents
		(kind, owner, place, rank, address, pin, late, source, line, col, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
	return err
}

// failed says where the disk may be full.
func (s *staging) failed(err error) error {
	return fmt.Errorf("staging the import in %s (TMPDIR says where): %w", filepath.Dir(s.folder), err)
}

func (s *staging) close() error {
	var err error
	if s.conn != nil {
		err = s.conn.Close()
	}
	return errors.Join(err, os.RemoveAll(s.folder))
}

// run executes one statement and calls row, which may be nil, for each row. An
// error of row's is returned as it is.
func (s *staging) run(sql string, row func(*sqlite.Stmt) error, args ...any) error {
	var rowErr error
	each := func(st *sqlite.Stmt) error {
		if row != nil {
			rowErr = row(st)
		}
		return rowErr
	}
	err := sqlitex.Execute(s.conn, sql, &sqlitex.ExecOptions{Args: args, ResultFunc: each})
	if err != nil && rowErr == nil {
		return s.failed(err)
	}
	return err
}

// add keeps a document of the newest source.
func (s *staging) add(d document) error {
	st := s.insert
	s.bind(st, d)
	st.BindInt64(8, int64(len(s.sources)-1))
	st.BindInt64(9, d.at.Line)
	st.BindInt64(10, d.at.Column)
	st.BindBytes(11, s.body)
	_, err := st.Step()
	if err = errors.Join(err, st.Reset()); err != nil {
		return s.failed(err)
	}
	return nil
}

// bind binds what is the same in add and replace, and encodes the body.
func (s *staging) bind(st *sqlite.Stmt, d document) {
	st.BindInt64(1, int64(d.kind))
	st.BindText(2, d.owner())
	st.BindText(3, d.place())
	st.BindInt64(4, int64(d.rank()))
	st.BindText(5, d.address())
	st.BindText(6, d.pin())
	st.BindBool(7, d.makesPIN())
	s.body = encode(s.body[:0], d.values)
}

// replace changes what is kept of a document.
func (s *staging) replace(id int64, d document) error {
	st, err := s.conn.Prepare(`UPDATE documents SET kind = ?, owner = ?, place = ?, rank = ?, address = ?, pin = ?, late = ?, body = ?
		WHERE id = ?`)
	if err != nil {
		return s.failed(err)
	}
	s.bind(st, d)
	st.BindBytes(8, s.body)
	st.BindInt64(9, id)
	_, err = st.Step()
	if err = errors.Join(err, st.Reset()); err != nil {
		return s.failed(err)
	}
	return nil
}

func (s *staging) remove(id int64) error {
	return s.run("DELETE FROM documents WHERE id = ?", nil, id)
}

// scan reads documentColumns.
func (s *staging) scan(st *sqlite.Stmt) staged {
	body := make([]byte, st.ColumnLen(5))
	st.ColumnBytes(5, body)
	return staged{
		id: st.ColumnInt64(0),
		document: document{
			kind:   kind(st.ColumnInt64(1)),
			at:     Position{Source: s.sources[st.ColumnInt64(2)], Line: st.ColumnInt64(3), Column: st.ColumnInt64(4)},
			values: decode(string(body)),
		},
	}
}

// count returns how many documents of a kind there are.
func (s *staging) count(k kind) (n int64, err error) {
	err = s.run("SELECT count(*) FROM documents WHERE kind = ?", func(st *sqlite.Stmt) error {
		n = st.ColumnInt64(0)
		return nil
	}, int64(k))
	return n, err
}

// find returns the document about an owner in a place.
func (s *staging) find(k kind, owner, place string) (found *staged, err error) {
	err = s.run("SELECT "+documentColumns+" FROM documents WHERE kind = ? AND owner = ? AND place = ?", func(st *sqlite.Stmt) error {
		d := s.scan(st)
		found = &d
		return nil
	}, int64(k), owner, place)
	return found, err
}

// encode appends the values, each after its length.
func encode(to []byte, values []string) []byte {
	for _, v := range values {
		to = binary.AppendUvarint(to, uint64(len(v)))
		to = append(to, v...)
	}
	return to
}

// decode is the reverse of encode.
func decode(body string) []string {
	values := make([]string, 0, userValues)
	for len(body) > 0 {
		n, size := uvarint(body)
		values = append(values, body[size:size+n])
		body = body[size+n:]
	}
	return values
}

func uvarint(s string) (n, size int) {
	for shift := 0; ; shift += 7 {
		c := s[size]
		size++
		n |= int(c&0x7f) << shift
		if c < 0x80 {
			return n, size
		}
	}
}
