package awsapi_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-id/carillon/internal/awsapi"
)

// openAPI is what a reader of a description looks at.
type openAPI struct {
	OpenAPI    string
	Info       struct{ Title, Version string }
	Paths      map[string]map[string]describedOperation
	Components map[string]map[string]any
}

type describedOperation struct {
	OperationID string
	Parameters  []struct {
		Name, In string
		Required bool
		Schema   map[string]any
	}
	RequestBody *struct {
		Content map[string]struct{ Schema map[string]any }
	}
	Responses map[string]struct {
		Ref         string `json:"$ref"`
		Description string
		Content     map[string]struct{ Schema map[string]any }
	}
}

// description reads the description as anybody may, and returns it as it is, too.
func (s *server) description(t *testing.T) (d openAPI, raw any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/openapi.json", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	got := send(t, r)
	if got.status != 200 || got.header.Get("Content-Type") != "application/json" {
		t.Fatalf("got %d %s %v, want 200 and JSON", got.status, got.body, got.header)
	}
	for _, into := range []any{&d, &raw} {
		if err := json.Unmarshal([]byte(got.body), into); err != nil {
			t.Fatal(err)
		}
	}
	return d, raw
}

var label = regexp.MustCompile(`\{(\w+)\}`)

// TestEveryRouteIsDescribed: under its path and method, with its labels and statuses,
// and under no other.
func TestEveryRouteIsDescribed(t *testing.T) {
	d, _ := newServer(t, 0).description(t)
	if !strings.HasPrefix(d.OpenAPI, "3.1.") || d.Info.Title == "" || d.Info.Version == "" {
		t.Errorf("got %q %+v, want OpenAPI 3.1 with a title and a version", d.OpenAPI, d.Info)
	}
	routes := slices.Concat(awsapi.Routes(), awsapi.Extensions())
	described := 0
	for _, methods := range d.Paths {
		described += len(methods)
	}
	if described != len(routes) {
		t.Errorf("got %d operations, want those of %d routes", described, len(routes))
	}
	names := map[string]bool{}
	for _, r := range routes {
		method, uri, _ := strings.Cut(r.Pattern, " ")
		path := strings.Replace(strings.TrimSuffix(uri, "?operation={operation}"), "?", "#", 1)
		o, ok := d.Paths[path][strings.ToLower(method)]
		if !ok || o.OperationID != r.Operation || names[o.OperationID] {
			t.Errorf("%s: got %q at %s, want it once", r.Operation, o.OperationID, path)
		}
		names[o.OperationID] = true
		o.check(t, path, r)
	}
}

func (o describedOperation) check(t *testing.T, path string, r awsapi.Route) {
	t.Helper()
	parts := map[string]bool{}
	for _, p := range o.Parameters {
		if parts[p.In+" "+p.Name] || p.Schema["type"] == nil || p.In == "path" && !p.Required {
			t.Errorf("%s: got the parameter %+v, want each once, with its type, and labels required", r.Operation, p)
		}
		parts[p.In+" "+p.Name] = true
	}
	labels := 0
	for _, found := range label.FindAllStringSubmatch(path, -1) {
		labels++
		if !parts["path "+found[1]] {
			t.Errorf("%s: got no parameter for the label %s", r.Operation, found[1])
		}
	}
	for part := range parts {
		if strings.HasPrefix(part, "path ") {
			labels--
		}
	}
	if labels != 0 {
		t.Errorf("%s: got %v, want a path parameter for each label of %s", r.Operation, slices.Sorted(maps.Keys(parts)), path)
	}
	success := o.Responses[strconv.Itoa(r.Status)]
	if success.Description == "" || (len(success.Content) == 0) != (r.Status == http.StatusNoContent) {
		t.Errorf("%s: got %+v for success, want it described, with content unless it has none", r.Operation, success)
	}
	for _, status := range []string{"400", "403", "500"} {
		if !strings.HasPrefix(o.Responses[status].Ref, "#/components/responses/") {
			t.Errorf("%s: got %+v for %s, want an exception", r.Operation, o.Responses[status], status)
		}
	}
}

