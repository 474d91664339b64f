package directory

import (
	"context"

	"github.com/carillon-id/carillon/internal/chime"
)

// recordedTx is a transaction that ends with an audit record: whatever it writes of
// accounts and people names that record, so that a check can go from a state to who
// made it so.
type recordedTx struct {
	chime.Tx
	record string // its id
}

func (t recordedTx) PutAccounts(ctx context.Context, accounts ...chime.Account) error {
	for i := range accounts {
		accounts[i].Record = t.record
	}
	return t.Tx.PutAccounts(ctx, accounts...)
}

func (t recordedTx) PutMembers(ctx context.Context, members ...chime.Member) error {
	for i := range members {
		members[i].Record = t.record
	}
	return t.Tx.PutMembers(ctx, members...)
}

func (t recordedTx) PutStandings(ctx context.Context, members ...chime.Member) error {
	for i := range members {
		members[i].Record = t.record
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
	for i := range people {
		people[i].Record = t.record
	}
	return t.Tx.PutPeople(ctx, people...)
}

func (t recordedTx) PutPrincipal(ctx context.Context, p chime.Principal) error {
	p.Record = t.record
	return t.Tx.PutPrincipal(ctx, p)
}
