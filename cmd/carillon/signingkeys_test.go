package main

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestSigningKeyPeriod: the keys of tokens change when the period is over that the
// flag, or its variable, says.
func TestSigningKeyPeriod(t *testing.T) {
	t.Parallel()
	database, start := newDatabase(t), time.Now()
	byVariable := environment()
	byVariable["CARILLON_SIGNING_KEY_PERIOD"] = "48h"
	for _, step := range []struct {
		name      string
		after     time.Duration
		variables map[string]string
		args      []string
		keys      int
	}{
		{"at first", 0, environment(), nil, 2},
		{"before the default period is over", 89 * 24 * time.Hour, environment(), nil, 2},
		{"after the period of the flag", 89 * 24 * time.Hour, environment(), []string{"--signing-key-period", "2136h"}, 3},
		{"after the period of the variable", 92 * 24 * time.Hour, byVariable, nil, 4},
	} {
		s := startServerAt(t, func() time.Time { return start.Add(step.after) }, database, step.variables, step.args...)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.endpoint+"/oauth2/jwks", nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := send(http.DefaultClient, req)
		if err != nil {
			t.Fatal(err)
		}
		if keys, _ := got.member(t, "keys").([]any); len(keys) != step.keys {
			t.Errorf("%s: got %d keys, want %d", step.name, len(keys), step.keys)
		}
		s.stop(t)
	}
	if got := fails(t, environment(), "serve", "--database", newDatabase(t), "--signing-key-period", "23h"); !strings.Contains(got, "--signing-key-period") {
		t.Errorf("a period that is too short: got %q, want the flag named", got)
	}
}
