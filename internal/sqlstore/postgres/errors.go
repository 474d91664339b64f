package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/sqlstore"
)

// The SQLSTATEs that decide something here (PostgreSQL's documentation,
// appendix A).
const (
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	uniqueViolation      = "23505"
	readOnlyTransaction  = "25006"
	notSupported         = "0A000" // SERIALIZABLE on a standby, or a statement prepared for another schema
	unknownStatement     = "26000"
	insufficientRight    = "42501" // also what a file system that turned read-only is reported as
	idleInTransaction    = "25P03"
	transactionTimeout   = "25P04"
)

// collided reports an error that says: run it again.
func collided(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && (e.Code == serializationFailure || e.Code == deadlockDetected)
}

// claimed reports a key that is taken. It may have been taken by a transaction
// that this one did not see, so it is worth another look.
func claimed(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Code == uniqueViolation
}

// stale reports that what the connection has prepared is not fit any more: the
// schema changed, or a pooler gave it another server.
func stale(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && (e.Code == notSupported || e.Code == unknownStatement)
}

// outcome is the error as callers see it. When the context has ended, that is
// why: a statement was canceled, or the wait for a connection.
func outcome(ctx context.Context, err error) error {
	switch {
	case err == nil || ctx.Err() == nil:
		return translate(err)
	case errors.Is(err, context.Cause(ctx)):
		return err
	}
	return fmt.Errorf("%w (%w)", context.Cause(ctx), err)
}

// translate marks the errors of a database that cannot serve just now: it is
// gone, full, shutting down, read-only, refuses its user, or keeps colliding.
func translate(err error) error {
	var known *chime.Error
	if err == nil || errors.As(err, &known) || !unavailable(err) {
		return err
	}
	return sqlstore.Unavailable(err)
}

func unavailable(err error) bool {
	var (
		e       *pgconn.PgError
		connect *pgconn.ConnectError
		network net.Error
	)
	switch {
	case errors.As(err, &connect): // whatever the reason, which may be another password or database
		return true
	case errors.As(err, &e):
		return unavailableState(e.Code)
	case errors.As(err, &network):
		return true
	}
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || pgconn.SafeToRetry(err)
}

// unavailableState goes by the class of a SQLSTATE: connections, transactions
// that collide, resources, locks, an operator who ends them, the system beneath,
// and the server's own failures. What is left are statements that are wrong.
func unavailableState(code string) bool {
	switch code {
	case readOnlyTransaction, notSupported, unknownStatement, insufficientRight, idleInTransaction, transactionTimeout:
		return true
	}
	switch code[:2] {
	case "08", "40", "53", "55", "57", "58", "XX":
		return true
	}
	return false
}
