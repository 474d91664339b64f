package directory

import (
	"context"

	"github.com/carillon-id/carillon/internal/chime"
)

// recordedTx is a transaction that ends with an audit record: whatever it changes of
// accounts and people names that record, so that a check can go from a state to who
// made it so. A member who is written as they were read goes on naming theirs.
type recordedTx struct {
	chime.Tx
	record string // its id
	read   map[chime.MemberKey]chime.Member
}

func recorded(tx chime.Tx, record string) recordedTx {
	return recordedTx{tx, record, make(map[chime.MemberKey]chime.Member)}
}

func (t recordedTx) remember(members []chime.Member) {
	for _, m := range members {
		t.read[m.Key()] = m
	}
}

func (t recordedTx) AccountMembers(ctx context.Context, id chime.AccountID, users []chime.UserID) (*chime.Account, []chime.Member, error) {
	account, members, err := t.Tx.AccountMembers(ctx, id, users)
	t.remember(members)
	return account, members, err
}

func (t recordedTx) AccountRoll(ctx context.Context, id chime.AccountID, users []chime.UserID, full chime.AccountType) (
	*chime.Account, []chime.Member, []chime.FormerMember, error,
) {
	account, members, former, err := t.Tx.AccountRoll(ctx, id, users, full)
	t.remember(members)
	return account, members, former, err
}

func (t recordedTx) AccountInvitees(ctx context.Context, id chime.AccountID, claims map[string]chime.UserID, domains []string) (chime.Invitees, error) {
	found, err := t.Tx.AccountInvitees(ctx, id, claims, domains)
	t.remember(found.Members)
	return found, err
}

func (t recordedTx) Subject(ctx context.Context, user chime.UserID, guess chime.AccountID) (*chime.Subject, error) {
	subject, err := t.Tx.Subject(ctx, user, guess)
	if subject != nil && subject.Member != nil {
		t.remember([]chime.Member{*subject.Member})
	}
	return subject, err
}

func (t recordedTx) MembersAt(ctx context.Context, keys []chime.MemberKey) ([]chime.Member, error) {
	members, err := t.Tx.MembersAt(ctx, keys)
	t.remember(members)
	return members, err
}

func (t recordedTx) PutAccounts(ctx context.Context, accounts ...chime.Account) error {
	for i := range accounts {
		accounts[i].Record = t.record
	}
	return t.Tx.PutAccounts(ctx, accounts...)
}

func (t recordedTx) PutMembers(ctx context.Context, members ...chime.Member) error {
	for i, m := range members {
		if m != t.read[m.Key()] {
			members[i].Record = t.record
		}
	}
	return t.Tx.PutMembers(ctx, members...)
}

func (t recordedTx) PutStandings(ctx context.Context, members ...chime.Member) error {
	for i, m := range members {
		if m.Standing != t.read[m.Key()].Standing {
			members[i].Record = t.record
		}
	}
	return t.Tx.PutStandings(ctx, members...)
}

func (t recordedTx) PutFormerMembers(ctx context.Context, former ...chime.FormerMember) error {
	for i := range former {
		former[i].Record = t.record
	}
	return t.Tx.PutFormerMembers(ctx, former...)
}

func (t recordedTx) PutPeople(ctx context.Context, people ...chime.Person) error {
	return t.Tx.PutPeople(ctx, t.stamped(people)...)
}

func (t recordedTx) PutLeavers(ctx context.Context, people ...chime.Person) error {
	return t.Tx.PutLeavers(ctx, t.stamped(people)...)
}

func (t recordedTx) stamped(people []chime.Person) []chime.Person {
	for i := range people {
		people[i].Record = t.record
	}
	return people
}

func (t recordedTx) PutAdministrator(ctx context.Context, a chime.Administrator) error {
	a.Record = t.record
	return t.Tx.PutAdministrator(ctx, a)
}

func (t recordedTx) PutPrincipal(ctx context.Context, p chime.Principal) error {
	p.Record = t.record
	return t.Tx.PutPrincipal(ctx, p)
}
