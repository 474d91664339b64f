package world

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"testing"
)

// Person is somebody as the provider knows them.
type Person struct {
	Sub           string   `json:"sub"`
	Name          string   `json:"name"`
	Email         string   `json:"email"`
	EmailVerified bool     `json:"email_verified"`
	Groups        []string `json:"groups,omitempty"`
}

// AtProvider sends JSON to the provider, and reads its answer into out, unless that
// is nil.
func (w *World) AtProvider(tb testing.TB, method, path string, in, out any) {
	tb.Helper()
	body := Must(json.Marshal(in))(tb)
	request := Must(http.NewRequestWithContext(tb.Context(), method, w.Provider+path, bytes.NewReader(body)))(tb)
	request.Header.Set("Content-Type", "application/json")
	client := w.Client()
	defer client.CloseIdleConnections()
	response, err := client.Do(request)
	if err != nil {
		tb.Fatal(err)
	}
	defer response.Body.Close()
	text := Must(io.ReadAll(response.Body))(tb)
	if response.StatusCode/100 != 2 {
		tb.Fatalf("%s %s: got %d with %s", method, path, response.StatusCode, text)
	}
	if out == nil {
		return
	}
	if err := json.Unmarshal(text, out); err != nil {
		tb.Fatalf("%s %s: got %s: %v", method, path, text, err)
	}
}

// Enroll has the provider know somebody, by their login.
func (w *World) Enroll(tb testing.TB, login string, p Person) {
	tb.Helper()
	w.AtProvider(tb, http.MethodPut, "/people/"+url.PathEscape(login), p, nil)
}

// Elsewhere signs in at the provider's own page.
func (p *Tab) Elsewhere(login string) {
	p.Helper()
	p.Heading("Sign in elsewhere")
	p.Fill("Login", login)
	p.Press("Sign in")
}
