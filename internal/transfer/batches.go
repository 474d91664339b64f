package transfer

import (
	"fmt"

	"zombiezen.com/go/sqlite"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

// batches calls each with the documents of a kind in the order in which they are
// applied, as many at a time as a transaction takes.
func (s *staging) batches(k kind, each func([]staged) error) error {
	return s.batchesOfTenants(k, func(_ chime.TenantID, batch []staged) error { return each(batch) })
}

// batchesOfTenants is batches, where no batch has documents about the accounts of
// two tenants. The tenant of people who are in no account is "".
func (s *staging) batchesOfTenants(k kind, each func(chime.TenantID, []staged) error) error {
	var (
		batch  = make([]staged, 0, directory.MaxImport)
		tenant string
	)
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		full := batch
		batch = batch[:0]
		return each(chime.TenantID(tenant), full)
	}
	err := s.run(`SELECT d.id, d.kind, d.source, d.line, d.col, d.body, coalesce(r.rival, ''), coalesce(t.tenant, '')
		FROM documents d LEFT JOIN rivals r ON r.id = d.id
		LEFT JOIN tenants t ON t.account = CASE d.kind WHEN 0 THEN d.owner ELSE d.place END
		WHERE d.kind = ? ORDER BY d.late, d.place, d.owner`, func(st *sqlite.Stmt) error {
		d := s.scan(st)
		d.rival = st.ColumnText(6)
		if of := st.ColumnText(7); of != tenant || len(batch) == directory.MaxImport {
			if err := flush(); err != nil {
				return err
			}
			tenant = of
		}
		batch = append(batch, d)
		return nil
	}, int64(k))
	if err != nil {
		return err
	}
	return flush()
}

// keepTenants notes the tenants of accounts.
func (s *staging) keepTenants(of map[chime.AccountID]chime.TenantID) error {
	for account, tenant := range of {
		if err := s.run("INSERT OR REPLACE INTO tenants (account, tenant) VALUES (?, ?)", nil, string(account), string(tenant)); err != nil {
			return err
		}
	}
	return nil
}

// batch is what the directory is given of some documents.
func (r *run) batch(documents []staged) (directory.ImportBatch, error) {
	b := directory.ImportBatch{
		Tenant: r.Tenant, MakeTenant: r.Tenant != "", Overwrite: r.Overwrite,
		Users: make([]directory.ImportUser, 0, len(documents)),
	}
	for _, d := range documents {
		if d.kind == ofAccount {
			account, err := d.importAccount(r.Tenant)
			if err != nil {
				return b, err
			}
			b.Accounts = append(b.Accounts, account)
			continue
		}
		user := d.importUser()
		user.Rival = chime.UserID(d.rival)
		b.Users = append(b.Users, user)
	}
	return b, nil
}

// accountsOf returns the accounts of the users, as far as there are documents
// about them.
func (r *run) accountsOf(users []staged) (accounts []directory.ImportAccount, err error) {
	asked := make(map[string]bool)
	for _, user := range users {
		place := user.place()
		if place == "" || asked[place] {
			continue
		}
		asked[place] = true
		d, err := r.find(ofAccount, place, "")
		if err != nil {
			return nil, err
		}
		if d == nil {
			continue
		}
		account, err := d.importAccount(r.Tenant)
		if err != nil {
			return nil, err
		}
		accounts = append(accounts, account)
	}
	return accounts, nil
}

// tally adds a batch to the result and reports whom it skipped.
func (r *run) tally(applied directory.ImportResult) {
	r.result.AccountsAdded += int64(applied.AccountsAdded)
	r.result.AccountsKept += int64(applied.AccountsKept)
	r.result.AccountsReplaced += int64(applied.AccountsReplaced)
	r.result.UsersAdded += int64(applied.UsersAdded)
	r.result.UsersKept += int64(applied.UsersKept)
	r.result.UsersReplaced += int64(applied.UsersReplaced)
	r.result.UsersSkipped += int64(len(applied.Skipped))
	for _, s := range applied.Skipped {
		if r.Report != nil {
			r.Report(fmt.Sprintf("skipped user %s, who is invited to account %s with the address of user %s", s.User, s.Account, s.Holder))
		}
	}
}
