package directory

import (
	"context"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
)

// exportPage is how many records an export reads at a time.
const exportPage = 1000

// Exporter is given the directory, record by record. An error ends the export.
type Exporter interface {
	Account(chime.Account) error
	Member(chime.Member) error
	FormerMember(chime.FormerMember) error
	FreePerson(chime.Person) error
}

// Export gives the directory to e: the accounts by id, each followed by its
// members and former members by user id, and then the people who belong to no
// account. It reads page by page, so that it neither takes memory nor holds up
// whoever writes meanwhile; what they change may then be seen or not.
//
// With a tenant it gives that tenant's accounts. People belong to no tenant: a
// free person is given after each record of them as a former member, and others
// are not. Only the command line may export.
func (d *Directory) Export(ctx context.Context, tenant chime.TenantID, e Exporter) error {
	caller, ok := iam.CallerFrom(ctx)
	if !ok || !caller.Local {
		return chime.Errorf(chime.Forbidden, "Only the command line may export.")
	}
	c := call{operation: "Export", params: audit.Values{}, readOnly: true}
	if tenant != "" {
		caller = iam.LocalCaller(tenant, caller.Name)
		c.with("tenant", tenant)
	}
	x := export{store: d.Store, tenant: tenant, to: e}
	if err := x.accounts(ctx); err != nil {
		return err
	}
	if tenant == "" {
		if err := x.freePeople(ctx); err != nil {
			return err
		}
	}
	if d.AuditReads {
		d.Recorder.Read(ctx, c.event(caller, nil))
	}
	return nil
}

type export struct {
	store  chime.Store
	tenant chime.TenantID
	to     Exporter
}

// formerMember is a former member with the person, if the export is to tell of
// them here.
type formerMember struct {
	chime.FormerMember
	free *chime.Person
}

func (x export) accounts(ctx context.Context) error {
	accounts := pages[chime.Account, chime.AccountID]{
		store: x.store,
		read: func(ctx context.Context, tx chime.Tx, after chime.AccountID) ([]chime.Account, error) {
			return tx.ScanAccounts(ctx, x.tenant, after, exportPage)
		},
		key: func(a chime.Account) chime.AccountID { return a.ID },
	}
	for {
		account, err := accounts.next(ctx)
		if account == nil || err != nil {
			return err
		}
		if err := x.to.Account(*account); err != nil {
			return err
		}
		if err := x.users(ctx, account.ID); err != nil {
			return err
		}
	}
}

// users merges members and former members.
func (x export) users(ctx context.Context, account chime.AccountID) error {
	members := pages[chime.Member, chime.UserID]{
		store: x.store,
		read: func(ctx context.Context, tx chime.Tx, after chime.UserID) ([]chime.Member, error) {
			return tx.ListMembers(ctx, chime.MemberQuery{Account: account, After: after, Limit: exportPage})
		},
		key: func(m chime.Member) chime.UserID { return m.User },
	}
	former := pages[formerMember, chime.UserID]{
		store: x.store,
		read: func(ctx context.Context, tx chime.Tx, after chime.UserID) ([]formerMember, error) {
			return x.formerMembers(ctx, tx, account, after)
		},
		key: func(f formerMember) chime.UserID { return f.User },
	}
	f, err := former.next(ctx)
	if err != nil {
		return err
	}
	for {
		m, err := members.next(ctx)
		if err != nil {
			return err
		}
		for ; f != nil && (m == nil || f.User < m.User) && err == nil; f, err = former.next(ctx) {
			if err := x.former(*f); err != nil {
				return err
			}
		}
		if m == nil || err != nil {
			return err
		}
		if err := x.to.Member(*m); err != nil {
			return err
		}
	}
}

func (x export) former(f formerMember) error {
	if err := x.to.FormerMember(f.FormerMember); err != nil || f.free == nil {
		return err
	}
	return x.to.FreePerson(*f.free)
}

func (x export) formerMembers(ctx context.Context, tx chime.Tx, account chime.AccountID, after chime.UserID) ([]formerMember, error) {
	list, err := tx.ListFormerMembers(ctx, account, after, exportPage)
	if err != nil {
		return nil, err
	}
	former, ids := make([]formerMember, 0, len(list)), make([]chime.UserID, 0, len(list))
	for _, f := range list {
		former, ids = append(former, formerMember{FormerMember: f}), append(ids, f.User)
	}
	if x.tenant == "" {
		return former, nil
	}
	people, err := tx.People(ctx, ids)
	free := make(map[chime.UserID]*chime.Person, len(people))
	for _, person := range people {
		if person.Free() {
			free[person.ID] = &person
		}
	}
	for i := range former {
		former[i].free = free[former[i].User]
	}
	return former, err
}

func (x export) freePeople(ctx context.Context) error {
	people := pages[chime.Person, chime.UserID]{
		store: x.store,
		read: func(ctx context.Context, tx chime.Tx, after chime.UserID) ([]chime.Person, error) {
			return tx.ListFreePeople(ctx, after, exportPage)
		},
		key: func(p chime.Person) chime.UserID { return p.ID },
	}
	for {
		person, err := people.next(ctx)
		if person == nil || err != nil {
			return err
		}
		if err := x.to.FreePerson(*person); err != nil {
			return err
		}
	}
}

// pages reads a list ordered by key, a page and a snapshot at a time.
type pages[T any, K ~string] struct {
	store chime.Store
	read  func(ctx context.Context, tx chime.Tx, after K) ([]T, error)
	key   func(T) K

	page  []T
	after K
	last  bool
}

// next returns the next item; nil after the last.
func (p *pages[T, K]) next(ctx context.Context) (*T, error) {
	if len(p.page) == 0 && !p.last {
		err := p.store.View(ctx, func(tx chime.Tx) (err error) {
			p.page, err = p.read(ctx, tx, p.after)
			return err
		})
		if err != nil {
			return nil, err
		}
		p.last = len(p.page) < exportPage
	}
	if len(p.page) == 0 {
		return nil, nil
	}
	item := &p.page[0]
	p.page, p.after = p.page[1:], p.key(*item)
	return item, nil
}
