package transfer

import (
	"context"
	"fmt"

	"zombiezen.com/go/sqlite"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

// marks is a set of documents, by their ids.
type marks []uint64

func (m *marks) add(id int64) {
	word := int(id / 64)
	for word >= len(*m) {
		*m = append(*m, 0)
	}
	(*m)[word] |= 1 << (id % 64)
}

func (m marks) has(id int64) bool {
	word := int(id / 64)
	return word < len(m) && m[word]&(1<<(id%64)) != 0
}

// note marks those of the documents whose addresses nobody holds.
func (m *marks) note(claims []claim, free map[string]chime.UserID) {
	for _, c := range claims {
		if free[c.key] == chime.UserID(c.user) {
			m.add(c.id)
		}
	}
}

// reserve reserves the addresses of an import of many batches.
func (r *run) reserve(ctx context.Context) error {
	if r.users <= directory.MaxImport {
		return nil
	}
	var done int64
	err := pipeStaged(ctx, r.addresses, func(some map[string]chime.UserID) error {
		if err := r.Directory.ReserveImport(ctx, some); err != nil {
			return fmt.Errorf("reserving addresses: %w", err)
		}
		done += int64(len(some))
		r.progress(Reserving, done, 0)
		return nil
	})
	if err == nil {
		r.progress(Reserving, done, done)
	}
	return err
}

// addresses sends those of the marked documents, in their order, as many at a time
// as a transaction takes.
func (r *run) addresses(send func(map[string]chime.UserID) error) error {
	some := make(map[string]chime.UserID, directory.MaxReservations)
	flush := func() error {
		full := some
		some = make(map[string]chime.UserID, directory.MaxReservations)
		return send(full)
	}
	err := r.staging.run("SELECT id, address, owner FROM documents WHERE address <> '' ORDER BY address, rank, owner", func(st *sqlite.Stmt) error {
		if r.free.has(st.ColumnInt64(0)) {
			some[st.ColumnText(1)] = chime.UserID(st.ColumnText(2))
		}
		if len(some) < directory.MaxReservations {
			return nil
		}
		return flush()
	})
	if err != nil || len(some) == 0 {
		return err
	}
	return flush()
}
