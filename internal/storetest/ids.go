package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
)

func idCases() []testCase {
	return []testCase{
		{"OddIDsAreToldApart", oddIDsAreToldApart},
		{"OddIDsAreOrderedByBytes", oddIDsAreOrderedByBytes},
		{"OddNamesBeginWithThemselves", oddNamesBeginWithThemselves},
		{"TextIsUTF8WithoutNUL", textIsUTF8WithoutNUL},
		{"TextOfSigninsIsUTF8WithoutNUL", textOfSigninsIsUTF8WithoutNUL},
		{"OddTextOfSigninsComesBack", oddTextOfSigninsComesBack},
	}
}

// oddIDs are ids that something might take for one another, for a pattern, or
// for more than a value. Ids are opaque: the store takes all of them.
func oddIDs() []string {
	return []string{
		"a", "A", "a ", " a", "%", "_", "a%", "'", `"`, "''; DROP TABLE members; --",
		"$1", "?1", "a/b", "a%2Fb", "ü", "u\u0308", "日本", "🔔", "\u2028", "1", "01", "1.0", "NULL", "null", "\\", "\n",
		strings.Repeat("long", 4096),
	}
}

func oddIDsAreToldApart(t *testing.T, s chime.Store) {
	ids := oddIDs()
	for i, id := range ids {
		update(t, s, func(ctx context.Context, tx chime.Tx) error {
			account, user := chime.AccountID(id), chime.UserID(id)
			before, members, err := tx.AccountMembers(ctx, account, []chime.UserID{user})
			if before != nil || len(members) > 0 {
				t.Errorf("account %q before it is written: got %+v, which is another", id, before)
			}
			a := newAccount(account, tenantOne)
			a.Name = id
			return errors.Join(err,
				tx.PutAccounts(ctx, a), tx.PutMembers(ctx, newMember(account, user, i)),
				tx.PutFormerMembers(ctx, newFormer(account, user, i)), tx.PutPeople(ctx, newPerson(user, account, i)),
				tx.ClaimAddresses(ctx, map[string]chime.UserID{id: user}), tx.PutSetting(ctx, id, []byte(id)))
		})
	}
	for i, id := range ids {
		account, user := chime.AccountID(id), chime.UserID(id)
		want := newAccount(account, tenantOne)
		want.Name = id
		equal(t, fmt.Sprintf("account %q", id), readAccount(t, s, account), &want)
		equal(t, fmt.Sprintf("member %q", id), readMembers(t, s, account, user), []chime.Member{newMember(account, user, i)})
		equal(t, fmt.Sprintf("person %q", id), readPeople(t, s, user), map[chime.UserID]chime.Person{user: newPerson(user, account, i)})
		view(t, s, func(ctx context.Context, tx chime.Tx) error {
			former, err1 := tx.FormerMembers(ctx, account, []chime.UserID{user})
			equal(t, fmt.Sprintf("former member %q", id), former, []chime.FormerMember{newFormer(account, user, i)})
			holders, err2 := tx.AddressHolders(ctx, []string{id})
			equal(t, fmt.Sprintf("holder of %q", id), holders, map[string]chime.UserID{id: user})
			setting, err3 := tx.Setting(ctx, id)
			equal(t, fmt.Sprintf("setting %q", id), string(setting), id)
			return errors.Join(err1, err2, err3)
		})
	}
}

func oddIDsAreOrderedByBytes(t *testing.T, s chime.Store) {
	var members []chime.Member
	for i, id := range oddIDs() {
		members = append(members, newMember("account", chime.UserID(id), i))
	}
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.PutMembers(ctx, members...) })
	slices.SortFunc(members, func(a, b chime.Member) int { return strings.Compare(string(a.User), string(b.User)) })
	var got []chime.Member
	q := chime.MemberQuery{Account: "account", Limit: 1}
	for range members {
		page := listMembers(t, s, q)
		if len(page) != 1 {
			t.Fatalf("the page after %q: got %d members, want 1", q.After, len(page))
		}
		got, q.After = append(got, page[0]), page[0].User
	}
	equal(t, "members by pages of one", got, members)
}

