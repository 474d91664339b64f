package session_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/session"
	"github.com/carillon-id/carillon/internal/sqlstore/sqlite"
)

// TestCutOff plays at random with people, what they were issued, and what happens
// to them, and compares with a simple model: what was issued before a suspension,
// a sign-out, a release or a move is dead after it, also when it was lifted, and
// everything else lives.
func TestCutOff(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		store, err := sqlite.Open(t.Context(), sqlite.Memory)
		if err != nil {
			rt.Fatal(err)
		}
		w := &world{T: rt, fixture: fixtureOver(t, store), t: t}
		defer w.closeAll()
		for _, address := range []string{"ann@lwa.example", "bob@lwa.example", "cyd@free.example"} {
			w.people = append(w.people, &human{address: address, cut: -1})
		}
		w.claimDomain(nil)
		rt.Repeat(map[string]func(*rapid.T){
			"sign in": w.signInAnybody, "sign in again": w.signInAnybody, "begin a login": w.prove, "finish a login": w.finish,
			"mail a code": w.mail, "issue a code": w.issue, "issue another code": w.issue, "redeem": w.redeemAny, "refresh": w.refresh,
			"revoke": w.revoke, "end a session": w.end, "sign out": w.endAll, "log out": w.logout,
			"suspend": w.suspendAnybody, "suspend another": w.suspendAnybody,
			"unsuspend": w.unsuspendAnybody, "unsuspend another": w.unsuspendAnybody, "release": w.release, "claim": w.claimDomain,
			"accept": w.accept, "remove": w.remove, "wait": w.wait,
			"": w.check,
		})
		w.last()
	})
}

// human is what the model knows of a person.
type human struct {
	address   string
	id        chime.UserID // "" until they registered
	home      chime.AccountID
	suspended bool
	// cut counts what cut them off, from -1 for who never registered.
	cut int
}

func (h *human) maySignIn() bool { return h.id != "" && !h.suspended }

// thing is something that was issued, and what the model knows of it.
type thing struct {
	kind    session.Kind
	value   string
	of      *human
	cut     int // that of the person then
	expires time.Time
	used    bool
	session *thing // it hangs on
	grant   *grantEnd
	signed  *session.Signed // of a session
	mailed  string          // the code that was mailed in a login
	claim   int             // of the domain, when it was mailed
}

type grantEnd struct{ ended bool }

// alive is what the model says.
func (c *thing) alive(now time.Time) bool {
	if c.used || !now.Before(c.expires) || c.cut != c.of.cut {
		return false
	}
	if c.kind == session.LoginInProgress || c.kind == session.MailedCode {
		return true
	}
	return c.of.maySignIn() && (c.session == nil || c.session.alive(now)) && (c.grant == nil || !c.grant.ended)
}

type world struct {
	*rapid.T
	*fixture
	t       *testing.T
	people  []*human
	things  []*thing
	claimed bool // lwa.example
	claims  int  // how often it was
}

// claim says under which claim of the person's domain something happens.
func (w *world) claim(who *human) int {
	if !w.claimed || who.address == "cyd@free.example" {
		return 0
	}
	return w.claims
}

func (w *world) anybody() *human { return rapid.SampledFrom(w.people).Draw(w.T, "who") }

// pick returns a thing of the kind, maybe a dead one; nil when there is none.
func (w *world) pick(kinds ...session.Kind) *thing {
	list := slices.DeleteFunc(slices.Clone(w.things), func(c *thing) bool { return !slices.Contains(kinds, c.kind) })
	if len(list) == 0 {
		return nil
	}
	return rapid.SampledFrom(list).Draw(w.T, "what")
}

func (w *world) add(c *thing) *thing {
	w.things = append(w.things, c)
	return c
}

// lives compares whether a use succeeded with what the model says.
func (w *world) lives(c *thing, err error) {
	if want := c.alive(w.now()); want != (err == nil) || err != nil && !dies(err) {
		w.Fatalf("%s of %s (%+v): got %v, want it alive: %v", c.kind, c.of.address, *c.of, err, want)
	}
}

// dies reports an error by which something is dead.
func dies(err error) bool {
	var refusal *session.Refusal
	return errors.Is(err, session.ErrDead) || errors.As(err, &refusal)
}

func (w *world) must(what string, err error) {
	if err != nil {
		w.Fatalf("%s: got the error %v, want none", what, err)
	}
}

func (w *world) signInAnybody(*rapid.T) {
	login := w.proveAs(w.anybody())
	w.finishAs(login)
}

func (w *world) prove(*rapid.T) { w.proveAs(w.anybody()) }

// proveAs begins a login and proves the address in it.
func (w *world) proveAs(who *human) *thing {
	login := w.mailTo(who)
	w.must("ProveCode", w.ProveCode(w.Context(), login.value, login.mailed))
	login.kind, login.expires = session.LoginInProgress, w.now().Add(session.LoginLifetime)
	return login
}

