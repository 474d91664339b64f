package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/reqctx"
	"github.com/carillon-id/carillon/internal/web"
)

// writeError answers with the text of the error, and with a status of its own
// for each refusal of the package.
func writeError(w http.ResponseWriter, _ *http.Request, err error) {
	status := http.StatusInternalServerError
	for want, s := range map[error]int{
		web.ErrPath:           http.StatusBadRequest,
		web.ErrBodyTooLarge:   http.StatusRequestEntityTooLarge,
		web.ErrBodyTooSlow:    http.StatusRequestTimeout,
		web.ErrBodyIncomplete: http.StatusUnprocessableEntity,
	} {
		if errors.Is(err, want) {
			status = s
		}
	}
	http.Error(w, err.Error(), status)
}

// options returns Options that log into the buffer.
func options(log *bytes.Buffer) web.Options {
	return web.Options{Logger: slog.New(slog.NewJSONHandler(log, nil)), WriteError: writeError}
}

func TestRequestIDAndAccessLog(t *testing.T) {
	var log bytes.Buffer
	o := options(&log)
	ticks := []time.Time{time.UnixMilli(1000), time.UnixMilli(1042)}
	o.Now = func() time.Time {
		now := ticks[0]
		ticks = ticks[1:]
		return now
	}
	var observed string
	o.Observe = func(op string, status int, d time.Duration) {
		observed = op + " " + http.StatusText(status) + " " + d.String()
	}
	h := web.Chain(o, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		req := reqctx.From(r.Context())
		req.Operation, req.Account, req.Principal = "GetUser", "acc", "arn:aws:iam::111122223333:root"
		w.WriteHeader(http.StatusCreated)
	}))
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest("GET", "/accounts/secret-path?X-Amz-Signature=secret-query", nil))

	var id string
	for name, values := range rec.Header() {
		if name == web.HeaderRequestID { // spelled like this, too
			id = values[0]
		}
	}
	if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(id) {
		t.Errorf("request id: got %q, want a lower-case UUIDv4", id)
	}
	var line map[string]any
	if err := json.Unmarshal(log.Bytes(), &line); err != nil {
		t.Fatalf("the log %q is not one JSON line: %v", log.String(), err)
	}
	for key, want := range map[string]any{
		"request_id": id, "method": "GET", "operation": "GetUser", "account": "acc", "status": 201.0,
		"principal": "arn:aws:iam::111122223333:root", "client": "192.0.2.1", "duration_ms": 42.0,
	} {
		if line[key] != want {
			t.Errorf("log member %s: got %v, want %v", key, line[key], want)
		}
	}
	if strings.Contains(log.String(), "secret") {
		t.Errorf("the log holds path or query: %s", log.String())
	}
	if want := "GetUser Created 42ms"; observed != want {
		t.Errorf("observed: got %q, want %q", observed, want)
	}
}

func TestHandlerErrorIsWritten(t *testing.T) {
	h := web.Adapt(func(http.ResponseWriter, *http.Request) error { return web.ErrPath }, writeError)
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest("GET", "/", nil))
	if rec.Code != http.StatusBadRequest {
		t.Errorf("status: got %d, want 400", rec.Code)
	}
}

func TestPanicBecomesAnError(t *testing.T) {
	var log bytes.Buffer
	h := web.Chain(options(&log), http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("boom") }))
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest("GET", "/", nil))
	if rec.Code != http.StatusInternalServerError {
		t.Errorf("status: got %d, want 500", rec.Code)
	}
	if body := rec.Body.String(); !strings.Contains(body, "boom") || !strings.Contains(body, "web_test.go") {
		t.Errorf("the error %q holds no panic value or no stack", body)
	}
	if !strings.Contains(log.String(), `"status":500`) {
		t.Errorf("access log: got %s, want status 500", log.String())
	}
}

func TestPanicAfterTheAnswerBeganCutsTheConnection(t *testing.T) {
	var log bytes.Buffer
	h := web.Chain(options(&log), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "half")
		panic("boom")
	}))
	defer func() {
		if got, ok := recover().(error); !ok || !errors.Is(got, http.ErrAbortHandler) {
			t.Errorf("recovered %v, want http.ErrAbortHandler", got)
		}
		if !strings.Contains(log.String(), "boom") {
			t.Errorf("the log does not tell of the panic: %s", &log)
		}
	}()
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
}

func TestDeadlineReachesTheHandler(t *testing.T) {
	var log bytes.Buffer
	o := options(&log)
	o.Timeout = time.Nanosecond
	var got error
	h := web.Chain(o, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		got = r.Context().Err()
	}))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	if !errors.Is(got, context.DeadlineExceeded) {
		t.Errorf("the context's error: got %v, want %v", got, context.DeadlineExceeded)
	}
}

