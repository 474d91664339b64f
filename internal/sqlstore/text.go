package sqlstore

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"
)

// textConn is a Conn that holds text to the contract of chime.Tx: UTF-8 without
// U+0000. Engines differ in what they do with any other.
type textConn struct{ Conn }

// Exec refuses such text.
func (c textConn) Exec(ctx context.Context, sql string, args ...any) error {
	if err := checkText(args); err != nil {
		return err
	}
	return c.Conn.Exec(ctx, sql, args...)
}

// repeater returns the Conn if it is a Repeater.
func (c textConn) repeater() (Repeater, bool) {
	r, ok := c.Conn.(Repeater)
	return textRepeater{r}, ok
}

// textRepeater is a Repeater that refuses such text.
type textRepeater struct{ Repeater }

func (r textRepeater) ExecEach(ctx context.Context, sql string, rows [][]any) error {
	for _, args := range rows {
		if err := checkText(args); err != nil {
			return err
		}
	}
	return r.Repeater.ExecEach(ctx, sql, rows)
}

// Query looks for nothing in place of such text: NULL, which equals no value.
func (c textConn) Query(ctx context.Context, sql string, args []any, each func(Row) error) error {
	hideText(args)
	return c.Conn.Query(ctx, sql, args, each)
}

// QueryAll runs the queries, in one journey when the engine can.
func (c textConn) QueryAll(ctx context.Context, queries ...Query) error {
	if p, ok := c.Conn.(Pipeliner); ok {
		for _, q := range queries {
			hideText(q.Args)
		}
		return p.QueryAll(ctx, queries)
	}
	for _, q := range queries {
		if err := c.Query(ctx, q.SQL, q.Args, q.Each); err != nil {
			return err
		}
	}
	return nil
}

func hideText(args []any) {
	for i, arg := range args {
		if text, ok := arg.(string); ok && !storable(text) {
			args[i] = nil
		}
	}
}

func storable(text string) bool {
	return utf8.ValidString(text) && strings.IndexByte(text, 0) < 0
}

func errText(text string) error {
	return fmt.Errorf("writing %.40q: text must be UTF-8 without U+0000", text)
}

// checkText refuses arguments that no row may hold.
func checkText(args []any) error {
	for _, arg := range args {
		if text, ok := arg.(string); ok && !storable(text) {
			return errText(text)
		}
	}
	return nil
}
