package awsapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// maxDepth is how deep a body may nest objects and lists.
const maxDepth = 64

// parseJSON reads one JSON document. Unlike encoding/json it refuses invalid
// UTF-8, an object that names a member twice, and more than maxDepth levels,
// and what it returns tells every member by its exact name.
//
// The value is nil, a string, a bool, a json.Number, a []any or a
// map[string]any.
func parseJSON(doc []byte) (any, error) {
	if !utf8.Valid(doc) {
		return nil, errors.New("the body is not UTF-8")
	}
	if !json.Valid(doc) {
		return nil, errors.New("the body is not a JSON document")
	}
	p := parser{rest: doc}
	return p.value(0)
}

// parser reads a document that is known to be valid: encoding/json has seen to the
// grammar, and a value is told by how it begins. Its decoder would take several times
// as long for the list of ids that most bodies are.
type parser struct{ rest []byte }

// next skips blanks and punctuation that separates, and returns the byte there.
func (p *parser) next() byte {
	p.rest = bytes.TrimLeft(p.rest, " \t\r\n,:")
	return p.rest[0]
}

// skip passes over n bytes and returns them.
func (p *parser) skip(n int) []byte {
	passed := p.rest[:n]
	p.rest = p.rest[n:]
	return passed
}

func (p *parser) value(depth int) (any, error) {
	first := p.next()
	switch {
	case first == '"':
		return p.text()
	case first == 't':
		p.skip(len("true"))
		return true, nil
	case first == 'f':
		p.skip(len("false"))
		return false, nil
	case first == 'n':
		p.skip(len("null"))
		return nil, nil
	case first != '[' && first != '{':
		return p.number(), nil
	case depth == maxDepth:
		return nil, fmt.Errorf("the body nests deeper than %d levels", maxDepth)
	case first == '[':
		return p.list(depth + 1)
	default:
		return p.object(depth + 1)
	}
}

// text reads a string. Most hold no escape and are what stands between the quotes.
func (p *parser) text() (text string, err error) {
	for end := 1; ; end++ {
		switch p.rest[end] {
		case '"':
			literal := p.skip(end + 1)
			if bytes.IndexByte(literal, '\\') < 0 {
				return string(literal[1:end]), nil
			}
			if err := json.Unmarshal(literal, &text); err != nil {
				return "", fmt.Errorf("read a JSON string: %w", err)
			}
			return text, nil
		case '\\':
			end++
		}
	}
}

func (p *parser) number() json.Number {
	end := bytes.IndexAny(p.rest, " \t\r\n,]}")
	if end < 0 {
		end = len(p.rest)
	}
	return json.Number(p.skip(end))
}

func (p *parser) list(depth int) (any, error) {
	p.skip(1)
	list := []any{}
	for p.next() != ']' {
		item, err := p.value(depth)
		if err != nil {
			return nil, err
		}
		list = append(list, item)
	}
	p.skip(1)
	return list, nil
}

func (p *parser) object(depth int) (any, error) {
	p.skip(1)
	object := map[string]any{}
	for p.next() != '}' {
		name, err := p.text()
		if err != nil {
			return nil, err
		}
		if _, twice := object[name]; twice {
			return nil, errors.New("the body holds an object that names a member twice")
		}
		if object[name], err = p.value(depth); err != nil {
			return nil, err
		}
	}
	p.skip(1)
	return object, nil
}
