package directory_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/iam"
)

// lived is a directory in which people sign in, join, are invited and let go.
type lived struct {
	*planted
	t                  *testing.T
	team, corp, barred chime.AccountID
}

// signIn signs somebody in by a code mailed to them, and wakes the outbox as a
// sign-in does.
func (l *lived) signIn(address, claim string) (chime.UserID, error) {
	var admission directory.Admission
	err := l.store.Update(l.t.Context(), func(tx chime.Tx) (err error) {
		proof := chime.Proof{Method: chime.ByMail, At: l.now(), Email: address, Claim: claim}
		admission, err = l.Admit(l.t.Context(), tx, proof, "Name")
		return err
	})
	l.Directory.Wake(admission.Events...)
	return admission.Subject.ID, err
}

// register is signIn for who is in no account.
func (l *lived) register(address string) error {
	_, err := l.signIn(address, "")
	return err
}

// claim has the account verify the domain, and returns what proofs are made under.
func (l *lived) claim(account chime.AccountID, domain string) string {
	return l.verified(l.t, account, domain).Challenge
}

// own does something that a person does for themselves.
func (l *lived) own(address string, act func(ctx context.Context, tx chime.Tx, who chime.Subject) ([]chime.Event, error)) error {
	ctx := l.t.Context()
	var events []chime.Event
	err := l.store.Update(ctx, func(tx chime.Tx) error {
		holders, err := tx.AddressHolders(ctx, []string{address})
		if err != nil {
			return err
		}
		who, err := tx.Subject(ctx, holders[address], "")
		if err != nil || who == nil {
			return errors.Join(err, errors.New("there is no such person"))
		}
		events, err = act(ctx, tx, *who)
		return err
	})
	l.Directory.Wake(events...)
	return err
}

func (l *lived) signOut(address string) error {
	return l.own(address, func(ctx context.Context, tx chime.Tx, who chime.Subject) ([]chime.Event, error) {
		return l.SignOut(ctx, tx, who)
	})
}

// wroteReleased sees to it that a record of the release wrote the people.
func (l *lived) wroteReleased(addresses ...string) (err error) {
	for _, address := range addresses {
		err = errors.Join(err, l.own(address, func(ctx context.Context, tx chime.Tx, who chime.Subject) ([]chime.Event, error) {
			records, err := tx.AuditRecords(ctx, []string{who.Record})
			if len(records) != 1 || records[0].Operation != "ReleaseDomain" || records[0].Principal != iam.PrincipalARN(tenantOne, chime.RootName) {
				l.t.Errorf("%s: got the records %+v, want one of the release by the root", address, records)
			}
			return nil, err
		}))
	}
	return err
}

// invitationTo invites somebody to the Team account.
func (l *lived) invitationTo(address string) directory.Invitation {
	user := l.invite(l.t, l.team, address)
	var found directory.Invitation
	l.update(l.t, func(ctx context.Context, tx chime.Tx) error {
		_, members, err := tx.AccountMembers(ctx, l.team, []chime.UserID{user})
		found = directory.Invitation{Account: l.team, User: user, ID: members[0].InviteID}
		return err
	})
	return found
}

func (l *lived) acceptance(address string) error {
	invitation := l.invitationTo(address)
	return l.own(address, func(ctx context.Context, tx chime.Tx, who chime.Subject) ([]chime.Event, error) {
		admission, err := l.AcceptInvitation(ctx, tx, who, invitation)
		return admission.Events, err
	})
}

type livedStep struct {
	name string
	do   func(l *lived) error
}

