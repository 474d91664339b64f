package session

import (
	"cmp"
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

// Begin begins a login in a browser and returns the value of its cookie. request is
// what the login is for; Finish returns it.
func (s *Service) Begin(ctx context.Context, request []byte) (cookie string, err error) {
	secret, now := newSecret(), s.Now()
	login := chime.Login{
		ID: chime.LoginID(newID()), SecretHash: hash(secret), Created: now, Expires: now.Add(LoginLifetime), Request: request,
	}
	err = s.Store.Update(ctx, func(tx chime.Tx) error { return tx.PutLogin(ctx, login) })
	if err != nil {
		return "", fmt.Errorf("beginning a login: %w", err)
	}
	return loginCookie(login.ID, secret), nil
}

// Resume returns the login of the cookie. It returns ErrDead when it is unknown,
// of another browser, finished or expired, or when what was proven in it is void
// because the person was signed out everywhere since.
func (s *Service) Resume(ctx context.Context, cookie string) (login *chime.Login, err error) {
	err = s.Store.View(ctx, func(tx chime.Tx) error {
		e, err := s.login(ctx, tx, cookie)
		login = e.Login
		return err
	})
	if err != nil {
		return nil, err
	}
	return login, nil
}

// login reads the login of a cookie with what decides whether it is alive.
func (s *Service) login(ctx context.Context, tx chime.Tx, cookie string) (e Evidence, err error) {
	id, secret, err := parseLoginCookie(cookie)
	if err != nil {
		return e, err
	}
	e.Login, err = tx.Login(ctx, id)
	if err != nil {
		return e, err
	}
	if e.Login == nil || !matches(secret, e.Login.SecretHash) {
		return e, ErrDead
	}
	if e.Subject, err = holder(ctx, tx, e.Login); err != nil {
		return e, err
	}
	return e, Alive(LoginInProgress, e, s.Now())
}

// holder returns the person whom a login is about: nil while it is about nobody, or
// about an address that is nobody's.
func holder(ctx context.Context, tx chime.Tx, login *chime.Login) (*chime.Subject, error) {
	user, address := login.User, cmp.Or(login.Code.Email, login.Proof.Email)
	if user == "" && address != "" {
		holders, err := tx.AddressHolders(ctx, []string{chime.EmailKey(address)})
		if err != nil {
			return nil, err
		}
		user = holders[chime.EmailKey(address)]
	}
	if user == "" {
		return nil, nil
	}
	return tx.Subject(ctx, user, "")
}

// Methods returns the ways in which the holder of the address may sign in. They
// follow from whose the address's domain is, so they are the same for known and
// unknown addresses. It returns a *Refusal for what is no address.
func (s *Service) Methods(ctx context.Context, address string) (Methods, error) {
	return s.Directory.Methods(ctx, address)
}

// Prove takes what the caller has verified: a passkey (Method, User, Identity), or
// what Login with Amazon or an account's provider said (Method, Upstream, Name,
// Groups; Email only from an account's provider that says email_verified). The rest
// is filled in here. An earlier proof, and a mailed code, are void.
//
// When Login with Amazon names somebody who is linked to nobody, the proof goes on:
// Finish answers AddressMissing, and MailCode and ProveCode complete it.
func (s *Service) Prove(ctx context.Context, cookie string, proof chime.Proof) error {
	proof, err := s.tidy(proof)
	if err != nil {
		return err
	}
	return s.Store.Update(ctx, func(tx chime.Tx) error {
		e, err := s.login(ctx, tx, cookie)
		if err != nil {
			return err
		}
		proof := proof // anew for each run
		if proof.Email != "" {
			claim, err := s.Directory.ClaimOf(ctx, tx, proof.Email)
			if err != nil {
				return err
			}
			proof.Claim = claim.ID
		}
		subject, err := proven(ctx, tx, proof)
		if err != nil {
			return err
		}
		e.Login.Proof, e.Login.Code, e.Login.User, e.Login.Epoch = proof, chime.MailedCode{}, "", 0
		if subject != nil || proof.Method != chime.ByAmazon {
			e.Login.Proof.At = s.Now()
		}
		if subject != nil {
			e.Login.User, e.Login.Epoch = subject.ID, subject.CurrentSignout().Epoch
		}
		return tx.PutLogin(ctx, *e.Login)
	})
}

// tidy drops from a proof what its method does not prove, and what cannot be kept.
func (s *Service) tidy(proof chime.Proof) (chime.Proof, error) {
	tidied := chime.Proof{Method: proof.Method, Name: line(proof.Name)}
	switch proof.Method {
	case chime.ByPasskey:
		tidied.User, tidied.Identity = proof.User, proof.Identity
		return tidied, nil
	case chime.ByProvider:
		tidied.Email = proof.Email
		for _, group := range proof.Groups {
			if group == line(group) {
				tidied.Groups = append(tidied.Groups, group)
			}
		}
	case chime.ByAmazon:
	default:
		return tidied, fmt.Errorf("a proof by the method %q", proof.Method)
	}
	if proof.Upstream == nil {
		return tidied, fmt.Errorf("a proof by the method %q without the provider", proof.Method)
	}
	upstream := *proof.Upstream
	upstream.Confirmed = s.Now()
	for _, text := range []string{upstream.Issuer, upstream.Subject, upstream.SID} {
		if text != line(text) {
			return tidied, &Refusal{Reason: directory.NotAllowed}
		}
	}
	tidied.Upstream = &upstream
	return tidied, nil
}

// proven returns the person whom a proof already names, or whose address it proves.
func proven(ctx context.Context, tx chime.Tx, proof chime.Proof) (*chime.Subject, error) {
	if proof.Method == chime.ByPasskey {
		return tx.Subject(ctx, proof.User, "")
	}
	subject, err := directory.Linked(ctx, tx, *proof.Upstream)
	if subject != nil || err != nil || proof.Email == "" {
		return subject, err
	}
	return holder(ctx, tx, &chime.Login{Code: chime.MailedCode{Email: proof.Email}})
}

// Finish signs in whoever was proven, with a new session, and ends the login, in
// one commit. displayName is what a person who signs in for the first time wants
// to be called, device what the browser says it is. It returns ErrDead as Resume
// does, or a *Refusal; after NameMissing and AddressMissing the login goes on: with
// another Finish, or with MailCode.
func (s *Service) Finish(ctx context.Context, cookie, displayName, device string) (*Finished, error) {
	var finished *Finished
	var events []chime.Event
	err := s.Store.Update(ctx, func(tx chime.Tx) error {
		e, err := s.login(ctx, tx, cookie)
		if err != nil {
			return err
		}
		login := e.Login
		if err := s.complete(login.Proof); err != nil {
			return err
		}
		admission, err := s.Directory.Admit(ctx, tx, login.Proof, displayName)
		if err != nil {
			return err
		}
		events = admission.Events
		finished = &Finished{Signed: Signed{Subject: admission.Subject}, Request: login.Request}
		login.Finished = s.Now()
		finished.Cookie, finished.Session, err = s.start(ctx, tx, admission.Subject, chime.Session{
			Method: login.Proof.Method, Device: line(device), Upstream: login.Proof.Upstream,
			Created: login.Finished, Expires: login.Finished.Add(SessionLifetime),
		})
		if err != nil {
			return err
		}
		return tx.PutLogin(ctx, *login)
	})
	if err != nil {
		return nil, err
	}
	s.Directory.Wake(events...)
	return finished, nil
}

// complete returns nil for a proof that says who somebody is, and that their
// provider's session would not be over already.
func (s *Service) complete(proof chime.Proof) error {
	switch {
	case proof.Upstream != nil && !s.Now().Before(proof.Upstream.Confirmed.Add(UpstreamLifetime)):
		return &Refusal{Reason: directory.LoginOver}
	case !proof.At.IsZero():
		return nil
	case proof.Method == chime.ByAmazon:
		return &Refusal{Reason: directory.AddressMissing}
	default:
		return &Refusal{Reason: directory.LoginOver}
	}
}

// Finished is a login that ended in a session.
type Finished struct {
	// Cookie is the value of the session's cookie.
	Cookie string
	Signed
	// Request is what the login was begun with.
	Request []byte
}

// start writes a new session of the person, like the given one, and returns the
// value of its cookie.
func (s *Service) start(ctx context.Context, tx chime.Tx, subject chime.Subject, like chime.Session) (string, chime.Session, error) {
	secret := newSecret()
	like.User, like.ID, like.SecretHash = subject.ID, chime.SessionID(newID()), hash(secret)
	like.Epoch = subject.CurrentSignout().Epoch
	return sessionCookie(like.User, like.ID, secret), like, tx.PutSessions(ctx, like)
}

// MailCode returns a code that is to be mailed to the address, for this login
// alone; an older one is void. It returns "" when nothing is to be mailed, because
// too much was already: what the person is told MUST be the same, and an older code
// for that address stays good. It returns a *Refusal when codes are not a way in for
// that domain, for what is no address, and when too many codes were asked for from
// where the client is.
//
// It does the same whether the address is known or not.
func (s *Service) MailCode(ctx context.Context, cookie, address string) (string, error) {
	login, err := s.Resume(ctx, cookie)
	if err != nil {
		return "", err
	}
	methods, err := s.Methods(ctx, address)
	switch {
	case err != nil:
		return "", err
	case methods.Provider != nil:
		return "", &Refusal{Reason: directory.UseProvider}
	case !methods.Mail:
		return "", &Refusal{Reason: directory.NoMethod}
	}
	if err := s.takeHere(ctx, "codes for a client", 1); err != nil {
		return "", err
	}
	mailed := s.mails.take(s.MailLimit, counted{"mails of a login", string(login.ID)}, counted{"mails to an address", chime.EmailKey(address)})
	if !mailed && chime.EmailKey(login.Code.Email) == chime.EmailKey(address) {
		return "", nil
	}
	code, err := newMailedCode()
	if err != nil {
		return "", fmt.Errorf("making a code: %w", err)
	}
	if !mailed {
		code = newSecret() // nobody gets it, so nobody is to guess it
	}
	err = s.Store.Update(ctx, func(tx chime.Tx) error {
		e, err := s.login(ctx, tx, cookie)
		if err != nil {
			return err
		}
		return s.expectCode(ctx, tx, e.Login, address, code)
	})
	if err != nil || !mailed {
		return "", err
	}
	return code, nil
}

// expectCode has a login wait for the code. What it had proven is void, but for
// whom Login with Amazon named: of them it will prove the address.
func (s *Service) expectCode(ctx context.Context, tx chime.Tx, login *chime.Login, address, code string) error {
	claim, err := s.Directory.ClaimOf(ctx, tx, address)
	if err != nil {
		return err
	}
	proof := chime.Proof{Method: chime.ByMail, Claim: claim.ID}
	if login.Proof.Method == chime.ByAmazon {
		proof.Method, proof.Name, proof.Upstream = chime.ByAmazon, login.Proof.Name, login.Proof.Upstream
	}
	login.Proof, login.User, login.Epoch = proof, "", 0
	login.Code = chime.MailedCode{
		Email: address, MAC: s.mac(login.ID, address, code), Expires: s.Now().Add(MailedCodeLifetime),
	}
	subject, err := holder(ctx, tx, login)
	if err != nil {
		return err
	}
	if subject != nil {
		login.User, login.Epoch = subject.ID, subject.CurrentSignout().Epoch
	}
	if subject == nil || subject.Free() { // as many reads as for a member
		if _, _, err := tx.AccountMembers(ctx, "", []chime.UserID{login.User}); err != nil {
			return err
		}
	}
	return tx.PutLogin(ctx, *login)
}

// ProveCode checks the code that was mailed. It returns a *Refusal (CodeWrong,
// CodeExpired, TooManyAttempts, TooManyHere, Suspended, LoginOver), or ErrDead as
// Resume does.
// A wrong code counts, and that is committed; a right one is used up.
func (s *Service) ProveCode(ctx context.Context, cookie, code string) error {
	if err := s.takeHere(ctx, "tries of a client", TriesPerCode); err != nil {
		return err
	}
	var refused error
	err := s.Store.Update(ctx, func(tx chime.Tx) error {
		e, err := s.login(ctx, tx, cookie)
		if err != nil {
			return err
		}
		refused = s.tryCode(e, code)
		return tx.PutLogin(ctx, *e.Login)
	})
	if err != nil {
		return err
	}
	return refused
}

// tryCode decides on a code, and notes in the login what came of it.
func (s *Service) tryCode(e Evidence, code string) error {
	login, now := e.Login, s.Now()
	mailed := &login.Code
	switch {
	case mailed.Attempts >= MaxAttempts:
		return &Refusal{Reason: directory.TooManyAttempts}
	case len(mailed.MAC) == 0, !mailed.Used.IsZero(), !now.Before(mailed.Expires):
		return &Refusal{Reason: directory.CodeExpired}
	case !hmac.Equal(mailed.MAC, s.mac(login.ID, mailed.Email, plainCode(code))):
		mailed.Attempts++
		if mailed.Attempts >= MaxAttempts {
			return &Refusal{Reason: directory.TooManyAttempts}
		}
		return &Refusal{Reason: directory.CodeWrong}
	}
	alive := Alive(MailedCode, e, now)
	mailed.Used = now
	if alive != nil {
		return whyDead(e)
	}
	login.Proof.At, login.Proof.Email = now, mailed.Email
	return nil
}

// whyDead says to somebody who has proven their address why their code is dead.
func whyDead(e Evidence) error {
	var refusal *Refusal
	if e.Subject != nil && errors.As(directory.MaySignIn(*e.Subject), &refusal) {
		return refusal
	}
	return &Refusal{Reason: directory.LoginOver}
}

// maxLine is the longest text that is kept of what others say, in characters.
const maxLine = 512

// line returns what others say as it can be kept and shown: on one line, not
// too long.
func line(text string) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, text)
	if runes := []rune(text); len(runes) > maxLine {
		return string(runes[:maxLine])
	}
	return text
}
