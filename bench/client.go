package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// client is one connection that is kept alive, with one request at a time. It
// speaks as much HTTP/1.1 as the servers here answer with.
type client struct {
	conn   net.Conn
	reader *bufio.Reader
	signer signer
	body   []byte // of the request
	answer []byte
}

func dial(address string) (*client, error) {
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(context.Background(), "tcp", address)
	if err != nil {
		return nil, err
	}
	return &client{conn: conn, reader: bufio.NewReaderSize(conn, 64<<10), signer: signer{host: address}}, nil
}

func (c *client) close() { _ = c.conn.Close() }

// do sends a request and returns the answer's body, which is good until the next
// one. Any status but 200 is an error.
func (c *client) do(method, path, query string, body []byte) ([]byte, error) {
	return c.exchange(c.signer.request(method, path, query, body), method, path)
}

// exchange sends the bytes of a request, as do does.
func (c *client) exchange(request []byte, method, path string) ([]byte, error) {
	if _, err := c.conn.Write(request); err != nil {
		return nil, fmt.Errorf("sending a request: %w", err)
	}
	status, length, err := c.header()
	if err != nil {
		return nil, fmt.Errorf("reading an answer: %w", err)
	}
	if cap(c.answer) < length {
		c.answer = make([]byte, length)
	}
	c.answer = c.answer[:length]
	if _, err := io.ReadFull(c.reader, c.answer); err != nil {
		return nil, fmt.Errorf("reading an answer: %w", err)
	}
	if status != http.StatusOK {
		return nil, fmt.Errorf("%s %s was answered with %d: %.300s", method, path, status, c.answer)
	}
	return c.answer, nil
}

var contentLength = []byte("Content-Length: ")

func (c *client) header() (status, length int, err error) {
	line, err := c.reader.ReadSlice('\n')
	if err != nil {
		return 0, 0, err
	}
	if len(line) < 12 {
		return 0, 0, fmt.Errorf("the answer begins with %q", line)
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, 0, err
	}
	length = -1
	for {
		if line, err = c.reader.ReadSlice('\n'); err != nil {
			return 0, 0, err
		}
		if len(line) <= 2 {
			break
		}
		if value, ok := bytes.CutPrefix(line, contentLength); ok {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return 0, 0, err
			}
		}
	}
	if length < 0 {
		return 0, 0, errors.New("the answer has no Content-Length")
	}
	return status, length, nil
}

var noErrors = []byte(`{"UserErrors":[]}`)

// batch sends a batch of users to an operation; no user may be refused.
func (c *client) batch(operation, account string, users []string) error {
	b := append(c.body[:0], `{"UserIdList":["`...)
	for i, user := range users {
		if i > 0 {
			b = append(b, `","`...)
		}
		b = append(b, user...)
	}
	c.body = append(b, `"]}`...)
	answer, err := c.do(http.MethodPost, "/accounts/"+account+"/users", "operation="+operation, c.body)
	if err == nil && !bytes.Equal(answer, noErrors) {
		err = fmt.Errorf("a batch was answered with %.300s", answer)
	}
	return err
}

func (c *client) getUser(account, user string) error {
	_, err := c.do(http.MethodGet, "/accounts/"+account+"/users/"+user, "", nil)
	return err
}

// listQuery is the query of a page of 100; an empty token means the first.
func listQuery(token string) string {
	if token == "" {
		return "max-results=100"
	}
	return "max-results=100&next-token=" + url.QueryEscape(token)
}

func (c *client) list(account, query string) error {
	_, err := c.do(http.MethodGet, "/accounts/"+account+"/users", query, nil)
	return err
}

const (
	introspectPath = "/oauth2/introspect"
	userinfoPath   = "/oauth2/userinfo"
)

var (
	active  = []byte(`{"active":true,`)
	subject = []byte(`{"sub":"`)
)

// introspect has the app ask about its token, which must be alive.
func (c *client) introspect(h held) error {
	const parameter = "token="
	b := c.requestLine(http.MethodPost, introspectPath, "Basic ", h.app.basic)
	b = append(b, "\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: "...)
	b = appendInt(b, len(parameter)+len(h.token))
	b = append(b, "\r\n\r\n"+parameter...)
	c.body = append(b, h.token...)
	return c.expect(http.MethodPost, introspectPath, active)
}

// userinfo asks about the person of an access token.
func (c *client) userinfo(token string) error {
	c.body = append(c.requestLine(http.MethodGet, userinfoPath, "Bearer ", token), "\r\n\r\n"...)
	return c.expect(http.MethodGet, userinfoPath, subject)
}

func (c *client) requestLine(method, path, scheme, credentials string) []byte {
	b := append(c.body[:0], method...)
	b = append(b, ' ')
	b = append(b, path...)
	b = append(b, " HTTP/1.1\r\nHost: "...)
	b = append(b, c.signer.host...)
	b = append(b, "\r\nUser-Agent: carillon-bench\r\nAuthorization: "...)
	b = append(b, scheme...)
	return append(b, credentials...)
}

// expect sends c.body, whose answer must begin as it should.
func (c *client) expect(method, path string, begin []byte) error {
	answer, err := c.exchange(c.body, method, path)
	if err == nil && !bytes.HasPrefix(answer, begin) {
		err = fmt.Errorf("%s was answered with %.300s", path, answer)
	}
	return err
}

// pages walks through the account's users and returns the query of every page.
func (c *client) pages(account string) ([]string, error) {
	queries := []string{listQuery("")}
	for {
		answer, err := c.do(http.MethodGet, "/accounts/"+account+"/users", queries[len(queries)-1], nil)
		if err != nil {
			return nil, err
		}
		var page struct{ NextToken string }
		if err := json.Unmarshal(answer, &page); err != nil {
			return nil, fmt.Errorf("reading a page: %w", err)
		}
		if page.NextToken == "" {
			return queries, nil
		}
		queries = append(queries, listQuery(page.NextToken))
	}
}

func appendInt(b []byte, n int) []byte { return strconv.AppendInt(b, int64(n), 10) }
