package directory_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

const (
	amazon   = "https://www.amazon.com"
	provider = "https://login.corp.example"
)

// admit signs somebody in by the proof.
func (f *fixture) admit(t testing.TB, proof chime.Proof, name string) (admission directory.Admission, err error) {
	t.Helper()
	err = f.store.Update(t.Context(), func(tx chime.Tx) (err error) {
		admission, err = f.Admit(t.Context(), tx, proof, name)
		return err
	})
	return admission, err
}

// admitted is admit for who must be let in.
func (f *fixture) admitted(t testing.TB, proof chime.Proof) chime.Subject {
	t.Helper()
	admission, err := f.admit(t, proof, "Name")
	if err != nil {
		t.Fatalf("Admit by %+v: got the error %v, want none", proof, err)
	}
	subject := f.subject(t, admission.Subject.ID)
	if diff := cmp.Diff(admission.Subject, *subject, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("Admit by %+v: what it answered (-) is not what is there (+):\n%s", proof, diff)
	}
	return *subject
}

func (f *fixture) subject(t testing.TB, user chime.UserID) (subject *chime.Subject) {
	t.Helper()
	err := f.store.View(t.Context(), func(tx chime.Tx) (err error) {
		subject, err = tx.Subject(t.Context(), user, "")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return subject
}

// refuses sees to it that nobody is let in by the proof, for the reason, and that
// nothing changed.
func (f *fixture) refuses(t testing.TB, what string, proof chime.Proof, want directory.Reason) {
	t.Helper()
	accounts := []chime.AccountID{"team", "lwa", "oidc", "directory", "other"}
	before := f.everything(t, accounts...)
	_, err := f.admit(t, proof, "Name")
	var refusal *directory.Refusal
	if !errors.As(err, &refusal) || refusal.Reason != want {
		t.Errorf("%s: got %v, want a refusal for %s", what, err, want)
	}
	if diff := cmp.Diff(before, f.everything(t, accounts...)); diff != "" {
		t.Errorf("%s: it was refused and changed something (+):\n%s", what, diff)
	}
}

// The claims that newSignins makes.
const claimOf = "claim of "

// newSignins returns a fixture with an account of each type, "team" to "directory",
// and "other", an EnterpriseLWA too. All but the Team have verified the domain
// <account>.example.
func newSignins(t testing.TB) *fixture {
	t.Helper()
	f := newFixture(t)
	f.account(t, "team", chime.Team)
	f.account(t, "lwa", chime.EnterpriseLWA)
	f.account(t, "oidc", chime.EnterpriseOIDC)
	f.account(t, "directory", chime.EnterpriseDirectory)
	f.accountOf(t, tenantTwo, "other", chime.EnterpriseLWA)
	for _, account := range []chime.AccountID{"lwa", "oidc", "directory", "other"} {
		f.claim(t, account, string(account)+".example")
	}
	f.update(t, func(ctx context.Context, tx chime.Tx) error {
		return tx.PutProvider(ctx, chime.Provider{
			Account: "oidc", Issuer: provider, ClientID: "carillon", BasicGroups: []string{"staff"}, ProGroups: []string{"hosts"}, Created: f.clock,
		})
	})
	return f
}

func (f *fixture) claim(t testing.TB, account chime.AccountID, domain string) {
	t.Helper()
	f.update(t, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.Claim(ctx, domain, account), tx.PutDomain(ctx, chime.Domain{
			Account: account, Name: domain, Status: chime.DomainVerified, Challenge: claimOf + string(account), Added: f.clock, Verified: f.clock,
		}))
	})
}

// byMail is the proof of an address by a mailed code, under the claim of the account.
func byMail(email string, account chime.AccountID) chime.Proof {
	proof := chime.Proof{Method: chime.ByMail, Email: email}
	if account != "" {
		proof.Claim = claimOf + string(account)
	}
	return proof
}

func byAmazon(subject, email string, account chime.AccountID) chime.Proof {
	proof := byMail(email, account)
	proof.Method, proof.Upstream = chime.ByAmazon, &chime.Upstream{Issuer: amazon, Subject: subject}
	return proof
}

