package directory

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
)

// MaxImport is the greatest number of accounts, and of users, of one
// ImportBatch: a transaction that does not keep others waiting for long.
const MaxImport = 1000

// ImportAccount is an account as documents describe it. Zero values are what
// they do not say: a new account then gets the default of CreateAccount, a known
// one keeps what it has.
type ImportAccount struct {
	chime.Account
	// Settings, unlike those of the account, tell false from unsaid.
	Settings SettingsChange
}

// ImportUser is one record about a user as documents describe it. Its Account
// and Status say what it is: a member of an account, an invitation to one
// (Unregistered), or, with no Account, a person who belongs to none. A member of
// a Team account who is Suspended is a former member who became a free person
// (decision 1). Zero values are what the documents do not say: new users then
// get defaults, known ones keep what they have.
type ImportUser struct {
	chime.Member
	// Former says that this is only the record that a former member left in the
	// account, made at the time Removed. The person has a record of their own.
	Former  bool
	Removed time.Time
	// HasAlexa and HasTelephony tell false from unsaid.
	HasAlexa, HasTelephony bool
	// WithoutPIN says that a person who would be given a PIN has none.
	WithoutPIN bool
	// Rival is another user of the run with this address, who goes before this
	// one unless the directory already says whose it is. It is for invitations
	// and former members; two people with one address are not a batch.
	Rival chime.UserID
}

// ImportBatch is a part of an import, at most MaxImport accounts and users.
type ImportBatch struct {
	// Tenant, when set, is the only one whose accounts the batch may touch.
	Tenant chime.TenantID
	// MakeTenant has the Tenant made when it is not known: when it has neither a
	// principal nor an account.
	MakeTenant bool
	// Overwrite replaces what exists. Without it, what exists is kept.
	Overwrite bool
	// More says that another batch of the run follows. What the batch adds is then on
	// the disk for certain when a batch without More is; until then a crash of the
	// machine, though not of this process, may lose it. An Overwrite always waits for
	// the disk, because it may sign somebody out.
	More bool
	// PINs is where the PINs that the batch makes come from.
	PINs     Stretch
	Accounts []ImportAccount
	// Users are members of the Accounts or of accounts that exist.
	Users []ImportUser
}

// ImportRefusal is why a record cannot be imported.
type ImportRefusal struct {
	Account chime.AccountID
	User    chime.UserID // "" for an account
	Reason  string
}

// ImportSkip is an invitation that was left out, because its address belongs to
// somebody else.
type ImportSkip struct {
	Account chime.AccountID
	User    chime.UserID
	Holder  chime.UserID
}

// ImportResult counts what became of a batch's records.
type ImportResult struct {
	AccountsAdded, AccountsKept, AccountsReplaced int
	UsersAdded, UsersKept, UsersReplaced          int
	Skipped                                       []ImportSkip
}

// ImportCheck is what an Import of the batch would meet now.
type ImportCheck struct {
	Refusals []ImportRefusal
	// Tenants are those of the accounts that the batch names.
	Tenants map[chime.AccountID]chime.TenantID
	// Addresses are those, by chime.EmailKey, that nobody holds and it would take,
	// with their users.
	Addresses map[string]chime.UserID
}

// ImportRefusedError is returned by an Import that could not apply its batch and
// therefore applied none of it.
type ImportRefusedError struct{ Refusals []ImportRefusal }

func (e *ImportRefusedError) Error() string {
	if more := len(e.Refusals) - 1; more > 0 {
		return fmt.Sprintf("%s (and %d more)", e.Refusals[0].Reason, more)
	}
	return e.Refusals[0].Reason
}

// CheckImport says whether the batch could be imported, and changes nothing.
// Only the command line may import.
func (d *Directory) CheckImport(ctx context.Context, b ImportBatch) (check ImportCheck, err error) {
	if _, err = importing(ctx, b); err != nil {
		return check, err
	}
	err = d.Store.View(ctx, func(tx chime.Tx) error {
		plan, err := d.planImport(ctx, tx, b)
		if err != nil {
			return err
		}
		check = ImportCheck{
			Refusals: plan.refusals, Tenants: make(map[chime.AccountID]chime.TenantID, len(plan.accounts)),
			Addresses: plan.addresses.free(),
		}
		for id, account := range plan.accounts {
			check.Tenants[id] = account.Tenant
		}
		return nil
	})
	return check, err
}

