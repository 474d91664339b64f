package console_test

import (
	"testing"

	"github.com/carillon-id/carillon/tests/world"
)

// TestConsole is what administrators do, at every screen.
func TestConsole(t *testing.T) {
	t.Parallel()
	c := console{world.New(t, "--rate-limit", "0")}
	for name, story := range map[string]func(*testing.T){
		"accounts":              c.accounts,
		"users":                 c.users,
		"a team":                c.team,
		"shared devices":        c.devices,
		"a suspension, watched": c.watched,
		"identity":              c.identity,
		"apps":                  c.apps,
		"principals":            c.principals,
		"administrators":        c.administrators,
		"audit":                 c.audit,
		"settings":              c.settings,
		"dashboard":             c.dashboard,
		"keyboard":              c.keyboard,
		"names":                 c.names,
		"two administrators":    c.together,
		"what is not there":     c.nothing,
	} {
		t.Run(name, func(t *testing.T) { t.Parallel(); story(t) })
	}
}
