package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A disk that a test breaks. The process runs under a filter of the kernel
// (seccomp_unotify(2)), which asks the test about each write and each fsync: the
// test lets it happen, has it fail, or leaves it waiting. It takes no privilege.

// disk is what the test answers.
type disk struct {
	mu      sync.Mutex
	changed *sync.Cond
	hangs   bool
	failing map[int32]unix.Errno // by the number of the system call
}

// onDisk is the name under which the test binary puts the filter up before it
// becomes the program that its arguments name.
const onDisk = "carillon-on-disk"

// startOnDisk starts a server whose disk can be broken.
func startOnDisk(tb testing.TB, database string, variables map[string]string) (*server, *disk) {
	tb.Helper()
	program, err := exec.LookPath("carillon")
	if err != nil {
		tb.Fatal(err)
	}
	ours, theirs := socketPair(tb)
	s := &server{database: database, done: make(chan struct{})}
	cmd := exec.Command(onDisk, append([]string{program}, s.arguments(nil)...)...)
	cmd.ExtraFiles = []*os.File{theirs}
	d := &disk{}
	d.changed = sync.NewCond(&d.mu)
	var group sync.WaitGroup
	group.Go(func() {
		if err := d.answer(ours); err != nil {
			tb.Errorf("answering for the disk: %v", err)
		}
	})
	tb.Cleanup(group.Wait) // after the server's end
	s.start(tb, cmd, variables, nil, func() { theirs.Close() })
	tb.Cleanup(d.work) // before it
	return s, d
}

func socketPair(tb testing.TB) (*net.UnixConn, *os.File) {
	tb.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		tb.Fatal(err)
	}
	file := os.NewFile(uintptr(fds[0]), "ours")
	defer file.Close()
	conn, err := net.FileConn(file)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { conn.Close() })
	ours, _ := conn.(*net.UnixConn)
	return ours, os.NewFile(uintptr(fds[1]), "theirs")
}

// fail has the system calls fail from now on.
func (d *disk) fail(errno unix.Errno, calls ...int32) {
	d.set(func() {
		d.failing = map[int32]unix.Errno{}
		for _, call := range calls {
			d.failing[call] = errno
		}
	})
}

// hang has fsync wait until work.
func (d *disk) hang() { d.set(func() { d.hangs = true }) }

// work has everything work again.
func (d *disk) work() { d.set(func() { d.hangs, d.failing = false, nil }) }

func (d *disk) set(change func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change()
	d.changed.Broadcast()
}

// answer takes the filter's questions until the process is gone.
func (d *disk) answer(from *net.UnixConn) error {
	message := make([]byte, unix.CmsgSpace(4))
	_, n, _, _, err := from.ReadMsgUnix(make([]byte, 1), message)
	if err != nil {
		return fmt.Errorf("waiting for the filter: %w", err)
	}
	parts, err := unix.ParseSocketControlMessage(message[:n])
	if err != nil || len(parts) != 1 {
		return errors.Join(errors.New("got no filter"), err)
	}
	fds, err := unix.ParseUnixRights(&parts[0])
	if err != nil {
		return err
	}
	defer unix.Close(fds[0])
	var group sync.WaitGroup
	defer group.Wait()
	for {
		var question notification
		switch err := receive(fds[0], &question); {
		case errors.Is(err, errGone):
			d.work()
			return nil
		case errors.Is(err, unix.ENOENT), errors.Is(err, unix.EINTR): // the one who asked was interrupted
		case err != nil:
			return err
		default:
			group.Go(func() { d.reply(fds[0], question) })
		}
	}
}

// reply answers a question once the disk does not hang.
func (d *disk) reply(fd int, to notification) {
	d.mu.Lock()
	for d.hangs && to.data.call != unix.SYS_PWRITE64 {
		d.changed.Wait()
	}
	errno := d.failing[to.data.call]
	d.mu.Unlock()
	response := reply{id: to.id, errno: -int32(errno)}
	if errno == 0 {
		response.flags = unix.SECCOMP_USER_NOTIF_FLAG_CONTINUE
	}
	// Whoever was interrupted or killed meanwhile wants no answer.
	_ = ioctl(fd, unix.SECCOMP_IOCTL_NOTIF_SEND, unsafe.Pointer(&response))
}

// notification and reply are struct seccomp_notif and struct seccomp_notif_resp of
// linux/seccomp.h.
type notification struct {
	id    uint64
	pid   uint32
	flags uint32
	data  struct {
		call      int32
		arch      uint32
		at        uint64
		arguments [6]uint64
	}
}

type reply struct {
	id    uint64
	value int64
	errno int32
	flags uint32
}

var errGone = errors.New("the process is gone")

func receive(fd int, question *notification) error {
	for {
		poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		_, err := unix.Poll(poll, -1)
		switch {
		case err != nil && !errors.Is(err, unix.EINTR):
			return err
		case poll[0].Revents&unix.POLLIN != 0:
			*question = notification{} // as the kernel wants it
			return ioctl(fd, unix.SECCOMP_IOCTL_NOTIF_RECV, unsafe.Pointer(question))
		case poll[0].Revents&unix.POLLHUP != 0:
			return errGone
		}
	}
}

func ioctl(fd int, request uint, argument unsafe.Pointer) error {
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), uintptr(request), uintptr(argument)); errno != 0 {
		return errno
	}
	return nil
}

// becomeOnDisk is the main function under the name onDisk.
func becomeOnDisk() {
	runtime.LockOSThread() // the filter is the thread's, which becomes the program
	if err := putFilterUp(3); err != nil {
		fmt.Fprintln(os.Stderr, "these tests need seccomp_unotify(2):", err)
		os.Exit(1)
	}
	err := syscall.Exec(os.Args[1], os.Args[1:], os.Environ())
	fmt.Fprintf(os.Stderr, "%s: %v\n", strings.Join(os.Args[1:], " "), err)
	os.Exit(1)
}

// putFilterUp has the kernel ask about writes and fsyncs, and sends the end at
// which it is answered through the socket.
func putFilterUp(socket int) error {
	program := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS}, // the number of the system call
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_FSYNC, Jt: 3},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_FDATASYNC, Jt: 2},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_PWRITE64, Jt: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_USER_NOTIF},
	}
	filter := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	fd, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER,
		unix.SECCOMP_FILTER_FLAG_NEW_LISTENER, uintptr(unsafe.Pointer(&filter)))
	if errno != 0 {
		return errno
	}
	return unix.Sendmsg(socket, []byte{0}, unix.UnixRights(int(fd)), nil, 0)
}
