package signing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"
)

// The types of tokens, as their typ header has them, so that one is never taken
// for the other.
const (
	IDToken = "JWT"
	// LogoutToken is that of OpenID Connect Back-Channel Logout 1.0, section 2.4.
	LogoutToken = "logout+jwt"
)

// ErrNotOurs says that a token was not signed with a key that we hold, or is of
// another type.
var ErrNotOurs = errors.New("the token is not signed by us")

// Signer signs with the key that is active when it is made. It needs the database
// no more, so that nothing that was committed meanwhile is lost for want of it.
type Signer struct{ key *key }

// Signer returns a signer.
func (k *Keys) Signer(ctx context.Context) (*Signer, error) {
	r, err := k.load(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the signing keys: %w", err)
	}
	return &Signer{r.Active}, nil
}

// Sign returns a JWT of that type with the claims, which must be a JSON object.
func (s *Signer) Sign(typ string, claims any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("encoding claims: %w", err)
	}
	active := jose.SigningKey{Algorithm: algorithm, Key: jose.JSONWebKey{Key: s.key.private, KeyID: s.key.ID}}
	signer, err := jose.NewSigner(active, new(jose.SignerOptions).WithType(jose.ContentType(typ)))
	if err != nil {
		return "", fmt.Errorf("signing a token: %w", err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("signing a token: %w", err)
	}
	return signed.CompactSerialize()
}

// Sign returns a JWT as Signer.Sign does.
func (k *Keys) Sign(ctx context.Context, typ string, claims any) (string, error) {
	s, err := k.Signer(ctx)
	if err != nil {
		return "", err
	}
	return s.Sign(typ, claims)
}

// Open reads into claims what a token of that type says, if it was signed with a
// key that we hold, retired ones included. It looks at no claim: a token that has
// expired opens. The error is ErrNotOurs, or the store's.
func (k *Keys) Open(ctx context.Context, typ, token string, claims any) error {
	parsed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{algorithm})
	if err != nil {
		return ErrNotOurs
	}
	header := parsed.Signatures[0].Protected
	if header.ExtraHeaders[jose.HeaderType] != typ {
		return ErrNotOurs
	}
	r, err := k.load(ctx)
	if err != nil {
		return fmt.Errorf("verifying a token: %w", err)
	}
	signer := r.find(header.KeyID)
	if signer == nil {
		return ErrNotOurs
	}
	payload, err := parsed.Verify(signer.private.Public())
	if err != nil || json.Unmarshal(payload, claims) != nil {
		return ErrNotOurs
	}
	return nil
}
