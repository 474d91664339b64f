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

// resourceForm is what a Resource must look like: everything, or an ARN whose
// partition and service are spelled out, cut short only by a "*" at its end.
var resourceForm = regexp.MustCompile(`(?s)^(\*|arn:[a-z0-9-]+:[a-z0-9-]+:([^:]*:[^:]*:.+|.*\*))$`)

// conditionARNForm is what the Arn operators compare with.
var conditionARNForm = regexp.MustCompile(`(?s)^arn:[^:]+:[^:]+:[^:]*:[^:]*:.+$`)
