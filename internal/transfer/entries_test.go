package transfer_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/carillon-id/carillon/internal/transfer"
)

// The console reads lists in the same way, and its tests the same cases.
func TestReadEntries(t *testing.T) {
	text, err := os.ReadFile("testdata/entries.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Text, Column string
		Want         []string
		Repeated     int
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	for _, tt := range cases {
		entries, repeated, err := transfer.ReadEntries(strings.NewReader(tt.Text), tt.Column)
		if err != nil {
			t.Errorf("%q: got %v", tt.Text, err)
		}
		check(t, fmt.Sprintf("the entries of %q", tt.Text), append([]string{}, entries...), tt.Want)
		check(t, fmt.Sprintf("the repeated ones of %q", tt.Text), repeated, tt.Repeated)
	}
}

func TestReadEntriesRefuses(t *testing.T) {
	var many strings.Builder
	for i := range transfer.MaxEntries {
		fmt.Fprintln(&many, "u", i)
	}
	if got, _, err := transfer.ReadEntries(strings.NewReader(many.String()), ""); err != nil || len(got) != transfer.MaxEntries {
		t.Errorf("as many as there may be: got %d and %v, want %d", len(got), err, transfer.MaxEntries)
	}
	for what, tt := range map[string]struct{ text, column, want string }{
		"one too many":       {many.String() + "another", "", "more than 100000 entries"},
		"another encoding":   {"\xff\xfea\x00d\x00", "", "not UTF-8"},
		"a column too few":   {"Name,Mail\nAda,ada@example.com\n", "Address", `no column "Address"`},
		"more than anything": {strings.Repeat("a", 64<<20+1), "", "longer than 64 MiB"},
	} {
		_, _, err := transfer.ReadEntries(strings.NewReader(tt.text), tt.column)
		checkError(t, what, err, tt.want)
	}
}
