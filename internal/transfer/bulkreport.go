package transfer

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
)

// OutcomeKind is what became of an entry.
type OutcomeKind string

// The kinds of outcomes.
const (
	Done      OutcomeKind = "Done"
	Unchanged OutcomeKind = "Unchanged" // there was nothing to do
	Repeated  OutcomeKind = "Repeated"  // an earlier entry means the same person
	Refused   OutcomeKind = "Refused"
)

// Outcome is what became of an entry of a bulk run.
type Outcome struct {
	Entry  string
	UserID chime.UserID `json:"UserId,omitempty"`
	Email  string       `json:"EmailAddress,omitempty"`
	Kind   OutcomeKind  `json:"Outcome"`
	// Code is why the directory refused; "" otherwise.
	Code   chime.Code `json:"ErrorCode,omitempty"`
	Detail string
	Time   time.Time `json:"Timestamp"`
}

// Report is a CSV file of outcomes, by which an interrupted run is taken up again.
type Report struct {
	file    *os.File
	account chime.AccountID
	action  string
	settled map[string]bool       // entries that need not be done again, by entryKey
	users   map[chime.UserID]bool // and whom they meant
}

func reportHeader() []string {
	return []string{"AccountId", "Action", "Entry", "UserId", "EmailAddress", "Outcome", "ErrorCode", "Detail", "Timestamp"}
}

// OpenReport opens the report of a run, or makes it. What another run wrote, on
// another account or of another action, is an error and stays as it is. A last row
// that was cut short by a crash is dropped.
func OpenReport(path string, account chime.AccountID, action string) (*Report, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) // #nosec G304 -- the operator's choice
	if err != nil {
		return nil, fmt.Errorf("opening the report: %w", err)
	}
	r := &Report{
		file: file, account: account, action: action,
		settled: make(map[string]bool), users: make(map[chime.UserID]bool),
	}
	if err := r.takeUp(); err != nil {
		return nil, errors.Join(fmt.Errorf("reading the report %s: %w", path, err), file.Close())
	}
	return r, nil
}

// takeUp reads what the report has, and goes to its end.
func (r *Report) takeUp() error {
	text, err := io.ReadAll(r.file)
	if err != nil {
		return err
	}
	end := bytes.LastIndexByte(text, '\n') + 1 // no cell has a new line in it
	rows, err := csv.NewReader(bytes.NewReader(text[:end])).ReadAll()
	if err != nil {
		return err
	}
	if len(text) > 0 && (len(rows) == 0 || !slices.Equal(rows[0], reportHeader())) {
		return errors.New("it is no report of a bulk run")
	}
	for _, row := range rows[min(1, len(rows)):] {
		if err := r.settle(row); err != nil {
			return err
		}
	}
	if err := r.file.Truncate(int64(end)); err != nil {
		return err
	}
	if _, err := r.file.Seek(0, io.SeekEnd); err != nil {
		return err
	}
	if len(rows) == 0 {
		return r.write([][]string{reportHeader()})
	}
	return nil
}

func (r *Report) settle(row []string) error {
	if account := plainCell(row[0]); account != string(r.account) || row[1] != r.action {
		return fmt.Errorf("it is of another run (%s, account %s)", row[1], account)
	}
	if OutcomeKind(row[5]) != Refused {
		r.settled[entryKey(plainCell(row[2]))] = true
		r.users[chime.UserID(plainCell(row[3]))] = true
	}
	return nil
}

// Settled reports whether an earlier part of the run did the entry. One that was
// refused is tried again.
func (r *Report) Settled(entry string) bool { return r.settled[entryKey(entry)] }

// Append adds outcomes.
func (r *Report) Append(outcomes []Outcome) error {
	rows := make([][]string, 0, len(outcomes))
	for _, o := range outcomes {
		rows = append(rows, []string{
			safeCell(string(r.account)), r.action, safeCell(o.Entry), safeCell(string(o.UserID)), safeCell(o.Email),
			string(o.Kind), string(o.Code), safeCell(o.Detail), o.Time.UTC().Format(time.RFC3339),
		})
	}
	return r.write(rows)
}

// write writes rows at once, so that a crash cuts the last one at most.
func (r *Report) write(rows [][]string) error {
	var text bytes.Buffer
	if err := csv.NewWriter(&text).WriteAll(rows); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	if _, err := r.file.Write(text.Bytes()); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}

// Close ends the report.
func (r *Report) Close() error { return errors.Join(r.file.Sync(), r.file.Close()) }

// safeCell is text that no spreadsheet takes for a formula, on one line; plainCell
// is its inverse.
func safeCell(text string) string {
	text = strings.Map(visible, text)
	if isFormula(text) {
		return "'" + text
	}
	return text
}

func plainCell(cell string) string {
	if plain, quoted := strings.CutPrefix(cell, "'"); quoted && isFormula(plain) {
		return plain
	}
	return cell
}

// isFormula reports what spreadsheets may run (OWASP, CSV injection), also behind
// quotation marks, so that safeCell can be undone.
func isFormula(text string) bool {
	bare := strings.TrimLeft(text, "'")
	return bare != "" && strings.ContainsRune("=+-@", rune(bare[0]))
}
