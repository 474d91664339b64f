package transfer

import "io"

// Read reads the documents of one source and returns how many there are.
func Read(source string, from io.Reader) (n int, err error) {
	err = read(source, from, func(document) error {
		n++
		return nil
	})
	return n, err
}
