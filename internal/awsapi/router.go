package awsapi

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/web"
)

// The policy of routing. A path is compared segment by segment as it was sent,
// so an escaped slash is part of an id and an empty segment matches nothing. The
// routes of a path and method are told apart by ?operation=; the route without
// one is meant only when the parameter is absent. Where the parameter is an input
// of the one route, that says anyOperation. Early clients put /console
// before every path; it may stand there.

// consolePrefix is the segment that early clients put before every path.
const consolePrefix = "console"

// anyOperation stands in a route for whatever operation is given, or none.
const anyOperation = "{operation}"

// router finds the route of a request.
type router struct {
	resources []resource
}

// resource is a path of the API with the routes that share it.
type resource struct {
	segments []string         // a label stands in braces
	routes   map[string]Route // by method, a blank and the operation parameter
}

func newRouter(routes []Route) *router {
	byPath := map[string]int{}
	rt := &router{}
	for _, r := range routes {
		method, uri, _ := strings.Cut(r.Pattern, " ")
		path, operation, _ := strings.Cut(uri, "?operation=")
		at, known := byPath[path]
		if !known {
			at = len(rt.resources)
			byPath[path] = at
			rt.resources = append(rt.resources, resource{segments: split(path), routes: map[string]Route{}})
		}
		rt.resources[at].routes[method+" "+operation] = r
	}
	return rt
}

// match returns the route of the request and what it needs to run.
func (rt *router) match(r *http.Request) (Route, request, error) {
	segments := split(web.RawPath(r.URL))
	if len(segments) > 1 && segments[0] == consolePrefix {
		segments = segments[1:]
	}
	for _, res := range rt.resources {
		labels, ok := res.match(segments)
		if !ok {
			continue
		}
		query, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			return Route{}, request{}, chime.Errorf(chime.BadRequest, "The query string is malformed.")
		}
		route, err := res.pick(r.Method, query)
		return route, request{labels: labels, query: query}, err
	}
	return Route{}, request{}, unknownOperation()
}

// match reports whether the path is the resource's, and with which labels.
func (res resource) match(segments []string) (labels map[string]string, ok bool) {
	if len(segments) != len(res.segments) {
		return nil, false
	}
	labels = map[string]string{}
	for i, want := range res.segments {
		got := segments[i]
		if name, isLabel := strings.CutPrefix(want, "{"); isLabel && got != "" {
			labels[strings.TrimSuffix(name, "}")] = got
		} else if got != want {
			return nil, false
		}
	}
	return labels, true
}

func (res resource) pick(method string, query url.Values) (Route, error) {
	operation := query["operation"]
	if len(operation) > 1 {
		return Route{}, chime.Errorf(chime.BadRequest, "The parameter operation must be given once only.")
	}
	if slices.Equal(operation, []string{""}) {
		return Route{}, unknownOperation()
	}
	route, ok := res.routes[method+" "+strings.Join(operation, "")]
	if !ok {
		route, ok = res.routes[method+" "+anyOperation]
	}
	if !ok {
		return Route{}, unknownOperation()
	}
	return route, nil
}

func split(path string) []string { return strings.Split(strings.TrimPrefix(path, "/"), "/") }

// Roots returns the first path segments of all the contract's operations, served
// or not, and of the extensions: what is under them is the API's.
func Roots() (roots []string) {
	add := func(uri string) {
		path, _, _ := strings.Cut(uri, "?")
		if root := split(path)[0]; !slices.Contains(roots, root) {
			roots = append(roots, root)
		}
	}
	for _, o := range Operations() {
		add(o.URI)
	}
	for _, r := range new(api).extensions() {
		_, uri, _ := strings.Cut(r.Pattern, " ")
		add(uri)
	}
	return roots
}

func unknownOperation() error {
	return &Fault{
		Status: http.StatusNotFound, Name: "UnknownOperationException",
		Message: "No operation that is served here has this method, path and operation parameter.",
	}
}