func oddNamesBeginWithThemselves(t *testing.T, s chime.Store) {
	for i, name := range oddIDs() {
		a := newAccount(chime.AccountID(fmt.Sprint(i)), tenantOne)
		a.Name = name
		update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.PutAccounts(ctx, a) })
	}
	for _, prefix := range oddIDs() {
		var got, want []string
		for _, a := range listAccounts(t, s, chime.AccountQuery{Tenant: tenantOne, Status: chime.AccountActive, NamePrefix: prefix, Limit: 99}) {
			got = append(got, a.Name)
		}
		for _, name := range oddIDs() {
			if strings.HasPrefix(name, prefix) {
				want = append(want, name)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		equal(t, fmt.Sprintf("names that begin with %q", prefix), got, want)
	}
}

// textIsUTF8WithoutNUL asks for ids that no store keeps, and writes them: they
// are found nowhere, they are taken for no other, and nothing of an Update that
// holds one is kept.
func textIsUTF8WithoutNUL(t *testing.T, s chime.Store) {
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.PutAccounts(ctx, newAccount("a", tenantOne)), tx.PutMembers(ctx, newMember("a", "a", 1)),
			tx.PutPeople(ctx, newPerson("a", "a", 1)), tx.ClaimAddresses(ctx, map[string]chime.UserID{"a": "a"}))
	})
	for _, id := range []string{"a\x00", "a\x00b", "\x00", "\x00a", "a\xff", "\xc3", "\xed\xa0\x80"} {
		user := chime.UserID(id)
		if got := readAccount(t, s, chime.AccountID(id)); got != nil {
			t.Errorf("account %q: got %q, want none", id, got.ID)
		}
		equal(t, fmt.Sprintf("members %q and a", id), readMembers(t, s, "a", user, "a"), []chime.Member{newMember("a", "a", 1)})
		equal(t, fmt.Sprintf("people %q and a", id), readPeople(t, s, user, "a"), map[chime.UserID]chime.Person{"a": newPerson("a", "a", 1)})
		view(t, s, func(ctx context.Context, tx chime.Tx) error {
			holders, err := tx.AddressHolders(ctx, []string{id, "a"})
			equal(t, fmt.Sprintf("holders of %q and a", id), holders, map[string]chime.UserID{"a": "a"})
			return err
		})
		for what, write := range map[string]func(ctx context.Context, tx chime.Tx) error{
			"a member": func(ctx context.Context, tx chime.Tx) error { return tx.PutMembers(ctx, newMember("a", user, 2)) },
			"an account": func(ctx context.Context, tx chime.Tx) error {
				return tx.PutAccounts(ctx, newAccount(chime.AccountID(id), tenantOne))
			},
			"a setting": func(ctx context.Context, tx chime.Tx) error { return tx.PutSetting(ctx, id, nil) },
			"an address": func(ctx context.Context, tx chime.Tx) error {
				_, err := tx.ResolveAddresses(ctx, map[string]chime.UserID{id: "b", "b": "b"})
				return err
			},
		} {
			err := s.Update(t.Context(), func(tx chime.Tx) error {
				return errors.Join(tx.PutPeople(t.Context(), newPerson("b", "", 2)), write(t.Context(), tx))
			})
			if err == nil || chime.CodeOf(err) == chime.ServiceUnavailable {
				t.Errorf("writing %s %q: got the error %v, want a refusal of the text", what, id, err)
			}
			equal(t, fmt.Sprintf("what was written with %s %q", what, id), readPeople(t, s, "b"), map[chime.UserID]chime.Person{})
		}
	}
}

