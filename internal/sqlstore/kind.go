package sqlstore

import (
	"context"
	"slices"
	"strings"
)

// kind is how the values of a type are kept: each is a row of one table.
type kind[T any] struct {
	table
	row  func(T) ([]any, error) // its values, column by column
	read func(Row) (T, error)   // what row wrote

	all string // selects every row
	one string // selects the row of a key
}

func newKind[T any](of table, row func(T) ([]any, error), read func(Row) (T, error)) kind[T] {
	k := kind[T]{table: of, row: row, read: read}
	k.all = "SELECT " + strings.Join(of.columns, ", ") + " FROM " + of.name
	k.one = k.all + of.atKey()
	return k
}

// atKey selects the row of a key.
func (t table) atKey() string {
	conditions := make([]string, 0, t.keys)
	for i, column := range t.columns[:t.keys] {
		conditions = append(conditions, column+" = "+placeholder(i+1))
	}
	return " WHERE " + strings.Join(conditions, " AND ")
}

// at is the query for the value of a key.
func (k kind[T]) at(found **T, key ...any) Query {
	return Query{k.one, key, func(r Row) error {
		value, err := k.read(r)
		*found = &value
		return err
	}}
}

// maybe reads a row of a join, which is nil when it was not there.
func (k kind[T]) maybe(r Row) (*T, error) {
	if r.Null(0) {
		return nil, nil
	}
	value, err := k.read(r)
	return &value, err
}

// get returns the value of a key, or nil.
func (k kind[T]) get(ctx context.Context, t tx, key ...any) (found *T, err error) {
	err = t.conn.QueryAll(ctx, k.at(&found, key...))
	return found, err
}

// list returns the values of all rows that a condition, or an order, selects.
func (k kind[T]) list(ctx context.Context, t tx, selection string, args ...any) (values []T, err error) {
	err = t.conn.Query(ctx, k.all+" "+selection, args, func(r Row) error {
		value, err := k.read(r)
		values = append(values, value)
		return err
	})
	return values, err
}

// after returns values in the order of their keys, from the one after a given
// value on. The zero value is before all.
func (k kind[T]) after(ctx context.Context, t tx, last T, limit int) ([]T, error) {
	row, err := k.row(last)
	if err != nil {
		return nil, err
	}
	return scan(ctx, t, strings.Join(k.columns, ", "), k.name, k.columns[:k.keys], row[:k.keys:k.keys], limit, k.read)
}

// put writes values, new or known.
func (k kind[T]) put(ctx context.Context, t tx, values ...T) error {
	rows, err := k.rows(values)
	if err != nil {
		return err
	}
	return t.upsert(ctx, k.table, rows)
}

// add writes values and leaves known ones as they are.
func (k kind[T]) add(ctx context.Context, t tx, values ...T) error {
	rows, err := k.rows(values)
	if err != nil {
		return err
	}
	return t.insert(ctx, k.table, rows, " ON CONFLICT ("+strings.Join(k.columns[:k.keys], ", ")+") DO NOTHING")
}

func (k kind[T]) rows(values []T) ([][]any, error) {
	rows := make([][]any, 0, len(values))
	for _, value := range values {
		row, err := k.row(value)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// remove deletes the row of a key.
func (t tx) remove(ctx context.Context, from table, key ...any) error {
	return t.conn.Exec(ctx, "DELETE FROM "+from.name+from.atKey(), key...)
}

// sure is a read that cannot fail.
func sure[T any](read func(Row) T) func(Row) (T, error) {
	return func(r Row) (T, error) { return read(r), nil }
}

// recall returns a copy of what load returns, which a connection that can tell that
// nothing was written since need not run again.
func recall[T any](t tx, name string, load func() (*T, error)) (*T, error) {
	c, ok := t.conn.Conn.(Recaller)
	if !ok {
		return load()
	}
	known, err := c.Recall(name, func() (any, error) { return load() })
	found, _ := known.(*T)
	if err != nil || found == nil {
		return nil, err
	}
	value := *found
	return &value, nil
}

// optional are bytes that were read, nil for none.
func optional(b []byte) []byte { return slices.Clip(append([]byte(nil), b...)) }
