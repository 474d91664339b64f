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
		{"ada@b\u00fccher.example", "ada@xn--bcher-kva.example", true},
		{"Ada@B\u00dcCHER.Example", "ada@XN--bcher-kva.example", true},
		{"ada@b\u00fccher.example", "ada@bucher.example", false},
		{"ada@\u0435xample.com", "ada@example.com", false}, // Cyrillic
		{"ada@fa\u00df.example", "ada@fass.example", false},
		{"ada@\uff42.example", "ada@b.example", false}, // full width: no domain at all
	}
	for _, tt := range tests {
		if got := chime.EmailKey(tt.a) == chime.EmailKey(tt.b); got != tt.same {
			t.Errorf("%q and %q: got the same person's %v, want %v", tt.a, tt.b, got, tt.same)
		}
	}
}

// The key of a key is the key: people are found by what is stored.
func TestEmailKeyIsStable(t *testing.T) {
	for _, address := range []string{"Ada@Example.com", "ada@B\u00fccher.example", "ada@\uff42.example", "ada", "@", ""} {
		key := chime.EmailKey(address)
		if got := chime.EmailKey(key); got != key {
			t.Errorf("%q: got %q for its key, want %q", address, got, key)
		}
	}
}

func TestASCIIDomain(t *testing.T) {
	for address, want := range map[string]string{
		"Ada@Example.com":                "Ada@Example.com",
		"\u00c9va@B\u00fccher.Example":   "\u00c9va@xn--bcher-kva.example",
		"ada@\uff42.example":             "ada@\uff42.example",
		"\u00e9@b\u00fccher.example@a.b": "\u00e9@b\u00fccher.example@a.b",
	} {
		if got := chime.ASCIIDomain(address); got != want {
			t.Errorf("%q: got %q, want %q", address, got, want)
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
