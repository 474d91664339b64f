package audit

import (
	"bytes"
	"encoding/json"
	"iter"
)

// Mentions returns which of the texts stand in a record's document, each as a JSON
// string of its own, as ids and addresses do. A text that is too long for a record
// counts when its beginning is there.
func Mentions(document []byte, texts ...string) map[string]bool {
	wanted := make(map[string][]string, len(texts))
	for _, text := range texts {
		for _, form := range []string{text, cut(text)} {
			literal := literalOf(form)
			wanted[literal] = append(wanted[literal], text)
		}
	}
	found := make(map[string]bool, len(texts))
	for literal := range literals(document) {
		for _, text := range wanted[string(literal)] {
			found[text] = true
		}
	}
	return found
}

// literalOf is how a text stands between the quotes of a JSON string.
func literalOf(text string) string {
	quoted, _ := json.Marshal(text) // a string always marshals
	return string(quoted[1 : len(quoted)-1])
}

// literals are the JSON strings of a document, without their quotes.
func literals(document []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for rest := document; ; {
			begin := bytes.IndexByte(rest, '"')
			if begin < 0 {
				return
			}
			rest = rest[begin+1:]
			end := endOfLiteral(rest)
			if !yield(rest[:end]) || end == len(rest) {
				return
			}
			rest = rest[end+1:]
		}
	}
}

// endOfLiteral returns where the quote is that ends the string which text begins
// with.
func endOfLiteral(text []byte) int {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return len(text)
}

// Parameter returns a text among the request parameters of a record's document; ""
// when there is none.
func Parameter(document []byte, name string) string {
	var d struct {
		RequestParameters map[string]any `json:"requestParameters"`
	}
	if err := json.Unmarshal(document, &d); err != nil {
		return ""
	}
	text, _ := d.RequestParameters[name].(string)
	return text
}
