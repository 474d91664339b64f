package transfer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// The bounds of a document, so that none takes more than a little memory.
const (
	maxDepth   = 64      // levels of objects and lists
	maxText    = 1 << 20 // bytes of a string or number
	maxMembers = 1000    // members of an object
)

// Position is where something stands in a source. Lines and columns count from
// 1, columns in bytes.
type Position struct {
	Source       string
	Line, Column int64
}

func (p Position) String() string { return fmt.Sprintf("%s:%d:%d", p.Source, p.Line, p.Column) }

// DocumentError is what is wrong with a document, and where.
type DocumentError struct {
	Position
	Reason string
}

// Error implements error, without what a terminal would obey.
func (e *DocumentError) Error() string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, e.Position.String()+": "+e.Reason)
}

// scanner reads JSON as a stream and knows where it is. Unlike encoding/json it
// refuses invalid UTF-8 and an object that names a member twice, and holds no
// more than one string at a time.
type scanner struct {
	from   io.Reader
	source string

	buf    []byte
	i, n   int   // the unread part of buf
	passed int64 // bytes before buf
	line   int64
	start  int64 // offset of the line's first byte

	text  []byte // of the last string or number
	depth int
	names []byte // of the members of the open objects, end to end
	ends  []int
}

func newScanner(source string, from io.Reader) *scanner {
	return &scanner{from: from, source: source, buf: make([]byte, 64<<10), line: 1}
}

func (s *scanner) position() Position {
	return Position{Source: s.source, Line: s.line, Column: s.passed + int64(s.i) - s.start + 1}
}

func (s *scanner) errorf(format string, args ...any) error {
	return &DocumentError{Position: s.position(), Reason: fmt.Sprintf(format, args...)}
}

