package postgres

import (
	"context"
	"strings"
	"sync/atomic"
	"time"
)

const (
	// firstAnalysis is after how many written rows the statistics are brought up to
	// date for the first time; then whenever there are twice as many.
	firstAnalysis = 5000
	// analysisTimeout bounds the work on statistics.
	analysisTimeout = time.Minute
)

// growth has PostgreSQL look at its tables when they have grown. It does so by
// itself, but up to a minute late, and until then it goes by plans that were made
// for small tables: an import would slow down for each user that it added.
type growth struct {
	written atomic.Int64
	next    atomic.Int64
	ctx     context.Context //nolint:containedctx // it ends with the engine
	cancel  context.CancelFunc
}

func newGrowth() *growth {
	g := &growth{}
	g.next.Store(firstAnalysis)
	g.ctx, g.cancel = context.WithCancel(context.Background())
	return g
}

// wrote counts rows, and when there are enough begins to analyze. Nobody waits
// for it, and what comes of it is PostgreSQL's business: a user who may not
// analyze does without.
func (e *engine) wrote(rows int64) {
	g := e.growth
	next := g.next.Load()
	if g.written.Add(rows) < next || !g.next.CompareAndSwap(next, 2*g.written.Load()) {
		return
	}
	go func() {
		ctx, cancel := context.WithTimeout(g.ctx, analysisTimeout)
		defer cancel()
		pooled, err := e.pool.Acquire(ctx)
		if err != nil {
			return
		}
		defer pooled.Release()
		_ = pooled.Conn().PgConn().Exec(ctx, analysis()).Close()
	}()
}

// analysis skips what somebody else analyzes already.
func analysis() string {
	var names []string
	for _, t := range shardedTables() {
		names = append(names, t.name)
	}
	return "ANALYZE (SKIP_LOCKED) " + strings.Join(names, ", ")
}
