package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carillon-id/carillon/internal/sqlstore"
	engine "github.com/carillon-id/carillon/internal/sqlstore/postgres"
)

// cluster is a PostgreSQL of the machine's own package, started for the run with
// the settings that it comes with. The raw driver works in a copy of the server's
// database.
type cluster struct {
	address   string
	cmd       *exec.Cmd
	scripts   scripts
	users     []string
	masterKey string
	layout    *naivePostgres
}

// startCluster makes and starts a cluster in the folder. PostgreSQL refuses to
// run as root: there, the user postgres runs it.
func startCluster(ctx context.Context, dir string) (*cluster, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	owner, err := unprivileged()
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "postgres")
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, fmt.Errorf("making a cluster: %w", err)
	}
	if owner != nil {
		if err := errors.Join(os.Chmod(dir, 0o711), os.Chown(data, int(owner.Uid), int(owner.Gid))); err != nil { // #nosec G302 -- the cluster's owner must get in
			return nil, fmt.Errorf("making a cluster: %w", err)
		}
	}
	attributes := &syscall.SysProcAttr{Credential: owner}
	initialize := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "-D", data) // #nosec G204 -- the package's
	initialize.SysProcAttr, initialize.Dir = attributes, "/"
	if out, err := initialize.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("making a cluster: %w\n%s", err, out)
	}
	_, port, _ := strings.Cut(address, ":")
	c := &cluster{address: address, masterKey: base64.StdEncoding.EncodeToString([]byte(strings.Repeat("bench-key.", 4)[:32]))}
	c.cmd = exec.CommandContext(context.WithoutCancel(ctx), filepath.Join(bin, "postgres"), "-D", data, "-p", port, // #nosec G204 -- the package's
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=")
	c.cmd.SysProcAttr, c.cmd.Dir = attributes, "/"
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting a cluster: %w", err)
	}
	if err := c.await(ctx); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

// programs returns the folder of the newest installed PostgreSQL.
func programs() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil || len(found) == 0 {
		return "", errors.Join(err, errors.New("there is no PostgreSQL in /usr/lib/postgresql: install the package postgresql"))
	}
	version := func(path string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		return n
	}
	return slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) }), nil
}

// unprivileged returns who runs the cluster, nil for this process's own user.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	owner, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("looking for who may run PostgreSQL: %w", err)
	}
	uid, err := strconv.ParseUint(owner.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(owner.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

func (c *cluster) database(name string) string {
	return "postgres://postgres@" + c.address + "/" + name + "?sslmode=disable"
}

// await waits until the cluster answers, and makes the server's database.
func (c *cluster) await(ctx context.Context) error {
	deadline := time.Now().Add(time.Minute)
	for {
		err := c.execute(ctx, "postgres", "CREATE DATABASE carillon")
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) || ctx.Err() != nil {
			return fmt.Errorf("waiting for the cluster: %w", err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (c *cluster) execute(ctx context.Context, database, sql string) error {
	conn, err := pgx.Connect(ctx, c.database(database))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, sql)
	return errors.Join(err, conn.Close(ctx))
}

func (c *cluster) url() string           { return c.database("carillon") }
func (c *cluster) environment() []string { return []string{"CARILLON_MASTER_KEY=" + c.masterKey} }
func (c *cluster) naive() suspender      { return c.layout }
func (c *cluster) rawWriters() int       { return 16 }
func (c *cluster) logSize() int64        { return 0 }

func (c *cluster) store(ctx context.Context) (*sqlstore.Store, error) {
	return engine.OpenExisting(ctx, c.url())
}

func (c *cluster) prepare(ctx context.Context, p population, progress func(done int)) error {
	for _, step := range []struct{ database, sql string }{
		{"carillon", "VACUUM ANALYZE"},
		{"postgres", "CREATE DATABASE raw TEMPLATE carillon"},
		{"postgres", "CREATE DATABASE naive"},
	} {
		if err := c.execute(ctx, step.database, step.sql); err != nil {
			return fmt.Errorf("preparing the databases: %w", err)
		}
	}
	e, err := engine.OpenEngine(ctx, c.database("raw"))
	if err != nil {
		return err
	}
	c.users = p[0].users[:batchSize]
	c.scripts, err = listen(ctx, e, p)
	if err := errors.Join(err, e.Close()); err != nil {
		return err
	}
	if c.layout, err = openNaivePostgres(ctx, c.database("naive"), p, progress); err != nil {
		return err
	}
	if err := c.execute(ctx, "postgres", "CHECKPOINT"); err != nil {
		return fmt.Errorf("preparing the databases: %w", err)
	}
	return nil
}

// processes are the postmaster and all that it started.
func (c *cluster) processes() ([]int, error) {
	pid := c.cmd.Process.Pid
	started, err := children(pid)
	return append(started, pid), err
}

func (c *cluster) raw(ctx context.Context, n int) ([]rawConn, error) {
	var conns []rawConn
	for range n {
		conn, err := pgx.Connect(ctx, c.database("raw"))
		if err != nil {
			return nil, fmt.Errorf("connecting the raw driver: %w", err)
		}
		conns = append(conns, newRawPostgres(conn, &c.scripts, c.users))
	}
	return conns, nil
}

// close stops the cluster at once, without waiting for its clients.
func (c *cluster) close() error {
	if c.layout != nil {
		_ = c.layout.conn.Close(context.Background()) // the cluster ends it anyway
	}
	if err := c.cmd.Process.Signal(syscall.SIGINT); err != nil {
		return fmt.Errorf("stopping the cluster: %w", err)
	}
	kill := time.AfterFunc(stopGrace, func() { _ = c.cmd.Process.Kill() })
	defer kill.Stop()
	return c.cmd.Wait()
}
