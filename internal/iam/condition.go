package iam

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// condition is one key of one operator: it holds when any of its tests accepts
// the key's value or, for a negated operator, when none does.
type condition struct {
	operator
	key      string // lower case
	ifExists bool
	tests    []test
	// source is what was written, by which equal conditions are told.
	source string
}

// test reports whether a value of the request passes.
type test func(value string) bool

// operator is a condition operator of AWS IAM without its IfExists suffix.
type operator struct {
	family  family
	negated bool
	compile func(value string) (test, error)
}

// family is the kind of values that an operator compares.
type family string

const (
	familyString  family = "String"
	familyBool    family = "Bool"
	familyIP      family = "IpAddress"
	familyDate    family = "Date"
	familyNumeric family = "Numeric"
	familyARN     family = "Arn"
	familyNull    family = "Null"
)

func operators() map[string]operator {
	ops := map[string]operator{
		"StringEquals":              {familyString, false, stringEquals},
		"StringNotEquals":           {familyString, true, stringEquals},
		"StringEqualsIgnoreCase":    {familyString, false, stringEqualFold},
		"StringNotEqualsIgnoreCase": {familyString, true, stringEqualFold},
		"StringLike":                {familyString, false, stringLike},
		"StringNotLike":             {familyString, true, stringLike},
		"Bool":                      {familyBool, false, boolEquals},
		"IpAddress":                 {familyIP, false, ipWithin},
		"NotIpAddress":              {familyIP, true, ipWithin},
		"ArnEquals":                 {familyARN, false, arnLike},
		"ArnLike":                   {familyARN, false, arnLike},
		"ArnNotEquals":              {familyARN, true, arnLike},
		"ArnNotLike":                {familyARN, true, arnLike},
		"Null":                      {familyNull, false, boolEquals},
	}
	for name, accept := range map[string]func(order int) bool{
		"Equals":            func(o int) bool { return o == 0 },
		"LessThan":          func(o int) bool { return o < 0 },
		"LessThanEquals":    func(o int) bool { return o <= 0 },
		"GreaterThan":       func(o int) bool { return o > 0 },
		"GreaterThanEquals": func(o int) bool { return o >= 0 },
	} {
		ops["Date"+name] = operator{familyDate, false, dateOrder(accept)}
		ops["Numeric"+name] = operator{familyNumeric, false, numericOrder(accept)}
	}
	ops["DateNotEquals"] = operator{familyDate, true, ops["DateEquals"].compile}
	ops["NumericNotEquals"] = operator{familyNumeric, true, ops["NumericEquals"].compile}
	return ops
}

// holds reports whether the condition holds for the values of a request, by
// lower-case key. A key that is absent fails a positive operator and passes a
// negated one and one with IfExists; Null tests for just that.
func (c *condition) holds(values map[string]string) bool {
	value, present := values[c.key]
	if c.family == familyNull {
		value, present = strconv.FormatBool(!present), true
	}
	if !present {
		return c.negated || c.ifExists
	}
	return slices.ContainsFunc(c.tests, func(t test) bool { return t(value) }) != c.negated
}

func (p *statementParser) condition(raw json.RawMessage) error {
	blocks, err := members(p.where("Condition"), raw)
	if err != nil {
		return err
	}
	known := operators()
	for _, block := range blocks {
		name, ifExists := strings.CutSuffix(block.name, "IfExists")
		op, ok := known[name]
		switch {
		case strings.HasPrefix(name, "ForAllValues:"), strings.HasPrefix(name, "ForAnyValue:"):
			return p.refuse("Condition", "holds %q: set operators are not supported; every key has one value, use the plain operator", block.name)
		case !ok, ifExists && op.family == familyNull:
			return p.refuse("Condition", "holds the unknown operator %q", block.name)
		}
		if err := p.conditionKeys(block, condition{operator: op, ifExists: ifExists}); err != nil {
			return err
		}
	}
	return nil
}

// conditionKeys reads the keys under one operator.
func (p *statementParser) conditionKeys(block member, of condition) error {
	keys, err := members(p.where("Condition "+block.name), block.value)
	if err != nil {
		return err
	}
	if len(keys) == 0 {
		return p.refuse("Condition", "holds %q without a key", block.name)
	}
	seen := make(map[string]bool)
	for _, k := range keys {
		c := of
		c.key = strings.ToLower(k.name)
		families, known := keyFamilies(c.key)
		switch {
		case seen[c.key]:
			return p.refuse("Condition", "holds %s %q twice: case makes no difference", block.name, k.name)
		case !strings.Contains(c.key, ":") || hasVariable(c.key):
			return p.refuse("Condition", `holds the malformed key %q: a key looks like "aws:SourceIp"`, k.name)
		case known && c.family != familyNull && !slices.Contains(families, c.family):
			return p.refuse("Condition", "compares %s with %s, which never matches: use an operator of %q", k.name, block.name, families)
		}
		seen[c.key] = true
		c.source = block.name + " " + c.key + " " + string(k.value)
		if c.tests, err = p.conditionValues(c, k); err != nil {
			return err
		}
		p.conditions = append(p.conditions, c)
	}
	return nil
}

