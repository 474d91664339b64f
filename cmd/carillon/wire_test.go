package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// dial connects to the server as clients do that speak HTTP by themselves.
func (s *server) dial(tb testing.TB) net.Conn {
	tb.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.endpoint, "http://"))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		tb.Fatal(err)
	}
	return conn
}

// readAnswer reads the answer to a request of the method.
func readAnswer(tb testing.TB, conn net.Conn, method string) (answer, string) {
	tb.Helper()
	resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		tb.Fatalf("reading the answer: %v", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		tb.Fatalf("reading the answer's body: %v", err)
	}
	return answer{resp.StatusCode, resp.Header, string(body)}, resp.Proto
}

// head is the head of a request as it goes over the wire, up to the last line, to
// which more can be added.
func head(tb testing.TB, req *http.Request, target, proto string) string {
	tb.Helper()
	var text strings.Builder
	fmt.Fprintf(&text, "%s %s %s\r\nHost: %s\r\n", req.Method, target, proto, req.URL.Host)
	if req.ContentLength > 0 {
		fmt.Fprintf(&text, "Content-Length: %d\r\n", req.ContentLength)
	}
	if err := req.Header.Write(&text); err != nil {
		tb.Fatal(err)
	}
	return text.String()
}

// write sends text over a connection.
func write(tb testing.TB, conn net.Conn, text string) {
	tb.Helper()
	if _, err := io.WriteString(conn, text); err != nil {
		tb.Fatalf("sending: %v", err)
	}
}

// raw sends a request with that first line, which is signed for the path, and
// reads the answer.
func (s *server) raw(tb testing.TB, method, target, path, proto string) (answer, string) {
	tb.Helper()
	req, err := sign(tb.Context(), root, method, s.endpoint+path, "")
	if err != nil {
		tb.Fatal(err)
	}
	conn := s.dial(tb)
	write(tb, conn, head(tb, req, target, proto)+"\r\n")
	return readAnswer(tb, conn, method)
}

// TestPaths: what a mux would redirect, or a client sign in another form than it
// sends, is refused before anything else is looked at.
func TestPaths(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	id := s.createAccount(t, "A")
	for _, c := range []struct {
		path      string
		status    int
		exception string
	}{
		{"/accounts", 200, ""},
		{"/console/accounts", 200, ""},
		{"/accounts/" + id, 200, ""},
		{"/console/accounts/" + id, 200, ""},
		// Under the API's paths: no empty segment, not even the last, no dot segment.
		{"/accounts/", 400, "BadRequestException"},
		{"/console/accounts/", 400, "BadRequestException"},
		{"//accounts", 400, "BadRequestException"},
		{"/console//accounts", 400, "BadRequestException"},
		{"/accounts//users", 400, "BadRequestException"},
		{"/accounts/" + id + "/", 400, "BadRequestException"},
		{"/accounts/" + id + "//users", 400, "BadRequestException"},
		{"/accounts/.", 400, "BadRequestException"},
		{"/accounts/..", 400, "BadRequestException"},
		{"/accounts/x/../" + id, 400, "BadRequestException"},
		{"/accounts/x/%2e%2e/" + id, 400, "BadRequestException"},
		{"/accounts/%2E/users", 400, "BadRequestException"},
		{"/accounts/.%2e/users", 400, "BadRequestException"},
		{"/console/accounts/%2e%2E/users", 400, "BadRequestException"},
		{"/console/../accounts", 400, "BadRequestException"},
		// Paths of the API that are not served yet are the API's too.
		{"/phone-numbers/", 400, "BadRequestException"},
		{"/console/phone-numbers//x", 400, "BadRequestException"},
		// Elsewhere only the last segment may be empty.
		{"/", 404, "UnknownOperationException"},
		{"/elsewhere/", 404, "UnknownOperationException"},
		{"/console/", 404, "UnknownOperationException"},
		{"/elsewhere//", 400, "BadRequestException"},
		{"/elsewhere//x", 400, "BadRequestException"},
		{"/elsewhere/../accounts", 400, "BadRequestException"},
		{"/elsewhere/%2e%2e/accounts", 400, "BadRequestException"},
		// Dots within a name, and escaped slashes, are a name's business.
		{"/accounts/...", 404, "NotFoundException"},
		{"/accounts/a.b", 404, "NotFoundException"},
		{"/accounts/x%2F..%2F" + id, 404, "NotFoundException"},
		{"/accounts%2F" + id, 404, "UnknownOperationException"},
	} {
		got, _ := s.raw(t, "GET", c.path, c.path, "HTTP/1.1")
		wantAnswer(t, c.path, got, c.status, c.exception)
		if got.header.Get("x-amzn-RequestId") == "" || got.header.Get("Date") == "" {
			t.Errorf("%s: the answer has no request id or no date: %v", c.path, got.header)
		}
		if got.status == http.StatusBadRequest && got.member(t, "Code") != "BadRequest" {
			t.Errorf("%s: got the body %s, want the Code BadRequest", c.path, got.body)
		}
	}
}

