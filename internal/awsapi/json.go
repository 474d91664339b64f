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
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber()
	return parseValue(dec, 0)
}

func parseValue(dec *json.Decoder, depth int) (any, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, fmt.Errorf("read a JSON token: %w", err)
	}
	delim, nested := token.(json.Delim)
	switch {
	case !nested:
		return token, nil
	case depth == maxDepth:
		return nil, fmt.Errorf("the body nests deeper than %d levels", maxDepth)
	case delim == '[':
		return parseList(dec, depth+1)
	default:
		return parseObject(dec, depth+1)
	}
}

func parseList(dec *json.Decoder, depth int) (any, error) {
	list := []any{}
	for dec.More() {
		item, err := parseValue(dec, depth)
		if err != nil {
			return nil, err
		}
		list = append(list, item)
	}
	_, err := dec.Token() // the closing bracket
	return list, err
}

func parseObject(dec *json.Decoder, depth int) (any, error) {
	object := map[string]any{}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return nil, fmt.Errorf("read a JSON member name: %w", err)
		}
		name, _ := token.(string) // the document is valid, so it is one
		if _, twice := object[name]; twice {
			return nil, errors.New("the body holds an object that names a member twice")
		}
		if object[name], err = parseValue(dec, depth); err != nil {
			return nil, err
		}
	}
	_, err := dec.Token() // the closing brace
	return object, err
}
