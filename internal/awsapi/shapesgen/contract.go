package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// contract is the API contract: its operations and shapes by name.
type contract struct {
	Operations map[string]operation `json:"operations"`
	Shapes     map[string]shape     `json:"shapes"`
}

type operation struct {
	Method string   `json:"method"`
	URI    string   `json:"uri"`
	Status int      `json:"status"`
	Input  string   `json:"input"`  // "" for none
	Output string   `json:"output"` // "" for none
	Errors []string `json:"errors"`
}

type shape struct {
	Type    string            `json:"type"`
	Members map[string]member `json:"members"` // of a structure
	Item    string            `json:"item"`    // of a list
	Min     int               `json:"min"`     // characters, items or value
	Max     int               `json:"max"`
	Pattern string            `json:"pattern"`
	Enum    []string          `json:"enum"`
}

type member struct {
	Shape        string `json:"shape"`
	Required     bool   `json:"required"`
	Location     string `json:"location"` // "uri", "querystring", or "" for the body
	LocationName string `json:"locationName"`
}

func parseContract(raw []byte) (contract, error) {
	var c contract
	if err := json.Unmarshal(raw, &c); err != nil {
		return contract{}, fmt.Errorf("parse the contract: %w", err)
	}
	return c, nil
}

// closure returns the names of the root shapes and of all that they hold, sorted.
func (c contract) closure(roots []string) ([]string, error) {
	seen := map[string]bool{}
	for len(roots) > 0 {
		name := roots[0]
		roots = roots[1:]
		if seen[name] {
			continue
		}
		s, ok := c.Shapes[name]
		if !ok {
			return nil, fmt.Errorf("the contract has no shape %s", name)
		}
		seen[name] = true
		if s.Item != "" {
			roots = append(roots, s.Item)
		}
		for _, m := range s.Members {
			roots = append(roots, m.Shape)
		}
	}
	return slices.Sorted(maps.Keys(seen)), nil
}
