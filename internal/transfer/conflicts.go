package transfer

import (
	"fmt"

	"zombiezen.com/go/sqlite"
)

// claim is one record's claim to an address or a PIN.
type claim struct {
	id   int64
	key  string
	user string
	rank rank
}

// conflicts finds the users who claim what another user of the run claims. Two
// people are refused; of invitations and former members it is only noted who
// goes before them.
func (s *staging) conflicts(refuse func(error) error) error {
	if err := s.run("CREATE INDEX documents_by_address ON documents (address, rank, owner) WHERE address <> ''", nil); err != nil {
		return err
	}
	if err := s.run("CREATE INDEX documents_by_pin ON documents (pin, owner) WHERE pin <> ''", nil); err != nil {
		return err
	}
	err := s.rivals("SELECT id, address, owner, rank FROM documents WHERE address <> '' ORDER BY address, rank, owner", func(first, c claim) error {
		if c.rank == person {
			return s.refuseClaim("address", first, c, refuse)
		}
		return s.run("INSERT INTO rivals (id, rival) VALUES (?, ?)", nil, c.id, first.user)
	})
	if err != nil {
		return err
	}
	return s.rivals("SELECT id, pin, owner, rank FROM documents WHERE pin <> '' ORDER BY pin, owner", func(first, c claim) error {
		return s.refuseClaim("PIN", first, c, refuse)
	})
}

// rivals calls found for each claim by another user than the first one's.
func (s *staging) rivals(ordered string, found func(first, other claim) error) error {
	var first claim
	return s.run(ordered, func(st *sqlite.Stmt) error {
		c := claim{id: st.ColumnInt64(0), key: st.ColumnText(1), user: st.ColumnText(2), rank: rank(st.ColumnInt64(3))}
		if c.key != first.key {
			first = c
		}
		if c.user == first.user {
			return nil
		}
		return found(first, c)
	})
}

// refuseClaim names both users and where they stand, and never the key.
func (s *staging) refuseClaim(what string, first, other claim, refuse func(error) error) error {
	at := make(map[int64]Position, 2)
	err := s.run("SELECT "+documentColumns+" FROM documents WHERE id IN (?, ?)", func(st *sqlite.Stmt) error {
		d := s.scan(st)
		at[d.id] = d.at
		return nil
	}, first.id, other.id)
	if err != nil {
		return err
	}
	return refuse(&DocumentError{at[other.id], fmt.Sprintf("the %s of user %s is that of user %s at %s", what, other.user, first.user, at[first.id])})
}