// fill reads more once the buffer is empty.
func (s *scanner) fill() error {
	s.passed += int64(s.n)
	s.i, s.n = 0, 0
	for range 100 {
		n, err := s.from.Read(s.buf)
		if n > 0 {
			s.n = n
			return nil
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

// next passes over white space and returns the byte after it, which stays
// unread. It returns io.EOF at the end of the source.
func (s *scanner) next() (byte, error) {
	for {
		for ; s.i < s.n; s.i++ {
			switch c := s.buf[s.i]; c {
			case ' ', '\t', '\r':
			case '\n':
				s.line++
				s.start = s.passed + int64(s.i) + 1
			default:
				return c, nil
			}
		}
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
}

// within is next inside of a document, which the end of the source would cut.
func (s *scanner) within() (byte, error) {
	c, err := s.next()
	return c, s.cut(err)
}

func (s *scanner) cut(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.EOF):
		return s.errorf("the document ends too early")
	}
	return fmt.Errorf("reading %s: %w", s.source, err)
}

// read returns the very next byte of a document.
func (s *scanner) read() (byte, error) {
	if s.i == s.n {
		if err := s.fill(); err != nil {
			return 0, s.cut(err)
		}
	}
	s.i++
	return s.buf[s.i-1], nil
}

// refuse is errorf about the byte that was just read.
func (s *scanner) refuse(reason string) error {
	s.i--
	return s.errorf("%s", reason)
}

// skipMark begins the source, and passes over the byte order mark that some
// programs put first.
func (s *scanner) skipMark() error {
	mark := []byte("\ufeff")
	n, err := io.ReadFull(s.from, s.buf[:len(mark)])
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return s.cut(err)
	}
	if s.n = n; bytes.Equal(s.buf[:n], mark) {
		s.i = n
	}
	return nil
}

// object reads an object and calls member for each member, to read its value.
func (s *scanner) object(member func(name []byte) error) error {
	mark, first := len(s.ends), s.endOfNames()
	err := s.items('{', '}', func() error {
		if err := s.name(mark, first); err != nil {
			return err
		}
		return member(s.text)
	})
	s.ends, s.names = s.ends[:mark], s.names[:first]
	return err
}

func (s *scanner) endOfNames() int {
	if len(s.ends) == 0 {
		return 0
	}
	return s.ends[len(s.ends)-1]
}

// name reads a member's name and colon. The names of this object's members are
// those from mark on, whose text begins at first.
func (s *scanner) name(mark, first int) error {
	c, err := s.within()
	if err != nil {
		return err
	}
	at := s.position()
	if c != '"' {
		return s.errorf("there should be the name of a member")
	}
	if err := s.string(); err != nil {
		return err
	}
	for begin, rest := first, s.ends[mark:]; len(rest) > 0; begin, rest = rest[0], rest[1:] {
		if bytes.Equal(s.names[begin:rest[0]], s.text) {
			return &DocumentError{at, fmt.Sprintf("the object names the member %q twice", s.text)}
		}
	}
	if len(s.ends)-mark == maxMembers {
		return &DocumentError{at, fmt.Sprintf("the object has more than %d members", maxMembers)}
	}
	s.names = append(s.names, s.text...)
	s.ends = append(s.ends, len(s.names))
	if c, err = s.within(); err != nil {
		return err
	}
	if c != ':' {
		return s.errorf("there should be a colon")
	}
	s.i++
	return nil
}

// items reads what stands between two brackets, separated by commas.
func (s *scanner) items(opening, closing byte, item func() error) error {
	c, err := s.within()
	switch {
	case err != nil:
		return err
	case c != opening:
		return s.errorf("there should be a %q", opening)
	case s.depth == maxDepth:
		return s.errorf("the document nests deeper than %d levels", maxDepth)
	}
	s.depth++
	defer func() { s.depth-- }()
	s.i++
	for first := true; ; first = false {
		if more, err := s.another(closing, first); err != nil || !more {
			return err
		}
		if err := item(); err != nil {
			return err
		}
	}
}

// another passes over a comma before an item, or over the closing bracket.
func (s *scanner) another(closing byte, first bool) (bool, error) {
	c, err := s.within()
	switch {
	case err != nil:
		return false, err
	case c == closing:
		s.i++
		return false, nil
	case first:
		return true, nil
	case c != ',':
		return false, s.errorf("there should be a comma or a %q", closing)
	}
	s.i++
	if c, err = s.within(); err == nil && c == closing {
		err = s.errorf("there is a comma too many")
	}
	return true, err
}

func (s *scanner) array(item func() error) error { return s.items('[', ']', item) }

// string reads a string into s.text.
func (s *scanner) string() error {
	s.i++ // the quotation mark
	s.text = s.text[:0]
	for {
		c, err := s.plain()
		switch {
		case err != nil:
			return err
		case c == '\\':
			err = s.escape()
		case c < ' ':
			err = s.errorf("there is a control character in the string")
		case !utf8.Valid(s.text):
			err = s.errorf("the string before is not UTF-8")
		default:
			s.i++ // the quotation mark
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// plain appends to s.text up to what ends a string or stands for something else,
// and returns that, unread.
func (s *scanner) plain() (byte, error) {
	for {
		begin := s.i
		for ; s.i < s.n; s.i++ {
			if c := s.buf[s.i]; c == '"' || c == '\\' || c < ' ' {
				break
			}
		}
		if s.text = append(s.text, s.buf[begin:s.i]...); len(s.text) > maxText {
			return 0, s.errorf("the string is longer than %d bytes", maxText)
		}
		if s.i < s.n {
			return s.buf[s.i], nil
		}
		if err := s.fill(); err != nil {
			return 0, s.cut(err)
		}
	}
}

// escape reads what a backslash stands for.
func (s *scanner) escape() error {
	s.i++
	c, err := s.read()
	if err != nil {
		return err
	}
	if i := bytes.IndexByte([]byte(`"\/bfnrt`), c); i >= 0 {
		s.text = append(s.text, "\"\\/\b\f\n\r\t"[i])
		return nil
	}
	if c != 'u' {
		return s.refuse("there is an unknown escape in the string")
	}
	r, err := s.hex()
	if err != nil {
		return err
	}
	if utf16.IsSurrogate(r) {
		if r, err = s.pair(r); err != nil {
			return err
		}
	}
	s.text = utf8.AppendRune(s.text, r)
	return nil
}

// pair reads the second half of a surrogate pair.
func (s *scanner) pair(high rune) (rune, error) {
	for _, want := range []byte(`\u`) {
		c, err := s.read()
		if err != nil {
			return 0, err
		}
		if c != want {
			return 0, s.refuse("there is half a surrogate pair in the string")
		}
	}
	low, err := s.hex()
	if err != nil {
		return 0, err
	}
	r := utf16.DecodeRune(high, low)
	if r == utf8.RuneError {
		return 0, s.errorf("there is half a surrogate pair in the string")
	}
	return r, nil
}

func (s *scanner) hex() (rune, error) {
	var r rune
	for range 4 {
		c, err := s.read()
		if err != nil {
			return 0, err
		}
		i := bytes.IndexByte([]byte("0123456789abcdefABCDEF"), c)
		if i < 0 {
			return 0, s.refuse("there is an escape without four hexadecimal digits in the string")
		}
		if i > 15 {
			i -= 6
		}
		r = r<<4 | rune(i)
	}
	return r, nil
}

// word reads a number or a literal into s.text.
func (s *scanner) word() error {
	at := s.position()
	s.text = s.text[:0]
	for {
		begin := s.i
		for s.i < s.n && isWord(s.buf[s.i]) {
			s.i++
		}
		if s.text = append(s.text, s.buf[begin:s.i]...); len(s.text) > maxText {
			return s.errorf("the number is longer than %d bytes", maxText)
		}
		if s.i < s.n {
			break
		}
		if err := s.fill(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return s.cut(err)
		}
	}
	if !json.Valid(s.text) {
		return &DocumentError{at, "there is no JSON value"}
	}
	return nil
}

func isWord(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '-' || c == '+' || c == '.'
}

// skip reads any value and forgets it.
func (s *scanner) skip() error {
	c, err := s.within()
	switch {
	case err != nil:
		return err
	case c == '{':
		return s.object(func([]byte) error { return s.skip() })
	case c == '[':
		return s.array(s.skip)
	case c == '"':
		return s.string()
	}
	return s.word()
}