// TestDescriptionHoldsTogether follows each reference, and looks whether what is
// required is there.
func TestDescriptionHoldsTogether(t *testing.T) {
	_, raw := newServer(t, 0).description(t)
	references := 0
	var walk func(at string, v any)
	walk = func(at string, v any) {
		switch v := v.(type) {
		case []any:
			for _, item := range v {
				walk(at, item)
			}
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok {
				references++
				if find(raw, ref) == nil {
					t.Errorf("%s: got a reference to %s, which is not there", at, ref)
				}
			}
			properties, _ := v["properties"].(map[string]any)
			if required, ok := v["required"].([]any); ok {
				for _, name := range required {
					if text, _ := name.(string); properties[text] == nil {
						t.Errorf("%s: got %v required, of the properties %v", at, name, slices.Sorted(maps.Keys(properties)))
					}
				}
			}
			for name, item := range v {
				walk(at+"/"+name, item)
			}
		}
	}
	walk("", raw)
	if references < 100 {
		t.Errorf("got %d references, want all that there are", references)
	}
}

// find returns what a reference within the document refers to.
func find(document any, ref string) any {
	for _, name := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
		object, _ := document.(map[string]any)
		document = object[name]
	}
	return document
}

// TestDescriptionTellsTheRules compares parts of the description with what the
// contract and the readers say.
func TestDescriptionTellsTheRules(t *testing.T) {
	d, raw := newServer(t, 0).description(t)
	search := d.Paths["/accounts/{accountId}/search"]["get"]
	got := map[string]map[string]any{}
	for _, p := range search.Parameters {
		got[p.Name] = p.Schema
	}
	text := map[string]any{"type": "string"}
	want := map[string]map[string]any{
		"accountId": text, "email-prefix": text, "next-token": text,
		"license":     {"type": "string", "enum": []any{"Basic", "Plus", "Pro", "ProTrial"}},
		"status":      {"type": "string", "enum": []any{"Unregistered", "Registered", "Suspended"}},
		"user-type":   {"type": "string", "enum": []any{"PrivateUser", "SharedDevice"}},
		"max-results": {"type": "integer", "minimum": 1.0, "maximum": 200.0},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the parameters of a search (-want +got):\n%s", diff)
	}
	body := d.Paths["/accounts/{accountId}/users#operation=resolve"]["post"].RequestBody
	if body == nil {
		t.Fatal("GetUsersByEntries: got no document")
	}
	entries := map[string]any{
		"type": "object", "required": []any{"Entries"},
		"properties": map[string]any{"Entries": map[string]any{"type": "array", "minItems": 1.0, "maxItems": 100.0, "items": text}},
	}
	if diff := cmp.Diff(entries, body.Content["application/json"].Schema); diff != "" {
		t.Errorf("the document of GetUsersByEntries (-want +got):\n%s", diff)
	}
	deleted, _ := find(raw, "#/components/schemas/DeletedAccount/properties").(map[string]any)
	for _, name := range []string{"AccountId", "Name", "DeletedTimestamp", "PurgedTimestamp"} { // its own and the account's
		if deleted[name] == nil {
			t.Errorf("DeletedAccount: got no property %s", name)
		}
	}
	user := find(raw, "#/components/schemas/User/properties/PrimaryEmail")
	if diff := cmp.Diff(map[string]any{"type": []any{"string", "null"}}, user); diff != "" {
		t.Errorf("an address (-want +got):\n%s", diff)
	}
}

// TestDescriptionIsOnlyRead: another method is another operation, which is not there.
func TestDescriptionIsOnlyRead(t *testing.T) {
	s := newServer(t, 0)
	if got := s.call(t, s.root, "POST /openapi.json", "{}"); got.exception() != "UnknownOperationException" {
		t.Errorf("got %d %s, want UnknownOperationException", got.status, got.body)
	}
}
