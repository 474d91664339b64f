package sqlite

import (
	"errors"
	"fmt"
	"io/fs"

	"zombiezen.com/go/sqlite"

	"github.com/carillon-id/carillon/internal/sqlstore"
)

// translate marks the errors of a database that cannot serve just now.
func translate(err error) error {
	switch codeOf(err) {
	case sqlite.ResultBusy, sqlite.ResultLocked, sqlite.ResultProtocol, sqlite.ResultFull, sqlite.ResultReadOnly, sqlite.ResultPerm,
		sqlite.ResultIOErr, sqlite.ResultCantOpen, sqlite.ResultNoMem, sqlite.ResultCorrupt, sqlite.ResultNotADB:
		return sqlstore.Unavailable(err)
	}
	return err
}

// codeOf returns the primary result code of the error, whichever driver it is
// from: migrations have one of their own.
func codeOf(err error) sqlite.ResultCode {
	var ofMigration interface{ Code() int }
	if errors.As(err, &ofMigration) {
		return sqlite.ResultCode(ofMigration.Code()).ToPrimary() // #nosec G115 -- a small number
	}
	return sqlite.ErrCode(err).ToPrimary()
}

// advise adds to an error of opening a database what an operator can do.
func advise(err error) error {
	advice := ""
	switch codeOf(err) {
	case sqlite.ResultBusy, sqlite.ResultLocked, sqlite.ResultProtocol:
		advice = "another process works on it: start again when that is done"
	case sqlite.ResultFull:
		advice = "free space on its disk, then start again"
	case sqlite.ResultReadOnly, sqlite.ResultPerm, sqlite.ResultCantOpen:
		advice = ownFiles
	case sqlite.ResultIOErr:
		advice = "see to its disk, which fails or is full"
	case sqlite.ResultCorrupt, sqlite.ResultNotADB:
		advice = "it is another kind of file, or damaged: name another with --database, or restore a backup"
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		advice = "make its folder, or name another with --database"
	case errors.Is(err, fs.ErrPermission):
		advice = ownFiles
	}
	if advice == "" {
		return err
	}
	return fmt.Errorf("%w: %s", err, advice)
}

// ownFiles is the advice when permissions are missing.
const ownFiles = "it and its folder must be the user's who runs carillon, to read and to write"
