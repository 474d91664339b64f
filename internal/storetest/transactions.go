package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
)

func transactionCases() []testCase {
	return []testCase{
		{"UpdateIsSeenAfterwards", updateIsSeenAfterwards},
		{"UpdateSeesItsOwnWrites", updateSeesItsOwnWrites},
		{"UpdateErrorChangesNothing", updateErrorChangesNothing},
		{"UpdatePanicChangesNothing", updatePanicChangesNothing},
		{"UpdateRefusedStatementChangesNothing", updateRefusedStatementChangesNothing},
		{"ViewErrorIsReturned", viewErrorIsReturned},
		{"ViewPanicLeavesTheStoreUsable", viewPanicLeavesTheStoreUsable},
		{"EndedContextChangesNothing", endedContextChangesNothing},
		{"ContextEndingWithinChangesNothing", contextEndingWithinChangesNothing},
		{"EndedContextReadsNothing", endedContextReadsNothing},
		{"PeekIsAView", peekIsAView},
		{"EmptySetsAreNoStatements", emptySetsAreNoStatements},
		{"LastOfASetCounts", lastOfASetCounts},
		{"UpdateInPlaceIsOneTransaction", updateInPlaceIsOneTransaction},
		{"UpdateUnsyncedIsOneTransaction", updateUnsyncedIsOneTransaction},
	}
}

// writeEverywhere writes a row of each kind, all of them named by id.
func writeEverywhere(ctx context.Context, tx chime.Tx, id string) error {
	account, user := chime.AccountID(id), chime.UserID(id)
	return errors.Join(
		tx.PutAccounts(ctx, newAccount(account, tenantOne)),
		tx.PutMembers(ctx, newMember(account, user, 1)),
		tx.PutFormerMembers(ctx, newFormer(account, user, 2)),
		tx.PutPeople(ctx, newPerson(user, account, 1), newPerson(user+"-free", "", 2)),
		tx.ClaimAddresses(ctx, map[string]chime.UserID{id + "@example.com": user}),
		tx.ClaimPINs(ctx, map[string]chime.UserID{"pin of " + id: user}),
		tx.PutPrincipal(ctx, chime.Principal{Tenant: tenantOne, Name: id, ID: "AIDA" + id}),
		tx.PutAdministrator(ctx, newAdministrator(tenantOne, account, user, 1)),
		tx.PutAccessKeys(ctx, chime.AccessKey{ID: id, Tenant: tenantOne, Principal: id, SealedSecret: []byte("sealed")}),
		tx.AppendAudit(ctx,
			chime.AuditRecord{ID: id + "-1", Tenant: tenantOne, Account: account, Operation: "Test", Document: []byte("{}")},
			chime.AuditRecord{ID: id + "-2", Tenant: tenantOne, Operation: "Test", Document: []byte("{}")}),
		tx.PutSetting(ctx, id, []byte("value")),
		writeSignins(ctx, tx, id),
	)
}

// counts is how many rows of each kind a store shows.
type counts struct {
	Accounts, Members, Former, People, Free, Addresses, PINs, Principals, Keys, Audit, Settings int
}

func everywhere() counts { return counts{1, 1, 1, 2, 1, 1, 1, 1, 1, 2, 1} }

// countEverywhere counts what writeEverywhere wrote under id.
func countEverywhere(t *testing.T, s chime.Store, id string) counts {
	t.Helper()
	var c counts
	account, user := chime.AccountID(id), chime.UserID(id)
	view(t, s, func(ctx context.Context, tx chime.Tx) error {
		accounts, err1 := tx.ListAccounts(ctx, chime.AccountQuery{Tenant: tenantOne, Status: chime.AccountActive, NamePrefix: "Name of " + id, Limit: 9})
		members, err2 := tx.ListMembers(ctx, chime.MemberQuery{Account: account, Limit: 9})
		former, err3 := tx.ListFormerMembers(ctx, account, "", 9)
		people, err4 := tx.People(ctx, []chime.UserID{user, user + "-free"})
		free, err5 := tx.ListFreePeople(ctx, user, 1)
		addresses, err6 := tx.AddressHolders(ctx, []string{id + "@example.com"})
		pins, err7 := tx.PINHolders(ctx, []string{"pin of " + id})
		principal, err8 := tx.Principal(ctx, tenantOne, id)
		key, err9 := tx.AccessKey(ctx, id)
		audit, err10 := tx.ListAudit(ctx, chime.AuditQuery{Tenant: tenantOne, AfterID: id, Limit: 2})
		setting, err11 := tx.Setting(ctx, id)
		c = counts{
			Accounts: len(accounts), Members: len(members), Former: len(former), People: len(people), Free: len(free),
			Addresses: len(addresses), PINs: len(pins), Audit: len(audit),
		}
		if principal != nil {
			c.Principals = 1
		}
		if key != nil {
			c.Keys = 1
		}
		if setting != nil {
			c.Settings = 1
		}
		return errors.Join(err1, err2, err3, err4, err5, err6, err7, err8, err9, err10, err11)
	})
	return c
}

