package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
)

func contentsCases() []testCase {
	return []testCase{
		{"CountsAreOfEverything", countsAreOfEverything},
		{"ScansFindEverything", scansFindEverything},
		{"ScansFindAllOfSignins", scansFindAllOfSignins},
		{"InspectionsFindNothing", inspectionsFindNothing},
	}
}

func countsAreOfEverything(t *testing.T, s chime.Store) {
	total := func() (kinds int, rows int64) {
		view(t, s, func(ctx context.Context, tx chime.Tx) error {
			counts, err := tx.Counts(ctx)
			for _, n := range counts {
				rows += n
			}
			kinds = len(counts)
			return err
		})
		return kinds, rows
	}
	kinds, rows := total()
	if kinds < 27 || rows != 0 {
		t.Errorf("the counts of an empty store: got %d kinds and %d rows, want all kinds and no rows", kinds, rows)
	}
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(writeEverywhere(ctx, tx, "a"), writeEverywhere(ctx, tx, "b"))
	})
	all, two := total()
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return writeEverywhere(ctx, tx, "c") })
	if _, three := total(); all != kinds || two < int64(2*kinds) || 2*three != 3*two {
		t.Errorf("the counts: got %d rows of %d kinds after two writes everywhere, and %d after three", two, all, three)
	}
}

// pages reads a list to its end by pages of two.
func pages[T any, K comparable](t *testing.T, s chime.Store, key func(T) K, page func(ctx context.Context, tx chime.Tx, after K, limit int) ([]T, error)) (all []T) {
	t.Helper()
	var after K
	for {
		var some []T
		view(t, s, func(ctx context.Context, tx chime.Tx) (err error) {
			some, err = page(ctx, tx, after, 2)
			return err
		})
		all = append(all, some...)
		if len(some) < 2 {
			return all
		}
		after = key(some[1])
	}
}

func scansFindEverything(t *testing.T, s chime.Store) {
	var members []chime.Member
	var former []chime.FormerMember
	var people []chime.Person
	var addresses, pins []chime.Holding
	var settings []chime.StoredSetting
	// Each in the order of its key: "B" before "a", and no account at all.
	for i, key := range []string{"-", "B", "a", "a\n", "aa", "ä"} {
		account, user := chime.AccountID(fmt.Sprint("account", i/2)), chime.UserID(key)
		members = append(members, newMember(account, user, i))
		former = append(former, newFormer(account, user, i))
		people = append(people, newPerson(user, []chime.AccountID{"", "a"}[i%2], i))
		addresses = append(addresses, chime.Holding{Key: key, User: user})
		pins = append(pins, chime.Holding{Key: key, User: user + "!"})
		settings = append(settings, chime.StoredSetting{Key: key, Value: []byte{byte(i), 0, 0xff}})
	}
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		err := errors.Join(tx.PutMembers(ctx, members...), tx.PutFormerMembers(ctx, former...), tx.PutPeople(ctx, people...))
		for i := range settings {
			err = errors.Join(err, tx.PutSetting(ctx, settings[i].Key, settings[i].Value),
				tx.ClaimAddresses(ctx, map[string]chime.UserID{addresses[i].Key: addresses[i].User}),
				tx.ClaimPINs(ctx, map[string]chime.UserID{pins[i].Key: pins[i].User}))
		}
		return err
	})
	equal(t, "ScanMembers", pages(t, s, chime.Member.Key, func(ctx context.Context, tx chime.Tx, after chime.MemberKey, limit int) ([]chime.Member, error) {
		return tx.ScanMembers(ctx, after, limit)
	}), members)
	equal(t, "ScanFormerMembers", pages(t, s, chime.FormerMember.Key, func(ctx context.Context, tx chime.Tx, after chime.MemberKey, limit int) ([]chime.FormerMember, error) {
		return tx.ScanFormerMembers(ctx, after, limit)
	}), former)
	equal(t, "ScanPeople", pages(t, s, func(p chime.Person) chime.UserID { return p.ID }, func(ctx context.Context, tx chime.Tx, after chime.UserID, limit int) ([]chime.Person, error) {
		return tx.ScanPeople(ctx, after, limit)
	}), people)
	holding := func(h chime.Holding) string { return h.Key }
	equal(t, "ScanAddresses", pages(t, s, holding, func(ctx context.Context, tx chime.Tx, after string, limit int) ([]chime.Holding, error) {
		return tx.ScanAddresses(ctx, after, limit)
	}), addresses)
	equal(t, "ScanPINs", pages(t, s, holding, func(ctx context.Context, tx chime.Tx, after string, limit int) ([]chime.Holding, error) {
		return tx.ScanPINs(ctx, after, limit)
	}), pins)
	equal(t, "ScanSettings", pages(t, s, func(s chime.StoredSetting) string { return s.Key }, func(ctx context.Context, tx chime.Tx, after string, limit int) ([]chime.StoredSetting, error) {
		return tx.ScanSettings(ctx, after, limit)
	}), settings)
}

