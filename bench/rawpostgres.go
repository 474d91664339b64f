package main

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// rawPostgres is the driver itself. It sends what the product sends, and as
// seldom: what answers nothing travels with the next that does, or the COMMIT.
type rawPostgres struct {
	conn     *pgx.Conn
	bindings map[*script][]bindings
	of       *scripts
}

func newRawPostgres(conn *pgx.Conn, s *scripts, users []string) *rawPostgres {
	r := &rawPostgres{conn: conn, bindings: make(map[*script][]bindings), of: s}
	for _, script := range []*script{&s.suspend, &s.unsuspend, &s.getUser, &s.list} {
		r.bindings[script] = script.bind(users)
	}
	return r
}

func (r *rawPostgres) close() error { return r.conn.Close(context.Background()) }

func (r *rawPostgres) suspend(users []string) error   { return r.write(&r.of.suspend, users) }
func (r *rawPostgres) unsuspend(users []string) error { return r.write(&r.of.unsuspend, users) }

func (r *rawPostgres) getUser(user string) error {
	return r.transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", &r.of.getUser, []string{user})
}

func (r *rawPostgres) list(after string) error {
	return r.transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", &r.of.list, []string{after})
}

// write runs the script again when it collided with another, as the product does.
func (r *rawPostgres) write(s *script, users []string) error {
	for {
		err := r.transaction("BEGIN ISOLATION LEVEL REPEATABLE READ", s, users)
		var refused *pgconn.PgError
		if !errors.As(err, &refused) || refused.Code[:2] != "40" {
			return err
		}
		if _, err := r.conn.Exec(context.Background(), "ROLLBACK"); err != nil {
			return err
		}
	}
}

func (r *rawPostgres) transaction(begin string, s *script, users []string) error {
	batch := &pgx.Batch{}
	batch.Queue(begin)
	for i, st := range s.statements {
		args := slices.Clone(st.args)
		if err := r.bindings[s][i].fill(args, users); err != nil {
			return err
		}
		batch.Queue(st.sql, asText(args)...)
		if st.waits {
			if err := r.send(batch); err != nil {
				return err
			}
			batch = &pgx.Batch{}
		}
	}
	batch.Queue("COMMIT")
	return r.send(batch)
}

// asText are the arguments as the product sends them: numbers as text, which the
// server reads as whatever the statement says that they are.
func asText(args []any) []any {
	for i, arg := range args {
		switch v := arg.(type) {
		case int64:
			args[i] = strconv.FormatInt(v, 10)
		case bool:
			args[i] = strconv.Itoa(map[bool]int{true: 1}[v])
		}
	}
	return args
}

// send sends the batch and looks at every column of every row.
func (r *rawPostgres) send(batch *pgx.Batch) error {
	results := r.conn.SendBatch(context.Background(), batch)
	for range batch.Len() {
		rows, err := results.Query()
		if err != nil {
			return errors.Join(err, results.Close())
		}
		for rows.Next() {
			for _, value := range rows.RawValues() {
				_ = string(value)
			}
		}
		if rows.Err() != nil {
			return errors.Join(rows.Err(), results.Close())
		}
	}
	return results.Close()
}
