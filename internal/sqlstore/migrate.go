package sqlstore

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"

	"github.com/carillon-id/carillon/internal/chime"
)

//go:embed migrations/*.sql
var embedded embed.FS

// VersionTable is where a database keeps the numbers of the migrations that it has
// seen, and VersionQuery answers the greatest of them in one row.
const (
	VersionTable = "goose_db_version"
	VersionQuery = "SELECT coalesce(max(version_id), 0) FROM " + VersionTable + " WHERE is_applied"
)

// Migrations are the steps that make the schema: files named NUMBER_WHAT.sql, whose
// number says to which release they belong (chime.Schema).
type Migrations struct{ files fs.FS }

// NewMigrations returns those of the folder "migrations" of the files.
func NewMigrations(files fs.FS) Migrations { return Migrations{files} }

// ProgramMigrations returns those of this program.
func ProgramMigrations() Migrations { return Migrations{embedded} }

// migration is one step.
type migration struct {
	version int64
	file    string
}

// list returns the steps in their order.
func (m Migrations) list() ([]migration, error) {
	files, err := fs.Glob(m.files, "migrations/*.sql")
	if err != nil {
		return nil, fmt.Errorf("reading the migrations: %w", err)
	}
	steps := make([]migration, 0, len(files))
	for _, file := range files {
		number, _, _ := strings.Cut(path.Base(file), "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("migration %s has no number: %w", file, err)
		}
		steps = append(steps, migration{version, file})
	}
	slices.SortFunc(steps, func(a, b migration) int { return int(a.version - b.version) })
	return steps, nil
}

// Schema says how a database whose VersionQuery answers the version stands to the
// migrations.
func (m Migrations) Schema(version int64) (chime.Schema, error) {
	steps, err := m.list()
	if err != nil {
		return chime.Schema{}, err
	}
	s := chime.Schema{Database: version}
	for _, step := range steps {
		s.Program = step.version
		if step.version > version {
			s.Pending = append(s.Pending, strings.TrimSuffix(path.Base(step.file), ".sql"))
		}
	}
	return s, nil
}

// errApplied says that somebody else applied a migration just now.
var errApplied = errors.New("the migration was applied meanwhile")

// Apply brings the schema of db up to date. The dialect is the engine's; rewrite
// turns the text of a migration into the engine's own: what "clustered", BIGINT
// and BYTEA are called there. Of several that apply migrations at the same time,
// each of them is applied by one.
func (m Migrations) Apply(ctx context.Context, db *sql.DB, dialect goose.Dialect, rewrite func(string) string, options ...goose.ProviderOption) error {
	steps, err := m.steps(rewrite)
	if err != nil {
		return err
	}
	options = append(options, goose.WithGoMigrations(steps...), goose.WithDisableGlobalRegistry(true))
	for range 1 + len(steps) { // whoever comes too late for one goes on with the next
		var provider *goose.Provider
		if provider, err = goose.NewProvider(dialect, db, nil, options...); err != nil {
			return fmt.Errorf("reading the migrations: %w", err)
		}
		if _, err = provider.Up(ctx); !errors.Is(err, errApplied) {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("migrating the schema: %w", err)
	}
	return nil
}

func (m Migrations) steps(rewrite func(string) string) ([]*goose.Migration, error) {
	list, err := m.list()
	if err != nil {
		return nil, err
	}
	steps := make([]*goose.Migration, 0, len(list))
	for _, step := range list {
		text, err := fs.ReadFile(m.files, step.file)
		if err != nil {
			return nil, fmt.Errorf("reading migration %s: %w", step.file, err)
		}
		up := func(ctx context.Context, tx *sql.Tx) error {
			var known int64
			if err := tx.QueryRowContext(ctx, VersionQuery).Scan(&known); err != nil {
				return err
			}
			if known >= step.version {
				return errApplied
			}
			_, err := tx.ExecContext(ctx, rewrite(string(text)))
			return err
		}
		steps = append(steps, goose.NewGoMigration(step.version, &goose.GoFunc{RunTx: up}, nil))
	}
	return steps, nil
}

// Usable returns why a database with that schema cannot be used as it is, or nil.
// One that is missing or older can be migrated.
func Usable(s chime.Schema) error {
	switch s.State() {
	case chime.SchemaMissing:
		return ErrNoSchema
	case chime.SchemaOlder:
		return fmt.Errorf("its schema (%d) is older than this program's (%d): run `carillon migrate up`, or start `carillon serve`, which migrates it", s.Database, s.Program)
	case chime.SchemaTooNew:
		return fmt.Errorf("its schema (%d) is more than one release newer than this program's (%d): install the carillon that last served it, or restore a backup from before it was migrated",
			s.Database, s.Program)
	}
	return nil
}

// ErrNoSchema says that a database has nothing of Carillon's in it.
var ErrNoSchema = errors.New("there is no Carillon in it: start `carillon serve` or run `carillon import` on it, or name another with --database")
