package postgres_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/postgrestest"
	"github.com/carillon-id/carillon/internal/sqlstore/postgres"
	"github.com/carillon-id/carillon/internal/storetest"
)

// citusDSN names a database on the coordinator of a Citus cluster. Everything in
// its tables is deleted.
const citusDSN = "TEST_CITUS_DSN"

// TestCitus runs the whole suite on a Citus cluster, if there is one.
func TestCitus(t *testing.T) {
	url := os.Getenv(citusDSN)
	if url == "" {
		t.Logf("the suite did not run on Citus: %s is not set", citusDSN)
		return
	}
	if _, err := postgres.Distribute(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	storetest.Run(t, func(tb testing.TB) chime.Store { return open(tb, emptied(tb, url)) })
	storetest.RunConcurrent(t, func(tb testing.TB) []chime.Store {
		emptied(tb, url)
		return []chime.Store{open(tb, url), open(tb, url)}
	})
}

// standIn has the functions of Citus that Distribute calls, with their
// signatures, and holds their callers to some of its rules. It spreads nothing:
// that Citus does what it is told is for TestCitus to show.
const standIn = `
CREATE TABLE pg_dist_partition (logicalrelid regclass PRIMARY KEY, position serial, distribution_column text, colocated text);
CREATE FUNCTION create_distributed_table(table_name regclass, distribution_column text, distribution_type text DEFAULT 'hash',
	colocate_with text DEFAULT 'default', shard_count int DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = table_name AND attname = distribution_column) THEN
		RAISE 'column "%" of relation "%" does not exist', distribution_column, table_name;
	END IF;
	IF colocate_with <> 'none' AND NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = colocate_with::regclass) THEN
		RAISE 'relation % is not distributed', colocate_with;
	END IF;
	IF EXISTS (SELECT FROM pg_constraint c WHERE c.conrelid = table_name AND c.contype = 'f'
		AND NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = c.confrelid)) THEN
		RAISE 'cannot create foreign key constraint: the table that % refers to is not distributed', table_name;
	END IF;
	INSERT INTO pg_dist_partition (logicalrelid, distribution_column, colocated) VALUES (table_name, distribution_column, colocate_with);
END $$;`

// TestDistribute declares the distribution to a stand-in for Citus.
func TestDistribute(t *testing.T) {
	cluster := clusters.Start(t, postgrestest.Second()) // which can load an extension from any folder
	url := cluster.NewDatabase(t, "template0")
	dir := t.TempDir()
	extension := filepath.Join(dir, "extension")
	if err := os.MkdirAll(extension, 0o755); err != nil { // #nosec G301 -- the server reads it
		t.Fatal(err)
	}
	for name, text := range map[string]string{"citus.control": "default_version = '0'\nrelocatable = true\n", "citus--0.sql": standIn} {
		if err := os.WriteFile(filepath.Join(extension, name), []byte(text), 0o644); err != nil { // #nosec G306 -- as above
			t.Fatal(err)
		}
	}
	for parent := dir; parent != os.TempDir() && parent != "/"; parent = filepath.Dir(parent) {
		if err := os.Chmod(parent, 0o755); err != nil { // #nosec G302 -- as above
			t.Fatal(err)
		}
	}
	if _, err := postgres.Distribute(t.Context(), url); err == nil || !strings.Contains(err.Error(), "CREATE EXTENSION citus") {
		t.Errorf("without Citus: got the error %v, want a hint", err)
	}
	execute(t, url, fmt.Sprintf("SET extension_control_path = '%s'; CREATE EXTENSION citus", dir))
	done, err := postgres.Distribute(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	want := slices.Sorted(maps.Keys(postgres.ShardingColumns()))
	slices.Sort(done)
	if !slices.Equal(done, want) {
		t.Errorf("distributed %v, want %v", done, want)
	}
	if again, err := postgres.Distribute(t.Context(), url); err != nil || len(again) > 0 {
		t.Errorf("again: distributed %v (%v), want nothing", again, err)
	}
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	rows, err := conn.Query(t.Context(), "SELECT logicalrelid::text, distribution_column FROM pg_dist_partition")
	if err != nil {
		t.Fatal(err)
	}
	declared := map[string]string{}
	var table, column string
	if _, err := pgx.ForEachRow(rows, []any{&table, &column}, func() error {
		declared[table] = column
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(declared, postgres.ShardingColumns()) {
		t.Errorf("declared %v, want %v", declared, postgres.ShardingColumns())
	}
	if err := write(t.Context(), opened(t, url), "value"); err != nil {
		t.Errorf("a store on it: %v", err)
	}
}
