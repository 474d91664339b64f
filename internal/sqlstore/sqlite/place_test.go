package sqlite_test

import (
	"os"
	"testing"
)

// TestMoved moves, deletes or replaces a file of the open database: nothing is
// acknowledged that would be lost with it, and all goes on once it is back.
func TestMoved(t *testing.T) {
	for what, suffix := range map[string]string{"the database": "", "its log": "-wal"} {
		t.Run(what, func(t *testing.T) {
			s, _, path := openFile(t)
			if err := invite(t.Context(), s, "before", 5); err != nil {
				t.Fatal(err)
			}
			path += suffix
			kept := path + ".kept"
			move := func(from, to string) {
				t.Helper()
				if err := os.Rename(from, to); err != nil {
					t.Fatal(err)
				}
			}
			release := hold(t, s, 1) // so that who reads meanwhile needs another connection
			move(path, kept)
			checkUnavailable(t, invite(t.Context(), s, "moved", 1))
			checkUnavailable(t, readSetting(t.Context(), s))
			if _, err := os.Stat(path); !os.IsNotExist(err) {
				t.Errorf("another file was made in its place (%v)", err)
			}
			release()
			content, err := os.ReadFile(kept)
			if err == nil {
				err = os.WriteFile(path, content, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			checkUnavailable(t, invite(t.Context(), s, "replaced", 1))
			move(kept, path)
			if err := invite(t.Context(), s, "after", 1); err != nil {
				t.Errorf("an Update once the file is back: %v", err)
			}
			if got := members(t, s, "moved") + members(t, s, "replaced"); got != -2 {
				t.Errorf("members written meanwhile: got %d, want none and no account", got)
			}
			if got := members(t, s, "before"); got != 5 {
				t.Errorf("members from before: got %d, want 5", got)
			}
		})
	}
}
