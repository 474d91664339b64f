package storetest

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
)

// read returns what one View reads.
func read[T any](t *testing.T, s chime.Store, fn func(ctx context.Context, tx chime.Tx) (T, error)) (value T) {
	t.Helper()
	view(t, s, func(ctx context.Context, tx chime.Tx) (err error) {
		value, err = fn(ctx, tx)
		return err
	})
	return value
}

// bothWays runs a case by Views and by Updates, which a store may read in different
// ways.
func bothWays(t *testing.T, s chime.Store, run func(t *testing.T, read func(fn func(ctx context.Context, tx chime.Tx) error))) {
	t.Run("View", func(t *testing.T) {
		run(t, func(fn func(ctx context.Context, tx chime.Tx) error) { view(t, s, fn) })
	})
	t.Run("Update", func(t *testing.T) {
		run(t, func(fn func(ctx context.Context, tx chime.Tx) error) { update(t, s, fn) })
	})
}

func signinCases() []testCase {
	return []testCase{
		{"CredentialsComeBackAsTheyWere", credentialsComeBackAsTheyWere},
		{"CredentialsAreReplaced", credentialsAreReplaced},
		{"BearersBringWhatDecides", bearersBringWhatDecides},
		{"BearersLackWhatIsNotThere", bearersLackWhatIsNotThere},
		{"BearersFollowChanges", bearersFollowChanges},
		{"SubjectsStandWhereTheyAre", subjectsStandWhereTheyAre},
		{"SessionsComeBackAsTheyWere", sessionsComeBackAsTheyWere},
		{"SessionsAreFoundByTheirProvider", sessionsAreFoundByTheirProvider},
		{"SessionsComeWithTheirSubject", sessionsComeWithTheirSubject},
		{"SessionsAreListedNewestFirst", sessionsAreListedNewestFirst},
		{"GrantsAreReadBySet", grantsAreReadBySet},
		{"LoginsComeBackAsTheyWere", loginsComeBackAsTheyWere},
		{"ExpiredIsDeleted", expiredIsDeleted},
		{"ExpiredIsDeletedWithinItsLimit", expiredIsDeletedWithinItsLimit},
	}
}

func bearer(t *testing.T, s chime.Store, hash string) *chime.Bearer {
	t.Helper()
	return read(t, s, func(ctx context.Context, tx chime.Tx) (*chime.Bearer, error) { return tx.Bearer(ctx, hash) })
}

// token returns an access token without any part that is a code's.
func token(hash string) chime.Credential {
	return chime.Credential{Hash: hash, Kind: chime.AccessToken, User: "user", Expires: at(9)}
}

func credentialsComeBackAsTheyWere(t *testing.T, s chime.Store) {
	want := []chime.Credential{newCredential("A", "user", 2), newCredential("a", "user", 3), token("token")}
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.PutCredentials(ctx, want...) })
	for _, c := range want {
		equal(t, "the credential "+c.Hash, bearer(t, s, c.Hash), &chime.Bearer{Credential: c})
	}
	for _, hash := range []string{"", "unknown", "TOKEN", "token\x00"} {
		if got := bearer(t, s, hash); got != nil {
			t.Errorf("the credential %q: got %v, want none", hash, got)
		}
	}
}

func credentialsAreReplaced(t *testing.T, s chime.Store) {
	c := token("token")
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return tx.PutCredentials(ctx, c, newCredential("code", "user", 1))
	})
	c.Used, c.Ended = at(3), at(4)
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.PutCredentials(ctx, token("token"), c) })
	equal(t, "the credential", bearer(t, s, "token").Credential, c)
	equal(t, "the other", bearer(t, s, "code").Credential, newCredential("code", "user", 1))
}

// signedIn is a person who is signed in to an app, and holds a credential of it.
type signedIn struct {
	app        chime.App
	account    chime.Account
	member     chime.Member
	person     chime.Person
	session    chime.Session
	grant      chime.Grant
	credential chime.Credential
}

func newSignedIn() signedIn {
	in := signedIn{
		app: newApp("client", tenantOne), account: newAccount("account", tenantOne), member: newMember("account", "user", 1),
		person: newPerson("user", "account", 1), session: newSession("user", "session", 1), credential: newCredential("hash", "user", 1),
	}
	in.grant = newGrant("user", "grant", "session", 1)
	return in
}

func (in signedIn) write(ctx context.Context, tx chime.Tx) error {
	for _, write := range []func() error{
		func() error { return tx.PutApp(ctx, in.app) },
		func() error { return tx.PutAccounts(ctx, in.account) },
		func() error { return tx.PutMembers(ctx, in.member) },
		func() error { return tx.PutPeople(ctx, in.person) },
		func() error { return tx.PutSessions(ctx, in.session) },
		func() error { return tx.PutGrants(ctx, in.grant) },
		func() error { return tx.PutCredentials(ctx, in.credential) },
	} {
		if err := write(); err != nil {
			return err
		}
	}
	return nil
}

