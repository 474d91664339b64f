package awsapi

// The shape of an input is what its reader asks for. A reader with a sketch reads no
// request: whatever it asks for goes into the sketch, with the rules that a schema has
// a word for.

// sketch is the shape of an input.
type sketch struct {
	parameters []parameter
	body       schema // without properties for an input that has no document
}

// parameter is a label of the path, or a part of the query.
type parameter struct {
	Name     string  `json:"name"`
	In       string  `json:"in"`
	Required bool    `json:"required"`
	Schema   *schema `json:"schema"`
}

// schema is a JSON Schema, as far as inputs and outputs need one (OpenAPI 3.1 takes
// it as it is).
type schema struct {
	Ref                  string             `json:"$ref,omitempty"`
	Type                 any                `json:"type,omitempty"` // a name, or a list of them
	Format               string             `json:"format,omitempty"`
	Enum                 []string           `json:"enum,omitempty"`
	Minimum              *int               `json:"minimum,omitempty"`
	Maximum              *int               `json:"maximum,omitempty"`
	Items                *schema            `json:"items,omitempty"`
	MinItems             int                `json:"minItems,omitempty"`
	MaxItems             int                `json:"maxItems,omitempty"`
	AnyOf                []*schema          `json:"anyOf,omitempty"`
	Properties           map[string]*schema `json:"properties,omitempty"`
	AdditionalProperties *schema            `json:"additionalProperties,omitempty"`
	Required             []string           `json:"required,omitempty"`
}

// property adds a property.
func (s *schema) property(name string, of *schema) {
	s.Type = "object"
	if s.Properties == nil {
		s.Properties = map[string]*schema{}
	}
	s.Properties[name] = of
}

// outline is one member of an input that is sketched.
type outline struct {
	schema *schema
	needed func() // says that it is required
}

// part sketches a label or a parameter. A label is always there.
func (s *sketch) part(r *reader, in, name string) value {
	at := len(s.parameters)
	s.parameters = append(s.parameters, parameter{Name: name, In: in, Required: in == "path", Schema: new(schema)})
	return value{r: r, outline: &outline{s.parameters[at].Schema, func() { s.parameters[at].Required = true }}}
}

// outlined sketches a property of an object.
func (s *schema) outlined(r *reader, name string) value {
	of := new(schema)
	s.property(name, of)
	return value{r: r, outline: &outline{of, func() { s.Required = append(s.Required, name) }}}
}

// is says of which type the member is.
func (o *outline) is(name string) { o.schema.Type = name }

// list sketches a list, and returns what stands for its items.
func (o *outline) list(r *reader, least, most int) value {
	*o.schema = schema{Type: "array", MinItems: least, MaxItems: most, Items: new(schema)}
	return value{r: r, outline: &outline{o.schema.Items, func() {}}}
}
