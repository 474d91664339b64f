package iam

import (
	"slices"
	"strings"

	"github.com/carillon-id/carillon/internal/chime"
)

// Covers returns nil when the caller may do all that the policies together let
// somebody do, under the same conditions: so much they may pass on. Otherwise it
// returns a *chime.Error Forbidden that names the statement. It is sound and not
// complete: what it cannot tell about, as a policy that cannot be read, it refuses. A
// root or local caller covers everything.
//
//   - Each action and resource of an Allow has to lie within one Allow of the
//     caller's, of which each condition stands in the granted Allow as well. What the
//     caller's conditions ask of who calls is asked of the caller, once and for all.
//   - No Deny of the caller's may meet it, unless the granted policies deny that too.
//
// The policies MUST be all that somebody will have, so that leaving out a Deny is
// judged too.
func (c Caller) Covers(granted []chime.PrincipalPolicy) error {
	all := parseAll(granted)
	return c.covers(all, all)
}

// coversChange is Covers of what a principal gains by the change of its
// policies: what is added and, when what is taken away denied something, all that
// remains.
func (c Caller) coversChange(before, after []chime.PrincipalPolicy) error {
	removed := parseAll(slices.DeleteFunc(slices.Clone(before), among(after)))
	if slices.ContainsFunc(removed, func(p *Policy) bool { return p == nil || len(p.of(deny)) > 0 }) {
		return c.Covers(after)
	}
	added := parseAll(slices.DeleteFunc(slices.Clone(after), among(before)))
	return c.covers(added, parseAll(after))
}

func among(policies []chime.PrincipalPolicy) func(chime.PrincipalPolicy) bool {
	return func(p chime.PrincipalPolicy) bool { return slices.Contains(policies, p) }
}

// The effects of statements.
const allow, deny = false, true

// of returns the policy's statements of an effect.
func (p *Policy) of(effect bool) []statement {
	if p == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(p.statements), func(s statement) bool { return s.deny != effect })
}

// covers says whether what the policies gained allow is covered. They are among
// all of the principal who gets them, whose denials count.
func (c Caller) covers(gained, all []*Policy) error {
	if c.Tenant != "" && (c.Root || c.Local) {
		return nil
	}
	if slices.Contains(c.policies, nil) || slices.Contains(all, nil) {
		return chime.Errorf(chime.Forbidden, "User: %s may not grant what they do not hold: a policy cannot be read", c.Principal())
	}
	held, denied, stillDenied := c.held(allow), c.held(deny), []statement(nil)
	for _, p := range all {
		stillDenied = append(stillDenied, p.of(deny)...)
	}
	// What is denied to both does not matter.
	denied = slices.DeleteFunc(denied, func(d statement) bool {
		return slices.ContainsFunc(stillDenied, func(s statement) bool { return s.includes(d) })
	})
	for _, p := range gained {
		for _, s := range p.of(allow) {
			if !s.within(held) {
				return c.uncovered(s, "no policy of theirs allows that as far")
			}
			if slices.ContainsFunc(denied, s.meets) {
				return c.uncovered(s, "a policy of theirs denies of that")
			}
		}
	}
	return nil
}

func (c Caller) uncovered(s statement, reason string) error {
	about := strings.Join(s.actions.include, ", ")
	if len(s.actions.exclude) > 0 {
		about += " except " + strings.Join(s.actions.exclude, ", ")
	}
	return chime.Errorf(chime.Forbidden, "User: %s may not grant what they do not hold: statement %d allows %.200s, and %s",
		c.Principal(), s.number, about, reason)
}

// held returns the statements of an effect that can apply to the caller, without
// their conditions on who calls: those are the same at each of the caller's calls,
// and would not be at another's.
func (c Caller) held(effect bool) []statement {
	values := (&request{caller: &c}).conditionValues()
	var held []statement
	for _, p := range c.policies {
		for _, s := range p.of(effect) {
			var others []condition
			applies := true
			for _, cond := range s.conditions {
				if !aboutCaller(cond.key) {
					others = append(others, cond)
				} else if !cond.holds(values) {
					applies = false
				}
			}
			if s.conditions = others; applies {
				held = append(held, s)
			}
		}
	}
	return held
}

// aboutCaller reports whether the condition key is a property of the caller.
func aboutCaller(key string) bool {
	switch key {
	case keyPrincipalARN, keyPrincipalAccount, keyPrincipalType, keyUsername, keyUserID:
		return true
	}
	return false
}

// within reports whether each action and resource of s is in one of the statements.
func (s statement) within(held []statement) bool {
	for _, action := range s.actions.include {
		if !strings.HasPrefix(action, chimePrefix) && !strings.HasPrefix(action, iamPrefix) {
			continue // of another service: it never matches
		}
		for _, resource := range s.resources {
			part := s
			part.actions.include, part.resources = []string{action}, []arnPattern{resource}
			if !slices.ContainsFunc(held, func(h statement) bool { return h.includes(part) }) {
				return false
			}
		}
	}
	return true
}

// includes reports whether s is about every request that other is about. It may
// be wrong to the safe side: false for two statements that it cannot compare.
func (s statement) includes(other statement) bool {
	for _, r := range other.resources {
		if !slices.ContainsFunc(s.resources, func(q arnPattern) bool { return q.includes(r) }) {
			return false
		}
	}
	for _, mine := range s.conditions {
		if !slices.ContainsFunc(other.conditions, func(c condition) bool { return c.source == mine.source }) {
			return false
		}
	}
	return s.actions.includes(other.actions)
}

// meets reports whether there may be a request that both statements are about. It
// may be wrong to the safe side: true for two that never meet.
func (s statement) meets(other statement) bool {
	return s.actions.meets(other.actions) && slices.ContainsFunc(s.resources, func(p arnPattern) bool {
		return slices.ContainsFunc(other.resources, p.meets)
	})
}

func (s actionSet) includes(other actionSet) bool {
	for _, p := range other.include {
		if !slices.ContainsFunc(s.include, func(q string) bool { return includesAction(q, p) }) {
			return false
		}
	}
	for _, e := range s.exclude {
		if !includedInAny(other.exclude, e) && meetAny(other.include, withAliases(e)) {
			return false
		}
	}
	return true
}

func (s actionSet) meets(other actionSet) bool {
	for _, p := range s.include {
		for _, q := range other.include {
			left := includedInAny(s.exclude, p) || includedInAny(s.exclude, q) || includedInAny(other.exclude, p) || includedInAny(other.exclude, q)
			if !left && meetAny([]string{p}, withAliases(q)) {
				return true
			}
		}
	}
	return false
}

// includesAction reports whether whoever may do q may do p, an alias under any of
// its names.
func includesAction(q, p string) bool {
	if strings.ContainsAny(p, "*?") {
		return includes(q, p)
	}
	_, names := actionNames(p)
	return matchesAny([]string{q}, names)
}

func includedInAny(patterns []string, p string) bool {
	return slices.ContainsFunc(patterns, func(q string) bool { return includes(q, p) })
}

func meetAny(patterns, others []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		return slices.ContainsFunc(others, func(q string) bool { return meet(p, q) })
	})
}

// withAliases returns the pattern, and all the names of the actions that it meets
// by one of them.
func withAliases(pattern string) []string {
	all := []string{pattern}
	for _, pair := range aliases() {
		if _, names := actionNames(chimePrefix + pair[0]); matchesAny([]string{pattern}, names) {
			all = append(all, names...)
		}
	}
	return all
}
