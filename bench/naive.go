package main

import (
	"errors"
	"fmt"
	"strconv"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// naive is the layout that one meets often: random keys, wide rows in the order
// of their insertion, sessions to delete, and an audit row for each user.
type naive struct {
	naiveSerial
	conn                        *sqlite.Conn
	begin, commit               *sqlite.Stmt
	status, end, audit, session *sqlite.Stmt
}

// The keys come after the rows: what is loaded is the same, and sooner there.
const (
	naiveTables = `
CREATE TABLE users (
  id TEXT NOT NULL, account_id TEXT NOT NULL, email TEXT NOT NULL, display_name TEXT NOT NULL, pin TEXT NOT NULL, license TEXT NOT NULL,
  status TEXT NOT NULL, user_type TEXT NOT NULL, registered_at TEXT NOT NULL, invited_at TEXT NOT NULL, updated_at TEXT NOT NULL,
  settings TEXT NOT NULL
);
CREATE TABLE sessions (id TEXT NOT NULL, user_id TEXT NOT NULL, created_at TEXT NOT NULL, data TEXT NOT NULL);
CREATE TABLE audit (id TEXT PRIMARY KEY, time TEXT NOT NULL, user_id TEXT NOT NULL, event TEXT NOT NULL);
CREATE INDEX audit_by_user ON audit (user_id);`
	naiveKeys = `
CREATE UNIQUE INDEX users_by_id ON users (id);
CREATE UNIQUE INDEX users_by_email ON users (email);
CREATE INDEX users_by_account ON users (account_id);
CREATE UNIQUE INDEX sessions_by_id ON sessions (id);
CREATE INDEX sessions_by_user ON sessions (user_id);`

	naiveTime     = "2026-01-01T00:00:00.000Z"
	naiveSettings = `{"alexa":{"enabled":false,"room":null},"telephony":{"inbound":true,"outbound":true,"sms":true},"invitation":{"status":"Accepted"}}`
	naiveEvent    = `{"event":"suspend","by":"arn:aws:iam::123456789012:root","from":"127.0.0.1"}`
)

func openNaive(path string, p population, progress func(done int)) (*naive, error) {
	n := &naive{}
	if err := n.load(path, p.shuffled(), progress); err != nil {
		return nil, fmt.Errorf("loading the naive layout: %w", err)
	}
	var err error
	if n.conn, err = openSQLite(path); err != nil {
		return nil, err
	}
	n.begin, n.commit = n.conn.Prep("BEGIN IMMEDIATE"), n.conn.Prep("COMMIT")
	n.status = n.conn.Prep("UPDATE users SET status = ?1, updated_at = ?2 WHERE id = ?3")
	n.end = n.conn.Prep("DELETE FROM sessions WHERE user_id = ?1")
	n.audit = n.conn.Prep("INSERT INTO audit (id, time, user_id, event) VALUES (?1, ?2, ?3, ?4)")
	n.session = n.conn.Prep(naiveSession)
	return n, nil
}

const naiveSession = "INSERT INTO sessions (id, user_id, created_at, data) VALUES (?1, ?2, ?3, ?4)"

func (n *naive) close() error { return n.conn.Close() }

func (n *naive) open(int) error { return nil }
func (n *naive) release()       {}

// load fills the file without regard for crashes. People come in the order in which
// they were hired, and that is not the order of their ids.
func (n *naive) load(path string, users []someone, progress func(done int)) (err error) {
	conn, err := sqlite.OpenConn(path, sqlite.OpenReadWrite|sqlite.OpenCreate)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	for _, sql := range []string{"PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF", "BEGIN"} {
		if err := sqlitex.ExecuteTransient(conn, sql, nil); err != nil {
			return err
		}
	}
	if err := sqlitex.ExecuteScript(conn, naiveTables, nil); err != nil {
		return err
	}
	user := conn.Prep("INSERT INTO users VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)")
	session := conn.Prep(naiveSession)
	for i, u := range users {
		progress(i)
		bindTexts(user, naiveUser(u, i)...)
		bindTexts(session, n.newSession(u.id)...)
		if err := errors.Join(finish(user), finish(session)); err != nil {
			return err
		}
	}
	if err := sqlitex.ExecuteScript(conn, naiveKeys, nil); err != nil {
		return err
	}
	return sqlitex.ExecuteTransient(conn, "COMMIT", nil)
}

// naiveUser is a row of the table of users, for the serial-th of them.
func naiveUser(u someone, serial int) []string {
	name, email := nameOf(u.id)
	return []string{
		u.id, u.account, email, name, strconv.Itoa(1e9 + serial), "Pro", "Registered", "PrivateUser", naiveTime, naiveTime, naiveTime, naiveSettings,
	}
}

// naiveSerial makes ids of sessions and audit rows.
type naiveSerial uint64

func (s *naiveSerial) id() string {
	*s++
	return uuidOf(uint64(*s) | 1<<63)
}

// newSession is a row of the table of sessions.
func (s *naiveSerial) newSession(user string) []string {
	return []string{s.id(), user, naiveTime, naiveSettings}
}

func bindTexts(stmt *sqlite.Stmt, texts ...string) {
	for i, text := range texts {
		stmt.BindText(i+1, text)
	}
}

func (n *naive) suspend(_ int, users []string) error {
	return n.batch(users, func(user string) error {
		bindTexts(n.status, "Suspended", naiveTime, user)
		if err := finish(n.status); err != nil {
			return err
		}
		bindTexts(n.end, user)
		if err := finish(n.end); err != nil {
			return err
		}
		bindTexts(n.audit, n.id(), naiveTime, user, naiveEvent)
		return finish(n.audit)
	})
}

func (n *naive) unsuspend(_ int, users []string) error {
	return n.batch(users, func(user string) error {
		bindTexts(n.status, "Registered", naiveTime, user)
		if err := finish(n.status); err != nil {
			return err
		}
		bindTexts(n.session, n.newSession(user)...)
		return finish(n.session)
	})
}

func (n *naive) batch(users []string, each func(user string) error) error {
	if err := finish(n.begin); err != nil {
		return err
	}
	for _, user := range users {
		if err := each(user); err != nil {
			return err
		}
	}
	return finish(n.commit)
}
