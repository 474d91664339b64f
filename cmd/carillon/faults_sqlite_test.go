package main

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// loadedSQLite puts the people of a load into a database, and returns the
// variables of a server on it.
func loadedSQLite(tb testing.TB, database string) map[string]string {
	tb.Helper()
	store, closeStore := openStore(tb, database)
	defer closeStore()
	putLoad(tb, store)
	variables := loaded(environment())
	variables["CARILLON_REQUEST_TIMEOUT"] = "2s"
	return variables
}

// TestBrokenDisk: a disk that is full, that fails, or that hangs.
func TestBrokenDisk(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		begin func(*disk)
	}{
		{"full", func(d *disk) { d.fail(unix.ENOSPC, unix.SYS_PWRITE64) }},
		{"fails to write", func(d *disk) { d.fail(unix.EIO, unix.SYS_PWRITE64) }},
		{"turned read-only", func(d *disk) { d.fail(unix.EROFS, unix.SYS_PWRITE64) }},
		{"fails to sync", func(d *disk) { d.fail(unix.EIO, unix.SYS_FSYNC, unix.SYS_FDATASYNC) }},
		{"hangs", (*disk).hang},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			database := newDatabase(t)
			s, d := startOnDisk(t, database, loadedSQLite(t, database))
			l := startLoad(t, s)
			l.through(t, func() { c.begin(d) }, func() {
				l.servesReads(t)
				d.work()
			})
			l.check(t, openStore)
			wantSound(t, database)
		})
	}
}

// TestFullDisk fills the disk for real, twice: writes are refused whole, reads are
// served, and it passes. A server that starts meanwhile serves reads too.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	d := newSmallDisk(t, 24<<10)
	database := "sqlite:" + d.dir + "/carillon.db"
	variables := loadedSQLite(t, database)
	s := startProcess(t, database, variables, nil)
	l := startLoad(t, s)
	for range 2 {
		l.through(t, func() { d.fill(t, s.process.Pid) }, func() {
			l.servesReads(t)
			second := startProcess(t, database, variables, nil)
			second.mustCall(t, "GET", "/accounts", "")
			second.stop(t)
			d.free(t, s.process.Pid)
		})
	}
	l.check(t, openStore)
	wantSound(t, database)
}

// TestLockUnderLoad: another process holds the database's write lock for longer
// than anybody waits.
func TestLockUnderLoad(t *testing.T) {
	t.Parallel()
	database := newDatabase(t)
	l := startLoad(t, startServerWith(t, database, loadedSQLite(t, database)))
	other, closeOther := openSQL(t, database)
	defer closeOther()
	l.through(t, func() { execute(t, other, "BEGIN IMMEDIATE") }, func() {
		l.servesReads(t)
		execute(t, other, "ROLLBACK")
	})
	l.check(t, openStore)
}

// TestMovedDatabase: the database's file, or its log, goes away under load and
// comes back.
func TestMovedDatabase(t *testing.T) {
	t.Parallel()
	for what, suffix := range map[string]string{"database": "", "log": "-wal"} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			database := newDatabase(t)
			l := startLoad(t, startServerWith(t, database, loadedSQLite(t, database)))
			path := strings.TrimPrefix(database, "sqlite:") + suffix
			move := func(from, to string) {
				t.Helper()
				if err := os.Rename(from, to); err != nil {
					t.Error(err)
				}
			}
			l.through(t, func() { move(path, path+".away") }, func() {
				l.servesReads(t)
				move(path+".away", path)
			})
			l.check(t, openStore)
			wantSound(t, database)
		})
	}
}
