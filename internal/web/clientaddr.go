package web

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// clientAddr returns where the request came from: the peer, or, when the peer is
// a trusted proxy, the last address of X-Forwarded-For that is not one. What
// stands further left was written by whoever sent the request and proves
// nothing. Without an address (a Unix socket) it returns the zero Addr.
func clientAddr(r *http.Request, trusted []netip.Prefix) netip.Addr {
	client := parseAddr(r.RemoteAddr)
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !contains(trusted, client) {
			return client
		}
		before := parseAddr(strings.TrimSpace(hop))
		if !before.IsValid() {
			return client
		}
		client = before
	}
	return client
}

func contains(prefixes []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(a) })
}

// parseAddr reads an address with or without port and brackets. An IPv4 address
// in IPv6 clothes is undressed, so that one client has one address.
func parseAddr(s string) netip.Addr {
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap()
	}
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap()
}

func addrText(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}
