package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// starts is how often the server is stopped and started again.
const starts = 7

// serverGC is how the server has its garbage collected, for what is compared with it.
const serverGC = "GOGC=400"

// bench is a run over a directory of one size.
type bench struct {
	config
	dir        string
	population population
	beside     account // a small one more
	database   database
	progress   *progress

	server, canned *process
	everyone       []someone
	pages          []string     // the queries of the first account's pages
	suspensions    *suspensions // on the server
	tokens         []held       // of people who are signed in
	closers        []func() error
}

// run measures each of the sizes and prints what was found.
func (c config) run(ctx context.Context, stdout, stderr io.Writer) error {
	report := newReport(stdout)
	fmt.Fprintf(report, "Machine: %s.\n", machine())
	var results []*result
	for _, n := range c.users {
		r, err := c.runSize(ctx, n, stderr)
		if err != nil {
			return err
		}
		r.print(report)
		results = append(results, r)
	}
	if len(results) > 1 {
		compareSizes(report, results)
	}
	if c.plot != "" {
		if err := os.MkdirAll(filepath.Dir(c.plot), 0o755); err != nil { // #nosec G301 -- a folder for everybody
			return fmt.Errorf("drawing: %w", err)
		}
		if err := os.WriteFile(c.plot, []byte(plot(results)), 0o644); err != nil { // #nosec G306 -- a picture for everybody
			return fmt.Errorf("drawing: %w", err)
		}
	}
	if c.document == "" {
		return nil
	}
	return report.into(c.document, c.engine)
}

func (c config) runSize(ctx context.Context, n int, stderr io.Writer) (r *result, err error) {
	dir, err := os.MkdirTemp(c.dir, "carillon-bench-")
	if err != nil {
		return nil, fmt.Errorf("making a folder: %w", err)
	}
	b := &bench{config: c, dir: dir, progress: newProgress(stderr)}
	b.population, b.beside = newPopulation(n)
	defer func() {
		err = errors.Join(err, b.close(), os.RemoveAll(dir))
		b.progress.clear()
	}()
	r = &result{engine: c.engine, users: n}
	return r, b.measure(ctx, r)
}

// measure fills the result.
func (b *bench) measure(ctx context.Context, r *result) (err error) {
	if b.database, err = b.newDatabase(ctx); err != nil {
		return err
	}
	b.closers = append(b.closers, b.database.close)
	unwatch := b.watchLog(&r.logSize)
	defer unwatch()
	if err := b.startServer(ctx); err != nil {
		return err
	}
	b.closers = append(b.closers, func() error { return b.server.stop() })
	if r.imported, err = b.load(ctx); err != nil {
		return err
	}
	if err := b.prepare(ctx); err != nil {
		return err
	}
	if r.series, err = b.plan(ctx); err != nil {
		return err
	}
	if err := b.rounds(ctx, r); err != nil {
		return err
	}
	if err := b.loaded(r); err != nil {
		return err
	}
	return b.restarts(ctx, r)
}

// close ends what was started, the last first.
func (b *bench) close() error {
	var errs []error
	for i := range b.closers {
		errs = append(errs, b.closers[len(b.closers)-1-i]())
	}
	return errors.Join(errs...)
}

func (b *bench) newDatabase(ctx context.Context) (database, error) {
	if b.engine == "sqlite" {
		return &sqliteFiles{dir: b.dir}, nil
	}
	return startCluster(ctx, b.dir)
}

// watchLog keeps the greatest length of the write-ahead log until its result is
// called.
func (b *bench) watchLog(greatest *int64) func() {
	done := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		ticker := time.NewTicker(20 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				*greatest = max(*greatest, b.database.logSize())
			case <-done:
				return
			}
		}
	})
	return func() {
		close(done)
		watching.Wait()
	}
}

// startServer starts the server as an operator would, but without a rate limit.
func (b *bench) startServer(ctx context.Context) error {
	environment := append(b.database.environment(),
		"CARILLON_ROOT_ACCESS_KEY_ID="+keyID, "CARILLON_ROOT_SECRET_ACCESS_KEY="+secretKey, "CARILLON_ROOT_ACCOUNT_ID="+tenant)
	var err error
	b.server, err = start(ctx, filepath.Join(b.dir, "server.log"), environment, b.config.server,
		"serve", "--rate-limit", "0", "--database", b.database.url())
	return err
}

// prepare starts what the server is compared with.
func (b *bench) prepare(ctx context.Context) error {
	if err := b.server.stop(); err != nil {
		return fmt.Errorf("stopping the server: %w", err)
	}
	if err := b.signIn(ctx); err != nil {
		return err
	}
	n := b.population.size()
	show := func(done int) { b.progress.show("loading the naive layout", done, n) }
	if err := b.database.prepare(ctx, b.population, show); err != nil {
		return err
	}
	if err := b.startServer(ctx); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding this program: %w", err)
	}
	if b.canned, err = start(ctx, filepath.Join(b.dir, "canned.log"), []string{serverGC}, self, "canned"); err != nil {
		return err
	}
	b.closers = append(b.closers, b.canned.stop)
	b.everyone = b.population.shuffled()
	c, err := dial(b.server.address)
	if err != nil {
		return err
	}
	defer c.close()
	first := b.population[0]
	b.suspensions = newSuspensions(&serverBatches{address: b.server.address, account: first.id}, first.users)
	b.pages, err = c.pages(first.id)
	return err
}

// rounds measures everything in turn, once to warm up and then as often as wanted.
func (b *bench) rounds(ctx context.Context, r *result) error {
	total := (b.config.rounds + 1) * len(r.series)
	for i := range total {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		s, warmUp := r.series[i%len(r.series)], i < len(r.series)
		b.progress.show(s.String(), i, total)
		window := b.window
		if warmUp {
			window /= 4
		}
		sample, err := s.measure(window)
		if err != nil {
			return fmt.Errorf("measuring %s: %w", s, err)
		}
		if !warmUp {
			s.samples = append(s.samples, sample)
		}
	}
	return nil
}

// loaded has the server work over 64 connections once more, half of them writing,
// and then looks at its memory.
func (b *bench) loaded(r *result) error {
	b.progress.show("memory", 0, 0)
	done := make(chan error, 1)
	go func() {
		var err error
		r.mixedWrites, err = b.suspensions.measure(32, 3*b.window)
		done <- err
	}()
	var err error
	r.mixedReads, err = overConnections(b.server.address, 32, 3*b.window, b.getUsers)
	if err := errors.Join(err, <-done); err != nil {
		return err
	}
	others, err := b.database.processes()
	if err != nil {
		return err
	}
	if r.memory, err = memory(b.server.cmd.Process.Pid); err == nil && len(others) > 0 {
		r.databaseMemory, err = memory(others...)
	}
	return err
}

// restarts stops the server cleanly and starts it again.
func (b *bench) restarts(ctx context.Context, r *result) error {
	for i := range starts {
		b.progress.show("starting", i, starts)
		if err := b.server.stop(); err != nil {
			return fmt.Errorf("stopping the server: %w", err)
		}
		if err := b.startServer(ctx); err != nil {
			return err
		}
		r.starts = append(r.starts, b.server.started)
	}
	return nil
}

func (b *bench) getUsers(c *client) work {
	return func() error {
		u := b.everyone[rand.IntN(len(b.everyone))]
		return c.getUser(u.account, u.id)
	}
}

// listPages returns workers that ask for random ones of the pages.
func (b *bench) listPages(pages []string) func(*client) work {
	return func(c *client) work {
		return func() error { return c.list(b.population[0].id, pages[rand.IntN(len(pages))]) }
	}
}
