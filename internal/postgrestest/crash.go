package postgrestest

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// backends are the processes that serve others' connections to the database.
func backends(tb testing.TB, url string) []int {
	tb.Helper()
	ctx := tb.Context()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		tb.Fatal(err)
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, `SELECT pid FROM pg_stat_activity WHERE datname = current_database()
		AND backend_type = 'client backend' AND pid <> pg_backend_pid()`)
	if err != nil {
		tb.Fatal(err)
	}
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int])
	if err != nil {
		tb.Fatal(err)
	}
	return pids
}

// AwaitQuiet waits until nobody is connected to the database. Of a client that was
// killed, a statement or a COMMIT may be under way until then.
func AwaitQuiet(tb testing.TB, url string) {
	tb.Helper()
	for deadline := time.Now().Add(patience); len(backends(tb, url)) > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			tb.Fatalf("after %v, others are still connected to the database", patience)
		}
	}
}