// bearer is what is to be read for the credential.
func (in signedIn) bearer() *chime.Bearer {
	b := &chime.Bearer{Credential: in.credential, Session: &in.session, Grant: &in.grant, App: &in.app, Subject: in.subject()}
	return b
}

// brief is what is promised of a bearer in brief.
func brief(b *chime.Bearer) *chime.Bearer {
	if b == nil || b.Subject == nil || b.Subject.Member == nil {
		return b
	}
	short, subject := *b, *b.Subject
	subject.Person = chime.Person{ID: subject.ID, Account: subject.Person.Account}
	short.Subject = &subject
	return &short
}

func (in signedIn) subject() *chime.Subject {
	if in.person.Free() {
		return &chime.Subject{Person: in.person}
	}
	return &chime.Subject{Person: in.person, Account: &in.account, Member: in.standing()}
}

// standing is the membership as it is read with the person.
func (in signedIn) standing() *chime.Member {
	m := in.member
	m.Profile = chime.Profile{}
	return &m
}

func bearersBringWhatDecides(t *testing.T, s chime.Store) {
	for name, change := range map[string]func(in *signedIn){
		"a member":                         func(*signedIn) {},
		"a member since":                   func(in *signedIn) { in.credential.Account = "" },
		"a member of another account":      func(in *signedIn) { in.credential.Account = "other" },
		"a member of a deleted account":    func(in *signedIn) { in.account.Status, in.account.Deleted = chime.AccountSuspended, at(5) },
		"an invitee of the former account": func(in *signedIn) { in.credential.Account = "inviting" },
		"a free person":                    func(in *signedIn) { in.person.Account, in.credential.Account = "", "" },
		"a free person, once a member":     func(in *signedIn) { in.person.Account = "" },
	} {
		in := newSignedIn()
		change(&in)
		update(t, s, func(ctx context.Context, tx chime.Tx) error {
			invited := newMember("inviting", "user", 7)
			invited.Status = chime.Unregistered
			for _, err := range []error{
				tx.PutAccounts(ctx, newAccount("other", tenantTwo), newAccount("inviting", tenantTwo)), tx.PutMembers(ctx, invited), in.write(ctx, tx),
			} {
				if err != nil {
					return err
				}
			}
			return nil
		})
		bothWays(t, s, func(t *testing.T, read func(func(ctx context.Context, tx chime.Tx) error)) {
			read(func(ctx context.Context, tx chime.Tx) error {
				got, err := tx.Bearer(ctx, "hash")
				equal(t, name, got, in.bearer())
				if err != nil || in.person.Free() && in.credential.Account != "" {
					return err // a membership of somebody who is free
				}
				got, err = tx.BriefBearer(ctx, "hash")
				equal(t, name+", in brief", brief(got), brief(in.bearer()))
				return err
			})
		})
	}
}

// bearersLackWhatIsNotThere has each part missing, and in its place one that is
// somebody else's.
func bearersLackWhatIsNotThere(t *testing.T, s chime.Store) {
	in := newSignedIn()
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		other := in
		other.person.ID, other.session.User, other.grant.User = "other", "other", "other"
		other.credential.Hash, other.credential.User, other.member.User = "of the other", "other", "other"
		return other.write(ctx, tx)
	})
	written := &chime.Bearer{Credential: in.credential, App: &in.app}
	for _, step := range []struct {
		name  string
		write func(ctx context.Context, tx chime.Tx) error
		there func()
	}{
		{"all", func(ctx context.Context, tx chime.Tx) error { return tx.PutCredentials(ctx, in.credential) }, func() {}},
		{
			"all but the session", func(ctx context.Context, tx chime.Tx) error { return tx.PutSessions(ctx, in.session) },
			func() { written.Session = &in.session },
		},
		{
			"all but the grant and the session", func(ctx context.Context, tx chime.Tx) error { return tx.PutGrants(ctx, in.grant) },
			func() { written.Grant = &in.grant },
		},
		{
			"the membership", func(ctx context.Context, tx chime.Tx) error { return tx.PutPeople(ctx, in.person) },
			func() { written.Subject = &chime.Subject{Person: in.person, Account: &in.account} },
		},
		{
			"nothing", func(ctx context.Context, tx chime.Tx) error { return tx.PutMembers(ctx, in.member) },
			func() { written.Subject.Member = in.standing() },
		},
		{
			"the app", func(ctx context.Context, tx chime.Tx) error { return tx.DeleteApp(ctx, tenantOne, "client") },
			func() { written.App = nil },
		},
		{
			"the app and the account", func(ctx context.Context, tx chime.Tx) error { return tx.PurgeAccount(ctx, tenantOne, "account") },
			func() { written.Subject = &chime.Subject{Person: in.person} },
		},
	} {
		update(t, s, step.write)
		step.there()
		bothWays(t, s, func(t *testing.T, read func(func(ctx context.Context, tx chime.Tx) error)) {
			read(func(ctx context.Context, tx chime.Tx) error {
				got, err := tx.Bearer(ctx, "hash")
				equal(t, "where there lacks "+step.name, got, written)
				if err != nil {
					return err
				}
				got, err = tx.BriefBearer(ctx, "hash")
				equal(t, "in brief, where there lacks "+step.name, brief(got), brief(written))
				return err
			})
		})
	}
}

