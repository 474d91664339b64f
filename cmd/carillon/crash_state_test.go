package main

import (
	"errors"
	"fmt"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
)

// memberState is what counts of a member.
type memberState struct {
	status         chime.RegistrationStatus
	epoch          int64
	inviteID, name string
}

// directoryState is what a directory holds, or is to hold.
type directoryState struct {
	accounts map[chime.AccountID]string // their names
	members  map[chime.MemberKey]memberState
	former   map[chime.MemberKey]string // their names
	people   map[chime.UserID]chime.AccountID
	holders  map[string]chime.UserID // of addresses
}

func newDirectoryState() directoryState {
	return directoryState{
		accounts: map[chime.AccountID]string{}, members: map[chime.MemberKey]memberState{}, former: map[chime.MemberKey]string{},
		people: map[chime.UserID]chime.AccountID{}, holders: map[string]chime.UserID{},
	}
}

// findings are what the crash test finds wrong.
type findings struct{ list []string }

// maxFindings bounds what is kept: one defect has many consequences.
const maxFindings = 20

func (f *findings) add(format string, args ...any) {
	if len(f.list) < maxFindings {
		f.list = append(f.list, fmt.Sprintf(format, args...))
	}
}

// compare notes how what is there differs from what is to be there, and returns
// how many things it compared.
func compare[K, V comparable](f *findings, what string, want, got map[K]V) int {
	for key, value := range want {
		if there, ok := got[key]; !ok {
			f.add("%s %v is missing, and was to be %v", what, key, value)
		} else if there != value {
			f.add("%s %v is %v, and was to be %v", what, key, there, value)
		}
	}
	for key, value := range got {
		if _, ok := want[key]; !ok {
			f.add("%s %v is there as %v, and was not to be", what, key, value)
		}
	}
	return len(want)
}

func (want directoryState) compare(f *findings, got directoryState) int {
	return compare(f, "account", want.accounts, got.accounts) + compare(f, "member", want.members, got.members) +
		compare(f, "former member", want.former, got.former) + compare(f, "person", want.people, got.people) +
		compare(f, "address", want.holders, got.holders)
}

// readState reads all that a store holds, in one transaction. Of PINs, which are
// random, it only notes where people and the holders of PINs disagree.
func readState(tb testing.TB, f *findings, store chime.Store) directoryState {
	tb.Helper()
	s := newDirectoryState()
	pins, holders := map[string]chime.UserID{}, map[string]chime.UserID{}
	ctx := tb.Context()
	err := store.View(ctx, func(tx chime.Tx) error {
		return errors.Join(
			scan(func(after chime.AccountID) ([]chime.Account, error) { return tx.ScanAccounts(ctx, "", after, scanPage) },
				func(a chime.Account) chime.AccountID { s.accounts[a.ID] = a.Name; return a.ID }),
			scan(func(after chime.MemberKey) ([]chime.Member, error) { return tx.ScanMembers(ctx, after, scanPage) },
				func(m chime.Member) chime.MemberKey {
					s.members[m.Key()] = memberState{m.Status, m.Signout.Epoch, m.InviteID, m.DisplayName}
					return m.Key()
				}),
			scan(func(after chime.MemberKey) ([]chime.FormerMember, error) {
				return tx.ScanFormerMembers(ctx, after, scanPage)
			},
				func(m chime.FormerMember) chime.MemberKey { s.former[m.Key()] = m.DisplayName; return m.Key() }),
			scan(func(after chime.UserID) ([]chime.Person, error) { return tx.ScanPeople(ctx, after, scanPage) },
				func(p chime.Person) chime.UserID { s.people[p.ID], pins[p.PIN] = p.Account, p.ID; return p.ID }),
			scan(func(after string) ([]chime.Holding, error) { return tx.ScanAddresses(ctx, after, scanPage) },
				func(h chime.Holding) string { s.holders[h.Key] = h.User; return h.Key }),
			scan(func(after string) ([]chime.Holding, error) { return tx.ScanPINs(ctx, after, scanPage) },
				func(h chime.Holding) string { holders[h.Key] = h.User; return h.Key }))
	})
	if err != nil {
		tb.Fatalf("reading the directory: %v", err)
	}
	compare(f, "the holder of PIN", pins, holders)
	return s
}

const scanPage = 5000

// scan reads a list page by page; take keeps an item and returns its key.
func scan[K, T any](page func(after K) ([]T, error), take func(T) K) error {
	var after K
	for {
		items, err := page(after)
		for _, item := range items {
			after = take(item)
		}
		if err != nil || len(items) < scanPage {
			return err
		}
	}
}

// listStatuses returns the status of the members, as the API tells it.
func (s *server) listStatuses(tb testing.TB, account chime.AccountID) map[chime.UserID]string {
	tb.Helper()
	statuses := map[chime.UserID]string{}
	for token := ""; ; {
		got := s.mustCall(tb, "GET", fmt.Sprintf("/accounts/%s/users?max-results=200%s", account, token), "")
		users, _ := got.member(tb, "Users").([]any)
		for _, u := range users {
			user, _ := u.(map[string]any)
			id, _ := user["UserId"].(string)
			statuses[chime.UserID(id)], _ = user["UserRegistrationStatus"].(string)
		}
		next, more := got.member(tb, "NextToken").(string)
		if !more {
			return statuses
		}
		token = "&next-token=" + next
	}
}