// signinsWith are writes, each of which has the text at another place: those first
// that a store may keep in another form than as text.
func signinsWith(text string) map[string]func(ctx context.Context, tx chime.Tx) error {
	upstream := &chime.Upstream{Issuer: "issuer", Subject: text}
	return map[string]func(ctx context.Context, tx chime.Tx) error{
		"an upstream": func(ctx context.Context, tx chime.Tx) error {
			return tx.PutSessions(ctx, chime.Session{User: "b", ID: "b", Upstream: upstream})
		},
		"a request": func(ctx context.Context, tx chime.Tx) error {
			return tx.PutCredentials(ctx, chime.Credential{Hash: "b", Request: chime.CodeRequest{Nonce: text}})
		},
		"a proof": func(ctx context.Context, tx chime.Tx) error {
			return tx.PutLogin(ctx, chime.Login{ID: "b", Proof: chime.Proof{Name: text}})
		},
		"the upstream of a proof": func(ctx context.Context, tx chime.Tx) error {
			return tx.PutLogin(ctx, chime.Login{ID: "b", Proof: chime.Proof{Upstream: upstream}})
		},
		"the groups of a proof": func(ctx context.Context, tx chime.Tx) error {
			return tx.PutLogin(ctx, chime.Login{ID: "b", Proof: chime.Proof{Groups: []string{"a", text}}})
		},
		"redirect URIs": func(ctx context.Context, tx chime.Tx) error {
			return tx.PutApp(ctx, chime.App{ID: "b", RedirectURIs: []string{"a", text}})
		},
		"post-logout redirect URIs": func(ctx context.Context, tx chime.Tx) error {
			return tx.PutApp(ctx, chime.App{ID: "b", PostLogoutRedirectURIs: []string{text}})
		},
		"groups": func(ctx context.Context, tx chime.Tx) error {
			return tx.PutProvider(ctx, chime.Provider{Account: "b", BasicGroups: []string{text}})
		},
		"more groups": func(ctx context.Context, tx chime.Tx) error {
			return tx.PutProvider(ctx, chime.Provider{Account: "b", ProGroups: []string{text}})
		},
		"the people of an event": func(ctx context.Context, tx chime.Tx) error {
			return tx.AppendEvent(ctx, chime.Event{ID: "b", People: []chime.EventPerson{{User: "b", Invite: text}}})
		},
		"a device": func(ctx context.Context, tx chime.Tx) error {
			return tx.PutSessions(ctx, chime.Session{User: "b", ID: "b", Device: text})
		},
		"a reason": func(ctx context.Context, tx chime.Tx) error {
			return tx.AddDeliveries(ctx, chime.Delivery{User: "b", Event: "b", Reason: text})
		},
		"the name of a passkey": func(ctx context.Context, tx chime.Tx) error {
			return tx.PutPasskey(ctx, chime.Passkey{User: "b", ID: "b", Name: text})
		},
	}
}

func textOfSigninsIsUTF8WithoutNUL(t *testing.T, s chime.Store) {
	for _, text := range []string{"a\x00", "a\xff", "\xed\xa0\x80"} {
		for what, write := range signinsWith(text) {
			err := s.Update(t.Context(), func(tx chime.Tx) error {
				return errors.Join(tx.PutPeople(t.Context(), newPerson("b", "", 2)), write(t.Context(), tx))
			})
			if err == nil || chime.CodeOf(err) == chime.ServiceUnavailable {
				t.Errorf("writing %s with %q: got the error %v, want a refusal of the text", what, text, err)
			}
			equal(t, fmt.Sprintf("what was written with %s with %q", what, text), readPeople(t, s, "b"), map[chime.UserID]chime.Person{})
		}
	}
}

// oddTextOfSigninsComesBack has every odd text where a store may keep a document.
func oddTextOfSigninsComesBack(t *testing.T, s chime.Store) {
	texts := oddIDs()
	upstream := newUpstream(1)
	upstream.Subject, upstream.SID = strings.Join(texts, ""), "\ufffd"
	login, app, provider, event := newLogin("odd", 1), newApp("odd", tenantOne), newProvider("odd", 1), newEvent("odd", "odd", 1)
	login.Proof.Groups, login.Proof.Upstream, login.Proof.Name = texts, upstream, strings.Join(texts, "")
	app.RedirectURIs, provider.ProGroups, provider.BasicGroups = texts, texts, []string{""}
	for _, text := range texts {
		event.People = append(event.People, chime.EventPerson{User: chime.UserID(text), Invite: text})
	}
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return errors.Join(tx.PutLogin(ctx, login), tx.PutApp(ctx, app), tx.PutProvider(ctx, provider), tx.AppendEvent(ctx, event))
	})
	equal(t, "the login", read(t, s, func(ctx context.Context, tx chime.Tx) (*chime.Login, error) { return tx.Login(ctx, "odd") }), &login)
	equal(t, "the app", readApp(t, s, "odd"), &app)
	equal(t, "the provider", readProvider(t, s, "odd"), &provider)
	equal(t, "the event", readEvent(t, s, "odd", "odd"), &event)
}