// bearersFollowChanges changes each part between one read and the next.
func bearersFollowChanges(t *testing.T, s chime.Store) {
	in := newSignedIn()
	for round, change := range []func(){
		func() {},
		func() { in.app.Name, in.app.SecretHash, in.app.RedirectURIs = "Renamed", nil, nil },
		func() { in.account.Status, in.account.DefaultLicense = chime.AccountSuspended, chime.Basic },
		func() { in.member.Signout = in.member.Signout.Raise(at(8)) },
		func() { in.member.Status, in.member.DisplayName = chime.Suspended, "Renamed" },
		func() { in.person.Identity++ },
		func() { in.session.Ended, in.session.Upstream = at(9), nil },
		func() { in.grant.Ended = at(10) },
		func() { in.credential.Used = at(11) },
	} {
		change()
		update(t, s, in.write)
		for range 2 {
			equal(t, fmt.Sprint("after change ", round), bearer(t, s, "hash"), in.bearer())
			got := read(t, s, func(ctx context.Context, tx chime.Tx) (*chime.Bearer, error) { return tx.BriefBearer(ctx, "hash") })
			equal(t, fmt.Sprint("in brief, after change ", round), brief(got), brief(in.bearer()))
		}
	}
}

func subjectsStandWhereTheyAre(t *testing.T, s chime.Store) {
	in := newSignedIn()
	free := newPerson("free", "", 2)
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		if err := tx.PutPeople(ctx, free); err != nil {
			return err
		}
		if err := tx.PutMembers(ctx, newMember("inviting", "user", 3), newMember("inviting", "free", 4), newMember("inviting", "nobody", 5)); err != nil {
			return err
		}
		if err := tx.PutAccounts(ctx, newAccount("inviting", tenantTwo)); err != nil {
			return err
		}
		return in.write(ctx, tx)
	})
	bothWays(t, s, func(t *testing.T, read func(func(ctx context.Context, tx chime.Tx) error)) {
		for user, want := range map[chime.UserID]*chime.Subject{"user": in.subject(), "free": {Person: free}, "nobody": nil, "": nil} {
			for _, guess := range []chime.AccountID{"account", "", "inviting", "unknown", "\x00"} {
				read(func(ctx context.Context, tx chime.Tx) error {
					got, err := tx.Subject(ctx, user, guess)
					equal(t, fmt.Sprintf("the subject %q, looked for in %q", user, guess), got, want)
					return err
				})
			}
		}
	})
}

func sessionsComeBackAsTheyWere(t *testing.T, s chime.Store) {
	bare := chime.Session{User: "user", ID: "bare"}
	sparse := newSession("user", "sparse", 2)
	sparse.Upstream = &chime.Upstream{Issuer: "https://provider.example"}
	full := newSession("user", "full", 3)
	other := newSession("other", "full", 4)
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return tx.PutSessions(ctx, newSession("user", "bare", 9), sparse, full, other)
	})
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.PutSessions(ctx, bare) })
	sessions := func(user chime.UserID) []chime.Session {
		return read(t, s, func(ctx context.Context, tx chime.Tx) ([]chime.Session, error) { return tx.Sessions(ctx, user) })
	}
	equal(t, "the sessions", sessions("user"), []chime.Session{full, sparse, bare})
	equal(t, "somebody else's", sessions("other"), []chime.Session{other})
	if got := sessions("nobody"); len(got) > 0 {
		t.Errorf("nobody's sessions: got %v, want none", got)
	}
}

