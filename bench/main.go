// Command bench measures a Carillon server, and in the same run what limits it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// config is what the flags say.
type config struct {
	engine string
	server string // the program to measure
	users  []int
	rounds int
	window time.Duration
	dir    string
	plot   string
	// document is a file whose part about the engine is replaced by what is printed.
	document string
	only     *regexp.Regexp
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) == 3 && args[0] == "canned" && args[1] == "--listen" {
		return serveCanned(args[2], stderr)
	}
	c, err := parse(args, stderr)
	if err != nil {
		return err
	}
	debug.SetGCPercent(400) // the driver must not compete with what it measures
	return c.run(ctx, stdout, stderr)
}

func parse(args []string, stderr io.Writer) (config, error) {
	var c config
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&c.engine, "engine", "sqlite", "sqlite or postgres")
	flags.StringVar(&c.server, "server", "bin/carillon", "the server's program")
	users := flags.String("users", "100000", "how many users the directory has; several numbers, with commas between, for one run after the other")
	flags.IntVar(&c.rounds, "rounds", 5, "how often each thing is measured")
	flags.DurationVar(&c.window, "window", time.Second, "how long each thing is measured in a round")
	flags.StringVar(&c.dir, "dir", "", "where the databases are made (default: a temporary folder)")
	flags.StringVar(&c.plot, "plot", "", "an SVG file to draw rate and latency against the number of users in")
	flags.StringVar(&c.document, "document", "", "a Markdown file to keep the results in, between the lines <!-- ENGINE --> and <!-- end of ENGINE -->")
	only := flags.String("only", "", "measure only what matches this regular expression")
	if err := flags.Parse(args); err != nil {
		return c, err
	}
	var err error
	if c.only, err = regexp.Compile(*only); err != nil {
		return c, fmt.Errorf("-only: %w", err)
	}
	switch {
	case flags.NArg() > 0:
		return c, fmt.Errorf("%q is no flag", flags.Arg(0))
	case c.engine != "sqlite" && c.engine != "postgres":
		return c, fmt.Errorf("-engine: %q is neither sqlite nor postgres", c.engine)
	case c.rounds < 1:
		return c, fmt.Errorf("-rounds: there must be one at least, and not %d", c.rounds)
	}
	for _, text := range strings.FieldsFunc(*users, func(r rune) bool { return r == ',' || r == ' ' }) {
		n, err := strconv.Atoi(text)
		if err != nil || n < 4*batchSize {
			return c, fmt.Errorf("-users: %q is no number of at least %d", text, 4*batchSize)
		}
		c.users = append(c.users, n)
	}
	if len(c.users) == 0 {
		return c, errors.New("-users: there is no number")
	}
	return c, nil
}

func processors() int { return runtime.NumCPU() }
