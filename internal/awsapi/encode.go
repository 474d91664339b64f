package awsapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Timestamp is a time as the API writes it: ISO 8601 in UTC, milliseconds, Z.
type Timestamp time.Time

// MarshalText implements encoding.TextMarshaler.
func (t Timestamp) MarshalText() ([]byte, error) {
	return time.Time(t).UTC().AppendFormat(nil, "2006-01-02T15:04:05.000Z"), nil
}

// Answer writes the output of an operation, {} when it has no members, and with
// a status that forbids a body only the header, whose Content-Type the real
// service sends nevertheless.
func Answer(w http.ResponseWriter, status int, output any) error {
	var body []byte
	if status != http.StatusNoContent {
		var err error
		if body, err = encode(output); err != nil {
			return fmt.Errorf("encode the output: %w", err)
		}
	}
	send(w, status, body)
	return nil
}

// encode writes compact JSON. Absent members are explicit nulls, because no
// generated shape omits anything.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func send(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	if status != http.StatusNoContent {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that left gets nothing
}
