package console_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/carillon-id/carillon/internal/console"
)

var (
	page   = []byte("<!doctype html><title>Carillon</title>" + strings.Repeat(" ", 1000))
	script = []byte("'use strict';" + strings.Repeat("f();", 1000))
	font   = []byte("wOF2")
	// The handler hands it on as it is.
	brotlied = []byte("what the build compressed")
)

func newHandler(t *testing.T) http.Handler {
	t.Helper()
	h, err := console.Handler(fstest.MapFS{
		"index.html":            {Data: page},
		"theme.js":              {Data: script},
		"assets/index-a1.js":    {Data: script},
		"assets/index-a1.js.br": {Data: brotlied},
		"assets/font-b2.woff2":  {Data: font},
	})
	if err != nil {
		t.Fatalf("Handler: %v", err)
	}
	return h
}

func ask(t *testing.T, h http.Handler, method, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func read(t *testing.T, r io.Reader) []byte {
	t.Helper()
	body, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("reading the body: %v", err)
	}
	return body
}

func TestFiles(t *testing.T) {
	const forever = "public, max-age=31536000, immutable"
	tests := map[string]struct {
		path        string
		status      int
		contentType string
		cache       string
		body        []byte
	}{
		"the console":             {"/admin/", 200, "text/html; charset=utf-8", "no-cache", page},
		"a screen":                {"/admin/accounts/a/users/b", 200, "text/html; charset=utf-8", "no-cache", page},
		"a screen of an odd id":   {"/admin/accounts/x.js/users/%2F..%2F", 200, "text/html; charset=utf-8", "no-cache", page},
		"a file with a hash":      {"/admin/assets/index-a1.js", 200, "text/javascript; charset=utf-8", forever, script},
		"a font":                  {"/admin/assets/font-b2.woff2", 200, "font/woff2", forever, font},
		"a file without a hash":   {"/admin/theme.js", 200, "text/javascript; charset=utf-8", "no-cache", script},
		"a file of an older one":  {"/admin/assets/index-00.js", 404, "text/plain; charset=utf-8", "no-store", nil},
		"nothing but the folder":  {"/admin/assets/", 404, "text/plain; charset=utf-8", "no-store", nil},
		"what is above the build": {"/admin/assets/../../handler.go", 404, "text/plain; charset=utf-8", "no-store", nil},
	}
	h := newHandler(t)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := ask(t, h, http.MethodGet, test.path)
			if got.Code != test.status {
				t.Fatalf("status: got %d, want %d", got.Code, test.status)
			}
			for field, want := range map[string]string{"Content-Type": test.contentType, "Cache-Control": test.cache} {
				if got := got.Header().Get(field); got != want {
					t.Errorf("%s: got %q, want %q", field, got, want)
				}
			}
			if body := read(t, got.Body); test.body != nil && !bytes.Equal(body, test.body) {
				t.Errorf("body: got %.40q, want %.40q", body, test.body)
			}
		})
	}
}

func TestGuards(t *testing.T) {
	h := newHandler(t)
	for _, path := range []string{"/admin/", "/admin/assets/index-a1.js", "/admin/assets/none.js"} {
		got := ask(t, h, http.MethodGet, path).Header()
		policy := got.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'; ") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") {
			t.Errorf("%s: got the policy %q, want one that allows nothing of others and nothing unsafe", path, policy)
		}
		for field, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin"} {
			if got := got.Get(field); got != want {
				t.Errorf("%s: %s: got %q, want %q", path, field, got, want)
			}
		}
	}
}

func TestEncodings(t *testing.T) {
	plain := func(r io.Reader) (io.Reader, error) { return r, nil }
	unzip := func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }
	tests := map[string]struct {
		path, accept, want string
		decode             func(io.Reader) (io.Reader, error)
		body               []byte
	}{
		"a browser":          {"/admin/assets/index-a1.js", "gzip, deflate, br, zstd", "br", plain, brotlied},
		"over plain HTTP":    {"/admin/assets/index-a1.js", "gzip, deflate", "gzip", unzip, script},
		"no brotli of it":    {"/admin/", "gzip, br", "gzip", unzip, page},
		"none":               {"/admin/assets/index-a1.js", "", "", plain, script},
		"brotli is refused":  {"/admin/", "br;q=0, GZIP; q=0.5", "gzip", unzip, page},
		"all are refused":    {"/admin/", "br;q=0,gzip;q=0.0", "", plain, page},
		"a weight of no use": {"/admin/", "br;q=x", "", plain, page},
		"a font":             {"/admin/assets/font-b2.woff2", "br", "", plain, font},
	}
	h := newHandler(t)
	tags := map[string]string{}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := ask(t, h, http.MethodGet, test.path, "Accept-Encoding", test.accept)
			if coding := got.Header().Get("Content-Encoding"); coding != test.want {
				t.Fatalf("Content-Encoding: got %q, want %q", coding, test.want)
			}
			if vary := got.Header().Get("Vary"); vary != "Accept-Encoding" {
				t.Errorf("Vary: got %q, want Accept-Encoding", vary)
			}
			body, err := test.decode(got.Body)
			if err != nil {
				t.Fatalf("decoding: %v", err)
			}
			if body := read(t, body); !bytes.Equal(body, test.body) {
				t.Errorf("body: got %.40q, want %.40q", body, test.body)
			}
			tag := got.Header().Get("ETag")
			if other, taken := tags[tag]; taken && other != test.path+test.want {
				t.Errorf("the ETag %s is that of another form too", tag)
			}
			tags[tag] = test.path + test.want
		})
	}
}

func TestNotModified(t *testing.T) {
	h := newHandler(t)
	tag := ask(t, h, http.MethodGet, "/admin/", "Accept-Encoding", "gzip").Header().Get("ETag")
	again := ask(t, h, http.MethodGet, "/admin/accounts", "Accept-Encoding", "gzip", "If-None-Match", `"other", W/`+tag)
	if body := read(t, again.Body); again.Code != http.StatusNotModified || len(body) != 0 {
		t.Errorf("with its tag: got %d and %d bytes, want 304 and none", again.Code, len(body))
	}
	plain := ask(t, h, http.MethodGet, "/admin/", "If-None-Match", tag)
	if plain.Code != http.StatusOK {
		t.Errorf("with the tag of another form: got %d, want 200", plain.Code)
	}
}

func TestMethods(t *testing.T) {
	h := newHandler(t)
	if got := ask(t, h, http.MethodHead, "/admin/"); got.Code != http.StatusOK || got.Header().Get("Content-Length") != strconv.Itoa(len(page)) {
		t.Errorf("HEAD: got %d and a length of %s, want 200 and %d", got.Code, got.Header().Get("Content-Length"), len(page))
	}
	if got := ask(t, h, http.MethodPost, "/admin/accounts"); got.Code != http.StatusMethodNotAllowed || got.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: got %d and Allow %q, want 405 and GET, HEAD", got.Code, got.Header().Get("Allow"))
	}
}

// TestNotBuilt is of a binary that was built without the console.
func TestNotBuilt(t *testing.T) {
	h, err := console.Handler(fstest.MapFS{})
	if err != nil {
		t.Fatalf("Handler: %v", err)
	}
	if got := ask(t, h, http.MethodGet, "/admin/"); got.Code != http.StatusNotFound {
		t.Errorf("got %d, want 404", got.Code)
	}
}

func TestBuiltIsServed(t *testing.T) {
	build, err := console.Built()
	if err != nil {
		t.Fatalf("Built: %v", err)
	}
	if _, err := console.Handler(build); err != nil {
		t.Errorf("Handler: %v", err)
	}
}
