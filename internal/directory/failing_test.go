package directory_test

import (
	"context"
	"errors"

	"github.com/carillon-id/carillon/internal/chime"
)

var errFailing = errors.New("the store fails")

// failing is a store whose Updates fail at the write after so many others.
type failing struct {
	chime.Store
	after int
}

func (s *failing) Update(ctx context.Context, fn func(chime.Tx) error) error {
	return s.Store.Update(ctx, func(tx chime.Tx) error { return fn(&failingTx{tx, s.after}) })
}

func (s *failing) UpdateInPlace(ctx context.Context, fn func(chime.Tx) error) error {
	return s.Store.UpdateInPlace(ctx, func(tx chime.Tx) error { return fn(&failingTx{tx, s.after}) })
}

func (s *failing) UpdateUnsynced(ctx context.Context, fn func(chime.Tx) error) error {
	return s.Store.UpdateUnsynced(ctx, func(tx chime.Tx) error { return fn(&failingTx{tx, s.after}) })
}

// failingTx counts the writes of suspensions down.
type failingTx struct {
	chime.Tx
	left int
}

func (tx *failingTx) next() error {
	tx.left--
	if tx.left < 0 {
		return errFailing
	}
	return nil
}

func (tx *failingTx) PutStandings(ctx context.Context, members ...chime.Member) error {
	return errors.Join(tx.Tx.PutStandings(ctx, members...), tx.next())
}

func (tx *failingTx) DeleteMembers(ctx context.Context, account chime.AccountID, users []chime.UserID) error {
	return errors.Join(tx.Tx.DeleteMembers(ctx, account, users), tx.next())
}

func (tx *failingTx) PutFormerMembers(ctx context.Context, former ...chime.FormerMember) error {
	return errors.Join(tx.Tx.PutFormerMembers(ctx, former...), tx.next())
}

func (tx *failingTx) PutLeavers(ctx context.Context, people ...chime.Person) error {
	return errors.Join(tx.Tx.PutLeavers(ctx, people...), tx.next())
}

func (tx *failingTx) PutPeople(ctx context.Context, people ...chime.Person) error {
	return errors.Join(tx.Tx.PutPeople(ctx, people...), tx.next())
}

func (tx *failingTx) AppendAudit(ctx context.Context, records ...chime.AuditRecord) error {
	return errors.Join(tx.Tx.AppendAudit(ctx, records...), tx.next())
}
