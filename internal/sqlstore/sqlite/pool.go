package sqlite

import (
	"context"
	"errors"
	"sync"
)

// pool lends connections that are opened when they are first needed. The one that
// came back last goes out first, because its page cache holds what was just read:
// so a few connections do most of the work, and the others cost nothing.
type pool struct {
	open func() (*reader, error)
	lent chan struct{} // holds a token for each connection that is out

	mu   sync.Mutex
	free []*reader
}

func newPool(size int, open func() (*reader, error)) *pool {
	return &pool{open: open, lent: make(chan struct{}, size)}
}

// take returns a connection, or the cause for which ctx ended before one was free.
func (p *pool) take(ctx context.Context) (*reader, error) {
	select {
	case p.lent <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if c := p.pop(); c != nil {
		return c, nil
	}
	c, err := p.open()
	if err != nil {
		<-p.lent
	}
	return c, err
}

func (p *pool) pop() *reader {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.free) == 0 {
		return nil
	}
	last := len(p.free) - 1
	c := p.free[last]
	p.free = p.free[:last]
	return c
}

// put takes a connection back.
func (p *pool) put(c *reader) {
	p.mu.Lock()
	p.free = append(p.free, c)
	p.mu.Unlock()
	<-p.lent
}

// close closes the connections. All MUST be back.
func (p *pool) close() error {
	var errs []error
	for c := p.pop(); c != nil; c = p.pop() {
		errs = append(errs, c.close())
	}
	return errors.Join(errs...)
}
