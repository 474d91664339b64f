package awsapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/carillon-id/carillon/internal/chime"
)

// The description of the API is made of the route table: inputs are what their readers
// ask for, and outputs what their types have. OpenAPI 3.1 tells routes apart by path
// and method alone, so one that has an operation parameter stands under its path with
// "#operation=...", as descriptions of AWS's APIs do.

// timeFormat is how a schema calls the form of a Timestamp.
const timeFormat = "date-time"

// openAPI is the description, as the OpenAPI Specification 3.1.0 has it.
type openAPI struct {
	OpenAPI    string                          `json:"openapi"`
	Info       map[string]string               `json:"info"`
	Servers    []map[string]string             `json:"servers"`
	Security   []map[string][]string           `json:"security"`
	Paths      map[string]map[string]operation `json:"paths"` // by path and method
	Components components                      `json:"components"`
}

type components struct {
	Schemas         map[string]*schema           `json:"schemas"`
	Responses       map[string]response          `json:"responses"`
	SecuritySchemes map[string]map[string]string `json:"securitySchemes"`
}

type operation struct {
	OperationID string              `json:"operationId"`
	Tags        []string            `json:"tags"`
	Parameters  []parameter         `json:"parameters"`
	RequestBody *content            `json:"requestBody,omitempty"`
	Responses   map[string]response `json:"responses"` // by status
}

type response struct {
	Ref         string           `json:"$ref,omitempty"`
	Description string           `json:"description,omitempty"`
	Content     map[string]media `json:"content,omitempty"`
}

type content struct {
	Required bool             `json:"required"`
	Content  map[string]media `json:"content"`
}

type media struct {
	Schema *schema `json:"schema"`
}

func jsonOf(s *schema) map[string]media { return map[string]media{"application/json": {s}} }

// describe returns the description of routes. It is an error if two of their types
// have one name.
func describe(routes []Route) ([]byte, error) {
	d := openAPI{
		OpenAPI: "3.1.0",
		Info: map[string]string{
			"title": "Carillon", "version": "2018-05-01",
			"description": "The operations of the Amazon Chime administration API that Carillon serves, and its own beside them. Requests are signed by AWS Signature Version 4, for the service chime.",
		},
		Servers:  []map[string]string{{"url": "/"}},
		Security: []map[string][]string{{"sigv4": {}}},
		Paths:    map[string]map[string]operation{},
		Components: components{
			Schemas:   map[string]*schema{},
			Responses: map[string]response{},
			SecuritySchemes: map[string]map[string]string{"sigv4": {
				"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4",
				"description": "AWS Signature Version 4",
			}},
		},
	}
	t := typeSchemas{d.Components.Schemas, map[string]reflect.Type{}, nil}
	errors := d.describeErrors(&t)
	for _, r := range routes {
		method, uri, _ := strings.Cut(r.Pattern, " ")
		path, parameters := r.address(uri)
		service, _, _ := strings.Cut(r.Action(), ":")
		if d.Paths[path] == nil {
			d.Paths[path] = map[string]operation{}
		}
		o := operation{OperationID: r.Operation, Tags: []string{service}, Parameters: parameters, Responses: map[string]response{}}
		shape := r.invoke.input()
		o.Parameters = append(o.Parameters, shape.parameters...)
		if len(shape.body.Properties) > 0 {
			o.RequestBody = &content{Required: len(shape.body.Required) > 0, Content: jsonOf(&shape.body)}
		}
		for name, status := range errors {
			if r.answers(name) {
				o.Responses[strconv.Itoa(status)] = response{Ref: "#/components/responses/" + name}
			}
		}
		success := response{Description: http.StatusText(r.Status)}
		if r.Status != http.StatusNoContent {
			success.Content = jsonOf(t.of(r.invoke.output))
		}
		o.Responses[strconv.Itoa(r.Status)] = success
		d.Paths[path][strings.ToLower(method)] = o
	}
	if t.err != nil {
		return nil, t.err
	}
	return encode(d)
}