// TestMethodsAndForms: requests that are HTTP, but not as the usual clients make it.
func TestMethodsAndForms(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	for _, c := range []struct {
		name, method, target, proto string
		status                      int
		exception                   string
	}{
		{"HTTP/1.0", "GET", "/accounts", "HTTP/1.0", 200, ""},
		{"the absolute form", "GET", s.endpoint + "/accounts", "HTTP/1.1", 200, ""},
		{"the absolute form without a path", "GET", s.endpoint, "HTTP/1.1", 400, "BadRequestException"},
		{"HEAD", "HEAD", "/accounts", "HTTP/1.1", 404, "UnknownOperationException"},
		{"OPTIONS", "OPTIONS", "/accounts", "HTTP/1.1", 404, "UnknownOperationException"},
		{"PATCH", "PATCH", "/accounts", "HTTP/1.1", 404, "UnknownOperationException"},
		{"a method of nobody's", "SUSPEND", "/accounts", "HTTP/1.1", 404, "UnknownOperationException"},
		{"a method in lower case", "get", "/accounts", "HTTP/1.1", 404, "UnknownOperationException"},
	} {
		got, proto := s.raw(t, c.method, c.target, "/accounts", c.proto)
		wantAnswer(t, c.name, got, c.status, c.exception)
		if c.proto == "HTTP/1.0" && proto != "HTTP/1.0" {
			t.Errorf("%s: got an answer in %s", c.name, proto)
		}
		if got.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: pages of any origin may read the answer", c.name)
		}
	}
	// Without a signature nobody learns what there is.
	for _, line := range []string{"OPTIONS /accounts HTTP/1.1", "HEAD / HTTP/1.1", "GET /nothing HTTP/1.1", "DELETE /accounts/x HTTP/1.1"} {
		conn := s.dial(t)
		fmt.Fprintf(conn, "%s\r\nHost: x\r\n\r\n", line)
		method, _, _ := strings.Cut(line, " ")
		got, _ := readAnswer(t, conn, method)
		wantAnswer(t, line, got, 403, "MissingAuthenticationTokenException")
	}
	// What is not HTTP at all is the library's to refuse; the server lives on.
	for _, text := range []string{"\x16\x03\x01\x02\x00\x01\x00", "GET /accounts HTTP/1.1\r\n\r\n", "CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n\r\n"} {
		conn := s.dial(t)
		fmt.Fprintf(conn, "%s\r\n\r\n", text)
		if got, _ := readAnswer(t, conn, "GET"); got.status != http.StatusBadRequest {
			t.Errorf("%q: got %d, want 400", text, got.status)
		}
	}
	s.mustCall(t, "GET", "/accounts", "")
}

