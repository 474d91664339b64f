package main

import (
	"fmt"
	"time"
)

// overConnections measures n workers with a new connection each.
func overConnections(address string, n int, window time.Duration, worker func(*client) work) (sample, error) {
	clients, err := dialAll(address, n)
	if err != nil {
		return sample{}, err
	}
	defer closeAll(clients)
	workers := make([]work, n)
	for i, c := range clients {
		workers[i] = worker(c)
	}
	return measure(workers, window)
}

func dialAll(address string, n int) ([]*client, error) {
	clients := make([]*client, n)
	for i := range clients {
		var err error
		if clients[i], err = dial(address); err != nil {
			closeAll(clients[:i])
			return nil, fmt.Errorf("connecting: %w", err)
		}
	}
	return clients, nil
}

func closeAll(clients []*client) {
	for _, c := range clients {
		c.close()
	}
}

// serverBatches suspends on the server.
type serverBatches struct {
	address, account string
	clients          []*client
}

func (s *serverBatches) open(n int) (err error) {
	s.clients, err = dialAll(s.address, n)
	return err
}

func (s *serverBatches) release() { closeAll(s.clients) }

func (s *serverBatches) suspend(worker int, users []string) error {
	return s.clients[worker].batch("suspend", s.account, users)
}

func (s *serverBatches) unsuspend(worker int, users []string) error {
	return s.clients[worker].batch("unsuspend", s.account, users)
}

// rawBatches suspends over connections of the raw driver.
type rawBatches []rawConn

func (r rawBatches) open(int) error { return nil }
func (r rawBatches) release()       {}

func (r rawBatches) suspend(worker int, users []string) error   { return r[worker].suspend(users) }
func (r rawBatches) unsuspend(worker int, users []string) error { return r[worker].unsuspend(users) }
