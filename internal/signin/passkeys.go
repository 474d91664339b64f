package signin

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/session"
)

// Passkeys are discoverable WebAuthn credentials: the browser names the person, and
// nobody has to type an address. Their part of the conversation is JSON; the server
// keeps nothing between its two halves, the browser carries it in a sealed cookie.

const (
	passkeyCookie = "carillon-passkey"
	// passkeyLifetime is how long the person may take.
	passkeyLifetime = 5 * time.Minute
	maxPasskeys     = 20
)

// ceremony is what the browser carries from one half to the other.
type ceremony struct {
	// For is the login, or the session, that the passkey is used or made in.
	For     string               `json:"for"`
	Expires time.Time            `json:"expires"`
	Data    webauthn.SessionData `json:"data"`
}

func (s *Site) setCeremony(w http.ResponseWriter, within string, data *webauthn.SessionData) error {
	text, err := json.Marshal(ceremony{For: within, Expires: s.Now().Add(passkeyLifetime), Data: *data})
	if err != nil {
		return fmt.Errorf("encoding a passkey's ceremony: %w", err)
	}
	s.setSealed(w, passkeyCookie, text)
	return nil
}

func (s *Site) takeCeremony(w http.ResponseWriter, r *http.Request, within string) (webauthn.SessionData, error) {
	text, err := s.takeSealed(w, r, passkeyCookie)
	if err != nil {
		return webauthn.SessionData{}, err
	}
	var c ceremony
	if err := json.Unmarshal(text, &c); err != nil {
		return webauthn.SessionData{}, fmt.Errorf("decoding a passkey's ceremony: %w", err)
	}
	if c.For != within || !s.Now().Before(c.Expires) {
		return webauthn.SessionData{}, session.ErrDead
	}
	return c.Data, nil
}

// passkeyOwner is a person as the library wants them.
type passkeyOwner struct {
	subject *chime.Subject
	keys    []chime.Passkey
	library []webauthn.Credential
}

func (o *passkeyOwner) WebAuthnID() []byte                         { return []byte(o.subject.ID) }
func (o *passkeyOwner) WebAuthnName() string                       { return o.subject.Email }
func (o *passkeyOwner) WebAuthnDisplayName() string                { return o.subject.DisplayName }
func (o *passkeyOwner) WebAuthnCredentials() []webauthn.Credential { return o.library }

// owner reads a person with those of their passkeys that were not voided since.
func (s *Site) owner(ctx context.Context, user chime.UserID) (*passkeyOwner, error) {
	o := &passkeyOwner{}
	err := s.Store.View(ctx, func(tx chime.Tx) (err error) {
		*o = passkeyOwner{}
		if o.subject, err = tx.Subject(ctx, user, ""); err != nil || o.subject == nil {
			return err
		}
		keys, err := tx.Passkeys(ctx, user)
		if err != nil {
			return err
		}
		for _, key := range keys {
			if key.Identity != o.subject.Identity {
				continue
			}
			var c webauthn.Credential
			if err := json.Unmarshal(key.Key, &c); err != nil {
				return fmt.Errorf("reading a passkey of user %q: %w", user, err)
			}
			o.keys, o.library = append(o.keys, key), append(o.library, c)
		}
		return nil
	})
	return o, err
}

func (s *Site) beginPasskey(w http.ResponseWriter, r *http.Request) error {
	v, err := s.visit(r)
	if err != nil {
		return err
	}
	options, data, err := s.passkeys.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return fmt.Errorf("beginning with a passkey: %w", err)
	}
	if err := s.setCeremony(w, string(v.ID), data); err != nil {
		return err
	}
	return answerJSON(w, http.StatusOK, options)
}

