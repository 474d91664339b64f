package main

import (
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/net/dns/dnsmessage"
)

// dnsZone is a DNS server on a loopback address that knows TXT records.
type dnsZone struct {
	conn    net.PacketConn
	mu      sync.Mutex
	records map[string][]string // by name, with the root's dot
}

type dnsZoneKey struct{}

// serve answers until close, and returns the server's address.
func (z *dnsZone) serve() (address string, err error) {
	if z.conn, err = net.ListenPacket("udp", "127.0.0.1:0"); err != nil {
		return "", err
	}
	go func() {
		buffer := make([]byte, 1500)
		for {
			n, from, err := z.conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			if answer, err := z.answer(buffer[:n]); err == nil {
				_, _ = z.conn.WriteTo(answer, from)
			}
		}
	}()
	return z.conn.LocalAddr().String(), nil
}

func (z *dnsZone) close() { _ = z.conn.Close() }

// publish adds a TXT record of the name.
func (z *dnsZone) publish(name, text string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	name = strings.ToLower(strings.TrimSuffix(name, ".")) + "."
	z.records[name] = append(z.records[name], text)
}

func (z *dnsZone) answer(query []byte) ([]byte, error) {
	var m dnsmessage.Message
	if err := m.Unpack(query); err != nil || len(m.Questions) != 1 {
		return nil, err
	}
	question := m.Questions[0]
	z.mu.Lock()
	texts := z.records[strings.ToLower(question.Name.String())]
	z.mu.Unlock()
	reply := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: m.ID, Response: true, Authoritative: true, RecursionAvailable: true},
		Questions: m.Questions,
	}
	if len(texts) == 0 {
		reply.RCode = dnsmessage.RCodeNameError
	}
	for _, text := range texts {
		if question.Type == dnsmessage.TypeTXT {
			reply.Answers = append(reply.Answers, dnsmessage.Resource{
				Header: dnsmessage.ResourceHeader{Name: question.Name, Type: question.Type, Class: question.Class, TTL: 1},
				Body:   &dnsmessage.TXTResource{TXT: []string{text}},
			})
		}
	}
	return reply.Pack()
}

// publish puts a TXT record into the script's DNS: `dns NAME TEXT`.
func publish(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: dns NAME TEXT")
	}
	zone, _ := ts.Value(dnsZoneKey{}).(*dnsZone)
	zone.publish(args[0], args[1])
}

func TestDNSAnswersThatAreNone(t *testing.T) {
	zone := &dnsZone{records: map[string][]string{}}
	address, err := zone.serve()
	if err != nil {
		t.Fatal(err)
	}
	zone.publish("here.example", "text")
	resolver, err := newDNS(address)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := resolver.LookupTXT(t.Context(), "here.example"); err != nil || len(got) != 1 || got[0] != "text" {
		t.Errorf("got %q and %v, want the record", got, err)
	}
	if got, err := resolver.LookupTXT(t.Context(), "gone.example"); err == nil {
		t.Errorf("a name that does not exist: got %q, want an error", got)
	}
	zone.close()
	if got, err := resolver.LookupTXT(t.Context(), "here.example"); err == nil {
		t.Errorf("a server that is gone: got %q, want an error", got)
	}
	if _, err := resolver.LookupTXT(t.Context(), "here.example"); err == nil || !strings.Contains(err.Error(), " on "+address) {
		t.Errorf("a server that is gone: got %v, want an error that names %s", err, address)
	}
	for _, server := range []string{"127.0.0.1", "x:y:z", "::1"} {
		if _, err := newDNS(server); err == nil {
			t.Errorf("newDNS(%q): got no error", server)
		}
	}
}
