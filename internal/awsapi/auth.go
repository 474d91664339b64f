package awsapi

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
	"github.com/carillon-id/carillon/internal/reqctx"
	"github.com/carillon-id/carillon/internal/sigv4"
)

// Authenticator finds out who sent a request.
type Authenticator interface {
	// Authenticate returns a context that carries the caller, as iam.WithCaller
	// puts it there. The body is the request's, already read.
	Authenticate(ctx context.Context, r *http.Request, body []byte) (context.Context, error)
}

// SignatureConfig says how signatures are checked.
type SignatureConfig struct {
	Keys *iam.Authenticator
	// Window is how far a request's date may be off; 0 means sigv4.DefaultWindow.
	Window time.Duration
	// RateLimit is the number of requests a second that one access key may make,
	// and that one address may make in vain; twice that at once. 0 is no limit.
	RateLimit int
	Now       func() time.Time
}

// Signatures is the Authenticator that verifies AWS Signature Version 4.
type Signatures struct {
	keys     *iam.Authenticator
	verifier sigv4.Verifier
	byKey    *limiter
	failures *limiter // by address
}

// NewSignatures returns an Authenticator for the config.
func NewSignatures(c SignatureConfig) *Signatures {
	return &Signatures{
		keys:     c.Keys,
		verifier: sigv4.Verifier{Service: "chime", Window: c.Window, Now: c.Now},
		byKey:    newLimiter(c.RateLimit, c.Now),
		failures: newLimiter(c.RateLimit, c.Now),
	}
}

// Authenticate implements Authenticator. A request is counted against the rate of
// its key once the signature proved that the key's owner sent it, and otherwise
// against that of its address, so that nobody can use up what is another's.
func (s *Signatures) Authenticate(ctx context.Context, r *http.Request, body []byte) (context.Context, error) {
	var identity iam.Identity
	lookup := func(ctx context.Context, keyID, token string) (*sigv4.Key, error) {
		found, ok, err := s.keys.Lookup(ctx, keyID, token)
		if err != nil || !ok {
			return nil, err
		}
		identity = found
		return signatureKey(found, token), nil
	}
	seen := reqctx.From(ctx)
	keyID, err := s.verifier.Verify(ctx, r, sha256.Sum256(body), lookup)
	var refused *sigv4.Error
	if errors.As(err, &refused) {
		if limited := s.failures.take(source(seen.ClientAddr)); limited != nil {
			return nil, limited
		}
	}
	if err != nil {
		return nil, fmt.Errorf("authenticate: %w", err)
	}
	seen.Principal = identity.Caller.Principal()
	if err := s.byKey.take(rateOf(keyID, identity)); err != nil {
		return nil, err
	}
	if identity.PrincipalDisabled {
		return nil, chime.Errorf(chime.Unauthorized, "The principal of the access key is disabled.")
	}
	return iam.WithCaller(ctx, identity.Caller), nil
}

// rateOf is what a request is counted by: its key, and for an administrator, who can
// have many in an hour, who they are.
func rateOf(keyID string, identity iam.Identity) string {
	if identity.Temporary {
		return identity.Caller.ARN
	}
	return keyID
}

// signatureKey is what the verifier has to know of an identity. One whose time, or
// what it hangs on, is over is told so, but only who holds the key.
func signatureKey(identity iam.Identity, token string) *sigv4.Key {
	key := &sigv4.Key{Secret: identity.Secret}
	if identity.Temporary {
		key.SessionToken = token
	}
	if identity.Expired {
		key.Expires = time.Unix(1, 0)
	}
	return key
}

// source is what failures are counted by: an address, for IPv6 the /64 network
// that one customer has at least.
func source(a netip.Addr) string {
	if a.Is6() {
		if network, err := a.Prefix(64); err == nil {
			return network.String()
		}
	}
	return a.String()
}
