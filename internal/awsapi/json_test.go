package awsapi_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/carillon-id/carillon/internal/awsapi"
)

func accepted() []string {
	return []string{
		`{}`, `[]`, `""`, `null`, ` true `, "\t[false ,\r\n null]", `-1.5e+10`, ` 0`, `[1,2 ,3]`,
		`{"UserIdList":["a","b"]}`, `{ "a" : { "b" : [ { } , [ ] , "" ] } , "c" : 1 }`, `{"":{"":""}}`,
		`"\"\\\/\b\n\u00e4\ud83d\ude00"`, `"\ud800"`, `["\\","\\\"",":,[]{}"]`, `"ä😀"`, `{"a\u0062":"x","ab ":2}`,
		strings.Repeat("[", 64) + strings.Repeat("]", 64),
	}
}

func refused() []string {
	return []string{
		``, ` `, `{`, `[1,]`, `{"a":1,}`, `01`, `nul`, `"a`, "\"\x80\"", `{} {}`, "\"\n\"",
		`{"a":1,"a":2}`, `{"ab":1,"a\u0062":2}`, `[{"a":{"b":1,"b":1}}]`,
		strings.Repeat("[", 65) + strings.Repeat("]", 65),
	}
}

// decode reads a document with encoding/json alone. Values are compared by reflect:
// go-cmp takes exponential time for lists within lists.
func decode(doc []byte) (value any, err error) {
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber()
	return value, dec.Decode(&value)
}

func TestParseJSON(t *testing.T) {
	for _, doc := range accepted() {
		got, err := awsapi.ParseJSON([]byte(doc))
		want, wantErr := decode([]byte(doc))
		if err != nil || wantErr != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %#v, %v; want %#v, %v", doc, got, err, want, wantErr)
		}
	}
	for _, doc := range refused() {
		if got, err := awsapi.ParseJSON([]byte(doc)); err == nil {
			t.Errorf("%s: got %#v, want an error", doc, got)
		}
	}
}

// FuzzParseJSON compares what is accepted with what encoding/json makes of it.
func FuzzParseJSON(f *testing.F) {
	for _, doc := range append(accepted(), refused()...) {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		got, err := awsapi.ParseJSON(doc)
		if err != nil {
			return
		}
		want, err := decode(doc)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %#v; want %#v, %v", doc, got, want, err)
		}
	})
}
