package mail_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/carillon-id/carillon/internal/mail"
)

// server is a mail server that keeps what it gets.
type server struct {
	mu       sync.Mutex
	messages []received
	refuse   *smtp.SMTPError // at RCPT
	user     string          // who was authenticated
}

type received struct {
	from, to string
	data     []byte
	tls      bool
}

func (s *server) NewSession(c *smtp.Conn) (smtp.Session, error) {
	_, encrypted := c.TLSConnectionState()
	return &conversation{server: s, tls: encrypted}, nil
}

type conversation struct {
	server   *server
	from, to string
	tls      bool
}

func (c *conversation) AuthMechanisms() []string { return []string{sasl.Plain} }

func (c *conversation) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "carillon" || password != "s3cret" {
			return errors.New("no")
		}
		c.server.user = user
		return nil
	}), nil
}

func (c *conversation) Mail(from string, _ *smtp.MailOptions) error { c.from = from; return nil }

func (c *conversation) Rcpt(to string, _ *smtp.RcptOptions) error {
	if c.server.refuse != nil {
		return c.server.refuse
	}
	c.to = to
	return nil
}

func (c *conversation) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	c.server.messages = append(c.server.messages, received{c.from, c.to, data, c.tls})
	return err
}

func (c *conversation) Reset()        {}
func (c *conversation) Logout() error { return nil }

// start serves on 127.0.0.1 and returns the address.
func (s *server) start(t *testing.T, certificate *tls.Certificate, implicit bool) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	smtpServer := smtp.NewServer(s)
	smtpServer.Domain, smtpServer.AllowInsecureAuth = "localhost", true
	if certificate != nil {
		smtpServer.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*certificate}} // #nosec G402 -- a test's
		if implicit {
			listener = tls.NewListener(listener, smtpServer.TLSConfig)
		}
	}
	go func() { _ = smtpServer.Serve(listener) }()
	t.Cleanup(func() { _ = smtpServer.Close() })
	return address
}

// trusted makes a certificate of localhost that this process trusts.
func trusted(t *testing.T) *tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"localhost"}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SSL_CERT_FILE", file) // read once in the process, by the first handshake
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func sender(t *testing.T, transport mail.Transport) *mail.Sender {
	t.Helper()
	return &mail.Sender{
		Transport: transport, From: "carillon@example.com", PublicURL: "https://id.example.com",
		Now: func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) },
	}
}

func newSMTP(t *testing.T, address string) *mail.SMTP {
	t.Helper()
	transport, err := mail.NewSMTP(address)
	if err != nil {
		t.Fatal(err)
	}
	return transport
}

// parse returns the headers and the text and HTML of a message.
func parse(t *testing.T, data []byte) (header netmail.Header, text, html string) {
	t.Helper()
	message, err := netmail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	for r := multipart.NewReader(message.Body, params["boundary"]); ; {
		part, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return message.Header, parts["text/plain"], parts["text/html"]
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			t.Fatal(err)
		}
		kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
		parts[kind] = string(body)
	}
}

func invitation(account string) mail.Invitation {
	return mail.Invitation{
		To: "ann@example.org", Account: account, Link: "https://id.example.com/invitations?token=abc",
		Expires: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC),
	}
}

func TestSMTP(t *testing.T) {
	certificate := trusted(t)
	for _, c := range []struct {
		name        string
		certificate *tls.Certificate
		implicit    bool
		url         string // with ADDRESS
		tls         bool
		user        string
	}{
		{"in the clear", nil, false, "smtp://ADDRESS?starttls=never", false, ""},
		{"STARTTLS and a user", certificate, false, "smtp://carillon:s3cret@ADDRESS", true, "carillon"},
		{"TLS from the beginning", certificate, true, "smtps://ADDRESS", true, ""},
		{"STARTTLS where there is none", nil, false, "smtp://ADDRESS?starttls=opportunistic", false, ""},
	} {
		s := &server{}
		address := strings.Replace(s.start(t, c.certificate, c.implicit), "127.0.0.1", "localhost", 1)
		if err := sender(t, newSMTP(t, strings.Replace(c.url, "ADDRESS", address, 1))).Invite(t.Context(), invitation("Example Corp")); err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if len(s.messages) != 1 || s.messages[0].to != "ann@example.org" || s.messages[0].tls != c.tls || s.user != c.user {
			t.Errorf("%s: got %d messages, TLS %v, user %q; want one, TLS %v, user %q", c.name, len(s.messages), len(s.messages) > 0 && s.messages[0].tls, s.user, c.tls, c.user)
			continue
		}
		header, text, html := parse(t, s.messages[0].data)
		for _, part := range []string{text, html} {
			if !strings.Contains(part, "Example Corp") || !strings.Contains(part, "https://id.example.com/invitations?token=abc") || !strings.Contains(part, "1 February 2026") {
				t.Errorf("%s: got the part %q, want the account, the link and the day", c.name, part)
			}
		}
		if got := header.Get("Auto-Submitted"); got != "auto-generated" {
			t.Errorf("%s: got Auto-Submitted %q", c.name, got)
		}
	}
}