// TestBodyLength: a body may have 1 MiB, whether or not it tells its length.
func TestBodyLength(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	for _, c := range []struct {
		name      string
		length    int
		chunked   bool
		status    int
		exception string
	}{
		{"1 MiB", 1 << 20, false, 201, ""},
		{"1 MiB in chunks", 1 << 20, true, 201, ""},
		{"1 MiB and a byte", 1<<20 + 1, false, 413, "RequestEntityTooLargeException"},
		{"1 MiB and a byte in chunks", 1<<20 + 1, true, 413, "RequestEntityTooLargeException"},
	} {
		body := `{"Name":"A"}`
		body += strings.Repeat(" ", c.length-len(body))
		stream := io.Reader(strings.NewReader(body))
		if c.chunked {
			stream = io.MultiReader(stream) // whose length nobody knows
		}
		req, err := signStream(t.Context(), root, "POST", s.endpoint+"/accounts", body, stream, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		got, err := send(http.DefaultClient, req)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		wantAnswer(t, c.name, got, c.status, c.exception)
	}
	if got := s.mustCall(t, "GET", "/accounts", "").body; strings.Count(got, `"AccountId"`) != 2 {
		t.Errorf("got %s, want the two accounts of the bodies that were short enough", got)
	}
}

// TestSlowClients: who sends slowly is cut off, in the head and in the body, and
// the others are served meanwhile.
func TestSlowClients(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--request-timeout", "2s")
	body := `{"Name":"Slow"}`
	req, err := sign(t.Context(), root, "POST", s.endpoint+"/accounts", body)
	if err != nil {
		t.Fatal(err)
	}
	slowBody, slowHead := s.dial(t), s.dial(t)
	write(t, slowBody, head(t, req, "/accounts", "HTTP/1.1")+"\r\n"+body[:1])
	write(t, slowHead, "GET /accounts HTTP/1.1\r\nHost: x\r\n")
	s.mustCall(t, "GET", "/accounts", "")
	if text, err := io.ReadAll(slowHead); err != nil || strings.Contains(string(text), "200 OK") {
		t.Errorf("who did not finish the head got %q, %v", text, err)
	}
	got, _ := readAnswer(t, slowBody, "POST")
	wantAnswer(t, "who did not finish the body", got, 408, "RequestTimeoutException")
	if body := s.mustCall(t, "GET", "/accounts", "").body; strings.Contains(body, "Slow") {
		t.Errorf("half a body made an account: %s", body)
	}
}

// begin sends the head of a request with the body, and returns when the server is
// at work on it and asks for the body.
func (s *server) begin(tb testing.TB, body string) (net.Conn, *bufio.Reader) {
	tb.Helper()
	req, err := sign(tb.Context(), root, "POST", s.endpoint+"/accounts", body)
	if err != nil {
		tb.Fatal(err)
	}
	conn := s.dial(tb)
	write(tb, conn, head(tb, req, "/accounts", "HTTP/1.1")+"Expect: 100-continue\r\n\r\n")
	answers := bufio.NewReader(conn)
	line, err := answers.ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "HTTP/1.1 100 ") {
		tb.Fatalf("got %q, %v, want 100 Continue", line, err)
	}
	if _, err := answers.ReadString('\n'); err != nil {
		tb.Fatal(err)
	}
	return conn, answers
}

// TestShutdown: the server finishes what is in flight, and takes nothing new.
func TestShutdown(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	const body = `{"Name":"Last"}`
	conn, answers := s.begin(t, body)
	s.cancel()
	eventually(t, "the server takes no new connection", func() bool {
		fresh, err := net.Dial("tcp", strings.TrimPrefix(s.endpoint, "http://"))
		if err == nil {
			fresh.Close()
		}
		return err != nil
	})
	write(t, conn, body)
	resp, err := http.ReadResponse(answers, nil)
	if err != nil {
		t.Fatalf("what was in flight was not finished: %v", err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		t.Errorf("what was in flight got %d, want 201", resp.StatusCode)
	}
	s.stop(t)
	if listed := s.command(t, "accounts", "list"); !strings.Contains(listed, "Last") {
		t.Errorf("what was acknowledged is not there:\n%s", listed)
	}
}

// TestSecondSignal: who does not want to wait for what is in flight says so twice.
func TestSecondSignal(t *testing.T) {
	t.Parallel()
	s := startProcess(t, newDatabase(t), environment(), nil)
	s.begin(t, `{"Name":"Never"}`)
	s.cancel()
	eventually(t, "the server shuts down", func() bool { return len(s.stderr.log(t, "shutting down")) > 0 })
	eventually(t, "the server is gone", func() bool {
		s.cancel()
		select {
		case <-s.done:
			return true
		default:
			return false
		}
	})
	if s.err == nil || !strings.Contains(s.err.Error(), "terminated") {
		t.Errorf("the server ended with %v, want it terminated by the signal", s.err)
	}
	s.err = nil
}
