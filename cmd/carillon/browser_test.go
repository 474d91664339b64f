package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"html"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"
)

// publicURL is where servers of these tests believe that browsers reach them.
const publicURL = "http://localhost:8420"

// mailbox gets the mails of a server, by --mail-dir.
type mailbox struct {
	dir   string
	mu    sync.Mutex
	codes map[string][]string // that were mailed, by address
	links map[string][]string // the tokens of invitations, by address
}

func newMailbox(tb testing.TB) *mailbox {
	tb.Helper()
	m := &mailbox{dir: tb.TempDir(), codes: map[string][]string{}, links: map[string][]string{}}
	ctx, stop := context.WithCancel(context.WithoutCancel(tb.Context()))
	var reading sync.WaitGroup
	reading.Go(func() {
		for ctx.Err() == nil {
			m.collect(tb)
			time.Sleep(2 * time.Millisecond)
		}
	})
	tb.Cleanup(func() {
		stop()
		reading.Wait()
	})
	return m
}

var (
	codePattern = regexp.MustCompile(`(?m)^ {4}(\d{8})\r?$`)
	linkPattern = regexp.MustCompile(`/invitations\?token=(\S+)`)
)

// collect takes the mails that have arrived.
func (m *mailbox) collect(tb testing.TB) {
	files, err := filepath.Glob(filepath.Join(m.dir, "*.eml"))
	if err != nil {
		tb.Error(err)
	}
	for _, file := range files {
		to, text, err := readMail(file)
		if err != nil {
			tb.Errorf("reading a mail: %v", err)
		}
		m.mu.Lock()
		if found := codePattern.FindStringSubmatch(text); found != nil {
			m.codes[to] = append(m.codes[to], found[1])
		}
		if found := linkPattern.FindStringSubmatch(text); found != nil {
			m.links[to] = append(m.links[to], found[1])
		}
		m.mu.Unlock()
	}
}

// readMail takes a mail and returns its recipient and its plain text.
func readMail(file string) (to, text string, err error) {
	f, err := os.Open(file)
	if err != nil {
		return "", "", err
	}
	defer f.Close()
	if err := os.Remove(file); err != nil {
		return "", "", err
	}
	message, err := mail.ReadMessage(f)
	if err != nil {
		return "", "", err
	}
	recipients, err := message.Header.AddressList("To")
	if err != nil {
		return "", "", err
	}
	_, parameters, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil {
		return "", "", err
	}
	part, err := multipart.NewReader(message.Body, parameters["boundary"]).NextPart()
	if err != nil {
		return "", "", err
	}
	body, err := io.ReadAll(part)
	return recipients[0].Address, string(body), err
}

// next waits for the next of what is mailed to the address.
func (m *mailbox) next(tb testing.TB, of map[string][]string, address string) (found string) {
	tb.Helper()
	eventually(tb, "there is mail for "+address, func() bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		if len(of[address]) == 0 {
			return false
		}
		found, of[address] = of[address][0], of[address][1:]
		return true
	})
	return found
}

func (m *mailbox) code(tb testing.TB, address string) string {
	tb.Helper()
	return m.next(tb, m.codes, address)
}

func (m *mailbox) link(tb testing.TB, address string) string {
	tb.Helper()
	return m.next(tb, m.links, address)
}

// browser is a browser without JavaScript, at a server.
type browser struct {
	s      *server
	mail   *mailbox
	client http.Client
}

