package sqlstore

import (
	"context"
	"fmt"

	"github.com/carillon-id/carillon/internal/chime"
)

var logins = newKind(newTable("logins", 1, `login_id secret_hash created expires finished user_id epoch
	code_email code_mac code_expires attempts code_used proof request`), loginRow, readLogin)

func loginRow(l chime.Login) ([]any, error) {
	proof, err := encode(fmt.Sprintf("the proof of login %q", l.ID), storedProof(l.Proof))
	return []any{
		string(l.ID), l.SecretHash, micros(l.Created), micros(l.Expires), micros(l.Finished), string(l.User), l.Epoch,
		l.Code.Email, l.Code.MAC, micros(l.Code.Expires), l.Code.Attempts, micros(l.Code.Used), proof, l.Request,
	}, err
}

func readLogin(r Row) (chime.Login, error) {
	l := chime.Login{
		ID:         chime.LoginID(r.Text(0)),
		SecretHash: optional(r.Bytes(1)),
		Created:    fromMicros(r.Int(2)),
		Expires:    fromMicros(r.Int(3)),
		Finished:   fromMicros(r.Int(4)),
		User:       chime.UserID(r.Text(5)),
		Epoch:      r.Int(6),
		Code: chime.MailedCode{
			Email: r.Text(7), MAC: optional(r.Bytes(8)), Expires: fromMicros(r.Int(9)), Attempts: r.Int(10), Used: fromMicros(r.Int(11)),
		},
		Request: optional(r.Bytes(13)),
	}
	var p proof
	err := decode(fmt.Sprintf("the proof of login %q", l.ID), r.Text(12), &p)
	l.Proof = p.value()
	return l, err
}

// proof is a chime.Proof as it is stored.
type proof struct {
	Method   text      `json:"method,omitempty"`
	At       int64     `json:"at,omitempty"`
	Email    text      `json:"email,omitempty"`
	Claim    text      `json:"claim,omitempty"`
	User     text      `json:"user,omitempty"`
	Identity int64     `json:"identity,omitempty"`
	Name     text      `json:"name,omitempty"`
	Upstream *upstream `json:"upstream,omitempty"`
	Groups   []text    `json:"groups,omitempty"`
}

func storedProof(p chime.Proof) proof {
	stored := proof{
		Method: text(p.Method), At: micros(p.At), Email: text(p.Email), Claim: text(p.Claim), User: text(p.User), Identity: p.Identity, Name: text(p.Name),
	}
	if p.Upstream != nil {
		u := storedUpstream(*p.Upstream)
		stored.Upstream = &u
	}
	for _, group := range p.Groups {
		stored.Groups = append(stored.Groups, text(group))
	}
	return stored
}

func (p proof) value() chime.Proof {
	value := chime.Proof{
		Method: chime.Method(p.Method), At: fromMicros(p.At), Email: string(p.Email), Claim: string(p.Claim), User: chime.UserID(p.User),
		Identity: p.Identity, Name: string(p.Name),
	}
	if p.Upstream != nil {
		value.Upstream = p.Upstream.value()
	}
	for _, group := range p.Groups {
		value.Groups = append(value.Groups, string(group))
	}
	return value
}

// Login implements chime.Logins.
func (t tx) Login(ctx context.Context, id chime.LoginID) (*chime.Login, error) {
	return logins.get(ctx, t, string(id))
}

// PutLogin implements chime.Logins.
func (t tx) PutLogin(ctx context.Context, login chime.Login) error {
	return logins.put(ctx, t, login)
}
