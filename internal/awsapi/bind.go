package awsapi

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/carillon-id/carillon/internal/chime"
)

// The policy of binding. What cannot be understood as the shape (not JSON, the
// wrong JSON type) is a SerializationException; what is understood but breaks a
// rule of the contract is a BadRequestException that names member and rule.
// Neither ever repeats a value, which may be secret. Members that the contract
// does not know are ignored. Null is the same as absent, but not in a list.
// No string may hold U+0000, because PostgreSQL cannot keep it.

// request is a request whose operation is known.
type request struct {
	labels map[string]string // path segments as sent, by the label's name
	query  url.Values
	body   []byte
}

// reader reads the input of an operation out of a request. It keeps the first
// violation; what it returns after one is of no use.
type reader struct {
	request
	members map[string]any // of the body, once it was parsed
	parsed  bool
	err     error
	sketch  *sketch // nil but for a reader that reads no request
}

// value is one member of an input, from wherever it comes.
type value struct {
	r    *reader
	path string // as messages name it: UserIdList[3]
	raw  any    // nil when absent or null; else what parseJSON returns
	// outline is nil but in a sketch.
	outline *outline
}

// label is a part of the path.
func (r *reader) label(member, name string) value {
	if r.sketch != nil {
		return r.sketch.part(r, "path", name)
	}
	v := value{r: r, path: member}
	text, err := url.PathUnescape(r.labels[name])
	if err != nil {
		v.violates("must be percent-encoded")
		return v
	}
	v.raw = text
	return v
}

// parameter is a part of the query.
func (r *reader) parameter(member, name string) value {
	if r.sketch != nil {
		return r.sketch.part(r, "query", name)
	}
	v := value{r: r, path: member}
	switch given := r.query[name]; len(given) {
	case 0:
	case 1:
		v.raw = given[0]
	default:
		v.violates("must be given once only")
	}
	return v
}

// body is a member of the JSON document. Without a document every member is
// absent. Operations that have no such member never look at the document.
func (r *reader) body(member string) value {
	if r.sketch != nil {
		return r.sketch.body.outlined(r, member)
	}
	if !r.parsed {
		r.parsed = true
		r.parseBody()
	}
	return value{r: r, path: member, raw: r.members[member]}
}

func (r *reader) parseBody() {
	if len(r.request.body) == 0 {
		return
	}
	document, err := parseJSON(r.request.body)
	if err != nil {
		r.fail(unserializable("%v", err))
		return
	}
	members, ok := document.(map[string]any)
	if !ok {
		r.fail(unserializable("the body is not a JSON object"))
	}
	r.members = members
}

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

func (v value) violates(rule string) {
	v.r.fail(chime.Errorf(chime.BadRequest, "%s %s", v.path, rule))
}

func (v value) isNot(jsonType string) {
	v.r.fail(unserializable("%s is not %s", v.path, jsonType))
}

// required reads a member that must be there.
func required[T any](v value, read func(value) T) (out T) {
	if v.outline != nil {
		v.outline.needed()
		return read(v)
	}
	if v.raw == nil {
		v.violates("is required")
	}
	if v.r.err != nil {
		return out
	}
	return read(v)
}

// optional reads a member that may be absent, and is nil then.
func optional[T any](v value, read func(value) T) *T {
	if v.outline != nil {
		return new(read(v))
	}
	if v.raw == nil || v.r.err != nil {
		return nil
	}
	out := read(v)
	return &out
}

// member is a member of a structure within the body.
func (v value) member(name string) value {
	if v.outline != nil {
		return v.outline.schema.outlined(v.r, name)
	}
	object, ok := v.raw.(map[string]any)
	if !ok {
		v.isNot("an object")
	}
	return value{r: v.r, path: v.path + "." + name, raw: object[name]}
}

// readList reads a list of between least and most items; most 0 is no limit.
func readList[T any](v value, least, most int, read func(value) T) []T {
	if v.outline != nil {
		read(v.outline.list(v.r, least, most))
		return nil
	}
	items, ok := v.raw.([]any)
	switch {
	case !ok:
		v.isNot("a list")
	case len(items) < least:
		v.violates(fmt.Sprintf("must hold at least %d item(s)", least))
	case most > 0 && len(items) > most:
		v.violates(fmt.Sprintf("must hold at most %d items", most))
	}
	if v.r.err != nil {
		return nil
	}
	out := make([]T, len(items))
	for i, item := range items {
		out[i] = required(value{r: v.r, path: v.path + "[" + strconv.Itoa(i) + "]", raw: item}, read)
	}
	return out
}

func (v value) boolean() bool {
	if v.outline != nil {
		v.outline.is("boolean")
		return false
	}
	b, ok := v.raw.(bool)
	if !ok {
		v.isNot("a boolean")
	}
	return b
}

// integer reads a number out of the query.
func (v value) integer(least, most int) int {
	if v.outline != nil {
		*v.outline.schema = schema{Type: "integer", Minimum: &least, Maximum: &most}
		return 0
	}
	text, _ := v.raw.(string)
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		v.violates(fmt.Sprintf("must be an integer between %d and %d", least, most))
	}
	return n
}

func (v value) enum(values ...string) string {
	if v.outline != nil {
		v.outline.schema.Enum = values
	}
	return v.text(func(s string) string {
		for _, known := range values {
			if s == known {
				return ""
			}
		}
		return "must be one of " + strings.Join(values, ", ")
	})
}

// text reads a string that keeps the rules.
func (v value) text(rules ...rule) string {
	if v.outline != nil {
		v.outline.is("string")
		return ""
	}
	s, ok := v.raw.(string)
	if !ok {
		v.isNot("a string")
		return ""
	}
	for _, r := range append([]rule{storable}, rules...) {
		if broken := r(s); broken != "" {
			v.violates(broken)
			return ""
		}
	}
	return s
}

// rule returns "" for a string that keeps it, else what the string must do.
type rule func(s string) string

func storable(s string) string {
	switch {
	case !utf8.ValidString(s):
		return "must be UTF-8"
	case strings.ContainsRune(s, 0):
		return "must not hold a null character"
	}
	return ""
}

// nonBlank is the contract's pattern .*\S.* taken by its meaning.
func nonBlank(s string) string {
	if strings.TrimFunc(s, unicode.IsSpace) == "" {
		return "must hold a non-blank character"
	}
	return ""
}

// minLength and maxLength count characters, not bytes.
func minLength(n int) rule {
	return func(s string) string {
		if utf8.RuneCountInString(s) < n {
			return fmt.Sprintf("must be at least %d character(s) long", n)
		}
		return ""
	}
}

func maxLength(n int) rule {
	return func(s string) string {
		if utf8.RuneCountInString(s) > n {
			return fmt.Sprintf("must be at most %d characters long", n)
		}
		return ""
	}
}

func matches(pattern *regexp.Regexp) rule {
	return func(s string) string {
		if !pattern.MatchString(s) {
			return "must match the pattern " + pattern.String()
		}
		return ""
	}
}

func unserializable(format string, args ...any) error {
	return &Fault{Status: http.StatusBadRequest, Name: "SerializationException", Message: fmt.Sprintf(format, args...)}
}
