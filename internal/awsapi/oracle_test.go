package awsapi_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The contract is compared with two models that others published and that did
// not come from here: the one inside the AWS SDK for JavaScript has operations,
// members, types and (in its declarations) enumerations; the one inside botocore
// has the limits, patterns and error names too, which the former leaves out.

// sdkFolder is where `make test` installs the AWS SDK for JavaScript.
const sdkFolder = "../../tests/clients/node_modules/aws-sdk"

// sdkModel is the minified form: a shape stands in its place, or is named when
// it is used more than once; a string's type goes without saying.
type sdkModel struct {
	Operations map[string]struct {
		HTTP struct {
			Method, RequestURI string
			ResponseCode       int
		}
		Input, Output *sdkShape
	}
	Shapes map[string]sdkShape
}

type sdkShape struct {
	Shape        string
	Type         string
	Required     []string
	Members      map[string]sdkShape
	Member       *sdkShape
	Location     string
	LocationName string
	Sensitive    bool
}

func TestContractAgainstTheJavaScriptSDK(t *testing.T) {
	var theirs sdkModel
	loadPublished(t, filepath.Join(sdkFolder, "apis/chime-2018-05-01.min.json"), &theirs)
	ours := loadContract(t)
	for name, o := range ours.Operations {
		p, ok := theirs.Operations[name]
		if !ok {
			t.Errorf("%s: the published model has no such operation", name)
			continue
		}
		method, status := p.HTTP.Method, p.HTTP.ResponseCode
		if method == "" {
			method = "POST"
		}
		if status == 0 {
			status = 200
		}
		want := fmt.Sprint(method, " ", p.HTTP.RequestURI, " ", status)
		if got := fmt.Sprint(o.Method, " ", o.URI, " ", o.Status); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
		for kind, side := range map[string]struct {
			shape     string
			published *sdkShape
		}{"input": {o.Input, p.Input}, "output": {o.Output, p.Output}} {
			if (side.shape == "") != (side.published == nil) {
				t.Errorf("%s: has %s %q, published: %v", name, kind, side.shape, side.published != nil)
			} else if side.shape != "" {
				compareShape(t, name+" "+kind, ours, side.shape, theirs, *side.published)
			}
		}
	}
}

// compareShape compares a shape with all that it holds. The contract has no
// recursive shape.
func compareShape(t *testing.T, where string, ours contract, name string, theirs sdkModel, p sdkShape) {
	t.Helper()
	if p.Shape != "" {
		p = theirs.Shapes[p.Shape]
	}
	s := ours.Shapes[name]
	if p.Type == "" {
		p.Type = "string"
	}
	if s.Type != p.Type || s.Sensitive != p.Sensitive {
		t.Errorf("%s: got a %s (sensitive: %v), want a %s (%v)", where, s.Type, s.Sensitive, p.Type, p.Sensitive)
	}
	if p.Member != nil {
		compareShape(t, where+"[]", ours, s.Item, theirs, *p.Member)
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(p.Members)), slices.Sorted(maps.Keys(s.Members))); diff != "" {
		t.Errorf("%s: members (-want +got):\n%s", where, diff)
		return
	}
	for member, m := range s.Members {
		pm := p.Members[member]
		want := fmt.Sprint(slices.Contains(p.Required, member), pm.Location, pm.LocationName)
		if got := fmt.Sprint(m.Required, m.Location, m.LocationName); got != want {
			t.Errorf("%s.%s: got %s, want %s", where, member, got, want)
		}
		compareShape(t, where+"."+member, ours, m.Shape, theirs, pm)
	}
}

func TestContractEnumsAgainstTheJavaScriptSDK(t *testing.T) {
	declarations := readPublished(t, filepath.Join(sdkFolder, "clients/chime.d.ts"))
	for name, s := range loadContract(t).Shapes {
		if len(s.Enum) == 0 {
			continue
		}
		line := regexp.MustCompile(`export type ` + name + ` = (.*)\|string;`).FindSubmatch(declarations)
		if line == nil {
			t.Errorf("%s: not an enumeration in the published declarations", name)
			continue
		}
		want := strings.Split(strings.ReplaceAll(string(line[1]), `"`, ""), "|")
		if diff := cmp.Diff(want, s.Enum); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestContractAgainstBotocore(t *testing.T) {
	var theirs struct {
		Operations map[string]struct{ Errors []struct{ Shape string } }
		Shapes     map[string]struct {
			Min, Max  int
			Pattern   string
			Enum      []string
			Sensitive bool
			Error     struct{ HTTPStatusCode int }
		}
	}
	if err := json.Unmarshal(botocoreModel(t), &theirs); err != nil {
		t.Fatal(err)
	}
	ours := loadContract(t)
	for name, o := range ours.Operations {
		var want []string
		for _, e := range theirs.Operations[name].Errors {
			want = append(want, e.Shape)
		}
		slices.Sort(want)
		if diff := cmp.Diff(want, o.Errors); diff != "" {
			t.Errorf("%s: errors (-want +got):\n%s", name, diff)
		}
	}
	for name, s := range ours.Shapes {
		p := theirs.Shapes[name]
		want := contractShape{Min: p.Min, Max: p.Max, Pattern: p.Pattern, Enum: p.Enum, Sensitive: p.Sensitive, HTTPStatus: p.Error.HTTPStatusCode}
		got := contractShape{Min: s.Min, Max: s.Max, Pattern: s.Pattern, Enum: s.Enum, Sensitive: s.Sensitive, HTTPStatus: s.HTTPStatus}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: limits (-want +got):\n%s", name, diff)
		}
	}
}

// botocoreModel reads the service model of the installed botocore, which newer
// releases compress.
func botocoreModel(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(botocoreFolder(t), "data/chime/2018-05-01/service-2.json")
	if raw, err := os.ReadFile(path); err == nil {
		return raw
	}
	z, err := gzip.NewReader(bytes.NewReader(readPublished(t, path+".gz")))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// botocoreFolder asks the python3 of the path, then Debian's, which has Debian's
// packages.
func botocoreFolder(t *testing.T) string {
	t.Helper()
	var errs []error
	for _, python := range []string{"python3", "/usr/bin/python3"} {
		where, err := exec.Command(python, "-c", "import botocore; print(botocore.__path__[0])").Output()
		if err == nil {
			return strings.TrimSpace(string(where))
		}
		errs = append(errs, err)
	}
	t.Fatalf("no python3 finds botocore (%v): run `make test`, which installs what the tests need", errors.Join(errs...))
	return ""
}

func loadPublished(t *testing.T, path string, into any) {
	t.Helper()
	if err := json.Unmarshal(readPublished(t, path), into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

func readPublished(t *testing.T, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v: run `make test`, which installs what the tests need", err)
	}
	return raw
}
