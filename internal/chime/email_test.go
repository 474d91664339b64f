package chime_test

import (
	"strings"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
)

func TestEmailKey(t *testing.T) {
	tests := []struct {
		a, b string
		same bool
	}{
		{"Ada@Example.com", "ada@example.COM", true},
		{"kate@example.com", "\u212Aate@example.com", false}, // the Kelvin sign
		{"\u00c9va@example.com", "\u00e9va@example.com", false},
	}
	for _, tt := range tests {
		if got := chime.EmailKey(tt.a) == chime.EmailKey(tt.b); got != tt.same {
			t.Errorf("%q and %q: got the same person's %v, want %v", tt.a, tt.b, got, tt.same)
		}
	}
}

func TestValidEmail(t *testing.T) {
	tests := []struct {
		address string
		want    bool
	}{
		{"a@b.c", true},
		{"o'neil+tag@sub.example.com", true},
		{strings.Repeat("a", chime.MaxEmailLength-4) + "@b.c", true},
		{strings.Repeat("a", chime.MaxEmailLength-3) + "@b.c", false},
		{"", false},
		{"ada", false},
		{"ada@example", false},
		{"@b.c", false},
		{"@@b.c", true},
		{"a@.c", false},
		{"a@.c.d", true},
		{"a@b.", false},
		{"a@b.c.", true},
		{"a.b@c", false},
		{"a b@c.d", false},
		{"a@b.c\r\nBcc: x@y.z", false},
		{"a@x.com,b@y.com", false},
		{"Ada <a@b.c>", false},
	}
	for _, tt := range tests {
		if got := chime.ValidEmail(tt.address); got != tt.want {
			t.Errorf("%q: got %v, want %v", tt.address, got, tt.want)
		}
	}
}