func sessionsAreFoundByTheirProvider(t *testing.T, s chime.Store) {
	of := func(user chime.UserID, id chime.SessionID, issuer, sid string) chime.Session {
		session := newSession(user, id, 1)
		session.Upstream.Issuer, session.Upstream.SID = issuer, sid
		return session
	}
	one, two, theirs := of("a", "1", "https://a.example", "sid"), of("a", "2", "https://a.example", "sid"), of("b", "1", "https://a.example", "sid")
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		return tx.PutSessions(ctx, theirs, two, one, of("a", "3", "https://a.example", "SID"), of("a", "4", "https://b.example", "sid"),
			of("a", "5", "sid", "https://a.example"), of("a", "6", "https://a.example", ""), chime.Session{User: "a", ID: "7"})
	})
	one.Ended = at(9)
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.PutSessions(ctx, one) })
	found := func(issuer, sid string) []chime.Session {
		return read(t, s, func(ctx context.Context, tx chime.Tx) ([]chime.Session, error) {
			return tx.UpstreamSessions(ctx, issuer, sid)
		})
	}
	equal(t, "the sessions", found("https://a.example", "sid"), []chime.Session{one, two, theirs})
	for _, key := range [][2]string{{"https://a.example/", "sid"}, {"https://a.example", "sid2"}, {"https://a.example", ""}, {"", ""}} {
		if got := found(key[0], key[1]); len(got) > 0 {
			t.Errorf("the sessions of %q at %q: got %v, want none", key[1], key[0], got)
		}
	}
}

func sessionsComeWithTheirSubject(t *testing.T, s chime.Store) {
	in := newSignedIn()
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		if err := tx.PutSessions(ctx, newSession("nobody", "session", 2), newSession("nobody", "theirs", 2)); err != nil {
			return err
		}
		return in.write(ctx, tx)
	})
	type answer struct {
		Session *chime.Session
		Subject *chime.Subject
	}
	bothWays(t, s, func(t *testing.T, read func(func(ctx context.Context, tx chime.Tx) error)) {
		for _, c := range []struct {
			user  chime.UserID
			id    chime.SessionID
			guess chime.AccountID
			want  answer
		}{
			{"user", "session", "account", answer{&in.session, in.subject()}},
			{"user", "session", "", answer{&in.session, in.subject()}},
			{"user", "session", "unknown", answer{&in.session, in.subject()}},
			{"user", "theirs", "account", answer{}},
			{"user", "Session", "account", answer{}},
			{"nobody", "session", "account", answer{}},
			{"", "", "", answer{}},
		} {
			read(func(ctx context.Context, tx chime.Tx) error {
				session, subject, err := tx.SessionAndSubject(ctx, c.user, c.id, c.guess)
				equal(t, fmt.Sprintf("session %q of %q, looked for in %q", c.id, c.user, c.guess), answer{session, subject}, c.want)
				return err
			})
		}
	})
}

func sessionsAreListedNewestFirst(t *testing.T, s chime.Store) {
	var want []chime.Session
	for n := range 150 {
		session := newSession("user", chime.SessionID(fmt.Sprintf("%03d", n*67%150)), n/2)
		session.Created = at(-n / 2)
		want = append(want, session)
	}
	slices.SortStableFunc(want, func(a, b chime.Session) int {
		if a.Created.Equal(b.Created) {
			return slices.Compare([]byte(a.ID), []byte(b.ID))
		}
		return b.Created.Compare(a.Created)
	})
	update(t, s, func(ctx context.Context, tx chime.Tx) error { return tx.PutSessions(ctx, want...) })
	equal(t, "the sessions", read(t, s, func(ctx context.Context, tx chime.Tx) ([]chime.Session, error) { return tx.Sessions(ctx, "user") }), want)
}

func grantsAreReadBySet(t *testing.T, s chime.Store) {
	users := userIDs(130)
	var want []chime.Grant
	for n, user := range users {
		want = append(want, newGrant(user, "first", "session", n), newGrant(user, "second", "", n))
	}
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		ended := newGrant(users[0], "first", "other", 99)
		if err := tx.PutGrants(ctx, append([]chime.Grant{ended, newGrant("other", "first", "session", 1)}, want...)...); err != nil {
			return err
		}
		return nil
	})
	got := read(t, s, func(ctx context.Context, tx chime.Tx) ([]chime.Grant, error) {
		return tx.Grants(ctx, append([]chime.UserID{"unknown"}, users...))
	})
	slices.SortFunc(got, func(a, b chime.Grant) int {
		return slices.Compare([]string{string(a.User), string(a.ID)}, []string{string(b.User), string(b.ID)})
	})
	equal(t, "the grants", got, want)
}

func loginsComeBackAsTheyWere(t *testing.T, s chime.Store) {
	full, bare := newLogin("full", 1), chime.Login{ID: "bare"}
	update(t, s, func(ctx context.Context, tx chime.Tx) error {
		for _, l := range []chime.Login{newLogin("bare", 2), full, bare} {
			if err := tx.PutLogin(ctx, l); err != nil {
				return err
			}
		}
		return nil
	})
	for id, want := range map[chime.LoginID]*chime.Login{"full": &full, "bare": &bare, "Full": nil, "": nil} {
		got := read(t, s, func(ctx context.Context, tx chime.Tx) (*chime.Login, error) { return tx.Login(ctx, id) })
		equal(t, fmt.Sprintf("login %q", id), got, want)
	}
}
