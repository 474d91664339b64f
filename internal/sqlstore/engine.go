package sqlstore

import "context"

// Engine runs SQL on one database. The SQL is the same for every engine: $1..$n
// for arguments, text, 64-bit integers and bytes for values.
//
// An Engine reports a database that is locked, full, read-only or gone as an
// error that carries a *chime.Error of the code ServiceUnavailable.
type Engine interface {
	// Read runs fn over one consistent snapshot.
	Read(ctx context.Context, fn func(Conn) error) error
	// Write runs fn in one transaction and commits it when fn returns nil. When it
	// returns nil, the transaction is durable.
	Write(ctx context.Context, fn func(Conn) error) error
	Close() error
}

// InPlaceWriter is an Engine whose writing transactions overlap, and which writes more
// cheaply what chime.Store.UpdateInPlace may.
type InPlaceWriter interface {
	WriteInPlace(ctx context.Context, fn func(Conn) error) error
}

// Peeker is an Engine to which a transaction costs more than what it reads, and which
// reads without one, as chime.Store.Peek does.
type Peeker interface {
	Peek(ctx context.Context, fn func(Conn) error) error
}

// UnsyncedWriter is an Engine that can commit without waiting for the disk, as
// chime.Store.UpdateUnsynced does.
type UnsyncedWriter interface {
	WriteUnsynced(ctx context.Context, fn func(Conn) error) error
}

// Conn runs statements within a transaction. Arguments are string, int64, bool
// (as 0 or 1), []byte, and nil for NULL.
type Conn interface {
	Exec(ctx context.Context, sql string, args ...any) error
	// Query calls each with every row in turn. The Row is valid during the call only.
	Query(ctx context.Context, sql string, args []any, each func(Row) error) error
}

// Query is a statement that answers, and what is done with each row of its
// answer.
type Query struct {
	SQL  string
	Args []any
	Each func(Row) error
}

// Pipeliner is a Conn for which asking costs a journey: it asks several queries
// in one. They are run in their order.
type Pipeliner interface {
	QueryAll(ctx context.Context, queries []Query) error
}

// Repeater is a Conn that has its database in its own process. It runs a statement
// once for each row of arguments, in less time than one that makes a table of them.
type Repeater interface {
	ExecEach(ctx context.Context, sql string, rows [][]any) error
}

// Row is one row of an answer; columns count from 0.
type Row interface {
	Text(column int) string
	Int(column int) int64
	Bytes(column int) []byte
	Null(column int) bool
}

// Inspector is a Conn that can tell whether the database's own structures are
// sound. It reports what is not, in words.
type Inspector interface {
	Inspect(ctx context.Context, report func(problem string) error) error
}

// Recaller is a Conn that knows whether anything was committed since it was used
// last.
type Recaller interface {
	// Recall returns what load returned for the name before, if nothing was
	// committed since, and else loads it. Nobody may change the value.
	Recall(name string, load func() (any, error)) (any, error)
}
