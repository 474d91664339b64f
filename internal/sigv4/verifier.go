package sigv4

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"time"
)

// DefaultWindow is how far a request's date may be from the server's clock,
// either way, when the Verifier does not say. The Common Errors page of the API
// gives 15 minutes.
const DefaultWindow = 15 * time.Minute

// dummySecret is what an unknown key's signature is computed with. That somebody
// may sign with it gains nothing: the key stays unknown.
const dummySecret = "0000000000000000000000000000000000000000"

// Verifier verifies the signatures of one service's requests. It holds only
// configuration and may be used by any number of goroutines.
type Verifier struct {
	Service string           // the service in the credential scope, as "chime"
	Window  time.Duration    // how far a date may be off; 0 means DefaultWindow
	Now     func() time.Time // the clock; MUST be set
}

// Key is what a Lookup knows of an access key.
type Key struct {
	Secret       string
	SessionToken string    // what a request must bring along; "" for a long-term key
	Expires      time.Time // from then on the key is refused; zero for never
}

// Lookup finds an access key by its id, and by the session token that the request
// brings along, "" for none. It answers nil for a key that is
// unknown, disabled or deleted; an error means that the answer could not be had.
// The id is at most 128 printable ASCII characters, the token is what a client sent,
// and neither is otherwise checked.
type Lookup func(ctx context.Context, accessKeyID, sessionToken string) (*Key, error)

// Verify answers the id of the access key that signed the request, bodyHash
// being the SHA-256 of the request's whole body. The request MUST be as a server
// received it: RequestURI and Host are what the client sent.
//
// The error is an *Error when the request is refused, and otherwise wraps what
// lookup returned. An unknown key takes the same computation as a known one.
func (v *Verifier) Verify(ctx context.Context, r *http.Request, bodyHash [sha256.Size]byte, lookup Lookup) (accessKeyID string, err error) {
	path, query, err := splitTarget(r.RequestURI)
	if err != nil {
		return "", err
	}
	c, err := readClaim(r, query)
	if err != nil {
		return "", err
	}
	now := v.Now().UTC().Truncate(time.Second) // as a date is
	if err := v.checkClaim(c, now); err != nil {
		return "", err
	}
	payload := hex.EncodeToString(bodyHash[:])
	if err := checkPayloadHeader(r.Header, payload); err != nil {
		return "", err
	}
	canonical, err := canonicalRequest(r, path, query, c, payload)
	if err != nil {
		return "", err
	}
	key, err := find(ctx, lookup, c.keyID, c.token)
	if err != nil {
		return "", fmt.Errorf("looking up the access key: %w", err)
	}
	if err := prove(c, key, canonical, now); err != nil {
		return "", err
	}
	return c.keyID, nil
}

func (v *Verifier) checkClaim(c *claim, now time.Time) error {
	window := v.Window
	if window == 0 {
		window = DefaultWindow
	}
	if err := checkClock(c, now, window); err != nil {
		return err
	}
	if err := checkSignedHeaders(c); err != nil {
		return err
	}
	return c.scope.check(v.Service, c.date)
}

func checkClock(c *claim, now time.Time, window time.Duration) error {
	validity := window
	if c.lifetime > 0 {
		validity = c.lifetime
	}
	if earliest := now.Add(-validity); c.date.Before(earliest) {
		return invalid("Signature expired: %s is now earlier than %s (%s - %s)",
			c.date.Format(basicISO), earliest.Format(basicISO), now.Format(basicISO), inWords(validity))
	}
	if latest := now.Add(window); c.date.After(latest) {
		return invalid("Signature not yet current: %s is still later than %s (%s + %s)",
			c.date.Format(basicISO), latest.Format(basicISO), now.Format(basicISO), inWords(window))
	}
	return nil
}

// inWords writes a span as AWS does, which knows only whole minutes; a presigned
// request's may be shorter.
func inWords(d time.Duration) string {
	if d%time.Minute == 0 {
		return fmt.Sprintf("%d min.", d/time.Minute)
	}
	return fmt.Sprintf("%d sec.", d/time.Second)
}

// checkPayloadHeader compares what the client says of its body with the truth.
// Not every client signs or sends it, but who sends it must not be wrong.
func checkPayloadHeader(h http.Header, payload string) error {
	for _, said := range h.Values("X-Amz-Content-Sha256") {
		if said != payload {
			return invalid("The provided 'x-amz-content-sha256' header does not match what was computed. " +
				"It must be the SHA-256 of the payload: unsigned and streaming payloads are not accepted.")
		}
	}
	return nil
}

// find looks a key up. What cannot be an id is unknown without asking, so that
// no store meets text that it cannot hold.
func find(ctx context.Context, lookup Lookup, id, token string) (*Key, error) {
	const longest = 128 // of an access key id in IAM's API
	if id == "" || len(id) > longest {
		return nil, nil
	}
	for i := range len(id) {
		if id[i] <= ' ' || id[i] > '~' {
			return nil, nil
		}
	}
	return lookup(ctx, id, token)
}

// prove decides whether the key made the claim. The signature comes before what
// is said of the session, so that only the owner of a key learns of it.
func prove(c *claim, key *Key, canonical string, now time.Time) error {
	secret := dummySecret
	if key != nil {
		secret = key.Secret
	}
	signed := hmac.Equal([]byte(c.sign(secret, canonical)), []byte(c.signature))
	switch {
	case key == nil:
		return unrecognized()
	case !signed:
		return mismatch()
	case !hmac.Equal([]byte(key.SessionToken), []byte(c.token)):
		return unrecognized()
	case !key.Expires.IsZero() && !now.Before(key.Expires):
		return expiredToken()
	}
	return nil
}

// sign answers the signature, in hex, that the secret makes of the claim.
func (c *claim) sign(secret, canonical string) string {
	hash := sha256.Sum256([]byte(canonical))
	toSign := algorithm + "\n" + c.date.Format(basicISO) + "\n" + c.scope.String() + "\n" + hex.EncodeToString(hash[:])
	key := []byte("AWS4" + secret)
	for _, part := range []string{c.scope.day, c.scope.region, c.scope.service, c.scope.terminator} {
		key = mac(key, part)
	}
	return hex.EncodeToString(mac(key, toSign))
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text)) // a hash never returns an error
	return h.Sum(nil)
}
