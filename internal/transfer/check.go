package transfer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

// refusal is why a record cannot be imported, and which one: by a document of this
// run, or by what it is about.
type refusal struct {
	err error // nil when it is to be located
	of  directory.ImportRefusal
}

// refusals collects why records cannot be imported, until there are enough.
type refusals []refusal

var errEnough = errors.New("that is all for now")

func (r *refusals) add(one refusal) error {
	if *r = append(*r, one); len(*r) == maxRefusals {
		return errEnough
	}
	return nil
}

// err joins them with the error of whoever added to them. locate tells where a
// record stands.
func (r refusals) err(err error, locate func(directory.ImportRefusal) error) error {
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	errs := make([]error, 0, len(r))
	for _, one := range r {
		if one.err == nil {
			one.err = locate(one.of)
		}
		errs = append(errs, one.err)
	}
	return errors.Join(errs...)
}

// check finds what stands against the import. It changes nothing.
func (r *run) check(ctx context.Context) error {
	if err := r.merge(); err != nil {
		return err
	}
	var refused refusals
	err := r.conflicts(func(err error) error { return refused.add(refusal{err: err}) })
	if err := refused.err(err, nil); err != nil {
		return err
	}
	if err := r.run("CREATE INDEX documents_in_order ON documents (kind, late, place, owner)", nil); err != nil {
		return err
	}
	if r.users, err = r.count(ofUser); err != nil {
		return err
	}
	for _, k := range []kind{ofAccount, ofUser} {
		err := r.checkAll(ctx, k, &refused)
		if err := refused.err(err, func(of directory.ImportRefusal) error { return r.located(k, of) }); err != nil {
			return err
		}
	}
	return nil
}

// candidates are some records that are to be checked.
type candidates struct {
	batch  directory.ImportBatch
	unfit  []refusal // that no directory would take
	claims []claim   // to addresses
	number int64
}

// knownTenants are tenants of accounts that the directory told, until the staging
// database is free to keep them.
type knownTenants struct {
	mu sync.Mutex
	of map[chime.AccountID]chime.TenantID
}

func (k *knownTenants) add(of map[chime.AccountID]chime.TenantID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.of == nil {
		k.of = make(map[chime.AccountID]chime.TenantID)
	}
	maps.Copy(k.of, of)
}

func (k *knownTenants) take() map[chime.AccountID]chime.TenantID {
	k.mu.Lock()
	defer k.mu.Unlock()
	of := k.of
	k.of = nil
	return of
}

// checkAll checks the records of a kind. The next ones are put together while some
// are checked.
func (r *run) checkAll(ctx context.Context, k kind, refused *refusals) error {
	var done int64
	var tenants knownTenants
	err := pipeStaged(ctx, func(send func(candidates) error) error {
		return r.batches(k, func(batch []staged) error {
			if err := r.keepTenants(tenants.take()); err != nil {
				return err
			}
			c, err := r.candidates(k, batch)
			if err != nil {
				return err
			}
			return send(c)
		})
	}, func(c candidates) error {
		checked, err := r.Directory.CheckImport(ctx, c.batch)
		if err != nil {
			return fmt.Errorf("checking the import: %w", err)
		}
		for _, of := range checked.Refusals {
			c.unfit = append(c.unfit, refusal{of: of})
		}
		for _, one := range c.unfit {
			if err := refused.add(one); err != nil {
				return err
			}
		}
		if k == ofUser {
			done += c.number
			r.progress(Checking, done, r.users)
		}
		r.free.note(c.claims, checked.Addresses)
		tenants.add(checked.Tenants)
		return nil
	})
	if err != nil {
		return err
	}
	return r.keepTenants(tenants.take())
}

// candidates puts the records of some documents together.
func (r *run) candidates(k kind, batch []staged) (c candidates, err error) {
	c.number = int64(len(batch))
	if c.batch, err = r.batch(batch); err != nil {
		return c, err
	}
	for _, d := range batch {
		if reason := d.unfit(); reason != "" {
			c.unfit = append(c.unfit, refusal{err: &DocumentError{d.at, reason}})
		}
		if address := d.address(); address != "" {
			c.claims = append(c.claims, claim{id: d.id, key: address, user: d.owner()})
		}
	}
	if k == ofUser {
		c.batch.Accounts, err = r.accountsOf(batch)
	}
	return c, err
}

// located tells where the refused record stands.
func (r *run) located(k kind, refusal directory.ImportRefusal) error {
	owner, place := string(refusal.User), string(refusal.Account)
	if k == ofAccount {
		owner, place = string(refusal.Account), ""
	}
	d, err := r.find(k, owner, place)
	if err != nil || d == nil {
		return errors.Join(errors.New(refusal.Reason), err)
	}
	return &DocumentError{d.at, refusal.Reason}
}
