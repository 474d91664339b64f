// Package outbound is the one HTTP client for calls that the server makes to
// addresses that others chose: apps' back-channel logout, providers' discovery,
// keys and tokens.
//
// It owns where such a call may go and how long and large it may become: addresses
// are checked when they are dialed, so that no name can be made to point elsewhere
// after a check; there are no redirects, no proxy and no cookies.
package outbound

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// The bounds of a call.
const (
	// Timeout bounds a call from its beginning to the end of the answer's body.
	Timeout = 10 * time.Second
	// MaxBody bounds an answer's body, in bytes.
	MaxBody = 1 << 20

	dialTimeout   = 5 * time.Second
	maxHeaders    = 64 << 10
	maxPerHost    = 32
	idleTimeout   = 30 * time.Second
	idlePerServer = 4
)

// ErrPrivate says that an address is not on the public Internet.
var ErrPrivate = errors.New("the address is private; --allow-private-callbacks lets calls go there")

// ErrTooLarge says that an answer was longer than MaxBody.
var ErrTooLarge = errors.New("the answer is too large")

// errRedirect says why a redirect is an error.
var errRedirect = errors.New("the answer is a redirect, which is not followed")

// NewClient returns the client. With allowPrivate it may call addresses that are
// not on the public Internet too.
func NewClient(allowPrivate bool) *http.Client {
	dialer := &net.Dialer{Timeout: dialTimeout}
	if !allowPrivate {
		dialer.ControlContext = refusePrivate
	}
	return &http.Client{
		Timeout: Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return errRedirect
		},
		Transport: bounded{&http.Transport{
			DialContext:            dialer.DialContext,
			TLSHandshakeTimeout:    dialTimeout,
			ResponseHeaderTimeout:  Timeout,
			MaxResponseHeaderBytes: maxHeaders,
			MaxConnsPerHost:        maxPerHost,
			MaxIdleConnsPerHost:    idlePerServer,
			IdleConnTimeout:        idleTimeout,
			ForceAttemptHTTP2:      true,
		}},
	}
}

// refusePrivate is asked about each address just before it is connected to.
func refusePrivate(_ context.Context, _, address string, _ syscall.RawConn) error {
	parsed, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("dialing %s: %w", address, err)
	}
	if !public(parsed.Addr()) {
		return fmt.Errorf("dialing %s: %w", parsed.Addr(), ErrPrivate)
	}
	return nil
}

// special are the networks beside those that netip knows by name, and among the
// global unicast addresses of IPv6, which are not on the public Internet (IANA's
// registries of special-purpose addresses).
func special() []netip.Prefix {
	var prefixes []netip.Prefix
	for _, text := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
		"198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
	} {
		prefixes = append(prefixes, netip.MustParsePrefix(text))
	}
	return prefixes
}

// public reports an address that anybody on the Internet can reach.
func public(addr netip.Addr) bool {
	addr = addr.Unmap()
	if addr.Zone() != "" || !addr.IsGlobalUnicast() || addr.IsPrivate() || addr.IsLoopback() || addr.IsLinkLocalUnicast() {
		return false
	}
	// All that IANA gives out of IPv6. Beside it are, among others, addresses that stand
	// for IPv4 ones (::/96, 64:ff9b::/96), and site-local ones.
	if addr.Is6() && !netip.MustParsePrefix("2000::/3").Contains(addr) {
		return false
	}
	for _, prefix := range special() {
		if prefix.Contains(addr) {
			return false
		}
	}
	return true
}

// bounded cuts answers off at MaxBody.
type bounded struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := b.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	response.Body = &body{ReadCloser: response.Body, left: MaxBody}
	return response, nil
}

// body is an answer's body that fails when it is too long.
type body struct {
	io.ReadCloser
	left int
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left+1)])
	if n > b.left {
		return b.left, ErrTooLarge
	}
	b.left -= n
	return n, err
}
