package transfer

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/carillon-id/carillon/internal/chime"
)

// MaxEntries is how many people one bulk run takes.
const MaxEntries = 100_000

// maxEntriesText is how many bytes a list of entries may have.
const maxEntriesText = 64 << 20

// ReadEntries reads whom a bulk run is about: mail addresses and user ids, each
// once, and how many were there again.
//
// A text whose first line has a known name of a column (Entry, UserId, EmailAddress,
// PrimaryEmail and the like, or the one given) is CSV, separated by commas,
// semicolons or tabs: each of its rows gives its first such cell that is not empty.
// Any other text is a list, separated by new lines, commas, semicolons or tabs, in
// which an address may have a name before it (Ada <ada@example.com>).
func ReadEntries(from io.Reader, column string) (entries []string, repeated int, err error) {
	text, err := io.ReadAll(io.LimitReader(from, maxEntriesText+1))
	switch {
	case err != nil:
		return nil, 0, err
	case len(text) > maxEntriesText:
		return nil, 0, fmt.Errorf("the list is longer than %d MiB", maxEntriesText>>20)
	case !utf8.Valid(text):
		return nil, 0, errors.New("the list is not UTF-8: save it as CSV (UTF-8) or as plain text")
	}
	found, err := split(string(bytes.TrimPrefix(text, []byte("\ufeff"))), column)
	if err != nil {
		return nil, 0, err
	}
	seen := make(map[string]bool, len(found))
	for _, entry := range found {
		entry = strings.Map(visible, strings.TrimSpace(entry))
		switch key := entryKey(entry); {
		case entry == "":
		case seen[key]:
			repeated++
		case len(seen) == MaxEntries:
			return nil, 0, fmt.Errorf("there are more than %d entries: split the list", MaxEntries)
		default:
			seen[key] = true
			entries = append(entries, entry)
		}
	}
	return entries, repeated, nil
}

func visible(r rune) rune {
	if unicode.IsControl(r) {
		return unicode.ReplacementChar
	}
	return r
}

// entryKey is the same for two entries that are one: addresses by their key, ids as
// they are.
func entryKey(entry string) string {
	if chime.ValidEmail(entry) {
		return chime.EmailKey(entry)
	}
	return entry
}

func split(text, column string) ([]string, error) {
	first, _, _ := strings.Cut(text, "\n")
	for _, separator := range ",;\t" {
		r := csv.NewReader(strings.NewReader(first))
		r.Comma, r.LazyQuotes = separator, true
		header, err := r.Read()
		if err != nil {
			continue
		}
		if columns := knownColumns(header, column); len(columns) > 0 {
			return readColumns(text, separator, columns)
		}
	}
	if column != "" {
		return nil, fmt.Errorf("the first line has no column %q", column)
	}
	return splitList(text), nil
}

// columnNames are the names of columns that say who is meant, the most telling one
// first, as foldName leaves them. The first is that of our own reports.
func columnNames() []string {
	return []string{"entry", "userid", "emailaddress", "primaryemail", "email", "mail", "useremail"}
}

// foldName is a column's name without case, spaces and the like.
func foldName(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

// knownColumns returns where the header has the names that are looked for.
func knownColumns(header []string, column string) (columns []int) {
	names := columnNames()
	if column != "" {
		names = []string{foldName(column)}
	}
	for _, name := range names {
		at := slices.IndexFunc(header, func(cell string) bool { return foldName(cell) == name })
		if at >= 0 {
			columns = append(columns, at)
		}
	}
	return columns
}

// readColumns returns the cell of each row that is in the first of the columns in
// which it has one.
func readColumns(text string, separator rune, columns []int) (cells []string, err error) {
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = separator, true, -1
	for first := true; ; first = false {
		row, err := r.Read()
		switch {
		case errors.Is(err, io.EOF):
			return cells, nil
		case err != nil:
			return nil, err
		case first: // the header
			continue
		}
		for _, at := range columns {
			if at < len(row) && strings.TrimSpace(row[at]) != "" {
				cells = append(cells, plainCell(row[at]))
				break
			}
		}
	}
}

func splitList(text string) (entries []string) {
	for _, item := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("\r\n\t,;", r) }) {
		if from, to := strings.LastIndexByte(item, '<'), strings.LastIndexByte(item, '>'); from >= 0 && to > from {
			entries = append(entries, item[from+1:to])
			continue
		}
		item = strings.Trim(item, " \"")
		parts := strings.Fields(item)
		if slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(part, "@") }) {
			parts = []string{item} // an id may have a space in it, an address has none
		}
		entries = append(entries, parts...)
	}
	return entries
}
