package transfer_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/sqlstore/sqlite"
	"github.com/carillon-id/carillon/internal/transfer"
)

func openMemory(t testing.TB) chime.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), sqlite.Memory)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// writeSignins writes something of each kind that signing in keeps.
func writeSignins(ctx context.Context, tx chime.Tx) error {
	at := time.Date(2026, 1, 2, 3, 4, 5, 678_901_000, time.UTC)
	upstream := &chime.Upstream{Issuer: "https://provider.example", Subject: "s", SID: "sid", SealedToken: []byte{1}, Confirmed: at}
	return errors.Join(
		tx.PutPeople(ctx, chime.Person{ID: "u", Identity: 3}),
		tx.PutApp(ctx, chime.App{ID: "client", Tenant: tenant, SecretHash: []byte{2}, RedirectURIs: []string{"https://app.example/"}, Created: at}),
		tx.PutApp(ctx, chime.App{ID: "public", Tenant: tenant}),
		tx.PutSessions(ctx, chime.Session{User: "u", ID: "s", SecretHash: []byte{3}, Upstream: upstream, Ended: at}, chime.Session{User: "u", ID: "t"}),
		tx.PutGrants(ctx, chime.Grant{User: "u", ID: "g", Session: "s", Client: "client", Ended: at}),
		tx.PutCredentials(ctx, chime.Credential{Hash: "h", Kind: chime.AuthorizationCode, Used: at, Request: chime.CodeRequest{Challenge: "c", AuthTime: at}},
			chime.Credential{Hash: "i", Kind: chime.RefreshToken, Epoch: 7}),
		tx.PutLogin(ctx, chime.Login{ID: "l", Code: chime.MailedCode{MAC: []byte{4}, Attempts: 3}, Proof: chime.Proof{At: at, Upstream: upstream}, Request: []byte("{}")}),
		tx.PutPasskey(ctx, chime.Passkey{User: "u", ID: "p", Identity: 3, Key: []byte{5}}),
		tx.PutLink(ctx, chime.Link{Issuer: "https://provider.example", Subject: "s", User: "u", Identity: 3}),
		tx.Claim(ctx, "a.example", "a"),
		tx.PutDomain(ctx, chime.Domain{Account: "a", Name: "a.example", Status: chime.DomainVerified, Verified: at}),
		tx.PutDomain(ctx, chime.Domain{Account: "b", Name: "a.example", Status: chime.DomainPending, Challenge: "x"}),
		tx.PutProvider(ctx, chime.Provider{Account: "a", Issuer: "https://provider.example", SealedSecret: []byte{6}, ProGroups: []string{"pro"}}),
		tx.AppendEvent(ctx, chime.Event{ID: "e", Kind: chime.SignedOut, People: []chime.EventPerson{{User: "u", Epoch: 2}}, Due: at}),
		tx.AppendEvent(ctx, chime.Event{Account: "a", ID: "f", Kind: chime.Invited, Spread: true}),
		tx.AddDeliveries(ctx, chime.Delivery{User: "u", Event: "e", Client: "client", Status: chime.DeliveryPending, Due: at},
			chime.Delivery{User: "u", Event: "e", Client: "client", Session: "s", Status: chime.DeliveryConfirmed, Settled: at}),
	)
}

// allOfSignins is what a store holds of what signing in keeps, by kind.
func allOfSignins(ctx context.Context, tx chime.Tx) (map[string]any, error) {
	const limit = 99
	people, err1 := tx.ScanPeople(ctx, "", limit)
	apps, err2 := tx.ScanApps(ctx, chime.App{}, limit)
	listed, err3 := tx.ListApps(ctx, tenant, "", limit)
	sessions, err4 := tx.ScanSessions(ctx, chime.Session{}, limit)
	grants, err5 := tx.ScanGrants(ctx, chime.Grant{}, limit)
	credentials, err6 := tx.ScanCredentials(ctx, chime.Credential{}, limit)
	logins, err7 := tx.ScanLogins(ctx, chime.Login{}, limit)
	passkeys, err8 := tx.ScanPasskeys(ctx, chime.Passkey{}, limit)
	links, err9 := tx.ScanLinks(ctx, chime.Link{}, limit)
	claims, err10 := tx.ScanClaims(ctx, chime.DomainClaim{}, limit)
	domains, err11 := tx.ScanDomains(ctx, chime.Domain{}, limit)
	providers, err12 := tx.ScanProviders(ctx, chime.Provider{}, limit)
	events, err13 := tx.ScanEvents(ctx, chime.Event{}, limit)
	deliveries, err14 := tx.ScanDeliveries(ctx, chime.Delivery{}, limit)
	return map[string]any{
		"people": people, "apps": apps, "listed apps": listed, "sessions": sessions, "grants": grants, "credentials": credentials,
		"logins": logins, "passkeys": passkeys, "links": links, "claims": claims, "domains": domains, "providers": providers,
		"events": events, "deliveries": deliveries,
	}, errors.Join(err1, err2, err3, err4, err5, err6, err7, err8, err9, err10, err11, err12, err13, err14)
}

func TestCopyOfSignins(t *testing.T) {
	from, to := openMemory(t), openMemory(t)
	ctx := t.Context()
	if err := from.Update(ctx, func(tx chime.Tx) error { return writeSignins(ctx, tx) }); err != nil {
		t.Fatal(err)
	}
	var last, total int64
	counts, err := transfer.Copy(ctx, from, to, func(done, of int64) { last, total = done, of })
	if err != nil {
		t.Fatal(err)
	}
	if last != total {
		t.Errorf("the progress at the end: got %d of %d", last, total)
	}
	empty := []string{}
	for kind, n := range counts {
		if n == 0 {
			empty = append(empty, kind)
		}
	}
	slices.Sort(empty)
	check(t, "the kinds of which there was nothing to copy", empty, []string{
		"access_keys", "account_audit", "accounts", "addresses", "administrators", "former_members", "member_profiles", "members", "pins", "principals",
		"settings", "tenant_accounts", "tenant_audit",
	})
	held := make([]map[string]any, 2)
	for i, s := range []chime.Store{from, to} {
		err := s.View(ctx, func(tx chime.Tx) (err error) {
			held[i], err = allOfSignins(ctx, tx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(held[0])) {
		check(t, kind, held[1][kind], held[0][kind])
	}
}
