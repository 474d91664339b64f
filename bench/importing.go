package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"
)

// probeEvery is how often the server is asked for something during the import: to
// read by one client, and to write by another.
const probeEvery = 10 * time.Millisecond

// imported is how the population came into the directory.
type imported struct {
	took   time.Duration
	memory int64 // bytes that the command's process had at the most
	// What two clients of the server saw meanwhile.
	reads, writes delays
}

// delays are how long requests took.
type delays struct {
	count         int
	p99, greatest time.Duration
}

func newDelays(took []time.Duration) delays {
	if len(took) == 0 {
		return delays{}
	}
	slices.Sort(took)
	return delays{count: len(took), p99: percentile(took, 99), greatest: took[len(took)-1]}
}

// load has carillon import bring the population in, while the server serves.
func (b *bench) load(ctx context.Context) (r imported, err error) {
	b.progress.show("writing documents", 0, 0)
	besideFile, err := population{b.beside}.file(b.dir, "beside.json")
	if err != nil {
		return r, err
	}
	file, err := b.population.file(b.dir, "users.json")
	if err != nil {
		return r, err
	}
	if _, _, err := b.importFile(ctx, besideFile); err != nil {
		return r, err
	}
	b.progress.show("importing", 0, 0)
	probing, stop := context.WithCancel(ctx)
	defer stop()
	var probes sync.WaitGroup
	var errs [2]error
	probes.Go(func() { r.reads, errs[0] = b.probe(probing, b.reads()) })
	probes.Go(func() { r.writes, errs[1] = b.probe(probing, b.writes()) })
	r.took, r.memory, err = b.importFile(ctx, file)
	stop()
	probes.Wait()
	return r, errors.Join(err, errs[0], errs[1], os.Remove(file))
}

// importFile runs the command and returns how long that took and how much memory
// the process had at the most, in bytes.
func (b *bench) importFile(ctx context.Context, file string) (took time.Duration, memory int64, err error) {
	cmd := exec.CommandContext(ctx, b.config.server, "import", "--database", b.database.url(), "--tenant", tenant, file) // #nosec G204 -- the program that is measured
	cmd.Env = append(os.Environ(), b.database.environment()...)
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, fmt.Errorf("importing: %w", err)
	}
	ended := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() { memory = watchMemory(cmd.Process.Pid, ended) })
	err = cmd.Wait()
	took = time.Since(began)
	close(ended)
	watching.Wait()
	if err != nil {
		return 0, 0, fmt.Errorf("importing: %w\n%s", err, out.String())
	}
	return took, memory, nil
}

// watchMemory returns how much memory a process had at the most, in bytes, as it was
// seen last before the process ended. What the kernel tells of a process that has
// ended (ru_maxrss) counts that of its parent, in which it began.
func watchMemory(pid int, ended <-chan struct{}) (greatest int64) {
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		if now, err := peakMemory(pid); err == nil {
			greatest = max(greatest, now)
		}
		select {
		case <-ticker.C:
		case <-ended:
			return greatest
		}
	}
}

// probe asks again and again, until ctx ends.
func (b *bench) probe(ctx context.Context, ask func(*client) error) (delays, error) {
	c, err := dial(b.server.address)
	if err != nil {
		return delays{}, err
	}
	defer c.close()
	var took []time.Duration
	ticker := time.NewTicker(probeEvery)
	defer ticker.Stop()
	for ctx.Err() == nil {
		began := time.Now()
		if err := ask(c); err != nil {
			return delays{}, fmt.Errorf("asking the server during the import: %w", err)
		}
		took = append(took, time.Since(began))
		select {
		case <-ticker.C:
		case <-ctx.Done():
		}
	}
	return newDelays(took), nil
}

// reads returns what reads: a user, and now and then the account's list.
func (b *bench) reads() func(*client) error {
	n := 0
	return func(c *client) error {
		n++
		if n%10 == 0 {
			return c.list(b.beside.id, listQuery(""))
		}
		return c.getUser(b.beside.id, b.beside.users[n%batchSize])
	}
}

// writes returns what writes: the whole account is suspended, and not, in turn.
func (b *bench) writes() func(*client) error {
	operation, next := "suspend", "unsuspend"
	return func(c *client) error {
		err := c.batch(operation, b.beside.id, b.beside.users)
		operation, next = next, operation
		return err
	}
}
