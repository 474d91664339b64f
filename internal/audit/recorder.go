package audit

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
)

const (
	// flushEvery is how often the recorder writes: a denial is on record within a second.
	flushEvery = 250 * time.Millisecond
	// repeatWindow is how long an equal denial counts on the first.
	repeatWindow = time.Minute
	// maxPending bounds the records that wait, and maxPendingBytes their documents
	// together. What a caller makes beyond that, in a quarter of a second or while the
	// store takes no writes, is counted, not kept.
	maxPending      = 8192
	maxPendingBytes = 16 << 20
	// writeAtOnce is how many records one transaction writes.
	writeAtOnce = 200
	// remindEvery is how often the log says again that nothing can be written.
	remindEvery = time.Minute
)

// Recorder writes denials and reads in the background, because a refused
// request should cost the database no more than its refusal.
type Recorder struct {
	store chime.Store
	now   func() time.Time
	log   *slog.Logger

	mu      sync.Mutex
	firsts  map[denialKey]chime.AuditRecord // of equal denials, without their documents
	repeats map[string]repeat               // that wait, by the id of the first
	pending []chime.AuditRecord
	bytes   int // of the documents that wait
	lost    int

	failing, reminded time.Time // since when writing fails, and when the log said so; zero while it works

	stop chan struct{}
	done chan struct{}
}

// denialKey says which denials are equal.
type denialKey struct {
	accessKey string
	source    string
	operation string
	account   chime.AccountID
}

// repeat is how many denials are to be counted on the first of them.
type repeat struct {
	first chime.AuditRecord
	n     int64
}

// NewRecorder returns a recorder that runs until Close.
func NewRecorder(store chime.Store, now func() time.Time, log *slog.Logger) *Recorder {
	r := &Recorder{
		store: store, now: now, log: log,
		firsts: make(map[denialKey]chime.AuditRecord), repeats: make(map[string]repeat),
		stop: make(chan struct{}), done: make(chan struct{}),
	}
	go r.run()
	return r
}

// Denied records that the event was refused, or counts it on the equal denial
// of the same minute.
func (r *Recorder) Denied(ctx context.Context, e Event) {
	key := denialKey{e.Identity.AccessKeyID, e.Source, e.Operation, e.Account}
	now := r.now()
	r.mu.Lock()
	defer r.mu.Unlock()
	if first, ok := r.firsts[key]; ok && now.Sub(first.Time) < repeatWindow {
		r.count(first, 1)
		return
	}
	if record, ok := r.enqueue(ctx, now, e); ok {
		record.Document = nil // a minute is long to hold what a caller sent
		r.firsts[key] = record
	}
}

// count is called with the lock held.
func (r *Recorder) count(first chime.AuditRecord, n int64) {
	r.repeats[first.ID] = repeat{first, r.repeats[first.ID].n + n}
}

// Read records a read.
func (r *Recorder) Read(ctx context.Context, e Event) {
	now := r.now()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.enqueue(ctx, now, e)
}

// enqueue is called with the lock held.
func (r *Recorder) enqueue(ctx context.Context, now time.Time, e Event) (chime.AuditRecord, bool) {
	if len(r.pending) >= maxPending || r.bytes >= maxPendingBytes {
		r.lost++
		return chime.AuditRecord{}, false
	}
	record, err := New(ctx, now, e)
	if err != nil {
		r.log.Error("audit record not made", "operation", e.Operation, "error", err)
		return chime.AuditRecord{}, false
	}
	r.pending = append(r.pending, record)
	r.bytes += len(record.Document)
	return record, true
}

// Close writes what waits and stops the recorder.
func (r *Recorder) Close() {
	close(r.stop)
	<-r.done
}

func (r *Recorder) run() {
	defer close(r.done)
	ticker := time.NewTicker(flushEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			r.flush()
		case <-r.stop:
			r.flush()
			if records, _, _ := r.take(); len(records) > 0 {
				r.log.Error("audit records of denials and reads lost: the store takes no writes, and the program ends", "count", len(records))
			}
			return
		}
	}
}

// flush writes what waits. What the store refuses waits for the next time.
func (r *Recorder) flush() {
	records, repeats, lost := r.take()
	if lost > 0 {
		r.log.Warn("audit records of denials or reads lost: too many at once", "count", lost)
	}
	if len(records) == 0 && len(repeats) == 0 {
		return
	}
	written, err := r.write(records, repeats)
	if err != nil {
		r.putBack(records[written:], repeats)
	}
	r.report(len(records), err)
}

// write writes records some at a time, so that no request waits for all of them and
// a store that fails is not asked in vain for much, and then the repeats, which may
// be of these. It returns how many records are written.
func (r *Recorder) write(records []chime.AuditRecord, repeats map[string]repeat) (written int, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for some := range slices.Chunk(records, writeAtOnce) {
		err := r.store.Update(ctx, func(tx chime.Tx) error { return tx.AppendAudit(ctx, some...) })
		if err != nil {
			return written, err
		}
		written += len(some)
	}
	if len(repeats) == 0 {
		return written, nil
	}
	return written, r.store.Update(ctx, func(tx chime.Tx) error {
		for _, c := range repeats {
			if err := tx.CountRepeats(ctx, c.first, c.n); err != nil {
				return err
			}
		}
		return nil
	})
}

// report tells the log how writing goes: when it begins to fail, now and then that
// it still does, and when it works again.
func (r *Recorder) report(count int, err error) {
	now := r.now()
	switch {
	case err == nil && !r.failing.IsZero():
		r.log.Info("audit records of denials and reads written after all", "count", count, "after", now.Sub(r.failing).String())
		r.failing, r.reminded = time.Time{}, time.Time{}
	case err != nil && now.Sub(r.reminded) >= remindEvery:
		r.log.Error("audit records of denials and reads not written yet", "count", count, "error", err)
		r.reminded = now
		if r.failing.IsZero() {
			r.failing = now
		}
	}
}

// take empties the queue and forgets denials whose minute is over.
func (r *Recorder) take() (records []chime.AuditRecord, repeats map[string]repeat, lost int) {
	now := r.now()
	r.mu.Lock()
	defer r.mu.Unlock()
	records, r.pending, r.bytes = r.pending, nil, 0
	repeats, r.repeats = r.repeats, make(map[string]repeat)
	lost, r.lost = r.lost, 0
	maps.DeleteFunc(r.firsts, func(_ denialKey, first chime.AuditRecord) bool { return now.Sub(first.Time) >= repeatWindow })
	return records, repeats, lost
}

func (r *Recorder) putBack(records []chime.AuditRecord, repeats map[string]repeat) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pending = slices.Concat(records, r.pending)
	for _, record := range records {
		r.bytes += len(record.Document)
	}
	for _, c := range repeats {
		r.count(c.first, c.n)
	}
}
