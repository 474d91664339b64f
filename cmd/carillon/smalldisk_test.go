package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
)

// smallDisk is one that can be filled. Root has a small file system mounted for it;
// for others it is a folder, in which the processes that use it are not let write
// on in the longest files.
type smallDisk struct {
	dir       string
	kilobytes int
	mounted   bool
}

func newSmallDisk(tb testing.TB, kilobytes int) *smallDisk {
	tb.Helper()
	dir, err := os.MkdirTemp("", "small-") //nolint:usetesting // a short name, because PostgreSQL puts a socket there
	if err != nil {
		tb.Fatal(err)
	}
	d := &smallDisk{dir: dir, kilobytes: kilobytes, mounted: os.Geteuid() == 0}
	tb.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			tb.Error(err)
		}
	})
	if !d.mounted {
		return d
	}
	if err := unix.Mount("tmpfs", d.dir, "tmpfs", 0, fmt.Sprintf("mode=0777,size=%dk", kilobytes)); err != nil {
		tb.Fatalf("mounting a small file system: %v", err)
	}
	tb.Cleanup(func() {
		if err := unix.Unmount(d.dir, unix.MNT_DETACH); err != nil {
			tb.Errorf("unmounting it: %v", err)
		}
	})
	return d
}

// command is one to which the disk is as small as it is.
func (d *smallDisk) command(args ...string) *exec.Cmd {
	if d.mounted {
		return exec.Command("carillon", args...)
	}
	// A block of ulimit is half a kilobyte (POSIX), and a file may take half the disk.
	limited := []string{"-c", `ulimit -f "$0" && exec carillon "$@"`, strconv.Itoa(d.kilobytes)}
	return exec.Command("sh", append(limited, args...)...)
}

// grow makes the disk larger.
func (d *smallDisk) grow(tb testing.TB, kilobytes int) {
	tb.Helper()
	d.kilobytes = kilobytes
	if !d.mounted {
		return
	}
	if err := unix.Mount("", d.dir, "", unix.MS_REMOUNT, fmt.Sprintf("size=%dk", kilobytes)); err != nil {
		tb.Fatal(err)
	}
}

// fill fills the disk to the last byte, for these processes at least.
func (d *smallDisk) fill(tb testing.TB, processes ...int) {
	tb.Helper()
	if !d.mounted {
		d.limit(tb, uint64(d.longest(tb)/2), processes)
		return
	}
	file, err := os.Create(d.filler())
	if err != nil {
		tb.Fatal(err)
	}
	for err == nil {
		_, err = file.Write(make([]byte, 4096))
	}
	if !errors.Is(err, unix.ENOSPC) {
		tb.Errorf("filling the disk: %v", err)
	}
	if err := file.Close(); err != nil {
		tb.Error(err)
	}
}

// free makes room on it again.
func (d *smallDisk) free(tb testing.TB, processes ...int) {
	tb.Helper()
	if !d.mounted {
		d.limit(tb, unix.RLIM_INFINITY, processes)
		return
	}
	if err := os.Remove(d.filler()); err != nil {
		tb.Error(err)
	}
}

func (d *smallDisk) filler() string { return filepath.Join(d.dir, "filler") }

func (d *smallDisk) longest(tb testing.TB) (size int64) {
	tb.Helper()
	err := filepath.WalkDir(d.dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil // it has just been deleted
		}
		size = max(size, info.Size())
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return size
}

func (d *smallDisk) limit(tb testing.TB, size uint64, processes []int) {
	tb.Helper()
	for _, pid := range processes {
		limit := unix.Rlimit{Cur: size, Max: unix.RLIM_INFINITY}
		if err := unix.Prlimit(pid, unix.RLIMIT_FSIZE, &limit, nil); err != nil && !errors.Is(err, unix.ESRCH) {
			tb.Fatal(err)
		}
	}
}
