package iam

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// wildcard reports whether the whole of s matches the pattern, in which "*" is
// any number of characters and "?" is one. It takes time proportional to the
// product of the lengths at worst.
func wildcard(pattern, s string) bool {
	star, resume := -1, 0 // the last "*", and where in s its text ends so far
	p, i := 0, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, resume = p, i
			p++
		case p < len(pattern) && pattern[p] == '?':
			p++
			i += runeLen(s[i:])
		case p < len(pattern) && pattern[p] == s[i]:
			p++
			i++
		case star >= 0:
			resume += runeLen(s[resume:])
			p, i = star+1, resume
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// includes reports whether q matches everything that p matches. It takes the
// wildcards of p as characters that "*" alone matches ("?" as well for a "?"), so
// it is false for some patterns that mean the same in other words.
func includes(q, p string) bool {
	all, some := []rune(q), []rune(p)
	star, resume := -1, 0
	i, j := 0, 0
	for j < len(some) {
		switch {
		case i < len(all) && all[i] == '*':
			star, resume = i, j
			i++
		case i < len(all) && (all[i] == some[j] || all[i] == '?' && some[j] != '*'):
			i++
			j++
		case star >= 0:
			resume++
			i, j = star+1, resume
		default:
			return false
		}
	}
	return strings.Trim(string(all[i:]), "*") == ""
}

// meet reports whether there is a text that both patterns match.
func meet(p, q string) bool {
	a, b := []rune(p), []rune(q)
	// row[j] says whether there is one for the beginning of p so far and the first
	// j characters of q.
	row := make([]bool, len(b)+1)
	row[0] = true
	for j := range b {
		row[j+1] = row[j] && b[j] == '*'
	}
	for i := range a {
		next := make([]bool, len(b)+1)
		next[0] = row[0] && a[i] == '*'
		for j := range b {
			if a[i] == '*' || b[j] == '*' {
				next[j+1] = row[j+1] || next[j]
			} else {
				next[j+1] = row[j] && (a[i] == b[j] || a[i] == '?' || b[j] == '?')
			}
		}
		row = next
	}
	return row[len(b)]
}

func runeLen(s string) int {
	_, n := utf8.DecodeRuneInString(s)
	return n
}

// arnPattern is an ARN with wildcards, cut at its first five colons. "*" alone
// is the pattern of one part, which matches everything.
type arnPattern []string

func newARNPattern(text string) arnPattern { return strings.SplitN(text, ":", arnParts) }

// arnParts is the number of parts of an ARN:
// arn, partition, service, region, account, resource.
const arnParts = 6

// matches compares part by part, so that a wildcard in one part cannot reach
// into the next. The last part of the pattern is compared with all that is left.
func (p arnPattern) matches(arn string) bool {
	parts := strings.SplitN(arn, ":", len(p))
	if len(parts) != len(p) {
		return false
	}
	for i := range p {
		if !wildcard(p[i], parts[i]) {
			return false
		}
	}
	return true
}

// includes reports whether p matches every ARN that other matches.
func (p arnPattern) includes(other arnPattern) bool {
	last := len(p) - 1
	if len(other) <= last {
		return false
	}
	for i := range last {
		if !includes(p[i], other[i]) {
			return false
		}
	}
	return includes(p[last], strings.Join(other[last:], ":"))
}

// meets reports whether there may be an ARN that both match.
func (p arnPattern) meets(other arnPattern) bool {
	last := min(len(p), len(other)) - 1
	for i := range last {
		if !meet(p[i], other[i]) {
			return false
		}
	}
	return meet(strings.Join(p[last:], ":"), strings.Join(other[last:], ":"))
}

// resourceForm is what a Resource must look like: everything, or an ARN whose
// partition and service are spelled out, cut short only by a "*" at its end.
var resourceForm = regexp.MustCompile(`(?s)^(\*|arn:[a-z0-9-]+:[a-z0-9-]+:([^:]*:[^:]*:.+|.*\*))$`)

// conditionARNForm is what the Arn operators compare with.
var conditionARNForm = regexp.MustCompile(`(?s)^arn:[^:]+:[^:]+:[^:]*:[^:]*:.+$`)