// takePasskey takes a passkey as the proof of the login. The script then submits a
// form to what the answer names, so that the browser goes where that leads.
func (s *Site) takePasskey(w http.ResponseWriter, r *http.Request) error {
	v, err := s.visit(r)
	if err != nil {
		return err
	}
	data, err := s.takeCeremony(w, r, string(v.ID))
	if err != nil {
		return err
	}
	var owner *passkeyOwner
	find := func(_, handle []byte) (webauthn.User, error) {
		owner, err = s.owner(r.Context(), chime.UserID(handle))
		if err != nil || owner.subject == nil {
			return nil, errors.Join(err, errUnknownPasskey)
		}
		return owner, nil
	}
	used, verifyErr := s.passkeys.FinishDiscoverableLogin(find, data, r)
	if err != nil { // the store's
		return err
	}
	if verifyErr != nil || used.Authenticator.CloneWarning {
		s.Logger.Warn("a passkey was refused", "error", verifyErr)
		return &problem{http.StatusForbidden, "You were not signed in", "That passkey is not known here any more. Sign in another way."}
	}
	key, err := json.Marshal(used)
	if err != nil {
		return fmt.Errorf("encoding a passkey: %w", err)
	}
	if err := s.Sessions.UsePasskey(r.Context(), owner.subject.ID, passkeyID(used), key); err != nil {
		return err
	}
	err = s.Sessions.Prove(r.Context(), v.cookie, chime.Proof{
		Method: chime.ByPasskey, User: owner.subject.ID, Identity: owner.subject.Identity,
	})
	if err != nil {
		return err
	}
	return answerJSON(w, http.StatusOK, map[string]string{"submit": v.at(Path + "/finish")})
}

// finishProven goes on after a proof that a script brought.
func (s *Site) finishProven(w http.ResponseWriter, r *http.Request) error {
	v, err := s.visit(r)
	if err != nil {
		return err
	}
	return s.finish(w, r, v, "")
}

var errUnknownPasskey = errors.New("nobody has that passkey")

func (s *Site) beginNewPasskey(w http.ResponseWriter, r *http.Request) error {
	signed, err := s.signed(r)
	if err != nil {
		return err
	}
	owner, err := s.owner(r.Context(), signed.Subject.ID)
	if err != nil {
		return err
	}
	if len(owner.keys) >= maxPasskeys {
		return &problem{http.StatusConflict, "Too many passkeys", "Remove one of your passkeys first."}
	}
	exclude := make([]protocol.CredentialDescriptor, 0, len(owner.library))
	for _, c := range owner.library {
		exclude = append(exclude, c.Descriptor())
	}
	options, data, err := s.passkeys.BeginRegistration(owner,
		webauthn.WithResidentKeyRequirement(protocol.ResidentKeyRequirementRequired), webauthn.WithExclusions(exclude))
	if err != nil {
		return fmt.Errorf("beginning to add a passkey: %w", err)
	}
	if err := s.setCeremony(w, string(signed.Session.ID), data); err != nil {
		return err
	}
	return answerJSON(w, http.StatusOK, options)
}

func (s *Site) addPasskey(w http.ResponseWriter, r *http.Request) error {
	signed, err := s.signed(r)
	if err != nil {
		return err
	}
	data, err := s.takeCeremony(w, r, string(signed.Session.ID))
	if err != nil {
		return err
	}
	owner, err := s.owner(r.Context(), signed.Subject.ID)
	if err != nil {
		return err
	}
	made, err := s.passkeys.FinishRegistration(owner, data, r)
	if err != nil {
		s.Logger.Warn("a new passkey was refused", "error", err)
		return &problem{http.StatusBadRequest, "No passkey was added", "Your browser's answer was not right. Please try again."}
	}
	key, err := json.Marshal(made)
	if err != nil {
		return fmt.Errorf("encoding a passkey: %w", err)
	}
	err = s.Sessions.AddPasskey(r.Context(), signed, chime.Passkey{
		User: signed.Subject.ID, ID: passkeyID(made), Name: device(r.UserAgent()),
		Key: key, Created: s.Now(),
	})
	if err != nil {
		return err
	}
	return answerJSON(w, http.StatusCreated, map[string]string{"next": "/me"})
}

func (s *Site) deletePasskey(w http.ResponseWriter, r *http.Request) error {
	signed, err := s.signed(r)
	if err != nil {
		return err
	}
	if err := s.Sessions.RemovePasskey(r.Context(), signed, r.PostFormValue("passkey")); err != nil {
		return err
	}
	return redirect(w, "/me")
}

func passkeyID(c *webauthn.Credential) string { return base64.RawURLEncoding.EncodeToString(c.ID) }

func answerJSON(w http.ResponseWriter, status int, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encoding an answer: %w", err)
	}
	private(w.Header())
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(text)
	return nil
}
