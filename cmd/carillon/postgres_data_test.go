package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/postgrestest"
	"github.com/carillon-id/carillon/internal/sqlstore/postgres"
)

// TestPostgresRestored goes the documented way of PostgreSQL: pg_dump while the
// server runs, pg_restore into a new database, and restore --in-place before the
// servers start on that.
func TestPostgresRestored(t *testing.T) {
	t.Parallel()
	cluster := clusters.Start(t, postgrestest.Distribution())
	database, variables := newPostgres(t)
	s := startServerWith(t, database, variables)
	s.mustCall(t, "POST", "/accounts", `{"Name":"Before"}`)
	key := s.createKey(t, "--user", "alice", "--policy", "AmazonChimeReadOnly")
	dump := cluster.Run(t, nil, "pg_dump", "--format", "custom", "--dbname", database)
	s.mustCall(t, "POST", "/accounts", `{"Name":"After"}`)
	s.command(t, "keys", "delete", key.AccessKeyID)

	back := cluster.NewDatabase(t, "template0")
	cluster.Run(t, dump, "pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", "--dbname", back)
	store, err := postgres.Open(t.Context(), back)
	if err != nil {
		t.Fatal(err)
	}
	err = store.Update(t.Context(), func(tx chime.Tx) error {
		return tx.PutPeople(t.Context(), chime.Person{ID: "ida", Signout: chime.Signout{Epoch: 5}, Record: "of the test"})
	})
	if err != nil {
		t.Fatal(err)
	}
	var restored struct {
		PeopleSignedOut int
		AccessKeys      []struct{ AccessKeyID string }
	}
	out := command(t, variables, "restore", "--in-place", "--database", back, "--output", "json")
	if err := json.Unmarshal([]byte(out), &restored); err != nil {
		t.Fatal(err)
	}
	if restored.PeopleSignedOut != 1 || len(restored.AccessKeys) != 2 || !strings.Contains(out, key.AccessKeyID) {
		t.Errorf("got %s, want one person and the key that came back", out)
	}
	err = store.View(t.Context(), func(tx chime.Tx) error {
		people, err := tx.People(t.Context(), []chime.UserID{"ida"})
		if len(people) != 1 || people[0].Signout.Epoch != 6 {
			t.Errorf("got %+v, want the epoch 6", people)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if err := store.Close(); err != nil {
		t.Error(err)
	}
	command(t, variables, "check", "--database", back)
	again := startServerWith(t, back, variables)
	again.wantNames(t, "Before")
	if got := again.call(t, key, "GET", "/accounts", ""); got.status != 200 {
		t.Errorf("the key that came back: got %d %s, want 200", got.status, got.body)
	}
	if records := again.audit(t, "--operation", "RestoreDirectory"); len(records) != 1 {
		t.Errorf("got %d records of the restoration, want 1", len(records))
	}
}

// TestPostgresMigrate makes the tables without a server, and without a master key.
func TestPostgresMigrate(t *testing.T) {
	t.Parallel()
	database, variables := newPostgres(t)
	status := func(want string) {
		t.Helper()
		var got struct{ State string }
		if err := json.Unmarshal([]byte(command(t, nil, "migrate", "status", "--database", database, "--output", "json")), &got); err != nil || got.State != want {
			t.Errorf("the schema is %s (%v), want it %s", got.State, err, want)
		}
	}
	status("missing")
	if got := fails(t, nil, "check", "--database", database); !strings.Contains(got, "there is no Carillon in it") {
		t.Errorf("a check of an empty database: got %q", got)
	}
	if got := command(t, nil, "migrate", "up", "--database", database); !strings.HasPrefix(got, "Migrated the schema from 0 to ") {
		t.Errorf("migrate up: got %q", got)
	}
	status("current")
	startServerWith(t, database, variables).command(t, "check")
}
