package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/iam"
	"github.com/carillon-id/carillon/internal/reqctx"
	"github.com/carillon-id/carillon/internal/secret"
	"github.com/carillon-id/carillon/internal/sqlstore"
)

// The limits run the product's own statements. To have them, one call of each
// operation is made through the product over a store that is listened to: what it
// sends is the script that the raw driver then replays with other users.

// statement is what the product sent to its engine.
type statement struct {
	sql  string
	args []any
	// waits says that the product went on only with its rows, so whatever answers
	// nothing, or was asked together with this one, traveled in one journey.
	waits bool
}

// script is a transaction that was listened to.
type script struct {
	writes     bool
	statements []statement
}

// listener is a sqlstore.Engine that remembers the last transaction.
type listener struct {
	sqlstore.Engine
	last script
}

// Read implements sqlstore.Engine.
func (l *listener) Read(ctx context.Context, fn func(sqlstore.Conn) error) error {
	l.last = script{}
	return l.Engine.Read(ctx, func(c sqlstore.Conn) error { return fn(listenedConn{c, &l.last}) })
}

// Write implements sqlstore.Engine.
func (l *listener) Write(ctx context.Context, fn func(sqlstore.Conn) error) error {
	return l.Engine.Write(ctx, func(c sqlstore.Conn) error {
		l.last = script{writes: true}
		if _, ok := c.(sqlstore.Repeater); ok {
			return fn(repeatingConn{listenedConn{c, &l.last}})
		}
		return fn(listenedConn{c, &l.last})
	})
}

type listenedConn struct {
	sqlstore.Conn
	script *script
}

func (c listenedConn) Exec(ctx context.Context, sql string, args ...any) error {
	c.script.statements = append(c.script.statements, statement{sql: sql, args: slices.Clone(args)})
	return c.Conn.Exec(ctx, sql, args...)
}

func (c listenedConn) Query(ctx context.Context, sql string, args []any, each func(sqlstore.Row) error) error {
	c.script.statements = append(c.script.statements, statement{sql: sql, args: slices.Clone(args), waits: true})
	return c.Conn.Query(ctx, sql, args, each)
}

// QueryAll implements sqlstore.Pipeliner, also for an engine that is none.
func (c listenedConn) QueryAll(ctx context.Context, queries []sqlstore.Query) error {
	if p, ok := c.Conn.(sqlstore.Pipeliner); ok {
		for i, q := range queries {
			c.script.statements = append(c.script.statements, statement{sql: q.SQL, args: slices.Clone(q.Args), waits: i == len(queries)-1})
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

// repeatingConn is a listenedConn for an engine that runs a statement for each of
// several rows.
type repeatingConn struct{ listenedConn }

// ExecEach implements sqlstore.Repeater.
func (c repeatingConn) ExecEach(ctx context.Context, sql string, rows [][]any) error {
	for _, args := range rows {
		if err := c.Exec(ctx, sql, args...); err != nil {
			return err
		}
	}
	return nil
}

// scripts are the transactions of the operations that are measured. The users
// whom they name are the first of the first account.
type scripts struct{ suspend, unsuspend, getUser, list script }

// listen makes the calls over the engine and leaves the directory as it was, but
// for the audit.
func listen(ctx context.Context, engine sqlstore.Engine, p population) (s scripts, err error) {
	l := &listener{Engine: engine}
	store := sqlstore.New(l)
	recorder := audit.NewRecorder(store, time.Now, slog.New(slog.NewTextHandler(io.Discard, nil)))
	defer recorder.Close()
	d := directory.New(directory.Config{
		Store: store, Recorder: recorder, Now: time.Now, Tokens: secret.NewKeyring(secret.NewMasterKey(), nil),
	})
	ctx = iam.WithCaller(ctx, iam.NewCaller(chime.Principal{Tenant: tenant, Name: chime.RootName, ID: tenant}, keyID, nil))
	ctx = reqctx.With(ctx, &reqctx.Request{ID: uuidOf(0), ClientAddr: netip.MustParseAddr("127.0.0.1"), UserAgent: "carillon-bench"})
	users := make([]chime.UserID, batchSize)
	for i := range users {
		users[i] = chime.UserID(p[0].users[i])
	}
	account := chime.AccountID(p[0].id)
	if _, err := d.SuspendUsers(ctx, account, users); err != nil {
		return s, fmt.Errorf("listening to a suspension: %w", err)
	}
	s.suspend = l.last
	if _, err := d.UnsuspendUsers(ctx, account, users); err != nil {
		return s, fmt.Errorf("listening to the end of a suspension: %w", err)
	}
	s.unsuspend = l.last
	if _, err := d.GetUser(ctx, account, users[0]); err != nil {
		return s, fmt.Errorf("listening to a look at a user: %w", err)
	}
	s.getUser = l.last
	_, next, err := d.ListUsers(ctx, account, directory.UserFilter{}, directory.Page{Limit: 1})
	if err == nil {
		_, _, err = d.ListUsers(ctx, account, directory.UserFilter{}, directory.Page{Limit: 100, Token: next})
	}
	if err != nil {
		return s, fmt.Errorf("listening to a list: %w", err)
	}
	s.list = l.last
	return s, nil
}

// bindings says which argument of a statement is which user of the script, and
// which is an id that must be new each time.
type bindings struct {
	users map[int]int // by the argument's place: the place in the batch
	fresh []int
}

// bind finds in the arguments of a script the users that it was made with.
func (s script) bind(users []string) []bindings {
	place := make(map[string]int, len(users))
	for i, user := range users {
		place[user] = i
	}
	all := make([]bindings, len(s.statements))
	for i, st := range s.statements {
		all[i].users = make(map[int]int)
		for at, arg := range st.args {
			text, isText := arg.(string)
			if !isText {
				continue
			}
			if n, ok := place[text]; ok {
				all[i].users[at] = n
			} else if id, err := uuid.Parse(text); err == nil && id.Version() == 7 {
				all[i].fresh = append(all[i].fresh, at)
			}
		}
	}
	return all
}

// fill puts the users of another batch into the arguments.
func (b bindings) fill(args []any, users []string) error {
	for at, n := range b.users {
		args[at] = users[n]
	}
	for _, at := range b.fresh {
		id, err := uuid.NewV7()
		if err != nil {
			return fmt.Errorf("making an id: %w", err)
		}
		args[at] = id.String()
	}
	return nil
}