func byProvider(subject, email string, groups ...string) chime.Proof {
	proof := byMail(email, "oidc")
	proof.Method, proof.Groups = chime.ByProvider, groups
	proof.Upstream = &chime.Upstream{Issuer: provider, Subject: subject, Account: "oidc"}
	return proof
}

func byPasskey(user chime.UserID, identity int64) chime.Proof {
	return chime.Proof{Method: chime.ByPasskey, User: user, Identity: identity}
}

// signouts returns whom the account's events signed out.
func (f *fixture) signouts(t testing.TB, account chime.AccountID) (people []chime.EventPerson) {
	t.Helper()
	err := f.store.View(t.Context(), func(tx chime.Tx) error {
		events, err := tx.DueEvents(t.Context(), account, f.clock, 100)
		for _, e := range events {
			if e.Kind == chime.SignedOut {
				people = append(people, e.People...)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return people
}

func TestMaySignIn(t *testing.T) {
	member := func(status chime.RegistrationStatus, account chime.AccountStatus) chime.Subject {
		return chime.Subject{
			Person: chime.Person{ID: "ann", Account: "a"}, Account: &chime.Account{ID: "a", Status: account},
			Member: &chime.Member{Account: "a", User: "ann", Standing: chime.Standing{Status: status}},
		}
	}
	without := member(chime.Registered, chime.AccountActive)
	without.Member = nil
	tests := []struct {
		name    string
		subject chime.Subject
		want    directory.Reason
	}{
		{"a free person", chime.Subject{Person: chime.Person{ID: "ann"}}, ""},
		{"a member", member(chime.Registered, chime.AccountActive), ""},
		{"a suspended member", member(chime.Suspended, chime.AccountActive), directory.Suspended},
		{"an invitation", member(chime.Unregistered, chime.AccountActive), directory.NotAllowed},
		{"a member of a deleted account", member(chime.Registered, chime.AccountSuspended), directory.Suspended},
		{"a member in no state", member("", chime.AccountActive), directory.Suspended},
		{"a member of an account in no state", member(chime.Registered, ""), directory.Suspended},
		{"a member without a membership", without, directory.NotAllowed},
	}
	for _, tt := range tests {
		var refusal *directory.Refusal
		var got directory.Reason
		if errors.As(directory.MaySignIn(tt.subject), &refusal) {
			got = refusal.Reason
		}
		check(t, tt.name, got, tt.want)
	}
}

// TestAdmitStrangers registers people whom nobody knew, where they belong.
func TestAdmitStrangers(t *testing.T) {
	f := newSignins(t)
	for _, tt := range []struct {
		proof   chime.Proof
		account chime.AccountID
		license chime.License
	}{
		{byMail("a@example.com", ""), "", ""},
		{byMail("b@lwa.example", "lwa"), "lwa", chime.Pro},
		{byMail("b@sub.lwa.example", ""), "", ""},
		{byAmazon("amzn-c", "c@example.com", ""), "", ""},
		{byAmazon("amzn-d", "d@lwa.example", "lwa"), "lwa", chime.Pro},
		{byProvider("e", "e@oidc.example", "staff"), "oidc", chime.Basic},
		{byProvider("f", "f@oidc.example", "other", "hosts", "staff"), "oidc", chime.Pro},
	} {
		trail := len(f.records(t))
		got := f.admitted(t, tt.proof)
		check(t, "the account of "+tt.proof.Email, got.Person.Account, tt.account)
		check(t, "their epoch", got.CurrentSignout().Epoch, int64(0))
		if got.DisplayName != "Name" || got.Email != tt.proof.Email || len(got.PIN) != 10 || !got.Registered.Equal(f.clock) {
			t.Errorf("the person of %s: got %+v", tt.proof.Email, got.Person)
		}
		if tt.account == "" {
			check(t, "the records", len(f.records(t)), trail)
			continue
		}
		check(t, "the license", got.Member.License, tt.license)
		user := string(got.ID)
		check(t, "the records", f.trail(t, trail), []audited{{
			Operation: "JoinAccount", Principal: "user:" + user, Tenant: tenantOne, Account: tt.account,
			Params: `{"accountId":"` + string(tt.account) + `","domainName":"` + string(tt.account) + `.example","licenseType":"` +
				string(tt.license) + `","userId":"` + user + `"}`,
		}})
		shown := f.getUser(t, tt.account, got.ID)
		check(t, "their invitation", shown.Invitation, chime.InvitationStatus(""))
		check(t, "their state", shown.Status, chime.Registered)
	}
	for _, account := range []chime.AccountID{"", "lwa", "oidc"} {
		check(t, "people signed out in "+string(account), f.signouts(t, account), []chime.EventPerson(nil))
	}
}

// TestAdmitIsRefused tries each way in that is not somebody's.
func TestAdmitIsRefused(t *testing.T) {
	f := newSignins(t)
	free := f.admitted(t, byMail("free@example.com", ""))
	lwa := f.admitted(t, byMail("ann@lwa.example", "lwa"))
	oidc := f.admitted(t, byProvider("ann", "ann@oidc.example", "staff"))
	f.join(t, "directory", "cyd")
	f.join(t, "oidc", "dan") // dan@example.com: of a domain that the account does not have
	moved := byProvider("ann", "ann@oidc.example", "staff")
	moved.Upstream.Issuer = "https://another.example"
	others := byProvider("new", "new@oidc.example", "staff")
	others.Upstream.Account = "lwa"
	for _, tt := range []struct {
		what  string
		proof chime.Proof
		want  directory.Reason
	}{
		{"no proof", chime.Proof{}, directory.NotAllowed},
		{"a code without an address", chime.Proof{Method: chime.ByMail}, directory.NotAllowed},
		{"an Amazon of nobody", byAmazon("amzn", "", ""), directory.AddressMissing},
		{"a provider's subject of nobody", byProvider("nobody", "", "staff"), directory.NotAllowed},
		{"a nonsensical address", byMail("x", ""), directory.AddressInvalid},
		{"a code to an address of the provider", byMail("new@oidc.example", "oidc"), directory.UseProvider},
		{"a code of somebody of the provider", byMail("ann@oidc.example", "oidc"), directory.UseProvider},
		{"Amazon, of somebody of the provider", byAmazon("amzn", "ann@oidc.example", "oidc"), directory.UseProvider},
		{"a passkey of somebody of the provider", byPasskey(oidc.ID, oidc.Identity), directory.UseProvider},
		{"another account's provider", others, directory.UseProvider},
		{"another issuer", moved, directory.LoginOver},
		{"a code to an address of a directory", byMail("new@directory.example", "directory"), directory.NoMethod},
		{"a code of somebody in a directory", byMail("cyd@example.com", ""), directory.NoMethod},
		{"the provider, for a free address", byProvider("new", "new@example.com", "staff"), directory.NotAllowed},
		{"the provider, for a free person", byProvider("new", "free@example.com", "staff"), directory.NotAllowed},
		{"the provider, for another account's address", byProvider("new", "new@lwa.example", "staff"), directory.NotAllowed},
		{"the provider, for another account's person", byProvider("new", "ann@lwa.example", "staff"), directory.NotAllowed},
		{"the provider, for its own account's person of another domain", byProvider("dan", "dan@example.com", "staff"), directory.NotAllowed},
		{"the provider, without groups", byProvider("new", "new@oidc.example"), directory.NotInGroups},
		{"the provider, in no group any more", byProvider("ann", "ann@oidc.example", "other"), directory.NotInGroups},
		{"a passkey of an earlier identity", byPasskey(free.ID, free.Identity-1), directory.NotAllowed},
		{"a passkey of nobody", byPasskey("nobody", 0), directory.NotAllowed},
		{"a code from before the claim", byMail("new@lwa.example", ""), directory.LoginOver},
		{"a code from an earlier claim", byMail("new@lwa.example", "other"), directory.LoginOver},
	} {
		f.refuses(t, tt.what, tt.proof, tt.want)
	}
	f.suspend(t, "lwa", lwa.ID)
	f.refuses(t, "a suspended person", byMail("ann@lwa.example", "lwa"), directory.Suspended)
	f.refuses(t, "a suspended person by passkey", byPasskey(lwa.ID, lwa.Identity), directory.Suspended)
	f.refuses(t, "a suspended person by Amazon", byAmazon("amzn", "ann@lwa.example", "lwa"), directory.Suspended)
	for what, name := range map[string]string{
		"no": "", "a blank": " \t", "a long": string(make([]rune, 101)), "a name with a line end as": "Ann\r\nBcc: x", "an invisible": "\u200b",
		"a joiner as": "\u200d \u200c", "a name from right to left by force as": "\u202eAnn",
	} {
		var refusal *directory.Refusal
		if _, err := f.admit(t, byMail("new@example.com", ""), name); !errors.As(err, &refusal) || refusal.Reason != directory.NameMissing {
			t.Errorf("registering with %s name: got %v, want a refusal for %s", what, err, directory.NameMissing)
		}
	}
}

// TestNames: people are called what they want to be, in any script.
func TestNames(t *testing.T) {
	for name, want := range map[string]string{
		" Ann Lee ": "Ann Lee", "山田\u3000太郎": "山田 太郎", "علی\u200cرضا": "علی\u200cرضا", "क्\u200dष": "क्\u200dष", "Ann\u00a0Lee": "Ann Lee",
		strings.Repeat("é", 100): strings.Repeat("é", 100),
	} {
		admission, err := newSignins(t).admit(t, byMail("new@example.com", ""), name)
		if err != nil || admission.Subject.DisplayName != want {
			t.Errorf("%q: got the name %q and %v, want %q", name, admission.Subject.DisplayName, err, want)
		}
	}
}

// TestSquatter lets nobody in who had an address before the account that has its
// domain.
func TestSquatter(t *testing.T) {
	f := newSignins(t)
	squatter := f.admitted(t, byMail("boss@corp.example", ""))
	f.admitted(t, byAmazon("amzn-squatter", "boss@corp.example", ""))
	f.claim(t, "lwa", "corp.example")
	f.refuses(t, "the squatter's passkey", byPasskey(squatter.ID, squatter.Identity), directory.NotAllowed)
	f.refuses(t, "the squatter's Amazon", byAmazon("amzn-squatter", "", ""), directory.AddressMissing)
	f.refuses(t, "the squatter's code from before", byMail("boss@corp.example", ""), directory.LoginOver)
	f.refuses(t, "the squatter's Amazon, with another address", byAmazon("amzn-squatter", "x@corp.example", "lwa"), directory.AddressMissing)

	boss := f.admitted(t, byAmazon("amzn-boss", "boss@corp.example", "lwa"))
	check(t, "the id", boss.ID, squatter.ID)
	check(t, "the account", boss.Person.Account, chime.AccountID("lwa"))
	check(t, "the epoch", boss.CurrentSignout(), chime.Signout{Epoch: 1, At: f.clock})
	check(t, "the identity", boss.Identity, squatter.Identity+1)
	check(t, "who was signed out", f.signouts(t, "lwa"), []chime.EventPerson{{User: boss.ID}})
	f.refuses(t, "the squatter's Amazon, after that", byAmazon("amzn-squatter", "", ""), directory.AddressMissing)
	check(t, "who signs in by the boss's Amazon", f.admitted(t, byAmazon("amzn-boss", "", "")), boss)
	check(t, "the epoch after signing in again", f.admitted(t, byMail("boss@corp.example", "lwa")).CurrentSignout().Epoch, int64(1))
}

// TestJoinByLink has the link of who joins by it hold on.
func TestJoinByLink(t *testing.T) {
	f := newSignins(t)
	ann := f.admitted(t, byAmazon("amzn", "ann@corp.example", ""))
	f.claim(t, "lwa", "corp.example")
	joined := f.admitted(t, byAmazon("amzn", "ann@corp.example", "lwa"))
	check(t, "who joined", joined.ID, ann.ID)
	check(t, "who signs in by the link", f.admitted(t, byAmazon("amzn", "", "")), joined)
}

// TestClaimsOfNobody has a claim count only while its account may have people by it.
func TestClaimsOfNobody(t *testing.T) {
	f := newSignins(t)
	f.account(t, "other", chime.Team)
	f.update(t, func(ctx context.Context, tx chime.Tx) error {
		account, err := tx.Account(ctx, "lwa")
		if err != nil {
			return err
		}
		account.Status, account.Deleted = chime.AccountSuspended, f.clock
		return tx.PutAccounts(ctx, *account)
	})
	for _, address := range []string{"ann@lwa.example", "ann@other.example"} {
		check(t, "the account of "+address, f.admitted(t, byMail(address, "")).Person.Account, chime.AccountID(""))
	}
}

// TestJoinFromATeam takes a person out of another tenant's Team account, invitations
// and license set ahead included.
func TestJoinFromATeam(t *testing.T) {
	f := newSignins(t)
	from := f.accountOf(t, tenantTwo, "from", chime.Team)
	f.join(t, from, "ann") // ann@example.com
	if _, err := f.InviteUsers(asRoot(t), "team", []string{"ann@example.com"}, ""); err != nil {
		t.Fatal(err)
	}
	checkCode(t, "UpdateUser", f.UpdateUser(asRoot(t), "team", directory.UserChange{User: "ann", License: new(chime.Basic)}), "")
	f.claim(t, "team", "example.com")
	f.account(t, "team", chime.EnterpriseLWA)
	trail := len(f.records(t))
	f.pass(time.Minute)
	ann := f.admitted(t, byMail("ann@example.com", "team"))
	check(t, "the account", ann.Person.Account, chime.AccountID("team"))
	check(t, "the epoch", ann.CurrentSignout(), chime.Signout{Epoch: 1, At: f.clock})
	shown := f.getUser(t, "team", "ann")
	check(t, "the license", shown.License, chime.Basic)
	check(t, "the invitation", shown.Invitation, chime.InvitationStatus(""))
	check(t, "the PIN", shown.PIN, "pin of ann")
	_, err := f.GetUser(root(t.Context(), tenantTwo), from, "ann")
	checkCode(t, "GetUser in the account that was left", err, chime.NotFound)
	var operations []string
	for _, r := range f.trail(t, trail) {
		operations = append(operations, r.Operation+" "+string(r.Account)+" "+string(r.Tenant))
	}
	check(t, "the records", operations, []string{"JoinAccount team 111122223333", "LeaveAccount from 444455556666"})
	check(t, "who was signed out", f.signouts(t, "team"), []chime.EventPerson{{User: "ann"}})
}

// TestBlock keeps somebody out who was suspended in a domain that was released,
// until another account has it.
func TestBlock(t *testing.T) {
	f := newSignins(t)
	ann := f.admitted(t, byMail("ann@lwa.example", "lwa"))
	bob := f.admitted(t, byMail("bob@lwa.example", "lwa"))
	f.suspend(t, "lwa", ann.ID)
	checkCode(t, "DeleteDomain", f.DeleteDomain(asRoot(t), "lwa", "lwa.example"), "")
	f.refuses(t, "who is blocked", byMail("ann@lwa.example", ""), directory.Suspended)
	f.refuses(t, "who is blocked, by a passkey", byPasskey(ann.ID, ann.Identity), directory.Suspended)
	f.refuses(t, "a passkey of who was released", byPasskey(bob.ID, bob.Identity), directory.NotAllowed)
	check(t, "who was released and registers anew", f.admitted(t, byMail("bob@lwa.example", "")).ID, bob.ID)
	again := f.subject(t, bob.ID)
	if again.DisplayName != "Name" || len(again.PIN) != 10 || again.PIN == bob.PIN {
		t.Errorf("who registered anew: got %+v, want a name and a new PIN", again.Person)
	}

	f.claim(t, "other", "lwa.example")
	joined := f.admitted(t, byMail("ann@lwa.example", "other"))
	check(t, "where who was blocked is", joined.Person.Account, chime.AccountID("other"))
	if _, err := f.GetUser(asRoot(t), "lwa", ann.ID); chime.CodeOf(err) != chime.NotFound {
		t.Errorf("GetUser where they were blocked: got %v, want %s", err, chime.NotFound)
	}
	check(t, "who was signed out", f.signouts(t, "other"), []chime.EventPerson{{User: ann.ID, Epoch: 1}})
}

// TestLicenseFollowsGroups takes the license over at each sign-in.
func TestLicenseFollowsGroups(t *testing.T) {
	f := newSignins(t)
	ann := f.admitted(t, byProvider("ann", "ann@oidc.example", "staff"))
	trail := len(f.records(t))
	check(t, "the same group", f.admitted(t, byProvider("ann", "", "staff")), ann)
	check(t, "the records of nothing", len(f.records(t)), trail)
	ann.Member.License = chime.Pro
	check(t, "another group", f.admitted(t, byProvider("ann", "ann@elsewhere.example", "hosts")), ann)
	check(t, "the record", f.trail(t, trail)[0].Operation, "UpdateLicense")
	f.update(t, func(ctx context.Context, tx chime.Tx) error {
		p, err := tx.Provider(ctx, "oidc")
		if err != nil {
			return err
		}
		p.BasicGroups, p.ProGroups = nil, nil
		return tx.PutProvider(ctx, *p)
	})
	check(t, "a provider without groups", f.admitted(t, byProvider("ann", "")), ann)
}

// TestInvitedStranger has the id that an invitation made.
func TestInvitedStranger(t *testing.T) {
	f := newSignins(t)
	invited := f.invite(t, "team", "New@example.com")
	got := f.admitted(t, byMail("new@example.com", ""))
	check(t, "the id", got.ID, invited)
	check(t, "the account", got.Person.Account, chime.AccountID(""))
	if shown := f.getUser(t, "team", invited); shown.Status != chime.Unregistered {
		t.Errorf("the invitation: got %s, want it as it was", shown.Status)
	}
}

// TestIdentitySurvives what takes people out of accounts: whose passkeys were
// voided once, has them void for ever.
func TestIdentitySurvives(t *testing.T) {
	f := newSignins(t)
	f.join(t, "team", "ann", "bob")
	f.update(t, func(ctx context.Context, tx chime.Tx) error {
		people, err := tx.People(ctx, []chime.UserID{"ann", "bob"})
		for i := range people {
			people[i].Identity = 7
		}
		return errors.Join(err, tx.PutPeople(ctx, people...))
	})
	f.suspend(t, "team", "ann")
	check(t, "the identity after a Team suspension", f.subject(t, "ann").Identity, int64(7))
	_, err := f.Import(asOperator(t), directory.ImportBatch{
		Overwrite: true,
		Users:     []directory.ImportUser{{Member: chime.Member{Account: "lwa", User: "bob", Standing: chime.Standing{Status: chime.Registered}}}},
	})
	checkCode(t, "Import", err, "")
	bob := f.subject(t, "bob")
	check(t, "the identity after an import", bob.Identity, int64(7))
	check(t, "the epoch after an import", bob.CurrentSignout().Epoch, int64(1))
	check(t, "who was signed out by an import", f.signouts(t, ""), []chime.EventPerson{{User: "bob"}})
}

// TestEventsOfSignouts has one event a call, of those whose epoch ended.
func TestEventsOfSignouts(t *testing.T) {
	f := newSignins(t)
	f.join(t, "lwa", "ann", "bob", "cyd")
	f.join(t, "team", "dan")
	checkCode(t, "LogoutUser", f.LogoutUser(asRoot(t), "lwa", "bob"), "")
	f.pass(time.Second)
	f.suspend(t, "lwa", "ann", "bob", "nobody")
	f.pass(time.Second)
	f.suspend(t, "lwa", "ann", "bob")
	f.suspend(t, "team", "dan")
	var events []chime.Event
	err := f.store.View(t.Context(), func(tx chime.Tx) error {
		lwa, err1 := tx.DueEvents(t.Context(), "lwa", f.clock, 10)
		team, err2 := tx.DueEvents(t.Context(), "team", f.clock, 10)
		events = append(lwa, team...)
		return errors.Join(err1, err2)
	})
	if err != nil {
		t.Fatal(err)
	}
	began := f.clock.Add(-2 * time.Second)
	check(t, "the woken", f.woken, []chime.EventID{events[0].ID, events[1].ID})
	for i := range events {
		events[i].ID = ""
	}
	check(t, "the events", events, []chime.Event{
		{Account: "lwa", Kind: chime.SignedOut, People: []chime.EventPerson{{User: "bob"}}, Created: began, Due: began},
		{
			Account: "lwa", Kind: chime.SignedOut, People: []chime.EventPerson{{User: "ann"}, {User: "bob", Epoch: 1}},
			Created: began.Add(time.Second), Due: began.Add(time.Second),
		},
	})
}
