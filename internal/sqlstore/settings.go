package sqlstore

import "context"

var settingsTable = newTable("settings", 1, "name value")

// Setting implements chime.Settings.
func (t tx) Setting(ctx context.Context, key string) ([]byte, error) {
	var value []byte
	err := t.conn.Query(ctx, "SELECT value FROM settings WHERE name = $1", []any{key}, func(r Row) error {
		value = r.Bytes(0)
		return nil
	})
	return value, err
}

// PutSetting implements chime.Settings.
func (t tx) PutSetting(ctx context.Context, key string, value []byte) error {
	return t.upsert(ctx, settingsTable, [][]any{{key, value}})
}
