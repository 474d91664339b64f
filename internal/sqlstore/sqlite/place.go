package sqlite

import (
	"errors"
	"os"

	"github.com/carillon-id/carillon/internal/sqlstore"
)

// place knows the files of an open database, and whether they are still where they
// were. SQLite goes on writing to a file that was moved, deleted or replaced, and
// nobody would ever find what it commits there.
type place []file

type file struct {
	path string
	info os.FileInfo
}

// errMoved says that what is committed now would be lost.
var errMoved = errors.New("the database's file, or its -wal, was moved, deleted or replaced while it is open: put it back, or stop the server and start it on the file that counts")

// placeOf returns the place of the database at path, which is open.
func placeOf(path string) (place, error) {
	var p place
	for _, name := range []string{path, path + "-wal"} {
		info, err := os.Stat(name)
		if err != nil {
			return nil, err
		}
		p = append(p, file{name, info})
	}
	return p, nil
}

// open opens a further connection to the files that are there, which MUST be those
// of the others.
func (p place) open(uri string) (*reader, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	r, err := openReader(uri)
	if err != nil {
		return nil, err
	}
	if err := p.check(); err != nil {
		return nil, errors.Join(err, r.close())
	}
	return r, nil
}

// check returns an error when a file is not there any more.
func (p place) check() error {
	for _, f := range p {
		if now, err := os.Stat(f.path); err != nil || !os.SameFile(f.info, now) {
			return sqlstore.Unavailable(errors.Join(errMoved, err))
		}
	}
	return nil
}
