package transfer

import (
	"fmt"

	"zombiezen.com/go/sqlite"
)

// merge makes one document of those about the same account, or about the same
// user in the same account.
func (s *staging) merge() error {
	if err := s.run("CREATE INDEX documents_by_owner ON documents (kind, owner, place)", nil); err != nil {
		return err
	}
	for _, k := range []kind{ofAccount, ofUser} {
		for after, more := "", true; more; {
			owners, err := s.repeated(k, after)
			if err != nil {
				return err
			}
			for _, owner := range owners {
				if err := s.mergeOwner(k, owner); err != nil {
					return err
				}
				after = owner
			}
			more = len(owners) > 0
		}
	}
	return nil
}

// repeated returns some owners of several documents, in order.
func (s *staging) repeated(k kind, after string) (owners []string, err error) {
	err = s.run(`SELECT owner FROM documents WHERE kind = ? AND owner > ? GROUP BY owner HAVING count(*) > 1 ORDER BY owner LIMIT 1000`,
		func(st *sqlite.Stmt) error {
			owners = append(owners, st.ColumnText(0))
			return nil
		}, int64(k), after)
	return owners, err
}

// merged is a document that others are merged into.
type merged struct {
	staged
	changed bool
	from    map[int]Position // of values that came from others
}

// mergeOwner merges the documents of one owner and removes those that went into
// others.
func (s *staging) mergeOwner(k kind, owner string) error {
	var all []*merged
	var gone []int64
	err := s.run("SELECT "+documentColumns+" FROM documents WHERE kind = ? AND owner = ? ORDER BY place, id", func(st *sqlite.Stmt) error {
		d := &merged{staged: s.scan(st)}
		if n := len(all); n > 0 && all[n-1].place() == d.place() {
			gone = append(gone, d.id)
			return all[n-1].take(d)
		}
		all = append(all, d)
		return nil
	}, int64(k), owner)
	if err != nil {
		return err
	}
	if k == ofUser {
		if all, gone, err = settle(all, gone); err != nil {
			return err
		}
	}
	for _, id := range gone {
		if err := s.remove(id); err != nil {
			return err
		}
	}
	for _, d := range all {
		if !d.changed {
			continue
		}
		if err := s.replace(d.id, d.document); err != nil {
			return err
		}
	}
	return nil
}

// settle finds the one account that a user is in, and merges the document that
// names no account into it.
func settle(all []*merged, gone []int64) ([]*merged, []int64, error) {
	var home *merged
	for _, d := range all {
		switch {
		case !d.isHome():
		case home != nil:
			return nil, nil, &DocumentError{d.at, fmt.Sprintf("user %s is in account %s, but in account %s at %s",
				d.owner(), d.place(), home.place(), home.at)}
		default:
			home = d
		}
	}
	if home == nil || all[0].place() != "" { // "" comes first
		return all, gone, nil
	}
	return all[1:], append(gone, all[0].id), home.take(all[0])
}

// take merges another document into this one.
func (m *merged) take(other *merged) error {
	for i, v := range other.values {
		switch {
		case v == "" || v == m.values[i]:
		case m.values[i] != "":
			return &DocumentError{other.origin(i), fmt.Sprintf("%s of %s differs from that at %s", m.nameOf(i), m.owner(), m.origin(i))}
		default:
			if m.from == nil {
				m.from = make(map[int]Position)
			}
			m.values[i], m.from[i], m.changed = v, other.origin(i), true
		}
	}
	if m.kind == ofUser {
		if reason := m.contradiction(); reason != "" {
			return &DocumentError{other.at, fmt.Sprintf("together with the document at %s: %s", m.at, reason)}
		}
	}
	return nil
}

func (m *merged) origin(place int) Position {
	if at, ok := m.from[place]; ok {
		return at
	}
	return m.at
}

func (d document) nameOf(place int) string {
	if d.kind == ofAccount {
		return "account member " + accountShape().nameOf(place)
	}
	return "user member " + userShape().nameOf(place)
}
