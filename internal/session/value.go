package session

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"math/big"
	"strings"

	"github.com/google/uuid"

	"github.com/carillon-id/carillon/internal/chime"
)

// secretSize is the length of what nobody can guess, in bytes.
const secretSize = 32

// newSecret returns 256 random bits, in unpadded base64url.
func newSecret() string {
	var bits [secretSize]byte
	_, _ = rand.Read(bits[:]) // it never fails
	return base64.RawURLEncoding.EncodeToString(bits[:])
}

// hash is what is kept of such a secret. Nobody can guess it, so it needs no slow one.
func hash(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// key is the hash by which a code or token is found.
func key(secret string) string { return base64.RawURLEncoding.EncodeToString(hash(secret)) }

// matches reports whether the secret is the one that the hash was made of.
func matches(secret string, of []byte) bool { return subtle.ConstantTimeCompare(hash(secret), of) == 1 }

func newID() string { return uuid.NewString() }

// loginCookie and sessionCookie are the values of cookies.
func loginCookie(id chime.LoginID, secret string) string { return string(id) + "." + secret }

func sessionCookie(user chime.UserID, id chime.SessionID, secret string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(user)) + "." + string(id) + "." + secret
}

// maxCookie is longer than any cookie of ours, in bytes.
const maxCookie = 2048

func parseLoginCookie(cookie string) (id chime.LoginID, secret string, err error) {
	parts := strings.Split(cookie, ".")
	if len(cookie) > maxCookie || len(parts) != 2 {
		return "", "", ErrDead
	}
	return chime.LoginID(parts[0]), parts[1], nil
}

func parseSessionCookie(cookie string) (user chime.UserID, id chime.SessionID, secret string, err error) {
	parts := strings.Split(cookie, ".")
	if len(cookie) > maxCookie || len(parts) != 3 {
		return "", "", "", ErrDead
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[0])
	if err != nil {
		return "", "", "", ErrDead
	}
	return chime.UserID(text), chime.SessionID(parts[1]), parts[2], nil
}

// codeDigits is the length of a mailed code.
const codeDigits = 8

// newMailedCode returns random digits.
func newMailedCode() (string, error) {
	limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(codeDigits), nil)
	n, err := rand.Int(rand.Reader, limit)
	if err != nil {
		return "", err
	}
	digits := n.String()
	return strings.Repeat("0", codeDigits-len(digits)) + digits, nil
}

// plainCode is a code without what people put between its digits.
func plainCode(code string) string {
	return strings.NewReplacer(" ", "", "-", "", "\u00a0", "").Replace(code)
}

// mac authenticates a mailed code for one login and address.
func (s *Service) mac(login chime.LoginID, address, code string) []byte {
	return s.CodeKey.MAC("mailed code", string(login), chime.EmailKey(address), code)
}
