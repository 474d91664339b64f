package sqlstore

import (
	"encoding/json"
	"fmt"
	"strings"
)

// text is a string within a document. It is held to the contract of chime.Store,
// as encoding/json replaces what is not UTF-8.
type text string

// MarshalJSON implements json.Marshaler.
func (t text) MarshalJSON() ([]byte, error) {
	if !storable(string(t)) {
		return nil, errText(string(t))
	}
	return json.Marshal(string(t))
}

// encode returns a document as a column holds it.
func encode(what string, document any) (string, error) {
	b, err := json.Marshal(document)
	if err != nil {
		return "", fmt.Errorf("writing %s: %w", what, err)
	}
	return string(b), nil
}

// decode reads what encode wrote: an object or a list, and nothing else.
func decode(what, column string, document any) error {
	if !strings.HasPrefix(column, "{") && !strings.HasPrefix(column, "[") {
		return fmt.Errorf("reading %s: got %.40q, want a document", what, column)
	}
	if err := json.Unmarshal([]byte(column), document); err != nil {
		return fmt.Errorf("reading %s: %w", what, err)
	}
	return nil
}

// encodeList returns a list as a column holds it.
func encodeList(what string, list []string) (string, error) {
	for _, t := range list {
		if !storable(t) {
			return "", fmt.Errorf("writing %s: %w", what, errText(t))
		}
	}
	return jsonList(list), nil
}

// decodeList reads what encodeList wrote.
func decodeList(what, column string) ([]string, error) {
	list, err := parseList[string](column)
	if err == nil && list == nil {
		err = fmt.Errorf("got %.40q, want a list", column)
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", what, err)
	}
	return list, nil
}
