package storetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/carillon-id/carillon/internal/chime"
)

func crashCases() []crashCase {
	return []crashCase{
		{"CrashLeavesWholeSets", addSet, heldSets},
		{"CrashLeavesWholeChanges", changeSet, heldChangesOfSet},
		{"CrashLeavesWholeChangesOfAll", changeShared, heldChangesOfShared},
		{"CrashLeavesWholeDeletions", putOrDelete, heldPutsAndDeletions},
	}
}

// workerName is the account, the principal and the setting of a worker.
func workerName(worker int) string { return fmt.Sprint("worker-", worker) }

// recordOf is the record of a worker's change.
func recordOf(worker, n int) chime.AuditRecord {
	return chime.AuditRecord{
		ID: fmt.Sprintf("%s-%06d", workerName(worker), n), Tenant: tenantOne, Account: chime.AccountID(workerName(worker)),
		Operation: "Test", Principal: workerName(worker), Document: []byte("{}"),
	}
}

// records counts the records of a worker's changes.
func records(ctx context.Context, tx chime.Tx, worker int) (int, error) {
	list, err := tx.ListAudit(ctx, chime.AuditQuery{Principal: workerName(worker), Limit: 1e6})
	return len(list), err
}

// half is the error of a store that holds something by half.
func half(what string, got, want any) error {
	if got == want {
		return nil
	}
	return fmt.Errorf("%s: got %v, want %v", what, got, want)
}

// setOf is what a worker's change number n adds: members with their people,
// addresses and PINs.
func setOf(worker, n int) (members []chime.Member, people []chime.Person, addresses, pins map[string]chime.UserID) {
	account := chime.AccountID(workerName(worker))
	addresses, pins = map[string]chime.UserID{}, map[string]chime.UserID{}
	for i := range crashSet {
		id := fmt.Sprintf("%s-%06d-%02d", account, n, i)
		members = append(members, newMember(account, chime.UserID(id), n))
		people = append(people, newPerson(chime.UserID(id), account, n))
		addresses[id+"@example.com"], pins["pin of "+id] = chime.UserID(id), chime.UserID(id)
	}
	return members, people, addresses, pins
}

// addSet adds rows of every kind, and counts them in a setting.
func addSet(ctx context.Context, s chime.Store, worker, n int) error {
	members, people, addresses, pins := setOf(worker, n)
	return s.Update(ctx, func(tx chime.Tx) error {
		return errors.Join(
			tx.PutMembers(ctx, members...), tx.PutPeople(ctx, people...), tx.ClaimAddresses(ctx, addresses),
			tx.ClaimPINs(ctx, pins), tx.AppendAudit(ctx, recordOf(worker, n)),
			tx.PutSetting(ctx, workerName(worker), []byte(strconv.Itoa(n))))
	})
}

// setting is how many changes the worker's setting counts.
func setting(ctx context.Context, tx chime.Tx, worker int) (n int, err error) {
	value, err := tx.Setting(ctx, workerName(worker))
	if err != nil || value == nil {
		return 0, err
	}
	return strconv.Atoi(string(value))
}

func heldSets(ctx context.Context, tx chime.Tx, worker int) (int, error) {
	n, err := setting(ctx, tx, worker)
	if err != nil {
		return 0, err
	}
	written, err1 := records(ctx, tx, worker)
	listed, err2 := tx.ListMembers(ctx, chime.MemberQuery{Account: chime.AccountID(workerName(worker)), Limit: 1e6})
	return n, errors.Join(err1, err2, half("records", written, n), half("members", len(listed), n*crashSet),
		heldParts(ctx, tx, worker, 1, n, n*crashSet), heldParts(ctx, tx, worker, n+1, n+1, 0))
}

// heldParts looks for the people, addresses and PINs of a worker's sets.
func heldParts(ctx context.Context, tx chime.Tx, worker, first, last, want int) error {
	var users []chime.UserID
	var addresses, pins []string
	for n := first; n <= last; n++ {
		_, people, ofAddresses, ofPINs := setOf(worker, n)
		for _, p := range people {
			users = append(users, p.ID)
		}
		addresses = slices.AppendSeq(addresses, maps.Keys(ofAddresses))
		pins = slices.AppendSeq(pins, maps.Keys(ofPINs))
	}
	found, err1 := tx.People(ctx, users)
	holders, err2 := tx.AddressHolders(ctx, addresses)
	pinHolders, err3 := tx.PINHolders(ctx, pins)
	return errors.Join(err1, err2, err3,
		half("people", len(found), want), half("addresses", len(holders), want), half("PINs", len(pinHolders), want))
}