// scanned writes values and reads them back by pages of two.
func scanned[T any](
	t *testing.T, s chime.Store, what string, values []T, put func(ctx context.Context, tx chime.Tx, value T) error,
	scan func(tx chime.Tx) func(ctx context.Context, after T, limit int) ([]T, error),
) {
	t.Helper()
	update(t, s, func(ctx context.Context, tx chime.Tx) (err error) {
		for _, value := range slices.Backward(values) {
			err = errors.Join(err, put(ctx, tx, value))
		}
		return err
	})
	var got []T
	for after, more := *new(T), true; more; {
		page := read(t, s, func(ctx context.Context, tx chime.Tx) ([]T, error) { return scan(tx)(ctx, after, 2) })
		got = append(got, page...)
		if more = len(page) == 2; more {
			after = page[1]
		}
	}
	equal(t, what, got, values)
}

// scansFindAllOfSignins has values that differ in the first part of their keys, or
// in the last.
func scansFindAllOfSignins(t *testing.T, s chime.Store) {
	var apps []chime.App
	var sessions []chime.Session
	var grants []chime.Grant
	var credentials []chime.Credential
	var logins []chime.Login
	var passkeys []chime.Passkey
	var links []chime.Link
	var claims []chime.DomainClaim
	var domains []chime.Domain
	var providers []chime.Provider
	var events []chime.Event
	var deliveries []chime.Delivery
	for i, key := range []string{"-", "B", "a", "a\n", "aa", "ä"} {
		first := fmt.Sprint("first", i/3)
		user := chime.UserID(first)
		apps = append(apps, newApp(chime.ClientID(key), tenantTwo))
		sessions = append(sessions, newSession(user, chime.SessionID(key), i))
		grants = append(grants, newGrant(user, chime.GrantID(key), "session", i))
		credentials = append(credentials, newCredential(key, user, i))
		logins = append(logins, newLogin(chime.LoginID(key), i))
		passkeys = append(passkeys, newPasskey(user, key, i))
		links = append(links, newLink(key, first, i))
		claims = append(claims, chime.DomainClaim{Name: key, Account: chime.AccountID(first)})
		domains = append(domains, newDomain(chime.AccountID(first), key, i))
		providers = append(providers, newProvider(chime.AccountID(key), i))
		events = append(events, newEvent(chime.AccountID(first[i/3*6:]), chime.EventID(key), i)) // the first half without an account
		deliveries = append(deliveries, newDelivery("user", chime.EventID(first), chime.ClientID(fmt.Sprint(i/2)), chime.SessionID(key), i))
	}
	slices.SortFunc(events, func(a, b chime.Event) int {
		return slices.Compare([]string{string(a.Account), string(a.ID)}, []string{string(b.Account), string(b.ID)})
	})
	scanned(t, s, "ScanApps", apps, func(ctx context.Context, tx chime.Tx, a chime.App) error { return tx.PutApp(ctx, a) },
		func(tx chime.Tx) func(context.Context, chime.App, int) ([]chime.App, error) { return tx.ScanApps })
	scanned(t, s, "ScanSessions", sessions, func(ctx context.Context, tx chime.Tx, s chime.Session) error { return tx.PutSessions(ctx, s) },
		func(tx chime.Tx) func(context.Context, chime.Session, int) ([]chime.Session, error) {
			return tx.ScanSessions
		})
	scanned(t, s, "ScanGrants", grants, func(ctx context.Context, tx chime.Tx, g chime.Grant) error { return tx.PutGrants(ctx, g) },
		func(tx chime.Tx) func(context.Context, chime.Grant, int) ([]chime.Grant, error) { return tx.ScanGrants })
	scanned(t, s, "ScanCredentials", credentials, func(ctx context.Context, tx chime.Tx, c chime.Credential) error { return tx.PutCredentials(ctx, c) },
		func(tx chime.Tx) func(context.Context, chime.Credential, int) ([]chime.Credential, error) {
			return tx.ScanCredentials
		})
	scanned(t, s, "ScanLogins", logins, func(ctx context.Context, tx chime.Tx, l chime.Login) error { return tx.PutLogin(ctx, l) },
		func(tx chime.Tx) func(context.Context, chime.Login, int) ([]chime.Login, error) { return tx.ScanLogins })
	scanned(t, s, "ScanPasskeys", passkeys, func(ctx context.Context, tx chime.Tx, p chime.Passkey) error { return tx.PutPasskey(ctx, p) },
		func(tx chime.Tx) func(context.Context, chime.Passkey, int) ([]chime.Passkey, error) {
			return tx.ScanPasskeys
		})
	scanned(t, s, "ScanLinks", links, func(ctx context.Context, tx chime.Tx, l chime.Link) error { return tx.PutLink(ctx, l) },
		func(tx chime.Tx) func(context.Context, chime.Link, int) ([]chime.Link, error) { return tx.ScanLinks })
	scanned(t, s, "ScanClaims", claims, func(ctx context.Context, tx chime.Tx, c chime.DomainClaim) error {
		return tx.Claim(ctx, c.Name, c.Account)
	},
		func(tx chime.Tx) func(context.Context, chime.DomainClaim, int) ([]chime.DomainClaim, error) {
			return tx.ScanClaims
		})
	scanned(t, s, "ScanDomains", domains, func(ctx context.Context, tx chime.Tx, d chime.Domain) error { return tx.PutDomain(ctx, d) },
		func(tx chime.Tx) func(context.Context, chime.Domain, int) ([]chime.Domain, error) {
			return tx.ScanDomains
		})
	scanned(t, s, "ScanProviders", providers, func(ctx context.Context, tx chime.Tx, p chime.Provider) error { return tx.PutProvider(ctx, p) },
		func(tx chime.Tx) func(context.Context, chime.Provider, int) ([]chime.Provider, error) {
			return tx.ScanProviders
		})
	scanned(t, s, "ScanEvents", events, func(ctx context.Context, tx chime.Tx, e chime.Event) error { return tx.AppendEvent(ctx, e) },
		func(tx chime.Tx) func(context.Context, chime.Event, int) ([]chime.Event, error) { return tx.ScanEvents })
	scanned(t, s, "ScanDeliveries", deliveries, func(ctx context.Context, tx chime.Tx, d chime.Delivery) error { return tx.PutDeliveries(ctx, d) },
		func(tx chime.Tx) func(context.Context, chime.Delivery, int) ([]chime.Delivery, error) {
			return tx.ScanDeliveries
		})
}

// inspectionsFindNothing inspects what a store has written, reading by set among
// more rows than it reads at a time. (What they find, each engine's tests plant.)
func inspectionsFindNothing(t *testing.T, s chime.Store) {
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		err := errors.Join(writeEverywhere(ctx, tx, "a"), writeEverywhere(ctx, tx, "b"))
		var accounts []chime.Account
		for i := range 1200 {
			accounts = append(accounts, newAccount(chime.AccountID(fmt.Sprintf("account-%04d", i)), []chime.TenantID{tenantOne, tenantTwo}[i%2]))
		}
		return errors.Join(err, tx.PutAccounts(ctx, accounts...))
	})
	view(t, s, func(ctx context.Context, tx chime.Tx) error {
		return tx.Inspect(ctx, func(found chime.Finding) error {
			t.Errorf("found %+v, want nothing", found)
			return nil
		})
	})
}
