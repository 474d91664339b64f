package iam

import (
	"slices"
	"strings"

	"github.com/carillon-id/carillon/internal/chime"
)

// Covers reports whether the caller may do everything that the policies would
// allow: nobody grants what they do not hold. The root and the command line hold
// everything. Of anybody else
//
//   - each Allow of the granted policies has to lie within one Allow of the
//     caller's: action by action, resource by resource, and under the very Condition
//     that the caller's has, if it has one;
//   - each Deny of the caller's has to stand in the granted policies as it is.
//
// That is sound and not complete: it never says yes to more than the caller holds,
// and says no to some policies that would be no more. The granted policies MUST be
// all that the grantee will have, so that leaving out a Deny is judged too.
func (c Caller) Covers(granted []chime.PrincipalPolicy) bool {
	if c.Root || c.Local {
		return c.Tenant != ""
	}
	if slices.Contains(c.policies, nil) {
		return false
	}
	held := statements(c.policies)
	var given []*Policy
	for _, p := range granted {
		policy, err := ParsePolicy(documentOf(p))
		if err != nil {
			return false
		}
		given = append(given, policy)
	}
	return covers(held, statements(given))
}

func statements(policies []*Policy) (all []statement) {
	for _, p := range policies {
		all = append(all, p.statements...)
	}
	return all
}

func covers(held, granted []statement) bool {
	for i := range held {
		if held[i].deny && !slices.ContainsFunc(granted, held[i].same) {
			return false
		}
	}
	for i := range granted {
		if !granted[i].deny && !granted[i].within(held) {
			return false
		}
	}
	return true
}

// same reports whether two statements are written alike.
func (s statement) same(other statement) bool {
	return s.deny == other.deny && s.notAction == other.notAction && s.when == other.when && slices.Equal(s.actions, other.actions) &&
		slices.EqualFunc(s.resources, other.resources, func(a, b arnPattern) bool { return slices.Equal(a, b) })
}

// within reports whether every pair of an action and a resource that the statement
// allows is within one of the statements that are held.
func (s statement) within(held []statement) bool {
	actions := s.actions
	if s.notAction { // at most everything
		actions = []string{"*"}
	}
	for _, action := range actions {
		if !strings.HasPrefix(action, chimePrefix) && !strings.HasPrefix(action, iamPrefix) && action != "*" {
			continue // never matches
		}
		for _, resource := range s.resources {
			if !slices.ContainsFunc(held, func(h statement) bool { return h.holds(action, resource, s.when) }) {
				return false
			}
		}
	}
	return true
}

// holds reports whether the statement allows whatever the action and the resource
// stand for, under the Condition.
func (s statement) holds(action string, resource arnPattern, when string) bool {
	return !s.deny && !s.notAction && (s.when == "" || s.when == when) &&
		slices.ContainsFunc(s.actions, func(held string) bool { return coversAction(held, action) }) &&
		slices.ContainsFunc(s.resources, func(held arnPattern) bool { return held.covers(resource) })
}

func coversAction(held, action string) bool {
	held, action = everyAction(held), everyAction(action)
	if strings.ContainsAny(action, "*?") {
		return coversPattern(held, action)
	}
	_, names := actionNames(action)
	return slices.ContainsFunc(names, func(name string) bool { return wildcard(held, name) })
}

// everyAction spells "*" out, which allows the actions of chime alone.
func everyAction(action string) string {
	if action == "*" {
		return chimePrefix + "*"
	}
	return action
}

// coversPattern reports whether the pattern matches all that the other matches. A
// "*" of the pattern takes in the wildcards of the other as it takes in letters; a
// "?" could only take in the "*" of the other wrongly.
func coversPattern(pattern, other string) bool {
	return pattern == other || !strings.Contains(pattern, "?") && wildcard(pattern, other) ||
		!strings.ContainsAny(other, "*?") && wildcard(pattern, other)
}

// covers reports whether the pattern matches every ARN that the other matches.
func (p arnPattern) covers(other arnPattern) bool {
	if len(p) == 1 { // everything
		return true
	}
	if len(other) < len(p) {
		return false
	}
	parts := strings.SplitN(strings.Join(other, ":"), ":", len(p))
	for i := range p {
		if !coversPattern(p[i], parts[i]) {
			return false
		}
	}
	return true
}
