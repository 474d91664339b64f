package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/carillon-id/carillon/internal/directory"
)

// dnsTimeout bounds one look-up, repeats and TCP included.
const dnsTimeout = 10 * time.Second

// dns looks up TXT records in the DNS, in no hosts file and with no search list.
type dns struct {
	resolver *net.Resolver
	server   string // "" for the machine's
}

// newDNS asks the machine's servers for "", else the one at HOST:PORT.
func newDNS(server string) (directory.Resolver, error) {
	resolver := &net.Resolver{PreferGo: true}
	if server != "" {
		if _, _, err := net.SplitHostPort(server); err != nil {
			return nil, fmt.Errorf("--dns-resolver %q: say HOST:PORT, such as 127.0.0.1:53", server)
		}
		resolver.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, server)
		}
	}
	return dns{resolver, server}, nil
}

// LookupTXT implements directory.Resolver.
func (d dns) LookupTXT(ctx context.Context, name string) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, dnsTimeout)
	defer cancel()
	texts, err := d.resolver.LookupTXT(ctx, name+".")
	var failure *net.DNSError
	if d.server != "" && errors.As(err, &failure) {
		failure.Server = d.server // and not the machine's, which was not asked
	}
	return texts, err
}
