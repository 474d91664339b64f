package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// naivePostgres is the naive layout in PostgreSQL. Its statements go out in one
// journey, which is more than is usual.
type naivePostgres struct {
	naiveSerial
	conn *pgx.Conn
}

func openNaivePostgres(ctx context.Context, url string, p population, progress func(done int)) (*naivePostgres, error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("connecting to the naive layout: %w", err)
	}
	n := &naivePostgres{conn: conn}
	if err := n.load(ctx, p.shuffled(), progress); err != nil {
		return nil, errors.Join(fmt.Errorf("loading the naive layout: %w", err), conn.Close(ctx))
	}
	return n, nil
}

func (n *naivePostgres) load(ctx context.Context, users []someone, progress func(done int)) error {
	if _, err := n.conn.Exec(ctx, naiveTables); err != nil {
		return err
	}
	columns := []string{
		"id", "account_id", "email", "display_name", "pin", "license", "status", "user_type", "registered_at", "invited_at", "updated_at", "settings",
	}
	_, err := n.conn.CopyFrom(ctx, pgx.Identifier{"users"}, columns, pgx.CopyFromSlice(len(users), func(i int) ([]any, error) {
		progress(i)
		return anys(naiveUser(users[i], i)), nil
	}))
	if err != nil {
		return err
	}
	_, err = n.conn.CopyFrom(ctx, pgx.Identifier{"sessions"}, []string{"id", "user_id", "created_at", "data"},
		pgx.CopyFromSlice(len(users), func(i int) ([]any, error) { return anys(n.newSession(users[i].id)), nil }))
	if err != nil {
		return err
	}
	if _, err = n.conn.Exec(ctx, naiveKeys); err != nil {
		return err
	}
	_, err = n.conn.Exec(ctx, "VACUUM ANALYZE")
	return err
}

func anys(texts []string) []any {
	all := make([]any, len(texts))
	for i, text := range texts {
		all[i] = text
	}
	return all
}

func (n *naivePostgres) open(int) error { return nil }
func (n *naivePostgres) release()       {}

func (n *naivePostgres) suspend(_ int, users []string) error {
	return n.batch(users, func(b *pgx.Batch, user string) {
		b.Queue("UPDATE users SET status = $1, updated_at = $2 WHERE id = $3", "Suspended", naiveTime, user)
		b.Queue("DELETE FROM sessions WHERE user_id = $1", user)
		b.Queue("INSERT INTO audit (id, time, user_id, event) VALUES ($1, $2, $3, $4)", n.id(), naiveTime, user, naiveEvent)
	})
}

func (n *naivePostgres) unsuspend(_ int, users []string) error {
	return n.batch(users, func(b *pgx.Batch, user string) {
		b.Queue("UPDATE users SET status = $1, updated_at = $2 WHERE id = $3", "Registered", naiveTime, user)
		b.Queue("INSERT INTO sessions (id, user_id, created_at, data) VALUES ($1, $2, $3, $4)", anys(n.newSession(user))...)
	})
}

func (n *naivePostgres) batch(users []string, each func(b *pgx.Batch, user string)) error {
	b := &pgx.Batch{}
	b.Queue("BEGIN")
	for _, user := range users {
		each(b, user)
	}
	b.Queue("COMMIT")
	return n.conn.SendBatch(context.Background(), b).Close()
}
