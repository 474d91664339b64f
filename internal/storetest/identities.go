package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
)

func identityCases() []testCase {
	return []testCase{
		{"PasskeysComeBackAsTheyWere", passkeysComeBackAsTheyWere},
		{"LinksComeBackAsTheyWere", linksComeBackAsTheyWere},
		{"DomainsHaveOneClaimant", domainsHaveOneClaimant},
		{"DomainsComeBackAsTheyWere", domainsComeBackAsTheyWere},
		{"ProvidersComeBackAsTheyWere", providersComeBackAsTheyWere},
		{"PurgedAccountsTakeTheirDomainsAlong", purgedAccountsTakeTheirDomainsAlong},
	}
}

func passkeysComeBackAsTheyWere(t *testing.T, s chime.Store) {
	a, b, theirs := newPasskey("user", "a", 1), chime.Passkey{User: "user", ID: "b"}, newPasskey("other", "a", 3)
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.PutPasskey(ctx, newPasskey("user", "b", 2)), tx.PutPasskey(ctx, b), tx.PutPasskey(ctx, a), tx.PutPasskey(ctx, theirs))
	})
	passkeys := func(user chime.UserID) []chime.Passkey {
		return read(t, s, func(ctx context.Context, tx chime.Tx) ([]chime.Passkey, error) { return tx.Passkeys(ctx, user) })
	}
	equal(t, "the passkeys", passkeys("user"), []chime.Passkey{a, b})
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.DeletePasskey(ctx, "user", "a"), tx.DeletePasskey(ctx, "user", "unknown"), tx.DeletePasskey(ctx, "other", "b"))
	})
	equal(t, "the passkeys after one was deleted", passkeys("user"), []chime.Passkey{b})
	equal(t, "somebody else's", passkeys("other"), []chime.Passkey{theirs})
}

func linksComeBackAsTheyWere(t *testing.T, s chime.Store) {
	want := []chime.Link{
		newLink("https://a.example", "1", 1), newLink("https://a.example", "01", 2), newLink("https://a.example/", "1", 3),
		newLink("1", "https://a.example", 4),
		{Issuer: "https://b.example", Subject: "1"},
	}
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		err := tx.PutLink(ctx, newLink("https://b.example", "1", 9))
		for _, l := range want {
			err = errors.Join(err, tx.PutLink(ctx, l))
		}
		return err
	})
	link := func(issuer, subject string) *chime.Link {
		return read(t, s, func(ctx context.Context, tx chime.Tx) (*chime.Link, error) { return tx.Link(ctx, issuer, subject) })
	}
	for _, l := range want {
		equal(t, fmt.Sprintf("the link of %s at %s", l.Subject, l.Issuer), link(l.Issuer, l.Subject), &l)
	}
	for _, key := range [][2]string{{"https://a.example", "2"}, {"https://b.example/", "1"}, {"HTTPS://a.example", "1"}, {"", ""}} {
		if got := link(key[0], key[1]); got != nil {
			t.Errorf("the link of %s at %s: got %v, want none", key[1], key[0], got)
		}
	}
}

func readClaims(t *testing.T, s chime.Store, names ...string) map[string]chime.AccountID {
	t.Helper()
	return read(t, s, func(ctx context.Context, tx chime.Tx) (map[string]chime.AccountID, error) {
		return tx.Claims(ctx, names)
	})
}

func domainsHaveOneClaimant(t *testing.T, s chime.Store) {
	var names []string
	want := map[string]chime.AccountID{}
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		for i := range 130 {
			name, account := fmt.Sprintf("%d.example", i), chime.AccountID(fmt.Sprint("a", i%3))
			names, want[name] = append(names, name, "sub."+name), account
			if err := tx.Claim(ctx, name, account); err != nil {
				return err
			}
		}
		return nil
	})
	equal(t, "the claims", readClaims(t, s, names...), want)
	for _, account := range []chime.AccountID{"a0", "other"} {
		err := s.Update(t.Context(), func(tx chime.Tx) error { return tx.Claim(t.Context(), "0.example", account) })
		var coded *chime.Error
		if err == nil || errors.As(err, &coded) {
			t.Errorf("a claim of %s to what a0 has claimed: got %v, want an error without a code", account, err)
		}
	}
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.Unclaim(ctx, "0.example"), tx.Unclaim(ctx, "1.example"), tx.Unclaim(ctx, "unknown.example"), tx.Claim(ctx, "0.example", "other"))
	})
	equal(t, "the claims afterwards", readClaims(t, s, "0.example", "1.example", "2.example"),
		map[string]chime.AccountID{"0.example": "other", "2.example": "a2"})
}

