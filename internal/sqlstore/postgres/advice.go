package postgres

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
)

// advise adds to an error of opening a database what an operator can do.
func advise(err error) error {
	var e *pgconn.PgError
	var connect *pgconn.ConnectError
	advice := ""
	switch {
	case errors.As(err, &e):
		advice = adviceFor(e.Code)
	case errors.As(err, &connect):
		advice = "see to it that PostgreSQL runs and listens there, or correct the URL"
	}
	if advice == "" {
		return err
	}
	return fmt.Errorf("%w: %s", err, advice)
}

// adviceFor goes by SQLSTATE; "" for one that says enough by itself.
func adviceFor(code string) string {
	switch code {
	case "3D000":
		return "make it with createdb, encoding UTF8"
	case insufficientRight:
		return "make the user of the URL the owner of the database and its tables"
	case readOnlyTransaction, notSupported:
		return "its tables must be made or changed first: name the primary, which takes writes, or wait until this one does"
	case "53100":
		return "free space on the disk of PostgreSQL, then start again"
	case "57P01", "57P02", "57P03":
		return "PostgreSQL is starting or stopping: start again when it is up"
	}
	switch code[:2] {
	case "28":
		return "check the user and password of the URL (or PGPASSWORD, or ~/.pgpass)"
	case "53":
		return "raise max_connections in postgresql.conf or the limit of the user, or lower pool_max_conns in the URLs of the servers"
	case "55", "57":
		return "another session is in the way, or a timeout of the server is too short: start again"
	}
	return ""
}