// changeSet raises the epochs of a worker's members, in place. The first change
// makes the members.
func changeSet(ctx context.Context, s chime.Store, worker, n int) error {
	members, _, _, _ := setOf(worker, 0)
	if n == 1 {
		return s.Update(ctx, func(tx chime.Tx) error {
			for i := range members {
				members[i].Signout.Epoch = 1
			}
			return errors.Join(tx.PutAccounts(ctx, newAccount(members[0].Account, tenantOne)),
				tx.PutMembers(ctx, members...), tx.AppendAudit(ctx, recordOf(worker, n)))
		})
	}
	var users []chime.UserID
	for _, m := range members {
		users = append(users, m.User)
	}
	return s.UpdateInPlace(ctx, func(tx chime.Tx) error {
		_, present, err := tx.AccountMembers(ctx, chime.AccountID(workerName(worker)), users)
		if err != nil {
			return err
		}
		for i := range present {
			present[i].Signout = present[i].Signout.Raise(at(n))
		}
		return errors.Join(tx.PutStandings(ctx, present...), tx.AppendAudit(ctx, recordOf(worker, n)))
	})
}

func heldChangesOfSet(ctx context.Context, tx chime.Tx, worker int) (int, error) {
	n, err1 := records(ctx, tx, worker)
	members, err2 := tx.ListMembers(ctx, chime.MemberQuery{Account: chime.AccountID(workerName(worker)), Limit: 1e6})
	raised := 0
	for _, m := range members {
		if m.Signout.Epoch == int64(n) {
			raised++
		}
	}
	return n, errors.Join(err1, err2, half("members", len(members), min(n, 1)*crashSet), half("members of the last epoch", raised, len(members)))
}

// sharedUsers are the people whom all workers change.
func sharedUsers() []chime.UserID { return userIDs(crashSet) }

// changeShared raises the epochs of the same people from all sides.
func changeShared(ctx context.Context, s chime.Store, worker, n int) error {
	return s.Update(ctx, func(tx chime.Tx) error {
		people, err := tx.People(ctx, sharedUsers())
		if err != nil {
			return err
		}
		if len(people) == 0 {
			for _, id := range sharedUsers() {
				people = append(people, chime.Person{ID: id})
			}
		}
		for i := range people {
			people[i].Signout = people[i].Signout.Raise(at(n))
		}
		return errors.Join(tx.PutPeople(ctx, people...), tx.AppendAudit(ctx, recordOf(worker, n)))
	})
}

func heldChangesOfShared(ctx context.Context, tx chime.Tx, worker int) (int, error) {
	people, err := tx.People(ctx, sharedUsers())
	errs := []error{err}
	held, all, raised := 0, 0, 0
	for other := range crashWorkers {
		n, err := records(ctx, tx, other)
		errs = append(errs, err)
		all += n
		if other == worker {
			held = n
		}
	}
	for _, p := range people {
		if p.Signout.Epoch == int64(all) {
			raised++
		}
	}
	errs = append(errs, half("people", len(people), min(all, 1)*crashSet), half("people of the last epoch", raised, len(people)))
	return held, errors.Join(errs...)
}

// putOrDelete makes an account with members, and purges it the next time.
func putOrDelete(ctx context.Context, s chime.Store, worker, n int) error {
	account := chime.AccountID(workerName(worker))
	members, _, _, _ := setOf(worker, n)
	return s.Update(ctx, func(tx chime.Tx) error {
		err := tx.PutSetting(ctx, workerName(worker), []byte(strconv.Itoa(n)))
		if n%2 == 0 {
			return errors.Join(err, tx.PurgeAccount(ctx, tenantOne, account))
		}
		var former []chime.FormerMember
		for i, m := range members {
			former = append(former, newFormer(account, "former-"+m.User, i))
		}
		return errors.Join(err, tx.PutAccounts(ctx, newAccount(account, tenantOne)), tx.PutMembers(ctx, members...), tx.PutFormerMembers(ctx, former...))
	})
}

func heldPutsAndDeletions(ctx context.Context, tx chime.Tx, worker int) (int, error) {
	account := chime.AccountID(workerName(worker))
	n, err1 := setting(ctx, tx, worker)
	found, err2 := tx.Account(ctx, account)
	listed, err3 := tx.ListAccounts(ctx, chime.AccountQuery{Tenant: tenantOne, Status: chime.AccountActive, NamePrefix: "Name of " + workerName(worker), Limit: 9})
	members, err4 := tx.ListMembers(ctx, chime.MemberQuery{Account: account, Limit: 1e6})
	former, err5 := tx.ListFormerMembers(ctx, account, "", 1e6)
	there := n % 2 // 1 when the last change made the account
	return n, errors.Join(err1, err2, err3, err4, err5,
		half("the account", found != nil, there == 1), half("the accounts of the tenant", len(listed), there),
		half("members", len(members), there*crashSet), half("former members", len(former), there*crashSet))
}