func updateIsSeenAfterwards(t *testing.T, s chime.Store) {
	equal(t, "an empty store", countEverywhere(t, s, "a"), counts{})
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return writeEverywhere(ctx, tx, "a") })
	equal(t, "the store after an Update", countEverywhere(t, s, "a"), everywhere())
}

func updateSeesItsOwnWrites(t *testing.T, s chime.Store) {
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		if err := tx.PutAccounts(ctx, newAccount("a", tenantOne)); err != nil {
			return err
		}
		if err := tx.PutMembers(ctx, newMember("a", "u", 1)); err != nil {
			return err
		}
		account, members, err := tx.AccountMembers(ctx, "a", []chime.UserID{"u"})
		if account == nil || len(members) != 1 {
			t.Errorf("AccountMembers within the Update: got %v and %v, want what it wrote", account, members)
		}
		return err
	})
}

func updateErrorChangesNothing(t *testing.T, s chime.Store) {
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return writeEverywhere(ctx, tx, "a") })
	err := s.Update(t.Context(), func(tx chime.Tx) error {
		if err := writeEverywhere(t.Context(), tx, "b"); err != nil {
			t.Errorf("writing: %v", err)
		}
		if err := tx.PurgeAccount(t.Context(), tenantOne, "a"); err != nil {
			t.Errorf("purging: %v", err)
		}
		return errRefused
	})
	if !errors.Is(err, errRefused) {
		t.Errorf("Update: got the error %v, want that of its function", err)
	}
	equal(t, "what the refused Update wrote", countEverywhere(t, s, "b"), counts{})
	equal(t, "what was there before", countEverywhere(t, s, "a"), everywhere())
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return writeEverywhere(ctx, tx, "b") })
	equal(t, "what the next Update wrote", countEverywhere(t, s, "b"), everywhere())
}

// mustPanic calls fn, which panics with the value, and stops that.
func mustPanic(t *testing.T, value any, fn func()) {
	t.Helper()
	defer func() {
		if got := recover(); got != value {
			t.Errorf("recovered: got %v, want %v", got, value)
		}
	}()
	fn()
}

func updatePanicChangesNothing(t *testing.T, s chime.Store) {
	// More often than an engine can have connections.
	for range 20 {
		mustPanic(t, "in Update", func() {
			_ = s.Update(t.Context(), func(tx chime.Tx) error {
				if err := writeEverywhere(t.Context(), tx, "a"); err != nil {
					t.Errorf("writing: %v", err)
				}
				panic("in Update")
			})
		})
	}
	equal(t, "what was written before the panic", countEverywhere(t, s, "a"), counts{})
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return writeEverywhere(ctx, tx, "a") })
	equal(t, "what the next Update wrote", countEverywhere(t, s, "a"), everywhere())
}

func updateRefusedStatementChangesNothing(t *testing.T, s chime.Store) {
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return tx.ClaimAddresses(ctx, map[string]chime.UserID{"held@example.com": "holder"})
	})
	err := s.Update(t.Context(), func(tx chime.Tx) error {
		if err := writeEverywhere(t.Context(), tx, "a"); err != nil {
			return err
		}
		return tx.ClaimAddresses(t.Context(), map[string]chime.UserID{"held@example.com": "other"})
	})
	if err == nil {
		t.Errorf("claiming an address that is held: got no error")
	}
	var coded *chime.Error
	if errors.As(err, &coded) {
		t.Errorf("claiming an address that is held: got %v, want an error without a code", err)
	}
	equal(t, "what the Update wrote before", countEverywhere(t, s, "a"), counts{})
}

func viewErrorIsReturned(t *testing.T, s chime.Store) {
	if err := s.View(t.Context(), func(chime.Tx) error { return errRefused }); !errors.Is(err, errRefused) {
		t.Errorf("View: got the error %v, want that of its function", err)
	}
}

