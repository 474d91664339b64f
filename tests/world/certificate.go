package world

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// certificate is what everything here speaks https with.
type certificate struct {
	// authority, cert and key are PEM files.
	authority, cert, key string
	// pin is what makes Chromium trust it: the hash of its public key.
	pin  string
	pool *x509.CertPool
	tls  tls.Certificate
}

func newCertificate(tb testing.TB) certificate {
	tb.Helper()
	dir := tb.TempDir()
	c := certificate{authority: filepath.Join(dir, "ca.pem"), cert: filepath.Join(dir, "cert.pem"), key: filepath.Join(dir, "key.pem"), pool: x509.NewCertPool()}
	root := certificateFor("Carillon's tests")
	root.IsCA, root.BasicConstraintsValid, root.KeyUsage = true, true, x509.KeyUsageCertSign
	rootKey, rootDER := sign(tb, root, root, nil)
	parent, err := x509.ParseCertificate(rootDER)
	if err != nil {
		tb.Fatal(err)
	}
	leaf := certificateFor("localhost")
	leaf.DNSNames = []string{"localhost", "express.test", "client.test", "go.test", "signin.go.test"}
	leaf.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	leaf.KeyUsage, leaf.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	key, der := sign(tb, leaf, parent, rootKey)

	c.pool.AddCert(parent)
	public := sha256.Sum256(Must(x509.MarshalPKIXPublicKey(key.Public()))(tb))
	c.pin = base64.StdEncoding.EncodeToString(public[:])
	writePEM(tb, c.authority, "CERTIFICATE", rootDER)
	writePEM(tb, c.cert, "CERTIFICATE", der)
	writePEM(tb, c.key, "PRIVATE KEY", Must(x509.MarshalPKCS8PrivateKey(key))(tb))
	c.tls = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	return c
}

func certificateFor(name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
}

// sign makes a key and its certificate, signed by the parent's key, or by itself.
func sign(tb testing.TB, template, parent *x509.Certificate, by *ecdsa.PrivateKey) (key *ecdsa.PrivateKey, der []byte) {
	tb.Helper()
	key = Must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(tb)
	if by == nil {
		by = key
	}
	return key, Must(x509.CreateCertificate(rand.Reader, template, parent, key.Public(), by))(tb)
}

func writePEM(tb testing.TB, path, kind string, der []byte) {
	tb.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		tb.Fatal(err)
	}
}

// Must fails the test for an error: Must(f())(tb).
func Must[T any](value T, err error) func(testing.TB) T {
	return func(tb testing.TB) T {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
		return value
	}
}
