package secret

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
)

// MailedCode is the purpose of the codes that are mailed to people who sign in.
const MailedCode Purpose = "mailed-code"

// MAC authenticates the data, whose parts are told apart, with a key of the
// purpose (HMAC-SHA256, RFC 2104). Another master key makes another code: what is
// to outlive a rotation is sealed instead.
func (b *Box) MAC(data ...string) []byte {
	key, err := hkdf.Key(sha256.New, b.current.Load()[:], nil, "carillon mac "+string(b.purpose), sha256.Size)
	if err != nil {
		panic(err) // only for lengths that HKDF cannot give
	}
	h := hmac.New(sha256.New, key)
	h.Write(bind(nil, data))
	return h.Sum(nil)
}
