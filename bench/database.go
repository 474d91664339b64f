package main

import (
	"context"

	"github.com/carillon-id/carillon/internal/sqlstore"
)

// database is what the server keeps its directory in, and the limits that are
// measured beside it.
type database interface {
	// url names the database to the server.
	url() string
	// environment is what the server must be told beside it.
	environment() []string
	// store opens it beside the server.
	store(ctx context.Context) (*sqlstore.Store, error)
	// prepare is called once, when the directory is in the database and nobody uses
	// it: it makes what the limits are measured on.
	prepare(ctx context.Context, p population, progress func(done int)) error
	// raw returns n connections of the raw driver.
	raw(ctx context.Context, n int) ([]rawConn, error)
	// naive returns the naive layout, on one connection.
	naive() suspender
	// rawWriters is how many raw connections can write at the same time.
	rawWriters() int
	// processes are those whose memory counts beside the server's.
	processes() ([]int, error)
	// logSize returns how long the write-ahead log is, in bytes; 0 where nobody bounds it.
	logSize() int64
	close() error
}

// rawConn is a connection of the raw driver that runs the product's statements.
type rawConn interface {
	suspend(users []string) error
	unsuspend(users []string) error
	getUser(user string) error
	// list reads the 100 users behind the given one.
	list(after string) error
	close() error
}
