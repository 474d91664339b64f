package postgres

// Rewrite is what migrations go through.
func Rewrite(migration string) string { return rewrite(migration) }

// ShardingColumns are the columns by which tables are spread, by table.
func ShardingColumns() map[string]string {
	columns := map[string]string{}
	for _, t := range shardedTables() {
		columns[t.name] = t.column
	}
	return columns
}