// Every mail server takes a domain in A-labels, and not every one in Unicode. The
// headers do not name the machine.
func TestInternationalDomain(t *testing.T) {
	s := &server{}
	address := s.start(t, nil, false)
	i := invitation("Example Corp")
	i.To = "ann@b\u00fccher.example"
	if err := sender(t, newSMTP(t, "smtp://"+address+"?starttls=never")).Invite(t.Context(), i); err != nil {
		t.Fatal(err)
	}
	if len(s.messages) != 1 || s.messages[0].to != "ann@xn--bcher-kva.example" {
		t.Fatalf("got the messages %v, want one to ann@xn--bcher-kva.example", s.messages)
	}
	header, _, _ := parse(t, s.messages[0].data)
	from, err := netmail.ParseAddress(header.Get("From"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := header.Get("Message-ID"), from.Address[strings.IndexByte(from.Address, '@'):]+">"; !strings.HasSuffix(got, want) {
		t.Errorf("got the Message-ID %q, want one that ends in %q", got, want)
	}
}

func TestSTARTTLSMustSucceed(t *testing.T) {
	s := &server{}
	address := s.start(t, nil, false)
	if err := sender(t, newSMTP(t, "smtp://"+address)).Code(t.Context(), "ann@example.org", "123456", 10*time.Minute); err == nil || len(s.messages) > 0 {
		t.Errorf("a server without STARTTLS: got %v and %d messages, want an error and none", err, len(s.messages))
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		code  int
		final bool
	}{{550, true}, {554, true}, {451, false}, {421, false}} {
		s := &server{refuse: &smtp.SMTPError{Code: c.code, EnhancedCode: smtp.EnhancedCode{c.code / 100, 1, 1}, Message: "no"}}
		address := s.start(t, nil, false)
		err := sender(t, newSMTP(t, "smtp://"+address+"?starttls=never")).Invite(t.Context(), invitation("x"))
		if err == nil || errors.Is(err, mail.ErrRefused) != c.final {
			t.Errorf("a refusal with %d: got %v, want it final: %v", c.code, err, c.final)
		}
	}
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = gone.Close()
	err = sender(t, newSMTP(t, "smtp://"+gone.Addr().String()+"?starttls=never")).Invite(t.Context(), invitation("x"))
	if err == nil || errors.Is(err, mail.ErrRefused) {
		t.Errorf("a server that is not there: got %v, want an error that is not final", err)
	}
}

func TestNamesCannotAddHeaders(t *testing.T) {
	dir := t.TempDir()
	s := sender(t, mail.Folder{Path: dir})
	if err := s.Invite(t.Context(), invitation("Evil\r\nBcc: eve@example.net\r\n\r\n<script>alert(1)</script>\u2028\u202ex")); err != nil {
		t.Fatal(err)
	}
	header, _, html := parse(t, onlyFile(t, dir))
	if header.Get("Bcc") != "" || len(header["Subject"]) != 1 {
		t.Errorf("got the headers %v, want no Bcc", header)
	}
	if strings.Contains(html, "\u202e") {
		t.Errorf("got the HTML %q, want nothing that turns the text around", html)
	}
	if strings.Contains(html, "<script>") {
		t.Errorf("got the HTML %q, want the name escaped", html)
	}
	evil := invitation("x")
	for _, to := range []string{"ann@example.org\r\nBcc: eve@example.net", "ann@example.org, eve@example.net", "Eve <eve@example.net>, ann@example.org"} {
		evil.To = to
		if err := s.Invite(t.Context(), evil); !errors.Is(err, mail.ErrRefused) {
			t.Errorf("the address %q: got %v, want it refused", to, err)
		}
	}
}

func onlyFile(t *testing.T, dir string) []byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.eml"))
	if err != nil || len(files) != 1 {
		t.Fatalf("got the files %v and %v, want one", files, err)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "carillon-mail")
	if err := sender(t, mail.Folder{Path: dir}).Code(t.Context(), "ann@example.org", "123456", 10*time.Minute); err != nil {
		t.Fatal(err)
	}
	header, text, _ := parse(t, onlyFile(t, dir))
	if header.Get("To") != "<ann@example.org>" || !strings.Contains(text, "123456") || !strings.Contains(text, "10 minutes") {
		t.Errorf("got %v and %q", header, text)
	}
	if strings.Contains(header.Get("Subject"), "123456") {
		t.Error("the code stands in the subject, where a locked screen shows it")
	}
}

func TestAddressesOfServers(t *testing.T) {
	for _, address := range []string{"", "http://mail.example.com", "smtp://", "mail.example.com:25", "smtp://host:25?starttls=perhaps", "smtp://u:p4ssword@host:port"} {
		_, err := mail.NewSMTP(address)
		if err == nil {
			t.Errorf("%q: got no error", address)
		} else if strings.Contains(err.Error(), "p4ssword") {
			t.Errorf("%q: the error tells the password: %v", address, err)
		}
	}
}
