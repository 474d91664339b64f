package secret

import (
	"encoding/base64"
	"errors"
)

// ErrToken says that a page token was altered, or was made for another list, or
// before the master key was rotated.
var ErrToken = errors.New("page token is not valid for this list")

// SealToken returns an opaque page token (base64url without padding) that holds
// last, the position reached, and opens only with the same bound: whatever
// identifies the list, such as tenant, account and filters.
func (k *Keyring) SealToken(bound, last string) string {
	return base64.RawURLEncoding.EncodeToString(k.For(pageToken).Seal([]byte(last), bound))
}

// OpenToken returns the position that a token of SealToken holds. The error is
// ErrToken for a token that was altered in any way or belongs elsewhere, else
// that of reload.
func (k *Keyring) OpenToken(bound, token string) (string, error) {
	sealed, err := base64.RawURLEncoding.DecodeString(token)
	// The decoder ignores line ends and the last unused bits.
	if err != nil || base64.RawURLEncoding.EncodeToString(sealed) != token {
		return "", ErrToken
	}
	last, err := k.For(pageToken).Open(sealed, bound)
	switch {
	case errors.Is(err, ErrWrongKey), errors.Is(err, ErrTampered):
		return "", ErrToken
	case err != nil:
		return "", err
	}
	return string(last), nil
}