// life is all that people, and what is done to them, can leave behind.
func life() []livedStep {
	var claim, barred string
	var blocked chime.UserID
	return []livedStep{
		{"a person registers", func(l *lived) error { return l.register("ann@corp.example") }},
		{"and signs in anew", func(l *lived) error { return l.register("ann@corp.example") }},
		{"and out everywhere", func(l *lived) error { return l.signOut("ann@corp.example") }},
		{"another registers", func(l *lived) error { return l.register("bob@example.com") }},
		{"a domain is verified", func(l *lived) error { claim = l.claim(l.corp, "corp.example"); return nil }},
		{"she joins", func(l *lived) error { _, err := l.signIn("ann@corp.example", claim); return err }},
		{"a stranger joins", func(l *lived) error { _, err := l.signIn("cyd@corp.example", claim); return err }},
		{"a member signs out everywhere", func(l *lived) error { return l.signOut("cyd@corp.example") }},
		{"somebody is invited and accepts", func(l *lived) error { return l.acceptance("bob@example.com") }},
		{"an invitation is canceled", func(l *lived) error {
			i := l.invitationTo("dan@example.com")
			return l.CancelInvitation(asRoot(l.t), i.Account, i.User)
		}},
		{"the mail of one fails", func(l *lived) error { return l.InvitationFailed(l.t.Context(), l.invitationTo("eve@example.com")) }},
		{"a provider is set", func(l *lived) error {
			_, err := l.SetProvider(asRoot(l.t), l.corp, directory.NewProvider{Issuer: provider, ClientID: "carillon", ClientSecret: new("s"), ProGroups: []string{"hosts"}, BasicGroups: []string{"staff"}})
			return err
		}},
		{"its groups change a license", func(l *lived) error {
			for _, group := range []string{"hosts", "staff"} {
				proof := byProvider("ann", "ann@corp.example", group)
				proof.Claim, proof.Upstream.Account = claim, l.corp
				if _, err := l.admit(l.t, proof, ""); err != nil {
					return err
				}
			}
			return nil
		}},
		{"it is removed", func(l *lived) error { return l.DeleteProvider(asRoot(l.t), l.corp) }},
		{"an app comes and goes", func(l *lived) error {
			app, _, err := l.CreateApp(asRoot(l.t), described("Wiki", "https://wiki.example.com/cb"), false)
			return errors.Join(err, l.DeleteApp(asRoot(l.t), app.ID))
		}},
		{"the domain is released", func(l *lived) error {
			err := l.DeleteDomain(asRoot(l.t), l.corp, "corp.example")
			return errors.Join(err, l.wroteReleased("ann@corp.example", "cyd@corp.example"))
		}},
		{"who was released registers", func(l *lived) error { return l.register("ann@corp.example") }},
		{"the server goes on with a release", func(l *lived) error {
			barred = l.claim(l.barred, "barred.example")
			if _, err := l.signIn("fay@barred.example", barred); err != nil {
				return err
			}
			l.update(l.t, func(ctx context.Context, tx chime.Tx) error {
				domain, err := tx.Domain(ctx, l.barred, "barred.example")
				domain.Status = chime.DomainReleasing
				return errors.Join(err, tx.Unclaim(ctx, domain.Name), tx.PutDomain(ctx, *domain))
			})
			finished, err := l.ReleaseDomains(l.t.Context())
			check(l.t, "finished releases", finished, 1)
			return err
		}},
		{"who is suspended in a release stays", func(l *lived) (err error) {
			barred = l.claim(l.barred, "barred.example")
			if blocked, err = l.signIn("gus@barred.example", barred); err != nil {
				return err
			}
			_, err = l.SuspendUsers(asRoot(l.t), l.barred, []chime.UserID{blocked})
			return errors.Join(err, l.DeleteDomain(asRoot(l.t), l.barred, "barred.example"))
		}},
		{"until their account is purged", func(l *lived) error {
			return errors.Join(l.DeleteAccount(asRoot(l.t), l.barred), l.PurgeAccount(asRoot(l.t), l.barred))
		}},
		{"they register", func(l *lived) error {
			user, err := l.signIn("gus@barred.example", "")
			check(l.t, "who registers", user, blocked)
			return err
		}},
		{"the directory is restored", func(l *lived) error { _, err := l.DeclareRestored(operator(l.t.Context()), "backup", nil); return err }},
		{"a free person signs out after that", func(l *lived) error { return l.signOut("ann@corp.example") }},
	}
}

// TestLifeIsAccountedFor: after whatever people do, and is done to them, a check
// finds nothing, and the outbox was woken for each event.
func TestLifeIsAccountedFor(t *testing.T) {
	for name, engine := range sqlEngines() {
		t.Run(name, func(t *testing.T) {
			l := &lived{planted: engine.directoryOn(t, engine.empty(t)), t: t}
			for name, id := range map[string]*chime.AccountID{"Team": &l.team, "Corp": &l.corp, "Barred": &l.barred} {
				account, err := l.CreateAccount(asRoot(t), name)
				if err != nil {
					t.Fatal(err)
				}
				*id = account.ID
			}
			for _, step := range life() {
				l.pass(time.Minute)
				if err := step.do(l); err != nil {
					t.Fatalf("%s: %v", step.name, err)
				}
				if got := l.findings(t); len(got) > 0 {
					t.Errorf("a check after %q: found %q", step.name, got)
				}
				for _, e := range l.events(t) {
					if !slices.Contains(l.woken, e.ID) {
						t.Errorf("%s: nobody was woken for %+v", step.name, e)
					}
				}
			}
			if len(l.events(t)) < 10 {
				t.Errorf("got %d events, want one of each sign-out and invitation", len(l.events(t)))
			}
		})
	}
}

// events returns all events of the store.
func (f *fixture) events(t testing.TB) (all []chime.Event) {
	t.Helper()
	f.view(t, func(ctx context.Context, tx chime.Tx) (err error) {
		all, err = tx.ScanEvents(ctx, chime.Event{}, 1000)
		return err
	})
	return all
}