func (p *statementParser) conditionValues(c condition, k member) ([]test, error) {
	var tests []test
	for _, raw := range oneOrMany(k.value) {
		value, ok := scalar(raw)
		if !ok {
			return nil, p.refuse("Condition", "%s holds %s: a value is a string, a number or a boolean", k.name, raw)
		}
		if hasVariable(value) {
			return nil, p.refuse("Condition", "%s holds %s: policy variables are not supported; write the value out", k.name, raw)
		}
		t, err := c.compile(value)
		if err != nil {
			return nil, p.refuse("Condition", "%s holds %s: %v", k.name, raw, err)
		}
		tests = append(tests, t)
	}
	if tests == nil {
		return nil, p.refuse("Condition", "%s has no value", k.name)
	}
	return tests, nil
}

func stringEquals(want string) (test, error) {
	return func(value string) bool { return value == want }, nil
}

func stringEqualFold(want string) (test, error) {
	return func(value string) bool { return strings.EqualFold(value, want) }, nil
}

func stringLike(pattern string) (test, error) {
	return func(value string) bool { return wildcard(pattern, value) }, nil
}

func boolEquals(want string) (test, error) {
	if !strings.EqualFold(want, "true") && !strings.EqualFold(want, "false") {
		return nil, errors.New(`it must be "true" or "false"`)
	}
	return stringEqualFold(want)
}

func arnLike(pattern string) (test, error) {
	if !conditionARNForm.MatchString(pattern) {
		return nil, errors.New(`an ARN has six parts, such as "arn:aws:iam::111122223333:user/*"`)
	}
	return newARNPattern(pattern).matches, nil
}

func ipWithin(network string) (test, error) {
	prefix, err := parseNetwork(network)
	if err != nil {
		return nil, err
	}
	return func(value string) bool {
		addr, err := netip.ParseAddr(value)
		return err == nil && prefix.Contains(addr)
	}, nil
}

// parseNetwork reads a network, or an address as the network of it alone. Zones
// and IPv4 in the form of IPv6 are refused: no source address has them.
func parseNetwork(text string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(text); err == nil && addr.Zone() == "" && !addr.Is4In6() {
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	if prefix, err := netip.ParsePrefix(text); err == nil && !prefix.Addr().Is4In6() {
		return prefix, nil
	}
	return netip.Prefix{}, errors.New(`it must be an address or a network, such as "203.0.113.0/24" or "2001:db8::/32"`)
}

func dateOrder(accept func(int) bool) func(string) (test, error) {
	return func(text string) (test, error) {
		want, err := parseDate(text)
		if err != nil {
			return nil, err
		}
		return func(value string) bool {
			got, err := parseDate(value)
			return err == nil && accept(got.Compare(want))
		}, nil
	}
}

// epochForm is a time in seconds since 1970; four digits are a year.
var epochForm = regexp.MustCompile(`^[0-9]{5,12}$`)

// parseDate reads the forms that IAM documents: those of the W3C's note on
// ISO 8601 (date alone, or date and time with a time zone), and epoch seconds.
func parseDate(text string) (time.Time, error) {
	if epochForm.MatchString(text) {
		seconds, err := strconv.ParseInt(text, 10, 64)
		return time.Unix(seconds, 0), err
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", time.DateOnly, "2006-01", "2006"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, errors.New(`it must be a date, such as "2027-01-31T12:00:00Z", or seconds since 1970`)
}

func numericOrder(accept func(int) bool) func(string) (test, error) {
	return func(text string) (test, error) {
		want, err := parseNumber(text)
		if err != nil {
			return nil, err
		}
		return func(value string) bool {
			got, err := parseNumber(value)
			return err == nil && accept(cmp.Compare(got, want))
		}, nil
	}
}

var numberForm = regexp.MustCompile(`^[+-]?[0-9]{1,15}(\.[0-9]{1,15})?$`)

func parseNumber(text string) (float64, error) {
	if !numberForm.MatchString(text) {
		return 0, errors.New("it must be a number")
	}
	return strconv.ParseFloat(text, 64)
}
