package directory_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

// zone is a DNS: the TXT records by name.
type zone map[string][]string

func (z zone) LookupTXT(_ context.Context, name string) ([]string, error) {
	records, ok := z[name]
	if !ok {
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	return records, nil
}

// brokenDNS does not answer.
type brokenDNS struct{}

func (brokenDNS) LookupTXT(_ context.Context, name string) ([]string, error) {
	return nil, &net.DNSError{Err: "server misbehaving", Name: name, IsTemporary: true}
}

// publish puts the proof of a claim into the zone.
func (z zone) publish(d chime.Domain) {
	name, text := directory.ProofRecord(d)
	z[name] = append(z[name], "v=spf1 -all", text)
}

// verified has the account verify a domain.
func (f *fixture) verified(t *testing.T, account chime.AccountID, name string) chime.Domain {
	t.Helper()
	domain, err := f.AddDomain(asRoot(t), account, name)
	if err != nil {
		t.Fatal(err)
	}
	z := zone{}
	z.publish(domain)
	if domain, err = f.VerifyDomain(asRoot(t), account, name, z); err != nil {
		t.Fatal(err)
	}
	return domain
}

func TestAVerifiedDomainMakesAnEnterprise(t *testing.T) {
	f := newFixture(t)
	account := f.account(t, "a", chime.Team)
	added, err := f.AddDomain(asRoot(t), account, "Example.COM.")
	if err != nil {
		t.Fatal(err)
	}
	again, err := f.AddDomain(asRoot(t), account, "example.com")
	if err != nil || again != added || added.Name != "example.com" || added.Status != chime.DomainPending || len(added.Challenge) < 20 {
		t.Errorf("adding it twice: got %+v, then %+v and %v", added, again, err)
	}
	z := zone{}
	_, err = f.VerifyDomain(asRoot(t), account, "example.com", z)
	checkCode(t, "verifying without the record", err, chime.Unprocessable)
	name, text := directory.ProofRecord(added)
	if !strings.Contains(fmt.Sprint(err), name) || !strings.Contains(fmt.Sprint(err), text) {
		t.Errorf("the refusal does not name the record: %v", err)
	}
	for _, records := range [][]string{{text + " "}, {" " + text}, {strings.ToUpper(text)}, {text[:len(text)-1]}, {}} {
		z[name] = records
		_, err = f.VerifyDomain(asRoot(t), account, "example.com", z)
		checkCode(t, fmt.Sprintf("verifying with %q", records), err, chime.Unprocessable)
	}
	_, err = f.VerifyDomain(asRoot(t), account, "example.com", brokenDNS{})
	checkCode(t, "verifying while the DNS does not answer", err, chime.ServiceUnavailable)
	z.publish(added)
	domain, err := f.VerifyDomain(asRoot(t), account, "example.com", z)
	if err != nil || domain.Status != chime.DomainVerified || domain.Verified.IsZero() {
		t.Fatalf("verifying: got %+v and %v", domain, err)
	}
	if got, err := f.GetAccount(asRoot(t), account); err != nil || got.Type != chime.EnterpriseLWA {
		t.Errorf("the account: got %+v and %v, want EnterpriseLWA", got, err)
	}
	checkCode(t, "deleting an account that holds a domain", f.DeleteAccount(asRoot(t), account), chime.Unprocessable)
	if err := f.DeleteDomain(asRoot(t), account, "example.com"); err != nil {
		t.Fatal(err)
	}
	if got, err := f.GetAccount(asRoot(t), account); err != nil || got.Type != chime.Team {
		t.Errorf("the account without domains: got %+v and %v, want a Team", got, err)
	}
	if domains, err := f.ListDomains(asRoot(t), account); err != nil || len(domains) > 0 {
		t.Errorf("its domains: got %v and %v, want none", domains, err)
	}
}

func TestTheFirstToVerifyHasTheDomain(t *testing.T) {
	f := newFixture(t)
	first, second := f.account(t, "a", chime.Team), f.accountOf(t, tenantTwo, "b", chime.Team)
	other := root(t.Context(), tenantTwo)
	domain, err := f.AddDomain(other, second, "example.com")
	if err != nil {
		t.Fatal(err)
	}
	mine := f.verified(t, first, "example.com")
	if mine.Challenge == domain.Challenge {
		t.Error("two accounts have the same challenge")
	}
	z := zone{}
	z.publish(domain)
	_, err = f.VerifyDomain(other, second, "example.com", z)
	checkCode(t, "the second to verify", err, chime.Conflict)
	f.verified(t, first, "sub.example.com") // a domain of its own
	// Nobody proves anything with the record of another account.
	z = zone{}
	z.publish(mine)
	_, err = f.VerifyDomain(other, second, "example.com", z)
	checkCode(t, "with another account's record", err, chime.Unprocessable)
	if err := f.DeleteDomain(asRoot(t), first, "example.com"); err != nil {
		t.Fatal(err)
	}
	z.publish(domain)
	if _, err := f.VerifyDomain(other, second, "example.com", z); err != nil {
		t.Errorf("verifying after the release: %v", err)
	}
	// What was proven once proves nothing for a claim that was made anew.
	again, err := f.AddDomain(asRoot(t), first, "example.com")
	if err != nil || again.Challenge == mine.Challenge {
		t.Errorf("adding it anew: got %+v and %v, want another challenge than %s", again, err, mine.Challenge)
	}
}

func TestNamesOfDomains(t *testing.T) {
	for name, want := range map[string]string{
		"example.com": "example.com", "EXAMPLE.com.": "example.com", " bücher.example ": "xn--bcher-kva.example",
		"例え.テスト": "xn--r8jz45g.xn--zckzah", "": "", "com": "", "192.0.2.1": "", "a..b": "", "exa mple.com": "", "-a.com": "",
		"ex_ample.com": "", "example.com/x": "", "ann@example.com": "", "*.example.com": "", "\x00.com": "",
		strings.Repeat("a", 64) + ".com": "", strings.Repeat("a.", 130) + "com": "",
	} {
		got, err := directory.DomainName(name)
		if got != want || (err != nil) != (want == "") {
			t.Errorf("DomainName(%q): got %q and %v, want %q", name, got, err, want)
		}
		if err != nil && chime.CodeOf(err) != chime.BadRequest {
			t.Errorf("DomainName(%q): got %v, want BadRequest", name, err)
		}
	}
}

func TestDomainsOfOthers(t *testing.T) {
	f := newFixture(t)
	account := f.account(t, "a", chime.Team)
	f.verified(t, account, "example.com")
	other := root(t.Context(), tenantTwo)
	_, addErr := f.AddDomain(other, account, "example.org")
	_, getErr := f.GetDomain(other, account, "example.com")
	_, listErr := f.ListDomains(other, account)
	_, verifyErr := f.VerifyDomain(other, account, "example.com", zone{})
	for what, err := range map[string]error{
		"AddDomain": addErr, "GetDomain": getErr, "ListDomains": listErr, "VerifyDomain": verifyErr,
		"DeleteDomain": f.DeleteDomain(other, account, "example.com"),
	} {
		checkCode(t, what+" by another tenant", err, chime.NotFound)
	}
	_, err := f.GetDomain(asRoot(t), account, "example.net")
	checkCode(t, "a domain that was not added", err, chime.NotFound)
}

func TestAReleaseLetsRegisteredPeopleGo(t *testing.T) {
	f := newFixture(t)
	account := f.account(t, "a", chime.Team)
	f.verified(t, account, "example.com")
	f.verified(t, account, "example.org")
	users := numbered(account, 0, 450) // several pages
	f.join(t, account, users...)
	suspended := users[7]
	if refused, err := f.SuspendUsers(asRoot(t), account, []chime.UserID{suspended}); err != nil || len(refused) > 0 {
		t.Fatal(refused, err)
	}
	f.update(t, func(ctx context.Context, tx chime.Tx) error { // somebody of the other domain
		_, members, err := tx.AccountMembers(ctx, account, users[8:9])
		members[0].Email = "stays@example.org"
		return errors.Join(err, tx.PutMembers(ctx, members[0]))
	})
	f.pass(time.Minute)
	if err := f.DeleteDomain(asRoot(t), account, "example.com"); err != nil {
		t.Fatal(err)
	}
	for i, user := range users {
		got, err := f.GetUser(asRoot(t), account, user)
		switch {
		case user == suspended:
			if err != nil || got.Status != chime.Suspended {
				t.Errorf("the suspended one: got %+v and %v, want them Suspended", got, err)
			}
		case i == 8:
			if err != nil || got.Status != chime.Registered {
				t.Errorf("the one of another domain: got %+v and %v, want them Registered", got, err)
			}
		default:
			checkCode(t, "a released user", err, chime.NotFound)
		}
	}
	f.view(t, func(ctx context.Context, tx chime.Tx) error {
		people, err := tx.People(ctx, users)
		for _, p := range people {
			if p.ID != suspended && p.ID != users[8] && (!p.Free() || p.Signout.Epoch == 0 || p.PIN != "" || p.DisplayName != "") {
				t.Errorf("a released person: got %+v, want them free, signed out and without data", p)
			}
		}
		pins, pinErr := tx.PINHolders(ctx, []string{"pin of " + string(users[0])})
		if len(pins) > 0 {
			t.Errorf("the PIN of a released person is still taken: %v", pins)
		}
		return errors.Join(err, pinErr)
	})
	if got, err := f.GetAccount(asRoot(t), account); err != nil || got.Type != chime.EnterpriseLWA {
		t.Errorf("the account with a domain left: got %+v and %v, want EnterpriseLWA", got, err)
	}
	unsuspend := func() []directory.UserError {
		refused, err := f.UnsuspendUsers(asRoot(t), account, []chime.UserID{suspended})
		if err != nil {
			t.Fatal(err)
		}
		return refused
	}
	if refused := unsuspend(); len(refused) != 1 || refused[0].Code != chime.NotFound {
		t.Errorf("unsuspending somebody of a released domain: got %+v, want NotFound", refused)
	}
	f.verified(t, account, "example.com")
	if refused := unsuspend(); len(refused) > 0 {
		t.Errorf("unsuspending somebody of a domain that was verified again: got %+v", refused)
	}
}

// A release that was interrupted goes on by the job.
func TestAnInterruptedReleaseGoesOn(t *testing.T) {
	f := newFixture(t)
	account := f.account(t, "a", chime.Team)
	domain := f.verified(t, account, "example.com")
	user := chime.UserID("u1")
	f.join(t, account, user)
	f.update(t, func(ctx context.Context, tx chime.Tx) error { // what DeleteDomain commits first
		domain.Status = chime.DomainReleasing
		return errors.Join(tx.Unclaim(ctx, domain.Name), tx.PutDomain(ctx, domain))
	})
	_, err := f.AddDomain(asRoot(t), account, "example.com")
	checkCode(t, "adding it meanwhile", err, chime.Conflict)
	finished, err := f.ReleaseDomains(t.Context())
	if err != nil || finished != 1 {
		t.Fatalf("got %d and %v, want one release", finished, err)
	}
	_, err = f.GetUser(asRoot(t), account, user)
	checkCode(t, "a released user", err, chime.NotFound)
	if again, err := f.ReleaseDomains(t.Context()); err != nil || again != 0 {
		t.Errorf("again: got %d and %v, want nothing to do", again, err)
	}
}

// Who was suspended in a released domain counts for no deletion, and is blocked until
// the account is purged.
func TestBlockedPeopleAndTheirAccount(t *testing.T) {
	f := newFixture(t)
	account := f.account(t, "a", chime.Team)
	f.verified(t, account, "example.com")
	users := numbered(account, 0, 250)
	f.join(t, account, users...)
	for some := range slices.Chunk(users, 50) {
		if _, err := f.SuspendUsers(asRoot(t), account, some); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.DeleteDomain(asRoot(t), account, "example.com"); err != nil {
		t.Fatal(err)
	}
	if err := f.DeleteAccount(asRoot(t), account); err != nil {
		t.Fatalf("deleting an account of blocked people alone: %v", err)
	}
	f.pass(directory.Retention)
	if n, err := f.PurgeExpired(t.Context()); err != nil || n != 1 {
		t.Fatalf("purging: got %d and %v", n, err)
	}
	f.view(t, func(ctx context.Context, tx chime.Tx) error {
		people, err := tx.People(ctx, users)
		if len(people) != len(users) {
			t.Errorf("got %d people, want %d", len(people), len(users))
		}
		for _, p := range people {
			if !p.Free() {
				t.Errorf("after the purge: got %+v, want them free", p)
			}
		}
		return err
	})
}

func TestProviders(t *testing.T) {
	f := newFixture(t)
	account := f.account(t, "a", chime.Team)
	good := directory.NewProvider{Issuer: "https://login.example.com", ClientID: "carillon", ClientSecret: new("s3cret"), ProGroups: []string{"pro"}}
	_, err := f.SetProvider(asRoot(t), account, good)
	checkCode(t, "a provider without a domain", err, chime.Unprocessable)
	f.verified(t, account, "example.com")
	for what, bad := range map[string]directory.NewProvider{
		"no issuer": {ClientID: "x"}, "http": {Issuer: "http://login.example.com", ClientID: "x"},
		"a query": {Issuer: "https://login.example.com?x", ClientID: "x"}, "no client": {Issuer: "https://login.example.com"},
		"a user":          {Issuer: "https://u:p@login.example.com", ClientID: "x"},
		"a blank group":   {Issuer: good.Issuer, ClientID: "x", ProGroups: []string{"pro", " "}},
		"too many groups": {Issuer: good.Issuer, ClientID: "x", BasicGroups: make([]string, 201)},
	} {
		_, err := f.SetProvider(asRoot(t), account, bad)
		checkCode(t, what, err, chime.BadRequest)
	}
	provider, err := f.SetProvider(asRoot(t), account, good)
	if err != nil || strings.Contains(fmt.Sprint(provider), "s3cret") || strings.Contains(string(provider.SealedSecret), "s3cret") {
		t.Fatalf("got %+v and %v, want the secret sealed", provider, err)
	}
	if secret, err := f.ClientSecret(provider); err != nil || secret != "s3cret" {
		t.Errorf("the secret: got %q and %v", secret, err)
	}
	if got, err := f.GetAccount(asRoot(t), account); err != nil || got.Type != chime.EnterpriseOIDC {
		t.Errorf("the account: got %+v and %v, want EnterpriseOIDC", got, err)
	}
	f.unchanged(t, "a provider by another tenant", chime.NotFound, func() error {
		_, err := f.SetProvider(root(t.Context(), tenantTwo), account, good)
		return err
	}, account)
	_, err = f.GetProvider(root(t.Context(), tenantTwo), account)
	checkCode(t, "GetProvider by another tenant", err, chime.NotFound)
	if err := f.DeleteProvider(asRoot(t), account); err != nil {
		t.Fatal(err)
	}
	if got, err := f.GetProvider(asRoot(t), account); err != nil || got != nil {
		t.Errorf("GetProvider without one: got %+v and %v, want none", got, err)
	}
	if got, err := f.GetAccount(asRoot(t), account); err != nil || got.Type != chime.EnterpriseLWA {
		t.Errorf("the account without: got %+v and %v, want EnterpriseLWA", got, err)
	}
	checkCode(t, "deleting it again", f.DeleteProvider(asRoot(t), account), chime.NotFound)
}

// TestASecretStaysWithItsClient: nobody has to type it again, and it is given to
// no other issuer or client.
func TestASecretStaysWithItsClient(t *testing.T) {
	f := newFixture(t)
	account := f.account(t, "a", chime.Team)
	f.verified(t, account, "example.com")
	const issuer, client = "https://login.example.com", "carillon"
	for _, step := range []struct {
		what, issuer, client string
		secret               *string
		want                 string
	}{
		{"a first one without", issuer, client, nil, ""},
		{"given", issuer, client, new("s3cret"), "s3cret"},
		{"left", issuer, client, nil, "s3cret"},
		{"another client", issuer, "another", nil, ""},
		{"given again", issuer, client, new("second"), "second"},
		{"another issuer", "https://other.example.com", client, nil, ""},
		{"the first issuer again", issuer, client, nil, ""},
		{"given a third time", issuer, client, new("third"), "third"},
		{"taken away", issuer, client, new(""), ""},
	} {
		p := directory.NewProvider{Issuer: step.issuer, ClientID: step.client, ClientSecret: step.secret}
		if _, err := f.SetProvider(asRoot(t), account, p); err != nil {
			t.Fatalf("%s: %v", step.what, err)
		}
		provider, err := f.GetProvider(asRoot(t), account)
		if err != nil {
			t.Fatal(err)
		}
		if secret, err := f.ClientSecret(*provider); err != nil || secret != step.want {
			t.Errorf("%s: got the secret %q and %v, want %q", step.what, secret, err, step.want)
		}
	}
}

// view reads the store.
func (f *fixture) view(t testing.TB, fn func(ctx context.Context, tx chime.Tx) error) {
	t.Helper()
	ctx := t.Context()
	if err := f.store.View(ctx, func(tx chime.Tx) error { return fn(ctx, tx) }); err != nil {
		t.Fatal(err)
	}
}

// TestOneAddressInTwoScripts keeps a domain that is written in another script from
// being another address: who is suspended stays out by it.
func TestOneAddressInTwoScripts(t *testing.T) {
	f := newSignins(t)
	f.claim(t, "lwa", "xn--bcher-kva.example")
	admitted, err := f.admit(t, byMail("ann@b\u00fccher.example", "lwa"), "Name")
	if err != nil || admitted.Subject.Person.Account != "lwa" {
		t.Fatalf("got account %q and %v, want lwa", admitted.Subject.Person.Account, err)
	}
	f.suspend(t, "lwa", admitted.Subject.ID)
	for _, address := range []string{"ann@b\u00fccher.example", "ann@B\u00dcCHER.example", "Ann@XN--bcher-kva.Example"} {
		f.refuses(t, address, byMail(address, "lwa"), directory.Suspended)
	}
}
