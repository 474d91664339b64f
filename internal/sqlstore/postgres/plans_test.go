package postgres_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/postgrestest"
)

// TestInviteesWithoutStatistics asks for members by their addresses before
// PostgreSQL has looked at its tables for the first time. It then takes every
// account to have one member, and must not go by a plan that would be good for
// that alone.
func TestInviteesWithoutStatistics(t *testing.T) {
	const accounts, members = 3, 150
	url := migrated(t, postgrestest.Distribution())
	j := newJournal()
	s := j.open(t, url)
	defer s.Close()
	claims := map[string]chime.UserID{}
	for n := range accounts {
		account := chime.AccountID(fmt.Sprint("team", n))
		ids := people(t, s, account, chime.Team, members)
		put(t, s, func(ctx context.Context, tx chime.Tx) error {
			holders := map[string]chime.UserID{}
			for _, id := range ids {
				holders[string(id)+"@example.com"] = id
				if n == 0 && len(claims) < 10 {
					claims[string(id)+"@example.com"] = "stranger"
				}
			}
			return tx.ClaimAddresses(ctx, holders)
		})
	}
	j.statements = map[string]recorded{}
	put(t, s, func(ctx context.Context, tx chime.Tx) error {
		found, err := tx.AccountInvitees(ctx, "team0", claims, nil)
		if len(found.Members) != len(claims) {
			err = errors.Join(err, fmt.Errorf("got %d members, want %d", len(found.Members), len(claims)))
		}
		return err
	})
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	for _, r := range j.statements {
		if !strings.Contains(r.sql, "member_profiles") {
			continue
		}
		if read := rowsRead(t, conn, r); read < members/10 || read > 10*members {
			t.Errorf("for %d addresses, in an account of %d members, got %d rows read", len(claims), members, read)
		}
		return
	}
	t.Error("got no statement that reads profiles")
}

// planNode is a step of a plan that was carried out (EXPLAIN ANALYZE).
type planNode struct {
	Relation string  `json:"Relation Name"`
	Rows     float64 `json:"Actual Rows"`
	Filtered float64 `json:"Rows Removed by Filter"`
	Loops    float64 `json:"Actual Loops"`
	Plans    []planNode
}

// rowsRead is how many rows of tables the statement reads, each as often as it is
// read.
func rowsRead(tb testing.TB, conn *pgx.Conn, r recorded) int {
	tb.Helper()
	var plans []struct{ Plan planNode }
	var text []byte
	if err := conn.QueryRow(tb.Context(), "EXPLAIN (ANALYZE, FORMAT JSON) "+r.sql, r.args...).Scan(&text); err != nil {
		tb.Fatal(err)
	}
	if err := json.Unmarshal(text, &plans); err != nil || len(plans) != 1 {
		tb.Fatalf("the plan is %s (%v)", text, err)
	}
	return int(plans[0].Plan.read())
}

func (n planNode) read() (rows float64) {
	if n.Relation != "" {
		rows = (n.Rows + n.Filtered) * n.Loops
	}
	for _, child := range n.Plans {
		rows += child.read()
	}
	return rows
}
