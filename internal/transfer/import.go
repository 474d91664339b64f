package transfer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

// maxRefusals is how many refused records an import names.
const maxRefusals = 20

// Source is a file of documents, or standard input. It is opened once.
type Source struct {
	Name string // for positions
	Open func() (io.ReadCloser, error)
}

// Step is what an import is doing.
type Step string

// The steps of an import. Nothing is changed before Reserving, which is a step of
// large imports.
const (
	Reading   Step = "reading"
	Checking  Step = "checking"
	Reserving Step = "reserving addresses"
	Importing Step = "importing"
)

// Importer brings documents into a directory. See Run.
type Importer struct {
	Directory *directory.Directory
	// Tenant takes everything, and is made when it is not known. When it is "",
	// accounts belong to the AwsAccountId of their documents, which MUST be known.
	Tenant chime.TenantID
	// Overwrite replaces what exists.
	Overwrite bool
	// Progress, when set, is told of each step how many documents or records are
	// done; the total is 0 while it is not known.
	Progress func(step Step, done, total int64)
	// Report, when set, is told of each invitation that is skipped.
	Report func(string)
	// TempDir is for the staging database; "" for the system's. It needs about as
	// much room as the sources.
	TempDir string
}

// Result counts what became of the accounts and of the users' records: a person
// with an invitation to another account has two.
type Result struct {
	AccountsAdded, AccountsKept, AccountsReplaced      int64
	UsersAdded, UsersKept, UsersReplaced, UsersSkipped int64
}

// Run reads, merges and checks all documents of the sources and then applies
// them, accounts first and then users in the order of account and id, by
// transactions of at most directory.MaxImport. Before these, a large import
// reserves addresses (directory.ReserveImport). It takes a bounded amount
// of memory, whatever the number of documents, but for a bit for each.
//
// An error that is found before anything is applied names documents by their
// positions (DocumentError). A run that ends early, by an error or because ctx
// ends, has done whole transactions, which Result counts; running it again
// completes it. A run that adds waits for the disk at its end, and one that
// overwrites with each transaction. The context's caller MUST be local.
func (i *Importer) Run(ctx context.Context, sources []Source) (result Result, err error) {
	if i.Tenant != "" && !tenantForm.MatchString(string(i.Tenant)) {
		return result, fmt.Errorf("the tenant %q is no AWS account id: it must have 12 digits", i.Tenant)
	}
	staging, err := openStaging(ctx, i.TempDir)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, staging.close()) }()
	r := run{Importer: i, staging: staging}
	for _, step := range []func(context.Context) error{
		func(ctx context.Context) error { return r.readAll(ctx, sources) },
		r.check,
		r.reserve,
		r.apply,
	} {
		if err := step(ctx); err != nil {
			if ctx.Err() != nil {
				err = context.Cause(ctx)
			}
			return r.result, err
		}
	}
	return r.result, nil
}

// run is one Run.
type run struct {
	*Importer
	*staging
	read   int64 // documents
	users  int64 // records, once documents are merged
	free   marks // documents about users whose addresses nobody holds
	result Result
}

func (r *run) progress(step Step, done, total int64) {
	if r.Progress != nil {
		r.Progress(step, done, total)
	}
}

// readAll reads the sources and keeps their documents. One reads while another
// keeps, and when ctx ends nobody waits for a source that has nothing to say.
func (r *run) readAll(ctx context.Context, sources []Source) error {
	for _, source := range sources {
		r.sources = append(r.sources, source.Name)
		err := pipe(ctx, func(send func([]document) error) error {
			return readSource(source, send)
		}, r.keep)
		if err != nil {
			return err
		}
	}
	r.progress(Reading, r.read, r.read)
	return nil
}

func (r *run) keep(documents []document) error {
	for _, d := range documents {
		if d.kind == ofAccount && r.Tenant != "" {
			d.values[awsAccountID] = ""
		}
		if err := r.add(d); err != nil {
			return err
		}
	}
	r.read += int64(len(documents))
	r.progress(Reading, r.read, 0)
	return nil
}

// readSource sends the source's documents, some at a time.
func readSource(source Source, send func([]document) error) error {
	from, err := source.Open()
	if err != nil {
		return fmt.Errorf("opening %s: %w", source.Name, err)
	}
	var some []document
	err = read(source.Name, from, func(d document) error {
		d.values = slices.Clone(d.values)
		if some = append(some, d); len(some) < directory.MaxImport {
			return nil
		}
		full := some
		some = make([]document, 0, len(full))
		return send(full)
	})
	if err == nil {
		err = send(some)
	}
	if closeErr := from.Close(); err == nil && closeErr != nil {
		return fmt.Errorf("closing %s: %w", source.Name, closeErr)
	}
	return err
}

// part is what one transaction applies.
type part struct {
	kind  kind
	batch directory.ImportBatch
}

// apply imports accounts and then users. The next part is put together while one
// is written.
func (r *run) apply(ctx context.Context) error {
	var done int64
	var refused *directory.ImportRefusedError
	var of kind
	err := pipeStaged(ctx, r.parts, func(p part) error {
		of = p.kind
		p.batch.More = done+int64(len(p.batch.Users)) < r.users
		applied, err := r.Directory.Import(ctx, p.batch)
		if err != nil {
			return fmt.Errorf("importing: %w", err)
		}
		r.tally(applied)
		done += int64(len(p.batch.Users))
		r.progress(Importing, done, r.users)
		return nil
	})
	if errors.As(err, &refused) {
		return r.located(of, refused.Refusals[0])
	}
	return err
}

// parts sends everything in the order in which it is applied.
func (r *run) parts(send func(part) error) error {
	pins := directory.Stretch{Of: 1 + r.users/directory.MaxImport}
	for _, k := range []kind{ofAccount, ofUser} {
		err := r.batchesOfTenants(k, func(tenant chime.TenantID, batch []staged) error {
			b, err := r.batch(batch)
			if err != nil {
				return err
			}
			b.Tenant, b.PINs = cmp.Or(r.Tenant, tenant), pins
			pins.Part++
			return send(part{k, b})
		})
		if err != nil {
			return err
		}
	}
	return nil
}