func viewPanicLeavesTheStoreUsable(t *testing.T, s chime.Store) {
	for range 20 {
		mustPanic(t, "in View", func() {
			_ = s.View(t.Context(), func(tx chime.Tx) error {
				if _, err := tx.Setting(t.Context(), "a"); err != nil {
					t.Errorf("reading: %v", err)
				}
				panic("in View")
			})
		})
	}
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return writeEverywhere(ctx, tx, "a") })
	equal(t, "the store afterwards", countEverywhere(t, s, "a"), everywhere())
}

func endedContextChangesNothing(t *testing.T, s chime.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := s.Update(ctx, func(tx chime.Tx) error { return writeEverywhere(ctx, tx, "a") })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Update with an ended context: got the error %v, want %v", err, context.Canceled)
	}
	equal(t, "the store afterwards", countEverywhere(t, s, "a"), counts{})
}

// contextEndingWithinChangesNothing ends the context at each point of an Update:
// between its statements, and after the last.
func contextEndingWithinChangesNothing(t *testing.T, s chime.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	err := s.Update(ctx, func(tx chime.Tx) error {
		defer cancel()
		return writeEverywhere(ctx, tx, "a")
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Update whose context ends after the last statement: got the error %v, want %v", err, context.Canceled)
	}
	ctx, cancel = context.WithCancel(t.Context())
	err = s.Update(ctx, func(tx chime.Tx) error {
		if err := writeEverywhere(ctx, tx, "a"); err != nil {
			return err
		}
		cancel()
		return tx.PutSetting(ctx, "b", nil)
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Update whose context ends before a statement: got the error %v, want %v", err, context.Canceled)
	}
	equal(t, "the store afterwards", countEverywhere(t, s, "a"), counts{})
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return writeEverywhere(ctx, tx, "a") })
	equal(t, "what the next Update wrote", countEverywhere(t, s, "a"), everywhere())
}

func endedContextReadsNothing(t *testing.T, s chime.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := s.View(ctx, func(tx chime.Tx) error {
		_, err := tx.Account(ctx, "a")
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("View with an ended context: got the error %v, want %v", err, context.Canceled)
	}
}

// peekIsAView reads by Peek, alone and within a Snapshot, whatever came before it.
func peekIsAView(t *testing.T, s chime.Store) {
	account, failure := newAccount("a", tenantOne), errors.New("the function's")
	peek := func(ctx context.Context) (found *chime.Account) {
		err := s.Peek(ctx, func(tx chime.Tx) (err error) {
			found, err = tx.Account(ctx, "a")
			return err
		})
		if err != nil {
			t.Errorf("Peek: %v", err)
		}
		return found
	}
	equal(t, "the account before", peek(t.Context()), (*chime.Account)(nil))
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.PutAccounts(ctx, account) })
	equal(t, "the account", peek(t.Context()), &account)
	if err := s.Peek(t.Context(), func(chime.Tx) error { return failure }); !errors.Is(err, failure) {
		t.Errorf("Peek: got the error %v, want %v", err, failure)
	}
	mustPanic(t, "in Peek", func() {
		_ = s.Peek(t.Context(), func(tx chime.Tx) error {
			_, _ = tx.Account(t.Context(), "a")
			panic("in Peek")
		})
	})
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	err := s.Peek(ended, func(tx chime.Tx) error {
		_, err := tx.Account(ended, "a")
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Peek with an ended context: got the error %v, want %v", err, context.Canceled)
	}
	err = s.Snapshot(t.Context(), func(ctx context.Context) error {
		equal(t, "the account within a Snapshot", peek(ctx), &account)
		equal(t, "and once more", peek(ctx), &account)
		return nil
	})
	if err != nil {
		t.Errorf("Snapshot: %v", err)
	}
}

func emptySetsAreNoStatements(t *testing.T, s chime.Store) {
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		if err := writeEverywhere(ctx, tx, "a"); err != nil {
			return err
		}
		_, members, err1 := tx.AccountMembers(ctx, "a", nil)
		former, err2 := tx.FormerMembers(ctx, "a", nil)
		people, err3 := tx.People(ctx, nil)
		addresses, err4 := tx.AddressHolders(ctx, nil)
		if len(members)+len(former)+len(people)+len(addresses) > 0 {
			t.Errorf("reading empty sets: got %v, %v, %v and %v, want nothing", members, former, people, addresses)
		}
		return errors.Join(err1, err2, err3, err4,
			tx.PutAccounts(ctx), tx.PutMembers(ctx), tx.PutStandings(ctx), tx.DeleteMembers(ctx, "a", nil),
			tx.PutFormerMembers(ctx), tx.DeleteFormerMembers(ctx, "a", []chime.UserID{}), tx.PutPeople(ctx), tx.PutLeavers(ctx),
			tx.ClaimAddresses(ctx, nil), tx.ReleaseAddresses(ctx, nil), tx.ClaimPINs(ctx, nil), tx.ReleasePINs(ctx, nil),
			tx.PutAccessKeys(ctx), tx.AppendAudit(ctx), emptySignins(ctx, t, tx))
	})
	equal(t, "the store afterwards", countEverywhere(t, s, "a"), everywhere())
}

