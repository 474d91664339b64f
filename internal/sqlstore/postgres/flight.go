package postgres

import (
	"context"
	"encoding/binary"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/carillon-id/carillon/internal/sqlstore"
)

// statement is one with its arguments and what is done with each row, if it
// answers any.
type statement struct {
	sql  string
	args []any
	each func(sqlstore.Row) error
}

// flight is several statements that travel together, and then their answers. A
// statement that the connection does not know yet is prepared on the way.
type flight struct {
	pipeline *pgconn.Pipeline
	known    *prepared // nil when nothing is to be prepared
	leaving  int       // statements that are forgotten before the first
	sent     []sent
}

// sent is a statement under way, and the name under which it is prepared just
// before, if it is.
type sent struct {
	statement
	prepare string
}

func (e *engine) newFlight(ctx context.Context, raw *pgconn.PgConn) *flight {
	f := &flight{pipeline: raw.StartPipeline(ctx)}
	if e.unprepared {
		return f
	}
	f.known = preparedOn(raw)
	for _, name := range f.known.leaving {
		f.pipeline.SendDeallocate(name)
	}
	f.leaving = len(f.known.leaving)
	return f
}

func (f *flight) add(s statement) {
	values, formats := encode(s.args)
	answers := []int16{pgx.BinaryFormatCode}
	under := sent{statement: s}
	switch {
	case f.known == nil:
		f.pipeline.SendQueryParams(s.sql, values, nil, formats, answers)
	case f.known.find(s.sql) != nil:
		f.pipeline.SendQueryStatement(f.known.find(s.sql), values, formats, answers)
	default:
		name := f.preparing(s.sql)
		if name == "" {
			name = f.known.newName()
			under.prepare = name
			f.pipeline.SendPrepare(name, s.sql, nil)
		}
		f.pipeline.SendQueryPrepared(name, values, formats, answers)
	}
	f.sent = append(f.sent, under)
}

// preparing returns the name under which the flight prepares the text already.
func (f *flight) preparing(sql string) string {
	for _, s := range f.sent {
		if s.prepare != "" && s.sql == sql {
			return s.prepare
		}
	}
	return ""
}

// land sends the flight and reads its answers, up to the first that is an error.
// It returns the tag of the last, and tells the transaction that it has begun once
// the first is there, and how many rows were inserted.
func (f *flight) land(c *conn) (tag pgconn.CommandTag, err error) {
	err = f.pipeline.Sync()
	for i := 0; i < f.leaving && err == nil; i++ {
		if _, err = f.pipeline.GetResults(); err == nil {
			f.known.leaving = f.known.leaving[1:]
		}
	}
	var refused error // by whoever reads the rows; the answers go on
	for i := 0; i < len(f.sent) && err == nil; i++ {
		var eachErr error
		if tag, eachErr, err = f.read(f.sent[i]); err == nil {
			c.begun = true
			if tag.Insert() {
				c.rows += tag.RowsAffected()
			}
		}
		refused = firstError(refused, eachErr)
	}
	return tag, firstError(err, f.pipeline.Close(), refused)
}

func (f *flight) read(s sent) (tag pgconn.CommandTag, eachErr, err error) {
	if s.prepare != "" {
		answer, err := f.pipeline.GetResults()
		if err != nil {
			return tag, nil, err
		}
		if description, ok := answer.(*pgconn.StatementDescription); ok {
			description.Name = s.prepare
			f.known.add(s.sql, description)
		}
	}
	answer, err := f.pipeline.GetResults()
	if err != nil {
		return tag, nil, err
	}
	reader, ok := answer.(*pgconn.ResultReader)
	if !ok {
		return tag, nil, fmt.Errorf("a statement was answered by %T", answer)
	}
	for reader.NextRow() {
		if s.each != nil && eachErr == nil {
			eachErr = s.each(row(reader.Values()))
		}
	}
	tag, err = reader.Close()
	return tag, eachErr, err
}

// encode turns arguments into what goes over the wire: text, but for bytes.
// Booleans are the integers that columns have, and no bytes are empty ones,
// because no column is null.
func encode(args []any) (values [][]byte, formats []int16) {
	values, formats = make([][]byte, len(args)), make([]int16, len(args))
	for i, arg := range args {
		switch v := arg.(type) {
		case string:
			values[i] = []byte(v)
		case int64:
			values[i] = strconv.AppendInt(nil, v, 10)
		case bool:
			values[i] = []byte{'0'}
			if v {
				values[i] = []byte{'1'}
			}
		case []byte:
			values[i], formats[i] = append([]byte{}, v...), pgx.BinaryFormatCode
		}
	}
	return values, formats
}

// row is the current row of an answer, as it came over the wire.
type row [][]byte

func (r row) Text(column int) string  { return string(r[column]) }
func (r row) Null(column int) bool    { return r[column] == nil }
func (r row) Bytes(column int) []byte { return append([]byte{}, r[column]...) }

// Int implements sqlstore.Row. It is 0 for null.
func (r row) Int(column int) int64 {
	switch raw := r[column]; len(raw) {
	case 8:
		return int64(binary.BigEndian.Uint64(raw)) // #nosec G115 -- two's complement on the wire
	case 4:
		return int64(int32(binary.BigEndian.Uint32(raw))) // #nosec G115 -- as above
	}
	return 0
}

// prepared are the statements that a connection keeps, by their texts.
type prepared struct {
	statements map[string]*keptStatement
	leaving    []string // the names of those that are to be forgotten
	count      int      // of names given
	clock      int64    // of uses
}

type keptStatement struct {
	*pgconn.StatementDescription
	used int64
}

// preparedKey is where a connection has them.
const preparedKey = "carillon.prepared"

func preparedOn(raw *pgconn.PgConn) *prepared {
	p, ok := raw.CustomData()[preparedKey].(*prepared)
	if !ok {
		p = &prepared{statements: map[string]*keptStatement{}}
		raw.CustomData()[preparedKey] = p
	}
	return p
}

func (p *prepared) newName() string {
	p.count++
	return "carillon_" + strconv.Itoa(p.count)
}

func (p *prepared) find(sql string) *pgconn.StatementDescription {
	known := p.statements[sql]
	if known == nil {
		return nil
	}
	p.clock++
	known.used = p.clock
	return known.StatementDescription
}

// add keeps a statement. When there are too many, the one that was not used for
// longest leaves.
func (p *prepared) add(sql string, description *pgconn.StatementDescription) {
	p.clock++
	p.statements[sql] = &keptStatement{description, p.clock}
	if len(p.statements) <= preparedStatements {
		return
	}
	oldest := sql
	for text, known := range p.statements {
		if known.used < p.statements[oldest].used {
			oldest = text
		}
	}
	p.leaving = append(p.leaving, p.statements[oldest].Name)
	delete(p.statements, oldest)
}