// Import adds the batch to the directory in one transaction, or returns an
// *ImportRefusedError. It decides anew what is there and what is refused,
// because others write between a check and an import, and repeating it changes
// nothing more. These are the rules:
//
//   - What exists is kept: an account, a member, an invitation, the record of a
//     former member, a free person; so is a person who is a member elsewhere.
//   - Overwrite replaces, but what the batch does not say stays. It never lifts a
//     suspension: a Suspended member is neither registered nor moved, a former
//     member of an account does not come back to it, a deleted account is not
//     restored. It does not undo a registration by an invitation, nor make a Team
//     account of an Enterprise one.
//   - The epoch of an existing person never falls, and a change of state or
//     account raises it.
//   - An address or PIN of another user is refused; an invitation to such an
//     address is skipped. Overwrite takes an address from somebody who was only
//     ever invited, because inviting an address keeps nobody from owning it.
//
// Only the command line may import.
func (d *Directory) Import(ctx context.Context, b ImportBatch) (result ImportResult, err error) {
	if ctx, err = importing(ctx, b); err != nil {
		return result, err
	}
	err = d.write(ctx, call{operation: opImport, unsynced: b.More && !b.Overwrite}, func(_ iam.Caller, tx chime.Tx, c *call) error {
		plan, err := d.planImport(ctx, tx, b)
		if err != nil {
			return err
		}
		if len(plan.refusals) > 0 {
			return &ImportRefusedError{plan.refusals}
		}
		if err := plan.makePINs(ctx, tx, b.PINs); err != nil {
			return err
		}
		result = plan.result
		c.params, c.response = plan.record()
		c.signedOut = plan.signedOut()
		return plan.put(ctx, tx)
	})
	if err != nil {
		return ImportResult{}, err // not that of an attempt
	}
	return result, nil
}

// importing returns a context for the local operator as the caller in the
// batch's tenant.
func importing(ctx context.Context, b ImportBatch) (context.Context, error) {
	if err := operator(ctx); err != nil {
		return ctx, err
	}
	if len(b.Accounts) > MaxImport || len(b.Users) > MaxImport {
		return ctx, tooMany("records to import", MaxImport)
	}
	caller, _ := iam.CallerFrom(ctx)
	tenant := cmp.Or(b.Tenant, caller.Tenant)
	return iam.WithCaller(ctx, iam.LocalCaller(tenant, caller.Name)), nil
}

// operator refuses everybody but the operator of the command line.
func operator(ctx context.Context) error {
	if caller, ok := iam.CallerFrom(ctx); !ok || !caller.Local {
		return chime.Errorf(chime.Forbidden, "Only the command line may import.")
	}
	return nil
}

// planImport reads what the batch is about and decides on each of its records in
// turn, in memory.
func (d *Directory) planImport(ctx context.Context, tx chime.Tx, b ImportBatch) (*importPlan, error) {
	plan, err := readImport(ctx, tx, b, d.Now())
	if err != nil {
		return nil, err
	}
	if b.MakeTenant {
		plan.makeTenant(b.Tenant)
	}
	for _, account := range b.Accounts {
		plan.addAccount(account)
	}
	for _, user := range b.Users {
		plan.addUser(user)
	}
	return plan, nil
}

// record is what the audit keeps of the import: counts, and who was written.
func (p *importPlan) record() (params, response audit.Values) {
	byAccount := make(map[chime.AccountID][]chime.UserID)
	for _, key := range p.written {
		byAccount[key.Account] = append(byAccount[key.Account], key.User)
	}
	users := make([]audit.Values, 0, len(byAccount))
	for _, account := range slices.Sorted(maps.Keys(byAccount)) {
		users = append(users, audit.Values{"accountId": account, "userIds": byAccount[account]})
	}
	skipped := make([]audit.Values, 0, len(p.result.Skipped))
	for _, s := range p.result.Skipped {
		skipped = append(skipped, audit.Values{"accountId": s.Account, "userId": s.User, "addressOf": s.Holder})
	}
	params = audit.Values{"overwrite": p.overwrite, "accountIds": noLess(p.writtenAccounts), "users": users}
	response = audit.Values{
		"accountsAdded": p.result.AccountsAdded, "accountsKept": p.result.AccountsKept, "accountsReplaced": p.result.AccountsReplaced,
		"usersAdded": p.result.UsersAdded, "usersKept": p.result.UsersKept, "usersReplaced": p.result.UsersReplaced,
		"usersSkipped": skipped,
	}
	if p.newTenant {
		response["tenantMade"] = p.tenant
	}
	return params, response
}
