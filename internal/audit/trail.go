package audit

import (
	"context"
	"encoding/binary"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/carillon-id/carillon/internal/chime"
)

// Trail reads the record, oldest first.
type Trail struct {
	Store chime.Store
	Query chime.AuditQuery
	// User, when set, keeps records that name this user. Given their id, those that
	// name their address count too, and the other way round.
	User string
	// Waiting, when set, is told by Follow that the store is unavailable, once until
	// it is available again, and why.
	Waiting func(error)

	names []string // of the user
}

const trailPage = 500

// Settled is how long a record may take from its id to its commit: who follows the
// record looks that far back again, because ids are given before commits.
const Settled = 10 * time.Second

// Each calls fn with every record.
func (t Trail) Each(ctx context.Context, fn func(chime.AuditRecord) error) error {
	if err := t.resolve(ctx); err != nil {
		return err
	}
	_, err := t.from(ctx, t.start(), fn)
	return err
}

// resolve finds all names of the trail's user.
func (t *Trail) resolve(ctx context.Context) error {
	if t.User == "" {
		return nil
	}
	names, key := []string{t.User}, chime.EmailKey(t.User)
	err := t.Store.View(ctx, func(tx chime.Tx) error {
		holders, err := tx.AddressHolders(ctx, []string{key})
		if err != nil {
			return err
		}
		people, err := tx.People(ctx, []chime.UserID{chime.UserID(t.User), holders[key]})
		for _, p := range people {
			names = append(names, p.Email)
		}
		names = append(names, string(holders[key]))
		return err
	})
	t.names = slices.DeleteFunc(names, func(name string) bool { return name == "" })
	return err
}

// start is an id before all records that the query's Since lets through.
func (t Trail) start() string {
	if t.Query.Since.IsZero() {
		return ""
	}
	return IDBefore(t.Query.Since.Add(-Settled))
}

// from calls fn with the records after the id and returns the last id.
func (t Trail) from(ctx context.Context, after string, fn func(chime.AuditRecord) error) (string, error) {
	q := t.Query
	q.AfterID, q.Limit = after, trailPage
	for {
		var page []chime.AuditRecord
		err := t.Store.View(ctx, func(tx chime.Tx) (err error) {
			page, err = tx.ListAudit(ctx, q)
			return err
		})
		if err != nil {
			return q.AfterID, err
		}
		for _, record := range page {
			q.AfterID = record.ID
			if !t.concerns(record) {
				continue
			}
			if err := fn(record); err != nil {
				return q.AfterID, err
			}
		}
		if len(page) < trailPage {
			return q.AfterID, nil
		}
	}
}

// concerns reports whether the record is about the trail's user.
func (t Trail) concerns(record chime.AuditRecord) bool {
	return t.User == "" || len(Mentions(record.Document, t.names...)) > 0
}

// Follow calls fn with every record, then with those to come, until the context
// ends, which is no error. It looks every interval, also while the store is
// unavailable, and then goes on where it was.
func (t Trail) Follow(ctx context.Context, now func() time.Time, interval time.Duration, fn func(chime.AuditRecord) error) error {
	if err := t.resolve(ctx); err != nil {
		return err
	}
	seen := map[string]bool{} // of those that the next look meets again
	once := func(record chime.AuditRecord) error {
		if seen[record.ID] {
			return nil
		}
		if record.ID >= IDBefore(now().Add(-2*Settled)) {
			seen[record.ID] = true
		}
		return fn(record)
	}
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	waiting := false
	for after := t.start(); ; {
		_, err := t.from(ctx, after, once)
		switch {
		case err == nil:
			waiting = false
			after = IDBefore(now().Add(-Settled))
			maps.DeleteFunc(seen, func(id string, _ bool) bool { return id < after })
		case ctx.Err() != nil:
		case chime.CodeOf(err) != chime.ServiceUnavailable:
			return err
		case !waiting && t.Waiting != nil:
			waiting = true
			t.Waiting(err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// IDBefore returns an id before all that are given from then on (RFC 9562, section
// 5.7: 48 bits of milliseconds come first).
func IDBefore(t time.Time) string {
	var id uuid.UUID
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(t.UnixMilli())) // #nosec G115 -- after 1970
	copy(id[:6], ms[2:])
	return id.String()
}