func listDomains(t *testing.T, s chime.Store, account chime.AccountID) []chime.Domain {
	t.Helper()
	return read(t, s, func(ctx context.Context, tx chime.Tx) ([]chime.Domain, error) { return tx.ListDomains(ctx, account) })
}

func domainsComeBackAsTheyWere(t *testing.T, s chime.Store) {
	want := []chime.Domain{newDomain("a", "a.b.example", 1), newDomain("a", "a.example", 2), {Account: "a", Name: "xn--bcher-kva.example"}}
	theirs := newDomain("b", "a.example", 4)
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.PutDomain(ctx, newDomain("a", want[2].Name, 9)), tx.PutDomain(ctx, want[2]), tx.PutDomain(ctx, want[1]),
			tx.PutDomain(ctx, want[0]), tx.PutDomain(ctx, theirs))
	})
	domain := func(account chime.AccountID, name string) *chime.Domain {
		return read(t, s, func(ctx context.Context, tx chime.Tx) (*chime.Domain, error) { return tx.Domain(ctx, account, name) })
	}
	equal(t, "the domains", listDomains(t, s, "a"), want)
	equal(t, "a domain", domain("a", "a.example"), &want[1])
	if got := domain("b", "a.b.example"); got != nil {
		t.Errorf("another account's domain: got %v, want none", got)
	}
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.DeleteDomain(ctx, "a", "a.example"), tx.DeleteDomain(ctx, "b", "a.b.example"))
	})
	equal(t, "the domains after one was deleted", listDomains(t, s, "a"), []chime.Domain{want[0], want[2]})
	equal(t, "another account's", listDomains(t, s, "b"), []chime.Domain{theirs})
	if got := readClaims(t, s, "a.example"); len(got) > 0 {
		t.Errorf("the claims: got %v, want none of what nobody claimed", got)
	}
}

func readProvider(t *testing.T, s chime.Store, account chime.AccountID) *chime.Provider {
	t.Helper()
	return read(t, s, func(ctx context.Context, tx chime.Tx) (*chime.Provider, error) { return tx.Provider(ctx, account) })
}

func providersComeBackAsTheyWere(t *testing.T, s chime.Store) {
	full, bare := newProvider("full", 1), chime.Provider{Account: "bare"}
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.PutProvider(ctx, newProvider("bare", 2)), tx.PutProvider(ctx, full), tx.PutProvider(ctx, bare))
	})
	for account, want := range map[chime.AccountID]*chime.Provider{"full": &full, "bare": &bare, "Full": nil} {
		equal(t, fmt.Sprintf("the provider of %q", account), readProvider(t, s, account), want)
	}
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.DeleteProvider(ctx, "full"), tx.DeleteProvider(ctx, "unknown"))
	})
	equal(t, "a provider that was deleted", readProvider(t, s, "full"), (*chime.Provider)(nil))
	equal(t, "the other", readProvider(t, s, "bare"), &bare)
}

// purgedAccountsTakeTheirDomainsAlong has two accounts that added a domain, which
// the other one has verified.
func purgedAccountsTakeTheirDomainsAlong(t *testing.T, s chime.Store) {
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(writeEverywhere(ctx, tx, "a"), writeEverywhere(ctx, tx, "b"),
			tx.PutDomain(ctx, newDomain("a", "b.example", 1)), tx.PutDomain(ctx, newDomain("a", "nobody.example", 1)))
	})
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.PurgeAccount(ctx, tenantOne, "a") })
	equal(t, "the claims", readClaims(t, s, "a.example", "b.example"), map[string]chime.AccountID{"b.example": "b"})
	for account, want := range map[chime.AccountID]int{"a": 0, "b": 1} {
		view(t, s, func(ctx context.Context, tx chime.Tx) error {
			domains, err1 := tx.ListDomains(ctx, account)
			provider, err2 := tx.Provider(ctx, account)
			event, err3 := tx.Event(ctx, account, chime.EventID(account))
			deliveries, err4 := tx.ListDeliveries(ctx, chime.UserID(account), 9)
			if len(domains) != want || (provider != nil) != (want == 1) {
				t.Errorf("of account %s: got the domains %v and the provider %v, want %d of each", account, domains, provider, want)
			}
			if event == nil || len(deliveries) != 1 {
				t.Errorf("of account %s: got the event %v and the deliveries %v, want them as they were", account, event, deliveries)
			}
			return errors.Join(err1, err2, err3, err4)
		})
	}
}
