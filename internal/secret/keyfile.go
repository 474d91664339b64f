package secret

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// KeyFile is a file that holds the master key, readable by its owner alone.
//
// A rotation changes a database and a file, which no single commit can do. It
// goes: within the transaction that re-seals the database, Stage writes the new
// key beside the old one; the transaction commits; Settle moves the new key over
// the old one. The database's check value says at each moment which of the two
// files holds the current key, so a crash anywhere loses nothing. Stage and
// Settle MUST be called while the database's write lock is held, which is what
// keeps two processes apart. They may be called again.
type KeyFile struct {
	Path string
}

func (f KeyFile) next() string { return f.Path + ".next" }

// Open returns the current master key. With the database's check value it is the
// one that made the value; the error is ErrWrongKey when that is in neither file.
// With a nil check value, that is for a new database, the key is loaded, or made
// (and created is true) when there is no file.
func (f KeyFile) Open(checkValue []byte) (key MasterKey, created bool, err error) {
	if checkValue == nil {
		return f.loadOrCreate()
	}
	if len(checkValue) < headerSize {
		return MasterKey{}, false, ErrTampered
	}
	key, err = f.Find(KeyID(checkValue[1:idEnd]))
	if err != nil {
		return MasterKey{}, false, err
	}
	return key, false, NewKeyring(key, nil).Verify(checkValue)
}

func (f KeyFile) loadOrCreate() (MasterKey, bool, error) {
	key, err := load(f.Path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, false, err
	}
	key = NewMasterKey()
	err = f.write(key, func(temp string) error { return os.Link(temp, f.Path) })
	if errors.Is(err, fs.ErrExist) { // another process was first
		key, err = load(f.Path)
		return key, false, err
	}
	if err != nil {
		return MasterKey{}, false, fmt.Errorf("making master key file %s: %w", f.Path, err)
	}
	return key, true, nil
}

// Find returns the key of that id, from the file or from the staged one. It is
// made for NewKeyring's reload. Without such a key the error is ErrWrongKey,
// or one that wraps fs.ErrNotExist when there is no file at all.
func (f KeyFile) Find(id KeyID) (MasterKey, error) {
	// The staged file comes first: were it last, a Settle between the two
	// reads would hide the key.
	staged, stagedErr := load(f.next())
	if stagedErr == nil && staged.ID() == id {
		return staged, nil
	}
	key, err := load(f.Path)
	switch {
	case err == nil && key.ID() == id:
		return key, nil
	case errors.Is(err, fs.ErrNotExist):
		return MasterKey{}, fmt.Errorf("the database needs its master key (restore the file, or set CARILLON_MASTER_KEY): %w", err)
	case err != nil:
		return MasterKey{}, err
	case stagedErr != nil && !errors.Is(stagedErr, fs.ErrNotExist):
		return MasterKey{}, stagedErr
	default:
		return MasterKey{}, fmt.Errorf("master key file %s: %w", f.Path, ErrWrongKey)
	}
}

// Stage writes the key that is to become the current one, after settling what an
// interrupted rotation left. checkValue is the database's present one.
func (f KeyFile) Stage(checkValue []byte, next MasterKey) error {
	if err := f.Settle(checkValue); err != nil {
		return err
	}
	if err := f.write(next, func(temp string) error { return os.Rename(temp, f.next()) }); err != nil {
		return fmt.Errorf("staging master key file %s: %w", f.next(), err)
	}
	return nil
}

// Settle makes the file hold the key that made the database's check value: it
// moves the staged key over the file, or removes a staged key that never came
// into use. The error is ErrWrongKey when neither file holds that key.
func (f KeyFile) Settle(checkValue []byte) error {
	key, _, err := f.Open(checkValue)
	if err != nil {
		return err
	}
	current, err := load(f.Path)
	switch {
	case err == nil && current == key:
		err = os.Remove(f.next())
	case err == nil || errors.Is(err, fs.ErrNotExist):
		err = os.Rename(f.next(), f.Path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("settling master key file %s: %w", f.Path, err)
	}
	return f.syncFolder()
}

func load(path string) (MasterKey, error) {
	file, err := os.Open(path)
	if err != nil {
		return MasterKey{}, fmt.Errorf("opening master key file: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return MasterKey{}, fmt.Errorf("reading master key file: %w", err)
	}
	if !info.Mode().IsRegular() || info.Mode().Perm()&0o077 != 0 {
		return MasterKey{}, fmt.Errorf("master key file %s must be a file that only its owner can read (mode 0600): it has mode %v", path, info.Mode())
	}
	text, err := io.ReadAll(io.LimitReader(file, 1024))
	if err != nil {
		return MasterKey{}, fmt.Errorf("reading master key file: %w", err)
	}
	key, err := ParseMasterKey(string(text))
	if err != nil {
		return MasterKey{}, fmt.Errorf("master key file %s: %w", path, err)
	}
	return key, nil
}

// write puts the key into a temporary file of mode 0600 beside the key file,
// which place then gives its name, so that nobody ever sees half of it.
func (f KeyFile) write(key MasterKey, place func(temp string) error) error {
	file, err := os.CreateTemp(filepath.Dir(f.Path), filepath.Base(f.Path)+".tmp-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // gone when place renamed it
	_, err = file.WriteString(key.Encode() + "\n")
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	if err := place(file.Name()); err != nil {
		return err
	}
	return f.syncFolder()
}

func (f KeyFile) syncFolder() error {
	folder, err := os.Open(filepath.Dir(f.Path))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