func newBrowser(tb testing.TB, s *server, m *mailbox) *browser {
	tb.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		tb.Fatal(err)
	}
	return &browser{s, m, http.Client{
		Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// page is what a browser shows, or where it is sent.
type page struct {
	status int
	body   string
	to     *url.URL // by a redirect or a refresh; empty for nowhere
}

var refreshPattern = regexp.MustCompile(`<meta http-equiv="refresh" content="0; url=([^"]*)">`)

func (b *browser) send(tb testing.TB, method, path, contentType, body string) page {
	tb.Helper()
	req, err := http.NewRequestWithContext(tb.Context(), method, b.s.endpoint+path, strings.NewReader(body))
	if err != nil {
		tb.Fatal(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	got, err := send(&b.client, req)
	if err != nil {
		tb.Fatal(err)
	}
	if got.status >= http.StatusInternalServerError {
		tb.Fatalf("%s %s: got %d %s", method, path, got.status, got.body)
	}
	goes := got.header.Get("Location")
	if found := refreshPattern.FindStringSubmatch(got.body); found != nil {
		goes = html.UnescapeString(found[1])
	}
	to, err := url.Parse(goes)
	if err != nil {
		tb.Fatal(err)
	}
	return page{got.status, got.body, to}
}

func (b *browser) get(tb testing.TB, path string) page {
	tb.Helper()
	return b.send(tb, http.MethodGet, path, "", "")
}

// post sends a form of names and values.
func (b *browser) post(tb testing.TB, path string, pairs ...string) page {
	tb.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return b.send(tb, http.MethodPost, path, "application/x-www-form-urlencoded", form.Encode())
}

func (b *browser) postJSON(tb testing.TB, path, body string) page {
	tb.Helper()
	return b.send(tb, http.MethodPost, path, "application/json", body)
}

var loginPattern = regexp.MustCompile(`action="/signin\?(login=[^"]+)"`)

// begin begins a login and returns the parameter that names it.
func (b *browser) begin(tb testing.TB) (login string) {
	tb.Helper()
	got := b.get(tb, "/signin")
	found := loginPattern.FindStringSubmatch(got.body)
	if found == nil {
		tb.Fatalf("the first page of a sign-in: got %d %s", got.status, got.body)
	}
	return found[1]
}

// askCode has a code mailed and returns it; "" when codes are not a way in.
func (b *browser) askCode(tb testing.TB, login, address string) string {
	tb.Helper()
	if got := b.post(tb, "/signin?"+login, "email", address); got.to.Path != "/signin/code" {
		return ""
	}
	return b.mail.code(tb, address)
}

// giveCode types the code, and reports whether that signs in.
func (b *browser) giveCode(tb testing.TB, login, code string) bool {
	tb.Helper()
	return b.arrives(tb, b.post(tb, "/signin/code?"+login, "code", code))
}

// arrives says what somebody is called when they are asked, and reports whether
// they are signed in then.
func (b *browser) arrives(tb testing.TB, got page) bool {
	tb.Helper()
	if got.to.Path == "/signin/name" {
		got = b.post(tb, got.to.RequestURI(), "name", "Somebody")
	}
	return got.to.Path == "/me" && b.signedIn(tb)
}

// signInByMail reports whether a code signs the holder of the address in.
func (b *browser) signInByMail(tb testing.TB, address string) bool {
	tb.Helper()
	login := b.begin(tb)
	code := b.askCode(tb, login, address)
	return code != "" && b.giveCode(tb, login, code)
}

// signedIn reports whether somebody is signed in in this browser.
func (b *browser) signedIn(tb testing.TB) bool {
	tb.Helper()
	got := b.get(tb, "/me")
	if got.status != http.StatusOK && got.to.Path != "/signin" {
		tb.Fatalf("/me: got %d %s", got.status, got.body)
	}
	return got.status == http.StatusOK
}

// accept accepts an invitation, signs in for it, and reports whether that worked.
func (b *browser) accept(tb testing.TB, token, address string) bool {
	tb.Helper()
	token, err := url.QueryUnescape(token)
	if err != nil {
		tb.Fatal(err)
	}
	if b.get(tb, "/invitations?"+url.Values{"token": {token}}.Encode()).status != http.StatusOK {
		return false
	}
	got := b.post(tb, "/invitations", "token", token)
	if login := got.to.RawQuery; got.to.Path == "/signin" {
		code := b.askCode(tb, login, address)
		if code == "" {
			return false
		}
		if got = b.post(tb, "/signin/code?"+login, "code", code); got.to.Path == "/signin/name" {
			got = b.post(tb, got.to.RequestURI(), "name", "Somebody")
		}
	}
	if got.to.Path == "/invitations" { // they are told what they leave
		leaves := leavesPattern.FindStringSubmatch(b.get(tb, got.to.RequestURI()).body)
		if leaves == nil {
			tb.Fatal("the page of the invitation does not say what accepting leaves")
		}
		got = b.post(tb, "/invitations", "token", token, "leaves", html.UnescapeString(leaves[1]))
	}
	return got.to.Path == "/me" && got.to.Query().Get("done") == "accepted"
}

var leavesPattern = regexp.MustCompile(`name="leaves" value="([^"]+)"`)

// passkey is an authenticator with one passkey.
type passkey struct {
	authenticator virtualwebauthn.Authenticator
	credential    virtualwebauthn.Credential
}

func relyingParty() virtualwebauthn.RelyingParty {
	return virtualwebauthn.RelyingParty{ID: "localhost", Name: "Carillon", Origin: publicURL}
}

// addPasskey gives whoever is signed in a passkey.
func (b *browser) addPasskey(tb testing.TB) *passkey {
	tb.Helper()
	begun := b.post(tb, "/me/passkeys/begin")
	options, err := virtualwebauthn.ParseAttestationOptions(begun.body)
	if err != nil {
		tb.Fatalf("adding a passkey: got %d %s, %v", begun.status, begun.body, err)
	}
	p := &passkey{
		virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{UserHandle: []byte(options.UserID)}),
		virtualwebauthn.NewCredentialWithImportedKey(virtualwebauthn.KeyTypeEC2, newPasskeyKey(tb)),
	}
	got := b.postJSON(tb, "/me/passkeys", virtualwebauthn.CreateAttestationResponse(relyingParty(), p.authenticator, p.credential, *options))
	if got.status != http.StatusCreated {
		tb.Fatalf("adding a passkey: got %d %s", got.status, got.body)
	}
	return p
}

// newPasskeyKey returns a private key in PKCS #8. The library writes a coordinate of
// the public key without its leading zeros, which nobody takes: such keys are left out.
func newPasskeyKey(tb testing.TB) []byte {
	tb.Helper()
	for {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			tb.Fatal(err)
		}
		point, err := key.PublicKey.Bytes() // 4, x, y
		if err != nil {
			tb.Fatal(err)
		}
		if point[1] == 0 || point[1+len(point)/2] == 0 {
			continue
		}
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			tb.Fatal(err)
		}
		return der
	}
}

// provePasskey presents a passkey in a login, and reports whether it counts.
func (b *browser) provePasskey(tb testing.TB, login string, p *passkey) bool {
	tb.Helper()
	begun := b.post(tb, "/signin/passkey/begin?"+login)
	options, err := virtualwebauthn.ParseAssertionOptions(begun.body)
	if err != nil {
		tb.Fatalf("beginning with a passkey: got %d %s, %v", begun.status, begun.body, err)
	}
	p.credential.Counter++
	got := b.postJSON(tb, "/signin/passkey?"+login, virtualwebauthn.CreateAssertionResponse(relyingParty(), p.authenticator, p.credential, *options))
	return got.status == http.StatusOK
}

// finish goes on after a passkey, and reports whether that signs in.
func (b *browser) finish(tb testing.TB, login string) bool {
	tb.Helper()
	return b.arrives(tb, b.post(tb, "/signin/finish?"+login))
}
