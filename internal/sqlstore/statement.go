package sqlstore

import (
	"context"
	"slices"
	"strconv"
	"strings"
)

// maxRows bounds the rows of one statement: a batch of the API always fits, and
// the arguments of the widest table stay within every engine's limit.
const maxRows = 100

// table is what an upsert must know of a table.
type table struct {
	name string
	// columns begins with the key's.
	columns []string
	keys    int
	// insertMany inserts maxRows rows.
	insertMany string
}

func newTable(name string, keys int, columns string) table {
	t := table{name: name, columns: strings.Fields(columns), keys: keys}
	t.insertMany = t.insertSQL(maxRows)
	return t
}

// of names the columns by an alias of the table.
func (t table) of(alias string) string {
	return alias + "." + strings.Join(t.columns, ", "+alias+".")
}

// columnsFrom is the part of a row that begins at a column.
type columnsFrom struct {
	Row
	first int
}

func (r columnsFrom) Text(column int) string  { return r.Row.Text(r.first + column) }
func (r columnsFrom) Int(column int) int64    { return r.Row.Int(r.first + column) }
func (r columnsFrom) Bytes(column int) []byte { return r.Row.Bytes(r.first + column) }
func (r columnsFrom) Null(column int) bool    { return r.Row.Null(r.first + column) }

// upsert writes rows, new or known, in one statement for each maxRows of them.
// The last row of a key counts. It also inserts a row that was known, when another
// transaction has deleted it since; so nothing is upserted that an UpdateInPlace
// deletes, but a profile, which needs its member.
func (t tx) upsert(ctx context.Context, into table, rows [][]any) error {
	return t.insert(ctx, into, into.distinct(rows), into.onConflict())
}

// distinct orders rows by their keys. The last row of a key counts.
func (t table) distinct(rows [][]any) [][]any {
	slices.Reverse(rows)
	slices.SortStableFunc(rows, t.compare)
	return slices.CompactFunc(rows, func(a, b []any) bool { return t.compare(a, b) == 0 })
}

// insert writes rows in the order of their keys, so that transactions which write
// the same rows wait for one another and never in a circle; conflict says what to
// do with a known key.
func (t tx) insert(ctx context.Context, into table, rows [][]any, conflict string) error {
	slices.SortFunc(rows, into.compare)
	for len(rows) > 0 {
		n := min(len(rows), maxRows)
		args := make([]any, 0, n*len(into.columns))
		for _, row := range rows[:n] {
			args = append(args, row...)
		}
		if err := t.conn.Exec(ctx, into.insertSQL(n)+conflict, args...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// compare orders rows by their keys, which are text.
func (t table) compare(a, b []any) int {
	for i := range t.keys {
		x, _ := a[i].(string)
		y, _ := b[i].(string)
		if c := strings.Compare(x, y); c != 0 {
			return c
		}
	}
	return 0
}

func (t table) insertSQL(rows int) string {
	if rows == maxRows && t.insertMany != "" {
		return t.insertMany
	}
	var b strings.Builder
	b.WriteString("INSERT INTO " + t.name + " (" + strings.Join(t.columns, ", ") + ") VALUES ")
	writeRows(&b, 1, rows, len(t.columns))
	return b.String()
}

// onConflict has a known key get the new row, but for the columns that stay.
func (t table) onConflict(stay ...string) string {
	sets := make([]string, 0, len(t.columns)-t.keys)
	for _, c := range t.columns[t.keys:] {
		if !slices.Contains(stay, c) {
			sets = append(sets, c+" = excluded."+c)
		}
	}
	return " ON CONFLICT (" + strings.Join(t.columns[:t.keys], ", ") + ") DO UPDATE SET " + strings.Join(sets, ", ")
}

// writeRows writes rows of VALUES, whose placeholders begin at first.
func writeRows(b *strings.Builder, first, rows, columns int) {
	for i := range rows {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('(')
		writePlaceholders(b, first+i*columns, columns)
		b.WriteByte(')')
	}
}

func writePlaceholders(b *strings.Builder, first, n int) {
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(first + i))
	}
}

// in returns "(..)" for a set of values whose placeholders begin at first, and
// appends the values to args. The set is padded to one of a few sizes by its
// last value, so that a few prepared statements serve all of them.
func in[S ~string](first int, set []S, args []any) (string, []any) {
	size := paddedSize(len(set))
	var b strings.Builder
	b.WriteByte('(')
	writePlaceholders(&b, first, size)
	b.WriteByte(')')
	for i := range size {
		args = append(args, string(set[min(i, len(set)-1)]))
	}
	return b.String(), args
}

// paddedSize is the size of the list that a set of n is padded to.
func paddedSize(n int) int {
	size := 1
	for _, s := range []int{1, 10, 20, 50, 100, 200} {
		if size = s; s >= n {
			break
		}
	}
	return max(size, n)
}

// chunks calls fn with at most maxRows of the set at a time.
func chunks[T any](set []T, fn func([]T) error) error {
	for len(set) > 0 {
		n := min(len(set), maxRows)
		if err := fn(set[:n]); err != nil {
			return err
		}
		set = set[n:]
	}
	return nil
}