// mailTo begins a login that waits for a code.
func (w *world) mailTo(who *human) *thing {
	cookie := w.begin(w.t)
	code, err := w.MailCode(w.Context(), cookie, who.address)
	w.must("MailCode", err)
	if code == "" {
		w.Skip("too many mails")
	}
	return w.add(&thing{
		kind: session.MailedCode, value: cookie, mailed: code, claim: w.claim(who), of: who, cut: who.cut,
		expires: w.now().Add(session.MailedCodeLifetime),
	})
}

func (w *world) mail(*rapid.T) { w.mailTo(w.anybody()) }

func (w *world) finish(*rapid.T) {
	if login := w.pick(session.LoginInProgress); login != nil {
		w.finishAs(login)
	}
}

// finishAs ends a login in which the address is proven: the person joins the
// account that has its domain.
func (w *world) finishAs(login *thing) {
	who := login.of
	joins := w.claim(who) > 0 && who.home != "EnterpriseLWA"
	want := login.alive(w.now()) && (!who.suspended || joins)
	if joins && login.claim != w.claim(who) {
		want = false // to join takes a proof under that claim
	}
	finished, err := w.Finish(w.Context(), login.value, "Somebody", "")
	if want != (err == nil) || err != nil && !dies(err) {
		w.Fatalf("finishing a login of %+v: got %v, want success %v", *who, err, want)
	}
	if err != nil {
		return
	}
	if joins && who.id != "" || who.id == "" {
		who.cut++
	}
	login.used = true
	who.id = finished.Subject.ID
	if joins {
		who.home, who.suspended = "EnterpriseLWA", false
	}
	w.addSession(who, finished.Cookie, &finished.Signed)
}

func (w *world) addSession(who *human, cookie string, signed *session.Signed) {
	w.add(&thing{kind: session.SessionCookie, value: cookie, of: who, cut: who.cut, expires: signed.Session.Expires, signed: signed})
}

func (w *world) issue(*rapid.T) {
	from := w.pick(session.SessionCookie)
	if from == nil {
		return
	}
	code, err := w.IssueCode(w.Context(), from.signed, w.app.ID, "openid", chime.CodeRequest{RedirectURI: redirect, Challenge: challenge()})
	w.lives(from, err)
	if err == nil {
		w.add(&thing{
			kind: session.AuthorizationCode, value: code, of: from.of, cut: from.cut, session: from, grant: &grantEnd{},
			expires: w.now().Add(session.CodeLifetime),
		})
	}
}

func (w *world) redeemAny(*rapid.T) {
	if code := w.pick(session.AuthorizationCode); code != nil {
		w.redeemAs(code)
	}
}

func (w *world) redeemAs(code *thing) {
	tokens, err := w.redeem(w.t, code.value)
	w.lives(code, err)
	code.grant.ended = code.grant.ended || code.used
	w.addTokens(code, tokens)
}

func (w *world) refresh(*rapid.T) {
	token := w.pick(session.RefreshToken)
	if token == nil || token.used {
		return
	}
	tokens, err := w.Refresh(w.Context(), w.app, token.value, "")
	w.lives(token, err)
	w.addTokens(token, tokens)
}

func (w *world) addTokens(from *thing, tokens *session.Tokens) {
	if tokens == nil {
		return
	}
	from.used = true
	next := *from
	next.used = false
	next.kind, next.value, next.expires = session.AccessToken, tokens.Access, tokens.AccessExpires
	access := next
	next.kind, next.value, next.expires = session.RefreshToken, tokens.Refresh, from.session.expires
	w.things = append(w.things, &access, &next)
}

func (w *world) revoke(*rapid.T) {
	token := w.pick(session.AccessToken, session.RefreshToken)
	if token == nil {
		return
	}
	w.must("Revoke", w.Revoke(w.Context(), w.app, token.value))
	if token.kind == session.AccessToken {
		token.used = true
	} else {
		token.grant.ended = true
	}
}

func (w *world) end(*rapid.T) {
	by, which := w.pick(session.SessionCookie), w.pick(session.SessionCookie)
	if by == nil {
		return
	}
	err := w.End(w.Context(), by.signed, which.signed.Session.ID)
	w.lives(by, err)
	if err == nil && by.of == which.of {
		which.used = true
	}
}

func (w *world) endAll(*rapid.T) {
	by := w.pick(session.SessionCookie)
	if by == nil {
		return
	}
	err := w.EndAll(w.Context(), by.signed)
	w.lives(by, err)
	if err == nil {
		by.of.cut++
	}
}

