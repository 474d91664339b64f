package postgres_test

import (
	"net"
	"sync"
	"testing"
)

// proxy stands between a pool and its server and counts journeys: how often
// something goes to the server after the last of its answers.
type proxy struct {
	listener net.Listener
	server   string

	mu       sync.Mutex
	changed  *sync.Cond
	asking   map[net.Conn]bool // whose last word was the client's
	journeys int
	limit    int // more journeys wait; 0 for none
}

// newProxy returns a proxy and the URL of the database behind it.
func newProxy(tb testing.TB, database string) (p *proxy, behind string) {
	tb.Helper()
	u := mustParse(tb, database)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	p = &proxy{listener: listener, server: u.Host, asking: map[net.Conn]bool{}}
	p.changed = sync.NewCond(&p.mu)
	var group sync.WaitGroup
	group.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return // closed
			}
			group.Go(func() { p.serve(client) })
		}
	})
	tb.Cleanup(func() {
		listener.Close()
		p.allow(0)
		group.Wait()
	})
	u.Host = listener.Addr().String()
	return p, u.String()
}

func (p *proxy) serve(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", p.server)
	if err != nil {
		return
	}
	defer server.Close()
	go func() {
		defer client.Close()
		pump(client, server, func() { p.answer(client) })
	}()
	pump(server, client, func() { p.ask(client) })
}

func pump(to, from net.Conn, before func()) {
	buffer := make([]byte, 1<<20)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		before()
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func (p *proxy) ask(client net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.asking[client] {
		p.asking[client] = true
		p.journeys++
	}
	for p.limit > 0 && p.journeys > p.limit {
		p.changed.Wait()
	}
}

func (p *proxy) answer(client net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asking[client] = false
}

// allow lets so many journeys happen from now on; more of them wait for the next
// allow. 0 lets all.
func (p *proxy) allow(journeys int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.journeys, p.limit = 0, journeys
	p.changed.Broadcast()
}
