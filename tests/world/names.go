package world

import (
	"net"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// NameServer is a DNS server that has TXT records.
type NameServer struct {
	address string

	mu      sync.Mutex
	records map[string]string // by name, with the closing dot
}

func newNameServer(tb testing.TB) *NameServer {
	tb.Helper()
	conn := Must(net.ListenPacket("udp", "127.0.0.1:0"))(tb)
	n := &NameServer{address: conn.LocalAddr().String(), records: map[string]string{}}
	tb.Cleanup(func() { _ = conn.Close() })
	go func() {
		packet := make([]byte, 4096)
		for {
			size, from, err := conn.ReadFrom(packet)
			if err != nil {
				return
			}
			if answer, err := n.answer(packet[:size]); err == nil {
				_, _ = conn.WriteTo(answer, from)
			}
		}
	}()
	return n
}

// Set makes a record, as an organization does at its DNS host.
func (n *NameServer) Set(name, value string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.records[strings.TrimSuffix(name, ".")+"."] = value
}

func (n *NameServer) answer(query []byte) ([]byte, error) {
	var message dnsmessage.Message
	if err := message.Unpack(query); err != nil {
		return nil, err
	}
	message.Response, message.Authoritative, message.Additionals = true, true, nil
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, q := range message.Questions {
		value, known := n.records[q.Name.String()]
		if !known {
			message.RCode = dnsmessage.RCodeNameError
			continue
		}
		if q.Type == dnsmessage.TypeTXT {
			message.Answers = append(message.Answers, dnsmessage.Resource{
				Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 60},
				Body:   &dnsmessage.TXTResource{TXT: []string{value}},
			})
		}
	}
	return message.Pack()
}