func (w *world) logout(*rapid.T) {
	who := w.anybody()
	if who.home != "" {
		w.must("LogoutUser", w.dir.LogoutUser(asRoot(w.t), who.home, who.id))
		who.cut++
	}
}

// member returns a member of the account with the domain who is suspended, or not;
// nil when there is none.
func (w *world) member(suspended bool) *human {
	list := slices.DeleteFunc(slices.Clone(w.people), func(h *human) bool {
		return !w.claimed || h.home != "EnterpriseLWA" || h.suspended != suspended
	})
	if len(list) == 0 {
		return nil
	}
	return rapid.SampledFrom(list).Draw(w.T, "member")
}

func (w *world) suspendAnybody(*rapid.T) {
	who := w.member(rapid.IntRange(0, 9).Draw(w.T, "again") == 0)
	if who == nil {
		return
	}
	w.suspend(w.t, who.id)
	if !who.suspended {
		who.cut++
	}
	who.suspended = true
}

func (w *world) unsuspendAnybody(*rapid.T) {
	if who := w.member(true); who != nil {
		w.unsuspend(w.t, who.id)
		who.suspended = false
	}
}

// answering is a DNS that has every proof.
type answering struct{ domain chime.Domain }

func (a answering) LookupTXT(context.Context, string) ([]string, error) {
	_, text := directory.ProofRecord(a.domain)
	return []string{text}, nil
}

func (w *world) claimDomain(*rapid.T) {
	if w.claimed {
		return
	}
	domain, err := w.dir.AddDomain(asRoot(w.t), "EnterpriseLWA", "lwa.example")
	w.must("AddDomain", err)
	_, err = w.dir.VerifyDomain(asRoot(w.t), "EnterpriseLWA", "lwa.example", answering{domain})
	w.must("VerifyDomain", err)
	w.claimed = true
	w.claims++
}

func (w *world) release(*rapid.T) {
	if !w.claimed {
		return
	}
	w.must("DeleteDomain", w.dir.DeleteDomain(asRoot(w.t), "EnterpriseLWA", "lwa.example"))
	w.claimed = false
	for _, who := range w.people {
		if who.home == "EnterpriseLWA" && !who.suspended {
			who.home = ""
			who.cut++
		}
	}
}

// accept has somebody who is signed in accept an invitation to a new Team account.
func (w *world) accept(*rapid.T) {
	by := w.pick(session.SessionCookie)
	if by == nil || w.claim(by.of) > 0 || by.of.home == "EnterpriseLWA" {
		return
	}
	account, err := w.dir.CreateAccount(asRoot(w.t), "Team")
	w.must("CreateAccount", err)
	invites, err := w.dir.InviteUsers(asRoot(w.t), account.ID, []string{by.of.address}, "")
	w.must("InviteUsers", err)
	cookie, now, err := w.Accept(w.Context(), by.signed, directory.Invitation{Account: account.ID, User: by.of.id, ID: invites[0].ID})
	w.lives(by, err)
	if err != nil {
		return
	}
	if by.of.home != "" {
		by.of.cut++
		w.addSession(by.of, cookie, now)
	}
	by.of.home = account.ID
}

// remove is the suspension in a Team account: it cuts nobody off.
func (w *world) remove(*rapid.T) {
	who := w.anybody()
	if who.home == "" || who.home == "EnterpriseLWA" {
		return
	}
	_, err := w.dir.SuspendUsers(asRoot(w.t), who.home, []chime.UserID{who.id})
	w.must("SuspendUsers", err)
	who.home = ""
}

func (w *world) wait(*rapid.T) { w.pass(20 * time.Second) }

// check uses everything that a use does not use up.
func (w *world) check(*rapid.T) {
	ctx := w.Context()
	for _, c := range w.things {
		switch c.kind {
		case session.SessionCookie:
			_, err := w.Check(ctx, c.value)
			w.lives(c, err)
		case session.AccessToken:
			_, err := w.Access(ctx, c.value)
			w.lives(c, err)
			_, err = w.Introspect(ctx, w.app.ID, appSecret, c.value)
			w.lives(c, err)
		case session.RefreshToken:
			_, err := w.Introspect(ctx, w.app.ID, appSecret, c.value)
			w.lives(c, err)
		}
	}
}

// last uses what a use uses up.
func (w *world) last() {
	for _, c := range slices.Clone(w.things) {
		switch c.kind {
		case session.AuthorizationCode:
			w.redeemAs(c)
		case session.LoginInProgress:
			w.finishAs(c)
		case session.MailedCode:
			if w.ProveCode(w.Context(), c.value, c.mailed) == nil {
				w.finishAs(c)
			} else if c.alive(w.now()) {
				w.Fatalf("the code mailed to %+v: got it dead, want it alive", *c.of)
			}
		}
	}
	w.check(nil)
}
