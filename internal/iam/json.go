package iam

import (
	"bytes"
	"encoding/json"
)

// member is a member of a JSON object.
type member struct {
	name  string
	value json.RawMessage
}

// members returns the members of an object in their order. It refuses a name
// that is there twice, of which encoding/json would silently drop one. The
// object must be known to be valid JSON.
func members(what string, object json.RawMessage) ([]member, error) {
	dec := json.NewDecoder(bytes.NewReader(object))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, refuse("%s must be a JSON object", what)
	}
	var all []member
	seen := make(map[string]bool)
	for dec.More() {
		t, err := dec.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return nil, refuse("%s must be a JSON object", what)
		}
		m := member{name: name}
		if err := dec.Decode(&m.value); err != nil {
			return nil, refuse("%s holds a value of %q that cannot be read", what, name)
		}
		if seen[name] {
			return nil, refuse("%s holds %q twice", what, name)
		}
		seen[name] = true
		all = append(all, m)
	}
	return all, nil
}

// oneOrMany returns the elements of an array, or the one value that stands in
// place of an array.
func oneOrMany(value json.RawMessage) []json.RawMessage {
	var many []json.RawMessage
	if len(value) > 0 && value[0] == '[' && json.Unmarshal(value, &many) == nil {
		return many
	}
	return []json.RawMessage{value}
}

// text returns the string that value is; false when it is anything else.
func text(value json.RawMessage) (string, bool) {
	var s string
	if len(value) == 0 || value[0] != '"' || json.Unmarshal(value, &s) != nil {
		return "", false
	}
	return s, true
}

// scalar returns a string, a number or a boolean as text; false for anything else.
func scalar(value json.RawMessage) (string, bool) {
	if s, ok := text(value); ok {
		return s, true
	}
	if len(value) == 0 || bytes.IndexByte([]byte(`"{[n`), value[0]) >= 0 {
		return "", false
	}
	return string(value), true
}
