package sqlstore

import (
	"context"

	"github.com/carillon-id/carillon/internal/chime"
)

var (
	passkeys = newKind(newTable("passkeys", 2, "user_id passkey_id name identity key created"), passkeyRow, sure(readPasskey))
	links    = newKind(newTable("links", 2, "subject issuer user_id identity created"), linkRow, sure(readLink))
)

func passkeyRow(p chime.Passkey) ([]any, error) {
	return []any{string(p.User), p.ID, p.Name, p.Identity, p.Key, micros(p.Created)}, nil
}

func readPasskey(r Row) chime.Passkey {
	return chime.Passkey{
		User: chime.UserID(r.Text(0)), ID: r.Text(1), Name: r.Text(2), Identity: r.Int(3), Key: optional(r.Bytes(4)),
		Created: fromMicros(r.Int(5)),
	}
}

func linkRow(l chime.Link) ([]any, error) {
	return []any{l.Subject, l.Issuer, string(l.User), l.Identity, micros(l.Created)}, nil
}

func readLink(r Row) chime.Link {
	return chime.Link{
		Subject: r.Text(0), Issuer: r.Text(1), User: chime.UserID(r.Text(2)), Identity: r.Int(3), Created: fromMicros(r.Int(4)),
	}
}

// Passkeys implements chime.Identities.
func (t tx) Passkeys(ctx context.Context, user chime.UserID) ([]chime.Passkey, error) {
	return passkeys.list(ctx, t, "WHERE user_id = $1 ORDER BY passkey_id", string(user))
}

// PutPasskey implements chime.Identities.
func (t tx) PutPasskey(ctx context.Context, key chime.Passkey) error {
	return passkeys.put(ctx, t, key)
}

// DeletePasskey implements chime.Identities.
func (t tx) DeletePasskey(ctx context.Context, user chime.UserID, id string) error {
	return t.remove(ctx, passkeys.table, string(user), id)
}

// Link implements chime.Identities.
func (t tx) Link(ctx context.Context, issuer, subject string) (*chime.Link, error) {
	return links.get(ctx, t, subject, issuer)
}

// PutLink implements chime.Identities.
func (t tx) PutLink(ctx context.Context, link chime.Link) error {
	return links.put(ctx, t, link)
}
