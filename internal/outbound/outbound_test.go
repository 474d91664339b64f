package outbound_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/carillon-id/carillon/internal/outbound"
)

// TestMain sets a proxy before the first call, after which net/http looks for none.
func TestMain(m *testing.M) {
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "the proxy")
	}))
	if err := os.Setenv("HTTP_PROXY", proxy.URL); err != nil {
		panic(err)
	}
	code := m.Run()
	proxy.Close()
	os.Exit(code)
}

func get(t *testing.T, c *http.Client, url string) (string, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := c.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return string(text), err
}

func TestPrivateAddressesAreRefused(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("a private server was called")
	}))
	defer server.Close()
	port := server.URL[strings.LastIndexByte(server.URL, ':'):]
	for _, host := range []string{
		"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254",
		"100.64.0.1", "0.0.0.0", "[::]", "[fe80::1]", "[fd00::1]", "[64:ff9b::7f00:1]", "224.0.0.1", "255.255.255.255", "198.18.0.1",
		"[::127.0.0.1]", "[64:ff9b:1::1]", "[fec0::1]", "[2002:7f00:1::]", "[2001::1]", "[2001:db8::1]", "[3fff::1]", "[100::1]", "[4000::1]",
	} {
		_, err := get(t, outbound.NewClient(false), "http://"+host+port+"/")
		if !errors.Is(err, outbound.ErrPrivate) {
			t.Errorf("calling %s: got %v, want ErrPrivate", host, err)
		}
	}
}

func TestPrivateAddressesWhereAllowed(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "here")
	}))
	defer server.Close()
	got, err := get(t, outbound.NewClient(true), server.URL)
	if err != nil || got != "here" {
		t.Errorf("got %q and %v, want %q", got, err, "here")
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/there" {
			t.Error("the redirect was followed")
		}
		http.Redirect(w, r, "/there", http.StatusFound)
	}))
	defer server.Close()
	if got, err := get(t, outbound.NewClient(true), server.URL); err == nil {
		t.Errorf("got %q, want an error", got)
	}
}

func TestProxiesAreNotUsed(t *testing.T) {
	if got, err := get(t, outbound.NewClient(true), "http://carillon.invalid/"); err == nil {
		t.Errorf("a name that does not exist: got %q, want an error", got)
	}
	if _, err := get(t, http.DefaultClient, "http://carillon.invalid/"); err != nil {
		t.Errorf("the test's own proxy is not used by those who use one: %v", err)
	}
}

func TestAnswersAreBounded(t *testing.T) {
	for _, c := range []struct {
		size int
		want error
	}{
		{outbound.MaxBody, nil},
		{outbound.MaxBody + 1, outbound.ErrTooLarge},
		{10 * outbound.MaxBody, outbound.ErrTooLarge},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, strings.Repeat("x", c.size))
		}))
		got, err := get(t, outbound.NewClient(true), server.URL)
		if !errors.Is(err, c.want) || len(got) > outbound.MaxBody {
			t.Errorf("an answer of %d bytes: got %d bytes and %v, want %v", c.size, len(got), err, c.want)
		}
		server.Close()
	}
}