func emptySignins(ctx context.Context, t *testing.T, tx chime.Tx) error {
	apps, err1 := tx.AppSet(ctx, nil)
	grants, err2 := tx.Grants(ctx, nil)
	claims, err3 := tx.Claims(ctx, nil)
	deliveries, err4 := tx.EventDeliveries(ctx, "a", nil)
	if len(apps)+len(grants)+len(claims)+len(deliveries) > 0 {
		t.Errorf("reading empty sets: got %v, %v, %v and %v, want nothing", apps, grants, claims, deliveries)
	}
	return errors.Join(err1, err2, err3, err4,
		tx.PutCredentials(ctx), tx.PutSessions(ctx), tx.PutGrants(ctx), tx.AddDeliveries(ctx), tx.PutDeliveries(ctx))
}

// lastOfASetCounts names keys twice in one set.
func lastOfASetCounts(t *testing.T, s chime.Store) {
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		first := newAccount("a", tenantOne)
		first.Name = "First"
		return errors.Join(
			tx.PutAccounts(ctx, first, newAccount("b", tenantOne), newAccount("a", tenantOne)),
			tx.PutMembers(ctx, newMember("a", "u", 1), newMember("a", "v", 2), newMember("a", "u", 3)),
			tx.PutPeople(ctx, newPerson("u", "a", 1), newPerson("u", "a", 3), newPerson("v", "a", 2)))
	})
	a := newAccount("a", tenantOne)
	equal(t, "the account", readAccount(t, s, "a"), &a)
	equal(t, "the member", readMembers(t, s, "a", "u"), []chime.Member{newMember("a", "u", 3)})
	equal(t, "the person", readPeople(t, s, "u"), map[chime.UserID]chime.Person{"u": newPerson("u", "a", 3)})
}

func updateInPlaceIsOneTransaction(t *testing.T, s chime.Store) {
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return writeEverywhere(ctx, tx, "a") })
	ctx := t.Context()
	err := s.UpdateInPlace(ctx, func(tx chime.Tx) error {
		return errors.Join(writeEverywhere(ctx, tx, "b"), tx.PurgeAccount(ctx, tenantOne, "a"), errRefused)
	})
	if !errors.Is(err, errRefused) {
		t.Errorf("UpdateInPlace: got the error %v, want that of its function", err)
	}
	equal(t, "what was there before", countEverywhere(t, s, "a"), everywhere())
	equal(t, "what the refused one wrote", countEverywhere(t, s, "b"), counts{})
	err = s.UpdateInPlace(ctx, func(tx chime.Tx) error {
		_, members, err := tx.AccountMembers(ctx, "a", []chime.UserID{"a"})
		for i := range members {
			members[i].Signout = members[i].Signout.Raise(at(9))
		}
		return errors.Join(err, tx.PutStandings(ctx, members...))
	})
	if got := readMembers(t, s, "a", "a"); err != nil || len(got) != 1 || got[0].Signout.Epoch != 2 {
		t.Errorf("the member after an UpdateInPlace (%v): got %v, want the epoch 2", err, got)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	err = s.UpdateInPlace(ended, func(tx chime.Tx) error { return writeEverywhere(ended, tx, "c") })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("UpdateInPlace with an ended context: got the error %v, want %v", err, context.Canceled)
	}
}

func updateUnsyncedIsOneTransaction(t *testing.T, s chime.Store) {
	ctx := t.Context()
	err := s.UpdateUnsynced(ctx, func(tx chime.Tx) error {
		return errors.Join(writeEverywhere(ctx, tx, "a"), errRefused)
	})
	if !errors.Is(err, errRefused) {
		t.Errorf("UpdateUnsynced: got the error %v, want that of its function", err)
	}
	equal(t, "what the refused one wrote", countEverywhere(t, s, "a"), counts{})
	if err := s.UpdateUnsynced(ctx, func(tx chime.Tx) error { return writeEverywhere(ctx, tx, "b") }); err != nil {
		t.Errorf("UpdateUnsynced: %v", err)
	}
	equal(t, "what is seen of it", countEverywhere(t, s, "b"), everywhere())
}