func TestPathGuard(t *testing.T) {
	tests := []struct {
		path string
		ok   bool
	}{
		{"/accounts", true},
		{"/accounts/a%2Fb/users", true},
		{"/accounts/a%20b%C3%A9", true},
		{"/accounts/...", true},
		{"/accounts/.a", true},
		{"/console/accounts/x", true},
		{"/accounts/", false},
		{"/accounts//users", false},
		{"/console/accounts/", false},
		{"/console//accounts", false},
		{"//accounts", false},
		{"/accounts/.", false},
		{"/accounts/../x", false},
		{"/accounts/%2e%2e/x", false},
		{"/accounts/%2E%2e", false},
		{"/accounts/.%2E/x", false},
		{"/accounts/%2e/users", false},
		{"/", true},
		{"/console/", true},
		{"/console", true},
		{"/ui/", true},
		{"/ui//x", false},
		{"/ui//", false},
		{"/ui/../x", false},
		{"/ui/%2e%2e", false},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			var log bytes.Buffer
			o := options(&log)
			o.StrictRoots = []string{"accounts", "settings"}
			reached := false
			h := web.Chain(o, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, httptest.NewRequest("GET", tt.path+"?a=/../b", nil))
			if reached != tt.ok || (rec.Code == http.StatusOK) != tt.ok {
				t.Errorf("got reached %v and status %d, want let through: %v", reached, rec.Code, tt.ok)
			}
		})
	}
}

func TestRawPathIsThePathAsSent(t *testing.T) {
	var got string
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = web.RawPath(r.URL) }))
	defer srv.Close()
	for _, path := range []string{"/a/b", "/a%2Fb/c", "/a%2fb", "/é%2Fb", "/%7Euser", "/a+b%20c"} {
		exchange(t, srv.Listener.Addr().String(), "GET "+path+"?q HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		if got != path {
			t.Errorf("got %q, want %q", got, path)
		}
	}
}

// exchange sends bytes over a connection of its own and returns all that comes back.
func exchange(t *testing.T, addr, request string) string {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

// readingChain is a server whose handler reads the body and answers its length.
func readingChain(t *testing.T, o web.Options) string {
	t.Helper()
	srv := httptest.NewServer(web.Chain(o, web.Adapt(func(w http.ResponseWriter, r *http.Request) error {
		body, err := web.ReadBody(w, r)
		if err != nil {
			return err
		}
		_, err = io.WriteString(w, strings.Repeat("x", len(body)))
		return err
	}, writeError)))
	t.Cleanup(srv.Close)
	return srv.Listener.Addr().String()
}

func TestReadBody(t *testing.T) {
	tests := []struct {
		name, request, want string
	}{
		{"none", "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 200"},
		{"at the limit", "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 8\r\n\r\n12345678", "HTTP/1.1 200"},
		{"over the limit", "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 9\r\n\r\n123456789", "HTTP/1.1 413"},
		{
			"over the limit in chunks",
			"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n123456789\r\n0\r\n\r\n", "HTTP/1.1 413",
		},
		{"bad chunks", "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n", "HTTP/1.1 422"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var log bytes.Buffer
			o := options(&log)
			o.MaxBody = 8
			if got := exchange(t, readingChain(t, o), tt.request); !strings.HasPrefix(got, tt.want) {
				t.Errorf("got %q, want it to begin with %q", got, tt.want)
			}
		})
	}
}

func TestSlowBodyIsCutOff(t *testing.T) {
	var log bytes.Buffer
	o := options(&log)
	o.Timeout = 50 * time.Millisecond
	got := exchange(t, readingChain(t, o), "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\n1234")
	if want := "HTTP/1.1 408"; !strings.HasPrefix(got, want) {
		t.Errorf("got %q, want it to begin with %q", got, want)
	}
}

func TestClientAddress(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::/32")}
	tests := []struct {
		name, peer string
		forwarded  []string
		want       string
	}{
		{"a stranger's header does not count", "198.51.100.7:99", []string{"203.0.113.5"}, "198.51.100.7"},
		{"no header", "192.0.2.1:99", nil, "192.0.2.1"},
		{"one proxy", "192.0.2.1:99", []string{"203.0.113.5"}, "203.0.113.5"},
		{"what stands left is the client's word", "192.0.2.1:99", []string{"10.0.0.1, 203.0.113.5"}, "203.0.113.5"},
		{"a chain of proxies", "192.0.2.1:99", []string{"203.0.113.5, 192.0.2.9,192.0.2.8"}, "203.0.113.5"},
		{"several header lines", "192.0.2.1:99", []string{"203.0.113.5", "192.0.2.9"}, "203.0.113.5"},
		{"all trusted", "192.0.2.1:99", []string{"192.0.2.7, 192.0.2.9"}, "192.0.2.7"},
		{"garbage ends the walk", "192.0.2.1:99", []string{"203.0.113.5, unknown, 192.0.2.9"}, "192.0.2.9"},
		{"ports and brackets", "[2001:db8::1]:99", []string{"[2001:4860::8]:443"}, "2001:4860::8"},
		{"brackets alone", "192.0.2.1:99", []string{"[2001:4860::8]"}, "2001:4860::8"},
		{"mapped IPv4", "[::ffff:192.0.2.1]:99", []string{"::ffff:203.0.113.5"}, "203.0.113.5"},
		{"a Unix socket", "@", []string{"203.0.113.5"}, "invalid IP"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var log bytes.Buffer
			o := options(&log)
			o.TrustedProxies = trusted
			var got netip.Addr
			h := web.Chain(o, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				got = reqctx.From(r.Context()).ClientAddr
			}))
			r := httptest.NewRequest("GET", "/", nil)
			r.RemoteAddr = tt.peer
			r.Header["X-Forwarded-For"] = tt.forwarded
			h.ServeHTTP(httptest.NewRecorder(), r)
			if got.String() != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}