// address is what a route stands under, and the parameter that is part of it.
func (r Route) address(uri string) (path string, parameters []parameter) {
	path, value, distinct := strings.Cut(uri, "?operation=")
	if !distinct || value == anyOperation {
		return path, []parameter{}
	}
	return path + "#operation=" + value, []parameter{
		{Name: "operation", In: "query", Required: true, Schema: &schema{Type: "string", Enum: []string{value}}},
	}
}

// describeErrors describes the exceptions, and returns their statuses.
func (d openAPI) describeErrors(t *typeSchemas) map[string]int {
	contracts, front := t.of(reflect.TypeFor[exception]()), t.of(reflect.TypeFor[frontDoor]())
	statuses := map[string]int{}
	for _, code := range []chime.Code{
		chime.BadRequest, chime.Unauthorized, chime.Forbidden, chime.NotFound, chime.Conflict, chime.Unprocessable, chime.Throttled,
		chime.ServiceFailure, chime.ServiceUnavailable,
	} {
		f := exceptionFace(chime.Errorf(code, ""))
		body := contracts
		if code == chime.BadRequest || code == chime.Forbidden { // signatures, and what cannot be read
			body = &schema{AnyOf: []*schema{contracts, front}}
		}
		statuses[f.name] = f.status
		d.Components.Responses[f.name] = response{Description: f.name, Content: jsonOf(body)}
	}
	return statuses
}

// answers reports whether the operation may answer the exception: those that the
// contract lists, and of an extension any.
func (r Route) answers(exception string) bool {
	for _, o := range Operations() {
		if o.Name == r.Operation && o.Method+" "+o.URI == r.Pattern {
			for _, name := range o.Errors {
				if name == exception {
					return true
				}
			}
			return false
		}
	}
	return true
}

// typeSchemas are the schemas of the types of outputs.
type typeSchemas struct {
	schemas map[string]*schema // by name
	types   map[string]reflect.Type
	err     error
}

// of returns the schema of a type, or a reference to it.
func (t *typeSchemas) of(typ reflect.Type) *schema {
	switch typ {
	case reflect.TypeFor[Timestamp]():
		return &schema{Type: "string", Format: timeFormat}
	case reflect.TypeFor[json.RawMessage]():
		return &schema{Type: "object"}
	}
	switch typ.Kind() {
	case reflect.Pointer:
		return nullable(t.of(typ.Elem()))
	case reflect.Slice:
		return &schema{Type: "array", Items: t.of(typ.Elem())}
	case reflect.Map:
		return &schema{Type: "object", AdditionalProperties: t.of(typ.Elem())}
	case reflect.Struct:
		return t.structure(typ)
	case reflect.Bool:
		return &schema{Type: "boolean"}
	case reflect.String:
		return &schema{Type: "string"}
	case reflect.Int, reflect.Int64:
		return &schema{Type: "integer"}
	}
	t.err = fmt.Errorf("a schema cannot tell the type %v", typ)
	return new(schema)
}

// nullable is a schema that also lets null through.
func nullable(s *schema) *schema {
	if name, simple := s.Type.(string); simple && s.Ref == "" {
		s.Type = []string{name, "null"}
		return s
	}
	return &schema{AnyOf: []*schema{s, {Type: "null"}}}
}

// structure refers to the schema of a structure, of which every member is there.
func (t *typeSchemas) structure(typ reflect.Type) *schema {
	name := typ.Name()
	if name == "" {
		s := &schema{Type: "object"}
		t.members(s, typ)
		return s
	}
	switch known, is := t.types[name]; {
	case !is:
		t.types[name], t.schemas[name] = typ, &schema{Type: "object"}
		t.members(t.schemas[name], typ)
	case known != typ:
		t.err = fmt.Errorf("%v and %v have one name", known, typ)
	}
	return &schema{Ref: "#/components/schemas/" + name}
}

// members adds the members of a structure, and those of structures that it embeds.
func (t *typeSchemas) members(s *schema, typ reflect.Type) {
	for field := range typ.Fields() {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case name == "-":
			continue
		case field.Anonymous && name == "":
			t.members(s, field.Type)
			continue
		case name == "":
			name = field.Name
		}
		s.property(name, t.of(field.Type))
		if options != "omitempty" && options != "omitzero" {
			s.Required = append(s.Required, name)
		}
	}
}
