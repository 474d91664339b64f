package transfer

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/carillon-id/carillon/internal/chime"
)

// A value of a member is kept as text in one form, so that two documents say the
// same when their texts are equal; "" is what is not said. The readers below
// read a value that is not null into that form.

// maxAccountName is the longest account name, in characters (shape AccountName).
const maxAccountName = 100

var (
	tenantForm = regexp.MustCompile(`^[0-9]{12}$`)
	pinForm    = regexp.MustCompile(`^[0-9]{10}$`)
)

// maxCount is the greatest count that is read, so that it can still be raised.
const maxCount = 1 << 53

// wrongTypeError is why a value cannot be kept: what it must be.
type wrongTypeError string

func (e wrongTypeError) Error() string { return "must be " + string(e) }

func wrongType(want string) error { return wrongTypeError(want) }

func text(s *scanner) (string, error) {
	if c, err := s.within(); err != nil || c != '"' {
		return "", orElse(err, wrongType("a string"))
	}
	err := s.string()
	return string(s.text), err
}

func orElse(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// checked returns a reader of strings that pass a check.
func checked(want string, ok func(string) bool) func(*scanner) (string, error) {
	return func(s *scanner) (string, error) {
		v, err := text(s)
		if err == nil && !ok(v) {
			err = wrongType(want)
		}
		return v, err
	}
}

func notBlank(v string) bool { return strings.TrimSpace(v) != "" }

func email(v string) bool { return v == "" || chime.ValidEmail(v) }

func accountName(v string) bool { return notBlank(v) && utf8.RuneCountInString(v) <= maxAccountName }

// oneOf returns a reader of an enumeration's values.
func oneOf[S ~string](values ...S) func(*scanner) (string, error) {
	return checked(fmt.Sprintf("one of %v", values), func(v string) bool { return slices.Contains(values, S(v)) })
}

func isLicense(v string) bool {
	return slices.Contains([]chime.License{chime.Basic, chime.Plus, chime.Pro, chime.ProTrial}, chime.License(v))
}

// boolean keeps "true" or "false".
func boolean(s *scanner) (string, error) {
	c, err := s.within()
	if err != nil || c != 't' && c != 'f' {
		return "", orElse(err, wrongType("true or false"))
	}
	err = s.word()
	return string(s.text), err
}

// count keeps a decimal number.
func count(s *scanner) (string, error) {
	c, err := s.within()
	if err != nil || c < '0' || c > '9' {
		return "", orElse(err, wrongType("a whole number, not negative"))
	}
	if err := s.word(); err != nil {
		return "", err
	}
	if n, err := strconv.ParseInt(string(s.text), 10, 64); err != nil || n > maxCount {
		return "", wrongType("a whole number, not negative")
	}
	return string(s.text), nil
}

// timestamp keeps the microseconds since 1970 of an ISO 8601 time or of a
// number of seconds since then: newer and older AWS command lines.
func timestamp(s *scanner) (string, error) {
	want := wrongType("a time such as 2019-01-04T17:11:22.003Z, or a number of seconds since 1970")
	c, err := s.within()
	if err != nil {
		return "", err
	}
	if c == '"' {
		if err := s.string(); err != nil {
			return "", err
		}
		t, err := time.Parse(time.RFC3339, string(s.text))
		if err != nil {
			return "", want
		}
		return strconv.FormatInt(t.UnixMicro(), 10), nil
	}
	if c != '-' && (c < '0' || c > '9') {
		return "", want
	}
	if err := s.word(); err != nil {
		return "", err
	}
	seconds, err := strconv.ParseFloat(string(s.text), 64)
	if err != nil || math.Abs(seconds) > 253402300799 { // the end of the year 9999
		return "", want
	}
	return strconv.FormatInt(int64(math.Round(seconds*1e6)), 10), nil
}

// listOf returns a reader of lists, which it keeps as JSON. item reads an item
// into s.text.
func listOf(want string, item func(*scanner) (string, error)) func(*scanner) (string, error) {
	return func(s *scanner) (string, error) {
		if c, err := s.within(); err != nil || c != '[' {
			return "", orElse(err, wrongType(want))
		}
		list := []string{}
		err := s.array(func() error {
			v, err := item(s)
			list = append(list, v)
			return err
		})
		if err != nil {
			return "", err
		}
		kept, err := json.Marshal(list)
		return string(kept), err
	}
}

// delegateGroup reads {"GroupName": "..."}.
func delegateGroup(s *scanner) (string, error) {
	want := wrongType(`a list of {"GroupName": "..."}`)
	if c, err := s.within(); err != nil || c != '{' {
		return "", orElse(err, want)
	}
	var group string
	err := s.object(func(name []byte) (err error) {
		if string(name) != "GroupName" {
			return s.skip()
		}
		group, err = text(s)
		return err
	})
	if err == nil && !notBlank(group) {
		err = want
	}
	return group, err
}

// instant is the time that a timestamp was kept of.
func instant(v string) time.Time {
	if v == "" {
		return time.Time{}
	}
	return time.UnixMicro(number(v)).UTC()
}

// number is the whole number that was kept; 0 for none.
func number(v string) int64 {
	if v == "" {
		return 0
	}
	n, _ := strconv.ParseInt(v, 10, 64) // it was checked when it was read
	return n
}

// flag is the boolean that was kept; nil for none.
func flag(v string) *bool {
	if v == "" {
		return nil
	}
	is := v == "true"
	return &is
}

// list is the list that was kept; nil for none.
func list[S ~string](v string) (values []S, err error) {
	if v == "" {
		return nil, nil
	}
	if err := json.Unmarshal([]byte(v), &values); err != nil {
		return nil, errors.New("a list was kept that cannot be read")
	}
	return values, nil
}
